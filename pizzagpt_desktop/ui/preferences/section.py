"""A part of a form that is folded away until it is wanted; knows none of its fields."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import QPushButton, QSizePolicy, QVBoxLayout, QWidget

from pizzagpt_desktop.ui import icons, theme
from pizzagpt_desktop.ui.labels import describe


class _Head(QPushButton):
    """The line with the arrow; the text stands as it is, so that a screen reader says it with its state."""

    def __init__(self, name: str, words: str) -> None:
        super().__init__(words)
        describe(self, name, words)
        self.setCheckable(True)
        self.setProperty("kind", "link")
        self.setMinimumHeight(theme.CONTROL_HEIGHT)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAutoDefault(False)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)

    def paintEvent(self, event: QPaintEvent) -> None:
        colour = self.palette().color(QPalette.ColorRole.PlaceholderText)
        away = "chevron-left" if self.isRightToLeft() else "chevron-right"
        picture = icons.pixmap("chevron-down" if self.isChecked() else away, colour.name(), 16)
        painter = QPainter(self)
        if self.hasFocus():
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(self.palette().color(QPalette.ColorRole.Highlight), 2))
            painter.drawRoundedRect(self.rect().adjusted(1, 1, -1, -1), theme.RADIUS_CARD, theme.RADIUS_CARD)
        left = self.width() - 20 if self.isRightToLeft() else 4
        painter.drawPixmap(left, (self.height() - 16) // 2, picture)
        painter.setPen(self.palette().color(QPalette.ColorRole.WindowText))
        room = (
            self.rect().adjusted(26, 0, -8, 0)
            if not self.isRightToLeft()
            else self.rect().adjusted(8, 0, -26, 0)
        )
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeading, self.text())

    def sizeHint(self) -> QSize:
        return QSize(self.fontMetrics().horizontalAdvance(self.text()) + 44, theme.CONTROL_HEIGHT)


class Section(QWidget):
    """A head to press, and what it shows and hides."""

    def __init__(self, name: str, words: str, *parts: QWidget) -> None:
        super().__init__()
        self.head = _Head(f"{name}_section", words)
        self.body = QWidget()
        inner = QVBoxLayout(self.body)
        inner.setContentsMargins(0, 4, 0, 0)
        inner.setSpacing(16)
        for part in parts:
            inner.addWidget(part)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self.head)
        column.addWidget(self.body)
        self.body.hide()
        self.head.toggled.connect(self.body.setVisible)

    def unfold(self, shown: bool = True) -> None:
        """Show what is in it, or fold it away."""
        self.head.setChecked(shown)
