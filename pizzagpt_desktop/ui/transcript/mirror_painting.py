"""Draws the text of a table that begins at the right, cell by cell in its place; knows no lines and no boxes.

Qt draws a document as it is, and looks at every cell of a row for each part of it that is asked for.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from operator import itemgetter

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainter, QTextBlock, QTextCharFormat, QTextLayout, QTextTable

from pizzagpt_desktop.ui.transcript.documents import Document
from pizzagpt_desktop.ui.transcript.formula_runs import finish
from pizzagpt_desktop.ui.transcript.marks import Mark
from pizzagpt_desktop.ui.transcript.mirror import Mirror
from pizzagpt_desktop.ui.transcript.tables import table_in

SHORT = 200
"""Characters of a mark that is looked for only where it is."""


def draw_mirrored(
    painter: QPainter, document: Document, mirror: Mirror, marks: Sequence[Mark], clip: QRectF
) -> None:
    """Draw what is seen in `clip`."""
    shown = table_in(document)
    if shown is None:
        return
    layout = document.documentLayout()

    def top(row: int) -> float:
        return layout.blockBoundingRect(_block(shown, row, 0)).top()

    rows = range(shown.rows())
    first = max(0, bisect_right(rows, clip.top(), key=top) - 1)
    last = bisect_left(rows, clip.bottom(), key=top)
    here = _Marks(marks)
    for place in mirror.columns(clip.left(), clip.right()):
        for row in range(first, last):
            block = _block(shown, row, place.column)
            text = block.layout()
            at = layout.blockBoundingRect(block).topLeft() - text.position()
            text.draw(painter, at + QPointF(place.shift, 0), here.in_cell(block))
    finish(document, painter)


def _block(shown: QTextTable, row: int, column: int) -> QTextBlock:
    """The text of a cell; it has one block."""
    return shown.cellAt(row, column).firstCursorPosition().block()


class _Marks:
    """Marks as Qt takes them for one cell; there may be very many short ones."""

    def __init__(self, marks: Sequence[Mark]) -> None:
        forms: dict[tuple[int, int | None], QTextCharFormat] = {}
        self._short: list[tuple[int, int, QTextCharFormat]] = []
        self._long: list[tuple[int, int, QTextCharFormat]] = []
        for mark in marks:
            look = mark.ground.rgba(), mark.colour.rgba() if mark.colour is not None else None
            form = forms.get(look) or forms.setdefault(look, mark.form())
            found = self._short if mark.end - mark.start <= SHORT else self._long
            found.append((mark.start, mark.end, form))
        self._short.sort(key=itemgetter(0))

    def in_cell(self, block: QTextBlock) -> list[QTextLayout.FormatRange]:
        begin, end = block.position(), block.position() + block.length() - 1
        first = bisect_left(self._short, begin - SHORT, key=itemgetter(0))
        last = bisect_left(self._short, end, key=itemgetter(0))
        ranges = []
        for start, after, form in self._short[first:last] + self._long:
            if start < end and after > begin:
                part = QTextLayout.FormatRange()
                part.start, part.length = max(start, begin) - begin, min(after, end) - max(start, begin)
                part.format = form
                ranges.append(part)
        return ranges
