"""Chapter "two starts": the program is started twice at once, again and again; one window opens, the other start ends.

The second one calls the first, which may itself be starting still; neither crashes, and the chat file has one writer.
"""

import random
import time
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.trust.diary import integrity
from tests.helpers.trust.lives import Life

PATIENCE_S = 60.0


def start_twice(data: Path, folder: Path, apart_s: float, planted: str = "") -> int:
    """Two starts; which of them, 0 or 1, has the window."""
    lives = [Life(data, folder / "shown-0", planted)]
    try:
        time.sleep(apart_s)  # not waiting for anything: how far the first has come
        lives.append(Life(data, folder / "shown-1", planted))
        until = time.monotonic() + PATIENCE_S
        while not (ended := [one for one in (0, 1) if lives[one].process.poll() is not None]):
            assert time.monotonic() < until, "neither start came to an end"
            assert not all(life.has_spoken and life.process.poll() is None for life in lives), "two windows"
            time.sleep(0.01)  # between two looks; nothing depends on its length
        assert len(ended) == 1, [life.errors() for life in lives]
        other, first = lives[ended[0]], lives[1 - ended[0]]
        other.end()
        assert other.process.returncode == 0, other.errors()
        assert not other.said, "both had a window"
        first.hear("ready")
        first.do("notices")
        first.tell("quit")
        first.end()
        assert first.process.returncode == 0, first.errors()
        assert not any("Traceback" in life.errors() for life in lives)
        return 1 - ended[0]
    finally:
        for life in lives:
            if life.process.poll() is None:
                life.kill()


def test_one_window_opens(folder: Path, seed: int, long: bool, figures: Any) -> None:
    rnd = random.Random(seed)
    times = 200 if long else 2
    won = [
        start_twice(folder / "data", folder, rnd.choice((0.0, rnd.uniform(0.0, 0.8)))) for _ in range(times)
    ]
    assert integrity(folder / "data" / "data" / "chats.db") == "ok"
    figures("two starts", times=times, first=won.count(0), second=won.count(1), both=0, neither=0)


def test_the_harness_sees_two_windows(folder: Path) -> None:
    with pytest.raises(AssertionError, match="two windows"):
        start_twice(folder / "data", folder, 0.0, "place for everybody")
