"""The Ollama provider's requests, its lists, fetching a model, and what the corpus has no case for."""

import asyncio
import json
from typing import Any

import pytest

from pizzagpt_desktop.chat.announcer import Announcer
from pizzagpt_desktop.chat.events import ReplyEnded
from pizzagpt_desktop.chat.service import ChatService
from pizzagpt_desktop.chat.tasks import TaskScope
from pizzagpt_desktop.domain.chunks import Skipped, Usage
from pizzagpt_desktop.domain.conversation import Message, Status
from pizzagpt_desktop.domain.faults import Fault, FaultKind
from pizzagpt_desktop.domain.preferences import Live, Preferences, ServiceSettings
from pizzagpt_desktop.domain.proxy import ProxyMode, ProxySettings
from pizzagpt_desktop.domain.window_notes import LEFT_OUT
from pizzagpt_desktop.network.http import Limits
from pizzagpt_desktop.providers.ollama import (
    Ollama,
    PullProgress,
    api_root,
    context_length,
    loaded_models,
    pull,
    request_body,
    show_model,
)
from pizzagpt_desktop.providers.ollama_lines import OllamaLines
from pizzagpt_desktop.providers.registry import Registry
from pizzagpt_desktop.providers.sources import Sources
from tests.helpers.collector import collect
from tests.helpers.loopback import Loopback, Reply, Request, pieces_of
from tests.helpers.memory_store import MemoryStore

MADE_FOR = {"general.architecture": "l", "l.context_length": 131_072}
HI = [{"role": "user", "content": "Hi"}]
JSON = "application/json"


def lines(*values: Any) -> bytes:
    return b"".join(json.dumps(value).encode() + b"\n" for value in values)


def said(text: str, **more: Any) -> dict[str, Any]:
    return {"message": {"role": "assistant", "content": text}, "done": False, **more}


LAST = {
    "message": {"content": ""},
    "done": True,
    "done_reason": "stop",
    "prompt_eval_count": 3,
    "eval_count": 2,
}
GOOD = Reply(content_type="application/x-ndjson", body=lines(said("Hel"), said("lo"), LAST))


async def test_the_request_holds_what_was_set_and_nothing_else(source_to: Any) -> None:
    async with Loopback(GOOD) as server:
        await collect(source_to(server.url, "ollama", key=None, model="m1"), HI)
        full = source_to(
            f"{server.url}/v1",
            "ollama",
            model="m",
            temperature=0.0,
            top_p=0.5,
            max_tokens=9,
            seed=0,
            stop=("a",),
        )
        outcome = await collect(full, HI)
    plain, other = server.requests
    assert (plain.method, plain.target) == ("POST", "/api/chat")
    assert plain.header("authorization") is None
    assert json.loads(plain.body) == {"model": "m1", "messages": HI, "stream": True}
    assert other.target == "/api/chat", "the /v1 of the other dialect does no harm"
    options = {"temperature": 0.0, "top_p": 0.5, "num_predict": 9, "seed": 0, "stop": ["a"]}
    assert json.loads(other.body) == {"model": "m", "messages": HI, "stream": True, "options": options}
    assert outcome.usage == {"prompt_eval_count": 3, "eval_count": 2}
    assert Ollama.default_base_url == "http://127.0.0.1:11434"
    assert not Ollama.needs_key


def test_keeping_loaded_thinking_and_pictures() -> None:
    picture = {"type": "image_url", "image_url": {"url": "data:image/png;base64,QUJD"}}
    away = {"type": "image_url", "image_url": {"url": "https://a.example/x.png"}}
    talk = [{"role": "user", "content": [{"type": "text", "text": "What?"}, picture, away]}]
    body = request_body("m", talk, {"keep_alive": "5m", "think": False, "num_ctx": 8192, "stop": []})
    assert body == {
        "model": "m", "stream": True, "keep_alive": "5m", "think": False, "options": {"num_ctx": 8192},
        "messages": [{"role": "user", "content": "What?", "images": ["QUJD"]}],
    }  # fmt: skip


def test_addresses_that_people_copy() -> None:
    assert api_root("") == "http://127.0.0.1:11434"
    for end in ("", "/", "/v1", "/api"):
        assert api_root(f"http://box.example:11434{end}") == "http://box.example:11434"


