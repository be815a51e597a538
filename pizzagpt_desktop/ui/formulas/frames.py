"""Room, and what is drawn around a part of a formula: blanks, shifted parts, boxes and strikes; knows no letter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QPainterPath

from pizzagpt_desktop.ui.formulas.boxes import Box, Ink
from pizzagpt_desktop.ui.formulas.lengths import length
from pizzagpt_desktop.ui.formulas.signs import Kind

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    from pizzagpt_desktop.ui.formulas.layout import Layout, Style


class Frames:
    """Lays out mspace, mpadded and menclose."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout

    def space(self, element: Element, style: Style) -> Box:
        scale = style.scale
        return Box(
            length(element.get("width", "0"), scale, 0.0),
            max(0.0, length(element.get("height", "0"), scale, 0.0)),
            max(0.0, length(element.get("depth", "0"), scale, 0.0)),
            Kind.SPACE,
        )

    def padded(self, element: Element, style: Style) -> Box:
        box = self._layout.row(element, style)
        result = Box(kind=box.kind)
        left = length(element.get("lspace", "0"), style.scale, 0.0)
        result.put(box, left, -length(element.get("voffset", "0"), style.scale, 0.0))
        result.width = _padded(element.get("width"), box.width, style.scale)
        result.ascent = max(0.0, _padded(element.get("height"), box.ascent, style.scale))
        result.descent = max(0.0, _padded(element.get("depth"), box.descent, style.scale))
        return result

    def enclosed(self, element: Element, style: Style) -> Box:
        box = self._layout.row(element, style)
        sides = set(element.get("notation", "box").split())
        line = self._layout.measures["fraction_rule_thickness"] * style.scale
        boxed = bool(sides & {"box", "roundedbox", "circle"})
        pad = 0.3 * style.scale if boxed else 0.0
        result = Box(box.width + 2 * pad, box.ascent + pad, box.descent + pad)
        result.put(box, pad)
        path = QPainterPath()
        half = line / 2
        left, right, top, bottom = half, result.width - half, half - result.ascent, result.descent - half
        for name, x1, y1, x2, y2 in (
            ("top", left, top, right, top), ("bottom", left, bottom, right, bottom),
            ("left", left, top, left, bottom), ("right", right, top, right, bottom),
            ("horizontalstrike", left, -box.ascent / 2, right, -box.ascent / 2),
            ("verticalstrike", right / 2, top, right / 2, bottom),
            ("updiagonalstrike", left, bottom, right, top), ("downdiagonalstrike", left, top, right, bottom),
        ):  # fmt: skip
            if name in sides or (boxed and name in ("top", "bottom", "left", "right")):
                path.addPath(_line(x1, y1, x2, y2, line))
        result.inks.append(Ink(0.0, 0.0, 1.0, path, style.colour))
        return result


def _line(x1: float, y1: float, x2: float, y2: float, thick: float) -> QPainterPath:
    """A straight line as an outline."""
    long = max(((x2 - x1) ** 2 + (y2 - y1) ** 2) ** 0.5, 1e-6)
    dx, dy = (y2 - y1) / long * thick / 2, (x1 - x2) / long * thick / 2
    path = QPainterPath()
    path.moveTo(x1 + dx, y1 + dy)
    path.lineTo(x2 + dx, y2 + dy)
    path.lineTo(x2 - dx, y2 - dy)
    path.lineTo(x1 - dx, y1 - dy)
    path.closeSubpath()
    return path


def _padded(given: str | None, own: float, scale: float) -> float:
    """A size that is set, or added to one's own."""
    if given is None:
        return own
    found = length(given, scale, own)
    return max(0.0, own + found if given[:1] in "+-" else found)
