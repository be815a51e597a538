"""What hostile services can do beside bad bodies: tell secrets, cost time and memory, hold a reply, lie about its counts."""

import asyncio
import base64
import json
import time
from typing import Any

import pytest

from pizzagpt_desktop.domain.chunks import ToolCall, Usage
from pizzagpt_desktop.domain.faults import Fault, FaultKind
from pizzagpt_desktop.network.decode import Event
from pizzagpt_desktop.network.tls import system_context
from pizzagpt_desktop.providers.answers import (
    COUNTS,
    compact_json,
    fault_from_error,
    fault_from_status,
    read_json,
)
from pizzagpt_desktop.providers.anthropic_events import AnthropicEvents
from pizzagpt_desktop.providers.boundary import cleaned
from pizzagpt_desktop.providers.openai_events import OpenAIEvents
from pizzagpt_desktop.providers.pages import decoded, page_title, text_of
from pizzagpt_desktop.providers.tool_calls import CALLS, ToolCalls
from tests.helpers import virtual_time
from tests.helpers.collector import collect
from tests.helpers.corpus import KEY
from tests.helpers.loopback import Loopback, Reply
from tests.helpers.trust.dialects import DIALECTS


def sse(*values: Any) -> bytes:
    """Values as events; bytes are events already."""
    events = (v if isinstance(v, bytes) else b"data: %b\n\n" % json.dumps(v).encode() for v in values)
    return b"".join(events)


def says(text: str, reason: str | None = None, **more: Any) -> dict[str, Any]:
    return {"choices": [{"index": 0, "delta": {"content": text}, "finish_reason": reason}], **more}


DONE = b"data: [DONE]\n\n"


