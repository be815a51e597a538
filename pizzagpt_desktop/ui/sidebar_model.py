"""What the rows of a list of conversations say, take and give: texts, states, drag and drop; knows no view."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, Qt, Signal

from pizzagpt_desktop.ui.labels import plain_tip
from pizzagpt_desktop.ui.sidebar_groups import PINNED, TEMPORARY, Section, shown_title
from pizzagpt_desktop.ui.sidebar_sections import Index, SectionModel

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtCore import QMimeData

CONVERSATIONS = "application/x-pizzagpt-conversations"
FOLDERS = "application/x-pizzagpt-folder"


class Roles(IntEnum):
    """What the view and the delegate ask for besides the text."""

    ID = Qt.ItemDataRole.UserRole
    """A conversation's id; None for a title."""
    HEADER = Qt.ItemDataRole.UserRole + 1
    """Whether the row is a group's title."""
    UNREAD = Qt.ItemDataRole.UserRole + 2
    ANSWERING = Qt.ItemDataRole.UserRole + 3
    PINNED = Qt.ItemDataRole.UserRole + 4
    FOLDER = Qt.ItemDataRole.UserRole + 5
    """The folder's id, for its title; None for all others."""
    COLLAPSED = Qt.ItemDataRole.UserRole + 6
    COUNT = Qt.ItemDataRole.UserRole + 7
    """How many conversations stand under a title."""
    TAGS = Qt.ItemDataRole.UserRole + 8
    INSIDE = Qt.ItemDataRole.UserRole + 9
    """The folder that a row stands in, its title included; "" outside any."""


