"""The statements about conversations and folders; knows no transaction and nothing of what is said in them."""

from sqlite3 import Connection

from pizzagpt_desktop.domain.conversation import Conversation, Folder
from pizzagpt_desktop.domain.faults import Fault, FaultKind
from pizzagpt_desktop.storage.rows import (
    CONVERSATION_COLUMNS,
    conversation_from,
    conversation_values,
    files_from,
    folder_from,
    run,
    sound,
)

NEXT_ACTIVITY = "(SELECT coalesce(max(activity), 0) + 1 FROM conversations)"

ERASED = "-9e999"
"""The moment of deletion of what is to be erased: minus infinity, before any other. To the program it is gone."""
STORED = f"deleted_at IS NOT {ERASED}"

LISTED = "deleted_at IS NULL AND NOT archived ORDER BY pinned DESC, activity DESC"
IN_ARCHIVE = "archived AND deleted_at IS NULL ORDER BY activity DESC"
IN_TRASH = f"deleted_at > {ERASED} ORDER BY deleted_at DESC, activity DESC"


def gone(what: str) -> Fault:
    """The refusal of a command about something that is not stored."""
    return Fault(
        FaultKind.STORAGE,
        f"The {what} is not in the chat file any more.",
        hint="It was deleted here or by another program.",
    )


def conversations(connection: Connection, which: str, limit: int | None = None) -> list[Conversation]:
    """Those that `which` tells, as the words of a WHERE with its ORDER BY."""
    rows = run(
        connection,
        f"SELECT {CONVERSATION_COLUMNS} FROM conversations WHERE {which} LIMIT ?",
        -1 if limit is None else max(0, limit),
    ).fetchall()
    return [conversation_from(row) for row in rows]


def listed_after(connection: Connection, conversation_id: str, limit: int | None) -> list[Conversation]:
    """Those of the list that stand after this one; none where it is gone."""
    rows = run(
        connection,
        f"SELECT {CONVERSATION_COLUMNS} FROM conversations WHERE (pinned, activity) <"
        f" (SELECT pinned, activity FROM conversations WHERE id = ?) AND {LISTED} LIMIT ?",
        conversation_id,
        -1 if limit is None else max(0, limit),
    ).fetchall()
    return [conversation_from(row) for row in rows]


def conversation(connection: Connection, conversation_id: str) -> Conversation | None:
    row = run(
        connection,
        f"SELECT {CONVERSATION_COLUMNS} FROM conversations WHERE id = ? AND {STORED}",
        conversation_id,
    ).fetchone()
    return None if row is None else conversation_from(row)


def insert(connection: Connection, conversation: Conversation) -> None:
    """Store a new conversation; it is the newest."""
    values = conversation_values(conversation) | {"revision": next_revision(connection)}
    names, marks = ", ".join(values), ", ".join("?" * len(values))
    run(
        connection,
        f"INSERT INTO conversations ({names}, activity) VALUES ({marks}, {NEXT_ACTIVITY})",
        *values.values(),
    )


def update(connection: Connection, conversation: Conversation) -> bool:
    """Replace all facts, but for an `updated_at` older than the stored one. Raises `Fault` where it is gone.

    Whether it named files before that it does not name any more.
    """
    row = run(connection, "SELECT files FROM conversations WHERE id = ?", conversation.id).fetchone()
    named = {file.id for file in files_from(sound(row, "s")[0])} if row is not None else set()
    values = conversation_values(conversation) | {"revision": next_revision(connection)}
    updated_at = values.pop("updated_at")
    names = ", ".join(f"{name} = ?" for name in values)
    changed = run(
        connection,
        f"UPDATE conversations SET {names}, updated_at = max(updated_at, ?) WHERE id = ? AND {STORED}",
        *values.values(), updated_at, conversation.id,
    )  # fmt: skip
    if changed.rowcount == 0:
        raise gone("conversation")
    return not named <= {file.id for file in conversation.files}


def since(connection: Connection, known: int, limit: int | None = None) -> list[Conversation]:
    rows = run(
        connection,
        f"SELECT {CONVERSATION_COLUMNS} FROM conversations WHERE revision > ? AND {STORED} ORDER BY revision LIMIT ?",
        known, -1 if limit is None else limit,
    ).fetchall()  # fmt: skip
    return [conversation_from(row) for row in rows]


def count(connection: Connection) -> int:
    found = "SELECT (SELECT count(*) FROM conversations) - (SELECT count(*) FROM conversations WHERE deleted_at = {})"
    return int(run(connection, found.format(ERASED)).fetchone()[0])


def ids(connection: Connection) -> frozenset[str]:
    rows = run(connection, f"SELECT id FROM conversations WHERE {STORED}").fetchall()
    return frozenset(sound(row, "s")[0] for row in rows)


# Revisions


_REVISION = (
    "max(coalesce((SELECT value FROM counters WHERE name = 'revision'), 0), coalesce(max(revision), 0))"
)
"""The counter; where it was lost with a damaged file, what the conversations say."""


def revision(connection: Connection) -> int:
    """How often anything was written, checkpoints apart; never goes down."""
    (found,) = sound(run(connection, f"SELECT {_REVISION} FROM conversations").fetchone(), "i")
    return int(found)


def next_revision(connection: Connection) -> int:
    """Count a write; the number it has."""
    run(
        connection,
        f"INSERT INTO counters (name, value) SELECT 'revision', {_REVISION} + 1 FROM conversations WHERE true"
        " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
    )
    return revision(connection)


def touch(connection: Connection, conversation_id: str) -> None:
    """Something of this conversation changed."""
    run(
        connection,
        "UPDATE conversations SET revision = ? WHERE id = ?",
        next_revision(connection),
        conversation_id,
    )


# Folders


def folders(connection: Connection) -> list[Folder]:
    rows = run(
        connection, "SELECT id, name, position, collapsed FROM folders ORDER BY position, rowid"
    ).fetchall()
    return [folder_from(row) for row in rows]


def put_folder(connection: Connection, folder: Folder) -> None:
    run(
        connection,
        "INSERT INTO folders (id, name, position, collapsed) VALUES (?, ?, ?, ?) ON CONFLICT (id) DO UPDATE"
        " SET name = excluded.name, position = excluded.position, collapsed = excluded.collapsed",
        *folder,
    )
    next_revision(connection)


def remove_folder(connection: Connection, folder_id: str) -> None:
    """Its conversations stand outside any folder from now on."""
    inside = run(
        connection, "SELECT id FROM conversations WHERE folder_id = ? ORDER BY revision", folder_id
    ).fetchall()
    for (conversation_id,) in inside:
        run(connection, "UPDATE conversations SET folder_id = NULL WHERE id = ?", conversation_id)
        touch(connection, conversation_id)
    run(connection, "DELETE FROM folders WHERE id = ?", folder_id)
    next_revision(connection)
