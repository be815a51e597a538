"""The rows of the fault model that are in what a service answers, in every dialect, on real sockets."""

import asyncio
import json
import time
from typing import Any

import pytest

from pizzagpt_desktop.domain.faults import Fault, FaultKind
from pizzagpt_desktop.network.http import Limits
from tests.helpers.corpus import CORPUS, KEY
from tests.helpers.loopback import Loopback, Reply, gzip_zeros
from tests.helpers.trust.dialects import DIALECTS, QUICK, Dialect
from tests.helpers.trust.rows import Row, answered, cases, failed, keeper, never
from tests.trust.test_elsewhere_faults import ROWS as ELSEWHERE
from tests.trust.test_wire_faults import ROWS as ON_THE_WAY

ROWS: dict[str, Row] = {}
row = keeper(ROWS)
HTML = b"<!doctype html><html><head><title>Sign in to the <b>hotel</b></title></head><body><script>x</script></body></html>"


def refusal(status: int, body: Any, **headers: str) -> Reply:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    kind = "text/html" if data.startswith(b"<") else "application/json"
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(status, kind, headers=names, body=data, end="length")


@row("N10")
async def a_page_of_the_network(dialect: Dialect) -> None:
    async with Loopback(Reply(200, "text/html", body=HTML, end="length")) as server:
        outcome = await dialect.ask(server.url)
    failed(outcome, FaultKind.NOT_THE_API, "answered with a web page", "hotel", "Sign in to the network")
    assert "<script>" not in outcome.shown


@row("N23")
async def compressed_answers(dialect: Dialect) -> None:
    import zlib

    body = dialect.reply("Hello")
    gzipped = zlib.compressobj(9, zlib.DEFLATED, 31)
    good = gzipped.compress(body) + gzipped.flush()
    async with Loopback(
        answered(dialect, good, headers={"Content-Encoding": "gzip"}, end="length")
    ) as server:
        assert (await dialect.ask(server.url)).text == "Hello"
        assert server.requests[0].header("accept-encoding") == "identity"
    for label in ("gzip", "deflate"):
        async with Loopback(
            answered(dialect, body, headers={"Content-Encoding": label}, end="length")
        ) as server:
            failed(await dialect.ask(server.url), FaultKind.DAMAGED, "could not be read")
    bomb = answered(dialect, b"", headers={"Content-Encoding": "gzip"}, pieces=gzip_zeros(48))
    async with Loopback(bomb) as server:
        outcome = await dialect.ask(server.url)
    assert outcome.state == "failed"
    assert outcome.fault is not None
    assert outcome.fault.kind in (FaultKind.TOO_LARGE, FaultKind.NOT_THE_API)


@row("N24")
async def labels_that_are_wrong(dialect: Dialect) -> None:
    for label in (None, "text/html", "application/octet-stream", "text/plain; charset=windows-1252", "x"):
        async with Loopback(answered(dialect, dialect.reply("Grüße 🍕"), content_type=label)) as server:
            outcome = await dialect.ask(server.url)
        assert (outcome.state, outcome.text) == ("complete", "Grüße 🍕"), label


@row("N25")
async def bodies_of_every_dialect(dialect: Dialect) -> None:
    """The bodies of the corpus in a dialect that is another's as often as not: whatever comes, it ends in a state."""
    paths = [*sorted((CORPUS / "sse").glob("*.bin")), *sorted((CORPUS / "ndjson").glob("*.bin"))]
    for path in paths:
        body = path.read_bytes()
        half = len(body) // 2
        async with Loopback(answered(dialect, b"", pieces=[body[:half], body[half:]])) as server:
            outcome = await dialect.ask(server.url)
        assert outcome.state in ("complete", "interrupted", "failed"), path.name
        if outcome.fault is not None:
            assert not outcome.fault.detail.startswith("This program failed"), (path.name, outcome.fault)


@row("N26")
async def bodies_without_end(dialect: Dialect) -> None:
    """What is counted and held; its memory is measured in `tests/trust/test_large_replies.py`."""
    async with Loopback(answered(dialect, b"", pieces=[b"data: ", *[b"x" * 1_000_000] * 40])) as server:
        failed(await dialect.ask(server.url), FaultKind.TOO_LARGE, "too large")
    if not dialect.whole:
        text = dialect.text("x")
        pieces = [text * 500] * 40
        async with Loopback(answered(dialect, b"", pieces=[*pieces, dialect.end("stop")])) as server:
            outcome = await dialect.ask(server.url)
        assert (outcome.state, len(outcome.text)) == ("complete", 20_000)


@row("N27")
async def errors_in_a_stream(dialect: Dialect) -> None:
    words = f"Upstream <b>failed</b> for {KEY} \x1b[31m\u202e"
    body = b"" if dialect.whole else dialect.part("Half")
    async with Loopback(answered(dialect, body + dialect.error(words))) as server:
        outcome = await dialect.ask(server.url)
    failed(outcome, FaultKind.SERVER, "Upstream")
    assert (outcome.state, outcome.text) == ("failed", "" if dialect.whole else "Half")
    assert "\x1b" not in outcome.shown
    assert "\u202e" not in outcome.shown


