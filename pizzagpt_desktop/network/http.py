"""One HTTP request at a time, bounded in time and size, its failures as faults; knows no service.

The only place with a `ClientSession`. A session and its connection serve one request: nothing is pooled, so
that no request is lost on a connection its server has given up, and no two answers can mix.
aiohttp is imported with the first request, because its import doubles the time to the first window.
"""

import asyncio
import functools
import io
import ssl
from collections.abc import AsyncIterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pizzagpt_desktop.domain.addresses import host_and_port, host_words, is_nearby
from pizzagpt_desktop.domain.faults import Fault, FaultKind
from pizzagpt_desktop.domain.steps import Step, tell
from pizzagpt_desktop.domain.trust import NO_TRUST
from pizzagpt_desktop.network.causes import fault_of, library_errors, proxy_refusal, time_out_connecting
from pizzagpt_desktop.network.decode import BODY_LIMIT, too_large
from pizzagpt_desktop.network.keepalive import watch
from pizzagpt_desktop.network.route import Proxy, connector, refuse_beyond, request_options
from pizzagpt_desktop.network.tls import Meter, Terms, context_for, system_context

if TYPE_CHECKING:
    import aiohttp


SLICE = 16 * 1024
"""Bytes that are worked on before the loop may turn again."""
BREATH_S = 0.008
LONG_BODY = 256 * 1024
"""Bytes of a request that are sent in one go."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How long to wait, in seconds: for the connection, for the first byte and the first text, between texts."""

    connect_s: float = 15.0
    first_byte_s: float = 60.0
    silence_s: float = 120.0


LOCAL_WAIT_S = 600.0


def limits_for(url: str, local_wait_s: float = LOCAL_WAIT_S) -> Limits:
    """The usual limits. A model on this computer or in its network may need minutes to load, or for a long prompt."""
    if not is_nearby(host_and_port(url)[0]):
        return Limits()
    return Limits(first_byte_s=local_wait_s, silence_s=local_wait_s)


