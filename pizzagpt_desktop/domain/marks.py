"""Characters that do not show, or that change how others show, as signs that do (rule M8); knows no block, no widget.

A sign takes as many UTF-16 units as what it stands for, so a position in what is shown is one in the text.
"""

import re
from collections.abc import Iterable

_JOINED_SCRIPTS = "\u0600-\u07ff\u08a0-\u08ff\u0900-\u0dff\u1000-\u109f\u1780-\u17ff\u1800-\u18af\ufb50-\ufdcf\ufdf0-\ufdff\ufe70-\ufefc"
"""Scripts whose spelling needs the joiners."""
_UNSPACED_SCRIPTS = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"
_PICTURES = (
    "\xa9\xae\u203c\u2049\u2122\u2139\u2190-\u21ff\u2300-\u23ff\u24c2\u25a0-\u27bf\u2900-\u297f\u2b00-\u2bff"
    "\u3030\u303d\u3297\u3299\U0001f000-\U0001faff"
)
_HAN = "\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_STACKING = (
    "\u0300-\u034e\u0350-\u036f\u0483-\u0489\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a"
    "\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed\u0711\u0730-\u074a\u07eb-\u07f3"
    "\u07fd\u0816-\u0819\u081b-\u0823\u0825-\u0827\u0829-\u082d\u0859-\u085b\u0898-\u089f\u08ca-\u08e1"
    "\u08e3-\u08ff\u0951-\u0954\u09fe\u0c55\u0c56\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\u0eb1\u0eb4-\u0ebc"
    "\u0ec8-\u0ece\u0f18\u0f19\u0f35\u0f37\u0f39\u0f71-\u0f84\u0f86\u0f87\u0fc6\u108d\u135d-\u135f\u17dd\u18a9"
    "\u1939-\u193b\u1a17\u1a18\u1a75-\u1a7f\u1ab0-\u1aff\u1b6b-\u1b73\u1cd0-\u1cd2\u1cd4-\u1ce0\u1ce2-\u1ce8"
    "\u1ced\u1cf4\u1cf8\u1cf9\u1dc0-\u1dff\u20d0-\u20f0\u2cef-\u2cf1\u2de0-\u2dff\u302a-\u302d\ua66f-\ua672"
    "\ua674-\ua67d\ua69e\ua69f\ua6f0\ua6f1\ua8e0-\ua8f1\ua92b-\ua92d\uaab0\uaab2-\uaab4\uaab7\uaab8"
    "\uaabe\uaabf\uaac1\ufb1e\ufe20-\ufe2f\U000101fd\U000102e0\U00010376-\U0001037a\U00010a0d\U00010a0f"
    "\U00010a38-\U00010a3a\U00010ae5\U00010ae6\U00010d24-\U00010d27\U00010eab\U00010eac\U00010f46-\U00010f50"
    "\U00010f82-\U00010f85\U00011100-\U00011102\U00011366-\U00011374\U0001145e\U00016af0-\U00016af4"
    "\U00016b30-\U00016b36\U0001bc9e\U0001d167-\U0001d169\U0001d17b-\U0001d182\U0001d185-\U0001d18b"
    "\U0001d1aa-\U0001d1ad\U0001d242-\U0001d244\U0001e000-\U0001e02a\U0001e130-\U0001e136\U0001e2ae"
    "\U0001e2ec-\U0001e2ef\U0001e8d0-\U0001e8d6\U0001e944-\U0001e949"
)
"""What stands above or below the letter before it."""
STACK = 8
"""Marks above and below one letter; more of them would be drawn over other lines."""

_CONTROL = "\x00-\x08\x0b-\x1f\x7f-\x9f"
_NO_CHARACTER = "\ufdd0-\ufdef\ufffe\uffff"
_SEPARATOR = "\u2028\u2029"
_TURNING = "\u202a-\u202e\u2066-\u2069"
_LEANING = "\u061c\u200e\u200f"
_TAG = "\U000e0000-\U000e007f"
_VARIANT = "\ufe00-\ufe0f\U000e0100-\U000e01ef"
_UNSEEN = (
    "\xad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200d\u2060-\u2065\u206a-\u206f\u3164\ufeff\uffa0\ufff0-\ufffb"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0080-\U000e00ff\U000e01f0-\U000e0fff" + _VARIANT
)

