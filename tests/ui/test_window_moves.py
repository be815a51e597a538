"""The window by hand: moving about, searching, and how it looks; a real chat behind it."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QLineEdit, QPushButton

from pizzagpt_desktop.domain.faults import Fault, FaultKind
from pizzagpt_desktop.domain.preferences import Appearance, Theme
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
    assert results.list.model().rowCount() == 2, "the conversation, and the message in it"
    results.list.activated.emit(results.list.model().index(1, 0))
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
    assert [a.text() for a in bar.actions()] == ["Conversation", "Message", "Library", "View", "Help"]
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


async def test_a_wrong_key_leads_to_its_field(rig: Rig) -> None:
    rig.window.desk.send("Hello")
    rig.prompter.say(Fault(FaultKind.AUTH, "Incorrect key"))
    await rig.until(lambda: not rig.service.answering)
    rig.window.page.transcript.preferences_requested.emit()
    dialog = rig.find(QDialog, "preferences")
    assert dialog.focusWidget().objectName() == "key"
    dialog.reject()


async def test_composer_and_text_share_one_column(rig: Rig) -> None:
    await rig.say("Hello", "word " * 3000)
    page = rig.window.page
    await rig.until(lambda: page.transcript.verticalScrollBar().isVisible())
    bar = page.transcript.width() - page.transcript.viewport().width()
    assert bar > 0

    def centred() -> bool:
        left = page.composer.mapTo(page, page.composer.rect().topLeft()).x()
        return abs(2 * left + page.composer.width() - (page.width() - bar)) <= 1

    await rig.until(centred)


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
