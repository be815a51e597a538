"""The way to a service walked step by step, each with its time and its words; sends no request and no key.

Name look-up, connection, proxy, its login, TLS: what a request does in one go, and fails at in one word.
"""

import asyncio
import re
import socket
import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from typing import TypeVar

from pizzagpt_desktop.domain.addresses import host_and_port, is_loopback, shown_host
from pizzagpt_desktop.domain.certificates import facts_of
from pizzagpt_desktop.domain.faults import Fault, FaultKind
from pizzagpt_desktop.domain.proxy import ProxyScheme
from pizzagpt_desktop.domain.trial import State, Step
from pizzagpt_desktop.domain.trust import CertificateFacts
from pizzagpt_desktop.network.causes import fault_of, library_errors, proxy_refusal, time_out_connecting
from pizzagpt_desktop.network.http import context_of
from pizzagpt_desktop.network.names import AddressInfo, addresses_of, connected
from pizzagpt_desktop.network.route import Proxy, refuse_beyond
from pizzagpt_desktop.network.tls import CertificateChanged, Terms, context_to_look

STEP_S = 15.0
"""The longest that one step may take."""
OWN_SERVER = "If it is your own server, compare the fingerprint of its certificate; then it can be trusted."
_HEAD = 64 * 1024
_STATUS = re.compile(rb"HTTP/1\.[01] (\d{3})")
_LOCAL_LOOK_UP = frozenset({ProxyScheme.SOCKS4, ProxyScheme.SOCKS5})

T = TypeVar("T")
Tell = Callable[[Step], None]


@dataclass
class Seen:
    """What the walk found besides its steps. refusal: that the service's certificate is not trusted.

    certificate: that one, if it was signed by itself.
    """

    certificate: CertificateFacts | None = None
    refusal: Fault | None = None


async def walk(url: str, proxy: Proxy | None, terms: Terms, tell: Tell) -> Seen:
    """Walk to the service at `url`, telling each step; raises Fault where one failed, which was told too.

    A certificate that is not trusted is told as a failure, and raises nothing: see `Seen`.
    """
    seen = Seen()
    if terms.local_only:
        refuse_beyond(url, proxy)
    host, port = host_and_port(url)
    first, first_port = (proxy.settings.host, proxy.settings.port) if proxy else (host, port)
    steps = _Steps(url, proxy, tell)
    found = await _look_up(steps, first, first_port)
    with steps.taking("connection") as step:
        sock = await _bounded(connected(found), url, proxy)
        address, its_port = sock.getpeername()[:2]
        shown = f"[{address}]:{its_port}" if ":" in address else f"{address}:{its_port}"
        step.words = f"{'The proxy' if proxy else 'A server'} takes connections at {shown}."
    try:
        async with _through(steps, sock, url, proxy, terms) as (reader, writer):
            if not url.startswith("https:"):
                tell(
                    Step(
                        name="tls",
                        state=State.SKIPPED,
                        words="Not encrypted: the address begins with http://."
                        + (
                            " It is this computer."
                            if is_loopback(host)
                            else " Whoever carries it can read it."
                        ),
                    )
                )
                return seen
            await _secure(steps, reader, writer, url, terms)
    except _NotTrusted as refusal:
        seen.refusal = refusal.fault
        seen.certificate = await _shown(url, proxy, refusal.der)
    return seen


@dataclass
class _Taking:
    words: str = ""
    skipped: bool = False


class _NotTrusted(Exception):
    """The service's certificate was refused. der: the certificate, where it is known already."""

    def __init__(self, fault: Fault, der: bytes) -> None:
        super().__init__(fault)
        self.fault = fault
        self.der = der


