"""A SessionStore in dictionaries, which refuses on demand; for tests of the chat that are not about the disk."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from pizzagpt_desktop.domain.conversation import (
    Conversation,
    Message,
    SearchHit,
    Siblings,
    Status,
    path_to,
)
from pizzagpt_desktop.domain.faults import Fault, FaultKind


class MemoryStore:
    """`refuse` names methods that raise `Fault(STORAGE)`; `writes` names the writes that were taken, in order.

    `on_write` is called with each name.
    """

    def __init__(self) -> None:
        self.refuse: set[str] = set()
        self.writes: list[str] = []
        self.on_write: Callable[[str], object] = self.writes.append
        self._conversations: dict[str, Conversation] = {}
        self._messages: dict[str, Message] = {}

    def _write(self, name: str) -> None:
        if name in self.refuse or "*" in self.refuse:
            raise Fault(FaultKind.STORAGE, "the disk is full")
        self.on_write(name)

    def conversations(self, limit: int | None = None) -> Sequence[Conversation]:
        live = [c for c in self._conversations.values() if c.deleted_at is None]
        return sorted(live, key=lambda c: (c.pinned, c.updated_at), reverse=True)[:limit]

    def conversation(self, conversation_id: str) -> Conversation | None:
        return self._conversations.get(conversation_id)

    def add_conversation(self, conversation: Conversation) -> None:
        self._write("add_conversation")
        assert conversation.id not in self._conversations
        self._conversations[conversation.id] = conversation

    def update_conversation(self, conversation: Conversation) -> None:
        self._write("update_conversation")
        assert conversation.id in self._conversations
        self._conversations[conversation.id] = conversation

    def purge(self, deleted_before: float) -> int:
        gone = [
            c.id for c in self._conversations.values() if (c.deleted_at or deleted_before) < deleted_before
        ]
        for conversation_id in gone:
            del self._conversations[conversation_id]
        self._messages = {k: m for k, m in self._messages.items() if m.conversation_id not in gone}
        return len(gone)

    def add_message(self, message: Message) -> Message:
        self._write("add_message")
        assert message.id not in self._messages
        assert message.parent_id is None or message.parent_id in self._messages
        stored = replace(message, seq=len(self._messages) + 1)
        self._messages[message.id] = stored
        conversation = self._conversations[message.conversation_id]
        self._conversations[conversation.id] = replace(
            conversation,
            active_leaf_id=message.id,
            updated_at=max(conversation.updated_at, message.created_at),
        )
        return stored

    def checkpoint(self, message_id: str, text: str, reasoning: str) -> None:
        self._write("checkpoint")
        self._messages[message_id] = replace(self._messages[message_id], text=text, reasoning=reasoning)

    def finish_message(self, message: Message) -> None:
        self._write("finish_message")
        self._messages[message.id] = replace(message, seq=self._messages[message.id].seq)

    def message(self, message_id: str) -> Message | None:
        return self._messages.get(message_id)

    def path(self, conversation_id: str) -> Sequence[Message]:
        conversation = self._conversations.get(conversation_id)
        return path_to(self._messages, conversation.active_leaf_id if conversation else None)

    def messages(self, conversation_id: str) -> Sequence[Message]:
        return [m for m in self._messages.values() if m.conversation_id == conversation_id]

    def siblings(self, message_id: str) -> Siblings:
        me = self._messages[message_id]
        ids = [m.id for m in self.messages(me.conversation_id) if m.parent_id == me.parent_id]
        return Siblings(tuple(ids), ids.index(message_id))

    def activate(self, conversation_id: str, message_id: str) -> None:
        self._write("activate")
        leaf = message_id
        while children := [m for m in self._messages.values() if m.parent_id == leaf]:
            leaf = children[-1].id
        conversation = self._conversations[conversation_id]
        self._conversations[conversation_id] = replace(conversation, active_leaf_id=leaf)

    def search(self, query: str, limit: int = 100) -> Sequence[SearchHit]:
        words = query.casefold().split()
        return [
            SearchHit(
                conversation_id=m.conversation_id,
                message_id=m.id,
                title=self._conversations[m.conversation_id].title,
                role=m.role,
                excerpt=m.text[:120],
            )
            for m in reversed(self._messages.values())
            if all(word in m.text.casefold() for word in words)
        ][:limit]

    def interrupt_abandoned(self) -> int:
        left = [m for m in self._messages.values() if m.status is Status.STREAMING]
        for message in left:
            self._messages[message.id] = replace(message, status=Status.INTERRUPTED)
        return len(left)

    def close(self) -> None:
        """Nothing to let go of."""
