"""Messages that wait for the reply: chips by mouse and by keyboard, what is sent when, and nothing lost."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton, QToolButton, QWidget

from pizzagpt_desktop.domain.conversation import Conversation, Queued, Status
from pizzagpt_desktop.domain.faults import Fault, FaultKind
from pizzagpt_desktop.ui.queue_chips import LINE, QueuedChip
from tests.helpers.memory_store import MemoryStore
from tests.helpers.queue_parts import begin, chips, press, said, texts, write
from tests.helpers.ui_parts import Rig, names_of_unlabelled

pytestmark = pytest.mark.qt_log_ignore("^This plugin does not support")

Key, Mod = Qt.Key, Qt.KeyboardModifier


async def test_enter_during_a_reply_has_the_text_wait_and_each_reply_sends_the_next(rig: Rig) -> None:
    identity = await begin(rig, "Second", "Third")
    assert rig.window.page.composer.text() == ""
    assert rig.store.conversation(identity).draft == ""  # type: ignore[union-attr]
    assert [queued.text for queued in rig.store.conversation(identity).queue] == ["Second", "Third"]  # type: ignore[union-attr]
    rig.prompter.say("One.")
    rig.prompter.end()
    await rig.until(lambda: len(rig.source.asked) == 2)
    assert texts(rig) == ["Third"]
    assert said(rig, identity) == ["First", "One.", "Second", ""]
    rig.prompter.say("Two.")
    rig.prompter.end()
    await rig.until(lambda: len(rig.source.asked) == 3)
    rig.prompter.say("Three.")
    rig.prompter.end()
    await rig.until(lambda: not rig.service.is_answering(identity))
    assert said(rig, identity) == ["First", "One.", "Second", "Two.", "Third", "Three."]
    assert chips(rig) == []
    assert not rig.window.page.composer.chips.isVisible()
    assert rig.store.conversation(identity).queue == ()  # type: ignore[union-attr]


@pytest.mark.parametrize("end", ["failed", "stopped", "interrupted"])
async def test_any_other_end_pauses_the_queue_and_send_next_goes_on(rig: Rig, end: str) -> None:
    identity = await begin(rig, "Second", "Third")
    if end == "stopped":
        press(Key.Key_Escape)
    else:
        rig.prompter.say(*(["half"] if end == "interrupted" else []), Fault(FaultKind.NETWORK, "gone"))
    await rig.until(lambda: not rig.service.is_answering(identity))
    assert rig.store.path(identity)[-1].status == Status(end)
    assert texts(rig) == ["Second", "Third"]
    assert len(rig.source.asked) == 1
    head = rig.window.page.composer.chips
    assert "Paused" in head._head.text()
    button = rig.find(QPushButton, "send_next")
    assert button.isVisible()
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert texts(rig) == ["Third"]
    assert not button.isVisible()
    await rig.until(lambda: len(rig.source.asked) == 2)
    rig.prompter.say("Fine.")
    rig.prompter.end()
    await rig.until(lambda: len(rig.source.asked) == 3)
    assert said(rig, identity)[-2:] == ["Third", ""]


async def test_a_paused_queue_stays_so_when_another_reply_is_complete(rig: Rig) -> None:
    identity = await begin(rig, "Second")
    rig.service.stop(identity)
    write(rig, "Something else")
    button = rig.find(QPushButton, "send_next")
    assert button.text() == "Send after this reply"
    rig.prompter.say("Yes.")
    rig.prompter.end()
    await rig.until(lambda: not rig.service.is_answering(identity))
    assert texts(rig) == ["Second"]
    assert len(rig.source.asked) == 2
    assert button.text() == "Send next"


async def test_send_after_this_reply_lets_the_queue_go_on_by_itself(rig: Rig) -> None:
    identity = await begin(rig, "Second")
    rig.service.stop(identity)
    write(rig, "Something else")
    await rig.until(lambda: len(rig.source.asked) == 2)
    QTest.mouseClick(rig.find(QPushButton, "send_next"), Qt.MouseButton.LeftButton)
    assert len(rig.source.asked) == 2
    rig.prompter.say("Yes.")
    rig.prompter.end()
    await rig.until(lambda: len(rig.source.asked) == 3)
    assert said(rig, identity)[-2:] == ["Second", ""]


async def test_chips_are_moved_by_keyboard_and_keep_it(rig: Rig) -> None:
    identity = await begin(rig, "a", "b", "c")
    press(Key.Key_Up)  # from the empty text to the chip nearest to it
    assert QApplication.focusWidget() is chips(rig)[2]
    press(Key.Key_Up, Mod.AltModifier)
    assert texts(rig) == ["a", "c", "b"]
    press(Key.Key_Up, Mod.ControlModifier | Mod.ShiftModifier)
    assert texts(rig) == ["c", "a", "b"]
    press(Key.Key_Up, Mod.AltModifier)
    assert texts(rig) == ["c", "a", "b"]
    assert QApplication.focusWidget() is chips(rig)[0]
    assert rig.window.desk.conversation.id == identity, "Alt+Up is the chip's key here"
    press(Key.Key_Down)
    press(Key.Key_Down, Mod.AltModifier)
    assert texts(rig) == ["c", "b", "a"]
    assert [queued.text for queued in rig.store.conversation(identity).queue] == ["c", "b", "a"]  # type: ignore[union-attr]
    press(Key.Key_Escape)
    assert rig.window.page.composer.text_edit.hasFocus()
    assert rig.service.is_answering(identity), "Esc in the chips goes back to the text"


async def test_alt_with_a_chips_key_is_not_alt_alone(rig: Rig) -> None:
    """A real keyboard sends Alt by itself too, before and after the other key; the menu bar stays away."""
    await begin(rig, "a", "b")
    press(Key.Key_Up)
    chip = QApplication.focusWidget()
    QTest.keyPress(chip, Key.Key_Alt, Mod.AltModifier)
    QTest.keyClick(chip, Key.Key_Up, Mod.AltModifier)
    QTest.keyRelease(QApplication.focusWidget(), Key.Key_Alt)
    assert texts(rig) == ["b", "a"]
    assert not rig.window.menuBar().isVisible()
    press(Key.Key_Alt)
    assert rig.window.menuBar().isVisible(), "Alt alone is still the menu's key"


async def test_a_chip_is_dragged_to_another_place(rig: Rig) -> None:
    await begin(rig, "a", "b", "c")
    first, last = chips(rig)[0], chips(rig)[2]
    QTest.mousePress(first, Qt.MouseButton.LeftButton, pos=QPoint(30, 10))
    for y in (20, 40, last.y() + last.height()):
        QTest.mouseMove(first, QPoint(30, y))
        QApplication.processEvents()
    stack = first.parentWidget()
    assert stack.line is not None
    assert stack.rect().contains(0, stack.line + LINE - 1), "the line below the last chip is in sight too"
    QTest.mouseRelease(first, Qt.MouseButton.LeftButton, pos=QPoint(30, last.y() + last.height()))
    assert texts(rig) == ["b", "c", "a"]
    assert rig.window.page.composer.text() == "", "a drag is no click"


async def test_a_chip_is_edited_in_the_composer_and_put_back(rig: Rig) -> None:
    identity = await begin(rig, "a", "b", "c")
    QTest.keyClicks(rig.window.page.composer.text_edit, "half a thought")
    QTest.mouseClick(chips(rig)[1], Qt.MouseButton.LeftButton, pos=QPoint(40, 10))
    composer = rig.window.page.composer
    assert composer.editing
    assert composer.text() == "b"
    QTest.keyClicks(composer.text_edit, " is better")
    press(Key.Key_Return)
    assert texts(rig) == ["a", "b is better", "c"]
    assert composer.text() == "half a thought"
    assert not composer.editing
    assert rig.store.conversation(identity).draft == "half a thought"  # type: ignore[union-attr]


async def test_esc_leaves_a_chip_as_it_was_though_its_words_were_kept_while_writing(rig: Rig) -> None:
    identity = await begin(rig, "a", "b")
    rig.window.page.composer.chips.focus_last()
    press(Key.Key_Return)
    composer = rig.window.page.composer
    QTest.keyClicks(composer.text_edit, "!")
    await rig.until(lambda: texts(rig) == ["a", "b!"])
    press(Key.Key_Escape)
    assert texts(rig) == ["a", "b"]
    assert composer.text() == ""
    assert rig.service.is_answering(identity), "the edit was left, the reply goes on"
    press(Key.Key_Escape)
    await rig.until(lambda: not rig.service.is_answering(identity))


async def test_what_is_being_edited_is_not_sent_until_it_is_put_back(rig: Rig) -> None:
    identity = await begin(rig, "a", "b")
    QTest.mouseClick(chips(rig)[0], Qt.MouseButton.LeftButton, pos=QPoint(40, 10))
    rig.prompter.say("Done.")
    rig.prompter.end()
    await rig.until(lambda: not rig.service.is_answering(identity))
    assert texts(rig) == ["a", "b"]
    QTest.keyClicks(rig.window.page.composer.text_edit, "!")
    press(Key.Key_Return)
    await rig.until(lambda: len(rig.source.asked) == 2)
    assert said(rig, identity)[-2:] == ["a!", ""]
    assert texts(rig) == ["b"]


async def test_leaving_the_conversation_in_mid_edit_keeps_the_new_words(rig: Rig) -> None:
    identity = await begin(rig, "a", "b")
    QTest.mouseClick(chips(rig)[1], Qt.MouseButton.LeftButton, pos=QPoint(40, 10))
    QTest.keyClicks(rig.window.page.composer.text_edit, " and more")
    press(Key.Key_N, Mod.ControlModifier)
    assert chips(rig) == []
    assert rig.window.page.composer.text() == ""
    rig.window.desk.open(identity)
    assert texts(rig) == ["a", "b and more"]
    assert rig.window.page.composer.text() == ""


async def test_leaving_in_mid_edit_when_its_turn_has_come_sends_nothing(rig: Rig) -> None:
    identity = await begin(rig, "a", "b")
    QTest.mouseClick(chips(rig)[0], Qt.MouseButton.LeftButton, pos=QPoint(40, 10))
    rig.prompter.say("Done.")
    rig.prompter.end()
    await rig.until(lambda: not rig.service.is_answering(identity))
    rig.window.desk.leave()
    assert not rig.service.is_answering(identity)
    assert texts(rig) == ["a", "b"]
    assert rig.find(QPushButton, "send_next").isVisible()


async def test_a_chip_is_removed_and_brought_back(rig: Rig) -> None:
    await begin(rig, "a", "b", "c")
    press(Key.Key_Up)
    press(Key.Key_Up)
    press(Key.Key_Delete)
    assert texts(rig) == ["a", "c"]
    assert QApplication.focusWidget() is chips(rig)[1]
    assert rig.window.page.notices.text("deleted") == "Removed from the queue."
    QTest.mouseClick(rig.find(QPushButton, "deleted_undo"), Qt.MouseButton.LeftButton)
    assert texts(rig) == ["a", "b", "c"]
    chips(rig)[0].remove.setFocus()
    press(Key.Key_Return)
    assert texts(rig) == ["b", "c"]
    for _ in range(2):
        QTest.mouseClick(chips(rig)[0].remove, Qt.MouseButton.LeftButton)
    assert texts(rig) == []


async def test_the_queue_of_a_conversation_that_is_not_open_goes_on(rig: Rig) -> None:
    identity = await begin(rig, "Second")
    press(Key.Key_N, Mod.ControlModifier)
    assert chips(rig) == []
    rig.prompter.say("One.")
    rig.prompter.end()
    await rig.until(lambda: len(rig.source.asked) == 2)
    assert rig.window.page.is_empty
    rig.prompter.say("Two.")
    rig.prompter.end()
    await rig.until(lambda: not rig.service.is_answering(identity))
    assert said(rig, identity) == ["First", "One.", "Second", "Two."]
    assert rig.window.sidebar.model.conversation(identity).unread  # type: ignore[union-attr]


async def test_a_queue_from_an_earlier_run_is_there_and_paused(make_rig: Callable[..., Rig]) -> None:
    store = MemoryStore()
    store.add_conversation(
        Conversation(id="old", title="Old", queue=(Queued("q1", "Left over"), Queued("q2", "And more")))
    )
    rig = make_rig(store=store)
    rig.show()
    assert chips(rig) == []
    rig.window.desk.open("old")
    assert texts(rig) == ["Left over", "And more"]
    assert rig.find(QPushButton, "send_next").isVisible()
    assert not rig.source.asked
    rig.window.desk.waiting.send_next()
    await rig.until(lambda: len(rig.source.asked) == 1)
    assert texts(rig) == ["And more"]


async def test_a_disk_that_refuses_leaves_the_text_in_the_composer_and_the_chips_as_they_are(
    rig: Rig,
) -> None:
    await begin(rig, "a", "b")
    rig.store.refuse = {"update_conversation"}
    write(rig, "Do not lose me")
    assert rig.window.page.composer.text() == "Do not lose me"
    assert "not queued" in rig.window.page.notices.text("storage")
    rig.window.page.composer.chips.focus_last()
    press(Key.Key_Up, Mod.AltModifier)
    press(Key.Key_Delete)
    assert texts(rig) == ["a", "b"]
    assert rig.window.page.notices.text("deleted") == ""
    rig.store.refuse = set()
    press(Key.Key_Escape)
    press(Key.Key_Return)
    assert texts(rig) == ["a", "b", "Do not lose me"]
    assert rig.window.page.notices.text("storage") == ""


async def test_a_disk_that_refuses_what_would_be_sent_pauses_the_queue(rig: Rig) -> None:
    identity = await begin(rig, "a", "b")
    rig.store.refuse = {"add_message"}
    rig.prompter.say("Done.")
    rig.prompter.end()
    await rig.until(lambda: not rig.service.is_answering(identity))
    assert texts(rig) == ["a", "b"]
    assert rig.find(QPushButton, "send_next").isVisible()
    assert rig.window.page.notices.text("saving")
    rig.store.refuse = set()
    QTest.mouseClick(rig.find(QPushButton, "send_next"), Qt.MouseButton.LeftButton)
    assert texts(rig) == ["b"]


async def test_the_mouse_can_queue_too(rig: Rig) -> None:
    await begin(rig)
    assert not rig.find(QToolButton, "queue_message").isVisible()
    QTest.keyClicks(rig.window.page.composer.text_edit, "By mouse")
    button = rig.find(QToolButton, "queue_message")
    assert button.isVisible()
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert texts(rig) == ["By mouse"]
    assert not button.isVisible()
    assert rig.window.page.composer.text_edit.hasFocus()


async def test_a_change_of_a_sent_message_does_not_wait(rig: Rig) -> None:
    await rig.say("Original")
    rig.window.desk.send("Next")
    rig.window.actions_by_id.run("edit_last")
    QTest.keyClicks(rig.window.page.composer.text_edit, " changed")
    press(Key.Key_Return)
    assert chips(rig) == []
    assert rig.window.page.composer.text() == "Next changed"
    assert "Stop it" in rig.window.page.notices.text("busy")


async def test_the_reader_is_not_taken_away_by_what_the_queue_sends(rig: Rig) -> None:
    identity = await rig.say("Long", "Words. " * 2_000)
    write(rig, "First")
    await rig.until(lambda: len(rig.source.asked) == 2)
    write(rig, "Second")
    view = rig.window.page.transcript
    view.verticalScrollBar().setValue(200)
    rig.prompter.say("Done.")
    rig.prompter.end()
    await rig.until(lambda: len(rig.source.asked) == 3)
    QApplication.processEvents()
    assert view.verticalScrollBar().value() == 200
    assert not view.follows_end
    assert view.unseen
    rig.service.stop(identity)


async def test_every_control_of_the_queue_is_named(rig: Rig) -> None:
    identity = await begin(rig, *(f"message {number} " * 30 for number in range(9)))
    rig.service.stop(identity)
    QApplication.processEvents()
    assert names_of_unlabelled(rig.window, (QPushButton, QToolButton, QueuedChip)) == []
    first: QWidget = chips(rig)[0]
    spoken = QAccessible.queryAccessibleInterface(first)
    assert spoken.text(QAccessible.Text.Name).startswith("Queued message 1 of 9: message 0")
    assert rig.window.page.composer.chips.height() < 200, "nine chips scroll"
