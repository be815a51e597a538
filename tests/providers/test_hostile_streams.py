"""What services send against all rules, in every dialect, over a real connection: each reply as the rules want it."""

import json
from collections.abc import Iterable
from typing import Any, NamedTuple

import pytest

from tests.helpers.collector import collect
from tests.helpers.loopback import Loopback, Reply, cut


class Case(NamedTuple):
    """text: what is kept. kind, words: of the fault. http: of the reply."""

    name: str
    provider: str
    body: Any
    state: str
    text: str = ""
    kind: str | None = None
    words: str = ""
    skipped: int = 0
    http: dict[str, Any] = {}  # noqa: RUF012  (of a named tuple, never changed)


def sse(*values: Any) -> bytes:
    """Values as events; bytes are events already."""
    events = (v if isinstance(v, bytes) else b"data: %b\n\n" % json.dumps(v).encode() for v in values)
    return b"".join(events)


def lines(*values: Any) -> bytes:
    return b"".join(v if isinstance(v, bytes) else json.dumps(v).encode() + b"\n" for v in values)


def says(text: str, reason: str | None = None, **more: Any) -> dict[str, Any]:
    return {"choices": [{"index": 0, "delta": {"content": text}, "finish_reason": reason}], **more}


def block(text: str) -> dict[str, Any]:
    return {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": text}}


def grows(text: str, output: int = 0, kind: str = "output_text") -> dict[str, Any]:
    return {"type": f"response.{kind}.delta", "output_index": output, "content_index": 0, "delta": text}


def line(text: Any, **more: Any) -> dict[str, Any]:
    return {"message": {"content": text}, "done": False, **more}


DONE = b"data: [DONE]\n\n"
STOP = {"type": "message_stop"}
COMPLETED = {"type": "response.completed", "response": {"status": "completed", "output": []}}
REPEATED = {"status": "completed", "output": [{"type": "message", "content": [{"text": "Hi"}]}]}
ENDED = {"message": {"content": ""}, "done": True, "done_reason": "stop"}
BOOM = {"object": "error", "message": "boom"}
PLAIN = {"content_type": "application/json"}
HALF = b'data: {"choices":[{"index":0,"delta":{"content":"a\\ud83d"}}]}\n\n'
BLANK = b"event: error\ndata:\n\n"
OPENROUTER = {
    "error": {"code": 502, "message": "Provider disconnected"},
    "choices": [{"index": 0, "delta": {"content": ""}, "finish_reason": "error"}],
}


def page(title: str, encoding: str, label: str = "", declared: str = "") -> tuple[bytes, dict[str, Any]]:
    head = f'<meta charset="{declared}">' if declared else ""
    text = f"<html><head>{head}<title>{title}</title></head></html>".encode(encoding)
    return text, {"content_type": f"text/html; charset={label}" if label else "text/html"}


def pages() -> Iterable[Case]:
    for name, title, made in (
        ("latin-1", "Für Gäste", page("Für Gäste", "latin-1", declared="iso-8859-1")),
        ("cyrillic", "Вход в сеть", page("Вход в сеть", "cp1251", label="windows-1251")),
        ("chinese", "认证页面", page("认证页面", "gb2312", declared="gb2312")),
        ("utf-16", "Zugang", page("Zugang", "utf-16")),
        ("no such", "Zugang", page("Zugang é", "latin-1", label="no-such")),
        ("a program", "Zugang", page("Zugang é", "latin-1", label="punycode")),
    ):
        yield Case(f"page-{name}", "openai", made[0], "failed", "", "not_the_api", title, http=made[1])


CASES = [
    Case("openrouter-tells-why", "openai", sse(says("Half"), OPENROUTER), "failed", "Half", "server", "Provider disconnected"),
    Case("groq-tells-with-text", "openai", sse(says("a", x_groq={"error": "over capacity"})), "failed", "a", "server", "over capacity"),
    Case("gemini-wraps", "openai", sse(says("a"), [{"error": {"code": 429, "message": "Slow"}}]), "failed", "a", "rate_limit", "Slow"),
    Case("gemini-wraps-all", "openai", b'[{"error":{"code":429,"message":"Slow"}}]', "failed", "", "rate_limit", "Slow", http=PLAIN),
    Case("half-before-an-error", "openai", sse(HALF, {"error": {"message": "boom"}}), "failed", "a\ufffd", "server", "boom"),
    Case("half-before-a-cut", "openai", HALF, "interrupted", "a\ufffd"),
    Case("llama-error-field", "openai", sse(says("a"), b'error: {"code":500,"message":"slot"}\n\n'), "failed", "a", "server", "slot"),
    Case("error-without-a-field", "openai", sse(says("a"), b'{"error":{"message":"boom"}}\n'), "failed", "a", "server", "boom"),
    Case("error-without-an-end", "openai", sse(says("a"), b'{"error":{"message":"boom"}}'), "failed", "a", "server", "boom"),
    Case("a-field-named-error", "openai", sse(says("a"), b"error: none\n\n", says("b", "stop"), DONE), "complete", "ab"),
    Case("a-text-named-error", "openai", sse(says("a"), b'error: "none"\n\n', says("b", "stop"), DONE), "complete", "ab"),
    Case("error-blank", "openai", sse(says("a"), BLANK), "failed", "a", "server", "did not say"),
    Case("error-null", "openai", sse(says("a"), b"event: error\ndata: null\n\n"), "failed", "a", "server", "did not say"),
    Case("error-zero", "openai", sse(says("a", "stop", error=0), DONE), "complete", "a"),
    Case("errors-cloudflare", "openai", b'{"errors":[{"message":"No such model"}]}', "failed", "", "bad_request", "No such model",
         http={"status": 400, "end": "length", **PLAIN}),
    Case("nested-too-deep", "openai", b'{"error":' + b"[" * 700 + b'"x"' + b"]" * 700 + b"}", "failed", "", "server", "did not say", http=PLAIN),
    Case("in-one-line", "openai", sse({"error": {"message": "one\r\ntwo\u2028three\tfour\U000e0041"}}), "failed", "", "server", "one two three four"),
    *pages(),
    Case("unknown-with-detail", "anthropic", sse({"type": "news", "detail": "x"}, block("Hi"), STOP), "complete", "Hi"),
    Case("error-blank", "anthropic", sse(block("H"), BLANK), "failed", "H", "server", "did not say"),
    Case("error-object", "anthropic", sse(block("H"), BOOM), "failed", "H", "server", "boom"),
    Case("error-string", "anthropic", sse(block("H"), {"error": "boom"}), "failed", "H", "server", "boom"),
    Case("error-detail", "anthropic", sse(block("H"), {"detail": "boom"}), "failed", "H", "server", "boom"),
    Case("gateway-says-done", "anthropic", sse(block("Hi"), DONE, block(" EVIL")), "complete", "Hi"),
    Case("no-credit", "anthropic", b'{"type":"error","error":{"type":"invalid_request_error","message":"Your credit balance is too low"}}',
         "failed", "", "quota", "credit balance", http={"status": 400, "end": "length", **PLAIN}),
    Case("error-blank", "responses", sse(grows("H"), BLANK), "failed", "H", "server", "did not say"),
    Case("error-object", "responses", sse(grows("H"), BOOM), "failed", "H", "server", "boom"),
    Case("error-detail", "responses", sse(grows("H"), {"detail": "boom"}), "failed", "H", "server", "boom"),
    Case("a-tool-failed", "responses", sse({"type": "response.web_search_call.failed", "error": {"message": "x"}}, grows("Hi"), COMPLETED),
         "complete", "Hi"),
    Case("said-once", "responses", sse(grows("Hi", 1), {"type": "response.completed", "response": REPEATED}), "complete", "Hi"),
    Case("openrouter", "responses", sse(grows("Hi", kind="content_part"), {"type": "response.done", "response": {}}, DONE), "complete", "Hi"),
    Case("error-with-text", "ollama", lines(line("Hi", error="boom")), "failed", "Hi", "server", "boom"),
    Case("error-and-done", "ollama", lines(line("Hi"), {"error": "boom", "done": True}), "failed", "Hi", "server", "boom"),
    Case("error-object", "ollama", lines(line("Hi"), BOOM), "failed", "Hi", "server", "boom"),
    Case("error-detail", "ollama", lines(line("Hi"), {"detail": "boom"}), "failed", "Hi", "server", "boom"),
    Case("parts", "ollama", lines(line([{"type": "text", "text": "a"}, "b", 7]), ENDED), "complete", "ab"),
    Case("parts-of-nothing", "ollama", lines(line([7]), line("a"), ENDED), "complete", "a"),
    Case("list-over-lines", "ollama", b"[\n1,\n2\n]", "failed", "", "not_the_api"),
    Case("over-many-lines", "ollama", json.dumps(line("Hi") | {"done": True}, indent=2).encode(), "complete", "Hi"),
    Case("error-over-many-lines", "ollama", json.dumps({"error": "boom"}, indent=2).encode(), "failed", "", "server", "boom"),
    Case("other-lines", "ollama", json.dumps({"a": {"b": 1}}, indent=2).encode(), "failed", "", "not_the_api", '"b": 1'),
    Case("misuse-apart", "pizzagpt", {"content": "Misuse\u00a0 detected. Write us"}, "failed", "", "refused_by_service", "detected"),
    Case("misuse-hidden", "pizzagpt", {"answer": {"content": "MISUSE\u200b\ndetected"}}, "failed", "", "refused_by_service", "detected"),
    Case("detail", "pizzagpt", {"detail": "boom"}, "failed", "", "server", "boom"),
    Case("error-object", "pizzagpt", BOOM, "failed", "", "server", "boom"),
    Case("answer-without-words", "pizzagpt", {"answer": {"role": "x"}}, "failed", "", "empty", "empty"),
    Case("no-key-here", "pizzagpt", {"message": "Unauthorized"}, "failed", "", "auth", "the way in has changed", http={"status": 401}),
    Case("stream-damaged", "pizzagpt", sse(b"data: {oops\n\n", says("A", "stop"), DONE), "complete", "A", skipped=1),
    Case("stream-cut", "pizzagpt", sse(says("A", "stop"), b"data: {oo"), "complete", "A"),
    Case("json-labelled-stream", "pizzagpt", {"content": "A"}, "complete", "A", http={"content_type": "text/event-stream"}),
    Case("text-labelled-program", "pizzagpt", '{"content":"perché"}'.encode("latin-1"), "complete", "perch\ufffd",
         http={"content_type": "application/json; charset=punycode"}),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.provider}-{case.name}")
@pytest.mark.parametrize("cutting", ["whole", "size:1"])
async def test_case(case: Case, cutting: str, source_to: Any) -> None:
    body = case.body if isinstance(case.body, bytes) else json.dumps(case.body).encode()
    kinds = {"ollama": "application/x-ndjson", "pizzagpt": "application/json"}
    http = {"content_type": kinds.get(case.provider, "text/event-stream"), **case.http}
    for pieces in cut(body, cutting):
        async with Loopback(Reply(body=body, pieces=pieces, **http)) as server:
            outcome = await collect(source_to(server.url, case.provider))
        kind = outcome.fault and outcome.fault.kind.value
        assert (outcome.state, outcome.text, kind) == (case.state, case.text, case.kind), outcome.fault
        assert case.words in outcome.shown
        assert not {"\n", "\r", "\t", "\U000e0041"} & set(outcome.shown)
        assert outcome.skipped == case.skipped
