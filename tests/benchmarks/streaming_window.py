"""Streams one reply into a window and says what that cost; one process, one kind of view.

    streaming_window.py KIND CHARACTERS [--rate TOKENS_A_SECOND] [--conversations N]      one JSON object on standard output

KIND: window (the whole program's window on a chat file, its own loop), view (its transcript alone), or a yardstick that
paints at every token: insert (QTextBrowser, `insertPlainText`), whole (QTextBrowser, `setMarkdown` of all so far), whole50
(the same at most every 50 ms), list (a QListView whose delegate draws the text of its last row).

Tokens have four characters. Without a rate they come as fast as they are taken, a hundred at a turn of the loop, as they
do where a socket is read. cpu: seconds of this process from the question to the end. stalls: of a timer of one
millisecond, in milliseconds: 99th percentile and longest; work: the most that this thread did between two ticks of it.
"""

import argparse
import asyncio
import json
import os
import sys
import tempfile
import time
from collections.abc import AsyncGenerator, Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QStringListModel, Qt, QTimer
from PySide6.QtGui import QFont, QPainter, QTextCursor
from PySide6.QtWidgets import QApplication, QListView, QStyledItemDelegate, QStyleOptionViewItem, QTextBrowser
from qasync import QEventLoop

from pizzagpt_desktop.chat.events import Event, ReplyEnded
from pizzagpt_desktop.domain.conversation import Message, Role, Siblings, Status
from pizzagpt_desktop.storage.store import SqliteSessionStore
from pizzagpt_desktop.typing import Messages
from pizzagpt_desktop.ui.transcript.view import TranscriptView
from tests.benchmarks.replies import TOKEN, reply_of, tokens_of

A_TURN = 100
SIZE = 1000, 720


class Stalls:
    """How late a timer of one millisecond is, while there is one."""

    def __init__(self) -> None:
        self._gaps: list[float] = []
        self._work: list[float] = []
        self._last = 0.0, 0.0
        self._timer = QTimer()
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._tick)

    def start(self) -> None:
        self._last = time.perf_counter(), time.thread_time()
        self._timer.start(1)

    def _tick(self) -> None:
        now = time.perf_counter(), time.thread_time()
        self._gaps.append((now[0] - self._last[0]) * 1e3 - 1)
        self._work.append((now[1] - self._last[1]) * 1e3)
        self._last = now

    def stop(self) -> dict[str, float]:
        self._tick()
        self._timer.stop()
        gaps = sorted(self._gaps)
        late = gaps[min(len(gaps) - 1, int(len(gaps) * 0.99))]
        return {"ticks": len(gaps), "p99": late, "longest": gaps[-1], "work": max(self._work)}


async def shown(view: TranscriptView) -> None:
    """Until all that came has been read and painted."""
    while view._frame.isActive() or any(row.busy for row in view.rows._live.values()):  # noqa: ASYNC110  (what is asked has no event)
        await asyncio.sleep(0.005)
    await asyncio.sleep(0.02)


async def window(text: str, rate: float, conversations: int, timed: bool) -> dict[str, float]:
    """The whole window; the first conversation is watched, replies of the others arrive beside it."""
    from tests.helpers.sources import saying
    from tests.helpers.ui_parts import Rig

    async def script(_: Messages) -> AsyncGenerator[str, None]:
        began = time.perf_counter()
        for count, token in enumerate(tokens_of(text)):
            yield token
            if rate:
                await asyncio.sleep(max(0.0, began + count / rate - time.perf_counter()))
            elif not count % A_TURN:
                await asyncio.sleep(0)

    with tempfile.TemporaryDirectory() as folder:
        store = SqliteSessionStore(Path(folder) / "chats.db")
        rig = Rig(store=store)
        rig.source.script = saying(reply_of(3_000))  # what is loaded once is no part of the cost
        rig.show(*SIZE)
        for _ in range(conversations):
            rig.window.desk.open_new()
            rig.window.desk.send("Say something.")
            while rig.service.answering:  # noqa: ASYNC110  (what is asked has no event)
                await asyncio.sleep(0.01)
        rig.source.script = script
        await asyncio.sleep(0.5)
        quiet = asyncio.Event()

        def on_event(event: Event) -> None:
            if isinstance(event, ReplyEnded) and not rig.service.answering:
                quiet.set()

        rig.announcer.subscribe(on_event)
        others = [c.id for c in rig.library.conversations() if c.active_leaf_id][1:]
        rig.window.desk.open_new()
        await asyncio.sleep(0.5)
        stalls = Stalls()
        began = time.process_time()
        if timed:
            stalls.start()
        for identity in others:
            rig.service.send(identity, "And more.")
        rig.window.desk.send("Say much.")
        await quiet.wait()  # asking again and again would be a part of the cost
        await shown(rig.window.page.transcript)
        found = {"cpu": time.process_time() - began} | (stalls.stop() if timed else {})
        view = rig.window.page.transcript
        assert view.rows.messages[-1].text == text, "not all arrived"
        assert len(others) == conversations - 1
    return found


