"""Conversations and messages on disk, in one SQLite file; knows nothing of replies being made or shown."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from sqlite3 import Connection

from pizzagpt_desktop.domain.conversation import Conversation, Message, SearchHit, Siblings, Status, path_to
from pizzagpt_desktop.domain.faults import Fault, FaultKind
from pizzagpt_desktop.storage.connection import Database
from pizzagpt_desktop.storage.growth import Growth, discard, whole
from pizzagpt_desktop.storage.leases import Leases
from pizzagpt_desktop.storage.rows import (
    CONVERSATION_COLUMNS,
    MESSAGE_COLUMNS,
    conversation_from,
    conversation_values,
    message_from,
    message_values,
    run,
    seconds,
    storable_value,
)
from pizzagpt_desktop.storage.schema import back_ups

WINDOW_WAIT_S = 0.1
"""How long a call of the window may wait for another process's write: no longer than a few frames."""
PATIENT_WAIT_S = 5.0
"""The same for a program without a window."""


class SqliteSessionStore:
    """`chat.ports.SessionStore` in one SQLite file (WAL, full-text index).

    Lists are newest first by a count that goes up with every added conversation and message, not by the clock:
    a clock set back changes no order, and `updated_at` never goes back either. Whoever brings many conversations
    in from elsewhere adds the oldest first. The end of a reply changes no place in the list.

    Locks and copies are beside the file: `locks/`, `<name>.before-schema-<n>`. Text is stored as
    `domain.text.storable` makes it. Synchronous, for one thread; two processes may use the same file. After a
    failure the next call starts afresh.
    """

    def __init__(
        self, path: Path, clock: Callable[[], float] = time.time, *, wait_s: float = WINDOW_WAIT_S
    ) -> None:
        """Open or create the store. clock: seconds since the epoch. Raises `SchemaTooNew`, `StoreDamaged`, `Fault`."""
        self.file = path
        self._clock = clock
        self._database = Database(path, wait_s)
        self._leases = Leases(path.parent / "locks")
        self._growth = Growth()

    # Conversations

    def conversations(self, limit: int | None = None) -> Sequence[Conversation]:
        """Those not in the trash, pinned ones first, then the newest first."""
        rows = self._database.read(
            lambda connection: run(
                connection,
                f"SELECT {CONVERSATION_COLUMNS} FROM conversations WHERE deleted_at IS NULL"
                " ORDER BY pinned DESC, activity DESC LIMIT ?",
                -1 if limit is None else max(0, limit),
            ).fetchall()
        )
        return [conversation_from(row) for row in rows]

    def conversation(self, conversation_id: str) -> Conversation | None:
        """Also one in the trash."""
        return self._database.read(lambda connection: _conversation(connection, conversation_id))

    def add_conversation(self, conversation: Conversation) -> None:
        """Store a new conversation; it is the newest. Synced to disk when this returns."""
        values = conversation_values(conversation)
        names, marks = ", ".join(values), ", ".join("?" * len(values))
        with self._database.transaction("FULL") as connection:
            run(
                connection,
                f"INSERT INTO conversations ({names}, activity) VALUES ({marks}, {_NEXT_ACTIVITY})",
                *values.values(),
            )

    def update_conversation(self, conversation: Conversation) -> None:
        """Replace all facts of a stored conversation, but for an `updated_at` older than the stored one."""
        values = conversation_values(conversation)
        updated_at = values.pop("updated_at")
        names = ", ".join(f"{name} = ?" for name in values)
        with self._database.transaction("FULL") as connection:
            changed = run(
                connection,
                f"UPDATE conversations SET {names}, updated_at = max(updated_at, ?) WHERE id = ?",
                *values.values(), updated_at, conversation.id,
            )  # fmt: skip
            if changed.rowcount == 0:
                raise _gone("conversation")

    def purge(self, deleted_before: float) -> int:
        """Erase for good what is in the trash since before `deleted_before`; how many conversations.

        The bytes are overwritten, the index is packed, and copies made by migrations are removed, because they
        hold the same text. Replies that are being written are no reason to keep a conversation.
        """
        with self._database.transaction("FULL") as connection:
            gone = "SELECT id FROM conversations WHERE deleted_at < ?"
            moment = seconds(deleted_before)
            run(connection, f"DELETE FROM messages WHERE conversation_id IN ({gone})", moment)
            count = run(connection, "DELETE FROM conversations WHERE deleted_at < ?", moment).rowcount
            if count:
                # A deleted row's words stay in the index's segments until they are merged.
                run(connection, "INSERT INTO messages_fts (messages_fts) VALUES ('optimize')")
        if count:
            self._growth.forget()
            self._database.truncate_log()
            for copy in back_ups(self.file):
                copy.unlink(missing_ok=True)
        return count

    # Messages

    def add_message(self, message: Message) -> Message:
        """Store a message, make it the active leaf, touch the conversation; synced to disk when this returns.

        Returns it as stored, with its `seq`. Raises `Fault(STORAGE)` where its conversation or parent is gone.
        """
        values = message_values(message)
        now = seconds(self._clock())
        values["writer"] = self._leases.name() if message.status is Status.STREAMING else None
        values["saved_at"] = now if message.status is Status.STREAMING else None
        names, marks = ", ".join(values), ", ".join("?" * len(values))
        with self._database.transaction("FULL") as connection:
            if _conversation(connection, message.conversation_id) is None:
                raise _gone("conversation")
            parent = None if message.parent_id is None else _message(connection, message.parent_id)
            if message.parent_id is not None and (
                parent is None or parent.conversation_id != storable_value(message.conversation_id)
            ):
                raise _gone("message before this one")
            run(connection, f"INSERT INTO messages ({names}) VALUES ({marks})", *values.values())
            run(
                connection,
                "UPDATE conversations SET active_leaf_id = ?, updated_at = max(updated_at, ?),"
                f" activity = {_NEXT_ACTIVITY} WHERE id = ?",
                message.id, values["created_at"] or now, message.conversation_id,
            )  # fmt: skip
            stored = _message(connection, message.id)
        if stored is None:
            raise _gone("message")
        return stored

    def checkpoint(self, message_id: str, text: str, reasoning: str) -> None:
        """The growing reply so far, whole; what is new is appended, committed, not synced.

        A reply that had ended is STREAMING again by this, and this process is its writer.
        """
        writer = self._leases.name()
        try:
            with self._database.transaction("NORMAL") as connection:
                now = seconds(self._clock())
                if not self._growth.append(connection, message_id, text, reasoning, writer, now):
                    raise _gone("message")
        except BaseException:
            self._growth.forget(message_id)
            raise

    def finish_message(self, message: Message) -> None:
        """Store the final form of a reply and put it into the index; synced when this returns.

        A message handed over as STREAMING is reopened instead: it grows on, and this process is its writer.
        """
        streaming = message.status is Status.STREAMING
        now = seconds(self._clock())
        values = message_values(message)
        for fixed in ("id", "conversation_id", "parent_id", "role", "created_at"):
            del values[fixed]
        values["writer"] = self._leases.name() if streaming else None
        if streaming:
            values["saved_at"] = now
        names = ", ".join(f"{name} = ?" for name in values)
        self._growth.forget(message.id)
        with self._database.transaction("FULL") as connection:
            row = run(connection, "SELECT seq FROM messages WHERE id = ?", message.id).fetchone()
            if row is None:
                raise _gone("message")
            run(connection, f"UPDATE messages SET {names} WHERE seq = ?", *values.values(), row[0])
            discard(connection, row[0])
            run(
                connection,
                "UPDATE conversations SET updated_at = max(updated_at, ?) WHERE id = ?",
                values["ended_at"] or now, message.conversation_id,
            )  # fmt: skip

    def message(self, message_id: str) -> Message | None:
        return self._database.read(lambda connection: _message(connection, message_id))

    def path(self, conversation_id: str) -> Sequence[Message]:
        """From the root to the active leaf, oldest first."""
        conversation = self.conversation(conversation_id)
        if conversation is None or conversation.active_leaf_id is None:
            return []
        known = {message.id: message for message in self.messages(conversation_id)}
        return path_to(known, conversation.active_leaf_id)

    def messages(self, conversation_id: str) -> Sequence[Message]:
        """All branches, in order of creation."""
        return self._database.read(
            lambda connection: [
                _complete(connection, row)
                for row in run(
                    connection,
                    f"SELECT {MESSAGE_COLUMNS} FROM messages WHERE conversation_id = ? ORDER BY seq",
                    conversation_id,
                ).fetchall()
            ]
        )

    def siblings(self, message_id: str) -> Siblings:
        """The answers to the same parent, or the roots of the same conversation; empty for an unknown message."""
        rows = self._database.read(
            lambda connection: run(
                connection,
                "SELECT other.id FROM messages AS one JOIN messages AS other"
                " ON other.conversation_id = one.conversation_id AND other.parent_id IS one.parent_id"
                " WHERE one.id = ? ORDER BY other.seq",
                message_id,
            ).fetchall()
        )
        ids = tuple(id_ for (id_,) in rows)
        wanted = storable_value(message_id)
        return Siblings(ids, ids.index(wanted)) if wanted in ids else Siblings()

    def activate(self, conversation_id: str, message_id: str) -> None:
        """Make the branch through `message_id` the active one: the newest leaf below it becomes the active leaf."""
        with self._database.transaction("FULL") as connection:
            leaf = run(
                connection,
                "WITH RECURSIVE below (id, seq) AS ("
                " SELECT id, seq FROM messages WHERE id = ? AND conversation_id = ?"
                " UNION SELECT m.id, m.seq FROM messages AS m JOIN below ON m.parent_id = below.id)"
                " SELECT id FROM below ORDER BY seq DESC LIMIT 1",
                message_id, conversation_id,
            ).fetchone()  # fmt: skip
            if leaf is None:
                raise _gone("message")
            run(
                connection,
                "UPDATE conversations SET active_leaf_id = ? WHERE id = ?",
                leaf[0],
                conversation_id,
            )

    def search(self, query: str, limit: int = 100) -> Sequence[SearchHit]:
        """Messages holding all words of `query`, newest first; see `query.parse`. Growing replies come later."""
        from pizzagpt_desktop.storage.search import search  # the window starts without it

        return self._database.read(lambda connection: search(connection, query, limit))

    # Life

    def interrupt_abandoned(self) -> int:
        """Replies still STREAMING whose writing process is gone become INTERRUPTED; how many.

        They end when they last grew. Replies that another living process writes are left alone.
        """
        writers = self._database.read(
            lambda connection: run(
                connection, "SELECT DISTINCT writer FROM messages WHERE status = 'streaming'"
            ).fetchall()
        )
        dead = [writer for (writer,) in writers if writer is None or not self._leases.alive(writer)]
        count = 0
        if dead:
            with self._database.transaction("FULL") as connection:
                for writer in dead:
                    count += _interrupt(connection, writer)
            self._growth.forget()
        self._leases.sweep()
        return count

    def close(self) -> None:
        """Close the file and give the lease back; replies still growing count as abandoned from now on."""
        self._database.close()
        self._leases.close()


