"""The meter of the context in the window, the line about what was not sent, and the choice under a refused reply."""

from collections.abc import AsyncGenerator, Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QDialog, QLineEdit, QPushButton, QToolButton

from pizzagpt_desktop.chat.reply import note_of
from pizzagpt_desktop.chat.weighing import Load, Weigher
from pizzagpt_desktop.domain.chunks import Usage
from pizzagpt_desktop.domain.conversation import Conversation, Message, Role, Status
from pizzagpt_desktop.domain.preferences import WhenFull
from pizzagpt_desktop.domain.sight import Sight
from pizzagpt_desktop.domain.window import weight
from pizzagpt_desktop.domain.window_notes import LEFT_OUT, NEEDED, SUMMARISED, UNSUMMARISED
from pizzagpt_desktop.providers.answers import fault_from_status
from pizzagpt_desktop.typing import Messages
from pizzagpt_desktop.ui.context_meter import ContextMeter, meter_tip, meter_words
from pizzagpt_desktop.ui.strings import status_words
from pizzagpt_desktop.ui.transcript.facts import facts_of
from pizzagpt_desktop.ui.transcript.status import status_line
from tests.helpers.sources import saying
from tests.helpers.ui_parts import READY, Rig, names_of_unlabelled

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")
LONG = "a sentence of some forty characters, more. " * 10


class Metered:
    """A window with a meter on a model with this context; its service counts a token for every word."""

    def __init__(self, make_rig: Callable[..., Rig], size: int | None = 1000, **more: Any) -> None:
        self.rig = rig = make_rig(replace(READY, **more))
        rig.service._when_full = lambda: rig.preferences.value.when_full
        self.size = size
        self.asked: list[Messages] = []
        self.counts = False
        rig.source.script = self.script
        rig.source.context = size
        self.weigher = Weigher(rig.store, rig.scope)
        self.meter = ContextMeter(rig.window, self.weigher, self.sight_of, rig.announcer, rig.preferences)
        rig.show()

    def sight_of(self, _conversation: Conversation) -> Sight:
        return Sight(self.size, "recital-1")

    def script(self, messages: Messages) -> AsyncGenerator[Any, None]:
        self.asked.append(messages)
        total = sum(map(weight, messages))
        counted = [Usage({"prompt_tokens": total, "completion_tokens": 10})] if self.counts else []
        return saying("Yes.", *counted)(messages)

    async def say(self, *texts: str) -> None:
        for text in texts:
            self.rig.window.page.composer.set_text(text)
            self.rig.window.desk.send(text)
            identity = self.rig.window.desk.conversation.id
            await self.rig.until(lambda i=identity: not self.rig.service.is_answering(i))

    @property
    def words(self) -> str:
        button = self.meter.button
        return button.text() if button is not None and button.isVisible() else ""

    async def says(self, fact: Callable[[str], bool]) -> None:
        await self.rig.until(lambda: fact(self.words))


async def test_nothing_is_shown_where_the_context_is_not_known(make_rig: Callable[..., Rig]) -> None:
    metered = Metered(make_rig, None)
    await metered.say("Hello", "Again")
    await metered.rig.until(lambda: not any("weighing" in t.get_name() for t in metered.rig.scope._tasks))
    assert metered.meter.button is None


async def test_the_meter_says_how_much_is_taken_and_what_the_draft_adds(make_rig: Callable[..., Rig]) -> None:
    metered = Metered(make_rig)
    metered.counts = True
    await metered.say(LONG)
    taken = sum(map(weight, metered.asked[0])) + 10
    await metered.says(lambda words: words == f"{taken} of 1,000 tokens")
    metered.rig.window.page.composer.text_edit.setPlainText(LONG)
    await metered.says(lambda words: words.startswith("about 2"))
    button = metered.meter.button
    assert button is not None
    assert button.accessibleName() == f"Context: {metered.words}"
    assert "Nothing is left out." in button.toolTip()
    assert not names_of_unlabelled(metered.rig.window, (QToolButton,))


async def test_what_the_meter_says_would_be_left_out_is_what_is_left_out(
    make_rig: Callable[..., Rig],
) -> None:
    metered = Metered(make_rig)
    await metered.say(*[f"{n}: {LONG}" for n in range(7)])
    await metered.says(lambda words: words.startswith("Full"))
    before = metered.words
    metered.rig.window.page.composer.text_edit.setPlainText(f"7: {LONG}")
    await metered.says(lambda words: words != before)
    button = metered.meter.button
    assert button is not None
    told = int(metered.words.removeprefix("Full · ").split()[0])
    assert f"The {told} oldest messages would be left out." in button.accessibleDescription()
    await metered.say(f"7: {LONG}")
    last = metered.rig.window.page.transcript.rows.messages[-1]
    assert (last.usage or {})[LEFT_OUT] == told
    assert len(metered.asked[-1]) == 15 - told
    row = metered.rig.window.page.transcript.rows
    assert status_words(row.messages[-1]) == (
        f"The {told} oldest messages were left out, to fit what the model can look at."
    )


