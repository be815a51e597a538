"""The full-text index: which messages and titles are in it, and how it is filled; asks it nothing.

SQLite keeps the words only; the texts are prepared by `domain.folding`. Triggers note what came, went or changed, with
no function of ours in them, so that any program may write to the file; `settle` brings the index up to that, a little at
a time. Whoever searches does so first. A new or rebuilt index takes the newest messages first: `low` is the oldest
message that it knows. In it are all messages from there on that have ended and do not stand in `search_fts_waiting`.

`search_fts_gone` keeps the words under which a message stands in the index although it is another by now, or erased: the
index forgets a text only by being told it again.
"""

import sqlite3
import time
from typing import Any, NamedTuple

from pizzagpt_desktop.domain.folding import VERSION, prepared
from pizzagpt_desktop.storage.rows import BrokenRow, sound

_AT_ONCE = 500
_LETTERS_AT_ONCE = 25_000
"""So many rows, or letters of them, are taken in one go: some ten milliseconds' work."""
_PACKED_PAGES = 200

_FACTS = "{0}.role || ' ' || coalesce(strftime('%Y', {0}.created_at, 'unixepoch'), '') || ' ' || {0}.model"
_IS_IN = """old.status <> 'streaming' AND old.seq >= (SELECT low FROM search_fts_state)
    AND NOT EXISTS (SELECT 1 FROM search_fts_waiting WHERE seq = old.seq)"""
_NOTE_GONE = f"""INSERT OR IGNORE INTO search_fts_gone (seq, text, facts)
    SELECT old.seq, old.text, {_FACTS.format("old")} WHERE {_IS_IN}"""
_OPTIONS = "content='', columnsize=0, prefix='1 2', tokenize=\"ascii tokenchars '#$%&+<=>@'\""

_STEPS: tuple[str, ...] = (
    "DROP TRIGGER messages_added",
    "DROP TRIGGER messages_removed",
    "DROP TRIGGER messages_changed",
    "DROP TABLE messages_fts",
    f"CREATE VIRTUAL TABLE messages_fts USING fts5 (text, facts, {_OPTIONS})",
    f"CREATE VIRTUAL TABLE titles_fts USING fts5 (title, {_OPTIONS})",
    # version: the rules of folding that the index was made by. packing: 1 while erased words may stand in it.
    """CREATE TABLE search_fts_state (
        id INTEGER PRIMARY KEY CHECK (id = 1), low INTEGER NOT NULL, version TEXT NOT NULL,
        packing INTEGER NOT NULL DEFAULT 0
    )""",
    f"INSERT INTO search_fts_state (id, low, version) SELECT 1, coalesce(max(seq), 0) + 1, '{VERSION}' FROM messages",
    "CREATE TABLE search_fts_waiting (seq INTEGER PRIMARY KEY)",
    "CREATE TABLE search_fts_gone (seq INTEGER PRIMARY KEY, text TEXT NOT NULL, facts TEXT NOT NULL)",
    # title: as it stands in the index.
    """CREATE TABLE search_fts_titles (
        n INTEGER PRIMARY KEY, conversation_id TEXT NOT NULL UNIQUE, title TEXT NOT NULL
    )""",
    "CREATE TABLE search_fts_titles_waiting (conversation_id TEXT PRIMARY KEY NOT NULL) WITHOUT ROWID",
    "INSERT INTO search_fts_titles_waiting SELECT id FROM conversations",
    # A streaming reply is not in the index; it enters at its end, once.
    """CREATE TRIGGER messages_added AFTER INSERT ON messages
    WHEN new.status <> 'streaming' AND new.seq >= (SELECT low FROM search_fts_state) BEGIN
        INSERT OR IGNORE INTO search_fts_waiting (seq) VALUES (new.seq);
    END""",
    f"""CREATE TRIGGER messages_removed AFTER DELETE ON messages WHEN old.status <> 'streaming' BEGIN
        {_NOTE_GONE};
        DELETE FROM search_fts_waiting WHERE seq = old.seq;
    END""",
    f"""CREATE TRIGGER messages_changed AFTER UPDATE OF text, status, role, model, created_at ON messages
    WHEN (old.status <> 'streaming' OR new.status <> 'streaming')
        AND ((old.status = 'streaming') <> (new.status = 'streaming') OR old.text IS NOT new.text
            OR old.role IS NOT new.role OR old.model IS NOT new.model OR old.created_at IS NOT new.created_at)
    BEGIN
        {_NOTE_GONE};
        DELETE FROM search_fts_waiting WHERE seq = new.seq;
        INSERT INTO search_fts_waiting (seq)
            SELECT new.seq WHERE new.status <> 'streaming' AND new.seq >= (SELECT low FROM search_fts_state);
    END""",
    """CREATE TRIGGER titles_added AFTER INSERT ON conversations BEGIN
        INSERT OR IGNORE INTO search_fts_titles_waiting (conversation_id) VALUES (new.id);
    END""",
    """CREATE TRIGGER titles_removed AFTER DELETE ON conversations BEGIN
        INSERT OR IGNORE INTO search_fts_titles_waiting (conversation_id) VALUES (old.id);
    END""",
    """CREATE TRIGGER titles_changed AFTER UPDATE OF title ON conversations WHEN old.title IS NOT new.title BEGIN
        INSERT OR IGNORE INTO search_fts_titles_waiting (conversation_id) VALUES (new.id);
    END""",
)


