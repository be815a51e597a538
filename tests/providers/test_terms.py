"""On what terms a service is asked: its own trust reaches the wire, and "Local only" lets nothing out."""

import ssl
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import trustme

from pizzagpt_desktop.domain.conversation import Conversation
from pizzagpt_desktop.domain.entered import Entered
from pizzagpt_desktop.domain.faults import Fault, FaultKind
from pizzagpt_desktop.domain.preferences import Live, Preferences, ServiceSettings
from pizzagpt_desktop.domain.proxy import ProxyMode, ProxyScheme, ProxySettings
from pizzagpt_desktop.domain.trust import Trust
from pizzagpt_desktop.network.http import open_http
from pizzagpt_desktop.network.route import from_url, proxy_for
from pizzagpt_desktop.network.tls import Terms
from pizzagpt_desktop.providers.registry import BUILT_IN, Registry
from pizzagpt_desktop.providers.sources import Sources
from pizzagpt_desktop.providers.trying import try_route
from tests.helpers.certificates import self_signed
from tests.helpers.collector import collect
from tests.helpers.loopback import Loopback, Reply

STRAIGHT = ProxySettings(mode=ProxyMode.NONE)
PROMPT = [{"role": "user", "content": "hello CANARY"}]
MODELS = Reply(
    content_type="application/json", body=b'{"data":[{"id":"m"}],"models":[{"name":"m"}]}', end="length"
)


def made(preferences: Preferences, system: Callable[[str], str] | None = None, **secrets: str) -> Sources:
    return Sources(Registry(), Live(preferences), secrets.get, system)


@pytest.mark.parametrize("provider", list(BUILT_IN))
async def test_a_services_trust_reaches_the_wire(provider: str) -> None:
    signed = self_signed("llm.home")
    reply = Reply(end="length") if provider == "pizzagpt" else MODELS  # that one is tested by HEAD
    async with Loopback(reply, tls=signed.context()) as server:
        service = ServiceSettings(provider=provider, base_url=server.url, model="m")
        trusting = replace(service, trust=Trust().with_pin(server.url, signed.fingerprint))
        sources = made(Preferences())
        untrusted = await collect(
            sources.source_for(service, key=None, proxy=STRAIGHT, proxy_password=None), PROMPT
        )
        assert untrusted.fault is not None
        assert untrusted.fault.kind is FaultKind.TLS
        assert (await try_route(sources, Entered(service, None, STRAIGHT, None))).failed is not None
        assert server.requests == []
        await collect(sources.source_for(trusting, key=None, proxy=STRAIGHT, proxy_password=None), PROMPT)
        assert len(server.requests) == 1
        assert (await try_route(sources, Entered(trusting, None, STRAIGHT, None))).failed is None


async def test_the_passphrase_comes_from_the_key_store(tmp_path: Path) -> None:
    authority = trustme.CA()
    mine = authority.issue_cert("me@example.org")
    (tmp_path / "me.pem").write_bytes(mine.private_key_and_cert_chain_pem.bytes())
    (tmp_path / "ca.pem").write_bytes(authority.cert_pem.bytes())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.configure_trust(context)
    context.verify_mode = ssl.CERT_REQUIRED
    asked: list[str] = []

    def secret(name: str) -> None:
        asked.append(name)

    async with Loopback(MODELS, tls=context) as server:
        trust = Trust(authority=str(tmp_path / "ca.pem"), certificate=str(tmp_path / "me.pem"))
        service = ServiceSettings(provider="openai", base_url=server.url, trust=trust)
        preferences = Preferences(service="s", services={"s": service}, proxy=STRAIGHT)
        source = Sources(Registry(), Live(preferences), secret).choose(Conversation(id="c"))
        await collect(source, PROMPT)
    assert len(server.requests) == 1
    assert asked == ["service:s", "certificate:s"]


