"""Chapter "engine kills": the engine's process and its parent are killed while a reply streams, again and again.

Nothing that could be read half a second before is lost, and no process is left behind.
"""

import os
import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from pizzagpt_desktop.domain.conversation import Message, Role, Status
from pizzagpt_desktop.domain.local import LocalSettings
from pizzagpt_desktop.domain.preferences import Preferences, ServiceSettings
from pizzagpt_desktop.storage.paths import folders
from pizzagpt_desktop.storage.preferences import save
from pizzagpt_desktop.storage.store import SqliteSessionStore
from tests.helpers.llama_server import LOOP

pytestmark = [pytest.mark.counterpart, pytest.mark.timeout(1800)]
BEHIND_S = 0.5
GONE_S = 5.0
ROOT = Path(__file__).resolve().parents[2]


class Asking:
    """The command line, asking a model that never ends; notes when which text could be read."""

    def __init__(self, data: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "pizzagpt_desktop", "ask", "Go on", "--data-dir", str(data)],
            cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0,
        )  # fmt: skip
        self.read: list[tuple[float, bytes]] = []
        self.began = threading.Event()
        self._reader = threading.Thread(target=self._listen)
        self._reader.start()

    def _listen(self) -> None:
        text = b""
        assert self.process.stdout is not None
        while piece := self.process.stdout.read(4096):
            text += piece
            self.read.append((time.monotonic(), text))
            if len(text) > 20:
                self.began.set()
        self.began.set()

    def worker(self) -> int:
        """The engine's process."""
        for child in Path(f"/proc/{self.process.pid}/task").rglob("children"):
            for number in child.read_text().split():
                if b"--engine-worker" in Path(f"/proc/{number}/cmdline").read_bytes():
                    return int(number)
        raise AssertionError("there is no engine")

    def end(self) -> str:
        """Wait for the end; what it said to standard error."""
        self._reader.join(30)
        assert self.process.stderr is not None
        assert self.process.stdout is not None
        said = self.process.stderr.read().decode()
        self.process.wait(30)
        self.process.stdout.close()
        self.process.stderr.close()
        return said

    def read_before(self, moment: float) -> str:
        """What could be read at `moment`, but for the last characters, of which some may be half there."""
        texts = [text for at, text in self.read if at <= moment]
        return texts[-1].decode("utf-8", "ignore") if texts else ""


def is_there(number: int) -> bool:
    try:
        return Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def wait_gone(number: int) -> None:
    until = time.monotonic() + GONE_S
    while is_there(number):
        assert time.monotonic() < until, "the engine's process was left behind"
        time.sleep(0.005)  # between two looks; nothing depends on its length


def replies(data: Path) -> list[Message]:
    """All replies in the store, after what a next start does."""
    with folders(data) as places:
        store = SqliteSessionStore(places.chats)
        try:
            store.interrupt_abandoned()
            messages = [m for c in store.conversations() for m in store.messages(c.id)]
        finally:
            store.close()
    return [message for message in messages if message.role is Role.ASSISTANT]


def let_answer(data: Path) -> None:
    service = ServiceSettings(provider="local", model=LOOP.stem, temperature=0.0)
    local = LocalSettings(files=(str(LOOP),), threads=1, context=2048)
    with folders(data) as places:
        save(places.preferences, Preferences(service="local", services={"local": service}, local=local))


def one_kill(data: Path, rnd: random.Random, of_the_parent: bool) -> None:
    known = {message.id for message in replies(data)}
    asking = Asking(data)
    assert asking.began.wait(60)
    worker = asking.worker()
    time.sleep(rnd.uniform(0.0, 1.0))  # the moment is the test's
    killed = time.monotonic()
    if of_the_parent:
        asking.process.kill()
    else:
        os.kill(worker, rnd.choice((signal.SIGKILL, signal.SIGSEGV, signal.SIGABRT)))
    said = asking.end()
    wait_gone(worker)
    (reply,) = [message for message in replies(data) if message.id not in known]
    assert reply.status is Status.INTERRUPTED
    assert reply.text.startswith(asking.read_before(killed - BEHIND_S).rstrip("\n"))
    if not of_the_parent:
        assert "The model process ended" in said
        assert asking.process.returncode == 1
        assert reply.text.startswith(asking.read_before(killed).rstrip("\n"))


@pytest.mark.parametrize("of_the_parent", [False, True], ids=["child", "parent"])
def test_no_word_is_lost_and_nobody_is_left(
    folder: Path, seed: int, long: bool, figures: Any, of_the_parent: bool
) -> None:
    rnd = random.Random(seed)
    data = folder / "data"
    let_answer(data)
    times = 50 if long else 2
    for _ in range(times):
        one_kill(data, rnd, of_the_parent)
    figures(
        f"kills of the engine's {'parent' if of_the_parent else 'process'}", kills=times, orphans=0, lost=0
    )