def make(connection: sqlite3.Connection) -> None:
    """Migration 3. It moves no text: however many messages there are, the index is filled afterwards."""
    for step in _STEPS:
        connection.execute(step)


class State(NamedTuple):
    """todo: whether anything waits. indexed: the share of the messages that is in the index, 0 to 1."""

    todo: bool
    indexed: float


def state(connection: sqlite3.Connection) -> State:
    """How far the index is; a few look-ups, whatever its size. Raises `sqlite3.Error`."""
    low, version, packing = connection.execute(
        "SELECT low, version, packing FROM search_fts_state"
    ).fetchone()
    first, last = connection.execute(
        "SELECT (SELECT min(seq) FROM messages), (SELECT max(seq) FROM messages)"
    ).fetchone()
    if first is None or version != VERSION:
        indexed = 1.0 if first is None else 0.0
    else:
        indexed = min(1.0, max(0.0, (last + 1 - low) / (last + 1 - first)))
    waits = _waits(connection)
    todo = version != VERSION or packing or indexed < 1.0 or waits
    return State(bool(todo), min(indexed, 0.999) if waits else indexed)


def settle(connection: sqlite3.Connection, seconds: float) -> bool:
    """Work on what waits for about `seconds`; whether anything is left.

    In a transaction of the caller's own. Newest messages enter first. Raises `sqlite3.Error`.
    """
    until = time.monotonic() + seconds
    if connection.execute("SELECT version FROM search_fts_state").fetchone()[0] != VERSION:
        rebuild(connection)
    for step in (_forget, _titles, _add_waiting, _fill, _pack):
        while step(connection):
            if time.monotonic() >= until:
                return True
    return False


def rebuild(connection: sqlite3.Connection) -> None:
    """Empty the index and have it made anew by the coming calls of `settle`; done at once, whatever its size.

    Needs nothing of the old one, so that it mends a damaged index too. Raises `sqlite3.Error`.
    """
    for table in ("messages_fts", "titles_fts"):
        statement = connection.execute("SELECT sql FROM sqlite_schema WHERE name = ?", (table,)).fetchone()
        connection.execute(f"DROP TABLE IF EXISTS {table}")
        if statement is not None:
            connection.execute(statement[0])
    for table in ("search_fts_waiting", "search_fts_gone", "search_fts_titles", "search_fts_titles_waiting"):
        connection.execute(f"DELETE FROM {table}")
    connection.execute("INSERT INTO search_fts_titles_waiting SELECT id FROM conversations")
    connection.execute(
        "UPDATE search_fts_state SET low = (SELECT coalesce(max(seq), 0) + 1 FROM messages), version = ?, packing = 0",
        (VERSION,),
    )


def scrub(connection: sqlite3.Connection) -> bool:
    """After messages were deleted for good: let no word of them stand in the index any more. Whether more is to be done.

    A deleted text's words stay in SQLite's segments until these are merged. One step of that; what a crash leaves over is done by the coming calls of `settle`. Raises `sqlite3.Error`.
    """
    if _forget(connection) or _titles(connection):
        return True
    connection.execute("UPDATE search_fts_state SET packing = 1 WHERE packing = 0")
    return _pack(connection)


def facts(text: str) -> str:
    """The facts of a message as the index has them: `role year model` as the triggers write them -> words."""
    role, _, rest = text.partition(" ")
    year, _, model = rest.partition(" ")
    return f"{fact('role', role)} {fact('year', year)} {prepared(model)}"


def fact(name: str, value: str) -> str:
    """A fact as one word that stands in no text."""
    return f"\ue000{name}{value}"


def _waits(connection: sqlite3.Connection) -> bool:
    tables = ("search_fts_gone", "search_fts_waiting", "search_fts_titles_waiting")
    tests = " OR ".join(f"EXISTS (SELECT 1 FROM {table})" for table in tables)
    return bool(connection.execute(f"SELECT {tests}").fetchone()[0])


