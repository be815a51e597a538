"""A font for formulas: outlines, measures and what its MATH table says; knows no formula.

The font is STIX Two Math, which comes with the ziamath package. Everything is in ems. The table is read as OpenType 1.9
describes it ("MATH - The Mathematical Typesetting Table"); a font without it is refused.
"""

from __future__ import annotations

import struct
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from PySide6.QtGui import QFont, QPainterPath, QRawFont, QTransform

NAMES = (
    "math_leading", "axis_height", "accent_base_height", "flattened_accent_base_height", "subscript_shift_down",
    "subscript_top_max", "subscript_baseline_drop_min", "superscript_shift_up", "superscript_shift_up_cramped",
    "superscript_bottom_min", "superscript_baseline_drop_max", "sub_superscript_gap_min",
    "superscript_bottom_max_with_subscript", "space_after_script", "upper_limit_gap_min",
    "upper_limit_baseline_rise_min", "lower_limit_gap_min", "lower_limit_baseline_drop_min", "stack_top_shift_up",
    "stack_top_display_style_shift_up", "stack_bottom_shift_down", "stack_bottom_display_style_shift_down",
    "stack_gap_min", "stack_display_style_gap_min", "stretch_stack_top_shift_up", "stretch_stack_bottom_shift_down",
    "stretch_stack_gap_above_min", "stretch_stack_gap_below_min", "fraction_numerator_shift_up",
    "fraction_numerator_display_style_shift_up", "fraction_denominator_shift_down",
    "fraction_denominator_display_style_shift_down", "fraction_numerator_gap_min", "fraction_num_display_style_gap_min",
    "fraction_rule_thickness", "fraction_denominator_gap_min", "fraction_denom_display_style_gap_min",
    "skewed_fraction_horizontal_gap", "skewed_fraction_vertical_gap", "overbar_vertical_gap",
    "overbar_rule_thickness", "overbar_extra_ascender", "underbar_vertical_gap", "underbar_rule_thickness",
    "underbar_extra_descender", "radical_vertical_gap", "radical_display_style_vertical_gap",
    "radical_rule_thickness", "radical_extra_ascender", "radical_kern_before_degree", "radical_kern_after_degree",
)  # fmt: skip
"""The measures of the table, in its order."""
EXTENDERS_LIMIT = 200
"""Pieces that a stretched sign is put together from at most."""


class Glyph(NamedTuple):
    """One outline. ascent, descent: of its ink. italic: how far it leans out at the top. accent: where one is put."""

    path: QPainterPath
    width: float
    ascent: float
    descent: float
    italic: float
    accent: float


class Part(NamedTuple):
    """A piece of a stretched sign. start, end: how far it may overlap with its neighbours."""

    glyph: int
    start: float
    end: float
    length: float
    repeats: bool


class Growth(NamedTuple):
    """How a sign grows. sizes: glyphs and their lengths, the smallest first."""

    sizes: tuple[tuple[int, float], ...] = ()
    parts: tuple[Part, ...] = ()


class FontError(Exception):
    """There is no usable font for formulas."""


class MathFont:
    """Reads the font from `path`. Raises FontError."""

    def __init__(self, path: Path) -> None:
        self._raw = QRawFont(str(path), 1000.0, QFont.HintingPreference.PreferNoHinting)
        if not self._raw.isValid():
            raise FontError(str(path))
        self._em = 1000.0
        units = float(self._raw.unitsPerEm()) or 1000.0
        table = bytes(self._raw.fontTable("MATH").data())
        if len(table) < 10:
            raise FontError(str(path))
        reader = _Reader(table, units)
        constants, info, variants = struct.unpack_from(">HHH", table, 4)
        self.script_scale, self.script_script_scale = reader.percents(constants)
        self.measures: dict[str, float] = reader.measures(constants)
        self.display_operator_height = reader.unsigned(constants + 6) / units
        self.degree_raise = reader.signed(constants + 8 + 4 * len(NAMES)) / 100
        self._italics = reader.values(info + reader.unsigned(info))
        self._accents = reader.values(info + reader.unsigned(info + 2))
        self.overlap, self._upright, self._across = reader.growths(variants)
        self._glyphs: dict[int, Glyph] = {}
        self._indexes: dict[str, int] = {}

    def index(self, char: str) -> int:
        """The number of a character's glyph, 0 where there is none."""
        index = self._indexes.get(char)
        if index is None:
            found = self._raw.glyphIndexesForString(char)
            index = self._indexes[char] = int(found[0]) if found else 0
        return index

    def glyph(self, index: int) -> Glyph:
        known = self._glyphs.get(index)
        if known is None:
            scale = 1 / self._em
            path = QTransform.fromScale(scale, scale).map(self._raw.pathForGlyph(index))
            box = path.boundingRect()
            width = self._raw.advancesForGlyphIndexes([index])[0].x() * scale
            known = Glyph(
                path, width, max(-box.top(), 0.0) if box.top() < 0 else -box.top(), box.bottom(),
                self._italics.get(index, 0.0), self._accents.get(index, width / 2),
            )  # fmt: skip
            self._glyphs[index] = known
        return known

    def growth(self, index: int, upright: bool) -> Growth:
        """How a glyph grows upwards or sideways."""
        return (self._upright if upright else self._across).get(index, Growth())


