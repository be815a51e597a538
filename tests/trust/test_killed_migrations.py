"""Chapter "migrations": from every released version, killed every 10 ms and at chosen calls, then started again.

The copy is made first, the file is as before or as after, and the next start finishes what was begun.
"""

import random
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pizzagpt_desktop.storage.schema import MIGRATIONS
from tests.helpers.trust.diary import integrity
from tests.helpers.trust.old_files import FIXTURES, Contents, blow_up, version
from tests.helpers.trust.stage import Stage
from tests.helpers.trust.trouble import CHANGES, Outcome

NEWEST = MIGRATIONS[-1].number
OLD = [number for number in range(1, NEWEST) if (FIXTURES / f"schema-{number}.db").exists()]
STEP_S = 0.010
LONG_ENOUGH_S = 0.3


class Old:
    """A large file of an old version and how long its migration takes here."""

    def __init__(self, stage: Stage, folder: Path, number: int, planted: str = "", times: int = 0) -> None:
        self._stage, self._folder, self._planted = stage, folder, planted
        self.number = number
        self.file = folder / "old.db"
        wanted_s = 0.0 if times else LONG_ENOUGH_S
        times = times or 1000
        while True:
            blow_up(FIXTURES / f"schema-{number}.db", self.file, times)
            began = time.monotonic()
            self._migrate(self.fresh())
            self.takes_s = time.monotonic() - began
            if self.takes_s >= wanted_s:
                break
            times *= 2
        self.contents = Contents(self.file)
        self.calls = int(self._migrate(self.fresh(), plan=[CHANGES, -1, 0]).said[-1][1])

    def fresh(self) -> Path:
        shutil.rmtree(self._folder / "now", ignore_errors=True)
        (self._folder / "now").mkdir()
        return shutil.copyfile(self.file, self._folder / "now" / "chats.db")

    def _migrate(self, file: Path, **how: Any) -> Any:
        end = self._stage.play("migrate", file=file, planted=self._planted, **how)
        assert not end.crashed, f"a migration ended in {end.crashed}"
        return end

    def kill(self, **how: Any) -> bool:
        """One migration that is killed, and the start after it; whether the kill came before its end."""
        file = self.fresh()
        end = self._migrate(file, **how)
        if end.killed:
            self._judge_copy(file)
        self._migrate(file)
        assert version(file) == NEWEST
        self._judge_copy(file)
        self.contents.check(file)
        assert (found := integrity(file)) == "ok", found
        assert not list(file.parent.glob("*.part*")), "a half copy was left"
        return bool(end.killed)

    def _judge_copy(self, file: Path) -> None:
        """What is of a later version has a copy of the old one beside it."""
        if version(file) == self.number:
            return
        copy = file.with_name(f"chats.db.before-schema-{self.number + 1}")
        assert copy.exists(), "the file was changed, and there is no copy of it"
        assert version(copy) == self.number
        assert integrity(copy) == "ok"
        self.contents.check(copy)


@pytest.fixture
def stage() -> Iterator[Stage]:
    with Stage() as made:
        yield made


@pytest.mark.parametrize("number", OLD)
def test_at_every_ten_milliseconds_and_at_chosen_calls(stage, folder, seed, long, figures, number):
    old = Old(stage, folder, number, times=0 if long else 300)
    rnd = random.Random(seed)
    moments = [STEP_S * step for step in range(1 + int(old.takes_s * 1.2 / STEP_S))]
    calls = [(rnd.randint(1, old.calls), how) for how in Outcome if how < 0 for _ in range(50)]
    if not long:
        moments, calls = rnd.sample(moments, min(4, len(moments))), rnd.sample(calls, 5)
    killed = sum(old.kill(kill_after=moment) for moment in moments)
    killed += sum(old.kill(plan=[CHANGES, at, how]) for at, how in calls)
    assert killed >= len(calls)
    figures(
        f"migration from schema {number}", to=NEWEST, takes_ms=round(old.takes_s * 1000),
        starts=len(moments) + len(calls), killed=killed, lost=0,
    )  # fmt: skip


def test_every_released_version_is_tried():
    assert list(range(1, NEWEST)) == OLD


@pytest.mark.parametrize(
    ("planted", "seen"),
    [
        ("migration in pieces", "a migration ended in|other contents|there is no copy"),
        ("copy left out", "there is no copy of it"),
    ],
)
def test_the_harness_sees_a_planted_fault(stage, folder, seed, planted, seen):
    rnd = random.Random(seed)
    with pytest.raises(AssertionError, match=seen):
        old = Old(stage, folder, OLD[0], planted, times=100)
        for _ in range(60):
            old.kill(plan=[CHANGES, rnd.randint(1, old.calls), Outcome.KILL_BEFORE])
