"""Text as the search compares it: without case, accents and punctuation, cut into words; knows no query and no index.

What is compared is a row of words with single spaces between them. Scripts written without spaces (Chinese, Japanese,
Thai and their like) and Korean syllables are cut into single characters, signs and emoji too: a phrase of them is found
wherever it stands. Both the stored text and the query go through here, so what one way of writing hides the other hides.

Letters that people leave the marks out of are the same (é = e, ё = е, ή = η, أ = ا); letters with a key of their own are
not (й ≠ и, ї ≠ і, が ≠ か).
"""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate

VERSION = f"1/{unicodedata.unidata_version}"
"""Names these rules: an index made by others must be made anew."""
SIGNS = "#$%&+<=>@"
"""ASCII signs that can be searched for; the others only part words (`*`, `_` and `|` are Markdown's)."""

_OWN_LETTERS = "йїўѓќ"
_OTHERS = {
    "ё": "е", "ø": "o", "ł": "l", "đ": "d", "ħ": "h", "ŧ": "t", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th", "ð": "d",
    "ـ": "",
}  # fmt: skip
_CUT = re.compile(
    "[\u0e00-\u0fff\u1000-\u109f\u1780-\u17ff\u1950-\u19df\u1a20-\u1aaf\u1b00-\u1b7f\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029"
    "\u3031-\u3035\u303b\u3040-\u312f\u31a0-\u31ff\u3400-\u9fff\ua000-\ua4cf\ua980-\ua9ff\uaa00-\uaadf\uac00-\ud7ff"
    "\uf900-\ufaff\U0001b000-\U0001b16f\U00020000-\U0003ffff]"
)
_DROPPED_MARKS = re.compile(
    "[\u20d0-\u20ff\ufe00-\ufe0f\ufe20-\ufe2f\U0001f3fb-\U0001f3ff\U000e0100-\U000e01ef]"
)
_NOT_ASCII = re.compile("[^\\x00-\\x7f]+")
_PIECE = 20_000


class _Table(dict[int, str]):
    """What becomes of each character, worked out when it is first met."""

    def __missing__(self, code: int) -> str:
        found = self[code] = _prepared(chr(code))
        return found


def prepared(text: str) -> str:
    """`text` as words with spaces between them; for the index, which lowers ASCII letters itself.

    ASCII punctuation is left in, and spaces may be several: the index takes any of it for a space.
    """
    if len(text) > _PIECE:  # a thread that folds ten megabytes must let the others have their turn
        return " ".join(map(prepared, pieces(text)))
    for sign in SIGNS:
        if sign in text:
            text = text.replace(sign, f" {sign} ")
    if text.isascii():
        return text
    return _NOT_ASCII.sub(_folded_run, unicodedata.normalize("NFC", text))


def folded(text: str) -> str:
    """The same with all letters in lower case and all punctuation gone; spaces may be several."""
    return unicodedata.normalize("NFC", text).translate(_TABLE)


def is_single(word: str) -> bool:
    """Whether `word` is a character that stands for itself, so that no longer word begins with it."""
    return len(word) == 1 and _TABLE[ord(word)].startswith(" ")


def folded_with_places(text: str) -> tuple[str, Sequence[int]]:
    """`folded(text)`, and for each of its characters the place in `text` that it came from."""
    places: Sequence[int] = range(len(text))
    if unicodedata.is_normalized("NFC", text):
        parts = list(map(_TABLE.__getitem__, map(ord, text)))
    else:
        parts, places = [], []
        for start, end in _clusters(text):
            composed = unicodedata.normalize("NFC", text[start:end])
            parts += [_TABLE[ord(char)] for char in composed]
            places += range(start, end) if len(composed) == end - start else [start] * len(composed)
    letters = "".join(parts)
    if len(letters) != len(parts) or max(map(len, parts), default=1) > 1:
        places = [place for place, part in zip(places, parts, strict=True) for _ in part]
    return letters, places


def place_of(text: str, place: int) -> int:
    """From which place in `text` the character at `place` of `folded(text)` came; near it, where marks stand alone."""
    ends = list(accumulate(map(len, map(_TABLE.__getitem__, map(ord, text)))))
    return min(bisect_right(ends, place), max(0, len(text) - 1))


def _clusters(text: str) -> Iterator[tuple[int, int]]:
    """Where each character with its marks stands: what normal form may make one of."""
    start = 0
    for end in range(1, len(text)):
        char = text[end]
        if unicodedata.category(char)[0] != "M" and not "\u1160" <= char <= "\u11ff":
            yield start, end
            start = end
    if text:
        yield start, len(text)


def pieces(text: str) -> list[str]:
    """`text` in parts of about 20,000 characters, cut at a space where there is one."""
    parts = []
    start = 0
    while start < len(text):
        end = start + _PIECE
        if end < len(text):
            end = max(text.rfind(" ", start + 1, end), text.rfind("\n", start + 1, end)) + 1 or end
        parts.append(text[start:end])
        start = end
    return parts


def _folded_run(match: re.Match[str]) -> str:
    return match.group().translate(_TABLE)


def _prepared(char: str) -> str:
    """What stands for one character: letters, a word of its own with spaces round it, a space, or nothing."""
    if char in _OWN_LETTERS:
        return char
    plain = []
    for part in unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", char).casefold()):
        if not _is_accent(part):
            plain.append(_OTHERS.get(part, part))
    whole = unicodedata.normalize("NFC", "".join(plain))
    if char.lower() in _OWN_LETTERS:
        whole = char.lower()
    return "".join(map(_placed, _OTHERS.get(char.lower(), whole)))


def _placed(char: str) -> str:
    if _CUT.match(char):
        return f" {char} " if unicodedata.category(char)[0] not in "ZPC" else " "
    if char.isalnum():
        return char
    category = unicodedata.category(char)
    if char in SIGNS or (category in ("Sm", "Sc", "So") and not char.isascii()):
        return f" {char} "
    if category[0] == "M" or category in ("Co", "Cn"):
        return char
    return "" if category == "Cf" else " "


def _is_accent(char: str) -> bool:
    """Whether a mark only colours its letter. Signs of Indian scripts, voiced kana and Thai vowels are more than that."""
    if _DROPPED_MARKS.match(char):
        return True
    kind = unicodedata.combining(char)
    return kind == 1 or 10 <= kind <= 36 or kind >= 200


_TABLE = _Table()
