"""ChatService: send, stop, retry, edit, branch; knows no widget, no disk and no wire, only `chat.ports`."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from pizzagpt_desktop import chat
from pizzagpt_desktop.chat.announcer import Announcer
from pizzagpt_desktop.chat.saving import Saver
from pizzagpt_desktop.chat.tasks import TaskScope
from pizzagpt_desktop.domain.conversation import (
    Conversation,
    Message,
    Role,
    Status,
    path_to,
    title_from,
    wire,
)
from pizzagpt_desktop.domain.faults import Fault
from pizzagpt_desktop.domain.text import storable
from pizzagpt_desktop.typing import Messages

if TYPE_CHECKING:
    from pizzagpt_desktop.chat.answering import Answering
    from pizzagpt_desktop.chat.ports import ReplySource, SessionStore, SourceChooser

PATIENCE_S = 1.5
"""How long `close` waits for sources that are slow to let go; everything is saved before."""
GO_ON = "Go on with your last message exactly where it stopped. Repeat nothing and explain nothing."
"""Said to the model, and never stored, to have a reply continued."""


def new_id() -> str:
    """A new name for a conversation or message."""
    return os.urandom(16).hex()


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
        self._answering: Answering | None = None
        self._unannounced: set[str] = set()

    @property
    def answering(self) -> frozenset[str]:
        """The conversations that are being answered."""
        return self._answering.conversations if self._answering is not None else frozenset()

    def is_answering(self, conversation_id: str) -> bool:
        return self._answering is not None and self._answering.is_answering(conversation_id)

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
        running = self._answers().expect(growing)
        self._announcer.announce(chat.events.PathChanged(conversation.id))
        self._answers().start(running, source, messages)
        return growing

    def stop(self, conversation_id: str) -> None:
        """End the running reply at once, keeping its text; nothing more is heard of it."""
        if self._answering is not None:
            self._answering.stop(conversation_id)

    def activate(self, message_id: str) -> None:
        """Show the branch through `message_id`."""
        message = self._message(message_id)
        self._store.activate(message.conversation_id, message_id)
        self._announcer.announce(chat.events.PathChanged(message.conversation_id))

    async def close(self) -> bool:
        """Stop everything, save everything, and wait for the tasks, at most `PATIENCE_S`; whether all ended."""
        for conversation_id in self.answering:
            self.stop(conversation_id)
        self._saver.save_rest()
        return await self._scope.close(patience_s=PATIENCE_S)

    # what is stored before anything is asked

    def _message(self, message_id: str) -> Message:
        message = self._store.message(message_id) or self._saver.refused_one(message_id)
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
        running = self._answers().expect(reply)
        self._announce_added(reply, conversation.active_leaf_id)
        self._answers().start(running, source, messages)
        return reply

    def _messages_to(self, conversation_id: str, leaf_id: str | None, source: ReplySource) -> Messages:
        messages = {m.id: self._saver.newest(m) for m in self._store.messages(conversation_id)}
        messages |= {m.id: m for m in self._saver.without_row(conversation_id)}
        return wire(path_to(messages, leaf_id), source.system_prompt)

    def _answers(self) -> Answering:
        """What writes replies, made with the first of them: the window starts without it."""
        if self._answering is None:
            from pizzagpt_desktop.chat.answering import Answering

            self._answering = Answering(
                self._saver, self._scope, self._announcer, self._clock, self._on_reply_ended
            )
        return self._answering

    def _on_reply_ended(self, message: Message) -> None:
        self._announcer.announce(chat.events.ReplyEnded(message))
