"""A program with a window that is started, used, killed and started again; the test's side of driven.py."""

import contextlib
import json
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.helpers.trust.trouble import ROOT

PATIENCE_S = 60.0


class Life:
    """One run of the driven program. said: all events of it so far, in order. has_spoken: whether one has come."""

    def __init__(
        self,
        data: Path,
        shown: Path,
        planted: str = "",
        environment: dict[str, str] | None = None,
        before: Sequence[str] = (),
    ) -> None:
        """before: words before the command, as those that give it a disk of its own."""
        self.shown = shown
        self.said: list[dict[str, Any]] = []
        self.has_spoken = False
        self._errors = shown.with_suffix(".err").open("w+b")
        self.process = subprocess.Popen(
            [*before, sys.executable, "-m", "tests.helpers.trust.driven", str(shown), planted, "--data-dir", str(data)],
            cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._errors, text=True,
            env=os.environ | {"QT_QPA_PLATFORM": "offscreen"} | (environment or {}),
        )  # fmt: skip
        self._lines: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if line.endswith("\n"):
                self.has_spoken = True
                self._lines.put(json.loads(line))
        self._lines.put(None)

    def hear(self, key: str) -> Any:
        """What it says next under this key; everything in between is kept in `said`."""
        while True:
            fact = self._lines.get(timeout=PATIENCE_S)
            if fact is None:
                raise AssertionError(f"the program ended ({self.process.wait()}): {self.errors()}")
            self.said.append(fact)
            if key in fact:
                return fact[key]

    def do(self, what: str, **how: Any) -> Any:
        """A command, and its answer."""
        self.tell(what, **how)
        return self.hear("done")

    def tell(self, what: str, **how: Any) -> None:
        """A command, without waiting."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps({"do": what, **how}) + "\n")
        self.process.stdin.flush()

    def wait(self, what: str, fact: Any, words: str, **how: Any) -> Any:
        """Ask again and again until the answer is as wanted."""
        until = time.monotonic() + PATIENCE_S
        while True:
            answer = self.do(what, **how)
            if fact(answer):
                return answer
            assert time.monotonic() < until, f"waited for {words}; there is {answer}"
            time.sleep(0.02)  # between two looks; nothing depends on its length

    def kill(self) -> float:
        """kill -9; the moment of it."""
        moment = time.monotonic()
        self.process.kill()
        self.end()
        return moment

    def end(self) -> None:
        """Wait for its end, and hear the rest of what it said."""
        self.process.wait(timeout=PATIENCE_S)
        while (fact := self._lines.get(timeout=PATIENCE_S)) is not None:
            self.said.append(fact)
        self._reader.join()
        for pipe in (self.process.stdin, self.process.stdout):
            assert pipe is not None
            with contextlib.suppress(BrokenPipeError):
                pipe.close()
        self._errors.close()

    def errors(self) -> str:
        return Path(self._errors.name).read_text("utf-8", "replace")[-2000:]
