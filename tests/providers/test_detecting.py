"""What speaks at an address is found out by asking it: servers of every kind, without a key, and never beyond the lock."""

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from pizzagpt_desktop.domain.faults import Fault, FaultKind
from pizzagpt_desktop.domain.preferences import Live, Preferences
from pizzagpt_desktop.domain.proxy import ProxyMode, ProxySettings
from pizzagpt_desktop.providers.detecting import detect, look_for_local_servers
from pizzagpt_desktop.providers.registry import Registry
from pizzagpt_desktop.providers.sources import Sources
from tests.helpers.certificates import self_signed
from tests.helpers.llama_server import llama_server
from tests.helpers.loopback import Loopback, Reply

STRAIGHT = ProxySettings(mode=ProxyMode.NONE)
LIST = {"object": "list", "data": [{"id": "m-1"}]}
OLLAMA = {"/api/version": {"version": "0.6.2"}, "/api/tags": {"models": []}, "/v1/models": LIST}
LM_STUDIO = {"/v1/models": LIST, "/api/v0/models": {"data": []}}
VLLM = {"/v1/models": {"object": "list", "data": [{"id": "q", "owned_by": "vllm", "max_model_len": 4096}]}}
TEXTGEN = {"/v1/models": LIST, "/v1/internal/model/info": {"model_name": "None"}}


def made(**chosen: Any) -> Sources:
    return Sources(Registry(), Live(Preferences(**chosen)), lambda name: "sk-CANARY")


def server(pages: Mapping[str, Any], missing: int = 404) -> Callable[..., Any]:
    """Answers with JSON at these paths, and with a page elsewhere."""

    async def answer(request: Any, writer: Any) -> None:
        value = pages.get(request.target.partition("?")[0])
        if value is None:
            reply = Reply(missing, "text/html", body=b"<title>Not here</title>", end="length")
        else:
            reply = Reply(200, "application/json", body=json.dumps(value).encode(), end="length")
        await reply(request, writer)

    return answer


@pytest.mark.parametrize(
    ("pages", "provider", "path", "name"),
    [
        (OLLAMA, "ollama", "", "Ollama"),
        (LM_STUDIO, "openai", "/v1", "LM Studio"),
        (VLLM, "openai", "/v1", "vLLM"),
        (TEXTGEN, "openai", "/v1", "text-generation-webui"),
        ({"/models": LIST}, "openai", "", ""),
        (
            {"/v1/models": {"data": [{"type": "model", "id": "c", "display_name": "C"}]}},
            "anthropic",
            "/v1",
            "",
        ),
    ],
)
@pytest.mark.parametrize(
    "typed", ["{host}", "http://{host}/", "http://{host}/v1", "http://{host}/v1/chat/completions"]
)
async def test_servers_of_every_kind(
    pages: dict[str, Any], provider: str, path: str, name: str, typed: str
) -> None:
    if "/models" in pages:
        typed = typed.partition("/v1")[0]  # this one has nothing there
    async with Loopback(server(pages)) as there:
        found = await detect(made(), typed.format(host=f"127.0.0.1:{there.port}"), STRAIGHT)
    assert (found.provider, found.base_url) == (provider, there.url + path)
    assert found.name == (name or f"127.0.0.1:{there.port}")
    for request in there.requests:
        assert request.method == "GET"
        assert "CANARY" not in str(request.headers)


async def test_one_that_wants_a_key() -> None:
    refusal = Reply(401, "application/json", body=b'{"error":{"message":"No key."}}', end="length")
    async with Loopback(refusal) as there:
        found = await detect(made(), there.url, STRAIGHT)
    assert found.needs_key
    assert found.provider == "openai"


async def test_a_known_service_is_not_asked_at_all() -> None:
    for typed, provider, base_url in (
        ("api.anthropic.com", "anthropic", "https://api.anthropic.com/v1"),
        ("https://openrouter.ai/", "openai", "https://openrouter.ai/api/v1"),
        ("https://mine.openai.azure.com/openai/v1", "openai", "https://mine.openai.azure.com/openai/v1"),
        ("https://api.openai.com/v1/chat/completions", "openai", "https://api.openai.com/v1"),
    ):
        found = await detect(made(), typed, STRAIGHT)  # a look-up would fail: the tests reach no network
        assert (found.provider, found.base_url) == (provider, base_url)
        assert found.needs_key


async def test_what_is_no_service_or_not_there_is_said() -> None:
    async with Loopback(server({})) as page:
        with pytest.raises(Fault, match="none of the kinds of service") as caught:
            await detect(made(), page.url, STRAIGHT)
        assert caught.value.kind is FaultKind.NOT_THE_API
        port = page.port
    with pytest.raises(Fault, match=f"Nothing answers at 127.0.0.1:{port}"):
        await detect(made(), f"127.0.0.1:{port}", STRAIGHT)
    with pytest.raises(Fault, match="no spaces"):
        await detect(made(), "two words", STRAIGHT)
    signed = self_signed("llm.home")
    async with Loopback(server(LM_STUDIO), tls=signed.context()) as own:
        with pytest.raises(Fault) as caught:
            await detect(made(), own.url, STRAIGHT)
    assert caught.value.kind is FaultKind.TLS
    assert own.requests == []


async def test_the_lock_holds_for_addresses_too() -> None:
    with pytest.raises(Fault, match="Local only"):
        await detect(made(local_only=True), "https://llm.example.com", STRAIGHT)
    async with Loopback(server(OLLAMA)) as there:
        assert (await detect(made(local_only=True), there.url, STRAIGHT)).provider == "ollama"


async def test_local_servers_are_found_on_their_ports_and_only_there() -> None:
    async with (
        Loopback(server(OLLAMA)) as one,
        Loopback(server(LM_STUDIO)) as two,
        Loopback(server({})) as none,
    ):
        ports = [one.port, none.port, two.port, 1]
        found = await look_for_local_servers(made(local_only=True), ports)
    assert [(service.name, service.base_url) for service in found] == [
        ("Ollama", one.url),
        ("LM Studio", f"{two.url}/v1"),
    ]


@pytest.mark.counterpart
@pytest.mark.timeout(60)
async def test_the_real_server_of_llama_cpp() -> None:
    with llama_server(key="sk-right") as real:
        found = await detect(made(), real.base_url.removesuffix("/v1"), STRAIGHT)
    assert (found.provider, found.name) == ("openai", "llama.cpp")
    assert found.base_url == real.base_url


async def test_addresses_of_ipv6() -> None:
    async with Loopback(server(OLLAMA), host="::1") as there:
        found = await detect(made(local_only=True), f"[::1]:{there.port}", STRAIGHT)
    assert (found.provider, found.base_url) == ("ollama", there.url)
