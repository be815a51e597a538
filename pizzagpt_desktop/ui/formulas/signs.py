"""What a sign is in a formula: its class, the room beside it, and the letters of other styles; knows no font."""

from __future__ import annotations

from enum import IntEnum


class Kind(IntEnum):
    """The classes of The TeXbook, chapter 17; SPACE is nobody's neighbour."""

    ORD = 0
    OP = 1
    BIN = 2
    REL = 3
    OPEN = 4
    CLOSE = 5
    PUNCT = 6
    INNER = 7
    SPACE = 8


THIN, MEDIUM, THICK = 3 / 18, 4 / 18, 5 / 18
_TABLE = (
    (0, 1, 2, 3, 0, 0, 0, 1),
    (1, 1, 0, 3, 0, 0, 0, 1),
    (2, 2, 0, 0, 2, 0, 0, 2),
    (3, 3, 0, 0, 3, 0, 0, 3),
    (0, 0, 0, 0, 0, 0, 0, 0),
    (0, 1, 2, 3, 0, 0, 0, 1),
    (1, 1, 0, 1, 1, 1, 1, 1),
    (1, 1, 2, 3, 1, 0, 1, 1),
)
"""The TeXbook, page 170: 0 none, 1 thin, 2 medium, 3 thick, from the left neighbour's class to the right one's."""


def space(left: Kind, right: Kind, in_script: bool) -> float:
    """Ems between two neighbours."""
    if Kind.SPACE in (left, right):
        return 0.0
    size = _TABLE[left][right]
    if in_script and (left, right) not in _ALSO_IN_SCRIPT:
        return 0.0
    return (0.0, THIN, MEDIUM, THICK)[size]


_ALSO_IN_SCRIPT = {
    (Kind.ORD, Kind.OP), (Kind.OP, Kind.ORD), (Kind.OP, Kind.OP), (Kind.CLOSE, Kind.OP), (Kind.INNER, Kind.OP),
}  # fmt: skip

OPENING = frozenset("([{⟨⌈⌊⟦⟮〈⦃❲⎰")
CLOSING = frozenset(")]}⟩⌉⌋⟧⟯〉⦄❳⎱")
FENCES = OPENING | CLOSING | frozenset("|‖∣∥/\\⟋⟍↑↓↕⇑⇓⇕")
LARGE = frozenset("∑∏∐⋃⋂⋁⋀⨁⨂⨀⨄⨆⨅⨃∫∬∭⨌∮∯∰∱∲∳⨍⨏⨑⨖⨙⨚")
INTEGRALS = frozenset("∫∬∭⨌∮∯∰∱∲∳⨍⨏⨑⨖⨙⨚")
LIMITED = frozenset(
    ["lim", "max", "min", "sup", "inf", "limsup", "liminf", "lim sup", "lim inf", "arg max", "arg min", "argmax",
     "argmin", "det", "gcd", "Pr", "injlim", "projlim"]
)  # fmt: skip
"""Names whose scripts stand above and below where the formula stands by itself."""
_BINARY = frozenset("+-−±∓×÷·⋅∗*⋆∘∙•∪∩⊎⊓⊔∨∧⊕⊖⊗⊘⊙†‡∖⋄△▽◁▷≀⨿⊞⊟⊠⊡⋇⋉⋊⋎⋏⋒⋓∔∸⊻⊼⊽⩽⨯")
_ORDINARY = frozenset("∀∁∂∃∄∅∆∇∎∞∟∠∡∢∴∵′″‴‵!%&?@#$_.…⋯⋮⋱⋰¬°/\\|‖∥⌀⊤⊥√")
_PUNCTUATION = frozenset(",;")
_RELATIONS = frozenset("=<>:∣≔≕⟂∝")


def kind_of(char: str) -> Kind:
    """The class of an operator."""
    if char in OPENING:
        return Kind.OPEN
    if char in CLOSING:
        return Kind.CLOSE
    if char in LARGE:
        return Kind.OP
    if char in _BINARY and char != "⩽":
        return Kind.BIN
    if char in _PUNCTUATION:
        return Kind.PUNCT
    if char in _RELATIONS:
        return Kind.REL
    if char in _ORDINARY or len(char) != 1:
        return Kind.ORD
    code = ord(char)
    related = 0x2190 <= code < 0x2300 or 0x27F0 <= code < 0x2980 or 0x2A66 <= code < 0x2B00
    return Kind.REL if related else Kind.ORD


