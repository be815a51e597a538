"""The actor `chat`: the chat without its window, on a disk that is in trouble, used as somebody uses it who goes on.

Commands may refuse with a `Fault`; anything else that is raised is a crash. What was said without a refusal or an
announcement that nothing is being saved is acknowledged, in the words of diary.py, and besides:
refused COMMAND WORDS · failing · resumed · quit · fired · rounds NUMBER · shown ID DIGEST STATUS
"""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable
from pathlib import Path
from typing import Any

from pizzagpt_desktop.chat import answering
from pizzagpt_desktop.chat.events import Event, ReplyEnded, SavingFailed, SavingResumed
from pizzagpt_desktop.domain.conversation import Message
from pizzagpt_desktop.domain.faults import Fault
from pizzagpt_desktop.typing import Messages
from tests.helpers.sources import ScriptedSource
from tests.helpers.trust.diary import digest
from tests.helpers.trust.headless import Chat
from tests.helpers.trust.planted import plant
from tests.helpers.trust.small_disk import mount
from tests.helpers.trust.trouble import Call, Trouble

Say = Callable[..., None]
AFTERWARDS = 2
"""Rounds after the trouble."""
AMPLE = 64 * 1024 * 1024
TURNS = 4
"""Of the loop between two pieces of a reply: enough for it to be shown and stored."""


def chat(
    say: Say,
    file: str,
    plan: list[int] | None = None,
    room: int | None = None,
    rounds: int = 60,
    erasing: bool = False,
    planted: str = "",
    size: int = 60,
    gets_room: bool = False,
    disk: str = "",
) -> None:
    """plan: kinds, number, outcome, for ever. room: bytes left on the disk; gets_room: more is freed later.

    disk: the folder of a small disk that can be made larger; where there is none, `room` is the shim's doing.

    erasing: conversations are only made and erased, which empties and cuts the log.
    """
    answering.CHECKPOINT_S = answering.ANNOUNCE_S = 0.0
    plant(planted)
    trouble = Trouble(Path(file).parent)
    if plan:
        trouble.plan(Call(plan[0]), *plan[1:])
    if room is not None and not disk:
        trouble.room(room)

    def free() -> None:
        if disk:
            mount(lambda *_: None, disk, AMPLE)
        else:
            trouble.room(None)

    user = User(say, Path(file), size)
    try:
        asyncio.run(_use(user, trouble, rounds, erasing, room is not None, free if gets_room else None))
    finally:
        say("fired", trouble.fired)
        say("calls", *(trouble.count(kind) for kind in Call))


async def _use(
    user: "User", trouble: Trouble, rounds: int, erasing: bool, small: bool, free: Callable[[], None] | None
) -> None:
    after = 0
    # An exception in a callback of the loop is the crash dialog in the window.
    asyncio.get_running_loop().set_exception_handler(lambda _loop, context: user.crashed(context))
    for number in range(rounds):
        if user.chat is None and not user.open():
            after += 1
        elif erasing:
            user.erase_one(number)
        else:
            await user.round(number)
        full = small and (user.failing or user.refusals > 0)
        if full and free is not None:
            free()
        if trouble.fired or full:
            after += 1
        if after > AFTERWARDS:
            break
    user.say("rounds", number + 1)
    await user.end()


