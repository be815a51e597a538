"""One message on the screen: its leaves, its frame, where everything in it stands; knows no other message.

Coordinates are the row's own: x from the left edge of the viewport, y from the row's top.
"""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import replace
from time import perf_counter

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter

from pizzagpt_desktop.domain.blocks import Block, CodeBlock, Raw
from pizzagpt_desktop.domain.conversation import Message, Role, Status
from pizzagpt_desktop.domain.links import Link
from pizzagpt_desktop.domain.markdown import MarkdownStream
from pizzagpt_desktop.ui import theme
from pizzagpt_desktop.ui.transcript.leaf_view import LeafView
from pizzagpt_desktop.ui.transcript.leaves import Leaf, Rail, flatten
from pizzagpt_desktop.ui.transcript.marks import Mark
from pizzagpt_desktop.ui.transcript.status import StatusLine, status_line
from pizzagpt_desktop.ui.transcript.style import (
    BUBBLE_PADDING_X,
    BUBBLE_PADDING_Y,
    BUBBLE_SHARE,
    CARD_HEADER,
    FOLD_HEIGHT,
    TURN_GAP,
    Style,
)

PIECE = 8_000
"""Characters of a long stored reply that are read in one frame."""
COSTLY_S, REST = 0.008, 8
"""A reading that took longer is repeated only after so many times its length: a giant list must not eat every frame."""
STATUS_GAP = 8


