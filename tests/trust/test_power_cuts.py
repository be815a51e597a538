"""Chapter "power cut": what the disk may hold after one, at every moment of two days, still has all that was sent.

The changes of a writing program are recorded with their data; each beginning of the record, with unsynced writes
lost, torn or out of order, becomes a new file that the program opens.
"""

import json
import random
import shutil
from pathlib import Path

import pytest

from tests.helpers.trust.diary import Diary
from tests.helpers.trust.power import Change, Disk, changes
from tests.helpers.trust.stage import Stage

LUCK = (0.0, 0.5, 0.9)
"""None, half, nearly all of what was not synced has arrived."""


def record(stage: Stage, folder: Path, days: list[dict[str, int]], planted: str) -> list[Change]:
    data, log = folder / "data", folder / "log"
    data.mkdir()
    for day in days:
        end = stage.play("write", file=data / "chats.db", log=log, planted=planted, **day)
        assert not end.crashed, end.crashed
    return list(changes(log))


def cut_at(
    stage: Stage, folder: Path, seed: int, days: list[dict[str, int]], cuts: int, planted: str = ""
) -> dict[str, int]:
    """So many cuts at moments spread over the record; every disk that may be left is opened and read."""
    rnd = random.Random(seed)
    log = record(stage, folder, days, planted)
    moments = sorted(rnd.sample(range(len(log)), min(cuts, len(log))))
    disk, diary = Disk((folder / "data").resolve()), Diary()
    done = states = 0
    for moment in moments:
        for change in log[done : moment + 1]:
            disk.take(change)
            if change.op == "M" and not change.path.startswith('["grew"'):  # streamed text may be lost here
                diary.hear([json.loads(change.path)])
        done = moment + 1
        for luck in LUCK:
            target = folder / "after"
            disk.after_a_cut(rnd, luck, target)
            end = stage.play("start", file=target / "chats.db")
            where = f"cut after change {moment} of {len(log)} ({log[moment].op}), luck {luck}"
            assert not end.crashed, f"{where}: the next start: {end.crashed}"
            try:
                diary.check(target / "chats.db")
            except AssertionError as error:
                raise AssertionError(f"{where}: {error}") from error
            shutil.rmtree(target)
            states += 1
    return {
        "cuts": len(moments), "disks": states, "changes": len(log), "syncs": sum(c.op == "S" for c in log),
        "sent": len(diary.messages),
    }  # fmt: skip


def test_small_days(folder, seed, long, figures):
    days = [{"seed": 7, "turns": 3, "size": 8}, {"seed": 8, "turns": 3, "size": 8}]
    with Stage() as stage:
        found = cut_at(stage, folder, seed, days, 2500 if long else 40)
    assert found["syncs"] > 20
    figures("power cut", **found, lost=0)


def test_a_day_that_folds_its_log_many_times(folder, seed, long, figures):
    with Stage() as stage:
        found = cut_at(stage, folder, seed, [{"seed": 9, "turns": 8, "size": 600}], 400 if long else 8)
    figures("power cut, long day", **found, lost=0)


def test_the_harness_sees_a_sync_left_out(folder, seed):
    with Stage() as stage, pytest.raises(AssertionError, match=r"cut after .*is lost"):
        cut_at(stage, folder, seed, [{"seed": 7, "turns": 3, "size": 8}], 80, "sync left out")
