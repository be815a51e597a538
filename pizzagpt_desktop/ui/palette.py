"""Go to anything: commands and conversations in one list that narrows as one types; knows no chat."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPersistentModelIndex, QPoint, QSize, Qt
from PySide6.QtGui import QKeyEvent, QPainter, QPalette
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

from pizzagpt_desktop.domain.conversation import Conversation
from pizzagpt_desktop.ui import theme
from pizzagpt_desktop.ui.actions import COMMANDS, Actions, shortcut
from pizzagpt_desktop.ui.labels import describe
from pizzagpt_desktop.ui.sidebar_groups import shown_title

SHOWN = 50
_RUN, _KEYS = Qt.ItemDataRole.UserRole, Qt.ItemDataRole.UserRole + 1


class _KeysDelegate(QStyledItemDelegate):
    """Writes a command's shortcut at the right of its row, muted."""

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        super().paint(painter, option, index)
        painter.setPen(option.palette.color(QPalette.ColorRole.PlaceholderText))
        flags = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignTrailing
        painter.drawText(option.rect.adjusted(20, 0, -20, 0), flags, str(index.data(_KEYS)))


class CommandPalette(QDialog):
    """Type to narrow, Up and Down to choose, Enter to go there."""

    def __init__(
        self,
        parent: QWidget,
        actions: Actions,
        conversations: Sequence[Conversation],
        open_conversation: Callable[[str], None],
    ) -> None:
        super().__init__(parent, Qt.WindowType.Dialog | Qt.WindowType.FramelessWindowHint)
        self.setObjectName("palette")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Go to anything")
        self._entries: list[tuple[str, str, Callable[[], None]]] = []
        for command in COMMANDS:
            if actions[command.id].isEnabled() and command.id != "palette":
                run: Callable[[], None] = actions[command.id].trigger
                self._entries.append((command.words, shortcut(command.id), run))
        for conversation in conversations:
            self._entries.append(
                (shown_title(conversation), "", self._opening(open_conversation, conversation.id))
            )
        self._chosen: Callable[[], None] | None = None
        self.field = QLineEdit()
        describe(self.field, "palette_field", "Go to a conversation or command")
        self.field.setPlaceholderText("Go to a conversation or command")
        self.field.textChanged.connect(self._fill)
        self.field.installEventFilter(self)
        self.list = QListWidget()
        describe(self.list, "palette_list", "Conversations and commands")
        self.list.setFrameShape(QListWidget.Shape.NoFrame)
        self.list.setUniformItemSizes(True)
        self.list.setItemDelegate(_KeysDelegate(self.list))
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

    @staticmethod
    def _opening(open_conversation: Callable[[str], None], conversation_id: str) -> Callable[[], None]:
        return lambda: open_conversation(conversation_id)

    def _fill(self, text: str) -> None:
        words = text.casefold().split()
        self.list.clear()
        found = 0
        for title, keys, run in self._entries:
            if all(word in title.casefold() for word in words):
                line = " ".join(title.split())
                item = QListWidgetItem(line, self.list)
                item.setData(_RUN, run)
                item.setData(_KEYS, keys)
                item.setSizeHint(QSize(0, theme.CONTROL_HEIGHT))
                found += 1
                if found == SHOWN:
                    break
        self.list.setCurrentRow(0)

    def _on_item_chosen(self, item: QListWidgetItem) -> None:
        self._chosen = item.data(_RUN)
        self.accept()

    def _on_finished(self, _result: int) -> None:
        if self._chosen is not None:
            self._chosen()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.field and isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            if event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down):
                by = 1 if event.key() == Qt.Key.Key_Down else -1
                row = self.list.currentRow() + by
                self.list.setCurrentRow(max(0, min(self.list.count() - 1, row)))
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                if (item := self.list.currentItem()) is not None:
                    self._on_item_chosen(item)
                return True
        return super().eventFilter(watched, event)
