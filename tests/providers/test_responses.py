"""The Responses provider: its requests, and its streams at every chunking over a real connection."""

import json
from typing import Any

import pytest

from pizzagpt_desktop.domain.chunks import Skipped
from pizzagpt_desktop.domain.faults import Fault, FaultKind
from pizzagpt_desktop.network.decode import Event
from pizzagpt_desktop.network.http import Limits
from pizzagpt_desktop.providers.responses import Responses, request_body
from pizzagpt_desktop.providers.responses_events import ResponsesEvents
from tests.helpers.collector import Outcome, collect
from tests.helpers.corpus import KEY
from tests.helpers.loopback import Loopback, Reply, cut

HI = [{"role": "user", "content": "Hi"}]
CUTTINGS = ["whole", "size:1", "size:7", "random:5"]


def sse(*values: Any) -> bytes:
    return b"".join(b"event: %b\ndata: %b\n\n" % (v["type"].encode(), json.dumps(v).encode()) for v in values)


def text(delta: Any, output: int = 0) -> dict[str, Any]:
    return {"type": "response.output_text.delta", "output_index": output, "content_index": 0, "delta": delta}


def thought(delta: str, part: int = 0) -> dict[str, Any]:
    kind = "response.reasoning_summary_text.delta"
    return {"type": kind, "output_index": 0, "summary_index": part, "delta": delta}


