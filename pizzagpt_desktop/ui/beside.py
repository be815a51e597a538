"""Work in a thread of its own, whose outcome is told in the window's; knows no dialog.

The thread holds nothing of Qt's: a signal that it sent to a dialog which goes that very moment would end the program.
"""

import queue
import threading
import time
from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Signal

LOOK_MS = 10
_FAILED = object()
END_S = 1.0
"""How long threads that have something to do may take to end."""


def all_ended() -> bool:
    """Whether no thread does anything any more, after a moment: what the interpreter's end cuts off may crash it.

    Every thread of the program is one that the interpreter waits for; those of others, which it does not, are left alone.
    """
    until = time.monotonic() + END_S
    others = [one for one in threading.enumerate() if one is not threading.main_thread() and not one.daemon]
    for thread in others:
        thread.join(max(0.0, until - time.monotonic()))
    return not any(thread.is_alive() for thread in others)


class Beside(QObject):
    """Does one thing at a time; of what is done when the next one begins, nothing is heard.

    For each that is begun and heard of, either `done` or `failed` comes, whatever became of it.
    """

    done = Signal(object)
    failed = Signal()
    """The work raised, or there was no thread for it to be had; the report of it goes its own way."""

    def __init__(self, parent: QObject, name: str) -> None:
        super().__init__(parent)
        self._name = name
        self._found: queue.SimpleQueue[object] = queue.SimpleQueue()
        self._timer = QTimer(self, interval=LOOK_MS)
        self._timer.timeout.connect(self._look)

    def run(self, work: Callable[[], object]) -> None:
        """Begin; `done` gives what `work` returns. work: must not hold anything of Qt's."""
        found = self._found = queue.SimpleQueue()

        def do() -> None:
            outcome: object = _FAILED
            try:
                outcome = work()
            finally:
                found.put(outcome)

        try:
            threading.Thread(target=do, name=self._name).start()
        except RuntimeError:  # no thread to be had
            found.put(_FAILED)
        self._timer.start()

    def forget(self) -> None:
        """Nobody waits any more."""
        self._timer.stop()

    def _look(self) -> None:
        if not self._found.empty():
            self._timer.stop()
            outcome = self._found.get()
            if outcome is _FAILED:
                self.failed.emit()
            else:
                self.done.emit(outcome)
