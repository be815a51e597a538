"""The status line while a reply is waited for: how far it is, how long it takes, when it goes out again."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from pizzagpt_desktop.chat import events
from pizzagpt_desktop.domain.faults import Fault, FaultKind
from pizzagpt_desktop.domain.preferences import Preferences, ServiceSettings
from pizzagpt_desktop.domain.steps import Step
from pizzagpt_desktop.ui.patience import Waited, again_words
from tests.helpers.ui_parts import Rig


@pytest.mark.parametrize(
    ("waited", "now", "words"),
    [
        (Waited(0), 2.9, "Waiting for the answer."),
        (Waited(0, step=Step.CONNECTING), 2.9, "Waiting for the answer."),
        (Waited(0, step=Step.CONNECTING), 4, "Still connecting… 4 s."),
        (Waited(0, step=Step.SENT), 4, "Still waiting for the answer, 4 s."),
        (Waited(0, step=Step.SUMMARISING), 1, "The model summarises the oldest messages first."),
        (Waited(0, near=True, step=Step.SENT), 200, "Still waiting for the answer, 3 min. A local model may still be loading."),
        (Waited(0, near=True, step=Step.CONNECTING), 9, "Still connecting… 9 s."),
        (Waited(0), 60, "Still waiting for the answer, 60 s."),
        (Waited(0, moved_at=50), 79, "Answering."),
        (Waited(0, moved_at=50), 80, "No data for 30 s."),
        (Waited(0, moved_at=50, near=True), 170, "No data for 2 min."),
        (Waited(0, asked_again_at=17), 10, "The service asks to wait. The request goes out again in 7 s."),
        (Waited(0, asked_again_at=17, step=Step.SENT), 18, "Still waiting for the answer, 18 s."),
    ],
)  # fmt: skip
def test_the_words_of_each_second(waited: Waited, now: float, words: str) -> None:
    assert waited.words(now) == f"{words} Esc stops."


def test_a_new_try_connects_anew() -> None:
    waited = Waited(0, asked_again_at=60)
    waited.reached(Step.CONNECTING, 5)
    assert waited.words(6) == "Still connecting… 6 s. Esc stops."
    waited.reached(None, 7)
    assert waited.words(8) == "Answering. Esc stops."


@pytest.mark.parametrize(
    ("left", "words"),
    [
        (7.2, "The service asks to wait. Try again in 7 s."),
        (365 * 86_400, "The service asks to wait. Try again in 365 days."),
        (0, "The service can be asked again now."),
        (-5, "The service can be asked again now."),
    ],
)
def test_when_the_service_may_be_asked_again(left: float, words: str) -> None:
    assert again_words(left) == words


class Clock:
    """Seconds that pass when the test says so; each pass is what the window's own second does."""

    def __init__(self, rig: Rig) -> None:
        self.now = 1000.0
        self._where = rig.window.where
        self._where._clock = lambda: self.now

    def passes(self, seconds: float) -> None:
        self.now += seconds
        if self._where._second.isActive():
            self._where._second.timeout.emit()


async def test_the_window_says_how_far_a_request_is_and_how_long_it_takes(rig: Rig) -> None:
    clock, status = Clock(rig), rig.window.page.status
    rig.window.desk.send("Hello")
    identity = rig.window.desk.conversation.id
    (reply,) = [m for m in rig.store.path(identity) if m.text == ""]

    def reach(step: Step | None) -> None:
        rig.announcer.announce(events.ReplyReached(identity, reply.id, step))

    assert status.text() == "Waiting for the answer. Esc stops."
    reach(Step.CONNECTING)
    clock.passes(4)
    assert status.text() == "Still connecting… 4 s. Esc stops."
    reach(Step.SENT)
    assert status.text() == "Still waiting for the answer, 4 s. Esc stops."
    rig.announcer.announce(events.ReplyWaiting(identity, reply.id, 7))
    assert "goes out again in 7 s" in status.text()
    clock.passes(3)
    assert "goes out again in 4 s" in status.text()
    reach(Step.CONNECTING)
    assert status.text() == "Still connecting… 7 s. Esc stops."
    rig.prompter.say("Well")
    await rig.until(lambda: status.text() == "Answering. Esc stops.")
    clock.passes(31)
    assert status.text() == "No data for 31 s. Esc stops."
    rig.window.desk.edit_last()
    clock.passes(1)
    assert status.text() == "No data for 32 s. Esc leaves the edit, Ctrl+. stops."
    rig.window.page.composer.end_edit()
    reach(None)
    assert status.text() == "Answering. Esc stops."
    rig.prompter.end()
    await rig.until(lambda: not rig.service.is_answering(identity))
    assert status.text().startswith("Next message:")
    assert not rig.window.where._second.isActive()


async def test_each_conversation_keeps_its_own_time(rig: Rig) -> None:
    clock, status = Clock(rig), rig.window.page.status
    rig.window.desk.send("Slow")
    slow = rig.window.desk.conversation.id
    clock.passes(20)
    rig.window.desk.open_new()
    assert status.text().startswith("Next message:")
    clock.passes(20)
    rig.window.desk.open(slow)
    assert status.text() == "Still waiting for the answer, 40 s. Esc stops."
    rig.prompter.end()
    await rig.until(lambda: not rig.service.is_answering(slow))


async def test_a_refusal_that_says_when_counts_down_and_lets_go(rig: Rig) -> None:
    clock, status = Clock(rig), rig.window.page.status
    rig.prompter.say(Fault(FaultKind.RATE_LIMIT, "Too many requests", retry_after_s=90))
    rig.window.desk.send("Hello")
    identity = rig.window.desk.conversation.id
    await rig.until(lambda: not rig.service.is_answering(identity))
    assert status.text().startswith("The service asks to wait. Try again in 90 s. Next message: ")
    clock.passes(80)
    assert status.text().startswith("The service asks to wait. Try again in 10 s. Next")
    rig.window.desk.open_new()
    assert status.text().startswith("Next message:")
    rig.window.desk.open(identity)
    clock.passes(10)
    assert status.text().startswith("The service can be asked again now. Next message: ")
    assert not rig.window.where._second.isActive(), "nothing is left to count"
    rig.prompter.say("Yes")
    rig.prompter.end()
    rig.window.desk.retry_last()
    assert status.text() == "Waiting for the answer. Esc stops."
    await rig.until(lambda: not rig.service.is_answering(identity))
    assert status.text().startswith("Next message:")


@pytest.mark.parametrize(
    ("address", "near"), [("http://127.0.0.1:8080/v1", True), ("https://api.example.com/v1", False)]
)
async def test_only_of_a_local_model_it_is_said_that_it_may_be_loading(
    make_rig: Callable[..., Rig], address: str, near: bool
) -> None:
    service = ServiceSettings(provider="openai", base_url=address, model="m")
    rig = make_rig(replace(Preferences(), service="s", services={"s": service}))
    rig.show()
    clock = Clock(rig)
    rig.window.desk.send("Hello")
    clock.passes(200)
    words = rig.window.page.status.text()
    assert words.startswith("Still waiting for the answer, 3 min.")
    assert ("A local model may still be loading." in words) == near
    rig.prompter.end()
    await rig.until(lambda: not rig.service.answering)