class Answer:
    """The head of an answer, and its body in pieces as they come.

    The wait for the next piece is counted from the last `progressed()`, which the reader calls when something
    for the user came: keep-alives are no progress. `headers` finds names in any case.
    """

    def __init__(
        self, response: "aiohttp.ClientResponse", url: str, proxy: Proxy | None, limits: Limits
    ) -> None:
        self.status: int = response.status
        self.reason: str = response.reason or ""
        self.headers: Mapping[str, str] = response.headers
        self.content_type: str = response.content_type.lower()
        self.charset: str = response.charset or ""
        self.url = url
        self.proxy = proxy
        self._content = response.content
        self._limits = limits
        self._failed: Fault | None = None
        self._errors = library_errors(proxy)
        self._clock = asyncio.get_running_loop().time
        self._wait_s = max(limits.first_byte_s, limits.silence_s)
        self._deadline = self._clock() + self._wait_s
        self._overdue = False
        self._breathed = self._clock()
        self._held = b""
        self._at = 0
        self.meter: Meter | None = None

    def progressed(self) -> None:
        """Something for the user came: the wait begins anew."""
        self._overdue = False
        self._wait_s = self._limits.silence_s
        self._deadline = self._clock() + self._wait_s

    def ends_within(self, seconds: float) -> None:
        """The reply is whole; what may still come has this long."""
        self._wait_s = min(seconds, self._limits.silence_s)
        self._deadline = self._clock() + self._wait_s

    async def read(self) -> bytes:
        """The next piece as it came, at most `SLICE` bytes, b"" at the end; raises Fault.

        Lets the loop turn between pieces, however fast they come.
        """
        now = self._clock()
        if now - self._breathed > BREATH_S:
            await asyncio.sleep(0)
            self._breathed = self._clock()
        if self._at >= len(self._held):
            self._held = await self._arrived(now)
            self._at = 0
            if self.meter is not None:
                self.meter.received += len(self._held)
        start = self._at
        self._at += SLICE
        return self._held[start : self._at]

    async def _arrived(self, now: float) -> bytes:
        if self._failed is not None:
            raise self._failed
        if now > self._deadline:
            # What is here may have waited for a computer that slept; what comes after it without progress has not.
            if self._overdue:
                raise self._silence()
            self._overdue = True
        try:
            # Every read has its own limit: a malformed chunk header makes aiohttp wait for ever.
            async with asyncio.timeout_at(self._deadline):
                piece = await self._content.readany()
                self._breathed = self._clock()
                return piece
        except TimeoutError:
            if self._content._buffer:
                return self._content.read_nowait()
            raise self._silence() from None
        except self._errors as error:
            fault = fault_of(error, url=self.url, proxy=self.proxy)
        # WORKAROUND(aiohttp 3.14): after a failure `readany` no longer gives what had arrived before it.
        left = self._content._read_nowait(-1) if self._content._buffer else b""
        if not left:
            raise fault
        self._failed = fault
        return left

    def _silence(self) -> Fault:
        return Fault(
            FaultKind.TIME_OUT, f"{host_words(self.url)} sent nothing for {self._wait_s:.0f} seconds."
        )

    async def body(self, limit: int = BODY_LIMIT, seconds: float | None = None) -> bytes:
        """The whole body; raises Fault(TOO_LARGE) beyond `limit` decoded bytes.

        seconds: the most that all of it may take, where there is no word of it to wait for; a reply has no such limit.
        """
        pieces: list[bytes] = []
        size = 0
        end = None if seconds is None else self._clock() + seconds
        while piece := await self.read():
            self.progressed()
            if end is not None and self._clock() > end:
                raise Fault(
                    FaultKind.TIME_OUT,
                    f"{host_words(self.url)} did not end its answer in {seconds:.0f} seconds.",
                )
            size += len(piece)
            if size > limit:
                raise too_large("The answer", limit)
            pieces.append(piece)
        return b"".join(pieces)

    async def beginning(self, limit: int, seconds: float = 10.0) -> bytes:
        """As much of the body as comes within `limit` bytes and `seconds`: for the words of a refusal."""
        self._deadline = self._clock() + seconds
        got = b""
        with suppress(Fault):
            while len(got) < limit and (piece := await self.read()):
                got += piece
        return got[:limit]


