"""ChatService: send, stop, retry, edit, branch; knows no widget, no disk and no wire, only `chat.ports`."""

from __future__ import annotations

import asyncio
import logging
import os
import time
from collections.abc import Callable, Mapping
from contextlib import aclosing
from dataclasses import replace
from typing import TYPE_CHECKING

from pizzagpt_desktop import chat
from pizzagpt_desktop.chat.announcer import Announcer
from pizzagpt_desktop.chat.saving import Saver
from pizzagpt_desktop.chat.tasks import TaskScope
from pizzagpt_desktop.domain.conversation import (
    Conversation,
    FaultNote,
    Message,
    Role,
    Status,
    path_to,
    title_from,
    wire,
)
from pizzagpt_desktop.domain.faults import Fault, FaultKind
from pizzagpt_desktop.domain.text import storable
from pizzagpt_desktop.typing import Messages

if TYPE_CHECKING:
    from pizzagpt_desktop.chat.ports import ReplySource, SessionStore, SourceChooser
    from pizzagpt_desktop.chat.reply import Growth

ANNOUNCE_S = 0.016
"""Pieces that arrive within this time are announced as one."""
CHECKPOINT_S = 0.25
"""A growing reply is stored at most this often."""
TURN_S = 0.008
"""How long a source may yield without a pause before the loop gets its turn."""
LONGEST_WAIT_S = 60.0
"""A service that asks to wait longer than this is not asked again by itself."""
FIRST_WAIT_S = 1.0
"""How long to wait before asking again where the service did not say; doubled each time."""
PATIENCE_S = 1.5
"""How long `close` waits for sources that are slow to let go; everything is saved before."""
GO_ON = "Go on with your last message exactly where it stopped. Repeat nothing and explain nothing."
"""Said to the model, and never stored, to have a reply continued."""

log = logging.getLogger(__name__)


def new_id() -> str:
    """A new name for a conversation or message."""
    return os.urandom(16).hex()


class _Running:
    """One reply that is being written: its growth and the timers that announce and store it."""

    def __init__(self, growth: Growth) -> None:
        self.growth = growth
        self.ended = False
        self.task: asyncio.Task[None] | None = None
        self.announcing: asyncio.TimerHandle | None = None
        self.storing: asyncio.TimerHandle | None = None
        self.announced_at = 0.0

    def quiet(self) -> None:
        """No timer of this reply fires any more."""
        for handle in (self.announcing, self.storing):
            if handle is not None:
                handle.cancel()
        self.announcing = self.storing = None


