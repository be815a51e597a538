"""A formula as one character of a text document, drawn as its picture on the line of the text; knows no TeX.

What it is drawn from stands in the character's format; where there is no picture the source is text like any other.
"""

from __future__ import annotations

from bisect import bisect_left
from functools import lru_cache
from math import ceil
from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QPointF, QRect, QRectF, QSizeF
from PySide6.QtGui import (
    QBrush,
    QColor,
    QFont,
    QFontMetrics,
    QFontMetricsF,
    QGuiApplication,
    QPainter,
    QPyTextObject,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextFormat,
)

from pizzagpt_desktop.domain import marks
from pizzagpt_desktop.ui.formulas.pictures import Picture, Pictures

if TYPE_CHECKING:
    from pizzagpt_desktop.domain.blocks import Run
    from pizzagpt_desktop.ui.transcript.documents import Document
    from pizzagpt_desktop.ui.transcript.style import Style

OBJECT = int(QTextFormat.ObjectTypes.UserObject.value) + 7
_MARKED = 0x822
"""What Qt itself notes in the format of an object that is selected (QTextFormat's internal ObjectSelectionBrush)."""
_WIDTH, _ASCENT, _DESCENT, _EM, _NUMBER, _LEAST = (
    int(QTextFormat.Property.UserProperty.value) + i for i in range(6)
)
SCALE = 1.05
"""Of a formula's letters to those beside it."""
LEAST_ALONE, LEAST = 0.75, 0.45
"""How small a formula is made so that it fits: one that stands alone is scrolled then, others are shown as source."""
SIDE = 1
"""Pixels on both sides of a formula in a line."""


@lru_cache(maxsize=1)
def pictures() -> Pictures:
    """Those of the whole program: the same formula in two places is made once."""
    return Pictures(QGuiApplication.font())


class _Due(NamedTuple):
    """A formula that Qt has found its place for."""

    baseline: QPointF
    em: float
    colour: QColor
    marked: bool
    ground: tuple[QRectF, QColor] | None


class _Drawing(QPyTextObject):
    """Draws the formulas of one document."""

    def __init__(self, document: Document) -> None:
        super().__init__(document)
        self.pictures: list[Picture] = []
        self.grounds: dict[int, tuple[QRectF, QColor]] = {}
        """Text position -> the line that it is in, and what to paint below the formula there, as wide as that is."""
        self._due: dict[int, _Due] = {}

    def intrinsicSize(self, doc: QTextDocument, at: int, form: QTextFormat) -> QSizeF:
        scale = _scale(doc, form)
        return QSizeF(
            form.doubleProperty(_WIDTH) * scale + 2 * SIDE,
            form.doubleProperty(_ASCENT) * scale + form.doubleProperty(_DESCENT),
        )

    def drawObject(
        self, painter: QPainter, rect: QRectF | QRect, doc: QTextDocument, at: int, form: QTextFormat
    ) -> None:
        rect = QRectF(rect)
        baseline = QPointF(rect.left() + SIDE, rect.bottom() - form.doubleProperty(_DESCENT))
        marked = form.hasProperty(_MARKED)
        em = form.doubleProperty(_EM) * _scale(doc, form)
        number = form.intProperty(_NUMBER)
        known = self._due.get(number)
        is_better = known is None or (at in self.grounds and not known.marked)
        if marked or is_better:  # Qt draws what is selected first, then the rest around it
            ground = None
            if at in self.grounds:
                line, colour = self.grounds[at]
                ground = QRectF(rect.left(), line.top(), rect.width(), line.height()), colour
            self._due[number] = _Due(baseline, em, form.foreground().color(), marked, ground)

    def finish(self, painter: QPainter) -> None:
        """Paint what is due."""
        # WORKAROUND(Qt 6.11): over an object that is selected Qt lays half of the selection's colour when it is drawn.
        due, self._due = self._due, {}
        self.grounds.clear()
        for number, (baseline, em, colour, marked, ground) in due.items():
            if ground is not None:
                painter.fillRect(ground[0].toAlignedRect(), ground[1])  # as Qt does
            self.pictures[number].paint(painter, baseline, em, colour, not marked)


def finish(document: Document, painter: QPainter) -> None:
    """Paint the formulas of a document that has just been drawn."""
    if isinstance(document.drawing, _Drawing):
        document.drawing.finish(painter)


