"""What services seldom send, in each dialect: forms that no other test has, so that no line of a dialect is untried."""

import json
from collections.abc import Iterable
from typing import Any

import pytest

from pizzagpt_desktop.domain.chunks import (
    FinishReason,
    Heard,
    Reasoning,
    Skipped,
    ToolCall,
    Unfinished,
    Usage,
)
from pizzagpt_desktop.domain.faults import Fault, FaultKind
from pizzagpt_desktop.network.decode import Event
from pizzagpt_desktop.providers.answers import fault_from_error, not_the_api, objects_of
from pizzagpt_desktop.providers.anthropic_events import AnthropicEvents
from pizzagpt_desktop.providers.http_provider import HttpProvider
from pizzagpt_desktop.providers.ollama import Ollama, pull, show_model
from pizzagpt_desktop.providers.ollama_lines import OllamaLines
from pizzagpt_desktop.providers.openai_compatible import request_body
from pizzagpt_desktop.providers.openai_events import OpenAIEvents
from pizzagpt_desktop.providers.pizzagpt import Pizzagpt
from pizzagpt_desktop.providers.responses_events import ResponsesEvents
from tests.helpers.collector import collect
from tests.helpers.loopback import Loopback, Reply, pieces_of

HI = [{"role": "user", "content": "Hi"}]


def events(*data: Any, name: str = "message") -> list[Event]:
    return [Event(name, item if isinstance(item, str) else json.dumps(item), "") for item in data]


def read(reader: Any, items: Iterable[Event]) -> list[Any]:
    return [chunk for item in items for chunk in reader.read(item)] + list(reader.close())


def choice(**fields: Any) -> dict[str, Any]:
    return {"choices": [{"index": 0, **fields}]}


BLOCK = {"type": "content_block_delta", "index": 0}


@pytest.mark.parametrize(
    ("values", "chunks"),
    [
        ([f"{json.dumps(choice(delta={'content': 'a'}))}\n\n[DONE]\nrest"], [Skipped(), "a"]),
        ([choice(delta=7), "[DONE]"], [Skipped()]),
        ([choice(delta=None), "[DONE]"], []),
        ([choice(delta={"tool_calls": ["x", None]}), "[DONE]"], []),
        ([choice(delta={"content": [{"text": 7}, "b"]}), "[DONE]"], ["b"]),
        (['"a"\n[1]', "[DONE]"], [Skipped()]),
        (
            [
                f"{json.dumps(choice(delta={'content': 'a'}))}\n\n{json.dumps(choice(delta={'content': 'b'}))}",
                "[DONE]",
            ],
            ["a", "b"],
        ),
        ([{"choices": [{"index": 0, "delta": {"content": "a"}}], "object": "chunk"}, "[DONE]"], ["a"]),
        ([choice(finish_reason="stop"), choice(finish_reason="stop"), "[DONE]"], [FinishReason("stop")]),
    ],
)
def test_chunks_of_the_chat_dialect(values: list[Any], chunks: list[Any]) -> None:
    assert read(OpenAIEvents(), events(*values)) == chunks


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (choice(delta={"content": "a"}, error={"message": "no", "code": 429}), FaultKind.RATE_LIMIT),
        (choice(delta={}, finish_reason="error"), FaultKind.SERVER),
        ({"error": "no credit: insufficient credits"}, FaultKind.QUOTA),
        ({"error": {"message": "x", "code": "503"}}, FaultKind.SERVER),
    ],
)
def test_faults_of_the_chat_dialect(value: Any, kind: FaultKind) -> None:
    with pytest.raises(Fault) as caught:
        read(OpenAIEvents(), events(value))
    assert caught.value.kind is kind


def test_nothing_is_read_after_the_end() -> None:
    for reader in (OpenAIEvents(), AnthropicEvents(), ResponsesEvents()):
        reader.done = True
        assert not read(reader, events({"type": "message_stop"}, "x"))


STOP = {"type": "message_stop"}


@pytest.mark.parametrize(
    ("values", "chunks"),
    [
        (['{"type":"message_stop"}\n{"type":"content_block_delta","delta":{"type":"text_delta","text":"no"}}'], []),
        ([{"type": "message_start", "message": 7}, STOP], []),
        ([{"type": "message_start", "message": {"content": "Hi"}}, STOP], ["Hi"]),
        ([{"type": "message_delta", "delta": {"stop_reason": None}}, STOP], []),
        ([{"type": "message_delta", "delta": {"stop_reason": "end_turn"}}] * 2 + [STOP], [FinishReason("stop")]),
        ([{**BLOCK, "delta": {"type": "text_delta", "text": None}}, STOP], []),
        ([{**BLOCK, "delta": {"type": "text_delta", "text": ""}}, STOP], []),
        ([{**BLOCK, "delta": {"type": "text_delta", "text": 7}}, STOP], [Skipped()]),
        ([{**BLOCK, "delta": {"type": "citations_delta", "citation": {"url": "x"}}}, STOP], []),
        ([{**BLOCK, "delta": {"type": "signature_delta", "signature": "x"}}, STOP], []),
        ([{**BLOCK, "delta": {"type": "thinking_delta", "thinking": 7}}, STOP], []),
        ([{"type": "content_block_start", "index": 0, "content_block": {"type": "redacted_thinking", "data": "x"}}, STOP], []),
        ([{"type": "content_block_start", "index": "x", "content_block": {"type": "tool_use"}}, STOP], []),
        ([{"type": "content_block_stop", "index": 0}, {"type": "ping"}, STOP], []),
    ],
)  # fmt: skip
def test_chunks_of_anthropics_dialect(values: list[Any], chunks: list[Any]) -> None:
    assert read(AnthropicEvents(), events(*values)) == chunks


