"""The bar above the messages: what is looked for in the open conversation, and from hit to hit; knows no message."""

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QWidget

from pizzagpt_desktop.ui import icons, theme
from pizzagpt_desktop.ui.actions import shortcut
from pizzagpt_desktop.ui.labels import describe, icon_button, label, text_button

NARROW = 460
"""Below so many pixels the way to the search over everything is only on the keyboard and in the menu."""
_BUTTON = theme.CONTROL_HEIGHT_DENSE


class FindBar(QWidget):
    """A field, a count, and what can be done; announces what was asked for and finds nothing by itself."""

    changed = Signal(str)
    """The text in the field is another."""
    next_asked = Signal()
    previous_asked = Signal()
    everything_asked = Signal(str)
    """The same text is to be searched for in all conversations."""
    closed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("find_bar")
        self._palette = theme.LIGHT
        self.field = QLineEdit()
        describe(self.field, "find_field", "Find in this conversation", shortcut("find"))
        self.field.setPlaceholderText("Find in this conversation")
        self.field.setMaxLength(500)
        self.field.setMaximumWidth(360)
        self.field.textChanged.connect(self.changed)
        self.count: QLabel = label(kind="muted")
        self.count.setWordWrap(False)
        self.count.setObjectName("find_count")
        self._previous = icon_button(
            "find_previous", "chevron-up", "Previous hit", shortcut("find_previous"), size=_BUTTON
        )
        self._next = icon_button("find_next", "chevron-down", "Next hit", shortcut("find_next"), size=_BUTTON)
        self._everything = text_button(
            "find_everything", "Search everything", "Search for this in all conversations", kind="link",
            shortcut=shortcut("search"),
        )  # fmt: skip
        self._close = icon_button("find_close", "close", "Close", "Esc", size=_BUTTON)
        self._previous.clicked.connect(self.previous_asked)
        self._next.clicked.connect(self.next_asked)
        self._everything.clicked.connect(lambda: self.everything_asked.emit(self.field.text()))
        self._close.clicked.connect(self.closed)
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 4, 8, 5)
        row.setSpacing(4)
        row.addWidget(self.field, 1)
        row.addSpacing(8)
        row.addWidget(self.count)
        row.addSpacing(4)
        row.addWidget(self._previous)
        row.addWidget(self._next)
        row.addStretch(1)
        row.addWidget(self._everything)
        row.addWidget(self._close)
        self.show_count(0, 0)

    def set_palette(self, palette: theme.Palette) -> None:
        self._palette = palette
        icons.tint_all(self, palette.muted, palette.on_accent)
        self.update()

    def show_count(self, current: int, total: int, *, searching: bool = False, more: bool = False) -> None:
        """Say which hit of how many is shown, counted from 1. more: there are others that were not counted."""
        of = f"{total:,}+" if more else f"{total:,}"
        if not self.field.text().strip():
            words = ""
        elif searching:
            words = "Searching…"
        elif not total:
            words = "Nothing found"
        else:
            words = f"{current:,} of {of}" if current else of
        self.count.setText(words)
        self.count.setAccessibleName(words or "No hits")
        for button in (self._previous, self._next):
            button.setEnabled(total > 0)

    def set_text(self, text: str) -> None:
        """Put `text` into the field without announcing it."""
        self.field.blockSignals(True)
        self.field.setText(text)
        self.field.blockSignals(False)

    def take_keyboard(self) -> None:
        """Let the next key go into the field, in the place of what stands there."""
        self.field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.field.selectAll()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        back = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        if event.key() == Qt.Key.Key_Escape:
            self.closed.emit()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.field.hasFocus():
            (self.previous_asked if back else self.next_asked).emit()
        elif event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down) and self.field.hasFocus():
            (self.previous_asked if event.key() == Qt.Key.Key_Up else self.next_asked).emit()
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: object) -> None:
        self._everything.setVisible(self.width() >= NARROW)

    def paintEvent(self, event: QPaintEvent) -> None:
        line = QRect(0, self.height() - 1, self.width(), 1)
        QPainter(self).fillRect(line, self._palette.border)

    def minimumSizeHint(self) -> QSize:
        return QSize(240, super().minimumSizeHint().height())
