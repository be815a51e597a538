"""The Anthropic provider's requests, its list of models, and what the corpus has no case for."""

import json
from typing import Any

import pytest

from pizzagpt_desktop.domain.chunks import Heard
from pizzagpt_desktop.domain.faults import Fault, FaultKind
from pizzagpt_desktop.network.decode import Event
from pizzagpt_desktop.network.http import Limits
from pizzagpt_desktop.providers.anthropic import Anthropic, api_root, request_body
from pizzagpt_desktop.providers.anthropic_events import AnthropicEvents
from tests.helpers.collector import collect
from tests.helpers.corpus import CORPUS, KEY
from tests.helpers.loopback import Loopback, Reply, Request, pieces_of

HI = [{"role": "user", "content": "Hi"}]
BODY = (CORPUS / "sse" / "a01-happy.bin").read_bytes()
GOOD = Reply(body=BODY)


def delta(text: Any, kind: str = "text_delta", field: str = "text", index: Any = 0) -> str:
    return json.dumps({"type": "content_block_delta", "index": index, "delta": {"type": kind, field: text}})


async def test_the_request_is_as_the_reference_says(source_to: Any) -> None:
    talk = [
        {"role": "system", "content": "Be brief."},
        *HI,
        {"role": "assistant", "content": "  "},
        {"role": "assistant", "content": "Well \n"},
    ]
    async with Loopback(GOOD) as server:
        source = source_to(
            f"{server.url}/v1/", "anthropic", model="m", temperature=0.0, top_p=0.5, max_tokens=9, stop=("x",)
        )
        assert (await collect(source, talk)).state == "complete"
    request = server.requests[0]
    assert (request.method, request.target) == ("POST", "/v1/messages")
    assert request.header("x-api-key") == KEY
    assert request.header("anthropic-version") == "2023-06-01"
    assert request.header("authorization") is None
    assert json.loads(request.body) == {
        "model": "m", "max_tokens": 9, "stream": True, "system": "Be brief.",
        "messages": [*HI, {"role": "assistant", "content": "Well"}],
        "temperature": 0.0, "top_p": 0.5, "stop_sequences": ["x"],
    }  # fmt: skip


def test_the_required_length_is_always_there() -> None:
    assert request_body("claude-new", HI, {})["max_tokens"] == 8192
    assert request_body("claude-3-haiku-20240307", HI, {})["max_tokens"] == 4096
    thinking = request_body("m", HI, {"thinking": 9000, "temperature": 0.5})
    assert thinking["thinking"] == {"type": "enabled", "budget_tokens": 9000}
    assert thinking["max_tokens"] > 9000
    assert "temperature" not in thinking, "it is refused together with thinking"


def test_a_bare_host_gets_the_documented_path() -> None:
    assert api_root("https://api.anthropic.com") == "https://api.anthropic.com/v1"
    assert api_root("https://gateway.example/anthropic/v1/") == "https://gateway.example/anthropic/v1"


async def test_all_pages_of_the_models_are_read() -> None:
    async def pages(request: Request, writer: Any) -> None:
        second = "after_id=b" in request.target
        page = {"data": [{"id": "c"}], "has_more": False} if second else {
            "data": [{"id": "a"}, {"id": "b/1"}], "has_more": True, "last_id": "b/1"}  # fmt: skip
        await Reply(content_type="application/json", body=json.dumps(page).encode())(request, writer)

    async with Loopback(pages) as server:
        assert await Anthropic.list_models(base_url=server.url, api_key=KEY) == ["a", "b/1", "c"]
    assert [request.header("x-api-key") for request in server.requests] == [KEY, KEY]


async def test_a_refused_key_is_said_to_be_one_and_never_shown(source_to: Any) -> None:
    error = {
        "type": "error",
        "error": {"type": "authentication_error", "message": f"invalid x-api-key {KEY}"},
    }
    async with Loopback(Reply(401, "application/json", {}, json.dumps(error).encode())) as server:
        outcome = await collect(source_to(server.url, "anthropic"))
    assert outcome.fault is not None
    assert outcome.fault.kind is FaultKind.AUTH
    assert KEY not in outcome.shown


