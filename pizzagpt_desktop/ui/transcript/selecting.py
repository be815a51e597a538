"""Selecting with mouse and keys, and what becomes of a selection: copies and drags; knows no menu and no link."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint, Qt, QTimer
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence, QMouseEvent
from PySide6.QtWidgets import QApplication

from pizzagpt_desktop.domain.blocks import CodeBlock
from pizzagpt_desktop.domain.copied import Copied, Part
from pizzagpt_desktop.ui.exact import exact
from pizzagpt_desktop.ui.transcript.clipboard import SOURCE_AT_ONCE, Form, copied
from pizzagpt_desktop.ui.transcript.dragging import Dragged, handle_at
from pizzagpt_desktop.ui.transcript.moving import page_of
from pizzagpt_desktop.ui.transcript.selection import BEGINNING, BEYOND, Position, Selection
from pizzagpt_desktop.ui.transcript.style import CARD_HEADER
from pizzagpt_desktop.ui.transcript.walking import Span, Step, Walker

if TYPE_CHECKING:
    from pizzagpt_desktop.ui.transcript.view import TranscriptView

EDGE_MS = 30
PRIMARY_ROWS = 200
"""Messages that a selection by keys puts on the mouse's own clipboard."""
_SHIFT = Qt.KeyboardModifier.ShiftModifier
_CTRL = Qt.KeyboardModifier.ControlModifier
_STEPS = {
    (Qt.Key.Key_Left, False): (Step.CHARACTER, False),
    (Qt.Key.Key_Right, False): (Step.CHARACTER, True),
    (Qt.Key.Key_Up, False): (Step.LINE, False),
    (Qt.Key.Key_Down, False): (Step.LINE, True),
    (Qt.Key.Key_Home, False): (Step.LINE_END, False),
    (Qt.Key.Key_End, False): (Step.LINE_END, True),
    (Qt.Key.Key_Left, True): (Step.WORD, False),
    (Qt.Key.Key_Right, True): (Step.WORD, True),
    (Qt.Key.Key_Up, True): (Step.PARAGRAPH, False),
    (Qt.Key.Key_Down, True): (Step.PARAGRAPH, True),
}
"""Key and whether Ctrl is down -> what Shift with it selects."""


class _Unit(IntEnum):
    """What a drag takes in at least."""

    CHARACTER = 1
    WORD = 2
    PARAGRAPH = 3