_OF_NOTE = re.compile(
    f"[{_CONTROL}{_NO_CHARACTER}{_SEPARATOR}{_TURNING}{_LEANING}{_TAG}{_UNSEEN}]|[{_STACKING}]{{{STACK + 1}}}"
)
"""Without any of these a text is shown as it is."""
_CONTROLS = re.compile(f"[{_CONTROL}]")
_KINDS = re.compile(
    "(?P<fine>"
    "\U0001f3f4\U000e0067\U000e0062(?:\U000e0065\U000e006e\U000e0067|\U000e0073\U000e0063\U000e0074|\U000e0077\U000e006c\U000e0073)\U000e007f"
    f"|(?<=[{_PICTURES}\ufe0f])\u200d|(?<=[{_JOINED_SCRIPTS}])[\u200c\u200d]"
    f"|(?<=[0-9#*])\ufe0f(?=\u20e3)|(?<=[{_PICTURES}])[\ufe0e\ufe0f]"
    f"|(?<=[{_HAN}])[\ufe00-\ufe02\U000e0100-\U000e01ef]|(?<=[\u2200-\u22ff])\ufe00|(?<=[\u1820-\u18aa])[\u180b-\u180d]"
    f")|(?P<spelled>(?<=[{_UNSPACED_SCRIPTS}])\u200b)"
    f"|(?P<control>[{_CONTROL}])|(?P<none>[{_NO_CHARACTER}])|(?P<separator>[{_SEPARATOR}])"
    f"|(?P<override>[\u202d\u202e])|(?P<turning>[{_TURNING}])|(?P<leaning>[{_LEANING}])"
    f"|(?P<tags>[{_TAG}]+)|(?P<many>[{_UNSEEN}]{{4,}})|(?P<invisible>[{_UNSEEN}])"
)
_PILE = re.compile(f"(?:[{_STACKING}][{_UNSEEN}{_LEANING}]*){{{STACK + 1},}}")
"""More marks on one letter than may be; what does not show among them makes no other letter of it."""
_STACKED = re.compile(f"[{_STACKING}]")
_RISING = re.compile(f"(?:[{_STACKING}][{_UNSEEN}{_LEANING}]*){{3}}")
_FLAGS = {
    "control": "control", "separator": "invisible", "override": "bidi", "turning": "bidi", "leaning": "bidi",
    "tags": "tags", "many": "invisible", "invisible": "invisible",
}  # fmt: skip
_RIGHT_TO_LEFT = re.compile(
    "[\u0590-\u061b\u061d-\u08ff\ufb1d-\ufdcf\ufdf0-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]"
)

COLOURED = 60
"""So many signs in colours take some milliseconds each time they are drawn."""
_COLOURED = re.compile("[\u2600-\u27bf\u2b1b-\u2b55\U0001f000-\U0001faff]")
_STRONG = re.compile(r"[^\W\d_]")

_WORD = re.compile(r"https?://[^\s/]+|[^\W\d_]+", re.I)
_LATIN = re.compile("[a-zA-Z\xc0-\u024f]")
_LOOK_ALIKE = re.compile(
    "[\u0400-\u052f\u0391\u0392\u0395-\u0397\u0399\u039a\u039c\u039d\u039f\u03a1\u03a4\u03a5\u03a7\u03bf\u03f2\u03f3"
    "\u0531-\u0587\u13a0-\u13ff\u1c80-\u1c8a\ua4d0-\ua4ff\uab70-\uabbf\u2c80-\u2cff]"
)

HIDDEN = "\u25af"
"""The sign for a character that is there and does not show."""
TURNED = "\u21c4"
"""The sign for a character that turns the direction of those after it."""
OVERSTACKED = "\u25cc"
SIGNS = re.compile(f"[{HIDDEN}{TURNED}\u2400-\u2421]+")


