"""A real window on a chat file, by itself: what a conversation of 100,000 messages costs beside one of a hundred.

    long_conversation.py DATABASE ROUNDS LONG_ID SHORT_ID      one JSON object on standard output, in milliseconds and MB

opened: from the command to the end of the first paint, in turns. memory: of the process after the first paint of each.
known: of the process once all of its messages have their place, known_s seconds after; moved: after all the jumps. resize, middle,
search: from each of many changes of the width, jumps to the middle, and jumps to a message by its id, to the end of the paint that shows it. keys: from a key press to the end of the
composer's paint, with the long conversation open and a reply streaming into it. Of each: all the time, and this thread's own work
in it, for on a busy machine others have the processor meanwhile.
"""

import asyncio
import gc
import json
import os
import sys
import time
from pathlib import Path
from random import Random
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))

from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication
from qasync import QEventLoop

from pizzagpt_desktop.storage.store import SqliteSessionStore
from pizzagpt_desktop.typing import Messages
from tests.benchmarks.measuring import held_mb
from tests.benchmarks.replies import reply_of, tokens_of
from tests.helpers.ui_parts import Rig

TIMES = 40
RATE = 250
KEYS = 150


class Painted(QObject):
    """Ends `done` once a widget has been painted and the loop is at its next turn."""

    def __init__(self, widget: Any) -> None:
        super().__init__(widget)
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        widget.installEventFilter(self)

    def _finish(self) -> None:
        if not self.done.done():
            self.done.set_result(None)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint:
            QTimer.singleShot(0, self._finish)
        return False


class Measuring:
    """One window on one file."""

    def __init__(self, database: Path, rounds: int, long: str, short: str) -> None:
        self._rounds = rounds
        self._long, self._short = long, short
        self.rig = Rig(store=SqliteSessionStore(database))
        self.rig.show()
        self._desk = self.rig.window.desk

    @property
    def _view(self) -> Any:
        return self.rig.window.page.transcript

    async def _quiet(self, seconds: float = 0.1) -> None:
        await asyncio.sleep(seconds)
        gc.collect()
        await asyncio.sleep(0.02)

    async def _painted(self, widget: Any, command: Any) -> tuple[float, float]:
        """Milliseconds from `command` to the end of the next paint of `widget`; and those that this thread worked."""
        painted = Painted(widget)
        began = time.perf_counter(), time.thread_time()
        command()
        await painted.done
        took = time.perf_counter() - began[0], time.thread_time() - began[1]
        widget.removeEventFilter(painted)
        return took[0] * 1e3, took[1] * 1e3

    async def run(self) -> dict[str, Any]:
        await self._quiet(0.5)
        for identity in (self._short, self._long, self._short):
            self._desk.open(identity)
            await self._quiet()
        opened: dict[str, list[tuple[float, float]]] = {"short": [], "long": []}
        memory: dict[str, list[float]] = {"short": [], "long": []}
        for _ in range(self._rounds):
            for name, identity in (("short", self._short), ("long", self._long)):
                self._desk.open_new()
                await self._quiet()
                opened[name].append(
                    await self._painted(
                        self._view.viewport(), lambda identity=identity: self._desk.open(identity)
                    )
                )
                memory[name].append(held_mb(os.getpid()))
                await asyncio.sleep(0.05)
        self._desk.open_new()
        await self._quiet(0.3)
        self._desk.open(self._short)
        while not self._view.loader.complete:  # noqa: ASYNC110  (what is asked has no event)
            await asyncio.sleep(0.02)
        await self._quiet()
        before = held_mb(os.getpid())
        self._desk.open_new()
        await self._quiet()
        self._desk.open(self._long)
        began = time.perf_counter()
        while not self._view.loader.complete:  # noqa: ASYNC110  (what is asked has no event)
            await asyncio.sleep(0.02)
        known_s = time.perf_counter() - began
        await self._quiet()
        found: dict[str, Any] = {"opened": opened, "memory": memory, "known_s": known_s}
        found["known"] = held_mb(os.getpid()) - before
        found["messages"] = len(self._view.rows)
        found |= await self._moved()
        await self._quiet()
        found["moved"] = held_mb(os.getpid()) - before
        return found | {"keys": await self._typed()}

    async def _moved(self) -> dict[str, list[tuple[float, float]]]:
        window, view = self.rig.window, self._view
        port = view.viewport()
        ids = list(self.rig.store.path_ids(self._long))
        chance = Random(5)
        width = window.width()
        found: dict[str, list[tuple[float, float]]] = {"resize": [], "middle": [], "search": []}
        for number in range(TIMES):
            for name, command in (
                (
                    "resize",
                    lambda number=number: window.resize(width - 10 * (1 + number % 20), window.height()),
                ),
                ("middle", lambda: view.jump_to(ids[len(ids) // 2])),
                ("search", lambda: view.jump_to(chance.choice(ids))),
            ):
                if name == "middle":
                    view.jump_to_end()
                await asyncio.sleep(0.03)
                found[name].append(await self._painted(port, command))
        return found

    async def _typed(self) -> list[tuple[float, float]]:
        text = reply_of(60_000)

        async def script(_: Messages) -> Any:
            began = time.perf_counter()
            for count, token in enumerate(tokens_of(text)):
                yield token
                await asyncio.sleep(max(0.0, began + count / RATE - time.perf_counter()))

        self.rig.source.script = script
        self._desk.send("Say much.")
        while not self._view.rows.messages[-1].text:  # noqa: ASYNC110  (what is asked has no event)
            await asyncio.sleep(0.05)
        field = self.rig.window.page.composer.text_edit
        field.setFocus()
        found = []
        for number in range(KEYS):
            letter = "abcdefg "[number % 8]

            def press(letter: str = letter) -> None:
                for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
                    QCoreApplication.postEvent(
                        field, QKeyEvent(kind, 0, Qt.KeyboardModifier.NoModifier, letter)
                    )

            await asyncio.sleep(0.021)
            found.append(await self._painted(field.viewport(), press))
        assert self.rig.service.answering, "the reply ended too early"
        return found


def main() -> None:
    database, rounds, long, short = sys.argv[1:]
    application = QApplication(["bench", "-style", "fusion"])

    async def measure() -> None:
        print(json.dumps(await Measuring(Path(database), int(rounds), long, short).run()), flush=True)
        os._exit(0)  # the window is let go of as it is: nothing of this run is to be kept

    with asyncio.Runner(loop_factory=lambda: QEventLoop(application)) as runner:
        runner.run(measure())


if __name__ == "__main__":
    main()
