"""A real window on a chat file, by itself: how long conversations take to open, and how long its loop stands still.

    window_on.py DATABASE ROUNDS      one JSON object on standard output

Opening is from the command to the end of the first paint, in turns for the longest conversation, the one of ten
messages and some others. Stalls are the longest time that a timer of two milliseconds had to wait.
"""

import json
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))

from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, Qt, QTimer
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication

from pizzagpt_desktop.storage.store import SqliteSessionStore
from pizzagpt_desktop.ui.desk import Desk
from pizzagpt_desktop.ui.transcript.view import TranscriptView
from tests.benchmarks.big_store import LONGEST_ID, SHORTEST_ID
from tests.helpers.ui_parts import Rig

TICK_MS = 2
OTHERS = 20
Steps = Iterator[Callable[[], bool]]
"""Facts to wait for, one after the other, with the loop running."""


class Painted(QObject):
    """When the transcript's viewport was painted last."""

    def __init__(self, view: TranscriptView) -> None:
        super().__init__(view)
        self.times = 0
        view.viewport().installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint:
            self.times += 1
        return False


class Meter:
    """The longest gap between two ticks since it was last asked, and the most work in one, in milliseconds.

    On a busy machine a gap is also the time that others had the processor; work is this thread's own.
    """

    def __init__(self) -> None:
        self._last = time.perf_counter(), time.thread_time()
        self._longest = self._hardest = 0.0

    def tick(self) -> None:
        now = time.perf_counter(), time.thread_time()
        self._longest = max(self._longest, now[0] - self._last[0] - TICK_MS / 1e3)
        self._hardest = max(self._hardest, now[1] - self._last[1])
        self._last = now

    def read(self) -> tuple[float, float]:
        self.tick()
        found = self._longest * 1e3, self._hardest * 1e3
        self._longest = self._hardest = 0.0
        return found


class Measuring:
    """One window; `run` goes through the steps in the application's own loop."""

    def __init__(self, application: QApplication, database: Path, rounds: int) -> None:
        self._application = application
        self._rounds = rounds
        self.store = SqliteSessionStore(database)
        self.meter = Meter()
        self.rig = Rig(store=self.store)  # type: ignore[arg-type]
        self.found: dict[str, Any] = {}
        self._steps = self._run()
        self._fact: Callable[[], bool] = lambda: True
        self._timer = QTimer()
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._on_tick)

    def run(self) -> dict[str, Any]:
        self.rig.show()
        self._timer.start(TICK_MS)
        self._application.exec()
        return self.found

    def _on_tick(self) -> None:
        self.meter.tick()
        if not self._fact():
            return
        try:
            self._fact = next(self._steps)
        except StopIteration:
            self._application.quit()

    @property
    def _desk(self) -> Desk:
        return self.rig.window.desk

    def _rest(self, seconds: float = 0.2) -> Callable[[], bool]:
        until = time.perf_counter() + seconds
        return lambda: time.perf_counter() > until

    def _opened_in(self, conversation_id: str) -> float:
        """Milliseconds from the command until the transcript has been painted."""
        view = self.rig.window.page.transcript
        painted = Painted(view)
        began = time.perf_counter()
        self._desk.open(conversation_id)
        while not painted.times:
            QApplication.processEvents()
        took = (time.perf_counter() - began) * 1e3
        view.viewport().removeEventFilter(painted)
        return took

    def _run(self) -> Steps:
        self.meter.read()
        model = self.rig.window.sidebar.model
        listed = self.store.count()
        yield lambda: model.rowCount() > listed
        self.found["list_stall"] = self.meter.read()
        self.found["listed"] = listed
        ids = [identity for identity in model.ids() if identity not in (LONGEST_ID, SHORTEST_ID)]
        others = Random(3).sample(ids, min(OTHERS, len(ids)))
        for identity in (SHORTEST_ID, LONGEST_ID, *others):  # warm
            self._opened_in(identity)
            yield self._rest(0.05)
        opened: dict[str, list[float]] = {"short": [], "long": [], "others": []}
        for number in range(self._rounds):
            for name, identity in (
                ("short", SHORTEST_ID),
                ("long", LONGEST_ID),
                ("others", others[number % len(others)]),
            ):
                self._desk.open_new()
                yield self._rest(0.1)
                opened[name].append(self._opened_in(identity))
                yield self._rest(0.1)
        self.found["opened"] = opened
        yield from self._long_one()

    def _long_one(self) -> Steps:
        """How the loop is while the longest conversation comes in, and while somebody scrolls to its first message."""
        self._desk.open_new()
        yield self._rest()
        self._desk.open(LONGEST_ID)
        view = self.rig.window.page.transcript
        yield self._rest()
        self.meter.read()
        began = time.perf_counter()
        yield lambda: view.loader.complete
        self.found["load_stall"] = self.meter.read()
        self.found["load_s"] = time.perf_counter() - began
        self.found["messages"] = len(view.rows)
        self._desk.open_new()
        yield self._rest()
        self._desk.open(LONGEST_ID)
        yield self._rest()
        self.meter.read()
        yield lambda: self._turn(view, 4)
        self.found["scroll_stall"] = self.meter.read()
        view.jump_to_end()
        yield self._rest()
        self.meter.read()
        view.jump_to_start()
        yield lambda: view.loader.complete and view.scroll_y < 0
        self.found["home_stall"] = self.meter.read()

    def _turn(self, view: TranscriptView, steps: int) -> bool:
        """Turn the wheel once; whether half the way of four screens a second times ten seconds is behind us."""
        middle = QPointF(view.viewport().rect().center())
        QApplication.sendEvent(
            view.viewport(),
            QWheelEvent(
                middle, middle, QPoint(), QPoint(0, 120 * steps), Qt.MouseButton.NoButton,
                Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
            ),
        )  # fmt: skip
        self.turns = getattr(self, "turns", 0) + 1
        return self.turns >= 600 or (view.loader.complete and view.scroll_y < 0)


def main() -> None:
    application = QApplication(["bench", "-style", "fusion"])
    measuring = Measuring(application, Path(sys.argv[1]), int(sys.argv[2]))
    print(json.dumps(measuring.run()), flush=True)
    import os

    os._exit(0)  # the window is let go of as it is: nothing of this run is to be kept


if __name__ == "__main__":
    main()
