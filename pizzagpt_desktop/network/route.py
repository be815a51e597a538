"""From proxy settings to the way a request takes: which proxy, in which words, by which connector; sends nothing."""

import base64
import os
import ssl
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pizzagpt_desktop.domain.addresses import host_and_port, is_loopback, shown_host_words
from pizzagpt_desktop.domain.faults import Fault, FaultKind
from pizzagpt_desktop.domain.proxy import (
    ProxyMode,
    ProxyScheme,
    ProxySettings,
    bypasses,
    environment_proxy,
    parse_proxy_url,
    proxy_url,
    validate,
)

if TYPE_CHECKING:
    import aiohttp

_HTTP = frozenset({ProxyScheme.HTTP, ProxyScheme.HTTPS})
_HAS_SETTINGS = sys.platform in ("win32", "darwin")
_REMOTE_NAMES = frozenset({ProxyScheme.SOCKS4A, ProxyScheme.SOCKS5H})


@dataclass(frozen=True, slots=True)
class Proxy:
    """One proxy on the way, with its password, which no text made here holds."""

    settings: ProxySettings
    password: str = field(default="", repr=False)

    @property
    def name(self) -> str:
        """Host and port, as people know it."""
        host = self.settings.host
        return f"[{host}]:{self.settings.port}" if ":" in host else f"{host}:{self.settings.port}"

    @property
    def speaks_http(self) -> bool:
        return self.settings.scheme in _HTTP

    @property
    def has_login(self) -> bool:
        return bool(self.settings.username or self.password)

    @property
    def url(self) -> str:
        """With the login: for providers, never to be shown."""
        return proxy_url(self.settings, self.password)

    @property
    def authorization(self) -> str:
        """The value of `Proxy-Authorization` (RFC 7617), "" without a login."""
        if not self.has_login:
            return ""
        login = f"{self.settings.username}:{self.password}".encode()
        return "Basic " + base64.b64encode(login).decode("ascii")

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must never be shown: the password, also in its form on the wire."""
        if not self.password:
            return ()
        return (
            self.password,
            self.authorization.removeprefix("Basic "),
            self.url.partition("//")[2].partition("@")[0],
        )


SystemProxy = Callable[[str], str]
"""The address of the proxy that the system wants for a URL (scheme, host and port), "" for none; may raise Fault."""


def proxy_for(
    url: str, settings: ProxySettings, password: str = "", system: SystemProxy | None = None
) -> Proxy | None:
    """The proxy a request to `url` goes through by these settings and the system's, None for straight.

    system: asked where the environment names no proxy; without it, what the standard library knows of the system.

    Raises Fault(SETTINGS) where the settings cannot work.
    """
    if settings.mode is ProxyMode.NONE:
        return None
    host, port = host_and_port(url)
    if bypasses(settings, host, port):
        return None
    if settings.mode is ProxyMode.SYSTEM:
        return _system_proxy(url.partition(":")[0], host, port, system)
    try:
        validate(settings)
    except ValueError as error:
        raise Fault(FaultKind.SETTINGS, str(error), hint="Check the proxy in the preferences.") from None
    return Proxy(settings, password)


def _system_proxy(scheme: str, host: str, port: int, system: SystemProxy | None) -> Proxy | None:
    text = environment_proxy(os.environ, scheme, host, port)
    if text is None:
        shown = f"[{host}]" if ":" in host else host
        text = (
            system(f"{scheme}://{shown}:{port}/") if system is not None else _registered(scheme, shown, port)
        )
    return from_url(text, "The system's proxy: ") if text else None


def _registered(scheme: str, host: str, port: int) -> str:
    """The proxy in the settings of Windows or macOS, as the standard library reads them; no PAC."""
    if not _HAS_SETTINGS:
        return ""
    import urllib.request

    known = urllib.request.getproxies()
    text = known.get(scheme) or ""
    if not text and (socks := known.get("socks")):
        text = socks if "://" in socks else f"socks5://{socks}"
    return "" if text and urllib.request.proxy_bypass(f"{host}:{port}") else text


def from_url(text: str, where: str = "") -> Proxy:
    """The proxy that an address names; raises Fault(SETTINGS) with words where it is none."""
    try:
        settings, password = parse_proxy_url(text, guess_port=True)
    except ValueError as error:
        raise Fault(
            FaultKind.SETTINGS, f"{where}{error}", hint="Check the proxy in the preferences."
        ) from None
    return Proxy(settings, password)


def words(url: str, proxy: Proxy | None) -> str:
    """Where a request goes: "api.example.com", "api.example.com via proxy corp:8080"."""
    return f"{shown_host_words(url)} via proxy {proxy.name}" if proxy else shown_host_words(url)


def refuse_beyond(url: str, proxy: Proxy | None = None) -> None:
    """Raise Fault(SETTINGS) where a request would leave this computer; looks nothing up."""
    host = host_and_port(url)[0]
    if not is_loopback(host):
        who = (
            f"{shown_host_words(url)} is"
            if host
            else "This service does not say where it sends, so it may be"
        )
    elif proxy is not None and not is_loopback(proxy.settings.host):
        who = f"The proxy {proxy.name} is"
    else:
        return
    raise Fault(
        FaultKind.SETTINGS,
        f"{who} another computer, and “Local only” is on. Nothing was looked up or sent.",
        hint="Choose a service on this computer, or turn “Local only” off in the preferences.",
    )


def connector(proxy: Proxy | None, tls: ssl.SSLContext) -> "aiohttp.BaseConnector":
    """A connector for one request: straight or to an HTTP proxy by aiohttp itself, through SOCKS by aiohttp-socks."""
    import aiohttp

    if proxy is None or proxy.speaks_http:
        from pizzagpt_desktop.network.keepalive import made
        from pizzagpt_desktop.network.names import NEXT_ADDRESS_S, Names

        return aiohttp.TCPConnector(
            ssl=tls,
            force_close=True,
            resolver=Names(),
            happy_eyeballs_delay=NEXT_ADDRESS_S,
            socket_factory=made,
        )
    from pizzagpt_desktop.network.socks import ProxyType, SocksConnector

    settings = proxy.settings
    four = settings.scheme in (ProxyScheme.SOCKS4, ProxyScheme.SOCKS4A)
    return SocksConnector(
        host=settings.host,
        port=settings.port,
        proxy_type=ProxyType.SOCKS4 if four else ProxyType.SOCKS5,
        username=settings.username or ("" if proxy.password else None),
        password=proxy.password or ("" if settings.username else None),
        rdns=settings.scheme in _REMOTE_NAMES,
        ssl=tls,
        force_close=True,
    )


def request_options(url: str, proxy: Proxy | None) -> tuple[dict[str, Any], dict[str, str]]:
    """What aiohttp's `request` needs for an HTTP proxy: its own options, and headers for the request itself.

    The login goes to the proxy only: in CONNECT for https targets; for http targets, whose request the proxy
    itself reads, among the request's headers.
    """
    if proxy is None or not proxy.speaks_http:
        return {}, {}
    options: dict[str, Any] = {"proxy": proxy_url(_without_login(proxy.settings))}
    login = {"Proxy-Authorization": proxy.authorization} if proxy.has_login else {}
    if url.startswith("https:"):
        options["proxy_headers"] = login
        return options, {}
    return options, login


def _without_login(settings: ProxySettings) -> ProxySettings:
    return ProxySettings(
        mode=ProxyMode.MANUAL, scheme=settings.scheme, host=settings.host, port=settings.port
    )
