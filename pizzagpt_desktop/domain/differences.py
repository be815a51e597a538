"""Where two texts differ, word by word, in bounded time; knows no message and no widget.

Lines are matched first, then the sentences of lines that differ, then the words of sentences that differ: a text of
any length is compared in steps that stay small. What has too little in common is called replaced as a whole.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from difflib import Match, SequenceMatcher
from time import monotonic
from typing import NamedTuple

_LINES = re.compile(r"[^\n]*\n|[^\n]+")
_SENTENCES = re.compile(r".+?(?:[.!?。！？;:]+\s+|\s{2,}|$)", re.DOTALL)
_WORDS = re.compile(r"[぀-ヿ㐀-鿿]|[^\W぀-ヿ㐀-鿿]+|\s+|[^\w\s]")
_CUTS = (_LINES, _SENTENCES, _WORDS)

COSTLIEST = 3_000_000
"""Steps that one matching may take: pairs of equal pieces."""
PATIENCE_S = 5.0
"""How long a comparison may take in all; what is left then counts as replaced."""
LEAST_COMMON, LEAST_KEPT = 0.3, 0.8
"""Two sentences that share less of their letters, and of the shorter one's, are two sentences, not a change of words."""


class Piece(NamedTuple):
    """A stretch of both texts. left, right: what stands there in each; equal where nothing differs."""

    left: str
    right: str

    @property
    def same(self) -> bool:
        return self.left == self.right


class Stopped(Exception):
    """Nobody waits for the comparison any more, or it takes too long."""


class _Matcher(SequenceMatcher[str]):
    """Gives up between its steps when it is told to."""

    def __init__(self, left: Sequence[str], right: Sequence[str], check: Callable[[], None]) -> None:
        super().__init__(None, left, right)
        self._check = check

    def find_longest_match(
        self, alo: int = 0, ahi: int | None = None, blo: int = 0, bhi: int | None = None
    ) -> Match:
        self._check()
        return super().find_longest_match(alo, ahi, blo, bhi)


def differences(left: str, right: str, stopped: Callable[[], bool] = lambda: False) -> list[Piece]:
    """The two texts as pieces, in order; joined they are the texts again. Raises `Stopped` if `stopped` says so."""
    ends = monotonic() + PATIENCE_S

    def check() -> None:
        if stopped():
            raise Stopped
        if monotonic() > ends:
            raise TimeoutError

    return list(_joined(_compare(left, right, 0, check)))


def _compare(left: str, right: str, depth: int, check: Callable[[], None]) -> Iterator[Piece]:
    if left == right or not left or not right or depth == len(_CUTS):
        yield Piece(left, right)
        return
    ours, theirs = _CUTS[depth].findall(left), _CUTS[depth].findall(right)
    try:
        found = _matched(ours, theirs, check)
    except TimeoutError:
        yield Piece(left, right)
        return
    if depth == len(_CUTS) - 1:
        shorter, longer = sorted((len(left), len(right)))
        if _common(ours, found) < min(LEAST_COMMON * longer, LEAST_KEPT * shorter):
            yield Piece(left, right)
            return
    for same, i, j, k, l in found:  # noqa: E741  (difflib's names)
        one, other = "".join(ours[i:j]), "".join(theirs[k:l])
        if same:
            yield Piece(one, other)
        else:
            yield from _compare(one, other, depth + 1, check)


def _matched(
    ours: Sequence[str], theirs: Sequence[str], check: Callable[[], None]
) -> list[tuple[bool, int, int, int, int]]:
    """Whether equal, and from where to where in each; the beginning and the end are looked at first, which is cheap."""
    head = 0
    shorter = min(len(ours), len(theirs))
    while head < shorter and ours[head] == theirs[head]:
        head += 1
    tail = 0
    while tail < shorter - head and ours[-1 - tail] == theirs[-1 - tail]:
        tail += 1
    one, other = ours[head : len(ours) - tail], theirs[head : len(theirs) - tail]
    found = [(True, 0, head, 0, head)] if head else []
    if _cost(one, other) > COSTLIEST:
        found.append((False, head, head + len(one), head, head + len(other)))
    else:
        for tag, i, j, k, l in _Matcher(one, other, check).get_opcodes():  # noqa: E741  (difflib's names)
            found.append((tag == "equal", head + i, head + j, head + k, head + l))
    if tail:
        found.append((True, len(ours) - tail, len(ours), len(theirs) - tail, len(theirs)))
    return found


def _cost(ours: Sequence[str], theirs: Sequence[str]) -> int:
    counts: dict[str, int] = {}
    for piece in theirs:
        counts[piece] = counts.get(piece, 0) + 1
    return sum(counts.get(piece, 0) for piece in ours)


def _common(ours: Sequence[str], found: Sequence[tuple[bool, int, int, int, int]]) -> int:
    """How many letters of words the matching found in both."""
    return sum(len(piece) for same, i, j, _, _ in found if same for piece in ours[i:j])


def _joined(pieces: Iterator[Piece]) -> Iterator[Piece]:
    """Neighbours of one kind as one; a blank between two changes belongs to them, or every word would stand alone."""
    same, left, right = True, "", ""
    waiting = ""
    for piece in pieces:
        if not piece.left and not piece.right:
            continue
        if piece.same and not same and not piece.left.strip() and "\n" not in piece.left:
            waiting += piece.left
            continue
        if piece.same == same:
            left, right = left + waiting + piece.left, right + waiting + piece.right
        else:
            if left or right:
                yield Piece(left, right)
            same, left, right = piece.same, waiting + piece.left, waiting + piece.right
        waiting = ""
    if left or right:
        yield Piece(left, right)
    if waiting:
        yield Piece(waiting, waiting)
