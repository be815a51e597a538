"""What is on the screen when the desktop's session ends: drafts, edits and half replies are stored before it does."""

import ctypes
import sys
from pathlib import Path

import PySide6
import pytest
import shiboken6
from PySide6.QtCore import QObject, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from pizzagpt_desktop.ui.session_end import save_at_session_end
from tests.helpers.ui_parts import Rig

pytestmark = [
    pytest.mark.qt_log_ignore("^This plugin does not support"),
    pytest.mark.skipif(sys.platform != "linux", reason="Qt's own library is called by its name on Linux"),
]

SIGNALS = ("commitDataRequest(QSessionManager&)", "saveStateRequest(QSessionManager&)")


def emit(application: QApplication, signal: str) -> None:
    """As Qt does it: nothing in Python can make the session's manager that goes with the signal."""
    libraries = Path(PySide6.__file__).parent / "Qt" / "lib"
    activate = ctypes.CDLL(str(next(libraries.glob("libQt6Core.so*"))))[
        "_ZN11QMetaObject8activateEP7QObjectiPPv"
    ]
    activate.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p]
    manager = QObject()
    arguments = (ctypes.c_void_p * 2)(None, shiboken6.getCppPointer(manager)[0])
    index = application.metaObject().indexOfSignal(signal)
    activate(shiboken6.getCppPointer(application)[0], index, arguments)


@pytest.mark.parametrize("signal", SIGNALS)
async def test_the_session_may_end_now(rig: Rig, qapp: QApplication, signal: str) -> None:
    stop = save_at_session_end(rig.window.keep_all)
    rig.window.desk.send("A question")
    identity = rig.window.desk.conversation.id
    rig.prompter.say("Half an")
    await rig.until(lambda: rig.library.path(identity)[-1].text == "Half an")
    rig.prompter.say(" answer")
    QTest.keyClicks(rig.window.page.composer.text_edit, "half a thought")
    await rig.until(lambda: rig.library.path(identity)[-1].text == "Half an answer")
    emit(qapp, signal)
    assert rig.store.conversation(identity).draft == "half a thought"  # type: ignore[union-attr]
    assert rig.store.path(identity)[-1].text == "Half an answer"
    assert rig.service.is_answering(identity), "the session may go on after all"
    stop()
    QTest.keyClicks(rig.window.page.composer.text_edit, ", and more")
    emit(qapp, signal)
    assert rig.store.conversation(identity).draft == "half a thought"  # type: ignore[union-attr]


async def test_an_edited_message_is_the_draft_until_it_is_sent_or_left(rig: Rig) -> None:
    identity = await rig.say("Original")
    rig.window.actions_by_id.run("edit_last")
    QTest.keyClicks(rig.window.page.composer.text_edit, " changed")
    rig.window.keep_all()
    assert rig.store.conversation(identity).draft == "Original changed"  # type: ignore[union-attr]
    QTest.keyClick(rig.window.page.composer.text_edit, Qt.Key.Key_Escape)
    assert rig.store.conversation(identity).draft == ""  # type: ignore[union-attr]
    rig.window.actions_by_id.run("edit_last")
    QTest.keyClicks(rig.window.page.composer.text_edit, " again")
    rig.window.desk.open_new()
    rig.window.desk.open(identity)
    assert rig.window.page.composer.text() == "Original again", "left in mid-edit, nothing is lost"
    rig.window.actions_by_id.run("edit_last")
    assert rig.window.page.composer.text() == "Original"
    rig.window.keep_all()
    assert rig.store.conversation(identity).draft == "Original again"  # type: ignore[union-attr]


async def test_the_draft_is_never_long_behind_someone_who_does_not_rest(rig: Rig) -> None:
    rig.window.page.composer._draft_timer.setInterval(30)
    QTest.keyClicks(rig.window.page.composer.text_edit, "a")
    identity = rig.window.desk.conversation.id
    for _ in range(400):  # a key every few milliseconds: the timer never gets a rest
        QTest.keyClicks(rig.window.page.composer.text_edit, "b", delay=2)
        found = rig.store.conversation(identity)
        if found is not None and found.draft:
            break
    found = rig.store.conversation(identity)
    assert found is not None
    assert found.draft.startswith("a")
