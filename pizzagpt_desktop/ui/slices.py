"""Long work in short turns of the loop, so that the window answers in between; knows nothing of what is done."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from PySide6.QtCore import QObject, QTimer

T = TypeVar("T")


class Slices(Generic[T]):
    """Does `step` with `size` things a turn, the first at once, until all are done or one attempt fails."""

    def __init__(
        self,
        owner: QObject,
        things: Sequence[T],
        size: int,
        step: Callable[[Sequence[T]], None],
        attempt: Callable[[Callable[[], None]], bool],
        ended: Callable[[Sequence[T]], None],
    ) -> None:
        """attempt: runs a step and says whether it was done. ended: called once, with the things that were not done."""
        self._owner = owner
        self._left = list(things)
        self._size = size
        self._step = step
        self._attempt = attempt
        self._ended = ended
        self._go_on()

    def _go_on(self) -> None:
        some = self._left[: self._size]
        if some and not self._attempt(lambda: self._step(some)):
            self._ended(self._left)
            return
        del self._left[: self._size]
        if self._left:
            QTimer.singleShot(0, self._owner, self._go_on)
        else:
            self._ended([])
