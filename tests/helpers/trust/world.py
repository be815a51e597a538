"""The real store, library and service beside a plain model of what they must hold; knows no order of events.

Every command of the model is one of the program; after each, `check` compares all that can be seen.
"""

import asyncio
import os
import resource
import shutil
import sqlite3
import tempfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from pizzagpt_desktop.chat.events import ReplyEnded, ReplyGrew, SavingFailed, SavingResumed
from pizzagpt_desktop.domain.conversation import DraftFile, Role
from pizzagpt_desktop.domain.faults import Fault
from tests.helpers.sources import Prompter, ScriptedSource
from tests.helpers.trust.headless import Chat
from tests.helpers.trust.model import Node, Room

MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK | os.X_OK) else None
"""Where there is one: syncs to a real disk would only be slow."""


class World:
    """A program with its file, and the model of what it must hold. full: whether the disk is."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory(dir=MEMORY)
        self.lives = 0
        self.runner = asyncio.Runner()
        self.rooms: dict[str, Room] = {}
        self.texts: dict[str, str] = {}
        self.prompters: dict[str, Prompter] = {}
        self.file = Path(self.folder.name) / "0" / "chats.db"
        self.full = False
        self.failing = False
        self.begin()
        self.rooms[self.chat.library.create().id] = Room()

    def begin(self) -> None:
        """Start the program."""
        self.undos: list[tuple[Callable[[], Any], Callable[[], None]]] = []
        self.heard: dict[str, str] = {}
        self.failing = False
        life = self.lives = self.lives + 1
        self.chat = Chat(
            self.file, self.choose, lambda event: self.hear(event) if life == self.lives else None
        )
        assert not self.chat.crashes

    def choose(self, conversation: Any) -> ScriptedSource:
        prompter = self.prompters[conversation.id] = Prompter()
        return ScriptedSource(prompter.script)

    def hear(self, event: Any) -> None:
        if isinstance(event, ReplyGrew):
            self.heard[event.message_id] = self.heard.get(event.message_id, "") + event.text
        elif isinstance(event, SavingFailed):
            self.failing = True
        elif isinstance(event, SavingResumed):
            self.failing = False
            for room in self.rooms.values():
                for node in room.nodes.values():
                    node.unsaved = False
                if room.files or room.stored:
                    room.kept_draft()
        elif isinstance(event, ReplyEnded):
            room = self.rooms[event.message.conversation_id]
            assert event.message.id == room.growing, "an end that was not expected"
            room.ended(event.message.status, saved=not self.failing)

    def run(self, command: Callable[[], Any], until: Callable[[], bool] = lambda: True) -> Any:
        """A command inside the loop, which turns until a fact holds; on a full disk none may write."""

        async def inside() -> Any:
            outcome = command()
            async with asyncio.timeout(10):
                while not until():  # noqa: ASYNC110  (the fact is the machine's, not an event's)
                    await asyncio.sleep(0)
            return outcome

        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        if self.full:
            resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))
        try:
            return self.runner.run(inside())
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    def refused(self, command: Callable[[], Any]) -> bool:
        """Whether a command that must write was refused; on a full disk it is, else never."""
        try:
            self.outcome = self.run(command)
        except Fault:
            assert self.full, "the disk has room"
            return True
        assert not self.full, "the disk was full, and nobody was told"
        return False

    def keep_files(self, id_: str, wanted: list[DraftFile]) -> None:
        """These go with a draft; where the disk is full that is not stored, and said, but they stay where they are."""
        room = self.rooms[id_]
        drafts = self.chat.library.drafts
        try:
            self.run(lambda: drafts.keep(id_, wanted, lambda file: self.texts[file.id]))
        except Fault:
            assert self.full, "the disk has room"
        else:
            assert not self.full or wanted == room.kept_files, "the disk was full, and nobody was told"
            room.kept_files, room.stored = wanted, room.stored or bool(wanted)
        room.files = wanted

    # choosing

    def growing(self) -> list[str]:
        """The conversations that are being answered."""
        return [id_ for id_, room in self.rooms.items() if room.growing]

    def has(self, role: Role | None = None) -> bool:
        """Whether any conversation out of the trash shows such a message."""
        return any(self.rooms[id_].visible(role) for id_ in self.open_rooms())

    def open_rooms(self) -> list[str]:
        return [id_ for id_, room in self.rooms.items() if not room.deleted]

    def some_room(
        self, data: st.DataObject, *, fit: Callable[[Room], bool] = lambda _room: True
    ) -> str | None:
        ids = [id_ for id_ in self.open_rooms() if fit(self.rooms[id_])]
        return data.draw(st.sampled_from(ids)) if ids else None

    def some_message(
        self, data: st.DataObject, role: Role | None, fit: Callable[[Node], bool] = lambda _node: True
    ) -> tuple[str, Room, str] | None:
        choices = [
            (id_, message)
            for id_ in self.open_rooms()
            for message in self.rooms[id_].visible(role)
            if fit(self.rooms[id_].nodes[message])
        ]
        if not choices:
            return None
        id_, message = data.draw(st.sampled_from(choices))
        return id_, self.rooms[id_], message

    # what the program does by itself

    def began(self, room: Room, reply: Any, parent: str | None) -> None:
        if room.growing:
            assert reply is None
        else:
            room.answered(reply.id, parent)
            self.heard[reply.id] = ""

    def go_on(self, id_: str) -> None:
        """A live queue sends its next one by itself, where it can be stored."""
        room = self.rooms[id_]
        if not room.live or room.growing:
            return
        if self.full or not room.queue:
            room.live = False
            return
        queued, text = room.queue.pop(0)
        self.sent_from_queue(id_, queued, text)

    def sent_from_queue(self, id_: str, queued: str, text: str) -> None:
        room = self.rooms[id_]
        room.said(queued, text, room.leaf)
        replies = [m for m in self.chat.store.messages(id_) if m.parent_id == queued]
        assert len(replies) == 1, "the queued message was not asked once"
        room.answered(replies[0].id, queued)
        self.heard.setdefault(replies[0].id, "")

    # the end of a life

    def kill(self) -> None:
        """The program ends; what the files are at this moment is all that is left."""
        here = self.file.parent
        self.file = here.with_name(str(self.lives)) / self.file.name
        self.file.parent.mkdir()
        # Who erases beside may fold the log into the file between two copies; while somebody reads, the log stays.
        with closing(sqlite3.connect(here / self.file.name, isolation_level=None)) as reader:
            reader.execute("BEGIN")
            reader.execute("SELECT count(*) FROM conversations").fetchone()
            for path in here.glob("chats.db*"):
                if not path.name.endswith("-shm"):
                    shutil.copyfile(path, self.file.parent / path.name)
        old, self.full = self.chat, False
        self.begin()
        self.runner.run(old.service.close())
        old.store.close()
        self.forget()

    def quit(self) -> None:
        """Quit, on a full disk too, and start again when there is room."""
        self.run_close()
        self.full = False
        self.begin()
        self.forget()

    def run_close(self) -> None:
        async def close() -> None:
            await self.chat.service.close()

        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        if self.full:
            resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))
        try:
            self.runner.run(close())
            self.chat.store.close()
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        assert not self.chat.crashes

    def forget(self) -> None:
        """After a new start: unsent conversations are gone, what was not saved is cut off, queues wait."""
        self.rooms = {id_: room for id_, room in self.rooms.items() if room.stored}
        for id_, room in self.rooms.items():
            room.died({m.id: (m.text, m.status) for m in self.chat.store.messages(id_)})
            gone = [
                i
                for i, n in room.nodes.items()
                if i not in room.removed and self.chat.store.message(i) is None
            ]
            for message in gone:
                assert room.nodes[message].role is Role.ASSISTANT, "the user's words are lost"
                raise AssertionError(f"the reply {message} is lost")

    # what must be there

    def check(self) -> None:
        """All that can be seen is as the model has it."""
        self.every_path_is_the_models()
        self.everything_else_is_stored()
        self.every_list_is_the_models()

    def every_path_is_the_models(self) -> None:
        for id_, room in self.rooms.items():
            shown = (
                [(m.id, m.role, m.text, m.status) for m in self.chat.library.path(id_)] if room.stored else []
            )
            assert shown == [
                (i, room.nodes[i].role, room.nodes[i].text, room.nodes[i].status) for i in room.path()
            ]

    def everything_else_is_stored(self) -> None:
        for id_, room in self.rooms.items():
            if not room.stored:
                continue
            stored = {message.id: message for message in self.chat.store.messages(id_)}
            assert list(stored) == room.visible()
            for message_id, message in stored.items():
                node = room.nodes[message_id]
                if not node.unsaved and message_id != room.growing:
                    assert (message.text, message.status, message.kept) == (node.text, node.status, node.kept)
            assert [(q.id, q.text) for q in self.chat.service.queued(id_)] == room.queue
            conversation = self.chat.library.conversation(id_)
            assert conversation.draft == room.draft
            assert list(conversation.files) == room.kept_files
            assert list(self.chat.library.files_of(conversation)) == room.files
            for file in room.kept_files:
                assert self.chat.store.files.text(file.id) == self.texts[file.id]
            assert self.chat.service.is_answering(id_) is (room.growing is not None)

    def every_list_is_the_models(self) -> None:
        library = self.chat.library
        rooms = [(id_, room) for id_, room in self.rooms.items() if room.stored]
        assert {c.id for c in library.conversations()} == {
            id_ for id_, room in rooms if not room.deleted and not room.archived
        }
        assert {c.id for c in library.archived()} == {
            id_ for id_, room in rooms if room.archived and not room.deleted
        }
        assert {c.id for c in library.trash()} == {id_ for id_, room in rooms if room.deleted}
        assert not self.chat.crashes
