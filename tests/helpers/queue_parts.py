"""The queue under the hands, for tests of it: keys, what waits, and a reply that it waits for; knows no single test."""

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from pizzagpt_desktop.ui.queue_chips import QueuedChip
from tests.helpers.ui_parts import Rig

Key, Mod = Qt.Key, Qt.KeyboardModifier


def press(key: Key, modifiers: Mod = Mod.NoModifier) -> None:
    focus = QApplication.focusWidget()
    assert focus is not None
    QTest.keyClick(focus, key, modifiers)
    QApplication.processEvents()


def write(rig: Rig, text: str) -> None:
    edit = rig.window.page.composer.text_edit
    edit.setFocus()
    QTest.keyClicks(edit, text)
    press(Key.Key_Return)


def chips(rig: Rig) -> list[QueuedChip]:
    """The chips as they stand, from top to bottom."""
    found = [chip for chip in rig.window.findChildren(QueuedChip) if chip.isVisible()]
    return sorted(found, key=lambda chip: chip.y())


def texts(rig: Rig) -> list[str]:
    QApplication.processEvents()
    return [chip.queued.text for chip in chips(rig)]


def said(rig: Rig, identity: str) -> list[str]:
    return [message.text for message in rig.library.path(identity)]


async def begin(rig: Rig, *waiting: str) -> str:
    """A reply is being written, and these messages wait for it."""
    write(rig, "First")
    identity = rig.window.desk.conversation.id
    await rig.until(lambda: len(rig.source.asked) == 1)
    for text in waiting:
        write(rig, text)
    assert texts(rig) == list(waiting)
    return identity
