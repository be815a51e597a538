"""One of many by typing: a field above a list that narrows; knows nothing of what is chosen."""

from collections.abc import Callable, Iterable
from itertools import islice
from typing import NamedTuple

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPersistentModelIndex, QPoint, QSize, Qt
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import (
    QDialog,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from pizzagpt_desktop.ui import theme
from pizzagpt_desktop.ui.labels import describe

SHOWN = 50
_EDGE = 20
"""px from the end of a row to its note."""
_STEPS: dict[int, int] = {
    Qt.Key.Key_Up: -1,
    Qt.Key.Key_Down: 1,
    Qt.Key.Key_PageUp: -8,
    Qt.Key.Key_PageDown: 8,
}
_RUN, _NOTE = Qt.ItemDataRole.UserRole, Qt.ItemDataRole.UserRole + 1


class Entry(NamedTuple):
    """words: what is searched and shown. note: muted, at the end of the row. run: what choosing it does."""

    words: str
    run: Callable[[], None]
    note: str = ""


Entries = Callable[[str], Iterable[Entry]]
"""What there is to choose from while this stands in the field; the best first."""


def narrowed(entries: Iterable[Entry], text: str) -> Iterable[Entry]:
    """Those that hold all words of `text`."""
    words = text.casefold().split()
    return (entry for entry in entries if all(word in entry.words.casefold() for word in words))


class _NoteDelegate(QStyledItemDelegate):
    """Writes an entry's note at the end of its row, muted."""

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        super().paint(painter, option, index)
        painter.setPen(option.palette.color(QPalette.ColorRole.PlaceholderText))
        flags = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignTrailing
        painter.drawText(option.rect.adjusted(_EDGE, 0, -_EDGE, 0), flags, str(index.data(_NOTE)))

    def initStyleOption(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        super().initStyleOption(option, index)
        if note := index.data(_NOTE):  # the words end before it
            room = option.rect.width() - 3 * _EDGE - option.fontMetrics.horizontalAdvance(note)
            option.text = option.fontMetrics.elidedText(option.text, Qt.TextElideMode.ElideRight, room)


class Picker(QDialog):
    """Type to narrow, Up and Down to choose, Enter to take it, Esc to leave."""

    def __init__(
        self,
        parent: QWidget,
        name: str,
        title: str,
        words: str,
        list_words: str,
        entries: Entries,
        most: int = SHOWN,
    ) -> None:
        """most: so many rows are shown at most."""
        super().__init__(parent, Qt.WindowType.Dialog | Qt.WindowType.FramelessWindowHint)
        self.setObjectName(name)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(title)
        self._entries = entries
        self._most = most
        self._chosen: Callable[[], None] | None = None
        self.field = QLineEdit()
        describe(self.field, f"{name}_field", words)
        self.field.setPlaceholderText(words)
        self.field.setMaxLength(200)
        self.field.textChanged.connect(self._fill)
        self.field.installEventFilter(self)
        self.list = QListWidget()
        describe(self.list, f"{name}_list", list_words)
        self.list.setFrameShape(QListWidget.Shape.NoFrame)
        self.list.setUniformItemSizes(True)
        self.list.setItemDelegate(_NoteDelegate(self.list))
        self.list.itemClicked.connect(self._on_item_chosen)
        self.list.itemActivated.connect(self._on_item_chosen)
        self.setFocusProxy(self.field)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 12, 12, 12)
        column.setSpacing(8)
        column.addWidget(self.field)
        column.addWidget(self.list, 1)
        width = min(520, parent.width() - 40)
        self.resize(width, 380)
        self.move(parent.mapToGlobal(QPoint((parent.width() - width) // 2, 72)))
        self.finished.connect(self._on_finished)
        self._fill("")

    def _fill(self, text: str) -> None:
        self.list.clear()
        for entry in islice(self._entries(text), self._most):
            item = QListWidgetItem(" ".join(entry.words.split()), self.list)
            item.setData(_RUN, entry.run)
            item.setData(_NOTE, entry.note)
            item.setSizeHint(QSize(0, theme.CONTROL_HEIGHT))
        self.list.setCurrentRow(0)

    def _on_item_chosen(self, item: QListWidgetItem) -> None:
        self._chosen = item.data(_RUN)
        self.accept()

    def _on_finished(self, _result: int) -> None:
        if self._chosen is not None:
            self._chosen()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        with QPainter(self) as painter:  # it has no frame of the desktop's
            painter.setPen(self.palette().color(QPalette.ColorRole.Mid))
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.field and isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            if (by := _STEPS.get(event.key())) is not None:
                row = self.list.currentRow() + by
                self.list.setCurrentRow(max(0, min(self.list.count() - 1, row)))
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                if (item := self.list.currentItem()) is not None:
                    self._on_item_chosen(item)
                return True
        return super().eventFilter(watched, event)
