"""The tables, as an append-only list of migrations, and how a file is brought up to them; reads no message.

A released migration is never edited: a change is a new one at the end. Each runs in one transaction, after a
checked copy of a file that holds anything was put beside it (`chats.db.before-schema-2`).
"""

import contextlib
import os
import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from pizzagpt_desktop.storage.faults import SchemaTooNew, StoreDamaged, UpdateRefused
from pizzagpt_desktop.storage.files import private_file, sync_folder

Step = str | Callable[[sqlite3.Connection], object]


class Migration(NamedTuple):
    """number: the `user_version` it leads to. steps: single SQL statements, or functions that run some.

    recounts: tables that it may leave with another number of rows; all others are counted before and after.
    """

    number: int
    what: str
    steps: tuple[Step, ...]
    recounts: frozenset[str] = frozenset()


def _give_identity(connection: sqlite3.Connection) -> None:
    """A number that tells this file, and its log, from any other: see `foreign_log`."""
    number = int.from_bytes(os.urandom(4), "big") & 0x7FFFFFFF
    connection.execute(f"PRAGMA application_id = {number | 1:d}")


def _make_index(connection: sqlite3.Connection) -> None:
    from pizzagpt_desktop.storage import index  # only a file that is not up to date needs it

    index.make(connection)


MIGRATIONS: tuple[Migration, ...] = (
    Migration(
        1,
        "conversations as trees of messages, replies that grow, full-text search",
        (
            # activity: the order of the list; counts up with every message, so no clock can turn it round.
            """CREATE TABLE conversations (
                id TEXT PRIMARY KEY NOT NULL,
                title TEXT NOT NULL DEFAULT '',
                title_is_custom INTEGER NOT NULL DEFAULT 0,
                created_at REAL NOT NULL DEFAULT 0,
                updated_at REAL NOT NULL DEFAULT 0,
                activity INTEGER NOT NULL DEFAULT 0,
                active_leaf_id TEXT,
                service TEXT NOT NULL DEFAULT '',
                model TEXT NOT NULL DEFAULT '',
                draft TEXT NOT NULL DEFAULT '',
                unread INTEGER NOT NULL DEFAULT 0,
                pinned INTEGER NOT NULL DEFAULT 0,
                deleted_at REAL
            )""",
            "CREATE INDEX conversations_by_activity ON conversations (activity)",
            "CREATE INDEX conversations_in_order ON conversations (pinned, activity)",
            # parent_id is no foreign key: cascades along a long chain end at SQLite's trigger depth of 1000.
            # writer: the lease (see `leases`) of the process that writes a streaming reply.
            # saved_at: when this row was last written while streaming. usage, tool_calls, fault: JSON.
            # The long columns are last: what stands behind them can be read only through all their pages.
            """CREATE TABLE messages (
                seq INTEGER PRIMARY KEY AUTOINCREMENT,
                id TEXT NOT NULL UNIQUE,
                conversation_id TEXT NOT NULL REFERENCES conversations (id),
                parent_id TEXT,
                role TEXT NOT NULL,
                status TEXT NOT NULL,
                created_at REAL NOT NULL DEFAULT 0,
                ended_at REAL,
                saved_at REAL,
                writer TEXT,
                provider TEXT NOT NULL DEFAULT '',
                model TEXT NOT NULL DEFAULT '',
                route TEXT NOT NULL DEFAULT '',
                finish_reason TEXT,
                skipped_events INTEGER NOT NULL DEFAULT 0,
                usage TEXT,
                tool_calls TEXT,
                fault TEXT,
                reasoning TEXT NOT NULL DEFAULT '',
                text TEXT NOT NULL DEFAULT ''
            )""",
            "CREATE INDEX messages_by_conversation ON messages (conversation_id, seq)",
            "CREATE INDEX messages_by_parent ON messages (parent_id, seq)",
            "CREATE INDEX messages_streaming ON messages (writer) WHERE status = 'streaming'",
            # A growing reply is appended here and folded into its row at its end: rewriting a 200 KB row for every
            # four bytes costs 6 times as much, 40 times at the 99th percentile (benchmarks/storage_growth.py).
            """CREATE TABLE growth (
                n INTEGER PRIMARY KEY,
                message_seq INTEGER NOT NULL REFERENCES messages (seq) ON DELETE CASCADE,
                saved_at REAL NOT NULL,
                text TEXT NOT NULL,
                reasoning TEXT NOT NULL
            )""",
            "CREATE INDEX growth_by_message ON growth (message_seq, n)",
            """CREATE VIRTUAL TABLE messages_fts USING fts5 (
                text, content='messages', content_rowid='seq',
                tokenize='unicode61 remove_diacritics 2', prefix='1 2 3', columnsize=0
            )""",
            # A streaming reply is not in the index; it enters at its end, once.
            """CREATE TRIGGER messages_added AFTER INSERT ON messages WHEN new.status <> 'streaming' BEGIN
                INSERT INTO messages_fts (rowid, text) VALUES (new.seq, new.text);
            END""",
            """CREATE TRIGGER messages_removed AFTER DELETE ON messages WHEN old.status <> 'streaming' BEGIN
                INSERT INTO messages_fts (messages_fts, rowid, text) VALUES ('delete', old.seq, old.text);
            END""",
            """CREATE TRIGGER messages_changed AFTER UPDATE OF text, status ON messages
            WHEN (old.status <> 'streaming' OR new.status <> 'streaming')
                AND (old.text IS NOT new.text OR (old.status = 'streaming') <> (new.status = 'streaming'))
            BEGIN
                INSERT INTO messages_fts (messages_fts, rowid, text)
                    SELECT 'delete', old.seq, old.text WHERE old.status <> 'streaming';
                INSERT INTO messages_fts (rowid, text)
                    SELECT new.seq, new.text WHERE new.status <> 'streaming';
            END""",
        ),
    ),
    Migration(
        2,
        "folders, tags, archive, queue; removed branches and kept replies; what another process changed",
        (
            _give_identity,
            "ALTER TABLE conversations ADD COLUMN archived INTEGER NOT NULL DEFAULT 0",
            "ALTER TABLE conversations ADD COLUMN folder_id TEXT",
            # tags, queue: JSON lists.
            "ALTER TABLE conversations ADD COLUMN tags TEXT NOT NULL DEFAULT '[]'",
            "ALTER TABLE conversations ADD COLUMN queue TEXT NOT NULL DEFAULT '[]'",
            "ALTER TABLE conversations ADD COLUMN revision INTEGER NOT NULL DEFAULT 0",
            "UPDATE conversations SET revision = activity",
            "CREATE INDEX conversations_by_revision ON conversations (revision)",
            "CREATE INDEX conversations_in_trash ON conversations (deleted_at) WHERE deleted_at IS NOT NULL",
            "CREATE INDEX conversations_in_archive ON conversations (activity) WHERE archived",
            # Counts that never go down, also when what they counted is erased.
            """CREATE TABLE counters (
                name TEXT PRIMARY KEY NOT NULL,
                value INTEGER NOT NULL
            )""",
            "INSERT INTO counters SELECT 'revision', coalesce(max(revision), 0) FROM conversations",
            """CREATE TABLE folders (
                id TEXT PRIMARY KEY NOT NULL,
                name TEXT NOT NULL DEFAULT '',
                position INTEGER NOT NULL DEFAULT 0,
                collapsed INTEGER NOT NULL DEFAULT 0
            )""",
            # What the user did to a message, apart from it: its row is long and seldom marked.
            # removed_with: the id of the message whose removal took this one away, itself or one above it.
            # was_leaf: it was the active leaf when it was taken away.
            """CREATE TABLE message_marks (
                message_seq INTEGER PRIMARY KEY REFERENCES messages (seq) ON DELETE CASCADE,
                removed_with TEXT,
                removed_at REAL,
                was_leaf INTEGER NOT NULL DEFAULT 0,
                kept INTEGER NOT NULL DEFAULT 0
            )""",
            """CREATE INDEX message_marks_by_removal ON message_marks (removed_with)
                WHERE removed_with IS NOT NULL""",
        ),
    ),
    Migration(
        3,
        "a search index that knows every script, and titles; filled by and by after the update; first messages",
        (
            _make_index,
            # Which first messages a conversation has: by parent it would be one among those of all others.
            "CREATE INDEX messages_first ON messages (conversation_id, seq) WHERE parent_id IS NULL",
        ),
    ),
    Migration(
        4,
        "what is asked of the model in a conversation: a persona, instructions, parameters",
        (
            # asking: a JSON object; "persona" and the fields of `domain.asking.Asking`.
            "ALTER TABLE conversations ADD COLUMN asking TEXT NOT NULL DEFAULT '{}'",
        ),
    ),
    Migration(
        5,
        "the files of a message that is not sent yet",
        (
            # files: a JSON list of [id, name, bytes, characters], in order.
            "ALTER TABLE conversations ADD COLUMN files TEXT NOT NULL DEFAULT '[]'",
            "CREATE INDEX conversations_with_files ON conversations (id) WHERE files <> '[]'",
            # Their texts, in parts, so that none takes long to write or to overwrite. They are never changed: several
            # conversations may name the same file, and what none names is deleted.
            """CREATE TABLE draft_parts (
                n INTEGER PRIMARY KEY,
                file_id TEXT NOT NULL,
                part INTEGER NOT NULL,
                text TEXT NOT NULL
            )""",
            "CREATE UNIQUE INDEX draft_parts_by_file ON draft_parts (file_id, part)",
        ),
    ),
)

