"""Sections of conversations as the rows of a Qt model, changed row by row; knows no looks, no view and no store."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QStringListModel

from pizzagpt_desktop.domain.conversation import Conversation, Folder
from pizzagpt_desktop.ui.sidebar_groups import FOLDER, Grouping, Key, Rank, Section

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence

Index = QModelIndex | QPersistentModelIndex
ROOT = QModelIndex()


class _Layout(NamedTuple):
    """Where everything stands."""

    groups: Grouping
    sections: dict[Rank, Section]
    ranks: list[Rank]


class SectionModel(QStringListModel):
    """Rows are the titles of groups and the conversations under them; those of a collapsed folder have none.

    A row costs one look into the section it stands in; sections are few. The model is a string list's, with nothing
    in its strings: a view asks for the number of rows once for each of them whenever one changes, and this one
    answers without Python (20,000 rows: 6 ms in place of 125).
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._by_id: dict[str, Conversation] = {}
        self._folders: dict[str, Folder] = {}
        self._answering: set[str] = set()
        self.today = date(1970, 1, 1)
        self._order = "activity"
        self._starts: list[int] = []
        self._total = 0
        self._change: Callable[[], None] | None = None
        # Before any view's: when they hear of it, the rows are as they were told.
        for changed in (self.rowsInserted, self.rowsRemoved, self.rowsMoved):
            changed.connect(self._on_rows_changed)
        self._show_anew(self._laid_out())

    # as a whole

    def reset(self, conversations: Iterable[Conversation], today: date) -> None:
        """Show exactly these."""
        self.today = today
        self._by_id = {conversation.id: conversation for conversation in conversations}
        self._show_anew(self._laid_out())

    def extend(self, conversations: Iterable[Conversation]) -> None:
        """Add many at once, cheapest in the list's own order; those that are in it already stay as they are."""
        new: dict[Rank, list[Conversation]] = {}
        for conversation in conversations:
            if conversation.id not in self._by_id:
                rank, title = self._groups.place(conversation)
                self._make_section(rank, title)
                new.setdefault(rank, []).append(conversation)
        for rank, some in new.items():
            some.sort(key=self._groups.key)
            self._insert_sorted(some, rank)

    def note_day(self, today: date) -> None:
        """Group anew if another day has begun."""
        if today != self.today:
            self.today = today
            self._arrange_anew()

    def set_order(self, order: str) -> None:
        """Order by "activity", "created" or "title"."""
        if order != self._order:
            self._order = order
            self._arrange_anew()

    def set_folders(self, folders: Sequence[Folder]) -> None:
        """Show exactly these folders; where only names and what is collapsed are others, nothing moves."""
        new = {
            f.id: f._replace(position=at) for at, f in enumerate(sorted(folders, key=lambda f: f.position))
        }
        if new == self._folders:
            return
        same = list(new) == list(self._folders)
        before, self._folders = self._folders, new
        if not same:
            self._arrange_anew()
            return
        self._groups = Grouping(self.today, self._order, new)
        for folder in new.values():
            if folder != before[folder.id]:
                self._renew_folder(folder)

    def folders(self) -> list[Folder]:
        """In the order of the rows."""
        return list(self._folders.values())

    def set_answering(self, answering: Collection[str]) -> None:
        """Mark exactly these conversations as being answered."""
        changed = self._answering.symmetric_difference(answering)
        self._answering = set(answering)
        for conversation_id in changed:
            self._show_row(self.row_of(conversation_id))

    # one by one

    def put(self, conversation: Conversation) -> None:
        """Add a conversation or show its new facts: one changed row where its place stays the same, else one moved."""
        before = self._by_id.get(conversation.id)
        rank, title = self._groups.place(conversation)
        if before is None:
            self._make_section(rank, title)
            self._insert(conversation, rank)
            return
        old_rank, key = self._groups.place(before)[0], self._groups.key(conversation)
        if rank != old_rank or key != self._groups.key(before):
            self._make_section(rank, title)
            self._move(before, old_rank, conversation, rank)
        self._by_id[conversation.id] = conversation
        self._show_row(self.row_of(conversation.id))
        if before.unread != conversation.unread:
            self._show_title(rank)

    def drop(self, conversation_id: str) -> None:
        """Take a conversation out, and its group's title if it was the last of it."""
        conversation = self._by_id.get(conversation_id)
        if conversation is None:
            return
        rank, _ = self._groups.place(conversation)
        self._take(conversation, rank)
        self._close(rank)

    # what is in it

    def conversations(self) -> list[Conversation]:
        """All, in the order of the groups, also those of collapsed folders."""
        return [self._by_id[str(key[-1])] for rank in self._ranks for key in self._sections[rank].keys]

    def ids(self) -> list[str]:
        """The ids of the conversations that have a row, in the order of the rows."""
        sections = (self._sections[rank] for rank in self._ranks)
        return [key[-1] for section in sections if not section.collapsed for key in section.keys]

    def step(self, conversation_id: str | None, by: int) -> str | None:
        """The id `by` conversations below one; from one without a row, the first or last. None past the ends."""
        row = self.row_of(conversation_id)
        end = -1 if by > 0 else self._total
        towards = 1 if by > 0 else -1
        row, left = (row, abs(by)) if row >= 0 else (end, 1)
        while left and 0 <= row + towards < self._total:
            row += towards
            section, at = self.at(row)
            left -= at >= 0
            if not left:
                return section.keys[at][-1]
        return None

    def id_at(self, place: int) -> str | None:
        """The id of the conversation with the `place`-th row, titles not counted, from 0."""
        for rank in self._ranks if place >= 0 else ():
            section = self._sections[rank]
            if not section.collapsed:
                if place < len(section.keys):
                    return section.keys[place][-1]
                place -= len(section.keys)
        return None

    def conversation(self, conversation_id: str | None) -> Conversation | None:
        """A conversation of the list, with or without a row."""
        return self._by_id.get(conversation_id) if conversation_id is not None else None

    def row_of(self, conversation_id: str | None) -> int:
        """The row of a conversation, -1 where it has none."""
        conversation = self.conversation(conversation_id)
        if conversation is None:
            return -1
        rank = self._groups.place(conversation)[0]
        section = self._sections[rank]
        if section.collapsed:
            return -1
        return self._start(rank) + 1 + section.place_of(self._groups.key(conversation))

    def row_of_folder(self, folder_id: str) -> int:
        """The row of a folder's title, -1 where there is no such folder."""
        folder = self._folders.get(folder_id)
        return -1 if folder is None else self._start((FOLDER, folder.position))

    # sections

    def _laid_out(self) -> _Layout:
        """Everything grouped by what holds now."""
        groups = Grouping(self.today, self._order, self._folders)
        sections = {
            (FOLDER, f.position): Section((FOLDER, f.position), f.name, f) for f in self._folders.values()
        }
        for conversation in self._by_id.values():
            rank, title = groups.place(conversation)
            section = sections.get(rank)
            if section is None:
                section = sections[rank] = Section(rank, title)
            section.keys.append(groups.key(conversation))
        for section in sections.values():
            section.keys.sort()
        return _Layout(groups, sections, sorted(sections))

    def _take_over(self, layout: _Layout) -> None:
        self._groups, self._sections, self._ranks = layout
        self._count()

    def _arrange_anew(self) -> None:
        """Everything may stand elsewhere; what is selected and current stays so where as many rows remain."""
        layout = self._laid_out()
        if sum(section.shown for section in layout.sections.values()) != self._total:
            self._show_anew(layout)
            return
        self.layoutAboutToBeChanged.emit()
        old = [(index, self._name_of(index.row())) for index in self.persistentIndexList()]
        self._take_over(layout)
        rows = {name: row for row, name in enumerate(self._names())}
        for index, name in old:
            self.changePersistentIndex(index, self.index(rows[name]) if name in rows else QModelIndex())
        self.layoutChanged.emit()

    def _show_anew(self, layout: _Layout) -> None:
        """Replace all rows; a view asks for none of them before it hears that they are others."""
        self._take_over(layout)
        self.setStringList([""] * self._total)

    def _put_in(self, row: int, count: int, change: Callable[[], None]) -> None:
        """Do `change`, which puts `count` rows in at `row`."""
        self._change = change
        super().insertRows(row, count)

    def _take_out(self, row: int, count: int, change: Callable[[], None]) -> None:
        """Do `change`, which takes `count` rows out at `row`."""
        self._change = change
        super().removeRows(row, count)

    def _on_rows_changed(self) -> None:
        change, self._change = self._change, None
        if change is not None:
            change()
            self._count()

    def _names(self) -> list[str]:
        names = []
        for rank in self._ranks:
            section = self._sections[rank]
            names.append(_title_name(section))
            names += [] if section.collapsed else [key[-1] for key in section.keys]
        return names

    def _name_of(self, row: int) -> str:
        section, at = self.at(row)
        return _title_name(section) if at < 0 else section.keys[at][-1]

    def _count(self) -> None:
        self._starts, self._total = [], 0
        for rank in self._ranks:
            self._starts.append(self._total)
            self._total += self._sections[rank].shown

    def _start(self, rank: Rank) -> int:
        return self._starts[bisect_left(self._ranks, rank)]

    def at(self, row: int) -> tuple[Section, int]:
        """The section of a row and the place in it, -1 for its title."""
        at = bisect_right(self._starts, row) - 1
        return self._sections[self._ranks[at]], row - self._starts[at] - 1

    def _make_section(self, rank: Rank, title: str) -> None:
        """Have a group of that rank."""
        if rank in self._sections:
            return
        at = bisect_left(self._ranks, rank)

        def make() -> None:
            self._sections[rank] = Section(rank, title)
            self._ranks.insert(at, rank)

        self._put_in(self._starts[at] if at < len(self._starts) else self._total, 1, make)

    def _close(self, rank: Rank) -> None:
        """Take a group's title away where nothing stands under it; a folder's stays."""
        section = self._sections[rank]
        if section.keys or section.folder is not None:
            return

        def close() -> None:
            del self._sections[rank]
            self._ranks.remove(rank)

        self._take_out(self._start(rank), 1, close)

    def _insert_sorted(self, conversations: Sequence[Conversation], rank: Rank) -> None:
        """Put new ones into a section that is there; neighbours go in together."""
        section, keys = (
            self._sections[rank],
            [self._groups.key(conversation) for conversation in conversations],
        )
        self._by_id.update((conversation.id, conversation) for conversation in conversations)
        first = 0
        while first < len(keys):
            at = section.place_of(keys[first])
            after = bisect_left(keys, section.keys[at]) if at < len(section.keys) else len(keys)
            run = keys[first:after]

            def insert(at: int = at, run: Sequence[Key] = run) -> None:
                section.keys[at:at] = run

            if section.collapsed:
                insert()
            else:
                self._put_in(self._start(rank) + 1 + at, len(run), insert)
            first = after
        self._show_title(rank)

    def _insert(self, conversation: Conversation, rank: Rank) -> None:
        self._insert_sorted([conversation], rank)

    def _take(self, conversation: Conversation, rank: Rank) -> None:
        section = self._sections[rank]
        at = section.place_of(self._groups.key(conversation))

        def take() -> None:
            del section.keys[at]
            del self._by_id[conversation.id]

        if section.collapsed:
            take()
        else:
            self._take_out(self._start(rank) + 1 + at, 1, take)
        self._show_title(rank)

    def _move(self, before: Conversation, old_rank: Rank, after: Conversation, rank: Rank) -> None:
        old, new = self._sections[old_rank], self._sections[rank]
        if old.collapsed or new.collapsed:
            self._take(before, old_rank)
            self._insert(after, rank)
            self._close(old_rank)
            return
        at, key = old.place_of(self._groups.key(before)), self._groups.key(after)
        row, to = self._start(old_rank) + 1 + at, self._start(rank) + 1 + new.place_of(key)

        def move() -> None:
            del old.keys[at]
            insort(new.keys, key)
            self._by_id[after.id] = after
            self._count()

        if to in (row, row + 1):
            move()
        else:
            # A row that moves stays chosen; one that goes and comes again would hand that to its neighbour.
            self._change = move
            super().moveRows(ROOT, row, 1, ROOT, to)
        if old is not new:
            self._show_title(old_rank)
            self._show_title(rank)
            self._close(old_rank)

    def _renew_folder(self, folder: Folder) -> None:
        """A folder has another name, or is collapsed or open now."""
        rank = (FOLDER, folder.position)
        section, row = self._sections[rank], self._start(rank)
        if section.keys and section.collapsed != folder.collapsed:

            def renew() -> None:
                section.folder = folder

            (self._take_out if folder.collapsed else self._put_in)(row + 1, len(section.keys), renew)
        section.folder, section.title = folder, folder.name
        self._show_row(row)

    def _show_row(self, row: int) -> None:
        if row >= 0:
            self.dataChanged.emit(self.index(row), self.index(row))

    def _show_title(self, rank: Rank) -> None:
        if rank[0] == FOLDER:
            self._show_row(self._start(rank))

    def removeRows(self, row: int, count: int, parent: Index = ROOT) -> bool:
        # Nobody else takes rows out: a view would those that were dragged away, though what they show only moves.
        return False


def _title_name(section: Section) -> str:
    """What tells a title's row from all others."""
    return f"{section.rank[0]}\n{section.folder.id if section.folder is not None else section.title}"
