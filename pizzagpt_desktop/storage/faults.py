"""The disk's refusals as faults with plain words; knows neither tables nor files' contents.

Fault(STORAGE)
  SchemaTooNew     a newer version of the program wrote the file; it was left as it is
  StoreDamaged     the file is no chat file, or SQLite's own check finds it damaged
  StoreGone        the file was deleted, or another one was put in its place, while it was open
  UpdateRefused    bringing the file up to date would have changed what it holds; it was left as it is
"""

import errno
import sqlite3
from pathlib import Path

from pizzagpt_desktop.domain.faults import Fault, FaultKind

_FULL = "The disk is full."
_FULL_HINT = "Free some space; saving goes on by itself then."
_DENIED_HINT = "Check the permissions of the folder, or choose another one with --data-dir."

_FILE_WORDS = {
    errno.ENOSPC: (_FULL, _FULL_HINT),
    errno.EDQUOT: ("Your share of the disk is used up.", _FULL_HINT),
    errno.EROFS: ("The disk is read-only.", _DENIED_HINT),
    errno.EACCES: ("Permission was denied.", _DENIED_HINT),
    errno.EPERM: ("Permission was denied.", _DENIED_HINT),
    errno.ENOTDIR: ("A file is in the way where a folder should be.", _DENIED_HINT),
    errno.EEXIST: ("A file is in the way where a folder should be.", _DENIED_HINT),
    errno.EISDIR: ("A folder is in the way where a file should be.", _DENIED_HINT),
    errno.ENAMETOOLONG: ("The name is too long for this disk.", _DENIED_HINT),
    errno.EIO: ("The disk reported an error while reading or writing.", "Check the disk."),
}

_PRIMARY = 0xFF  # an extended SQLite result code holds its primary code in the low byte
_WORDS = {
    sqlite3.SQLITE_FULL: (_FULL, _FULL_HINT),
    sqlite3.SQLITE_READONLY: ("The chat file is read-only.", _DENIED_HINT),
    sqlite3.SQLITE_PERM: ("Permission for the chat file was denied.", _DENIED_HINT),
    sqlite3.SQLITE_AUTH: ("Permission for the chat file was denied.", _DENIED_HINT),
    sqlite3.SQLITE_CANTOPEN: ("The chat file cannot be opened.", _DENIED_HINT),
    sqlite3.SQLITE_BUSY: ("Another program is writing to the chat file just now.", "Try again in a moment."),
    sqlite3.SQLITE_LOCKED: (
        "Another program is writing to the chat file just now.",
        "Try again in a moment.",
    ),
    sqlite3.SQLITE_IOERR: ("The disk reported an error while reading or writing.", "Check the disk."),
    sqlite3.SQLITE_TOOBIG: ("The text is too large to be stored.", ""),
    sqlite3.SQLITE_NOMEM: ("There is not enough memory.", "Close something and try again."),
    sqlite3.SQLITE_CONSTRAINT: ("This is stored already, or what it belongs to is not stored.", ""),
    sqlite3.SQLITE_CORRUPT: ("The chat file could not be read this time.", "Try again."),
    sqlite3.SQLITE_NOTADB: ("The chat file could not be read this time.", "Try again."),
}
_EXTENDED_WORDS = {
    # The file of the shared memory cannot grow: SQLite does not tell a full disk by this name.
    sqlite3.SQLITE_IOERR_SHMSIZE: (_FULL, _FULL_HINT),
}


class SchemaTooNew(Fault):
    """The chat file is of a newer version of this program; nothing in it was changed."""

    def __init__(self, path: Path, found: int, known: int) -> None:
        super().__init__(
            FaultKind.STORAGE,
            f"The chat file {path} was made by a newer version of this program "
            f"(its format is {found}, this version knows {known}). It was left as it is.",
            hint="Start the newer version, or choose another folder with --data-dir.",
        )
        self.found = found
        self.known = known


class StoreDamaged(Fault):
    """The chat file is damaged, or is none; nothing in it was changed or repaired."""

    def __init__(self, path: Path, what: str = "") -> None:
        super().__init__(
            FaultKind.STORAGE,
            f"The chat file {path} is damaged" + (f" ({what})." if what else "."),
            hint="Nothing in it was changed. Recover what can be read (the command is `recover`), or restore a backup.",
        )


class StoreGone(Fault):
    """The chat file does not have its name any more; nothing was written into it or into what is there now."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            FaultKind.STORAGE,
            f"The chat file {path} is gone.",
            hint="What is open is saved to a new one in a moment.",
        )


class UpdateRefused(Fault):
    """Bringing the chat file up to date was undone, because it would have lost or doubled something."""

    def __init__(self, path: Path, what: str) -> None:
        super().__init__(
            FaultKind.STORAGE,
            f"The chat file {path} could not be brought up to date ({what}). It was left as it was.",
            hint="Use the version of the program that made it, and report this.",
        )


def file_fault(error: OSError | ValueError, doing: str) -> Fault:
    """What went wrong with a file or folder. doing: what was tried, as "The folder X cannot be made"."""
    if isinstance(error, OSError):
        why, hint = _FILE_WORDS.get(
            error.errno or 0, (f"{error.strerror or 'The system gave no reason'}.", _DENIED_HINT)
        )
    else:
        why, hint = "Its name holds characters that no file name can hold.", ""
    return Fault(FaultKind.STORAGE, f"{doing}: {why}", hint=hint)


def primary_code(error: Exception) -> int:
    """SQLite's result code without its extension; 0 where the error is not SQLite's own."""
    if undecodable(error):
        return sqlite3.SQLITE_CORRUPT
    return int(getattr(error, "sqlite_errorcode", 0) or 0) & _PRIMARY


def undecodable(error: BaseException) -> bool:
    """Whether the module could not make a text of what SQLite gave it, and said so without a code."""
    if isinstance(error, UnicodeDecodeError):
        return True
    return isinstance(error, sqlite3.OperationalError) and str(error).startswith("Could not decode to UTF-8")


def sqlite_fault(error: sqlite3.Error | MemoryError | OverflowError | UnicodeDecodeError) -> Fault:
    """What SQLite said, in words. "Malformed" is only "could not be read": see `connection.Database`."""
    if isinstance(error, MemoryError):
        words, hint = _WORDS[sqlite3.SQLITE_NOMEM]
    elif isinstance(error, OverflowError):
        words, hint = _WORDS[sqlite3.SQLITE_TOOBIG]
    else:
        words, hint = _EXTENDED_WORDS.get(getattr(error, "sqlite_errorcode", 0)) or _WORDS.get(
            primary_code(error), (f"The chat file cannot be used: {error}", "")
        )
    return Fault(FaultKind.STORAGE, words, hint=hint)
