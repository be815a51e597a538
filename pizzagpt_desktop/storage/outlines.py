"""Messages by their numbers, and what a view needs to give room to those it does not read; knows no transaction."""

from collections.abc import Sequence
from sqlite3 import Connection

from pizzagpt_desktop.domain.conversation import Message, Outline, Role
from pizzagpt_desktop.storage.places import Places
from pizzagpt_desktop.storage.rows import MESSAGE_COLUMNS, MESSAGES, VISIBLE, run, sound
from pizzagpt_desktop.storage.tree import UP, complete

_AT_ONCE = 500
"""Values that one statement names; older SQLite takes 999."""


class Outlines:
    """`chat.ports.Outlines` of one store."""

    def __init__(self, places: Places) -> None:
        self._places = places

    def above(self, conversation_id: str, before: int, limit: int) -> Sequence[Outline]:
        """Of the last `limit` messages that stand before message number `before` on its path, oldest first."""
        return self._places.of(conversation_id).read(lambda db: _above(db, conversation_id, before, limit))

    def messages(self, conversation_id: str, seqs: Sequence[int]) -> Sequence[Message]:
        """The messages of these numbers, in their order; those that are gone are left out."""
        return self._places.of(conversation_id).read(lambda db: _messages(db, conversation_id, seqs))

    def seq_of(self, message_id: str) -> int | None:
        """The number of a message, None where there is none of this id."""
        return self._places.of_message(message_id).read(lambda db: _seq_of(db, message_id))


def _above(connection: Connection, conversation_id: str, before: int, limit: int) -> list[Outline]:
    row = run(
        connection,
        "SELECT parent_id FROM messages WHERE seq = ? AND conversation_id = ?",
        before,
        conversation_id,
    ).fetchone()
    if row is None or row[0] is None or limit <= 0:
        return []
    rows = run(
        connection,
        f"{UP} SELECT seq, role, length(text) FROM {MESSAGES} WHERE seq IN (SELECT seq FROM up) AND {VISIBLE}"
        " ORDER BY seq",
        row[0], limit,
    ).fetchall()  # fmt: skip
    return [
        Outline(seq, role == Role.USER, length) for seq, role, length in (sound(row, "isi") for row in rows)
    ]


def _messages(connection: Connection, conversation_id: str, seqs: Sequence[int]) -> list[Message]:
    found = []
    for at in range(0, len(seqs), _AT_ONCE):
        some = seqs[at : at + _AT_ONCE]
        rows = run(
            connection,
            f"SELECT {MESSAGE_COLUMNS} FROM {MESSAGES} WHERE seq IN ({', '.join('?' * len(some))})"
            f" AND conversation_id = ? AND {VISIBLE} ORDER BY seq",
            *some, conversation_id,
        ).fetchall()  # fmt: skip
        found += [complete(connection, row) for row in rows]
    return found


def _seq_of(connection: Connection, message_id: str) -> int | None:
    row = run(connection, "SELECT seq FROM messages WHERE id = ?", message_id).fetchone()
    return None if row is None else row[0]
