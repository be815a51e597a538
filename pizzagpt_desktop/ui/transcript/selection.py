"""A selection over messages: positions in order, what is marked in each leaf, and its text; knows no mouse."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from pizzagpt_desktop.domain.copied import Copied, Piece
from pizzagpt_desktop.ui.transcript.clipboard import copied
from pizzagpt_desktop.ui.transcript.pieces import part_of
from pizzagpt_desktop.ui.transcript.row import Row
from pizzagpt_desktop.ui.transcript.rows import Rows

BEYOND = 1 << 30
"""A leaf or offset after the last one."""


class Position(NamedTuple):
    """A place between two characters; positions compare in order of reading."""

    row: int
    leaf: int
    offset: int


WHOLE = 1 << 30
"""As many pieces as a message has."""
BEGINNING = Position(-1, 0, 0)
"""Before all messages, whatever is put above them."""


@dataclass(frozen=True, slots=True)
class Selection:
    """From where it was begun to where it was drawn; either may come first."""

    anchor: Position
    head: Position

    @classmethod
    def all_of(cls, rows: Rows) -> "Selection":
        return cls(BEGINNING, Position(max(0, len(rows) - 1), BEYOND, BEYOND))

    def moved_down(self, rows: int) -> "Selection":
        """The same text after so many rows were put above; what begins at the beginning takes them in."""
        anchor, head = (
            place if place == BEGINNING else place._replace(row=place.row + rows)
            for place in (self.anchor, self.head)
        )
        return Selection(anchor, head)

    def refolded(self, index: int, before: int, now: int) -> "Selection | None":
        """The same text after row `index` shows `now` leaves of reasoning instead of `before`; None if that was all."""

        def moved(place: Position) -> Position:
            if place.row != index or place.leaf == BEYOND:
                return place
            return (
                Position(index, place.leaf + now - before, place.offset)
                if place.leaf >= before
                else Position(index, now, 0)
            )

        found = Selection(moved(self.anchor), moved(self.head))
        return None if found.is_empty and not self.is_empty else found

    @property
    def from_beginning(self) -> bool:
        """Whether it holds all messages before its end, also those that are not there yet."""
        return self.start == BEGINNING

    @property
    def start(self) -> Position:
        return min(self.anchor, self.head)

    @property
    def end(self) -> Position:
        return max(self.anchor, self.head)

    @property
    def is_empty(self) -> bool:
        return self.anchor == self.head

    def marks(self, index: int, row: Row) -> dict[int, tuple[int, int]]:
        """The marked text positions per leaf of row `index`."""
        start, end = self.start, self.end
        if self.is_empty or not start.row <= index <= end.row:
            return {}
        first = start.leaf if index == start.row else 0
        last = end.leaf if index == end.row else BEYOND
        marks = {}
        for leaf in range(first, min(last, len(row.views) - 1) + 1):
            begin = start.offset if index == start.row and leaf == start.leaf else 0
            finish = end.offset if index == end.row and leaf == end.leaf else BEYOND
            if begin < finish:
                marks[leaf] = (begin, finish)
        return marks

    def text(self, rows: Rows) -> str:
        """What a plain editor gets: the source of messages that are wholly marked, the shown text of the others."""
        what = self.copied(rows)
        return what.typed if what is not None else ""

    def copied(self, rows: Rows) -> Copied | None:
        """What Copy gives, None where it cannot all be read now; messages that are wholly marked are not laid out."""
        first, last = max(0, self.start.row), min(self.end.row, len(rows) - 1)
        messages = rows.messages.whole(first, last)
        if messages is None:
            return None
        pieces: list[Piece] = []
        for index in sorted({first, last}) if first <= last else ():
            if index == last and last - first > 1:
                pieces += messages[1:-1]
            if self._holds(index, rows):
                pieces.append(messages[index - first])
            else:
                row = rows.row(index)
                row.prepare(0, 0, WHOLE)
                pieces.append(part_of(row, self.marks(index, row)))
        return copied(pieces)

    def _holds(self, index: int, rows: Rows) -> bool:
        start, end = self.start, self.end
        if index > start.row or (start.leaf, start.offset) == (0, 0):
            if index < end.row or end.leaf == BEYOND:
                return True
            views = rows.row(index).views
            last = len(views) - 1
            return (
                end.leaf >= last >= 0
                and views[last].document is not None
                and end.offset >= views[last].length
            )
        return False


def kept(selection: Selection | None, rows: Rows) -> Callable[[], Selection | None]:
    """How to find `selection` again once `rows` show other messages: nothing where a message at its end is gone."""
    if selection is None:
        return lambda: None
    ends = [
        (rows.messages[place.row].id if 0 <= place.row < len(rows) else None, place)
        for place in (selection.anchor, selection.head)
    ]

    def again() -> Selection | None:
        found = []
        for identity, place in ends:
            row = (
                rows.index_of(identity) if identity is not None else place.row if place == BEGINNING else None
            )
            if row is None:
                return None
            found.append(place._replace(row=row))
        return Selection(*found)

    return again
