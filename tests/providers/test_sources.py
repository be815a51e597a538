"""Sources: what the preferences of the moment mean for a request, and the boundary every provider is behind."""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pizzagpt_desktop.domain.chunks import FinishReason, Reasoning, ToolCall, Usage
from pizzagpt_desktop.domain.conversation import Conversation
from pizzagpt_desktop.domain.entered import Entered
from pizzagpt_desktop.domain.faults import Fault, FaultKind
from pizzagpt_desktop.domain.models import ModelName
from pizzagpt_desktop.domain.preferences import Live, Preferences, ServiceSettings
from pizzagpt_desktop.domain.proxy import ProxyMode, ProxyScheme, ProxySettings
from pizzagpt_desktop.domain.text import storable
from pizzagpt_desktop.network.decode import BODY_LIMIT
from pizzagpt_desktop.providers.boundary import HalfJoiner, cleaned
from pizzagpt_desktop.providers.openai_compatible import OpenAICompatible
from pizzagpt_desktop.providers.registry import Registry
from pizzagpt_desktop.providers.sources import Source, Sources
from pizzagpt_desktop.providers.trying import try_route
from tests.helpers.collector import collect
from tests.helpers.corpus import KEY
from tests.helpers.loopback import Loopback, Reply

STRAIGHT = ProxySettings(mode=ProxyMode.NONE)
HERE = Conversation(id="c")
CORP = ProxySettings(mode=ProxyMode.MANUAL, scheme=ProxyScheme.SOCKS5H, host="corp", port=1080, username="me")


