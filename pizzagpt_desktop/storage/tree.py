"""The statements about messages as a tree: paths, siblings, branches; knows no transaction.

A message's parent is always older than itself (`seq`), so no walk is endless, whatever a damaged file says.
"""

import json
from collections.abc import Mapping, Sequence
from sqlite3 import Connection
from typing import NamedTuple

from pizzagpt_desktop.domain.conversation import Message, Role, Siblings, Status
from pizzagpt_desktop.storage.growth import discard, whole
from pizzagpt_desktop.storage.rows import (
    MESSAGE_COLUMNS,
    MESSAGES,
    VISIBLE,
    message_from,
    message_values,
    run,
    sound,
    storable_value,
)
from pizzagpt_desktop.storage.shelf import ERASED, NEXT_ACTIVITY, STORED, gone, next_revision, touch

_BELOW = f"""WITH RECURSIVE below (id, seq) AS (
    SELECT id, seq FROM {MESSAGES} WHERE id = ? AND {VISIBLE}
    UNION SELECT child.id, child.seq FROM below
        JOIN messages AS child ON child.parent_id = below.id AND child.seq > below.seq
        LEFT JOIN message_marks ON message_seq = child.seq
        WHERE {VISIBLE}
)"""
"""A message and what stands below it, without removed branches."""

UP = """WITH RECURSIVE up (seq, id, parent_id, conversation_id, n) AS (
    SELECT seq, id, parent_id, conversation_id, 1 FROM messages WHERE id = ?
    UNION ALL SELECT above.seq, above.id, above.parent_id, above.conversation_id, n + 1 FROM up
        JOIN messages AS above ON above.id = up.parent_id AND above.seq < up.seq
            AND above.conversation_id = up.conversation_id
        WHERE n < ?
)"""
"""A message and those before it, at most so many."""

_FEW = 1000
"""So many messages are walked down to one by one; of more, all that came later in the conversation are looked through."""
_ALL = 2**62
_FIXED = {"id", "conversation_id", "parent_id", "role", "created_at"}
"""What of a message never changes."""


class _Place(NamedTuple):
    """Where a message stands."""

    id: str
    conversation_id: str
    parent_id: str | None


def complete(connection: Connection, row: Sequence[object]) -> Message:
    """A message from its row, with the pieces it grew by."""
    message = message_from(row)
    return whole(connection, message) if message.status is Status.STREAMING else message


def message(connection: Connection, message_id: str) -> Message | None:
    """None also where it is in a removed branch."""
    row = run(
        connection, f"SELECT {MESSAGE_COLUMNS} FROM {MESSAGES} WHERE id = ? AND {VISIBLE}", message_id
    ).fetchone()
    return None if row is None else complete(connection, row)


def messages(connection: Connection, conversation_id: str) -> list[Message]:
    """All branches but removed ones, in order of creation."""
    rows = run(
        connection,
        f"SELECT {MESSAGE_COLUMNS} FROM {MESSAGES} WHERE conversation_id = ? AND {VISIBLE} ORDER BY seq",
        conversation_id,
    ).fetchall()
    return [complete(connection, row) for row in rows]


def active_leaf(connection: Connection, conversation_id: str) -> str | None:
    row = run(connection, "SELECT active_leaf_id FROM conversations WHERE id = ?", conversation_id).fetchone()
    return None if row is None else sound(row, "S")[0]


def path(connection: Connection, leaf_id: str | None, limit: int | None = None) -> list[Message]:
    """The messages to `leaf_id`, oldest first, at most the last `limit`; the cost goes with how many they are."""
    most = _ALL if limit is None else limit
    if leaf_id is None or most <= 0:
        return []
    rows = run(
        connection,
        f"{UP} SELECT {MESSAGE_COLUMNS} FROM {MESSAGES} WHERE seq IN (SELECT seq FROM up) AND {VISIBLE}"
        " ORDER BY seq",
        leaf_id, most,
    ).fetchall()  # fmt: skip
    return [complete(connection, row) for row in rows]


