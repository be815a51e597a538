"""A stretch of a leaf's text drawn on another ground: a selection, a hit; knows nothing of why."""

from collections import Counter
from collections.abc import Sequence
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
    QTextLine,
)

from pizzagpt_desktop.ui.transcript.documents import Document
from pizzagpt_desktop.ui.transcript.formula_runs import lay_ground
from pizzagpt_desktop.ui.transcript.text_lines import x_of

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
        chosen.format = self.form()
        return chosen

    def form(self) -> QTextCharFormat:
        """How what is marked is drawn."""
        form = QTextCharFormat()
        form.setBackground(QBrush(self.ground))
        if self.colour is not None:
            form.setForeground(QBrush(self.colour))
        return form


def draw_marked(painter: QPainter, document: Document, context: Context, marks: Sequence[Mark]) -> None:
    """Draw a document with `marks`; where they are many, one line after the other.

    Where they are many in one line, their grounds are painted beneath it: its letters keep their colours.
    """
    layout = document.documentLayout()
    if len(marks) <= AT_ONCE:
        context.selections = [mark.on(document) for mark in marks]
        layout.draw(painter, context)
        return
    whole = context.clip
    lines = _lines(document, whole, marks)
    tops = sorted({line.room.top() for line in lines if line.room.top() > whole.top()})
    for top, bottom in pairwise((whole.top(), *tops, whole.bottom())):
        context.clip = QRectF(whole.left(), top, whole.width(), bottom - top)
        here = [line for line in lines if line.room.top() < bottom and line.room.bottom() > top]
        numbered = {number: mark for line in here for number, mark in line.marks}
        painter.save()
        painter.setClipRect(context.clip, Qt.ClipOperation.IntersectClip)
        if len(numbered) > AT_ONCE:
            usual = Counter(mark.ground.rgba() for mark in numbered.values()).most_common(1)[0][0]
            for line in here:
                line.paint_grounds(painter, document, usual, context.clip)
            numbered = {n: mark for n, mark in numbered.items() if mark.ground.rgba() != usual}
        context.selections = [numbered[number].on(document) for number in sorted(numbered)]
        layout.draw(painter, context)
        painter.restore()
    context.clip = whole


class _Line(NamedTuple):
    """One line of a document that is on the screen, and the marks that reach into it, with their numbers.

    start: its first text position. block: that of its block. line: in its block's own coordinates.
    """

    room: QRectF
    start: int
    block: int
    line: QTextLine
    marks: list[tuple[int, Mark]]

    def paint_grounds(self, painter: QPainter, document: Document, colour: int, clip: QRectF) -> None:
        """Those of one colour, as far as they are in `clip`: a line of code may go on far beyond it."""
        end = self.start + self.line.textLength()
        text = self.line.naturalTextRect().translated(self.room.left(), 0)
        sides = [self.start, end]
        if text.left() < clip.left() or text.right() > clip.right():
            sides = sorted(
                self.block + self.line.xToCursor(x - self.room.left()) for x in (clip.left(), clip.right())
            )
        for _, mark in self.marks:
            if mark.ground.rgba() == colour and mark.end >= sides[0] and mark.start <= sides[1]:
                if lay_ground(document, mark.start, mark.end, self.room, mark.ground):
                    continue
                x1, x2 = (
                    x_of(self.line, min(max(at, self.start), end) - self.block)
                    for at in (mark.start, mark.end)
                )
                place = QRectF(
                    self.room.left() + min(x1, x2), self.room.top(), abs(x2 - x1), self.room.height()
                )
                painter.fillRect(place, mark.ground)


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
            place = QRectF(room.left(), room.top() + line.y(), room.width(), line.height())
            if place.top() < clip.bottom() and place.bottom() > clip.top():
                found.append(_Line(place, start, block.position(), line, here))
        block = block.next()
    return found
