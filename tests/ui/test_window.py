"""The window by hand: real keys and clicks, a real chat behind it."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QLineEdit, QPushButton

from pizzagpt_desktop.chat import events
from pizzagpt_desktop.domain.conversation import Role, Status
from pizzagpt_desktop.domain.faults import Fault, FaultKind
from pizzagpt_desktop.domain.preferences import Appearance, Preferences, Theme
from pizzagpt_desktop.ui import theme
from tests.helpers.memory_store import MemoryStore
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


async def test_a_message_written_during_a_reply_waits_in_the_composer(rig: Rig) -> None:
    rig.window.desk.send("First")
    QTest.keyClicks(rig.window.page.composer.text_edit, "Second")
    press(rig, Key.Key_Return)
    assert rig.window.page.composer.text() == "Second"
    assert "Stop it" in rig.window.page.notices.text("busy")


async def test_without_a_service_the_preferences_open_and_the_text_stays(
    make_rig: Callable[..., Rig],
) -> None:
    rig = make_rig(Preferences())
    rig.show()
    assert "Choose a service" in rig.window.page.empty.sentence
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
    button = rig.find(QPushButton, "suggestion_0")
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
    press(rig, Key.Key_Escape)
    assert composer.text() == "my draft"
    assert len(rig.store.path(identity)) == 2


async def test_typing_anywhere_lands_in_the_composer(rig: Rig) -> None:
    await rig.say("One")
    rig.window.sidebar.list.setFocus()
    QTest.keyClicks(rig.window.sidebar.list, "Hi")
    assert rig.window.page.composer.text() in ("Hi", "H")  # the second key went where the focus is by then
    assert rig.window.page.composer.text_edit.hasFocus()
    QTest.keyClicks(QApplication.focusWidget(), " there")
    assert rig.window.page.composer.text().endswith(" there")


async def test_the_keyboard_moves_between_conversations(rig: Rig) -> None:
    first = await rig.say("One")
    press(rig, Key.Key_N, Mod.ControlModifier)
    second = await rig.say("Two")
    assert rig.window.sidebar.model.ids() == [second, first]
    press(rig, Key.Key_Down, Mod.AltModifier)
    assert rig.window.desk.conversation.id == first
    press(rig, Key.Key_Up, Mod.AltModifier)
    assert rig.window.desk.conversation.id == second
    press(rig, Key.Key_2, Mod.ControlModifier)
    assert rig.window.desk.conversation.id == first
    assert rig.window.sidebar.list.currentIndex().row() == rig.window.sidebar.model.row_of(first)


async def test_a_click_on_a_row_opens_it(rig: Rig) -> None:
    first = await rig.say("One")
    press(rig, Key.Key_N, Mod.ControlModifier)
    rows = rig.window.sidebar.list
    place = rows.visualRect(rig.window.sidebar.model.index(rig.window.sidebar.model.row_of(first))).center()
    QTest.mouseClick(rows.viewport(), Qt.MouseButton.LeftButton, Mod.NoModifier, place)
    assert rig.window.desk.conversation.id == first


async def test_copy_and_retry_of_the_last_reply(rig: Rig) -> None:
    identity = await rig.say("Question", "Answer <one>")
    press(rig, Key.Key_C, Mod.ControlModifier | Mod.ShiftModifier)
    assert QGuiApplication.clipboard().text() == "Answer <one>"
    press(rig, Key.Key_R, Mod.ControlModifier)
    rig.prompter.say("Answer two")
    rig.prompter.end()
    await rig.until(lambda: not rig.service.is_answering(identity))
    assert rig.store.path(identity)[-1].text == "Answer two"
    assert len(rig.store.siblings(rig.store.path(identity)[-1].id).ids) == 2


async def test_search_everything_lists_hits_and_opens_one(rig: Rig) -> None:
    identity = await rig.say("Where do <b>penguins</b> live?")
    press(rig, Key.Key_N, Mod.ControlModifier)
    press(rig, Key.Key_F, Mod.ControlModifier | Mod.ShiftModifier)
    field = rig.window.sidebar.search_field
    assert field.hasFocus()
    QTest.keyClicks(field, "penguins")
    await rig.until(lambda: rig.window.sidebar._results is not None)
    results = rig.window.sidebar._results
    assert results is not None
    assert results.list.model().rowCount() == 1
    results.list.activated.emit(results.list.model().index(0, 0))
    assert rig.window.desk.conversation.id == identity
    QTest.keyClick(field, Key.Key_Escape)
    assert field.text() == ""
    assert rig.window.sidebar.list.isVisible()


async def test_the_palette_narrows_and_goes(rig: Rig) -> None:
    identity = await rig.say("Penguins & co")
    press(rig, Key.Key_N, Mod.ControlModifier)
    press(rig, Key.Key_K, Mod.ControlModifier)
    field = rig.find(QLineEdit, "palette_field")
    QTest.keyClicks(field, "peng")
    QTest.keyClick(field, Key.Key_Return)
    await rig.until(lambda: rig.window.desk.conversation.id == identity)


async def test_help_lists_the_shortcuts(rig: Rig) -> None:
    press(rig, Key.Key_F1)
    assert rig.find(QDialog, "help_page").isVisible()


async def test_alt_shows_the_menu_bar_and_hides_it_again(rig: Rig) -> None:
    bar = rig.window.findChild(type(rig.window.menuBar()))
    assert bar is not None
    press(rig, Key.Key_Alt)
    assert [a.text() for a in bar.actions()] == ["Conversation", "Message", "View", "Help"]
    assert bar.isVisible()
    QTest.keyClick(rig.window, Key.Key_Alt)
    assert not bar.isVisible()


async def test_the_status_line_says_where_the_next_message_goes(rig: Rig) -> None:
    page = rig.window.page
    assert page.status.text() == "Next message: OpenAI-compatible · gpt-4o-mini → api.example.com"
    assert page.composer.model_chip.full_text() == "gpt-4o-mini"
    assert page.composer.route_chip.full_text() == "→ api.example.com"
    rig.preferences.set(
        replace(rig.preferences.value, service="pizzagpt", services={"pizzagpt": _unofficial()})
    )
    assert "unofficial service that may refuse" in page.status.text()


async def test_the_model_chip_changes_the_model_of_this_conversation(rig: Rig) -> None:
    menu = rig.window.page.composer.model_chip.menu()
    menu.aboutToShow.emit()
    action = next(a for a in menu.actions() if a.text() == "gpt-4o")
    action.trigger()
    assert rig.window.page.composer.model_chip.full_text() == "gpt-4o"
    identity = await rig.say("Hello")
    assert rig.store.conversation(identity).model == "gpt-4o"  # type: ignore[union-attr]


async def test_a_narrow_window_lays_the_sidebar_over_the_page(make_rig: Callable[..., Rig]) -> None:
    rig = make_rig()
    rig.show(400, 600)
    shell, page = rig.window.shell, rig.window.page
    assert not shell.sidebar_visible
    assert page.width() == 400
    QTest.mouseClick(page.show_sidebar, Qt.MouseButton.LeftButton)
    assert shell.sidebar_visible
    assert page.width() == 400
    beside = shell.rect().center() + shell.rect().topRight() / 4
    under = shell.childAt(beside)
    QTest.mouseClick(under, Qt.MouseButton.LeftButton, Mod.NoModifier, under.mapFrom(shell, beside))
    assert not shell.sidebar_visible
    rig.window.resize(1000, 600)
    QApplication.processEvents()
    assert shell.sidebar_visible
    assert page.width() == 740
    press(rig, Key.Key_B, Mod.ControlModifier)
    assert page.width() == 1000


async def test_theme_and_font_apply_at_once(rig: Rig) -> None:
    rig.preferences.set(
        replace(rig.preferences.value, appearance=Appearance(theme=Theme.DARK, font_size=15.0))
    )
    assert QApplication.palette().window().color().name().upper() == theme.DARK.window
    assert QApplication.font().pointSizeF() == 15.0
    rig.preferences.set(replace(rig.preferences.value, appearance=Appearance(theme=Theme.LIGHT)))
    assert QApplication.palette().window().color().name().upper() == theme.LIGHT.window


async def test_the_composer_takes_at_most_two_fifths_of_the_window(rig: Rig) -> None:
    composer = rig.window.page.composer
    one_line = composer.height()
    composer.set_text("a\nb\nc")
    await rig.until(lambda: composer.height() > one_line)
    three_lines = composer.height()
    composer.set_text("line\n" * 200)
    await rig.until(lambda: composer.height() > three_lines)
    assert composer.height() <= 0.4 * rig.window.height()
    assert composer.text_edit.verticalScrollBar().maximum() > 0


async def test_what_was_there_at_the_start_is_listed(make_rig: Callable[..., Rig]) -> None:
    store = MemoryStore()
    first = make_rig(store=store)
    first.show()
    identity = await first.say("From the last run")
    second = make_rig(store=store)
    second.show()
    assert second.window.sidebar.model.ids() == [identity]
    QTest.mouseClick(second.find(QPushButton, "suggestion_0"), Qt.MouseButton.LeftButton)
    assert second.window.desk.conversation.id == identity


async def test_a_crash_is_one_plain_bar_with_the_report_behind_it(rig: Rig) -> None:
    rig.window.show_crash("Traceback <b>bold</b>")
    assert rig.window.page.notices.text("crash") == "Something went wrong."
    QTest.mouseClick(rig.find(QPushButton, "crash_copy_report"), Qt.MouseButton.LeftButton)
    assert QGuiApplication.clipboard().text() == "Traceback <b>bold</b>"
    rig.window.show_crash("Second")
    QTest.mouseClick(rig.find(QPushButton, "crash_details"), Qt.MouseButton.LeftButton)
    assert rig.find(QDialog, "crash_dialog").isVisible()


def _unofficial():  # type: ignore[no-untyped-def]
    from pizzagpt_desktop.domain.preferences import ServiceSettings

    return ServiceSettings(provider="pizzagpt")
