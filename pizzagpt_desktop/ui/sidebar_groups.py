"""Which group a conversation stands in and where in it: pinned, folders, days and months; knows no Qt and no store."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from pizzagpt_desktop.domain.conversation import Conversation, title_from

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pizzagpt_desktop.domain.conversation import Folder

UNTITLED = "New conversation"
BY_TITLE = "Conversations"

Rank = tuple[int, int]
"""Orders the groups: kind, then place within the kind."""
Key = tuple[float | str, float, str]
"""Orders the conversations of a group; ends with the id."""

TEMPORARY, PINNED, FOLDER, TIMES = range(4)
_RECENT = ("Today", "Yesterday", "Previous 7 days")
_MONTHS_TABLED = 120


def shown_title(conversation: Conversation) -> str:
    """The title, or what stands for one until the first message gives it."""
    files = [file.name for file in conversation.files]
    return conversation.title or title_from(conversation.draft) or ", ".join(files) or UNTITLED


class Days:
    """The groups of times as seen on one day; asked for every row, so by a table of where each begins."""

    def __init__(self, today: date) -> None:
        self._today = today
        self._starts: list[float] = []
        self._groups: list[tuple[int, str]] = []
        recent = [today - timedelta(days=days) for days in (7, 1, 0)]
        for at, (day, words) in enumerate(zip(recent, reversed(_RECENT), strict=True)):
            self._starts.append(_midnight(day))
            self._groups.append((len(_RECENT) - 1 - at, words))

    def group(self, at: float) -> tuple[int, str]:
        """Place among the groups of times, from the newest, and title. at: seconds since the epoch."""
        if at < self._starts[0] and len(self._starts) == len(_RECENT):
            self._add_months()
        found = bisect_right(self._starts, at)
        return self._groups[found - 1] if found else self._month(_day_of(at))

    def _month(self, day: date) -> tuple[int, str]:
        words = day.strftime("%B") if day.year == self._today.year else day.strftime("%B %Y")
        ago = (self._today.year - day.year) * 12 + self._today.month - day.month
        return len(_RECENT) + ago, words

    def _add_months(self) -> None:
        week_ago, day = self._starts[0], self._today.replace(day=1)
        for _ in range(_MONTHS_TABLED):
            if (start := _midnight(day)) < week_ago:
                self._starts.insert(0, start)
                self._groups.insert(0, self._month(day))
            day = (day - timedelta(days=1)).replace(day=1)


def _midnight(day: date) -> float:
    try:
        return datetime(day.year, day.month, day.day).astimezone().timestamp()
    except (OverflowError, OSError, ValueError):  # a day that the system's calendar does not reach
        return float((day - date(1970, 1, 1)).days * 86_400)


def _day_of(at: float) -> date:
    try:
        return datetime.fromtimestamp(at, UTC).astimezone().date()
    except (OverflowError, OSError, ValueError):
        return date(1970, 1, 1)


class Grouping:
    """The rules of one list at one time: its day, order and folders. Others need another."""

    def __init__(self, today: date, order: str, folders: Mapping[str, Folder]) -> None:
        self._days = Days(today)
        self._order = order
        self._folders = folders

    def place(self, conversation: Conversation) -> tuple[Rank, str]:
        """The group of a conversation: its rank, and the title or, for a folder, its id."""
        if self._order == "deleted":  # the trash: when it came there is all that counts
            rank, words = self._days.group(conversation.deleted_at or 0.0)
            return (TIMES, rank), words
        if conversation.temporary:
            return (TEMPORARY, 0), "Temporary"
        if conversation.pinned:
            return (PINNED, 0), "Pinned"
        folder = self._folders.get(conversation.folder_id) if conversation.folder_id else None
        if folder is not None:
            return (FOLDER, folder.position), folder.id
        if self._order == "title":
            return (TIMES, 0), BY_TITLE
        at = conversation.created_at if self._order == "created" else conversation.updated_at
        rank, words = self._days.group(at)
        return (TIMES, rank), words

    def key(self, conversation: Conversation) -> Key:
        """What orders a conversation within its group; no two have the same."""
        if self._order == "title":
            return shown_title(conversation).casefold(), -conversation.updated_at, conversation.id
        if self._order == "deleted":
            return -(conversation.deleted_at or 0.0), -conversation.updated_at, conversation.id
        if self._order == "created":
            return -conversation.created_at, 0.0, conversation.id
        return -conversation.updated_at, -conversation.created_at, conversation.id


class Section:
    """One group with the keys of its conversations in order. folder: set where it is one."""

    __slots__ = ("folder", "keys", "rank", "title")

    def __init__(self, rank: Rank, title: str, folder: Folder | None = None) -> None:
        self.rank = rank
        self.title = title
        self.folder = folder
        self.keys: list[Key] = []

    @property
    def collapsed(self) -> bool:
        return self.folder is not None and self.folder.collapsed

    @property
    def shown(self) -> int:
        """How many rows it has, its title among them."""
        return 1 if self.collapsed else 1 + len(self.keys)

    def place_of(self, key: Key) -> int:
        return bisect_left(self.keys, key)