async def test_a_draft_that_fills_what_was_counted_has_the_conversation_looked_at(
    make_rig: Callable[..., Rig],
) -> None:
    metered = Metered(make_rig)
    metered.counts = True
    await metered.say(*[f"{n}: {LONG}" for n in range(5)])
    await metered.says(lambda words: words.endswith("of 1,000 tokens"))
    metered.rig.window.page.composer.text_edit.setPlainText(LONG * 2)
    await metered.says(lambda words: words.startswith("Full"))


async def test_the_meter_opens_the_choice_with_keys_alone_and_is_short_in_a_narrow_window(
    make_rig: Callable[..., Rig],
) -> None:
    metered = Metered(make_rig)
    await metered.say(LONG)
    await metered.says(lambda words: "of 1,000 tokens" in words)
    window = metered.rig.window
    window.resize(360, 480)
    await metered.says(lambda words: words.endswith("% full"))
    button = metered.meter.button
    assert button is not None
    assert button.geometry().right() <= button.parentWidget().width()
    button.setFocus()
    QTest.keyClick(button, Qt.Key.Key_Space)
    dialog = window.findChild(QDialog, "preferences")
    assert dialog is not None
    assert dialog.findChild(QComboBox, "when_full").isVisible()
    assert dialog.focusWidget() is dialog.findChild(QComboBox, "when_full")
    dialog.reject()


async def test_the_meter_grows_with_the_text(make_rig: Callable[..., Rig]) -> None:
    metered = Metered(make_rig)
    await metered.say(LONG)
    await metered.says(lambda words: "of 1,000 tokens" in words)
    button = metered.meter.button
    assert button is not None
    before = button.font().pointSizeF()
    appearance = replace(metered.rig.preferences.value.appearance, zoom=200)
    metered.rig.preferences.set(replace(metered.rig.preferences.value, appearance=appearance))
    await metered.rig.until(lambda: button.font().pointSizeF() > 1.8 * before)
    assert button.font().pointSizeF() == metered.rig.window.page.status.font().pointSizeF()


async def test_the_meter_follows_the_open_conversation_and_the_preferences(
    make_rig: Callable[..., Rig],
) -> None:
    metered = Metered(make_rig)
    await metered.say(*[f"{n}: {LONG}" for n in range(9)])
    await metered.says(lambda words: words.startswith("Full · ") and words.endswith("left out"))
    full = metered.rig.window.desk.conversation.id
    for choice, end in ((WhenFull.SUMMARISE, "summarised"), (WhenFull.STOP, "too long to send")):
        metered.rig.preferences.set(replace(metered.rig.preferences.value, when_full=choice))
        await metered.says(lambda words, end=end: words.endswith(end))
    metered.rig.window.desk.open_new()
    await metered.says(lambda words: words == "")
    metered.rig.window.desk.open(full)
    await metered.says(lambda words: words.startswith("Full"))
    metered.size = None
    metered.rig.window.desk.open(full)
    metered.meter.refresh()
    await metered.says(lambda words: words == "")


async def test_a_reply_that_was_not_asked_for_offers_both_ways_on(make_rig: Callable[..., Rig]) -> None:
    metered = Metered(make_rig, when_full=WhenFull.STOP)
    await metered.say(*[f"{n}: {LONG}" for n in range(9)])
    view = metered.rig.window.page.transcript
    failed = view.rows.messages[-1]
    assert failed.status is Status.FAILED
    names = (
        "Answer without the oldest messages",
        "Have the model summarise the oldest messages, then answer",
    )
    buttons = list(view.findChildren(QToolButton) + view.findChildren(QPushButton))
    found = {b.accessibleName(): b for b in buttons if b.accessibleName() in names and b.isVisible()}
    assert set(found) == set(names)
    asked = len(metered.asked)
    found[names[0]].click()
    identity = metered.rig.window.desk.conversation.id
    await metered.rig.until(lambda: not metered.rig.service.is_answering(identity))
    assert len(metered.asked) == asked + 1
    assert view.rows.messages[-1].status is Status.COMPLETE


