"""Names for files, made of titles: good ones on every system, whatever the titles are; knows no disk."""

import re
import unicodedata
from collections.abc import Iterable, Iterator

LENGTH = 80
"""Of a name without its ending, in characters; and in bytes of UTF-8, of which systems take 255, three times that."""
NAMELESS = "Conversation"
_NOWHERE_GOOD = re.compile(r'[<>:"/\\|?*%$`\x00-\x1f\x7f]+')
_DEVICES = frozenset(
    {"con", "prn", "aux", "nul", "conin$", "conout$"}
    | {f"{device}{number}" for device in ("com", "lpt") for number in "0123456789\u00b9\u00b2\u00b3"}
)


def file_stem(title: str) -> str:
    """A file's name without its ending: one that means no folder, no device, nothing hidden and no option."""
    name = unicodedata.normalize("NFC", title)
    name = "".join(char if char.isprintable() else " " for char in name)
    name = " ".join(_NOWHERE_GOOD.sub(" ", name).split()).rstrip(" .").lstrip(" .-~")
    name = name[:LENGTH].encode("utf-8")[: LENGTH * 3].decode("utf-8", "ignore").strip(" .")
    if not name:
        return NAMELESS
    return f"{name} -" if name.split(".")[0].strip().casefold() in _DEVICES else name


def file_stems(titles: Iterable[str]) -> Iterator[str]:
    """The same for several in one folder, no two alike, where capitals make no difference either."""
    taken: set[str] = set()
    counts: dict[str, int] = {}
    for title in titles:
        stem = found = file_stem(title)
        key = unicodedata.normalize("NFD", stem).casefold()
        while unicodedata.normalize("NFD", found).casefold() in taken:
            counts[key] = counts.get(key, 1) + 1
            found = f"{stem} ({counts[key]})"
        taken.add(unicodedata.normalize("NFD", found).casefold())
        yield found
