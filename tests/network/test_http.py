"""One request over real connections that misbehave: what is read, and which fault each misbehaviour becomes."""

import asyncio
import datetime
import inspect
import os
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import trustme
from aiohttp import client_exceptions

from pizzagpt_desktop.domain.faults import Fault, FaultKind
from pizzagpt_desktop.network.causes import fault_of
from pizzagpt_desktop.network.http import Limits, limits_for, open_http
from tests.helpers.loopback import Loopback, Reply, Request, gzip_zeros

QUICK = Limits(connect_s=0.4, first_byte_s=0.4, silence_s=0.4)


async def fetch(url: str, limits: Limits | None = None, **options: Any) -> bytes:
    async with open_http("POST", url, headers=options.pop("headers", {}), body=b"{}", limits=limits, **options) as answer:
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
        async with Loopback(Reply(status, headers={"Location": f"{other.url}/x?k=1"}, end="length")) as server:
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


async def plain_server(answer: bytes) -> int:
    """The port of a server that sends `answer` after the first bytes, closes, and takes no second connection."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(answer)
        if not answer:
            writer.transport.abort()
        writer.close()
        server.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    return int(server.sockets[0].getsockname()[1])


async def never(request: Request, writer: asyncio.StreamWriter) -> None:
    await asyncio.Event().wait()


async def test_no_first_byte_is_a_time_out_and_closes_the_connection() -> None:
    async with Loopback(never) as server:
        fault = await fault_from(server.url, QUICK)
        assert fault.kind is FaultKind.TIME_OUT
        assert "did not begin to answer" in fault.detail
        await asyncio.wait_for(server.closed.wait(), 1)


@pytest.mark.parametrize("end", ["stall", "malformed-chunk"])
async def test_a_stall_is_a_time_out_and_keeps_what_came(end: str) -> None:
    got = b""
    async with Loopback(Reply(body=b"text", end=end)) as server:
        async with open_http("GET", server.url, headers={}, limits=QUICK) as answer:
            with pytest.raises(Fault) as caught:
                while piece := await answer.read():
                    got += piece
    assert caught.value.kind in (FaultKind.TIME_OUT, FaultKind.NETWORK)
    assert got == b"text"


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


class TestTls:
    """Certificates of a private authority, made here; `SSL_CERT_FILE` is how the system's store is told of it."""

    @pytest.fixture
    def authority(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> trustme.CA:
        authority = trustme.CA()
        path = tmp_path / "ca.pem"
        authority.cert_pem.write_to_path(str(path))
        monkeypatch.setenv("SSL_CERT_FILE", str(path))
        return authority

    @staticmethod
    def context(authority: trustme.CA, *names: str, **options: Any) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert(*names, **options).configure_cert(context)
        return context

    @pytest.fixture(autouse=True)
    def _quiet(self, caplog: pytest.LogCaptureFixture) -> Iterator[None]:
        yield
        caplog.clear()  # the server's side of a refused handshake

    async def test_a_certificate_of_the_systems_store_is_trusted(self, authority: trustme.CA) -> None:
        async with Loopback(Reply(body=b"ok", end="length"), tls=self.context(authority, "127.0.0.1")) as server:
            assert await fetch(server.url) == b"ok"

    async def test_a_stranger_is_not(self, authority: trustme.CA) -> None:
        context = self.context(trustme.CA(), "127.0.0.1")
        async with Loopback(Reply(), tls=context) as server:
            fault = await fault_from(server.url, headers={"Authorization": "Bearer CANARY"})
        assert fault.kind is FaultKind.TLS
        assert "not private" in fault.detail
        assert server.requests == []

    async def test_another_name_is_not(self, authority: trustme.CA) -> None:
        async with Loopback(Reply(), tls=self.context(authority, "other.example")) as server:
            fault = await fault_from(server.url)
        assert fault.kind is FaultKind.TLS
        assert "another name" in fault.detail

    @pytest.mark.parametrize(("first", "last", "words"), [(-20, -10, "expired"), (10, 20, "not valid yet")])
    async def test_out_of_date_is_not_and_names_the_clock(
        self, authority: trustme.CA, first: int, last: int, words: str
    ) -> None:
        now = datetime.datetime.now(datetime.UTC)
        day = datetime.timedelta(days=1)
        context = self.context(authority, "127.0.0.1", not_before=now + first * day, not_after=now + last * day)
        async with Loopback(Reply(), tls=context) as server:
            fault = await fault_from(server.url)
        assert fault.kind is FaultKind.TLS
        assert words in fault.detail
        assert "clock" in fault.detail

    async def test_plain_where_tls_was_expected_says_so(self, authority: trustme.CA) -> None:
        fault = await fault_from(f"https://127.0.0.1:{await plain_server(b'HTTP/1.1 400 Bad Request')}")
        assert fault.kind is FaultKind.TLS
        assert "does not speak https" in fault.detail

    async def test_tls_where_plain_was_expected_says_so(self, authority: trustme.CA) -> None:
        alert = b"\x15\x03\x01\x00\x02\x02\x46"  # protocol_version, as OpenSSL's servers send it
        fault = await fault_from(f"http://127.0.0.1:{await plain_server(alert)}")
        assert fault.kind is FaultKind.TLS
        assert "expects https" in fault.detail
        async with Loopback(Reply(), tls=self.context(authority, "127.0.0.1")) as server:
            fault = await fault_from(server.url.replace("https:", "http:"))
        assert "expects https" in fault.hint

    async def test_a_cut_handshake_is_no_secure_connection(self, authority: trustme.CA) -> None:
        fault = await fault_from(f"https://127.0.0.1:{await plain_server(b'')}")
        assert fault.kind is FaultKind.TLS
        assert fault.detail.endswith("does not offer a secure connection.")

    def test_keys_are_not_written_to_the_key_log(self, tmp_path: Path) -> None:
        log = tmp_path / "keys"
        code = "from pizzagpt_desktop.network.http import _tls; print(_tls().keylog_filename, _tls().verify_mode)"
        env = {**os.environ, "SSLKEYLOGFILE": str(log)}
        done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True)
        assert done.stdout.split()[0] == "None"
        assert "REQUIRED" in done.stdout or "2" in done.stdout
        assert not log.exists()


def exceptions() -> list[type[BaseException]]:
    return [
        item
        for _, item in inspect.getmembers(client_exceptions, inspect.isclass)
        if issubclass(item, BaseException) and item.__module__ == client_exceptions.__name__
    ]


def made(kind: type[BaseException]) -> BaseException:
    """An exception without calling its constructor, with the attributes its methods read."""
    error = kind.__new__(kind)
    for name in ("status", "message", "_os_error", "_certificate_error", "_conn_key", "request_info", "history"):
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
    assert limits_for("http://127.0.0.1:1/v1").first_byte_s == 600
    assert limits_for("https://api.example/v1") == Limits(connect_s=15, first_byte_s=60, silence_s=120)