def test_whole_values_that_are_none() -> None:
    for reader in (AnthropicEvents(), ResponsesEvents()):
        assert not list(reader.whole([1]))
        assert not reader.is_reply([1])


def test_a_service_that_is_overloaded_did_not_take_it() -> None:
    error = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}
    with pytest.raises(Fault) as caught:
        read(AnthropicEvents(), events(error))
    assert (caught.value.kind, caught.value.untaken) == (FaultKind.SERVER, True)


def item(kind: str, **fields: Any) -> dict[str, Any]:
    return {"type": "response.output_item.done", "output_index": 0, "item": {"type": kind, **fields}}


def grows(kind: str, delta: Any) -> dict[str, Any]:
    return {"type": f"response.{kind}.delta", "output_index": 0, "delta": delta}


END = {"type": "response.completed", "response": {"status": "completed"}}
DONE = FinishReason("stop")


@pytest.mark.parametrize(
    ("values", "chunks"),
    [
        (["[DONE]", END], []),
        ([f"{json.dumps(END)}\n{json.dumps(grows('output_text', 'no'))}"], [DONE]),
        ([grows("output_text", ""), END], [DONE]),
        ([grows("reasoning_text", 7), END], [DONE]),
        ([grows("code_interpreter_call_code", "x = 1"), grows("shell_call_command", "ls"), END], [Heard(), Heard(), DONE]),
        ([item("message", content=["x", {"text": "a"}, {"refusal": "b"}, {}]), END], ["a", "b", DONE]),
        ([item("message", content=7), END], [DONE]),
        ([item("reasoning", summary=[{"text": "a"}]), item("reasoning", summary=[{"text": "b"}]), END], [Reasoning("a"), DONE]),
        ([item("reasoning", summary=[7], content=None), END], [DONE]),
        ([item("unheard_of"), END], [DONE]),
        ([{"type": "response.completed", "response": {"output": 7, "usage": {"input_tokens": 1}}}], [Usage({"input_tokens": 1}), DONE]),
        ([{"type": "response.incomplete", "response": {}}], [FinishReason("length")]),
        ([{"type": "response.completed", "response": {"status": "in_progress"}}], [Unfinished()]),
        ([{"type": "response.function_call_arguments.done", "arguments": '{"a":1}'}, END],
         [FinishReason("tool_calls"), ToolCall(None, "", '{"a":1}')]),
    ],
)  # fmt: skip
def test_chunks_of_responses(values: list[Any], chunks: list[Any]) -> None:
    assert read(ResponsesEvents(), events(*values)) == chunks


@pytest.mark.parametrize(
    "value",
    [
        {"type": "response.failed", "response": {"status": "failed"}},
        {"type": "response.cancelled", "response": 7},
        {"detail": "no such thing"},
        {"error": "broken"},
    ],
)
def test_faults_of_responses(value: Any) -> None:
    with pytest.raises(Fault) as caught:
        read(ResponsesEvents(), events(value))
    assert caught.value.kind is FaultKind.SERVER


def test_lines_with_space_between_their_values() -> None:
    reader = OllamaLines()
    line = '{"message":{"content":"a"}} \t {"done":true}'
    assert list(reader.read(line)) == ["a", FinishReason("stop")]


async def test_fetching_a_model_goes_on_over_what_is_no_step() -> None:
    lines = b'7\n{"status":"pulling"}\n{"status":"success"}\n'
    async with Loopback(Reply(body=lines)) as server:
        assert [step.status for step in await pieces_of(pull("m", base_url=server.url))] == [
            "pulling",
            "success",
        ]


@pytest.mark.parametrize("body", [b"[1]", b"{", b"7"])
async def test_facts_about_a_model_that_are_none(body: bytes) -> None:
    async with Loopback(Reply(content_type="application/json", body=body, end="length")) as server:
        with pytest.raises(Fault) as caught:
            await show_model("m", base_url=server.url)
    assert caught.value.kind is FaultKind.NOT_THE_API


async def test_an_address_that_is_none_is_a_fault_before_anything_is_sent() -> None:
    with pytest.raises(Fault, match="spaces") as caught:
        await pieces_of(Ollama.create_async_generator("m", HI, base_url="http://a b"))
    assert caught.value.kind is FaultKind.SETTINGS


