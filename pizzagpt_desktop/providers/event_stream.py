"""The body of a streamed reply, for every dialect of server-sent events: a stream, a whole reply, or something else.

Reads an answer through the decoder into a dialect's events; knows no dialect and sends nothing.
"""

from collections.abc import AsyncGenerator, Iterable, Iterator
from typing import Any, Protocol

from pizzagpt_desktop.domain.chunks import Skipped, Unfinished, Usage
from pizzagpt_desktop.domain.faults import Fault, FaultKind
from pizzagpt_desktop.network.decode import Event, SseDecoder
from pizzagpt_desktop.network.http import Answer
from pizzagpt_desktop.providers.answers import (
    EMPTY_REPLY,
    error_in,
    fault_from_error,
    fault_from_status,
    not_the_api,
    read_json,
)
from pizzagpt_desktop.providers.pages import ERROR_BODY

AFTER_FINISH_S = 15.0
"""How long an end sign may take after the model said why it ended."""
BREAKS = frozenset({FaultKind.NETWORK, FaultKind.TIME_OUT})
"""What does not matter any more once a reply has ended."""
_NO_PROGRESS = frozenset({Skipped, Usage})
"""What may come for ever without a word for the reader."""
_FIELDS = (b":", b"data:", b"event:", b"id:", b"retry:")
_BLANK = b"\xef\xbb\xbf \t\r\n"
_WHOLE = (b"{", b"[", b'"')
_HEAD = 1024


class Dialect(Protocol):
    """One reply's events into chunks. done: an end sign ended it. finished: the model said why it ended."""

    done: bool
    finished: bool

    def read(self, event: Event) -> Iterable[Any]:
        """The chunks of one event; raises Fault for an error in the stream."""

    def whole(self, value: Any) -> Iterator[Any]:
        """The chunks of a whole reply that came in place of a stream (rule R14)."""

    def is_reply(self, value: Any) -> bool:
        """Whether a JSON body without a chunk is a reply of this dialect all the same, though an empty one."""

    def close(self) -> Iterator[Any]:
        """What is left when nothing more comes."""


async def refuse_status(answer: Answer, secrets: Iterable[str]) -> None:
    """Raise the fault of a status that is no success, or that says there is no content."""
    if answer.status in (204, 205):
        raise Fault(FaultKind.EMPTY, EMPTY_REPLY)
    if not 200 <= answer.status < 300:
        body = await answer.beginning(ERROR_BODY)
        raise fault_from_status(answer.status, body, answer.headers, secrets, answer.charset)


async def read_reply(answer: Answer, secrets: Iterable[str], events: Dialect) -> AsyncGenerator[Any, None]:
    """The chunks of a reply: a stream of events, or a whole JSON reply in its place, by its first character.

    What breaks or fails in mid-stream is raised once everything that came before it is given.
    """
    piece = await _beginning(answer)
    start = piece.lstrip(_BLANK)[:1]
    if start == b"<":
        raise not_the_api(piece + await answer.beginning(ERROR_BODY), secrets, answer.charset)
    if start in _WHOLE:
        for chunk in _whole_reply(piece + await answer.body(), secrets, events, answer.charset):
            yield chunk
        return
    decoder = SseDecoder()
    seen = ending = False
    head = b""
    broken: Fault | None = None
    failed: Fault | None = None
    try:
        while piece:
            batch = decoder.feed(piece)
            if batch:
                seen = True
                moved = False
                for event in batch:
                    for chunk in events.read(event):
                        yield chunk
                        moved = moved or chunk.__class__ not in _NO_PROGRESS
                if moved:
                    answer.progressed()
                if events.finished and (moved or not ending):
                    ending = True
                    answer.ends_within(AFTER_FINISH_S)
            elif len(head) < _HEAD:
                head += piece
            if events.done:
                break
            _refuse_stray(decoder, secrets)
            try:
                piece = await answer.read()
            except Fault as fault:
                broken = fault
                break
        last = None if events.done else decoder.finish()
        if last is not None:
            seen = True
            for chunk in events.read(last) if is_whole(last.data) else ():
                yield chunk
        if not events.done:
            _refuse_stray(decoder, secrets)
    except Fault as fault:
        failed = fault
    for chunk in _close(events, failed, broken, head if not seen else b"data:", secrets):
        yield chunk


async def _beginning(answer: Answer) -> bytes:
    """The body until something in it is not blank."""
    first = b""
    while not first.strip(_BLANK) and len(first) < ERROR_BODY:
        piece = await answer.read()
        if not piece:
            break
        first += piece
    return first


def _refuse_stray(decoder: SseDecoder, secrets: Iterable[str]) -> None:
    """Raise for an error that is no event, as servers write that no longer think of a stream."""
    if not decoder.stray:
        return
    try:
        error = error_in(read_json(decoder.stray), "error")
    except ValueError:
        return
    if isinstance(error, dict):
        raise fault_from_error(error, secrets)


def _whole_reply(body: bytes, secrets: Iterable[str], events: Dialect, charset: str) -> Iterable[Any]:
    try:
        value = read_json(body)
    except ValueError:
        raise not_the_api(body, secrets, charset) from None
    error = error_in(value) if isinstance(value, list) else None
    if error is not None:
        raise fault_from_error(error, secrets)
    chunks = list(events.whole(value)) if isinstance(value, dict) else []
    if not chunks or all(isinstance(chunk, Skipped) for chunk in chunks):
        if events.is_reply(value):
            raise Fault(FaultKind.EMPTY, EMPTY_REPLY)
        raise not_the_api(body, secrets)
    events.done = True
    return [*chunks, *events.close()]


def _close(
    events: Dialect, failed: Fault | None, broken: Fault | None, head: bytes, secrets: Iterable[str]
) -> Iterator[Any]:
    """What is left at the end, and how it ended. failed: by the dialect. broken: by the wire. head: of no stream."""
    ended = events.done or events.finished
    if broken is not None and not (ended and broken.kind in BREAKS):
        failed = failed or broken
    if failed is not None:
        yield from (chunk for chunk in events.close() if not isinstance(chunk, Unfinished))
        raise failed
    if not head.strip(_BLANK):
        raise Fault(FaultKind.EMPTY, EMPTY_REPLY)
    if not all(line.startswith(_FIELDS) for line in head.split(b"\n") if line.strip()):
        raise not_the_api(head, secrets)
    yield from events.close()


def is_whole(data: str) -> bool:
    """Rule R1: an unfinished last event counts if its data is whole JSON or the end sign (or lines of such)."""
    for text in (data, *data.split("\n")):
        if text.strip() == "[DONE]":
            return True
        try:
            read_json(text)
        except ValueError:
            continue
        return True
    return False