class User:
    """Someone who chats. A program that cannot be opened is started again, a message that was refused sent again."""

    def __init__(self, say: Say, file: Path, size: int) -> None:
        self.say = say
        self.chat: Chat | None = None
        self.failing = False
        self.refusals = 0
        self.size = size
        self.current = ""
        self._file = file
        self._waiting: dict[str, Message] = {}

    def crashed(self, context: dict[str, Any]) -> None:
        """What the loop reports."""
        self.say("crash", repr(context.get("exception") or context["message"]))

    def open(self) -> bool:
        """Start the program; False where it refused, with words."""
        try:
            self.chat = Chat(self._file, ScriptedSource(self._script).choose, self._hear)
            self.current = self.chat.newest
        except Fault as fault:
            self._refused("open", fault)
            return False
        return True

    async def _script(self, _messages: Messages) -> AsyncGenerator[Any, None]:
        for number in range(5):
            yield f"piece {number} " * self.size
            for _ in range(TURNS):
                await asyncio.sleep(0)

    async def _answered(self, chat: Chat, conversation: str) -> None:
        async with asyncio.timeout(20):
            while chat.service.is_answering(conversation):  # noqa: ASYNC110  (a fact of the service, no event of ours)
                await asyncio.sleep(0)
        if chat.crashes:
            raise chat.crashes[0]

    async def round(self, number: int) -> None:
        """A message and its reply, and something else, each time another thing; every fourth time a new start."""
        chat = self.chat
        assert chat is not None
        conversation = self.current or chat.library.create().id
        text = f"message {self._file.parent.name} {number} " + "words " * self.size
        self.say("sending", conversation, digest(text))
        reply = self._try("send", lambda: chat.service.send(conversation, text))
        if reply is None:  # the user tries once more
            reply = self._try("send", lambda: chat.service.send(conversation, text))
        if reply is not None:
            self.current = conversation
            if reply.parent_id is not None:
                self.say("conversation", conversation)
                self.say("message", reply.parent_id, conversation, digest(text))
            await self._answered(chat, conversation)
            self._others(number, conversation, reply)
            await self._answered(chat, conversation)
        if number % 4 == 3:
            await self.end(last=False)
            self.say(
                "quit"
            )  # the next start knows nothing of what failed; it says so itself where it still does

    def _others(self, number: int, conversation: str, reply: Message) -> None:
        chat = self.chat
        assert chat is not None
        if number % 6 == 0:
            title = f"title {number}"
            self._try("rename", lambda: chat.library.rename(conversation, title))
        elif number % 6 == 1:
            self._try("retry", lambda: chat.service.retry(reply.id))
        elif number % 6 == 2:
            draft = f"draft {number}"
            self.say("drafting", conversation)
            if self._try("draft", lambda: chat.library.save_draft(conversation, draft) or True):  # type: ignore[func-returns-value]
                self.say("draft", conversation, digest(draft))
        elif number % 6 == 3:
            self._try("activate", lambda: chat.service.activate(reply.id))
        elif number % 6 == 4 and reply.parent_id is not None:
            parent = reply.parent_id
            text = f"edited {self._file.parent.name} {number}"
            edited = self._try("edit", lambda: chat.service.edit(parent, text))
            if edited is not None and edited.parent_id is not None:
                self.say("message", edited.parent_id, conversation, digest(text))
        else:
            self.erase_one(number)
        self.say("drafting", conversation)  # the next message takes the draft away

    def erase_one(self, number: int) -> None:
        """Make a conversation with a draft and erase it for good."""
        chat = self.chat
        assert chat is not None
        made = chat.library.create().id
        if (
            self._try("draft", lambda: chat.library.save_draft(made, f"to be erased {number}") or True)
            is None
        ):  # type: ignore[func-returns-value]
            return
        self.say("conversation", made)
        self.say("purging", made)
        if self._try("delete", lambda: chat.library.delete(made) or True):  # type: ignore[func-returns-value]
            self.say("trash", made)
            if self._try("purge", lambda: chat.store.purge(9e12)) is not None:
                self.say("purged", made)
                self._try("erase", lambda: chat.store.is_erased(5.0))

    async def end(self, last: bool = True) -> None:
        """Quit; what is on the page then is said."""
        if last and self.chat is None:
            self.open()
        chat, self.chat = self.chat, None
        if chat is None:
            return
        await chat.service.close()
        if chat.crashes:
            raise chat.crashes[0]
        if last and not self.failing and self.current:
            for message in self._try("path", lambda: chat.library.path(self.current or "")) or ():
                self.say("shown", message.id, digest(message.text), message.status)
        with contextlib.suppress(Fault):
            chat.store.close()

    def _try(self, what: str, command: Callable[[], Any]) -> Any:
        try:
            return command()
        except Fault as fault:
            self._refused(what, fault)
            return None

    def _refused(self, what: str, fault: Fault) -> None:
        assert fault.detail, "a refusal without words"
        self.refusals += 1
        self.say("refused", what, fault.detail)

    def _hear(self, event: Event) -> None:
        if isinstance(event, SavingFailed):
            assert event.fault.detail
            self.failing = True
            self.say("failing", event.fault.detail)
        elif isinstance(event, SavingResumed):
            self.failing = False
            self.say("resumed")
            for message in self._waiting.values():
                self._ended(message)
            self._waiting.clear()
        elif isinstance(event, ReplyEnded):
            if self.failing:
                self._waiting[event.message.id] = event.message
            else:
                self._ended(event.message)

    def _ended(self, message: Message) -> None:
        self.say("message", message.id, message.conversation_id, digest(""))
        self.say("ended", message.id, digest(message.text), message.status)
