"""One request over real connections that misbehave: what is read, and which fault each misbehaviour becomes."""

import asyncio
import inspect
import socket
import time
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import client_exceptions

from pizzagpt_desktop.domain.faults import Fault, FaultKind
from pizzagpt_desktop.network.causes import fault_of
from pizzagpt_desktop.network.http import Limits, limits_for, open_http
from tests.helpers.loopback import Loopback, Reply, Request, gzip_zeros

QUICK = Limits(connect_s=0.4, first_byte_s=0.4, silence_s=0.4)


async def fetch(url: str, limits: Limits | None = None, **options: Any) -> bytes:
    async with open_http(
        "POST", url, headers=options.pop("headers", {}), body=b"{}", limits=limits, **options
    ) as answer:
        return await answer.body()


async def fault_from(url: str, limits: Limits | None = None, **options: Any) -> Fault:
    with pytest.raises(Fault) as caught:
        await fetch(url, limits, **options)
    return caught.value


@pytest.mark.parametrize("end", ["length", "close", "chunked"])
async def test_reads_a_body_however_it_ends(end: str) -> None:
    async with Loopback(Reply(body=b"hello", end=end)) as server:
        assert await fetch(server.url) == b"hello"


async def test_sends_what_it_was_given_and_nothing_of_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login me password CANARY\n")
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    async with Loopback(Reply(headers={"Set-Cookie": "sid=CANARYCOOKIE; Path=/"})) as server:
        await fetch(server.url, headers={"X-Key": "k"})
        await fetch(server.url)
    first, second = server.requests
    assert first.header("x-key") == "k"
    assert first.header("accept-encoding") == "identity"
    assert first.header("authorization") is None
    assert second.header("cookie") is None
    assert server.connections == 2, "nothing is pooled"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_no_redirect_is_followed(status: int) -> None:
    async with Loopback(Reply(body=b"secret", end="length")) as other:
        async with Loopback(
            Reply(status, headers={"Location": f"{other.url}/x?k=1"}, end="length")
        ) as server:
            fault = await fault_from(server.url, headers={"Authorization": "Bearer k"})
        assert fault.kind is FaultKind.REDIRECT
        assert f"127.0.0.1:{other.port}" in fault.detail
        assert other.connections == 0


@pytest.mark.parametrize(
    ("location", "shows"),
    [
        ("http://user:pw@evil.example/x", "http://evil.example"),
        ("//evil.example", "evil.example"),
        ("/login", "/login"),
        ("http://пример.example/", "xn--e1afmkfd"),
        ("http://[::1", "cannot be read"),
        ("", "another address"),
    ],
)
async def test_a_redirect_names_its_target_as_plain_text(location: str, shows: str) -> None:
    from pizzagpt_desktop.network.http import redirect_target

    assert shows in redirect_target(location)
    assert "pw" not in redirect_target(location)


async def test_a_name_that_does_not_exist() -> None:
    fault = await fault_from("http://nosuch.invalid/v1")
    assert fault.kind is FaultKind.NETWORK
    assert fault.detail == "The address nosuch.invalid was not found. Check the address or the network."


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def test_nothing_answers() -> None:
    port = free_port()
    fault = await fault_from(f"http://127.0.0.1:{port}/v1")
    assert fault.kind is FaultKind.NETWORK
    assert fault.detail == f"Nothing answers at 127.0.0.1:{port}. Is the server running?"


def test_nothing_answers_at_ollamas_port() -> None:
    fault = fault_of(ConnectionRefusedError(), url="http://127.0.0.1:11434/v1")
    assert fault.detail == "Nothing answers at 127.0.0.1:11434. Is Ollama running?"


async def test_a_full_backlog_is_a_time_out() -> None:
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(0)
        port = deaf.getsockname()[1]
        waiting = []
        try:
            for _ in range(8):
                client = socket.socket()
                client.setblocking(False)
                client.connect_ex(("127.0.0.1", port))
                waiting.append(client)
            fault = await fault_from(f"http://127.0.0.1:{port}", QUICK)
        finally:
            for client in waiting:
                client.close()
    assert fault.kind is FaultKind.TIME_OUT


async def never(request: Request, writer: asyncio.StreamWriter) -> None:
    await asyncio.Event().wait()


async def test_no_first_byte_is_a_time_out_and_closes_the_connection() -> None:
    async with Loopback(never) as server:
        fault = await fault_from(server.url, QUICK)
        assert fault.kind is FaultKind.TIME_OUT
        assert "did not begin to answer" in fault.detail
        await asyncio.wait_for(server.closed.wait(), 1)