_MAGIC = b"SQLite format 3\x00"
_VERSION_AT = 60  # bytes 60–63 of the header hold user_version (sqlite.org/fileformat2.html, 1.3)


def version_on_disk(path: Path) -> int:
    """The `user_version` of the file at `path`, 0 where it is missing or empty; changes and creates nothing.

    Raises `StoreDamaged` where the file is no SQLite file, `OSError`, `sqlite3.Error`.
    """
    try:
        with path.open("rb") as file:
            head = file.read(100)
    except FileNotFoundError:
        return 0
    if not head:
        return 0
    if len(head) < 100 or not head.startswith(_MAGIC):
        raise StoreDamaged(path, "it is not a chat file")
    log = path.with_name(path.name + "-wal")
    if not log.exists() or log.stat().st_size == 0:
        return int.from_bytes(head[_VERSION_AT : _VERSION_AT + 4], "big", signed=True)
    # A newer version may be in the log only, after a crash. Reading it so changes neither file.
    uri = f"{path.absolute().as_uri()}?mode=ro"
    with contextlib.closing(sqlite3.connect(uri, uri=True)) as connection:
        return int(connection.execute("PRAGMA user_version").fetchone()[0])


def migrate(
    connection: sqlite3.Connection, path: Path, migrations: Sequence[Migration] = MIGRATIONS
) -> list[int]:
    """Bring an open file up to the last of `migrations`; the numbers of those that ran.

    Killed at any moment, the file is as before or as after. Raises `SchemaTooNew`, `StoreDamaged` where the
    copy does not hold what the file holds, `UpdateRefused` where rows would have been lost or doubled, `OSError`,
    `sqlite3.Error`.
    """
    ran = []
    for migration in migrations:
        if _version(connection) >= migration.number:
            continue
        if _holds_anything(connection):
            back_up(connection, path.with_name(f"{path.name}.before-schema-{migration.number}"))
        connection.execute("BEGIN IMMEDIATE")
        try:
            if _version(connection) < migration.number:  # another process may have been faster
                before = _counts(connection)
                for step in migration.steps:
                    if isinstance(step, str):
                        connection.execute(step)
                    else:
                        step(connection)
                _compare(path, migration, before, _counts(connection))
                connection.execute(f"PRAGMA user_version = {migration.number:d}")
                ran.append(migration.number)
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
    known = migrations[-1].number
    if (found := _version(connection)) > known:
        raise SchemaTooNew(path, found, known)
    return ran