class ChatService:
    """What a user does with conversations that answer. All commands are synchronous and return at once.

    choose: gives the source that answers a conversation. unsaved: conversations that exist for the user but not yet
    in the store (`Library.unsaved`); they are stored with their first message. An id that neither knows becomes a
    new conversation. clock: seconds since the epoch. The commands that ask need a running loop.
    """

    def __init__(
        self,
        store: SessionStore,
        choose: SourceChooser,
        scope: TaskScope,
        announcer: Announcer,
        clock: Callable[[], float] = time.time,
        new_id: Callable[[], str] = new_id,
        unsaved: Mapping[str, Conversation] | None = None,
    ) -> None:
        self._store = store
        self._choose = choose
        self._scope = scope
        self._announcer = announcer
        self._clock = clock
        self._new_id = new_id
        self._unsaved = unsaved if unsaved is not None else {}
        self._saver = Saver(store, announcer)
        self._running: dict[str, _Running] = {}
        self._unannounced: set[str] = set()

    @property
    def answering(self) -> frozenset[str]:
        """The conversations that are being answered."""
        return frozenset(self._running)

    def is_answering(self, conversation_id: str) -> bool:
        return conversation_id in self._running

    def send(self, conversation_id: str, text: str) -> Message | None:
        """Say `text` and have it answered; the reply's message, still growing.

        None, and nothing done, where the text is blank or the conversation is being answered. Raises
        `Fault(STORAGE)`, and nothing is asked, when the user's words cannot be stored.
        """
        if not text.strip() or self.is_answering(conversation_id):
            return None
        self._saver.save_rest()
        conversation = self._stored(conversation_id)
        user = self._add_user(conversation, conversation.active_leaf_id, text)
        return self._ask(conversation.id, user.id)

    def edit(self, message_id: str, text: str) -> Message | None:
        """Say something else in place of one's message, on a new branch; returns and raises as `send`."""
        old = self._message(message_id)
        if old.role is not Role.USER:
            raise ValueError("only one's own messages can be edited")
        if not text.strip() or self.is_answering(old.conversation_id):
            return None
        self._saver.save_rest()
        user = self._add_user(self._stored(old.conversation_id), old.parent_id, text)
        return self._ask(old.conversation_id, user.id)

    def retry(self, message_id: str) -> Message | None:
        """Have a reply written anew, beside the old one, or a message without reply answered.

        None, and nothing done, while the conversation is being answered.
        """
        message = self._message(message_id)
        if self.is_answering(message.conversation_id):
            return None
        self._saver.save_rest()
        parent_id = message.parent_id if message.role is Role.ASSISTANT else message.id
        return self._ask(message.conversation_id, parent_id)

    def continue_reply(self, message_id: str) -> Message | None:
        """Have the model go on with a reply that ended early; what comes is appended to the same message.

        None, and nothing done, while the conversation is being answered. A reply without text is retried.
        """
        message = self._message(message_id)
        if message.role is not Role.ASSISTANT or self.is_answering(message.conversation_id):
            return None
        if not message.text.strip():
            return self.retry(message_id)
        self._saver.save_rest()
        conversation = self._stored(message.conversation_id)
        try:
            source = self._choose(conversation)
            messages = self._messages_to(conversation.id, message.id, source)
        except Fault as fault:
            failed = replace(message, fault=chat.reply.note_of(fault))
            self._saver.finish(failed)
            self._announcer.announce(chat.events.ReplyEnded(failed))
            return failed
        messages.append({"role": Role.USER.value, "content": GO_ON})
        growing = replace(message, status=Status.STREAMING, ended_at=None, fault=None)
        self._saver.reopen(growing)
        running = self._running[conversation.id] = _Running(chat.reply.Growth(growing))
        self._announcer.announce(chat.events.PathChanged(conversation.id))
        self._start(running, source, messages)
        return growing

    def stop(self, conversation_id: str) -> None:
        """End the running reply at once, keeping its text; nothing more is heard of it."""
        running = self._running.get(conversation_id)
        if running is None:
            return
        self._end(running, Status.STOPPED)
        if running.task is not None:
            running.task.cancel()

    def activate(self, message_id: str) -> None:
        """Show the branch through `message_id`."""
        message = self._message(message_id)
        self._store.activate(message.conversation_id, message_id)
        self._announcer.announce(chat.events.PathChanged(message.conversation_id))

    async def close(self) -> bool:
        """Stop everything, save everything, and wait for the tasks, at most `PATIENCE_S`; whether all ended."""
        for conversation_id in tuple(self._running):
            self.stop(conversation_id)
        self._saver.save_rest()
        return await self._scope.close(patience_s=PATIENCE_S)

    # what is stored before anything is asked

    def _message(self, message_id: str) -> Message:
        message = self._store.message(message_id)
        if message is None:
            raise KeyError(message_id)
        return self._saver.newest(message)

    def _stored(self, conversation_id: str) -> Conversation:
        """The conversation; one that is not in the store yet is put there, unannounced until its first message is."""
        conversation = self._store.conversation(conversation_id)
        if conversation is None:
            now = self._clock()
            conversation = self._unsaved.get(conversation_id) or Conversation(
                id=conversation_id, created_at=now
            )
            conversation = replace(conversation, updated_at=now)
            self._store.add_conversation(conversation)
            self._unannounced.add(conversation_id)
        return conversation

    def _add_user(self, conversation: Conversation, parent_id: str | None, text: str) -> Message:
        message = self._store.add_message(
            Message(
                id=self._new_id(),
                conversation_id=conversation.id,
                parent_id=parent_id,
                role=Role.USER,
                text=storable(text),
                created_at=self._clock(),
            )
        )
        self._touch(conversation, message.text)
        self._announce_added(message, conversation.active_leaf_id)
        return message

    def _touch(self, before: Conversation, text: str) -> None:
        """Title, draft and place of a conversation that has a new message; a refusal of the disk costs only these."""
        now = self._store.conversation(before.id) or before
        wanted = replace(now, draft="", title=now.title or title_from(text))
        if wanted != now:
            try:
                self._store.update_conversation(wanted)
            except Fault as fault:
                self._saver.refused(fault)
        is_new = before.id in self._unannounced
        self._unannounced.discard(before.id)
        self._announcer.announce(
            chat.events.ConversationAdded(wanted) if is_new else chat.events.ConversationChanged(wanted)
        )

    def _announce_added(self, message: Message, leaf_before: str | None) -> None:
        """A message after the former last one is an addition; anywhere else it began a branch."""
        if message.parent_id == leaf_before:
            self._announcer.announce(chat.events.MessageAdded(message))
        else:
            self._announcer.announce(chat.events.PathChanged(message.conversation_id))

    # asking

    def _ask(self, conversation_id: str, parent_id: str | None) -> Message:
        conversation = self._stored(conversation_id)
        reply = Message(
            id=self._new_id(),
            conversation_id=conversation_id,
            parent_id=parent_id,
            role=Role.ASSISTANT,
            text="",
            status=Status.STREAMING,
            created_at=self._clock(),
        )
        try:
            source = self._choose(conversation)
            messages = self._messages_to(conversation_id, parent_id, source)
        except Fault as fault:
            reply = replace(
                reply, status=Status.FAILED, fault=chat.reply.note_of(fault), ended_at=self._clock()
            )
            reply = self._saver.add(reply)
            self._announce_added(reply, conversation.active_leaf_id)
            self._announcer.announce(chat.events.ReplyEnded(reply))
            return reply
        reply = replace(reply, provider=source.provider, model=source.model, route=source.route)
        reply = self._saver.add(reply)
        running = self._running[conversation_id] = _Running(chat.reply.Growth(reply))
        self._announce_added(reply, conversation.active_leaf_id)
        self._start(running, source, messages)
        return reply

    def _messages_to(self, conversation_id: str, leaf_id: str | None, source: ReplySource) -> Messages:
        messages = {m.id: self._saver.newest(m) for m in self._store.messages(conversation_id)}
        return wire(path_to(messages, leaf_id), source.system_prompt)

    def _start(self, running: _Running, source: ReplySource, messages: Messages) -> None:
        if not running.ended:  # a listener may have stopped it as soon as it heard of it
            name = f"reply {running.growth.message_id}"
            running.task = self._scope.spawn(self._reply(running, source, messages), name)

    async def _reply(self, running: _Running, source: ReplySource, messages: Messages) -> None:
        retries, wait_s = source.retries, FIRST_WAIT_S
        try:
            while True:
                try:
                    await self._read(running, source, messages)
                except Fault as fault:
                    asked_s = fault.retry_after_s if fault.retry_after_s is not None else wait_s
                    if retries > 0 and _may_ask_again(fault, asked_s) and running.growth.is_empty:
                        retries -= 1
                        wait_s *= 2
                        self._announce_wait(running, asked_s)
                        await asyncio.sleep(asked_s)
                        continue
                    self._end(running, *running.growth.verdict_on(fault))
                else:
                    self._end(running, *running.growth.verdict())
                return
        except asyncio.CancelledError:
            self._end(running, Status.STOPPED)
            raise
        finally:
            # Only a mistake in the program leads here with a reply that goes on; the task scope reports it.
            self._end(
                running, Status.FAILED, FaultNote(FaultKind.UNEXPECTED_ANSWER, "The program made a mistake.")
            )

    async def _read(self, running: _Running, source: ReplySource, messages: Messages) -> None:
        from pizzagpt_desktop.domain.chunks import Resent

        loop = asyncio.get_running_loop()
        growth = running.growth
        turn_ends = loop.time() + TURN_S
        async with aclosing(source.stream(messages)) as chunks:
            async for chunk in chunks:
                if running.ended:
                    return
                if isinstance(chunk, Resent):
                    self._announce_wait(running, chunk.wait_s)
                    continue
                growth.take(chunk)
                now = loop.time()
                if running.announcing is None and growth.is_fresh:
                    delay_s = max(0.0, running.announced_at + ANNOUNCE_S - now)
                    running.announcing = loop.call_later(delay_s, self._announce_growth, running)
                if now >= turn_ends:
                    await asyncio.sleep(0)
                    turn_ends = loop.time() + TURN_S

    def _announce_wait(self, running: _Running, seconds: float) -> None:
        growth = running.growth
        self._announcer.announce(chat.events.ReplyWaiting(growth.conversation_id, growth.message_id, seconds))

    def _announce_growth(self, running: _Running) -> None:
        loop = asyncio.get_running_loop()
        running.announcing = None
        running.announced_at = loop.time()
        self._tell_growth(running)
        if running.storing is None and not running.ended:
            running.storing = loop.call_later(CHECKPOINT_S, self._checkpoint, running)

    def _tell_growth(self, running: _Running) -> None:
        growth = running.growth
        text, reasoning = growth.pop_fresh()
        if text or reasoning:
            self._announcer.announce(
                chat.events.ReplyGrew(growth.conversation_id, growth.message_id, text, reasoning)
            )

    def _checkpoint(self, running: _Running) -> None:
        running.storing = None
        self._saver.checkpoint(running.growth.message_id, *running.growth.written())

    def _end(self, running: _Running, status: Status, fault: FaultNote | None = None) -> None:
        """The one end of every reply: announce what is left, save, say how it ended. The second call does nothing."""
        if running.ended:
            return
        running.ended = True
        running.quiet()
        del self._running[running.growth.conversation_id]
        self._tell_growth(running)
        message = running.growth.grown(status, self._clock(), fault)
        self._saver.finish(message)
        self._announcer.announce(chat.events.ReplyEnded(message))


def _may_ask_again(fault: Fault, wait_s: float) -> bool:
    """Only where the service said that it did not take the request: anything else may have been answered, and paid."""
    return fault.kind is FaultKind.RATE_LIMIT and wait_s <= LONGEST_WAIT_S
