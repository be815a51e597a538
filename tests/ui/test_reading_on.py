"""Keys that move, pressed while writing: what has nothing to move in the composer moves the conversation above it."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from pizzagpt_desktop.ui.transcript.view import TranscriptView
from tests.helpers.transcripts import Tree
from tests.helpers.ui_parts import Rig

CTRL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def transcript(rig: Rig) -> TranscriptView:
    page = rig.window.page
    page.show_empty(False)
    page.transcript.set_reduced_motion(True)
    Tree(60).show(page.transcript)
    page.composer.text_edit.setFocus()
    return page.transcript


def press(rig: Rig, key: Qt.Key, held: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    QTest.keyClick(rig.window.page.composer.text_edit, key, held)


async def test_who_writes_reads_on_by_screens_and_to_both_ends(rig: Rig, transcript: TranscriptView) -> None:
    bar = transcript.verticalScrollBar()
    end = bar.value()
    press(rig, Qt.Key.Key_PageUp)
    above = bar.value()
    assert 0 < above < end
    assert not transcript.follows_end
    press(rig, Qt.Key.Key_PageDown)
    assert bar.value() > above
    press(rig, Qt.Key.Key_Home, CTRL)
    assert bar.value() == 0
    press(rig, Qt.Key.Key_End, CTRL)
    assert bar.value() == bar.maximum()
    assert transcript.follows_end
    assert rig.window.page.composer.text_edit.hasFocus(), "one goes on writing"


async def test_keys_that_have_something_to_move_in_the_composer_move_it(
    rig: Rig, transcript: TranscriptView
) -> None:
    edit = rig.window.page.composer.text_edit
    bar = transcript.verticalScrollBar()
    end = bar.value()
    edit.insert("some words")
    press(rig, Qt.Key.Key_Home, CTRL)
    assert (edit.textCursor().position(), bar.value()) == (0, end)
    press(rig, Qt.Key.Key_Home, CTRL | Qt.KeyboardModifier.ShiftModifier)
    press(rig, Qt.Key.Key_End, CTRL)
    assert (edit.textCursor().position(), bar.value()) == (10, end)
    edit.insert("\n".join(str(line) for line in range(200)))
    assert edit.verticalScrollBar().maximum() > 0
    press(rig, Qt.Key.Key_PageUp)
    assert edit.textCursor().block().text() != "199"
    assert bar.value() == bar.maximum(), "the conversation stays"