ACCENTS = {
    "^": "\u0302", "ˆ": "\u0302", "~": "\u0303", "˜": "\u0303", "¯": "\u0304", "ˉ": "\u0304", "˙": "\u0307",
    ".": "\u0307", "¨": "\u0308", "→": "\u20d7", "⃗": "\u20d7", "ˇ": "\u030c", "˘": "\u0306", "´": "\u0301",
    "`": "\u0300", "˚": "\u030a", "⃛": "\u20db", "⃜": "\u20dc", "←": "\u20d6", "↔": "\u20e1",
}  # fmt: skip
"""What stands above a letter -> the mark that is drawn for it."""
BARS = frozenset("―‾¯_ˉ̲¯")
"""Signs that are drawn as a line as long as what they belong to."""

_LATIN = {
    "bold": 0x1D400, "italic": 0x1D434, "bold-italic": 0x1D468, "script": 0x1D49C, "bold-script": 0x1D4D0,
    "fraktur": 0x1D504, "double-struck": 0x1D538, "bold-fraktur": 0x1D56C, "sans-serif": 0x1D5A0,
    "bold-sans-serif": 0x1D5D4, "sans-serif-italic": 0x1D608, "sans-serif-bold-italic": 0x1D63C,
    "monospace": 0x1D670,
}  # fmt: skip
_GREEK = {
    "bold": 0x1D6A8, "italic": 0x1D6E2, "bold-italic": 0x1D71C, "bold-sans-serif": 0x1D756,
    "sans-serif-bold-italic": 0x1D790,
}  # fmt: skip
_DIGITS = {
    "bold": 0x1D7CE, "double-struck": 0x1D7D8, "sans-serif": 0x1D7E2, "bold-sans-serif": 0x1D7EC,
    "monospace": 0x1D7F6,
}  # fmt: skip
_ELSEWHERE = {
    ("italic", "h"): "ℎ", ("script", "B"): "ℬ", ("script", "E"): "ℰ", ("script", "F"): "ℱ", ("script", "H"): "ℋ",
    ("script", "I"): "ℐ", ("script", "L"): "ℒ", ("script", "M"): "ℳ", ("script", "R"): "ℛ", ("script", "e"): "ℯ",
    ("script", "g"): "ℊ", ("script", "o"): "ℴ", ("fraktur", "C"): "ℭ", ("fraktur", "H"): "ℌ", ("fraktur", "I"): "ℑ",
    ("fraktur", "R"): "ℜ", ("fraktur", "Z"): "ℨ", ("double-struck", "C"): "ℂ", ("double-struck", "H"): "ℍ",
    ("double-struck", "N"): "ℕ", ("double-struck", "P"): "ℙ", ("double-struck", "Q"): "ℚ",
    ("double-struck", "R"): "ℝ", ("double-struck", "Z"): "ℤ",
}  # fmt: skip
_AFTER_OMEGA = "∂ϵϑϰϕϱϖ"
"""The signs that stand after omega in the rows of Greek letters."""


def styled(char: str, variant: str) -> str:
    """A letter or digit in another style, as Unicode has it; other characters as they are."""
    if (variant, char) in _ELSEWHERE:
        return _ELSEWHERE[variant, char]
    if "A" <= char <= "Z" or "a" <= char <= "z":
        base = _LATIN.get(variant)
        if base is None:
            return char
        return chr(base + (ord(char) - 65 if char <= "Z" else ord(char) - 71))
    if char.isascii() and char.isdigit():
        base = _DIGITS.get(variant)
        return char if base is None else chr(base + ord(char) - 48)
    base = _GREEK.get(variant)
    if base is not None:
        if "Α" <= char <= "Ω":
            return chr(base + ord(char) - 0x391)
        if "α" <= char <= "ω":
            return chr(base + 26 + ord(char) - 0x3B1)
        if char == "∇":
            return chr(base + 25)
        if char in _AFTER_OMEGA:
            return chr(base + 51 + _AFTER_OMEGA.index(char))
    return char
