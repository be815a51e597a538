"""What the chat needs from the outside, as protocols; knows no implementation of them."""

from collections.abc import AsyncGenerator, Callable, Sequence
from typing import Any, Protocol

from pizzagpt_desktop.domain.conversation import Conversation, Message, SearchHit, Siblings
from pizzagpt_desktop.typing import Messages


class ReplySource(Protocol):
    """One service with its settings and route, ready to be asked.

    provider: id in the registry. model: the model that will be asked. route: in words, where the request goes.
    system_prompt: put before the conversation. retries: how often a refused request may be sent again by itself.
    """

    @property
    def provider(self) -> str: ...
    @property
    def model(self) -> str: ...
    @property
    def route(self) -> str: ...
    @property
    def system_prompt(self) -> str: ...
    @property
    def retries(self) -> int: ...

    def stream(self, messages: Messages) -> AsyncGenerator[Any, None]:
        """Ask once. Yields `str` and `domain.chunks`; raises `Fault` and nothing else. Close it to stop."""
        ...


SourceChooser = Callable[[Conversation], ReplySource]
"""Which source answers a conversation, by the preferences of this moment; raises `Fault` where none can."""


class SessionStore(Protocol):
    """Conversations and messages on disk. Synchronous. Every method raises `Fault(STORAGE)` when the disk refuses.

    Lists of conversations are newest first by `updated_at`, pinned ones first, without those in the trash.
    """

    def conversations(self, limit: int | None = None) -> Sequence[Conversation]: ...
    def conversation(self, conversation_id: str) -> Conversation | None:
        """Also finds those in the trash."""
        ...

    def add_conversation(self, conversation: Conversation) -> None: ...
    def update_conversation(self, conversation: Conversation) -> None:
        """Replace all stored facts of a conversation by these (not its messages)."""
        ...

    def purge(self, deleted_before: float) -> int:
        """Erase for good what has been in the trash since before `deleted_before`; how many conversations."""
        ...

    def add_message(self, message: Message) -> Message:
        """Store a message, make it the active leaf, touch the conversation; synced to disk when this returns.

        Returns it with its `seq`.
        """
        ...

    def checkpoint(self, message_id: str, text: str, reasoning: str) -> None:
        """The growing reply so far; cheap, committed, not synced."""
        ...

    def finish_message(self, message: Message) -> None:
        """Store the final form of a reply; synced when this returns."""
        ...

    def message(self, message_id: str) -> Message | None: ...
    def path(self, conversation_id: str) -> Sequence[Message]:
        """From the root to the active leaf, oldest first."""
        ...

    def messages(self, conversation_id: str) -> Sequence[Message]:
        """All branches, in order of creation."""
        ...

    def siblings(self, message_id: str) -> Siblings: ...
    def activate(self, conversation_id: str, message_id: str) -> None:
        """Make the branch through `message_id` the active one: its newest leaf becomes the active leaf."""
        ...

    def search(self, query: str, limit: int = 100) -> Sequence[SearchHit]:
        """Messages holding all words of `query`, newest first; any text is a legal query."""
        ...

    def interrupt_abandoned(self) -> int:
        """Replies still STREAMING whose writing process is gone become INTERRUPTED; how many."""
        ...

    def close(self) -> None: ...
