"""Foreign text made safe to store and to show, once, at the border; knows no widget and no wire."""

import re
from collections.abc import Iterable

SHOWN_LENGTH = 500
_LONE_SURROGATE_OR_NUL = re.compile("[\x00\ud800-\udfff]")
_CONTROL_OR_BIDI = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u206f\u200b\u2060\ufeff]"
)


def storable(text: str) -> str:
    """`text` with lone surrogate halves and NUL as U+FFFD (rule R7); everything else is kept as it came."""
    if "\x00" not in text:
        try:
            text.encode()  # many times faster than looking for halves
        except UnicodeEncodeError:
            pass
        else:
            return text
    return _LONE_SURROGATE_OR_NUL.sub("\N{REPLACEMENT CHARACTER}", text)


def masked(text: str, secrets: Iterable[str]) -> str:
    """`text` with every known secret replaced by its first and last two characters, and its other shapes left out."""
    known = sorted({secret for secret in secrets if len(secret) >= 4}, key=len, reverse=True)
    if not known:
        return text
    from pizzagpt_desktop.domain.shapes import shapes_of

    for secret in known:
        for shape in shapes_of(secret):
            if shape in text:
                whole = shape == secret and len(secret) >= 12
                text = text.replace(shape, f"{secret[:2]}…{secret[-2:]}" if whole else "…")
    return text


def shown(text: str, secrets: Iterable[str] = ()) -> str:
    """A service's words as they may be shown (rule R4): plain, at most `SHOWN_LENGTH` characters, secrets masked."""
    text = _CONTROL_OR_BIDI.sub("", masked(storable(text), secrets)).strip()
    return text if len(text) <= SHOWN_LENGTH else text[: SHOWN_LENGTH - 1] + "…"
