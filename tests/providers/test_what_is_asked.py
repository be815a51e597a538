"""What is asked beside the words reaches the wire from the nearest level, in every dialect; bytes are counted."""

import json
from dataclasses import replace
from typing import Any

import pytest

from pizzagpt_desktop.domain.asking import Asking, Persona
from pizzagpt_desktop.domain.conversation import Conversation
from pizzagpt_desktop.domain.extras import Extras
from pizzagpt_desktop.domain.faults import Fault
from pizzagpt_desktop.domain.preferences import Live, Preferences, ServiceSettings
from pizzagpt_desktop.domain.proxy import ProxyMode, ProxySettings
from pizzagpt_desktop.providers.registry import Registry
from pizzagpt_desktop.providers.sources import Sources
from tests.helpers.collector import collect
from tests.helpers.loopback import Loopback, Reply

KEY = "sk-test-CANARY-1234"
HI = [{"role": "user", "content": "Hi"}]
DIALECTS = ("openai", "anthropic", "responses", "ollama")
EXTRAS = Extras(
    headers=(("X-Title", "Mine"), ("X-Gateway-Token", "{key}"), ("User-Agent", "Mine/1")),
    fields='{"top_k": 40, "options": {"num_ctx": 8192}}',
)


def made(service: ServiceSettings, **chosen: Any) -> Sources:
    preferences = Preferences(
        service="s", services={"s": service}, proxy=ProxySettings(mode=ProxyMode.NONE), **chosen
    )
    return Sources(Registry(), Live(preferences), {"service:s": KEY}.get)


async def asked(source: Any, server: Loopback) -> tuple[Any, dict[str, Any]]:
    await collect(source, HI)
    request = server.requests[-1]
    return request, json.loads(request.body)


@pytest.mark.parametrize("provider", DIALECTS)
async def test_headers_and_fields_of_a_service_go_with_every_question(provider: str) -> None:
    async with Loopback(Reply(body=b"nothing", end="length")) as server:
        service = ServiceSettings(
            provider=provider, base_url=server.url, model="m", extras=EXTRAS, temperature=0.5
        )
        sources = made(service)
        request, body = await asked(sources.choose(Conversation(id="c")), server)
        assert request.header("x-title") == "Mine"
        assert request.header("x-gateway-token") == KEY
        assert [value for name, value in request.headers if name == "user-agent"] == ["Mine/1"]
        assert [name for name, _ in request.headers].count("authorization") <= 1
        assert body["top_k"] == 40
        assert body["options"]["num_ctx"] == 8192
        if provider == "ollama":
            assert body["options"]["temperature"] == 0.5
        assert body["model"] == "m"
        before = len(server.requests)
        with pytest.raises(Fault):  # what comes back is no list
            await sources.models_of("s")
        assert len(server.requests) > before
        assert server.requests[-1].header("x-title") == "Mine"


async def test_the_nearest_level_has_the_word() -> None:
    async with Loopback(Reply(body=b"nothing", end="length")) as server:
        service = ServiceSettings(
            provider="openai",
            base_url=server.url,
            model="m",
            system_prompt="Service",
            temperature=0.9,
            seed=1,
        )
        sources = made(
            service,
            asking=Asking(system_prompt="Program", max_tokens=77, seed=2),
            personas={"p": Persona(label="Pirate", system_prompt="Arr", top_p=0.5, temperature=1.2)},
        )
        plain = sources.choose(Conversation(id="c"))
        assert plain.system_prompt == "Service"
        _, body = await asked(plain, server)
        assert (body["temperature"], body["seed"], body["max_tokens"]) == (0.9, 1, 77)
        assert "top_p" not in body
        own = Conversation(id="c", persona="p", asking=Asking(temperature=0.0, stop=("END",)))
        source = sources.choose(own)
        assert source.system_prompt == "Arr"
        _, body = await asked(source, server)
        assert (body["temperature"], body["top_p"], body["seed"], body["stop"]) == (0.0, 0.5, 1, ["END"])
        gone = sources.choose(replace(own, persona="removed"))
        assert gone.system_prompt == "Service"


async def test_bytes_of_questions_and_answers_are_counted() -> None:
    reply = b'data: {"choices":[{"delta":{"content":"Hello"}}]}\n\ndata: [DONE]\n\n'
    async with Loopback(Reply(body=reply, end="length")) as server:
        service = ServiceSettings(provider="openai", base_url=server.url, model="m")
        source = made(service).choose(Conversation(id="c"))
        assert source.traffic == (0, 0)
        await collect(source, HI)
        assert source.traffic == (len(server.requests[0].body), len(reply))
