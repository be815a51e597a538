"""Pizzagpt's request, byte for byte, its refusals, and the seed's example."""

import asyncio
import contextlib
import io
import json
import textwrap
from typing import Any

import pytest

from pizzagpt_desktop import __version__
from pizzagpt_desktop.domain.chunks import FinishReason, Unfinished
from pizzagpt_desktop.domain.faults import Fault, FaultKind, RefusedByService
from pizzagpt_desktop.providers.base_provider import AsyncGeneratorProvider, ProviderModelMixin
from pizzagpt_desktop.providers.pizzagpt import Pizzagpt
from tests.helpers.loopback import Loopback, Reply, pieces_of

GOOD = Reply(content_type="application/json", body=b'{"answer": {"content": "Ciao!"}}', end="length")
HI = [{"role": "user", "content": "Hi"}]


def ask(messages: list[dict[str, Any]] = HI, **options: Any) -> Any:
    return Pizzagpt.create_async_generator("gpt-4o-mini", messages, **options)


def test_the_class_is_the_seeds() -> None:
    assert issubclass(Pizzagpt, AsyncGeneratorProvider)
    assert issubclass(Pizzagpt, ProviderModelMixin)
    assert Pizzagpt.url == "https://www.pizzagpt.it"
    assert Pizzagpt.api_endpoint == "/api/chatx-completion"
    assert Pizzagpt.working is False
    assert (Pizzagpt.default_model, Pizzagpt.models) == ("gpt-4o-mini", ["gpt-4o-mini"])


async def test_the_request_is_the_seeds(monkeypatch: pytest.MonkeyPatch) -> None:
    async with Loopback(GOOD) as server:
        monkeypatch.setattr(Pizzagpt, "url", server.url)
        messages = [{"role": "user", "content": 'é "q"'}, {"role": "user", "content": "b"}]
        chunks = await pieces_of(ask(messages, temperature=0.3, api_key="CANARY", web_search=True))
    assert chunks == ["Ciao!", FinishReason("stop")]
    (request,) = server.requests
    assert (request.method, request.target) == ("POST", "/api/chatx-completion")
    assert request.body == json.dumps({"question": 'User: é "q"\nUser: b\nAssistant:'}).encode()
    expected = {
        "accept": "application/json",
        "accept-language": "en-US,en;q=0.9",
        "content-type": "application/json",
        "origin": server.url,
        "referer": f"{server.url}/en",
        "user-agent": f"PizzaGPT-Desktop/{__version__}",
        "x-secret": "Marinara",
    }
    assert {name: request.header(name) for name in expected} == expected
    others = {name for name, _ in request.headers} - expected.keys()
    assert others == {"host", "accept-encoding", "content-length", "connection"}


async def test_endpoint_secret_and_referer_are_settings() -> None:
    async with Loopback(GOOD) as server:
        await pieces_of(
            ask(base_url=server.url, api_endpoint="/v2", secret="Margherita", referer="http://r.example/")
        )
    (request,) = server.requests
    assert request.target == "/v2"
    assert (request.header("x-secret"), request.header("referer")) == ("Margherita", "http://r.example/")


async def test_a_refusal_is_a_value_error_with_the_sites_words_and_address() -> None:
    words = "Misuse detected. Please get in touch, we can come up with a solution for your use case."
    reply = Reply(content_type="application/json", body=json.dumps({"content": words}).encode(), end="length")
    async with Loopback(reply) as server:
        with pytest.raises(ValueError, match="Misuse detected") as caught:
            await pieces_of(ask(base_url=server.url))
    assert isinstance(caught.value, RefusedByService)
    assert caught.value.detail == words
    assert server.url in caught.value.hint
    assert len(server.requests) == 1


async def test_a_body_in_pieces_shows_nothing_until_it_is_whole() -> None:
    body = b'{"answer": {"content": "abc"}}'
    cut = Reply(content_type="application/json", body=body, pieces=[body[:12]], end="length")
    got: list[Any] = []
    async with Loopback(cut) as server:
        with pytest.raises(Fault) as caught:
            async for chunk in ask(base_url=server.url):
                got.append(chunk)
    assert got == []
    assert caught.value.kind is FaultKind.NETWORK


async def test_a_stream_without_an_end_sign_is_not_whole() -> None:
    body = b'data: {"choices":[{"delta":{"content":"Ci"}}]}\n\n'
    async with Loopback(Reply(body=body)) as server:
        assert await pieces_of(ask(base_url=server.url)) == ["Ci", Unfinished()]


async def test_an_empty_list_sends_nothing() -> None:
    async with Loopback(GOOD) as server:
        with pytest.raises(ValueError, match="no message"):
            await pieces_of(ask([], base_url=server.url))
    assert server.connections == 0


EXAMPLE = """
from aiohttp import ClientSession
import asyncio

from pizzagpt_desktop.providers.pizzagpt import Pizzagpt
from pizzagpt_desktop.typing import Messages

async def main():
    messages: Messages = [{"role": "user", "content": "Как дела?"}]
    async for message in Pizzagpt.create_async_generator(model="gpt-4o-mini", messages=messages):
        print(message)
"""


async def test_the_seeds_example_runs_with_only_its_imports_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    reply = Reply(content_type="application/json", body='{"content": "Привет!"}'.encode(), end="length")
    async with Loopback(reply) as server:
        monkeypatch.setattr(Pizzagpt, "url", server.url)
        names: dict[str, Any] = {"__name__": "example"}
        exec(compile(textwrap.dedent(EXAMPLE), "example", "exec"), names)
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            await asyncio.create_task(names["main"]())
    assert printed.getvalue().strip() == "Привет!"
    assert json.loads(server.requests[0].body) == {"question": "Как дела?"}
