"""Boxes that a formula is put together from, in the manner of TeX; knows no MathML.

Everything is in ems of the whole formula; y grows downwards from the baseline.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from PySide6.QtGui import QPainterPath

from pizzagpt_desktop.ui.formulas.math_font import EXTENDERS_LIMIT, Glyph, MathFont, Part
from pizzagpt_desktop.ui.formulas.signs import Kind


@dataclass(slots=True)
class Ink:
    """An outline at a place, `scale` times its size. colour: "" for that of the text."""

    x: float
    y: float
    scale: float
    path: QPainterPath
    colour: str = ""


@dataclass(slots=True)
class Box:
    """ascent, descent: above and below the baseline. italic: how far it leans out on the right at the top.

    accent: where a mark above it is centred. single: it is one character.
    """

    width: float = 0.0
    ascent: float = 0.0
    descent: float = 0.0
    kind: Kind = Kind.ORD
    italic: float = 0.0
    accent: float | None = None
    single: bool = False
    inks: list[Ink] = field(default_factory=list)
    inner: list[tuple[float, float, Box]] = field(default_factory=list)

    @property
    def height(self) -> float:
        return self.ascent + self.descent

    def put(self, box: Box, x: float, y: float = 0.0) -> None:
        """Place `box` in this one, which grows as high as it takes, but no wider."""
        self.inner.append((x, y, box))
        self.ascent = max(self.ascent, box.ascent - y)
        self.descent = max(self.descent, box.descent + y)

    def all_ink(self) -> Iterator[Ink]:
        """Every outline at its place in this box."""
        waiting: list[tuple[float, float, Box]] = [(0.0, 0.0, self)]
        while waiting:
            x, y, box = waiting.pop()
            for ink in box.inks:
                yield Ink(x + ink.x, y + ink.y, ink.scale, ink.path, ink.colour)
            waiting += [(x + dx, y + dy, inner) for dx, dy, inner in box.inner]


def glyph_box(glyph: Glyph, scale: float, kind: Kind = Kind.ORD, colour: str = "") -> Box:
    return Box(
        glyph.width * scale, glyph.ascent * scale, glyph.descent * scale, kind, glyph.italic * scale,
        glyph.accent * scale, True, [Ink(0.0, 0.0, scale, glyph.path, colour)],
    )  # fmt: skip


def rule(width: float, height: float, colour: str = "") -> Box:
    """A black line that stands on the baseline."""
    path = QPainterPath()
    path.addRect(0.0, -height, width, height)
    return Box(width, height, 0.0, inks=[Ink(0.0, 0.0, 1.0, path, colour)])


def shifted(box: Box, down: float) -> Box:
    """The same, lower by so much."""
    result = Box(box.width, -1e9, -1e9, box.kind, box.italic, box.accent)
    result.put(box, 0.0, down)
    return result


def grown(font: MathFont, index: int, scale: float, wanted: float, upright: bool, colour: str = "") -> Box:
    """A sign at least `wanted` high or wide where it can be; the largest there is where it cannot."""
    growth = font.growth(index, upright)
    for glyph, length in growth.sizes:
        if length * scale >= wanted:
            return glyph_box(font.glyph(glyph), scale, colour=colour)
    if growth.parts:
        return _assembled(font, growth.parts, scale, wanted, upright, colour)
    return glyph_box(font.glyph(growth.sizes[-1][0] if growth.sizes else index), scale, colour=colour)


def _assembled(
    font: MathFont, parts: Sequence[Part], scale: float, wanted: float, upright: bool, colour: str
) -> Box:
    """Pieces with as many of those that repeat as it takes, overlapping as much as is left."""
    least = font.overlap
    fixed = sum(part.length for part in parts if not part.repeats)
    one = sum(part.length - least for part in parts if part.repeats)
    count = 0
    if one > 0:
        short = wanted / scale - (fixed - least * max(0, len([p for p in parts if not p.repeats]) - 1))
        count = min(EXTENDERS_LIMIT, max(0, -int(-short // one)))
    row = [part for part in parts for _ in range(count if part.repeats else 1)]
    most = [min(a.end, b.start, a.length, b.length) for a, b in pairwise(row)]
    longest = sum(part.length for part in row) - least * len(most)
    spare = max(0.0, longest - wanted / scale)
    free = sum(max(0.0, room - least) for room in most)
    share = min(1.0, spare / free) if free > 0 else 0.0
    result = Box()
    at = 0.0
    for number, part in enumerate(row):
        glyph = font.glyph(part.glyph)
        if number:
            at -= (least + share * max(0.0, most[number - 1] - least)) * scale
        # A piece stands on its lowest point, or on its leftmost one.
        result.inks.append(
            Ink(0.0, -at - glyph.descent * scale, scale, glyph.path, colour)
            if upright
            else Ink(at, 0.0, scale, glyph.path, colour)
        )
        if upright:
            result.width = max(result.width, glyph.width * scale)
        else:
            result.ascent = max(result.ascent, glyph.ascent * scale)
            result.descent = max(result.descent, glyph.descent * scale)
        at += part.length * scale
    if upright:
        result.ascent = at
    else:
        result.width = at
        result.accent = at / 2
    return result
