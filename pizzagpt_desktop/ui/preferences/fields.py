"""Fields of a form: label above, help beneath, error at the field; knows no setting."""

from collections.abc import Callable

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, QRect, QSize, Qt
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QPalette, QPen, QWheelEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QLineEdit,
    QPlainTextEdit,
    QScrollArea,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from pizzagpt_desktop.ui import icons, theme
from pizzagpt_desktop.ui.flow import PairLayout
from pizzagpt_desktop.ui.labels import describe, label, plain_tip

PAGE_MARGINS = (24, 24, 24, 24)


class Field(QWidget):
    """One labelled control. The error takes the place of the help text while there is one."""

    def __init__(
        self, control: QWidget, name: str, words: str, help_text: str = "", row: QWidget | None = None
    ) -> None:
        super().__init__()
        self.control = control
        if not control.objectName():
            control.setObjectName(name)
        if not control.accessibleName():
            control.setAccessibleName(words)
        if not control.toolTip():
            control.setToolTip(plain_tip(words))
        control.setMinimumHeight(max(control.minimumHeight(), theme.CONTROL_HEIGHT))
        caption = label(words)
        caption.setBuddy(control)
        caption.setObjectName(f"{name}_label")
        self._help_text = help_text
        self._help = label(help_text, "muted")
        self._help.setObjectName(f"{name}_help")
        self._error = label("", "error")
        self._error.setObjectName(f"{name}_error")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(caption)
        column.addWidget(row if row is not None else control)
        column.addWidget(self._help)
        column.addWidget(self._error)
        self._help.setVisible(bool(help_text))
        self._error.hide()

    @property
    def error(self) -> str:
        """What is wrong with what was typed, "" while nothing is."""
        return self._error.text()

    def set_help(self, text: str) -> None:
        """Say something else beneath."""
        self._help_text = text
        self._help.setText(text)
        self._help.setVisible(bool(text) and not self.error)

    def set_error(self, words: str) -> None:
        """Say what is wrong, at the field and to a screen reader; "" takes it back."""
        self._error.setText(words)
        self._error.setVisible(bool(words))
        self._help.setVisible(bool(self._help_text) and not words)
        self.control.setAccessibleDescription(words or self._help_text)

    def check(self, read: Callable[[], object]) -> bool:
        """Run `read`; where it raises ValueError, its words stand at the field. Whether all is well."""
        try:
            read()
        except ValueError as error:
            self.set_error(str(error))
            return False
        self.set_error("")
        return True


def into_view(widget: QWidget) -> None:
    """Scroll the page so far that all of `widget` can be seen."""
    above = widget.parentWidget()
    while above is not None and not isinstance(above, QScrollArea):
        above = above.parentWidget()
    if above is not None and widget.isVisible():
        above.ensureWidgetVisible(widget, 0, 24)


def show_what_is_wrong(page: QWidget) -> None:
    """The cursor in the first field at fault, and all of it to be seen."""
    wrong = [field for field in page.findChildren(Field) if field.error and field.isVisibleTo(page)]
    if not wrong:
        return
    first = min(wrong, key=lambda field: field.mapTo(page, QPoint(0, 0)).y())
    first.control.setFocus(Qt.FocusReason.OtherFocusReason)
    into_view(first)


class Pair(QWidget):
    """Two fields side by side, or one above the other where it is narrow."""

    def __init__(self, first: QWidget, second: QWidget) -> None:
        super().__init__()
        row = PairLayout()
        self.setLayout(row)
        row.addWidget(first)
        row.addWidget(second)


class _Rows(QStyledItemDelegate):
    """The rows of what can be chosen, as high as those of menus; a thin line where a separator is."""

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        size = super().sizeHint(option, index)
        height = 9 if _is_separator(index) else max(theme.CONTROL_HEIGHT_DENSE, size.height())
        return QSize(size.width() + 8, height)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        if _is_separator(index):
            painter.setPen(option.palette.color(QPalette.ColorRole.Mid))
            middle = option.rect.center().y()
            painter.drawLine(option.rect.left(), middle, option.rect.right(), middle)
        else:
            super().paint(painter, option, index)


def _is_separator(index: QModelIndex | QPersistentModelIndex) -> bool:
    return bool(index.data(Qt.ItemDataRole.AccessibleDescriptionRole) == "separator")


