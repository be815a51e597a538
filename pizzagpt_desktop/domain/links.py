"""Which addresses may be opened, and which only after a question (rule M3); opens nothing, looks nothing up."""

import re
from dataclasses import dataclass
from enum import StrEnum

QUERY_LIMIT = 200
ADDRESS_LIMIT = 2000


class Verdict(StrEnum):
    """OPEN: a click opens it. CONFIRM: ask first, with the whole address. DEAD: plain text."""

    OPEN = "open"
    CONFIRM = "confirm"
    DEAD = "dead"


@dataclass(frozen=True, slots=True)
class Link:
    """href: the address in its normal form, host in ASCII (xn--)."""

    href: str
    verdict: Verdict


_SCHEME = re.compile(r"([a-z][a-z0-9+.\-]*):", re.I)
_PLAIN_HOST = re.compile(r"[a-z0-9]([a-z0-9\-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9\-]*[a-z0-9])?)*\.?", re.I)
_NUMBER_LABEL = re.compile(r"(0x[0-9a-f]*|[0-9]+)", re.I)
_CONTROL = re.compile(
    r"[\x00-\x20\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\\]|%[01][0-9a-f]|%7f", re.I
)
_NAMED_HOST = re.compile(r"\b(https?://)?((?:[\w\-]{1,63}\.){1,12}[a-z][a-z0-9\-]{1,62})\b", re.I)
_INVISIBLE = re.compile(
    "[\\s\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\U000e0000-\U000e0fff]+"
)
_LOCAL_NAMES = (
    "localhost",
    "local",
    "localdomain",
    "internal",
    "intranet",
    "lan",
    "home",
    "corp",
    "private",
    "arpa",
)
_FILE_ENDINGS = frozenset(
    [
        "bat",
        "bin",
        "c",
        "cc",
        "cfg",
        "cpp",
        "cs",
        "css",
        "csv",
        "doc",
        "docx",
        "gif",
        "go",
        "gz",
        "h",
        "hpp",
        "htm",
        "html",
        "ini",
        "java",
        "jpeg",
        "jpg",
        "js",
        "json",
        "jsx",
        "kt",
        "lock",
        "log",
        "lua",
        "md",
        "mjs",
        "mp3",
        "mp4",
        "net",
        "pdf",
        "php",
        "pl",
        "png",
        "ps1",
        "py",
        "pyi",
        "rb",
        "rs",
        "rst",
        "sh",
        "so",
        "sql",
        "svg",
        "swift",
        "tar",
        "toml",
        "ts",
        "tsx",
        "txt",
        "vue",
        "wav",
        "xls",
        "xlsx",
        "xml",
        "yaml",
        "yml",
        "zip",
    ]
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


def verdict(href: str, text: str) -> Verdict:
    """What a click on `text` that leads to `href` may do. Costs at most what reading both costs."""
    scheme = _SCHEME.match(href)
    name = scheme.group(1).lower() if scheme else ""
    if scheme is None or name not in ("http", "https", "mailto"):
        return Verdict.DEAD
    if name == "mailto":
        return _mail_verdict(href[scheme.end() :], text)
    host = host_of(href)
    if not host:
        return Verdict.DEAD
    rest = href[scheme.end() + 2 :]
    authority = re.split(r"[/?#]", rest, maxsplit=1)[0]
    query = rest.partition("#")[0].partition("?")[2]
    labels = host.rstrip(".").split(".")
    asks = (
        "@" in authority
        or _CONTROL.search(href) is not None
        or _PLAIN_HOST.fullmatch(host) is None
        or any(label.startswith("xn--") for label in labels)
        or all(_NUMBER_LABEL.fullmatch(label) for label in labels)
        or len(labels) < 2
        or labels[-1] in _LOCAL_NAMES
        or len(query) > QUERY_LIMIT
        or len(href) > ADDRESS_LIMIT
        or not _INVISIBLE.sub("", text[:ADDRESS_LIMIT])
        or _names_another_host(text, host)
    )
    return Verdict.CONFIRM if asks else Verdict.OPEN


def _mail_verdict(rest: str, text: str) -> Verdict:
    address, _, query = rest.partition("?")
    if "@" not in address:
        return Verdict.DEAD
    fields = {part.partition("=")[0].lower() for part in query.split("&") if part}
    asks = (
        not fields <= {"subject"}
        or _CONTROL.search(rest) is not None
        or len(query) > QUERY_LIMIT
        or len(rest) > ADDRESS_LIMIT
        or not _INVISIBLE.sub("", text[:ADDRESS_LIMIT])
    )
    return Verdict.CONFIRM if asks else Verdict.OPEN


def _names_another_host(text: str, host: str) -> bool:
    host = host.rstrip(".").removeprefix("www.")
    for match in _NAMED_HOST.finditer(text[:ADDRESS_LIMIT]):
        named = match.group(2).lower().removeprefix("www.")
        if match.group(1) is None and named.rpartition(".")[2] in _FILE_ENDINGS:
            continue  # README.md is a file far more often than a site in Moldova
        if host != named and not host.endswith("." + named):
            return True
    return False
