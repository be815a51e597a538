"""The leaves of one message from top to bottom, and where each of them stands; knows no message and no frame.

x counts from where the leaves begin, y from the row's top.
"""

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import replace
from itertools import islice
from math import inf
from time import thread_time

from pizzagpt_desktop.domain.blocks import CodeBlock, Heading, Paragraph, Raw, Table, plain
from pizzagpt_desktop.domain.links import Link
from pizzagpt_desktop.domain.table_order import ordered
from pizzagpt_desktop.ui.transcript.cards import Card
from pizzagpt_desktop.ui.transcript.documents import WIDE
from pizzagpt_desktop.ui.transcript.leaf_view import LeafView
from pizzagpt_desktop.ui.transcript.leaves import Leaf, cost_of
from pizzagpt_desktop.ui.transcript.style import Style

THOUGHTS_GAP = 12
"""Pixels between reasoning and text."""
MEASURED_AT_ONCE = 2_000
"""Leaves that are all estimated anew when the width changes."""
LONG, LATIN = 1_000, "\u024f"
MUCH = 60
"""Runs that take some milliseconds to lay out."""


class Stack:
    """Leaves laid out `width` wide: first those that show reasoning, `thoughts` of them, then the text's."""

    def __init__(self, style: Style, width: int, cards: Callable[[int], Card]) -> None:
        """cards: the card of the text's code block or table of this number."""
        self.views: list[LeafView] = []
        self.thoughts = 0
        self._style = style
        self._width = width
        self._cards = cards
        self._tops: list[int] = []
        self._placed = 0
        """Leaves before this one stand where they should."""
        self._near: set[LeafView] = set()
        self.waits = False
        """Whether what was to be laid out last has formulas that are not drawn yet, or leaves that are not there yet."""
        self.late = False
        """Whether that were leaves: what comes after them is read when they are there."""
        self._late_from = 0
        """Where the first of these begins."""
        self.fresh_from = 0
        """Above this y everything is as it was painted last."""

    # --- what it holds ----------------------------------------------------------------------------------------

    def set_body(self, start: int, leaves: list[Leaf]) -> None:
        """Show `leaves` from the text's leaf `start` on; those that are as before are left alone."""
        if leaves and not start:
            leaves[0] = replace(leaves[0], gap=0)
        at = self.thoughts + start
        self._near.difference_update(self.views[at + len(leaves) :])
        del self.views[at + len(leaves) :]
        known = len(self.views) - at
        for index, leaf in enumerate(leaves):
            if index >= known:
                self.views.append(LeafView(leaf, self._style, self._width))
            elif self.views[at + index].source == leaf:
                continue
            else:
                self.views[at + index].replace(leaf)
            self._placed = min(self._placed, at + index)
        self._deal(at)

    def _deal(self, start: int) -> None:
        """Give the leaves from `start` on their cards: one to all that were cut from the same block."""
        above = self.views[start - 1] if start else None
        for index in range(start, len(self.views)):
            view = self.views[index]
            content = view.leaf.content
            view.number = above.number if above is not None else 0
            if isinstance(content, CodeBlock | Table):
                if above is not None and view.leaf.joined and type(above.leaf.content) is type(content):
                    view.card = above.card
                else:
                    view.number += 1
                    if view.card.key[1] != view.number:
                        view.card = self._card(view.number)
                if isinstance(content, CodeBlock):
                    self._tell(index, content)
                else:
                    self._turn(index)
            elif view.card.key[1]:
                view.card = Card()
            follows = (
                above.direction
                if above is not None and view.leaf.joined and isinstance(content, Paragraph | Heading)
                else None
            )
            if view.follows != follows:
                view.follows = follows
                self._show_anew(index)
            above = view
        for index in range(max(0, start - 1), len(self.views)):
            view = self.views[index]
            is_last = index + 1 == len(self.views) or self.views[index + 1].card is not view.card
            if view.is_last != is_last:
                view.is_last = is_last
                self._show_anew(index)
        for card in {view.card for view in self.views[start:] if view.card.order is not None}:
            self.sort(card)

    def sort(self, card: Card) -> None:
        """Show the rows of a table in the order that its card has: as they were written where it has none."""
        parts = [index for index, view in enumerate(self.views) if view.card is card]
        tables = [(index, self.views[index].source) for index in parts]
        rows = [row for _, leaf in tables if isinstance(leaf.content, Table) for row in leaf.content.rows]
        if card.order is not None:
            rows = list(ordered(rows, *card.order))
        at = 0
        for index, leaf in tables:
            if isinstance(leaf.content, Table):
                size = len(leaf.content.rows)
                content = replace(leaf.content, rows=tuple(rows[at : at + size]))
                self.views[index].show_instead(leaf if card.order is None else replace(leaf, content=content))
                at += size
                self._placed = min(self._placed, index)

    def _show_anew(self, index: int) -> None:
        self.views[index].refresh()
        self._placed = min(self._placed, index)

    def _card(self, number: int) -> Card:
        card = self._cards(number)
        card.forget_measures()
        return card

    def _tell(self, index: int, code: CodeBlock) -> None:
        """Let a card know its language and length."""
        view = self.views[index]
        card = view.card
        if not view.leaf.joined:
            card.lang = code.lang.split(maxsplit=1)[0].lower() if code.lang.strip() else ""
        if not view.leaf.more:
            before = card.folded
            card.size = len(code.text)
            card.lines = view.leaf.line + code.text.count("\n") + (not code.text.endswith("\n"))
            if card.folded != before:
                self._refresh_down_to(index)

    def _turn(self, index: int) -> None:
        """Let a table know where it begins, by the first part of it that tells."""
        view = self.views[index]
        card, before = view.card, view.card.rtl
        if not view.leaf.joined:
            card.rtl = None
        if card.rtl is None:
            card.rtl = view.direction
        if card.rtl != before:
            self._refresh_down_to(index)

    def _refresh_down_to(self, index: int) -> None:
        """The card of leaf `index` is shown in another way now; the parts below it are not dealt yet."""
        card = self.views[index].card
        while index >= 0 and self.views[index].card is card:
            self._show_anew(index)
            index -= 1

    def refresh(self, card: Card) -> None:
        """`card` is shown in another way now."""
        for index, view in enumerate(self.views):
            if view.card is card:
                self._show_anew(index)

    def set_thoughts(self, leaves: list[Leaf]) -> None:
        """Show `leaves`, muted, above the text."""
        if leaves == [view.source for view in self.views[: self.thoughts]]:
            return
        kept = self.views[: min(self.thoughts, len(leaves))]
        for view, leaf in zip(kept, leaves, strict=False):
            view.replace(leaf)
        muted = self._style.palette.muted
        new = [LeafView(leaf, self._style, self._width, muted) for leaf in leaves[len(kept) :]]
        self._near.difference_update(self.views[len(kept) : self.thoughts])
        self.views[: self.thoughts] = kept + new
        self.thoughts = len(leaves)
        self._placed = 0

    def set_width(self, width: int) -> None:
        """Of very many leaves those that are far keep the heights that they have, until one comes near."""
        self._width = width
        self._placed = 0
        for view in self.views if len(self.views) <= MEASURED_AT_ONCE else self._near:
            view.set_width(width)

    # --- layout -----------------------------------------------------------------------------------------------

    def lay_out(self, top: int, bottom: int, until: float = inf) -> bool:
        """Lay out what is in `top`..`bottom`; whether a height changed, so that all must be placed again.

        Tables of hundreds of columns, and texts of hundreds of runs, may have to wait, with what is below them, once the
        thread has worked `until` then.
        """
        if self.late:
            self.fresh_from = min(self.fresh_from, self._late_from)
        changed = self.waits = self.late = False
        for index in self.between(top, bottom):
            view = self.views[index]
            if view.document is not None and view.document.waits:
                self.fresh_from = min(self.fresh_from, view.top)
            is_new = view.document is None or not view.measured
            if until < inf and thread_time() > until:
                if is_new and not view.is_replaced and _is_much(view):
                    self.waits = self.late = True
                    self._late_from = view.top
                    break
                if view.document is not None and view.document.waits:
                    self.waits = True
                    continue
            if isinstance(view.leaf.content, Table) and is_new:
                self.fresh_from = min(self.fresh_from, view.top)
            before = view.height
            view.set_width(self._width)
            if view.lay_out() or view.height != before:
                changed = True
                self._placed = min(self._placed, index)
            self._near.add(view)
            self.waits = self.waits or (view.document is not None and view.document.waits)
        return changed

    def forget_outside(self, top: int, bottom: int) -> None:
        """Let go of the documents that are far from `top`..`bottom`."""
        for view in [v for v in self._near if v.top > bottom or v.top + v.height < top]:
            view.forget()
            self._near.discard(view)

    def place(self, y: int) -> int:
        """Place the leaves below `y`, beginning with the first that may stand wrong; where the last one ends."""
        views, tops = self.views, self._tops
        gap = self._style.gap
        if tops and views and tops[0] != y + gap(views[0].leaf.gap):
            self._placed = 0
        known = len(tops)
        start = min(self._placed, known, len(views))
        del tops[start:]
        above = views[start - 1] if start else None
        if above is not None:
            y = above.top + above.height
        if start < known:
            self.fresh_from = min(self.fresh_from, y)
        elif start < len(views):  # the caret stood in the last leaf so far
            self.fresh_from = min(self.fresh_from, above.top if above is not None else y)
        gaps: dict[int, int] = {}
        for index, view in enumerate(islice(views, start, None), start):
            leaf = view.leaf
            if leaf.gap not in gaps:
                gaps[leaf.gap] = gap(leaf.gap)
            y += gaps[leaf.gap]
            if index == self.thoughts and index:
                y += THOUGHTS_GAP
            view.top = y
            tops.append(y)
            y += view.height
            if leaf.rails or view.shared_rails:
                view.continue_rails(above)
            above = view
        self._placed = len(views)
        return y

    def place_all(self) -> None:
        """Have every leaf placed anew next time."""
        self._placed = 0

    # --- where things are -------------------------------------------------------------------------------------

    def between(self, top: int, bottom: int) -> range:
        """The leaves that touch `top`..`bottom`."""
        first = max(0, bisect_right(self._tops, top) - 1)
        return range(first, max(first, bisect_right(self._tops, bottom)))

    def leaf_at(self, y: float) -> int:
        """The leaf nearest to `y`, -1 where there is none."""
        index = bisect_right(self._tops, y) - 1
        if 0 <= index < len(self.views) - 1:
            view, below = self.views[index], self.views[index + 1]
            if y - view.top - view.height > below.top - y:
                return index + 1
        return max(index, 0) if self.views else -1

    def view_at(self, y: float) -> LeafView | None:
        """The leaf that `y` is in."""
        index = bisect_right(self._tops, y) - 1
        if index >= 0 and y < self.views[index].top + self.views[index].height:
            return self.views[index]
        return None

    def position_at(self, x: float, y: float) -> tuple[int, int]:
        """Leaf and text position nearest to a point."""
        index = self.leaf_at(y)
        if index < 0:
            return 0, 0
        view = self.views[index]
        return index, view.position_at(x, min(max(y - view.top, 0), view.height - 1))

    def link_at(self, x: float, y: float) -> Link | None:
        view = self.view_at(y)
        return view.link_at(x, y - view.top) if view is not None else None


def _is_much(view: LeafView) -> bool:
    """Whether a leaf takes long to lay out."""
    content = view.leaf.content
    if isinstance(content, Table):
        return len(content.align) > WIDE or cost_of(content) > MUCH
    if isinstance(content, Paragraph | Heading):
        return cost_of(content) > MUCH or _is_foreign(plain(content.runs))
    return isinstance(content, CodeBlock | Raw) and _is_foreign(content.text)


def _is_foreign(text: str) -> bool:
    """Whether the letters of a long text may have to be looked for in many fonts."""
    return len(text) > LONG and not text.isascii() and max(text) > LATIN
