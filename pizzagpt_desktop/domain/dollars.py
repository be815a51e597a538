"""Whether what stands between dollar signs is a formula, or prices, variables and names; knows no Markdown.

The rule is pandoc's (no blank inside the signs, no digit after the second), made stricter where replies speak of money
and of programs, and looser where letters stand beside each other without blanks: in Chinese a formula is 如$x$的.
"""

import re

_SPAN = re.compile(r"\$(?![\s$])((?:[^$\\]|\\.){1,1000}?)(?<!\s)\$(?!\$)", re.S)
_TEX = re.compile(r"[\\^_={}]")
"""Signs that prose and prices have not, between dollar signs."""
_SIGN = re.compile(r"[\\^_=+<>{}|*&]")
_UNSPACED = "\u0e00-\u0eff\u1000-\u11ff\u1780-\u17ff\u2e80-\u2fff\u3040-\ud7ff\uf900-\ufaff\uff66-\uffdf"
"""Letters of scripts that write words, or endings, without a blank between them."""
_PRICE = re.compile(rf"\d.*(?:\s[A-Za-z]{{2,}}(?![A-Za-z])|[{_UNSPACED}])", re.S)
_CLAUSE = re.compile(rf"[{_UNSPACED}][，。、；：！？]")
_WORD = re.compile(r"[^\W\d_]{2,}")
_LONG_WORD = re.compile(r"[^\W\d_]{4,}")
_NO_OPENING = frozenset(",;:!?)}'\"’”/")
"""What no formula begins with."""
_ENDS = re.compile(r"[\w)\]}'!|%]")
"""What a formula ends with where something stands right behind it."""
_ORDINAL = re.compile(r"(?:th|st|nd|rd|s|te[nrs]?|e|ème|ième)(?!\w)")
"""Letters that may stand right behind: the $n$th of all $k$s."""
_REFERENCE = re.compile(r"\d+(?:\s?[,–-]\s?\d+)*")


def formula_end(text: str, at: int, end: int) -> int:
    """Where the formula that begins with the single dollar sign at `at` ends, before `end`; -1 where there is none."""
    match = _SPAN.match(text, at, end)
    if match is None or (at and _joins(text[at - 1])):
        return -1
    inner = match.group(1)
    if inner[0] in _NO_OPENING or not _may_follow(text[match.end() : end][:6], inner[-1]):
        return -1
    if _TEX.search(inner) is None and (_PRICE.match(inner) or _is_prose(inner)):
        return -1
    return match.end()


def is_display(inner: str, before: str, after: str) -> bool:
    """Whether `$$inner$$` in the midst of a line is a formula. before, after: the characters beside it, or ""."""
    bare = inner.strip()
    if (
        not bare
        or "$" in inner
        or _joins(before)
        or after == "$"
        or after.isdigit()
        or bare[0] in _NO_OPENING
    ):
        return False
    if inner != bare and _TEX.search(bare) is None and _LONG_WORD.search(bare) is not None:
        return False
    if _SIGN.search(bare) is not None:
        return True
    return any(map(str.isalnum, bare)) and (inner == bare or _WORD.search(bare) is None)


def is_reference(inner: str) -> bool:
    """Whether `[inner]` is a number of a source, as in "shown in [1, 2]", which no formula is."""
    return _REFERENCE.fullmatch(inner.strip()) is not None


def _is_prose(inner: str) -> bool:
    words = [found.group() for word in inner.split() if (found := _WORD.search(word)) is not None]
    return (len(words) > 1 and max(map(len, words)) > 3) or _CLAUSE.search(inner) is not None


def _joins(char: str) -> bool:
    """Whether a letter or digit right before a dollar sign belongs to it, as in US$5 and A$1."""
    return char in ("$", "_") or (char.isalnum() and char < "\u0530")


def _may_follow(after: str, last: str) -> bool:
    """Whether a formula that ends with `last` can be followed right away by `after`."""
    if not after or (after[0] not in "({[.@\\_" and not _joins(after[0])):
        return True
    if after[0] == "." and not _joins(after[1:2]):
        return True
    if after[0].isdigit() or after[0] == "_" or _ENDS.match(last) is None:
        return False
    return not after[0].isalnum() or _ORDINAL.match(after) is not None
