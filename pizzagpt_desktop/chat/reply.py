"""Growth: a reply while it arrives, piece by piece, and what is said of it in the end; knows no task and no store."""

from collections.abc import Callable
from dataclasses import replace
from time import monotonic
from typing import Any

from pizzagpt_desktop.domain.chunks import (
    FinishReason,
    Heard,
    Reasoning,
    Skipped,
    ToolCall,
    Unfinished,
    Usage,
)
from pizzagpt_desktop.domain.conversation import FaultNote, Message, Status
from pizzagpt_desktop.domain.faults import Fault, FaultKind
from pizzagpt_desktop.domain.own_words import HELD_BACK, REFUSED

_CUT_BY_THE_WIRE = frozenset({FaultKind.NETWORK, FaultKind.TIME_OUT, FaultKind.ENGINE})


def note_of(fault: Fault) -> FaultNote:
    """The fault as it stands beside a reply."""
    return FaultNote(fault.kind, fault.detail, fault.hint, fault.retry_after_s)


class Growth:
    """Collects chunks. Text is kept as a list of parts, so that a piece costs the same however long the reply is.

    `take` puts chunks in; `pop_fresh` gives what came since the last call, for those who watch; `grown` is the
    message with everything so far. `base`, the message that grows, may already hold text (a continued reply); it
    stays as it was given.
    """

    def __init__(self, base: Message, clock: Callable[[], float] = monotonic) -> None:
        """clock: seconds since whenever."""
        self.base = base
        self._clock = clock
        self._thought_s = 0.0
        self._thinks_since: float | None = None
        self._text = [base.text] if base.text else []
        self._reasoning = [base.reasoning] if base.reasoning else []
        self._fresh_text: list[str] = []
        self._fresh_reasoning: list[str] = []
        self._has_words = bool(base.text.strip())
        self._came = False
        self._unfinished = False
        self._finish_reason: str | None = None
        self._usage: dict[str, int] = {}
        self._tool_calls = list(base.tool_calls)
        self._skipped = base.skipped_events
        self.traffic: Callable[[], tuple[int, int]] = lambda: (0, 0)
        """The bytes sent and received so far, where the source counts them."""

    @property
    def message_id(self) -> str:
        return self.base.id

    @property
    def conversation_id(self) -> str:
        return self.base.conversation_id

    @property
    def _thought(self) -> bool:
        return bool(self._reasoning or self._fresh_reasoning)

    @property
    def is_fresh(self) -> bool:
        """Whether text or reasoning came that `pop_fresh` has not given yet."""
        return bool(self._fresh_text or self._fresh_reasoning)

    @property
    def is_empty(self) -> bool:
        """Whether nothing has come that the reader or the store has seen: asking again would lose nothing."""
        return not self._came

    def take_text(self, text: str) -> None:
        if text:
            self._end_thought()
            self._fresh_text.append(text)
            self._came = True
            self._has_words = self._has_words or not text.isspace()

    def take(self, chunk: Any) -> None:
        """One chunk of a provider; types that are not known are ignored."""
        match chunk:
            case str():
                self.take_text(chunk)
            case Reasoning(text):
                if text:
                    if self._thinks_since is None:
                        self._thinks_since = self._clock()
                    self._fresh_reasoning.append(text)
                    self._came = True
            case Usage(counts):
                self._usage.update(counts)
            case FinishReason(reason):
                self._finish_reason = reason
            case ToolCall(call_id, name, arguments, by_service):
                self._came = True
                call = {"id": call_id, "name": name, "arguments": arguments}
                self._tool_calls.append({**call, "by_service": True} if by_service else call)
            case Heard():
                self._came = True
            case Skipped(count):
                self._skipped += count
            case Unfinished():
                self._unfinished = True
            case _:
                pass

    def _end_thought(self) -> None:
        if self._thinks_since is not None:
            self._thought_s += max(0.0, self._clock() - self._thinks_since)
            self._thinks_since = None

    def pop_fresh(self) -> tuple[str, str]:
        """The text and the reasoning that came since the last call."""
        text, reasoning = "".join(self._fresh_text), "".join(self._fresh_reasoning)
        self._fresh_text.clear()
        self._fresh_reasoning.clear()
        if text:
            self._text.append(text)
        if reasoning:
            self._reasoning.append(reasoning)
        return text, reasoning

    def written(self) -> tuple[str, str]:
        """All text and all reasoning that `pop_fresh` has given."""
        self._text = ["".join(self._text)]
        self._reasoning = ["".join(self._reasoning)]
        return self._text[0], self._reasoning[0]

    def grown(self, status: Status, ended_at: float | None, fault: FaultNote | None = None) -> Message:
        """The message with everything that came, in the given state."""
        self.pop_fresh()
        self._end_thought()
        text, reasoning = self.written()
        sent, received = self.traffic()
        return replace(
            self.base,
            text=text,
            reasoning=reasoning,
            status=status,
            ended_at=ended_at,
            fault=fault,
            finish_reason=self._finish_reason,
            usage=dict(self._usage) or None,
            tool_calls=tuple(self._tool_calls),
            skipped_events=self._skipped,
            bytes_sent=self.base.bytes_sent + sent,
            bytes_received=self.base.bytes_received + received,
            thought_ms=self.base.thought_ms + round(self._thought_s * 1000),
        )

    def verdict(self) -> tuple[Status, FaultNote | None]:
        """The state of a reply whose source ended by itself (rules R9 and R15)."""
        if self._unfinished:
            if self._has_words or self._tool_calls:
                return Status.INTERRUPTED, None
        elif self._has_words or self._tool_calls or (self._thought and self._finish_reason == "length"):
            return Status.COMPLETE, None
        if self._finish_reason == "refusal":
            return Status.FAILED, FaultNote(FaultKind.CONTENT_FILTER, REFUSED)
        if self._finish_reason == "content_filter":
            return Status.FAILED, FaultNote(FaultKind.CONTENT_FILTER, HELD_BACK)
        return Status.FAILED, FaultNote(FaultKind.EMPTY, "The service sent an empty reply.")

    def verdict_on(self, fault: Fault) -> tuple[Status, FaultNote]:
        """The state of a reply whose source ended in `fault`."""
        cut = self._has_words and fault.kind in _CUT_BY_THE_WIRE
        return (Status.INTERRUPTED if cut else Status.FAILED), note_of(fault)
