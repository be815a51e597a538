"""Versions, removal and undo, copies, comparison, cut-off replies: by mouse and by keyboard, nothing lost."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu, QPushButton, QToolButton

from pizzagpt_desktop.domain.conversation import Conversation, Message, Role, Status
from pizzagpt_desktop.domain.faults import Fault, FaultKind
from tests.helpers.memory_store import MemoryStore
from tests.helpers.transcripts import button, names, place_on_screen, shown_text
from tests.helpers.ui_parts import Rig

pytestmark = pytest.mark.qt_log_ignore("^This plugin does not support")

Key, Mod = Qt.Key, Qt.KeyboardModifier


def press(key: Key, modifiers: Mod = Mod.NoModifier) -> None:
    focus = QApplication.focusWidget()
    assert focus is not None
    QTest.keyClick(focus, key, modifiers)
    QApplication.processEvents()


def shown(rig: Rig) -> list[str]:
    """The texts on the page."""
    QApplication.processEvents()
    if rig.window.page.is_empty:
        return []
    view = rig.window.page.transcript
    return [message.text for message in view.rows.messages]


async def again(rig: Rig, text: str, message_id: str = "") -> str:
    """The last reply, or that one, written anew; its id."""
    identity = rig.window.desk.conversation.id
    reply = rig.service.retry(message_id or rig.store.path(identity)[-1].id)
    assert reply is not None
    rig.prompter.say(text)
    rig.prompter.end()
    await rig.until(lambda: not rig.service.is_answering(identity))
    return reply.id


async def choose_from_menu(rig: Rig, words: str) -> None:
    view = rig.window.page.transcript
    menu = view._hands.menu(view.current if view.current is not None else len(view.rows) - 1, None)  # type: ignore[union-attr]
    action = next(action for action in menu.actions() if action.text() == words)
    action.trigger()
    menu.deleteLater()
    QApplication.processEvents()


async def test_trying_again_in_the_midst_says_that_what_followed_is_kept(rig: Rig) -> None:
    await rig.say("First", "one")
    await rig.say("Second", "two")
    view, identity = rig.window.page.transcript, rig.window.desk.conversation.id
    notices = rig.window.page.notices
    view.retry_requested.emit(rig.store.path(identity)[-1].id)
    rig.prompter.end()
    await rig.until(lambda: not rig.service.is_answering(identity))
    assert notices.text("branch") == "", "nothing followed"
    view.retry_requested.emit(rig.store.path(identity)[1].id)
    rig.prompter.say("other")
    rig.prompter.end()
    await rig.until(lambda: not rig.service.is_answering(identity))
    assert shown(rig) == ["First", "other"]
    assert "Alt+Left" in notices.text("branch")
    rig.window.page.focus_composer()
    press(Key.Key_Left, Mod.AltModifier)
    assert shown(rig)[:3] == ["First", "one", "Second"]
    rig.window.desk.open_new()
    assert notices.text("branch") == "", "it was about the other conversation"


async def test_alt_left_and_right_go_through_the_versions_from_the_composer(rig: Rig) -> None:
    await rig.say("Question", "one")
    await again(rig, "two")
    await again(rig, "three")
    assert rig.window.page.composer.text_edit.hasFocus()
    press(Key.Key_Left, Mod.AltModifier)
    assert shown(rig) == ["Question", "two"]
    press(Key.Key_Left, Mod.AltModifier)
    press(Key.Key_Left, Mod.AltModifier)
    assert shown(rig) == ["Question", "one"], "the first one stays at the first"
    press(Key.Key_Right, Mod.AltModifier)
    assert shown(rig) == ["Question", "two"]
    assert rig.window.page.composer.text_edit.hasFocus()


async def test_versions_of_any_message_at_any_depth(rig: Rig) -> None:
    identity = await rig.say("Question", "one")
    first = rig.store.path(identity)[0].id
    await rig.say("Second question", "deep one")
    await again(rig, "deep two")
    rig.service.edit(first, "Other question")
    rig.prompter.say("other")
    rig.prompter.end()
    await rig.until(lambda: not rig.service.is_answering(identity))
    assert shown(rig) == ["Other question", "other"]
    view = rig.window.page.transcript
    view.setFocus()
    press(Key.Key_Up)
    press(Key.Key_Up)
    assert view.current == 0
    press(Key.Key_Left, Mod.AltModifier)
    assert shown(rig) == ["Question", "one", "Second question", "deep two"]
    assert view.current == 0, "the keyboard stays with the message"
    press(Key.Key_Right, Mod.AltModifier)
    assert shown(rig) == ["Other question", "other"]
    press(Key.Key_Left, Mod.AltModifier)
    for _ in range(3):
        press(Key.Key_Down)
    press(Key.Key_Left, Mod.AltModifier)
    assert shown(rig)[-1] == "deep one"
    assert view.current == 3


@pytest.mark.parametrize("further", [-60, 300])
async def test_the_version_buttons_keep_the_keyboard_and_the_place(rig: Rig, further: int) -> None:
    identity = await rig.say("Question", "one. " * 900)
    first = rig.store.path(identity)[-1].id
    for number in range(6):
        await rig.say(f"More {number}", "words. " * 200)
    second = await again(rig, "two. " * 900, first)
    for number in range(6):
        await rig.say(f"And more {number}", "words. " * 200)
    view = rig.window.page.transcript
    view.jump_to(second)
    bar = view.verticalScrollBar()
    bar.setValue(bar.value() + further)
    place = place_on_screen(view, second)
    view.setFocus()
    view.current = 1
    view.arrange()
    previous = view.button(second, "Previous version")
    assert previous is not None
    previous.setFocus()
    press(Key.Key_Space)
    assert view.rows.messages[1].id == first
    assert place_on_screen(view, first) == place
    focus = QApplication.focusWidget()
    assert isinstance(focus, QToolButton | type(view))
    press(Key.Key_Right, Mod.AltModifier)
    assert view.rows.messages[1].id == second
    assert place_on_screen(view, second) == place


async def test_a_version_button_that_was_pressed_by_key_can_be_pressed_again(rig: Rig) -> None:
    await rig.say("Question", "one")
    await again(rig, "two")
    last = await again(rig, "three")
    view = rig.window.page.transcript
    await rig.until(lambda: view.button(last, "Previous version"))
    view.button(last, "Previous version").setFocus()  # type: ignore[union-attr]
    press(Key.Key_Space)
    assert shown(rig) == ["Question", "two"]
    assert QApplication.focusWidget() is view.button(view.rows.messages[1].id, "Previous version")
    press(Key.Key_Space)
    assert shown(rig) == ["Question", "one"]
    assert QApplication.focusWidget() is view, "the first version has none before it"


async def test_delete_takes_the_branch_away_and_undo_brings_exactly_it_back(rig: Rig) -> None:
    identity = await rig.say("Question", "one")
    await again(rig, "two")
    await rig.say("Go on", "and on")
    before = [m.id for m in rig.store.path(identity)]
    view = rig.window.page.transcript
    view.setFocus()
    for _ in range(3):
        press(Key.Key_Up)
    assert view.rows.messages[view.current].text == "two"  # type: ignore[index]
    press(Key.Key_Delete)
    assert shown(rig) == ["Question", "one"]
    assert rig.window.page.notices.text("deleted") == "Branch deleted."
    QTest.mouseClick(rig.find(QPushButton, "deleted_undo"), Qt.MouseButton.LeftButton)
    assert [m.id for m in rig.store.path(identity)] == before
    assert shown(rig) == ["Question", "two", "Go on", "and on"]
    assert rig.window.page.notices.text("deleted") == ""


async def test_removing_everything_shows_the_empty_page_and_can_be_undone_from_elsewhere(rig: Rig) -> None:
    identity = await rig.say("Question", "one")
    view = rig.window.page.transcript
    view.setFocus()
    press(Key.Key_Up)
    press(Key.Key_Up)
    press(Key.Key_Delete)
    assert shown(rig) == []
    assert rig.window.page.is_empty
    rig.window.desk.open_new()
    assert rig.store.conversation(identity).deleted_at is None  # type: ignore[union-attr]
    QTest.mouseClick(rig.find(QPushButton, "deleted_undo"), Qt.MouseButton.LeftButton)
    assert rig.window.desk.conversation.id == identity, "what came back is shown"
    assert shown(rig) == ["Question", "one"]


async def test_removing_the_branch_that_is_being_written_stops_it(rig: Rig) -> None:
    identity = await rig.say("Question", "one")
    rig.window.desk.send("More")
    rig.prompter.say("so far")
    await rig.until(lambda: rig.library.path(identity)[-1].text == "so far")
    rig.window.actions_by_id.run("delete_branch")
    assert not rig.service.is_answering(identity)
    assert shown(rig) == ["Question", "one", "More"]
    QTest.mouseClick(rig.find(QPushButton, "deleted_undo"), Qt.MouseButton.LeftButton)
    assert shown(rig) == ["Question", "one", "More", "so far"]
    assert rig.store.path(identity)[-1].status is Status.STOPPED


async def test_a_disk_that_refuses_leaves_the_branch(rig: Rig) -> None:
    await rig.say("Question", "one")
    rig.store.refuse = {"*"}
    rig.window.actions_by_id.run("delete_branch")
    assert shown(rig) == ["Question", "one"]
    assert rig.window.page.notices.text("storage")
    assert rig.window.page.notices.text("deleted") == ""
    rig.store.refuse = set()


async def test_branch_to_new_conversation_opens_it_and_leaves_the_old_one(rig: Rig) -> None:
    identity = await rig.say("Question", "one")
    await rig.say("More", "two")
    view = rig.window.page.transcript
    view.current = 1
    await choose_from_menu(rig, "Branch to new conversation")
    assert rig.window.desk.conversation.id != identity
    assert rig.window.desk.conversation.title == "Question (branch)"
    assert shown(rig) == ["Question", "one"]
    assert [m.text for m in rig.store.path(identity)] == ["Question", "one", "More", "two"]
    assert set(rig.window.sidebar.model.ids()) == {identity, rig.window.desk.conversation.id}
    await rig.say("Elsewhere", "three")
    assert [m.text for m in rig.store.path(identity)][-1] == "two"


async def test_the_more_button_opens_everything_that_can_be_done(rig: Rig) -> None:
    await rig.say("Question", "one")
    await again(rig, "two")
    await rig.until(lambda: "More" in names(rig.window.page.transcript))
    QTest.mouseClick(button(rig.window.page.transcript, "More"), Qt.MouseButton.LeftButton)
    menu = rig.find(QMenu, "message_menu")
    assert menu.isVisible()
    words = [action.text() for action in menu.actions() if action.text()]
    assert words == [
        "Copy message",
        "Copy as Markdown",
        "Copy as plain text",
        "Quote message",
        "Try again",
        "Previous version",
        "Next version",
        "Compare versions…",
        "Branch to new conversation",
        "Details…",
        "Show source…",
        "Delete branch",
    ]
    menu.close()


def cut_off(text: str = "one two", **facts: object) -> MemoryStore:
    """A store with a conversation whose reply a kill cut off."""
    store = MemoryStore()
    store.add_conversation(Conversation(id="old", title="Old"))
    store.add_message(Message(id="q", conversation_id="old", parent_id=None, role=Role.USER, text="Count"))
    store.add_message(
        Message(
            id="r", conversation_id="old", parent_id="q", role=Role.ASSISTANT, text=text,
            status=Status.INTERRUPTED, ended_at=1_000_000_000.0, **facts,  # type: ignore[arg-type]
        )
    )  # fmt: skip
    return store


@pytest.fixture
async def cut(make_rig: Callable[..., Rig]) -> Rig:
    rig = make_rig(store=cut_off())
    rig.show()
    rig.window.desk.open("old")
    QApplication.processEvents()
    return rig


async def test_a_cut_off_reply_says_when_and_offers_three_ways(cut: Rig) -> None:
    view = cut.window.page.transcript
    row = view.rows.live(1)
    assert row is not None
    assert row.status is not None
    assert row.status.words.startswith("Cut off on 9 September 2001 at ")
    steps = ["Let the reply go on", "Try again", "Keep the reply as it is"]
    assert [name for name in names(view) if name in steps] == [*steps, "Try again"]
    view.setFocus()
    reached = []
    for _ in range(3):
        press(Key.Key_Tab)
        focus = QApplication.focusWidget()
        assert focus is not None
        reached.append(focus.accessibleName())
    assert reached == steps


async def test_continue_goes_on_with_the_text(cut: Rig) -> None:
    QTest.mouseClick(button(cut.window.page.transcript, "Let the reply go on"), Qt.MouseButton.LeftButton)
    cut.prompter.say(" three")
    cut.prompter.end()
    await cut.until(lambda: not cut.service.answering)
    assert shown(cut) == ["Count", "one two three"]
    assert cut.store.path("old")[-1].status is Status.COMPLETE
    assert cut.source.asked[0][1] == {"role": "assistant", "content": "one two"}


async def test_the_keyboard_continues_too(cut: Rig) -> None:
    press(Key.Key_R, Mod.ControlModifier | Mod.ShiftModifier)
    assert cut.service.is_answering("old")
    cut.service.stop("old")
    cut.window.actions_by_id.run("branch_off")


async def test_retry_writes_another_and_keeps_this_one(cut: Rig) -> None:
    QTest.mouseClick(button(cut.window.page.transcript, "Try again"), Qt.MouseButton.LeftButton)
    cut.prompter.say("1 2")
    cut.prompter.end()
    await cut.until(lambda: not cut.service.answering)
    assert shown(cut) == ["Count", "1 2"]
    assert cut.library.siblings("r").ids[0] == "r"


async def test_keep_leaves_the_reply_and_offers_nothing_more(cut: Rig) -> None:
    view = cut.window.page.transcript
    QTest.mouseClick(button(view, "Keep the reply as it is"), Qt.MouseButton.LeftButton)
    QApplication.processEvents()
    assert cut.store.message("r").kept  # type: ignore[union-attr]
    row = view.rows.live(1)
    assert row is not None
    assert row.status is not None
    assert row.status.words.endswith("and kept as it is.")
    assert row.status.actions == ()
    assert "Keep the reply as it is" not in names(view)
    assert shown_text(view, 1) == "one two"


@pytest.mark.parametrize("width", [360, 480, 1000])
async def test_the_buttons_of_a_cut_off_reply_have_room(make_rig: Callable[..., Rig], width: int) -> None:
    rig = make_rig(store=cut_off())
    rig.show(width, 600)
    rig.window.shell.set_sidebar(False)
    rig.window.desk.open("old")
    QApplication.processEvents()
    view = rig.window.page.transcript
    row = view.rows.live(1)
    assert row is not None
    steps = [button(view, name) for name in ("Let the reply go on", "Keep the reply as it is")]
    for step in steps:
        at = step.mapTo(view.viewport(), step.rect().topLeft())
        assert at.x() >= 0
        assert at.x() + step.width() <= view.viewport().width()
        words = row.status_rect.translated(0, view.rows.heights.top(1) - view.scroll_y)
        assert not words.adjusted(0, 0, -10, -1).intersects(step.rect().translated(at))
        last = view.rows.heights.top(1) + row.height - view.scroll_y
        assert at.y() + step.height() <= last


async def test_commands_about_versions_say_when_there_is_nothing_to_do(rig: Rig) -> None:
    await rig.say("Question", "one")
    rig.window.actions_by_id.run("compare")
    assert "no other version" in rig.window.page.notices.text("branch")
    rig.window.actions_by_id.run("continue")
    assert "nothing to continue" in rig.window.page.notices.text("branch")
    rig.window.actions_by_id.run("previous_version")
    assert shown(rig) == ["Question", "one"]


async def test_a_reply_that_the_wire_cut_offers_to_go_on(rig: Rig) -> None:
    rig.window.desk.send("Count")
    rig.prompter.say("one", Fault(FaultKind.NETWORK, "The connection was lost"))
    await rig.until(lambda: not rig.service.answering)
    view = rig.window.page.transcript
    await rig.until(lambda: "Keep the reply as it is" in names(view))
    row = view.rows.live(1)
    assert row is not None
    assert row.status is not None
    assert row.status.words.startswith("Cut off at ")
    assert "The connection was lost." in row.status.words
    assert row.status.actions == ("continue", "retry", "keep")
