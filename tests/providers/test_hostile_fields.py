"""Any value in any field of what services send, in every dialect: only clean chunks and faults leave a reader."""

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pizzagpt_desktop.domain.chunks import (
    FinishReason,
    Heard,
    Reasoning,
    Skipped,
    ToolCall,
    Unfinished,
    Usage,
)
from pizzagpt_desktop.domain.faults import Fault
from pizzagpt_desktop.network.decode import Event
from pizzagpt_desktop.providers.answers import counts_of, error_in, fault_from_error, fault_from_status
from pizzagpt_desktop.providers.anthropic_events import AnthropicEvents
from pizzagpt_desktop.providers.local import LlamaEvents
from pizzagpt_desktop.providers.ollama_lines import OllamaLines
from pizzagpt_desktop.providers.openai_events import OpenAIEvents
from pizzagpt_desktop.providers.responses_events import ResponsesEvents

CALL = {"index": 0, "id": "t", "function": {"name": "f", "arguments": "{}"}}
DELTA = {"role": "assistant", "content": [{"type": "text", "text": "a"}, {"thinking": [{"text": "b"}]}], "tool_calls": [CALL]}  # fmt: skip
ITEM = {"type": "function_call", "id": "i", "call_id": "c", "name": "f", "arguments": "{}", "environment": {}}
SAID = {"type": "message", "content": [{"type": "output_text", "text": "a"}]}
THOUGHT = {"type": "reasoning", "summary": [{"text": "a"}], "content": []}
OUTPUT = {"status": "incomplete", "incomplete_details": {"reason": "x"}, "usage": {"a": {"b": 1}}, "output": [ITEM, SAID, THOUGHT]}  # fmt: skip
CHAT = [
    {"choices": [{"index": 0, "delta": DELTA, "finish_reason": "stop", "error": None}], "x_groq": {"usage": {"a": 1}}},
    {"choices": [{"message": {"reasoning_details": [{"text": "a"}], "function_call": {"name": "f"}}}], "timings": {"prompt_ms": 1.5}},
    {"error": {"message": ["a"], "code": 500, "type": "x", "error": {}}, "choices": [], "usage": {"a": 1}},
]  # fmt: skip
READERS: list[tuple[Any, list[Any]]] = [
    (OpenAIEvents, CHAT),
    (LlamaEvents, CHAT),
    (
        AnthropicEvents,
        [
            {"type": "message_start", "message": {"content": [{"type": "text", "text": "a"}], "usage": {"a": 1}}},
            {"type": "content_block_start", "index": 0, "content_block": {"type": "tool_use", "id": "t", "name": "f", "input": {}}},
            {"type": "content_block_delta", "index": 0, "delta": {"type": "input_json_delta", "partial_json": "{}", "text": "a"}},
            {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"a": 1}},
        ],
    ),
    (
        ResponsesEvents,
        [
            {"type": "response.output_item.added", "output_index": 0, "item": ITEM},
            {"type": "response.output_text.delta", "output_index": 0, "content_index": 0, "item_id": "i", "delta": "a"},
            {"type": "response.reasoning_summary_text.delta", "output_index": 0, "summary_index": 0, "delta": "a"},
            {"type": "response.function_call_arguments.done", "output_index": 0, "arguments": "{}"},
            {"type": "response.output_item.done", "output_index": 0, "item": SAID},
            {"type": "response.completed", "response": OUTPUT},
        ],
    ),
    (
        OllamaLines,
        [
            {"message": {"content": "a", "thinking": "b", "tool_calls": [{"id": "t", "function": {"name": "f", "arguments": {}}}]}},
            {"response": "a", "thinking": "b", "done": True, "done_reason": "stop", "eval_count": 1, "error": None},
        ],
    ),
]  # fmt: skip
VALUES = st.recursive(
    st.sampled_from([None, True, False, 0, 1, -1, 1.5, 10**30, "", "x", "error", "tool_use", "[DONE]", "\ud800"]),
    lambda inner: st.lists(inner, max_size=2)
    | st.dictionaries(st.sampled_from(["type", "text", "error", "index", "content", "message"]), inner, max_size=2),
    max_leaves=4,
)  # fmt: skip


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every place in a value, as what holds it and the key."""
    held = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in list(held):
        yield value, key
        yield from places(part)


def look(chunk: Any) -> None:
    match chunk:
        case str():
            assert chunk
        case Reasoning(text):
            assert isinstance(text, str)
        case FinishReason(reason):
            assert isinstance(reason, str)
        case Usage(counts):
            assert all(type(name) is str and type(count) is int for name, count in counts.items())
        case ToolCall(ident, name, arguments):
            assert ident is None or isinstance(ident, str)
            assert isinstance(name, str)
            assert isinstance(arguments, str)
        case _:
            assert isinstance(chunk, Heard | Skipped | Unfinished)


@pytest.mark.parametrize(("reader", "events"), READERS, ids=lambda item: getattr(item, "__name__", ""))
@given(data=st.data())
def test_any_value_in_any_field(reader: Any, events: list[Any], data: st.DataObject) -> None:
    events = copy.deepcopy(events)
    at = data.draw(st.integers(0, len(events) - 1))
    holder, key = data.draw(st.sampled_from(list(places(events[at]))))
    holder[key] = data.draw(VALUES)
    name = data.draw(st.sampled_from(["message", "message", "error", "x"]))
    made, whole = reader(("k",)), reader(("k",))
    try:
        for event in events:
            text = json.dumps(event)
            for chunk in made.read(text if reader is OllamaLines else Event(name, text, "")):
                look(chunk)
        for chunk in [*made.close(), *whole.whole(events[at])]:
            look(chunk)
    except Fault as fault:
        assert 0 < len(fault.detail) <= 500
    changed = events[at]
    error_in(changed)
    look(Usage(counts_of(changed)))
    for fault in (fault_from_error(changed), fault_from_status(400, json.dumps(changed).encode(), {})):
        assert 0 < len(fault.detail) <= 500
