"""The library by mouse, in great numbers, and on a disk that refuses."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt, QTimer

from pizzagpt_desktop.domain.conversation import Conversation, Folder, Message, Role
from pizzagpt_desktop.ui.notices import Notices
from tests.helpers.shelf_parts import Hands

pytestmark = pytest.mark.qt_log_ignore("^This plugin does not support")

Key, Mod = Qt.Key, Qt.KeyboardModifier
say = Notices.say


async def test_ctrl_and_shift_clicks_select_and_open_nothing(shelf: Callable[..., Hands]) -> None:
    hands = shelf("a", "b", "c", "d")
    hands.click("A")
    assert hands.opened() == "a"
    hands.click("C", Mod.ControlModifier)
    assert hands.selected() == ["a", "c"]
    hands.click("D", Mod.ShiftModifier)
    assert hands.selected() == ["a", "c", "d"]
    assert hands.opened() == "a"
    hands.click("A", Mod.ControlModifier)
    hands.rig.library.rename("a", "Renamed meanwhile")
    assert hands.selected() == ["c", "d"], "what happens besides leaves the selection alone"
    hands.press(Key.Key_Delete)
    assert hands.rows() == ["Today", "Renamed meanwhile", "B"]
    assert hands.opened() == "a"
    hands.click("B")
    assert (hands.opened(), hands.selected()) == ("b", ["b"])


async def test_a_click_on_a_folder_collapses_it(shelf: Callable[..., Hands]) -> None:
    hands = shelf("a", folders=("Work",), folder_id="work")
    hands.click("Work")
    assert hands.rows() == ["Work"]
    hands.click("Work")
    assert hands.rows() == ["Work", "A"]


async def test_a_refusing_disk_is_said_and_nothing_moves(shelf: Callable[..., Hands]) -> None:
    hands = shelf("a", "b")
    hands.enter_list()
    hands.rig.store.refuse = {"update_conversations"}
    hands.press(Key.Key_Delete)
    assert hands.rows() == ["Today", "A", "B"]
    assert "Nothing was changed" in hands.rig.window.page.notices.text("storage")
    assert hands.notice() == ""
    hands.rig.store.refuse = set()
    hands.press(Key.Key_Delete)
    hands.rig.store.refuse = {"update_conversations"}
    hands.press(Key.Key_Z, Mod.ControlModifier)
    assert hands.rows() == ["Today", "B"]
    hands.rig.store.refuse = set()
    hands.press(Key.Key_Z, Mod.ControlModifier)
    assert hands.rows() == ["Today", "A", "B"], "an undo that failed can be tried again"


async def test_many_at_once_are_one_change_of_the_list(shelf: Callable[..., Hands]) -> None:
    names = [f"n{number:03}" for number in range(120)]
    everything = ["Today", *(name.title() for name in names)]
    hands = shelf(*names)
    await hands.rig.until(lambda: hands.rows() == everything)
    hands.enter_list()
    resets: list[int] = []
    hands.sidebar.model.rowsRemoved.connect(lambda *_: resets.append(1))
    hands.press(Key.Key_A, Mod.ControlModifier)
    hands.press(Key.Key_Delete)
    await hands.rig.until(lambda: hands.rows() == [])
    assert len(resets) <= 1
    hands.press(Key.Key_Z, Mod.ControlModifier)
    await hands.rig.until(lambda: hands.rows() == everything)


async def test_more_than_one_turn_is_still_one_act_and_one_undo(
    shelf: Callable[..., Hands], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pizzagpt_desktop.ui.acts.AT_ONCE", 5)
    names = [f"n{number:02}" for number in range(23)]
    hands = shelf(*names)
    everything = ["Today", *(name.title() for name in names)]
    hands.enter_list()
    hands.press(Key.Key_A, Mod.ControlModifier)
    hands.press(Key.Key_Delete)
    await hands.rig.until(lambda: hands.notice() == "23 conversations deleted.")
    assert hands.rows() == []
    assert len(hands.rig.store.trash()) == 23
    assert hands.rig.store.writes.count("update_conversations") == 5
    hands.press(Key.Key_Z, Mod.ControlModifier)
    await hands.rig.until(lambda: hands.rows() == everything)
    assert not hands.rig.window.actions_by_id["undo_library"].isEnabled()


async def test_many_are_duplicated_one_a_turn_and_the_last_lies_open(shelf: Callable[..., Hands]) -> None:
    hands = shelf("a", "b", "c")
    hands.rig.store.writes.clear()
    turns: list[int] = []
    QTimer.singleShot(0, lambda: turns.append(hands.rig.library._store.count()))  # type: ignore[attr-defined]
    hands.rig.window._commands.do("duplicate", ["a", "b", "c"])
    await hands.rig.until(lambda: len(hands.rig.library.conversations()) == 6)
    assert turns[0] < 6, "the window had a turn in between"
    assert hands.rig.window.page.title.text() == "C (copy)"


async def test_a_long_act_says_how_far_it_is_and_so_does_its_undo(
    shelf: Callable[..., Hands], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pizzagpt_desktop.ui.acts.AT_ONCE", 3)
    names = [f"n{number:02}" for number in range(60)]
    hands = shelf(*names)
    said: list[str] = []
    monkeypatch.setattr(
        type(hands.rig.window.page.notices), "say",
        lambda self, key, text, *args, **how: (said.append(f"{key}: {text}"), say(self, key, text, *args, **how)),
    )  # fmt: skip
    hands.rig.window._commands.delete(names)
    await hands.rig.until(lambda: hands.notice() == "60 conversations deleted.")
    assert said[0] == "progress: 60 conversations: 10 % done."
    assert said[-1] == "deleted: 60 conversations deleted."
    assert len(said) == 10, "no more often than anybody would want to hear"
    assert not hands.rig.window.page.notices.text("progress")
    said.clear()
    hands.rig.window.actions_by_id.run("undo_library")
    await hands.rig.until(lambda: len(hands.rows()) == 61)
    assert said[0] == "progress: Undoing: 10 % done."
    assert not hands.rig.window.page.notices.text("progress")


async def test_the_trash_is_emptied_in_turns_once_the_undo_is_over(
    shelf: Callable[..., Hands], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pizzagpt_desktop.ui.acts.AT_ONCE", 5)
    monkeypatch.setattr("pizzagpt_desktop.ui.undoing.UNDO_S", 0.05)
    names = [f"n{number:02}" for number in range(23)]
    hands = shelf(*names)
    hands.rig.window._commands.delete(names)
    await hands.rig.until(lambda: len(hands.rig.store.trash()) == 23)
    hands.rig.window.shelves.show_trash()
    assert len(hands.rows()) == 24
    changed: list[int] = []
    for signal in (hands.shown.model().rowsRemoved, hands.shown.model().modelReset):
        signal.connect(lambda *_: changed.append(1))
    hands.rig.store.writes.clear()
    hands.rig.window.shelves.empty_trash()
    assert hands.rows() == []
    assert len(changed) == 1, "out of sight at once, and as one change"
    await hands.rig.until(lambda: not hands.rig.store.trash())
    assert hands.rig.store.writes.count("erase") == 5


async def test_of_more_than_one_turn_all_is_taken_back_where_one_fails(
    shelf: Callable[..., Hands], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pizzagpt_desktop.ui.acts.AT_ONCE", 5)
    names = [f"n{number:02}" for number in range(12)]
    hands = shelf(*names)
    store = hands.rig.store

    def fill_up(_name: str) -> None:
        """The disk is full after the second write, and has room again after the refusal."""
        writes.append(_name)
        store.refuse = {"update_conversations"} if len(writes) == 2 else set()

    writes: list[str] = []
    store.on_write = fill_up
    hands.enter_list()
    hands.press(Key.Key_A, Mod.ControlModifier)
    writes.clear()
    monkeypatch.setattr(type(hands.rig.window), "say", lambda *_: fill_up("room again"))
    hands.press(Key.Key_Delete)
    await hands.rig.until(lambda: len(writes) >= 5)
    await hands.rig.until(lambda: not store.trash())
    await hands.rig.until(lambda: hands.rows() == ["Today", *(name.title() for name in names)])
    assert hands.notice() == ""


async def test_an_undo_that_fails_half_way_is_offered_again(
    shelf: Callable[..., Hands], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pizzagpt_desktop.ui.acts.AT_ONCE", 2)
    hands = shelf("a", "b", "c", "d")
    hands.rig.window._commands.delete(["a", "b", "c"])
    await hands.rig.until(lambda: hands.notice() == "3 conversations deleted.")
    hands.rig.store.refuse = {"update_conversations"}
    hands.rig.window.actions_by_id.run("undo_library")
    assert hands.notice() == "It could not be undone yet."
    hands.rig.store.refuse = set()
    hands.rig.window.actions_by_id.run("undo_library")
    await hands.rig.until(lambda: hands.rows() == ["Today", "A", "B", "C", "D"])
    assert hands.notice() == ""


async def test_the_window_shows_what_another_process_wrote(shelf: Callable[..., Hands]) -> None:
    hands = shelf("a", "b")
    hands.rig.window.desk.open("a")
    store, library = hands.rig.store, hands.rig.library
    store.put_folder(Folder("w", "Work"))
    store.add_conversation(Conversation(id="new", title="New", folder_id="w"))
    store.add_message(
        Message(id="said", conversation_id="a", parent_id="a0", role=Role.ASSISTANT, text="Said elsewhere")
    )
    store.erase(["b"])
    library.refresh()
    assert hands.rows() == ["Today", "A", "B"], "nobody said yet that something was written"
    store.elsewhere = True
    library.refresh()
    assert hands.rows() == ["Work", "New", "Today", "A"]
    shown = hands.rig.window.page.transcript.rows
    assert len(shown) == 2
    assert hands.opened() == "a"
