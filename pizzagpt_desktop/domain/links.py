"""Which addresses may be opened, and which only after a question (rule M3); opens nothing, looks nothing up."""

import re
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import unquote

from pizzagpt_desktop.domain.link_texts import is_blank, names_another

QUERY_LIMIT = 200
ADDRESS_LIMIT = 2000
"""Characters of an address that is opened without a question."""
LONGEST = 32_000
"""Characters of an address that is opened at all: some systems hand a program no more in one piece."""


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
_HIDDEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e0fff]"
)
"""What no address needs; in one it stands behind percent signs."""
_LOCAL_NAME = re.compile(r"localhost|local|localdomain|internal|intranet|lan|home|corp|private|arpa")


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
    if not written.strip("."):
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
    query = href.partition("#")[0].partition("?")[2]
    if "@" in authority:
        return f"The part before “@” is a name, not the place. It leads to {host}."
    return (
        _doubt_of_host(host)
        or _doubt_of_characters(href)
        or (_TOO_MUCH if len(query) > QUERY_LIMIT or len(href) > ADDRESS_LIMIT else "")
        or _doubt_of_text(text, host, href)
    )


_TOO_MUCH = "It is long enough to carry away what you wrote."


def _doubt_of_host(host: str) -> str:
    labels = host.lower().rstrip(".").split(".")
    if any(label.startswith("xn--") for label in labels):
        return f"Its letters may look like others. It leads to {host}."
    if host.startswith("[") or _NUMBER_LABEL.fullmatch(labels[-1]):
        return "It leads to a number instead of a name."
    if _PLAIN_HOST.fullmatch(host) is None:
        return "It holds characters that do not show."
    if len(labels) < 2 or _LOCAL_NAME.fullmatch(labels[-1]):
        return f"It leads into your own network, to {host}."
    return ""


def _doubt_of_characters(address: str) -> str:
    if _CONTROL.search(address) or ("%" in address and _HIDDEN.search(unquote(address))):
        return "It holds characters that do not show."
    return ""


def _doubt_of_text(text: str | None, host: str, href: str) -> str:
    if text is None or _spells(text, href):
        return ""
    if names_another(text, host):
        return f"Its text names another place. It leads to {host}."
    if "\u202e" in text or "\u202d" in text:
        return f"Its text turns round the order of its letters. It leads to {host}."
    return "It has no text of its own." if is_blank(text) else ""


def _spells(text: str, href: str) -> bool:
    """Whether a text is the very address, which may hold that of another place: an archive's, a translator's."""
    return text == href or unquote(text) == unquote(href) or f"http://{text}" == href


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
    to, _, query = rest.partition("?")
    before, _, written = to.rpartition("@")
    host = _ascii_host(written.lower())
    if not before or not written or host is None or _UNUSABLE.search(to):
        return Judgement(Verdict.DEAD, href, why="The address is not a usable one.")
    address = href if host == written.lower() else href.replace("@" + written, "@" + host, 1)
    why = _doubt_of_host(host) or _doubt_of_characters(rest)
    if re.search("[@,;]", unquote(before)) or to.startswith("//"):
        why = "It names more than one reader of the mail."
    elif not {part.partition("=")[0].lower() for part in query.split("&") if part} <= {"subject"}:
        why = "It fills in more of the mail than its subject."
    elif not why and (len(query) > QUERY_LIMIT or len(rest) > ADDRESS_LIMIT):
        why = _TOO_MUCH
    why = why or _doubt_of_text(text, host, href)
    return Judgement(Verdict.CONFIRM if why else Verdict.OPEN, address, to, why)