def active_path(connection: Connection, conversation_id: str) -> list[Message]:
    """See `SessionStore.path`."""
    return path(connection, active_leaf(connection, conversation_id))


def path_before(
    connection: Connection, conversation_id: str, limit: int, before: str | None
) -> list[Message]:
    """See `SessionStore.path_end`."""
    leaf_id = active_leaf(connection, conversation_id)
    if before is not None:
        row = run(
            connection,
            "SELECT parent_id FROM messages WHERE id = ? AND conversation_id = ?",
            before,
            conversation_id,
        ).fetchone()
        leaf_id = None if row is None else row[0]
    return path(connection, leaf_id, limit)


def first_said(connection: Connection, conversation_id: str) -> Message | None:
    """See `SessionStore.first_said`. From the top, where nothing branches off before it; else up from the leaf."""
    leaf_id = active_leaf(connection, conversation_id)
    where, value = "conversation_id = ? AND parent_id IS NULL", conversation_id
    while leaf_id is not None:
        found = run(
            connection, f"SELECT id, role FROM {MESSAGES} WHERE {where} AND {VISIBLE} LIMIT 2", value
        ).fetchall()
        if len(found) != 1:
            break
        id_, role = found[0]
        if role == Role.USER:
            return message(connection, id_)
        if id_ == leaf_id:
            return None
        where, value = "parent_id = ?", id_
    row = run(
        connection,
        f"{UP} SELECT id FROM messages WHERE seq IN (SELECT seq FROM up) AND role = ? ORDER BY seq LIMIT 1",
        leaf_id, _ALL, Role.USER,
    ).fetchone()  # fmt: skip
    return None if row is None else message(connection, row[0])


def path_ids(connection: Connection, conversation_id: str) -> list[str]:
    rows = run(
        connection, f"{UP} SELECT id FROM up ORDER BY seq", active_leaf(connection, conversation_id), _ALL
    ).fetchall()
    return [sound(row, "s")[0] for row in rows]


def seqs_after(connection: Connection, conversation_id: str, seq: int, limit: int) -> list[int]:
    """The next messages of a conversation, in all branches, in order of creation."""
    rows = run(
        connection,
        f"SELECT seq FROM {MESSAGES} WHERE conversation_id = ? AND seq > ? AND {VISIBLE} ORDER BY seq LIMIT ?",
        conversation_id, seq, limit,
    ).fetchall()  # fmt: skip
    return [found for (found,) in rows]


def seqs_up(connection: Connection, message_id: str, limit: int) -> tuple[list[int], str | None]:
    """A message and those before it, at most so many, oldest first; and what stands before them."""
    rows = run(connection, f"{UP} SELECT seq, parent_id FROM up ORDER BY seq", message_id, limit).fetchall()
    return [seq for seq, _ in rows], rows[0][1] if rows else None


def leaf_of(connection: Connection, conversation_id: str, message_id: str) -> str:
    """The message's id. Raises `Fault` where it is gone, removed, or another conversation's."""
    place = _place(connection, message_id)
    if place.conversation_id != storable_value(conversation_id):
        raise gone("message")
    return place.id


def siblings(connection: Connection, message_id: str) -> Siblings:
    one = run(
        connection, "SELECT conversation_id, parent_id FROM messages WHERE id = ?", message_id
    ).fetchone()
    if one is None:
        return Siblings()
    # Each by its own index: a conversation may have many messages, and many have a first one.
    beside = (
        "conversation_id = ? AND parent_id IS NULL"
        if one[1] is None
        else "+conversation_id = ? AND parent_id = ?"
    )
    rows = run(
        connection,
        f"SELECT id FROM {MESSAGES} WHERE {beside} AND {VISIBLE} ORDER BY seq",
        *(one if one[1] is not None else one[:1]),
    ).fetchall()
    ids = tuple(sound(row, "s")[0] for row in rows)
    wanted = storable_value(message_id)
    return Siblings(ids, ids.index(wanted)) if wanted in ids else Siblings()


