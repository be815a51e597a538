"""Row heights with their running sums, so that any row is found in a few steps; pure, knows no row and no Qt."""

from collections.abc import Iterable, Sequence


class _Sums:
    """Whole pixels per row, in a binary indexed tree: set, append, top and search cost log(rows)."""

    def __init__(self, heights: Iterable[int] = ()) -> None:
        self._heights = list(heights)
        self._sums = [0, *self._heights]
        for at in range(1, len(self._sums)):
            parent = at + (at & -at)
            if parent < len(self._sums):
                self._sums[parent] += self._sums[at]
        self._total = sum(self._heights)

    def __len__(self) -> int:
        return len(self._heights)

    def __getitem__(self, index: int) -> int:
        return self._heights[index]

    @property
    def total(self) -> int:
        return self._total

    def cut(self, count: int) -> None:
        """Keep only the first `count` rows."""
        self._total = self.top(count)
        del self._heights[count:]
        del self._sums[count + 1 :]

    def set(self, index: int, height: int) -> int:
        """Give row `index` another height; by how much it grew."""
        difference = height - self._heights[index]
        if difference:
            self._heights[index] = height
            self._total += difference
            at = index + 1
            while at < len(self._sums):
                self._sums[at] += difference
                at += at & -at
        return difference

    def append(self, height: int) -> None:
        self._heights.append(height)
        self._total += height
        at = len(self._heights)
        self._sums.append(self.top(at) - self.top(at - (at & -at)) if at & 1 == 0 else height)

    def top(self, index: int) -> int:
        """Where row `index` begins; `top(len(self))` is the total."""
        if index == len(self._heights):
            return self._total
        result = 0
        while index:
            result += self._sums[index]
            index &= index - 1
        return result

    def at(self, y: int) -> int:
        """The row that holds `y`; the first or last one for a `y` outside. Rows of no height hold nothing."""
        if not self._heights:
            raise IndexError("no rows")
        if y < 0:
            return 0
        index = 0
        step = 1 << (len(self._sums) - 1).bit_length()
        while step:
            following = index + step
            if following < len(self._sums) and self._sums[following] <= y:
                index = following
                y -= self._sums[following]
            step >>= 1
        return min(index, len(self._heights) - 1)


class Heights:
    """Whole pixels per row, in two trees, the rows put above in the opposite order: both ends grow at the same cost.

    set, append, prepend, top and search cost log(rows).
    """

    def __init__(self, heights: Iterable[int] = ()) -> None:
        self._above = _Sums()
        self._below = _Sums(heights)

    def __len__(self) -> int:
        return len(self._above) + len(self._below)

    def __getitem__(self, index: int) -> int:
        above = len(self._above)
        return self._above[above - 1 - index] if index < above else self._below[index - above]

    @property
    def total(self) -> int:
        return self._above.total + self._below.total

    def set(self, index: int, height: int) -> int:
        """Give row `index` another height; by how much it grew."""
        above = len(self._above)
        if index < above:
            return self._above.set(above - 1 - index, height)
        return self._below.set(index - above, height)

    def append(self, height: int) -> None:
        self._below.append(height)

    def prepend(self, heights: Sequence[int]) -> None:
        """Put rows above all others, in this order."""
        for height in reversed(heights):
            self._above.append(height)

    def cut(self, count: int) -> None:
        """Keep only the first `count` rows."""
        above = len(self._above)
        if count < above:
            kept = [self[index] for index in range(count)]
            self._above, self._below = _Sums(), _Sums(kept)
        else:
            self._below.cut(count - above)

    def top(self, index: int) -> int:
        """Where row `index` begins; `top(len(self))` is the total."""
        above = len(self._above)
        if index < above:
            return self._above.total - self._above.top(above - index)
        return self._above.total + self._below.top(index - above)

    def at(self, y: int) -> int:
        """The row that holds `y`; the first or last one for a `y` outside. Rows of no height hold nothing."""
        above = len(self._above)
        if not len(self):
            raise IndexError("no rows")
        if above and (y < self._above.total or not len(self._below)):
            return above - 1 - self._above.at(self._above.total - 1 - y) if y >= 0 else 0
        return above + self._below.at(y - self._above.total)
