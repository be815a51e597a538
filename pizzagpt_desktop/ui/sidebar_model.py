"""The conversations as rows with group titles between them, changed row by row; knows no view and no store."""

from collections.abc import Collection, Iterable
from datetime import UTC, date, datetime, timedelta
from enum import IntEnum

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal

from pizzagpt_desktop.domain.conversation import Conversation, title_from
from pizzagpt_desktop.ui.labels import plain_tip

Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()
UNTITLED = "New conversation"


class Roles(IntEnum):
    """What the delegate asks for besides the text."""

    ID = Qt.ItemDataRole.UserRole
    HEADER = Qt.ItemDataRole.UserRole + 1
    UNREAD = Qt.ItemDataRole.UserRole + 2
    ANSWERING = Qt.ItemDataRole.UserRole + 3
    PINNED = Qt.ItemDataRole.UserRole + 4


def shown_title(conversation: Conversation) -> str:
    """The title, or what stands for one until the first message gives it."""
    return conversation.title or title_from(conversation.draft) or UNTITLED


def group_of(conversation: Conversation, today: date) -> str:
    """The group a conversation stands in: Pinned, Today, Yesterday, Previous 7 days, a month, or a month and year."""
    if conversation.pinned:
        return "Pinned"
    day = datetime.fromtimestamp(conversation.updated_at, UTC).astimezone().date()
    if day >= today:
        return "Today"
    if day == today - timedelta(days=1):
        return "Yesterday"
    if day > today - timedelta(days=8):
        return "Previous 7 days"
    return day.strftime("%B") if day.year == today.year else day.strftime("%B %Y")


def _key(conversation: Conversation) -> tuple[bool, float, float]:
    return (not conversation.pinned, -conversation.updated_at, -conversation.created_at)


class ConversationModel(QAbstractListModel):
    """Rows are `Conversation`s, newest first, and `str` for a group's title above them."""

    rename_asked = Signal(str, str)
    """Conversation id and the title that was typed in its row."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: list[Conversation | str] = []
        self._answering: set[str] = set()
        self._today = date.min

    def reset(self, conversations: Iterable[Conversation], today: date) -> None:
        """Show exactly these."""
        self.beginResetModel()
        self._today = today
        self._rows = []
        group = ""
        for conversation in sorted(conversations, key=_key):
            if (own := group_of(conversation, today)) != group:
                self._rows.append(own)
                group = own
            self._rows.append(conversation)
        self.endResetModel()

    def note_day(self, today: date) -> None:
        """Group anew if another day has begun."""
        if today != self._today:
            self.reset(self.conversations(), today)

    def conversations(self) -> list[Conversation]:
        """In the order of the rows."""
        return [row for row in self._rows if isinstance(row, Conversation)]

    def ids(self) -> list[str]:
        """The conversations' ids in the order of the rows."""
        return [row.id for row in self._rows if isinstance(row, Conversation)]

    def row_of(self, conversation_id: str | None) -> int:
        """The row of a conversation, -1 where it is not in the list."""
        for row, value in enumerate(self._rows):
            if isinstance(value, Conversation) and value.id == conversation_id:
                return row
        return -1

    def conversation(self, conversation_id: str | None) -> Conversation | None:
        row = self.row_of(conversation_id)
        value = self._rows[row] if row >= 0 else None
        return value if isinstance(value, Conversation) else None

    def put(self, conversation: Conversation) -> None:
        """Add a conversation or show its new facts: one changed row where its place stays the same."""
        row = self.row_of(conversation.id)
        if row >= 0:
            if self._keeps_place(row, conversation):
                self._rows[row] = conversation
                self.dataChanged.emit(self.index(row), self.index(row))
                return
            self.drop(conversation.id)
        self._insert(conversation)

    def drop(self, conversation_id: str) -> None:
        """Take a conversation out, and its group's title if it was the last of it."""
        row = self.row_of(conversation_id)
        if row < 0:
            return
        alone = isinstance(self._rows[row - 1], str) and (
            row + 1 == len(self._rows) or isinstance(self._rows[row + 1], str)
        )
        first = row - 1 if alone else row
        self.beginRemoveRows(_ROOT, first, row)
        del self._rows[first : row + 1]
        self.endRemoveRows()

    def set_answering(self, answering: Collection[str]) -> None:
        """Mark exactly these conversations as being answered."""
        changed = self._answering.symmetric_difference(answering)
        self._answering = set(answering)
        for conversation_id in changed:
            if (row := self.row_of(conversation_id)) >= 0:
                self.dataChanged.emit(self.index(row), self.index(row))

    def _keeps_place(self, row: int, conversation: Conversation) -> bool:
        """Whether the row may stay: same group, and still between its neighbours."""
        group = next((value for value in reversed(self._rows[:row]) if isinstance(value, str)), "")
        if group != group_of(conversation, self._today):
            return False
        above = self._rows[row - 1]
        below = self._rows[row + 1] if row + 1 < len(self._rows) else ""
        return (isinstance(above, str) or _key(above) <= _key(conversation)) and (
            isinstance(below, str) or _key(conversation) <= _key(below)
        )

    def _insert(self, conversation: Conversation) -> None:
        group, key = group_of(conversation, self._today), _key(conversation)
        row = next(
            (i for i, v in enumerate(self._rows) if isinstance(v, Conversation) and _key(v) > key),
            len(self._rows),
        )
        # The row found may be the first of the next group: then its title stands between.
        if (
            0 < row < len(self._rows)
            and isinstance(self._rows[row - 1], str)
            and self._rows[row - 1] != group
        ):
            row -= 1
        above = next((v for v in reversed(self._rows[:row]) if isinstance(v, str)), "")
        new: list[Conversation | str] = [conversation] if above == group else [group, conversation]
        self.beginInsertRows(_ROOT, row, row + len(new) - 1)
        self._rows[row:row] = new
        self.endInsertRows()

    def rowCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        row = self._rows[index.row()]
        if isinstance(row, str):
            texts = (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole)
            return row if role in texts else role == Roles.HEADER or None
        match role:
            case Qt.ItemDataRole.DisplayRole | Qt.ItemDataRole.EditRole:
                return shown_title(row)
            case Qt.ItemDataRole.ToolTipRole:
                return plain_tip(shown_title(row))
            case Qt.ItemDataRole.AccessibleTextRole:
                state = ", answering" if row.id in self._answering else ", unread" if row.unread else ""
                return shown_title(row) + state
            case Roles.ID:
                return row.id
            case Roles.UNREAD:
                return row.unread
            case Roles.ANSWERING:
                return row.id in self._answering
            case Roles.PINNED:
                return row.pinned
        return None

    def setData(self, index: Index, value: object, role: int = Qt.ItemDataRole.EditRole) -> bool:
        row = self._rows[index.row()]
        if isinstance(row, Conversation) and isinstance(value, str) and value.strip() and value != row.title:
            self.rename_asked.emit(row.id, value.strip())
            return True
        return False

    def flags(self, index: Index) -> Qt.ItemFlag:
        if not index.isValid() or isinstance(self._rows[index.row()], str):
            return Qt.ItemFlag.NoItemFlags
        return (
            Qt.ItemFlag.ItemIsEnabled
            | Qt.ItemFlag.ItemIsSelectable
            | Qt.ItemFlag.ItemIsEditable
            | Qt.ItemFlag.ItemNeverHasChildren
        )
