"""Tool calls in every dialect: joined by index or id, kept also where the stream breaks, within a limit."""

import json
from typing import Any

import pytest

from pizzagpt_desktop.domain.chunks import Heard, ToolCall
from pizzagpt_desktop.domain.faults import Fault, FaultKind
from pizzagpt_desktop.network.decode import Event
from pizzagpt_desktop.providers.anthropic_events import AnthropicEvents
from pizzagpt_desktop.providers.ollama_lines import OllamaLines
from pizzagpt_desktop.providers.openai_events import OpenAIEvents
from pizzagpt_desktop.providers.responses_events import ResponsesEvents
from pizzagpt_desktop.providers.tool_calls import ToolCalls
from tests.helpers.collector import collect
from tests.helpers.loopback import Loopback, Reply


def openai(*calls: dict[str, Any]) -> dict[str, Any]:
    return {"choices": [{"index": 0, "delta": {"tool_calls": list(calls)}}]}


def piece(index: Any = None, ident: str = "", name: str = "", arguments: Any = "") -> dict[str, Any]:
    call: dict[str, Any] = {"function": {"name": name, "arguments": arguments}}
    return call | ({} if index is None else {"index": index}) | ({"id": ident} if ident else {})


def block(index: int, kind: str = "tool_use", name: str = "f", given: Any = None) -> dict[str, Any]:
    content = {"type": kind, "id": f"t{index}", "name": name, "input": given or {}}
    return {"type": "content_block_start", "index": index, "content_block": content}


def partial(index: int, text: str) -> dict[str, Any]:
    return {
        "type": "content_block_delta",
        "index": index,
        "delta": {"type": "input_json_delta", "partial_json": text},
    }


def item(kind: str, done: bool = False, output: Any = 0, **fields: Any) -> dict[str, Any]:
    event = {"type": f"response.output_item.{'done' if done else 'added'}", "item": {"type": kind, **fields}}
    return event | ({} if output is None else {"output_index": output})


def grows(kind: str, delta: str, output: Any = 0, **more: Any) -> dict[str, Any]:
    event = {"type": f"response.{kind}.delta", "delta": delta, **more}
    return event | ({} if output is None else {"output_index": output})


CALL = "function_call_arguments"
CASES: dict[str, tuple[type[Any], list[dict[str, Any]], list[ToolCall]]] = {
    "by index": (
        OpenAIEvents,
        [openai(piece(0, "a", "f", "{")), openai(piece(1, "b", "g", "[")),
         openai(piece(1, arguments="]"), piece(0, arguments="}"))],
        [ToolCall("a", "f", "{}"), ToolCall("b", "g", "[]")],
    ),
    "by their place, without index": (
        OpenAIEvents,
        [openai(piece(None, "a", "f", "{"), piece(None, "b", "g", "[")), openai(piece(arguments="}"), piece(arguments="]"))],
        [ToolCall("a", "f", "{}"), ToolCall("b", "g", "[]")],
    ),
    "one after the other, without index": (
        OpenAIEvents,
        [openai(piece(None, "a", "f", "{")), openai(piece(arguments="}")), openai(piece(None, "b", "g", "[")), openai(piece(arguments="]"))],
        [ToolCall("a", "f", "{}"), ToolCall("b", "g", "[]")],
    ),
    "the same id again, without index": (
        OpenAIEvents,
        [openai(piece(None, "a", "f", "{")), openai(piece(None, "a", "f", "}")), openai(piece(None, "b", "f", "[]"))],
        [ToolCall("a", "f", "{}"), ToolCall("b", "f", "[]")],
    ),
    "all of one index, as Gemini": (
        OpenAIEvents,
        [openai(piece(0, "a", "f", "{}")), openai(piece(0, "b", "g", "[]"))],
        [ToolCall("a", "f", "{}"), ToolCall("b", "g", "[]")],
    ),
    "the id again in each piece": (
        OpenAIEvents,
        [openai(piece(0, "a", "f", "{")), openai(piece(0, "a", "f", "}"))],
        [ToolCall("a", "f", "{}")],
    ),
    "without index": (
        OpenAIEvents,
        [openai(piece(None, "a", "f", "{")), openai(piece(None, arguments="}")), openai(piece(None, "b", "g"))],
        [ToolCall("a", "f", "{}"), ToolCall("b", "g", "")],
    ),
    "arguments as an object": (
        OpenAIEvents, [openai(piece(0, "a", "f", {"x": 1}))], [ToolCall("a", "f", '{"x":1}')],
    ),
    "the old form": (
        OpenAIEvents,
        [{"choices": [{"delta": {"function_call": {"name": "f", "arguments": "{"}}}]},
         {"choices": [{"delta": {"function_call": {"arguments": "}"}}}]}],
        [ToolCall(None, "f", "{}")],
    ),
    "blocks": (
        AnthropicEvents,
        [block(1), block(2, name="g"), partial(2, "[]"), partial(1, '{"a"'), partial(1, ":1}"), partial(9, "lost")],
        [ToolCall("t1", "f", '{"a":1}'), ToolCall("t2", "g", "[]")],
    ),
    "a message that begins anew": (
        AnthropicEvents, [block(1), partial(1, '{"half'), block(1), partial(1, "{}")], [ToolCall("t1", "f", "{}")],
    ),
    "without arguments": (AnthropicEvents, [block(0)], [ToolCall("t0", "f", "{}")]),
    "given whole": (AnthropicEvents, [block(0, given={"q": 1})], [ToolCall("t0", "f", '{"q":1}')]),
    "run by the service": (
        AnthropicEvents,
        [block(0, "server_tool_use", "web_search"), partial(0, '{"query":"x"}'), block(1, "mcp_tool_use", "m")],
        [ToolCall("t0", "web_search", '{"query":"x"}', True), ToolCall("t1", "m", "{}", True)],
    ),
    "by place in the output": (
        ResponsesEvents,
        [item("function_call", call_id="a", name="f", arguments=""), item("function_call", output=1, call_id="b", name="g"),
         grows(CALL, "[", 1), grows(CALL, "{"), grows(CALL, "}"), grows(CALL, "]", 1)],
        [ToolCall("a", "f", "{}"), ToolCall("b", "g", "[]")],
    ),
    "by id": (
        ResponsesEvents,
        [item("function_call", output=None, id="x", call_id="a", name="f"), item("function_call", output=None, id="y", name="g"),
         grows(CALL, "{}", None, item_id="x"), grows(CALL, "[]", None, item_id="y")],
        [ToolCall("a", "f", "{}"), ToolCall("y", "g", "[]")],
    ),
    "the last where nothing says which": (
        ResponsesEvents,
        [grows(CALL, "{", None), grows(CALL, "}", None)], [ToolCall(None, "", "{}")],
    ),
    "a tool of the user's own": (
        ResponsesEvents,
        [item("custom_tool_call", call_id="a", name="sql", input=""), grows("custom_tool_call_input", "SELECT "),
         grows("custom_tool_call_input", "1"), item("custom_tool_call", True, call_id="a", name="sql", input="SELECT 1")],
        [ToolCall("a", "sql", "SELECT 1")],
    ),
    "a shell that is asked of us": (
        ResponsesEvents,
        [item("local_shell_call", True, call_id="a", action={"command": ["ls"]}),
         item("apply_patch_call", True, 1, call_id="b", operation={"path": "x"}),
         item("mcp_approval_request", True, 2, id="c", name="short", arguments="{}")],
        [ToolCall("a", "local_shell", '{"command":["ls"]}'), ToolCall("b", "apply_patch", '{"path":"x"}'),
         ToolCall("c", "short", "{}")],
    ),
    "searches of the service": (
        ResponsesEvents,
        [item("web_search_call", True, id="w", action={"query": "x"}), item("code_interpreter_call", True, 1, id="i", code="1"),
         item("shell_call", True, 3, id="c", environment={"type": "container_reference"}),
         item("tool_search_call", True, 2, call_id="s", execution="client", arguments={"goal": "g"})],
        [ToolCall("w", "web_search", '{"query":"x"}', True), ToolCall("i", "code_interpreter", "1", True),
         ToolCall("c", "shell", "", True), ToolCall("s", "tool_search", '{"goal":"g"}')],
    ),
}  # fmt: skip


