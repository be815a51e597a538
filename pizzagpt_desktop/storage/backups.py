"""Copies of the chat file: made while it is in use, checked before they get their name, and put back; shows nothing.

Backups are `backups/chats-2026-11-22.db` beside the chat file, a second one of a day `chats-2026-11-22-2.db`. All
functions take as long as the file is large and are for a thread of their own; none needs the window's connection.
"""

import contextlib
import os
import re
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import NamedTuple

from pizzagpt_desktop.domain.faults import Fault, FaultKind
from pizzagpt_desktop.storage.faults import StoreDamaged, file_fault, primary_code, sqlite_fault
from pizzagpt_desktop.storage.files import has_log, private_file, private_folder, sync_folder

FOLDER = "backups"
_NAME = re.compile(r"chats-(\d{4}-\d{2}-\d{2})(?:-(\d{1,4}))?\.db")
OTHER_FILE = "Nothing was changed. Choose another one."
_STEP_PAGES = 256
_PAUSE_S = 0.002
_WHOLLY_CHECKED = 64 * 1024 * 1024
"""Up to this size every index is compared with its table; beyond it, the check is the quick one."""

Goes = Callable[[], bool]
"""Whether to go on; asked after each step."""


class Cancelled(Exception):
    """The work was given up on request; nothing of it is left."""


class Backup(NamedTuple):
    """A chat file and how much is in it. day: in ISO form, "" where the name says none. conversations: -1 unknown."""

    path: Path
    day: str
    conversations: int
    messages: int


def backups_folder(chats: Path) -> Path:
    """Where the backups of the chat file `chats` are."""
    return chats.parent / FOLDER


def backups(chats: Path) -> list[Path]:
    """The backups of the chat file `chats`, the newest first."""
    found = []
    with contextlib.suppress(OSError):
        for path in backups_folder(chats).iterdir():
            if match := _NAME.fullmatch(path.name):
                found.append((match[1], int(match[2] or 1), path))
    return [path for _, _, path in sorted(found, reverse=True)]


def look_at(path: Path) -> Backup:
    """How much is in the chat file at `path`; -1 where it cannot be read."""
    match = _NAME.fullmatch(path.name)
    day = match[1] if match else ""
    try:
        with reading(path) as connection:
            conversations = connection.execute(
                "SELECT count(*) FROM conversations WHERE deleted_at IS NULL"
            ).fetchone()[0]
            messages = connection.execute("SELECT count(*) FROM messages").fetchone()[0]
    except (sqlite3.Error, OSError, Fault):
        return Backup(path, day, -1, -1)
    return Backup(path, day, conversations, messages)


def is_due(chats: Path, today: date) -> bool:
    """Whether something was written since the newest backup, and none is of today.

    One of a day that lies ahead was made while the clock was wrong; it is no reason to wait for that day.
    """
    found = backups(chats)
    if any(_day_of(path) == today.isoformat() for path in found):
        return False
    past = [path for path in found if _day_of(path) < today.isoformat()]
    if not past:
        return True
    try:
        made = past[0].stat().st_mtime
        return any(
            part.stat().st_mtime > made
            for part in (chats, chats.with_name(chats.name + "-wal"))
            if part.exists()
        )
    except OSError:
        return True


def back_up(chats: Path, today: date, goes: Goes = lambda: True) -> Path:
    """Make a backup of the chat file, which may be in use; where it is, checked.

    Raises `StoreDamaged` where the chat file's pages do not pass SQLite's check, `Fault(STORAGE)`, `Cancelled`.
    """
    folder = backups_folder(chats)
    private_folder(folder)
    for left in folder.glob("*.part*"):
        with contextlib.suppress(OSError):
            left.unlink()
    target = folder / f"chats-{today.isoformat()}.db"
    number = 1
    while target.exists():
        number += 1
        target = folder / f"chats-{today.isoformat()}-{number}.db"
    copy_checked(chats, target, goes)
    return target


def prune(chats: Path, days: int, today: date) -> list[Path]:
    """Remove the backups of all but the newest `days` days on which any was made; what was removed.

    Those of days that lie ahead count as the oldest: the clock was wrong when they were made.
    """
    if days < 1:
        return []
    found = backups(chats)
    by_age = sorted({_day_of(path) for path in found}, key=lambda day: (day <= today.isoformat(), day))
    kept = by_age[-days:]
    removed = []
    for path in found:
        if _day_of(path) not in kept:
            with contextlib.suppress(OSError):
                path.unlink()
                removed.append(path)
    return removed


def _day_of(backup: Path) -> str:
    match = _NAME.fullmatch(backup.name)
    return match[1] if match else ""


