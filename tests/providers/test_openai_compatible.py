"""The OpenAI-compatible provider's requests, its list of models, and streams that break."""

import asyncio
import json
import random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pizzagpt_desktop.domain.chunks import FinishReason, Heard, Skipped, ToolCall, Unfinished
from pizzagpt_desktop.domain.faults import Fault, FaultKind
from pizzagpt_desktop.network.decode import Event
from pizzagpt_desktop.network.http import Limits
from pizzagpt_desktop.providers.helper import AT_ONCE, json_body
from pizzagpt_desktop.providers.openai_compatible import OpenAICompatible, request_body
from pizzagpt_desktop.providers.openai_events import OpenAIEvents
from tests.helpers.collector import collect
from tests.helpers.corpus import KEY, large
from tests.helpers.loopback import Loopback, Reply, pieces_of

HI = [{"role": "user", "content": "Hi"}]
QUICK = Limits(connect_s=0.4, first_byte_s=0.4, silence_s=0.4)


def delta(text: str, finish: str | None = None) -> bytes:
    choice = {"index": 0, "delta": {"content": text}, "finish_reason": finish}
    return b"data: " + json.dumps({"choices": [choice]}).encode() + b"\n\n"


GOOD = Reply(body=delta("Hel") + delta("lo", "stop") + b"data: [DONE]\n\n")


async def test_the_request_holds_what_was_set_and_nothing_else(source_to: Any) -> None:
    async with Loopback(GOOD) as server:
        await collect(source_to(f"{server.url}/v1", model="m1"), HI)
        full = source_to(
            f"{server.url}/v1/", model="m", temperature=0.0, top_p=0.5, max_tokens=9, seed=0, stop=("a", "b")
        )
        await collect(full, HI)
        await collect(source_to(f"{server.url}/v1", key=None), HI)
    plain, full_request, keyless = server.requests
    assert (plain.method, plain.target) == ("POST", "/v1/chat/completions")
    assert json.loads(plain.body) == {"model": "m1", "messages": HI, "stream": True}
    assert plain.header("authorization") == f"Bearer {KEY}"
    assert plain.header("accept") == "text/event-stream"
    assert plain.header("accept-encoding") == "identity"
    assert json.loads(full_request.body) == {
        "model": "m", "messages": HI, "stream": True,
        "temperature": 0.0, "top_p": 0.5, "max_tokens": 9, "seed": 0, "stop": ["a", "b"],
    }  # fmt: skip
    assert full_request.target == "/v1/chat/completions"
    assert keyless.header("authorization") is None
    assert "model" not in json.loads(keyless.body)


async def test_a_long_conversation_is_sent_whole_and_holds_no_turn(source_to: Any) -> None:
    long = [
        {"role": "user", "content": f"{number} \u00e4\U0001f355 " + "x" * 1_100}
        for number in range(2 * AT_ONCE + 1)
    ]
    turns = 0
    body = asyncio.ensure_future(json_body({"messages": long, "stream": True, "stop": [], "n": None}))
    while not body.done():
        await asyncio.sleep(0)
        turns += 1
    assert json.loads(await body) == {"messages": long, "stream": True, "stop": [], "n": None}
    assert turns >= 3
    async with Loopback(GOOD) as server:
        await collect(source_to(f"{server.url}/v1", model="m1"), long)
    (request,) = server.requests
    assert len(request.body) > 2**20
    assert json.loads(request.body) == {"model": "m1", "messages": long, "stream": True}
    assert request.header("content-length") == str(len(request.body))
    assert request.header("content-type") == "application/json"


def test_openais_own_service_is_asked_for_usage() -> None:
    own = request_body("https://api.openai.com/v1", "m", HI, {"max_tokens": 5})
    assert own["stream_options"] == {"include_usage": True}
    assert own["max_completion_tokens"] == 5
    assert "max_tokens" not in own
    other = request_body("https://api.openai.com.evil.example/v1", "m", HI, {"max_tokens": 5})
    assert "stream_options" not in other


async def test_a_key_that_cannot_be_one_sends_nothing(source_to: Any) -> None:
    async with Loopback(GOOD) as server:
        outcome = await collect(source_to(server.url, key="sk-CANARY\r\nX-Evil: 1"))
    assert outcome.fault is not None
    assert outcome.fault.kind is FaultKind.AUTH
    assert "CANARY" not in outcome.shown
    assert server.connections == 0