class Choice(QComboBox):
    """A box to choose in, with an arrow of our own family: a style sheet takes Qt's away with the frame."""

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        size = 18
        left = 8 if self.isRightToLeft() else self.width() - size - 8
        colour = self.palette().color(QPalette.ColorRole.PlaceholderText).name()
        arrow = icons.pixmap("chevron-down", colour, size)
        QPainter(self).drawPixmap(QPoint(left, (self.height() - size) // 2), arrow)

    def wheelEvent(self, event: QWheelEvent) -> None:
        # Scrolling a form must not change what is chosen in it.
        event.ignore()


def draw_box(painter: QPainter, box: QRect, colours: QPalette, state: Qt.CheckState) -> None:
    """Draw a box to tick, 16 pixels wide, in the palette's colours."""
    ticked = state == Qt.CheckState.Checked
    edge = QPalette.ColorRole.Highlight if ticked else QPalette.ColorRole.PlaceholderText
    painter.setPen(QPen(colours.color(edge), 1.5))
    painter.setBrush(colours.color(QPalette.ColorRole.Highlight if ticked else QPalette.ColorRole.Base))
    painter.drawRoundedRect(box, theme.RADIUS_INLINE, theme.RADIUS_INLINE)
    if ticked:
        mark = colours.color(QPalette.ColorRole.HighlightedText).name()
        painter.drawPixmap(box.topLeft() + QPoint(1, 1), icons.pixmap("check", mark, 14))
    elif state == Qt.CheckState.PartiallyChecked:
        painter.fillRect(box.adjusted(4, 7, -3, -6), colours.color(QPalette.ColorRole.Highlight))


class Tick(QCheckBox):
    """A box to tick, drawn in the palette's colours: Qt's own all but vanishes on a dark ground."""

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colours = self.palette()
        size = 16
        box = QRect(2, (self.height() - size) // 2, size, size)
        if self.isRightToLeft():
            box.moveRight(self.width() - 3)
        painter.setOpacity(1.0 if self.isEnabled() else 0.6)
        draw_box(painter, box, colours, self.checkState())
        painter.setOpacity(1.0)
        role = QPalette.ColorRole.WindowText if self.isEnabled() else QPalette.ColorRole.PlaceholderText
        painter.setPen(colours.color(role))
        room = (
            self.rect().adjusted(0, 0, -size - 12, 0)
            if self.isRightToLeft()
            else self.rect().adjusted(size + 12, 0, 0, 0)
        )
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeading, self.text())
        if self.hasFocus():
            painter.setPen(QPen(colours.color(QPalette.ColorRole.Highlight), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(self.rect().adjusted(1, 1, -1, -1), theme.RADIUS_CARD, theme.RADIUS_CARD)

    def hitButton(self, pos: QPoint) -> bool:
        return self.rect().contains(pos)

    def sizeHint(self) -> QSize:
        height = max(theme.CONTROL_HEIGHT_DENSE, self.fontMetrics().height() + 4)
        return QSize(self.fontMetrics().horizontalAdvance(self.text()) + 40, height)


class EnterLine(QLineEdit):
    """A field whose Enter is its own: the dialog's main button does not hear it."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        super().keyPressEvent(event)
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            event.accept()


def line(
    name: str, words: str, *, placeholder: str = "", secret: bool = False, own_enter: bool = False
) -> QLineEdit:
    """A field of one line. own_enter: see `EnterLine`."""
    edit = EnterLine() if own_enter else QLineEdit()
    describe(edit, name, words)
    edit.setPlaceholderText(placeholder)
    if secret:
        edit.setEchoMode(QLineEdit.EchoMode.Password)
        edit.setInputMethodHints(Qt.InputMethodHint.ImhSensitiveData | Qt.InputMethodHint.ImhNoPredictiveText)
    return edit


def lines(name: str, words: str, rows: int) -> QPlainTextEdit:
    """A field of several lines of plain text."""
    edit = QPlainTextEdit()
    describe(edit, name, words)
    edit.setProperty("kind", "field")
    edit.setTabChangesFocus(True)
    edit.setFixedHeight(edit.fontMetrics().lineSpacing() * rows + 24)
    return edit


def choice(name: str, words: str, *, editable: bool = False) -> QComboBox:
    """A field to choose in."""
    box = Choice()
    describe(box, name, words)
    box.setItemDelegate(_Rows(box))
    box.setEditable(editable)
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    box.setMinimumContentsLength(12)
    if editable:
        box.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        field = box.lineEdit()
        if field is not None:
            describe(field, f"{name}_text", words)
            field.setFrame(False)
    return box


def tick(name: str, words: str, tip: str = "") -> QCheckBox:
    """A box to tick."""
    box = Tick(words)
    describe(box, name, tip or words)
    box.setAccessibleName(words)
    return box


def number(text: str, least: float, most: float | None, words: str) -> float | None:
    """A typed number, None for an empty field; ValueError with `words` where it is none or out of range."""
    text = text.strip().replace(",", ".")
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        raise ValueError(words) from None
    if not value >= least or (most is not None and value > most):
        raise ValueError(words)
    return value


def whole_number(text: str, least: int, most: int, words: str) -> int | None:
    """A typed whole number, None for an empty field; ValueError with `words` where it is none or out of range."""
    text = text.strip()
    if not text:
        return None
    if not (
        text.removeprefix("-").isdecimal()
        and text.isascii()
        and len(text) < 20
        and least <= int(text) <= most
    ):
        raise ValueError(words)
    return int(text)


def beside(wide: QWidget, narrow: QWidget) -> QWidget:
    """Two widgets in a row; the first takes the room that is left."""
    both = QWidget()
    row = QHBoxLayout(both)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(8)
    row.addWidget(wide, 1)
    row.addWidget(narrow)
    return both
