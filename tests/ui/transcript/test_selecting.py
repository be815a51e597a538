"""Selecting with mouse and keys, over messages that are laid out and over those that are not."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QContextMenuEvent, QGuiApplication, QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot

from pizzagpt_desktop.domain.conversation import Role
from pizzagpt_desktop.ui.transcript.selection import BEGINNING, Position, Selection
from pizzagpt_desktop.ui.transcript.view import TranscriptView
from pizzagpt_desktop.ui.transcript.walking import Step, Walker
from tests.helpers.transcripts import SiblingsOf, Talk, Tree, clipboard, place_on_screen, reply
from tests.ui.transcript.conftest import message

Key, Mod, Left = Qt.Key, Qt.KeyboardModifier, Qt.MouseButton.LeftButton
SHIFT, CTRL = Mod.ShiftModifier, Mod.ControlModifier
TEXT = "First words here.\n\nSecond line *of it*.\n\n```\none\ntwo\n```\n\n- three\n- four"


def copied(view: TranscriptView) -> str:
    view.copy()
    return clipboard()


def shown(view: TranscriptView) -> str:
    """The marked characters, as they are on the screen."""
    assert view.selection is not None
    parts = []
    for index in range(len(view.rows)):
        row = view.rows.row(index)
        parts += [
            row.views[leaf].text_between(*span) for leaf, span in view.selection.marks(index, row).items()
        ]
    return "|".join(parts)


def keys(view: TranscriptView, *pressed: tuple[Qt.Key, Qt.KeyboardModifier]) -> None:
    view.setFocus()
    for key, modifier in pressed:
        QTest.keyClick(view, key, modifier)


def point(view: TranscriptView, leaf: int, x: int, row: int = 0, y: int = 8) -> QPoint:
    """A place on the screen, x pixels from the beginning of a leaf's text."""
    found = view.rows.row(row)
    left, top = found.views[leaf].inset()
    place = place_on_screen(view, view.rows.messages[row].id)
    return QPoint(found.body_left() + left + x, place + found.views[leaf].top + top + y)


def mouse(view: TranscriptView, kind: QEvent.Type, at: QPoint, modifiers: Qt.KeyboardModifier = Mod.NoModifier, when: int = 0) -> None:  # fmt: skip
    pressed = Qt.MouseButton.NoButton if kind == QEvent.Type.MouseButtonRelease else Left
    where = view.viewport().mapToGlobal(at).toPointF()
    event = QMouseEvent(kind, QPointF(at), where, Left, pressed, modifiers)
    event.setTimestamp(when)
    view.viewportEvent(event)


def test_two_clicks_take_a_word_three_a_paragraph_and_a_drag_goes_on_by_them(
    view: TranscriptView, one_of: SiblingsOf
) -> None:
    view.show_path("c", [reply(TEXT)], one_of)
    first, later = point(view, 0, 12), point(view, 1, 60)
    mouse(view, QEvent.Type.MouseButtonDblClick, first)
    assert shown(view) == "First"
    mouse(view, QEvent.Type.MouseMove, later)
    assert shown(view) == "First words here.|Second line"
    mouse(view, QEvent.Type.MouseMove, first)
    mouse(view, QEvent.Type.MouseButtonRelease, first)
    assert shown(view) == "First"
    mouse(view, QEvent.Type.MouseButtonPress, first, when=50)
    assert shown(view) == "First words here."
    mouse(view, QEvent.Type.MouseMove, later)
    assert shown(view) == "First words here.|Second line of it."
    mouse(view, QEvent.Type.MouseButtonRelease, later)
    code = point(view, 2, 5)
    mouse(view, QEvent.Type.MouseButtonDblClick, code, when=2_000)
    mouse(view, QEvent.Type.MouseButtonRelease, code)
    mouse(view, QEvent.Type.MouseButtonPress, code, when=2_050)
    assert shown(view) == "one", "a line of code"
    mouse(view, QEvent.Type.MouseMove, point(view, 0, 12))
    assert shown(view) == "First words here.|Second line of it.|one", "backwards too"
    mouse(view, QEvent.Type.MouseButtonRelease, code)


def test_two_clicks_far_apart_in_time_are_not_three(view: TranscriptView, one_of: SiblingsOf) -> None:
    view.show_path("c", [reply(TEXT)], one_of)
    at = point(view, 0, 60)
    mouse(view, QEvent.Type.MouseButtonDblClick, at)
    mouse(view, QEvent.Type.MouseButtonRelease, at)
    mouse(view, QEvent.Type.MouseButtonPress, at, when=QApplication.doubleClickInterval() + 10)
    mouse(view, QEvent.Type.MouseButtonRelease, at)
    assert view.selection is not None
    assert view.selection.is_empty


