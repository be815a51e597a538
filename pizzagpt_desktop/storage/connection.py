"""The one connection to the chat file: opened, used in transactions, and opened again after trouble; knows no table.

Every refusal of SQLite leaves here as a `Fault(STORAGE)`. Where the file system has no shared memory (some network
folders), the file is kept with a rollback journal instead of a log.
"""

import contextlib
import os
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Literal, TypeVar

from pizzagpt_desktop.domain.faults import Fault
from pizzagpt_desktop.storage.checks import examine, rebuild_search
from pizzagpt_desktop.storage.faults import (
    SchemaTooNew,
    StoreDamaged,
    StoreGone,
    file_fault,
    primary_code,
    sqlite_fault,
    undecodable,
)
from pizzagpt_desktop.storage.files import private_file, private_folder
from pizzagpt_desktop.storage.rows import BrokenRow
from pizzagpt_desktop.storage.schema import MIGRATIONS, Migration, migrate, version_on_disk

T = TypeVar("T")
Sync = Literal["FULL", "NORMAL"]

_OPENING_WAIT_S = 5.0
_FIRST_PAGE = 4096
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

_NO_SHARED_MEMORY = (
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_PROTOCOL,
    sqlite3.SQLITE_IOERR_SHMOPEN,
    sqlite3.SQLITE_IOERR_SHMSIZE,
    sqlite3.SQLITE_IOERR_SHMLOCK,
    sqlite3.SQLITE_IOERR_SHMMAP,
    sqlite3.SQLITE_IOERR_LOCK,
    sqlite3.SQLITE_READONLY_CANTINIT,
    sqlite3.SQLITE_READONLY_RECOVERY,
    sqlite3.SQLITE_READONLY,
)
_CHECKED_AT_ONCE = 64 * 1024 * 1024
"""Up to this size a file is checked, and its search index built anew, while the caller waits."""

_NO_TEXT = "Could not decode to UTF-8"

_TROUBLE = (sqlite3.Error, MemoryError, OverflowError, UnicodeDecodeError)
"""What a statement may raise; the last is a complaint of SQLite's that quotes damaged bytes."""
_Trouble = sqlite3.Error | MemoryError | OverflowError | UnicodeDecodeError


