"""A connection of the search's own to the chat file, for a thread of its own; knows no window and no loop.

It reads for the search and keeps the index up to date (see `index`), so that neither holds up whoever writes messages.
"""

import contextlib
import os
import sqlite3
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

from pizzagpt_desktop.domain.query import Found, Place, SearchRequest
from pizzagpt_desktop.storage import index
from pizzagpt_desktop.storage.faults import primary_code, sqlite_fault
from pizzagpt_desktop.storage.files import has_log
from pizzagpt_desktop.storage.search import find, places

T = TypeVar("T")

WAIT_S = 0.05
"""How long it waits for whoever writes before it gives up for now."""
STEP_S = 0.012
"""How long it may keep others from writing at a time."""
BEFORE_SEARCH_S = 0.2
"""So long it brings the index up to date before it searches; what is left comes afterwards."""
_STEPS = 1000


class SearchReader:
    """`chat.searching.SearchReader` for one file. One thread uses it; only `interrupt` may be called from any.

    Opens the file with the first call; after a failure, or where another file took its place, the next call opens it
    anew.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connection: sqlite3.Connection | None = None
        self._opened_file: tuple[int, int] | None = None
        self._overtaken = threading.Event()
        self._lock = threading.Lock()
        """Held while the connection is made, closed or interrupted: never two of these at once."""

    def find(self, request: SearchRequest) -> Found:
        """What `request` asks for; nothing where it was interrupted. Raises `Fault(STORAGE)`."""
        return self._asked(lambda connection: find(connection, request, self._overtaken.is_set), Found())

    def places(self, conversation_id: str, text: str) -> tuple[Place, ...]:
        """The messages of one conversation that hold `text`, oldest first; none where it was interrupted."""
        return self._asked(
            lambda connection: places(connection, conversation_id, text, self._overtaken.is_set), ()
        )

    def tend(self) -> bool:
        """One short step of bringing the index up to date; whether more is to be done. Never raises."""
        try:
            with self._opened() as connection:
                if not index.state(connection).todo:
                    return False
                return self._settle(connection, STEP_S)
        except (sqlite3.Error, MemoryError):
            return False

    def interrupt(self) -> None:
        """Have the call that is running end soon. From any thread."""
        self._overtaken.set()
        with self._lock:
            if self._connection is not None:
                self._connection.interrupt()

    def begin(self) -> None:
        """What was interrupted is over; the next call is wanted."""
        self._overtaken.clear()

    def close(self) -> None:
        """Let the file go; a later call opens it anew."""
        with self._lock:
            connection, self._connection = self._connection, None
            if connection is not None:
                with contextlib.suppress(sqlite3.Error):
                    connection.close()

    def _asked(self, work: Callable[[sqlite3.Connection], T], nothing: T) -> T:
        try:
            try:
                return self._answer(work)
            except sqlite3.OperationalError as error:
                if primary_code(error) != sqlite3.SQLITE_INTERRUPT or self._overtaken.is_set():
                    raise
                # WORKAROUND(SQLite 3.40.1): now and then the mark to stop outlives the question that was stopped, and
                # meets the next one too (about one in fifty while typing fast). A fresh connection has none.
                self.close()
                return self._answer(work)
        except (sqlite3.Error, MemoryError) as error:
            if self._overtaken.is_set():
                return nothing
            raise sqlite_fault(error) from error

    def _answer(self, work: Callable[[sqlite3.Connection], T]) -> T:
        with self._opened() as connection:
            if not self._overtaken.is_set():
                self._catch_up(connection)
            return work(self._connection or self._open())

    def _catch_up(self, connection: sqlite3.Connection) -> None:
        """Take in what was written since. A file that cannot be written to is searched as it is."""
        with contextlib.suppress(sqlite3.OperationalError):
            for _ in range(round(BEFORE_SEARCH_S / STEP_S)):
                if self._overtaken.is_set() or not index.state(connection).todo:
                    return
                if not self._settle(connection, STEP_S) or self._connection is None:
                    return

    def _settle(self, connection: sqlite3.Connection, seconds: float) -> bool:
        # Not waited for the disk: what a power cut takes from the index it takes from these notes too.
        connection.execute("BEGIN IMMEDIATE")
        try:
            left = index.settle(connection, seconds)
            connection.execute("COMMIT")
        except BaseException:
            with contextlib.suppress(sqlite3.Error):
                connection.execute("ROLLBACK")
            if connection.in_transaction:  # never keep others from writing
                self.close()
            raise
        return left

    @contextlib.contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        if self._connection is not None and self._opened_file != _identity(self._path):
            self.close()  # another file has taken its place: a backup, or one that was saved anew
        try:
            yield self._connection or self._open()
        except sqlite3.Error:
            if not self._overtaken.is_set():
                self.close()
            raise

    def _open(self) -> sqlite3.Connection:
        # mode=rw: a file that went away must not come back as an empty one.
        how = "mode=rw"
        if not os.access(self._path.parent, os.W_OK) and not has_log(self._path):
            how = "mode=ro&immutable=1"  # nothing can be made beside it, not even what readers share
        uri = f"{self._path.absolute().as_uri()}?{how}"
        connection = sqlite3.connect(
            uri, uri=True, isolation_level=None, timeout=WAIT_S, check_same_thread=False
        )
        try:
            connection.execute("PRAGMA secure_delete = ON")
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.execute("PRAGMA temp_store = MEMORY")
            connection.set_progress_handler(self._overtaken.is_set, _STEPS)
        except BaseException:
            connection.close()
            raise
        with self._lock:
            self._connection, self._opened_file = connection, _identity(self._path)
        return connection


def _identity(path: Path) -> tuple[int, int] | None:
    """What tells a file from another one of the same name; None where there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
