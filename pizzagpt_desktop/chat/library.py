"""Library: list, open, search, rename, pin, draft, trash and undo; knows no widget, no disk and no source.

A conversation made by `create` is remembered here and stored only when it has something to keep: its first
message (by `ChatService`) or a draft. An empty conversation never litters the list.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from pizzagpt_desktop import chat
from pizzagpt_desktop.chat.announcer import Announcer
from pizzagpt_desktop.chat.service import new_id
from pizzagpt_desktop.domain.conversation import (
    Conversation,
    Message,
    Role,
    SearchHit,
    Siblings,
    Status,
    title_from,
)
from pizzagpt_desktop.domain.faults import Fault

if TYPE_CHECKING:
    from pizzagpt_desktop.chat.ports import SessionStore


class _Grown:
    """What was announced of a growing reply, in parts."""

    def __init__(self, text: str, reasoning: str) -> None:
        self.text = [text]
        self.reasoning = [reasoning]


class Library:
    """The user's conversations. Commands are synchronous; each change is announced. Unknown ids raise KeyError.

    Every method raises `Fault(STORAGE)` when the disk refuses. Make it before anything else that listens to
    `announcer`: `path` then gives exactly the text that was announced, also of replies that still grow.
    """

    def __init__(
        self,
        store: SessionStore,
        announcer: Announcer,
        clock: Callable[[], float] = time.time,
        new_id: Callable[[], str] = new_id,
    ) -> None:
        self._store = store
        self._announcer = announcer
        self._clock = clock
        self._new_id = new_id
        self._unsaved: dict[str, Conversation] = {}
        self._growing: dict[str, _Grown] = {}
        self._ended: dict[str, Message] = {}
        self._saving_fails = False
        announcer.subscribe(self._on_event)

    @property
    def unsaved(self) -> Mapping[str, Conversation]:
        """Conversations made here that are not in the store yet."""
        return MappingProxyType(self._unsaved)

    def conversations(self, limit: int | None = None) -> Sequence[Conversation]:
        """Stored ones, pinned first, then newest first; none from the trash."""
        return self._store.conversations(limit)

    def conversation(self, conversation_id: str) -> Conversation:
        """One conversation, stored or not yet stored; also one in the trash."""
        conversation = self._store.conversation(conversation_id) or self._unsaved.get(conversation_id)
        if conversation is None:
            raise KeyError(conversation_id)
        return conversation

    def create(self, service: str = "", model: str = "") -> Conversation:
        """A new, empty conversation, neither stored nor announced until it has something to keep."""
        now = self._clock()
        made = Conversation(id=self._new_id(), created_at=now, updated_at=now, service=service, model=model)
        self._unsaved[made.id] = made
        return made

    def path(self, conversation_id: str) -> Sequence[Message]:
        """The messages from the root to the active leaf, oldest first, with all text announced so far."""
        return [self._with_growth(message) for message in self._store.path(conversation_id)]

    def siblings(self, message_id: str) -> Siblings:
        """Where a message stands among the answers to the same parent."""
        return self._store.siblings(message_id)

    def search(self, q: str, limit: int = 100) -> Sequence[SearchHit]:
        """Messages that hold all words of `q`, newest first; any text is a legal query."""
        return self._store.search(q, limit) if q.strip() else []

    def rename(self, conversation_id: str, title: str) -> None:
        """Give a title; an empty one brings the automatic title back."""
        title = " ".join(title.split())
        if title:
            self._change(conversation_id, title=title, title_is_custom=True)
        else:
            self._change(conversation_id, title=self._automatic_title(conversation_id), title_is_custom=False)

    def delete(self, conversation_id: str) -> None:
        """Move to the trash. A running reply goes on; whoever shows it decides to stop it."""
        if self._unsaved.pop(conversation_id, None) is not None:
            return
        conversation = self.conversation(conversation_id)
        if conversation.deleted_at is None:
            self._store.update_conversation(replace(conversation, deleted_at=self._clock()))
            self._announcer.announce(chat.events.ConversationRemoved(conversation_id))

    def undo_delete(self, conversation_id: str) -> None:
        """Bring a conversation back from the trash, as it was."""
        conversation = self.conversation(conversation_id)
        if conversation.deleted_at is not None:
            restored = replace(conversation, deleted_at=None)
            self._store.update_conversation(restored)
            self._announcer.announce(chat.events.ConversationAdded(restored))

    def save_draft(self, conversation_id: str, text: str) -> None:
        """Keep what stands in the composer; blank text is no draft."""
        text = text if text.strip() else ""
        unsaved = self._unsaved.get(conversation_id)
        if unsaved is None:
            self._change(conversation_id, draft=text)
        elif text:
            stored = replace(unsaved, draft=text)
            self._store.add_conversation(stored)
            self._announcer.announce(chat.events.ConversationAdded(stored))

    def mark_read(self, conversation_id: str) -> None:
        self._change(conversation_id, unread=False)

    def mark_unread(self, conversation_id: str) -> None:
        self._change(conversation_id, unread=True)

    def pin(self, conversation_id: str, pinned: bool) -> None:
        """Keep at the head of the list, or no longer."""
        self._change(conversation_id, pinned=pinned)

    def choose_service(self, conversation_id: str, service: str, model: str) -> None:
        """Which service and model answer from now on; "" for the program's current one and the service's default."""
        self._change(conversation_id, service=service, model=model)

    def _change(
        self,
        conversation_id: str,
        *,
        title: str | None = None,
        title_is_custom: bool | None = None,
        draft: str | None = None,
        unread: bool | None = None,
        pinned: bool | None = None,
        service: str | None = None,
        model: str | None = None,
    ) -> None:
        """Replace the named facts, if one of them is another; nothing is stored of what is not stored yet."""
        before = self.conversation(conversation_id)
        after = replace(
            before,
            title=before.title if title is None else title,
            title_is_custom=before.title_is_custom if title_is_custom is None else title_is_custom,
            draft=before.draft if draft is None else draft,
            unread=before.unread if unread is None else unread,
            pinned=before.pinned if pinned is None else pinned,
            service=before.service if service is None else service,
            model=before.model if model is None else model,
        )
        if after == before:
            return
        if conversation_id in self._unsaved:
            self._unsaved[conversation_id] = after
            return
        self._store.update_conversation(after)
        self._announcer.announce(chat.events.ConversationChanged(after))

    def _automatic_title(self, conversation_id: str) -> str:
        for message in self._store.path(conversation_id):
            if message.role is Role.USER:
                return title_from(message.text)
        return ""

    def _with_growth(self, message: Message) -> Message:
        if message.id in self._ended:
            return self._ended[message.id]
        grown = self._growing.get(message.id)
        if grown is None or message.status is not Status.STREAMING:
            return message
        grown.text = ["".join(grown.text)]
        grown.reasoning = ["".join(grown.reasoning)]
        return replace(message, text=grown.text[0], reasoning=grown.reasoning[0])

    def _on_event(self, event: chat.events.Event) -> None:
        match event:
            case chat.events.ReplyGrew(_, message_id, text, reasoning):
                grown = self._growing.get(message_id)
                if grown is None:
                    # The store has the text before this piece: checkpoints come after the announcement. Where it
                    # cannot be read, the reply is taken for a new one: an event must reach every listener.
                    with suppress(Fault):
                        stored = self._store.message(message_id)
                        grown = _Grown(stored.text, stored.reasoning) if stored else None
                    grown = grown or _Grown("", "")
                    self._growing[message_id] = grown
                grown.text.append(text)
                grown.reasoning.append(reasoning)
            case chat.events.ReplyEnded(message):
                self._growing.pop(message.id, None)
                if self._saving_fails:
                    self._ended[message.id] = message
            case chat.events.ConversationAdded(conversation):
                self._unsaved.pop(conversation.id, None)
            case chat.events.SavingFailed():
                self._saving_fails = True
            case chat.events.SavingResumed():
                self._saving_fails = False
                self._ended.clear()
            case _:
                pass