class Selecting(QObject):
    """The selection of one view, as hands make it."""

    def __init__(self, view: TranscriptView) -> None:
        super().__init__(view)
        self._view = view
        self._walker = Walker(view.rows)
        self._unit = _Unit.CHARACTER
        self._home: Span | None = None
        """What the press took, which the selection always holds."""
        self._pressed: QPoint | None = None
        self._doubled: tuple[QPoint, int] | None = None
        """Where and when (ms) the last double click was: a press right after it is the third."""
        self._carried: Copied | None = None
        """What a drag would carry away."""
        self._dragged: Dragged | None = None
        self._mouse = QPoint()
        self._edge = QTimer(self, interval=EDGE_MS)
        self._edge.timeout.connect(self._on_edge)

    def reset(self) -> None:
        """The messages are others now."""
        self._pressed = self._home = self._carried = self._doubled = None
        self._edge.stop()

    def follow_down(self, rows: int) -> None:
        """So many messages were put above."""
        if self._home is not None:
            first, last = self._home
            self._home = first._replace(row=first.row + rows), last._replace(row=last.row + rows)

    # --- mouse ------------------------------------------------------------------------------------------------

    def press(self, event: QMouseEvent) -> None:
        """The left button went down."""
        point = event.position().toPoint()
        view, selection = self._view, self._view.selection
        self._pressed, self._carried, self._home = point, None, None
        place = self.position(point)
        if event.modifiers() & _SHIFT and selection is not None:
            self._unit, self._home = _Unit.CHARACTER, (selection.anchor, selection.anchor)
            view.select(Selection(selection.anchor, place))
        elif self._is_third(event):
            self._begin(_Unit.PARAGRAPH, self._walker.paragraph_at(place))
        elif (carried := self._what_lies_at(point, place)) is not None:
            self._carried = carried  # a drag takes it along; a click does what a click does
        else:
            self._begin(_Unit.CHARACTER, (place, place))

    def double(self, event: QMouseEvent) -> bool:
        """The word under the mouse."""
        point = event.position().toPoint()
        if not len(self._view.rows):
            return False
        self._pressed, self._carried = point, None
        self._doubled = point, event.timestamp()
        self._begin(_Unit.WORD, self._walker.word_at(self.position(point)))
        return True

    def move(self, event: QMouseEvent) -> bool:
        """Draw the selection to the mouse, or drag it away; False while neither is going on."""
        point = event.position().toPoint()
        self._mouse = point
        if self._pressed is None or not event.buttons() & Qt.MouseButton.LeftButton:
            return False
        if self._carried is not None:
            if (point - self._pressed).manhattanLength() >= QApplication.startDragDistance():
                carried, self._carried, self._pressed = self._carried, None, None
                self._drag(carried)
            return True
        self._draw(point)
        outside = point.y() < 0 or point.y() > self._view.viewport().height()
        if outside and not self._edge.isActive():
            self._edge.start()
        elif not outside:
            self._edge.stop()
        return True

    def release(self, event: QMouseEvent) -> bool:
        """The left button went up; whether it was a plain click."""
        point = event.position().toPoint()
        self._edge.stop()
        was, self._pressed = self._pressed, None
        moved = was is None or (point - was).manhattanLength() >= QApplication.startDragDistance()
        if self._carried is not None:
            self._carried = None
            place = self.position(point)
            self._view.select(Selection(place, place))
        self._home = None
        self._offer_primary()
        return not moved and self._unit is _Unit.CHARACTER

    def _is_third(self, event: QMouseEvent) -> bool:
        doubled, self._doubled = self._doubled, None
        if doubled is None:
            return False
        near = (event.position().toPoint() - doubled[0]).manhattanLength() < QApplication.startDragDistance()
        return near and event.timestamp() - doubled[1] <= QApplication.doubleClickInterval()

    def _begin(self, unit: _Unit, home: Span) -> None:
        self._unit, self._home = unit, home
        self._view.select(Selection(*home))

    def _draw(self, point: QPoint) -> None:
        if self._home is None:
            return
        first, last = self._home
        place = self.position(point)
        start = end = place
        if self._unit is _Unit.WORD:
            start, end = self._walker.word_at(place)
        elif self._unit is _Unit.PARAGRAPH:
            start, end = self._walker.paragraph_at(place)
        self._view.select(
            Selection(last, min(start, first)) if start < first else Selection(first, max(end, last))
        )

    def _on_edge(self) -> None:
        view = self._view
        bar = view.verticalScrollBar()
        over = self._mouse.y() if self._mouse.y() < 0 else self._mouse.y() - view.viewport().height()
        bar.setValue(bar.value() + max(-60, min(60, over)))
        self._draw(self._mouse)

    def position(self, point: QPoint) -> Position:
        """The place in the text nearest to a viewport point."""
        view = self._view
        if not len(view.rows):
            return Position(0, 0, 0)
        y = point.y() + view.scroll_y
        if y < 0:
            return Position(0, 0, 0)
        if y >= view.rows.heights.total:
            return Position(len(view.rows) - 1, BEYOND, BEYOND)
        index = view.rows.heights.at(y)
        row = view.rows.live(index)
        if row is None:
            return Position(index, 0, 0)
        return Position(index, *row.position_at(point.x(), y - view.rows.heights.top(index)))

    # --- dragging out -----------------------------------------------------------------------------------------

    def _what_lies_at(self, point: QPoint, place: Position) -> Copied | None:
        """What a drag that begins at a point takes along: the selection, or a code block or table held by its handle."""
        view, selection = self._view, self._view.selection
        found = view.row_at(point)
        row = view.rows.live(found[0]) if found is not None else None
        if found is None or row is None:
            return None
        if (
            selection is not None
            and selection.start < place < selection.end
            and row.view_at(found[1]) is not None
            and row.body_left() <= point.x() <= row.frame().right()
        ):
            return selection.copied(view.rows)
        leaf = handle_at(row, point.x(), found[1], found[1] - point.y())
        if leaf is None:
            return None
        content = row.views[leaf].leaf.content
        if isinstance(content, CodeBlock):
            return copied([Part((CodeBlock(content.lang, row.code_text(leaf)),))])
        return copied([Part((row.table(leaf),))])

    def _drag(self, what: Copied) -> None:
        if self._dragged is None:
            self._dragged = Dragged(self._view.viewport())
        self._dragged.carry(what)

    # --- keys -------------------------------------------------------------------------------------------------

    def key(self, event: QKeyEvent) -> bool:
        """Select by keys, copy, clear; whether the key was one for that."""
        view = self._view
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy()
        elif event.matches(QKeySequence.StandardKey.SelectAll):
            view.select(Selection.all_of(view.rows))
        elif event.key() == Qt.Key.Key_Escape and view.selection is not None and not view.selection.is_empty:
            view.select(None)
        elif event.modifiers() & _SHIFT and not event.modifiers() & Qt.KeyboardModifier.AltModifier:
            return self._extend(Qt.Key(event.key()), bool(event.modifiers() & _CTRL))
        else:
            return False
        return True

    def _extend(self, key: Qt.Key, with_ctrl: bool) -> bool:
        view = self._view
        if not len(view.rows):
            return False
        last = Position(len(view.rows) - 1, BEYOND, BEYOND)
        anchor, head = self._from()
        if (key, with_ctrl) in _STEPS:
            step, on = _STEPS[key, with_ctrl]
            if key in (Qt.Key.Key_Left, Qt.Key.Key_Right) and self._walker.turns(head):
                on = not on  # to the left is on
            head = self._walker.step(head, step, on)
            self._reveal(head)
        elif key in (Qt.Key.Key_PageUp, Qt.Key.Key_PageDown):
            head = self._page(head, key == Qt.Key.Key_PageDown)
        elif with_ctrl and key == Qt.Key.Key_Home:
            head = BEGINNING
            view.jump_to_start()
        elif with_ctrl and key == Qt.Key.Key_End:
            head = last
            view.jump_to_end()
        else:
            return False
        view.select(Selection(anchor, head))
        if abs(anchor.row - head.row) <= PRIMARY_ROWS:
            self._offer_primary()
        return True

    def _from(self) -> Span:
        """Where a selection by keys goes on, or begins: at the chosen message, else at the top of the screen."""
        view = self._view
        if view.selection is not None:
            return view.selection.anchor, view.selection.head
        begins = view.current is not None
        place = Position(view.current or 0, 0, 0) if begins else self.position(QPoint(0, 0))
        return place, place

    def _page(self, head: Position, on: bool) -> Position:
        """A screen further on or back, the screen too."""
        view = self._view
        bar = view.verticalScrollBar()
        self._reveal(self._walker.grounded(head))
        top, bottom = self._walker.y_of(self._walker.grounded(head))
        y = (top + bottom) // 2 - view.scroll_y
        before = bar.value()
        by = page_of(view) * (1 if on else -1)
        bar.setValue(before + by)
        rest = by - (bar.value() - before)
        left = view.rows.row(self._walker.grounded(head).row).body_left()
        return self.position(QPoint(left, y + rest))

    def _reveal(self, place: Position) -> None:
        """Scroll no more than it takes to see a place."""
        view = self._view
        view.arrange()
        row = view.rows.row(place.row)
        in_code = place.leaf < len(row.views) and row.views[place.leaf].is_card
        above = 4 + (CARD_HEADER if in_code else 0)  # where the head of a card may be in the way
        for _ in range(2):  # the first look may be by estimates
            top, bottom = self._walker.y_of(place)
            room = view.viewport().height()
            if top < view.scroll_y + above:
                by = top - view.scroll_y - above
                view.verticalScrollBar().setValue(view.verticalScrollBar().value() + by)
            elif bottom > view.scroll_y + room - 4:
                by = bottom - view.scroll_y - room + 4
                view.verticalScrollBar().setValue(view.verticalScrollBar().value() + by)

    # --- copying ----------------------------------------------------------------------------------------------

    def copy(self, form: Form = Form.ALL) -> None:
        """The selection, or else the current message, to the clipboard."""
        view = self._view
        selection = view.selection
        if selection is not None and not selection.is_empty:
            if selection.from_beginning:
                view.loader.when_complete(lambda: self._copy_selection(form))
            else:
                self._copy_selection(form)
        elif view.current is not None:
            view.copy_message(view.current, form)

    def _copy_selection(self, form: Form) -> None:
        view = self._view
        what = view.selection.copied(view.rows) if view.selection is not None else None
        if what is not None:
            view.clipboard.put(what, form)
        elif view.selection is not None:
            view.clipboard.refuse_unread()

    def _offer_primary(self) -> None:
        """What is selected is what the middle button pastes, where the system has that."""
        clipboard = QGuiApplication.clipboard()
        selection = self._view.selection
        if not clipboard.supportsSelection() or selection is None or selection.is_empty:
            return
        what = selection.copied(self._view.rows)
        if what is not None and what.size <= SOURCE_AT_ONCE:
            clipboard.setText(exact(what.typed), clipboard.Mode.Selection)
