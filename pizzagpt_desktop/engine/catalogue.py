"""The short list of models that can be fetched, and what can be fetched by an address of one's own; fetches nothing.

The facts stand in `resources/models.json` with the day on which they were checked. A model is there only with an exact
size and SHA-256 that public sources agree on.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from pizzagpt_desktop.domain.addresses import is_loopback
from pizzagpt_desktop.engine.files import ENDING

NAME = "models.json"
_SHA256 = re.compile(r"[0-9a-f]{64}")
_NAMES_OF_WINDOWS = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\.|$)", re.I)
_LONGEST_NAME = 150
_DASHES = str.maketrans(dict.fromkeys('/\\:*?"<>|', "-"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A file to fetch. size: bytes, 0 where it is not known before. sha256: in hex, "" where it is not known before."""

    url: str
    file: str
    size: int = 0
    sha256: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A model of the list. memory: about how many bytes it takes while it answers. good_for: in a sentence or two."""

    id: str
    name: str
    publisher: str
    page: str
    licence: str
    good_for: str
    memory: int
    wanted: Wanted


@dataclass(frozen=True, slots=True)
class Catalogue:
    """checked: the day the facts were looked up, as year-month-day."""

    checked: str
    offers: tuple[Offer, ...]


def read_catalogue(path: Path) -> Catalogue:
    """The list at `path`; empty where it cannot be read. An entry without exact facts is left out."""
    try:
        document = json.loads(path.read_text("utf-8"))
        entries = [entry for entry in document["models"] if isinstance(entry, dict)]
        checked = str(document["checked"])
    except (OSError, ValueError, KeyError, TypeError):
        return Catalogue("", ())
    offers = []
    for entry in entries:
        try:
            offers.append(_offer(entry))
        except (KeyError, ValueError, TypeError):
            continue
    return Catalogue(checked, tuple(offers))


def _offer(entry: Mapping[str, Any]) -> Offer:
    wanted = Wanted(
        url=checked_url(str(entry["url"])),
        file=safe_name(str(entry["file"])),
        size=int(entry["size"]),
        sha256=str(entry["sha256"]),
    )
    if wanted.size <= 0 or not _SHA256.fullmatch(wanted.sha256):
        raise ValueError("a model without exact facts")
    words = {name: str(entry[name]) for name in ("id", "name", "publisher", "page", "licence", "good_for")}
    return Offer(**words, memory=int(entry["memory"]), wanted=wanted)


def custom(address: str) -> Wanted:
    """A file by an address that somebody typed; raises ValueError with words where it cannot be one.

    Its SHA-256 is not known: what comes first is trusted, and pinned from then on.
    """
    url = checked_url(address.strip())
    return Wanted(url=url, file=safe_name(unquote(urlsplit(url).path.rpartition("/")[2])))


def checked_url(url: str) -> str:
    """An address that a model may come from: https, or this computer; raises ValueError with words."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        _ = parts.port
    except ValueError:
        raise ValueError("This is no address of a file.") from None
    if any(char.isspace() or not char.isprintable() for char in url) or not host:
        raise ValueError("This is no address of a file. One looks like https://example.org/model.gguf")
    if parts.username is not None or parts.password is not None:
        raise ValueError("The address holds a name or a password. Such files cannot be fetched.")
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(host)):
        raise ValueError("Models are fetched by https only, so that nobody on the way can change them.")
    return url


def safe_name(name: str) -> str:
    """A file's name that is one on every system and leads nowhere else; raises ValueError with words."""
    name = "".join(char for char in name.translate(_DASHES) if char.isprintable()).strip(" .")
    if not name.lower().endswith(ENDING) or len(name) <= len(ENDING):
        raise ValueError("The address does not end in the name of a model file, *.gguf.")
    if len(name) > _LONGEST_NAME or _NAMES_OF_WINDOWS.match(name) or name.startswith("."):
        raise ValueError("The file at this address has a name that no folder can hold.")
    return name
