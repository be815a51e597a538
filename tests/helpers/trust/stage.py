"""A process that forks actors and may kill them: one start of Python for thousands of lives.

with Stage() as stage:
    end = stage.play("write", file=path, seed=1, kill_after=0.03)
    end.said     # what the actor acknowledged, each word a list
    end.killed

An actor is a function of parts.py. What it says is on the pipe when `say` returns, so it survives the actor.
"""

import json
import os
import select
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Self

from tests.helpers.trust.trouble import ROOT, environment

Say = Callable[..., None]
LONGEST_S = 60.0
"""An actor that is neither killed nor done by then hangs, which is a failure too."""


class End(NamedTuple):
    """How an actor ended. said: what it acknowledged. status: its exit status, or minus the signal."""

    said: list[list[Any]]
    status: int
    hung: bool

    @property
    def killed(self) -> bool:
        return self.status == -signal.SIGKILL and not self.hung

    @property
    def crashed(self) -> str:
        """In words, what went wrong in the program; "" where nothing did."""
        words = [str(line[1]) for line in self.said if line[0] == "crash"]
        if self.hung:
            words.append("it hung")
        elif self.status not in (0, -signal.SIGKILL):
            words.append(f"it ended with {self.status}")
        return "; ".join(words)


class Stage:
    """The other side of `main`; use as a context manager. wrapper: words before the command, as `unshare -m`."""

    def __init__(self, wrapper: Sequence[str] = ()) -> None:
        self._wrapper = wrapper

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [*self._wrapper, sys.executable, "-m", "tests.helpers.trust.stage"],
            cwd=ROOT, env=os.environ | environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        return self

    def __exit__(self, *_: object) -> None:
        with self._process:
            assert self._process.stdin is not None
            self._process.stdin.close()
            self._process.wait(timeout=30)

    def play(self, part: str, *, kill_after: float | None = None, words: int = 0, **arguments: Any) -> End:
        """Run an actor to its end, or kill it so many seconds after it has said so many words (0: after its birth)."""
        order = {"part": part, "kill_after": kill_after, "words": words, "arguments": arguments}
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(order, default=str) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        assert answer, f"the stage ended ({self._process.wait(timeout=10)})"
        return End(**json.loads(answer))


def play(order: dict[str, Any], act: Callable[..., None]) -> dict[str, Any]:
    """Fork one actor, read what it says, kill it when its time has come."""
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(read)
        status = 70
        try:
            act(lambda *words: os.write(write, json.dumps(words).encode() + b"\n"), **order["arguments"])
            status = 0
        except BaseException as error:  # noqa: BLE001  (an actor's exception is a finding, said and judged by the test)
            where = traceback.extract_tb(error.__traceback__)[-1]
            words = f"{type(error).__name__}: {error} ({Path(where.filename).name}:{where.lineno})"
            os.write(write, json.dumps(["crash", words]).encode() + b"\n")
            if os.environ.get("TRUST_DEBUG"):
                traceback.print_exc()
        finally:
            os._exit(status)
    os.close(write)
    kill_at, words = order["kill_after"], order["words"]
    until = time.monotonic() + (LONGEST_S if kill_at is None or words else kill_at)
    heard, hung = bytearray(), False
    while True:
        if words and kill_at is not None and heard.count(b"\n") >= words:
            words, until = 0, time.monotonic() + kill_at
        left = until - time.monotonic()
        ready = select.select([read], [], [], max(0.0, left))[0] if left > 0 else []
        if not ready:
            hung = kill_at is None or words > 0
            os.kill(pid, signal.SIGKILL)
            break
        piece = os.read(read, 1 << 16)
        if not piece:
            break
        heard += piece
    _, status = os.waitpid(pid, 0)
    while piece := os.read(read, 1 << 16):
        heard += piece
    os.close(read)
    lines = bytes(heard).split(b"\n")[:-1]  # a last word cut off was not said
    return {
        "said": [json.loads(line) for line in lines],
        "status": os.waitstatus_to_exitcode(status),
        "hung": hung,
    }


def main() -> None:
    from tests.helpers.trust.parts import PARTS

    for line in sys.stdin:
        order = json.loads(line)
        print(json.dumps(play(order, PARTS[order["part"]])), flush=True)


if __name__ == "__main__":
    main()
