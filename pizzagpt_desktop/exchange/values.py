"""What is found in other people's JSON, as values that can be held here; knows no format.

Whatever stands there, nothing here raises: a value of another kind counts as none.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from pizzagpt_desktop.domain.conversation import Role
from pizzagpt_desktop.domain.text import storable

TITLE_LENGTH = 200
MODEL_LENGTH = 100
DAY_S = 86_400.0
_MILLISECONDS_FROM = 1e11
_NANOSECONDS_FROM = 1e17
_JOINERS = "\u200c\u200d"
_NUMBER = re.compile(r"\d{1,20}(\.\d{1,20})?")

_ROLES: Mapping[str, Role] = {
    "user": Role.USER,
    "human": Role.USER,
    "assistant": Role.ASSISTANT,
    "model": Role.ASSISTANT,
    "bot": Role.ASSISTANT,
    "ai": Role.ASSISTANT,
    "gpt": Role.ASSISTANT,
    "tool": Role.ASSISTANT,
    "function": Role.ASSISTANT,
    "system": Role.SYSTEM,
    "developer": Role.SYSTEM,
}


def text(value: Any) -> str:
    """The text, "" where there is none."""
    return value if isinstance(value, str) else ""


def mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def sequence(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list) else ()


def line(value: Any, length: int) -> str:
    """One line of at most `length` characters, in which nothing is hidden, moves the cursor or turns the direction."""
    words = " ".join(storable(text(value)[: length * 4]).split())
    shown = "".join(
        char if char.isprintable() or char in _JOINERS else "\N{REPLACEMENT CHARACTER}" for char in words
    )
    shown = re.sub("\N{REPLACEMENT CHARACTER}{2,}", "\N{REPLACEMENT CHARACTER}", shown).strip()
    return shown if len(shown) <= length else shown[: length - 1].rstrip() + "…"


def own_line(value: Any, length: int) -> str:
    """The same for a line that this program wrote: only what would break it is replaced."""
    words = " ".join(storable(text(value)[:length]).split())
    return "".join(
        char if unicodedata.category(char) != "Cc" else "\N{REPLACEMENT CHARACTER}" for char in words
    )


def moment(value: Any, latest: float) -> float | None:
    """Seconds since the epoch, from a number of seconds, milli- or nanoseconds, or from ISO 8601.

    None for what is no time, and for one before 1970 or after `latest`: nothing was said then.
    """
    seconds: float | None = None
    if isinstance(value, str):
        words = value.strip()[:64]
        seconds = _scaled(float(words)) if _NUMBER.fullmatch(words) else _from_iso(words)
    elif isinstance(value, float) or (isinstance(value, int) and not isinstance(value, bool)):
        seconds = _scaled(float(value)) if -1e20 < value < 1e20 else None
    return seconds if seconds is not None and 0 < seconds <= latest else None


def _scaled(number: float) -> float:
    """A number of seconds, milli- or nanoseconds, by its size, as seconds."""
    if number >= _NANOSECONDS_FROM:
        return number / 1e9
    return number / 1e3 if number >= _MILLISECONDS_FROM else number


def iso_moment(value: Any) -> float | None:
    """Seconds since the epoch of a time that this program wrote."""
    return _from_iso(value[:64]) if isinstance(value, str) else None


def _from_iso(value: str) -> float | None:
    try:
        found = datetime.fromisoformat(value)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None


def role(value: Any) -> tuple[Role, bool]:
    """Who speaks, and whether that was to be known: whoever is not known is never taken for the system or the user."""
    found = _ROLES.get(value.strip().lower()) if isinstance(value, str) else None
    return (Role.ASSISTANT, False) if found is None else (found, True)


def pieces(value: Any) -> tuple[str, bool]:
    """The text of a content: a text, or a list of texts and `{"type": "text"}`; and whether that was all of it."""
    if isinstance(value, str):
        return value, True
    if not isinstance(value, list):
        return "", False
    found: list[str] = []
    whole = True
    for part in value:
        if isinstance(part, str):
            found.append(part)
        elif isinstance(part, dict) and isinstance(part.get("text"), str):
            found.append(part["text"])
        elif isinstance(part, dict) and isinstance(mapping(part.get("text")).get("value"), str):
            found.append(part["text"]["value"])  # as services keep threads, and programs after them
        else:
            whole = False
    return "\n\n".join(piece for piece in found if piece), whole
