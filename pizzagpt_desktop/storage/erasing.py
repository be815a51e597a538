"""Erasing for good: the mark that makes it so at once, and the work that follows, aside; knows no reason for it.

To the program something is gone with its mark, in one short transaction, however much it is. To delete 10,000
conversations takes seconds, and to fold the log back waits for the disk: that is done a little at a time, in a thread
and over a connection of its own. What a quit or a crash leaves over stays marked, and the next `purge` goes on with it.
"""

import logging
import sqlite3
import threading
import time
from collections.abc import Callable, Collection, Sequence
from contextlib import closing
from pathlib import Path

from pizzagpt_desktop.domain.faults import Fault
from pizzagpt_desktop.storage.connection import Database
from pizzagpt_desktop.storage.draft_files import delete_some, nobodys
from pizzagpt_desktop.storage.rows import SUMMARY, run, storable_value
from pizzagpt_desktop.storage.schema import back_ups
from pizzagpt_desktop.storage.shelf import ERASED, next_revision

SLICE_S = 0.01
"""How long others may be kept from writing at a time."""
_PAUSE_S = 0.03
"""Long enough that whoever waits for the file tries again within it: SQLite looks after 1, 3, 8, 18, 33, 53, 78 ms."""
_WAIT_S = 5.0
_ROWS = 20
"""So many messages go at once; even of long ones that is no more than a slice."""

_MARKED = f"deleted_at = {ERASED}"
_MARKED_BRANCHES = f"SELECT message_seq FROM message_marks WHERE removed_at = {ERASED}"

_FORGET_SUMMARIES = f"""UPDATE conversations SET asking = json_remove(asking, '$.{SUMMARY}')
    WHERE instr(asking, '"{SUMMARY}"') AND json_valid(asking) AND EXISTS (
        SELECT 1 FROM messages JOIN message_marks ON message_seq = seq
        WHERE id = json_extract(asking, '$.{SUMMARY}[0]') AND removed_at = {ERASED})"""
"""Of what is erased, no summary is left either."""

log = logging.getLogger(__name__)

Step = Callable[[sqlite3.Connection], bool]


# What is to go


def mark(connection: sqlite3.Connection, conversation_ids: Sequence[str]) -> int:
    """From now on these conversations are in no list and cannot be found; how many there were."""
    import json

    return _marked(
        connection,
        "id IN (SELECT value FROM json_each(?))",
        json.dumps([storable_value(id_) for id_ in conversation_ids]),
    )


def mark_deleted(connection: sqlite3.Connection, before: float) -> int:
    """The same with all that is in the trash since before then, and with branches removed before then."""
    marks = run(connection, f"UPDATE message_marks SET removed_at = {ERASED} WHERE removed_at < ?", before)
    if marks.rowcount:
        run(connection, _FORGET_SUMMARIES)
    return _marked(connection, "deleted_at < ?", before)


def _marked(connection: sqlite3.Connection, which: str, value: object) -> int:
    found = run(
        connection,
        f"UPDATE conversations SET deleted_at = {ERASED} WHERE {which} AND deleted_at IS NOT {ERASED}",
        value,
    )
    if found.rowcount:
        next_revision(connection)
    return found.rowcount


def is_left(connection: sqlite3.Connection, making: Collection[str] = ()) -> bool:
    """Whether anything is marked, or a file of a draft is nobody's any more."""
    return _is_marked(connection) or nobodys(connection, making) is not None


def _is_marked(connection: sqlite3.Connection) -> bool:
    found = f"SELECT EXISTS (SELECT 1 FROM conversations WHERE {_MARKED}) OR EXISTS ({_MARKED_BRANCHES})"
    return bool(run(connection, found).fetchone()[0])


# How it goes


def step(connection: sqlite3.Connection, making: Collection[str] = ()) -> bool:
    """Delete a few rows of what is marked; whether there were any. making: see `copying`; they stay."""
    rows = run(connection, f"SELECT id FROM conversations WHERE {_MARKED} LIMIT ?", len(making) + 1)
    marked = next((id_ for (id_,) in rows.fetchall() if id_ not in making), None)
    if marked is None:
        return _delete(connection, _MARKED_BRANCHES) or delete_some(connection, making)
    if not _delete(connection, "SELECT seq FROM messages WHERE conversation_id = ?", marked):
        run(connection, "DELETE FROM conversations WHERE id = ?", marked)
    return True


def _delete(connection: sqlite3.Connection, which: str, *values: object) -> bool:
    found = run(connection, f"DELETE FROM messages WHERE seq IN ({which} LIMIT {_ROWS})", *values)
    return found.rowcount > 0


def scrub(connection: sqlite3.Connection) -> bool:
    """Have the index forget what was erased, to the last word, a step at a time. Whether more is to be done."""
    from pizzagpt_desktop.storage.index import scrub  # the window starts without it

    return scrub(connection)


class Eraser:
    """At most one thread, while there is something to erase in the file at `path`, but for what is in `making`."""

    def __init__(self, path: Path, making: Collection[str] = ()) -> None:
        self._path = path
        self._making = making
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self._asked = False
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Something is marked."""
        with self._lock:
            self._asked = True
            if self._thread is None and not self._stopping.is_set():
                thread = threading.Thread(target=self._run, name="erasing", daemon=True)
                try:
                    thread.start()
                except RuntimeError:  # no thread to be had; it stays marked
                    return
                self._thread = thread

    def wait(self, timeout_s: float | None = None) -> bool:
        """Whether the work is over, after waiting for it for so long at most."""
        thread = self._thread
        if thread is not None:
            thread.join(timeout_s)
        return thread is None or not thread.is_alive()

    def close(self) -> None:
        """Stop after the slice at hand."""
        self._stopping.set()
        self.wait()

    def _run(self) -> None:
        try:
            while self._is_asked():
                try:
                    if self._path.exists():  # to open it would make it
                        with closing(Database(self._path, _WAIT_S)) as database:
                            self._erase(database)
                except (Fault, OSError) as error:  # the disk refuses: what is marked stays so
                    log.info("erasing stopped: %s", getattr(error, "strerror", None) or type(error).__name__)
        finally:
            with self._lock:  # whatever ended it, the next occasion finds no thread and begins one
                if self._thread is threading.current_thread():
                    self._thread = None

    def _is_asked(self) -> bool:
        with self._lock:
            asked, self._asked = self._asked and not self._stopping.is_set(), False
            if not asked:
                self._thread = None
            return asked

    def _erase(self, database: Database) -> None:
        is_said = False

        def delete(connection: sqlite3.Connection) -> bool:
            nonlocal is_said
            is_said = is_said or _is_marked(connection)
            return step(connection, self._making)

        def forget(connection: sqlite3.Connection) -> bool:
            return is_said and scrub(connection)  # the file of a draft that was sent is in no index

        for work in (delete, forget):
            while self._slice(database, work):
                if self._stopping.wait(_PAUSE_S):  # meanwhile others come to write
                    return
        # Most of the log is folded back while others write; only the rest keeps them waiting.
        database.read(lambda connection: connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall())
        database.truncate_log()
        for copy in back_ups(self._path) if is_said else ():  # they hold the same text
            copy.unlink(missing_ok=True)

    def _slice(self, database: Database, work: Step) -> bool:
        """Work for a moment; whether more is to be done."""
        until = time.monotonic() + SLICE_S
        with database.transaction("NORMAL") as connection:
            while work(connection):
                if time.monotonic() >= until:
                    return True
        return False