class TestLocalOnly:
    ELSEWHERE = "https://api.example.com/v1"

    @pytest.fixture(autouse=True)
    def parrot(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
        monkeypatch.syspath_prepend(str(Path(__file__).parents[1] / "plugins" / "parrot"))
        yield
        sys.modules.pop("parrot_provider", None)

    @pytest.fixture
    def heard(self) -> Iterator[list[str]]:
        """Every look-up and connection of this process from now on."""
        events: list[str] = []
        live = True

        def hear(event: str, args: tuple[Any, ...]) -> None:
            if live and event in ("socket.getaddrinfo", "socket.connect", "socket.sendto"):
                events.append(f"{event} {args}")

        sys.addaudithook(hear)
        yield events
        live = False

    @pytest.mark.parametrize("provider", [*BUILT_IN, "parrot"])
    async def test_refuses_every_provider_elsewhere_before_any_look_up(
        self, provider: str, heard: list[str]
    ) -> None:
        service = ServiceSettings(provider=provider, base_url="" if provider == "parrot" else self.ELSEWHERE)
        sources = made(Preferences(service="s", services={"s": service}, local_only=True), self.no_system)
        with pytest.raises(Fault, match="another computer, and “Local only” is on") as caught:
            sources.choose(Conversation(id="c"))
        assert caught.value.kind is FaultKind.SETTINGS
        assert "turn “Local only” off" in caught.value.hint
        if hasattr(Registry().provider(provider), "list_models"):  # the others know their models beforehand
            with pytest.raises(Fault, match="Local only"):
                await sources.list_models(service, None, ProxySettings(), None)
        result = await try_route(sources, Entered(service, None, ProxySettings(), None))
        assert result.failed is not None
        assert result.failed.name == "route"
        assert "Local only" in result.words
        assert "Local only" in sources.route_words()
        assert heard == []

    @staticmethod
    def no_system(url: str) -> str:
        raise AssertionError(f"the system was asked for a proxy to {url}")

    async def test_lets_this_computer_be_asked(self) -> None:
        async with Loopback(MODELS) as server:
            service = ServiceSettings(provider="openai", base_url=server.url)
            preferences = Preferences(service="s", services={"s": service}, local_only=True)
            assert await made(preferences).list_models(service, None, STRAIGHT, None) == ["m"]

    async def test_refuses_a_proxy_elsewhere_and_takes_one_here(self) -> None:
        service = ServiceSettings(provider="openai", base_url="http://127.0.0.1:1/v1")
        sources = made(Preferences(service="s", services={"s": service}, local_only=True))
        there = ProxySettings(
            mode=ProxyMode.MANUAL, scheme=ProxyScheme.SOCKS5H, host="corp", port=1080, for_loopback=True
        )
        with pytest.raises(Fault, match="The proxy corp:1080 is another computer"):
            await sources.list_models(service, None, there, None)
        here = replace(there, host="localhost", port=1)
        with pytest.raises(Fault) as caught:
            await sources.list_models(service, None, here, None)
        assert caught.value.kind is FaultKind.PROXY

    @pytest.mark.parametrize("host", ["127.1", "0x7f000001", "2130706433", "localhost.example", "0.0.0.0"])
    async def test_takes_no_other_spelling_for_this_computer(self, host: str) -> None:
        service = ServiceSettings(provider="openai", base_url=f"http://{host}:1/v1")
        with pytest.raises(Fault, match="Local only"):
            await made(Preferences(local_only=True)).list_models(service, None, STRAIGHT, None)

    async def test_holds_on_the_wire_whatever_a_provider_does(self, heard: list[str]) -> None:
        terms = Terms(local_only=True)
        for url, proxy in (
            (self.ELSEWHERE, None),
            ("http://[2001:db8::1]/", None),
            ("http://127.0.0.1:1/", from_url("socks5h://corp:1080")),
        ):
            with pytest.raises(Fault, match="Local only"):
                async with open_http("GET", url, headers={}, terms=terms, proxy=proxy):
                    raise AssertionError
        assert heard == []


class TestTheSystemsProxy:
    URL = "https://api.example.com/v1"

    def test_is_asked_by_host_and_port_alone(self) -> None:
        asked: list[str] = []

        def system(url: str) -> str:
            asked.append(url)
            return "http://corp:8080"

        service = ServiceSettings(provider="openai", base_url=self.URL)
        sources = made(Preferences(service="s", services={"s": service}), system)
        assert sources.route_words() == "→ api.example.com via proxy corp:8080"
        assert sources.choose(Conversation(id="c")).route == "api.example.com via proxy corp:8080"
        assert set(asked) == {"https://api.example.com:443/"}
        found = proxy_for("http://[2001:db8::1]:8080/v1", ProxySettings(), "", system)
        assert found is not None
        assert asked[-1] == "http://[2001:db8::1]:8080/"

    def test_may_be_none(self) -> None:
        assert proxy_for(self.URL, ProxySettings(), "", lambda url: "") is None
        assert proxy_for(self.URL, ProxySettings()) is None

    def test_is_not_asked_for_this_computer_nor_where_the_environment_speaks(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def never(url: str) -> str:
            raise AssertionError(url)

        assert proxy_for("http://localhost:1/", ProxySettings(), "", never) is None
        monkeypatch.setenv("https_proxy", "")
        assert proxy_for(self.URL, ProxySettings(), "", never) is None
        monkeypatch.setenv("https_proxy", "corp:1")
        found = proxy_for(self.URL, ProxySettings(), "", never)
        assert found is not None
        assert found.name == "corp:1"