def copy_checked(source: Path, target: Path, goes: Goes = lambda: True) -> None:
    """Copy a chat file that may be in use to `target`, as one file, 0600; it has that name only when it is sound.

    Another process's writes meanwhile are not waited for and not in it. Raises as `back_up`.
    """
    part = target.with_name(target.name + ".part")
    try:
        part.unlink(missing_ok=True)
        private_file(part)
        with reading(source) as connection:
            if connection.execute("PRAGMA journal_mode").fetchone()[0] == "wal":
                # One state is read throughout, and writers go on: without this each write begins the copy anew.
                connection.execute("BEGIN")
            counts = _counts(connection)
            _copy(connection, part, goes)
        _check(part, source, counts)
        with part.open("rb+") as file:
            os.fsync(file.fileno())
        part.replace(target)
        sync_folder(target.parent)
    except sqlite3.Error as error:
        if primary_code(error) in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
            raise StoreDamaged(source, str(error)) from error
        raise sqlite_fault(error) from error
    except (OSError, ValueError) as error:
        raise file_fault(error, f"The copy {str(target)!r} cannot be made") from error
    finally:
        for left in (part, *(part.with_name(part.name + end) for end in ("-journal", "-wal", "-shm"))):
            with contextlib.suppress(OSError, ValueError):
                left.unlink(missing_ok=True)


def ready_copy(chosen: Path, chats: Path, goes: Goes = lambda: True) -> Path:
    """A sound copy of `chosen` beside `chats`, of this version's format; to be put in place by `put_in_place`.

    Raises `SchemaTooNew`, `StoreDamaged`, `Fault(STORAGE)`; `chosen` is only read.
    """
    from pizzagpt_desktop.storage.connection import Database
    from pizzagpt_desktop.storage.schema import version_on_disk

    try:
        words = "" if chosen.is_file() else f"{str(chosen)!r} is no file."
        words = words if chosen.exists() else f"There is no file {str(chosen)!r}."
    except OSError as error:  # also for a name that no disk takes
        words = f"The file {str(chosen)!r} cannot be read: {error.strerror}."
    if words:
        raise Fault(FaultKind.STORAGE, words, hint=OTHER_FILE)
    with contextlib.suppress(OSError):
        if chats.exists() and chosen.samefile(chats):
            raise Fault(
                FaultKind.STORAGE, "This is the chat file that is in use.", hint="Choose another one."
            )
    folder = chats.parent / "restoring"
    discard_work(folder)
    private_folder(folder)
    copy = folder / chats.name
    try:
        version_on_disk(chosen)  # says in words what is no chat file at all
        copy_checked(chosen, copy, goes)
        with contextlib.closing(sqlite3.connect(copy)) as connection:
            names = {name for (name,) in connection.execute("SELECT name FROM sqlite_schema")}
        if not {"conversations", "messages"} <= names:
            raise Fault(FaultKind.STORAGE, f"The file {str(chosen)!r} holds no chats.", hint=OTHER_FILE)
        Database(copy, wait_s=1.0).close()  # brings it up to this version
        with contextlib.closing(sqlite3.connect(copy)) as connection:
            connection.execute("PRAGMA journal_mode = DELETE").fetchall()
    except StoreDamaged as error:
        discard_work(folder)
        raise Fault(
            FaultKind.STORAGE,
            f"The file {str(chosen)!r} is no chat file, or is damaged.",
            hint=OTHER_FILE,
        ) from error
    except (sqlite3.Error, OSError) as error:
        discard_work(folder)
        raise (
            sqlite_fault(error)
            if isinstance(error, sqlite3.Error)
            else file_fault(error, "It cannot be read")
        ) from error
    except (Fault, Cancelled):
        discard_work(folder)
        raise
    return copy


def put_in_place(copy: Path, chats: Path, reason: str, today: date) -> Path | None:
    """Put the sound file `copy` in the place of the chat file; where the present one is kept, None if there was none.

    reason: "before-restore" or "damaged". Killed at any moment, one of the two files has the name, whole. Raises
    `Fault(STORAGE)`, and nothing is changed, while another program has the chat file open.
    """
    aside = None
    try:
        if chats.exists():
            if reason != "damaged":  # which is kept to the byte, its log beside it
                _let_go(chats)
            aside = _free_name(chats, reason, today)
            log = chats.with_name(chats.name + "-wal")
            if log.exists() and log.stat().st_size:
                shutil.copyfile(log, private(aside.with_name(aside.name + "-wal")))
            try:
                os.link(chats, aside)
            except OSError:  # a file system without links
                shutil.copyfile(chats, private(aside.with_name(aside.name + ".part")))
                aside.with_name(aside.name + ".part").replace(aside)
            sync_folder(chats.parent)
        # A log that was left would be played back onto the new file.
        for end in ("-wal", "-shm", "-journal"):
            chats.with_name(chats.name + end).unlink(missing_ok=True)
        copy.replace(chats)
        sync_folder(chats.parent)
    except OSError as error:
        raise file_fault(error, f"The chat file {str(chats)!r} cannot be replaced") from error
    discard_work(copy.parent)
    return aside