@pytest.mark.parametrize(
    ("end", "limits", "kind"),
    [("stall", QUICK, FaultKind.TIME_OUT), ("malformed-chunk", Limits(), FaultKind.NETWORK)],
)
async def test_a_stall_is_a_time_out_and_a_break_is_felt_at_once(
    end: str, limits: Limits, kind: FaultKind
) -> None:
    got = b""
    async with asyncio.timeout(5), Loopback(Reply(body=b"text", end=end)) as server:
        async with open_http("GET", server.url, headers={}, limits=limits) as answer:
            with pytest.raises(Fault) as caught:
                while piece := await answer.read():
                    got += piece
    assert caught.value.kind is kind
    assert got == b"text", "what came before it is kept"


async def test_bytes_without_progress_do_not_extend_the_wait() -> None:
    async def pings(request: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(Reply().head())
        while True:
            writer.write(b": ping\n\n" * 100)
            await writer.drain()
            await asyncio.sleep(0.01)

    async with Loopback(pings) as server:
        async with open_http("GET", server.url, headers={}, limits=QUICK) as answer:
            with pytest.raises(Fault) as caught:
                while await answer.read():
                    pass
    assert caught.value.kind is FaultKind.TIME_OUT


async def test_a_whole_reply_need_not_be_waited_for() -> None:
    patient = Limits(silence_s=60)
    async with Loopback(Reply(body=b"all", end="stall")) as server:
        async with open_http("GET", server.url, headers={}, limits=patient) as answer:
            assert await answer.read() == b"all"
            answer.progressed()
            answer.ends_within(0.1)
            async with asyncio.timeout(5):
                with pytest.raises(Fault) as caught:
                    await answer.read()
    assert caught.value.kind is FaultKind.TIME_OUT


async def test_a_flood_without_progress_ends_too() -> None:
    """When there is always something to read, no time-out of asyncio ever fires."""
    flood = b": ping\n\n" * 400_000
    async with Loopback(Reply(body=flood, end="length")) as server:
        async with open_http("GET", server.url, headers={}, limits=QUICK) as answer:
            with pytest.raises(Fault) as caught:
                while await answer.read():
                    time.sleep(0.01)  # noqa: ASYNC251  (a reader that is slower than the sender)
    assert caught.value.kind is FaultKind.TIME_OUT


async def test_what_came_before_a_break_is_read_also_when_it_is_read_later() -> None:
    go = asyncio.Event()

    async def breaking(request: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n")
        await go.wait()
        writer.write(b"1\r\nb\r\n")

    async with Loopback(breaking) as server:
        async with open_http("GET", server.url, headers={}) as answer:
            assert await answer.read() == b"a"
            go.set()
            while answer._content.exception() is None:  # noqa: ASYNC110  (aiohttp offers no event for it)
                await asyncio.sleep(0)
            assert await answer.read() == b"b"
            with pytest.raises(Fault) as caught:
                await answer.read()
    assert caught.value.kind is FaultKind.NETWORK


async def test_progress_extends_the_wait() -> None:
    async def slow(request: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(Reply().head())
        for _ in range(8):
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.1)

    async with Loopback(slow) as server:
        async with open_http("GET", server.url, headers={}, limits=QUICK) as answer:
            got = b""
            while piece := await answer.read():
                answer.progressed()
                got += piece
    assert got == b"x" * 8


async def test_the_text_before_a_reset_is_kept() -> None:
    async with Loopback(Reply(body=b"before", end="reset")) as server:
        async with open_http("GET", server.url, headers={}) as answer:
            got = await answer.read()
            with pytest.raises(Fault) as caught:
                await answer.read()
    assert got == b"before"
    assert caught.value.kind is FaultKind.NETWORK


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (Reply(body=b"x", end="no-terminator"), FaultKind.NETWORK),
        (Reply(body=b"x", headers={"Content-Length": "99"}), FaultKind.NETWORK),
        (Reply(body=b"\x1f\x8bnot gzip", headers={"Content-Encoding": "gzip"}), FaultKind.DAMAGED),
        (Reply(headers={f"X-{i}": "b" * 4000 for i in range(256)}), FaultKind.DAMAGED),
        (Reply(headers={"X-A": "b" * 20_000}), FaultKind.DAMAGED),
        (Reply(pieces=gzip_zeros(40), headers={"Content-Encoding": "gzip"}), FaultKind.TOO_LARGE),
        (Reply(407, headers={"Proxy-Authenticate": "Basic"}, end="length"), FaultKind.PROXY),
    ],
    ids=["no-terminator", "too-short", "wrong-encoding", "many-headers", "long-header", "bomb", "407"],
)
async def test_misbehaviour_has_a_kind(reply: Reply, kind: FaultKind) -> None:
    async with Loopback(reply) as server:
        assert (await fault_from(server.url)).kind is kind


