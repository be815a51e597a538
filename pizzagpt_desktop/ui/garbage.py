"""Looks for garbage in the window's thread and in no other; knows nothing of what the garbage is.

Python's collector runs in whichever thread makes the next object. Where a circle of garbage holds a timer, a widget or
a document, a worker would destroy it beside the window's thread, which Qt answers with a crash, now or later.
"""

import gc
from time import perf_counter

from PySide6.QtCore import QAbstractEventDispatcher, QObject

YOUNG = 700
"""So many more objects are made than let go of before those are looked through, as Python has it by itself."""
OLDER = 10
"""After so many looks through the young, those who stayed are looked through; after so many of these, all."""
REST = 100
"""A look through all waits for so many times what the last one took."""


class Garbage(QObject):
    """Collects whenever the loop has nothing more to do. While nothing happens, nothing is made, nor looked for."""

    def __init__(self, parent: QObject) -> None:
        """Python's own collecting ends with this; `parent` lives in the window's thread, for good."""
        super().__init__(parent)
        self._young = self._older = 0
        self._rests_until = 0.0
        gc.disable()
        gc.freeze()  # what was imported stays, and the loop rests for the first time before the first picture
        QAbstractEventDispatcher.instance().aboutToBlock.connect(self._on_rest)

    def _on_rest(self) -> None:
        if gc.get_count()[0] < YOUNG:
            return
        self._young += 1
        if self._young <= OLDER:
            gc.collect(0)
            return
        self._young = 0
        self._older += 1
        began = perf_counter()
        if self._older <= OLDER or began < self._rests_until:
            gc.collect(1)
            return
        self._older = 0
        gc.collect()
        ended = perf_counter()
        self._rests_until = ended + REST * (ended - began)
