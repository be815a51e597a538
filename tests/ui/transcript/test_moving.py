"""Movement: every pixel that is asked for comes, none besides; it eases out, and whatever comes next takes over."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication, QWheelEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from pizzagpt_desktop.domain.conversation import Message
from pizzagpt_desktop.ui.transcript.jumps import go_to
from pizzagpt_desktop.ui.transcript.view import TranscriptView
from tests.helpers.transcripts import SiblingsOf, Talk, frames, place_on_screen, reply

Phase = Qt.ScrollPhase


@pytest.fixture
def long(view: TranscriptView, talk: Talk, one_of: SiblingsOf) -> TranscriptView:
    """A conversation in which one can move, shown in the middle, with motion."""
    view.show_path("c", talk(300), one_of)
    view.jump_to("150")
    QApplication.processEvents()
    view.set_reduced_motion(False)
    return view


def turn(
    view: TranscriptView,
    angle: int = 0,
    pixels: int = 0,
    phase: Qt.ScrollPhase = Phase.NoScrollPhase,
    across: int = 0,
    at: tuple[int, int] = (300, 200),
) -> bool:
    where = QPoint(*at).toPointF()
    event = QWheelEvent(
        where, where, QPoint(across if pixels else 0, pixels), QPoint(across, angle),
        Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier, phase, False,
    )  # fmt: skip
    return view.viewportEvent(event)


def still(view: TranscriptView, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: not view.gliding.moving)


def test_a_notch_moves_in_several_frames_and_by_exactly_its_lines(long: TranscriptView, qtbot: QtBot) -> None:
    bar = long.verticalScrollBar()
    before, places = place_on_screen(long, "150"), set[int]()
    bar.valueChanged.connect(places.add)
    turn(long, -120)
    assert long.gliding.moving
    still(long, qtbot)
    wanted = QApplication.wheelScrollLines() * bar.singleStep()
    assert before - place_on_screen(long, "150") == wanted
    assert len(places) >= 3


def test_notches_add_up_and_a_turn_back_takes_over(long: TranscriptView, qtbot: QtBot) -> None:
    before = place_on_screen(long, "150")
    for angle in (-120, -120, -120, 120, -120):
        turn(long, angle)
    still(long, qtbot)
    wanted = 3 * QApplication.wheelScrollLines() * long.verticalScrollBar().singleStep()
    assert before - place_on_screen(long, "150") == wanted


def test_nothing_is_lost_of_a_wheel_that_turns_by_small_parts(long: TranscriptView) -> None:
    before = place_on_screen(long, "150")
    for _ in range(120):
        turn(long, -1)
    wanted = QApplication.wheelScrollLines() * long.verticalScrollBar().singleStep()
    assert abs(before - place_on_screen(long, "150") - wanted) <= 1


def test_a_touchpad_moves_at_once_pixel_by_pixel(long: TranscriptView) -> None:
    before = place_on_screen(long, "150")
    turn(long, phase=Phase.ScrollBegin)
    for step in (-1, -3, -7, 2, -11):
        turn(long, step * 8, step, Phase.ScrollUpdate)
        assert not long.gliding.moving
    assert before - place_on_screen(long, "150") == 20
    turn(long, -8, -5, Phase.ScrollMomentum)
    assert before - place_on_screen(long, "150") == 25


def test_pixels_of_x11_are_not_believed(long: TranscriptView, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(QGuiApplication, "platformName", lambda: "xcb")
    before = place_on_screen(long, "150")
    for _ in range(12):
        turn(long, -10, -900, Phase.ScrollUpdate)
    wanted = QApplication.wheelScrollLines() * long.verticalScrollBar().singleStep()
    assert abs(before - place_on_screen(long, "150") - wanted) <= 1


def test_what_runs_on_after_a_key_is_not_heard(long: TranscriptView, qtbot: QtBot) -> None:
    turn(long, phase=Phase.ScrollBegin)
    turn(long, 80, 10, Phase.ScrollUpdate)
    qtbot.keyClick(long, Qt.Key.Key_End)
    still(long, qtbot)
    assert long.follows_end
    for _ in range(5):
        assert turn(long, 80, 10, Phase.ScrollMomentum)
    assert long.follows_end
    turn(long, phase=Phase.ScrollBegin)
    turn(long, 80, 10, Phase.ScrollUpdate)
    assert not long.follows_end


def test_a_slanting_stroke_over_a_table_still_scrolls_the_page(
    view: TranscriptView, one_of: SiblingsOf
) -> None:
    cells = "|".join("unbreakable" * 2 for _ in range(12))
    table = f"|{cells}|\n|{'-|' * 12}\n|{cells}|\n"
    view.show_path("c", [reply("Words. " * 900, "a"), reply(table), reply("Words. " * 900, "b")], one_of)
    view.jump_to("r")
    leaf = view.rows.row(1).views[0]
    before = place_on_screen(view, "r")
    at = (300, before + leaf.top + 10)
    turn(view, -80, -10, Phase.ScrollUpdate, across=-4, at=at)
    assert (leaf.scroll_x, before - place_on_screen(view, "r")) == (0, 10)
    turn(view, -8, -1, Phase.ScrollUpdate, across=-30, at=at)
    assert (leaf.scroll_x, before - place_on_screen(view, "r")) == (30, 10)


def test_pages_overlap_and_come_back_to_where_they_began(long: TranscriptView, qtbot: QtBot) -> None:
    before = place_on_screen(long, "150")
    for key in (Qt.Key.Key_PageDown, Qt.Key.Key_Space):
        qtbot.keyClick(long, key)
        still(long, qtbot)
    moved = before - place_on_screen(long, "150")
    assert 1.7 <= moved / long.viewport().height() <= 1.85
    qtbot.keyClick(long, Qt.Key.Key_PageUp)
    still(long, qtbot)
    qtbot.keyClick(long, Qt.Key.Key_Space, Qt.KeyboardModifier.ShiftModifier)
    still(long, qtbot)
    assert abs(place_on_screen(long, "150") - before) <= 1


def test_with_reduced_motion_everything_is_there_at_once(long: TranscriptView, qtbot: QtBot) -> None:
    long.set_reduced_motion(True)
    before = place_on_screen(long, "150")
    turn(long, -120)
    assert not long.gliding.moving
    assert place_on_screen(long, "150") < before
    qtbot.keyClick(long, Qt.Key.Key_End)
    assert long.follows_end


@pytest.mark.parametrize("act", ["press", "drag", "jump", "other", "end"])
def test_what_the_reader_does_next_takes_over(
    long: TranscriptView, qtbot: QtBot, act: str, one_of: SiblingsOf, talk: Talk
) -> None:
    qtbot.keyClick(long, Qt.Key.Key_PageDown)
    assert long.gliding.moving
    bar = long.verticalScrollBar()
    acts: dict[str, Callable[[], object]] = {
        "press": lambda: qtbot.mousePress(long.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(200, 200)),
        "drag": lambda: bar.setValue(bar.maximum() // 4),
        "jump": lambda: long.jump_to("20"),
        "other": lambda: long.show_path("d", talk(50), one_of),
        "end": long.jump_to_end,
    }
    acts[act]()
    assert not long.gliding.moving
    if act == "end":
        assert long.follows_end


def test_a_movement_to_a_message_arrives_exactly_though_heights_change_on_the_way(
    long: TranscriptView, qtbot: QtBot
) -> None:
    go_to(long, 151)
    assert long.gliding.moving
    long.rows.heights.set(100, 3_000)
    long.arrange()
    still(long, qtbot)
    assert 0 <= place_on_screen(long, "151") <= 24
    assert not long.follows_end


def test_movement_and_the_following_of_the_end_never_fight(
    view: TranscriptView, talk: Talk, streaming: Message, one_of: SiblingsOf, qtbot: QtBot
) -> None:
    view.show_path("c", [*talk(60), streaming], one_of)
    view.set_reduced_motion(False)
    bar = view.verticalScrollBar()
    turn(view, 120)
    assert not view.follows_end
    while view.gliding.moving:
        view.grow("reply", "line\n\n")
        frames(view, qtbot)
        QApplication.processEvents()
    away = bar.maximum() - bar.value()
    assert away > 0
    assert not view.follows_end
    view.setFocus()
    qtbot.keyClick(view, Qt.Key.Key_End)
    while view.gliding.moving:
        view.grow("reply", "line\n\n")
        frames(view, qtbot)
    assert view.follows_end
    view.grow("reply", "line\n\n" * 9)
    frames(view, qtbot)
    assert bar.value() == bar.maximum()


def test_a_far_way_is_not_flown_over(long: TranscriptView, qtbot: QtBot) -> None:
    go_to(long, 0)
    assert not long.gliding.moving
    assert place_on_screen(long, "0") == 24
    qtbot.keyClick(long, Qt.Key.Key_End)
    assert long.follows_end
