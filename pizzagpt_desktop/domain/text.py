"""Foreign text made safe to store and to show, once, at the border; knows no widget and no wire."""

import re
from collections.abc import Iterable

SHOWN_LENGTH = 500
_LOOKED_AT = 20_000
"""Characters of foreign words that are looked at, so that many megabytes of them cost nothing."""
_LONE_SURROGATE_OR_NUL = re.compile("[\x00\ud800-\udfff]")
_BREAKS = re.compile("[\t-\r\x85\u2028\u2029]+")
_CONTROL_OR_BIDI = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x9f\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\U000e0000-\U000e007f]"
)
_UNSEEN = re.compile(
    "[\xad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200c\u200d\u3164\ufe00-\ufe0f\uffa0\ufff0-\ufff8"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0080-\U000e0fff]"
)
"""What else does not show, but belongs to the spelling of some scripts and to pictures."""


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
    """A service's words as they may be shown (rule R4): plain, in one line, at most `SHOWN_LENGTH` characters, secrets masked."""
    secrets = tuple(secrets)
    text = storable(text[:_LOOKED_AT])
    text = _CONTROL_OR_BIDI.sub("", _BREAKS.sub(" ", masked(text, secrets))).strip()
    return cut(masked_unseen(text, secrets))


def masked_unseen(text: str, secrets: Iterable[str]) -> str:
    """`text` with secrets masked, also where characters that do not show part them: then it comes without those."""
    text, bare = masked(text, secrets), _UNSEEN.sub("", text)
    safe = masked(bare, secrets)
    return text if safe == bare else safe


def cut(text: str, length: int = SHOWN_LENGTH) -> str:
    """`text`, if it is longer its beginning."""
    return text if len(text) <= length else text[: length - 1] + "…"
