"""Drives one chat view in a window and says what that took; one process, one view, one piece of work.

    peer_window.py VIEW stream CHARACTERS [--rate TOKENS_A_SECOND]      one JSON object on standard output
    peer_window.py VIEW open MESSAGES

VIEW: the module of tests/benchmarks that has the view (own_view, peer_vividnode, peer_pygpt). Where it cannot be imported,
`missing` says why. What is loaded once is no part of the cost: a short reply and a short conversation go before.

cpu: seconds of CPU of this process and of all that it has started, until nothing moves any more (for half a second no more
than 4 % of a core was taken, and the last word stands in the view). Opening: `cpu` and `seconds` to the end of the first paint
that has the last message, `settled` the CPU until nothing moves, `memory` then and `empty` before in MB, counted once where
processes share it.
"""

import argparse
import importlib
import json
import os
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))

from PySide6.QtCore import QTimer
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QApplication

from tests.benchmarks.chat_view import ChatView
from tests.benchmarks.process_tree import cpu_here, memory_here_mb
from tests.benchmarks.replies import TOKEN, conversation_of, reply_of, tokens_of

LOOK_MS = 100
LOOKS = 5
QUIET = 0.02
LAST_WORD = "Zwetschgenknödel"
Steps = Iterator[Callable[[], bool]]
"""Facts to wait for, one after the other, with the loop running."""


class Fact:
    """Something that becomes true once."""

    def __init__(self) -> None:
        self.at: tuple[float, float] | None = None

    def happen(self) -> None:
        self.at = time.perf_counter(), cpu_here()

    def __call__(self) -> bool:
        return self.at is not None


class Quiet:
    """Whether hardly any CPU was taken lately; `cpu` is what had been used when that began. Asked every LOOK_MS.

    What the looking takes is not counted: there may be thousands of processes to be looked through.
    """

    def __init__(self) -> None:
        self._seen: list[float] = []
        self._looking = 0.0

    @property
    def cpu(self) -> float:
        return self._seen[-LOOKS - 1]

    def __call__(self) -> bool:
        began = time.thread_time()
        self._seen.append(cpu_here() - self._looking)
        self._looking += time.thread_time() - began
        return len(self._seen) > LOOKS and self._seen[-1] - self.cpu <= QUIET


class Driving:
    """One view and the steps of one piece of work, gone through in the application's own loop."""

    def __init__(self, view: ChatView, finish: Callable[[dict[str, float]], None]) -> None:
        self._view = view
        self._finish = finish
        self._timer = QTimer()
        self._timer.timeout.connect(self._look)
        self._found: dict[str, float] = {}
        self._stands_still: Quiet | None = None
        self._failed: BaseException | None = None
        self._looks = 0

    def fall(self, kind: type[BaseException], fault: BaseException, where: TracebackType | None) -> None:
        """Something failed in the view. As in its own program it goes on, unless nothing comes of it any more."""
        traceback.print_exception(kind, fault, where)
        self._failed = fault
        self._stands_still = Quiet()

    def run(self, work: str, amount: int, rate: float) -> None:
        self._steps = self._warmed(self._open(amount) if work == "open" else self._stream(amount, rate))
        self._fact: Callable[[], bool] = lambda: True
        self._timer.start(LOOK_MS)

    def _look(self) -> None:
        if not self._fact():
            self._looks += 1
            if self._stands_still is not None and not self._looks % LOOKS and self._stands_still():
                print(f"{type(self._failed).__name__}: {self._failed}", file=sys.stderr, flush=True)
                os._exit(1)
            return
        try:
            self._fact = next(self._steps)
        except StopIteration:
            self._timer.stop()
            self._finish(self._found)

    def _shown(self, word: str) -> Fact:
        fact = Fact()
        self._view.when_shown(word, fact.happen)
        return fact

    def _warmed(self, work: Steps) -> Steps:
        view = self._view
        yield lambda: view.is_ready
        yield Quiet()
        yield from self._streamed(f"{reply_of(3_000)}\n\nFirst{LAST_WORD}", 0.0, f"First{LAST_WORD}")
        view.keep("short", conversation_of(10, f"Second{LAST_WORD}"))
        view.open("short")
        yield self._shown(f"Second{LAST_WORD}")
        yield Quiet()
        yield from work

    def _streamed(self, text: str, rate: float, word: str) -> Steps:
        ended = Fact()
        self._view.stream("Say much.", tokens_of(text), rate, ended.happen)
        yield ended
        yield self._shown(word)

    def _stream(self, characters: int, rate: float) -> Steps:
        text = f"{reply_of(characters)}\n\n{LAST_WORD}"
        began = time.perf_counter(), cpu_here()
        yield from self._streamed(text, rate, LAST_WORD)
        yield (quiet := Quiet())
        seconds = len(text) / TOKEN / rate if rate else time.perf_counter() - began[0]
        self._found = {"cpu": quiet.cpu - began[1], "seconds": seconds}

    def _open(self, messages: int) -> Steps:
        self._view.keep("long", conversation_of(messages, LAST_WORD))
        yield (quiet := Quiet())
        empty = memory_here_mb()
        began = time.perf_counter(), cpu_here()
        self._view.open("long")
        yield (shown := self._shown(LAST_WORD))
        assert shown.at is not None
        yield (quiet := Quiet())
        self._found = {
            "seconds": shown.at[0] - began[0],
            "cpu": shown.at[1] - began[1],
            "settled": quiet.cpu - began[1],
            "empty": empty,
            "memory": memory_here_mb(),
        }


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("view")
    parser.add_argument("work", choices=("stream", "open"))
    parser.add_argument("amount", type=int)
    parser.add_argument("--rate", type=float, default=0.0)
    arguments = parser.parse_args()
    try:
        module: Any = importlib.import_module(f"tests.benchmarks.{arguments.view}")
    except ImportError as fault:
        print(json.dumps({"missing": str(fault)}), flush=True)
        return
    application = QApplication(["bench", "-style", "fusion"])
    application.setFont(QFont("DejaVu Sans", 11))

    def finish(found: dict[str, float]) -> None:
        print(json.dumps(found | {"version": module.VERSION}), flush=True)
        os._exit(0)  # the window is let go of as it is: nothing of this run is to be kept

    loop = module.QEventLoop(application) if hasattr(module, "QEventLoop") else None
    driving = Driving(module.View(), finish)
    sys.excepthook = driving.fall
    driving.run(arguments.work, arguments.amount, arguments.rate)
    if loop is None:
        application.exec()
    else:
        loop.run_forever()


if __name__ == "__main__":
    main()