def _forget(connection: sqlite3.Connection) -> bool:
    rows, left = _some(connection.execute("SELECT seq, text, facts FROM search_fts_gone ORDER BY seq"))
    connection.executemany(
        "INSERT INTO messages_fts (messages_fts, rowid, text, facts) VALUES ('delete', ?, ?, ?)",
        [(seq, prepared(text), facts(words)) for seq, text, words in rows],
    )
    connection.executemany("DELETE FROM search_fts_gone WHERE seq = ?", [(row[0],) for row in rows])
    return left


def _titles(connection: sqlite3.Connection) -> bool:
    waiting = connection.execute(
        "SELECT w.conversation_id, t.n, t.title, c.title FROM search_fts_titles_waiting AS w"
        " LEFT JOIN search_fts_titles AS t ON t.conversation_id = w.conversation_id"
        " LEFT JOIN conversations AS c ON c.id = w.conversation_id LIMIT ?",
        (_AT_ONCE,),
    ).fetchall()
    for conversation_id, n, old, new in (sound(row, "sISS") for row in waiting):
        if old is not None:
            connection.execute(
                "INSERT INTO titles_fts (titles_fts, rowid, title) VALUES ('delete', ?, ?)",
                (n, prepared(old)),
            )
            connection.execute("DELETE FROM search_fts_titles WHERE n = ?", (n,))
        if new:
            n = connection.execute(
                "INSERT INTO search_fts_titles (conversation_id, title) VALUES (?, ?)", (conversation_id, new)
            ).lastrowid
            connection.execute("INSERT INTO titles_fts (rowid, title) VALUES (?, ?)", (n, prepared(new)))
        connection.execute(
            "DELETE FROM search_fts_titles_waiting WHERE conversation_id = ?", (conversation_id,)
        )
    return len(waiting) == _AT_ONCE


def _add_waiting(connection: sqlite3.Connection) -> bool:
    rows, left = _some(
        connection.execute(
            f"SELECT w.seq, m.text, {_FACTS.format('m')} FROM search_fts_waiting AS w"
            " CROSS JOIN messages AS m ON m.seq = w.seq ORDER BY w.seq"
        )
    )
    _add(connection, rows)
    connection.executemany("DELETE FROM search_fts_waiting WHERE seq = ?", [(row[0],) for row in rows])
    return left


def _fill(connection: sqlite3.Connection) -> bool:
    (low,) = connection.execute("SELECT low FROM search_fts_state").fetchone()
    rows, left = _some(
        connection.execute(
            f"SELECT seq, text, {_FACTS.format('m')}, status FROM messages AS m WHERE seq < ? ORDER BY seq DESC",
            (low,),
        )
    )
    # Oldest first within a batch: SQLite writes out what it holds whenever a rowid is lower than the one before.
    _add(connection, [row for row in reversed(rows) if row[3] != "streaming"])
    if rows:
        connection.execute("UPDATE search_fts_state SET low = ?", (rows[-1][0],))
    return left


def _some(cursor: sqlite3.Cursor) -> tuple[list[Any], bool]:
    """The first rows (number, text, …) as far as one go takes them, and whether there are more."""
    rows: list[Any] = []
    letters = 0
    for row in cursor:
        if not (isinstance(row[1], str) and isinstance(row[2], str)):
            raise BrokenRow("a message's text is none")
        if rows and (letters + len(row[1]) > _LETTERS_AT_ONCE or len(rows) == _AT_ONCE):
            cursor.close()
            return rows, True
        rows.append(row)
        letters += len(row[1])
    return rows, False


def _add(connection: sqlite3.Connection, rows: list[Any]) -> None:
    connection.executemany(
        "INSERT INTO messages_fts (rowid, text, facts) VALUES (?, ?, ?)",
        [(row[0], prepared(row[1]), facts(row[2])) for row in rows],
    )


def _pack(connection: sqlite3.Connection) -> bool:
    """One step of merging everything, where something was erased."""
    (packing,) = connection.execute("SELECT packing FROM search_fts_state").fetchone()
    if not packing:
        return False
    before = connection.total_changes
    # A negative number has SQLite merge all segments into one, a positive one goes on with that.
    pages = _PACKED_PAGES if packing == 2 else -_PACKED_PAGES
    connection.execute("INSERT INTO messages_fts (messages_fts, rank) VALUES ('merge', ?)", (pages,))
    done = connection.total_changes - before < 2
    if done:
        connection.execute("INSERT INTO titles_fts (titles_fts) VALUES ('optimize')")
    connection.execute("UPDATE search_fts_state SET packing = ?", (0 if done else 2,))
    return not done
