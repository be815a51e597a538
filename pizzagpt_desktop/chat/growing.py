"""What was announced of replies, where the store has less of it; listens to nothing, stores nothing."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from pizzagpt_desktop.domain.conversation import Message, Status
from pizzagpt_desktop.domain.faults import Fault

if TYPE_CHECKING:
    from collections.abc import Collection

    from pizzagpt_desktop.chat.events import ReplyGrew
    from pizzagpt_desktop.chat.ports import SessionStore


class _Grown:
    """One growing reply, in parts."""

    def __init__(self, text: str, reasoning: str) -> None:
        self.text = [text]
        self.reasoning = [reasoning]


class Growing:
    """Replies that grow, and those that ended while the disk refused to take them."""

    def __init__(self, store: SessionStore) -> None:
        self._store = store
        self._grown: dict[str, _Grown] = {}
        self._in: dict[str, str] = {}
        self._ended: dict[str, Message] = {}

    @property
    def ids(self) -> Collection[str]:
        """The replies that are growing."""
        return self._grown.keys()

    def is_in(self, conversation_id: str) -> bool:
        """Whether a reply grows in a conversation."""
        return conversation_id in self._in.values()

    def whole(self, message: Message) -> Message:
        """A message of the store, with all of its text that was announced."""
        if message.id in self._ended:
            return self._ended[message.id]
        grown = self._grown.get(message.id)
        if grown is None or message.status is not Status.STREAMING:
            return message
        grown.text = ["".join(grown.text)]
        grown.reasoning = ["".join(grown.reasoning)]
        return replace(message, text=grown.text[0], reasoning=grown.reasoning[0])

    def grow(self, event: ReplyGrew) -> None:
        grown = self._grown.get(event.message_id)
        if grown is None:
            # The store has the text before this piece: checkpoints come after the announcement. Where it
            # cannot be read, the reply is taken for a new one: an event must reach every listener.
            with suppress(Fault):
                stored = self._store.message(event.message_id)
                grown = _Grown(stored.text, stored.reasoning) if stored else None
            grown = grown or _Grown("", "")
            self._grown[event.message_id] = grown
            self._in[event.message_id] = event.conversation_id
        grown.text.append(event.text)
        grown.reasoning.append(event.reasoning)

    def end(self, message: Message, is_stored: bool) -> None:
        self._grown.pop(message.id, None)
        self._in.pop(message.id, None)
        if not is_stored:
            self._ended[message.id] = message

    def forget_ended(self) -> None:
        """The disk has taken them."""
        self._ended.clear()
