"""Zoom, line width and density: reached by keys, wheel and menu, kept in the preferences, the reader's place held."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QFont, QFontInfo, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu

from pizzagpt_desktop.domain.preferences import ZOOMS, Appearance, Density, LineWidth, Preferences, zoomed
from pizzagpt_desktop.storage.preferences import load, save
from pizzagpt_desktop.ui import theme
from pizzagpt_desktop.ui.preferences.dialog import PreferencesDialog
from tests.helpers.transcripts import Tree, place_on_screen
from tests.helpers.ui_parts import READY, Rig

pytestmark = pytest.mark.qt_log_ignore("^This plugin does not support")

CTRL = Qt.KeyboardModifier.ControlModifier
KEYPAD = Qt.KeyboardModifier.KeypadModifier


def zoom_of(rig: Rig) -> int:
    return rig.preferences.value.appearance.zoom


def press(rig: Rig, key: Qt.Key, held: Qt.KeyboardModifier = CTRL) -> None:
    QTest.keyClick(rig.window.page.composer.text_edit, key, held)
    QApplication.processEvents()


def turn(rig: Rig, angle: int, held: Qt.KeyboardModifier = CTRL) -> None:
    viewport = rig.window.page.transcript.viewport()
    middle = QPointF(viewport.rect().center())
    event = QWheelEvent(
        middle,
        viewport.mapToGlobal(middle),
        QPoint(),
        QPoint(0, angle),
        Qt.MouseButton.NoButton,
        held,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(viewport, event)
    QApplication.processEvents()


@given(st.integers(1, 400), st.integers(-20, 20))
def test_steps_lead_through_all_sizes_and_end_at_the_last(zoom: int, steps: int) -> None:
    found = zoomed(zoom, steps)
    if steps == 0:
        assert found == zoom
    elif zoom in ZOOMS:
        assert found == ZOOMS[max(0, min(len(ZOOMS) - 1, ZOOMS.index(zoom) + steps))]
        assert zoomed(found, -steps) == zoom or found in (ZOOMS[0], ZOOMS[-1])
    elif ZOOMS[0] < zoom < ZOOMS[-1]:
        assert found in ZOOMS
        assert (found > zoom) == (steps > 0)


@pytest.mark.parametrize(
    ("key", "held", "expected"),
    [
        (Qt.Key.Key_Plus, CTRL, 110),
        (Qt.Key.Key_Equal, CTRL, 110),
        (Qt.Key.Key_Minus, CTRL, 90),
        (Qt.Key.Key_Plus, CTRL | KEYPAD, 110),
        (Qt.Key.Key_Minus, CTRL | KEYPAD, 90),
    ],
)
async def test_the_keys_zoom_and_zero_takes_it_back(
    rig: Rig, key: Qt.Key, held: Qt.KeyboardModifier, expected: int
) -> None:
    press(rig, key, held)
    assert zoom_of(rig) == expected
    press(rig, Qt.Key.Key_0, held)
    assert zoom_of(rig) == 100


async def test_all_text_of_the_window_grows_and_shrinks_back(rig: Rig) -> None:
    await rig.say("A message")
    window = rig.window
    parts = (window.page.composer.text_edit, window.sidebar.list, window.page.title, window.page.status)
    before = [QFontInfo(part.font()).pointSizeF() for part in parts]
    em = window.page.transcript._style.em
    for _ in range(6):
        press(rig, Qt.Key.Key_Plus)
    assert zoom_of(rig) == 250
    after = [QFontInfo(part.font()).pointSizeF() for part in parts]
    assert [new / old for old, new in zip(before, after, strict=True)] == pytest.approx([2.5] * 4, abs=0.2)
    assert window.page.transcript._style.em == pytest.approx(2.5 * em, rel=0.05)
    press(rig, Qt.Key.Key_0)
    assert [QFontInfo(part.font()).pointSizeF() for part in parts] == before
    assert window.page.transcript._style.em == em


async def test_the_wheel_zooms_with_ctrl_and_scrolls_without(rig: Rig) -> None:
    await rig.say("A message", "Many words. " * 2000)
    bar = rig.window.page.transcript.verticalScrollBar()
    turn(rig, 120)
    assert zoom_of(rig) == 110
    turn(rig, -60)
    assert zoom_of(rig) == 110
    turn(rig, -60)
    assert zoom_of(rig) == 100
    assert bar.value() == bar.maximum()
    turn(rig, 120, Qt.KeyboardModifier.NoModifier)
    assert zoom_of(rig) == 100
    await rig.until(lambda: bar.value() < bar.maximum())


@pytest.mark.parametrize("steps", [3, -3])
async def test_what_the_reader_looks_at_stays(rig: Rig, steps: int) -> None:
    await rig.say("A message")
    view = rig.window.page.transcript
    Tree(200).show(view, "other")
    await rig.until(lambda: view.loader.complete)
    view.jump_to("100")
    QApplication.processEvents()
    before = place_on_screen(view, "100")
    window = rig.window
    for _ in range(abs(steps)):
        window.actions_by_id.run("zoom_in" if steps > 0 else "zoom_out")
        QApplication.processEvents()
    assert abs(place_on_screen(view, "100") - before) <= 2
    window.actions_by_id.run("zoom_reset")
    QApplication.processEvents()
    assert abs(place_on_screen(view, "100") - before) <= 2


async def test_the_end_stays_the_end(rig: Rig) -> None:
    await rig.say("A message", "Many words. " * 2000)
    view = rig.window.page.transcript
    assert view.follows_end
    press(rig, Qt.Key.Key_Plus)
    bar = view.verticalScrollBar()
    assert view.follows_end
    assert bar.value() == bar.maximum()


async def test_the_menu_has_the_zoom(rig: Rig) -> None:
    menu = QMenu()
    rig.window.actions_by_id.fill(menu, "View")
    words = {action.text(): action for action in menu.actions()}
    words["Larger text"].trigger()
    assert zoom_of(rig) == 110
    words["Usual size of text"].trigger()
    assert zoom_of(rig) == 100


def test_settings_are_kept_and_old_files_are_read_on(tmp_path: Path) -> None:
    path = tmp_path / "preferences.json"
    path.write_text(json.dumps({"version": 1, "appearance": {"theme": "dark", "font_size": 13}}))
    old = load(path)
    assert old.problem == ""
    assert old.preferences.appearance == replace(
        Appearance(), theme=old.preferences.appearance.theme, font_size=13.0
    )
    chosen = replace(old.preferences.appearance, zoom=175, line_width=LineWidth.WIDE, density=Density.COMPACT)
    save(path, Preferences(appearance=chosen))
    assert load(path).preferences.appearance == chosen


@pytest.mark.parametrize(
    ("name", "value"), [("zoom", 49), ("zoom", 301), ("zoom", "big"), ("line_width", "x"), ("density", 3)]
)
def test_a_bad_entry_is_left_out_alone(tmp_path: Path, name: str, value: object) -> None:
    path = tmp_path / "preferences.json"
    path.write_text(json.dumps({"version": 1, "appearance": {name: value, "font_size": 13}}))
    loaded = load(path)
    assert f"appearance.{name}" in loaded.problem
    assert loaded.preferences.appearance == Appearance(font_size=13.0)


def test_sizes_have_their_bounds(qapp: QApplication) -> None:
    system = QFont("Serif", 10)
    assert theme.body_font(Appearance(zoom=150), system).pointSizeF() == pytest.approx(15)
    assert theme.body_font(Appearance(zoom=50, font_size=6), system).pointSizeF() == theme.LEAST_POINTS
    assert theme.body_font(Appearance(zoom=300, font_size=48), system).pointSizeF() == theme.MOST_POINTS


async def test_the_dialog_shows_line_width_and_density_on_apply(make_rig: Callable[..., Rig]) -> None:
    rig = make_rig(READY)
    rig.show(1600, 800)
    await rig.say("A message", "One paragraph.\n\nAnother one. " + "Many words. " * 200)
    page, view = rig.window.page, rig.window.page.transcript
    await rig.until(lambda: not view._frame.isActive())
    wide, comfortable = view._style.column, view.rows.heights.total
    rows = rig.window.sidebar.list.sizeHintForRow(1)
    rig.window.show_preferences("appearance")
    dialog = rig.find(PreferencesDialog, "preferences")
    form = dialog.appearance

    def apply(width: LineWidth, density: Density) -> None:
        form.line_width.setCurrentIndex(form.line_width.findData(width))
        form.density.setCurrentIndex(form.density.findData(density))
        assert dialog.apply()
        QApplication.processEvents()

    columns = []
    for width in (LineWidth.NARROW, LineWidth.NORMAL, LineWidth.WIDE, LineWidth.FULL):
        apply(width, Density.COMFORTABLE)
        columns.append(view._style.column_in(view.viewport().width())[1])
        composer = page.composer.width()
        assert abs(composer - columns[-1]) <= 2, width
    assert columns == sorted(set(columns))
    assert columns[1] == wide
    assert columns[3] == view.viewport().width() - 48
    apply(LineWidth.NORMAL, Density.COMPACT)
    assert view.rows.heights.total < comfortable
    assert rig.window.sidebar.list.sizeHintForRow(1) < rows
    assert rig.preferences.value.appearance.density is Density.COMPACT
    apply(LineWidth.NORMAL, Density.COMFORTABLE)
    assert view.rows.heights.total == comfortable
    dialog.reject()


async def test_the_dialog_keeps_the_zoom_it_was_opened_with(rig: Rig) -> None:
    rig.window.actions_by_id.run("zoom_in")
    rig.window.show_preferences("appearance")
    dialog = rig.find(PreferencesDialog, "preferences")
    assert dialog.appearance.zoom.currentText() == "110 %"
    assert dialog.apply()
    assert zoom_of(rig) == 110
    dialog.reject()
