"""Collects a source's chunks into what became of the reply; the program's own growth judges it, as in a chat; knows no store."""

from dataclasses import dataclass, field
from typing import Any

from pizzagpt_desktop.chat.reply import Growth
from pizzagpt_desktop.domain.chunks import (
    FinishReason,
    Heard,
    Reasoning,
    Skipped,
    ToolCall,
    Unfinished,
    Usage,
)
from pizzagpt_desktop.domain.conversation import FaultNote, Message, Role, Status
from pizzagpt_desktop.domain.faults import Fault

GROWING = Message(
    id="r", conversation_id="c", parent_id=None, role=Role.ASSISTANT, text="", status=Status.STREAMING
)


@dataclass
class Outcome:
    """A reply and its state, as the corpus names them."""

    state: str = ""
    text: str = ""
    reasoning: str = ""
    finish: str | None = None
    usage: dict[str, int] | None = None
    tool_calls: list[dict[str, Any]] = field(default_factory=list)
    deltas: list[str] = field(default_factory=list)
    skipped: int = 0
    heard: int = 0
    fault: Fault | None = None

    @property
    def shown(self) -> str:
        return f"{self.fault.detail} {self.fault.hint}" if self.fault else ""


async def collect(source: Any, messages: list[dict[str, Any]] | None = None) -> Outcome:
    """Ask `source` once and sum up."""
    out = Outcome()
    growth = Growth(GROWING)
    chunks = source.stream(messages or [{"role": "user", "content": "Hi"}])
    try:
        async for chunk in chunks:
            growth.take(chunk)
            if isinstance(chunk, str):
                out.deltas.append(chunk)
            elif isinstance(chunk, FinishReason):
                out.finish = chunk.reason
            elif isinstance(chunk, Usage):
                out.usage = dict(chunk.counts)
            elif isinstance(chunk, ToolCall):
                out.tool_calls.append({"id": chunk.id, "name": chunk.name, "arguments": chunk.arguments})
            elif isinstance(chunk, Skipped):
                out.skipped += chunk.count
            elif isinstance(chunk, Heard):
                out.heard += 1
            elif not isinstance(chunk, Unfinished | Reasoning):
                raise AssertionError(f"unknown chunk {chunk!r}")
    except Fault as fault:
        out.fault = fault
    finally:
        await chunks.aclose()
    out.text = "".join(out.deltas)
    status, note = growth.verdict() if out.fault is None else growth.verdict_on(out.fault)
    reply = growth.grown(status, None, note)
    assert (reply.text, reply.skipped_events) == (out.text, out.skipped)
    out.reasoning = reply.reasoning
    out.state = status.value
    if out.fault is None and isinstance(note, FaultNote):
        out.fault = Fault(note.kind, note.detail, hint=note.hint)
    return out


def check_error(outcome: Outcome, error: dict[str, Any] | None) -> None:
    """Everything a case of the corpus expects of the fault and its words."""
    assert (outcome.fault and outcome.fault.kind.value) == (error and error["kind"])
    if error is None:
        return
    assert outcome.fault is not None
    assert outcome.fault.detail, "some words must be shown"
    assert len(outcome.fault.detail) <= 500
    for part in error["shows"]:
        assert part.lower() in outcome.shown.lower()
    for part in error["never_shows"]:
        assert part not in outcome.shown
        assert part not in str(outcome.fault)
        assert part not in repr(outcome.fault)
