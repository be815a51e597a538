"""Where a growing reply pushes up what stands above it: those pixels are moved as they are, and not painted again."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QRect, Qt
from PySide6.QtWidgets import QWidget

from pizzagpt_desktop.ui.transcript.stuck import stuck_head

if TYPE_CHECKING:
    from pizzagpt_desktop.ui.transcript.view import TranscriptView


class Seen(NamedTuple):
    """What a screen showed: the rows' y of its upper edge, whether that was the end, and where on it each message stood."""

    scroll_y: int
    is_end: bool
    tops: Mapping[str, int]


def seen(view: "TranscriptView") -> Seen:
    """What is on the screen now."""
    bar = view.verticalScrollBar()
    return Seen(view.scroll_y, bar.value() == bar.maximum(), _tops(view))


def push(view: "TranscriptView", before: Seen, fresh: QRect, painted: QRect) -> QRect:
    """Move what was there `before` and only stands higher now; what is left to be painted.

    fresh: what of the screen is not as it was, besides its place; all below it belongs to it. painted: what of the
    screen has anything on it.
    """
    port = view.viewport()
    if before.scroll_y == view.scroll_y:
        return fresh & painted
    by = _pushed_by(view, before, fresh)
    if not -port.height() < by < 0:
        return port.rect()
    # No more of it: Qt moves nothing where another widget lies over it, as that between list and page does.
    port.scroll(0, by, painted)
    for child in port.findChildren(QWidget, options=Qt.FindChildOption.FindDirectChildrenOnly):
        if child.isVisible():  # it stays where it was put; its picture went along
            port.update(child.geometry())
            port.update(child.geometry().translated(0, by))
    return fresh & painted


def _pushed_by(view: "TranscriptView", before: Seen, fresh: QRect) -> int:
    """How far down all above `fresh` has moved, up is less than 0; 0 also where it has to be painted anew."""
    bar = view.verticalScrollBar()
    if not (before.is_end and bar.value() == bar.maximum()) or view.has_ring:
        return 0
    moves = {top - before.tops.get(key, top) for key, top in _tops(view).items() if top < fresh.top()}
    if len(moves) != 1:
        return 0
    for edge in (before.scroll_y, view.scroll_y):
        place = view.rows.at(edge)
        row = view.rows.live(place[0]) if place is not None else None
        if place is not None and row is not None and stuck_head(row, place[1]) is not None:
            return 0
    return moves.pop()


def _tops(view: "TranscriptView") -> dict[str, int]:
    messages = view.rows.messages
    return {messages[index].id: top - view.scroll_y for index, top in view.visible()}
