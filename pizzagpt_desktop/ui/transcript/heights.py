"""Row heights with their running sums, so that any row is found in a few steps; pure, knows no row and no Qt.

What nobody has laid out yet is as high as its length says. The lengths are kept, not what was made of them: another
width or font measures them anew at once, however many there are.
"""

from array import array
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

Length = tuple[int, bool]
"""Of a text: its characters, and whether they are the user's own."""


ASKED = 64
"""So many answers are kept until something changes."""


class Measure(NamedTuple):
    """Pixels of a character and, besides, of a row: of replies, and of the user's own words."""

    reply: float = 0.0
    own: float = 0.0
    of_reply: int = 0
    of_own: int = 0

    def height(self, length: Length) -> int:
        """What a row of this length is estimated at by itself."""
        characters, is_own = length
        return (
            int(characters * self.own) + self.of_own
            if is_own
            else int(characters * self.reply) + self.of_reply
        )


class _Sums:
    """Rows in one direction. Estimates are differences of running sums; what is known better is in a binary indexed tree."""

    def __init__(self) -> None:
        self._replies, self._own, self._count_own = array("q", [0]), array("q", [0]), array("q", [0])
        self._better = array("q", [0])
        self._known: dict[int, int] = {}
        """By how much rows differ from their estimates; `_better` sums it up."""

    def __len__(self) -> int:
        return len(self._own) - 1

    def length(self, index: int) -> Length:
        is_own = self._count_own[index + 1] > self._count_own[index]
        sums = self._own if is_own else self._replies
        return sums[index + 1] - sums[index], is_own

    def append(self, length: Length) -> None:
        characters, is_own = length
        self._replies.append(self._replies[-1] + (0 if is_own else characters))
        self._own.append(self._own[-1] + (characters if is_own else 0))
        self._count_own.append(self._count_own[-1] + is_own)
        at = len(self._better)
        self._better.append(
            self._difference(at - 1) - self._difference(at - (at & -at)) if at & 1 == 0 else 0
        )

    def cut(self, count: int) -> None:
        """Keep only the first `count` rows."""
        for sums in (self._replies, self._own, self._count_own, self._better):
            del sums[count + 1 :]
        self._known = {index: better for index, better in self._known.items() if index < count}

    def drop(self, count: int) -> None:
        """Take the first `count` rows away."""
        for sums in (self._replies, self._own, self._count_own):
            base = sums[count]
            sums[:] = array("q", [value - base for value in sums[count:]])
        known = {index - count: better for index, better in self._known.items() if index >= count}
        self.forget()
        for index, better in known.items():
            self.add(index, better)

    def forget(self) -> None:
        """All is estimated again."""
        self._better = array("q", bytes(self._better.itemsize * len(self._own)))
        self._known = {}

    def add(self, index: int, difference: int) -> None:
        self._known[index] = self._known.get(index, 0) + difference
        at = index + 1
        while at < len(self._better):
            self._better[at] += difference
            at += at & -at

    def top(self, index: int, measure: Measure) -> int:
        """Where row `index` begins; `top(len(self))` is the total."""
        return self._estimate(index, measure) + self._difference(index)

    def at(self, y: int, measure: Measure) -> int:
        """The row that holds `y`, which is not before the first; the last one for a `y` beyond it."""
        index = better = 0
        step = 1 << (len(self._better) - 1).bit_length()
        while step:
            following = index + step
            if following < len(self._better):
                known = better + self._better[following]
                if self._estimate(following, measure) + known <= y:
                    index, better = following, known
            step >>= 1
        return min(index, len(self) - 1)

    def _estimate(self, index: int, measure: Measure) -> int:
        own = self._count_own[index]
        by_length = self._replies[index] * measure.reply + self._own[index] * measure.own
        return int(by_length) + own * measure.of_own + (index - own) * measure.of_reply

    def _difference(self, index: int) -> int:
        result = 0
        while index:
            result += self._better[index]
            index &= index - 1
        return result


class Heights:
    """Whole pixels per row, in two rows of sums, the rows put above in the opposite order: both ends grow at the same cost.

    set, append, prepend, top and search cost log(rows).
    """

    def __init__(self, measure: Measure) -> None:
        self._measure = measure
        self._above = _Sums()
        self._below = _Sums()
        # A frame asks for the same few rows a dozen times.
        self._top = lru_cache(maxsize=ASKED)(self._sum_to)
        self._at = lru_cache(maxsize=ASKED)(self._search)

    def _forget_answers(self) -> None:
        self._top.cache_clear()
        self._at.cache_clear()

    def __len__(self) -> int:
        return len(self._above) + len(self._below)

    def __getitem__(self, index: int) -> int:
        return self._top(index + 1) - self._top(index)

    @property
    def total(self) -> int:
        return self._top(len(self))

    def measure(self, measure: Measure) -> None:
        """Estimate every row again, by another measure."""
        self._measure = measure
        self._forget_answers()
        self._above.forget()
        self._below.forget()

    def set(self, index: int, height: int) -> int:
        """Give row `index` its own height; by how much it grew."""
        difference = height - self[index]
        if difference:
            self._forget_answers()
            above = len(self._above)
            if index < above:
                self._above.add(above - 1 - index, difference)
            else:
                self._below.add(index - above, difference)
        return difference

    def renew(self, index: int, length: Length) -> None:
        """Another text stands in row `index`."""
        if index == len(self) - 1 and len(self._below):
            self._forget_answers()
            self._below.cut(len(self._below) - 1)
            self._below.append(length)
        else:
            self.set(index, self._measure.height(length))

    def append(self, length: Length) -> None:
        self._forget_answers()
        self._below.append(length)

    def prepend(self, lengths: Sequence[Length]) -> None:
        """Put rows above all others, in this order."""
        self._forget_answers()
        for length in reversed(lengths):
            self._above.append(length)

    def cut(self, count: int) -> None:
        """Keep only the first `count` rows."""
        above = len(self._above)
        if count >= above:
            self._forget_answers()
            self._below.cut(count - above)
            return
        self._forget_answers()
        self._above.drop(above - count)
        self._below = _Sums()

    def top(self, index: int) -> int:
        """Where row `index` begins; `top(len(self))` is the total."""
        return self._top(index)

    def at(self, y: int) -> int:
        """The row that holds `y`; the first or last one for a `y` outside. Rows of no height hold nothing."""
        return self._at(y)

    def _sum_to(self, index: int) -> int:
        above = len(self._above)
        total = self._above.top(above, self._measure)
        if index < above:
            return total - self._above.top(above - index, self._measure)
        return total + self._below.top(index - above, self._measure)

    def _search(self, y: int) -> int:
        above = len(self._above)
        if not len(self):
            raise IndexError("no rows")
        total = self._above.top(above, self._measure)
        if above and (y < total or not len(self._below)):
            if y >= total:
                return above - 1
            return above - 1 - self._above.at(total - 1 - y, self._measure) if y >= 0 else 0
        return above + self._below.at(y - total, self._measure) if y >= total else above
