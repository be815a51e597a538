"""What the rows of the fault model share: how they are kept, what a fault must say, servers that misbehave."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from pizzagpt_desktop.domain.faults import FaultKind
from tests.helpers.collector import Outcome
from tests.helpers.corpus import KEY
from tests.helpers.loopback import Handler, Reply, Request
from tests.helpers.trust.dialects import DIALECTS, Dialect

Row = Callable[[Dialect], Awaitable[None]]
STOP_S = 0.1
CLOSED_S = 1.0


def keeper(rows: dict[str, Row]) -> Callable[[str], Callable[[Row], Row]]:
    """Keeps a function under a row's name, once."""

    def row(name: str) -> Callable[[Row], Row]:
        def keep(function: Row) -> Row:
            assert name not in rows
            rows[name] = function
            return function

        return keep

    return row


def cases(rows: dict[str, Row], short: tuple[str, ...]) -> list[Any]:
    """Every row in every dialect; those that are not of the short slice are for `make trust`."""
    return [
        pytest.param(name, dialect, id=f"{name}-{dialect}", marks=[] if name in short else [pytest.mark.long])
        for name in sorted(rows)
        for dialect in DIALECTS
    ]


def failed(outcome: Outcome, kind: FaultKind, *words: str) -> None:
    """It failed of this, said so in these words, and no secret is in them."""
    assert outcome.fault is not None, outcome
    assert outcome.fault.kind is kind, outcome.fault
    for part in words:
        assert part in outcome.shown, outcome.shown
    assert KEY not in outcome.shown


async def stopped(dialect: Dialect, url: str, ready: Callable[[], bool]) -> None:
    """Asked, and stopped while it waits: that takes no time."""
    asking = asyncio.ensure_future(dialect.ask(url))
    while not ready():  # noqa: ASYNC110  (what is waited for is a server of another kind, or a moment)
        await asyncio.sleep(0.005)
    begun = time.monotonic()
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)
    assert time.monotonic() - begun < STOP_S


async def never(_request: Request, _writer: asyncio.StreamWriter) -> None:
    """Accepts, and never answers."""
    await asyncio.Event().wait()


def stalled(body: bytes, content_type: str) -> Handler:
    """The beginning of an answer in chunks, and then nothing."""

    async def answer(_request: Request, writer: asyncio.StreamWriter) -> None:
        head = f"HTTP/1.1 200 OK\r\nContent-Type: {content_type}\r\nTransfer-Encoding: chunked\r\n\r\n"
        writer.write(head.encode() + b"%x\r\n%b\r\n" % (len(body), body))
        await writer.drain()
        await asyncio.Event().wait()

    return answer


def answered(dialect: Dialect, body: bytes, **options: Any) -> Reply:
    """A body as the dialect's services label it."""
    return Reply(content_type=options.pop("content_type", dialect.content_type), body=body, **options)


async def bytes_server(answer: bytes) -> asyncio.Server:
    """A server that says `answer` to the first byte and goes; without one it resets the connection."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(answer)
        if not answer:
            writer.transport.abort()
        writer.close()

    return await asyncio.start_server(serve, "127.0.0.1", 0)