def newest_leaf(connection: Connection, message_id: str) -> str:
    """The newest message at or below this one. Raises `Fault` where it is gone or removed."""
    return str(_below(connection, message_id)[-1][1])


def _below(connection: Connection, message_id: str) -> list[tuple[int, str]]:
    """`seq` and id of a message and of all below it, in order of creation, without removed branches.

    To walk down 30,000 messages by index takes three times as long as to look at each that the conversation got
    later, and a transaction waits for it. Raises `Fault` where the message is gone or removed.
    """
    few = run(connection, f"{_BELOW} SELECT seq, id FROM below LIMIT ?", message_id, _FEW + 1).fetchall()
    if not few:
        raise gone("message")
    if len(few) <= _FEW:
        return sorted(few)
    found, ids = [few[0]], {few[0][1]}
    later = run(
        connection,
        f"SELECT seq, id, parent_id FROM {MESSAGES} WHERE conversation_id ="
        f" (SELECT conversation_id FROM messages WHERE seq = ?) AND seq > ? AND {VISIBLE} ORDER BY seq",
        few[0][0], few[0][0],
    )  # fmt: skip
    for seq, id_, parent_id in later:
        if parent_id in ids:
            ids.add(id_)
            found.append((seq, id_))
    return found


def insert(connection: Connection, new: Message, values: Mapping[str, object], now: float) -> Message:
    """Store a message with the columns `values`, as its conversation's active leaf; as it is stored."""
    conversation_id = storable_value(new.conversation_id)
    if not run(
        connection, f"SELECT 1 FROM conversations WHERE id = ? AND {STORED}", conversation_id
    ).fetchone():
        raise gone("conversation")
    if new.parent_id is not None:
        parent = run(
            connection, f"SELECT conversation_id FROM {MESSAGES} WHERE id = ? AND {VISIBLE}", new.parent_id
        ).fetchone()
        if parent is None or parent[0] != conversation_id:
            raise gone("message before this one")
    write(connection, new, values)
    run(
        connection,
        "UPDATE conversations SET active_leaf_id = ?, updated_at = max(updated_at, ?),"
        f" activity = {NEXT_ACTIVITY}, revision = ? WHERE id = ?",
        new.id, values["created_at"] or now, next_revision(connection), conversation_id,
    )  # fmt: skip
    stored = message(connection, new.id)
    if stored is None:
        raise gone("message")
    return stored


def write(connection: Connection, new: Message, values: Mapping[str, object] | None = None) -> None:
    """A message's row and mark, and nothing else."""
    values = message_values(new) if values is None else values
    names, marks = ", ".join(values), ", ".join("?" * len(values))
    seq = run(connection, f"INSERT INTO messages ({names}) VALUES ({marks})", *values.values()).lastrowid
    if new.kept and seq is not None:
        _set_kept(connection, seq)


def finish(connection: Connection, ended: Message, values: Mapping[str, object], now: float) -> None:
    """Write a reply's columns `values` over the stored ones, whole; one that is STREAMING grows on."""
    row = run(connection, "SELECT seq, conversation_id FROM messages WHERE id = ?", ended.id).fetchone()
    if row is None:
        raise gone("message")
    seq, conversation_id = row
    changed = {name: value for name, value in values.items() if name not in _FIXED}
    names = ", ".join(f"{name} = ?" for name in changed)
    run(connection, f"UPDATE messages SET {names} WHERE seq = ?", *changed.values(), seq)
    discard(connection, seq)
    if ended.status is Status.STREAMING:
        run(connection, "UPDATE message_marks SET kept = 0 WHERE message_seq = ? AND kept", seq)
    run(
        connection,
        "UPDATE conversations SET updated_at = max(updated_at, ?), revision = ? WHERE id = ?",
        values["ended_at"] or now, next_revision(connection), conversation_id,
    )  # fmt: skip