async def test_a_long_conversation_is_not_read_with_every_key(make_rig: Callable[..., Rig]) -> None:
    metered = Metered(make_rig)
    metered.counts = True
    await metered.say(LONG, LONG)
    await metered.says(lambda words: "of 1,000 tokens" in words)
    reads = len(metered.rig.store.reads)
    for key in "some more words":
        QTest.keyClicks(metered.rig.window.page.composer.text_edit, key)
    metered.rig.window.page.composer.flush_draft()
    await metered.says(lambda words: words.startswith("about"))
    assert len(metered.rig.store.reads) == reads


async def test_what_the_service_counted_spares_reading_the_whole_conversation(
    make_rig: Callable[..., Rig],
) -> None:
    metered = Metered(make_rig, 100_000)
    metered.counts = True
    await metered.say(*["short"] * 30)
    await metered.says(lambda words: "of 100,000 tokens" in words)
    metered.rig.store.reads.clear()
    metered.meter.refresh()
    await metered.rig.until(lambda: metered.rig.store.reads)
    await metered.says(lambda words: "of 100,000 tokens" in words)
    assert metered.rig.store.reads.count("path_up") <= 1


@given(st.integers(0, 10**7), st.integers(128, 10**7), st.integers(0, 500), st.booleans())
def test_the_words_of_the_meter_are_true(tokens: int, size: int, left_out: int, exact: bool) -> None:
    load = Load(tokens, size, left_out, exact)
    for choice in WhenFull:
        words, tip = meter_words(load, choice), meter_tip(load, choice)
        short = meter_words(load, choice, short=True)
        assert len(short) <= len(words)
        assert len(short) <= 9
        assert words.startswith("Full") is bool(left_out or tokens > size)
        assert ("Nothing is left out" in tip) is not left_out
        assert f"{tokens:,}" in tip
        assert f"{size:,}" in tip


def reply(**usage: int) -> Message:
    return Message(
        id="r", conversation_id="c", parent_id=None, role=Role.ASSISTANT, text="Yes.", usage=usage or None
    )


@pytest.mark.parametrize(
    ("usage", "words"),
    [
        ({}, ""),
        ({LEFT_OUT: 1}, "The oldest message was left out, to fit what the model can look at."),
        ({LEFT_OUT: 1200}, "The 1,200 oldest messages were left out, to fit what the model can look at."),
        ({SUMMARISED: 4}, "The 4 oldest messages were sent as a summary, to fit what the model can look at."),
        ({UNSUMMARISED: 4}, "The 4 oldest messages were left out, as no summary came."),
    ],
)
def test_a_reply_says_what_it_was_not_given(usage: dict[str, int], words: str) -> None:
    assert status_words(reply(**usage)) == words


def test_the_details_have_it_as_facts_and_not_under_its_inner_names() -> None:
    facts = {f.name: f.value for f in facts_of(reply(**{LEFT_OUT: 6, NEEDED: 900, "context_size": 512}), {})}
    assert facts["Messages left out"] == "6"
    assert facts["Context needed"] == "About 900 of 512 tokens"
    assert not [name for name in facts if "_" in name]
    facts = {f.name: f.value for f in facts_of(reply(**{SUMMARISED: 6}), {})}
    assert facts["Messages sent as a summary"] == "6"


async def test_the_context_length_of_a_service_is_entered_checked_and_kept(rig: Rig) -> None:
    rig.window.show_preferences("service")
    dialog = rig.find(QDialog, "preferences")
    edit = dialog.findChild(QLineEdit, "context_length")
    edit.setText("12")
    dialog.findChild(QPushButton, "apply").click()
    assert edit.isVisible(), "the section with the mistake is unfolded"
    assert "from 128" in edit.accessibleDescription()
    edit.setText("8,192")
    dialog.findChild(QPushButton, "apply").click()
    settings = rig.preferences.value.service_settings()
    assert settings is not None
    assert settings.context == 8192
    edit.setText("")
    dialog.findChild(QPushButton, "ok").click()
    settings = rig.preferences.value.service_settings()
    assert settings is not None
    assert settings.context is None


def test_a_refusal_that_told_the_context_offers_to_try_again() -> None:
    told = fault_from_status(400, b'{"error": {"message": "the context size is 512"}}', {})
    failed = replace(reply(), text="", status=Status.FAILED, fault=note_of(told))
    line = status_line(failed)
    assert line is not None
    assert line.actions == ("retry",)
    untold = fault_from_status(400, b'{"error": {"message": "no"}}', {})
    line = status_line(replace(failed, fault=note_of(untold)))
    assert line is not None
    assert line.actions == ("preferences",)