class _Reader:
    """The MATH table: big endian, offsets from the beginning of what holds them."""

    def __init__(self, table: bytes, units: float) -> None:
        self._table = table
        self._units = units

    def unsigned(self, at: int) -> int:
        return int(struct.unpack_from(">H", self._table, at)[0])

    def signed(self, at: int) -> int:
        return int(struct.unpack_from(">h", self._table, at)[0])

    def percents(self, at: int) -> tuple[float, float]:
        return self.signed(at) / 100, self.signed(at + 2) / 100

    def measures(self, at: int) -> dict[str, float]:
        return {name: self.signed(at + 8 + 4 * i) / self._units for i, name in enumerate(NAMES)}

    def covered(self, at: int) -> list[int]:
        """The glyphs of a coverage table, in their order."""
        kind, count = self.unsigned(at), self.unsigned(at + 2)
        if kind == 1:
            return [self.unsigned(at + 4 + 2 * i) for i in range(count)]
        found: list[int] = []
        for i in range(count):
            first, last = self.unsigned(at + 4 + 6 * i), self.unsigned(at + 6 + 6 * i)
            found += range(first, last + 1)
        return found

    def values(self, at: int) -> dict[int, float]:
        """Glyph -> value: coverage, count, records."""
        glyphs = self.covered(at + self.unsigned(at))
        return {glyph: self.signed(at + 4 + 4 * i) / self._units for i, glyph in enumerate(glyphs)}

    def growths(self, at: int) -> tuple[float, dict[int, Growth], dict[int, Growth]]:
        overlap = self.unsigned(at) / self._units
        upright, across = self.unsigned(at + 6), self.unsigned(at + 8)
        places = [at + self.unsigned(at + 10 + 2 * i) for i in range(upright + across)]
        found = []
        for cover, mine in (
            (self.unsigned(at + 2), places[:upright]),
            (self.unsigned(at + 4), places[upright:]),
        ):
            glyphs = self.covered(at + cover) if cover else []
            found.append({glyph: self.growth(place) for glyph, place in zip(glyphs, mine, strict=False)})
        return overlap, found[0], found[1]

    def growth(self, at: int) -> Growth:
        assembly, count = self.unsigned(at), self.unsigned(at + 2)
        sizes = tuple(
            (self.unsigned(at + 4 + 4 * i), self.unsigned(at + 6 + 4 * i) / self._units) for i in range(count)
        )
        parts: list[Part] = []
        if assembly:
            start = at + assembly
            for i in range(self.unsigned(start + 4)):
                place = start + 6 + 10 * i
                first, last, length = (self.unsigned(place + 2 * n) / self._units for n in (1, 2, 3))
                parts.append(
                    Part(self.unsigned(place), first, last, length, bool(self.unsigned(place + 8) & 1))
                )
        return Growth(sizes, tuple(parts))


@lru_cache(maxsize=1)
def math_font() -> MathFont:
    """The font, read when first asked for. Raises FontError."""
    spec = find_spec("ziamath")
    if spec is None or not spec.submodule_search_locations:
        raise FontError("ziamath")
    return MathFont(Path(spec.submodule_search_locations[0], "fonts", "STIXTwoMath-Regular.ttf"))
