"""The dialogs that file conversations: which folder, which tags; they know no library and change nothing."""

from collections.abc import Callable, Iterable, Sequence
from functools import partial

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from pizzagpt_desktop.domain.conversation import Folder
from pizzagpt_desktop.ui import theme
from pizzagpt_desktop.ui.labels import describe, label, text_button
from pizzagpt_desktop.ui.picker import Entry, Picker, narrowed
from pizzagpt_desktop.ui.preferences.fields import draw_box

TAG_LENGTH = 60
_BOX = 16


class _TickDelegate(QStyledItemDelegate):
    """Rows with the program's own box to tick: Qt's all but vanishes on some grounds."""

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        super().paint(painter, option, index)
        row = QStyleOptionViewItem(option)
        self.initStyleOption(row, index)
        place: QRect = row.widget.style().subElementRect(
            QStyle.SubElement.SE_ItemViewItemCheckIndicator, row, row.widget
        )
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRect(0, 0, _BOX, _BOX)  # Qt's lies beneath it, and is smaller
        box.moveCenter(place.center())
        draw_box(painter, box, row.palette, Qt.CheckState(index.data(Qt.ItemDataRole.CheckStateRole)))
        painter.restore()


def folder_picker(
    parent: QWidget,
    folders: Sequence[Folder],
    choose: Callable[[str | None], None],
    make: Callable[[str], None],
) -> Picker:
    """Choose a folder, none, or write the name of a new one. choose: takes a folder's id. make: takes the name."""
    known = [Entry(folder.name, partial(choose, folder.id)) for folder in folders]
    none = Entry("No folder", partial(choose, None))

    def entries(text: str) -> Iterable[Entry]:
        name = " ".join(text.split())
        yield from narrowed(known, text)
        if name and name.casefold() not in {folder.name.casefold() for folder in folders}:
            yield Entry(name, partial(make, name), "New folder")
        yield from narrowed([none], text)

    return Picker(parent, "move", "Move to folder", "Move to a folder, or name a new one", "Folders", entries)


def tag_picker(parent: QWidget, tags: Sequence[str], choose: Callable[[str], None]) -> Picker:
    """Choose one tag of those there are."""
    known = [Entry(tag, partial(choose, tag)) for tag in tags]
    words = "Show what has this tag" if tags else "No conversation has a tag yet"
    return Picker(parent, "show_tag", "Show a tag", words, "Tags", partial(narrowed, known))


class TagsDialog(QDialog):
    """Check tags, or type new ones; Enter takes what is typed, and with an empty field is done."""

    def __init__(
        self,
        parent: QWidget,
        known: Sequence[str],
        have: Sequence[set[str]],
        give: Callable[[Sequence[str], Sequence[str]], None],
    ) -> None:
        """known: all tags there are. have: those of each conversation. give: takes what to add and what to remove."""
        super().__init__(parent)
        self.setObjectName("tags")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Tags")
        self._give = give
        self._before: dict[str, Qt.CheckState] = {}
        self.field = QLineEdit()
        describe(self.field, "tags_field", "Find or add a tag", "Enter takes it")
        self.field.setPlaceholderText("Find or add a tag")
        self.field.setMaxLength(TAG_LENGTH)
        self.field.textChanged.connect(self._narrow)
        self.field.installEventFilter(self)
        self.list = QListWidget()
        describe(self.list, "tags_list", "Tags", "Space checks")
        self.list.setFrameShape(QListWidget.Shape.NoFrame)
        self.list.setItemDelegate(_TickDelegate(self.list))
        done = text_button("tags_done", "Done", kind="main")
        done.setDefault(True)
        done.clicked.connect(self.accept)
        cancel = text_button("tags_cancel", "Cancel")
        cancel.clicked.connect(self.reject)
        number = "this conversation" if len(have) == 1 else f"{len(have)} conversations"
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(cancel)
        row.addWidget(done)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 16, 24, 16)
        column.setSpacing(12)
        column.addWidget(label(f"Tags of {number}"))
        column.addWidget(self.field)
        column.addWidget(self.list, 1)
        column.addLayout(row)
        self.setFocusProxy(self.field)
        self.resize(min(400, parent.width() - 40), 400)
        own = sorted({tag for tags in have for tag in tags}, key=str.casefold)
        for tag in dict.fromkeys([*own, *known]):
            count = sum(tag in tags for tags in have)
            state = Qt.CheckState.Checked if count == len(have) else Qt.CheckState.PartiallyChecked
            self._before[tag] = state if count else Qt.CheckState.Unchecked
            self._add(tag, self._before[tag])

    def accept(self) -> None:
        add: list[str] = []
        remove: list[str] = []
        for item in self._items():
            tag, now = item.text(), item.checkState()
            if now != self._before.get(tag, Qt.CheckState.Unchecked):
                (add if now == Qt.CheckState.Checked else remove).append(tag)
        super().accept()
        if add or remove:
            self._give(add, remove)

    def _items(self) -> list[QListWidgetItem]:
        return [self.list.item(row) for row in range(self.list.count())]

    def _add(self, tag: str, state: Qt.CheckState, row: int = -1) -> None:
        item = QListWidgetItem(tag)
        item.setFlags(
            Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsUserCheckable
        )
        item.setCheckState(state)
        item.setSizeHint(QSize(0, theme.CONTROL_HEIGHT))
        self.list.insertItem(self.list.count() if row < 0 else row, item)

    def _narrow(self, text: str) -> None:
        words = text.casefold().split()
        for item in self._items():
            item.setHidden(not all(word in item.text().casefold() for word in words))
        first = next((row for row, item in enumerate(self._items()) if not item.isHidden()), -1)
        self.list.setCurrentRow(first)

    def _take(self) -> None:
        """Check the tag that is typed, or the one it can only mean; a new one is made."""
        tag = " ".join(self.field.text().split())
        shown = [item for item in self._items() if not item.isHidden()]
        same = [item for item in shown if item.text().casefold() == tag.casefold()]
        if same:
            checked = same[0].checkState() == Qt.CheckState.Checked
            same[0].setCheckState(Qt.CheckState.Unchecked if checked else Qt.CheckState.Checked)
        else:
            self._add(tag, Qt.CheckState.Checked, 0)
        self.field.clear()

    def _complete(self) -> bool:
        """Write out the first tag that begins with what is typed; whether there was one."""
        typed = self.field.text().casefold()
        for item in self._items():
            if typed and item.text().casefold().startswith(typed) and len(item.text()) > len(typed):
                self.field.setText(item.text())
                return True
        return False

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.field and isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.field.text().strip():
                self._take()
                return True
            if event.key() == Qt.Key.Key_Down:
                self.list.setFocus(Qt.FocusReason.TabFocusReason)
                return True
            if event.key() == Qt.Key.Key_Tab and not event.modifiers() and self._complete():
                return True
        return super().eventFilter(watched, event)
