"""The conversations as rows with group titles between them, changed row by row; knows no view and no store."""

from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from enum import IntEnum

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QStringListModel, Qt, Signal

from pizzagpt_desktop.domain.conversation import Conversation, title_from
from pizzagpt_desktop.ui.labels import plain_tip
from pizzagpt_desktop.ui.sidebar_order import Done, Order, key_of

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


class ConversationModel(QStringListModel):
    """Rows are conversations, newest first, and titles of groups above them.

    A string list's model, with nothing in its strings: a view asks for the number of rows once for each of them
    whenever one changes, and this one answers without Python (20,000 rows: 6 ms in place of 125).
    """

    rename_asked = Signal(str, str)
    """Conversation id and the title that was typed in its row."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._today = date.min
        self._order = Order(lambda conversation: group_of(conversation, self._today))
        self._answering: set[str] = set()
        self._pending: Done | None = None
        # Before any view's: when they hear of it, the rows are as they were told.
        for changed in (self.rowsInserted, self.rowsRemoved, self.rowsMoved):
            changed.connect(self._on_rows_changed)

    def reset(self, conversations: Iterable[Conversation], today: date) -> None:
        """Show exactly these."""
        self._today = today
        self._order.reset(conversations)
        self.setStringList([""] * len(self._order))

    def extend(self, conversations: Iterable[Conversation]) -> None:
        """Add many at once, cheapest where they stand after all others; those that are in the list stay as they are."""
        order = self._order
        new = sorted((c for c in conversations if order.get(c.id) is None), key=key_of)
        later = [c for c in new if order.stands_after_all(c)]
        before = self.rowCount()
        if later:
            order.extend(later)
            self.insertRows(before, len(order) - before)
        for conversation in new[: len(new) - len(later)]:
            self._insert(conversation)

    def note_day(self, today: date) -> None:
        """Group anew if another day has begun."""
        if today != self._today:
            self.reset(self.conversations(), today)

    def conversations(self) -> Sequence[Conversation]:
        """In the order of the rows."""
        return self._order.items.copy()

    def ids(self) -> Sequence[str]:
        """The conversations' ids in the order of the rows."""
        return [conversation.id for conversation in self._order.items]

    def step(self, conversation_id: str | None, by: int) -> str | None:
        """The id `by` places below a conversation; from outside the list, the first or last one. None past the ends."""
        place = self._order.index_of(conversation_id)
        place = place + by if place >= 0 else 0 if by > 0 else len(self._order.items) - 1
        return self.id_at(place)

    def id_at(self, place: int) -> str | None:
        """The id of a conversation by its place among all, from 0."""
        items = self._order.items
        return items[place].id if 0 <= place < len(items) else None

    def row_of(self, conversation_id: str | None) -> int:
        """The row of a conversation, -1 where it is not in the list."""
        return self._order.row_of(conversation_id)

    def conversation(self, conversation_id: str | None) -> Conversation | None:
        return self._order.get(conversation_id)

    def put(self, conversation: Conversation) -> None:
        """Add a conversation or show its new facts: one changed row where its place stays the same."""
        order = self._order
        if order.get(conversation.id) is None:
            self._insert(conversation)
        elif order.keeps_place(conversation):
            self._tell(order.replace(conversation))
        else:
            self._give_title(conversation)
            row, to, move = order.moved(conversation)
            if to == row:
                move()
            else:
                # A row that moves stays chosen; one that goes and comes again would hand that to its neighbour.
                self._pending = move
                self.moveRows(_ROOT, row, 1, _ROOT, to + 1 if to > row else to)
            self._drop_empty_title()
            self._tell(order.row_of(conversation.id))

    def drop(self, conversation_id: str) -> None:
        """Take a conversation out, and its group's title if it was the last of it."""
        if self._order.get(conversation_id) is None:
            return
        row, self._pending = self._order.removed(conversation_id)
        self.removeRows(row, 1)
        self._drop_empty_title()

    def set_answering(self, answering: Collection[str]) -> None:
        """Mark exactly these conversations as being answered."""
        changed = self._answering.symmetric_difference(answering)
        self._answering = set(answering)
        for conversation_id in changed:
            if (row := self.row_of(conversation_id)) >= 0:
                self._tell(row)

    def _tell(self, row: int) -> None:
        self.dataChanged.emit(self.index(row), self.index(row))

    def _insert(self, conversation: Conversation) -> None:
        self._give_title(conversation)
        row, self._pending = self._order.added(conversation)
        self.insertRows(row, 1)

    def _give_title(self, conversation: Conversation) -> None:
        missing = self._order.missing_title(conversation)
        if missing is not None:
            row, self._pending = missing
            self.insertRows(row, 1)

    def _drop_empty_title(self) -> None:
        empty = self._order.empty_title()
        if empty is not None:
            row, self._pending = empty
            self.removeRows(row, 1)

    def _on_rows_changed(self) -> None:
        done, self._pending = self._pending, None
        if done is not None:
            done()

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        row = self._order.at(index.row())
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
        row = self._order.at(index.row())
        if isinstance(row, Conversation) and isinstance(value, str) and value.strip() and value != row.title:
            self.rename_asked.emit(row.id, value.strip())
            return True
        return False

    def flags(self, index: Index) -> Qt.ItemFlag:
        if not index.isValid() or isinstance(self._order.at(index.row()), str):
            return Qt.ItemFlag.NoItemFlags
        return (
            Qt.ItemFlag.ItemIsEnabled
            | Qt.ItemFlag.ItemIsSelectable
            | Qt.ItemFlag.ItemIsEditable
            | Qt.ItemFlag.ItemNeverHasChildren
        )
