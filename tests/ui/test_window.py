"""The window by hand: real keys and clicks, a real chat behind it."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QLineEdit, QPushButton

from pizzagpt_desktop.chat import events
from pizzagpt_desktop.domain.conversation import Role, Status
from pizzagpt_desktop.domain.faults import Fault, FaultKind
from pizzagpt_desktop.domain.preferences import Preferences
from tests.helpers.ui_parts import Rig

# What the offscreen platform says when a dialog or menu opens.
pytestmark = pytest.mark.qt_log_ignore("^This plugin does not support")

Key, Mod = Qt.Key, Qt.KeyboardModifier


def press(rig: Rig, key: Key, modifiers: Mod = Mod.NoModifier) -> None:
    """A key into whatever has the focus in the active window."""
    QTest.keyClick(QApplication.focusWidget() or rig.window, key, modifiers)
    QApplication.processEvents()


async def test_enter_sends_and_the_reply_arrives(rig: Rig) -> None:
    composer = rig.window.page.composer
    assert composer.text_edit.hasFocus()
    QTest.keyClicks(composer.text_edit, "Why is the sky blue?")
    press(rig, Key.Key_Return)
    identity = rig.window.desk.conversation.id
    assert composer.text() == ""
    assert not rig.window.page.is_empty
    assert rig.service.is_answering(identity)
    assert rig.window.sidebar.model.ids() == [identity]
    rig.prompter.say("Because of ", "scattering.")
    rig.prompter.end()
    await rig.until(lambda: not rig.service.is_answering(identity))
    assert [m.text for m in rig.store.path(identity)] == ["Why is the sky blue?", "Because of scattering."]
    assert rig.window.windowTitle() == "Why is the sky blue? — PizzaGPT Desktop"
    assert rig.window.page.title.text() == "Why is the sky blue?"


async def test_shift_enter_breaks_the_line_and_blank_text_is_not_sent(rig: Rig) -> None:
    edit = rig.window.page.composer.text_edit
    press(rig, Key.Key_Return, Mod.ShiftModifier)
    QTest.keyClicks(edit, "  ")
    press(rig, Key.Key_Return)
    assert edit.text() == "\n  "
    assert not rig.store.conversations()
    assert not rig.window.page.composer._send.isEnabled()


async def test_escape_stops_and_what_came_is_kept(rig: Rig) -> None:
    rig.window.desk.send("Tell me a long story")
    identity = rig.window.desk.conversation.id
    rig.prompter.say("Once upon")
    await rig.until(lambda: rig.library.path(identity)[-1].text == "Once upon")
    press(rig, Key.Key_Escape)
    reply = rig.store.path(identity)[-1]
    assert (reply.status, reply.text) == (Status.STOPPED, "Once upon")
    await rig.until(rig.prompter.closed.is_set)


async def test_the_button_sends_and_then_stops(rig: Rig) -> None:
    composer = rig.window.page.composer
    QTest.keyClicks(composer.text_edit, "Hello")
    QTest.mouseClick(composer._send, Qt.MouseButton.LeftButton)
    identity = rig.window.desk.conversation.id
    assert rig.service.is_answering(identity)
    assert composer._send.objectName() == "stop"
    assert "Esc" in composer._send.toolTip()
    QTest.mouseClick(composer._send, Qt.MouseButton.LeftButton)
    assert not rig.service.is_answering(identity)
    assert composer._send.objectName() == "send"


async def test_without_a_service_the_preferences_open_and_the_text_stays(
    make_rig: Callable[..., Rig],
) -> None:
    rig = make_rig(Preferences())
    rig.show()
    assert "a model on this computer, or choose a service" in rig.window.page.empty.sentence
    QTest.keyClicks(rig.window.page.composer.text_edit, "Hello")
    press(rig, Key.Key_Return)
    dialog = rig.find(QDialog, "preferences")
    assert dialog.isVisible()
    assert rig.window.page.composer.text() == "Hello"
    assert not rig.source.asked
    dialog.reject()


async def test_the_first_step_of_a_first_start_opens_the_preferences(make_rig: Callable[..., Rig]) -> None:
    rig = make_rig(Preferences())
    rig.show()
    assert rig.find(QPushButton, "suggestion_0").text() == "Run a model on this computer"
    button = rig.find(QPushButton, "suggestion_1")
    assert button.text() == "Choose a service"
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert rig.find(QDialog, "preferences").isVisible()


async def test_a_disk_that_refuses_leaves_the_text_in_the_composer(rig: Rig) -> None:
    rig.store.refuse = {"*"}
    QTest.keyClicks(rig.window.page.composer.text_edit, "Do not lose me")
    press(rig, Key.Key_Return)
    assert rig.window.page.composer.text() == "Do not lose me"
    assert "still here" in rig.window.page.notices.text("storage")
    rig.store.refuse = set()


async def test_saving_that_fails_is_said_until_it_resumes(rig: Rig) -> None:
    rig.announcer.announce(events.SavingFailed(Fault(FaultKind.STORAGE, "The disk is full.")))
    assert rig.window.page.notices.text("saving").startswith("The disk is full. This chat goes on")
    rig.announcer.announce(events.SavingResumed())
    assert rig.window.page.notices.text("saving") == ""


async def test_drafts_stay_with_their_conversation(rig: Rig) -> None:
    first = await rig.say("First conversation")
    QTest.keyClicks(rig.window.page.composer.text_edit, "half a thought")
    press(rig, Key.Key_N, Mod.ControlModifier)
    assert rig.window.page.composer.text() == ""
    assert rig.store.conversation(first).draft == "half a thought"  # type: ignore[union-attr]
    QTest.keyClicks(rig.window.page.composer.text_edit, "another")
    second = rig.window.desk.conversation.id
    press(rig, Key.Key_Down, Mod.AltModifier)
    assert rig.store.conversation(second).draft == "another"  # type: ignore[union-attr]
    rig.window.desk.open(first)
    assert rig.window.page.composer.text() == "half a thought"
    rig.window.desk.open(second)
    assert rig.window.page.composer.text() == "another"


async def test_a_draft_is_kept_a_moment_after_the_last_key_and_at_closing(rig: Rig) -> None:
    QTest.keyClicks(rig.window.page.composer.text_edit, "kept")
    identity = rig.window.desk.conversation.id
    await rig.until(lambda: rig.store.conversation(identity) is not None)
    assert rig.store.conversation(identity).draft == "kept"  # type: ignore[union-attr]
    QTest.keyClicks(rig.window.page.composer.text_edit, " too")
    closed: list[bool] = []
    rig.window.closed.connect(lambda: closed.append(True))
    rig.window.close()
    assert closed == [True]
    assert rig.store.conversation(identity).draft == "kept too"  # type: ignore[union-attr]


async def test_a_conversation_left_empty_does_not_litter_the_list(rig: Rig) -> None:
    QTest.keyClicks(rig.window.page.composer.text_edit, "x")
    rig.window.page.composer.flush_draft()
    assert len(rig.window.sidebar.model.ids()) == 1
    press(rig, Key.Key_Backspace)
    press(rig, Key.Key_N, Mod.ControlModifier)
    assert rig.window.sidebar.model.ids() == []
    assert rig.window.page.notices.text("deleted") == ""


async def test_a_reply_that_grows_elsewhere_marks_its_row_until_it_is_read(rig: Rig) -> None:
    rig.window.desk.send("Slow question")
    slow = rig.window.desk.conversation.id
    press(rig, Key.Key_N, Mod.ControlModifier)
    rig.prompter.say("Text")
    await rig.until(lambda: rig.store.conversation(slow).unread)  # type: ignore[union-attr]
    assert rig.window.sidebar.model.conversation(slow).unread  # type: ignore[union-attr]
    rig.prompter.end()
    await rig.until(lambda: not rig.service.answering)
    rig.window.desk.open(slow)
    assert not rig.store.conversation(slow).unread  # type: ignore[union-attr]
    assert rig.store.path(slow)[-1].text == "Text"


async def test_delete_and_undo(rig: Rig) -> None:
    identity = await rig.say("Delete me")
    rig.window.sidebar.list.setFocus()
    rig.window.sidebar.list.setCurrentIndex(rig.window.sidebar.model.index(1))
    press(rig, Key.Key_Delete)
    assert rig.window.sidebar.model.rowCount() == 0
    assert rig.window.page.is_empty
    assert rig.window.page.notices.text("deleted") == "Conversation deleted."
    QTest.mouseClick(rig.find(QPushButton, "deleted_undo"), Qt.MouseButton.LeftButton)
    assert rig.window.sidebar.model.ids() == [identity]
    assert rig.window.desk.conversation.id == identity
    assert rig.window.page.notices.text("deleted") == ""


async def test_deleting_a_conversation_stops_its_reply(rig: Rig) -> None:
    rig.window.desk.send("Stop with me")
    rig.window.actions_by_id.run("delete")
    assert not rig.service.answering


async def test_rename_in_place(rig: Rig) -> None:
    identity = await rig.say("A first title")
    press(rig, Key.Key_F2)
    field = rig.find(QLineEdit, "rename_field")
    assert field.text() == "A first title"
    field.selectAll()
    QTest.keyClicks(field, "Mine")
    QTest.keyClick(field, Key.Key_Return)
    await rig.until(lambda: rig.store.conversation(identity).title == "Mine")  # type: ignore[union-attr]
    assert rig.store.conversation(identity).title_is_custom  # type: ignore[union-attr]
    assert rig.window.page.title.text() == "Mine"


async def test_up_in_an_empty_composer_edits_the_last_message(rig: Rig) -> None:
    identity = await rig.say("Tyops here")
    press(rig, Key.Key_Up)
    composer = rig.window.page.composer
    assert composer.text() == "Tyops here"
    assert composer.editing
    composer.text_edit.selectAll()
    QTest.keyClicks(composer.text_edit, "Typos here")
    press(rig, Key.Key_Return)
    rig.prompter.say("Better.")
    rig.prompter.end()
    await rig.until(lambda: not rig.service.is_answering(identity))
    assert [m.text for m in rig.store.path(identity)] == ["Typos here", "Better."]
    assert len([m for m in rig.store.messages(identity) if m.role is Role.USER]) == 2
    assert not composer.editing
    assert composer.text() == ""


async def test_leaving_an_edit_brings_the_draft_back(rig: Rig) -> None:
    identity = await rig.say("Original")
    composer = rig.window.page.composer
    QTest.keyClicks(composer.text_edit, "my draft")
    rig.window.actions_by_id.run("edit_last")
    assert composer.text() == "Original"
    assert rig.store.conversation(identity).draft == "my draft"  # type: ignore[union-attr]
    press(rig, Key.Key_Escape)
    assert composer.text() == "my draft"
    assert len(rig.store.path(identity)) == 2
