"""The facts a provider may yield beside `str` pieces of text; knows no protocol.

A provider that yields only `str` and ends is a complete provider: its reply is complete. A provider that
knows an end sign yields `FinishReason` when it saw one and `Unfinished` when the stream ended without.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Reasoning:
    """A piece of the model's reasoning, kept apart from the reply."""

    text: str


@dataclass(frozen=True, slots=True)
class Usage:
    """Token counts as the service named them; only whole numbers from 0 to 2**63-1.

    Counts within counts have names with a dot: "prompt_tokens_details.cached_tokens". `domain.usage` knows what they
    have in common.
    """

    counts: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FinishReason:
    """Why the model ended: `stop`, `length`, `content_filter`, `tool_calls`, `refusal`, or a name of the service."""

    reason: str

    def __str__(self) -> str:
        """Nothing: programs written for the seed print every chunk."""
        return ""


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A tool the model asked for; shown, never run. by_service: the service itself ran it, as a search of its own."""

    id: str | None
    name: str
    arguments: str
    by_service: bool = False


@dataclass(frozen=True, slots=True)
class Heard:
    """Something of the reply came that is given only when it is whole, as a piece of a tool call: it goes on."""

    def __str__(self) -> str:
        """Nothing: programs written for the seed print every chunk."""
        return ""


@dataclass(frozen=True, slots=True)
class Skipped:
    """Events that could not be read since the last report (rule R2 of the corpus): the reply is damaged."""

    count: int = 1


@dataclass(frozen=True, slots=True)
class Unfinished:
    """The stream ended without an end sign; whatever text came is not the whole reply."""


@dataclass(frozen=True, slots=True)
class Resent:
    """The request is being sent again after a refusal that allowed it; no text had arrived."""

    attempt: int
    wait_s: float