@row("N28")
async def when_to_come_back(dialect: Dialect) -> None:
    date = {"Date": "Thu, 26 Nov 2026 10:00:00 GMT"}
    for later, seconds in (
        ({"Retry_After": "7"}, 7),
        ({"Retry_After": "Thu, 26 Nov 2026 10:00:09 GMT", **date}, 9),
        ({"Retry_After": "Thu, 26 Nov 2026 09:00:00 GMT", **date}, 0),
        ({"Retry_After": "soon"}, None),
        ({"Retry_After": "-3"}, None),
        ({"Retry_After": str(365 * 86_400)}, 365 * 86_400),
        ({}, None),
    ):
        async with Loopback(refusal(429, {"error": {"message": "Slow down"}}, **later)) as server:
            outcome = await dialect.ask(server.url)
        failed(outcome, FaultKind.RATE_LIMIT)
        assert outcome.fault is not None
        assert (outcome.fault.retry_after_s, outcome.fault.untaken) == (seconds, True), later
        assert len(server.requests) == 1, "the provider asks once; who asks again is the chat"


@row("N29")
async def faults_of_the_service(dialect: Dialect) -> None:
    for status, body, untaken, more in (
        (500, {"error": {"message": "boom"}}, False, {}),
        (500, {"error": {"message": "boom"}}, True, {"Retry_After": "3"}),
        (502, HTML, False, {}),
        (503, b"", True, {}),
        (529, {"error": {"message": "overloaded"}}, True, {}),
        (599, b"?", False, {}),
    ):
        async with Loopback(refusal(status, body, **more)) as server:
            outcome = await dialect.ask(server.url)
        failed(outcome, FaultKind.SERVER, "The service has a fault", str(status))
        assert "<script>" not in outcome.shown
        assert outcome.fault is not None
        assert outcome.fault.untaken is untaken, status


@row("N30")
async def refusals(dialect: Dialect) -> None:
    for status, kind in (
        (401, FaultKind.AUTH), (402, FaultKind.QUOTA), (403, FaultKind.FORBIDDEN), (404, FaultKind.NOT_FOUND),
        (413, FaultKind.TOO_LARGE), (422, FaultKind.BAD_REQUEST), (400, FaultKind.BAD_REQUEST),
    ):  # fmt: skip
        async with Loopback(refusal(status, {"error": {"message": f"No: {KEY} is not it"}})) as server:
            failed(await dialect.ask(server.url), kind, "No: ")
        assert len(server.requests) == 1


@row("N31")
async def ends_with_a_reason(dialect: Dialect) -> None:
    if dialect.whole:
        return  # its service gives none
    for reason in ("length", "content_filter", *(["tool_calls"] if dialect.name != "responses" else [])):
        async with Loopback(answered(dialect, dialect.reply("Half", reason=reason))) as server:
            outcome = await dialect.ask(server.url)
        assert (outcome.state, outcome.text, outcome.finish) == ("complete", "Half", reason)


@row("N32")
async def nothing_at_all(dialect: Dialect) -> None:
    for status, body in ((200, b""), (204, b""), (200, dialect.reply(""))):
        async with Loopback(answered(dialect, body, status=status)) as server:
            failed(await dialect.ask(server.url), FaultKind.EMPTY, "empty reply")


@row("N33")
async def refusals_of_programs(dialect: Dialect) -> None:
    words = "Misuse detected. Please contact us."
    async with Loopback(answered(dialect, dialect.reply(words))) as server:
        outcome = await dialect.ask(server.url)
    if dialect.name == "pizzagpt":
        failed(outcome, FaultKind.REFUSED_BY_SERVICE, "Misuse detected", "another service")
        assert isinstance(outcome.fault, ValueError)
        assert outcome.text == ""
    else:
        assert (outcome.state, outcome.text) == ("complete", words), "only one service means that by it"


@row("N34")
async def heads_that_are_too_large(dialect: Dialect) -> None:
    for headers in ({f"X-{n}": "b" * 4000 for n in range(256)}, {"X-A": "b" * 20_000}):
        async with Loopback(answered(dialect, dialect.reply("Hello"), headers=headers)) as server:
            failed(await dialect.ask(server.url), FaultKind.DAMAGED, "could not be read")
    reply = Reply(302, headers={"Location": "http://evil.example/\x01\x02<b>"}, end="length")
    async with Loopback(reply) as server:
        outcome = await dialect.ask(server.url)
    assert outcome.state == "failed"
    assert "\x01" not in outcome.shown
    assert "<b>" not in outcome.shown