@pytest.mark.parametrize(
    "form",
    [
        KEY,
        f"{KEY[:9]}\xad{KEY[9:]}",
        f"{KEY[:9]}\u200d{KEY[9:]}",
        f"{KEY[:9]}\U000e0041{KEY[9:]}",
        f"{KEY[:9]}\ufe0f\u200b{KEY[9:]}",
        base64.b64encode(KEY.encode()).decode(),
        base64.b64encode(f"user:{KEY}".encode()).decode(),
        KEY.encode().hex(),
        KEY[: len(KEY) // 2],
        KEY[len(KEY) // 2 :],
        "".join(f"&#{ord(char)};" for char in KEY),
    ],
)
async def test_a_key_is_not_shown_in_any_form(form: str, source_to: Any) -> None:
    error = sse({"error": {"message": f"Not {form} here", "code": form}})
    gone = json.dumps({"error": {"message": f"Not {form} here"}}).encode()
    for reply in (
        Reply(body=error),
        Reply(body=f"Not {form} here".encode()),
        Reply(body=f"<html><title>Not {form} here</title>".encode()),
        Reply(403, body=gone, end="length"),
        Reply(body=sse(says("a", form), DONE)),
    ):
        async with Loopback(reply) as server:
            outcome = await collect(source_to(server.url))
        for said in (outcome.shown, outcome.finish or ""):
            if "&#" not in form:
                assert form not in said
            assert KEY not in said


async def test_no_answer_makes_the_program_work_for_long(source_to: Any) -> None:
    for body in (
        b"<title" * 11_000,
        b"<title a='" * 6_500,
        sse({"error": {"message": "context length " * 1_000_000, "code": "context_length_exceeded"}}),
        b"{}" + b" " * 15_000_000 + b"{}",
    ):
        async with Loopback(Reply(body=body)) as server:
            begun = time.process_time()
            outcome = await collect(source_to(server.url, "ollama" if body.startswith(b"{}") else "openai"))
            assert time.process_time() - begun < 3, (
                "this takes a fraction of that, and took many times as long"
            )
        assert outcome.state == "failed"
        assert len(outcome.shown) < 600


def read(reader: Any, *values: Any) -> list[Any]:
    return [chunk for value in values for chunk in reader.read(Event("message", json.dumps(value), ""))]


def test_a_field_beside_the_choices_is_no_error_and_an_error_with_choices_is_one() -> None:
    said = {"choices": [{"delta": {"content": "dough"}}]}
    assert read(OpenAIEvents(), said | {"detail": "fast"}) == ["dough"]
    with pytest.raises(Fault) as caught:
        read(OpenAIEvents(), said | {"object": "error", "message": "The oven is off."})
    assert "The oven is off." in caught.value.detail


def test_tools_without_end_are_refused() -> None:
    calls = ToolCalls()
    for _ in range(CALLS):
        calls.begin()
    with pytest.raises(Fault) as caught:
        calls.begin()
    assert caught.value.kind is FaultKind.TOO_LARGE
    events = OpenAIEvents()
    for n in range(300):
        read(events, {"choices": [{"delta": {"tool_calls": [{"index": 0, "function": {"name": f"n{n}"}}]}}]})
    call, _ = events.close()
    assert isinstance(call, ToolCall)
    assert 200 <= len(call.name) < 210


async def test_what_is_kept_of_a_reply_has_limits() -> None:
    async def tools(number: int, size: int) -> Any:
        for _ in range(number):
            yield ToolCall(None, "f", "x" * size)

    for number, size in ((CALLS + 1, 0), (40, 1024 * 1024)):
        kept = 0
        with pytest.raises(Fault) as caught:
            async for _ in cleaned(lambda n=number, s=size: tools(n, s), "x"):  # type: ignore[misc]
                kept += 1
        assert caught.value.kind is FaultKind.TOO_LARGE
        assert kept == (CALLS if size == 0 else 32)

    async def counts() -> Any:
        for number in range(50):
            yield Usage({f"{number}.{name}": 1 for name in range(COUNTS)})
        yield Usage({"0.0": 2})

    seen: dict[str, int] = {}
    async for chunk in cleaned(counts, "x"):
        seen |= chunk.counts
    assert len(seen) == 2 * COUNTS
    assert seen["0.0"] == 2

    events = AnthropicEvents()
    for number in range(50):
        told = {f"{number}.{name}": 1 for name in range(COUNTS)}
        found = read(events, {"type": "message_delta", "usage": told})
    assert len(found[-1].counts) == COUNTS


def test_what_is_too_deep_to_be_looked_into() -> None:
    deep: Any = "x"
    for _ in range(100):
        deep = {"error": [deep]}
    assert "did not say" in fault_from_error(deep).detail
    assert fault_from_status(500, json.dumps(deep).encode(), {}).kind is FaultKind.SERVER
    for _ in range(5_000):
        deep = [deep]
    assert compact_json(deep) == ""
    assert compact_json({"a": [1]}) == '{"a":[1]}'


def test_texts_of_pages() -> None:
    assert text_of(b"\xef\xbb\xbfa") == "a"
    assert text_of("é".encode("utf-16-be"), "") != "é"
    assert text_of(b"\xfe\xff\x00a") == "a"
    assert text_of(b"a\xe9", "iso-8859-1") == "aé"
    assert text_of(b'<?xml version="1.0" encoding="koi8-r"?>\xc1')[-1] == "а"
    assert decoded(b"\x93", "iso-8859-1") == "“", "what the label means on the web"
    for odd in ("hex", "zip", "unicode_escape", "punycode", "idna", "undefined", "\0", "x" * 500, "é"):
        assert decoded(b"a\xff", odd) == "a\ufffd", odd
    assert page_title("<titles>no</titles><TITLE\nlang=de>A &amp;\n B</title>") == "A & B"
    assert page_title("<title>A") == "A"
    assert page_title("<h1>") == ""


@pytest.mark.parametrize(
    ("location", "shown"),
    [
        ("http://[::1]:99/x", "http://[::1]:99."),
        (f"https://me:{KEY}@evil.example/", "https://evil.example."),
        ("https://bücher.example/", "https://xn--bcher-kva.example."),
        ("https://evil\u202e.example/", "an address that cannot be read"),
        ("http://a.example:99999/", "an address that cannot be read"),
        (f"/x/{KEY}", "/x/sk…ef."),
        ("", "another address."),
    ],
)
async def test_where_a_redirect_points_is_told_and_not_followed(
    location: str, shown: str, source_to: Any
) -> None:
    async def moved(_request: Any, writer: Any) -> None:
        writer.write(f"HTTP/1.1 307 Moved\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n".encode())

    async with Loopback(moved) as server:
        outcome = await collect(source_to(server.url))
    assert outcome.fault is not None
    assert outcome.fault.kind is FaultKind.REDIRECT
    assert f"wants to send you to {shown}" in outcome.shown
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("said", "seconds"),
    [("7.5555", 7.5555), ("٧", None), ("1e3", None), ("7, 8", None), ("+5", None), ("Wed, 21 Oct 2037 07:28:00 +9999", None)],
)  # fmt: skip
def test_when_to_come_back(said: str, seconds: float | None) -> None:
    assert fault_from_status(429, b"", {"Retry-After": said}).retry_after_s == seconds


@pytest.mark.parametrize(
    ("first", "then", "state", "seconds"),
    [
        (says("Hi", "stop"), {"type": "ping"}, "complete", 15),
        (says("Hi"), {"choices": [], "usage": {"prompt_tokens": 1}}, "interrupted", 600),
        (says("Hi"), says(""), "interrupted", 600),
        (says("Hi"), b"data: {oops\n\n", "interrupted", 600),
    ],
)
def test_what_says_nothing_holds_no_reply(first: Any, then: Any, state: str, seconds: float) -> None:
    """On a clock that jumps: events that bring nothing for the reader, one every ten seconds for half an hour."""

    async def pings(_request: Any, writer: Any) -> None:
        writer.write(Reply().head() + sse(first))
        for _ in range(200):
            await asyncio.sleep(10)
            writer.write(sse(then))
            await writer.drain()

    async def ask() -> tuple[Any, float]:
        begun = asyncio.get_running_loop().time()
        async with Loopback(pings) as server:
            outcome = await collect(DIALECTS["openai"].source(server.url))
        return outcome, asyncio.get_running_loop().time() - begun

    system_context()  # made in a thread, which no clock waits for
    outcome, took = virtual_time.run(ask())
    assert (outcome.state, outcome.text) == (state, "Hi")
    assert seconds <= took < seconds + 15


def test_what_the_program_notes_of_a_reply_no_service_can_say() -> None:
    told = {
        "prompt_tokens": 3,
        "cost_nano": 10**15,
        "context_size": 600,
        "messages_left_out": 5,
        "answer_ms": 1,
    }
    (chunk,) = read(OpenAIEvents(), {"choices": [], "usage": {**told, "x" * 101: 1, "x" * 100: 2}})
    assert chunk.counts == {"prompt_tokens": 3, "x" * 100: 2}


def test_json_that_would_take_many_times_its_size_is_not_read() -> None:
    for part in ("[],", "{},", '"a",', '"a", '):
        with pytest.raises(ValueError, match="too many parts"):
            read_json("[" + part * 700_000 + "1]")
    with pytest.raises(ValueError, match="too many parts"):
        read_json(b"[" + b"[]," * 700_000 + b"1]")
    assert len(read_json(json.dumps({"content": 'a "quoted", [word] ' * 100_000}))["content"]) == 1_900_000
    assert len(read_json("[" + "[]," * 200_000 + "1]")) == 200_001


def test_a_page_is_known_by_its_beginning() -> None:
    """On a clock that jumps: one that never ends is not waited for as long as a reply would be."""

    async def portal(_request: Any, writer: Any) -> None:
        writer.write(Reply().head() + b"\n<html><head><title>Hotel</title>")
        for _ in range(200):
            await asyncio.sleep(5)
            writer.write(b" ")
            await writer.drain()

    async def ask() -> tuple[Any, float]:
        begun = asyncio.get_running_loop().time()
        async with Loopback(portal) as server:
            outcome = await collect(DIALECTS["openai"].source(server.url))
        return outcome, asyncio.get_running_loop().time() - begun

    system_context()
    outcome, took = virtual_time.run(ask())
    assert (outcome.state, outcome.fault.kind) == ("failed", FaultKind.NOT_THE_API)
    assert "Hotel" in outcome.shown
    assert took < 20


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        ({"status": "RESOURCE_EXHAUSTED"}, FaultKind.RATE_LIMIT),
        ({"status": "RESOURCE_EXHAUSTED", "message": "You exceeded your current quota"}, FaultKind.QUOTA),
        ({"status": "UNAUTHENTICATED"}, FaultKind.AUTH),
        ({"status": "INVALID_ARGUMENT", "message": "API key not valid"}, FaultKind.AUTH),
        ({"status": "NOT_FOUND", "code": 503}, FaultKind.SERVER),
        ({"type": "exceeded_current_quota_error", "message": "Not active"}, FaultKind.QUOTA),
    ],
)  # fmt: skip
def test_what_services_call_their_errors(error: dict[str, Any], kind: FaultKind) -> None:
    assert fault_from_error(error).kind is kind


