"""A conversation opens with its end; the rest comes above it, and the reader notices nothing but a longer bar."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QImage, QKeyEvent, QWheelEvent
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot

from pizzagpt_desktop.domain.conversation import Siblings, Status
from pizzagpt_desktop.ui.transcript import loading, path
from pizzagpt_desktop.ui.transcript.view import TranscriptView
from tests.helpers.transcripts import (
    LONG,
    OPENED_WITH,
    Tree,
    clipboard,
    frames,
    on_screen,
    place_on_screen,
    reply,
    shown_text,
)

pytestmark = pytest.mark.usefixtures("many_slices")


def picture(view: TranscriptView) -> QImage:
    return view.viewport().grab().toImage()


def press(
    view: TranscriptView, key: Qt.Key, held: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier
) -> None:
    view.event(QKeyEvent(QEvent.Type.KeyPress, key, held))


def turn(view: TranscriptView, steps: int) -> None:
    middle = QPointF(view.viewport().rect().center())
    event = QWheelEvent(
        middle, middle, QPoint(), QPoint(0, 120 * steps), Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    view.viewportEvent(event)


def test_opening_reads_the_end_and_nothing_else(view: TranscriptView, tree: Tree) -> None:
    tree.show(view)
    assert tree.asked == []
    assert len(view.rows) == OPENED_WITH
    assert view.follows_end
    assert view.verticalScrollBar().value() == view.verticalScrollBar().maximum()
    assert f"{LONG - 1}" in on_screen(view)


def test_a_short_conversation_is_complete_at_once(view: TranscriptView) -> None:
    short = Tree(10)
    short.show(view)
    assert view.loader.complete
    assert short.asked == []


def test_nothing_on_the_screen_moves_while_the_rest_comes(
    view: TranscriptView, tree: Tree, loaded: Callable[[], None]
) -> None:
    tree.show(view)
    before, seen, moved = on_screen(view), picture(view), list[str]()
    view.verticalScrollBar().rangeChanged.connect(lambda *_: moved.append("range"))
    loaded()
    assert [m.id for m in view.rows.messages] == [str(i) for i in range(LONG)]
    assert len(moved) > 3, "it came in slices"
    assert max(tree.asked) <= 60
    assert on_screen(view) == before
    assert picture(view) == seen
    assert view.follows_end
    assert sum(view.rows.live(i) is not None for i in range(LONG)) < 40


def test_who_reads_further_up_keeps_the_place(
    view: TranscriptView, tree: Tree, loaded: Callable[[], None], qtbot: QtBot
) -> None:
    tree.show(view)
    view.verticalScrollBar().setValue(view.verticalScrollBar().maximum() // 2)
    assert not view.follows_end
    before, seen = on_screen(view), picture(view)
    loaded()
    assert on_screen(view) == before
    assert picture(view) == seen
    assert view.verticalScrollBar().value() > 10_000


def test_at_the_very_top_the_place_is_kept_as_well(
    view: TranscriptView, tree: Tree, loaded: Callable[[], None]
) -> None:
    tree.show(view)
    view.verticalScrollBar().setValue(0)
    top = place_on_screen(view, str(LONG - OPENED_WITH))
    loaded()
    assert place_on_screen(view, str(LONG - OPENED_WITH)) == top


def test_what_is_scrolled_through_while_it_comes_is_in_order(
    view: TranscriptView, tree: Tree, qtbot: QtBot
) -> None:
    tree.show(view)
    passed: list[int] = []

    def scrolled_to_the_first() -> bool:
        turn(view, 12)
        passed.append(min(int(identity) for identity in on_screen(view)))
        return "0" in on_screen(view) and view.scroll_y <= 0

    qtbot.waitUntil(scrolled_to_the_first, timeout=30_000)
    assert passed == sorted(passed, reverse=True)


def test_home_goes_to_the_first_message_of_all(
    view: TranscriptView, tree: Tree, loaded: Callable[[], None]
) -> None:
    tree.show(view)
    press(view, Qt.Key.Key_Home)
    assert view.scroll_y < 0, "to the first that is there, at once"
    loaded()
    assert place_on_screen(view, "0") == 24
    assert not view.follows_end
    press(view, Qt.Key.Key_End)
    assert f"{LONG - 1}" in on_screen(view)
    press(view, Qt.Key.Key_Home)
    assert place_on_screen(view, "0") == 24


def test_who_goes_elsewhere_meanwhile_is_not_taken_along(
    view: TranscriptView, tree: Tree, loaded: Callable[[], None]
) -> None:
    tree.show(view)
    press(view, Qt.Key.Key_Home)
    press(view, Qt.Key.Key_End)
    loaded()
    assert view.follows_end
    assert f"{LONG - 1}" in on_screen(view)


def test_a_message_that_is_not_there_yet_is_jumped_to(view: TranscriptView, tree: Tree, qtbot: QtBot) -> None:
    tree.show(view)
    view.jump_to("400")
    qtbot.waitUntil(lambda: "400" in on_screen(view))
    assert abs(place_on_screen(view, "400")) <= 40
    assert view.current == view.rows.index_of("400")
    assert not view.loader.complete, "no more than was needed was waited for"


def test_a_message_of_another_path_is_said_to_be_missed(
    view: TranscriptView, tree: Tree, qtbot: QtBot
) -> None:
    tree.grow("other", "400", 4)
    tree.show(view)
    with qtbot.waitSignal(view.message_missed) as missed:
        view.jump_to("other2")
    assert missed.args == ["other2"]
    with qtbot.waitSignal(view.message_missed):
        view.jump_to("other2")


def test_all_is_all_although_it_is_not_there_yet(
    view: TranscriptView, tree: Tree, loaded: Callable[[], None]
) -> None:
    view.copy_text("before")
    tree.show(view)
    press(view, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    press(view, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert clipboard() == "before", "it is not there yet"
    loaded()
    assert clipboard() == "\n\n".join(m.text for m in tree.path(tree.leaf, LONG))


def test_what_is_marked_stays_marked(
    view: TranscriptView, tree: Tree, loaded: Callable[[], None], qtbot: QtBot
) -> None:
    tree.show(view)
    view.resize(800, 900)
    start, end = QPoint(300, 200), QPoint(330, 420)
    qtbot.mousePress(view.viewport(), Qt.MouseButton.LeftButton, pos=start)
    qtbot.mouseMove(view.viewport(), end)
    view.viewportEvent(_moved(end))
    assert view.selection is not None
    text, seen = view.selection.text(view.rows), picture(view)
    assert text
    loaded()
    assert view.selection.text(view.rows) == text
    assert picture(view) == seen
    qtbot.mouseRelease(view.viewport(), Qt.MouseButton.LeftButton, pos=end)
    press(view, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert clipboard() == text


def _moved(to: QPoint) -> QEvent:
    from PySide6.QtGui import QMouseEvent

    left = Qt.MouseButton.LeftButton
    none = Qt.KeyboardModifier.NoModifier
    return QMouseEvent(QEvent.Type.MouseMove, QPointF(to), QPointF(to), left, left, none)


def test_the_chosen_message_stays_the_chosen_one(
    view: TranscriptView, tree: Tree, loaded: Callable[[], None]
) -> None:
    tree.show(view)
    press(view, Qt.Key.Key_Up)
    assert view.current is not None
    chosen = view.rows.messages[view.current].id
    loaded()
    assert view.rows.messages[view.current].id == chosen
    press(view, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert clipboard() == tree.messages[chosen].text


def test_a_reply_grows_while_the_rest_comes(
    view: TranscriptView, tree: Tree, loaded: Callable[[], None], qtbot: QtBot
) -> None:
    tree.show(view)
    view.add_message(replace(reply("", "new", status=Status.STREAMING), parent_id=tree.leaf))
    for word in ("one ", "two ", "three"):
        view.grow("new", word)
        frames(view, qtbot)
    loaded()
    view.grow("new", " four")
    view.end(replace(reply("one two three four", "new"), parent_id=tree.leaf))
    frames(view, qtbot)
    assert len(view.rows) == LONG + 1
    assert view.rows.messages[-1].text == "one two three four"
    assert "new" in on_screen(view)
    assert view.follows_end


def test_nothing_comes_while_a_menu_is_open_or_the_bar_is_dragged(
    view: TranscriptView,
    tree: Tree,
    qtbot: QtBot,
    loaded: Callable[[], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    menus = [QMenu(view)]
    monkeypatch.setattr(QApplication, "activePopupWidget", lambda: menus[0] if menus else None)
    tree.show(view)
    turns: list[int] = []
    qtbot.waitUntil(lambda: turns.append(1) or len(turns) > 20)
    assert tree.asked == []
    menus.clear()
    qtbot.waitUntil(lambda: bool(tree.asked))
    view.verticalScrollBar().setSliderDown(True)
    read = len(tree.asked)
    qtbot.waitUntil(lambda: turns.append(1) or len(turns) > 40)
    assert len(tree.asked) <= read + 1
    view.verticalScrollBar().setSliderDown(False)
    loaded()


def test_what_cannot_be_read_now_is_asked_for_again(
    view: TranscriptView,
    tree: Tree,
    qtbot: QtBot,
    loaded: Callable[[], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(loading, "RETRY_MS", 5)
    tree.refuses = True
    tree.show(view)
    qtbot.waitUntil(lambda: len(tree.asked) > 2)
    assert len(view.rows) == OPENED_WITH
    tree.refuses = False
    loaded()
    assert len(view.rows) == LONG


def test_another_conversation_ends_the_loading_of_the_one_before(
    view: TranscriptView, tree: Tree, qtbot: QtBot
) -> None:
    tree.show(view)
    qtbot.waitUntil(lambda: bool(tree.asked))
    short = Tree(3)
    view.show_path("d", short.path(short.leaf, OPENED_WITH), lambda _: Siblings(), short)
    read = len(tree.asked)
    assert view.loader.complete
    turns: list[int] = []
    qtbot.waitUntil(lambda: turns.append(1) or len(turns) > 20)
    assert len(tree.asked) == read
    assert len(view.rows) == 3


def test_all_messages_have_their_room_and_only_those_near_the_reader_are_read(
    view: TranscriptView, tree: Tree, loaded: Callable[[], None]
) -> None:
    """The bar covers the whole conversation; what is far from the reader costs eight bytes and its height."""
    tree.show(view)
    loaded()
    assert len(view.rows) == LONG
    assert tree.read_seqs == [], "nobody has looked at them"
    bar = view.verticalScrollBar()
    bar.setValue(bar.maximum() // 2)
    seen = on_screen(view)
    assert 200 < min(map(int, seen)) < max(map(int, seen)) < 600
    assert len(tree.read_seqs) <= 5 * path.AT_ONCE
    assert "cannot be read" not in shown_text(view, int(min(seen)))


def test_what_was_read_is_let_go_of_again(
    view: TranscriptView, tree: Tree, loaded: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(path, "MOST_HERE", 50)
    tree.show(view)
    loaded()
    for number in range(0, LONG, 20):
        view.jump_to(str(number))
        assert str(number) in on_screen(view)
        assert len(view.rows.messages._here) <= 50 + 2 * path.NEAR + path.AT_ONCE
    read = len(tree.read_seqs)
    view.jump_to(str(LONG - 70))
    before = picture(view)
    view.jump_to("0")
    assert len(tree.read_seqs) > read, "it is read again where it was let go of"
    view.jump_to(str(LONG - 70))
    assert picture(view) == before


def test_what_cannot_be_read_where_one_looks_is_said_and_comes_by_itself(
    view: TranscriptView,
    tree: Tree,
    loaded: Callable[[], None],
    qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(path, "RETRY_S", 0.0)
    view.loader._again.setInterval(5)
    tree.show(view)
    loaded()
    tree.refuses = True
    view.jump_to("100")
    index = view.row_at(QPoint(0, 300))
    assert index is not None
    assert shown_text(view, index[0]) == path.UNREAD_WORDS
    refused: list[str] = []
    view.clipboard.refused.connect(refused.append)
    view.copy_text("before")
    view.choose(index[0])
    press(view, Qt.Key.Key_Delete)
    assert view._hands is not None
    assert [act.text() for act in view._hands.menu(index[0], None).actions()] == [path.UNREAD_WORDS]
    press(view, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    press(view, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    press(view, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert clipboard() == "before", "rather nothing than a part"
    assert len(refused) == 2
    shown = view.verticalScrollBar().value()
    tree.refuses = False
    qtbot.waitUntil(lambda: not any(key.startswith(path.UNREAD) for key in view.rows._live))
    assert shown_text(view, index[0]).startswith("Text ")
    assert {"100", "101"} & set(on_screen(view))
    assert abs(view.verticalScrollBar().value() - shown) < view.viewport().height()


def test_the_first_message_is_reached_before_anything_is_known_of_it(
    view: TranscriptView, tree: Tree, qtbot: QtBot
) -> None:
    tree.show(view)
    view.jump_to_start()
    qtbot.waitUntil(lambda: view.loader.complete)
    assert view.verticalScrollBar().value() == 0


def test_a_bar_that_is_drawn_to_its_top_leads_to_the_first_message(
    view: TranscriptView, tree: Tree, qtbot: QtBot
) -> None:
    tree.show(view)
    bar = view.verticalScrollBar()
    bar.setSliderDown(True)
    bar.setValue(bar.maximum() // 2)
    bar.setSliderDown(False)
    assert "0" not in on_screen(view)
    bar.setSliderDown(True)
    bar.setValue(0)
    bar.setSliderDown(False)
    qtbot.waitUntil(lambda: view.loader.complete and "0" in on_screen(view))
    assert bar.value() == 0


def test_who_listens_hears_that_there_are_more_than_have_their_room(
    view: TranscriptView, tree: Tree, loaded: Callable[[], None]
) -> None:
    tree.show(view)
    assert view.accessibleDescription() == f"More than {OPENED_WITH} messages"
    loaded()
    assert view.accessibleDescription() == f"{LONG} messages"
