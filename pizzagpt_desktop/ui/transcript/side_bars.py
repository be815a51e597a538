"""Where the thin scroll bar of a card or a table stands; moves nothing and paints nothing."""

from typing import NamedTuple

from PySide6.QtCore import QRectF

from pizzagpt_desktop.ui.transcript.leaf_view import LeafView

BAR = 4
"""Pixels that it is high."""
SHORTEST = 24.0


class SideBar(NamedTuple):
    """A thin scroll bar in a leaf: the whole way, and the part of it that is seen."""

    track: QRectF
    handle: QRectF


def bar_of(view: LeafView, seen: float) -> SideBar | None:
    """The bar of `view`, at the lower edge of what is seen of it (down to `seen`); None without need."""
    beyond = view.overflow()
    if beyond <= 0 or not (view.is_last or view.card.folded or seen < view.height):
        return None
    room = view.room
    bottom = min(room.bottom() - 1, seen)
    if bottom < room.top() + SHORTEST / 2:
        return None  # no line of it is seen yet, only the head
    track = QRectF(room.left(), bottom - BAR, room.width(), BAR)
    if view.is_card:
        track = QRectF(room.left() + 4, bottom - BAR - 2, max(SHORTEST, room.width() - 8), BAR)
    wide = max(SHORTEST, track.width() * track.width() / (track.width() + beyond))
    left = track.left() + (track.width() - wide) * view.scroll_x / beyond
    return SideBar(track, QRectF(left, track.top(), wide, BAR))
