"""What is done with whole branches of a conversation: remove and bring back, copy, keep, compare; asks no source."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from pizzagpt_desktop import chat
from pizzagpt_desktop.domain.conversation import Conversation, Message

if TYPE_CHECKING:
    from pizzagpt_desktop.chat.announcer import Announcer
    from pizzagpt_desktop.chat.ports import SessionStore
    from pizzagpt_desktop.chat.tasks import TaskScope

Undo = Callable[[], None]
BRANCH_MARK = " (branch)"


class Branches:
    """Commands on stored messages; each is announced. Every one raises `Fault(STORAGE)` when the disk refuses."""

    def __init__(self, store: SessionStore, announcer: Announcer, scope: TaskScope | None = None) -> None:
        """scope: for what takes a while; without it the caller waits."""
        self._store = store
        self._announcer = announcer
        self._scope = scope

    def remove(self, message: Message, at: float, removed: Callable[[], object] = lambda: None) -> Undo:
        """Take a message and all below it away; the call returned brings exactly them back, and what was shown.

        removed: called when it is done, before it is announced.
        """
        identity = message.conversation_id
        leaf_id = self._leaf(identity)
        self._store.remove_branch(message.id, at)
        shown = self._leaf(identity) != leaf_id  # the leaf that was active went with it
        removed()
        self._announcer.announce(chat.events.PathChanged(identity))

        def undo() -> None:
            wanted = leaf_id if shown else self._leaf(identity)
            self._store.restore_branch(message.id)
            now = self._leaf(identity)
            if wanted is not None and now != wanted and self._store.message(wanted) is not None:
                self._store.activate(identity, wanted)
            self._announcer.announce(chat.events.PathChanged(identity))

        return undo

    def copy(self, message: Message, new_id: str, now: float) -> Conversation | None:
        """A conversation of its own that holds the path to `message`, and nothing else of the tree.

        None where that takes a while: it is announced when it is whole, or `CopyFailed`.
        """
        source = self._store.conversation(message.conversation_id)
        if source is None:
            raise KeyError(message.conversation_id)
        copy = replace(
            source,
            id=new_id,
            title=branch_title(source.title),
            created_at=now,
            updated_at=now,
            active_leaf_id=None,
            draft="",
            files=(),
            unread=False,
            pinned=False,
            deleted_at=None,
            archived=False,
            queue=(),
            revision=0,
        )
        from pizzagpt_desktop.chat.copying import make_copy

        return make_copy(self._store, self._announcer, self._scope, source.id, copy, message.id)

    def keep(self, message: Message) -> None:
        """Be content with a reply that ended early."""
        self._store.keep(message.id)
        self._announcer.announce(chat.events.PathChanged(message.conversation_id))

    def versions(self, message: Message) -> Sequence[Message]:
        """The message and its siblings, in order of creation."""
        found = (self._store.message(identity) for identity in self._store.siblings(message.id).ids)
        return [version for version in found if version is not None]

    def _leaf(self, conversation_id: str) -> str | None:
        conversation = self._store.conversation(conversation_id)
        return conversation.active_leaf_id if conversation is not None else None


def branch_title(title: str) -> str:
    """What the copy of a branch is called; a branch of a branch is not marked twice."""
    return title if not title or title.endswith(BRANCH_MARK) else title + BRANCH_MARK