@pytest.mark.parametrize(
    ("body", "names"),
    [
        ({"data": [{"id": "b"}, {"id": "a"}, {"id": "b"}]}, ["b", "a"]),
        ({"object": "list", "data": []}, []),
        ([{"name": "x"}, "y"], ["x", "y"]),
        ({"models": [{"model": "z"}]}, ["z"]),
        ({"data": [{"id": 5}, None, {}, {"id": "<img src=x>\u202e"}]}, ["<img src=x>"]),
    ],
)
async def test_lists_models(body: Any, names: list[str]) -> None:
    reply = Reply(content_type="application/json", body=json.dumps(body).encode(), end="length")
    async with Loopback(reply) as server:
        assert await OpenAICompatible.list_models(base_url=f"{server.url}/v1/", api_key="k" * 9) == names
    assert (server.requests[0].method, server.requests[0].target) == ("GET", "/v1/models")
    assert server.requests[0].header("authorization") == "Bearer " + "k" * 9


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (Reply(401, "application/json", body=b'{"error":{"message":"no"}}', end="length"), FaultKind.AUTH),
        (Reply(404, "text/html", body=b"<h1>no</h1>", end="length"), FaultKind.NOT_FOUND),
        (Reply(200, "text/html", body=b"<title>Hotel</title>", end="length"), FaultKind.NOT_THE_API),
        (Reply(200, "application/json", body=b"[" * 100_000, end="length"), FaultKind.NOT_THE_API),
        (
            Reply(200, "application/json", body=b'{"error":{"code":"invalid_api_key"}}', end="length"),
            FaultKind.AUTH,
        ),
        (Reply(200, "application/json", body=b'{"x":1}', end="length"), FaultKind.NOT_THE_API),
    ],
)
async def test_a_list_of_models_that_is_none(reply: Reply, kind: FaultKind) -> None:
    async with Loopback(reply) as server:
        with pytest.raises(Fault) as caught:
            await OpenAICompatible.list_models(base_url=server.url)
    assert caught.value.kind is kind


@pytest.mark.parametrize("end", ["reset", "no-terminator", "malformed-chunk", "stall"])
@pytest.mark.parametrize(
    ("body", "state", "text"),
    [
        (delta("Hel") + delta("lo"), "interrupted", "Hello"),
        (delta("Hel") + delta("lo", "stop"), "complete", "Hello"),
        (delta("Hel") + delta("lo").rstrip(), "interrupted", "Hello"),
        (delta("Hel") + delta("lo") + b"data: [DONE]\n\n", "complete", "Hello"),
    ],
    ids=["no-end-sign", "finish", "unfinished-event", "done"],
)
async def test_a_connection_that_breaks(end: str, body: bytes, state: str, text: str, source_to: Any) -> None:
    async with Loopback(Reply(body=body, end=end)) as server:
        source = source_to(server.url)
        outcome = await collect(_limited(source, server.url))
    assert (outcome.state, outcome.text) == (state, text)


class _limited:  # noqa: N801  (reads as a function)
    """A source as `Sources` makes it, with short limits."""

    def __init__(self, source: Any, url: str) -> None:
        self.url = url

    def stream(self, messages: Any) -> Any:
        return OpenAICompatible.create_async_generator("", messages, base_url=self.url, limits=QUICK)


async def test_an_event_cut_in_its_middle_is_neither_text_nor_damage(source_to: Any) -> None:
    async with Loopback(Reply(body=delta("a") + delta("b")[:30])) as server:
        outcome = await collect(source_to(server.url))
    assert (outcome.state, outcome.text, outcome.skipped) == ("interrupted", "a", 0)


@pytest.mark.parametrize(
    ("body", "kind", "words"),
    [
        (b"Ciao, come stai?", FaultKind.NOT_THE_API, "than this service does: Ciao, come stai?"),
        (b'{"message": "hello"}', FaultKind.NOT_THE_API, '{"message": "hello"}'),
        (b'"hello"', FaultKind.NOT_THE_API, '"hello"'),
        (b'{"choices": [], "id": 1}', FaultKind.EMPTY, "empty"),
        (b": only\n: comments\n\n", FaultKind.EMPTY, "empty"),
        (b"event: ping\nid: 3\n\n", FaultKind.EMPTY, "empty"),
        (b'{"detail": [{"loc": ["body"], "msg": "field required"}]}', FaultKind.SERVER, "field required"),
    ],
)
async def test_bodies_that_are_no_reply(body: bytes, kind: FaultKind, words: str, source_to: Any) -> None:
    async with Loopback(Reply(body=body)) as server:
        outcome = await collect(source_to(server.url))
    assert outcome.fault is not None
    assert outcome.fault.kind is kind
    assert outcome.fault.detail.rstrip(".").endswith(words) or kind is FaultKind.EMPTY


async def test_stopping_closes_the_connection_at_once(source_to: Any) -> None:
    async with Loopback(Reply(body=delta("x"), end="stall")) as server:
        chunks = source_to(server.url).stream(HI)
        assert await anext(chunks) == "x"
        await chunks.aclose()
        await asyncio.wait_for(server.closed.wait(), 1)