async def test_the_models_that_are_here_are_loaded_and_what_they_can() -> None:
    models = {"models": [{"name": "a:latest", "model": "a:latest"}, {"name": "b:7b"}]}
    async with Loopback(Reply(content_type=JSON, body=json.dumps(models).encode())) as server:
        assert await Ollama.list_models(base_url=server.url) == ["a:latest", "b:7b"]
        assert await loaded_models(base_url=server.url) == ["a:latest", "b:7b"]
    assert [(r.method, r.target) for r in server.requests] == [("GET", "/api/tags"), ("GET", "/api/ps")]
    facts = {
        "capabilities": ["thinking"],
        "model_info": {"general.architecture": "l", "l.context_length": 4096},
    }
    async with Loopback(Reply(content_type=JSON, body=json.dumps(facts).encode())) as server:
        assert await show_model("a", base_url=server.url) == facts
    assert json.loads(server.requests[0].body) == {"model": "a"}
    assert context_length(facts) == 4096
    assert context_length({}) is None
    assert context_length({"model_info": {"general.architecture": "l", "l.context_length": True}}) is None


@pytest.mark.parametrize("body", [b"", b"[1]", b"<html><title>Router</title>", b"{", b'{"models":7}'])
async def test_a_list_that_is_none_is_a_fault(body: bytes) -> None:
    async with Loopback(Reply(content_type=JSON, body=body)) as server:
        with pytest.raises(Fault) as caught:
            await Ollama.list_models(base_url=server.url)
    assert caught.value.kind is FaultKind.NOT_THE_API


async def test_fetching_a_model_says_how_far_it_is() -> None:
    steps = [
        {"status": "pulling manifest"}, {"status": "pulling x", "total": 1000},
        {"status": "pulling x", "total": 1000, "completed": 300}, {"status": "success"}, {"status": "after"},
    ]  # fmt: skip
    async with Loopback(Reply(body=lines(*steps))) as server:
        got = await pieces_of(pull("m", base_url=server.url))
    assert got == [
        PullProgress("pulling manifest"), PullProgress("pulling x", 1000),
        PullProgress("pulling x", 1000, 300), PullProgress("success"),
    ]  # fmt: skip
    assert [step.done for step in got] == [False, False, False, True]
    assert json.loads(server.requests[0].body) == {"model": "m", "stream": True}


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (
            lines({"status": "pulling manifest"}, {"error": "pull model manifest: file does not exist"}),
            FaultKind.SERVER,
        ),
        (lines({"status": "pulling manifest"}), FaultKind.NETWORK),
        (b"<html>", FaultKind.NOT_THE_API),
        (b"", FaultKind.NOT_THE_API),
    ],
)
async def test_a_model_that_does_not_come_is_a_fault(body: bytes, kind: FaultKind) -> None:
    async with Loopback(Reply(body=body)) as server:
        with pytest.raises(Fault) as caught:
            await pieces_of(pull("m", base_url=server.url))
    assert caught.value.kind is kind


@pytest.mark.parametrize("broken", ["{", "7", "[" * 100_000, '{"message":7}', '{"message":{"content":7}}'])
def test_what_cannot_be_read_is_counted_and_the_rest_kept(broken: str) -> None:
    for order in ([broken, json.dumps(said("ok"))], [json.dumps(said("ok")), broken]):
        reader = OllamaLines()
        got = [chunk for line in order for chunk in reader.read(line)]
        assert "ok" in got
        assert [chunk.count for chunk in got if isinstance(chunk, Skipped)] == [1]


def test_nothing_after_the_last_line_counts() -> None:
    reader = OllamaLines()
    got = [
        c
        for line in (json.dumps(LAST) + json.dumps(said("no")), json.dumps(said("no")), "{")
        for c in reader.read(line)
    ]
    assert not [chunk for chunk in got if isinstance(chunk, str | Skipped)]
    assert not list(reader.close())
    assert Usage({"prompt_eval_count": 3, "eval_count": 2}) in got


