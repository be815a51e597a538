"""A stretch of a leaf's text drawn on another ground: a selection, a hit; knows nothing of why."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import (
    QAbstractTextDocumentLayout,
    QBrush,
    QColor,
    QPainter,
    QTextCharFormat,
    QTextCursor,
)

from pizzagpt_desktop.ui.transcript.documents import Document

AT_ONCE = 24
"""Marks in one text that Qt is given together: what it does with them grows faster than their square."""

Context = QAbstractTextDocumentLayout.PaintContext


class Mark(NamedTuple):
    """From one text position to another. colour: of the text, None for its own."""

    start: int
    end: int
    ground: QColor
    colour: QColor | None = None

    def on(self, document: Document) -> QAbstractTextDocumentLayout.Selection:
        """The mark as Qt paints it."""
        chosen = QAbstractTextDocumentLayout.Selection()
        cursor = QTextCursor(document)
        last = document.characterCount() - 1
        cursor.setPosition(min(self.start, last))
        cursor.setPosition(min(self.end, last), QTextCursor.MoveMode.KeepAnchor)
        chosen.cursor = cursor
        form = QTextCharFormat()
        form.setBackground(QBrush(self.ground))
        if self.colour is not None:
            form.setForeground(QBrush(self.colour))
        chosen.format = form
        return chosen


def draw_marked(painter: QPainter, document: Document, context: Context, marks: Sequence[Mark]) -> None:
    """Draw a document with `marks`; where they are many, one line after the other."""
    layout = document.documentLayout()
    if len(marks) <= AT_ONCE:
        context.selections = [mark.on(document) for mark in marks]
        layout.draw(painter, context)
        return
    whole = context.clip
    for band, of_band in _bands(document, whole, marks):
        context.clip = band
        context.selections = [mark.on(document) for mark in of_band]
        painter.save()
        painter.setClipRect(band, Qt.ClipOperation.IntersectClip)
        layout.draw(painter, context)
        painter.restore()
    context.clip = whole


class _Line(NamedTuple):
    """One line of a document that is on the screen, and the marks that reach into it, with their numbers."""

    top: float
    bottom: float
    marks: list[tuple[int, Mark]]


def _bands(document: Document, clip: QRectF, marks: Sequence[Mark]) -> Iterator[tuple[QRectF, list[Mark]]]:
    """Strips of a document from the top of `clip` to its bottom, a line each, and the marks that reach into them."""
    lines = _lines(document, clip, marks)
    tops = sorted({line.top for line in lines if line.top > clip.top()})
    for top, bottom in pairwise((clip.top(), *tops, clip.bottom())):
        here = {
            number: mark
            for line in lines
            if line.top < bottom and line.bottom > top
            for number, mark in line.marks
        }
        yield QRectF(clip.left(), top, clip.width(), bottom - top), [here[number] for number in sorted(here)]


def _lines(document: Document, clip: QRectF, marks: Sequence[Mark]) -> list[_Line]:
    layout = document.documentLayout()
    waiting = sorted(enumerate(marks), key=lambda numbered: numbered[1].start, reverse=True)
    here: list[tuple[int, Mark]] = []
    found = []
    block = document.firstBlock()
    while block.isValid():
        room = layout.blockBoundingRect(block)
        text = block.layout()
        for number in range(
            text.lineCount() if room.bottom() > clip.top() and room.top() < clip.bottom() else 0
        ):
            line = text.lineAt(number)
            start = block.position() + line.textStart()
            here = [numbered for numbered in here if numbered[1].end > start]
            while waiting and waiting[-1][1].start < start + line.textLength():
                if waiting[-1][1].end > start:
                    here.append(waiting[-1])
                waiting.pop()
            y = room.top() + line.y()
            if y < clip.bottom() and y + line.height() > clip.top():
                found.append(_Line(y, y + line.height(), here))
        block = block.next()
    return found
