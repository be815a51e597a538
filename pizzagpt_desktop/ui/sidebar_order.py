"""Conversations in the order of the list, in groups with titles: any row is found in a few steps; knows no Qt."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable
from functools import partial

from pizzagpt_desktop.domain.conversation import Conversation

Key = tuple[bool, float, float, str]
Done = Callable[[], None]
"""What makes a change that was described; called once."""


def key_of(conversation: Conversation) -> Key:
    """Pinned ones first, then the newest; the id only so that no two are equal."""
    return (not conversation.pinned, -conversation.updated_at, -conversation.created_at, conversation.id)


class Order:
    """Sorted conversations and where each group begins; a group's title has a row of its own above it.

    What a change does to the rows is known before it is done: the methods named after it give rows and a `Done`.
    """

    def __init__(self, group_of: Callable[[Conversation], str]) -> None:
        """group_of: a conversation's group. In the order of the conversations, those of one group stand together."""
        self._group_of = group_of
        self.items: list[Conversation] = []
        self._by_id: dict[str, Conversation] = {}
        self._titles: list[str] = []
        self._starts: list[int] = []
        """Index in `items` of each group's first one."""
        self._heads: list[int] = []
        """Row of each group's title."""

    def __len__(self) -> int:
        """How many rows there are."""
        return len(self.items) + len(self._titles)

    def reset(self, conversations: Iterable[Conversation]) -> None:
        self.items = sorted(conversations, key=key_of)
        self._by_id = {conversation.id: conversation for conversation in self.items}
        self._titles, self._starts = [], []
        self._group_from(0)

    def get(self, conversation_id: str | None) -> Conversation | None:
        return self._by_id.get(conversation_id) if conversation_id is not None else None

    def at(self, row: int) -> Conversation | str:
        """What stands in a row: a conversation, or a group's title."""
        group = bisect_right(self._heads, row) - 1
        if self._heads[group] == row:
            return self._titles[group]
        return self.items[row - group - 1]

    def row_of(self, conversation_id: str | None) -> int:
        """The row of a conversation, -1 where it is not in the list."""
        known = self.get(conversation_id)
        return -1 if known is None else self._row(self._place(known))

    def index_of(self, conversation_id: str | None) -> int:
        """Its place among the conversations, titles not counted; -1 where it is not in the list."""
        known = self.get(conversation_id)
        return -1 if known is None else self._place(known)

    def extend(self, conversations: Iterable[Conversation]) -> tuple[int, int]:
        """Add those that stand after all others; how many rows are new, and how many of these are titles.

        The rows are new at the end. Whoever calls this adds the others one by one.
        """
        before, titles = len(self), len(self._titles)
        first = len(self.items)
        for conversation in conversations:
            self.items.append(conversation)
            self._by_id[conversation.id] = conversation
        self._group_from(first)
        return len(self) - before, len(self._titles) - titles

    def stands_after_all(self, conversation: Conversation) -> bool:
        return not self.items or key_of(self.items[-1]) < key_of(conversation)

    # the steps of a change

    def keeps_place(self, conversation: Conversation) -> bool:
        """Whether the row of a known one may stay where it is with these facts: same group, same neighbours."""
        old = self._by_id[conversation.id]
        place, key = self._place(old), key_of(conversation)
        if self._titles[self._group_at(place)] != self._group_of(conversation):
            return False
        above = self.items[place - 1] if place else None
        below = self.items[place + 1] if place + 1 < len(self.items) else None
        return (above is None or key_of(above) < key) and (below is None or key < key_of(below))

    def replace(self, conversation: Conversation) -> int:
        """Give a known one new facts where it stands; its row."""
        place = self._place(self._by_id[conversation.id])
        self.items[place] = self._by_id[conversation.id] = conversation
        return self._row(place)

    def missing_title(self, conversation: Conversation) -> tuple[int, Done] | None:
        """The row for the title of its group, and what puts it there; None where the title stands already."""
        title, place = self._group_of(conversation), self._place(conversation)
        group = self._group_for(title, place)
        if group >= 0:
            return None
        at = bisect_left(self._starts, place)

        def insert() -> None:
            self._titles.insert(at, title)
            self._starts.insert(at, place)
            self._count()

        return place + at, insert

    def added(self, conversation: Conversation) -> tuple[int, Done]:
        """The row for a new one whose group has its title, and what puts it there."""
        place = self._place(conversation)
        group = self._group_for(self._group_of(conversation), place)

        def insert() -> None:
            self.items.insert(place, conversation)
            self._by_id[conversation.id] = conversation
            self._shift(group + 1, 1)

        return place + group + 1, insert

    def moved(self, conversation: Conversation) -> tuple[int, int, Done]:
        """From which row to which a known one goes with these facts, and what moves it; its group has its title."""
        old = self._by_id[conversation.id]
        start = self._place(old)
        from_group = self._group_at(start)
        place = self._place(conversation)
        group = self._group_for(self._group_of(conversation), place)
        end = place - (place > start)

        def move() -> None:
            del self.items[start]
            self._shift(from_group + 1, -1)
            self.items.insert(end, conversation)
            self._by_id[conversation.id] = conversation
            self._shift(group + 1, 1)

        return start + from_group + 1, end + group + 1, move

    def removed(self, conversation_id: str) -> tuple[int, Done]:
        """The row of a known one, and what takes it out."""
        place = self._place(self._by_id[conversation_id])
        group = self._group_at(place)

        def remove() -> None:
            del self.items[place]
            del self._by_id[conversation_id]
            self._shift(group + 1, -1)

        return place + group + 1, remove

    def empty_title(self) -> tuple[int, Done] | None:
        """The row of a title with nothing below it, and what takes it out."""
        for group, start in enumerate(self._starts):
            end = self._starts[group + 1] if group + 1 < len(self._starts) else len(self.items)
            if start == end:

                def remove(at: int = group) -> None:
                    del self._titles[at]
                    del self._starts[at]
                    self._count()

                return self._heads[group], remove
        return None

    # inside

    def _place(self, conversation: Conversation) -> int:
        """Where it stands among the conversations, or would stand."""
        return bisect_left(self.items, key_of(conversation), key=key_of)

    def _row(self, place: int) -> int:
        return place + bisect_right(self._starts, place)

    def _group_at(self, place: int) -> int:
        return bisect_right(self._starts, place) - 1

    def _group_for(self, title: str, place: int) -> int:
        """The group of this title that a conversation at `place` belongs to: it ends, begins or lies there; else -1."""
        last = bisect_right(self._starts, place) - 1
        for group in (last, last - 1, last - 2):
            if group >= 0 and self._titles[group] == title:
                return group
        return -1

    def _group_from(self, first: int) -> None:
        """Find the groups of the conversations from `first` on: each group's end by halving, not row by row."""
        items = self.items
        at, title = first, self._titles[-1] if self._titles else None
        while at < len(items):
            own = self._group_of(items[at])
            if own != title:
                self._titles.append(own)
                self._starts.append(at)
                title = own
            at = bisect_left(items, True, at + 1, key=partial(self._is_outside, own))
        self._count()

    def _is_outside(self, title: str, conversation: Conversation) -> bool:
        return self._group_of(conversation) != title

    def _shift(self, group: int, by: int) -> None:
        for later in range(group, len(self._starts)):
            self._starts[later] += by
        self._count()

    def _count(self) -> None:
        self._heads = [start + number for number, start in enumerate(self._starts)]
