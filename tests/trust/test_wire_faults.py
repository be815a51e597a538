"""The rows of the fault model that happen on the way, in every dialect: what is said of them, and what must hold.

Each function is one row, on real sockets; `tests/trust/test_answer_faults.py` has the rows of what is answered, and
checks that none is missing. `make test` runs a slice, `make trust` all of it.
"""

import asyncio
import datetime
import socket
import ssl
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import trustme

from pizzagpt_desktop.domain.faults import FaultKind
from pizzagpt_desktop.network.http import Limits
from pizzagpt_desktop.network.tls import system_context
from tests.helpers import virtual_time
from tests.helpers.collector import collect
from tests.helpers.corpus import KEY
from tests.helpers.loopback import Loopback, Reply, Request
from tests.helpers.trust.dialects import DIALECTS, QUICK, Dialect
from tests.helpers.trust.rows import (
    CLOSED_S,
    Row,
    answered,
    bytes_server,
    cases,
    failed,
    keeper,
    never,
    stopped,
)

ROWS: dict[str, Row] = {}
row = keeper(ROWS)
TRUSTED = trustme.CA()
_DAY = datetime.timedelta(days=1)
NOW = datetime.datetime.now(datetime.UTC)


@row("N01")
async def name_does_not_resolve(dialect: Dialect) -> None:
    async with asyncio.timeout(5):
        failed(
            await dialect.ask("http://nosuch.invalid"),
            FaultKind.NETWORK,
            "address nosuch.invalid was not found",
        )


@row("N03")
async def connection_refused(dialect: Dialect) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    async with asyncio.timeout(2):
        outcome = await dialect.ask(f"http://127.0.0.1:{port}")
    failed(outcome, FaultKind.NETWORK, f"Nothing answers at 127.0.0.1:{port}.")


@row("N05")
async def nobody_takes_the_connection(dialect: Dialect) -> None:
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(0)
        url = f"http://127.0.0.1:{deaf.getsockname()[1]}"
        full = [socket.socket() for _ in range(8)]
        for client in full:
            client.setblocking(False)
            client.connect_ex(deaf.getsockname())
        try:
            failed(await dialect.ask(url, QUICK), FaultKind.TIME_OUT, "did not answer in time")
            begun = time.monotonic()
            await stopped(dialect, url, lambda: time.monotonic() > begun + 0.05)
        finally:
            for client in full:
                client.close()


def context(authority: trustme.CA, name: str = "127.0.0.1", **options: Any) -> ssl.SSLContext:
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name, **options).configure_cert(made)
    return made


