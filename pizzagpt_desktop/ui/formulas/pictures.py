"""A formula's source -> its picture, remembered and within a budget of time; knows no document and no message.

A picture is outlines in ems: one serves every size, colour and density of screen.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from itertools import count
from math import ceil
from time import perf_counter
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPixmap, QPixmapCache, QTransform

if TYPE_CHECKING:
    from PySide6.QtGui import QFont

    from pizzagpt_desktop.ui.formulas.boxes import Box

_WINDING = Qt.FillRule.WindingFill
KEPT = 600
"""Pictures that are remembered."""
BURST_S, SHARE = 0.040, 0.5
"""So much time may be spent at once on new pictures; it comes back at this share of the time that passes."""
FRAME_S = 0.016
WIDEST, HIGHEST = 400.0, 150.0
"""Ems; nobody reads what is larger."""


PIXELS_LIMIT = 1_500_000
"""Of the screen; a larger picture is drawn from its outlines each time."""
_EDGE = 2.0
"""Pixels around a picture for what leans out of its box."""
_numbers = count(1)
_IS_WARM = ""


class Picture:
    """A formula's outlines. width, ascent, descent: in ems."""

    def __init__(self, box: Box) -> None:
        self.width = max(box.width, 0.05)
        self.ascent = max(box.ascent, 0.0)
        self.descent = max(box.descent, 0.0)
        self._number = next(_numbers)
        plain = QPainterPath()
        coloured: dict[str, QPainterPath] = {}
        for ink in box.all_ink():
            path = coloured.setdefault(ink.colour, QPainterPath()) if ink.colour else plain
            path.addPath(
                (QTransform.fromScale(ink.scale, ink.scale) * QTransform.fromTranslate(ink.x, ink.y)).map(
                    ink.path
                )
            )
        plain.setFillRule(_WINDING)
        self._plain = plain
        self._coloured = [(QColor(name), path) for name, path in coloured.items()]
        for _, path in self._coloured:
            path.setFillRule(_WINDING)

    @property
    def height(self) -> float:
        return self.ascent + self.descent

    def paint(self, painter: QPainter, origin: QPointF, em: float, colour: QColor, own: bool = True) -> None:
        """Paint with the left end of its baseline at `origin`. own: parts that have a colour of their own are in it."""
        scale = painter.device().devicePixelRatioF()
        key = f"formula {self._number} {em:.2f} {scale} {colour.rgba()} {own}"
        room = QRectF(
            -_EDGE, -self.ascent * em - _EDGE, self.width * em + 2 * _EDGE, self.height * em + 2 * _EDGE
        )
        if room.width() * room.height() * scale * scale > PIXELS_LIMIT:
            painter.save()
            painter.translate(origin)
            self._draw(painter, em, colour, own)
            painter.restore()
            return
        pixmap = QPixmap()
        if not QPixmapCache.find(key, pixmap):
            pixmap = QPixmap(ceil(room.width() * scale), ceil(room.height() * scale))
            pixmap.setDevicePixelRatio(scale)
            pixmap.fill(Qt.GlobalColor.transparent)
            inside = QPainter(pixmap)
            inside.translate(-room.topLeft())
            self._draw(inside, em, colour, own)
            inside.end()
            QPixmapCache.insert(key, pixmap)
        # On whole pixels of the screen, so that it is as sharp as it was drawn.
        painter.save()
        place = painter.transform().map(origin + room.topLeft())
        painter.resetTransform()
        painter.drawPixmap(
            QPointF(round(place.x() * scale) / scale, round(place.y() * scale) / scale), pixmap
        )
        painter.restore()

    def _draw(self, painter: QPainter, em: float, colour: QColor, own: bool) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.scale(em, em)
        painter.fillPath(self._plain, colour)
        for its_own, path in self._coloured:
            painter.fillPath(path, _legible(its_own, colour) if own and its_own.isValid() else colour)


def _legible(own: QColor, text: QColor) -> QColor:
    """A colour of one's own, made as light or dark as it takes to be read where `text` is."""
    light = own.lightnessF()
    light = max(light, 0.74) if text.lightnessF() > 0.5 else min(light, 0.4)
    return QColor.fromHslF(max(own.hslHueF(), 0.0), own.hslSaturationF(), light)


class Pictures:
    """Makes pictures; None is said of what cannot be one, or not now."""

    def __init__(self, text_font: QFont) -> None:
        self._text_font = text_font
        self._known: OrderedDict[tuple[str, bool], Picture | None] = OrderedDict()
        self._left = BURST_S
        self._seen = perf_counter()
        self._broken = False
        self._warming = self._warm()

    def of(self, source: str, display: bool) -> Picture | None:
        """The picture of TeX without its delimiters."""
        key = source, display
        if key in self._known:
            self._known.move_to_end(key)
            return self._known[key]
        if not self._may_go_on():
            return None
        began = perf_counter()
        if next(self._warming, _IS_WARM) is not _IS_WARM:
            self._left = -FRAME_S * SHARE  # the next step is for another frame
            return None
        picture = self._made(source, display)
        self._seen = perf_counter()
        self._left -= self._seen - began
        self._known[key] = picture
        if len(self._known) > KEPT:
            self._known.popitem(last=False)
        return picture

    def waits(self, source: str, display: bool) -> bool:
        """Whether there is no picture only because it was not made yet."""
        return not self._broken and (source, display) not in self._known

    def _may_go_on(self) -> bool:
        now = perf_counter()
        self._left = min(BURST_S, self._left + (now - self._seen) * SHARE)
        self._seen = now
        return self._left > 0 and not self._broken

    def _warm(self) -> Iterator[str]:
        """Load what is needed, in steps of which none takes long."""
        import xml.etree.ElementTree

        yield xml.etree.ElementTree.__name__
        import latex2mathml.tokenizer

        yield latex2mathml.tokenizer.__name__
        import latex2mathml.converter

        yield latex2mathml.converter.__name__
        from pizzagpt_desktop.ui.formulas import layout, math_font

        yield layout.__name__
        try:
            math_font.math_font()
        except math_font.FontError:  # a build without the font shows sources
            self._broken = True
        yield math_font.__name__

    def _made(self, source: str, display: bool) -> Picture | None:
        from pizzagpt_desktop.domain.formulas import FormulaError, read
        from pizzagpt_desktop.ui.formulas.layout import Layout
        from pizzagpt_desktop.ui.formulas.math_font import math_font

        try:
            box = Layout(math_font(), self._text_font).formula(read(source, display))
        except FormulaError:
            return None
        if box.width > WIDEST or box.height > HIGHEST or not box.width > 0:
            return None
        return Picture(box)
