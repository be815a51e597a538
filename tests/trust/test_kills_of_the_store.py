"""Chapter "kill -9, store": killed at any moment, the file keeps what was acknowledged, once, and opens again.

One half dies at random moments, one half at a chosen call: before, in the middle of and after each write, sync and
truncation of a day's work, deletion for good and the folding of the log included.
"""

import random
from pathlib import Path

import pytest

from tests.helpers.trust.diary import Diary
from tests.helpers.trust.stage import End, Stage
from tests.helpers.trust.trouble import CHANGES, Outcome

LIVES = 25
"""Kills that one file has to bear before the next begins with an empty one."""
SMALL_DAY = {"seed": 7, "turns": 3, "size": 8}
HOW = (Outcome.KILL_BEFORE, Outcome.KILL_HALFWAY, Outcome.KILL_AFTER)


def begin_again(stage: Stage, diary: Diary, file: Path, end: End, planted: str = "") -> None:
    """What an actor said, and a start of the program after it: nothing may be missing."""
    assert not end.crashed, end.crashed
    diary.hear(end.said)
    start = stage.play("start", file=file, planted=planted)
    assert not start.crashed, f"the next start: {start.crashed}"
    diary.hear(start.said)
    diary.check(file)


def kill_at_random(stage: Stage, folder: Path, seed: int, kills: int, planted: str = "") -> tuple[int, int]:
    """So many kills; how many words were acknowledged, and how many replies cut off."""
    rnd = random.Random(seed)
    words = interrupted = 0
    for number in range(kills):
        if number % LIVES == 0:
            file, diary = folder / f"{number}.db", Diary()
        end = stage.play(
            "write", file=file, seed=number, size=rnd.choice((4, 40, 400)), words=rnd.randint(0, 120), kill_after=rnd.uniform(0.0, 0.004),
            planted=planted,
        )  # fmt: skip
        assert end.killed, f"it did not live until it was killed: {end.crashed}"
        before = diary.interrupted
        begin_again(stage, diary, file, end, planted)
        words += len(end.said)
        interrupted += diary.interrupted - before
        if number % LIVES == LIVES - 1:
            for path in folder.glob(f"{file.name}*"):
                path.unlink()
    return words, interrupted


def test_at_a_random_moment(folder, seed, long, figures):
    kills = 1200 if long else 36
    with Stage() as stage:
        words, interrupted = kill_at_random(stage, folder, seed, kills)
    assert words > 10 * kills
    assert interrupted > 0
    figures(
        "kill -9 at random, store", kills=kills, acknowledged=words, cut_off=interrupted, lost=0, doubled=0
    )


def test_at_every_call(folder, seed, long, figures):
    with Stage() as stage:
        whole = stage.play("write", file=folder / "whole.db", plan=[CHANGES, -1, 0], **SMALL_DAY)
        assert whole.said[-2:-1] == [["closed"]], whole.crashed
        calls = whole.said[-1][1]
        moments = [(number, how) for number in range(1, calls + 1) for how in HOW]
        if not long:
            moments = random.Random(seed).sample(moments, 30)
        elif len(moments) > 3500:
            moments = random.Random(seed).sample(moments, 3500)
        for number, how in moments:
            file = folder / "one.db"
            end = stage.play("write", file=file, plan=[CHANGES, number, how], **SMALL_DAY)
            assert end.killed, (number, how, end)
            begin_again(stage, Diary(), file, end)
            for path in folder.glob("one.db*"):
                path.unlink()
    figures("kill -9 at a call, store", kills=len(moments), calls=calls, lost=0, doubled=0)


@pytest.mark.parametrize(
    ("planted", "seen"),
    [
        ("commit left out", "is lost|has another text|lost text|is interrupted|not in the chat file|draft"),
        ("replay skipped", "is lost|lost text|cannot be opened|has another text|is interrupted|draft"),
        ("pieces forgotten", "lost text"),
    ],
)
def test_the_harness_sees_a_planted_fault(folder, seed, planted, seen):
    with Stage() as stage, pytest.raises(AssertionError, match=seen):
        kill_at_random(stage, folder, seed, 60, planted)