class Database:
    """A SQLite file in WAL mode. wait_s: how long a call may wait for another process's write, in seconds.

    damage: what was found wrong with the file since it was opened. has_log: whether it is in WAL mode.
    log_aside: where a log is kept that lay beside the file and is another's.
    """

    def __init__(self, path: Path, wait_s: float, migrations: Sequence[Migration] = MIGRATIONS) -> None:
        """Open or create the file and bring its tables up to date. Raises `Fault(STORAGE)`."""
        self.path = path
        self._wait_s = wait_s
        self._connection: sqlite3.Connection | None = None
        self._closed = False
        self._place: tuple[int, int] | None = None
        self._lenient = False
        self.damage: StoreDamaged | None = None
        self.has_log = True
        self.log_aside: Path | None = None
        try:
            if not path.parent.is_dir():
                private_folder(path.parent)
            _refuse_remains(path)
            if path.with_name(path.name + "-wal").exists():  # a crash, or another program is at work
                from pizzagpt_desktop.storage.foreign_log import put_aside_foreign_log

                self.log_aside = put_aside_foreign_log(path)
            known = migrations[-1].number
            with contextlib.suppress(sqlite3.OperationalError):  # a log, and no shared memory to read it with
                if (found := version_on_disk(path)) > known:
                    raise SchemaTooNew(path, found, known)
            private_file(path)
            self._connection = connection = self._begin()
            migrate(connection, path, migrations)
            connection.execute(f"PRAGMA busy_timeout = {round(wait_s * 1000):d}")
        except _TROUBLE as error:
            fault = self._after(error)
            self.drop()
            raise fault from error
        except (OSError, ValueError) as error:
            self.drop()
            raise file_fault(error, f"The chat file {str(path)!r} cannot be opened for writing") from error
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
            garbled = undecodable(error)
        try:
            connection = self._ready()
            if garbled:  # single bytes turned, and SQLite finds nothing wrong: the rest of the text is good
                connection.text_factory = _legible
            return work(connection)
        except _TROUBLE as error:
            raise self._after(error, again=True) from error

    @contextlib.contextmanager
    def transaction(self, sync: Sync) -> Iterator[sqlite3.Connection]:
        """One transaction: all of it or nothing. With FULL it is on the disk at the end. Raises `Fault(STORAGE)`.

        After any failure the next transaction starts afresh. Nothing is written into a file that is not in its
        place any more: `StoreGone`.
        """
        if not self.in_place():
            raise StoreGone(self.path)
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

    def in_place(self) -> bool:
        """Whether the file that was opened still has its name."""
        try:
            facts = os.stat(self.path)  # noqa: PTH116  (before every write: a third of the cost)
        except (OSError, ValueError):
            return self._place is None
        return self._place in (None, (facts.st_dev, facts.st_ino))

    def try_write(self) -> None:
        """Whether the disk takes writes again; changes nothing. Raises `Fault(STORAGE)`."""
        with self.transaction("FULL") as connection:
            version = connection.execute("PRAGMA user_version").fetchone()[0]
            connection.execute(f"PRAGMA user_version = {version:d}")

    def truncate_log(self) -> None:
        """Move the log into the file and empty it, so that erased text is in neither; as far as possible now."""
        with contextlib.suppress(*_TROUBLE):
            self._ready().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def save_anew(self, today: date) -> tuple[bool, Path | None]:
        """Make a sound file under the name of one that is gone, from what is still open; for a thread of its own.

        Whether everything could be saved, and where another file that had taken the name is kept. `begin_anew` must
        be called then. Raises `Fault(STORAGE)`.
        """
        from pizzagpt_desktop.storage.backups import save_open

        return save_open(self._connection, self.path, today)

    def begin_anew(self) -> None:
        """Go on with the file that has the name now. Raises `Fault(STORAGE)`."""
        self.drop()
        self._place = None
        try:
            private_file(self.path)
            self._connection = self._begin()
            migrate(self._connection, self.path)
            self._connection.execute(f"PRAGMA busy_timeout = {round(self._wait_s * 1000):d}")
        except _TROUBLE as error:
            raise self._after(error) from error
        except (OSError, ValueError) as error:
            self.drop()
            raise file_fault(error, f"The chat file {str(self.path)!r} cannot be made") from error

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
        # Used in one thread, but for `rescue.save_anew`, which reads what no name leads to any more.
        connection = sqlite3.connect(
            uri, uri=True, isolation_level=None, timeout=wait_s, check_same_thread=sqlite3.threadsafety < 3
        )
        if self._lenient:
            connection.text_factory = _decoded
        try:
            self._note_place()
            connection.execute("PRAGMA foreign_keys = ON")
            connection.execute("PRAGMA secure_delete = ON")
            connection.execute("PRAGMA temp_store = MEMORY")  # a folder for such files may be full, or gone
            connection.execute(f"PRAGMA journal_size_limit = {_LOG_LIMIT:d}")
        except BaseException:
            connection.close()
            raise
        return connection

    def _note_place(self) -> None:
        """Remember which file has the name; another one than before is not ours to write to."""
        try:
            facts = self.path.stat()
        except OSError as error:
            raise StoreGone(self.path) from error
        place = (facts.st_dev, facts.st_ino)
        if self._place not in (None, place):
            raise StoreGone(self.path)
        self._place = place

    def _begin(self) -> sqlite3.Connection:
        """The first connection: with a log, or without where the file system cannot have one."""
        connection = self._open(_OPENING_WAIT_S)
        try:
            mode = connection.execute("PRAGMA journal_mode = WAL").fetchone()[0]
            connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
            _try_lock(connection)  # a file with a log can be read without shared memory, but not written to
        except sqlite3.OperationalError as error:
            connection.close()
            if not {error.sqlite_errorcode, primary_code(error)} & set(_NO_SHARED_MEMORY):
                raise
            mode = self._give_up_log()
            connection = self._open(_OPENING_WAIT_S)
        except BaseException:
            connection.close()
            raise
        self.has_log = mode == "wal"
        return connection

    def _give_up_log(self) -> str:
        with contextlib.closing(self._open(_OPENING_WAIT_S)) as connection:
            connection.execute(
                "PRAGMA locking_mode = EXCLUSIVE"
            )  # so a log that is there needs no shared memory
            return str(connection.execute("PRAGMA journal_mode = DELETE").fetchone()[0])

    def _roll_back(self) -> None:
        if self._connection is not None and self._connection.in_transaction:
            try:
                self._connection.execute("ROLLBACK")
            except _TROUBLE:
                self.drop()

    def _after(self, error: _Trouble, again: bool = False) -> Fault:
        """Make the next call possible, and say what happened. again: it happened on a fresh connection too."""
        self._roll_back()
        if isinstance(error, sqlite3.OperationalError) and _NO_TEXT in str(error) and not self._lenient:
            # A damage inside a text, which SQLite does not see: from now on such a text is read as far as it goes.
            self._lenient = True
            self.damage = StoreDamaged(self.path, _NO_TEXT)
            self.drop()
            return sqlite_fault(error)
        code = _code(error)
        if code not in _KEPT and getattr(error, "sqlite_errorcode", 0) not in _KEPT:
            self.drop()
        if code in _UNREADABLE:
            return self._judge(error, again)
        return sqlite_fault(error)

    def _judge(self, error: _Trouble, again: bool) -> Fault:
        """A single failed read also calls itself "malformed", so that word alone proves nothing."""
        if self.size() > _CHECKED_AT_ONCE:
            if not again:  # the check would keep the window waiting; a second look does not
                return sqlite_fault(error)
            words, rebuilt = str(error), False
        else:
            words, rebuilt = self._check()
        self.drop()
        if not words and again and isinstance(error, BrokenRow):
            words = str(error)  # SQLite takes a value of any kind for sound
        if rebuilt or not words:
            return sqlite_fault(error)
        self.damage = StoreDamaged(self.path, words)
        return self.damage

    def size(self) -> int:
        """The file's size in bytes, 0 where it cannot be told."""
        try:
            return self.path.stat().st_size
        except OSError:
            return 0

    def verify(self) -> None:
        """Check the whole file, every index too. Raises `StoreDamaged`, `Fault(STORAGE)`."""
        try:
            verdict = examine(self._ready(), wholly=True)
        except _TROUBLE as error:
            raise self._after(error, again=True) from error
        if verdict.words and not verdict.only_index:
            self.damage = StoreDamaged(self.path, verdict.words)
            raise self.damage

    def _check(self) -> tuple[str, bool]:
        """What SQLite's own check finds wrong, "" for nothing, and whether it was the search index, now made anew."""
        try:
            connection = self._ready()
            verdict = examine(connection)
            if verdict.only_index or not verdict.words:
                connection.execute("BEGIN IMMEDIATE")
                if examine(connection, wholly=True).only_index:
                    rebuild_search(connection)
                    connection.execute("COMMIT")
                    return verdict.words, True
                connection.execute("ROLLBACK")
        except _TROUBLE as error:
            self.drop()
            # Busy, full, or a disk that does not answer: that is trouble, and says nothing about the file.
            return (str(error) if _code(error) in _UNREADABLE else ""), False
        return verdict.words, False


