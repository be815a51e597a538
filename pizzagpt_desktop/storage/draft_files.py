"""The texts of files that go with unsent messages, in parts: written, read, and deleted; knows no message.

A file is there when a conversation names it, which is written after the last part of it. Until then, and from when none
names it any more, its parts are nobody's and may go.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import suppress
from functools import partial
from sqlite3 import Connection
from typing import TYPE_CHECKING

from pizzagpt_desktop.domain.faults import Fault
from pizzagpt_desktop.storage.rows import files_from, run, sound
from pizzagpt_desktop.storage.shelf import STORED

if TYPE_CHECKING:
    from pizzagpt_desktop.storage.connection import Database
    from pizzagpt_desktop.storage.places import Places
    from pizzagpt_desktop.storage.temporary import MemoryDatabase

PART = 65_536
"""Characters of a text that stand in one row."""
STEP_S = 0.005
"""About so long are parts written at a time."""
_GO_AT_ONCE = 4
"""So many parts are deleted in one step."""


def _writing(database: Database | MemoryDatabase, file_id: str, text: str) -> Iterator[None]:
    """Write the text, some parts in each step; a short one in the first. Raises `Fault(STORAGE)`.

    Nothing is synced: the conversation that names the file is, and what was written before it with it.
    """
    until = time.monotonic() + STEP_S
    for part, start in enumerate(range(0, max(1, len(text)), PART)):
        if time.monotonic() >= until:
            yield
            until = time.monotonic() + STEP_S
        with database.transaction("NORMAL") as connection:
            run(
                connection,
                "INSERT OR REPLACE INTO draft_parts (file_id, part, text) VALUES (?, ?, ?)",
                file_id, part, text[start : start + PART],
            )  # fmt: skip


def _text(connection: Connection, file_id: str) -> str:
    """What is there of a file's text."""
    rows = run(connection, "SELECT text FROM draft_parts WHERE file_id = ? ORDER BY part", file_id)
    return "".join(sound(row, "s")[0] for row in rows)


def _named(connection: Connection) -> set[str]:
    """The files that conversations name; not those that are marked as erased."""
    rows = run(connection, f"SELECT files FROM conversations WHERE files <> '[]' AND {STORED}")
    return {file.id for row in rows for file in files_from(sound(row, "s")[0])}


def nobodys(connection: Connection, making: Collection[str] = ()) -> str | None:
    """A file that no conversation names, and that is not among those that are being written."""
    there = [id_ for (id_,) in run(connection, "SELECT DISTINCT file_id FROM draft_parts").fetchall()]
    if there:
        kept = _named(connection)
        return next((id_ for id_ in there if id_ not in kept and id_ not in making), None)
    return None


def delete_some(connection: Connection, making: Collection[str] = ()) -> bool:
    """Delete a few parts of what is nobody's; whether there were any."""
    file_id = nobodys(connection, making)
    if file_id is None:
        return False
    which = "SELECT n FROM draft_parts WHERE file_id = ? LIMIT ?"
    run(connection, f"DELETE FROM draft_parts WHERE n IN ({which})", file_id, _GO_AT_ONCE)
    return True


class DraftFiles:
    """`chat.ports.FileTexts` of one store. making: files that are not named yet, see `erasing`. sweep: deletes nobody's."""

    def __init__(self, places: Places, making: set[str], sweep: Callable[[], object]) -> None:
        self._places = places
        self._making = making
        self._sweep = sweep

    def writing(self, file_id: str, text: str, temporary: bool) -> Iterator[None]:
        """Store a text in steps of a few milliseconds; a short one in the first. Raises `Fault(STORAGE)`."""
        self._making.add(file_id)
        whole = False
        try:
            yield from _writing(self._places.for_new(temporary), file_id, text)
            whole = True
        finally:
            if not whole:
                self.forget([file_id])

    def text(self, file_id: str) -> str:
        """As much of a text as is there. Raises `Fault(STORAGE)`."""
        found = ""
        for database in self._places.all():
            found = found or database.read(partial(_text, file_id=file_id))
        return found

    def forget(self, file_ids: Iterable[str]) -> None:
        """What no conversation names of these, and will name, may go."""
        self._making.difference_update(file_ids)
        with suppress(Fault):  # it goes with the next purge
            self._sweep()