def test_shift_and_a_click_goes_on_from_where_it_was_begun(view: TranscriptView, one_of: SiblingsOf) -> None:
    view.show_path("c", [reply(TEXT, "a"), message("u", Role.USER, "mine"), reply("last one", "b")], one_of)
    mouse(view, QEvent.Type.MouseButtonPress, point(view, 1, 0))
    mouse(view, QEvent.Type.MouseButtonRelease, point(view, 1, 0))
    end = point(view, 0, 500, row=2)
    mouse(view, QEvent.Type.MouseButtonPress, end, SHIFT)
    mouse(view, QEvent.Type.MouseButtonRelease, end)
    assert shown(view) == "Second line of it.|one\ntwo|three|four|mine|last one"
    back = point(view, 0, 0)
    mouse(view, QEvent.Type.MouseButtonPress, back, SHIFT)
    mouse(view, QEvent.Type.MouseButtonRelease, back)
    assert shown(view) == "First words here."


def test_at_the_edge_the_view_goes_on_by_itself(
    view: TranscriptView, talk: Talk, one_of: SiblingsOf, qtbot: QtBot
) -> None:
    view.show_path("c", talk(60), one_of)
    start = point(view, 0, 5, row=59)
    before = view.verticalScrollBar().value()
    mouse(view, QEvent.Type.MouseButtonPress, start)
    mouse(view, QEvent.Type.MouseMove, QPoint(start.x(), -40))
    qtbot.waitUntil(lambda: view.verticalScrollBar().value() < before - 300)
    mouse(view, QEvent.Type.MouseButtonRelease, QPoint(start.x(), -40))
    there = view.verticalScrollBar().value()
    assert view.selection is not None
    assert view.selection.start.row < 57
    qtbot.wait(80)
    assert view.verticalScrollBar().value() == there


@pytest.mark.parametrize(
    ("pressed", "wanted"),
    [
        ([(Key.Key_Right, SHIFT)] * 3, "Fir"),
        ([(Key.Key_Right, SHIFT)] * 3 + [(Key.Key_Left, SHIFT)], "Fi"),
        ([(Key.Key_Right, SHIFT | CTRL)] * 2, "First words "),
        ([(Key.Key_Right, SHIFT | CTRL), (Key.Key_Left, SHIFT | CTRL)], ""),
        ([(Key.Key_End, SHIFT)], "First words here."),
        ([(Key.Key_End, SHIFT), (Key.Key_Home, SHIFT)], ""),
        ([(Key.Key_Down, SHIFT)], "First words here."),
        ([(Key.Key_Down, SHIFT)] * 2, "First words here.|Second line of it."),
        ([(Key.Key_Down, SHIFT)] * 3, "First words here.|Second line of it.|one\n"),
        ([(Key.Key_Down, SHIFT)] * 4 + [(Key.Key_Up, SHIFT)], "First words here.|Second line of it.|one\n"),
        ([(Key.Key_Down, SHIFT | CTRL)] * 3, "First words here.|Second line of it.|one\ntwo"),
        ([(Key.Key_Down, SHIFT | CTRL)] * 3 + [(Key.Key_Up, SHIFT | CTRL)], "First words here.|Second line of it."),
        ([(Key.Key_End, SHIFT | CTRL)], "First words here.|Second line of it.|one\ntwo|three|four|mine"),
        ([(Key.Key_End, SHIFT | CTRL), (Key.Key_Left, SHIFT)], "First words here.|Second line of it.|one\ntwo|three|four|min"),
        ([(Key.Key_PageDown, SHIFT)], "First words here.|Second line of it.|one\ntwo|three|four|mine"),
        ([(Key.Key_Down, SHIFT)] * 40 + [(Key.Key_Home, SHIFT | CTRL)], ""),
    ],
)  # fmt: skip
def test_shift_with_the_keys_selects(
    view: TranscriptView,
    one_of: SiblingsOf,
    pressed: list[tuple[Qt.Key, Qt.KeyboardModifier]],
    wanted: str,
) -> None:
    view.show_path("c", [reply(TEXT), message("u", Role.USER, "mine")], one_of)
    view.choose(0)
    keys(view, *pressed)
    assert shown(view) == wanted
    keys(view, (Key.Key_Escape, Mod.NoModifier))
    assert view.selection is None or not shown(view)


def test_keys_select_over_what_was_not_laid_out_and_stay_in_sight(
    view: TranscriptView, talk: Talk, one_of: SiblingsOf
) -> None:
    path = talk(400)
    view.show_path("c", path, one_of)
    view.choose(200)
    for _ in range(60):
        keys(view, (Key.Key_Down, SHIFT))
        assert view.selection is not None
        head = Walker(view.rows).grounded(view.selection.head)
        top, bottom = Walker(view.rows).y_of(head)
        assert view.scroll_y <= top
        assert bottom <= view.scroll_y + view.viewport().height()
    assert view.selection.anchor == Position(200, 0, 0)
    assert view.selection.head.row > 203
    here = view.selection.head
    keys(view, *[(Key.Key_PageDown, SHIFT)] * 3)
    keys(view, *[(Key.Key_PageUp, SHIFT)] * 3)
    assert view.selection.head.row == pytest.approx(here.row, abs=1)
    keys(view, (Key.Key_End, SHIFT | CTRL))
    assert view.verticalScrollBar().value() == view.verticalScrollBar().maximum()
    assert copied(view) == "\n\n".join(m.text for m in path[200:])
    assert sum(view.rows.live(index) is not None for index in range(400)) < 80


