"""Who looks a name up, and what a dead address costs."""

import asyncio
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest

from pizzagpt_desktop.domain.faults import Fault, FaultKind
from pizzagpt_desktop.domain.proxy import ProxyMode, ProxyScheme, ProxySettings
from pizzagpt_desktop.network.http import open_http
from pizzagpt_desktop.network.names import Names, addresses_of, living_address
from pizzagpt_desktop.network.route import Proxy
from tests.helpers.loopback import Loopback, Reply
from tests.helpers.relay import Relay

OK = Reply(body=b"ok", end="length")
ANY = socket.AF_UNSPEC
_watchers: list[list[str]] = []


def _hear(event: str, args: tuple[Any, ...]) -> None:
    if event in ("socket.getaddrinfo", "socket.gethostbyname") and _watchers:
        host = args[0].decode() if isinstance(args[0], bytes) else str(args[0])
        _watchers[-1].append(host)


sys.addaudithook(_hear)


@contextmanager
def lookups() -> Iterator[list[str]]:
    """The hosts that this process asks the system for, numbers among them."""
    heard: list[str] = []
    _watchers.append(heard)
    try:
        yield heard
    finally:
        _watchers.remove(heard)


async def fetch(url: str, proxy: Proxy | None = None) -> bytes:
    async with open_http("GET", url, headers={}, proxy=proxy) as answer:
        return await answer.body()


def through(scheme: ProxyScheme, port: int) -> Proxy:
    return Proxy(ProxySettings(mode=ProxyMode.MANUAL, scheme=scheme, host="127.0.0.1", port=port))


@pytest.mark.parametrize("scheme", [ProxyScheme.SOCKS5H, ProxyScheme.SOCKS4A, ProxyScheme.HTTP])
async def test_a_proxy_looks_names_up_and_this_computer_does_not(scheme: ProxyScheme) -> None:
    async with Loopback(OK) as server, Relay(answers={"secret.example": "127.0.0.1"}) as relay:
        with lookups() as heard:
            target = f"http://secret.example:{server.port}/"
            if (
                scheme is ProxyScheme.HTTP
            ):  # a plain target is asked of the proxy itself; a secure one by CONNECT
                with pytest.raises(Fault):
                    await fetch(target.replace("http:", "https:"), through(scheme, relay.port))
            else:
                assert await fetch(target, through(scheme, relay.port)) == b"ok"
    assert [asked.rpartition("@")[2] for asked in relay.asked] == [f"secret.example:{server.port}"]
    assert not any("secret" in host for host in heard), heard


@pytest.mark.parametrize("scheme", [ProxyScheme.SOCKS5, ProxyScheme.SOCKS4])
async def test_the_kinds_that_look_up_here_are_called_so(scheme: ProxyScheme) -> None:
    async with Relay(answers={}) as relay:
        with lookups() as heard, pytest.raises(Fault):
            await fetch("http://nosuch.invalid/", through(scheme, relay.port))
    assert "nosuch.invalid" in heard, "the watch hears what is to be heard"
    assert relay.asked == []


@pytest.mark.parametrize("host", ["localhost", "llm.localhost"])
async def test_this_computers_names_are_asked_of_nobody(host: str) -> None:
    async with Loopback(OK) as server:
        with lookups() as heard:
            assert await fetch(f"http://{host}:{server.port}/") == b"ok"
    assert heard == []
    assert [found["host"] for found in await Names().resolve(host, 80, ANY)] == ["127.0.0.1", "::1"]
    assert [found["host"] for found in await Names().resolve(host, 80, socket.AF_INET6)] == ["::1"]


async def test_other_names_are_asked_of_the_system() -> None:
    with lookups() as heard, pytest.raises(OSError):
        await Names().resolve("nosuch.invalid", 80, ANY)
    assert heard == ["nosuch.invalid"]


@contextmanager
def dead_port(family: socket.AddressFamily, host: str, port: int = 0) -> Iterator[int]:
    """A port whose packets vanish: a listener with a full backlog takes no further connection, and refuses none."""
    with ExitStack() as stack:
        listener = stack.enter_context(socket.socket(family, socket.SOCK_STREAM))
        listener.bind((host, port))
        listener.listen(0)
        port = listener.getsockname()[1]
        for _ in range(4):
            filler = stack.enter_context(socket.socket(family, socket.SOCK_STREAM))
            filler.setblocking(False)
            filler.connect_ex((host, port))
        time.sleep(0.05)
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.settimeout(0.2)
            with pytest.raises(TimeoutError):
                probe.connect((host, port))
        yield port


class TestADeadAddress:
    """Of two addresses of one name the first is dead: the second is tried after a quarter of a second."""

    async def test_costs_a_service_a_quarter_of_a_second(self) -> None:
        with dead_port(socket.AF_INET, "127.0.0.1") as port:
            async with Loopback(OK, host="::1", port=port):
                await fetch(f"http://[::1]:{port}/")  # all is loaded
                straight = min([await self.took(f"http://[::1]:{port}/") for _ in range(3)])
                raced = min([await self.took(f"http://localhost:{port}/") for _ in range(3)])
        assert 0.2 < raced - straight < 0.5

    async def test_costs_a_socks_proxy_no_more(self) -> None:
        async with Loopback(OK) as server:
            with dead_port(socket.AF_INET, "127.0.0.1") as port:
                async with Relay(host="::1", port=port) as relay:
                    begun = time.monotonic()
                    proxy = Proxy(
                        ProxySettings(
                            mode=ProxyMode.MANUAL,
                            scheme=ProxyScheme.SOCKS4A,
                            host="localhost",
                            port=relay.port,
                        )
                    )
                    assert await fetch(server.url, proxy) == b"ok"
                    assert time.monotonic() - begun < 5, (
                        "the library alone would wait for the dead one to the end"
                    )
                    assert await living_address("localhost", port) == "::1"

    @staticmethod
    async def took(url: str) -> float:
        begun = time.monotonic()
        assert await fetch(url) == b"ok"
        return time.monotonic() - begun


async def test_a_service_on_one_kind_of_address_alone_is_found() -> None:
    for host in ("127.0.0.1", "::1"):
        async with Loopback(OK, host=host) as server:
            assert await fetch(f"http://localhost:{server.port}/") == b"ok"


async def test_nobody_at_any_address_is_said_as_for_one() -> None:
    async with Loopback(OK) as server:
        port = server.port
    with pytest.raises(Fault) as caught:
        await fetch(f"http://localhost:{port}/")
    assert caught.value.kind is FaultKind.NETWORK
    assert caught.value.detail == f"Nothing answers at localhost:{port}. Is the server running?"


async def test_addresses_of_this_computer_and_of_numbers() -> None:
    assert [found[4][0] for found in await addresses_of("a.localhost", 80)] == ["127.0.0.1", "::1"]
    assert [found[4][0] for found in await addresses_of("127.0.0.1", 80)] == ["127.0.0.1"]
    assert [found[4][0] for found in await addresses_of("::1", 80)] == ["::1"]
    assert await living_address("127.0.0.1", 1) == "127.0.0.1", "nothing is tried where there is no choice"
    with pytest.raises(OSError):
        await addresses_of("nosuch.invalid", 80)
    await asyncio.sleep(0)
