"""The keys that stand beside the actions of a message: only where pressing them now does the same."""

from collections.abc import Callable
from functools import partial

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu

from pizzagpt_desktop.ui.transcript.details import Details
from pizzagpt_desktop.ui.transcript.menus import offer_all
from pizzagpt_desktop.ui.transcript.selection import Position, Selection
from pizzagpt_desktop.ui.transcript.view import TranscriptView
from tests.helpers.ui_parts import Rig

pytestmark = pytest.mark.qt_log_ignore("^This plugin does not support")
ABOUT_ONE = {
    "Quote message": "Ctrl+Shift+E",
    "Branch to new conversation": "Ctrl+Shift+B",
    "Details…": "Ctrl+I",
    "Show source…": "Ctrl+Shift+I",
    "Delete branch": "Ctrl+Shift+Del",
}


@pytest.fixture
async def talked(make_rig: Callable[..., Rig]) -> Rig:
    rig = make_rig()
    rig.show()
    await rig.say("A question", "An answer")
    await rig.say("Another", "Another answer")
    rig.window.page.transcript.set_reduced_motion(True)
    return rig


def menu_of(view: TranscriptView, index: int) -> QMenu:
    assert view._hands is not None
    return view._hands.menu(index, None)


def keys_of(view: TranscriptView, index: int) -> dict[str, str]:
    menu = menu_of(view, index)
    shown = {
        action.text(): action.shortcut().toString()
        for action in menu.actions()
        if not action.shortcut().isEmpty() and action.isShortcutVisibleInContextMenu()
    }
    menu.deleteLater()
    return shown


async def test_keys_stand_where_they_mean_this_message(talked: Rig) -> None:
    view = talked.window.page.transcript
    last = ABOUT_ONE | {"Copy message": "Ctrl+Shift+C", "Try again": "Ctrl+R"}
    assert keys_of(view, 3) == last
    assert keys_of(view, 1) == keys_of(view, 0) == {}, "the keys mean the last message"
    view.choose(1)
    assert keys_of(view, 1) == ABOUT_ONE | {"Copy message": "Ctrl+C"}
    assert keys_of(view, 3) == {"Copy message": "Ctrl+Shift+C", "Try again": "Ctrl+R"}
    view.select(Selection(Position(0, 0, 0), Position(1, 0, 2)))
    found = keys_of(view, 0)
    assert found == {"Copy selection": "Ctrl+C", "Quote selection": "Ctrl+Shift+E"}


async def test_versions_have_their_keys_where_they_are_meant(talked: Rig) -> None:
    view, identity = talked.window.page.transcript, talked.window.desk.conversation.id
    talked.service.retry(view.rows.messages[1].id)
    talked.prompter.say("Anew")
    talked.prompter.end()
    await talked.until(lambda: not talked.service.is_answering(identity))
    found = keys_of(view, 1)
    assert (found["Previous version"], found["Next version"]) == ("Alt+Left", "Alt+Right")
    assert found["Compare versions…"] == "Ctrl+D"


async def test_a_menu_listens_to_none_of_them(talked: Rig) -> None:
    view = talked.window.page.transcript
    menu = menu_of(view, 3)
    offer_all(view, menu)
    menu.popup(view.mapToGlobal(view.rect().center()))
    menu.hide()
    triggered: list[str] = []
    for action in menu.actions():
        action.triggered.connect(partial(triggered.append, action.text()))
    talked.window.page.focus_composer()
    QTest.keySequence(talked.window, QKeySequence("Ctrl+I"))
    QApplication.processEvents()
    assert triggered == []
    (details,) = talked.window.findChildren(Details)
    details.reject()
    menu.deleteLater()
    QTest.keyClick(view, Qt.Key.Key_Escape)