async def test_what_was_packed_unasked_is_said_to_be_that(source_to: Any) -> None:
    for label in ("br", "zstd"):
        async with Loopback(Reply(headers={"Content-Encoding": label}, body=b"\x0b\x02\x80")) as server:
            outcome = await collect(source_to(server.url))
        assert outcome.fault is not None
        assert outcome.fault.kind is FaultKind.DAMAGED
        assert "could not be read. It came packed in a way that nobody asked for." in outcome.shown


@pytest.mark.parametrize("name", ["openai", "anthropic", "ollama"])
def test_a_list_of_models_that_drips_is_not_waited_for(name: str) -> None:
    """On a clock that jumps: a byte every five seconds, for half an hour."""

    async def drips(_request: Any, writer: Any) -> None:
        writer.write(Reply(content_type="application/json").head() + b'{"data": [')
        for _ in range(360):
            await asyncio.sleep(5)
            writer.write(b" ")
            await writer.drain()

    async def ask() -> float:
        begun = asyncio.get_running_loop().time()
        async with Loopback(drips) as server:
            with pytest.raises(Fault, match="did not end its answer in 60 seconds") as caught:
                await DIALECTS[name].provider.list_models(base_url=server.url)
        assert caught.value.kind is FaultKind.TIME_OUT
        return asyncio.get_running_loop().time() - begun

    system_context()
    assert 60 <= virtual_time.run(ask()) < 70