async def test_a_server_that_is_none() -> None:
    async def garbage(request: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail.example ESMTP\r\n")

    async def nothing(request: Request, writer: asyncio.StreamWriter) -> None:
        return

    async with Loopback(garbage) as server:
        assert (await fault_from(server.url)).kind is FaultKind.DAMAGED
    async with Loopback(nothing) as server:
        assert (await fault_from(server.url)).kind is FaultKind.NETWORK


async def test_early_hints_and_old_http_work() -> None:
    async def answer(request: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.0 200 OK\r\n\r\nold")

    async with Loopback(answer) as server:
        assert await fetch(server.url) == b"old"


async def test_leaving_in_mid_stream_closes_the_connection() -> None:
    async with Loopback(Reply(body=b"x", end="stall")) as server:
        async with open_http("GET", server.url, headers={}) as answer:
            assert await answer.read() == b"x"
        await asyncio.wait_for(server.closed.wait(), 1)


async def test_ten_at_once_do_not_wait_for_each_other() -> None:
    async with Loopback(never) as stuck, Loopback(Reply(body=b"ok", end="length")) as server:
        waiting = [asyncio.ensure_future(fault_from(stuck.url, QUICK)) for _ in range(5)]
        assert await asyncio.gather(*(fetch(server.url) for _ in range(5))) == [b"ok"] * 5
        for fault in await asyncio.gather(*waiting):
            assert fault.kind is FaultKind.TIME_OUT


async def test_a_fast_stream_lets_the_loop_turn() -> None:
    body = b"x" * 4_000_000
    turns = 0

    async def count() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    async with Loopback(Reply(body=body, end="length")) as server:
        async with open_http("GET", server.url, headers={}) as answer:
            counting = asyncio.ensure_future(count())
            read = 0
            clock = asyncio.get_running_loop().time
            while piece := await answer.read():
                read += len(piece)
                assert len(piece) <= 16 * 1024
                until = clock() + 0.001
                while clock() < until:
                    pass
            counting.cancel()
    assert read == len(body)
    assert turns > 244 // 10, "no more than ten slices between two turns"


def exceptions() -> list[type[BaseException]]:
    return [
        item
        for _, item in inspect.getmembers(client_exceptions, inspect.isclass)
        if issubclass(item, BaseException) and item.__module__ == client_exceptions.__name__
    ]


def made(kind: type[BaseException]) -> BaseException:
    """An exception without calling its constructor, with the attributes its methods read."""
    error = kind.__new__(kind)
    for name in (
        "status",
        "message",
        "_os_error",
        "_certificate_error",
        "_conn_key",
        "request_info",
        "history",
    ):
        if not hasattr(kind, name):
            setattr(error, name, None)
    return error


EXPECTED = {
    "ClientHttpProxyError": FaultKind.PROXY,
    "ContentTypeError": FaultKind.NOT_THE_API,
    "TooManyRedirects": FaultKind.REDIRECT,
    "RedirectClientError": FaultKind.REDIRECT,
    "InvalidUrlRedirectClientError": FaultKind.REDIRECT,
    "NonHttpUrlRedirectClientError": FaultKind.REDIRECT,
    "InvalidURL": FaultKind.SETTINGS,
    "InvalidUrlClientError": FaultKind.SETTINGS,
    "NonHttpUrlClientError": FaultKind.SETTINGS,
    "ClientConnectorSSLError": FaultKind.TLS,
    "ClientConnectorCertificateError": FaultKind.TLS,
    "ClientSSLError": FaultKind.TLS,
    "ServerFingerprintMismatch": FaultKind.TLS,
    "ServerTimeoutError": FaultKind.TIME_OUT,
    "ConnectionTimeoutError": FaultKind.TIME_OUT,
    "SocketTimeoutError": FaultKind.TIME_OUT,
    "ClientResponseError": FaultKind.DAMAGED,
    "WSServerHandshakeError": FaultKind.DAMAGED,
    "ClientProxyConnectionError": FaultKind.PROXY,
    "WSMessageTypeError": FaultKind.UNEXPECTED_ANSWER,
}


@pytest.mark.parametrize("kind", exceptions(), ids=lambda kind: kind.__name__)
def test_every_exception_of_aiohttp_has_a_kind(kind: type[BaseException]) -> None:
    if kind.__name__ in ("ClientHttpProxyError",):
        error: BaseException = aiohttp.ClientHttpProxyError(None, (), status=407)  # type: ignore[arg-type]
    else:
        error = made(kind)
    fault = fault_of(error, url="http://api.example/v1")
    assert fault.kind is EXPECTED.get(kind.__name__, FaultKind.NETWORK)
    assert fault.detail


def test_local_models_may_take_minutes() -> None:
    for near in ("127.0.0.1:1", "[::1]", "localhost", "192.168.1.7", "box", "box.lan", "[fe80::1]"):
        assert limits_for(f"http://{near}/v1") == Limits(connect_s=15, first_byte_s=600, silence_s=600)
    assert limits_for("http://box.local:11434", 90.0).first_byte_s == 90
    assert limits_for("https://local.example/v1", 90.0) == Limits()
    assert limits_for("https://api.example/v1") == Limits(connect_s=15, first_byte_s=60, silence_s=120)