async def test_a_whole_message_in_place_of_a_stream_is_read(source_to: Any) -> None:
    message = {
        "type": "message", "stop_reason": "tool_use", "usage": {"input_tokens": 1, "output_tokens": 2},
        "content": [{"type": "thinking", "thinking": "hm"}, {"type": "text", "text": "Hello"},
                    {"type": "tool_use", "id": "t1", "name": "f", "input": {"a": 1}}],
    }  # fmt: skip
    async with Loopback(Reply(content_type="application/json", body=json.dumps(message).encode())) as server:
        outcome = await collect(source_to(server.url, "anthropic"))
    assert (outcome.state, outcome.text, outcome.reasoning) == ("complete", "Hello", "hm")
    assert outcome.finish == "tool_calls"
    assert outcome.tool_calls == [{"id": "t1", "name": "f", "arguments": '{"a":1}'}]


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b'{"type":"message","content":[],"stop_reason":"end_turn"}', FaultKind.EMPTY),
        (b'{"ok":true}', FaultKind.NOT_THE_API),
        (b"<html><title>Login</title>", FaultKind.NOT_THE_API),
        (b'{"type":"error","error":{"type":"rate_limit_error","message":"slow"}}', FaultKind.RATE_LIMIT),
        (b"hello there", FaultKind.NOT_THE_API),
        (b"", FaultKind.EMPTY),
        (
            b'data: {"type":"message_start","message":{}}\n\ndata: {"type":"message_stop"}\n\n',
            FaultKind.EMPTY,
        ),
        (b"event: error\ndata: overloaded\n\n", FaultKind.SERVER),
    ],
)
async def test_what_is_no_reply_is_said(body: bytes, kind: FaultKind, source_to: Any) -> None:
    async with Loopback(Reply(body=body)) as server:
        outcome = await collect(source_to(server.url, "anthropic"))
    assert outcome.fault is not None
    assert outcome.fault.kind is kind, outcome.fault


def test_pieces_of_a_tool_call_are_joined() -> None:
    events = AnthropicEvents()
    block = {"type": "tool_use", "id": "t", "name": "f", "input": {}}
    start = json.dumps({"type": "content_block_start", "index": 1, "content_block": block})
    stream = [
        start,
        delta('{"a"', "input_json_delta", "partial_json", 1),
        delta(":1}", "input_json_delta", "partial_json", 1),
    ]
    for data in stream:
        assert list(events.read(Event("message", data, ""))) == [Heard()]
    assert [call.arguments for call in events.close() if hasattr(call, "arguments")] == ['{"a":1}']


@pytest.mark.parametrize(
    "data",
    ["{", "[]", "1", '"x"', "[" * 100_000, '{"type":"content_block_delta","delta":1}', delta(7),
     '{"type":"content_block_start","content_block":null}'],
)  # fmt: skip
def test_what_cannot_be_read_is_counted_and_the_rest_kept(data: str) -> None:
    events = AnthropicEvents()
    got = [c for d in (data, delta("ok")) for c in events.read(Event("content_block_delta", d, ""))]
    assert got[-1] == "ok"
    assert [chunk.count for chunk in got[:-1]] == [1]


@pytest.mark.parametrize("end", ["reset", "no-terminator", "stall", "malformed-chunk"])
async def test_a_break_in_mid_stream_keeps_the_text_and_is_a_fault(end: str) -> None:
    body = BODY[: BODY.index(b"event: content_block_stop")]
    chunks: list[Any] = []
    async with Loopback(Reply(body=body, end=end)) as server:
        with pytest.raises(Fault) as caught:
            async for chunk in Anthropic.create_async_generator(
                "m", HI, base_url=server.url, limits=Limits(connect_s=0.4, first_byte_s=0.4, silence_s=0.4)
            ):
                chunks.append(chunk)
    assert "".join(chunk for chunk in chunks if isinstance(chunk, str)) == "Hello"
    assert caught.value.kind in (FaultKind.NETWORK, FaultKind.TIME_OUT)


async def test_an_event_over_the_limit_ends_the_reply_and_keeps_its_text(source_to: Any) -> None:
    start = f"data: {delta('Hello')}\n\ndata: ".encode()
    async with Loopback(Reply(body=b"", pieces=[start, *[b"x" * 1_000_000] * 50])) as server:
        outcome = await collect(source_to(server.url, "anthropic"))
    assert (outcome.state, outcome.text) == ("failed", "Hello")
    assert outcome.fault is not None
    assert outcome.fault.kind is FaultKind.TOO_LARGE


async def test_nothing_is_sent_without_need() -> None:
    async with Loopback(GOOD) as server:
        await pieces_of(Anthropic.create_async_generator("m", HI, base_url=server.url))
        with pytest.raises(Fault):
            await pieces_of(Anthropic.create_async_generator("m", HI, base_url=server.url, api_key="a\nb"))
    assert [request.header("x-api-key") for request in server.requests] == [None]
