"""ChatService: send, stop, retry, edit, branch, queue; knows no widget, no disk and no wire, only `chat.ports`.

The one face of these commands; queues, branches, titles and the replies being written have modules of their own,
each loaded when it is first needed.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pizzagpt_desktop import chat
from pizzagpt_desktop.chat.announcer import Announcer
from pizzagpt_desktop.chat.saving import Saver
from pizzagpt_desktop.chat.tasks import TaskScope
from pizzagpt_desktop.domain.conversation import (
    Conversation,
    Message,
    Queued,
    Role,
    Status,
    wire,
)
from pizzagpt_desktop.domain.faults import Fault

if TYPE_CHECKING:
    from pizzagpt_desktop.chat.answering import Answering, Reading, Running
    from pizzagpt_desktop.chat.branches import Branches
    from pizzagpt_desktop.chat.fitting import Fitting
    from pizzagpt_desktop.chat.ports import ReplySource, SessionStore, SourceChooser
    from pizzagpt_desktop.chat.queue import Queues
    from pizzagpt_desktop.chat.titles import Titles
    from pizzagpt_desktop.chat.words import Words

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
    new conversation. clock: seconds since the epoch. wants_titles: whether the model is asked for titles at this
    moment. priced: gives an ended reply its cost, see `chat.spending`. when_full: what becomes of a conversation
    that is too long for its model. The commands that ask need a running loop. Unknown ids raise KeyError.
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
        wants_titles: Callable[[], bool] = lambda: False,
        priced: Callable[[Message, int], Message] | None = None,
        when_full: Callable[[], str] = lambda: "leave_out",
    ) -> None:
        self._store = store
        self._choose = choose
        self._scope = scope
        self._announcer = announcer
        self._clock = clock
        self._new_id = new_id
        self._unsaved = unsaved if unsaved is not None else {}
        self._saver = Saver(store, announcer)
        self._wants_titles = wants_titles
        self._priced = priced
        self._when_full = when_full
        self._fitting: Fitting | None = None
        self._answering: Answering | None = None
        self._queues: Queues | None = None
        self._titles: Titles | None = None
        self._own_words: Words | None = None

    @property
    def answering(self) -> frozenset[str]:
        """The conversations that are being answered."""
        return self._answering.conversations if self._answering is not None else frozenset()

    def is_answering(self, conversation_id: str) -> bool:
        return self._answering is not None and self._answering.is_answering(conversation_id)

    def send(self, conversation_id: str, text: str, *, is_draft: bool = True) -> Message | None:
        """Say `text` and have it answered; the reply's message, still growing.

        is_draft: it stood in the composer, and is the draft no longer. None, and nothing done, where the text is blank or the conversation is being answered. Raises
        `Fault(STORAGE)`, and nothing is asked, when the user's words cannot be stored.
        """
        if not text.strip() or self.is_answering(conversation_id):
            return None
        self._saver.save_rest()
        conversation = self._words().conversation(conversation_id)
        user = self._words().add(conversation, conversation.active_leaf_id, text, is_draft=is_draft)
        return self._ask(conversation.id, user.id)

    def edit(self, message_id: str, text: str) -> Message | None:
        """Say something else in place of one's message, on a new branch; returns and raises as `send`."""
        old = self._message(message_id)
        if old.role is not Role.USER:
            raise ValueError("only one's own messages can be edited")
        if not text.strip() or self.is_answering(old.conversation_id):
            return None
        self._saver.save_rest()
        user = self._words().add(self._words().conversation(old.conversation_id), old.parent_id, text)
        return self._ask(old.conversation_id, user.id)

    def retry(self, message_id: str, when_full: str = "") -> Message | None:
        """Have a reply written anew, beside the old one, or a message without reply answered.

        when_full: what becomes this once of what does not fit, "" for the conversation's or the user's usual choice. None, and nothing done, while the conversation is being answered.
        """
        message = self._message(message_id)
        if self.is_answering(message.conversation_id):
            return None
        self._saver.save_rest()
        parent_id = message.parent_id if message.role is Role.ASSISTANT else message.id
        return self._ask(message.conversation_id, parent_id, when_full)

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
        conversation = self._words().conversation(message.conversation_id)
        try:
            source = self._choose(conversation)
        except Fault as fault:
            failed = replace(message, fault=chat.reply.note_of(fault))
            self._saver.finish(failed)
            self._announcer.announce(chat.events.ReplyEnded(failed))
            return failed
        more = [*wire([message]), {"role": Role.USER.value, "content": GO_ON}]
        growing = replace(message, status=Status.STREAMING, ended_at=None, fault=None, kept=False)
        self._saver.reopen(growing)
        running = self._begin(growing)
        self._announcer.announce(chat.events.PathChanged(conversation.id))
        self._answers().start(
            running, source, self._said_to(message.parent_id, source, more, conversation.when_full)
        )
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

    def keep(self, message_id: str) -> None:
        """Be content with a reply that ended early: nothing is offered for it any more."""
        self._branches().keep(self._message(message_id))

    def remove_branch(self, message_id: str) -> Callable[[], None]:
        """Take away a message and all below it; the call returned undoes exactly that. A reply in it is stopped."""
        message = self._message(message_id)
        self._saver.save_rest()
        return self._branches().remove(message, self._clock(), lambda: self._stop_removed(message))

    def _stop_removed(self, top: Message) -> None:
        """Stop the reply that stands below `top`: the store does not find what it answers any more."""
        running = self._answering.growing(top.conversation_id) if self._answering is not None else None
        if running is None:
            return
        answered = running.parent_id
        if running.id == top.id or (answered is not None and self._store.message(answered) is None):
            self.stop(top.conversation_id)

    def branch_off(self, message_id: str) -> Conversation | None:
        """A new conversation with the path to `message_id`; None where that takes a while, see `Branches.copy`."""
        message = self._message(message_id)
        if self._answering is not None:
            self._answering.save(message.conversation_id)
        return self._branches().copy(message, self._new_id(), self._clock())

    def versions(self, message_id: str) -> Sequence[Message]:
        """The message and its siblings, in order of creation."""
        found = self._branches().versions(self._message(message_id))
        return [self._saver.newest(message) for message in found]

    # what waits for its turn; see `Queues`

    def queued(self, conversation_id: str) -> tuple[Queued, ...]:
        """What waits to be sent, the next first."""
        conversation = self._known(conversation_id)
        return self._waiting().waiting(conversation) if conversation.queue else ()

    def is_queue_paused(self, conversation_id: str) -> bool:
        """Whether what waits there is sent only when the user says so."""
        return self._queues is None or self._queues.is_paused(conversation_id)

    def queue(self, conversation_id: str, text: str) -> Queued:
        """Have `text` said when the reply that is being written is complete. Raises `Fault(STORAGE)`."""
        return self._waiting().add(self._known(conversation_id), text)

    def edit_queued(self, conversation_id: str, queued_id: str, text: str) -> None:
        self._waiting().edit(self._known(conversation_id), queued_id, text)

    def move_queued(self, conversation_id: str, queued_id: str, to: int) -> None:
        """To place `to`, from 0."""
        self._waiting().move(self._known(conversation_id), queued_id, to)

    def drop_queued(self, conversation_id: str, queued_id: str) -> Callable[[], None]:
        """Take it out of the queue; the call returned undoes that."""
        return self._waiting().drop(self._known(conversation_id), queued_id)

    def hold_queued(self, conversation_id: str, queued_id: str) -> None:
        """Do not send it while the user changes it, until `release_queued`."""
        self._waiting().hold(conversation_id, queued_id)

    def release_queued(self, conversation_id: str, go_on: bool = True) -> None:
        """go_on: whether it may be sent at once if its turn has come; else the queue is paused then."""
        if self._queues is not None:
            self._queues.release(conversation_id, go_on)

    def send_queued_now(self, conversation_id: str) -> Message | None:
        """Let a paused queue go on: now, or after the reply that is being written; the reply, if one began now."""
        return self._waiting().send_next(self._known(conversation_id))

    def save(self) -> None:
        """Store what has come of all replies so far: the session may end at any moment."""
        for conversation_id in self.answering:
            self._answers().save(conversation_id)
        self._saver.save_rest()

    def save_rest(self) -> None:
        """Save what the disk refused before; to be called when it takes writes again."""
        self._saver.try_again()

    async def close(self) -> bool:
        """Stop everything, save everything, and wait for the tasks, at most `PATIENCE_S`; whether all ended."""
        if self._titles is not None:
            self._titles.close()
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

    def _known(self, conversation_id: str) -> Conversation:
        conversation = self._store.conversation(conversation_id)
        if conversation is None:
            raise KeyError(conversation_id)
        return conversation

    # asking

    def _say_queued(self, conversation: Conversation, queued: Queued) -> Message:
        self._saver.save_rest()
        parent_id = conversation.active_leaf_id
        user = self._words().add(conversation, parent_id, queued.text, identity=queued.id)
        return self._ask(conversation.id, user.id)

    def _ask(self, conversation_id: str, parent_id: str | None, when_full: str = "") -> Message:
        conversation = self._words().conversation(conversation_id)
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
        except Fault as fault:
            reply = replace(
                reply, status=Status.FAILED, fault=chat.reply.note_of(fault), ended_at=self._clock()
            )
            reply = self._saver.add(reply)
            self._words().announce_added(reply, conversation.active_leaf_id)
            self._on_reply_ended(reply)
            return reply
        reply = replace(reply, provider=source.provider, model=source.model, route=source.route)
        reply = self._saver.add(reply)
        running = self._begin(reply)
        self._words().announce_added(reply, conversation.active_leaf_id)
        choice = when_full or conversation.when_full
        self._answers().start(running, source, self._said_to(parent_id, source, when_full=choice))
        return reply

    def _said_to(
        self,
        leaf_id: str | None,
        source: ReplySource,
        more: Sequence[dict[str, Any]] = (),
        when_full: str = "",
    ) -> Reading:
        from pizzagpt_desktop.chat.fitting import Fitting
        from pizzagpt_desktop.domain.preferences import WhenFull

        if self._fitting is None:
            self._fitting = Fitting(self._store, self._saver, lambda: WhenFull(self._when_full()))
        fitting, choice = self._fitting, WhenFull(when_full) if when_full else None
        return lambda: fitting.said_to(leaf_id, source, more, choice)

    def _begin(self, growing: Message) -> Running:
        if self._titles is not None:
            self._titles.give_way()
        return self._answers().expect(growing)

    def _on_reply_ended(self, message: Message) -> None:
        if self._queues is not None:
            self._queues.note_end(message)
        self._announcer.announce(chat.events.ReplyEnded(message))
        if self._queues is not None:
            self._queues.go_on(message.conversation_id)
        if self._titles is None and message.status is Status.COMPLETE and self._wants_titles():
            from pizzagpt_desktop.chat.titles import Titles

            self._titles = Titles(
                self._store, self._choose, self._scope, self._announcer, lambda: not self.answering
            )
        if self._titles is not None and self._wants_titles():
            self._titles.consider(message)

    # made when they are first needed: the window starts without them

    def _answers(self) -> Answering:
        if self._answering is None:
            from pizzagpt_desktop.chat.answering import Answering

            self._answering = Answering(
                self._saver, self._scope, self._announcer, self._clock, self._on_reply_ended, self._cost
            )
        return self._answering

    def _cost(self, reply: Message, before: int) -> Message:
        """The reply with what it cost; of a temporary conversation nothing is noted anywhere."""
        if self._priced is None:
            return reply
        try:
            conversation = self._store.conversation(reply.conversation_id)
        except Fault:
            return reply  # the disk has other troubles, which are told where it is asked to save
        if conversation is None or conversation.temporary:
            return reply
        return self._priced(reply, before)

    def _words(self) -> Words:
        if self._own_words is None:
            from pizzagpt_desktop.chat.words import Words

            self._own_words = Words(
                self._store, self._saver, self._announcer, self._clock, self._new_id, self._unsaved
            )
        return self._own_words

    def _waiting(self) -> Queues:
        if self._queues is None:
            from pizzagpt_desktop.chat.queue import Queues

            self._queues = Queues(
                self._store, self._saver, self._announcer, self._new_id, self.is_answering, self._say_queued
            )
        return self._queues

    def _branches(self) -> Branches:
        from pizzagpt_desktop.chat.branches import Branches

        return Branches(self._store, self._announcer, self._scope)