class _Steps:
    """Tells steps as they end, and failures in the words of the cause."""

    def __init__(self, url: str, proxy: Proxy | None, tell: Tell) -> None:
        self.url = url
        self.proxy = proxy
        self.tell = tell

    @contextmanager
    def taking(self, name: str) -> Iterator[_Taking]:
        """Time one step; what it raises becomes a Fault, told as its failure."""
        step, begun = _Taking(), time.monotonic()
        failures: tuple[type[Exception], ...] = (*library_errors(self.proxy), Fault, _NotTrusted)
        try:
            yield step
        except failures as error:
            fault = (
                error.fault
                if isinstance(error, _NotTrusted)
                else fault_of(error, url=self.url, proxy=self.proxy, connecting=True)
            )
            self.tell(
                Step(
                    name=name,
                    state=State.FAILED,
                    words=fault.detail,
                    hint=fault.hint,
                    seconds=time.monotonic() - begun,
                )
            )
            if isinstance(error, _NotTrusted):
                raise
            raise fault from None
        state = State.SKIPPED if step.skipped else State.OK
        seconds = None if step.skipped else time.monotonic() - begun
        self.tell(Step(name=name, state=state, words=step.words, seconds=seconds))


async def _look_up(steps: _Steps, host: str, port: int) -> list[AddressInfo]:
    proxy, target = steps.proxy, host_and_port(steps.url)[0]
    with steps.taking("name") as step:
        found = await _bounded(addresses_of(host, port), steps.url, proxy)
        places = list(dict.fromkeys(str(item[4][0]) for item in found))
        is_name = places != [host]
        shown = ", ".join(places[:3]) + (", …" if len(places) > 3 else "")
        step.words = f"{shown_host(host)} is {shown}." if is_name else f"{host} is an address already."
        if proxy is None:
            return found
        if proxy.settings.scheme in _LOCAL_LOOK_UP:
            # The service's own name is looked up here too: a failure is told now, not as the proxy's.
            behind = await _bounded(addresses_of(target, 0), steps.url, None)
            step.words += f" {shown_host(target)} is {behind[0][4][0]}; it was looked up here."
        else:
            step.words += f" {shown_host(target)} is looked up by the proxy."
    return found


