"""A table that runs from right to left: its document has the first column at the left, and is seen with it at the right.

The only place that knows both. All that goes by text positions keeps the order of reading; knows no text and no painter.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from typing import NamedTuple


class Place(NamedTuple):
    """A column: from where to where it is seen, and how far to the right of where the document has it."""

    column: int
    left: float
    right: float
    shift: float


class Mirror:
    """Where columns are seen whose edges in the document are `edges`: in the reverse order, in the same room."""

    def __init__(self, edges: Sequence[float]) -> None:
        self._edges = edges
        self._sum = edges[0] + edges[-1]

    @property
    def width(self) -> float:
        """Pixels that the table takes, with as much room at its right edge as at its left one."""
        return self._sum + 1

    def seen(self, x: float) -> float:
        """Where `x` of the document is seen."""
        return x + self._place(bisect_right(self._edges, x) - 1).shift

    def inside(self, x: float) -> float:
        """What of the document is seen at `x`; beside the table the nearest of it."""
        place = self._place(bisect_left(self._edges, self._sum - x) - 1)
        return min(max(x, place.left + 1), place.right - 1) - place.shift

    def edges_seen(self) -> list[float]:
        """Where the columns begin and end as they are seen, from the left."""
        return [self._sum - edge for edge in reversed(self._edges)]

    def columns(self, left: float, right: float) -> Iterator[Place]:
        """The columns of which something is seen between `left` and `right`."""
        first = max(0, bisect_left(self._edges, self._sum - right) - 1)
        last = min(len(self._edges) - 1, bisect_right(self._edges, self._sum - left))
        for column in range(first, last):
            yield self._place(column)

    def _place(self, column: int) -> Place:
        column = min(max(column, 0), len(self._edges) - 2)
        start, end = self._edges[column], self._edges[column + 1]
        return Place(column, self._sum - end, self._sum - start, self._sum - end - start)
