"""Who is asked again, how often and when: every dialect with a real server, the chat, and a store in memory."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest

from pizzagpt_desktop.chat.events import ReplyReached, ReplyWaiting
from pizzagpt_desktop.domain.chunks import Heard, ToolCall
from pizzagpt_desktop.domain.conversation import Message, Status
from pizzagpt_desktop.domain.faults import Fault, FaultKind
from pizzagpt_desktop.domain.preferences import Live, Preferences, ServiceSettings
from pizzagpt_desktop.domain.proxy import ProxyMode, ProxySettings
from pizzagpt_desktop.domain.steps import Step
from pizzagpt_desktop.providers.registry import Registry
from pizzagpt_desktop.providers.sources import Sources
from tests.helpers.loopback import Loopback, Reply, Request
from tests.helpers.sources import ScriptedSource, saying
from tests.helpers.trust.dialects import DIALECTS

ANSWERING_AGAIN = [name for name in DIALECTS if name != "pizzagpt"]


def refusal(status: int, later: str | None) -> Reply:
    headers = {"Retry-After": later} if later is not None else {}
    body = json.dumps({"error": {"message": "Not now"}}).encode()
    return Reply(status, "application/json", headers, body, end="length")


class Service:
    """Refuses so many times, then answers."""

    def __init__(self, dialect: str, refuse: Reply, times: int) -> None:
        self._dialect = DIALECTS[dialect]
        self._refuse = refuse
        self._left = times

    async def __call__(self, request: Request, writer: asyncio.StreamWriter) -> None:
        self._left -= 1
        body = self._dialect.reply("At last")
        reply = self._refuse if self._left >= 0 else Reply(content_type=self._dialect.content_type, body=body)
        await reply(request, writer)


async def asked(
    make_chat: Callable[..., Any], dialect: str, handler: Any, retries: int
) -> tuple[Message, int, Any]:
    """The reply, how many requests went out, and the chat."""
    async with Loopback(handler) as server:
        service = ServiceSettings(provider=dialect, base_url=server.url, model="m")
        straight = ProxySettings(mode=ProxyMode.NONE)
        preferences = Preferences(service="s", services={"s": service}, proxy=straight, retries=retries)
        sources = Sources(Registry(), Live(preferences), lambda name: None)
        chat = make_chat(sources.choose)
        reply = await chat.ended(chat.service.send("c", "Hi"))
        return reply, len(server.requests), chat


@pytest.mark.parametrize("dialect", ANSWERING_AGAIN)
@pytest.mark.parametrize(("status", "later"), [(429, "0"), (503, "0"), (529, "0"), (500, "0"), (429, "0.2")])
async def test_a_service_that_did_not_take_it_is_asked_again(
    make_chat: Callable[..., Any], dialect: str, status: int, later: str
) -> None:
    reply, requests, chat = await asked(make_chat, dialect, Service(dialect, refusal(status, later), 2), 2)
    assert (reply.status, reply.text, requests) == (Status.COMPLETE, "At last", 3)
    assert [event.seconds for event in chat.of(ReplyWaiting)] == [float(later)] * 2


@pytest.mark.parametrize("dialect", ANSWERING_AGAIN)
@pytest.mark.parametrize("retries", [0, 1, 5])
async def test_it_is_asked_as_often_as_the_user_set(
    make_chat: Callable[..., Any], dialect: str, retries: int
) -> None:
    reply, requests, _ = await asked(make_chat, dialect, refusal(429, "0"), retries)
    assert (reply.status, requests) == (Status.FAILED, 1 + retries)
    assert reply.fault is not None
    assert reply.fault.retry_after_s == 0


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize(
    ("status", "later"),
    [(500, None), (502, None), (504, None), (429, "61"), (429, "31536000"), (401, "0"), (400, "0")],
)
async def test_what_may_have_been_done_or_takes_too_long_is_not_asked_again(
    make_chat: Callable[..., Any], dialect: str, status: int, later: str | None
) -> None:
    reply, requests, _ = await asked(make_chat, dialect, refusal(status, later), 5)
    assert (reply.status, requests) == (Status.FAILED, 1)


@pytest.mark.parametrize("status", [429, 503, 529])
async def test_pizzagpt_is_never_asked_again(make_chat: Callable[..., Any], status: int) -> None:
    reply, requests, _ = await asked(make_chat, "pizzagpt", refusal(status, "0"), 5)
    assert (reply.status, requests) == (Status.FAILED, 1)


@pytest.mark.parametrize("dialect", ANSWERING_AGAIN)
async def test_a_connection_that_breaks_is_never_asked_again_by_itself(
    make_chat: Callable[..., Any], dialect: str
) -> None:
    async def drops(_request: Request, writer: asyncio.StreamWriter) -> None:
        writer.transport.abort()

    reply, requests, _ = await asked(make_chat, dialect, drops, 5)
    assert (reply.status, requests) == (Status.FAILED, 1), "it may have been answered, and paid"


@pytest.mark.parametrize("dialect", ANSWERING_AGAIN)
async def test_after_text_nothing_is_asked_again(make_chat: Callable[..., Any], dialect: str) -> None:
    one = DIALECTS[dialect]
    error = {"error": {"message": "slow", "type": "rate_limit_error", "code": "rate_limit_exceeded"}}
    body = (
        one.part("Half")
        + (b"" if dialect == "ollama" else b"event: error\ndata: ")
        + json.dumps(error).encode()
    )
    reply, requests, _ = await asked(
        make_chat, dialect, Reply(content_type=one.content_type, body=body + b"\n\n"), 5
    )
    assert (reply.status, reply.text, requests) == (Status.FAILED, "Half", 1)
    assert reply.fault is not None
    assert reply.fault.kind is FaultKind.RATE_LIMIT


async def test_the_wait_doubles_where_the_service_does_not_say(
    make_chat: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pizzagpt_desktop.chat.answering.FIRST_WAIT_S", 0.01)
    reply, requests, chat = await asked(make_chat, "openai", refusal(503, None), 3)
    assert (reply.status, requests) == (Status.FAILED, 4)
    assert [event.seconds for event in chat.of(ReplyWaiting)] == [0.01, 0.02, 0.04]


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_each_step_of_a_request_is_told(make_chat: Callable[..., Any], dialect: str) -> None:
    one = DIALECTS[dialect]
    reply, _, chat = await asked(
        make_chat, dialect, Reply(content_type=one.content_type, body=one.reply("Hi")), 0
    )
    assert reply.text == "Hi"
    assert chat.of(ReplyReached) == [
        ReplyReached("c", reply.id, step) for step in (Step.CONNECTING, Step.SENT, Step.ANSWERING)
    ]


async def test_pieces_of_a_tool_call_are_a_sign_of_life_and_end_asking_again(
    make_chat: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pizzagpt_desktop.chat.answering.HEARD_S", 0.0)
    limit = Fault(FaultKind.RATE_LIMIT, "slow down", retry_after_s=0)
    source = ScriptedSource(saying(Heard(), ToolCall("a", "f", "{"), limit), retries=5)
    chat = make_chat(source.choose)
    reply = await chat.ended(chat.service.send("c", "go"))
    assert chat.of(ReplyReached) == [ReplyReached("c", reply.id, None)]
    assert (reply.status, len(source.asked)) == (Status.FAILED, 1)
    assert [call["arguments"] for call in reply.tool_calls] == ["{"]
