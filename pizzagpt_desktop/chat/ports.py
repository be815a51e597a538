"""What the chat needs from the outside, as protocols; knows no implementation of them."""

from collections.abc import AsyncGenerator, Callable, Iterable, Iterator, Sequence
from typing import Any, Literal, Protocol

from pizzagpt_desktop.domain.conversation import Conversation, Folder, Message, Outline, SearchHit, Siblings
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


class FileTexts(Protocol):
    """The texts of the files that go with drafts, for as long as a conversation names them."""

    def writing(self, file_id: str, text: str, temporary: bool) -> Iterator[None]:
        """Store a text, in steps of a few milliseconds; a short one in the first. Let go of before, nothing is left.

        A conversation that names it is stored next, or it is to be forgotten. temporary: that one is. Raises
        `Fault(STORAGE)`.
        """
        ...

    def text(self, file_id: str) -> str:
        """As much of a text as is there. Raises `Fault(STORAGE)`."""
        ...

    def forget(self, file_ids: Iterable[str]) -> None:
        """These will not be named by a conversation, where none does now."""
        ...


class Outlines(Protocol):
    """Long paths, as far as a view needs them. A message's number is its `seq`: it grows along every path."""

    def above(self, conversation_id: str, before: int, limit: int) -> Sequence[Outline]:
        """Of the last `limit` messages that stand before message number `before` on its path, oldest first.

        The cost goes with `limit`; no text is handed out.
        """
        ...

    def messages(self, conversation_id: str, seqs: Sequence[int]) -> Sequence[Message]:
        """The messages of these numbers, in their order; those that are gone are left out."""
        ...

    def seq_of(self, message_id: str) -> int | None:
        """The number of a message, None where there is none of this id."""
        ...


