"""The library by keyboard alone: every act on conversations and folders, one by one and several at once, and its undo."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit

from tests.helpers.shelf_parts import Hands

pytestmark = pytest.mark.qt_log_ignore("^This plugin does not support")

Key, Mod = Qt.Key, Qt.KeyboardModifier


async def test_arrow_keys_show_each_conversation_and_keep_the_keyboard(shelf: Callable[..., Hands]) -> None:
    hands = shelf("a", "b", "c")
    hands.enter_list()
    assert hands.opened() == "a"
    hands.press(Key.Key_Down)
    hands.press(Key.Key_Down)
    assert hands.opened() == "c"
    assert hands.shown.hasFocus()
    assert hands.selected() == ["c"]
    hands.press(Key.Key_Return)
    assert hands.rig.window.page.composer.text_edit.hasFocus()


async def test_home_and_end_and_pages_go_to_the_first_and_last_conversation(
    shelf: Callable[..., Hands],
) -> None:
    """The first row is the title of a group."""
    names = [f"c{number:02d}" for number in range(40)]
    hands = shelf(*names)
    hands.enter_list()
    assert hands.rows()[0] == "Today"
    hands.press(Key.Key_End)
    assert hands.opened() == names[-1]
    hands.press(Key.Key_Home)
    assert hands.opened() == names[0]
    for _ in range(4):
        hands.press(Key.Key_PageDown)
    assert hands.opened() == names[-1]
    for _ in range(4):
        hands.press(Key.Key_PageUp)
    assert hands.opened() == names[0]
    hands.press(Key.Key_End, Mod.ShiftModifier)
    assert hands.selected() == names
    hands.press(Key.Key_Home, Mod.ShiftModifier)
    assert hands.selected() == names[:1]


async def test_a_conversation_gone_to_by_ctrl_and_a_digit_is_the_only_one_selected(
    shelf: Callable[..., Hands],
) -> None:
    """Ctrl is held while the row changes, as it is when someone picks several rows by mouse."""
    hands = shelf("a", "b", "c", "d")
    for key, conversation in ((Key.Key_1, "a"), (Key.Key_4, "d"), (Key.Key_2, "b")):
        QTest.keyPress(hands.keyboard(), Key.Key_Control, Mod.ControlModifier)
        hands.press(key, Mod.ControlModifier)
        QTest.keyRelease(hands.keyboard(), Key.Key_Control)
        assert hands.opened() == conversation
        assert hands.selected() == [conversation], "a command would be about the others too"


async def test_several_are_selected_and_deleted_as_one_act(shelf: Callable[..., Hands]) -> None:
    hands = shelf("a", "b", "c", "d")
    hands.enter_list()
    hands.press(Key.Key_Down, Mod.ShiftModifier)
    hands.press(Key.Key_Down, Mod.ShiftModifier)
    assert hands.selected() == ["a", "b", "c"]
    assert hands.opened() == "a", "what is selected besides is not opened"
    hands.press(Key.Key_Delete)
    assert hands.rows() == ["Today", "D"]
    assert hands.notice() == "3 conversations deleted."
    assert hands.selected() == ["d"], "the next Delete deletes what is selected then"
    assert hands.shown.hasFocus()
    assert hands.rig.window.page.is_empty
    hands.press(Key.Key_Z, Mod.ControlModifier)
    assert hands.rows() == ["Today", "A", "B", "C", "D"]
    assert hands.opened() == "a"
    assert hands.shown.hasFocus(), "the keys go on where they were"
    assert hands.notice() == ""
    assert not hands.rig.window.actions_by_id["undo_library"].isEnabled()


async def test_all_are_selected_and_escape_leaves_one(shelf: Callable[..., Hands]) -> None:
    hands = shelf("a", "b", "c")
    hands.enter_list()
    hands.press(Key.Key_A, Mod.ControlModifier)
    assert hands.selected() == ["a", "b", "c"]
    hands.press(Key.Key_Escape)
    assert hands.selected() == ["a"]
    assert hands.shown.hasFocus()
    hands.press(Key.Key_Escape)
    assert hands.rig.window.page.composer.text_edit.hasFocus()


async def test_the_undos_go_back_one_by_one(shelf: Callable[..., Hands]) -> None:
    hands = shelf("a", "b", "c")
    hands.enter_list()
    hands.press(Key.Key_Delete)
    hands.press(Key.Key_Delete)
    assert hands.rows() == ["Today", "C"]
    await hands.palette("undo the last")
    assert hands.rows() == ["Today", "B", "C"]
    await hands.palette("undo the last")
    assert hands.rows() == ["Today", "A", "B", "C"]


async def test_an_archived_conversation_leaves_the_list_and_comes_back(shelf: Callable[..., Hands]) -> None:
    hands = shelf("a", "b", "c")
    hands.enter_list()
    hands.press(Key.Key_Down, Mod.ShiftModifier)
    hands.open_menu()
    hands.choose("Archive 2 conversations")
    assert hands.rows() == ["Today", "C"]
    assert hands.notice() == "2 conversations archived."
    hands.press(Key.Key_Z, Mod.ControlModifier)
    assert hands.rows() == ["Today", "A", "B", "C"]


async def test_the_archive_is_a_view_with_the_way_back(shelf: Callable[..., Hands]) -> None:
    hands = shelf("a", "b", "c")
    hands.rig.window._commands.archive(["a", "b"], True)
    hands.rig.window.actions_by_id.run("show_archive")
    assert hands.rows() == ["Today", "A", "B"]
    assert hands.shown.hasFocus()
    hands.press(Key.Key_Down)
    assert hands.opened() == "b", "an archived conversation can be read"
    hands.open_menu()
    hands.choose("Move back to the list")
    assert hands.rows() == ["Today", "A"]
    hands.press(Key.Key_Escape)
    assert hands.rows() == ["Today", "B", "C"]
    assert hands.shown.hasFocus()
    hands.press(Key.Key_Z, Mod.ControlModifier)
    assert hands.rows() == ["Today", "C"]


async def test_what_happens_to_an_archived_conversation_does_not_list_it(shelf: Callable[..., Hands]) -> None:
    hands = shelf("a", "b")
    hands.rig.window._commands.archive(["a"], True)
    hands.rig.window.actions_by_id.run("show_archive")
    hands.press(Key.Key_Up)
    hands.rig.window.desk.open("a")
    await hands.rig.say("One more question")
    hands.rig.library.rename("a", "Still archived")
    assert hands.rows() == ["Today", "Still archived"]
    hands.sidebar.end_view()
    assert hands.rows() == ["Today", "B"]


async def test_the_trash_restores_and_erases(shelf: Callable[..., Hands]) -> None:
    hands = shelf("a", "b", "c", "d")
    hands.rig.window._commands.delete(["a", "b", "c"])
    hands.rig.window.actions_by_id.run("show_trash")
    assert sorted(hands.rows()) == ["A", "B", "C", "Today"]
    words = hands.rig.find(object, "view_words").text()
    assert words == "Erased 30 days after they were deleted."
    opened = hands.opened()
    hands.press(Key.Key_Down)
    assert hands.opened() == opened, "what is in the trash is not opened"
    hands.press(Key.Key_Return)
    assert hands.opened() == opened
    assert "Restore it" in hands.rig.window.page.notices.text("trash")
    hands.shown.setCurrentIndex(hands.shown.conversations.index(hands.rows().index("A")))
    hands.open_menu()
    hands.choose("Restore")
    assert "A" not in hands.rows()
    hands.shown.setCurrentIndex(hands.shown.conversations.index(hands.rows().index("B")))
    hands.press(Key.Key_Delete)
    assert hands.rows() == ["Today", "C"]
    assert hands.notice() == "Conversation deleted for good."
    hands.press(Key.Key_Z, Mod.ControlModifier)
    assert sorted(hands.rows()) == ["B", "C", "Today"]
    hands.press(Key.Key_Escape)
    assert hands.rows() == ["Today", "A", "D"]


async def test_the_trash_is_emptied_when_the_window_closes_at_the_latest(shelf: Callable[..., Hands]) -> None:
    hands = shelf("a", "b", "c")
    hands.rig.window._commands.delete(["a", "b"])
    await hands.palette("empty the trash")
    assert hands.notice() == "2 conversations deleted for good."
    assert len(hands.rig.store.trash()) == 2, "there is still an undo"
    hands.rig.window.actions_by_id.run("show_trash")
    assert hands.rows() == []
    assert hands.rig.find(object, "view_words").text() == "The trash is empty."
    hands.rig.window.close()
    assert hands.rig.store.trash() == []
    assert [c.id for c in hands.rig.store.conversations()] == ["c"]


async def test_what_is_erased_goes_when_its_undo_is_over(
    shelf: Callable[..., Hands], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pizzagpt_desktop.ui.undoing.UNDO_S", 0.0)
    hands = shelf("a", "b", "c", "d")
    hands.rig.window._commands.delete(["a", "b", "c"])
    hands.rig.window.actions_by_id.run("empty_trash")
    await hands.rig.until(lambda: not hands.rig.store.trash())
    assert hands.rig.store.writes.count("erase") == 1
    assert hands.rig.store.conversation("a") is None
    while hands.rig.window.actions_by_id["undo_library"].isEnabled():
        hands.rig.window.actions_by_id.run("undo_library")
    assert hands.rows() == ["Today", "D"], "what is erased does not come back"


async def test_a_folder_is_made_named_and_filled(shelf: Callable[..., Hands]) -> None:
    hands = shelf("a", "b", "c")
    await hands.palette("new folder")
    hands.type("Work")
    hands.press(Key.Key_Return)
    assert hands.rows()[0] == "Work"
    hands.enter_list()
    hands.press(Key.Key_Down)
    hands.press(Key.Key_Down, Mod.ShiftModifier)
    assert hands.selected() == ["a", "b"]
    hands.press(Key.Key_M, Mod.ControlModifier | Mod.ShiftModifier)
    hands.type("wo")
    hands.press(Key.Key_Return)
    await hands.gone("move")
    assert hands.rows() == ["Work", "A", "B", "Today", "C"]
    assert hands.notice() == "2 conversations moved to “Work”."
    assert hands.selected() == ["a", "b"]
    hands.shown.setFocus()
    hands.press(Key.Key_Z, Mod.ControlModifier)
    assert hands.rows() == ["Work", "Today", "A", "B", "C"]


async def test_moving_can_make_the_folder_and_take_out_of_one(shelf: Callable[..., Hands]) -> None:
    hands = shelf("a", "b")
    hands.enter_list()
    hands.open_menu()
    hands.choose("Move to folder…")
    hands.type("Brand new")
    hands.press(Key.Key_Return)
    await hands.gone("move")
    assert hands.rows() == ["Brand new", "A", "Today", "B"]
    hands.shown.setFocus()
    hands.open_menu()
    hands.choose("Move to folder…")
    hands.type("no fold")
    hands.press(Key.Key_Down)
    hands.press(Key.Key_Return)
    await hands.gone("move")
    assert hands.rows() == ["Brand new", "Today", "A", "B"]


async def test_a_folder_is_worked_by_keys(shelf: Callable[..., Hands]) -> None:
    hands = shelf("a", "b", folders=("Work", "Home"), folder_id="work")
    hands.press(Key.Key_L, Mod.ControlModifier)
    hands.press(Key.Key_Down)
    hands.press(Key.Key_Down)
    assert hands.opened() == "a"
    hands.press(Key.Key_Left)
    assert hands.shown.current_folder() == "work"
    hands.press(Key.Key_Left)
    assert hands.rows() == ["Work", "Home"]
    assert hands.rig.store.folders()[0].collapsed
    hands.press(Key.Key_Return)
    assert hands.rows() == ["Work", "A", "B", "Home"]
    assert hands.shown.current_folder() == "work"
    hands.press(Key.Key_F2)
    field = hands.rig.find(QLineEdit, "rename_field")
    assert field.text() == "Work"
    field.selectAll()
    hands.type("Job")
    hands.press(Key.Key_Return)
    assert hands.rows() == ["Job", "A", "B", "Home"]
    hands.shown.setFocus()
    hands.open_menu()
    hands.choose("Move down")
    assert hands.rows() == ["Home", "Job", "A", "B"]
    assert hands.shown.current_folder() == "work"
    hands.press(Key.Key_Delete)
    assert hands.rows() == ["Home", "Today", "A", "B"]
    assert hands.notice() == "Folder “Job” removed. Its conversations are still in the list."
    hands.shown.setFocus()
    hands.press(Key.Key_Z, Mod.ControlModifier)
    assert hands.rows() == ["Home", "Job", "A", "B"]


async def test_tags_are_given_completed_shown_and_taken(shelf: Callable[..., Hands]) -> None:
    hands = shelf("a", "b", "c")
    hands.enter_list()
    hands.press(Key.Key_Down, Mod.ShiftModifier)
    hands.press(Key.Key_T, Mod.ControlModifier | Mod.ShiftModifier)
    hands.type("recipes")
    hands.press(Key.Key_Return)
    hands.type("winter")
    hands.press(Key.Key_Return)
    hands.press(Key.Key_Return)
    await hands.gone("tags")
    assert [hands.rig.store.conversation(name).tags for name in "abc"] == [("winter", "recipes")] * 2 + [()]  # type: ignore[union-attr]
    hands.shown.setFocus()
    hands.press(Key.Key_Escape)
    hands.press(Key.Key_Down)
    hands.press(Key.Key_Down)
    assert hands.opened() == "c"
    hands.press(Key.Key_T, Mod.ControlModifier | Mod.ShiftModifier)
    hands.type("rec")
    hands.press(Key.Key_Tab)
    assert hands.rig.find(QLineEdit, "tags_field").text() == "recipes"
    hands.press(Key.Key_Return)
    hands.press(Key.Key_Return)
    await hands.gone("tags")
    await hands.palette("show one tag")
    hands.type("reci")
    hands.press(Key.Key_Return)
    await hands.gone("show_tag")
    assert hands.sidebar.view is not None
    assert hands.sidebar.view.title == "Tag “recipes”"
    assert hands.rows() == ["Today", "A", "B", "C"]
    hands.press(Key.Key_Down)
    hands.press(Key.Key_T, Mod.ControlModifier | Mod.ShiftModifier)
    hands.press(Key.Key_Down)
    hands.press(Key.Key_Space)
    hands.press(Key.Key_Return)
    await hands.gone("tags")
    assert "recipes" not in hands.rig.store.conversation(hands.opened()).tags  # type: ignore[union-attr]
    assert len(hands.rows()) == 3, "it is gone from the view too"


async def test_pin_duplicate_and_sort(shelf: Callable[..., Hands]) -> None:
    hands = shelf("b", "a", "c")
    hands.enter_list()
    hands.press(Key.Key_Down, Mod.ShiftModifier)
    hands.open_menu()
    hands.choose("Pin")
    assert hands.rows() == ["Pinned", "B", "A", "Today", "C"]
    hands.open_menu()
    hands.choose("Unpin")
    hands.press(Key.Key_Escape)
    await hands.palette("sort by title")
    assert hands.rows() == ["Conversations", "A", "B", "C"]
    assert hands.rig.preferences.value.list_order == "title"
    assert hands.rig.window.actions_by_id["sort_title"].isChecked()
    assert not hands.rig.window.actions_by_id["sort_activity"].isChecked()
    await hands.palette("duplicate")
    assert hands.rows() == ["Conversations", "A", "B", "B (copy)", "C"]
    assert hands.rig.window.page.title.text() == "B (copy)"


async def test_rename_in_place_by_f2_also_of_a_row_that_is_not_open(shelf: Callable[..., Hands]) -> None:
    hands = shelf("a", "b")
    hands.enter_list()
    hands.press(Key.Key_Delete)
    assert hands.selected() == ["b"]
    hands.press(Key.Key_F2)
    field = hands.rig.find(QLineEdit, "rename_field")
    assert field.text() == "B"
    field.selectAll()
    QTest.keyClicks(field, "Bee")
    QTest.keyClick(field, Key.Key_Return)
    await hands.rig.until(lambda: hands.rows() == ["Today", "Bee"])
    await hands.palette("undo the last change")
    assert hands.rows() == ["Today", "B"]
    await hands.palette("undo the last change")
    assert hands.rows() == ["Today", "A", "B"], "each undo goes one change further back"


async def test_a_folder_that_was_renamed_or_moved_can_be_put_back(shelf: Callable[..., Hands]) -> None:
    hands = shelf("a", folders=("Work", "Home"))
    hands.sidebar.folder_rename_asked.emit("work", "Labour")
    hands.sidebar.folder_moved.emit("work", 1)
    assert hands.rows() == ["Home", "Labour", "Today", "A"]
    await hands.palette("undo the last change")
    assert hands.rows() == ["Labour", "Home", "Today", "A"]
    await hands.palette("undo the last change")
    assert hands.rows() == ["Work", "Home", "Today", "A"]


async def test_a_conversation_in_a_collapsed_folder_can_be_renamed(shelf: Callable[..., Hands]) -> None:
    hands = shelf("a", folders=("Work",), folder_id="work")
    hands.rig.window.desk.open("a")
    hands.rig.library.collapse_folder("work", True)
    assert hands.rows() == ["Work"]
    assert hands.rig.window.actions_by_id["rename"].isEnabled()
    hands.press(Key.Key_F2)
    assert hands.rows() == ["Work", "A"]
    assert hands.rig.find(QLineEdit, "rename_field").text() == "A"
