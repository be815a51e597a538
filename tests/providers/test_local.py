"""What a model on this computer is asked: the request, the form of answers, the route, and the way files come."""

from pathlib import Path
from typing import Any

import pytest

from pizzagpt_desktop.chat.tasks import TaskScope
from pizzagpt_desktop.domain.faults import Fault, FaultKind
from pizzagpt_desktop.domain.local import NO_LOCAL, LocalSettings
from pizzagpt_desktop.domain.preferences import Live, Preferences, ServiceSettings
from pizzagpt_desktop.domain.proxy import ProxyMode, ProxyScheme, ProxySettings
from pizzagpt_desktop.engine.catalogue import Wanted
from pizzagpt_desktop.engine.computer import Computer
from pizzagpt_desktop.engine.fetching import fetch
from pizzagpt_desktop.providers.local import Local, answer_form, request_body
from pizzagpt_desktop.providers.registry import Registry
from pizzagpt_desktop.providers.sources import Sources
from tests.engine.test_fetching import FILE, MODEL, FileServer
from tests.helpers.llama_server import MODELS
from tests.helpers.loopback import Loopback
from tests.helpers.relay import Relay

HELLO = [{"role": "user", "content": "Hello?"}]


def body(local: LocalSettings = NO_LOCAL, **parameters: Any) -> dict[str, Any]:
    return request_body("http://127.0.0.1:1/v1", "m", HELLO, {"local": local, **parameters})


def test_only_what_was_set_is_asked() -> None:
    assert body() == {
        "model": "m", "messages": HELLO, "stream": True, "stream_options": {"include_usage": True},
    }  # fmt: skip
    set_up = LocalSettings(
        top_k=40, min_p=0.05, repeat_penalty=1.1, thinking=False, answer_form='{"type": "object"}'
    )
    asked = body(set_up, temperature=0.2, top_p=0.9, seed=7, max_tokens=5, stop=("END",))
    assert {name: asked[name] for name in ("top_k", "min_p", "repeat_penalty", "temperature", "top_p", "seed")} == {
        "top_k": 40, "min_p": 0.05, "repeat_penalty": 1.1, "temperature": 0.2, "top_p": 0.9, "seed": 7,
    }  # fmt: skip
    assert asked["max_tokens"] == 5
    assert asked["stop"] == ["END"]
    assert asked["chat_template_kwargs"] == {"enable_thinking": False}
    assert asked["response_format"]["json_schema"]["schema"] == {"type": "object"}


def test_an_answer_form_is_a_schema_or_a_grammar_or_said_to_be_neither() -> None:
    assert answer_form("  ") == {}
    assert answer_form('root ::= "yes" | "no"') == {"grammar": 'root ::= "yes" | "no"'}
    for text in ("{not json", "please be brief"):
        with pytest.raises(Fault) as caught:
            answer_form(text)
        assert caught.value.kind is FaultKind.SETTINGS


@pytest.fixture
def preferences() -> Live[Preferences]:
    return Live(Preferences(service="l", services={"l": ServiceSettings(provider="local", model="m")}))


def test_the_route_says_that_nothing_leaves_this_computer_also_under_the_lock(
    preferences: Live[Preferences],
) -> None:
    sources = Sources(Registry(), preferences, lambda name: None)
    assert sources.route_words() == "→ this computer"
    preferences.set(Preferences(service="l", services=preferences.value.services, local_only=True))
    assert sources.route_words() == "→ this computer"


async def test_a_model_that_is_not_there_is_said_with_those_that_are(tmp_path: Path) -> None:
    computer = Computer(TaskScope().spawn, tmp_path, lambda: NO_LOCAL, command=["/nonexistent"])
    with pytest.raises(Fault) as caught:
        await computer.load_for("gone")
    assert "no model on this computer yet" in caught.value.detail
    (tmp_path / FILE).write_bytes(MODEL)
    with pytest.raises(Fault) as caught:
        await computer.load_for("gone")
    assert "not on this computer any more" in caught.value.detail
    assert "small" in caught.value.hint


@pytest.mark.counterpart
@pytest.mark.timeout(60)
async def test_a_grammar_holds_for_every_answer_of_the_real_engine() -> None:
    scope = TaskScope()
    local = LocalSettings(threads=1, answer_form='root ::= "yes, of course"')
    computer = Computer(scope.spawn, MODELS, lambda: local)
    chunks = Local.create_async_generator(
        "tiny-parrot", HELLO, computer=computer, temperature=0.0, max_tokens=40
    )
    text = "".join([chunk async for chunk in chunks if isinstance(chunk, str)])
    assert text == "yes, of course"
    await computer.close()
    assert await scope.close()


async def test_a_model_file_comes_by_the_program_s_own_proxy(tmp_path: Path) -> None:
    async with Relay() as relay, Loopback(FileServer()) as files:
        proxy = ProxySettings(
            mode=ProxyMode.MANUAL,
            scheme=ProxyScheme.SOCKS5H,
            host="127.0.0.1",
            port=relay.port,
            for_loopback=True,
        )
        sources = Sources(Registry(), Live(Preferences(proxy=proxy)), lambda name: None)
        wanted = Wanted(url=f"{files.url}/{FILE}", file=FILE)
        path = await fetch(wanted, tmp_path / "models", sources.way_to, lambda progress: None)
        assert path.read_bytes() == MODEL
        assert relay.asked


def test_the_lock_on_this_computer_forbids_every_other_address() -> None:
    sources = Sources(Registry(), Live(Preferences(local_only=True)), lambda name: None)
    with pytest.raises(Fault) as caught:
        sources.way_to("https://models.example/x.gguf")
    assert caught.value.kind is FaultKind.SETTINGS
