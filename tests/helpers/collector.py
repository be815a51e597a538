"""Collects a source's chunks into what became of the reply, by the contract's rule of states; knows no store."""

from dataclasses import dataclass, field
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
from pizzagpt_desktop.domain.faults import Fault, FaultKind

BREAKS = (FaultKind.NETWORK, FaultKind.TIME_OUT)


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
    unfinished = False
    chunks = source.stream(messages or [{"role": "user", "content": "Hi"}])
    try:
        async for chunk in chunks:
            if isinstance(chunk, str):
                out.deltas.append(chunk)
            elif isinstance(chunk, Reasoning):
                out.reasoning += chunk.text
            elif isinstance(chunk, FinishReason):
                out.finish = chunk.reason
            elif isinstance(chunk, Usage):
                out.usage = dict(chunk.counts)
            elif isinstance(chunk, ToolCall):
                out.tool_calls.append({"id": chunk.id, "name": chunk.name, "arguments": chunk.arguments})
            elif isinstance(chunk, Skipped):
                out.skipped += chunk.count
            elif isinstance(chunk, Unfinished):
                unfinished = True
            elif isinstance(chunk, Heard):
                out.heard += 1
            else:
                raise AssertionError(f"unknown chunk {chunk!r}")
    except Fault as fault:
        out.fault = fault
    finally:
        await chunks.aclose()
    out.text = "".join(out.deltas)
    _judge(out, unfinished)
    return out


def _judge(out: Outcome, unfinished: bool) -> None:
    something = bool(out.text or out.tool_calls or (out.reasoning and out.finish == "length"))
    if out.fault is not None:
        out.state = "interrupted" if out.fault.kind in BREAKS and out.text else "failed"
    elif unfinished and out.text:
        out.state = "interrupted"
    elif something and not unfinished:
        out.state = "complete"
    else:
        out.state = "failed"
        filtered = out.finish == "content_filter"
        out.fault = Fault(
            FaultKind.CONTENT_FILTER if filtered else FaultKind.EMPTY,
            "The service's filter stopped the reply." if filtered else "The service sent an empty reply.",
        )


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
