"""Matrices, cases and aligned lines: boxes in rows and columns; knows no fence."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtGui import QPainterPath

from pizzagpt_desktop.ui.formulas.boxes import Box, Ink
from pizzagpt_desktop.ui.formulas.lengths import length

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    from pizzagpt_desktop.ui.formulas.layout import Layout, Style

STRUT_ASCENT, STRUT_DESCENT = 0.84, 0.36
"""Of every row: TeX's line of 1.2 em."""
ROW_GAP, ROW_GAP_DISPLAY = 0.06, 0.3
COLUMN_GAP = 1.0
SIDE = 0.1
"""Between a matrix and its fences."""
PAD = 0.2
"""Beside lines, and between a line and the edge."""


class Tables:
    """Lays out mtable."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout

    def table(self, element: Element, style: Style) -> Box:
        layout, scale = self._layout, style.scale
        display = element.get("displaystyle") == "true"
        inside = replace(style, display=display)
        rows = [child for child in element if child.tag == "mtr"]
        cells = [[self._cell(cell, inside) for cell in row if cell.tag == "mtd"] for row in rows]
        sides = [
            [cell.get("columnalign", row.get("columnalign", "")) for cell in row if cell.tag == "mtd"]
            for row in rows
        ]
        usual = (element.get("columnalign") or "center").split()
        count = max((len(row) for row in cells), default=0)
        widths = [max((row[i].width for row in cells if i < len(row)), default=0.0) for i in range(count)]
        lines = (element.get("columnlines") or "").split()
        gaps = self._gaps(element.get("columnspacing"), count - 1, COLUMN_GAP, scale)
        framed = element.get("frame") == "solid"
        edge = PAD * scale if framed or any(_is_line(lines, i) for i in range(count)) else 0.0
        edge = max(edge, 0.0 if display else SIDE * scale)
        lefts, x = [], edge
        for index, width in enumerate(widths):
            lefts.append(x)
            x += width + (gaps[index] if index < count - 1 else 0.0)
        result = Box(x + edge)
        tops, total = self._rows(element, cells, style, display)
        axis = layout.axis(style)
        top = -(total / 2 + axis)
        for row, aligned, (baseline, _) in zip(cells, sides, tops, strict=True):
            for index, cell in enumerate(row):
                side = aligned[index] or usual[min(index, len(usual) - 1)]
                spare = widths[index] - cell.width
                at = 0.0 if side == "left" else spare if side == "right" else spare / 2
                result.put(cell, lefts[index] + at, top + baseline)
        result.ascent = max(0.0, total / 2 + axis)
        result.descent = max(0.0, total / 2 - axis)
        self._lines(element, result, lefts, widths, tops, framed, style)
        return result

    def _cell(self, cell: Element, style: Style) -> Box:
        return self._layout.row(cell, style)

    def _gaps(self, given: str | None, count: int, usual: float, scale: float) -> list[float]:
        words = (given or "").split()
        gaps = [length(word, scale, usual * scale) for word in words] or [usual * scale]
        return [gaps[min(index, len(gaps) - 1)] if len(gaps) < 2 else gaps[index % len(gaps)]
                for index in range(max(0, count))]  # fmt: skip

    def _rows(
        self, element: Element, cells: list[list[Box]], style: Style, display: bool
    ) -> tuple[list[tuple[float, float]], float]:
        """Baseline and lower edge of every row below the table's top, and its height."""
        scale = style.scale
        gaps = self._gaps(
            element.get("rowspacing"), len(cells) - 1, ROW_GAP_DISPLAY if display else ROW_GAP, scale
        )
        found, y = [], 0.0
        for index, row in enumerate(cells):
            ascent = max([STRUT_ASCENT * scale, *(cell.ascent for cell in row)])
            descent = max([STRUT_DESCENT * scale, *(cell.descent for cell in row)])
            baseline = y + ascent
            y = baseline + descent
            found.append((baseline, y))
            if index < len(cells) - 1:
                y += gaps[index]
        return found, y

    def _lines(
        self, element: Element, result: Box, lefts: list[float], widths: list[float],
        tops: list[tuple[float, float]], framed: bool, style: Style,
    ) -> None:  # fmt: skip
        thick = self._layout.measures["fraction_rule_thickness"] * style.scale
        path = QPainterPath()
        top, bottom = -result.ascent, result.descent
        columns = (element.get("columnlines") or "").split()
        for index in range(len(lefts) - 1):
            if _is_line(columns, index):
                x = (lefts[index] + widths[index] + lefts[index + 1]) / 2
                path.addRect(x - thick / 2, top, thick, bottom - top)
        rows = (element.get("rowlines") or "").split()
        for index in range(len(tops) - 1):
            if _is_line(rows, index):
                y = top + tops[index][1]
                path.addRect(0.0, y - thick / 2, result.width, thick)
        if framed:
            for x in (0.0, result.width - thick):
                path.addRect(x, top, thick, bottom - top)
            for y in (top, bottom - thick):
                path.addRect(0.0, y, result.width, thick)
        if not path.isEmpty():
            result.inks.append(Ink(0.0, 0.0, 1.0, path, style.colour))


def _is_line(words: list[str], index: int) -> bool:
    return bool(words) and words[min(index, len(words) - 1)] in ("solid", "dashed")
