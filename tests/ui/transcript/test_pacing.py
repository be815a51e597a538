"""When a growing reply is drawn again, on a clock of the test's own."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pizzagpt_desktop.ui.transcript import pacing
from pizzagpt_desktop.ui.transcript.pacing import FRAME_MS, MOST_S, SHARE, Pacing


class Clock:
    """What time it is, and how long this thread has worked, in seconds."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 100.0
        self.worked = 0.0
        monkeypatch.setattr(pacing, "perf_counter", lambda: self.now)
        monkeypatch.setattr(pacing, "thread_time", lambda: self.worked)

    def work(self, seconds: float) -> None:
        self.now += seconds
        self.worked += seconds

    def frame(self, paced: Pacing, laid_out_s: float, painted_s: float) -> None:
        """A frame, and its painting a little later."""
        paced.begin()
        with paced.working():
            self.work(laid_out_s)
        self.now += 0.001
        with paced.working():
            self.work(painted_s)


def test_the_first_text_waits_for_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, paced = Clock(monkeypatch), Pacing()
    assert paced.wait_ms() == 0
    clock.frame(paced, 0.0001, 0.0001)
    assert 0 < paced.wait_ms() <= FRAME_MS
    clock.now += 1.0
    assert paced.wait_ms() == 0, "nothing came for a while"


def test_a_quick_computer_draws_as_often_as_a_screen_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, paced = Clock(monkeypatch), Pacing()
    for _ in range(20):
        clock.frame(paced, 0.0002, 0.0002)
    assert paced.gap_s == FRAME_MS / 1000


@given(st.lists(st.tuples(st.floats(0, 0.1), st.floats(0, 0.1)), max_size=20))
def test_a_frame_is_never_far_away(costs: list[tuple[float, float]]) -> None:
    with pytest.MonkeyPatch.context() as monkeypatch:
        clock, paced = Clock(monkeypatch), Pacing()
        for laid_out_s, painted_s in costs:
            clock.frame(paced, laid_out_s, painted_s)
            assert FRAME_MS / 1000 <= paced.gap_s <= MOST_S
            assert paced.wait_ms() <= MOST_S * 1000


def test_a_slow_computer_works_a_small_share_of_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, paced = Clock(monkeypatch), Pacing()
    for _ in range(10):  # what is usual is known after some
        clock.frame(paced, 0.0008, 0.0007)
        clock.now += paced.wait_ms() / 1000
    began, worked = clock.now, clock.worked
    for _ in range(50):
        clock.frame(paced, 0.0008, 0.0007)
        clock.now += paced.wait_ms() / 1000
    share = (clock.worked - worked) / (clock.now - began)
    assert 1 / (SHARE + 2) < share < 1 / (SHARE - 2)
