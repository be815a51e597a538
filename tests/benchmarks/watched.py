"""Runs a window and says when it can be typed into, and how long its loop stood still; knows no widget of ours.

    watched.py TARGET [ARGUMENTS]      TARGET is a module's name or a script; the arguments are the target's

Lines on standard output, each flushed: `READY <monotonic seconds>` when a text field that has the keyboard has
been painted; with WATCHED_TYPE set, that text is then typed once the loop has rested for a second, and Enter once
it has rested for another, as a person would; with Enter `TYPED <CPU seconds so far>` is said, and from then on
`STALL <seconds>` each time the loop stood still for longer than before.
"""

import os
import runpy
import sys
import time

from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QLineEdit, QPlainTextEdit, QTextEdit

TICK_MS = 5
REST_S = 1.0


class Watcher(QObject):
    """Sees every event until the first paint of a focused text field."""

    def __init__(self, application: QApplication) -> None:
        super().__init__(application)
        self._ready = False
        self._last = 0.0
        self._longest = 0.0
        self._rested_since = 0.0
        self._typed = 0
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._tick)
        application.installEventFilter(self)

    def _on_painted(self) -> None:
        if self._ready:
            return
        self._ready = True
        print("READY", time.monotonic(), flush=True)
        QApplication.instance().removeEventFilter(self)
        if os.environ.get("WATCHED_TYPE"):
            self._last = self._rested_since = time.perf_counter()
            self._timer.start(TICK_MS)

    def _tick(self) -> None:
        now = time.perf_counter()
        gap = now - self._last - TICK_MS / 1000
        self._last = now
        if self._typed < 2:
            if gap > 0.02:
                self._rested_since = now
            elif now - self._rested_since > REST_S:
                self._rested_since = now
                self._typed += 1
                if self._typed == 1:
                    self._type(os.environ["WATCHED_TYPE"])
                else:
                    self._enter()
        elif gap > self._longest:
            self._longest = gap
            print("STALL", round(gap, 4), flush=True)

    def _type(self, text: str) -> None:
        for letter in text:
            self._press(0, letter)

    def _enter(self) -> None:
        print("TYPED", time.process_time(), flush=True)
        self._press(Qt.Key.Key_Return, "\r")

    def _press(self, key: int, text: str) -> None:
        target = QApplication.focusWidget()
        for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
            QCoreApplication.postEvent(target, QKeyEvent(kind, key, Qt.KeyboardModifier.NoModifier, text))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint:
            field = QApplication.focusWidget()
            if isinstance(field, (QLineEdit, QPlainTextEdit, QTextEdit)) and field.isEnabled():
                QTimer.singleShot(0, self._on_painted)
        return False


def main() -> None:
    begin = QApplication.__init__

    def begin_watched(self: QApplication, *arguments: object, **named: object) -> None:
        begin(self, *arguments, **named)
        Watcher(self)

    QApplication.__init__ = begin_watched  # type: ignore[method-assign]
    sys.argv = sys.argv[1:]
    target = sys.argv[0]
    if target.endswith(".py"):
        runpy.run_path(target, run_name="__main__")
    else:
        runpy.run_module(target, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