_NEXT_ACTIVITY = "(SELECT coalesce(max(activity), 0) + 1 FROM conversations)"


def _gone(what: str) -> Fault:
    return Fault(FaultKind.STORAGE, f"The {what} is not in the chat file any more.")


def _conversation(connection: Connection, conversation_id: str) -> Conversation | None:
    row = run(
        connection,
        f"SELECT {CONVERSATION_COLUMNS} FROM conversations WHERE id = ?",
        conversation_id,
    ).fetchone()
    return None if row is None else conversation_from(row)


def _message(connection: Connection, message_id: str) -> Message | None:
    row = run(
        connection,
        f"SELECT {MESSAGE_COLUMNS} FROM messages WHERE id = ?",
        message_id,
    ).fetchone()
    return None if row is None else _complete(connection, row)


def _complete(connection: Connection, row: Sequence[object]) -> Message:
    message = message_from(row)
    return whole(connection, message) if message.status is Status.STREAMING else message


def _interrupt(connection: Connection, writer: str | None) -> int:
    rows = run(
        connection,
        f"SELECT {MESSAGE_COLUMNS} FROM messages WHERE status = 'streaming' AND writer IS ?",
        writer,
    ).fetchall()
    for row in rows:
        message = _complete(connection, row)
        run(
            connection,
            "UPDATE messages SET text = ?, reasoning = ?, status = ?, writer = NULL,"
            " ended_at = coalesce((SELECT max(saved_at) FROM growth WHERE message_seq = ?), saved_at, created_at)"
            " WHERE seq = ?",
            message.text, message.reasoning, Status.INTERRUPTED, message.seq, message.seq,
        )  # fmt: skip
        discard(connection, message.seq)
    return len(rows)
