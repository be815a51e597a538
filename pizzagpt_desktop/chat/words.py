"""Words: puts what the user says into the store, and says where it stands; knows no source and asks nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from pizzagpt_desktop import chat
from pizzagpt_desktop.domain.conversation import Conversation, Message, Queued, Role, title_from
from pizzagpt_desktop.domain.faults import Fault
from pizzagpt_desktop.domain.text import storable

if TYPE_CHECKING:
    from pizzagpt_desktop.chat.announcer import Announcer
    from pizzagpt_desktop.chat.ports import SessionStore
    from pizzagpt_desktop.chat.saving import Saver


class Words:
    """Stores one's own messages, and the conversation of the first of them. Arguments as of `ChatService`."""

    def __init__(
        self,
        store: SessionStore,
        saver: Saver,
        announcer: Announcer,
        clock: Callable[[], float],
        new_id: Callable[[], str],
        unsaved: Mapping[str, Conversation],
    ) -> None:
        self._store = store
        self._saver = saver
        self._announcer = announcer
        self._clock = clock
        self._new_id = new_id
        self._unsaved = unsaved
        self._unannounced: set[str] = set()

    def conversation(self, conversation_id: str) -> Conversation:
        """The conversation; one that is not in the store yet is put there, unannounced until its first message is."""
        conversation = self._store.conversation(conversation_id)
        if conversation is None:
            now = self._clock()
            conversation = self._unsaved.get(conversation_id) or Conversation(
                id=conversation_id, created_at=now
            )
            conversation = replace(conversation, updated_at=now)
            self._store.add_conversation(conversation, synced=False)  # its first message follows and is
            self._unannounced.add(conversation_id)
        return conversation

    def add(
        self,
        conversation: Conversation,
        parent_id: str | None,
        text: str,
        *,
        identity: str = "",
        is_draft: bool = False,
    ) -> Message:
        """Store one's own words. identity: the id they have already, in the queue. is_draft: they were the draft."""
        message = self._store.add_message(
            Message(
                id=identity or self._new_id(),
                conversation_id=conversation.id,
                parent_id=parent_id,
                role=Role.USER,
                text=storable(text),
                created_at=self._clock(),
            )
        )
        self._touch(conversation, message, is_draft)
        self.announce_added(message, conversation.active_leaf_id)
        return message

    def _touch(self, before: Conversation, message: Message, is_draft: bool) -> None:
        """Title, draft and queue of a conversation that has a new message; a refusal of the disk costs only these."""
        now = self._store.conversation(before.id) or before
        wanted = replace(
            now,
            draft="" if is_draft else now.draft,
            files=() if is_draft else now.files,
            title=now.title or title_from(message.text),
            queue=_behind(now.queue, message.id),
        )
        if wanted != now:
            try:
                # Only a title may be forgotten in a power cut: a draft would be sent twice.
                self._store.update_conversation(wanted, synced=replace(now, title=wanted.title) != wanted)
            except Fault as fault:
                self._saver.refused(fault)
        is_new = before.id in self._unannounced
        self._unannounced.discard(before.id)
        self._announcer.announce(
            chat.events.ConversationAdded(wanted) if is_new else chat.events.ConversationChanged(wanted)
        )

    def announce_added(self, message: Message, leaf_before: str | None) -> None:
        """A message after the former last one is an addition; anywhere else it began a branch."""
        if message.parent_id == leaf_before:
            self._announcer.announce(chat.events.MessageAdded(message))
        else:
            self._announcer.announce(chat.events.PathChanged(message.conversation_id))


def _behind(queue: tuple[Queued, ...], sent_id: str) -> tuple[Queued, ...]:
    """What stands behind the message that was sent; what stands before it was sent too, and could not be taken out."""
    for index, queued in enumerate(queue):
        if queued.id == sent_id:
            return queue[index + 1 :]
    return queue