def _refuse_remains(path: Path) -> None:
    """An empty file beside backups or a log is what is left of one that was not empty. Raises `StoreDamaged`.

    So is a page of zeros; beside nothing it is what a power cut left of the first write of all, and is made empty.
    """
    size = path.stat().st_size if path.exists() else 0
    if size > _FIRST_PAGE or (size and any(path.read_bytes())):
        return
    what = "it is empty" if path.exists() else "it is missing, and its log is there"
    log = path.with_name(path.name + "-wal")
    if log.exists() and log.stat().st_size:
        raise StoreDamaged(path, what)
    if path.exists() and (path.parent / "backups").is_dir():
        from pizzagpt_desktop.storage.backups import backups

        if backups(path):
            raise StoreDamaged(path, what)
    if size:
        os.truncate(path, 0)


def _legible(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def _try_lock(connection: sqlite3.Connection) -> None:
    """Whether a write can begin; one of another program is waited for later. Raises `sqlite3.OperationalError`."""
    connection.execute("PRAGMA busy_timeout = 0")
    try:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("ROLLBACK")
    except sqlite3.OperationalError as error:
        if primary_code(error) not in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            raise
    finally:
        connection.execute(f"PRAGMA busy_timeout = {round(_OPENING_WAIT_S * 1000):d}")


def _decoded(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def _code(error: BaseException) -> int:
    return primary_code(error) if isinstance(error, sqlite3.Error | UnicodeDecodeError) else 0