def back_up(connection: sqlite3.Connection, target: Path) -> None:
    """Copy an open file to `target`, check the copy, and only then give it its name; 0600.

    Raises `StoreDamaged` where the copy fails SQLite's check or counts other rows; `OSError`, `sqlite3.Error`.
    """
    part = target.with_name(target.name + ".part")
    part.unlink(missing_ok=True)
    private_file(part)
    try:
        with contextlib.closing(sqlite3.connect(part, isolation_level=None)) as copy:
            connection.backup(copy)
            copy.execute("PRAGMA journal_mode = DELETE")  # one file, without a log beside it
            found = copy.execute("PRAGMA integrity_check(1)").fetchone()[0]
            if found != "ok" or _counts(copy) != _counts(connection):
                raise StoreDamaged(target, "the copy made before updating it is not the same")
        with part.open("rb+") as file:
            os.fsync(file.fileno())
        part.replace(target)
        sync_folder(target.parent)
    finally:
        for left in (part, part.with_name(part.name + "-journal")):
            left.unlink(missing_ok=True)


def back_ups(path: Path) -> list[Path]:
    """The copies that migrations left beside the file at `path`."""
    return sorted(path.parent.glob(f"{path.name}.before-schema-*"))


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _compare(path: Path, migration: Migration, before: dict[str, int], after: dict[str, int]) -> None:
    for table, count in before.items():
        if table not in migration.recounts and after.get(table) != count:
            raise UpdateRefused(path, f"{table}: {count} before, {after.get(table, 0)} after")


def _holds_anything(connection: sqlite3.Connection) -> bool:
    return any(count for table, count in _counts(connection).items() if table != "counters")


def _counts(connection: sqlite3.Connection) -> dict[str, int]:
    names = connection.execute(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        " AND name NOT LIKE '%_fts%' ORDER BY name"
    ).fetchall()
    return {name: connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for (name,) in names}
