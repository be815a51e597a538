"""The OpenAI-compatible provider against llama.cpp's own server: a real counterpart, not a fake of ours."""

import asyncio
from collections.abc import Iterator
from contextlib import aclosing

import pytest

from pizzagpt_desktop.domain.chunks import FinishReason
from pizzagpt_desktop.domain.entered import Entered
from pizzagpt_desktop.domain.faults import Fault, FaultKind
from pizzagpt_desktop.domain.preferences import Live, Preferences, ServiceSettings
from pizzagpt_desktop.domain.proxy import ProxySettings
from pizzagpt_desktop.domain.trial import State
from pizzagpt_desktop.providers.registry import Registry
from pizzagpt_desktop.providers.sources import Sources
from pizzagpt_desktop.providers.trying import try_route
from tests.helpers.llama_server import LOOP, LlamaServer, llama_server
from tests.helpers.recited_text import RECITED

KEY = "sk-counterpart-1"
PATIENCE_S = 30
pytestmark = [pytest.mark.counterpart, pytest.mark.timeout(60)]


@pytest.fixture(scope="module")
def parrot() -> Iterator[LlamaServer]:
    with llama_server(key=KEY) as server:
        yield server


@pytest.fixture(scope="module")
def endless() -> Iterator[LlamaServer]:
    """A server with one slot whose model never stops by itself."""
    with llama_server(LOOP) as server:
        yield server


@pytest.fixture
def sources() -> Sources:
    return Sources(Registry(), Live(Preferences()), lambda name: None)


def service(server: LlamaServer, **settings: object) -> ServiceSettings:
    return ServiceSettings(
        provider="openai", base_url=server.base_url, model="tiny-parrot", temperature=0.0, **settings
    )


def ask(sources: Sources, settings: ServiceSettings, prompt: str, key: str | None = KEY) -> object:
    source = sources.source_for(settings, key=key, proxy=ProxySettings(), proxy_password=None)
    return source.stream([{"role": "user", "content": prompt}])


async def test_a_streamed_chat_arrives_whole_in_many_pieces(parrot: LlamaServer, sources: Sources) -> None:
    chunks = [chunk async for chunk in ask(sources, service(parrot), "Hello?")]
    pieces = [chunk for chunk in chunks if isinstance(chunk, str)]
    assert "".join(pieces) == RECITED
    assert len(pieces) > 10
    assert [chunk.reason for chunk in chunks if isinstance(chunk, FinishReason)] == ["stop"]


async def test_letters_beyond_the_basic_plane_survive_being_split_over_tokens(
    parrot: LlamaServer, sources: Sources
) -> None:
    """The pizza leaves the model as four single bytes."""
    text = "".join([chunk async for chunk in ask(sources, service(parrot), "x") if isinstance(chunk, str)])
    assert "\N{SLICE OF PIZZA}" in text
    assert "你好,世界" in text
    assert "\N{REPLACEMENT CHARACTER}" not in text


async def test_the_models_and_the_test_of_the_connection(parrot: LlamaServer, sources: Sources) -> None:
    assert await sources.list_models(service(parrot), KEY, ProxySettings(), None) == ["tiny-parrot"]
    entered = Entered(service(parrot), KEY, ProxySettings(), None)
    result = await try_route(sources, entered, ask_model=True)
    assert result.failed is None, result.words
    assert [step.state for step in result.steps if step.name in ("models", "word")] == [State.OK, State.OK]
    assert "127.0.0.1" in result.route


async def test_a_wrong_key_is_said_to_be_one_and_never_shown(parrot: LlamaServer, sources: Sources) -> None:
    with pytest.raises(Fault) as caught:
        async for _ in ask(sources, service(parrot), "x", key="sk-wrong-CANARY"):
            pass
    assert caught.value.kind is FaultKind.AUTH
    assert "CANARY" not in caught.value.detail + caught.value.hint


async def test_a_prompt_that_is_too_long_names_both_token_counts(
    parrot: LlamaServer, sources: Sources
) -> None:
    with pytest.raises(Fault) as caught:
        async for _ in ask(sources, service(parrot), "far too long " * 400):
            pass
    assert caught.value.kind is FaultKind.BAD_REQUEST
    assert "2048" in caught.value.detail
    assert "5220" in caught.value.detail


async def test_stop_hangs_up_so_that_the_only_slot_is_free_again(
    endless: LlamaServer, sources: Sources
) -> None:
    for _ in range(2):  # the second time waits for ever if the first did not free the slot
        async with asyncio.timeout(PATIENCE_S):
            text = ""
            async with aclosing(ask(sources, service(endless), "go on", key=None)) as chunks:
                async for chunk in chunks:
                    text += chunk if isinstance(chunk, str) else ""
                    if len(text) > 400:
                        break
        assert text.startswith("Hello!")


async def test_the_length_asked_for_is_kept_and_said(endless: LlamaServer, sources: Sources) -> None:
    chunks = [chunk async for chunk in ask(sources, service(endless, max_tokens=12), "go on", key=None)]
    assert [chunk.reason for chunk in chunks if isinstance(chunk, FinishReason)] == ["length"]