@asynccontextmanager
async def _through(
    steps: _Steps, sock: socket.socket, url: str, proxy: Proxy | None, terms: Terms
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """A stream to the service, or to the proxy that reads its requests; ends with the block."""
    host, port = host_and_port(url)
    writer: asyncio.StreamWriter | None = None
    try:
        if proxy is None:
            reader, writer = await asyncio.open_connection(sock=sock)
        elif not proxy.speaks_http:
            sock.close()
            sock = await _socks(steps, proxy, host, port)
            reader, writer = await asyncio.open_connection(sock=sock)
        else:
            reader, writer = await _to_http_proxy(steps, sock, proxy, terms)
            if url.startswith("https:"):
                await _tunnel(steps, reader, writer, proxy, host, port)
            else:
                steps.tell(
                    Step(
                        name="login",
                        state=State.SKIPPED,
                        words="The proxy sees name and password with the request itself.",
                    )
                )
        yield reader, writer
    finally:
        if writer is not None:
            writer.transport.abort()
        else:
            sock.close()


async def _to_http_proxy(
    steps: _Steps, sock: socket.socket, proxy: Proxy, terms: Terms
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    with steps.taking("proxy") as step:
        if proxy.settings.scheme is ProxyScheme.HTTPS:
            tls = await context_of(steps.url, terms)
            opening = asyncio.open_connection(sock=sock, ssl=tls, server_hostname=proxy.settings.host)
            streams = await _bounded(opening, steps.url, proxy)
            step.words = f"The proxy {proxy.name} is spoken to over https."
            return streams
        step.words = f"The proxy {proxy.name} is spoken to over http."
        return await asyncio.open_connection(sock=sock)


async def _tunnel(
    steps: _Steps,
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    proxy: Proxy,
    host: str,
    port: int,
) -> None:
    """Ask an HTTP proxy to carry to the service."""
    target = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    login = f"Proxy-Authorization: {proxy.authorization}\r\n" if proxy.has_login else ""
    with steps.taking("login") as step:
        writer.write(f"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n{login}\r\n".encode("ascii"))
        try:
            head = await _bounded(reader.readuntil(b"\r\n\r\n"), steps.url, proxy)
        except asyncio.IncompleteReadError as cut:
            head = cut.partial
        except asyncio.LimitOverrunError:
            head = b""
        status = _STATUS.match(head[:_HEAD])
        if status is None:
            raise Fault(
                FaultKind.PROXY,
                f"The proxy {proxy.name} does not answer like an HTTP proxy.",
                hint="Check the proxy in the preferences.",
            )
        if not 200 <= (code := int(status[1])) < 300:
            raise proxy_refusal(code, proxy)
        step.words = (
            "The proxy accepted name and password, and reached the service."
            if proxy.has_login
            else "The proxy wants none, and reached the service."
        )


async def _socks(steps: _Steps, proxy: Proxy, host: str, port: int) -> socket.socket:
    from python_socks.async_.asyncio import Proxy as SocksProxy

    from pizzagpt_desktop.network.names import living_address
    from pizzagpt_desktop.network.socks import ProxyType

    settings = proxy.settings
    four = settings.scheme in (ProxyScheme.SOCKS4, ProxyScheme.SOCKS4A)
    with steps.taking("login") as step:
        made = SocksProxy(
            ProxyType.SOCKS4 if four else ProxyType.SOCKS5,
            await living_address(settings.host, settings.port),
            settings.port,
            username=settings.username or ("" if proxy.password else None),
            password=proxy.password or ("" if settings.username else None),
            rdns=settings.scheme not in _LOCAL_LOOK_UP,
        )
        found = await _bounded(made.connect(host, port, timeout=STEP_S), steps.url, proxy)
        accepted = "accepted name and password" if proxy.has_login else "wants none"
        step.words = f"The proxy {accepted}, and reached the service."
    return found


async def _secure(
    steps: _Steps, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, url: str, terms: Terms
) -> None:
    with steps.taking("tls") as step:
        context = await context_of(url, terms)
        try:
            await _bounded(writer.start_tls(context, server_hostname=host_and_port(url)[0]), url, steps.proxy)
        except ssl.SSLCertVerificationError as error:
            fault = fault_of(error, url=url, proxy=steps.proxy, connecting=True)
            hint = OWN_SERVER if fault.hint else ""
            raise _NotTrusted(
                Fault(fault.kind, fault.detail, hint=hint), getattr(error, "der", b"")
            ) from None
        der = writer.get_extra_info("ssl_object").getpeercert(True) or b""
        step.words = _certificate_words(der, pinned=bool(terms.trust.pinned(url)))


def _certificate_words(der: bytes, *, pinned: bool) -> str:
    try:
        facts = facts_of(der)
    except ValueError:
        return "The certificate is trusted."
    if pinned:
        return f"The certificate that you trusted: {facts.subject}, good until {facts.ends}."
    return f"The certificate of {facts.subject} was issued by {facts.issuer} and is good until {facts.ends}."


async def _shown(url: str, proxy: Proxy | None, der: bytes) -> CertificateFacts | None:
    """The facts of a refused certificate, if it was signed by itself: only such a one may be trusted alone."""
    if not der:
        with suppress(*library_errors(proxy), Fault, CertificateChanged):
            der = await _look(url, proxy)
    try:
        facts = facts_of(der)
    except ValueError:
        return None
    return facts if facts.self_signed else None


async def _look(url: str, proxy: Proxy | None) -> bytes:
    """The certificate that the service at `url` shows; nothing is sent to it."""
    host, port = host_and_port(url)
    first = (proxy.settings.host, proxy.settings.port) if proxy else (host, port)
    quiet = _Steps(url, proxy, lambda _step: None)
    sock = await _bounded(connected(await addresses_of(*first)), url, proxy)
    async with _through(quiet, sock, url, proxy, Terms()) as (_reader, writer):
        try:
            await _bounded(writer.start_tls(context_to_look(host), server_hostname=host), url, proxy)
        except CertificateChanged as seen:
            return seen.der
    return b""


async def _bounded(step: Awaitable[T], url: str, proxy: Proxy | None) -> T:
    try:
        async with asyncio.timeout(STEP_S):
            return await step
    except TimeoutError:
        raise time_out_connecting(url, proxy) from None
