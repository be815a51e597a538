"""Which addresses may be opened, and which only after a question (rule M3); opens nothing, looks nothing up."""

import re
from dataclasses import dataclass
from enum import StrEnum

QUERY_LIMIT = 200
ADDRESS_LIMIT = 2000
"""Characters of an address that is opened without a question."""
LONGEST = 8192
"""Characters of an address that is opened at all."""


class Verdict(StrEnum):
    """OPEN: a click opens it. CONFIRM: ask first, with the whole address. DEAD: plain text."""

    OPEN = "open"
    CONFIRM = "confirm"
    DEAD = "dead"


class Origin(StrEnum):
    """MARKUP: the author made it a link. NAMELESS: the same, without any text. BARE: an address in plain text."""

    MARKUP = "markup"
    NAMELESS = "nameless"
    BARE = "bare"


@dataclass(frozen=True, slots=True)
class Link:
    """href: the address in its normal form, host in ASCII (xn--)."""

    href: str
    verdict: Verdict
    origin: Origin = Origin.MARKUP


@dataclass(frozen=True, slots=True)
class Judgement:
    """What may be done with an address. address: all of it, host in ASCII (xn--). why: in words, "" for OPEN."""

    verdict: Verdict
    address: str
    host: str = ""
    why: str = ""


_SCHEME = re.compile(r"([a-z][a-z0-9+.\-]*):", re.I)
_PLAIN_HOST = re.compile(r"[a-z0-9]([a-z0-9\-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9\-]*[a-z0-9])?)*\.?", re.I)
_NUMBER_LABEL = re.compile(r"(0x[0-9a-f]*|[0-9]+)", re.I)
_CONTROL = re.compile(
    r"[\x00-\x20\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\\]|%[01][0-9a-f]|%7f", re.I
)
_UNUSABLE = re.compile(r"[\x00-\x20\x7f\\]")
_NAMED_HOST = re.compile(r"\b(https?://)?((?:[\w\-]{1,63}\.){1,12}[a-z][a-z0-9\-]{1,62})\b", re.I)
_INVISIBLE = re.compile(
    "[\\s\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\U000e0000-\U000e0fff]+"
)
_LOCAL_NAME = re.compile(r"localhost|local|localdomain|internal|intranet|lan|home|corp|private|arpa")
_FILE_ENDING = re.compile(
    r"bat|bin|c|cc|cfg|cpp|cs|css|csv|doc|docx|gif|go|gz|h|hpp|htm|html|ini|java|jpeg|jpg|js|json|jsx|kt|lock|log|lua|md|mjs|"
    r"mp3|mp4|net|pdf|php|pl|png|ps1|py|pyi|rb|rs|rst|sh|so|sql|svg|swift|tar|toml|ts|tsx|txt|vue|wav|xls|xlsx|xml|yaml|yml|zip"
)


def host_of(address: str) -> str:
    """The host in `address` as written (lower case, without user part and port), or "" where it names none."""
    scheme = _SCHEME.match(address)
    if scheme is None or not address.startswith("//", scheme.end()):
        return ""
    authority = re.split(r"[/?#\\]", address[scheme.end() + 2 :], maxsplit=1)[0]
    authority = authority.rpartition("@")[2]
    if authority.startswith("["):
        return authority.partition("]")[0].lower() + "]"
    return authority.partition(":")[0].lower()


def judge(href: str, text: str | None = None) -> Judgement:
    """What a click on `text` that leads to `href` may do; the one judgement, for what is drawn and for what is opened.

    text: what the reader sees, None where nobody knows it. Costs at most what reading both costs.
    """
    scheme = _SCHEME.match(href)
    name = scheme.group(1).lower() if scheme else ""
    if scheme is None or name not in ("http", "https", "mailto"):
        return Judgement(Verdict.DEAD, href, why="Only web pages and mail addresses are opened from here.")
    if len(href) > LONGEST:
        return Judgement(Verdict.DEAD, href, why="The address is too long to be a usable one.")
    if name == "mailto":
        return _judge_mail(href, href[scheme.end() :], text)
    written = host_of(href)
    if not written:
        return Judgement(Verdict.DEAD, href, why="The address names no host.")
    authority = re.split(r"[/?#]", href[scheme.end() + 2 :], maxsplit=1)[0]
    port = authority.rpartition("@")[2].rpartition("]")[2].partition(":")[2]
    host = _ascii_host(written)
    if host is None or _UNUSABLE.search(href) or (port and not _is_port(port)):
        return Judgement(Verdict.DEAD, href, why="The address is not a usable one.")
    start = scheme.end() + 2 + authority.rfind("@") + 1
    address = href if host == written else href[:start] + host + href[start + len(written) :]
    why = _doubt(href, authority, host, text)
    if not why and address != href:
        why = f"Its letters may look like others. It leads to {host}."
    return Judgement(Verdict.CONFIRM if why else Verdict.OPEN, address, host, why)


def _doubt(href: str, authority: str, host: str, text: str | None) -> str:
    """Why one should look twice before going to `host`, or ""."""
    labels = host.rstrip(".").split(".")
    query = href.partition("#")[0].partition("?")[2]
    if "@" in authority:
        return f"The part before “@” is a name, not the place. It leads to {host}."
    if any(label.startswith("xn--") for label in labels):
        return f"Its letters may look like others. It leads to {host}."
    if host.startswith("[") or all(_NUMBER_LABEL.fullmatch(label) for label in labels):
        return "It leads to a number instead of a name."
    if _CONTROL.search(href) or _PLAIN_HOST.fullmatch(host) is None:
        return "It holds characters that do not show."
    if len(labels) < 2 or _LOCAL_NAME.fullmatch(labels[-1]):
        return f"It leads into your own network, to {host}."
    if len(query) > QUERY_LIMIT or len(href) > ADDRESS_LIMIT:
        return "It is long enough to carry away what you wrote."
    if text is not None and _names_another_host(text, host):
        return f"Its text names another place. It leads to {host}."
    return _unseen(text)


def _unseen(text: str | None) -> str:
    if text is None or _INVISIBLE.sub("", text[:ADDRESS_LIMIT]):
        return ""
    return "It has no text of its own."


def _ascii_host(host: str) -> str | None:
    """`host` as it is asked for in the net, None where it cannot be."""
    if host.isascii():
        return host
    try:
        return host.encode("idna").decode("ascii")
    except UnicodeError:
        return None


def _is_port(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 5 and int(text) < 65536


def _judge_mail(href: str, rest: str, text: str | None) -> Judgement:
    address, _, query = rest.partition("?")
    if "@" not in address or _UNUSABLE.search(address):
        return Judgement(Verdict.DEAD, href, why="The address is not a usable one.")
    why = _unseen(text)
    if not {part.partition("=")[0].lower() for part in query.split("&") if part} <= {"subject"}:
        why = "It fills in more of the mail than its subject."
    elif _CONTROL.search(rest):
        why = "It holds characters that do not show."
    elif len(query) > QUERY_LIMIT or len(rest) > ADDRESS_LIMIT:
        why = "It is long enough to carry away what you wrote."
    return Judgement(Verdict.CONFIRM if why else Verdict.OPEN, href, address, why)


def _names_another_host(text: str, host: str) -> bool:
    host = host.rstrip(".").removeprefix("www.")
    for match in _NAMED_HOST.finditer(text[:ADDRESS_LIMIT]):
        named = match.group(2).lower().removeprefix("www.")
        if match.group(1) is None and _FILE_ENDING.fullmatch(named.rpartition(".")[2]):
            continue  # README.md is a file far more often than a site in Moldova
        if host != named and not host.endswith("." + named):
            return True
    return False
