"""Addresses and keys as people type them, checked with words; looks nothing up."""

import ipaddress
from urllib.parse import urlsplit, urlunsplit

HTTP_PORTS = {"http": 80, "https": 443}


def is_loopback(host: str) -> bool:
    """Whether a host is this computer: localhost, *.localhost, 127/8, ::1 (also as a mapped IPv4 address)."""
    host = host.strip("[]").rstrip(".").lower()
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped.is_loopback
    return address.is_loopback


_NEAR = (".local", ".lan", ".internal", ".home.arpa")


def is_nearby(host: str) -> bool:
    """Whether a host is this computer or one of its own network: what answers there may have to load a model first."""
    host = host.strip("[]").rstrip(".").lower()
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return is_loopback(host) or host.endswith(_NEAR) or (bool(host) and "." not in host)
    return is_loopback(host) or address.is_private or address.is_link_local


def host_name(text: str) -> str:
    """A host in its form on the wire (lower case, xn-- for other scripts); ValueError with words where it is none."""
    host = text.strip("[]").rstrip(".").lower()
    if ":" in host:
        try:
            return str(ipaddress.IPv6Address(host.partition("%")[0]))
        except ValueError:
            raise ValueError(f"“{text}” is no address of a computer.") from None
    try:
        wire = host if host.isascii() else _wire_name(host)
    except UnicodeError:
        raise ValueError(f"“{text}” is no name of a computer.") from None
    labels = wire.split(".")
    if len(wire) > 253 or not all(_is_label(label) for label in labels):
        raise ValueError(f"“{text}” is no name of a computer.")
    return wire


def _wire_name(host: str) -> str:
    """A name of another script as IDNA 2008 and UTS 46 write it, as browsers do; UnicodeError where it is none."""
    import idna

    return idna.encode(host, uts46=True, std3_rules=True).decode("ascii")


def shown_host(host: str) -> str:
    """A host as it may be shown: as on the wire, and before it in its own script where it has one.

    Never its own script alone: letters of different scripts look alike.
    """
    if "xn--" not in host:
        return host
    import idna

    try:
        own = idna.decode(host)
    except UnicodeError:
        return host
    return f"{own} ({host})" if own.isprintable() else host


def _is_label(label: str) -> bool:
    inner = label.replace("-", "").replace("_", "")
    return 0 < len(label) <= 63 and inner.isalnum() and inner.isascii()


def parse_base_url(text: str) -> str:
    """A service's root as it is kept: http or https, a host, an optional port and path, no slash at the end.

    Raises ValueError with words for people; they never repeat a password.
    """
    text = text.strip()
    if not text:
        raise ValueError("Type the service's address, for example https://api.example.com/v1.")
    if any(char.isspace() for char in text):
        raise ValueError("An address has no spaces or line breaks.")
    if any(not char.isprintable() for char in text) or "\\" in text:
        raise ValueError("The address has characters that no address has.")
    scheme, separator, rest = text.partition("://")
    if not separator:
        if ":" in text and text.partition(":")[0].lower() in ("file", "ftp", "mailto", "data", "javascript"):
            raise ValueError("Only addresses that begin with https:// or http:// can be used.")
        raise ValueError(f"The address lacks its beginning. Did you mean https://{text.rpartition('@')[2]}?")
    if scheme.lower() not in HTTP_PORTS:
        raise ValueError("Only addresses that begin with https:// or http:// can be used.")
    if not rest.strip("/"):
        raise ValueError("The address has no host, for example https://api.example.com/v1.")
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise ValueError("The port of an address is a number from 1 to 65535.") from None
    if "@" in parts.netloc:
        raise ValueError("Leave name and password out of the address; keys have a field of their own.")
    if parts.query or parts.fragment or "?" in text or "#" in text:
        raise ValueError("The address ends before “?” or “#”.")
    if not host:
        raise ValueError("The address has no host, for example https://api.example.com/v1.")
    if port == 0:
        raise ValueError("The port of an address is a number from 1 to 65535.")
    host = host_name(host)
    netloc = f"[{host}]" if ":" in host else host
    if port is not None and port != HTTP_PORTS[parts.scheme]:
        netloc += f":{port}"
    return urlunsplit((parts.scheme, netloc, parts.path.rstrip("/"), "", ""))


def host_and_port(url: str) -> tuple[str, int]:
    """Host and port of an address that `parse_base_url` accepted."""
    parts = urlsplit(url)
    return parts.hostname or "", parts.port or HTTP_PORTS.get(parts.scheme, 0)


def host_words(url: str) -> str:
    """An address as people name it: the host, and the port where it is not the usual one."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    host = f"[{host}]" if ":" in host else host
    return f"{host}:{parts.port}" if parts.port and parts.port != HTTP_PORTS.get(parts.scheme) else host


def shown_host_words(url: str) -> str:
    """As `host_words`, with a name of another script in its own script too: "bücher.example (xn--…)"."""
    host = urlsplit(url).hostname or ""
    wire = host_words(url)
    return wire.replace(host, shown_host(host), 1) if "xn--" in host else wire


def sends_in_clear(base_url: str) -> bool:
    """Whether a key would cross a network unprotected: plain http to another computer."""
    parts = urlsplit(base_url)
    return parts.scheme == "http" and not is_loopback(parts.hostname or "")


def check_key(text: str) -> str:
    """A key without the blanks round it; ValueError with words (that do not repeat it) where it cannot be one."""
    key = text.strip()
    if "\n" in key or "\r" in key:
        raise ValueError("The key has a line break in it. Copy it again, in one line.")
    if any(not char.isprintable() for char in key):
        raise ValueError("The key has characters that cannot be seen. Copy it again.")
    if any(char.isspace() for char in key):
        raise ValueError("The key has a space in it. Copy it again.")
    if not key.isascii():
        raise ValueError("The key has characters that no key has. Copy it again.")
    return key
