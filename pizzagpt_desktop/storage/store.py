"""Conversations and messages on disk, in one SQLite file; knows nothing of replies being made or shown."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from sqlite3 import Connection
from typing import TYPE_CHECKING, Literal

from pizzagpt_desktop.domain.conversation import Conversation, Folder, Message, SearchHit, Siblings
from pizzagpt_desktop.storage import shelf, tree
from pizzagpt_desktop.storage.connection import Database
from pizzagpt_desktop.storage.growth import Growth, interrupt, writers, writing
from pizzagpt_desktop.storage.leases import Leases
from pizzagpt_desktop.storage.places import Places
from pizzagpt_desktop.storage.rows import message_values, seconds

if TYPE_CHECKING:
    from pizzagpt_desktop.storage.draft_files import DraftFiles
    from pizzagpt_desktop.storage.erasing import Eraser
    from pizzagpt_desktop.storage.late_sync import LateSync
    from pizzagpt_desktop.storage.outlines import Outlines
    from pizzagpt_desktop.storage.temporary import MemoryDatabase

WINDOW_WAIT_S = 0.1
"""How long a call of the window may wait for another process's write: no longer than a few frames."""
PATIENT_WAIT_S = 5.0
"""The same for a program without a window."""


class SqliteSessionStore:
    """`chat.ports.SessionStore` in one SQLite file (WAL, full-text index).

    Lists are newest first by a count that goes up with every added conversation and message, not by the clock:
    a clock set back changes no order, and `updated_at` never goes back either. Whoever brings many conversations
    in from elsewhere adds the oldest first. The end of a reply changes no place in the list.

    Temporary conversations are in a second database, in memory, made with the first of them.

    Locks and copies are beside the file: `locks/`, `<name>.before-schema-<n>`. Text is stored as
    `domain.text.storable` makes it. Synchronous, for one thread; two processes may use the same file. After a
    failure the next call starts afresh.
    """

    def __init__(
        self,
        path: Path,
        clock: Callable[[], float] = time.time,
        *,
        wait_s: float = WINDOW_WAIT_S,
        database: Database | None = None,
    ) -> None:
        """Open or create the store. clock: seconds since the epoch. Raises `SchemaTooNew`, `StoreDamaged`, `Fault`."""
        self.file, self._clock = path, clock
        self.database = self._database = database or Database(path, wait_s)
        self._leases = Leases(path.parent / "locks")
        self._growth = Growth()
        self._late_sync: LateSync | None = None
        self._places = Places(self._database)
        self._eraser: Eraser | None = None
        self.making: set[str] = set()
        self._seen: tuple[Connection, int] | None = None
        self.changed_elsewhere()

    # Conversations

    def conversations(self, limit: int | None = None, after: str | None = None) -> Sequence[Conversation]:
        """Those neither in trash nor archive: pinned, then temporary, then the newest; or those on disk `after` one."""
        if after is not None:
            return self._database.read(lambda connection: shelf.listed_after(connection, after, limit))
        found = self._listed(shelf.LISTED, limit)
        if self._places.memory is not None:
            found.sort(key=lambda conversation: not conversation.pinned)
        return found[:limit]

    def archived(self) -> Sequence[Conversation]:
        """Those in the archive, the newest first; none from the trash."""
        return self._listed(shelf.IN_ARCHIVE)

    def trash(self) -> Sequence[Conversation]:
        """Those in the trash, the last deleted first."""
        return self._listed(shelf.IN_TRASH)

    def conversation(self, conversation_id: str) -> Conversation | None:
        """Also one in the trash or in the archive."""
        database = self._places.of(conversation_id)
        found = database.read(lambda connection: shelf.conversation(connection, conversation_id))
        return found if found is None or database is self._database else replace(found, temporary=True)

    def add_conversation(self, conversation: Conversation, synced: bool = True) -> None:
        """Store a new conversation; it is the newest. Synced to disk when this returns, or temporary."""
        with self._places.for_new(conversation.temporary).transaction("FULL" if synced else "NORMAL") as db:
            shelf.insert(db, conversation)
        self.making.difference_update(file.id for file in conversation.files)

    def update_conversation(self, conversation: Conversation, synced: bool = True) -> None:
        """Replace all facts of a stored conversation, but `temporary` and an `updated_at` older than the stored one."""
        self.update_conversations([conversation], synced)

    def update_conversations(self, conversations: Sequence[Conversation], synced: bool = True) -> None:
        """`update_conversation` for several at once: all, or none."""
        forgot = False
        for database in self._places.all():
            if some := [c for c in conversations if self._places.of(c.id) is database]:
                with database.transaction("FULL" if synced else "NORMAL") as connection:
                    for conversation in some:
                        forgot |= shelf.update(connection, conversation)
        self.making.difference_update(
            file.id for conversation in conversations for file in conversation.files
        )
        if forgot:
            self.files.forget(())

    def copy_conversation(self, source_id: str, copy: Conversation, leaf_id: str | None) -> None:
        """See `SessionStore`; removed branches stay behind."""
        for _ in self.copying(source_id, copy, leaf_id):
            pass

    def copying(self, source_id: str, copy: Conversation, leaf_id: str | None) -> Iterator[None]:
        """`copy_conversation` in steps; nothing of it is to be seen before the last."""
        from pizzagpt_desktop.storage.copying import steps  # the window starts without it

        source, target = self._places.of(source_id), self._places.for_new(copy.temporary)
        now, making = self._clock(), self.making
        return steps(source, target, source_id, copy, leaf_id, now, making, lambda: self._erase(lambda _: 0))

    @cached_property
    def outlines(self) -> Outlines:
        """What a view of a long conversation reads."""
        from pizzagpt_desktop.storage.outlines import Outlines  # the window starts without it

        return Outlines(self._places)

    @cached_property
    def files(self) -> DraftFiles:
        """The texts of the files that go with drafts."""
        from pizzagpt_desktop.storage.draft_files import DraftFiles  # the window starts without it

        return DraftFiles(self._places, self.making, lambda: self._erase(lambda _: 0))

    # Folders

    def folders(self) -> Sequence[Folder]:
        """By position."""
        return self._database.read(shelf.folders)

    def put_folder(self, folder: Folder) -> None:
        """Add a folder, or replace the one with its id."""
        self.put_folders([folder])

    def put_folders(self, folders: Sequence[Folder]) -> None:
        """`put_folder` for several at once: all, or none."""
        with self._database.transaction("FULL") as connection:
            for folder in folders:
                shelf.put_folder(connection, folder)

    def remove_folder(self, folder_id: str) -> None:
        """Its conversations stand outside any folder then."""
        for database in self._places.all():
            with database.transaction("FULL") as connection:
                shelf.remove_folder(connection, folder_id)

    # What others wrote

    def changed_elsewhere(self) -> bool:
        """Whether another process may have written since this was asked last; costs microseconds."""

        def version(connection: Connection) -> tuple[Connection, int]:
            return connection, int(connection.execute("PRAGMA data_version").fetchone()[0])

        before, self._seen = self._seen, self._database.read(version)
        return before != self._seen

    def revision(self) -> int:
        """Goes up with everything written to disk by any process, checkpoints apart."""
        return self._database.read(shelf.revision)

    def changed_since(self, revision: int, limit: int | None = None) -> Sequence[Conversation]:
        """The first conversations on disk that changed after `revision`, in any state, in the order of the changes.

        Erased ones are not among them: whoever keeps a list compares `count`, and asks for `ids` where it differs.
        """
        return self._database.read(lambda connection: shelf.since(connection, revision, limit))

    def count(self) -> int:
        """How many conversations are on disk, in any state."""
        return self._database.read(shelf.count)

    def ids(self) -> frozenset[str]:
        """All conversations on disk, in any state."""
        return self._database.read(shelf.ids)

    # The end

    def purge(self, deleted_before: float) -> int:
        """Erase for good what is in the trash since before `deleted_before`; how many conversations.

        So are branches removed before then, and what an earlier `erase` or `purge` could not finish. Otherwise as
        `erase`. Replies that are being written are no reason to keep a conversation.
        """
        from pizzagpt_desktop.storage import erasing

        moment = seconds(deleted_before)
        return self._erase(lambda connection: erasing.mark_deleted(connection, moment))

    def erase(self, conversation_ids: Sequence[str]) -> int:
        """Erase conversations for good, now, in whatever state; how many.

        They are gone from all lists when this returns. Their bytes are overwritten, the index is packed, and the
        copies made by migrations are removed, because they hold the same text, in the moments after: `is_erased`.
        """
        from pizzagpt_desktop.storage import erasing

        return self._erase(lambda connection: erasing.mark(connection, conversation_ids))

    def is_erased(self, timeout_s: float | None = None) -> bool:
        """Whether nothing is left on disk of what was erased, after waiting for that for so long at most."""
        from pizzagpt_desktop.storage import erasing

        if self._eraser is not None and not self._eraser.wait(timeout_s):
            return False
        return not self._database.read(erasing.is_left)

    def _erase(self, mark: Callable[[Connection], int]) -> int:
        from pizzagpt_desktop.storage import erasing

        count = 0
        for database in self._places.all():
            with database.transaction("FULL") as connection:
                count += mark(connection)
                if database is not self._database:
                    while erasing.step(connection, self.making):
                        pass
        self._growth.forget()
        if self._database.read(lambda connection: erasing.is_left(connection, self.making)):
            if self._eraser is None:
                self._eraser = erasing.Eraser(self.file, self.making)
            self._eraser.start()
        return count

    # Messages

    def add_message(self, message: Message, synced: bool = True) -> Message:
        """Store a message, make it the active leaf, touch the conversation; synced to disk when this returns.

        Returns it as stored, with its `seq`. Raises `Fault(STORAGE)` where its conversation or parent is gone.
        """
        now = seconds(self._clock())
        database = self._places.of(message.conversation_id)
        values = message_values(message) | writing(message, lambda: self._writer(database), now)
        with database.transaction("FULL" if synced else "NORMAL") as connection:
            return tree.insert(connection, message, values, now)

    def checkpoint(self, message_id: str, text: str, reasoning: str) -> None:
        """The growing reply so far, whole; what is new is appended and committed, and synced a little later.

        The end of this process takes none of it away, a power cut the last seconds: see `late_sync`. A reply that
        had ended is STREAMING again by this, and this process is its writer.
        """
        database = self._places.of_message(message_id)
        writer = self._writer(database)
        try:
            with database.transaction("NORMAL") as connection:
                now = seconds(self._clock())
                if not self._growth.append(connection, message_id, text, reasoning, writer, now):
                    raise shelf.gone("message")
        except BaseException:
            self._growth.forget(message_id)
            raise
        if database is self._database:
            if self._late_sync is None:
                from pizzagpt_desktop.storage.late_sync import LateSync  # the window starts without it

                self._late_sync = LateSync(self.file)
            self._late_sync.note()

    def finish_message(self, message: Message) -> None:
        """Store the final form of a reply and put it into the index; synced when this returns.

        A message handed over as STREAMING is reopened instead: it grows on, this process is its writer, and it is
        not `kept` any more.
        """
        now = seconds(self._clock())
        database = self._places.of_message(message.id)
        values = message_values(message) | writing(message, lambda: self._writer(database), now)
        self._growth.forget(message.id)
        with database.transaction("FULL") as connection:
            tree.finish(connection, message, values, now)

    def keep(self, message_id: str) -> None:
        """The user is content with a reply that ended early."""
        with self._places.of_message(message_id).transaction("FULL") as connection:
            tree.keep(connection, message_id)

    def message(self, message_id: str) -> Message | None:
        """None also where it is in a removed branch."""
        return self._places.of_message(message_id).read(lambda db: tree.message(db, message_id))

    def path(self, conversation_id: str) -> Sequence[Message]:
        """From the root to the active leaf, oldest first."""
        return self._places.of(conversation_id).read(lambda db: tree.active_path(db, conversation_id))

    def path_up(self, message_id: str, limit: int) -> Sequence[Message]:
        """A message and those before it, at most `limit`, oldest first; none where it is gone."""
        return self._places.of_message(message_id).read(lambda db: tree.path(db, message_id, limit))

    def path_end(self, conversation_id: str, limit: int, before: str | None = None) -> Sequence[Message]:
        """The last `limit` messages of the path, oldest first; with `before`, the last ones before that message."""
        return self._places.of(conversation_id).read(
            lambda connection: tree.path_before(connection, conversation_id, limit, before)
        )

    def first_said(self, conversation_id: str) -> Message | None:
        """The user's first message on the path."""
        return self._places.of(conversation_id).read(lambda db: tree.first_said(db, conversation_id))

    def path_ids(self, conversation_id: str) -> Sequence[str]:
        """The ids of `path`."""
        return self._places.of(conversation_id).read(lambda db: tree.path_ids(db, conversation_id))

    def messages(self, conversation_id: str) -> Sequence[Message]:
        """All branches but removed ones, in order of creation."""
        return self._places.of(conversation_id).read(lambda db: tree.messages(db, conversation_id))

    def siblings(self, message_id: str) -> Siblings:
        """The answers to the same parent, or the roots of the same conversation; empty for an unknown message."""
        return self._places.of_message(message_id).read(lambda db: tree.siblings(db, message_id))

    def activate(self, conversation_id: str, message_id: str) -> None:
        """Make the branch through `message_id` the active one: the newest leaf below it becomes the active leaf."""
        with self._places.of(conversation_id).transaction("FULL") as connection:
            tree.activate(connection, conversation_id, message_id)

    def remove_branch(self, message_id: str, at: float) -> None:
        """Hide a message and everything below it, until `restore_branch` or a `purge` of what was removed before."""
        with self._places.of_message(message_id).transaction("FULL") as connection:
            tree.remove_branch(connection, message_id, seconds(at))

    def restore_branch(self, message_id: str) -> None:
        """Undo `remove_branch` of the same message; the leaf that was active then is active again."""
        with self._places.of_message(message_id).transaction("FULL") as connection:
            tree.restore_branch(connection, message_id)

    def search(
        self,
        query: str,
        limit: int = 100,
        *,
        order: Literal["newest", "best"] = "newest",
        conversation_id: str | None = None,
    ) -> Sequence[SearchHit]:
        """What is found (see `domain.query`), titles first; temporary conversations only where one is named.

        Growing replies are found after their end.
        """
        from pizzagpt_desktop.storage.search import search  # the window starts without it

        database = self._database if conversation_id is None else self._places.of(conversation_id)
        return search(database, query, limit, order, conversation_id)

    # Life

    def interrupt_abandoned(self) -> int:
        """Replies still STREAMING whose writing process is gone become INTERRUPTED; how many.

        They end when they last grew. Replies that another living process writes are left alone.
        """
        known = self._database.read(writers)
        dead = [writer for writer in known if writer is None or not self._leases.alive(writer)]
        count = 0
        if dead:
            with self._database.transaction("FULL") as connection:
                count = sum(interrupt(connection, writer) for writer in dead)
            self._growth.forget()
        self._leases.sweep()
        return count

    def close(self) -> None:
        """Close the file and give the lease back; replies still growing count as abandoned from now on."""
        for part in (self._late_sync, self._eraser, self._places):
            if part is not None:
                part.close()
        self._leases.close()

    # Helpers

    def _listed(self, which: str, limit: int | None = None) -> list[Conversation]:
        found = self._database.read(lambda connection: shelf.conversations(connection, which, limit))
        if self._places.memory is not None:
            more = self._places.memory.read(lambda connection: shelf.conversations(connection, which, limit))
            found[:0] = [replace(conversation, temporary=True) for conversation in more]
        return found

    def _writer(self, database: Database | MemoryDatabase) -> str:
        """The name that this process writes under; nobody else asks after what is in memory."""
        return self._leases.name() if database is self._database else ""
