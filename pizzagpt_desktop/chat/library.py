"""Library: list, open, search, rename, pin, draft, copy, and what others wrote; knows no widget, disk or source.

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
from pizzagpt_desktop.chat.growing import Growing
from pizzagpt_desktop.chat.service import new_id
from pizzagpt_desktop.chat.shelf import Shelf, Undo, listed
from pizzagpt_desktop.domain.asking import Asking
from pizzagpt_desktop.domain.conversation import (
    Conversation,
    DraftFile,
    Message,
    Outline,
    SearchHit,
    Siblings,
    Status,
    title_from,
)
from pizzagpt_desktop.domain.faults import Fault

if TYPE_CHECKING:
    from pizzagpt_desktop.chat.drafts import DraftFiles
    from pizzagpt_desktop.chat.ports import SessionStore
    from pizzagpt_desktop.chat.tasks import TaskScope


REFRESHED_AT_ONCE = 200
"""So many conversations that another process changed are announced in one turn of the loop."""


class Library(Shelf):
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
        scope: TaskScope | None = None,
    ) -> None:
        """scope: for what takes a while; without it the caller waits."""
        super().__init__(store, announcer, clock, new_id)
        self._scope = scope
        self._growing = Growing(store)
        self._listed: set[str] = set()
        self._revision = store.revision()
        self._count = -1
        self._is_behind = False
        self._saving_fails = False
        self._drafts: DraftFiles | None = None
        announcer.subscribe(self._on_event)

    @property
    def unsaved(self) -> Mapping[str, Conversation]:
        """Conversations made here that are not in the store yet."""
        return MappingProxyType(self._unsaved)

    def conversations(self, limit: int | None = None, after: str | None = None) -> Sequence[Conversation]:
        """Those of the list, pinned first, then newest first; none from the archive or the trash.

        after: see `SessionStore`.
        """
        found = self._store.conversations(limit, after)
        self._listed.update(conversation.id for conversation in found if not conversation.temporary)
        return found

    def create(self, service: str = "", model: str = "", *, temporary: bool = False) -> Conversation:
        """A new, empty conversation, neither stored nor announced until it has something to keep.

        A temporary one is never on disk, and gone with the program.
        """
        now = self._clock()
        made = Conversation(
            id=self._new_id(),
            created_at=now,
            updated_at=now,
            service=service,
            model=model,
            temporary=temporary,
        )
        self._unsaved[made.id] = made
        return made

    def duplicate(self, conversation_id: str) -> Conversation | None:
        """A second conversation with the same messages in all branches; it stands in the list as the newest.

        None where that takes a while: it is announced when it is whole, or `CopyFailed`.
        """
        source = self.conversation(conversation_id)
        now = self._clock()
        copy = replace(
            source,
            id=self._new_id(),
            title=f"{source.title} (copy)" if source.title else "",
            title_is_custom=bool(source.title),
            created_at=now,
            updated_at=now,
            unread=False,
            pinned=False,
            archived=False,
            deleted_at=None,
            queue=(),
            revision=0,
        )
        return self._copy(source, copy, self._scope)

    def keep_temporary(self, conversation_id: str) -> Conversation:
        """Store a temporary conversation on disk from now on; it has another id there."""
        source = self.conversation(conversation_id)
        files = self.files_of(source)
        kept = replace(source, id=self._new_id(), temporary=False, files=(), revision=0)
        if conversation_id in self._unsaved:
            self._unsaved[kept.id] = kept
        else:
            kept = self._copy(source, kept, None) or kept
        if files:
            known = {self._new_id(): file for file in files}
            copies = [file._replace(id=identity) for identity, file in known.items()]
            self.drafts.keep(kept.id, copies, lambda copy: self.drafts.text(known[copy.id]))
            self.drafts.forget(conversation_id)
            kept = self.conversation(kept.id)
        if self._unsaved.pop(conversation_id, None) is None:
            self.erase(conversation_id)
        return kept

    def keep(self, message_id: str) -> None:
        """The user is content with a reply that ended early."""
        message = self._store.message(message_id)
        if message is None:
            raise KeyError(message_id)
        self._store.keep(message_id)
        self._announcer.announce(chat.events.PathChanged(message.conversation_id))

    def refresh(self) -> bool:
        """Announce what another process wrote since this was asked last; costs microseconds where none did.

        So many conversations at a time; whether more are to come, for which this is to be called again soon.
        """
        changed_elsewhere = self._store.changed_elsewhere()
        if not changed_elsewhere and not self._is_behind:
            return False
        if changed_elsewhere:
            self._announcer.announce(chat.events.FoldersChanged())
        newest = self._store.revision()
        changed = self._store.changed_since(self._revision, REFRESHED_AT_ONCE)
        self._is_behind = len(changed) == REFRESHED_AT_ONCE
        self._revision = changed[-1].revision if self._is_behind else newest
        for conversation in changed:
            self._announce_elsewhere(conversation)
        if self._is_behind:
            return True
        before, self._count = self._count, self._store.count()
        if self._count != before:
            for conversation_id in self._listed - self._store.ids():
                self._announcer.announce(chat.events.ConversationRemoved(conversation_id))
        return False

    def path(self, conversation_id: str) -> Sequence[Message]:
        """The messages from the root to the active leaf, oldest first, with all text announced so far."""
        return [self._growing.whole(message) for message in self._store.path(conversation_id)]

    def path_end(self, conversation_id: str, limit: int, before: str | None = None) -> Sequence[Message]:
        """The last messages of `path`, at most `limit`; with `before`, the last ones that stand before that message."""
        found = self._store.path_end(conversation_id, limit, before)
        return [self._growing.whole(message) for message in found]

    def outline(self, conversation_id: str, before: int, limit: int) -> Sequence[Outline]:
        """What gives the messages before message number `before` their room; see `ports.Outlines`."""
        return self._store.outlines.above(conversation_id, before, limit)

    def messages_at(self, conversation_id: str, seqs: Sequence[int]) -> Sequence[Message]:
        """The messages of these numbers, with all text announced so far; those that are gone are left out."""
        return [self._growing.whole(m) for m in self._store.outlines.messages(conversation_id, seqs)]

    def seq_of(self, message_id: str) -> int | None:
        """The number of a message, None where there is none of this id."""
        return self._store.outlines.seq_of(message_id)

    def message(self, message_id: str) -> Message | None:
        """One message, with all text announced so far."""
        found = self._store.message(message_id)
        return None if found is None else self._growing.whole(found)

    def siblings(self, message_id: str) -> Siblings:
        """Where a message stands among the answers to the same parent."""
        return self._store.siblings(message_id)

    def search(self, q: str, limit: int = 100) -> Sequence[SearchHit]:
        """Messages that hold all words of `q`, newest first; any text is a legal query."""
        return self._store.search(q, limit) if q.strip() else []

    def rename(self, conversation_id: str, title: str) -> Undo:
        """Give a title; an empty one brings the automatic title back."""
        before = self.conversation(conversation_id)
        title = " ".join(title.split())
        if title:
            self._change(conversation_id, title=title, title_is_custom=True)
        else:
            self._change(conversation_id, title=self._automatic_title(conversation_id), title_is_custom=False)

        def undo() -> None:
            with suppress(KeyError):  # erased since
                self._change(conversation_id, title=before.title, title_is_custom=before.title_is_custom)

        return undo

    def save_draft(self, conversation_id: str, text: str) -> None:
        """Keep what stands in the composer; blank text is no draft."""
        words = text if text.strip() else ""
        try:
            self._save_draft(conversation_id, draft=words)
        except Fault:
            self.drafts.hold(conversation_id, words)
            raise
        if self._drafts is not None:
            self._drafts.go_on(conversation_id)

    def draft_of(self, conversation: Conversation) -> str:
        """What was being written in it, also where the disk refused that."""
        return conversation.draft if self._drafts is None else self._drafts.words_of(conversation)

    @property
    def drafts(self) -> DraftFiles:
        """The files that go with drafts; few runs need them."""
        if self._drafts is None:
            from pizzagpt_desktop.chat.drafts import DraftFiles

            def save(conversation_id: str, files: tuple[DraftFile, ...]) -> None:
                self._save_draft(conversation_id, files=files)

            texts, announcer, scope = self._store.files, self._announcer, self._scope
            self._drafts = DraftFiles(texts, announcer, scope, self.conversation, save, self._save_draft)
        return self._drafts

    def files_of(self, conversation: Conversation) -> tuple[DraftFile, ...]:
        """The files that go with its draft."""
        return conversation.files if self._drafts is None else self._drafts.of(conversation)

    def file_text(self, file: DraftFile) -> str:
        """All text of one of them. Raises `Fault` where it is not to be had any more."""
        return self.drafts.text(file)

    def forget_files(self, conversation_id: str) -> None:
        """The draft was sent, with its files."""
        if self._drafts is not None:
            self._drafts.forget(conversation_id)

    def finish_drafts(self) -> None:
        """Store what is not stored yet of drafts and their files, now."""
        if self._drafts is not None:
            self._drafts.finish()

    def _save_draft(
        self, conversation_id: str, draft: str | None = None, files: tuple[DraftFile, ...] | None = None
    ) -> None:
        unsaved = self._unsaved.get(conversation_id)
        if unsaved is None:
            self._change(conversation_id, draft=draft, files=files)
        elif draft or files:
            stored = replace(unsaved, draft=draft or "", files=files or ())
            self._store.add_conversation(stored)
            self._announcer.announce(chat.events.ConversationAdded(stored))

    def mark_read(self, conversation_id: str) -> None:
        self._change(conversation_id, unread=False)

    def mark_unread(self, conversation_id: str) -> None:
        self._change(conversation_id, unread=True)

    def choose_service(self, conversation_id: str, service: str, model: str) -> None:
        """Which service and model answer from now on; "" for the program's current one and the service's default."""
        self._change(conversation_id, service=service, model=model)

    def set_asking(self, identity: str, persona: str, asking: Asking, when_full: str | None = None) -> None:
        """What is asked of the model here from now on, beside the words; see `domain.asking`. None: as before."""
        self._change(identity, persona=persona, asking=asking, when_full=when_full)

    def _change(
        self,
        conversation_id: str,
        *,
        title: str | None = None,
        title_is_custom: bool | None = None,
        draft: str | None = None,
        unread: bool | None = None,
        service: str | None = None,
        model: str | None = None,
        persona: str | None = None,
        asking: Asking | None = None,
        when_full: str | None = None,
        files: tuple[DraftFile, ...] | None = None,
    ) -> None:
        """Replace the named facts, if one of them is another; nothing is stored of what is not stored yet."""
        before = self.conversation(conversation_id)
        after = replace(
            before,
            title=before.title if title is None else title,
            title_is_custom=before.title_is_custom if title_is_custom is None else title_is_custom,
            draft=before.draft if draft is None else draft,
            unread=before.unread if unread is None else unread,
            service=before.service if service is None else service,
            model=before.model if model is None else model,
            persona=before.persona if persona is None else persona,
            asking=before.asking if asking is None else asking,
            when_full=before.when_full if when_full is None else when_full,
            files=before.files if files is None else files,
        )
        if after == before:
            return
        if conversation_id in self._unsaved:
            self._unsaved[conversation_id] = after
            return
        self._store.update_conversation(after)
        self._announcer.announce(chat.events.ConversationChanged(after))

    def _copy(self, source: Conversation, copy: Conversation, scope: TaskScope | None) -> Conversation | None:
        from pizzagpt_desktop.chat.copying import make_copy  # the window starts without it

        for message_id in self._growing.ids:  # what is shown of a reply that is being written is copied too
            growing = self._store.message(message_id)
            if growing is not None and growing.conversation_id == source.id:
                shown = self._growing.whole(growing)
                if shown.status is Status.STREAMING:
                    self._store.checkpoint(message_id, shown.text, shown.reasoning)
        return make_copy(self._store, self._announcer, scope, source.id, copy)

    def _announce_elsewhere(self, conversation: Conversation) -> None:
        if listed(conversation):
            is_known = conversation.id in self._listed
            kind = chat.events.ConversationChanged if is_known else chat.events.ConversationAdded
            self._announcer.announce(kind(conversation))
        elif conversation.id in self._listed:
            self._announcer.announce(chat.events.ConversationRemoved(conversation.id))
        if not self._growing.is_in(conversation.id):  # what grows here was announced as it grew
            self._announcer.announce(chat.events.PathChanged(conversation.id))

    def _automatic_title(self, conversation_id: str) -> str:
        first = self._store.first_said(conversation_id)
        return title_from(first.text) if first is not None else ""

    def _on_event(self, event: chat.events.Event) -> None:
        match event:
            case chat.events.ReplyGrew():
                self._growing.grow(event)
            case chat.events.ReplyEnded(message):
                self._growing.end(message, not self._saving_fails)
            case chat.events.ConversationAdded(conversation):
                self._unsaved.pop(conversation.id, None)
                if not conversation.temporary:
                    self._listed.add(conversation.id)
            case chat.events.ConversationRemoved(conversation_id):
                self._listed.discard(conversation_id)
            case chat.events.SavingFailed():
                self._saving_fails = True
            case chat.events.SavingResumed():
                self._saving_fails = False
                self._growing.forget_ended()
                if self._drafts is not None:
                    with suppress(Fault):  # said when the draft is changed next
                        self._drafts.try_again()
            case _:
                pass
