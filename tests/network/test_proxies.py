"""Requests through proxies: real ones of Debian (tinyproxy, microsocks), and small ones of ours for what those lack."""

import asyncio
import socket
import struct
from dataclasses import replace
from typing import Any

import pytest
import trustme

from pizzagpt_desktop.domain.faults import Fault, FaultKind
from pizzagpt_desktop.domain.proxy import ProxyMode, ProxyScheme, ProxySettings
from pizzagpt_desktop.network.http import Limits, open_http
from pizzagpt_desktop.network.route import Proxy, proxy_for, words
from tests.helpers.loopback import Loopback, Reply, Request
from tests.helpers.real_proxies import NAME, PASSWORD, Real, context, free_port, settings
from tests.helpers.relay import Relay

KEY = {"Authorization": "Bearer sk-test-CANARY"}
OK = Reply(body=b"through", end="length")
QUICK = Limits(connect_s=0.5, first_byte_s=0.5, silence_s=0.5)


async def fetch(url: str, proxy: Proxy | None, limits: Limits | None = None) -> bytes:
    async with open_http("POST", url, headers=KEY, body=b"{}", proxy=proxy, limits=limits) as answer:
        return await answer.body()


async def fault_from(url: str, proxy: Proxy | None, limits: Limits | None = None) -> Fault:
    with pytest.raises(Fault) as caught:
        await fetch(url, proxy, limits)
    fault = caught.value
    assert "CANARY" not in f"{fault.detail} {fault.hint} {fault!r} {fault}"
    return fault


LOGIN = pytest.mark.parametrize("tinyproxy", [True], indirect=True, ids=["login"])


@pytest.mark.counterpart
class TestTinyproxy:
    async def test_carries_http_and_keeps_the_login_to_itself(self, tinyproxy: Real) -> None:
        proxy = Proxy(settings(tinyproxy.port, ProxyScheme.HTTP, username=NAME), PASSWORD)
        async with Loopback(OK) as server:
            assert await fetch(server.url, proxy) == b"through"
        (request,) = server.requests
        assert "tinyproxy" in (request.header("via") or "")
        if "BasicAuth" in tinyproxy.config:  # one that wants no login forwards the header like any other
            assert request.header("proxy-authorization") is None
        assert request.header("authorization") == "Bearer sk-test-CANARY"
        assert f"127.0.0.1:{server.port}" in tinyproxy.said

    async def test_carries_https_by_connect_only(self, tinyproxy: Real, authority: trustme.CA) -> None:
        proxy = Proxy(settings(tinyproxy.port, ProxyScheme.HTTP, username=NAME), PASSWORD)
        async with Loopback(OK, tls=context(authority, "127.0.0.1")) as server:
            assert await fetch(server.url, proxy) == b"through"
        (request,) = server.requests
        assert request.header("via") is None
        assert request.header("proxy-authorization") is None, "the login never reaches the service"
        assert f"CONNECT 127.0.0.1:{server.port}" in tinyproxy.said

    @LOGIN
    @pytest.mark.parametrize("scheme", ["http", "https"])
    @pytest.mark.parametrize(
        ("username", "password", "shows"),
        [
            ("", "", "wants a name and password"),
            (NAME, "wrong-CANARY", "did not accept the name and password"),
        ],
    )
    async def test_a_wrong_login_has_its_own_words(
        self, tinyproxy: Real, authority: trustme.CA, scheme: str, username: str, password: str, shows: str
    ) -> None:
        proxy = Proxy(settings(tinyproxy.port, ProxyScheme.HTTP, username=username), password)
        tls = context(authority, "127.0.0.1") if scheme == "https" else None
        async with Loopback(OK, tls=tls) as server:
            fault = await fault_from(server.url, proxy)
        assert fault.kind is FaultKind.PROXY
        assert fault.detail.startswith(f"The proxy 127.0.0.1:{tinyproxy.port} {shows}")
        assert server.requests == []

    @pytest.mark.parametrize("scheme", ["http", "https"])
    async def test_a_service_behind_it_that_is_gone(self, tinyproxy: Real, scheme: str) -> None:
        proxy = Proxy(settings(tinyproxy.port, ProxyScheme.HTTP, username=NAME), PASSWORD)
        fault = await fault_from(f"{scheme}://127.0.0.1:{free_port()}", proxy)
        assert fault.kind is FaultKind.PROXY
        assert f"The proxy 127.0.0.1:{tinyproxy.port} could not reach the service" in fault.detail

    @LOGIN
    async def test_this_computer_is_reached_straight_unless_the_user_says_otherwise(
        self, tinyproxy: Real
    ) -> None:
        through = settings(tinyproxy.port, ProxyScheme.HTTP, username=NAME)
        async with Loopback(OK) as server:
            straight = proxy_for(server.url, replace(through, for_loopback=False), PASSWORD)
            assert await fetch(server.url, straight) == b"through"
            assert server.requests[0].header("via") is None
            assert await fetch(server.url, proxy_for(server.url, through, PASSWORD)) == b"through"
            assert "tinyproxy" in (server.requests[1].header("via") or "")

    @LOGIN
    @pytest.mark.parametrize("scheme", [ProxyScheme.SOCKS5, ProxyScheme.SOCKS4A, ProxyScheme.HTTPS])
    async def test_the_wrong_kind_of_proxy_does_not_hang(self, tinyproxy: Real, scheme: ProxyScheme) -> None:
        async with Loopback(OK) as server:
            fault = await fault_from(server.url, Proxy(settings(tinyproxy.port, scheme)), QUICK)
        assert fault.kind is FaultKind.PROXY, fault
        assert str(tinyproxy.port) in fault.detail


