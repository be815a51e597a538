"""Draws the text of a table that begins at the right, cell by cell in its place; knows no lines and no boxes.

Qt draws a document as it is, and looks at every cell of a row for each part of it that is asked for.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainter, QTextBlock, QTextCharFormat, QTextLayout, QTextTable

from pizzagpt_desktop.ui.transcript.documents import Document
from pizzagpt_desktop.ui.transcript.formula_runs import finish
from pizzagpt_desktop.ui.transcript.marks import Mark
from pizzagpt_desktop.ui.transcript.mirror import Mirror
from pizzagpt_desktop.ui.transcript.tables import table_in


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
    seen = [(mark.start, mark.end, mark.form()) for mark in marks]
    for strip in mirror.strips(clip.left(), clip.right()):
        for row in range(first, last):
            block = _block(shown, row, strip.column)
            text = block.layout()
            at = layout.blockBoundingRect(block).topLeft() - text.position()
            text.draw(painter, at + QPointF(strip.shift, 0), _ranges(block, seen))
    finish(document, painter)


def _block(shown: QTextTable, row: int, column: int) -> QTextBlock:
    """The text of a cell; it has one block."""
    return shown.cellAt(row, column).firstCursorPosition().block()


def _ranges(
    block: QTextBlock, marks: Sequence[tuple[int, int, QTextCharFormat]]
) -> list[QTextLayout.FormatRange]:
    """What of the marks is in a cell, as Qt takes it."""
    found = []
    for start, end, form in marks:
        first = max(start - block.position(), 0)
        last = min(end - block.position(), block.length() - 1)
        if first < last:
            part = QTextLayout.FormatRange()
            part.start, part.length, part.format = first, last - first, form
            found.append(part)
    return found
