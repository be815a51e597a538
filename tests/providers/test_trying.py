"""The test of a route names the step that fails, its cause and what to do, through real proxies and certificates."""

import asyncio
import json
import ssl
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import trustme

from pizzagpt_desktop.domain.entered import Entered
from pizzagpt_desktop.domain.preferences import Live, Preferences, ServiceSettings
from pizzagpt_desktop.domain.proxy import ProxyMode, ProxyScheme, ProxySettings
from pizzagpt_desktop.domain.trial import TITLES, State, Step, Trial
from pizzagpt_desktop.domain.trust import Trust
from pizzagpt_desktop.providers.registry import Registry
from pizzagpt_desktop.providers.sources import Sources
from pizzagpt_desktop.providers.trying import try_route
from tests.helpers.certificates import self_signed
from tests.helpers.loopback import Loopback, Reply, Request
from tests.helpers.relay import Relay

KEY, PASSWORD = "sk-test-CANARY-1234", "margh3rita-CANARY"
STRAIGHT = ProxySettings(mode=ProxyMode.NONE)
WORD = b'data: {"choices":[{"delta":{"content":"OK"}}]}\n\ndata: [DONE]\n\n'


async def healthy(request: Request, writer: Any) -> None:
    """A service with two models that answers."""
    if request.method == "GET":
        body = b'{"data":[{"id":"m-1"},{"id":"m-2"}]}'
        await Reply(200, "application/json", body=body, end="length")(request, writer)
    else:
        await Reply(body=WORD, end="length")(request, writer)


def service(url: str, **settings: Any) -> ServiceSettings:
    return ServiceSettings(provider="openai", base_url=url, model="m-1", **settings)


def by_hand(port: int, scheme: ProxyScheme, **others: Any) -> ProxySettings:
    return ProxySettings(
        mode=ProxyMode.MANUAL, host="127.0.0.1", port=port, scheme=scheme, for_loopback=True, **others
    )


async def tried(
    settings: ServiceSettings,
    proxy: ProxySettings = STRAIGHT,
    password: str | None = None,
    *,
    ask: bool = False,
    preferences: Preferences | None = None,
) -> Trial:
    told: list[Step] = []
    sources = Sources(Registry(), Live(preferences or Preferences()), lambda name: None)
    trial = await try_route(sources, Entered(settings, KEY, proxy, password), told.append, ask_model=ask)
    assert told == list(trial.steps), "each step was told as it ended"
    everything = trial.text() + json.dumps(trial.facts())
    assert "CANARY" not in everything
    assert [step.name for step in trial.steps] == sorted(
        (step.name for step in trial.steps), key=list(TITLES).index
    ), "in their order"
    for step in trial.steps:
        assert step.words
        assert step.state is not State.OK or step.words.endswith("."), step
    return trial


def states(trial: Trial) -> dict[str, str]:
    return {step.name: step.state.value for step in trial.steps}


def words(trial: Trial, name: str) -> str:
    return next(step.words for step in trial.steps if step.name == name)


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[trustme.CA]:
    made = trustme.CA()
    path = tmp_path / "ca.pem"
    made.cert_pem.write_to_path(str(path))
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    return made


