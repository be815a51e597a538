"""Queues: messages written while a reply is being written, sent one after the other; knows no source and no widget.

A queue goes on by itself only while it is "live": from the first words queued behind a running reply until a reply
ends otherwise than complete. Everything else leaves it paused, also a new start of the program.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from pizzagpt_desktop import chat
from pizzagpt_desktop.domain.conversation import Conversation, Message, Queued, Status
from pizzagpt_desktop.domain.faults import Fault
from pizzagpt_desktop.domain.text import storable

if TYPE_CHECKING:
    from pizzagpt_desktop.chat.announcer import Announcer
    from pizzagpt_desktop.chat.ports import SessionStore
    from pizzagpt_desktop.chat.saving import Saver

Undo = Callable[[], None]


class Queues:
    """The queues of all conversations. Each change is stored before it is announced; a refusal changes nothing.

    say: sends one queued message at the end of its conversation, under the queued one's own id, and asks; the reply.
    A message that was sent and could not be taken out of the stored queue is recognised by that id.
    """

    def __init__(
        self,
        store: SessionStore,
        saver: Saver,
        announcer: Announcer,
        new_id: Callable[[], str],
        is_answering: Callable[[str], bool],
        say: Callable[[Conversation, Queued], Message],
    ) -> None:
        self._store = store
        self._saver = saver
        self._announcer = announcer
        self._new_id = new_id
        self._is_answering = is_answering
        self._say = say
        self._live: set[str] = set()
        self._held: dict[str, str] = {}

    def waiting(self, conversation: Conversation) -> tuple[Queued, ...]:
        """What was not sent yet, the next first."""
        return tuple(queued for queued in conversation.queue if self._store.message(queued.id) is None)

    def is_paused(self, conversation_id: str) -> bool:
        """Whether nothing is sent from this queue until the user says so."""
        return conversation_id not in self._live

    def add(self, conversation: Conversation, text: str) -> Queued:
        """Put `text` at the end of the queue; it was the draft, and is no longer."""
        queued = Queued(self._new_id(), storable(text))
        before = self.waiting(conversation)
        begins = not before and self._is_answering(conversation.id)
        if begins:
            self._live.add(conversation.id)
        try:
            self._put(replace(conversation, draft="", files=()), (*before, queued))
        except Fault:
            if begins:
                self._live.discard(conversation.id)
            raise
        return queued

    def edit(self, conversation: Conversation, queued_id: str, text: str) -> None:
        """Other words at the same place."""
        words = storable(text)
        queue = self.waiting(conversation)
        self._index(queue, queued_id)
        self._put(conversation, [Queued(q.id, words) if q.id == queued_id else q for q in queue])

    def move(self, conversation: Conversation, queued_id: str, to: int) -> None:
        """To place `to`, counted from 0 in the queue without it."""
        queue = list(self.waiting(conversation))
        queued = queue.pop(self._index(queue, queued_id))
        queue.insert(max(0, min(to, len(queue))), queued)
        self._put(conversation, queue)

    def drop(self, conversation: Conversation, queued_id: str) -> Undo:
        """Out of the queue, unsent; the call returned puts it back where it was."""
        queue = list(self.waiting(conversation))
        at = self._index(queue, queued_id)
        queued = queue.pop(at)
        self._put(conversation, queue)

        def undo() -> None:
            now = self._store.conversation(conversation.id)
            if now is None or self._store.message(queued.id) is not None:
                return
            there = [q for q in self.waiting(now) if q.id != queued.id]
            there.insert(min(at, len(there)), queued)
            self._put(now, there)

        return undo

    def hold(self, conversation_id: str, queued_id: str) -> None:
        """The user has this one in hand: it is not sent until `release`, nor is what stands behind it."""
        self._held[conversation_id] = queued_id

    def release(self, conversation_id: str, go_on: bool) -> None:
        """Let go of what was held. If its turn has come in the meantime it is sent now, or else the queue is paused."""
        if self._held.pop(conversation_id, None) is None or self._is_answering(conversation_id):
            return
        if go_on:
            self.go_on(conversation_id)
        else:
            self._live.discard(conversation_id)

    def send_next(self, conversation: Conversation) -> Message | None:
        """Let a paused queue go on: at once, or where a reply is being written, after it. The reply, if any."""
        self._live.add(conversation.id)
        if self._is_answering(conversation.id):
            self._announcer.announce(chat.events.ConversationChanged(conversation))
            return None
        try:
            return self._send_first(conversation)
        except Fault:
            self._live.discard(conversation.id)
            raise

    def note_end(self, message: Message) -> None:
        """A reply ended: its queue stays live only if it is complete and still what the user looks at."""
        if message.conversation_id not in self._live:
            return
        try:
            conversation = self._store.conversation(message.conversation_id)
        except Fault as fault:
            self._saver.refused(fault)
            conversation = None
        if (
            message.status is not Status.COMPLETE
            or conversation is None
            or conversation.deleted_at is not None
            or conversation.active_leaf_id != message.id
        ):
            self._live.discard(message.conversation_id)

    def go_on(self, conversation_id: str) -> None:
        """Send the next one of a live queue. Where the disk refuses, the queue is paused and nothing is lost."""
        if conversation_id not in self._live:
            return
        try:
            conversation = self._store.conversation(conversation_id)
            if conversation is not None and conversation.deleted_at is None:
                self._send_first(conversation)
        except Fault as fault:
            self._live.discard(conversation_id)
            self._saver.refused(fault)
            if conversation is not None:
                self._announcer.announce(chat.events.ConversationChanged(conversation))

    def _send_first(self, conversation: Conversation) -> Message | None:
        queue = self.waiting(conversation)
        if not queue:
            self._live.discard(conversation.id)
            return None
        if self._held.get(conversation.id) == queue[0].id:
            return None
        return self._say(conversation, queue[0])

    def _put(self, conversation: Conversation, queue: Sequence[Queued]) -> None:
        changed = replace(conversation, queue=tuple(queue))
        if changed != conversation:
            self._store.update_conversation(changed)
        self._announcer.announce(chat.events.ConversationChanged(changed))

    def _index(self, queue: Sequence[Queued], queued_id: str) -> int:
        for index, queued in enumerate(queue):
            if queued.id == queued_id:
                return index
        raise KeyError(queued_id)