@asynccontextmanager
async def open_http(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str],
    body: bytes | None = None,
    proxy: Proxy | None = None,
    limits: Limits | None = None,
    terms: Terms | None = None,
    detours: bool = False,
) -> AsyncIterator[Answer]:
    """Send one request and give its answer, whatever its status; raises Fault.

    detours: whether a redirect is an answer too: for who carries neither key nor prompt and looks at the target.
    No redirect is followed (Fault REDIRECT names its target), no cookie is kept, neither the environment nor
    .netrc is read, certificates are checked against the system's store and what `terms` add to it. Leaving the
    block closes the connection.
    """
    limits = limits or limits_for(url)
    terms = terms or Terms()
    if terms.local_only:
        refuse_beyond(url, proxy)
    loop = asyncio.get_running_loop()
    tell(Step.CONNECTING)
    tls = await context_of(url, terms)
    import aiohttp

    from pizzagpt_desktop.network.one_answer import OneAnswer

    connected = False
    waiting = asyncio.timeout_at(loop.time() + limits.connect_s)

    async def on_connected(*_: Any) -> None:
        nonlocal connected
        connected = True
        tell(Step.SENT)
        waiting.reschedule(loop.time() + limits.first_byte_s)

    trace = aiohttp.TraceConfig()
    trace.on_connection_create_end.append(on_connected)
    options, proxy_headers = request_options(url, proxy)
    session: aiohttp.ClientSession | None = None
    response: aiohttp.ClientResponse | None = None
    try:
        try:
            way = connector(proxy, tls)
            way._factory = functools.partial(OneAnswer, loop=loop)  # type: ignore[assignment]  # one is the other
            session = aiohttp.ClientSession(
                connector=way,
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=aiohttp.ClientTimeout(
                    total=None, connect=limits.connect_s, sock_connect=limits.connect_s
                ),
                trust_env=False,
                trace_configs=[trace],
            )
            async with waiting:
                response = await session.request(
                    method,
                    url,
                    # A long body goes out a piece in a turn of the loop; as bytes it would go at once.
                    data=io.BytesIO(body) if body is not None and len(body) > LONG_BODY else body,
                    # Compressed streams come in lumps, and there is nothing to gain.
                    headers={"Accept-Encoding": "identity", **headers, **proxy_headers},
                    allow_redirects=False,
                    **options,
                )
            tell(Step.ANSWERING)
            if response.connection is not None and response.connection.transport is not None:
                watch(response.connection.transport.get_extra_info("socket"))  # also of a SOCKS proxy's
            answer = Answer(response, url, proxy, limits)
            answer.meter = terms.meter
            if terms.meter is not None:
                terms.meter.sent += len(body or b"")
        except library_errors(proxy) as error:
            if isinstance(error, TimeoutError) and connected:
                raise Fault(
                    FaultKind.TIME_OUT,
                    f"{host_words(url)} did not begin to answer within {limits.first_byte_s:.0f} seconds.",
                ) from None
            if isinstance(error, TimeoutError):
                raise time_out_connecting(url, proxy) from None
            raise fault_of(error, url=url, proxy=proxy, connecting=not connected) from None
        if not (detours and 300 <= answer.status < 400):
            await _refuse_detours(answer)
        yield answer
    finally:
        if response is not None:
            response.close()
        if session is not None:
            await session.close()


async def _refuse_detours(answer: Answer) -> None:
    """Raise for answers that come from somewhere else, or point somewhere else."""
    proxy = answer.proxy
    if answer.status == 407:
        raise proxy_refusal(407, proxy)
    if 300 <= answer.status < 400:
        target = redirect_target(answer.headers.get("Location", ""))
        raise Fault(
            FaultKind.REDIRECT,
            f"The service wants to send you to {target}. Not followed.",
            hint="If you know that address, put it into the preferences.",
        )
    through = proxy is not None and proxy.speaks_http and answer.url.startswith("http:")
    page = answer.content_type == "text/html" and "Via" not in answer.headers
    if through and page and answer.status in (401, 403, 500, 502, 503, 504):
        # For http:// targets a proxy's own page looks like the service's, but for the `Via` of what it forwards;
        # tinyproxy says 401 to a wrong login.
        raise proxy_refusal(answer.status, proxy)


def redirect_target(location: str) -> str:
    """Where a redirect points, as it may be shown: scheme and host, or a path on the same host."""
    from urllib.parse import urlsplit

    from pizzagpt_desktop.domain.text import shown

    try:
        parts = urlsplit(location.strip())
        host = parts.hostname or ""
        port = f":{parts.port}" if parts.port else ""
        host = f"[{host}]" if ":" in host else host.encode("idna").decode("ascii")
    except (ValueError, UnicodeError):
        return "an address that cannot be read"
    if host:
        return shown(f"{parts.scheme + '://' if parts.scheme else ''}{host}{port}")
    return shown(parts.path)[:100] or "another address"


async def context_of(url: str, terms: Terms) -> ssl.SSLContext:
    """The context for a connection, made in a thread where that takes a while: the loop goes on."""
    if terms.trust == NO_TRUST and system_context.cache_info().currsize:
        return system_context()

    def load() -> ssl.SSLContext:
        import aiohttp  # noqa: F401  (so that it is there when the request imports it)

        return context_for(url, terms)

    loader = ThreadPoolExecutor(1, "loading")
    try:
        return await asyncio.get_running_loop().run_in_executor(loader, load)
    finally:
        loader.shutdown(wait=False)
