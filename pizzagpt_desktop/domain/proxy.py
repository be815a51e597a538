"""Proxy settings as values: parse, validate, redact, and which targets go round the proxy; opens no socket."""

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import quote, unquote, urlsplit

from pizzagpt_desktop.domain.addresses import host_name, is_loopback


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


DEFAULT_PORTS = {
    ProxyScheme.HTTP: 80,
    ProxyScheme.HTTPS: 443,
    ProxyScheme.SOCKS4: 1080,
    ProxyScheme.SOCKS4A: 1080,
    ProxyScheme.SOCKS5: 1080,
    ProxyScheme.SOCKS5H: 1080,
}
_OTHER_NAMES = {"socks": ProxyScheme.SOCKS5, "socks4": ProxyScheme.SOCKS4}
_USER_PART = re.compile(r"(?<=//)[^/?#\s@]*(?:@[^/?#\s@]*)*@")


def redacted(text: str) -> str:
    """`text` without the name and password of any address in it."""
    return _USER_PART.sub("…@", text)


def parse_proxy_url(text: str, *, guess_port: bool = False) -> tuple[ProxySettings, str]:
    """Read `scheme://name:password@host:port`, where all but host and port may be missing, into settings and password.

    guess_port: a missing port becomes the scheme's usual one, as the variables of the environment mean it.
    Raises ValueError with words for people, which never hold the password.
    """
    text = text.strip()
    if not text:
        raise ValueError("Type the proxy's address, for example corp:8080.")
    if any(char.isspace() or not char.isprintable() for char in text):
        raise ValueError("A proxy's address has no spaces or line breaks.")
    scheme_name, given, rest = text.partition("://")
    if not given:
        scheme_name, rest = "http", text
    name = scheme_name.lower()
    try:
        scheme = _OTHER_NAMES.get(name) or ProxyScheme(name)
    except ValueError:
        known = ", ".join(s.value for s in ProxyScheme)
        raise ValueError(f"“{scheme_name}” is no kind of proxy. Known are: {known}.") from None
    rest = rest.rstrip("/")
    user_part, _, address = rest.rpartition("@")
    if any(char in address for char in "/?#"):
        raise ValueError("A proxy's address is only a host and a port, for example corp:8080.")
    host, port = _host_and_port(address)
    if port is None:
        if not guess_port:
            raise ValueError("The proxy's port is missing, for example corp:8080.")
        port = DEFAULT_PORTS[scheme]
    username, _, password = user_part.partition(":")
    settings = ProxySettings(
        mode=ProxyMode.MANUAL, scheme=scheme, host=host, port=port, username=unquote(username)
    )
    validate(settings)
    return settings, unquote(password)


def _host_and_port(address: str) -> tuple[str, int | None]:
    try:
        parts = urlsplit(f"//{address}")
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise ValueError("The proxy's port is a number from 1 to 65535, for example corp:8080.") from None
    return host, port


def validate(settings: ProxySettings) -> None:
    """Raise ValueError, with words for people, where these settings cannot work."""
    for entry in settings.bypass:
        _check_bypass(entry)
    if settings.mode is not ProxyMode.MANUAL:
        return
    if not settings.host:
        raise ValueError("The proxy's host is missing.")
    if not 1 <= settings.port <= 65535:
        raise ValueError("The proxy's port is a number from 1 to 65535.")
    if any(not char.isprintable() for char in settings.username):
        raise ValueError("The proxy's user name has characters that cannot be typed.")
    if settings.scheme in (ProxyScheme.HTTP, ProxyScheme.HTTPS) and ":" in settings.username:
        raise ValueError("The user name of an HTTP proxy has no colon.")
    host_name(settings.host)


def proxy_url(settings: ProxySettings, password: str = "") -> str:
    """The address with its login, as providers take it; for the wire only, never to be shown or stored."""
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    login = ""
    if settings.username or password:
        login = quote(settings.username, safe="")
        if password:
            login += ":" + quote(password, safe="")
        login += "@"
    return f"{settings.scheme.value}://{login}{host}:{settings.port}"


def bypasses(settings: ProxySettings, host: str, port: int) -> bool:
    """Whether a target goes straight, by the bypass list or because it is this computer."""
    host = host.strip("[]").rstrip(".").lower()
    if is_loopback(host):
        return not settings.for_loopback
    return any(_matches(entry, host, port) for entry in settings.bypass)


def environment_proxy(environ: Mapping[str, str], scheme: str, host: str, port: int) -> str | None:
    """The proxy's address by the environment's variables, "" for straight, None where they say nothing.

    As curl reads them: the scheme's own (https_proxy) goes before all_proxy, small letters before capitals, and one
    that is set to nothing counts. In no_proxy a host stands for the names under it too.
    """
    address = next(
        (
            found
            for name in (f"{scheme}_proxy", "all_proxy")
            if (found := _variable(environ, name)) is not None
        ),
        None,
    )
    if not address and (socks := _variable(environ, "socks_proxy")):
        address = socks if "://" in socks else f"socks5://{socks}"
    if not address:
        return address
    host = host.strip("[]").rstrip(".").lower()
    round_it = re.split(r"[\s,]+", _variable(environ, "no_proxy") or "")
    return "" if any(_matches(entry, host, port, and_under=True) for entry in round_it) else address


def _variable(environ: Mapping[str, str], name: str) -> str | None:
    found = environ.get(name, environ.get(name.upper()))
    return None if found is None else found.strip()


def _split_entry(entry: str) -> tuple[str, int | None]:
    """A bypass entry's pattern and port; a colon alone in an IPv6 address is no port."""
    entry = entry.strip().lower()
    if entry.startswith("[") and "]" in entry:
        pattern, _, tail = entry[1:].partition("]")
        return pattern, int(tail[1:]) if tail[:1] == ":" else None
    if entry.count(":") == 1:
        pattern, _, tail = entry.partition(":")
        return pattern, int(tail)
    return entry, None


def _check_bypass(entry: str) -> None:
    try:
        pattern, port = _split_entry(entry)
        if not pattern or any(char.isspace() for char in pattern) or "://" in entry:
            raise ValueError
        if port is not None and not 1 <= port <= 65535:
            raise ValueError
        if "/" in pattern:
            ipaddress.ip_network(pattern, strict=False)
        elif "*" in pattern and pattern != "*" and (not pattern.startswith("*.") or "*" in pattern[1:]):
            raise ValueError
    except ValueError:
        raise ValueError(
            f"“{entry.strip()}” cannot stand in the list. Allowed are host, .suffix, address, network/bits, "
            "each with an optional :port, and * for all."
        ) from None


def _matches(entry: str, host: str, port: int, *, and_under: bool = False) -> bool:
    """and_under: a host without a dot before it means the names under it too."""
    try:
        pattern, only_port = _split_entry(entry)
    except ValueError:
        return False
    if only_port is not None and only_port != port:
        return False
    if pattern == "*":
        return True
    if pattern.startswith("*."):
        pattern = pattern[1:]
    if pattern.startswith("."):
        return host.endswith(pattern) or host == pattern[1:]
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        pattern = pattern.rstrip(".")
        return host == pattern or (and_under and bool(pattern) and host.endswith(f".{pattern}"))
    try:
        return address in ipaddress.ip_network(pattern, strict=False)
    except ValueError:
        return False