def view(application: QApplication) -> tuple[Callable[[str], None], Callable[[], object]]:
    made = TranscriptView()
    message = Message(
        id="r", conversation_id="c", parent_id=None, role=Role.ASSISTANT, text="", status=Status.STREAMING
    )
    made.show_path("c", [message], lambda _: Siblings())
    made.resize(*SIZE)
    made.show()
    return (lambda token: made.grow("r", token)), lambda: made


def insert(application: QApplication) -> tuple[Callable[[str], None], Callable[[], object]]:
    shown = QTextBrowser()
    shown.resize(*SIZE)
    shown.show()

    def take(token: str) -> None:
        shown.moveCursor(QTextCursor.MoveOperation.End)
        shown.insertPlainText(token)
        shown.ensureCursorVisible()
        shown.viewport().repaint()

    return take, lambda: None


def whole(every_s: float) -> Callable[[QApplication], tuple[Callable[[str], None], Callable[[], object]]]:
    def make(application: QApplication) -> tuple[Callable[[str], None], Callable[[], object]]:
        shown = QTextBrowser()
        shown.resize(*SIZE)
        shown.show()
        parts: list[str] = []
        last = 0.0

        def show() -> None:
            shown.setMarkdown("".join(parts))
            shown.moveCursor(QTextCursor.MoveOperation.End)
            shown.viewport().repaint()

        def take(token: str) -> None:
            nonlocal last
            parts.append(token)
            if time.perf_counter() - last >= every_s:
                last = time.perf_counter()
                show()

        return take, show

    return make


class Delegate(QStyledItemDelegate):
    """Draws and measures a row's text as one wrapped piece."""

    FLAGS = int(Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignTop)

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex):  # type: ignore[no-untyped-def]
        rect = QRect(0, 0, SIZE[0] - 40, 1 << 20)
        return option.fontMetrics.boundingRect(rect, self.FLAGS, index.data()).size()

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        painter.drawText(option.rect, self.FLAGS, index.data())


def listed(application: QApplication) -> tuple[Callable[[str], None], Callable[[], object]]:
    shown = QListView()
    model = QStringListModel([""])
    shown.setModel(model)
    shown.setItemDelegate(Delegate(shown))
    shown.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
    shown.resize(*SIZE)
    shown.show()
    parts: list[str] = []

    def take(token: str) -> None:
        parts.append(token)
        model.setData(model.index(0), "".join(parts))
        shown.scrollToBottom()
        shown.viewport().repaint()

    return take, lambda: None


ALONE = {"view": view, "insert": insert, "whole": whole(0.0), "whole50": whole(0.05), "list": listed}


async def alone(
    application: QApplication, kind: str, text: str, rate: float, timed: bool
) -> dict[str, float]:
    """One widget, filled token by token in the same loop."""
    take, finish = ALONE[kind](application)
    take(" ")
    await asyncio.sleep(0.5)
    stalls = Stalls()
    began, began_at = time.process_time(), time.perf_counter()
    if timed:
        stalls.start()
    for count, token in enumerate(tokens_of(text)):
        take(token)
        if rate:
            await asyncio.sleep(max(0.0, began_at + count / rate - time.perf_counter()))
        elif not count % A_TURN:
            await asyncio.sleep(0)
    last = finish()
    if isinstance(last, TranscriptView):
        await shown(last)
    return {"cpu": time.process_time() - began} | (stalls.stop() if timed else {})


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("kind", choices=("window", *ALONE))
    parser.add_argument("characters", type=int)
    parser.add_argument("--rate", type=float, default=0.0)
    parser.add_argument("--conversations", type=int, default=1)
    parser.add_argument(
        "--timed", action="store_true", help="with a timer that says how long the loop stood still"
    )
    arguments = parser.parse_args()
    text = reply_of(arguments.characters)
    application = QApplication(["bench", "-style", "fusion"])
    application.setFont(QFont("DejaVu Sans", 11))

    async def measure() -> None:
        if arguments.kind == "window":
            found = await window(text, arguments.rate, arguments.conversations, arguments.timed)
        else:
            found = await alone(application, arguments.kind, text, arguments.rate, arguments.timed)
        seconds = len(text) / TOKEN / arguments.rate if arguments.rate else 0.0
        print(json.dumps(found | {"seconds": seconds}), flush=True)
        os._exit(0)  # the window is let go of as it is: nothing of this run is to be kept

    with asyncio.Runner(loop_factory=lambda: QEventLoop(application)) as runner:
        runner.run(measure())


if __name__ == "__main__":
    main()