class Row:
    """A message laid out in a viewport `width` wide. labels: what to call providers, by id; may be filled later."""

    def __init__(
        self, message: Message, style: Style, width: int, unfolded: bool, labels: Mapping[str, str]
    ) -> None:
        self.message = message
        self.unfolded = unfolded
        self.height = 0
        self.views: list[LeafView] = []
        self.bubble = QRect()
        self.fold_rect = QRect()
        self.status_rect = self.steps_rect = QRect()
        self.status: StatusLine | None = None
        self._labels = labels
        self._style = style
        self._width = width
        self._stream = MarkdownStream()
        self._unread = message.text if message.role is not Role.USER else ""
        self._blocks_done = 0
        """How many of the stream's sealed blocks have their leaves."""
        self._sealed_leaves = 0
        self.thoughts = 0
        """How many of `views` show reasoning; the others are the text."""
        self._tops: list[int] = []
        self._placed = 0
        """Leaves before this one stand where they should."""
        self._near: set[LeafView] = set()
        self._dirty = True
        self._begun = False
        self._rest_until = 0.0
        if message.role is Role.USER:
            self._set_body(0, flatten([Raw(message.text)]))
        self._refresh()

    @property
    def is_user(self) -> bool:
        return self.message.role is Role.USER

    @property
    def busy(self) -> bool:
        """Whether more text waits to be read in coming frames."""
        return bool(self._unread)

    @property
    def blocks(self) -> tuple[Block, ...]:
        """What the text was read as; `views` from number `thoughts` on show these."""
        return (Raw(self.message.text),) if self.is_user else self._stream.blocks

    # --- changes ----------------------------------------------------------------------------------------------

    def feed(self, text: str, reasoning: str) -> None:
        """Take what arrived; it is read when the row is next prepared."""
        old = self.message
        self.message = replace(old, text=old.text + text, reasoning=old.reasoning + reasoning)
        if text:
            self._unread += text
        self._dirty = True
        if reasoning:
            self._refresh()

    def finish(self, message: Message) -> None:
        """Show the message as it ended."""
        streamed = self._stream.text + self._unread
        if message.text.startswith(streamed):
            self._unread += message.text[len(streamed) :]
        elif message.role is not Role.USER:
            self._stream, self._unread = MarkdownStream(), message.text
            self._blocks_done = self._sealed_leaves = 0
        elif message.text != self.message.text:
            self._set_body(0, flatten([Raw(message.text)]))
        self.message = message
        self._dirty = True
        self._refresh()

    def set_width(self, width: int) -> None:
        if width != self._width:
            self._width = width
            self._placed = 0
            for view in self.views:
                view.set_width(self._body_width())
            self._place()

    def toggle_reasoning(self) -> None:
        self.unfolded = not self.unfolded
        self._placed = 0
        self._refresh()

    # --- layout -----------------------------------------------------------------------------------------------

    def prepare(self, top: int, bottom: int, pieces: int) -> bool:
        """Read at most `pieces` of what waits, lay out what is in `top`..`bottom`; whether the height changed.

        The first piece is read in any case: a row is never on the screen with nothing in it.
        """
        before = self.height
        rests = self.message.status is Status.STREAMING and perf_counter() < self._rest_until
        while self._dirty and ((pieces > 0 and not rests) or not self._begun):
            self._read()
            pieces -= 1
        changed = False
        for index in self.between(top, bottom):
            view = self.views[index]
            if view.lay_out():
                changed = True
                self._placed = min(self._placed, index)
            self._near.add(view)
        if changed or self.is_user:
            self._place()
        return changed or self.height != before

    def between(self, top: int, bottom: int) -> range:
        """The leaves that touch `top`..`bottom`."""
        first = max(0, bisect_right(self._tops, top) - 1)
        return range(first, max(first, bisect_right(self._tops, bottom)))

    def forget_outside(self, top: int, bottom: int) -> None:
        """Let go of the documents that are far from `top`..`bottom`."""
        for view in [v for v in self._near if v.top > bottom or v.top + v.height < top]:
            view.forget()
            self._near.discard(view)

    def _read(self) -> None:
        self._begun = True
        if self.is_user:
            self._dirty = False
            return
        began = perf_counter()
        stream = self._stream
        piece, self._unread = self._unread[:PIECE], self._unread[PIECE:]
        stream.feed(piece)
        stream.advance()
        ended = self.message.status is not Status.STREAMING and not self._unread
        if ended and not stream.ended and not stream.end():
            self._blocks_done = self._sealed_leaves = 0  # a definition came after its use: all anew
        sealed = flatten(stream.sealed[self._blocks_done :])
        self._set_body(self._sealed_leaves, sealed + flatten(stream.tail))
        self._blocks_done = len(stream.sealed)
        self._sealed_leaves += len(sealed)
        self._dirty = bool(self._unread)
        self._refresh()
        cost = perf_counter() - began
        self._rest_until = began + (REST * cost if cost > COSTLY_S else 0.0)

    def _set_body(self, start: int, leaves: list[Leaf]) -> None:
        """Show `leaves` from the body's leaf `start` on; those that are as before are left alone."""
        if leaves and not start:
            leaves[0] = replace(leaves[0], gap=0)
        width = self._body_width()
        at = self.thoughts + start
        self._near.difference_update(self.views[at + len(leaves) :])
        del self.views[at + len(leaves) :]
        known = len(self.views) - at
        for index, leaf in enumerate(leaves):
            if index >= known:
                self.views.append(LeafView(leaf, self._style, width))
            elif self.views[at + index].leaf == leaf:
                continue
            else:
                self.views[at + index].replace(leaf)
            self._placed = min(self._placed, at + index)

    def _body_width(self) -> int:
        _, column = self._style.column_in(self._width)
        return column if not self.is_user else int(column * BUBBLE_SHARE) - 2 * BUBBLE_PADDING_X

    def _refresh(self) -> None:
        """Bring reasoning and status up to the message, then place everything."""
        leaves: list[Leaf] = []
        if self.unfolded and self.message.reasoning:
            leaves = flatten([Raw(self.message.reasoning.strip())])
            leaves = [
                replace(leaf, rails=(Rail.QUOTE,), gap=leaf.gap if i else 0) for i, leaf in enumerate(leaves)
            ]
        if leaves != [view.leaf for view in self.views[: self.thoughts]]:
            muted = self._style.palette.muted
            kept = self.views[: min(self.thoughts, len(leaves))]
            for view, leaf in zip(kept, leaves, strict=False):
                view.replace(leaf)
            new = [LeafView(leaf, self._style, self._body_width(), muted) for leaf in leaves[len(kept) :]]
            self.views[: self.thoughts] = kept + new
            self.thoughts = len(leaves)
            self._placed = 0
        self.status = status_line(self.message) if not self.is_user else None
        self._place()

    def _place(self) -> None:
        style = self._style
        left, column = style.column_in(self._width)
        y = 0
        if self.is_user:
            y = self._place_bubble(left, column)
        else:
            if self.meta:
                y += style.meta_height + 4
            if self.message.reasoning:
                self.fold_rect = QRect(left, y, column, FOLD_HEIGHT)
                y += FOLD_HEIGHT + 4
            else:
                self.fold_rect = QRect()
            y = self._stack(y)
            if len(self.views) == self.thoughts and self.message.status is Status.STREAMING:
                y += round(style.body_line)
            y = self._place_status(left, column, y)
        self.height = y + TURN_GAP

    def _stack(self, y: int) -> int:
        """Place the leaves below `y`, beginning with the first that may stand wrong; where the last one ends."""
        views, tops = self.views, self._tops
        gap = self._style.gap
        if tops and views and tops[0] != y + gap(views[0].leaf.gap):
            self._placed = 0
        start = min(self._placed, len(tops), len(views))
        del tops[start:]
        above = views[start - 1] if start else None
        if above is not None:
            y = above.top + above.height
        for index in range(start, len(views)):
            view = views[index]
            y += gap(view.leaf.gap) + (12 if index == self.thoughts and index else 0)
            view.top = y
            tops.append(y)
            y += view.height
            view.continue_rail(above)
            above = view
        self._placed = len(views)
        return y

    def _place_bubble(self, left: int, column: int) -> int:
        widest = int(column * BUBBLE_SHARE) - 2 * BUBBLE_PADDING_X
        wide = widest
        first = self.views[0] if len(self.views) == 1 else None
        if first is not None and first.document is not None and first.measured:
            wide = min(widest, int(first.document.idealWidth()) + 2)
        height = self._stack(BUBBLE_PADDING_Y) + BUBBLE_PADDING_Y
        box = wide + 2 * BUBBLE_PADDING_X
        self.bubble = QRect(left + column - box, 0, box, height)
        return height

    def _place_status(self, left: int, column: int, y: int) -> int:
        if self.status is None or not self.status.words:
            self.status_rect = self.steps_rect = QRect()
            return y
        self.status_rect, self.steps_rect = self.status.placed(self._style, left, y + STATUS_GAP, column)
        return max(self.status_rect.bottom(), self.steps_rect.bottom()) + 1

    # --- facts ------------------------------------------------------------------------------------------------

    @property
    def meta(self) -> str:
        """The small line above a reply."""
        provider = self.message.provider
        return " · ".join(part for part in (self._labels.get(provider, provider), self.message.model) if part)

    @property
    def fold_words(self) -> str:
        thinking = self.message.status is Status.STREAMING and not self.message.text
        return "Reasoning…" if thinking else "Reasoning"

    def frame(self) -> QRect:
        """What belongs to the message, without the gap below."""
        if self.is_user:
            return self.bubble
        left, column = self._style.column_in(self._width)
        return QRect(left, 0, column, self.height - TURN_GAP)

    def body_left(self) -> int:
        """Where the leaves begin."""
        if self.is_user:
            return self.bubble.left() + BUBBLE_PADDING_X
        return self._style.column_in(self._width)[0]

    def code_heads(self, within: range | None = None) -> list[tuple[int, QRect]]:
        """Index and header rectangle of every code card, or of those among the leaves `within`."""
        left = self.body_left()
        heads = []
        for index in within if within is not None else range(len(self.views)):
            view = self.views[index]
            if view.has_header:
                heads.append(
                    (index, QRect(left + view.indent, view.top, view.width - view.indent, CARD_HEADER))
                )
        return heads

    def code_text(self, index: int) -> str:
        """The exact characters of the code card whose first leaf is `index` (rule M7)."""
        parts: list[str] = []
        for view in self.views[index:]:
            if isinstance(view.leaf.content, CodeBlock) and (view.leaf.joined or not parts):
                parts.append(view.leaf.content.text)
                if view.leaf.more:
                    continue
            break
        return "".join(parts)

    def leaf_at(self, y: float) -> int:
        """The leaf nearest to `y`, -1 where there is none."""
        index = bisect_right(self._tops, y) - 1
        if 0 <= index < len(self.views) - 1:
            view, below = self.views[index], self.views[index + 1]
            if y - view.top - view.height > below.top - y:
                return index + 1
        return max(index, 0) if self.views else -1

    def position_at(self, x: float, y: float) -> tuple[int, int]:
        """Leaf and text position nearest to a point."""
        index = self.leaf_at(y)
        if index < 0:
            return 0, 0
        view = self.views[index]
        return index, view.position_at(x - self.body_left(), min(max(y - view.top, 0), view.height - 1))

    def link_at(self, x: float, y: float) -> Link | None:
        view = self.view_at(y)
        return view.link_at(x - self.body_left(), y - view.top) if view is not None else None

    def view_at(self, y: float) -> LeafView | None:
        """The leaf that `y` is in."""
        index = bisect_right(self._tops, y) - 1
        if index >= 0 and y < self.views[index].top + self.views[index].height:
            return self.views[index]
        return None

    # --- painting ---------------------------------------------------------------------------------------------

    def paint(self, painter: QPainter, top: int, bottom: int, marks: Mapping[int, Sequence[Mark]]) -> None:
        """Paint what lies between `top` and `bottom`. marks: per leaf."""
        style = self._style
        left, column = style.column_in(self._width)
        if self.is_user:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(style.bubble)
            painter.drawRoundedRect(self.bubble, theme.RADIUS_BUBBLE, theme.RADIUS_BUBBLE)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        elif self.meta:
            painter.setFont(style.caption)
            painter.setPen(style.muted)
            words = QFontMetricsF(style.caption).elidedText(self.meta, Qt.TextElideMode.ElideRight, column)
            painter.drawText(
                QRectF(left, 0, column, style.meta_height), int(Qt.AlignmentFlag.AlignTop), words
            )
        x = self.body_left()
        for index in self.between(top, bottom):
            view = self.views[index]
            painter.save()
            painter.translate(x, view.top)
            clip = QRectF(0, top - view.top, view.width, bottom - top)
            view.paint(painter, marks.get(index, ()), clip)
            painter.restore()
        if not self.status_rect.isEmpty() and self.status is not None:
            self.status.paint(painter, style, self.status_rect)

    def caret_rect(self) -> QRectF:
        """Where the caret of a growing reply stands."""
        style = self._style
        if len(self.views) > self.thoughts:
            view = self.views[-1]
            return view.caret_rect().translated(self.body_left(), view.top)
        bottom = (
            self.status_rect.top() - STATUS_GAP if not self.status_rect.isEmpty() else self.height - TURN_GAP
        )
        return QRectF(self.body_left(), bottom - style.body_line + 2, 8, style.em)