@pytest.fixture
def parrot(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.syspath_prepend(str(Path(__file__).parents[1] / "plugins" / "parrot"))
    yield
    sys.modules.pop("parrot_provider", None)


def made(preferences: Preferences, **secrets: str) -> Sources:
    names = {name.replace("__", ":"): value for name, value in secrets.items()}
    return Sources(Registry(), Live(preferences), names.get)


def one(service: ServiceSettings, **others: Any) -> Preferences:
    return Preferences(service="s", services={"s": service}, **others)


def test_no_service_yet_is_said() -> None:
    with pytest.raises(Fault, match="No service is chosen") as caught:
        made(Preferences()).choose(HERE)
    assert caught.value.kind is FaultKind.SETTINGS
    assert made(Preferences()).route_words() == "No service is chosen yet."


def test_a_service_that_is_gone_is_said() -> None:
    sources = made(one(ServiceSettings(provider="openai")))
    with pytest.raises(Fault, match="“old” is not set up"):
        sources.choose(Conversation(id="c", service="old"))


def test_choose_takes_the_conversations_service_and_model() -> None:
    preferences = Preferences(
        service="a",
        services={
            "a": ServiceSettings(provider="pizzagpt"),
            "b": ServiceSettings(
                provider="openai", base_url="https://b.example/v1", model="m", system_prompt="Be brief."
            ),
        },
        proxy=STRAIGHT,
    )
    sources = made(preferences)
    first = sources.choose(HERE)
    assert (first.provider, first.model, first.route, first.retries) == (
        "pizzagpt",
        "gpt-4o-mini",
        "www.pizzagpt.it",
        0,
    )
    second = sources.choose(Conversation(id="c", service="b"))
    assert (second.provider, second.model, second.route) == ("openai", "m", "b.example")
    assert (second.system_prompt, second.retries) == ("Be brief.", 2)
    assert sources.choose(Conversation(id="c", service="b", model="other")).model == "other"


@pytest.mark.parametrize("wanted", [0, 2, 5])
def test_a_request_goes_out_again_as_often_as_the_user_set(wanted: int) -> None:
    for provider, most in (("openai", 5), ("anthropic", 5), ("responses", 5), ("ollama", 5), ("pizzagpt", 0)):
        preferences = one(ServiceSettings(provider=provider), proxy=STRAIGHT, retries=wanted)
        assert made(preferences).choose(HERE).retries == min(wanted, most)


async def test_a_model_on_this_computer_is_waited_for_as_long_as_the_user_set(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[Any] = []

    async def answer(model: str, messages: Any, proxy: Any = None, *, limits: Any = None, **_: Any) -> Any:
        asked.append(limits)
        yield "ok"

    monkeypatch.setattr(OpenAICompatible, "create_async_generator", answer)
    for url in ("http://127.0.0.1:11434", "https://api.example.com"):
        service = ServiceSettings(provider="openai", base_url=url)
        source = made(one(service, proxy=STRAIGHT, local_wait_min=3)).choose(HERE)
        assert [chunk async for chunk in source.stream([{"role": "user", "content": "Hi"}])] == ["ok"]
    assert [limits.first_byte_s for limits in asked] == [180, 60]


def test_the_next_source_follows_the_preferences() -> None:
    live = Live(one(ServiceSettings(provider="openai", model="a"), proxy=STRAIGHT))
    sources = Sources(Registry(), live, lambda name: None)
    assert sources.choose(HERE).model == "a"
    live.set(one(ServiceSettings(provider="openai", model="b"), proxy=STRAIGHT))
    assert sources.choose(HERE).model == "b"


def test_routes_in_words() -> None:
    service = ServiceSettings(provider="openai", base_url="https://api.example.com/v1")
    assert made(one(service, proxy=STRAIGHT)).route_words() == "→ api.example.com"
    assert made(one(service, proxy=CORP)).route_words() == "→ api.example.com via proxy corp:1080"
    own = ServiceSettings(provider="openai", base_url="http://127.0.0.1:8080/v1", proxy=CORP)
    assert made(one(own, proxy=STRAIGHT)).route_words() == "→ 127.0.0.1:8080"


def test_the_systems_proxy_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    sources = made(one(ServiceSettings(provider="openai", base_url="https://api.example.com")))
    assert sources.route_words() == "→ api.example.com"
    monkeypatch.setenv("all_proxy", "socks5h://me:CANARY@corp")
    assert sources.route_words() == "→ api.example.com via proxy corp:1080"
    monkeypatch.setenv("https_proxy", "other:3128")
    assert sources.route_words() == "→ api.example.com via proxy other:3128"
    monkeypatch.setenv("no_proxy", ".example.com")
    assert sources.route_words() == "→ api.example.com"
    monkeypatch.setenv("no_proxy", "")
    monkeypatch.setenv("https_proxy", "nonsense://x:CANARY@y")
    assert "no kind of proxy" in sources.route_words()
    assert "CANARY" not in sources.route_words()


@pytest.mark.parametrize("own", [True, False])
def test_the_proxys_password_comes_from_its_own_place(own: bool) -> None:
    service = ServiceSettings(
        provider="openai", base_url="https://api.example.com", proxy=CORP if own else None
    )
    preferences = one(service, proxy=STRAIGHT if own else CORP)
    source = made(preferences, proxy="CANARY-program", proxy__s="CANARY-service", service__s=KEY).choose(HERE)
    assert ("CANARY-service" if own else "CANARY-program") in source.secrets
    assert KEY in source.secrets
    assert "CANARY" not in repr(source)


def test_pizzagpt_is_never_sent_twice_whatever_is_asked() -> None:
    sources = made(Preferences())
    service = ServiceSettings(provider="pizzagpt")
    assert sources.source_for(service, key=None, proxy=STRAIGHT, proxy_password=None, retries=5).retries == 0


def test_an_address_that_is_none_is_a_fault() -> None:
    service = ServiceSettings(provider="openai", base_url="ftp://x")
    with pytest.raises(Fault) as caught:
        made(Preferences()).source_for(service, key=None, proxy=STRAIGHT, proxy_password=None)
    assert caught.value.kind is FaultKind.SETTINGS


@pytest.mark.usefixtures("parrot")
class TestAddOn:
    def source(self) -> Source:
        service = ServiceSettings(provider="parrot", model="macaw", temperature=0.5)
        return made(Preferences()).source_for(service, key=KEY, proxy=STRAIGHT, proxy_password=None)

    async def test_a_class_of_the_seeds_interface_works_unchanged(self) -> None:
        outcome = await collect(self.source(), [{"role": "user", "content": "hello you"}])
        assert (outcome.state, outcome.text) == ("complete", "hello you (macaw)")

    async def test_its_failure_is_a_fault_with_its_name_and_without_secrets(self) -> None:
        outcome = await collect(self.source(), [{"role": "user", "content": "fail"}])
        assert (outcome.state, outcome.text) == ("failed", "before ")
        assert outcome.fault is not None
        assert outcome.fault.kind is FaultKind.UNEXPECTED_ANSWER
        assert outcome.fault.detail.startswith("The add-on parrot failed: KeyError")
        assert "CANARY" not in outcome.shown

    async def test_it_can_be_stopped(self) -> None:
        chunks = self.source().stream([{"role": "user", "content": "wait"}])
        assert await anext(chunks) == "waiting"
        waiting = asyncio.ensure_future(anext(chunks))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        await chunks.aclose()

    async def test_its_models_are_those_it_names(self) -> None:
        service = ServiceSettings(provider="parrot")
        assert await made(Preferences()).list_models(service, None, STRAIGHT, None) == ["grey", "macaw"]


async def gathered(start: Callable[[], Any], **options: Any) -> list[Any]:
    return [chunk async for chunk in cleaned(start, "x", **options)]


def yielding(*chunks: Any) -> Callable[[], AsyncIterator[Any]]:
    async def generator() -> AsyncIterator[Any]:
        for chunk in chunks:
            yield chunk

    return generator


async def test_halves_of_a_character_are_joined_over_pieces() -> None:
    assert await gathered(yielding("a\ud83d", "\ude00b")) == ["a", "😀b"]
    assert await gathered(yielding("a\ud83d", "b", "\0", "\ud83d")) == ["a", "\ufffdb", "\ufffd", "\ufffd"]
    assert await gathered(yielding(Reasoning("\ud83d"), Reasoning("\ude00"))) == [Reasoning("😀")]
    assert await gathered(yielding(ToolCall("\0", "f\udc00", "\ud83d"))) == [
        ToolCall("\ufffd", "f\ufffd", "\ufffd")
    ]


@given(st.text(st.characters(codec=None), max_size=12), st.lists(st.integers(0, 12), max_size=4))
def test_joining_gives_the_same_text_however_it_was_cut(text: str, marks: list[int]) -> None:
    cuts = sorted(min(mark, len(text)) for mark in marks)
    joiner = HalfJoiner()
    got = "".join(joiner.feed(text[a:b]) for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True))
    got += joiner.finish()
    whole = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    assert got == storable(whole)


@pytest.mark.parametrize("unit", ["x" * 100_000, "é" * 100_000])
async def test_text_over_the_limit_ends_the_reply_and_is_kept_up_to_it(unit: str) -> None:
    got: list[str] = []
    with pytest.raises(Fault) as caught:
        async for chunk in cleaned(yielding(*[unit] * 400), "x"):
            got.append(chunk)
    assert caught.value.kind is FaultKind.TOO_LARGE
    assert len("".join(got).encode()) == BODY_LIMIT


async def test_chunks_of_unknown_types_are_left_out() -> None:
    assert await gathered(yielding("a", 5, None, b"x", object(), FinishReason("stop"))) == [
        "a",
        FinishReason("stop"),
    ]


async def test_whatever_is_raised_is_a_fault() -> None:
    def not_even_a_generator() -> Any:
        return 5

    def raising() -> Any:
        raise RuntimeError(f"no {KEY}")

    async def awaited() -> Any:
        return yielding("a")()

    for start in (not_even_a_generator, raising):
        with pytest.raises(Fault) as caught:
            await gathered(start, secrets=(KEY,))
        assert caught.value.kind is FaultKind.UNEXPECTED_ANSWER
        assert "CANARY" not in str(caught.value)
    assert await gathered(awaited) == ["a"]


async def test_a_fault_loses_its_secrets_and_keeps_the_rest() -> None:
    def raising() -> Any:
        raise Fault(FaultKind.RATE_LIMIT, f"no {KEY} {KEY[:9]}\u200b{KEY[9:]}", hint=KEY, retry_after_s=7)

    with pytest.raises(Fault) as caught:
        await gathered(raising, secrets=(KEY,))
    fault = caught.value
    assert (fault.kind, fault.retry_after_s) == (FaultKind.RATE_LIMIT, 7)
    assert "CANARY" not in fault.detail + fault.hint


class TestConnectionTest:
    async def test_works_in_words(self) -> None:
        body = b'{"data":[{"id":"a"},{"id":"b"}]}'
        async with Loopback(Reply(content_type="application/json", body=body, end="length")) as server:
            service = ServiceSettings(provider="openai", base_url=server.url)
            result = await try_route(made(Preferences()), Entered(service, KEY, STRAIGHT, None))
        assert result.failed is None
        assert result.models == ("a", "b")
        assert result.words.startswith(f"Works. 127.0.0.1:{server.port} answered, all steps in 0.")
        assert result.words.endswith(" s. It offers 2 models.")
        assert result.route == f"127.0.0.1:{server.port}"

    async def test_says_what_is_wrong(self) -> None:
        async with Loopback(
            Reply(401, "application/json", body=f'{{"error":"{KEY}"}}'.encode(), end="length")
        ) as server:
            service = ServiceSettings(provider="openai", base_url=server.url)
            result = await try_route(made(Preferences()), Entered(service, KEY, STRAIGHT, None))
        assert result.failed is not None
        assert "Check the key" in result.words
        assert "CANARY" not in result.words

    async def test_sends_pizzagpt_no_prompt_and_says_what_it_is(self) -> None:
        async with Loopback(Reply(200, end="length")) as server:
            service = ServiceSettings(provider="pizzagpt", base_url=server.url)
            result = await try_route(made(Preferences()), Entered(service, None, STRAIGHT, None))
        assert result.failed is None
        assert "unofficial" in result.text()
        assert [request.method for request in server.requests] == ["HEAD"]
        assert server.requests[0].header("x-secret") is None

    async def test_settings_that_cannot_work_are_said(self) -> None:
        service = ServiceSettings(provider="openai", base_url="nonsense")
        result = await try_route(made(Preferences()), Entered(service, None, STRAIGHT, None))
        assert result.failed is not None
        assert "Did you mean https://nonsense" in result.words


def test_how_much_a_model_can_look_at_is_what_the_user_says_or_less_where_it_is_shown() -> None:
    sources = made(
        one(ServiceSettings(provider="openai", base_url="https://a.example/v1", model="m", context=8192))
    )
    assert sources.choose(HERE).context == 8192
    service = ServiceSettings(provider="openai", base_url="https://a.example/v1", model="m")
    sources.sizes.note(service, [ModelName("m", 128_000), ModelName("n", 4096), "plain"])
    assert sources.sight_of(HERE).size == 8192, "the user knows better than a list"
    assert sources.sight_of(Conversation(id="c", model="n")).size == 8192
    sources.sizes.learn(service, "m", 4096)
    assert sources.choose(HERE).context == 4096, "what was shown is sure"
    sources.sizes.learn(service, "m", 16_384)
    assert sources.choose(HERE).context == 8192
    sources.sizes.learn(service, "m", 3)
    assert sources.choose(HERE).context == 8192, "nonsense is not learned"


def test_without_the_users_word_a_list_of_models_counts_for_its_own_service_only() -> None:
    service = ServiceSettings(provider="openai", base_url="https://a.example/v1", model="m")
    sources = made(one(service))
    assert sources.sight_of(HERE).size is None
    sources.sizes.note(service, [ModelName("m", 128_000)])
    assert sources.sight_of(HERE).size == 128_000
    elsewhere = ServiceSettings(provider="openai", base_url="https://b.example/v1", model="m")
    assert sources.sizes.of(elsewhere, "m") is None
    assert made(Preferences()).sight_of(HERE).size is None


async def test_a_list_of_models_that_tells_their_context_is_remembered() -> None:
    body = b'{"data": [{"id": "m", "context_length": 32768}, {"id": "n"}]}'
    async with Loopback(Reply(content_type="application/json", body=body)) as server:
        sources = made(
            one(ServiceSettings(provider="openai", base_url=server.url + "/v1", model="m"), proxy=STRAIGHT)
        )
        assert await sources.models_of() == ["m", "n"]
        assert sources.sight_of(HERE).size == 32_768
        assert sources.sight_of(Conversation(id="c", model="n")).size is None


@pytest.mark.parametrize(
    ("body", "size", "ratio"),
    [
        (b'{"error": {"code": 400, "message": "request (60 tokens) exceeds the available context size", '
         b'"type": "exceed_context_size_error", "n_prompt_tokens": 60, "n_ctx": 512}}', 512, 1.2),
        (b'{"error": {"code": 400, "message": "too long", "type": "exceed_context_size_error", '
         b'"n_prompt_tokens": 900, "n_ctx": 512}}', 512, 4.0),
        (b'{"error": {"message": "This model\'s maximum context length is 8192 tokens.", '
         b'"code": "context_length_exceeded"}}', 8192, 1.2),
        (b'{"type": "error", "error": {"type": "invalid_request_error", '
         b'"message": "prompt is too long: 215000 tokens > 200000 maximum"}}', 200_000, 4.0),
    ],
)  # fmt: skip
async def test_a_refusal_of_what_is_too_long_is_learned_from(body: bytes, size: int, ratio: float) -> None:
    async with Loopback(Reply(status=400, content_type="application/json", body=body)) as server:
        sources = made(
            one(ServiceSettings(provider="openai", base_url=server.url + "/v1", model="m"), proxy=STRAIGHT)
        )
        with pytest.raises(Fault) as caught:
            [c async for c in sources.choose(HERE).stream([{"role": "user", "content": "word " * 80}])]
        assert caught.value.full is not None
        assert "try again" in caught.value.hint
        again = sources.choose(HERE)
        assert (again.context, again.ratio) == (size, ratio)


async def test_a_reply_that_tells_its_context_is_learned_from(monkeypatch: pytest.MonkeyPatch) -> None:
    async def answer(model: str, messages: Any, proxy: Any = None, **_: Any) -> Any:
        yield "ok"
        yield Usage({"context_size": 4096})

    monkeypatch.setattr(OpenAICompatible, "create_async_generator", answer)
    sources = made(one(ServiceSettings(provider="openai", base_url="https://a.example/v1"), proxy=STRAIGHT))
    chunks = [chunk async for chunk in sources.choose(HERE).stream([])]
    assert chunks == ["ok", Usage({"context_size": 4096})]
    assert sources.choose(HERE).context == 4096
