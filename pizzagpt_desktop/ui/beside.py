"""Work in a thread of its own, whose outcome is told in the window's; knows no dialog.

The thread holds nothing of Qt's: a signal that it sent to a dialog which goes that very moment would end the program.
"""

import queue
import threading
from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Signal

LOOK_MS = 10


class Beside(QObject):
    """Does one thing at a time; of what is done when the next one begins, nothing is heard."""

    done = Signal(object)

    def __init__(self, parent: QObject, name: str) -> None:
        super().__init__(parent)
        self._name = name
        self._found: queue.SimpleQueue[object] = queue.SimpleQueue()
        self._timer = QTimer(self, interval=LOOK_MS)
        self._timer.timeout.connect(self._look)

    def run(self, work: Callable[[], object]) -> None:
        """Begin; `done` gives what `work` returns. work: must not hold anything of Qt's."""
        found = self._found = queue.SimpleQueue()
        threading.Thread(target=lambda: found.put(work()), name=self._name, daemon=True).start()
        self._timer.start()

    def forget(self) -> None:
        """Nobody waits any more."""
        self._timer.stop()

    def _look(self) -> None:
        if not self._found.empty():
            self._timer.stop()
            self.done.emit(self._found.get())