@row("N38")
async def ten_at_once(dialect: Dialect) -> None:
    good, bad = answered(dialect, dialect.reply("Hello")), refusal(500, {"error": "no"})
    async with Loopback(never) as stuck, Loopback(bad) as broken, Loopback(good) as server:
        waits = asyncio.ensure_future(dialect.ask(stuck.url, Limits(first_byte_s=30)))
        async with asyncio.timeout(10):
            others = await asyncio.gather(
                dialect.ask(broken.url), *(dialect.ask(server.url) for _ in range(25))
            )
        assert not waits.done()
        waits.cancel()
        await asyncio.gather(waits, return_exceptions=True)
    failed(others[0], FaultKind.SERVER)
    assert [outcome.text for outcome in others[1:]] == ["Hello"] * 25


@row("N39")
async def addresses_as_people_type_them(dialect: Dialect) -> None:
    for text, words in (
        ("http://a b.example", "spaces"), ("api.example.com/v1", "lacks its beginning"), ("file:///etc/passwd", "https://"),
        ("ftp://a.example", "https://"), ("http://", "no host"), ("http://me:CANARYpw@a.example", "name and password"),
        ("http://a.example:99999", "port"), ("http://a.example:0", "port"), ("http://a.example/?k=1", "ends before"),
        ("http://a.example/#x", "ends before"), ("http://a..example", "no name of a computer"), ("http://\u202ea.example", "characters"),
        ("javascript:alert(1)", "https://"), ("http://[::1", ""), ("http://a\\b.example", "characters"),
    ):  # fmt: skip
        outcome = await dialect.ask(text)
        failed(outcome, FaultKind.SETTINGS, words)
        assert "CANARYpw" not in outcome.shown
    async with Loopback(answered(dialect, dialect.reply("Hello"))) as server:
        for text in (server.url, f"{server.url}/", f" {server.url}//", f"{server.url}/some/path/"):
            assert (await dialect.ask(text)).text == "Hello"


@row("N40")
async def lists_of_models(dialect: Dialect) -> None:
    ask = getattr(dialect.provider, "list_models", None)
    if ask is None:
        return  # its models are known
    names = [f"<img src=x onerror=alert(1)>-{number}-{'x' * 450}" for number in range(10_000)]
    field = "models" if dialect.name == "ollama" else "data"
    body = json.dumps({field: [{"id": name, "name": name} for name in names]}).encode()
    assert len(body) > 5_000_000
    begun = time.process_time()
    async with Loopback(refusal(200, body)) as server:
        assert await ask(base_url=server.url, api_key=KEY) == [
            name[:499] + "…" if len(name) > 500 else name for name in names
        ]
    assert time.process_time() - begun < 10
    for nothing in (b"[7]", b'{"data": 7, "models": 7}', b"<html>", b"{"):
        async with Loopback(refusal(200, nothing)) as server:
            with pytest.raises(Fault) as caught:
                await ask(base_url=server.url, api_key=KEY)
        assert caught.value.kind is FaultKind.NOT_THE_API


@row("L05")
async def the_server_of_local_models(dialect: Dialect) -> None:
    outcome = await dialect.ask("http://127.0.0.1:1")
    failed(outcome, FaultKind.NETWORK, "Nothing answers at 127.0.0.1:1.")
    missing = {"error": "model 'm' not found"}
    async with Loopback(refusal(404, missing)) as server:
        gone = await dialect.ask(server.url)
    failed(gone, FaultKind.NOT_FOUND, "model 'm' not found")
    async with Loopback(
        refusal(503, {"error": {"message": "Loading model", "type": "unavailable_error"}})
    ) as server:
        loading = await dialect.ask(server.url)
    failed(loading, FaultKind.SERVER, "still being loaded")
    async with Loopback(never) as server:
        failed(await dialect.ask(server.url, QUICK), FaultKind.TIME_OUT, "did not begin to answer")
    if dialect.name == "ollama":
        assert "ollama serve" in outcome.shown
        assert "ollama pull m" in gone.shown
        async with Loopback(Reply(404, "text/plain", body=b"404 page not found", end="length")) as server:
            failed(await dialect.ask(server.url), FaultKind.NOT_FOUND, "too old", "ollama --version")


SLICE = ("N10", "N24", "N27", "N28", "N29", "N30", "N32", "N34", "N38", "L05")


@pytest.mark.parametrize(("name", "dialect"), cases(ROWS, SLICE))
async def test_what_is_answered(name: str, dialect: str) -> None:
    await ROWS[name](DIALECTS[dialect])


def test_no_row_of_the_model_is_missing() -> None:
    model = json.loads((CORPUS / "faults.json").read_text("utf-8"))
    wanted = {fault["id"] for fault in model if fault["area"] == "network"} | {"L05"}
    assert len(wanted) == 41
    assert set(ROWS) | set(ON_THE_WAY) | set(ELSEWHERE) == wanted
    assert len(ROWS) + len(ON_THE_WAY) + len(ELSEWHERE) == len(wanted)