def read(events: Any, values: list[dict[str, Any]]) -> list[Any]:
    chunks = [chunk for value in values for chunk in events.read(Event("message", json.dumps(value), ""))]
    return chunks + list(events.close())


@pytest.mark.parametrize("name", CASES)
def test_calls_are_put_together(name: str) -> None:
    dialect, values, calls = CASES[name]
    chunks = read(dialect(), values)
    assert [chunk for chunk in chunks if isinstance(chunk, ToolCall)] == calls
    assert Heard() in chunks, "what comes and is not shown yet still counts as progress"


def test_lines_hold_whole_calls() -> None:
    call = {"function": {"name": "f", "arguments": {"a": 1}}}
    reader = OllamaLines()
    lines = [
        {"message": {"tool_calls": [call]}},
        {"message": {"tool_calls": [{"id": "b", **call}, 7]}},
        {"done": True},
    ]
    chunks = [chunk for line in lines for chunk in reader.read(json.dumps(line))]
    calls = [chunk for chunk in chunks if isinstance(chunk, ToolCall)]
    assert calls == [ToolCall(None, "f", '{"a":1}'), ToolCall("b", "f", '{"a":1}')]


BROKEN = {
    "openai": [openai(piece(0, "a", "f", '{"half'))],
    "anthropic": [block(0), partial(0, '{"half')],
    "responses": [item("function_call", call_id="a", name="f"), grows(CALL, '{"half')],
}


@pytest.mark.parametrize("dialect", BROKEN)
@pytest.mark.parametrize("end", ["reset", "no-terminator", "error"])
async def test_what_came_of_a_call_is_kept_where_the_stream_breaks(
    dialect: str, end: str, source_to: Any
) -> None:
    values = [
        *BROKEN[dialect],
        *([{"type": "error", "error": {"message": "broke"}}] if end == "error" else []),
    ]
    body = b"".join(b"data: %b\n\n" % json.dumps(value).encode() for value in values)
    async with Loopback(Reply(body=body, end="close" if end == "error" else end)) as server:
        outcome = await collect(source_to(f"{server.url}/v1", dialect))
    assert outcome.fault is not None
    assert outcome.fault.kind is (FaultKind.SERVER if end == "error" else FaultKind.NETWORK)
    assert [call["arguments"] for call in outcome.tool_calls] == ['{"half']
    assert outcome.heard


def test_arguments_have_the_limit_of_a_reply() -> None:
    calls = ToolCalls()
    call = calls.begin("a")
    for _ in range(32):
        calls.add(call, "x" * 1024 * 1024)
    with pytest.raises(Fault) as caught:
        calls.add(call, "x")
    assert caught.value.kind is FaultKind.TOO_LARGE
    (kept,) = calls.drain()
    assert len(kept.arguments) == 32 * 1024 * 1024
    assert not calls
    assert calls.last is None
