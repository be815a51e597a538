"""Facts that the chat announces through an `Announcer`; knows no listener by name."""

from dataclasses import dataclass
from typing import NamedTuple

from pizzagpt_desktop.chat.announcer import Announcer as Announcer
from pizzagpt_desktop.domain.conversation import Conversation, Message
from pizzagpt_desktop.domain.faults import Fault
from pizzagpt_desktop.domain.steps import Step


@dataclass(frozen=True, slots=True)
class ConversationAdded:
    """A conversation is new, or is back from the trash."""

    conversation: Conversation


@dataclass(frozen=True, slots=True)
class ConversationChanged:
    """Title, order, draft, mark or model of a conversation are others now."""

    conversation: Conversation


@dataclass(frozen=True, slots=True)
class ConversationRemoved:
    """A conversation left the list: it is in the trash, in the archive, or gone for good."""

    conversation_id: str


@dataclass(frozen=True, slots=True)
class FoldersChanged:
    """Folders were made, renamed, moved or removed; ask `Library.folders` for them."""


@dataclass(frozen=True, slots=True)
class MessageAdded:
    """A message is at the end of its conversation's active path."""

    message: Message


@dataclass(frozen=True, slots=True)
class PathChanged:
    """Another branch of the conversation is the active one; ask `Library.path` for it."""

    conversation_id: str


@dataclass(frozen=True, slots=True)
class ReplyGrew:
    """Text arrived. Both are only what is new."""

    conversation_id: str
    message_id: str
    text: str
    reasoning: str = ""


@dataclass(frozen=True, slots=True)
class ReplyReached:
    """The request for a reply came to another step. None: something came that is not shown before it is whole."""

    conversation_id: str
    message_id: str
    step: Step | None


@dataclass(frozen=True, slots=True)
class ReplyWaiting:
    """The service asked to wait; the request goes out again by itself after `seconds`."""

    conversation_id: str
    message_id: str
    seconds: float


@dataclass(frozen=True, slots=True)
class ReplyEnded:
    """The reply as it stands in the store, with its honest status; the fault, if any, is `message.fault`."""

    message: Message


@dataclass(frozen=True, slots=True)
class SavingFailed:
    """The disk refuses; the chat goes on, unsaved, until `SavingResumed`."""

    fault: Fault


@dataclass(frozen=True, slots=True)
class SavingResumed:
    """What could not be saved is saved now."""


class FilesNotKept(NamedTuple):
    """The files that go with a draft could not be stored; they are still there, in the memory."""

    fault: Fault


@dataclass(frozen=True, slots=True)
class DraftsKept:
    """The words of drafts that could not be stored are stored now."""


class CopyFailed(NamedTuple):
    """The copy of a long conversation could not be made, and nothing is left of it."""

    fault: Fault


Event = (
    ConversationAdded
    | ConversationChanged
    | ConversationRemoved
    | FoldersChanged
    | MessageAdded
    | PathChanged
    | ReplyGrew
    | ReplyReached
    | ReplyWaiting
    | ReplyEnded
    | SavingFailed
    | SavingResumed
    | CopyFailed
    | FilesNotKept
    | DraftsKept
)
