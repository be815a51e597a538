"""The large recipes of the corpus, each read by a process of its own: what becomes of them, and what they cost.

`tests/providers` reads the smaller ones in every run of the gate; memory is measured here.
"""

import asyncio
import zlib
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest

from pizzagpt_desktop.domain.faults import FaultKind
from pizzagpt_desktop.network.tls import system_context
from tests.helpers import virtual_time
from tests.helpers.collector import collect
from tests.helpers.corpus import large
from tests.helpers.loopback import Loopback, Reply, Request
from tests.helpers.trust.dialects import DIALECTS
from tests.trust.test_elsewhere_faults import asking

MORE_KB = 64 * 1024
"""What a reply may take besides its own text."""
TEXT_KB = 2 * MORE_KB
"""What a reply of 32 MiB may take with its text, of which the test holds a second copy."""


def packed(pieces: Iterable[bytes]) -> Iterator[bytes]:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    for piece in pieces:
        if data := packer.compress(piece):
            yield data
    yield packer.flush()


SSE, LINES = DIALECTS["openai"].content_type, DIALECTS["ollama"].content_type
CASES: dict[str, tuple[str, str, str, dict[str, str], str, str | None, int, int]] = {
    # recipe: dialect, label, how it ends, headers, state, kind, characters, kilobytes
    "big-line-50MB": ("openai", SSE, "close", {}, "failed", "too_large", 0, MORE_KB),
    "big-event-64MiB": ("openai", SSE, "close", {}, "failed", "too_large", 5, MORE_KB),
    "many-events-1M": ("openai", SSE, "close", {}, "complete", None, 1_000_000, 2 * MORE_KB),
    "comments-20MB": ("openai", SSE, "close", {}, "failed", "empty", 0, MORE_KB),
    "data-lines-200k": ("openai", SSE, "close", {}, "complete", None, 1, MORE_KB),
    "no-text-10min": ("openai", SSE, "close", {}, "complete", None, 2, MORE_KB),
    "text-20MB": ("openai", SSE, "close", {}, "complete", None, 20_000_000, TEXT_KB),
    "text-64MB": ("openai", SSE, "close", {}, "failed", "too_large", 32 * 1024 * 1024, TEXT_KB),
    "json-arrays-30MB": ("openai", SSE, "close", {}, "failed", "too_large", 0, MORE_KB),
    "ndjson-line-50MB": ("ollama", LINES, "close", {}, "failed", "too_large", 0, MORE_KB),
    "headers-1MB": ("openai", SSE, "close", {}, "failed", "damaged", 0, MORE_KB),
}


@pytest.mark.long
@pytest.mark.parametrize("name", CASES)
async def test_a_large_body_ends_as_it_should_in_little_memory(
    name: str, figures: Callable[..., None]
) -> None:
    dialect, label, end, headers, state, kind, length, kilobytes = CASES[name]
    reply = Reply(content_type=label, headers=headers, pieces=large(name), end=end)
    if name == "headers-1MB":
        reply = Reply(headers={f"X-{number}": "b" * 4000 for number in range(256)})
    async with Loopback(reply) as server, asking(DIALECTS[dialect], server.url, "9", "60", "60") as process:
        said = await process.says("ended")
    assert (said["state"], said["kind"], said["length"]) == (state, kind, length)
    assert said["kilobytes"] < kilobytes, said
    figures(f"large {name}", megabytes=round(said["kilobytes"] / 1024), processor=round(said["processor"], 2))


@pytest.mark.long
@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("label", ["gzip", "br"])
async def test_a_bomb_is_refused_in_little_memory(dialect: str, label: str) -> None:
    body: Iterable[bytes] = packed(large("gzip-zeros-1GB")) if label == "gzip" else [b"\x5b\xff\xff\x3f" * 9]
    reply = Reply(
        content_type=DIALECTS[dialect].content_type, headers={"Content-Encoding": label}, pieces=body
    )
    async with Loopback(reply) as server, asking(DIALECTS[dialect], server.url, "9", "60", "60") as process:
        said = await process.says("ended")
    assert said["state"] == "failed"
    assert said["kind"] in ("too_large", "damaged", "not_the_api"), said
    assert said["kilobytes"] < MORE_KB, said


def on_a_clock_that_jumps(handler: Any, dialect: str) -> tuple[Any, float]:
    """What becomes of an answer that takes its time, and how long that would have been."""

    async def ask() -> tuple[Any, float]:
        loop = asyncio.get_running_loop()
        begun = loop.time()
        async with Loopback(handler) as server:
            return await collect(DIALECTS[dialect].source(server.url)), loop.time() - begun

    system_context()  # made in a thread, which no clock waits for
    return virtual_time.run(ask())


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_head_that_comes_a_byte_a_second_is_not_waited_for_for_ever(dialect: str) -> None:
    async def slowly(_request: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        for _ in range(2000):
            writer.write(b"h")
            await writer.drain()
            await asyncio.sleep(1)

    outcome, seconds = on_a_clock_that_jumps(slowly, dialect)
    assert outcome.fault.kind is FaultKind.TIME_OUT
    assert "did not begin to answer within 600 seconds" in outcome.fault.detail
    assert 600 <= seconds < 610, "as long as a local model may take, and no longer"


def test_ten_minutes_of_thinking_are_waited_for() -> None:
    """The recipe `no-text-10min` at its own pace, thinned out."""
    pieces = b"".join(large("no-text-10min")).split(b"\n\n")
    thought, last = pieces[0] + b"\n\n", pieces[-2] + b"\n\n"

    async def thinks(_request: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(Reply().head())
        for _ in range(600):
            writer.write(thought)
            await writer.drain()
            await asyncio.sleep(1)
        writer.write(last)

    outcome, seconds = on_a_clock_that_jumps(thinks, "openai")
    assert (outcome.state, outcome.text, len(outcome.reasoning)) == ("complete", "42", 600)
    assert seconds >= 600