def issued(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1", "localhost").configure_cert(context)
    return context


class TestStraight:
    async def test_all_steps_are_walked_with_their_times(self, authority: trustme.CA) -> None:
        async with Loopback(healthy, tls=issued(authority)) as server:
            trial = await tried(service(server.url), ask=True)
        assert trial.failed is None
        assert states(trial) == dict.fromkeys(
            ("route", "name", "connection", "tls", "answer", "models", "word"), "ok"
        )
        assert trial.route == f"127.0.0.1:{server.port}"
        assert "issued by trustme" in words(trial, "tls")
        assert "good until 3000-01-01" in words(trial, "tls")
        assert words(trial, "models") == "2 models."
        assert trial.models == ("m-1", "m-2")
        timed = [step.name for step in trial.steps if step.seconds is not None]
        assert timed == ["name", "connection", "tls", "answer", "word"]
        assert trial.words.startswith(f"Works. 127.0.0.1:{server.port} answered, all steps in ")
        assert [request.method for request in server.requests] == ["GET", "POST"]

    async def test_no_prompt_is_sent_unless_it_is_wished(self) -> None:
        async with Loopback(healthy) as server:
            trial = await tried(service(server.url))
        assert states(trial)["word"] == "skipped"
        assert states(trial)["tls"] == "skipped"
        assert [request.method for request in server.requests] == ["GET"]

    async def test_a_name_that_does_not_exist(self) -> None:
        trial = await tried(service("https://nosuch.invalid/v1"))
        assert trial.failed is not None
        assert trial.failed.name == "name"
        assert "nosuch.invalid was not found" in trial.failed.words

    async def test_a_port_at_which_nobody_answers(self) -> None:
        async with Loopback(healthy) as server:
            pass
        trial = await tried(service(server.url))
        assert states(trial) == {"route": "ok", "name": "ok", "connection": "failed"}
        assert f"Nothing answers at 127.0.0.1:{server.port}. Is the server running?" in trial.words

    async def test_a_server_without_encryption(self, authority: trustme.CA) -> None:
        async def plain(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.read(100)
            writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            writer.close()

        async with await asyncio.start_server(plain, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            trial = await tried(service(f"https://127.0.0.1:{port}/v1"))
        assert trial.failed is not None
        assert trial.failed.name == "tls"
        assert "does not speak https" in trial.failed.words
        assert trial.failed.hint

    async def test_a_certificate_of_a_stranger(self, authority: trustme.CA) -> None:
        async with Loopback(healthy, tls=issued(trustme.CA())) as server:
            trial = await tried(service(server.url))
        assert trial.failed is not None
        assert trial.failed.name == "tls"
        assert trial.certificate is None, "only one signed by itself may be trusted alone"
        assert server.requests == []

    async def test_one_signed_by_itself_is_shown_and_can_be_trusted(self) -> None:
        signed = self_signed("llm.home")
        async with Loopback(healthy, tls=signed.context()) as server:
            trial = await tried(service(server.url))
            assert trial.failed is not None
            assert trial.failed.name == "tls"
            assert "fingerprint" in trial.failed.hint
            assert trial.certificate is not None
            assert trial.certificate.fingerprint == signed.fingerprint
            assert trial.place == f"127.0.0.1:{server.port}"
            assert signed.fingerprint in trial.text()
            assert server.requests == []
            trusting = Trust().with_pin(server.url, trial.certificate.fingerprint)
            again = await tried(service(server.url, trust=trusting))
            assert again.failed is None
            assert "certificate that you trusted: llm.home" in words(again, "tls")
            other = Trust().with_pin(server.url, "00" * 32)
            changed = await tried(service(server.url, trust=other))
        assert changed.failed is not None
        assert "not the one you trusted" in changed.failed.words
        assert changed.certificate is not None
        assert changed.certificate.fingerprint == signed.fingerprint

    @pytest.mark.parametrize(
        ("status", "body", "step", "shows"),
        [
            (401, b'{"error":{"message":"Wrong key"}}', "models", "Wrong key"),
            (429, b'{"error":{"message":"Slow down"}}', "models", "Slow down"),
            (500, b'{"error":{"message":"Broken"}}', "answer", "Broken"),
            (200, b"<title>Log in to the hotel</title>", "answer", "Log in to the hotel"),
            (302, b"", "answer", "wants to send you"),
        ],
    )
    async def test_what_the_service_says(self, status: int, body: bytes, step: str, shows: str) -> None:
        kind = "text/html" if body.startswith(b"<") else "application/json"
        reply = Reply(
            status, kind, {"Location": "https://else.example/"} if status == 302 else {}, body, end="length"
        )
        async with Loopback(reply) as server:
            trial = await tried(service(server.url), ask=True)
        assert trial.failed is not None
        assert trial.failed.name == step
        assert shows in trial.failed.words
        assert "word" not in states(trial)

    async def test_one_without_a_list_is_asked_all_the_same(self) -> None:
        async def answer(request: Request, writer: Any) -> None:
            reply = Reply(404, "application/json", body=b'{"error":"none"}', end="length")
            await (reply if request.method == "GET" else Reply(body=WORD, end="length"))(request, writer)

        async with Loopback(answer) as server:
            trial = await tried(service(server.url), ask=True)
        assert trial.failed is None
        assert states(trial)["models"] == "skipped"
        assert states(trial)["word"] == "ok"

    async def test_a_model_that_says_nothing(self) -> None:
        async def answer(request: Request, writer: Any) -> None:
            await (Reply(body=b"data: [DONE]\n\n") if request.method == "POST" else healthy)(request, writer)

        async with Loopback(answer) as server:
            trial = await tried(service(server.url), ask=True)
        assert trial.failed is not None
        assert trial.failed.name == "word"

    async def test_what_cannot_be_asked_fails_at_the_route(self) -> None:
        locked = Preferences(local_only=True)
        for settings, preferences, shows in (
            (service("nonsense"), None, "Did you mean"),
            (service("https://api.example.com"), locked, "Local only"),
            (replace(service(""), provider="nobody"), None, "no provider"),
        ):
            trial = await tried(settings, preferences=preferences)
            assert list(states(trial)) == ["route"]
            assert trial.failed is not None
            assert shows in trial.words


class TestProxies:
    @pytest.mark.parametrize(
        "scheme",
        [
            ProxyScheme.HTTP,
            ProxyScheme.HTTPS,
            ProxyScheme.SOCKS4,
            ProxyScheme.SOCKS4A,
            ProxyScheme.SOCKS5,
            ProxyScheme.SOCKS5H,
        ],
    )
    async def test_every_kind_is_walked(self, authority: trustme.CA, scheme: ProxyScheme) -> None:
        outer = issued(authority) if scheme is ProxyScheme.HTTPS else None
        socks5 = scheme in (ProxyScheme.SOCKS5, ProxyScheme.SOCKS5H)
        login = ("me", PASSWORD) if socks5 else None
        async with (
            Relay(tls=outer, login=login) as relay,
            Loopback(healthy, tls=issued(authority)) as server,
        ):
            proxy = by_hand(relay.port, scheme, username="me")
            trial = await tried(service(f"https://localhost:{server.port}/v1"), proxy, PASSWORD, ask=True)
        assert trial.failed is None, trial.text()
        assert trial.route == f"localhost:{server.port} via proxy 127.0.0.1:{relay.port}"
        http = scheme in (ProxyScheme.HTTP, ProxyScheme.HTTPS)
        assert ("proxy" in states(trial)) == http
        assert states(trial)["login"] == "ok"
        local = scheme in (ProxyScheme.SOCKS4, ProxyScheme.SOCKS5)
        assert ("looked up here" in words(trial, "name")) == local
        assert ("looked up by the proxy" in words(trial, "name")) == (not local)
        asked = {entry.rpartition("@")[2].rpartition(":")[0] for entry in relay.asked}
        assert asked == ({"127.0.0.1"} if local else {"localhost"}), "names are looked up where the step says"

    async def test_a_wrong_login(self) -> None:
        async with Relay(login=("me", "right")) as relay, Loopback(healthy) as server:
            proxy = by_hand(relay.port, ProxyScheme.SOCKS5H, username="me")
            trial = await tried(service(server.url), proxy, PASSWORD)
        assert trial.failed is not None
        assert trial.failed.name == "login"
        assert "did not accept the name and password" in trial.failed.words
        assert server.requests == []

    async def test_a_proxy_that_wants_a_login(self) -> None:
        refusal = Reply(407, None, {"Proxy-Authenticate": "Basic"}, end="length")
        async with Loopback(refusal) as proxy:
            trial = await tried(service("https://127.0.0.1:1/v1"), by_hand(proxy.port, ProxyScheme.HTTP))
        assert trial.failed is not None
        assert trial.failed.name == "login"
        assert "wants a name and password (407)" in trial.failed.words
        assert "proxy" in trial.failed.hint

    async def test_a_proxy_that_is_none(self) -> None:
        async def odd(request: Request, writer: Any) -> None:
            writer.write(b"SSH-2.0-OpenSSH_9.2\r\n\r\n")

        async with Loopback(odd) as server:
            trial = await tried(service("https://127.0.0.1:1/v1"), by_hand(server.port, ProxyScheme.HTTP))
        assert trial.failed is not None
        assert trial.failed.name == "login"
        assert "does not answer like an HTTP proxy" in trial.failed.words

    @pytest.mark.parametrize("scheme", list(ProxyScheme))
    async def test_a_proxy_that_is_not_there(self, scheme: ProxyScheme) -> None:
        async with Loopback(healthy) as gone:
            pass
        trial = await tried(service("https://127.0.0.1:1/v1"), by_hand(gone.port, scheme))
        assert trial.failed is not None
        assert trial.failed.name == "connection"
        assert f"Nothing answers at the proxy 127.0.0.1:{gone.port}" in trial.failed.words

    async def test_self_signed_behind_a_proxy_is_shown_too(self) -> None:
        signed = self_signed("llm.home")
        async with Relay() as relay, Loopback(healthy, tls=signed.context()) as server:
            for scheme in (ProxyScheme.HTTP, ProxyScheme.SOCKS5H):
                trial = await tried(service(server.url), by_hand(relay.port, scheme))
                assert trial.certificate is not None
                assert trial.certificate.fingerprint == signed.fingerprint
        assert server.requests == []

    async def test_why_a_request_goes_straight_is_said(self) -> None:
        async with Loopback(healthy) as server:
            around = ProxySettings(mode=ProxyMode.MANUAL, host="127.0.0.1", port=1)
            assert "because it is this computer" in words(await tried(service(server.url), around), "route")
            system = ProxySettings(mode=ProxyMode.SYSTEM)
            assert "straight" in words(await tried(service(server.url), system), "route")


def test_a_report_reads_well_and_says_times() -> None:
    steps = (
        Step(name="name", state=State.OK, words="A is B.", seconds=0.0042),
        Step(name="tls", state=State.FAILED, words="It failed.", hint="Do this.", seconds=2.34),
    )
    trial = Trial(route="a.example", steps=steps)
    assert trial.text(["PizzaGPT Desktop"]).splitlines() == [
        "PizzaGPT Desktop",
        "Route: a.example",
        "Name look-up:      ok     A is B. (4 ms)",
        "Secure connection: FAILED It failed. (2.3 s)",
        "                          Do this.",
    ]
    assert trial.words == "Secure connection: It failed. Do this."
    assert trial.facts()["steps"][0]["seconds"] == 0.0042
    assert State.SKIPPED.value == "skipped"