def lay_ground(document: Document, start: int, end: int, line: QRectF, colour: QColor) -> bool:
    """Have what stands from `start` to `end` painted on a ground in the next `finish`; False where that is not one formula.

    Where it stands in its line Qt says when it is drawn: asked before, it measures all formulas to the left of it.
    """
    drawing = document.drawing
    if not isinstance(drawing, _Drawing) or end != start + 1:
        return False
    at = bisect_left(document.inlines, start, key=attrgetter("start"))
    if (
        at == len(document.inlines)
        or document.inlines[at].start != start
        or not document.inlines[at].is_picture
    ):
        return False
    drawing.grounds[start] = line, colour
    return True


def _scale(document: QTextDocument, form: QTextFormat) -> float:
    """How much smaller a formula is drawn so that it fits; one that is scrolled in any case keeps its size."""
    wide, room = form.doubleProperty(_WIDTH) + 2 * SIDE, document.textWidth() - 2
    fitting = room / wide if room > 0 else 1.0
    return fitting if form.doubleProperty(_LEAST) <= fitting < 1.0 else 1.0


def insert_formula(
    document: Document, cursor: QTextCursor, run: Run, style: Style, font: QFont, alone: bool
) -> bool:
    """alone: nothing else is in the document. Insert a formula's picture; False where there is none, or none yet: then `document.waits`."""
    if (
        run.math is None or marks.marked(run.text, True) != run.text
    ):  # what does not show would not show in a picture either
        return False
    known = pictures()
    picture = known.of(run.math.source, run.math.display)
    if picture is None:
        document.waits = document.waits or known.waits(run.math.source, run.math.display)
        return False
    em = font.pixelSize() * SCALE
    if not alone and picture.width * em * LEAST > style.column:
        return False
    document.scrolls = document.scrolls or alone
    drawing = document.drawing
    if not isinstance(drawing, _Drawing):
        document.drawing = drawing = _Drawing(document)
        document.documentLayout().registerHandler(OBJECT, drawing)
    form = QTextCharFormat()
    below = ceil(picture.descent * em)
    form.setFont(_font_with_descent(font, below))
    form.setForeground(QBrush(style.palette.text))
    form.setObjectType(OBJECT)
    form.setVerticalAlignment(QTextCharFormat.VerticalAlignment.AlignBaseline)
    form.setProperty(_WIDTH, picture.width * em)
    ascent = (
        picture.ascent * em
    )  # no less than that of the text, so that formulas in the cells of a row stand on one line
    form.setProperty(_ASCENT, ascent if alone else max(ascent, QFontMetricsF(font).ascent()))
    form.setProperty(_DESCENT, float(QFontMetrics(form.font()).descent()))
    form.setProperty(_EM, em)
    form.setProperty(_LEAST, LEAST_ALONE if alone else 0.0)
    form.setProperty(_NUMBER, len(drawing.pictures))
    drawing.pictures.append(picture)
    cursor.insertText("\N{OBJECT REPLACEMENT CHARACTER}", form)
    return True


def _font_with_descent(font: QFont, pixels: int) -> QFont:
    """`font` so large that what Qt gives a character below the baseline is at least so much."""
    # WORKAROUND(Qt 6.11): an inline object reaches below the line exactly as far as its own font does.
    found = QFont(font)
    size = max(font.pixelSize(), 1)
    while QFontMetrics(found).descent() < pixels:
        size = ceil(size * max(1.05, pixels / max(QFontMetrics(found).descent(), 1) * 0.98))
        found.setPixelSize(size)
    return found


def spelled(cursor: QTextCursor, document: Document) -> str:
    """What is selected, as Qt gives it but with the sources of formulas in their places, and without what is no text."""
    start, end = cursor.selectionStart(), cursor.selectionEnd()
    others = [
        (inline.start, inline.end, inline.run.text)
        for inline in document.inlines
        if inline.is_picture and start <= inline.start and inline.end <= end
    ]
    others += [(at, at + 1, "") for at in document.isolates if start <= at < end]
    if not others:
        return cursor.selectedText()
    parts: list[str] = []
    part = QTextCursor(document)
    for first, after, words in sorted(others):
        part.setPosition(start)
        part.setPosition(first, QTextCursor.MoveMode.KeepAnchor)
        parts += [part.selectedText(), words]
        start = after
    part.setPosition(start)
    part.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
    return "".join([*parts, part.selectedText()])