class SessionStore(Protocol):
    """Conversations and messages on disk. Synchronous. Every method raises `Fault(STORAGE)` when the disk refuses.

    Lists of conversations are newest first. A removed branch is in no path, no list and no search, and `message`
    does not find what is in it. Every write to a conversation or its messages but `checkpoint` gives the conversation
    a new `revision`.
    """

    @property
    def files(self) -> FileTexts: ...
    @property
    def outlines(self) -> Outlines: ...

    def conversations(self, limit: int | None = None, after: str | None = None) -> Sequence[Conversation]:
        """Those neither in the trash nor in the archive, pinned ones first.

        after: only those that stand after this conversation; none where it is gone.
        """
        ...

    def archived(self) -> Sequence[Conversation]:
        """Those in the archive; none from the trash."""
        ...

    def trash(self) -> Sequence[Conversation]:
        """Those in the trash, the last deleted first."""
        ...

    def conversation(self, conversation_id: str) -> Conversation | None:
        """Also finds those in the trash and in the archive."""
        ...

    def add_conversation(self, conversation: Conversation, synced: bool = True) -> None:
        """Store a new one. One that is `temporary` is kept in memory and never on disk, nor are its messages.

        synced: whether it is on the disk when this returns; else with the next write that is.
        """
        ...

    def update_conversation(self, conversation: Conversation, synced: bool = True) -> None:
        """Replace all stored facts of a conversation by these (not its messages). synced: see `add_conversation`."""
        ...

    def update_conversations(self, conversations: Sequence[Conversation], synced: bool = True) -> None:
        """`update_conversation` for several at once: all, or none."""
        ...

    def copy_conversation(self, source_id: str, copy: Conversation, leaf_id: str | None) -> None:
        """Store `copy` with new messages like those of `source_id`: all of them, or the path to `leaf_id`.

        States and order stay; a growing reply is INTERRUPTED in the copy. The active leaf is the copied one.
        """
        ...

    def copying(self, source_id: str, copy: Conversation, leaf_id: str | None) -> Iterator[None]:
        """`copy_conversation` in steps, each of a few milliseconds; a short one is copied in the first.

        Nothing of the copy is to be seen before the last step is done; if it is let go of before, or the program
        ends, nothing is left of it.
        """
        ...

    def folders(self) -> Sequence[Folder]:
        """By position."""
        ...

    def put_folder(self, folder: Folder) -> None:
        """Add a folder, or replace the one with its id."""
        ...

    def put_folders(self, folders: Sequence[Folder]) -> None:
        """The same for several at once: all, or none."""
        ...

    def remove_folder(self, folder_id: str) -> None:
        """Its conversations stand outside any folder then."""
        ...

    def changed_elsewhere(self) -> bool:
        """Whether another process may have written since this was asked last; costs microseconds."""
        ...

    def revision(self) -> int:
        """Goes up with everything written to disk by any process, checkpoints apart."""
        ...

    def changed_since(self, revision: int, limit: int | None = None) -> Sequence[Conversation]:
        """The first conversations on disk that changed after `revision`, in any state, in the order of the changes.

        Erased ones are not among them: whoever keeps a list compares `count`, and asks for `ids` where it differs.
        Folders have no revision of their own: ask for `folders`.
        """
        ...

    def count(self) -> int:
        """How many conversations are on disk, in any state."""
        ...

    def ids(self) -> frozenset[str]:
        """All conversations on disk, in any state."""
        ...

    def purge(self, deleted_before: float) -> int:
        """Erase for good what has been in the trash since before `deleted_before`; how many conversations.

        Branches removed before then are erased too.
        """
        ...

    def erase(self, conversation_ids: Sequence[str]) -> int:
        """Erase conversations for good, now, in whatever state; how many."""
        ...

    def add_message(self, message: Message, synced: bool = True) -> Message:
        """Store a message, make it the active leaf, touch the conversation; synced to disk when this returns.

        Returns it with its `seq`. synced: see `add_conversation`.
        """
        ...

    def checkpoint(self, message_id: str, text: str, reasoning: str) -> None:
        """The growing reply so far; cheap, committed, not synced."""
        ...

    def finish_message(self, message: Message) -> None:
        """Store the final form of a reply; synced when this returns.

        One that is STREAMING grows on, and is not `kept` any more. Else `kept` is left as it is: see `keep`.
        """
        ...

    def keep(self, message_id: str) -> None:
        """The user is content with a reply that ended early: it is `kept`."""
        ...

    def message(self, message_id: str) -> Message | None: ...
    def path(self, conversation_id: str) -> Sequence[Message]:
        """From the root to the active leaf, oldest first."""
        ...

    def path_end(self, conversation_id: str, limit: int, before: str | None = None) -> Sequence[Message]:
        """The last `limit` messages of the path, oldest first; with `before`, the last ones before that message.

        The cost goes with `limit`, not with the length of the path.
        """
        ...

    def path_up(self, message_id: str, limit: int) -> Sequence[Message]:
        """A message and those before it, at most `limit` of them, oldest first; none where it is gone.

        The cost goes with `limit`. What is active makes no difference.
        """
        ...

    def first_said(self, conversation_id: str) -> Message | None:
        """The user's first message on the path."""
        ...

    def path_ids(self, conversation_id: str) -> Sequence[str]:
        """The ids of `path`, without reading a message."""
        ...

    def messages(self, conversation_id: str) -> Sequence[Message]:
        """All branches, in order of creation."""
        ...

    def siblings(self, message_id: str) -> Siblings: ...
    def activate(self, conversation_id: str, message_id: str) -> None:
        """Make the branch through `message_id` the active one: its newest leaf becomes the active leaf."""
        ...

    def remove_branch(self, message_id: str, at: float) -> None:
        """Hide a message and everything below it. at: when, for `purge`.

        If the active leaf is among it, the newest leaf of the sibling before it becomes active, else of the one
        after it, else its parent.
        """
        ...

    def restore_branch(self, message_id: str) -> None:
        """Undo `remove_branch` of the same message; the leaf that was active then is active again.

        Where something above it was removed since, it comes back with that.
        """
        ...

    def search(
        self,
        query: str,
        limit: int = 100,
        *,
        order: Literal["newest", "best"] = "newest",
        conversation_id: str | None = None,
    ) -> Sequence[SearchHit]:
        """What is found (see `domain.query`), titles first; any text is legal. `searching` asks beside the loop."""
        ...

    def interrupt_abandoned(self) -> int:
        """Replies still STREAMING whose writing process is gone become INTERRUPTED; how many."""
        ...

    def close(self) -> None: ...