@pytest.mark.counterpart
class TestMicrosocks:
    @pytest.mark.parametrize("tls", [False, True])
    async def test_carries_the_request(self, microsocks: Real, authority: trustme.CA, tls: bool) -> None:
        proxy = Proxy(settings(microsocks.port, ProxyScheme.SOCKS5, username=NAME), PASSWORD)
        async with Loopback(OK, tls=context(authority, "127.0.0.1") if tls else None) as server:
            assert await fetch(server.url, proxy) == b"through"
        assert f"connected to 127.0.0.1:{server.port}" in microsocks.said
        assert "CANARY" not in microsocks.said

    @pytest.mark.parametrize(
        ("scheme", "asked"), [(ProxyScheme.SOCKS5, "127.0.0.1"), (ProxyScheme.SOCKS5H, "localhost")]
    )
    async def test_names_are_looked_up_where_the_kind_says(
        self, microsocks: Real, scheme: ProxyScheme, asked: str
    ) -> None:
        proxy = Proxy(settings(microsocks.port, scheme, username=NAME), PASSWORD)
        async with Loopback(OK) as server:
            assert await fetch(f"http://localhost:{server.port}", proxy) == b"through"
        assert f"connected to {asked}:{server.port}" in microsocks.said

    @pytest.mark.parametrize(
        ("username", "password", "shows"),
        [
            ("", "", "wants a name and password"),
            (NAME, "wrong-CANARY", "did not accept the name and password"),
        ],
    )
    async def test_a_wrong_login_has_its_own_words(
        self, microsocks: Real, username: str, password: str, shows: str
    ) -> None:
        proxy = Proxy(settings(microsocks.port, ProxyScheme.SOCKS5H, username=username), password)
        async with Loopback(OK) as server:
            fault = await fault_from(server.url, proxy)
        assert fault.kind is FaultKind.PROXY
        assert fault.detail == f"The proxy 127.0.0.1:{microsocks.port} {shows}."
        assert server.connections == 0

    async def test_a_service_behind_it_that_is_gone(self, microsocks: Real) -> None:
        proxy = Proxy(settings(microsocks.port, ProxyScheme.SOCKS5, username=NAME), PASSWORD)
        fault = await fault_from(f"http://127.0.0.1:{free_port()}", proxy)
        assert fault.kind is FaultKind.PROXY
        assert "could not reach the service" in fault.detail

    @pytest.mark.parametrize("scheme", [ProxyScheme.HTTP, ProxyScheme.HTTPS])
    async def test_the_wrong_kind_of_proxy_does_not_hang(self, microsocks: Real, scheme: ProxyScheme) -> None:
        async with Loopback(OK, tls=None) as server:
            fault = await fault_from(
                server.url.replace("http:", "https:"), Proxy(settings(microsocks.port, scheme)), QUICK
            )
        assert fault.kind is FaultKind.PROXY, fault


@pytest.mark.parametrize("scheme", list(ProxyScheme))
@pytest.mark.parametrize("target", ["http://api.example/v1", "https://api.example/v1"])
async def test_a_proxy_that_is_not_there_is_named_and_the_service_is_not(
    scheme: ProxyScheme, target: str
) -> None:
    port = free_port()
    if scheme in (ProxyScheme.SOCKS4, ProxyScheme.SOCKS5):
        target = target.replace(
            "api.example", "127.0.0.1"
        )  # these look names up here, before they ask the proxy
    fault = await fault_from(target, Proxy(settings(port, scheme, username=NAME), PASSWORD), QUICK)
    assert fault.kind is FaultKind.PROXY
    assert f"127.0.0.1:{port}" in fault.detail
    assert "api.example" not in fault.detail


@pytest.mark.parametrize("scheme", list(ProxyScheme))
async def test_a_proxy_whose_name_does_not_exist(scheme: ProxyScheme) -> None:
    target = "https://127.0.0.1/v1"
    fault = await fault_from(target, Proxy(settings(1, scheme, host="nosuch.invalid"), ""), QUICK)
    assert fault.kind is FaultKind.PROXY
    assert "nosuch.invalid:1" in fault.detail