@pytest.fixture(autouse=True)
def authority(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> Iterator[None]:
    """The authority that this computer trusts, `TRUSTED`; a server's side of refused handshakes is no news."""
    path = tmp_path / "trusted.pem"
    TRUSTED.cert_pem.write_to_path(str(path))
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    yield
    caplog.clear()


@row("N06")
async def certificates_of_strangers(dialect: Dialect) -> None:
    for made, words in (
        (context(trustme.CA()), "signed by nobody"),
        (context(TRUSTED, "other.example"), "belongs to another name"),
        (context(TRUSTED, not_after=NOW - _DAY), "expired"),
    ):
        async with Loopback(Reply(), tls=made) as server:
            failed(await dialect.ask(server.url), FaultKind.TLS, "not private", words)
        assert not server.requests, "not a byte of key or prompt"


@row("N08")
async def clocks_that_are_wrong(dialect: Dialect) -> None:
    for made in (
        context(TRUSTED, not_after=NOW - _DAY),
        context(TRUSTED, not_before=NOW + 900 * _DAY, not_after=NOW + 999 * _DAY),
    ):
        async with Loopback(Reply(), tls=made) as server:
            failed(await dialect.ask(server.url), FaultKind.TLS, f"This computer's clock says {NOW:%Y}")


@row("N07")
async def handshakes_that_are_cut(dialect: Dialect) -> None:
    no_version = bytes.fromhex("15030100020246")  # the alert of a server that speaks only older versions
    for answer in (b"", no_version):
        async with await bytes_server(answer) as server:
            url = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"
            failed(await dialect.ask(url), FaultKind.TLS, "does not offer a secure connection")


@row("N37")
async def the_wrong_port(dialect: Dialect) -> None:
    async with Loopback(Reply(), tls=context(TRUSTED)) as server:
        outcome = await dialect.ask(server.url.replace("https", "http"))
        assert outcome.fault is not None
        assert "https" in outcome.shown
    async with await bytes_server(b"HTTP/1.1 400 Bad Request\r\n\r\n") as plain:
        url = f"https://127.0.0.1:{plain.sockets[0].getsockname()[1]}"
        failed(await dialect.ask(url), FaultKind.TLS, "does not speak https")


@row("N09")
async def proxies_that_refuse(dialect: Dialect) -> None:
    for status, words in (
        (407, "did not accept the name and password"),
        (502, "could not reach the service"),
    ):
        async with Loopback(Reply(status, "text/html", body=b"<h1>no</h1>", end="length")) as proxy:
            way = proxy.url.replace("//", "//me:CANARYpassword@")
            for target in ("http://api.example", "https://api.example"):
                outcome = await dialect.ask(target, proxy=way)
                failed(outcome, FaultKind.PROXY, words)
                assert "CANARYpassword" not in outcome.shown
        tunnel = [request for request in proxy.requests if request.method == "CONNECT"]
        assert tunnel, "https goes through a tunnel"
        assert not any(KEY in str(request.headers) for request in tunnel), "the key is not for the proxy"
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    failed(
        await dialect.ask("https://api.example", proxy=f"http://127.0.0.1:{port}"),
        FaultKind.PROXY, f"Nothing answers at the proxy 127.0.0.1:{port}",
    )  # fmt: skip


@row("N11")
async def the_newer_address(dialect: Dialect) -> None:
    async with Loopback(answered(dialect, dialect.reply("Hi")), host="::1") as server:
        assert "[::1]" in server.url
        assert (await dialect.ask(server.url)).text == "Hi"


@row("N12")
async def a_request_goes_out_once(dialect: Dialect) -> None:
    async with Loopback(answered(dialect, dialect.reply("Hi"), end="length")) as server:
        for _ in range(2):
            assert (await dialect.ask(server.url)).text == "Hi"
        assert (server.connections, len(server.requests)) == (2, 2), (
            "nothing is pooled, so nothing can be stale"
        )

    async def drops(_request: Request, writer: asyncio.StreamWriter) -> None:
        writer.transport.abort()

    async with Loopback(drops) as server:
        failed(await dialect.ask(server.url), FaultKind.NETWORK)
    assert len(server.requests) == 1, "it may have been answered, and paid"


@row("N15")
async def no_redirect_is_followed(dialect: Dialect) -> None:
    async with Loopback(Reply(body=b"secret")) as other:
        for status in (301, 302, 307, 308):
            reply = Reply(status, headers={"Location": f"{other.url}/v1/x"}, end="length")
            async with Loopback(reply) as server:
                failed(
                    await dialect.ask(server.url),
                    FaultKind.REDIRECT,
                    f"127.0.0.1:{other.port}",
                    "Not followed",
                )
    assert other.connections == 0


@row("N16")
async def no_first_byte(dialect: Dialect) -> None:
    async with Loopback(never) as server:
        failed(await dialect.ask(server.url, QUICK), FaultKind.TIME_OUT, "did not begin to answer within")
        await asyncio.wait_for(server.closed.wait(), CLOSED_S)
        server.closed.clear()
        asked = len(server.requests)
        await stopped(dialect, server.url, lambda: len(server.requests) > asked)
        await asyncio.wait_for(server.closed.wait(), CLOSED_S)


@row("N17")
async def a_byte_at_a_time(dialect: Dialect) -> None:
    body = dialect.reply("Hi")

    async def slow(_request: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(Reply(content_type=dialect.content_type).head())
        for number in range(len(body)):
            writer.write(body[number : number + 1])
            await writer.drain()
            await asyncio.sleep(0.002)

    async with Loopback(slow) as server:
        assert (await dialect.ask(server.url)).text == "Hi"
        if not dialect.whole:
            late = await dialect.ask(server.url, Limits(first_byte_s=0.05, silence_s=0.05))
            failed(late, FaultKind.TIME_OUT)  # bytes are no text


@row("N18")
async def a_stall_in_mid_stream(dialect: Dialect) -> None:
    ping = b"\n" if dialect.name == "ollama" else b": ping\n\n"

    async def pings(_request: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(Reply(content_type=dialect.content_type).head() + dialect.part(*"abcde"))
        while not dialect.whole:
            writer.write(ping)
            await writer.drain()
            await asyncio.sleep(0.01)
        await asyncio.Event().wait()

    async with Loopback(pings) as server:
        outcome = await dialect.ask(server.url, QUICK)
    failed(outcome, FaultKind.TIME_OUT, "sent nothing for")
    assert outcome.text == ("" if dialect.whole else "abcde")
    assert outcome.state == ("failed" if dialect.whole else "interrupted")


@row("N19")
async def a_reset_in_mid_stream(dialect: Dialect) -> None:
    async with Loopback(answered(dialect, dialect.part("Hel", "lo"), end="reset")) as server:
        outcome = await dialect.ask(server.url)
    failed(outcome, FaultKind.NETWORK)
    assert (outcome.state, outcome.text) == (("failed", "") if dialect.whole else ("interrupted", "Hello"))


@row("N20")
async def chunks_without_their_end(dialect: Dialect) -> None:
    for end in ("no-terminator", "malformed-chunk"):
        async with Loopback(answered(dialect, dialect.part("Hello"), end=end)) as server:
            cut = await dialect.ask(server.url, QUICK)
        assert cut.text == ("" if dialect.whole else "Hello")
        assert cut.state == ("failed" if dialect.whole else "interrupted")
        if not dialect.whole:
            async with Loopback(answered(dialect, dialect.reply("Hello"), end=end)) as server:
                whole = await dialect.ask(server.url, QUICK)
            assert (whole.state, whole.text, whole.fault) == ("complete", "Hello", None)


@row("N21")
async def a_wrong_length(dialect: Dialect) -> None:
    body, part = dialect.reply("Hello"), dialect.part("Hello")
    async with Loopback(answered(dialect, part, headers={"Content-Length": str(len(part) + 99)})) as server:
        long = await dialect.ask(server.url)
    assert long.state == ("failed" if dialect.whole else "interrupted")
    async with Loopback(
        answered(dialect, body + b"EVIL", headers={"Content-Length": str(len(body))})
    ) as server:
        short = await dialect.ask(server.url)
    assert (short.state, short.text) == ("complete", "Hello")


@row("N35")
async def bytes_after_the_end(dialect: Dialect) -> None:
    second = Reply(content_type=dialect.content_type).head() + dialect.reply("EVIL")
    body = dialect.reply("Hello")
    for extra in (second, b"EVIL" * 99):
        reply = answered(dialect, body + extra, headers={"Content-Length": str(len(body))})
        async with Loopback(reply) as server:
            outcome = await dialect.ask(server.url)
        assert (outcome.state, outcome.text) == ("complete", "Hello")


@row("N36")
async def other_versions_of_http(dialect: Dialect) -> None:
    for head in (
        b"HTTP/1.0 200 OK\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nConnection: close\r\n\r\n",
        b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 200 OK\r\nConnection: close\r\n\r\n",
    ):

        async def answer(_request: Request, writer: asyncio.StreamWriter, head: bytes = head) -> None:
            writer.write(head + dialect.reply("Hello"))

        async with Loopback(answer) as server:
            assert (await dialect.ask(server.url)).text == "Hello"


@row("N22")
async def more_than_five_minutes(dialect: Dialect) -> None:
    """On a clock that jumps: 40 texts, 20 seconds apart."""
    loop = asyncio.get_running_loop()
    if not isinstance(loop, virtual_time.VirtualLoop):
        system_context()  # made in a thread, which no clock waits for
        await loop.run_in_executor(None, virtual_time.run, more_than_five_minutes(dialect))
        return
    texts = [dialect.text("x")] * 40 if not dialect.whole else [dialect.reply("x" * 40)]

    async def slow(_request: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(Reply(content_type=dialect.content_type).head())
        for text in texts:
            await asyncio.sleep(20)
            writer.write(text)
            await writer.drain()
        writer.write(dialect.end("stop"))

    begun = loop.time()
    async with Loopback(slow) as server:
        outcome = await collect(dialect.source(server.url))
    assert (outcome.state, len(outcome.text)) == ("complete", 40), outcome
    assert loop.time() - begun >= 20 * len(texts)


SLICE = ("N03", "N12", "N16", "N18", "N19", "N20", "N22")


@pytest.mark.parametrize(("name", "dialect"), cases(ROWS, SLICE))
async def test_on_the_way(name: str, dialect: str) -> None:
    await ROWS[name](DIALECTS[dialect])
