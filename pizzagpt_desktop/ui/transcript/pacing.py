"""When a growing reply is drawn again: as often as looks smooth, but no more than a small share of the time; knows no view."""

from collections.abc import Iterator
from contextlib import contextmanager
from math import ceil, inf
from time import perf_counter, thread_time

FRAME_MS = 16
"""A screen shows hardly more pictures than one in this time."""
MOST_S = 0.040
"""Pictures of a text that come less often are seen one by one."""
SHARE = 24
"""Between the beginnings of two frames is so many times what one takes, so that a slow computer is not kept busy."""


class Pacing:
    """Measures the work of this thread on each frame, and says how long the next one has to wait for it."""

    def __init__(self) -> None:
        self._began = -inf
        self._now = 0.0
        self._usual = 0.0

    @property
    def gap_s(self) -> float:
        """Seconds from the beginning of a frame to that of the next one."""
        return min(max(FRAME_MS / 1000, SHARE * self._usual), MOST_S)

    def begin(self) -> None:
        """A frame begins; what is worked from now on is its own."""
        if self._began > -inf:
            self._usual += (self._now - self._usual) / 4
        self._began, self._now = perf_counter(), 0.0

    @contextmanager
    def working(self) -> Iterator[None]:
        """Something is done for the frame."""
        began = thread_time()
        try:
            yield
        finally:
            self._now += thread_time() - began

    def wait_ms(self) -> int:
        """Milliseconds until the next frame may begin, 0 if it may now."""
        return max(0, ceil((self._began + self.gap_s - perf_counter()) * 1000)) if self._began > -inf else 0
