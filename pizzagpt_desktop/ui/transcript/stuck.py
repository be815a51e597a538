"""The head of a code card that stays in sight while its lines go past under it; paints nothing and knows no button."""

from bisect import bisect_left
from typing import NamedTuple

from PySide6.QtCore import QRect

from pizzagpt_desktop.domain.blocks import CodeBlock
from pizzagpt_desktop.ui.transcript.leaf_view import LeafView
from pizzagpt_desktop.ui.transcript.row import Row
from pizzagpt_desktop.ui.transcript.style import CARD_HEADER


class StuckHead(NamedTuple):
    """leaf: the first one of the card. seen: the one at the upper edge. rect: where the head is, in the row."""

    leaf: int
    lang: str
    seen: LeafView
    rect: QRect


def stuck_head(row: Row, top: int) -> StuckHead | None:
    """The head of the card that the upper edge of the screen cuts, where the edge is `top` pixels below the row's.

    The end of the card pushes it out.
    """
    seen = row.view_at(top) if top > 0 else None
    if seen is None or not seen.is_card:
        return None
    views, card = row.views, seen.card
    first = bisect_left(views, seen.number, key=lambda view: view.number)
    end = bisect_left(views, True, first, key=lambda view: view.card is not card)
    code = views[first].leaf.content
    if views[first].top >= top or not isinstance(code, CodeBlock):
        return None
    last = views[end - 1]
    y = min(top, last.top + last.height - CARD_HEADER)
    rect = QRect(row.body_left() + seen.left, y, seen.width - seen.indent, CARD_HEADER)
    return StuckHead(first, code.lang, seen, rect)
