"""Where the keyboard is after the queue was worked, and what the empty field says meanwhile."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QPaintEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton, QWidget

from tests.helpers.queue_parts import begin, chips, press, texts, write
from tests.helpers.ui_parts import Rig

pytestmark = pytest.mark.qt_log_ignore("^This plugin does not support")

Key = Qt.Key


def undo_button(rig: Rig) -> QPushButton:
    """The one in sight: the notices before it are being taken away."""
    (button,) = (b for b in rig.window.findChildren(QPushButton, "deleted_undo") if b.isVisible())
    return button


def met_upwards(steps: int) -> Iterator[QWidget]:
    """What has the keyboard after each Shift+Tab."""
    for _ in range(steps):
        press(Key.Key_Backtab, Qt.KeyboardModifier.ShiftModifier)
        focus = QApplication.focusWidget()
        assert focus is not None
        yield focus


async def test_the_last_chip_and_the_undo_of_it_leave_the_keyboard_in_the_composer(rig: Rig) -> None:
    identity = await begin(rig, "earlier", "later")
    for number in (2, 3):
        rig.prompter.say("Done.")
        rig.prompter.end()
        await rig.until(lambda number=number: len(rig.source.asked) == number)  # type: ignore[misc]
    write(rig, "a")
    write(rig, "b")
    assert rig.service.is_answering(identity)
    edit = rig.window.page.composer.text_edit
    press(Key.Key_Up)
    press(Key.Key_Delete)
    press(Key.Key_Delete)
    assert chips(rig) == []
    assert edit.hasFocus()
    QTest.mouseClick(undo_button(rig), Qt.MouseButton.LeftButton)
    assert texts(rig) == ["a"]
    assert edit.hasFocus()
    press(Key.Key_Up)
    press(Key.Key_Delete)
    undo_button(rig).setFocus(Qt.FocusReason.TabFocusReason)
    press(Key.Key_Space)
    assert texts(rig) == ["a"]
    assert edit.hasFocus()


async def test_other_words_in_the_empty_field_are_painted(rig: Rig) -> None:
    painted: list[str] = []
    edit = rig.window.page.composer.text_edit

    class Looker(QObject):
        def eventFilter(self, watched: QObject, event: QEvent) -> bool:
            if isinstance(event, QPaintEvent) and event.rect().width() > edit.viewport().width() // 2:
                painted.append(edit.placeholderText())
            return False

    looker = Looker()
    edit.viewport().installEventFilter(looker)
    await begin(rig)
    await rig.until(lambda: "Write the next message" in painted[-1:])
    rig.prompter.say("Done.")
    rig.prompter.end()
    await rig.until(lambda: "Write a message" in painted[-1:])


async def test_shift_tab_from_the_text_goes_to_the_notice_above_it(rig: Rig) -> None:
    edit = rig.window.page.composer.text_edit
    edit.setFocus()
    rig.window.notify("first", "One thing.", [("Do", lambda: None)])
    rig.window.notify("second", "Another.", [("This", lambda: None), ("That", lambda: None)])
    QApplication.processEvents()
    assert [widget.objectName() for widget in met_upwards(5)] == [
        "close_second",
        "second_that",
        "second_this",
        "close_first",
        "first_do",
    ]
    press(Key.Key_Escape)
    assert edit.hasFocus()


async def test_shift_tab_from_the_text_goes_up_through_the_queue(rig: Rig) -> None:
    await begin(rig, "a", "b")
    assert [widget.accessibleName() for widget in met_upwards(4)] == [
        "Remove queued message 2 of 2",
        "Queued message 2 of 2: b",
        "Remove queued message 1 of 2",
        "Queued message 1 of 2: a",
    ]
