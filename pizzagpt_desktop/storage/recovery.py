"""Saves what can be read of a damaged chat file into a new one; shows nothing and asks nobody.

Everything is done on a copy. Rows come from SQLite as far as it can read, then straight from the pages, then from the
newest sound backup, where they are known to have been there or nothing of the kind can be known. What was erased for
good since that backup stays erased, as long as the damaged file can still say so. The new file takes the place of
the damaged one only when it is complete and checked; the damaged one is kept as `chats.db.damaged-<date>`.
"""

import contextlib
import os
import shutil
import sqlite3
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from pizzagpt_desktop.domain.conversation import Role, Status, title_from
from pizzagpt_desktop.domain.faults import Fault, FaultKind
from pizzagpt_desktop.storage.backups import Goes, backups, discard_work, private, put_in_place
from pizzagpt_desktop.storage.checks import examine, ordinary_tables
from pizzagpt_desktop.storage.faults import file_fault, sqlite_fault
from pizzagpt_desktop.storage.files import private_folder
from pizzagpt_desktop.storage.salvage import FOLDERLESS, Salvage, Source

RECOVERED = "Recovered messages"
RECOVERED_FOLDER = "Recovered folder"


class Recovered(NamedTuple):
    """What became of a damaged file.

    chats, messages: in the new file. known: how many chats there were, as far as the damaged file can say; None
    where it cannot. lost: messages known to have been there and not found. from_backup: how many chats were found in
    the backup of the day `backup_day` only. kept: where the damaged file is. damaged: False where SQLite finds no
    fault with it, as when someone wants a sound file read anew. nameless: folders whose names were not found.
    """

    chats: int
    messages: int
    known: int | None
    lost: int
    from_backup: int
    backup_day: str
    kept: Path | None
    damaged: bool = True
    nameless: int = 0

    def words(self) -> str:
        """What happened, for people."""
        if self.known is not None:
            said = f"{self.chats} of {max(self.known, self.chats)} chats were recovered."
        elif self.chats:
            said = f"{_chats(self.chats)} recovered. How many there were before cannot be told any more."
        else:
            said = "Nothing in it could be read."
        if self.from_backup:
            said += f" {self.from_backup} of them came from the backup of {self.backup_day}."
        if self.lost:
            said += f" {self.lost} message{'s' if self.lost > 1 else ''} could not be read."
        if self.nameless:
            said += (
                f" The name{'s' if self.nameless > 1 else ''} of {_folders(self.nameless)} could not be read."
            )
        what, which = (
            ("Your chat file was damaged.", "damaged file")
            if self.damaged
            else ("No damage was found in your chat file; it was read anew.", "file before")
        )
        kept = f" The {which} is kept at {self.kept}" if self.kept is not None else ""
        return f"{what} {said}{kept}"

    def facts(self) -> dict[str, Any]:
        """The same for programs."""
        return {
            "recovered": self.chats,
            "known": self.known,
            "messages": self.messages,
            "lost_messages": self.lost,
            "from_backup": self.from_backup,
            "nameless_folders": self.nameless,
            "kept": None if self.kept is None else str(self.kept),
        }


def _chats(count: int) -> str:
    return f"{count} chat was" if count == 1 else f"{count} chats were"


def _folders(count: int) -> str:
    return "1 folder" if count == 1 else f"{count} folders"


def recover(chats: Path, today: date, goes: Goes = lambda: True) -> Recovered:
    """Recover the chat file `chats`, which nobody has open; it is a sound one when this returns.

    Raises `Fault(STORAGE)` where the disk refuses, `backups.Cancelled`; the damaged file is as it was then.
    """
    folder = chats.parent / "recovering"
    discard_work(folder)
    private_folder(folder)
    try:
        (folder / "old").mkdir(0o700)
        old, new = folder / "old" / chats.name, folder / chats.name
        for end in ("", "-wal"):
            part = chats.with_name(chats.name + end)
            if part.exists():
                shutil.copyfile(part, private(old.with_name(old.name + end)))
        found = _save(old, new, _sound_backup(chats), goes)._replace(damaged=_is_damaged(old))
        with new.open("rb+") as file:
            os.fsync(file.fileno())
        kept = put_in_place(new, chats, "damaged", today)
    except sqlite3.Error as error:
        raise sqlite_fault(error) from error
    except (OSError, ValueError) as error:
        raise file_fault(error, "The chats cannot be recovered here") from error
    finally:
        discard_work(folder)
    return found._replace(kept=kept)


def _is_damaged(path: Path) -> bool:
    # Python's module fails with the other error on a complaint of SQLite's that it cannot make a text of.
    with contextlib.suppress(sqlite3.Error, UnicodeDecodeError), _read_only(path) as connection:
        return bool(examine(connection).words)
    return True


def _sound_backup(chats: Path) -> Path | None:
    """The newest backup that passes SQLite's check."""
    for path in backups(chats):
        with contextlib.suppress(sqlite3.Error), _read_only(path) as connection:
            if not examine(connection).words:
                return path
    return None


@contextlib.contextmanager
def _read_only(path: Path) -> Iterator[sqlite3.Connection]:
    uri = f"{path.absolute().as_uri()}?mode=ro"
    with contextlib.closing(sqlite3.connect(uri, uri=True, isolation_level=None)) as connection:
        yield connection


