"""From one place in the text to the next: by character, word, line, paragraph and screen; knows no key and no mouse."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QTextCursor

from pizzagpt_desktop.ui.transcript.selection import BEYOND, Position
from pizzagpt_desktop.ui.transcript.text_lines import x_of

if TYPE_CHECKING:
    from pizzagpt_desktop.ui.transcript.leaf_view import LeafView
    from pizzagpt_desktop.ui.transcript.row import Row
    from pizzagpt_desktop.ui.transcript.rows import Rows

WHOLE = 1 << 30
CELL_GAP = 24
"""Pixels between two lines, at most, that are looked over for the next one."""
Span = tuple[Position, Position]


class Step(StrEnum):
    """How far."""

    CHARACTER = "character"
    WORD = "word"
    LINE = "line"
    LINE_END = "line end"
    PARAGRAPH = "paragraph"


class Walker:
    """Walks through the rows of one view; lays out only what it walks over."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self._x: float | None = None
        """Where in the line Up and Down stay."""

    def step(self, place: Position, step: Step, on: bool) -> Position:
        """The place one step further on, or back; the same one at either end."""
        if not len(self._rows):
            return place
        place = self.grounded(place)
        view = self._view(place)
        document = view.document if view is not None else None
        if view is None or document is None:
            return self._beside(place, on) or place
        if step is Step.LINE:
            return self._line(place, view, on)
        self._x = None
        if step is Step.PARAGRAPH:
            if on:
                return self._beside(place, True) or place._replace(offset=view.length)
            if place.offset:
                return place._replace(offset=0)
            before = self._beside(place, False)
            return before._replace(offset=0) if before is not None else place
        cursor = QTextCursor(document)
        start = document.outside(place.offset)
        cursor.setPosition(start)
        moved = cursor.movePosition(_MOVES[step, on])
        while moved and document.outside(cursor.position()) == start:
            moved = cursor.movePosition(_MOVES[step, on])  # what is no text is no step
        if step is Step.LINE_END or moved:
            return place._replace(offset=document.outside(cursor.position()))
        return self._beside(place, on) or place

    def grounded(self, place: Position) -> Position:
        """`place` as a place that is there: in the last row, leaf and offset where it is beyond them."""
        if place.row < 0:
            place = Position(0, 0, 0)
        if place.row >= len(self._rows):
            place = Position(len(self._rows) - 1, BEYOND, BEYOND)
        row = self._row(place.row)
        if not row.views:
            return Position(place.row, 0, 0)
        leaf = min(place.leaf, len(row.views) - 1)
        offset = place.offset if leaf == place.leaf else BEYOND
        self._lay_out(place.row, leaf)
        return Position(place.row, leaf, max(0, min(offset, row.views[leaf].length)))

    def turns(self, place: Position) -> bool:
        """Whether the paragraph or cell that holds a place runs from right to left."""
        if not len(self._rows):
            return False
        place = self.grounded(place)
        view = self._view(place)
        if view is None or view.document is None:
            return False
        return view.document.findBlock(place.offset).textDirection() is Qt.LayoutDirection.RightToLeft

    def word_at(self, place: Position) -> Span:
        return self._span(place, QTextCursor.SelectionType.WordUnderCursor)

    def paragraph_at(self, place: Position) -> Span:
        """The paragraph or line of code, or the cell."""
        return self._span(place, QTextCursor.SelectionType.BlockUnderCursor)

    def y_of(self, place: Position) -> tuple[int, int]:
        """Top and bottom of the line that holds a grounded place, in the rows' pixels."""
        view, top = self._view(place), self._rows.heights.top(place.row)
        if view is None:
            return top, top + 1
        top += view.top + view.line_top(place.offset)
        return top, top + round(_line_height(view, place.offset))

    def _span(self, place: Position, what: QTextCursor.SelectionType) -> Span:
        place = self.grounded(place)
        view = self._view(place)
        document = view.document if view is not None else None
        if document is None:
            return place, place
        if what is QTextCursor.SelectionType.BlockUnderCursor:
            block = document.findBlock(place.offset)
            return (
                place._replace(offset=block.position()),
                place._replace(offset=block.position() + block.length() - 1),
            )
        cursor = QTextCursor(document)
        cursor.setPosition(place.offset)
        cursor.select(what)
        return place._replace(offset=cursor.selectionStart()), place._replace(offset=cursor.selectionEnd())

    def _line(self, place: Position, view: LeafView, on: bool) -> Position:
        """Up or down a line, as near as can be to where it was in the first one."""
        if self._x is None:
            self._x = _x(view, place.offset)
        top = view.line_top(place.offset)
        bottom = top + _line_height(view, place.offset)
        for beyond in range(0, CELL_GAP, 6):  # the room between the rows of a table is of neither
            y = bottom + 1 + beyond if on else top - 3 - beyond
            if not view.inset()[1] <= y < view.height:
                break
            offset = view.position_at(self._x, y)
            if offset >= 0 and (view.line_top(offset) > top if on else view.line_top(offset) < top):
                return place._replace(offset=offset)
        beside = self._beside(place, on)
        if beside is None:
            return place._replace(offset=view.length if on else 0)
        other = self._view(beside)
        if other is None:
            return beside
        edge = 0 if on else other.length
        y = other.line_top(edge) + _line_height(other, edge) / 2
        return beside._replace(offset=max(0, other.position_at(self._x, y)))

    def _beside(self, place: Position, on: bool) -> Position | None:
        """The beginning of the next leaf, or the end of the one before; None where there is none."""
        row = self._row(place.row)
        if on and place.leaf + 1 < len(row.views):
            return self.grounded(Position(place.row, place.leaf + 1, 0))
        if not on and place.leaf > 0:
            return self.grounded(Position(place.row, place.leaf - 1, BEYOND))
        if on and place.row + 1 < len(self._rows):
            return self.grounded(Position(place.row + 1, 0, 0))
        if not on and place.row > 0:
            return self.grounded(Position(place.row - 1, BEYOND, BEYOND))
        return None

    def _view(self, place: Position) -> LeafView | None:
        """The leaf of a grounded place; None in a message that shows nothing."""
        row = self._row(place.row)
        return row.views[place.leaf] if place.leaf < len(row.views) else None

    def _row(self, index: int) -> Row:
        row = self._rows.row(index)
        if not row.views or row.busy:
            row.prepare(0, 0, WHOLE)
            self._rows.heights.set(index, row.height)
        return row

    def _lay_out(self, index: int, leaf: int) -> None:
        row = self._rows.row(index)
        view = row.views[leaf]
        if view.document is None or not view.measured:
            row.prepare(view.top + 1, view.top + 2, 0)
            self._rows.heights.set(index, row.height)
        if view.document is None:
            view.lay_out()