def marked(text: str, strict: bool) -> str:
    """`text` as it is shown. strict: in code and links, where nothing may be there that is not seen."""
    if text.isascii():
        return _CONTROLS.sub(_control_sign, text)
    if not _OF_NOTE.search(text):
        return text
    leans = not strict and _RIGHT_TO_LEFT.search(text) is not None

    def sign(match: re.Match[str]) -> str:
        kind, found = match.lastgroup, match.group()
        if kind == "fine" or (not strict and kind in ("spelled", "invisible", "leaning")):
            return found
        if kind == "control":
            return _control_sign(match)
        if kind == "none":
            return "\N{REPLACEMENT CHARACTER}"
        if kind == "tags":
            return "".join(HIDDEN + _letter(c) for c in found)
        if kind in ("override", "turning", "leaning"):
            return found if leans and kind == "turning" else TURNED
        return "".join(HIDDEN if c <= "\uffff" else HIDDEN * 2 for c in found)

    return _PILE.sub(_thinned, _KINDS.sub(sign, text))


def hidden(text: str) -> int:
    """How many characters of a text do not show, or turn others, without its language needing them."""
    text = text.replace("\r\n", "\n")
    return 0 if text.isascii() and not _CONTROLS.search(text) else len(text) - len(without_hidden(text))


def without_hidden(text: str) -> str:
    """A text without those characters; what its language or its pictures need stays."""
    text = text.replace("\r\n", "\n")
    leans = _RIGHT_TO_LEFT.search(text) is not None

    def kept(match: re.Match[str]) -> str:
        kind, found = match.lastgroup, match.group()
        fine = kind in ("fine", "spelled") or (leans and kind in ("turning", "leaning"))
        return found if fine else "\n" if found in ("\r", "\u2028", "\u2029") else ""

    return _KINDS.sub(kept, text)


def first_direction(text: str) -> bool | None:
    """Whether the first letter of `text` is of a script that is written from right to left; None where it has none."""
    first = _STRONG.search(text)
    return None if first is None else _RIGHT_TO_LEFT.match(first.group()) is not None


def has_colours(texts: Iterable[str]) -> bool:
    """Whether `texts` have so many signs that are drawn in colours that drawing takes long."""
    return sum(len(_COLOURED.findall(text)) for text in texts if not text.isascii()) > COLOURED


def is_right_to_left(letter: str) -> bool:
    """Whether `letter` runs from right to left; "" does not."""
    return _RIGHT_TO_LEFT.match(letter) is not None


def holds_right_to_left(text: str) -> bool:
    """Whether anything in `text` is written from right to left."""
    return not text.isascii() and _RIGHT_TO_LEFT.search(text) is not None


def flags(text: str, strict: bool) -> set[str]:
    """What in `text` a reader must be told of: bidi, tags, invisible, control and, where strict, mixed-script."""
    if text.isascii():
        return {"control"} if _CONTROLS.search(text) else set()
    found = set()
    if _OF_NOTE.search(text):
        leans = not strict and _RIGHT_TO_LEFT.search(text) is not None
        for match in _KINDS.finditer(text):
            kind = match.lastgroup or ""
            if kind in ("turning", "leaning") and leans:
                continue
            flag = "invisible" if kind == "spelled" and strict else _FLAGS.get(kind)
            if flag is not None:
                found.add(flag)
    if strict and _mixes_scripts(text):
        found.add("mixed-script")
    return found


def _mixes_scripts(text: str) -> bool:
    """Whether a word, or the host of an address, has Latin letters and letters of another script that look like them."""
    return _LOOK_ALIKE.search(text) is not None and any(
        _LOOK_ALIKE.search(word) and _LATIN.search(word.removeprefix("https://").removeprefix("http://"))
        for word in _WORD.findall(text)
    )


def rises(text: str) -> bool:
    """Whether marks may stand on one another in it, higher than a line has room for."""
    return not text.isascii() and _RISING.search(text) is not None


def _thinned(match: re.Match[str]) -> str:
    count = 0

    def kept(mark: re.Match[str]) -> str:
        nonlocal count
        count += 1
        found = mark.group()
        return found if count % (STACK + 1) else OVERSTACKED if found <= "\uffff" else OVERSTACKED * 2

    return _STACKED.sub(kept, match.group())


def _control_sign(match: re.Match[str]) -> str:
    code = ord(match.group())
    if code < 0x20:
        return chr(0x2400 + code)
    return "\u2421" if code == 0x7F else "\N{REPLACEMENT CHARACTER}"


def _letter(tag: str) -> str:
    """The letter that a tag character hides."""
    letter = chr(ord(tag) - 0xE0000)
    return letter if " " < letter <= "~" else " " if letter == " " else HIDDEN