def _save(old: Path, new: Path, backup: Path | None, goes: Goes) -> Recovered:
    from pizzagpt_desktop.storage.connection import Database

    Database(new, wait_s=1.0).close()  # the tables of this version
    with contextlib.closing(sqlite3.connect(new, isolation_level=None)) as connection:
        for setting in (
            "journal_mode = DELETE", "synchronous = OFF", "foreign_keys = OFF", "temp_store = MEMORY"
        ):  # fmt: skip
            connection.execute(f"PRAGMA {setting}").fetchall()
        salvage = Salvage(connection, ordinary_tables(connection), goes)
        connection.execute("BEGIN")
        source = Source(old)
        try:
            salvage.take(source)
        finally:
            source.close()
        known = source.known_chats() if source.is_whole else None
        from_backup, day = 0, ""
        if backup is not None:
            day = backup.name[6:16]
            with _read_only(backup) as other:
                from_backup = salvage.fill(other, source)
        nameless = _mend(connection)
        lost = _missing(connection, "messages", source.ids("messages")) if source.is_whole else 0
        chats, messages = (
            connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
            for table in ("conversations", "messages")
        )
        connection.execute("COMMIT")
        verdict = examine(connection, wholly=True)
        if verdict.words:
            raise Fault(
                FaultKind.STORAGE,
                f"What was recovered does not pass the check ({verdict.words}).",
                hint="Nothing was changed. Restore a backup instead.",
            )
    return Recovered(chats, messages, known, lost, from_backup, day, None, nameless=nameless)


def _missing(connection: sqlite3.Connection, table: str, ids: set[str]) -> int:
    there = {id_ for (id_,) in connection.execute(f"SELECT id FROM {table}")}
    return len(ids - there)


def _mend(connection: sqlite3.Connection) -> int:
    """Give every message a conversation and a place in its path, and every conversation its newest end and its folder.

    How many folders had to be given a name.
    """
    orphaned = connection.execute(
        "SELECT conversation_id, min(created_at), max(created_at) FROM messages"
        " WHERE conversation_id NOT IN (SELECT id FROM conversations) GROUP BY conversation_id ORDER BY max(seq)"
    ).fetchall()
    for identity, first, last in orphaned:
        said = connection.execute(
            "SELECT text FROM messages WHERE conversation_id = ? AND role = ? ORDER BY seq LIMIT 1",
            (identity, Role.USER.value),
        ).fetchone()
        words = title_from(said[0]) if said else ""
        connection.execute(
            "INSERT INTO conversations (id, title, created_at, updated_at, activity)"
            " VALUES (?, ?, ?, ?, (SELECT coalesce(max(activity), 0) + 1 FROM conversations))",
            (identity, f"{RECOVERED}: {words}" if words else RECOVERED, first, last),
        )
    shown = "seq NOT IN (SELECT message_seq FROM message_marks WHERE removed_with IS NOT NULL)"
    # A message whose parent is lost stands after the one that was written before it.
    connection.execute(
        "UPDATE messages SET parent_id = (SELECT before.id FROM messages AS before"
        f" WHERE before.conversation_id = messages.conversation_id AND before.seq < messages.seq AND before.{shown}"
        " ORDER BY before.seq DESC LIMIT 1)"
        " WHERE parent_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM messages AS parent"
        " WHERE parent.id = messages.parent_id AND parent.conversation_id = messages.conversation_id)"
    )
    connection.execute(
        "UPDATE conversations SET active_leaf_id ="
        f" (SELECT id FROM messages WHERE conversation_id = conversations.id AND {shown} ORDER BY seq DESC LIMIT 1)"
        " WHERE NOT EXISTS (SELECT 1 FROM messages WHERE id = conversations.active_leaf_id"
        " AND conversation_id = conversations.id)"
    )
    connection.execute("DELETE FROM message_marks WHERE message_seq NOT IN (SELECT seq FROM messages)")
    connection.execute(
        "UPDATE counters SET value = max(value, (SELECT coalesce(max(revision), 0) FROM conversations))"
    )
    connection.execute("DELETE FROM growth WHERE message_seq NOT IN (SELECT seq FROM messages)")
    states = ", ".join(f"'{status.value}'" for status in Status)
    connection.execute(f"UPDATE messages SET status = 'interrupted' WHERE status NOT IN ({states})")
    return _give_folders(connection)


def _give_folders(connection: sqlite3.Connection) -> int:
    wanted = f"SELECT DISTINCT folder_id FROM conversations WHERE {FOLDERLESS} ORDER BY folder_id"
    lost = [identity for (identity,) in connection.execute(wanted)]
    last = connection.execute("SELECT coalesce(max(position), 0) FROM folders").fetchone()[0]
    for number, identity in enumerate(lost, 1):
        name = RECOVERED_FOLDER if len(lost) == 1 else f"{RECOVERED_FOLDER} {number}"
        row = (identity, name, last + number)
        connection.execute("INSERT INTO folders (id, name, position) VALUES (?, ?, ?)", row)
    return len(lost)
