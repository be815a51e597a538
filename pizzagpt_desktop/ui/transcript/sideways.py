"""Code and tables that are wider than their place, pushed sideways: by wheel, by their thin bar, by keys; paints nothing."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QPointF

from pizzagpt_desktop.ui.transcript.leaf_view import LeafView
from pizzagpt_desktop.ui.transcript.side_bars import bar_of

if TYPE_CHECKING:
    from pizzagpt_desktop.ui.transcript.view import TranscriptView

KEY_STEP = 4
"""Widths of a letter that one key press moves."""


class Sideways:
    """The sideways movements in one transcript; points are the viewport's."""

    def __init__(self, view: "TranscriptView") -> None:
        self._view = view
        self._held: LeafView | None = None
        self._from = (0, 0)
        """Where the bar was taken, and how far the text was pushed then."""

    def push(self, point: QPoint, by: int) -> bool:
        """Move what is under `point` by `by` pixels to the right; whether there was anything to move."""
        leaf, _ = self._leaf_at(point)
        return leaf is not None and self.move(leaf, leaf.scroll_x - by)

    def step(self, leaf: LeafView, direction: int) -> bool:
        """Move one key press to the left (-1) or the right (1)."""
        return self.move(leaf, leaf.scroll_x + round(direction * KEY_STEP * leaf.style.char_width))

    def move(self, leaf: LeafView, pixels: int) -> bool:
        """Show what is `pixels` from the left edge of the text; whether it is wider than its place at all."""
        if leaf.overflow() <= 0:
            return False
        leaf.scroll_x = pixels
        self._view.rows.cards.keep(leaf.card)
        self._view.viewport().update()
        return True

    def take(self, point: QPoint) -> bool:
        """The mouse was pressed; whether on a bar."""
        leaf, place = self._leaf_at(point)
        bar = (
            bar_of(leaf, self._view.viewport().height() - point.y() + place.y()) if leaf is not None else None
        )
        if leaf is None or bar is None or not bar.track.adjusted(0, -3, 0, 3).contains(place):
            return False
        if not bar.handle.adjusted(-2, -3, 2, 3).contains(place):
            share = (place.x() - bar.track.left() - bar.handle.width() / 2) / bar.track.width()
            self.move(leaf, round(share * (leaf.room.width() + leaf.overflow())))
        self._held = leaf
        self._from = point.x(), leaf.scroll_x
        return True

    def drag(self, point: QPoint) -> bool:
        """The mouse moved with its button down; whether it holds a bar."""
        leaf = self._held
        if leaf is None:
            return False
        bar = bar_of(leaf, leaf.height)
        if bar is not None:
            way = max(1.0, bar.track.width() - bar.handle.width())
            self.move(leaf, round(self._from[1] + (point.x() - self._from[0]) * leaf.overflow() / way))
        return True

    def let_go(self) -> bool:
        """The button is up; whether a bar was held."""
        held, self._held = self._held, None
        return held is not None

    def _leaf_at(self, point: QPoint) -> tuple[LeafView | None, QPointF]:
        """The leaf under a point, and the point in it."""
        found = self._view.row_at(point)
        row = self._view.rows.live(found[0]) if found else None
        leaf = row.view_at(found[1]) if found is not None and row is not None else None
        if found is None or row is None or leaf is None:
            return None, QPointF()
        return leaf, QPointF(point.x() - row.body_left(), found[1] - leaf.top)
