"""A temporary conversation in the window: marked, never stored, gone, or kept after all."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton, QWidget

from tests.helpers.shelf_parts import Hands
from tests.helpers.ui_parts import Rig

pytestmark = pytest.mark.qt_log_ignore("^This plugin does not support")

Key, Mod = Qt.Key, Qt.KeyboardModifier
HINT = "Nothing of this conversation is kept"


async def begun(rig: Rig) -> str:
    """A temporary conversation with a question and its answer; its id."""
    Hands(rig).press(Key.Key_N, Mod.ControlModifier | Mod.ShiftModifier)
    return await rig.say("A secret question", "A secret answer")


async def test_it_is_plainly_marked_and_the_others_are_not(rig: Rig) -> None:
    hands, edit = Hands(rig), rig.window.page.composer.text_edit
    usual = edit.placeholderText()
    other = await rig.say("For the record")
    assert rig.window.findChild(QWidget, "temporary") is None, "nothing is made for it before it is wanted"
    identity = await begun(rig)
    mark = rig.find(QWidget, "temporary")
    assert mark.isVisible()
    assert edit.placeholderText() == HINT
    assert "gone when the program ends" in mark.toolTip()
    assert hands.rows() == ["Temporary", "A secret question", "Today", "For the record"]
    rig.window.desk.open(other)
    assert not mark.isVisible()
    assert edit.placeholderText() == usual
    rig.window.desk.open(identity)
    assert mark.isVisible()
    assert [m.text for m in rig.library.path(identity)] == ["A secret question", "A secret answer"]


async def test_it_can_be_kept_by_its_button(rig: Rig) -> None:
    identity = await begun(rig)
    QTest.keyClicks(rig.window.page.composer.text_edit, "and a draft")
    QTest.mouseClick(rig.find(QPushButton, "keep_temporary"), Qt.MouseButton.LeftButton)
    kept = rig.window.desk.conversation
    assert kept.id != identity
    assert not kept.temporary
    assert rig.store.conversation(identity) is None
    assert [m.text for m in rig.store.path(kept.id)] == ["A secret question", "A secret answer"]
    assert Hands(rig).rows() == ["Today", "A secret question"]
    assert not rig.find(QWidget, "temporary").isVisible()
    assert rig.window.page.composer.text() == "and a draft"
    assert rig.window.page.notices.text("kept") == "This conversation is kept from now on."


async def test_one_without_a_message_is_kept_as_a_new_one(rig: Rig) -> None:
    rig.window.actions_by_id.run("new_temporary")
    rig.window.actions_by_id.run("keep_temporary")
    identity = await rig.say("Said for the record")
    assert not rig.store.conversation(identity).temporary  # type: ignore[union-attr]
    assert not rig.window.actions_by_id["keep_temporary"].isEnabled()


async def test_its_menu_offers_only_what_it_can_do(rig: Rig) -> None:
    hands, identity = Hands(rig), await begun(rig)
    hands.open_menu()
    hands.choose("Keep this conversation")
    assert rig.store.conversation(identity) is None
    rig.window.actions_by_id.run("new_temporary")
    await rig.say("Another secret")
    hands.open_menu()
    hands.choose("Delete")
    assert hands.rows() == ["Today", "A secret question"]
    hands.shown.setFocus()
    hands.press(Key.Key_Z, Mod.ControlModifier)
    assert hands.rows() == ["Temporary", "Another secret", "Today", "A secret question"]