_MOVES = {
    (Step.CHARACTER, True): QTextCursor.MoveOperation.NextCharacter,
    (Step.CHARACTER, False): QTextCursor.MoveOperation.PreviousCharacter,
    (Step.WORD, True): QTextCursor.MoveOperation.NextWord,
    (Step.WORD, False): QTextCursor.MoveOperation.PreviousWord,
    (Step.LINE_END, True): QTextCursor.MoveOperation.EndOfLine,
    (Step.LINE_END, False): QTextCursor.MoveOperation.StartOfLine,
}


def _line_height(view: LeafView, offset: int) -> float:
    if view.document is None:
        return float(view.height)
    block = view.document.findBlock(min(offset, view.length))
    line = block.layout().lineForTextPosition(max(0, offset - block.position()))
    return float(line.height()) if line.isValid() else float(view.style.body_line)


def _x(view: LeafView, offset: int) -> float:
    """Where a place stands sideways in its view."""
    if view.document is None:
        return float(view.left)
    block = view.document.findBlock(min(offset, view.length))
    at = max(0, offset - block.position())
    line = block.layout().lineForTextPosition(at)
    left = view.document.documentLayout().blockBoundingRect(block).left()
    return view.x_seen(left + (x_of(line, at) if line.isValid() else 0.0))
