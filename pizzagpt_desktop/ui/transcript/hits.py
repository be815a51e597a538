"""What was searched for, marked in the messages on the screen, and the way to one hit; knows no store and no field.

Hits are looked for in the text as it is shown, and only in what is laid out; how many there are in all is others' to know.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import partial
from time import thread_time
from typing import TYPE_CHECKING, Protocol
from weakref import WeakKeyDictionary

from PySide6.QtCore import QTimer

from pizzagpt_desktop.domain.blocks import CodeBlock, Heading, Paragraph, Raw, Table, plain
from pizzagpt_desktop.domain.conversation import Status
from pizzagpt_desktop.ui.transcript.marks import Mark
from pizzagpt_desktop.ui.transcript.rows import Anchor
from pizzagpt_desktop.ui.transcript.style import CARD_HEADER
from pizzagpt_desktop.ui.transcript.text_lines import x_of

if TYPE_CHECKING:
    from pizzagpt_desktop.ui.transcript.documents import Document
    from pizzagpt_desktop.ui.transcript.leaf_view import LeafView
    from pizzagpt_desktop.ui.transcript.leaves import Leaf
    from pizzagpt_desktop.ui.transcript.row import Row
    from pizzagpt_desktop.ui.transcript.style import Style
    from pizzagpt_desktop.ui.transcript.view import TranscriptView

WHOLE = 1 << 30
READING_S = 0.02
"""How long a message is read in one turn before a hit in it is shown."""
ABOVE = 3
"""A hit that is jumped to stands this share of the screen below its upper edge."""
_FRAMES = re.compile("[\ufdd0-\ufdef]")

Spans = list[tuple[int, int]]


class Finder(Protocol):
    """Finds itself in texts; `domain.query.Query` is one."""

    def spans(self, text: str) -> Spans: ...
    def hits(self, text: str) -> Spans: ...


class Hits:
    """All hits of one query in one transcript."""

    def __init__(self, query: Finder) -> None:
        self._query = query
        self._known: WeakKeyDictionary[LeafView, tuple[Document, int, Spans]] = WeakKeyDictionary()
        self._current: tuple[str, int, int] | None = None
        """Message, leaf, and which hit in that leaf."""
        self._wanted: tuple[str, int] | None = None
        """Message and hit that are shown once the message is read."""
        self._counts: WeakKeyDictionary[LeafView, tuple[Leaf, int]] = WeakKeyDictionary()
        self._counted = 0
        """Leaves of that message whose hits were counted."""
        self.in_reasoning: dict[str, int] = {}
        """How many hits the reasoning of a message has; they are counted before those in its text."""

    def marks(self, row: Row, leaves: Iterable[int], style: Style) -> dict[int, list[Mark]]:
        """The marks for these leaves of a row, as far as they are laid out."""
        marks = {}
        for leaf in leaves:
            spans = self._spans(row.views[leaf])
            if spans:
                current = self._current if self._current and self._current[0] == row.message.id else None
                marks[leaf] = [
                    Mark(start, end, style.accent, style.on_accent)
                    if current is not None and current[1:] == (leaf, number)
                    else Mark(start, end, style.hit, style.text)
                    for number, (start, end) in enumerate(spans)
                ]
        return marks

    def clear_current(self) -> None:
        """No hit is the current one."""
        self._current = self._wanted = None

    def show(self, view: TranscriptView, message_id: str, number: int) -> bool:
        """Make hit `number` of a message the current one and bring it into sight; whether the message is there.

        A message that shows fewer hits than were counted (in an address, say) shows its last one, or itself.
        """
        index = view.rows.index_of(message_id)
        if index is None:
            return False
        inside = self.in_reasoning.get(message_id, 0)
        if number < inside and not view.rows.row(index).unfolded:
            view.toggle_reasoning(index)
        row = view.rows.row(index)
        if row.message.status is Status.STREAMING:
            row.prepare(0, 0, WHOLE)
        elif not self._has_read(view, row, (message_id, number)):
            return True
        if number < inside:
            place = self._place(row, number, range(row.thoughts))
        else:
            place = self._place(row, number - inside, range(row.thoughts, len(row.views)))
        if place is None:
            self._current = None
            view.jump_to(message_id)
            return True
        leaf, within = place
        if row.views[leaf].card.folded:
            view.change_row(index, lambda row: row.reveal(leaf))
        leaf_view = row.views[leaf]
        known = leaf_view.measured and leaf_view.document is not None
        leaf_view.lay_out()
        spans = self._spans(leaf_view)
        within = min(within, len(spans) - 1)
        self._current = (message_id, leaf, within)
        start = spans[within][0] if spans else 0
        view.current = index
        # What was not laid out before stands where an estimate put it.
        if not known or not self._in_sight(view, row, index, leaf_view, start):
            view.hold(Anchor(message_id, leaf, start, -view.viewport().height() // ABOVE))
            self._settle(view, message_id, leaf, start)
        _bring_beside(leaf_view, start)
        view.viewport().update()
        return True

    def _has_read(self, view: TranscriptView, row: Row, wanted: tuple[str, int]) -> bool:
        """Read a message to its end and count in it, where there is time; else the hit is shown some turns later."""
        until = thread_time() + READING_S
        is_first, self._wanted = self._wanted != wanted, wanted
        if is_first:
            self._counted = 0
        row.prepare(0, 0, 1)
        while row.has_more or self._counted < len(row.views):
            if row.has_more:
                row.prepare(0, 0, 1)
            else:
                self._count(row.views[self._counted])
                self._counted += 1
            if thread_time() >= until:
                break
        else:
            self._wanted = None
            return True
        if is_first:
            view.jump_to(wanted[0])  # what is far from the screen is let go of
        QTimer.singleShot(0, view, partial(self._go_on, view, wanted))
        return False

    def _go_on(self, view: TranscriptView, wanted: tuple[str, int]) -> None:
        if view.hits is self and self._wanted == wanted:
            self.show(view, *wanted)

    def _settle(self, view: TranscriptView, message_id: str, leaf: int, start: int) -> None:
        """Once more by the true heights, where the first look was by estimates."""
        index = view.rows.index_of(message_id)
        if index is not None:
            row = view.rows.row(index)
            if leaf < len(row.views) and not self._in_sight(view, row, index, row.views[leaf], start):
                view.hold(Anchor(message_id, leaf, start, -view.viewport().height() // ABOVE))

    def _in_sight(self, view: TranscriptView, row: Row, index: int, leaf: LeafView, start: int) -> bool:
        """Whether the line of a hit is well within the screen."""
        if view.rows.live(index) is not row or leaf.document is None:
            return False
        y = view.rows.heights.top(index) + leaf.top + leaf.line_top(start) - view.scroll_y
        line = round(leaf.style.body_line)
        above = CARD_HEADER if leaf.is_card else line  # where the head of a card may be in the way
        return above <= y <= view.viewport().height() - 3 * line

    def _place(self, row: Row, number: int, leaves: Iterable[int]) -> tuple[int, int] | None:
        """Leaf of hit `number` among `leaves`, and which hit in that leaf; the last one where there are fewer."""
        last = None
        for leaf in leaves:
            count = self._count(row.views[leaf])
            if number < count:
                return leaf, number
            if count:
                last = leaf, count - 1
            number -= count
        return last

    def _count(self, view: LeafView) -> int:
        """The hits in what a leaf shows."""
        known = self._counts.get(view)
        if known is None or known[0] is not view.leaf:
            known = self._counts[view] = view.leaf, len(self._query.hits(_text(view.leaf)))
        return known[1]

    def _spans(self, view: LeafView) -> Spans:
        """Text positions (as Qt counts them) of the hits in a leaf that is laid out."""
        document = view.document
        if document is None:
            return []
        length = document.characterCount()
        known = self._known.get(view)
        if known is not None and known[0] is document and known[1] == length:
            return known[2]
        text, places = _read(document)
        spans = self._query.spans(text)
        if places:
            spans = [(places[start], _after(places, end, length - 1)) for start, end in spans]
        elif spans and not text.isascii() and max(text) > "\uffff":
            spans = [(_position(text, start), _position(text, end)) for start, end in spans]
        self._known[view] = document, length, spans
        return spans


def _read(document: Document) -> tuple[str, list[int]]:
    """What a document shows, with the sources of formulas in their places; then the text position of each character.

    No positions where each character stands at its own.
    """
    text = _FRAMES.sub(" ", document.toRawText())
    pictures = {inline.start: inline.run.text for inline in document.inlines if inline.is_picture}
    if not pictures and not document.isolates:
        return text, []
    parts: list[str] = []
    places: list[int] = []
    at = 0
    for char in text:
        shown = "" if at in document.isolates else pictures.get(at, char)
        parts.append(shown)
        places += [at] * len(shown)
        at += 1 if char <= "\uffff" else 2
    return "".join(parts), places


def _after(places: list[int], end: int, last: int) -> int:
    """The text position where the characters before number `end` are over."""
    if end >= len(places):
        return last
    return places[end] if places[end] != places[end - 1] else places[end] + 1


def _position(text: str, place: int) -> int:
    """A place among characters as a place among UTF-16 units."""
    return len(text[:place].encode("utf-16-le", "surrogatepass")) // 2


def _text(leaf: Leaf) -> str:
    """What a leaf shows, without laying it out."""
    content = leaf.content
    if isinstance(content, Paragraph | Heading):
        return plain(content.runs)
    if isinstance(content, CodeBlock | Raw):
        return content.text
    if isinstance(content, Table):
        rows = ((content.header,) if content.header else ()) + content.rows
        return "\n".join(plain(cell) for row in rows for cell in row)
    return ""


def _bring_beside(view: LeafView, start: int) -> None:
    """A table wider than its place is scrolled sideways until the hit can be seen."""
    document, beyond = view.document, view.overflow()
    if document is None or beyond <= 0:
        return
    block = document.findBlock(start)
    line = block.layout().lineForTextPosition(start - block.position())
    x = document.documentLayout().blockBoundingRect(block).left()
    if line.isValid():
        x += x_of(line, start - block.position())
    if document.mirror is not None:
        x = document.mirror.seen(x)
    room = view.width - view.indent
    if not view.scroll_x + 20 <= x <= view.scroll_x + room - 60:
        view.scroll_x = max(0, min(beyond, round(x - room / 2)))
