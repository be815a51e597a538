"""Conversations and messages as values: the tree, its states, titles and the wire form; no I/O, no clock."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple

from pizzagpt_desktop.domain.asking import NOTHING_ASKED, Asking
from pizzagpt_desktop.domain.faults import FaultKind

TITLE_LENGTH = 60
_LOOKED_AT = 2_000
"""Characters of a line that a title is made of; a pasted one may have millions."""
_READ = 8_000
"""Characters that are looked through for a line at a time."""


class Role(StrEnum):
    """Who speaks."""

    SYSTEM = "system"
    USER = "user"
    ASSISTANT = "assistant"


class Status(StrEnum):
    """What became of a message; user messages are COMPLETE from the start."""

    STREAMING = "streaming"
    COMPLETE = "complete"
    STOPPED = "stopped"
    FAILED = "failed"
    INTERRUPTED = "interrupted"


@dataclass(frozen=True, slots=True)
class FaultNote:
    """A fault as it stands beside a reply in the store."""

    kind: FaultKind
    detail: str = ""
    hint: str = ""
    retry_after_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One node of a conversation's tree.

    id: opaque text. parent_id: the message before it, None at the root. seq: order of creation within the
    store, 0 until stored. created_at: seconds since the epoch, UTC; order never depends on it.
    route: in words where the request went ("api.example.com via proxy corp:8080"), for replies.
    kept: the user is content with a reply that ended early; nothing is offered for it any more.
    bytes_sent, bytes_received: of the bodies of its requests and answers, 0 where nobody counted.
    thought_ms: how long the model reasoned, 0 where that is not known.
    """

    id: str
    conversation_id: str
    parent_id: str | None
    role: Role
    text: str
    status: Status = Status.COMPLETE
    seq: int = 0
    created_at: float = 0.0
    ended_at: float | None = None
    reasoning: str = ""
    provider: str = ""
    model: str = ""
    route: str = ""
    finish_reason: str | None = None
    usage: Mapping[str, int] | None = None
    tool_calls: tuple[Mapping[str, Any], ...] = ()
    skipped_events: int = 0
    fault: FaultNote | None = None
    kept: bool = False
    bytes_sent: int = 0
    bytes_received: int = 0
    thought_ms: int = 0

    @property
    def damaged(self) -> bool:
        """Whether events of the stream were unreadable, so that text may be missing."""
        return self.skipped_events > 0


class Queued(NamedTuple):
    """Words that wait for the reply before them to end; then they are sent."""

    id: str
    text: str


class DraftFile(NamedTuple):
    """A file of a message that is not sent yet, without its text. size: in bytes. length: of the text, in characters."""

    id: str
    name: str
    size: int
    length: int


class Summary(NamedTuple):
    """What a model made of a conversation from its beginning to a message, which is the last that it is about."""

    message_id: str
    text: str


class Folder(NamedTuple):
    """A folder of conversations. position: its place among the folders, from 0. collapsed: its rows are hidden."""

    id: str
    name: str
    position: int = 0
    collapsed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """A conversation's own facts, without its messages. Times as in `Message`.

    archived: kept out of the list, found by the search. temporary: never on disk, gone with the program.
    revision: a count of the store's that goes up with every change of it or its messages; 0 until stored. It is
    no fact of the conversation's own: two that differ in nothing else are equal.
    """

    id: str
    title: str = ""
    title_is_custom: bool = False
    created_at: float = 0.0
    updated_at: float = 0.0
    active_leaf_id: str | None = None
    service: str = ""
    """The service it talks to (a key of `Preferences.services`), "" for the program's current one."""
    model: str = ""
    draft: str = ""
    unread: bool = False
    pinned: bool = False
    deleted_at: float | None = None
    archived: bool = False
    folder_id: str | None = None
    tags: tuple[str, ...] = ()
    queue: tuple[Queued, ...] = ()
    temporary: bool = False
    persona: str = ""
    """A key of `Preferences.personas`, "" for none."""
    asking: Asking = NOTHING_ASKED
    """What is asked of the model here; goes before the persona's, the service's and the program's."""
    when_full: str = ""
    """What becomes of it where it is longer than its model can look at: a `WhenFull`, "" for the program's choice."""
    files: tuple[DraftFile, ...] = ()
    """The files that go with the draft, in order; their texts are kept apart."""
    revision: int = field(default=0, compare=False)
    summary: Summary | None = field(default=None, compare=False)
    """The last one that was sent in the place of its beginning; it can be made again, so it is no fact of its own either."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchHit:
    """One message found. excerpt: about 120 characters of plain text round the hit; spans: hits in it (start, end)."""

    conversation_id: str
    message_id: str
    title: str
    role: Role
    excerpt: str
    spans: tuple[tuple[int, int], ...] = ()
    created_at: float = 0.0
    model: str = ""
    archived: bool = False


class Outline(NamedTuple):
    """Of a message on a path, what gives it its room before anybody reads it. length: characters of its text."""

    seq: int
    is_own: bool
    length: int


@dataclass(frozen=True, slots=True)
class Siblings:
    """Where a message stands among the answers to the same parent: ids in order of creation, and its index."""

    ids: tuple[str, ...] = field(default=())
    index: int = 0


def title_from(text: str) -> str:
    """A title of at most `TITLE_LENGTH` characters from a first message: its first line with words, cut at a word."""
    for line in _first_lines(text):
        words = " ".join(line.strip().lstrip("#>*-`~ ")[:_LOOKED_AT].split())
        if words:
            break
    else:
        return ""
    words = "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in words)
    if len(words) <= TITLE_LENGTH:
        return words
    cut = words[: TITLE_LENGTH - 1]
    head, space, _ = cut.rpartition(" ")
    return (head if space and len(head) > TITLE_LENGTH // 2 else cut).rstrip(" ,.;:") + "…"


def _first_lines(text: str) -> Iterator[str]:
    """The lines of a text, cut off as they are asked for: mostly the first one has words."""
    at = 0
    while at < len(text):
        piece = text[at : at + _READ]
        lines = piece.splitlines(keepends=True)
        if len(lines) > 1 and len(piece) == _READ:
            del lines[-1]  # there may be more of it
        yield from lines
        at += sum(map(len, lines))


def wire(path: Iterable[Message], system_prompt: str = "") -> list[dict[str, Any]]:
    """The messages to send for a path from the root: faults, empty replies and states never go back to a model.

    Nor does a system's message on the path: it came in a file that others wrote, and is there to be read only. What
    the user wants a model to be told is `system_prompt`.
    """
    messages: list[dict[str, Any]] = []
    if system_prompt.strip():
        messages.append({"role": Role.SYSTEM.value, "content": system_prompt})
    messages += [
        {"role": m.role.value, "content": m.text}
        for m in path
        if m.text.strip() and m.role is not Role.SYSTEM
    ]
    return messages


def path_to(messages: Mapping[str, Message], leaf_id: str | None) -> Sequence[Message]:
    """The messages from the root to `leaf_id`, oldest first; an unknown or circular parent ends the walk."""
    path: list[Message] = []
    seen: set[str] = set()
    while leaf_id is not None and leaf_id in messages and leaf_id not in seen:
        seen.add(leaf_id)
        path.append(messages[leaf_id])
        leaf_id = messages[leaf_id].parent_id
    path.reverse()
    return path