@pytest.mark.parametrize("end", ["reset", "no-terminator", "stall", "malformed-chunk"])
async def test_a_break_in_mid_stream_keeps_the_text_and_is_a_fault(end: str) -> None:
    chunks: list[Any] = []
    async with Loopback(Reply(body=lines(said("Hello")), end=end)) as server:
        with pytest.raises(Fault) as caught:
            async for chunk in Ollama.create_async_generator(
                "m", HI, base_url=server.url, limits=Limits(connect_s=0.4, first_byte_s=0.4, silence_s=0.4)
            ):
                chunks.append(chunk)
    assert chunks == ["Hello"]
    assert caught.value.kind in (FaultKind.NETWORK, FaultKind.TIME_OUT)


async def test_a_line_over_the_limit_ends_the_reply_and_keeps_its_text(source_to: Any) -> None:
    """The recipe `ndjson-line-50MB`, after a line of text."""
    pieces = [lines(said("Hello")), b'{"message":{"content":"', *[b"x" * 1_000_000] * 50]
    async with Loopback(Reply(pieces=pieces)) as server:
        outcome = await collect(source_to(server.url, "ollama", key=None))
    assert (outcome.state, outcome.text) == ("failed", "Hello")
    assert outcome.fault is not None
    assert outcome.fault.kind is FaultKind.TOO_LARGE


async def test_a_set_key_is_sent_for_the_service_in_the_cloud(source_to: Any) -> None:
    async with Loopback(GOOD) as server:
        await collect(source_to(server.url, "ollama", key="k-1"))
    assert server.requests[0].header("authorization") == "Bearer k-1"


@pytest.mark.parametrize(
    ("loaded", "facts", "size"),
    [
        ([{"model": "a:latest", "context_length": 4096}], {}, 4096),
        ([{"name": "a", "context_length": 4096}], {"parameters": "num_ctx 8192"}, 4096),
        ([], {"parameters": 'stop "x"\nnum_ctx                        8192\n', "model_info": MADE_FOR}, 8192),
        ([], {"model_info": MADE_FOR}, None),
        ([{"model": "a"}], {"model_info": MADE_FOR}, 131_072),
        ([{"model": "b", "context_length": 4096}], {"parameters": 7}, None),
        ([{"model": "a", "context_length": True}, 5], {}, None),
        ("nothing", {}, None),
    ],
)
async def test_the_context_is_what_the_model_is_given_and_not_what_it_was_made_for(
    loaded: Any, facts: Any, size: int | None
) -> None:
    async def answer(request: Request, writer: Any) -> None:
        body = {"models": loaded} if request.target == "/api/ps" else facts
        await Reply(content_type=JSON, body=json.dumps(body).encode())(request, writer)

    async with Loopback(answer) as server:
        assert await Ollama.told_context("a", base_url=server.url) == size
        assert await Ollama.told_context("a", base_url=server.url, api_key="k") == size


async def test_it_is_asked_for_once_where_a_conversation_is_long_enough_for_it_to_matter() -> None:
    async def answer(request: Request, writer: Any) -> None:
        body: Any = {"models": [{"model": "a", "context_length": 2048}]}
        if request.target == "/api/chat":
            body = {"message": {"content": "Yes."}, "done": True, "done_reason": "stop"}
        await Reply(content_type=JSON, body=json.dumps(body).encode())(request, writer)

    async with Loopback(answer) as server:
        service = ServiceSettings(provider="ollama", base_url=server.url, model="a")
        sources = Sources(
            Registry(),
            Live(Preferences(service="s", services={"s": service}, proxy=ProxySettings(mode=ProxyMode.NONE))),
            lambda _name: None,
        )
        store, announcer, scope = MemoryStore(), Announcer(), TaskScope()
        chat, ended = ChatService(store, sources.choose, scope, announcer), asyncio.Queue[Message]()
        announcer.subscribe(lambda e: ended.put_nowait(e.message) if isinstance(e, ReplyEnded) else None)
        replies = []
        for _ in range(4):
            chat.send("c", "a sentence of some forty characters, more. " * 60)
            async with asyncio.timeout(10):
                replies.append(await ended.get())
        await chat.close()
        assert [reply.status for reply in replies] == [Status.COMPLETE] * 4
        assert [r.target for r in server.requests].count("/api/ps") == 1
        assert server.requests[0].target == "/api/chat", "short: nothing was asked before"
        assert (replies[-1].usage or {})[LEFT_OUT] > 0
