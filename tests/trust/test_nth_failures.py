"""Chapter "n-th failure": each of the first 300 writes, syncs, reads and truncations fails, once or from then on.

Somebody chats on such a disk. The program never crashes, what was there before stays, what it took it keeps; after
one failure saving goes on, and where nothing can be saved any more it says so.
"""

import random
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.helpers.trust.before import Before, judge
from tests.helpers.trust.stage import Stage
from tests.helpers.trust.trouble import Call, Outcome

FIRST = 300
CHATTING = {Call.WRITE: 300, Call.SYNC: 60, Call.READ: 300, Call.TRUNCATE: 12}
"""Up to here the calls are those of chatting, beyond those of erasing, which comes to them sooner."""


class Case(NamedTuple):
    """One failure of one life."""

    kind: Call
    number: int
    outcome: Outcome
    for_ever: bool

    def __str__(self) -> str:
        return f"{self.kind.name} {self.number} {self.outcome.name} {'for ever' if self.for_ever else 'once'}"


def every_case() -> list[Case]:
    return [
        Case(kind, number, outcome, for_ever)
        for kind in CHATTING
        for number in range(1, FIRST + 1)
        for outcome in (Outcome.EIO, Outcome.ENOSPC)
        for for_ever in (False, True)
    ]


def live_through(stage: Stage, before: Before, folder: Path, case: Case, planted: str = "") -> bool:
    """One life with this failure; whether it came to it."""
    file, diary = before.copy_to(folder / "now")
    end = stage.play(
        "chat", file=file, plan=[case.kind, case.number, case.outcome, case.for_ever], planted=planted,
        erasing=case.number > CHATTING[case.kind], rounds=160,
    )  # fmt: skip
    judge(stage, file, diary, end)
    kinds = [word[0] for word in end.said]
    failed = next(word[1] for word in end.said if word[0] == "fired") > 0
    if failed and case.for_ever and case.kind in (Call.WRITE, Call.SYNC):
        assert "refused" in kinds or "failing" in kinds, "nothing can be saved, and nobody was told"
    if failed and not case.for_ever:
        told = [kind for kind in kinds if kind in ("failing", "resumed", "quit")]
        assert told[-1:] != ["failing"], "one failure, and saving never resumed"
        assert kinds[-6:].count("refused") < 6, "one failure, and everything is refused since"
    return failed


def live_through_all(cases: list[Case], folder: Path, planted: str = "") -> dict[str, int]:
    came = dict.fromkeys(CHATTING, 0)
    with Stage() as stage:
        before = Before(stage, folder)
        for case in cases:
            try:
                came[case.kind] += live_through(stage, before, folder, case, planted)
            except AssertionError as error:
                raise AssertionError(f"{case}: {error}") from error
    return {f"{kind.name}S".lower() if kind.name else "": count for kind, count in came.items()}


@pytest.mark.parametrize("part", range(4))
def test_one_call_fails(folder: Path, seed: int, long: bool, figures: Any, part: int) -> None:
    cases = every_case()
    cases = cases[part::4] if long else random.Random(seed + part).sample(cases, 12)
    came = live_through_all(cases, folder)
    assert sum(came.values()) > len(cases) * 0.9, "most failures never came"
    figures(f"n-th failure {part + 1} of 4", lives=len(cases), failures=came, crashes=0, lost=0)


@pytest.mark.parametrize(
    ("planted", "seen"),
    [
        ("start over", "is lost"),
        ("failure unsaid", "nobody was told|another text|is lost|is interrupted"),
        ("rest forgotten", "has another text|is lost|is streaming|is interrupted"),
    ],
)
def test_the_harness_sees_a_planted_fault(folder: Path, seed: int, planted: str, seen: str) -> None:
    cases = [case for case in every_case() if case.kind in (Call.WRITE, Call.READ) and case.number % 7 == 3]
    random.Random(seed).shuffle(cases)
    with pytest.raises(AssertionError, match=seen):
        live_through_all(cases, folder, planted)