def test_back_to_the_beginning_takes_in_what_is_not_there_yet(
    view: TranscriptView, tree: Tree, loaded: Callable[[], None]
) -> None:
    tree.show(view)
    keys(view, (Key.Key_A, CTRL), (Key.Key_Home, SHIFT | CTRL))
    view.select(None)
    view.choose(len(view.rows) - 1)
    keys(view, (Key.Key_Home, SHIFT | CTRL))
    assert view.selection is not None
    assert view.selection.head == BEGINNING
    loaded()
    ids = [m.id for m in view.rows.messages]
    assert view.selection.anchor.row == len(ids) - 1, "the same message, by its new number"
    assert copied(view).startswith(tree.messages[ids[0]].text)


def test_a_step_forth_and_one_back_is_where_one_was(view: TranscriptView, one_of: SiblingsOf) -> None:
    text = TEXT + "\n\n---\n\n| a | b |\n|---|---|\n| c | d |\n\nשלום abc\n\n> q 👩‍👩‍👧 e\u0301\n"
    view.show_path("c", [reply(text, "x"), message("u", Role.USER, "two\nlines")], one_of)
    walker = Walker(view.rows)
    for step in (Step.CHARACTER, Step.PARAGRAPH):
        place, places = Position(0, 0, 0), []
        for _ in range(300):
            following = walker.step(place, step, True)
            if following == place:
                break
            assert following > place
            places.append(place)
            place = following
        assert walker.grounded(Position(1, 9, 9)) == place
        for before in reversed(places):
            place = walker.step(place, step, False)
            assert place == before
    assert walker.step(Position(0, 0, 0), Step.CHARACTER, False) == Position(0, 0, 0)


def test_another_branch_has_nothing_selected(view: TranscriptView, talk: Talk, one_of: SiblingsOf) -> None:
    path = talk(10)
    view.show_path("c", path, one_of)
    keys(view, (Key.Key_A, CTRL))
    assert view.selection is not None
    view.show_path("c", path[:8], one_of)
    assert view.selection is None


def test_keys_do_nothing_where_there_is_nothing(view: TranscriptView, one_of: SiblingsOf) -> None:
    view.show_path("c", [], one_of)
    keys(view, (Key.Key_Down, SHIFT), (Key.Key_PageDown, SHIFT), (Key.Key_A, CTRL))
    assert copied(view) == clipboard()
    view.show_path("d", [reply("")], one_of)
    keys(
        view,
        (Key.Key_Right, SHIFT),
        (Key.Key_Down, SHIFT),
        (Key.Key_Left, SHIFT | CTRL),
        (Key.Key_End, SHIFT),
    )
    assert view.selection is not None


def test_many_messages_are_copied_in_short_turns(
    view: TranscriptView, talk: Talk, one_of: SiblingsOf, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = talk(25_000)
    view.show_path("c", path, one_of)
    QGuiApplication.clipboard().clear()
    keys(view, (Key.Key_A, CTRL))
    turns: list[None] = []
    original = view.clipboard._on_turn

    def counted() -> None:
        original()
        turns.append(None)

    monkeypatch.setattr(
        "pizzagpt_desktop.ui.transcript.clipboard.SLICE_S", 0.0
    )  # a step a turn, however fast it is
    view.clipboard._turn.timeout.disconnect()
    view.clipboard._turn.timeout.connect(counted)
    keys(view, (Key.Key_C, CTRL))
    qtbot.waitUntil(lambda: view.clipboard._work is None, timeout=20_000)
    assert len(clipboard()) == sum(len(m.text) for m in path) + 2 * (len(path) - 1)
    assert sum(view.rows.live(index) is not None for index in range(len(path))) < 60
    assert len(turns) >= 50, "so many messages are no more than a fiftieth of the work at a time"


def test_a_drag_goes_on_from_the_same_place_while_older_messages_come(
    view: TranscriptView, tree: Tree, loaded: Callable[[], None]
) -> None:
    tree.show(view)
    start, end = QPoint(300, 200), QPoint(330, 420)
    mouse(view, QEvent.Type.MouseButtonPress, start)
    mouse(view, QEvent.Type.MouseMove, end)
    before = shown(view)
    loaded()
    mouse(view, QEvent.Type.MouseMove, end + QPoint(1, 0))
    mouse(view, QEvent.Type.MouseMove, end)
    assert shown(view) == before
    mouse(view, QEvent.Type.MouseButtonRelease, end)


@pytest.mark.qt_log_ignore("^This plugin does not support")
def test_the_menu_of_the_mouse_selects_all(view: TranscriptView, one_of: SiblingsOf) -> None:
    view.show_path("c", [reply("one", "a"), reply("two", "b")], one_of)
    at = QPoint(view.rows.row(0).body_left() + 4, 40)
    event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, at, view.viewport().mapToGlobal(at))
    QApplication.sendEvent(view.viewport(), event)
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    words = [action.text() for action in menu.actions()]
    assert words.index("Select all") < words.index(""), "it stands with what copies"
    menu.actions()[words.index("Select all")].trigger()
    menu.close()
    assert view.selection == Selection.all_of(view.rows)