@pytest.mark.parametrize(
    ("scheme", "asked"), [(ProxyScheme.SOCKS4, "127.0.0.1"), (ProxyScheme.SOCKS4A, "localhost")]
)
async def test_socks4_and_4a(scheme: ProxyScheme, asked: str) -> None:
    async with Relay() as relay, Loopback(OK) as server:
        proxy = Proxy(settings(relay.port, scheme, username=NAME))
        assert await fetch(f"http://localhost:{server.port}", proxy) == b"through"
    assert relay.asked == [f"{NAME}@{asked}:{server.port}"]


@pytest.mark.parametrize("tls", [False, True])
async def test_an_https_proxy(authority: trustme.CA, tls: bool) -> None:
    inner = context(authority, "127.0.0.1") if tls else None
    outer = context(authority, "127.0.0.1")
    if not tls:  # the proxy itself reads requests for http targets
        async with Loopback(OK, tls=outer) as proxy_server:
            proxy = Proxy(settings(proxy_server.port, ProxyScheme.HTTPS, username=NAME), PASSWORD)
            assert await fetch("http://api.example/v1", proxy) == b"through"
        assert proxy_server.requests[0].target == "http://api.example/v1"
        assert proxy_server.requests[0].header("proxy-authorization") == proxy.authorization
        return
    async with Relay(tls=outer) as relay, Loopback(OK, tls=inner) as server:
        proxy = Proxy(settings(relay.port, ProxyScheme.HTTPS, username=NAME), PASSWORD)
        assert await fetch(server.url, proxy) == b"through"
    assert relay.asked == [f"127.0.0.1:{server.port}"]
    assert proxy.authorization.encode() in relay.heads[0]
    assert b"sk-test" not in relay.heads[0]
    assert server.requests[0].header("proxy-authorization") is None


async def test_a_certificate_behind_socks_is_still_checked(authority: trustme.CA, caplog: Any) -> None:
    stranger = context(trustme.CA(), "127.0.0.1")
    async with Relay() as relay, Loopback(OK, tls=stranger) as server:
        fault = await fault_from(server.url, Proxy(settings(relay.port, ProxyScheme.SOCKS4)))
    caplog.clear()
    assert fault.kind is FaultKind.TLS
    assert server.requests == []


async def test_a_proxy_that_never_answers_is_bounded() -> None:
    async def never(request: Request, writer: asyncio.StreamWriter) -> None:
        await asyncio.Event().wait()

    async with Loopback(never) as deaf:
        for scheme in ProxyScheme:
            fault = await fault_from("https://127.0.0.1:1/", Proxy(settings(deaf.port, scheme)), QUICK)
            assert fault.kind is FaultKind.PROXY, scheme


def dying(said: bytes, *, reset: bool) -> Any:
    """A proxy that says so much to the first bytes, and is gone. reset: without a farewell."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(said)
        await writer.drain()
        if reset:
            linger = struct.pack("ii", 1, 0)
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            writer.transport.abort()
        writer.close()

    return asyncio.start_server(serve, "127.0.0.1", 0)


@pytest.mark.parametrize("reset", [False, True])
@pytest.mark.parametrize(
    ("scheme", "said"),
    [
        (ProxyScheme.SOCKS5H, b""),
        (ProxyScheme.SOCKS5H, b"\x05"),
        (ProxyScheme.SOCKS5H, b"\x05\x00"),
        (ProxyScheme.SOCKS4A, b""),
        (ProxyScheme.SOCKS4A, b"\x00"),
        (ProxyScheme.HTTP, b""),
    ],
)
async def test_a_proxy_that_dies_is_the_one_to_blame(scheme: ProxyScheme, said: bytes, reset: bool) -> None:
    async with await dying(said, reset=reset) as server:
        port = server.sockets[0].getsockname()[1]
        for target in ("https://api.example/v1", "http://api.example/v1"):
            fault = await fault_from(target, Proxy(settings(port, scheme)), QUICK)
            assert fault.kind is FaultKind.PROXY, (target, fault)
            assert fault.detail.startswith(f"The proxy 127.0.0.1:{port}")


def test_words_and_secrets() -> None:
    proxy = Proxy(settings(8080, ProxyScheme.HTTP, username=NAME), PASSWORD)
    assert words("https://api.example/v1", proxy) == "api.example via proxy 127.0.0.1:8080"
    assert PASSWORD not in repr(proxy)
    assert PASSWORD in proxy.secrets
    assert proxy.authorization.removeprefix("Basic ") in proxy.secrets


def test_settings_that_cannot_work_are_a_fault() -> None:
    with pytest.raises(Fault) as caught:
        proxy_for("https://api.example", ProxySettings(mode=ProxyMode.MANUAL))
    assert caught.value.kind is FaultKind.SETTINGS