def message(words: str) -> dict[str, Any]:
    return {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": words}]}


def end(kind: str = "completed", **more: Any) -> dict[str, Any]:
    usage = {"input_tokens": 3, "output_tokens": 2, "input_tokens_details": {"cached_tokens": 0}}
    response = {"object": "response", "status": kind, "error": None, "usage": usage, "output": [], **more}
    return {"type": f"response.{kind}", "response": response}


START = {"type": "response.created", "response": {"status": "in_progress", "output": []}}
USAGE = {"input_tokens": 3, "output_tokens": 2, "input_tokens_details.cached_tokens": 0}
CALL = {"type": "function_call", "call_id": "c1", "name": "f", "arguments": ""}
FILTER = {"incomplete_details": {"reason": "content_filter"}}

CASES: dict[str, tuple[bytes, dict[str, Any]]] = {
    "plain": (
        sse(START, text("Hel"), text("lo"), {"type": "response.output_text.done", "output_index": 0,
            "content_index": 0, "text": "Hello"}, end(output=[message("Hello")])),
        {"state": "complete", "text": "Hello", "finish": "stop", "usage": USAGE, "deltas": ["Hel", "lo"]},
    ),
    "thinking": (
        sse(START, thought("a"), thought("b"), thought("c", 1), text("42", 1), end()),
        {"state": "complete", "text": "42", "reasoning": "ab\n\nc", "finish": "stop"},
    ),
    "only at the end": (
        sse(START, end(output=[{"type": "reasoning", "summary": [{"text": "hm"}]}, message("Hi")])),
        {"state": "complete", "text": "Hi", "reasoning": "hm", "finish": "stop"},
    ),
    "tool call": (
        sse({"type": "response.output_item.added", "output_index": 0, "item": CALL},
            {"type": "response.function_call_arguments.delta", "output_index": 0, "delta": '{"a"'},
            {"type": "response.function_call_arguments.delta", "output_index": 0, "delta": ":1}"},
            {"type": "response.function_call_arguments.done", "output_index": 0, "arguments": '{"a":1}'}, end()),
        {"state": "complete", "text": "", "finish": "tool_calls",
         "tool_calls": [{"id": "c1", "name": "f", "arguments": '{"a":1}'}]},
    ),
    "refusal": (
        sse({"type": "response.refusal.delta", "output_index": 0, "content_index": 0, "delta": "No."}, end()),
        {"state": "complete", "text": "No.", "finish": "stop"},
    ),
    "length": (
        sse(text("Hi"), end("incomplete", incomplete_details={"reason": "max_output_tokens"})),
        {"state": "complete", "text": "Hi", "finish": "length"},
    ),
    "filter": (sse(text("Hi"), end("incomplete", **FILTER)),
               {"state": "complete", "text": "Hi", "finish": "content_filter"}),
    "filter without text": (sse(START, end("incomplete", **FILTER)),
                            {"state": "failed", "finish": "content_filter", "kind": "content_filter"}),
    "failed": (
        sse(text("Half"), end("failed", error={"code": "server_error", "message": f"It broke {KEY}"})),
        {"state": "failed", "text": "Half", "kind": "server"},
    ),
    "error event": (
        sse(text("Half"), {"type": "error", "code": "rate_limit_exceeded", "message": "Slow down"}),
        {"state": "failed", "text": "Half", "kind": "rate_limit"},
    ),
    "error in words": (b"event: error\ndata: broken\n\n", {"state": "failed", "kind": "server"}),
    "cut": (sse(START, text("Half")), {"state": "interrupted", "text": "Half"}),
    "last event without its end": (sse(text("Hi"), end())[:-2], {"state": "complete", "text": "Hi"}),
    "after the end": (sse(text("Hi"), end(), text(" EVIL")), {"state": "complete", "text": "Hi"}),
    "broken event": (sse(text("a")) + b"data: {broken\n\n" + sse(text("b"), end()),
                     {"state": "complete", "text": "ab", "skipped": 1}),
    "two halves": (sse(text("a\ud83d"), text("\ude00b"), end()), {"state": "complete", "text": "a\U0001f600b"}),
    "unknown events": (sse({"type": "response.new_thing.delta", "delta": 7}, {"type": "x"}, text("a"), end()),
                       {"state": "complete", "text": "a", "skipped": 0}),
    "whole": (json.dumps(end(output=[message("Hi")])["response"]).encode(),
              {"state": "complete", "text": "Hi", "finish": "stop", "usage": USAGE}),
    "whole and empty": (json.dumps(end()["response"]).encode(), {"state": "failed", "kind": "empty"}),
    "whole error": (b'{"error":{"message":"no such model","code":"model_not_found"}}',
                    {"state": "failed", "kind": "not_found"}),
    "empty": (b"", {"state": "failed", "kind": "empty"}),
    "page": (b"<html><title>Login</title>", {"state": "failed", "kind": "not_the_api"}),
    "other json": (b'{"ok":1}', {"state": "failed", "kind": "not_the_api"}),
}  # fmt: skip


def check(outcome: Outcome, expect: dict[str, Any]) -> None:
    kind = outcome.fault.kind.value if outcome.fault else None
    assert (outcome.state, kind) == (expect["state"], expect.get("kind")), outcome.fault
    for name in ("text", "reasoning", "finish", "usage", "deltas", "tool_calls", "skipped"):
        if name in expect:
            assert getattr(outcome, name) == expect[name], name
    assert KEY not in outcome.shown


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("cutting", CUTTINGS)
async def test_case(name: str, cutting: str, source_to: Any) -> None:
    body, expect = CASES[name]
    for pieces in cut(body, cutting):
        async with Loopback(Reply(body=b"", pieces=pieces)) as server:
            check(await collect(source_to(f"{server.url}/v1", "responses")), expect)
        assert len(server.requests) == 1


async def test_the_request_is_as_the_reference_says(source_to: Any) -> None:
    talk = [{"role": "system", "content": "Be brief."}, *HI]
    async with Loopback(Reply(body=CASES["plain"][0])) as server:
        source = source_to(
            f"{server.url}/v1",
            "responses",
            model="m",
            temperature=0.0,
            top_p=0.5,
            max_tokens=9,
            seed=1,
            stop=("x",),
        )
        await collect(source, talk)
    request = server.requests[0]
    assert request.target == "/v1/responses"
    assert request.header("authorization") == f"Bearer {KEY}"
    assert json.loads(request.body) == {
        "model": "m", "input": HI, "instructions": "Be brief.", "stream": True, "store": False,
        "temperature": 0.0, "top_p": 0.5, "max_output_tokens": 9,
    }  # fmt: skip


def test_parts_get_the_names_of_this_dialect() -> None:
    content = [{"type": "text", "text": "a"}, {"type": "image_url", "image_url": {"url": "data:x"}}, 7]
    assert request_body("m", [{"role": "user", "content": content}], {})["input"][0]["content"] == [
        {"type": "input_text", "text": "a"},
        {"type": "input_image", "image_url": "data:x"},
    ]


@pytest.mark.parametrize(
    "data",
    ["{", "[]", "1", "[" * 100_000, json.dumps(text(7)), '{"type":"response.output_item.done","item":7}'],
)
def test_what_cannot_be_read_is_counted_and_the_rest_kept(data: str) -> None:
    events = ResponsesEvents()
    got = [c for d in (data, json.dumps(text("ok"))) for c in events.read(Event("message", d, ""))]
    assert got == [Skipped(), "ok"]


@pytest.mark.parametrize("how", ["reset", "no-terminator", "stall", "malformed-chunk"])
async def test_a_break_in_mid_stream_keeps_the_text_and_is_a_fault(how: str) -> None:
    chunks: list[Any] = []
    async with Loopback(Reply(body=sse(text("Hello")), end=how)) as server:
        with pytest.raises(Fault) as caught:
            async for chunk in Responses.create_async_generator(
                "m", HI, base_url=server.url, limits=Limits(connect_s=0.4, first_byte_s=0.4, silence_s=0.4)
            ):
                chunks.append(chunk)
    assert chunks == ["Hello"]
    assert caught.value.kind in (FaultKind.NETWORK, FaultKind.TIME_OUT)
