"""The provider boundary: whatever a provider yields or raises leaves here as clean chunks or as a Fault; sends nothing."""

import inspect
from collections.abc import AsyncGenerator, Callable, Iterable
from typing import Any

from pizzagpt_desktop.domain.chunks import (
    FinishReason,
    Heard,
    Reasoning,
    Resent,
    Skipped,
    ToolCall,
    Unfinished,
    Usage,
)
from pizzagpt_desktop.domain.faults import Fault, FaultKind, RefusedByService
from pizzagpt_desktop.domain.text import shown, storable
from pizzagpt_desktop.network.decode import TextBudget
from pizzagpt_desktop.providers.answers import COUNTS
from pizzagpt_desktop.providers.tool_calls import CALLS

_FACTS = (Heard, Skipped, Unfinished, Resent)


class HalfJoiner:
    """Joins surrogate halves that came in different pieces (rule R7) and makes each piece storable."""

    def __init__(self) -> None:
        self._half = ""

    def feed(self, text: str) -> str:
        """`text` as it may be kept; a half at its end waits for the next piece."""
        if not self._half and text.isascii() and "\0" not in text:
            return text
        text = self._half + text
        self._half = ""
        if text and "\ud800" <= text[-1] <= "\udbff":
            self._half, text = text[-1], text[:-1]
        if any("\ud800" <= char <= "\udbff" for char in text):
            text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
        return storable(text)

    def finish(self) -> str:
        """What waited in vain."""
        half, self._half = self._half, ""
        return storable(half)


async def cleaned(
    start: Callable[[], Any], name: str, *, secrets: Iterable[str] = (), built_in: bool = False
) -> AsyncGenerator[Any, None]:
    """The chunks of the provider that `start` calls, cleaned, within the limits; raises Fault and nothing else."""
    secrets = tuple(secrets)
    text, thought = HalfJoiner(), HalfJoiner()
    budget = TextBudget()
    counted: dict[str, None] = {}
    calls = 0
    failed: Fault | None = None
    chunks: Any = None
    try:
        try:
            chunks = start()
            if inspect.isawaitable(chunks):
                chunks = await chunks
            async for chunk in chunks:
                if isinstance(chunk, str):
                    piece, fits = budget.take(text.feed(chunk))
                    if piece:
                        yield piece
                elif isinstance(chunk, Reasoning):
                    piece, fits = budget.take(thought.feed(chunk.text))
                    if piece:
                        yield Reasoning(piece)
                elif isinstance(chunk, ToolCall):
                    calls += 1
                    fits = calls <= CALLS and budget.take(chunk.arguments)[1]
                    if fits:
                        yield _clean_call(chunk)
                else:
                    fits = True
                    if isinstance(chunk, Usage):
                        counted |= dict.fromkeys(list(chunk.counts)[: max(0, 2 * COUNTS - len(counted))])
                        yield Usage({name: chunk.counts[name] for name in chunk.counts if name in counted})
                    elif isinstance(chunk, FinishReason):
                        yield FinishReason(shown(chunk.reason, secrets)[:100])
                    elif isinstance(chunk, _FACTS):
                        yield chunk
                if not fits:
                    raise budget.fault
        except Fault as fault:
            failed = _masked(fault, secrets)
        except Exception as error:  # noqa: BLE001  (the provider boundary)
            failed = _failed(error, name, secrets, built_in)
        # Also before a failure: what came is kept.
        left = thought.finish()
        if left:
            yield Reasoning(left)
        left = text.finish()
        if left:
            yield left
        if failed is not None:
            raise failed
    finally:
        close = getattr(chunks, "aclose", None)
        if close is not None:
            await _closed(close)


async def _closed(close: Callable[[], Any]) -> None:
    try:
        await close()
    except RuntimeError:
        return  # an add-on that yields while it is being closed; there is nobody to tell


def _clean_call(call: ToolCall) -> ToolCall:
    joined = HalfJoiner()
    arguments = joined.feed(call.arguments)
    return ToolCall(
        None if call.id is None else storable(call.id)[:200],
        storable(call.name)[:200],
        arguments + joined.finish(),
        call.by_service,
    )


def _masked(fault: Fault, secrets: tuple[str, ...]) -> Fault:
    """The same fault, the words of which hold no secret."""
    detail, hint = shown(fault.detail, secrets), shown(fault.hint, secrets)
    if isinstance(fault, RefusedByService):
        return RefusedByService(detail, hint=hint)
    return Fault(
        fault.kind,
        detail,
        hint=hint,
        retry_after_s=fault.retry_after_s,
        untaken=fault.untaken,
        full=fault.full,
    )


def _failed(error: Exception, name: str, secrets: tuple[str, ...], built_in: bool) -> Fault:
    what = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    if built_in:
        return Fault(
            FaultKind.UNEXPECTED_ANSWER, shown(f"This program failed at the answer: {what}", secrets)
        )
    return Fault(
        FaultKind.UNEXPECTED_ANSWER,
        shown(f"The add-on {name} failed: {what}", secrets),
        hint="Tell the people who made the add-on, or choose another service.",
    )
