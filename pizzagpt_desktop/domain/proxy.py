"""Proxy settings as values: parse, validate, redact, and which targets go round the proxy; opens no socket."""

from dataclasses import dataclass
from enum import StrEnum


class ProxyMode(StrEnum):
    """Where the route comes from."""

    SYSTEM = "system"
    NONE = "none"
    MANUAL = "manual"


class ProxyScheme(StrEnum):
    """How the proxy itself is spoken to. SOCKS4a and SOCKS5h look names up at the proxy."""

    HTTP = "http"
    HTTPS = "https"
    SOCKS4 = "socks4"
    SOCKS4A = "socks4a"
    SOCKS5 = "socks5"
    SOCKS5H = "socks5h"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProxySettings:
    """A proxy as the user set it; its password is kept apart, in the key store.

    bypass: hosts, `.suffixes`, addresses, CIDR blocks, each with an optional `:port`. Loopback is always bypassed
    unless `for_loopback`.
    """

    mode: ProxyMode = ProxyMode.SYSTEM
    scheme: ProxyScheme = ProxyScheme.HTTP
    host: str = ""
    port: int = 0
    username: str = ""
    bypass: tuple[str, ...] = ()
    for_loopback: bool = False