async def test_pings_do_not_keep_a_reply_alive_but_reasoning_does() -> None:
    thought = b'data: {"choices":[{"delta":{"reasoning_content":"h"}}]}\n\n'

    def slow(piece: bytes, times: int) -> Any:
        async def handler(request: Any, writer: asyncio.StreamWriter) -> None:
            writer.write(Reply().head())
            for _ in range(times):
                writer.write(piece)
                await writer.drain()
                await asyncio.sleep(0.05)
            writer.write(delta("x", "stop") + b"data: [DONE]\n\n")

        return handler

    async with Loopback(slow(b": ping\n\n", 200)) as server:
        with pytest.raises(Fault) as caught:
            await pieces_of(_limited(None, server.url).stream(HI))
    assert caught.value.kind is FaultKind.TIME_OUT
    async with Loopback(slow(thought, 20)) as server:
        chunks = await pieces_of(_limited(None, server.url).stream(HI))
    assert chunks[-2:] == ["x", FinishReason("stop")]


@pytest.mark.parametrize(
    ("name", "state", "kind", "length"),
    [
        ("big-line-50MB", "failed", FaultKind.TOO_LARGE, 0),
        ("big-event-64MiB", "failed", FaultKind.TOO_LARGE, 5),
        ("data-lines-200k", "complete", None, 1),
        ("json-arrays-30MB", "failed", FaultKind.TOO_LARGE, 0),
        ("no-text-10min", "complete", None, 2),
        ("text-20MB", "complete", None, 20_000_000),
        ("text-64MB", "failed", FaultKind.TOO_LARGE, 32 * 1024 * 1024),
    ],
)
async def test_large_bodies(
    name: str, state: str, kind: FaultKind | None, length: int, source_to: Any
) -> None:
    async with Loopback(Reply(pieces=large(name))) as server:
        outcome = await collect(source_to(server.url))
    assert outcome.state == state
    assert (outcome.fault and outcome.fault.kind) == kind
    assert len(outcome.text) == length
    if name == "no-text-10min":
        assert len(outcome.reasoning) == 100_000


def read_all(events: list[Event]) -> list[Any]:
    reader = OpenAIEvents()
    chunks = [chunk for event in events for chunk in reader.read(event)]
    return chunks + list(reader.close())


def test_pieces_of_two_tool_calls_are_put_together_by_index() -> None:
    def tools(*calls: Any) -> Event:
        return Event("message", json.dumps({"choices": [{"delta": {"tool_calls": list(calls)}}]}), "")

    chunks = read_all(
        [
            tools({"index": 0, "id": "a", "function": {"name": "f", "arguments": "{"}}),
            tools({"index": 1, "id": "b", "function": {"name": "g", "arguments": "["}}),
            tools({"index": 0, "function": {"arguments": "}"}}, {"index": 1, "function": {"arguments": "]"}}),
            Event("message", "[DONE]", ""),
        ]
    )
    assert chunks == [*[Heard()] * 4, ToolCall("a", "f", "{}"), ToolCall("b", "g", "[]")]


JSONISH = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(
            ["choices", "delta", "message", "content", "error", "usage", "index", "finish_reason", "tool_calls",
             "function", "name", "arguments", "id", "text", "detail", "object", "reasoning", "refusal", "code", "type"]
        ),
        inner,
        max_size=4,
    ),
    max_leaves=20,
)  # fmt: skip


@settings(max_examples=400, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(JSONISH, max_size=4), st.sampled_from(["message", "error", "x"]))
def test_any_json_gives_chunks_or_a_fault(values: list[Any], name: str) -> None:
    try:
        chunks = read_all([Event(name, json.dumps(value), "") for value in values])
    except Fault as fault:
        assert fault.detail
        assert len(fault.detail) <= 500
    else:
        assert all(isinstance(chunk, str) or type(chunk).__module__.endswith("chunks") for chunk in chunks)


@pytest.mark.parametrize("seed", range(12))
async def test_any_bytes_give_chunks_or_a_fault(seed: int, source_to: Any) -> None:
    source = random.Random(seed)
    parts = [
        b"data: ",
        b"\n\n",
        b"\r",
        b'{"choices":[{"delta":{"content":"a',
        b'"}}]}',
        b"[DONE]",
        b"\xff",
        b"<html>",
        b"{",
        b":",
    ]
    for _ in range(8):
        body = b"".join(source.choice(parts) for _ in range(source.randrange(12)))
        status = source.choice([200, 200, 200, 201, 400, 429, 500, 599])
        async with Loopback(Reply(status, body=body, pieces=[body[:9], body[9:]])) as server:
            outcome = await collect(source_to(server.url))
        assert outcome.state in ("complete", "interrupted", "failed"), body


def test_broken_events_are_counted() -> None:
    assert read_all([Event("message", "{", "")]) == [Skipped(), Unfinished()]
    assert read_all([Event("ping", "12:00 o'clock", "")]) == [Unfinished()], (
        "rule R8: unknown events are ignored"
    )
