"""A store that keeps nothing: what a chat file holds, as far as it can be read, and what is said until the end.

For folders that cannot be written to, and files of newer versions. What it takes from the file lies in a database
without a name, which the system removes with the process; the file itself is only read.
"""

import contextlib
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path

from pizzagpt_desktop.domain.faults import Fault
from pizzagpt_desktop.storage import shelf
from pizzagpt_desktop.storage.backups import reading
from pizzagpt_desktop.storage.connection import Database
from pizzagpt_desktop.storage.faults import sqlite_fault
from pizzagpt_desktop.storage.schema import MIGRATIONS, migrate
from pizzagpt_desktop.storage.store import SqliteSessionStore

_KNOWN = MIGRATIONS[-1].number


class UnsavedDatabase(Database):
    """A `Database` without a file. read: whether the file's content could be taken over."""

    def __init__(self, path: Path) -> None:
        """Raises `Fault(STORAGE)` where there is no room even for this."""
        self.path = path
        self.damage = None
        self.has_log = False
        self.read_file = False
        self._wait_s = 0.0
        self._closed = False
        self._place = None
        self._lenient = False
        self.log_aside = None
        try:
            self._connection = self._taken_over(path) or self._empty()
        except (sqlite3.Error, MemoryError) as error:
            raise sqlite_fault(error) from error

    def in_place(self) -> bool:
        """There is nothing that could be gone."""
        return True

    def drop(self) -> None:
        """Not before the end: with the connection all of it would go."""
        if self._closed:
            super().drop()

    def truncate_log(self) -> None:
        """There is none."""

    def _taken_over(self, path: Path) -> sqlite3.Connection | None:
        connection = sqlite3.connect("", isolation_level=None)
        try:
            with reading(path, alone=True) as source:
                source.backup(connection)
            version = int(connection.execute("PRAGMA user_version").fetchone()[0])
            if version > _KNOWN:
                # A newer version only adds, as all have so far: whether it can be read shows at once.
                connection.execute(f"PRAGMA user_version = {_KNOWN:d}")
                connection.execute("SELECT count(*) FROM conversations WHERE deleted_at IS NULL").fetchone()
                connection.execute("SELECT id, seq, text, status FROM messages LIMIT 1").fetchone()
            elif version < _KNOWN:
                for migration in MIGRATIONS[version:]:  # without the copies that are made beside a file
                    for step in migration.steps:
                        connection.execute(step) if isinstance(step, str) else step(connection)
                connection.execute(f"PRAGMA user_version = {_KNOWN:d}")
            shelf.revision(connection)  # a window cannot begin with a list that cannot be read
            shelf.conversations(connection, shelf.LISTED)
        except (sqlite3.Error, OSError, Fault, UnicodeDecodeError):
            return self._closed_none(connection)
        connection.execute("PRAGMA foreign_keys = ON")
        self.read_file = True
        return connection

    @staticmethod
    def _closed_none(connection: sqlite3.Connection) -> None:
        with contextlib.suppress(sqlite3.Error):
            connection.close()

    @staticmethod
    def _empty() -> sqlite3.Connection:
        connection = sqlite3.connect("", isolation_level=None)
        connection.execute("PRAGMA foreign_keys = ON")
        migrate(connection, Path(":memory:"))
        return connection


class UnsavedStore(SqliteSessionStore):
    """`SqliteSessionStore` without a file; `shows_file` says whether it began with what the file holds."""

    def __init__(self, path: Path, clock: Callable[[], float] = time.time) -> None:
        """Raises `Fault(STORAGE)`."""
        database = UnsavedDatabase(path)
        self.shows_file = database.read_file
        super().__init__(path, clock, database=database)
        self._late_sync = _NoSync()  # type: ignore[assignment]

    def _writer(self, _database: object) -> str:
        return ""

    def interrupt_abandoned(self) -> int:
        """Nobody else writes here: what was growing in the file may be growing there still."""
        return 0

    def _erase(self, mark: Callable[[sqlite3.Connection], int]) -> int:
        """Here and now: nobody else waits, and the file has nothing to do with it."""
        from pizzagpt_desktop.storage import erasing

        count = 0
        for database in self._places.all():
            with database.transaction("FULL") as connection:
                count += mark(connection)
                while erasing.step(connection, self.making):
                    pass
        self._growth.forget()
        return count


class _NoSync:
    def note(self) -> None:
        """There is nothing to sync."""

    def close(self) -> None:
        """There is nothing to end."""