class ConversationModel(SectionModel):
    """The sections with what each row says of itself, what may be typed in it, and what may be dropped on it."""

    rename_asked = Signal(str, str)
    """Conversation id and the title that was typed in its row."""
    folder_rename_asked = Signal(str, str)
    """Folder id and the name that was typed in its row."""
    dropped = Signal(list, object)
    """Conversation ids that were dropped, and where: a folder's id, "" for outside any, or True for the pinned ones."""
    folder_dropped = Signal(str, int)
    """Folder id and the place among the folders that it was dropped at."""

    def place_at(self, row: int) -> str | bool:
        """Where a conversation dropped on this row would stand: a folder's id, "" outside any, True if pinned."""
        section, _ = self.at(row)
        if section.folder is not None:
            return section.folder.id
        return section.rank[0] == PINNED or ""

    def id_of(self, row: int) -> str | None:
        """The id of the conversation in a row, None for a title."""
        section, at = self.at(row)
        return section.keys[at][-1] if at >= 0 else None

    def tags(self) -> list[str]:
        """All tags there are in the list, in the order of the alphabet."""
        found = {tag.casefold(): tag for c in self._by_id.values() for tag in c.tags}
        return [found[tag] for tag in sorted(found)]

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        section, at = self.at(index.row())
        if role == Roles.INSIDE:
            return section.folder.id if section.folder is not None else ""
        if at < 0:
            return self._title_data(section, role)
        row = self._by_id[section.keys[at][-1]]
        match role:
            case Qt.ItemDataRole.DisplayRole | Qt.ItemDataRole.EditRole:
                return shown_title(row)
            case Qt.ItemDataRole.ToolTipRole:
                return plain_tip("\n".join([shown_title(row), *([", ".join(row.tags)] if row.tags else [])]))
            case Qt.ItemDataRole.AccessibleTextRole:
                state = ", answering" if row.id in self._answering else ", unread" if row.unread else ""
                tags = f", tagged {', '.join(row.tags)}" if row.tags else ""
                return shown_title(row) + state + tags
            case Roles.ID:
                return row.id
            case Roles.UNREAD:
                return row.unread
            case Roles.ANSWERING:
                return row.id in self._answering
            case Roles.PINNED:
                return row.pinned
            case Roles.TAGS:
                return row.tags
        return None

    def _title_data(self, section: Section, role: int) -> object:
        folder = section.folder
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return section.title
            case Roles.HEADER:
                return True
            case Roles.COUNT:
                return len(section.keys)
            case Qt.ItemDataRole.AccessibleTextRole if folder is None:
                return section.title
        if folder is None:
            return None
        match role:
            case Qt.ItemDataRole.EditRole | Qt.ItemDataRole.ToolTipRole:
                return folder.name if role == Qt.ItemDataRole.EditRole else plain_tip(folder.name)
            case Qt.ItemDataRole.AccessibleTextRole:
                count = len(section.keys)
                held = "1 conversation" if count == 1 else f"{count} conversations"
                return f"Folder {folder.name}, {held}, {'collapsed' if folder.collapsed else 'open'}"
            case Roles.FOLDER:
                return folder.id
            case Roles.COLLAPSED:
                return folder.collapsed
            case Roles.UNREAD:
                return folder.collapsed and any(self._by_id[key[-1]].unread for key in section.keys)
        return None

    def setData(self, index: Index, value: object, role: int = Qt.ItemDataRole.EditRole) -> bool:
        if not isinstance(value, str) or not value.strip() or value == index.data(Qt.ItemDataRole.EditRole):
            return False
        if isinstance(folder_id := index.data(Roles.FOLDER), str):
            self.folder_rename_asked.emit(folder_id, value.strip())
        else:
            self.rename_asked.emit(index.data(Roles.ID), value.strip())
        return True

    def flags(self, index: Index) -> Qt.ItemFlag:
        if not index.isValid():
            return Qt.ItemFlag.NoItemFlags
        section, at = self.at(index.row())
        movable = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsEditable | Qt.ItemFlag.ItemIsDragEnabled
        if at >= 0:
            return movable | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemNeverHasChildren
        # A folder can be gone to, not selected: commands on what is selected are about conversations.
        return Qt.ItemFlag.NoItemFlags if section.folder is None else movable

    # drag and drop

    def mimeTypes(self) -> list[str]:
        return [CONVERSATIONS, FOLDERS]

    def mimeData(self, indexes: Sequence[QModelIndex]) -> QMimeData:
        from PySide6.QtCore import QMimeData

        data = QMimeData()
        ids = [str(index.data(Roles.ID)) for index in indexes if index.data(Roles.ID) is not None]
        folders = [str(index.data(Roles.FOLDER)) for index in indexes if index.data(Roles.FOLDER) is not None]
        if ids:
            data.setData(CONVERSATIONS, "\n".join(ids).encode())
        elif folders:
            data.setData(FOLDERS, folders[0].encode())
        return data

    def supportedDropActions(self) -> Qt.DropAction:
        return Qt.DropAction.MoveAction

    def canDropMimeData(
        self, data: QMimeData, action: Qt.DropAction, row: int, column: int, parent: Index
    ) -> bool:
        if not parent.isValid():  # below the rows
            return data.hasFormat(CONVERSATIONS)
        section, _ = self.at(parent.row())
        if data.hasFormat(FOLDERS):
            return section.folder is not None
        return data.hasFormat(CONVERSATIONS) and section.rank[0] != TEMPORARY

    def dropMimeData(
        self, data: QMimeData, action: Qt.DropAction, row: int, column: int, parent: Index
    ) -> bool:
        """Announce a drop on the row `parent`. row: for a folder, its new place among the folders."""
        if not self.canDropMimeData(data, action, row, column, parent):
            return False
        if data.hasFormat(FOLDERS):
            self.folder_dropped.emit(_text(data, FOLDERS), row)
        else:
            place = self.place_at(parent.row()) if parent.isValid() else ""
            self.dropped.emit(_text(data, CONVERSATIONS).split("\n"), place)
        return True


def _text(data: QMimeData, form: str) -> str:
    return bytes(data.data(form).data()).decode()
