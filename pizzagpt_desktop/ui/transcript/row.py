"""One message on the screen: its leaves, its frame, where everything in it stands; knows no other message.

Coordinates are the row's own: x from the left edge of the viewport, y from the row's top.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from math import inf
from time import perf_counter, thread_time
from weakref import ref

from PySide6.QtCore import QRect

from pizzagpt_desktop.domain.blocks import Block, CodeBlock, Raw, Table
from pizzagpt_desktop.domain.conversation import Message, Role, Status
from pizzagpt_desktop.domain.links import Link
from pizzagpt_desktop.ui import strings
from pizzagpt_desktop.ui.strings import IMPORTED_SYSTEM
from pizzagpt_desktop.ui.transcript.cards import Card, Cards, Order
from pizzagpt_desktop.ui.transcript.leaf_view import LeafView
from pizzagpt_desktop.ui.transcript.leaves import Leaf, Rail, flatten
from pizzagpt_desktop.ui.transcript.reading import PlainReading, Reading
from pizzagpt_desktop.ui.transcript.stack import Stack
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

STATUS_GAP = 8
GIANT = 10_000
"""Characters of which no frame has to be free: so much is read at once where it is needed."""
LEAST_BLANK = 3_000
"""More than a screen: what is read meanwhile does not come into sight where it will not stay."""
_FROM_RIGHT = re.compile(
    "[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]"
)
"""Characters of scripts that are written from right to left."""


class Row:
    """A message laid out in a viewport `width` wide. labels: what to call providers, by id; may be filled later."""

    def __init__(
        self,
        message: Message,
        style: Style,
        width: int,
        unfolded: bool,
        labels: Mapping[str, str],
        cards: Cards,
    ) -> None:
        self.message = message
        self.unfolded = unfolded
        self.height = 0
        self.bubble = QRect()
        self.fold_rect = QRect()
        self.status_rect = self.steps_rect = QRect()
        self.status: StatusLine | None = None
        self._labels = labels
        self._style = style
        self._width = width
        self._cards = cards
        own = ref(self)  # no cycle: a row that is let go of goes at once, the collector need not find it
        self.stack = Stack(
            style, self._body_width(), lambda number: Card() if (row := own()) is None else row._card(number)
        )
        self._reading: Reading | PlainReading = (PlainReading if self.is_user else Reading)(message.text)
        self._dirty = True
        self._begun = False
        self.blank = 0
        """Pixels at the end that are kept for text which is not read yet."""
        self._thinks_since: float | None = None
        self._thought_ms = 0
        """How long it has reasoned before our eyes; the message itself knows only when it has ended."""
        if self.is_user:
            self._read()
        self._refresh()

    @property
    def is_user(self) -> bool:
        return self.message.role is Role.USER

    @property
    def style(self) -> Style:
        return self._style

    @property
    def busy(self) -> bool:
        """Whether more text waits to be read, or formulas and tables to be drawn, in coming frames."""
        return self.has_more or self.stack.waits

    @property
    def has_more(self) -> bool:
        """Whether text waits to be read, or its end to be worked out."""
        is_ending = self._begun and self.message.status is not Status.STREAMING
        return self._reading.waits or (is_ending and not self._reading.ended)

    @property
    def blocks(self) -> tuple[Block, ...]:
        """What the text was read as; `views` from number `thoughts` on show these."""
        return self._reading.blocks

    # --- changes ----------------------------------------------------------------------------------------------

    def feed(self, text: str, reasoning: str) -> None:
        """Take what arrived; it is read when the row is next prepared."""
        old = self.message
        self.message = replace(old, text=old.text + text, reasoning=old.reasoning + reasoning)
        self._reading.add(text)
        self._dirty = True
        now = perf_counter()
        if text and self._thinks_since is not None:
            self._thought_ms += round((now - self._thinks_since) * 1000)
            self._thinks_since = None
        if reasoning:
            self._thinks_since = self._thinks_since or now
            self._refresh()

    def finish(self, message: Message) -> None:
        """Show the message as it ended."""
        self._reading.become(message.text)
        for view in self.views:
            if view.card.watched and view.card.is_long:
                self._cards.keep(view.card)
        self.message = message
        self._dirty = True
        self.stack.fresh_from = 0
        self._refresh()

    def set_width(self, width: int) -> None:
        if width != self._width:
            self._width = width
            self.stack.set_width(self._body_width())
            self._place()

    def toggle_reasoning(self) -> None:
        self.unfolded = not self.unfolded
        self.stack.place_all()
        self._refresh()

    def wrap(self, card: Card, wraps: bool) -> None:
        """Have the long lines of `card` go on below, or beyond its edge."""
        card.wraps = wraps
        self._show_anew(card)

    def open(self, card: Card, opened: bool) -> None:
        """Show all lines of `card`, or its beginning."""
        card.opened = opened
        self._show_anew(card)

    def sort(self, card: Card, order: Order | None) -> None:
        """Show the rows of a table in an `order`, None: as they were written."""
        card.order = order
        self.stack.sort(card)
        self._show_anew(card)

    def reveal(self, leaf: int) -> None:
        """See that leaf `leaf` is not in the folded part of a card."""
        card = self.views[leaf].card
        if card.folded:
            self.open(card, True)

    def _show_anew(self, card: Card) -> None:
        self._cards.keep(card)
        self.stack.refresh(card)
        self._place()

    def _card(self, number: int) -> Card:
        card = self._cards.take(self.message.id, number)
        card.watched = card.watched or self.message.status is Status.STREAMING
        return card

    # --- layout -----------------------------------------------------------------------------------------------

    def prepare(
        self,
        top: int,
        bottom: int,
        pieces: int,
        needed: int = 0,
        until: float = inf,
        held: int = -1,
    ) -> bool:
        """Read at most `pieces` of what waits, lay out what is in `top`..`bottom`; whether the height changed.

        The first piece is read in any case: a row is never on the screen with nothing in it. So is what is needed to
        be `needed` pixels high, as far as that goes before the thread has worked `until` then; for what is left there
        is room. In any case leaf `held` is read, if that is 0 or more: somebody looks at it.
        """
        before = self.height
        is_growing = self.message.status is Status.STREAMING
        rests = is_growing and self._reading.rests
        while self._dirty:
            may = thread_time() < until or self._reading.unread <= GIANT or len(self.views) <= held
            short = self.height - self.blank < needed and may
            late = self.stack.late and until < inf
            if self._begun and (rests or late or not (pieces > 0 or short)):
                break
            self._read()
            pieces -= 1
        short = self.height - self.blank < needed and self._reading.waits and not is_growing
        wanted = max(LEAST_BLANK, self._room_for(self._reading.unread)) if short else 0
        if bottom <= top:  # it is only read: what is on the screen stays where it is until more is laid out
            wanted = max(0, self.blank + before - self.height)
        if wanted or self.blank:
            self.blank = wanted
            self._place()
        changed = bottom > top and self.stack.lay_out(top, bottom, until)
        if changed or self.is_user:
            self._place()
        return changed or self.height != before

    def _read(self) -> None:
        self._begun = True
        start, leaves = self._reading.read(is_all=self.message.status is not Status.STREAMING)
        self.stack.set_body(start, leaves)
        self._dirty = self.has_more
        self._refresh()

    def _room_for(self, characters: int) -> int:
        """Pixels that so much text is likely to take."""
        style = self._style
        return round(characters * style.body_line * style.char_width * 1.1 / max(40, self._body_width()))

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
        self.stack.set_thoughts(leaves)
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
            y = self.stack.place(y) + self.blank
            if len(self.views) == self.thoughts and self.message.status is Status.STREAMING:
                y += round(style.body_line)
            y = self._place_status(left, column, y)
        self.height = y + TURN_GAP

    def _place_bubble(self, left: int, column: int) -> int:
        style = self._style
        widest = int(column * BUBBLE_SHARE) - 2 * BUBBLE_PADDING_X
        wide = widest
        first = self.views[0] if len(self.views) == 1 else None
        if first is not None and first.document is not None and first.measured:
            wide = min(widest, int(first.document.idealWidth()) + 2)
            if wide < first.document.textWidth() and _FROM_RIGHT.search(self.message.text):
                first.document.setTextWidth(wide)  # such lines begin at the right edge of the text
        height = self.stack.place(BUBBLE_PADDING_Y) + self.blank + BUBBLE_PADDING_Y
        box = wide + 2 * BUBBLE_PADDING_X
        self.bubble = QRect(left if style.mirrored else left + column - box, 0, box, height)
        return height

    def _place_status(self, left: int, column: int, y: int) -> int:
        if self.status is None or not self.status.words:
            self.status_rect = self.steps_rect = QRect()
            return y
        self.status_rect, self.steps_rect = self.status.placed(self._style, left, y + STATUS_GAP, column)
        return max(self.status_rect.bottom(), self.steps_rect.bottom()) + 1

    # --- facts ------------------------------------------------------------------------------------------------

    @property
    def views(self) -> list[LeafView]:
        return self.stack.views

    @property
    def thoughts(self) -> int:
        """How many of `views` show reasoning; the others are the text."""
        return self.stack.thoughts

    def between(self, top: int, bottom: int) -> range:
        """The leaves that touch `top`..`bottom`."""
        return self.stack.between(top, bottom)

    def forget_outside(self, top: int, bottom: int) -> None:
        """Let go of the documents that are far from `top`..`bottom`."""
        self.stack.forget_outside(top, bottom)

    @property
    def meta(self) -> str:
        """The small line above a reply."""
        if self.message.role is Role.SYSTEM:
            return IMPORTED_SYSTEM
        provider = self.message.provider
        return " · ".join(part for part in (self._labels.get(provider, provider), self.message.model) if part)

    @property
    def fold_words(self) -> str:
        thinking = self.message.status is Status.STREAMING and not self.message.text
        return "Thinking…" if thinking else strings.thought_words(self.message.thought_ms or self._thought_ms)

    def frame(self) -> QRect:
        """What belongs to the message, without the gap below."""
        if self.is_user:
            return self.bubble
        left, column = self._style.column_in(self._width)
        return QRect(left, 0, column, self.height - TURN_GAP)

    @property
    def column(self) -> tuple[int, int]:
        """Left edge and width of the column that the message stands in."""
        return self._style.column_in(self._width)

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
                    (index, QRect(left + view.left, view.top, view.width - view.indent, CARD_HEADER))
                )
        return heads

    def codes(self, top: int, bottom: int) -> Iterator[tuple[Card, Callable[[], str]]]:
        """The code cards that touch `top`..`bottom`, with what has been read of their text."""
        last: Card | None = None
        for index in self.between(top, bottom):
            card = self.views[index].card
            if self.views[index].is_card and card is not last:
                last = card
                yield card, partial(self.code_text, self._first_of(index), False)

    def _first_of(self, index: int) -> int:
        """The first leaf of the card that leaf `index` is of."""
        while (
            index and self.views[index].leaf.joined and self.views[index - 1].card is self.views[index].card
        ):
            index -= 1
        return index

    def table(self, index: int) -> Table:
        """The whole table that leaf `index` is of, in the order it is shown in."""
        tables = [
            view.leaf.content
            for view in self.views
            if view.card is self.views[index].card and isinstance(view.leaf.content, Table)
        ]
        return replace(tables[0], rows=tuple(row for table in tables for row in table.rows))

    def code_text(self, index: int, whole: bool = True) -> str:
        """The exact characters of the code card whose first leaf is `index` (M7). whole: to the end, read or not."""
        if whole:
            self.prepare(0, 0, 1 << 30)
        parts: list[str] = []
        for view in self.views[index:]:
            if isinstance(view.leaf.content, CodeBlock) and (view.leaf.joined or not parts):
                parts.append(view.leaf.content.text)
                if view.leaf.more:
                    continue
            break
        return "".join(parts)

    def position_at(self, x: float, y: float) -> tuple[int, int]:
        """Leaf and text position nearest to a point."""
        return self.stack.position_at(x - self.body_left(), y)

    def link_at(self, x: float, y: float) -> Link | None:
        return self.stack.link_at(x - self.body_left(), y)

    def view_at(self, y: float) -> LeafView | None:
        """The leaf that `y` is in."""
        return self.stack.view_at(y)