def save_open(connection: sqlite3.Connection | None, chats: Path, today: date) -> tuple[bool, Path | None]:
    """Make a file named `chats` from the open connection to one that lost this name; see `Database.save_anew`.

    Raises `Fault(STORAGE)`.
    """
    private_folder(chats.parent)
    part = chats.with_name(chats.name + ".part")
    aside = None
    try:
        part.unlink(missing_ok=True)
        if connection is not None:
            _copy(connection, private(part), lambda: True)
            _check(part, chats, _counts(connection))
        if chats.exists():
            aside = _free_name(chats, "found", today)
            chats.rename(aside)
        for end in ("-wal", "-shm", "-journal"):
            left = chats.with_name(chats.name + end)
            if aside is not None and end == "-wal" and left.exists():
                left.rename(aside.with_name(aside.name + end))
            left.unlink(missing_ok=True)
        if connection is not None:
            part.replace(chats)
            sync_folder(chats.parent)
    except sqlite3.Error as error:
        raise sqlite_fault(error) from error
    except (OSError, ValueError) as error:
        raise file_fault(error, f"The chat file {str(chats)!r} cannot be made") from error
    finally:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
    return connection is not None, aside


def discard_work(folder: Path) -> None:
    """Remove a folder that only this module and `recovery` write to."""
    shutil.rmtree(folder, ignore_errors=True)


def private(path: Path) -> Path:
    """`path`, made as an empty file only for this user."""
    private_file(path)
    return path


def _free_name(chats: Path, reason: str, today: date) -> Path:
    target = chats.with_name(f"{chats.name}.{reason}-{today.isoformat()}")
    number = 1
    while target.exists() or target.is_symlink():
        number += 1
        target = chats.with_name(f"{chats.name}.{reason}-{today.isoformat()}-{number}")
    return target


def _let_go(chats: Path) -> None:
    """Fold the log into a sound file; refuse where another program has the file open."""
    try:
        uri = f"{chats.absolute().as_uri()}?mode=rw"
        with contextlib.closing(
            sqlite3.connect(uri, uri=True, timeout=2.0, isolation_level=None)
        ) as connection:
            connection.execute("PRAGMA journal_mode = DELETE").fetchall()
            connection.execute("BEGIN EXCLUSIVE")
            connection.execute("ROLLBACK")
    except sqlite3.Error as error:
        if primary_code(error) in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            raise Fault(
                FaultKind.STORAGE,
                "Another program has the chat file open.",
                hint="Close it and try again.",
            ) from error
        # What cannot be read is kept as it is, its log beside it.


@contextlib.contextmanager
def reading(path: Path, alone: bool = False) -> Iterator[sqlite3.Connection]:
    """A connection that changes nothing; also to a file in a folder that cannot be written to.

    alone: nobody writes to the file meanwhile. Then not even files beside it are made, as long as it has no log.
    """
    if not path.exists():
        raise FileNotFoundError(2, "No such file or directory", str(path))
    uri = path.absolute().as_uri()
    ways = ["mode=ro", "mode=rw", "mode=ro&immutable=1"]
    if alone and not has_log(path):
        ways = ways[2:]
    for how in ways:
        connection = sqlite3.connect(f"{uri}?{how}", uri=True, timeout=5.0, isolation_level=None)
        try:
            connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        except sqlite3.Error as error:
            connection.close()
            if (
                primary_code(error) in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY)
                and "immutable" not in how
            ):
                continue
            raise
        with contextlib.closing(connection):
            yield connection
        return


def _copy(source: sqlite3.Connection, part: Path, goes: Goes) -> None:
    def on_step(_status: int, remaining: int, _total: int) -> None:
        if not goes():
            raise Cancelled
        if remaining:
            time.sleep(_PAUSE_S)  # the window's own reads and writes come first

    with contextlib.closing(sqlite3.connect(part, isolation_level=None)) as copy:
        source.backup(copy, pages=_STEP_PAGES, progress=on_step)
        copy.execute("PRAGMA journal_mode = DELETE").fetchall()


def _check(part: Path, source: Path, counts: dict[str, int]) -> None:
    how = "integrity_check" if part.stat().st_size <= _WHOLLY_CHECKED else "quick_check"
    with contextlib.closing(sqlite3.connect(part, isolation_level=None)) as copy:
        found = str(copy.execute(f"PRAGMA {how}(1)").fetchone()[0])
        if found != "ok":
            raise StoreDamaged(source, found)
        if _counts(copy) != counts:
            raise Fault(
                FaultKind.STORAGE, "The copy does not hold what the chat file holds.", hint="Try again."
            )


def _counts(connection: sqlite3.Connection) -> dict[str, int]:
    names = connection.execute(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND sql LIKE 'CREATE TABLE %'"
        " AND name NOT LIKE 'sqlite_%' AND name NOT LIKE '%\\_fts%' ESCAPE '\\'"
    ).fetchall()
    return {name: connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for (name,) in names}
