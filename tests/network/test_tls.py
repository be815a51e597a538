"""Secure connections: which certificates are trusted, and what each refusal is called."""

import asyncio
import datetime
import os
import ssl
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import trustme

from pizzagpt_desktop.domain.faults import Fault, FaultKind
from pizzagpt_desktop.network.http import open_http
from tests.helpers.loopback import Loopback, Reply


async def fetch(url: str, **options: Any) -> bytes:
    async with open_http("POST", url, headers=options.pop("headers", {}), body=b"{}", **options) as answer:
        return await answer.body()


async def fault_from(url: str, **options: Any) -> Fault:
    with pytest.raises(Fault) as caught:
        await fetch(url, **options)
    return caught.value


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
        async with Loopback(
            Reply(body=b"ok", end="length"), tls=self.context(authority, "127.0.0.1")
        ) as server:
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
        context = self.context(
            authority, "127.0.0.1", not_before=now + first * day, not_after=now + last * day
        )
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
        code = "from pizzagpt_desktop.network.tls import system_context as s; print(s().keylog_filename, s().verify_mode)"
        env = {**os.environ, "SSLKEYLOGFILE": str(log)}
        done = subprocess.run(
            [sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True
        )
        assert done.stdout.split()[0] == "None"
        assert "REQUIRED" in done.stdout or "2" in done.stdout
        assert not log.exists()