def keep(connection: Connection, message_id: str) -> None:
    """See `SessionStore.keep`."""
    row = run(connection, "SELECT seq, conversation_id FROM messages WHERE id = ?", message_id).fetchone()
    if row is None:
        raise gone("message")
    _set_kept(connection, row[0])
    touch(connection, row[1])


def activate(connection: Connection, conversation_id: str, message_id: str) -> None:
    leaf_of(connection, conversation_id, message_id)
    _set_leaf(connection, conversation_id, newest_leaf(connection, message_id))
    touch(connection, conversation_id)


def remove_branch(connection: Connection, message_id: str, at: float) -> None:
    """See `SessionStore.remove_branch`."""
    top = _place(connection, message_id)
    beside = siblings(connection, message_id)
    leaf_id = active_leaf(connection, top.conversation_id)
    below = _below(connection, top.id)
    leaf_seq = next((seq for seq, id_ in below if id_ == leaf_id), None)
    run(
        connection,
        "INSERT INTO message_marks (message_seq, removed_with, removed_at, was_leaf)"
        " SELECT value, ?, ?, value IS ? FROM json_each(?) WHERE true ON CONFLICT (message_seq) DO UPDATE"
        " SET removed_with = excluded.removed_with, removed_at = excluded.removed_at, was_leaf = excluded.was_leaf",
        top.id, at, leaf_seq, json.dumps([seq for seq, _ in below]),
    )  # fmt: skip
    if _holds_leaf(connection, top.id):
        others = beside.ids[: beside.index][-1:] or beside.ids[beside.index + 1 :][:1]
        _set_leaf(
            connection,
            top.conversation_id,
            newest_leaf(connection, others[0]) if others else top.parent_id,
        )
    touch(connection, top.conversation_id)


def restore_branch(connection: Connection, message_id: str) -> None:
    """See `SessionStore.restore_branch`."""
    top = _place(connection, message_id, f"removed_with = id AND removed_at > {ERASED}")
    above = None
    if top.parent_id is not None:
        row = run(connection, f"SELECT removed_with FROM {MESSAGES} WHERE id = ?", top.parent_id).fetchone()
        if row is None:
            raise gone("message before this one")
        above = row[0]
    if above is not None:  # what stands above it was removed since: it comes back with that
        run(
            connection,
            "UPDATE message_marks SET removed_with = ?, was_leaf = 0 WHERE removed_with = ?",
            above,
            top.id,
        )
    else:
        leaf = run(
            connection, f"SELECT id FROM {MESSAGES} WHERE removed_with = ? AND was_leaf", top.id
        ).fetchone()
        run(connection, "DELETE FROM message_marks WHERE removed_with = ? AND NOT kept", top.id)
        run(
            connection,
            "UPDATE message_marks SET removed_with = NULL, removed_at = NULL, was_leaf = 0 WHERE removed_with = ?",
            top.id,
        )
        if leaf is not None:
            _set_leaf(connection, top.conversation_id, leaf[0])
    touch(connection, top.conversation_id)


def _set_kept(connection: Connection, seq: int) -> None:
    run(
        connection,
        "INSERT INTO message_marks (message_seq, kept) VALUES (?, 1)"
        " ON CONFLICT (message_seq) DO UPDATE SET kept = 1",
        seq,
    )


def _place(connection: Connection, message_id: str, which: str = VISIBLE) -> _Place:
    row = run(
        connection,
        f"SELECT id, conversation_id, parent_id FROM {MESSAGES} WHERE id = ? AND {which}",
        message_id,
    ).fetchone()
    if row is None:
        raise gone("message")
    return _Place(*row)


def _holds_leaf(connection: Connection, removed_with: str) -> bool:
    found = run(
        connection, "SELECT 1 FROM message_marks WHERE removed_with = ? AND was_leaf", removed_with
    ).fetchone()
    return found is not None


def _set_leaf(connection: Connection, conversation_id: str, leaf_id: str | None) -> None:
    run(connection, "UPDATE conversations SET active_leaf_id = ? WHERE id = ?", leaf_id, conversation_id)
