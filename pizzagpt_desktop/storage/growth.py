"""The text of replies that still grow, kept as appended pieces; knows nothing of conversations.

Rewriting a reply of 200 KB for every checkpoint costs six times as much as appending what is new, forty times at the
99th percentile (tests/benchmarks/storage_growth.py).
"""

import sqlite3
from collections.abc import Callable
from dataclasses import replace

from pizzagpt_desktop.domain.conversation import Message, Status
from pizzagpt_desktop.storage.rows import MESSAGE_COLUMNS, MESSAGES, message_from, run, sound
from pizzagpt_desktop.storage.shelf import touch

_MOST_PIECES = 2048


class Growth:
    """What this process has stored of each reply it writes; a hint only, the pieces themselves are on disk.

    Texts are remembered as they came: `run` makes only the new piece storable, because to look through 200 KB for
    each checkpoint would cost twenty times as much as all the rest of it.
    """

    def __init__(self) -> None:
        self._stored: dict[str, tuple[str, str, int, int]] = {}

    def forget(self, message_id: str | None = None) -> None:
        """Ask the disk again what it has of one reply, or of all: after a failure, or at a reply's end."""
        if message_id is None:
            self._stored.clear()
        else:
            self._stored.pop(message_id, None)

    def append(
        self,
        connection: sqlite3.Connection,
        message_id: str,
        text: str,
        reasoning: str,
        writer: str,
        now: float,
    ) -> bool:
        """Store the reply as it is now, as a new piece where it only grew; False if there is no such message."""
        known = self._stored.pop(message_id, None)  # put back when the statements went well
        if known is not None and text.startswith(known[0]) and reasoning.startswith(known[1]):
            old_text, old_reasoning, seq, pieces = known
            ours = run(
                connection,
                "SELECT 1 FROM messages WHERE seq = ? AND status = 'streaming' AND writer = ?",
                seq, writer,
            ).fetchone()  # fmt: skip
            if ours is not None and pieces < _MOST_PIECES:
                run(
                    connection,
                    "INSERT INTO growth (message_seq, saved_at, text, reasoning) VALUES (?, ?, ?, ?)",
                    seq, now, text[len(old_text) :], reasoning[len(old_reasoning) :],
                )  # fmt: skip
                self._stored[message_id] = (text, reasoning, seq, pieces + 1)
                return True
        row = run(connection, "SELECT seq FROM messages WHERE id = ?", message_id).fetchone()
        if row is None:
            return False
        run(
            connection,
            "UPDATE messages SET text = ?, reasoning = ?, status = 'streaming', ended_at = NULL, writer = ?,"
            " saved_at = ? WHERE seq = ?",
            text, reasoning, writer, now, row[0],
        )  # fmt: skip
        discard(connection, row[0])
        self._stored[message_id] = (text, reasoning, row[0], 0)
        return True


def discard(connection: sqlite3.Connection, seq: int) -> None:
    """Drop a reply's pieces; its row has the whole text."""
    run(connection, "DELETE FROM growth WHERE message_seq = ?", seq)


def whole(connection: sqlite3.Connection, message: Message) -> Message:
    """A streaming `message` with its pieces put together."""
    pieces = run(
        connection, "SELECT text, reasoning FROM growth WHERE message_seq = ? ORDER BY n", message.seq
    ).fetchall()
    if not pieces:
        return message
    for piece in pieces:
        sound(piece, "ss")
    return replace(
        message,
        text=message.text + "".join(text for text, _ in pieces),
        reasoning=message.reasoning + "".join(reasoning for _, reasoning in pieces),
    )


def writers(connection: sqlite3.Connection) -> list[str | None]:
    """Whoever writes replies that grow."""
    rows = run(connection, "SELECT DISTINCT writer FROM messages WHERE status = 'streaming'").fetchall()
    return [sound(row, "S")[0] for row in rows]


def writing(message: Message, writer: Callable[[], str], now: float) -> dict[str, object]:
    """The columns that say who writes a growing reply, and since when."""
    if message.status is not Status.STREAMING:
        return {"writer": None}
    return {"writer": writer(), "saved_at": now}


def interrupt(connection: sqlite3.Connection, writer: str | None) -> int:
    """The replies that `writer` left growing end where they last grew; how many."""
    rows = run(
        connection,
        f"SELECT {MESSAGE_COLUMNS} FROM {MESSAGES} WHERE status = 'streaming' AND writer IS ?",
        writer,
    ).fetchall()
    for row in rows:
        message = whole(connection, message_from(row))
        run(
            connection,
            "UPDATE messages SET text = ?, reasoning = ?, status = ?, writer = NULL,"
            " ended_at = coalesce((SELECT max(saved_at) FROM growth WHERE message_seq = ?), saved_at, created_at)"
            " WHERE seq = ?",
            message.text, message.reasoning, Status.INTERRUPTED, message.seq, message.seq,
        )  # fmt: skip
        discard(connection, message.seq)
        touch(connection, message.conversation_id)
    return len(rows)
