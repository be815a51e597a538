"""Files that go with a message, as text and nothing else: what is shown of them is what is sent; knows no disk."""

import re
from collections.abc import Sequence
from typing import NamedTuple

MOST_BYTES = 16 * 1024 * 1024
"""A file, or a pasted text, may be so large."""
_UNITS = ("bytes", "KB", "MB", "GB")


class Attached(NamedTuple):
    """name: one line, for people. size: of the file, in bytes. text: what is sent of it, all of it."""

    name: str
    size: int
    text: str


def fenced(text: str, language: str = "") -> str:
    """Text as a block of code in Markdown, whatever stands in it."""
    runs = (
        re.findall("`{3,}", text) if "```" in text else ()
    )  # mostly there is none, which is seen much faster so
    longest = max(map(len, runs), default=2)
    fence = "`" * (longest + 1)
    return f"{fence}{language}\n{text.rstrip()}\n{fence}"


def joined(text: str, attached: Sequence[Attached]) -> str:
    """What is sent: the message, then each file under its name."""
    parts = [f"{one.name}:\n\n{fenced(one.text)}" for one in attached]
    return "\n\n".join([text, *parts] if text.strip() else parts)


def size_words(size: int) -> str:
    """A number of bytes for people."""
    number, unit = float(size), 0
    while number >= 1000 and unit < len(_UNITS) - 1:
        number, unit = number / 1024, unit + 1
    return f"{number:.0f} {_UNITS[unit]}" if number >= 10 or not unit else f"{number:.1f} {_UNITS[unit]}"