@pytest.mark.parametrize(
    ("fault", "hint"),
    [
        (Fault(FaultKind.NETWORK, "Nothing answers at 127.0.0.1:11434."), "ollama serve"),
        (Fault(FaultKind.NOT_FOUND, "model 'm' not found"), "ollama pull m"),
        (Fault(FaultKind.NOT_FOUND, "The service has nothing at this address."), "ollama --version"),
        (Fault(FaultKind.SERVER, "this model requires a newer version of Ollama"), "ollama --version"),
        (Fault(FaultKind.NETWORK, "The connection broke."), ""),
        (Fault(FaultKind.SERVER, "boom"), ""),
    ],
)
def test_what_to_do_about_ollama(fault: Fault, hint: str) -> None:
    assert hint in Ollama.hint(fault, "m")
    assert bool(Ollama.hint(fault, "m")) == bool(hint)


def test_a_hint_names_no_model_that_nobody_named() -> None:
    assert Ollama.hint(Fault(FaultKind.NOT_FOUND, "model is required"), "") == ""


@pytest.mark.parametrize(
    ("reply", "kind", "words"),
    [
        (Reply(200, "application/json", body=b'{"message":"Misuse detected"}'), FaultKind.REFUSED_BY_SERVICE, "Misuse"),
        (Reply(200, "text/event-stream", body=b'data: {"choices":[{"delta":{"content":"misuse detected"}}]}\n\n'),
         FaultKind.REFUSED_BY_SERVICE, "misuse"),
        (Reply(200, "text/event-stream", body=b"data: [DONE]\n\n"), FaultKind.EMPTY, "empty"),
        (Reply(403, "application/json", body=b'{"message":"Misuse detected!"}'), FaultKind.REFUSED_BY_SERVICE, "detected!"),
        (Reply(403, "text/html", body=b"<h1>Misuse detected</h1>"), FaultKind.REFUSED_BY_SERVICE, "Misuse detected."),
        (Reply(403, "text/plain", body=b"Sorry: misuse detected"), FaultKind.REFUSED_BY_SERVICE, "Sorry"),
        (Reply(200, "text/plain; charset=no-such", body=b"\xff\xfehello"), FaultKind.NOT_THE_API, ""),
        (Reply(200, "application/json", body=b'{"error":{"message":"exceeded your current quota"}}'), FaultKind.SERVER, "quota"),
        (Reply(200, "application/json", body=b'{"answer":7}'), FaultKind.UNEXPECTED_ANSWER, "does not know"),
        (Reply(200, "application/json", body=b'{"answer":{"content":7}}'), FaultKind.UNEXPECTED_ANSWER, "does not know"),
    ],
)  # fmt: skip
async def test_answers_of_pizzagpt(reply: Reply, kind: FaultKind, words: str, source_to: Any) -> None:
    async with Loopback(reply) as server:
        outcome = await collect(source_to(server.url, "pizzagpt", key=None))
    assert outcome.fault is not None
    assert outcome.fault.kind is kind, outcome.fault
    assert words in outcome.fault.detail


@pytest.mark.parametrize(
    ("reply", "text", "state"),
    [
        (Reply(200, "application/json; charset=latin-1", body='{"content":"Grüße"}'.encode("latin-1")), "Grüße", "complete"),
        (Reply(200, "application/json; charset=no-such", body=b'{"content":"\xff"}'), "\ufffd", "complete"),
        (Reply(200, "text/event-stream", body=b'data: {"choices":[{"delta":{"content":"Hi"}}]}'), "Hi", "interrupted"),
    ],
)  # fmt: skip
async def test_texts_of_pizzagpt(reply: Reply, text: str, state: str, source_to: Any) -> None:
    async with Loopback(reply) as server:
        outcome = await collect(source_to(server.url, "pizzagpt", key=None))
    assert (outcome.text, outcome.state) == (text, state)
    assert Pizzagpt.retries == 0


def test_words_of_errors() -> None:
    assert objects_of("{\n1\n{}\n") == ([{}], 2)
    assert objects_of("x\ny") == ([], 1)
    assert fault_from_error([{"msg": "a"}, {"detail": "b"}, 7]).detail == "a; b"
    assert fault_from_error({"code": 404}).kind is FaultKind.NOT_FOUND
    assert fault_from_error({"code": "server_error", "message": ""}).detail.startswith(
        "The service has a fault"
    )
    assert "no text" in not_the_api(b"\0" * 50).detail


def test_openais_own_service_is_not_asked_for_a_length_that_nobody_set() -> None:
    body = request_body("https://api.openai.com/v1", "m", HI, {})
    assert "max_completion_tokens" not in body


async def test_pages_of_models_end_where_nothing_new_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(HttpProvider, "next_page", classmethod(lambda cls, value: "again"))
    async with Loopback(
        Reply(content_type="application/json", body=b'{"data":[{"id":"a"}]}', end="length")
    ) as server:
        assert await HttpProvider.list_models(base_url=server.url) == ["a"]
    assert len(server.requests) == 20, "a list that never ends is left"
    for call in (lambda: HttpProvider.request_body("", "m", HI, {}), lambda: HttpProvider.events(())):
        with pytest.raises(NotImplementedError):
            call()
