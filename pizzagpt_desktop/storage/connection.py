"""The one connection to the chat file: opened, used in transactions, and opened again after trouble; knows no table.

Every refusal of SQLite leaves here as a `Fault(STORAGE)`.
"""

import contextlib
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Literal, TypeVar

from pizzagpt_desktop.domain.faults import Fault
from pizzagpt_desktop.storage.faults import (
    SchemaTooNew,
    StoreDamaged,
    file_fault,
    primary_code,
    sqlite_fault,
)
from pizzagpt_desktop.storage.files import private_file, private_folder
from pizzagpt_desktop.storage.schema import MIGRATIONS, Migration, migrate, version_on_disk

T = TypeVar("T")
Sync = Literal["FULL", "NORMAL"]

_OPENING_WAIT_S = 5.0
_LOG_LIMIT = 4 * 1024 * 1024
_UNREADABLE = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
_KEPT = (
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_CONSTRAINT,
    sqlite3.SQLITE_TOOBIG,
    # On a full disk what is stored stays readable only through an open connection: a new one could not make
    # its files beside the chat file.
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR_WRITE,
    sqlite3.SQLITE_IOERR_SHMSIZE,
)
"""Errors (primary or extended codes) after which the connection is as good as before, once rolled back."""

_TROUBLE = (sqlite3.Error, MemoryError, OverflowError)


class Database:
    """A SQLite file in WAL mode. wait_s: how long a call may wait for another process's write, in seconds."""

    def __init__(self, path: Path, wait_s: float, migrations: Sequence[Migration] = MIGRATIONS) -> None:
        """Open or create the file and bring its tables up to date. Raises `Fault(STORAGE)`."""
        self.path = path
        self._wait_s = wait_s
        self._connection: sqlite3.Connection | None = None
        self._closed = False
        try:
            if not path.parent.is_dir():
                private_folder(path.parent)
            known = migrations[-1].number
            if (found := version_on_disk(path)) > known:
                raise SchemaTooNew(path, found, known)
            private_file(path)
            self._connection = connection = self._open(_OPENING_WAIT_S)
            connection.execute("PRAGMA journal_mode = WAL")
            migrate(connection, path, migrations)
            connection.execute(f"PRAGMA busy_timeout = {round(wait_s * 1000):d}")
        except (OSError, ValueError) as error:
            self.drop()
            raise file_fault(error, f"The chat file {str(path)!r} cannot be opened") from error
        except _TROUBLE as error:
            fault = self._after(error)
            self.drop()
            raise fault from error
        except Fault:
            self.drop()
            raise

    def read(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """What `work` finds. A failed read is tried once more on a fresh connection. Raises `Fault(STORAGE)`."""
        try:
            return work(self._ready())
        except _TROUBLE as error:
            fault = self._after(error)
            if self._connection is not None or isinstance(fault, StoreDamaged):
                raise fault from error
        try:
            return work(self._ready())
        except _TROUBLE as error:
            raise self._after(error) from error

    @contextlib.contextmanager
    def transaction(self, sync: Sync) -> Iterator[sqlite3.Connection]:
        """One transaction: all of it or nothing. With FULL it is on the disk at the end. Raises `Fault(STORAGE)`.

        After any failure the next transaction starts afresh.
        """
        try:
            connection = self._ready()
            connection.execute(f"PRAGMA synchronous = {sync}")
            connection.execute("BEGIN IMMEDIATE")
            yield connection
            connection.execute("COMMIT")
        except _TROUBLE as error:
            raise self._after(error) from error
        except BaseException:
            self._roll_back()
            raise

    def truncate_log(self) -> None:
        """Move the log into the file and empty it, so that erased text is in neither; as far as possible now."""
        with contextlib.suppress(*_TROUBLE):
            self._ready().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def close(self) -> None:
        """Close for good; harmless when closed already."""
        self._closed = True
        self.drop()

    def drop(self) -> None:
        """Let the connection go; the next call opens another one."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(sqlite3.Error):
                connection.close()

    def _ready(self) -> sqlite3.Connection:
        if self._closed:
            raise sqlite3.ProgrammingError("it is closed")
        if self._connection is None:
            self._connection = self._open(self._wait_s)
        return self._connection

    def _open(self, wait_s: float) -> sqlite3.Connection:
        # mode=rw: a file that went away must not come back as an empty one.
        uri = f"{self.path.absolute().as_uri()}?mode=rw"
        connection = sqlite3.connect(uri, uri=True, isolation_level=None, timeout=wait_s)
        try:
            connection.execute("PRAGMA foreign_keys = ON")
            connection.execute("PRAGMA secure_delete = ON")
            connection.execute(f"PRAGMA journal_size_limit = {_LOG_LIMIT:d}")
        except BaseException:
            connection.close()
            raise
        return connection

    def _roll_back(self) -> None:
        if self._connection is not None and self._connection.in_transaction:
            try:
                self._connection.execute("ROLLBACK")
            except _TROUBLE:
                self.drop()

    def _after(self, error: sqlite3.Error | MemoryError | OverflowError) -> Fault:
        """Make the next call possible, and say what happened."""
        self._roll_back()
        code = primary_code(error) if isinstance(error, sqlite3.Error) else 0
        if code not in _KEPT and getattr(error, "sqlite_errorcode", 0) not in _KEPT:
            self.drop()
        if code in _UNREADABLE:
            words = self._check()
            self.drop()
            if words != "ok":
                return StoreDamaged(self.path, words)
        return sqlite_fault(error)

    def _check(self) -> str:
        """SQLite's own verdict. A single failed read also calls itself "malformed", so that word proves nothing."""
        try:
            return str(self._ready().execute("PRAGMA quick_check(1)").fetchone()[0])
        except _TROUBLE as error:
            self.drop()
            return str(error)
