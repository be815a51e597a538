"""What the help page says about reading: every line of it is tried, key by key."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu, QToolButton

from pizzagpt_desktop.ui.help_page import READING
from pizzagpt_desktop.ui.transcript.view import TranscriptView
from tests.helpers.ui_parts import Rig

pytestmark = pytest.mark.qt_log_ignore("^This plugin does not support")
K, M = Qt.Key, Qt.KeyboardModifier
NONE, SHIFT, BOTH = M.NoModifier, M.ShiftModifier, M.ShiftModifier | M.ControlModifier
ARROWS = (K.Key_Left, K.Key_Right, K.Key_Up, K.Key_Down)
ANSWER = "Words of a line. " * 200 + "\n\n```py\n" + "wide = 1 # " * 40 + "\n```\n\nThe last line."


def press(view: TranscriptView, key: Qt.Key, modifier: Qt.KeyboardModifier = NONE) -> None:
    QTest.keyClick(view, key, modifier)
    QApplication.processEvents()


def selects(view: TranscriptView, modifier: Qt.KeyboardModifier, *keys: Qt.Key) -> bool:
    """Whether each of the keys takes another piece than nothing, from the middle of the text."""
    for key in keys:
        view.select(None)
        view.verticalScrollBar().setValue(view.verticalScrollBar().maximum() // 2)
        press(view, key, modifier)
        if view.selection is None or view.selection.is_empty:
            return False
    return True


def chooses(view: TranscriptView) -> bool:
    press(view, K.Key_Up)
    first = view.current
    press(view, K.Key_Up)
    press(view, K.Key_Down)
    return first is not None


def opens_menus(view: TranscriptView) -> bool:
    for key, modifier in ((K.Key_Return, NONE), (K.Key_Menu, NONE), (K.Key_F10, SHIFT)):
        press(view, K.Key_Up)
        press(view, key, modifier)
        menu = view.findChild(QMenu, "message_menu")
        if menu is None or not menu.isVisible():
            return False
        menu.close()
        menu.deleteLater()
        QApplication.sendPostedEvents()
        view.setFocus()
    return True


def copies(view: TranscriptView) -> bool:
    press(view, K.Key_Up)
    press(view, K.Key_C, M.ControlModifier)
    chosen = QGuiApplication.clipboard().text() == ANSWER
    selects(view, SHIFT, K.Key_Right)
    press(view, K.Key_C, M.ControlModifier)
    return chosen and len(QGuiApplication.clipboard().text()) == 1


def selects_to_both_ends(view: TranscriptView) -> bool:
    return selects(view, BOTH, K.Key_Home, K.Key_End)


def selects_all(view: TranscriptView) -> bool:
    press(view, K.Key_A, M.ControlModifier)
    return view.selection is not None and view.selection.from_beginning


def turns_pages(view: TranscriptView) -> bool:
    bar = view.verticalScrollBar()
    seen = []
    for key in (K.Key_PageUp, K.Key_PageUp, K.Key_PageDown, K.Key_PageUp, K.Key_Space):
        before = bar.value()
        press(view, key)
        seen.append(bar.value() - before)
    return seen[0] < 0 and seen[1] < 0 and seen[2] > 0 and seen[4] > 0


def goes_to_both_ends(view: TranscriptView) -> bool:
    bar = view.verticalScrollBar()
    press(view, K.Key_Home)
    top = bar.value()
    press(view, K.Key_End)
    return top == bar.minimum() and bar.value() == bar.maximum() and view.follows_end


def goes_through_buttons(view: TranscriptView) -> bool:
    view.focusNextPrevChild(True)
    first = QApplication.focusWidget()
    view.focusNextPrevChild(True)
    second = QApplication.focusWidget()
    view.focusNextPrevChild(False)
    return isinstance(first, QToolButton) and second is not first and QApplication.focusWidget() is first


def pushes_sideways(view: TranscriptView) -> bool:
    button = next(b for b in view.findChildren(QToolButton) if b.accessibleName() == "Copy code")
    button.setFocus()
    leaf = next(leaf for leaf in view.rows.row(len(view.rows) - 1).views if leaf.is_card)
    QTest.keyClick(button, K.Key_Right)
    pushed = leaf.scroll_x
    QTest.keyClick(button, K.Key_Left)
    return pushed > 0 and leaf.scroll_x == 0


def deletes(view: TranscriptView) -> bool:
    press(view, K.Key_Up)
    count = len(view.rows)
    press(view, K.Key_Delete)
    return len(view.rows) == count - 1


TRIED: dict[str, Callable[[TranscriptView], bool]] = {
    "Choose a message": chooses,
    "All that can be done with the chosen message": opens_menus,
    "Copy the selection, or the chosen message": copies,
    "Select by letters, lines and screens": lambda view: selects(
        view, SHIFT, *ARROWS, K.Key_PageUp, K.Key_PageDown
    ),
    "Select by words and paragraphs": lambda view: selects(view, BOTH, *ARROWS),
    "Select to the beginning, to the end": selects_to_both_ends,
    "Select everything": selects_all,
    "A screen up or down": turns_pages,
    "To the beginning, to the end": goes_to_both_ends,
    "Through the buttons of the messages": goes_through_buttons,
    "Wide code or a wide table sideways, on one of its buttons": pushes_sideways,
    "Delete the chosen message and all below it": deletes,
}


@pytest.mark.parametrize("words", [words for words, _ in READING])
async def test_every_line_about_reading_is_true(rig: Rig, words: str) -> None:
    rig.show(900, 420)
    await rig.say("A first question", "Another answer. " * 150)
    await rig.say("A question", ANSWER)
    view = rig.window.page.transcript
    view.set_reduced_motion(True)
    view.jump_to_end()
    await rig.until(lambda: not view._frame.isActive())
    view.setFocus()
    QApplication.processEvents()
    assert TRIED[words](view)
