"""All themes: every text readable on every ground it is drawn on, and no colour made anywhere but in the palette."""

import ast
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication, QPushButton, QWidget
from pytestqt.qtbot import QtBot

import pizzagpt_desktop.ui
from pizzagpt_desktop.domain.preferences import Appearance, Theme
from pizzagpt_desktop.ui import theme
from pizzagpt_desktop.ui.preferences.dialog import PreferencesDialog
from pizzagpt_desktop.ui.system_wishes import SystemWishes, read_wishes
from tests.helpers.ui_parts import READY, Rig

pytestmark = pytest.mark.qt_log_ignore("^This plugin does not support")

PALETTES = {
    "light": theme.LIGHT,
    "dark": theme.DARK,
    "contrast light": theme.CONTRAST_LIGHT,
    "contrast dark": theme.CONTRAST_DARK,
}
HIGH = {"contrast light", "contrast dark"}
WHITE, BLACK = "#FFFFFF", "#000000"
each = pytest.mark.parametrize("name", PALETTES)
Role, Group = QPalette.ColorRole, QPalette.ColorGroup


def blended(over: str, share: float, ground: str) -> str:
    """What `over` looks like on `ground`, where only a share of it covers."""
    one, other = QColor(over), QColor(ground)
    mixed = [
        round(a * share + b * (1 - share)) for a, b in zip(one.getRgb()[:3], other.getRgb()[:3], strict=True)
    ]
    return QColor(*mixed).name()


@each
@pytest.mark.parametrize("ground", theme.GROUNDS)
def test_text_is_readable_on_every_ground(name: str, ground: str) -> None:
    palette = PALETTES[name]
    on = getattr(palette, ground)
    assert theme.contrast(palette.text, on) >= 11
    least = theme.HIGH_CONTRAST if name in HIGH else 5
    assert theme.contrast(palette.muted, on) >= least
    assert theme.contrast(palette.accent, on) >= least


@each
def test_text_is_readable_on_everything_that_is_marked(name: str) -> None:
    p = PALETTES[name]
    least = theme.HIGH_CONTRAST if name in HIGH else 4.5
    added = [blended(p.accent, 40 / 255, ground) for ground in (p.window, p.surface)]  # of the comparison
    assert theme.contrast(p.on_accent, p.accent) >= least
    for ground in (p.hit, p.selection, *added):
        assert theme.contrast(p.text, ground) >= least, ground


@each
def test_what_qt_paints_itself_is_readable(name: str) -> None:
    palette = theme.qt_palette(PALETTES[name])
    least = theme.HIGH_CONTRAST if name in HIGH else 4.5
    pairs = [
        (Role.WindowText, Role.Window),
        (Role.Text, Role.Base),
        (Role.Text, Role.AlternateBase),
        (Role.ButtonText, Role.Button),
        (Role.ToolTipText, Role.ToolTipBase),
        (Role.PlaceholderText, Role.Base),
        (Role.PlaceholderText, Role.Window),
        (Role.HighlightedText, Role.Highlight),
        (Role.Link, Role.Base),
        (Role.Link, Role.Window),
        (Role.LinkVisited, Role.Base),
    ]
    for group in (Group.Active, Group.Inactive):
        for text, ground in pairs:
            colours = palette.color(group, text).name(), palette.color(group, ground).name()
            assert theme.contrast(*colours) >= least, (group, text, ground)


@each
def test_marked_things_can_be_told_from_the_page(name: str) -> None:
    p = PALETTES[name]
    for mark in (p.selection, p.hit, p.accent):
        for ground in (p.window, p.surface, p.bubble, p.code):
            assert QColor(mark) != QColor(ground)
            assert theme.contrast(mark, ground) >= 1.15


RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")


@each
def test_the_style_sheet_puts_no_text_on_a_ground_it_cannot_be_read_on(name: str) -> None:
    """In each rule that names both colours."""
    least = theme.HIGH_CONTRAST if name in HIGH else 4.5
    checked = 0
    for selector, body in RULE.findall(theme.style_sheet(PALETTES[name])):
        facts = dict(re.findall(r"(?:^|[;\s])([a-z-]+):\s*(#[0-9A-Fa-f]{6})\b", body))
        for text, ground in (("color", "background"), ("selection-color", "selection-background-color")):
            if text in facts and ground in facts:
                checked += 1
                assert theme.contrast(facts[text], facts[ground]) >= least, selector
    assert checked >= 6


def test_the_users_theme_goes_before_the_desktops() -> None:
    dark = SystemWishes(Qt.ColorScheme.Dark, QPalette(QColor(BLACK)))
    assert theme.chosen(Theme.LIGHT, dark) is theme.LIGHT
    assert theme.chosen(Theme.DARK, SystemWishes(Qt.ColorScheme.Light)) is theme.DARK
    assert theme.chosen(Theme.CONTRAST_LIGHT, dark) is theme.CONTRAST_LIGHT
    assert theme.chosen(Theme.CONTRAST_DARK, SystemWishes()) is theme.CONTRAST_DARK
    assert theme.chosen(Theme.SYSTEM, SystemWishes(Qt.ColorScheme.Dark)) is theme.DARK
    assert theme.chosen(Theme.SYSTEM, SystemWishes(Qt.ColorScheme.Unknown)) is theme.LIGHT


def desktop_colours(**named: str) -> QPalette:
    roles = {
        "Window": BLACK,
        "WindowText": WHITE,
        "Base": BLACK,
        "Button": BLACK,
        "Highlight": "#1AEBFF",
        "HighlightedText": BLACK,
        **named,
    }
    palette = QPalette()
    for role, colour in roles.items():
        palette.setColor(Role[role], QColor(colour))
    return palette


def test_a_desktop_in_high_contrast_gives_its_own_colours() -> None:
    palette = theme.chosen(Theme.SYSTEM, SystemWishes(Qt.ColorScheme.Dark, desktop_colours()))
    assert (palette.window, palette.text, palette.accent) == (BLACK, WHITE, "#1AEBFF")
    assert palette.dark
    light = desktop_colours(
        Window=WHITE, WindowText=BLACK, Base=WHITE, Button=WHITE, Highlight="#37006E", HighlightedText=WHITE
    )
    found = theme.chosen(Theme.SYSTEM, SystemWishes(Qt.ColorScheme.Light, light))
    assert (found.window, found.text, found.dark) == (WHITE, BLACK, False)


@pytest.mark.parametrize("fault", [{"Highlight": "#333333"}, {"WindowText": "#777777"}, {"Base": WHITE}])
def test_where_they_cannot_be_read_ours_are_taken(fault: dict[str, str]) -> None:
    colours = desktop_colours(**fault)
    assert theme.of_system(colours) is None
    assert theme.chosen(Theme.SYSTEM, SystemWishes(Qt.ColorScheme.Dark, colours)) is theme.CONTRAST_DARK


def test_a_desktop_without_wishes_has_none(qapp: QApplication) -> None:
    wishes = read_wishes()
    assert wishes.colours is None
    assert wishes.still is False


@pytest.mark.parametrize("chosen", list(Theme))
async def test_the_preferences_offer_every_theme_and_show_it_at_once(
    make_rig: Callable[..., Rig], chosen: Theme
) -> None:
    rig = make_rig(replace(READY, appearance=Appearance(theme=Theme.LIGHT)))
    rig.show()
    await rig.say("A message")
    rig.window.show_preferences("appearance")
    dialog = rig.find(PreferencesDialog, "preferences")
    dialog.appearance.theme.setCurrentIndex(dialog.appearance.theme.findData(chosen))
    assert dialog.apply()
    assert rig.preferences.value.appearance.theme is chosen
    wanted = theme.chosen(chosen, read_wishes())
    assert rig.window.page.transcript._style.palette == wanted
    image = rig.window.page.transcript.viewport().grab().toImage()
    assert image.pixelColor(1, 1).name().upper() == wanted.window
    dialog.reject()


COLOUR = re.compile(r"#(?:[0-9A-Fa-f]{3}){1,2}\b|\brgba?\(")


def made_colours(tree: ast.AST) -> list[int]:
    """Lines on which a colour is written down, rather than taken from a palette."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and COLOUR.search(node.value):
            found.append(node.lineno)
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith(("QColor", "fromRgb", "fromHsv")):
            if any(isinstance(argument, ast.Constant) for argument in node.args):
                found.append(node.lineno)
        elif isinstance(node, ast.Attribute) and ast.unparse(node.value) == "Qt.GlobalColor":
            found += [node.lineno] if node.attr != "transparent" else []
    return found


def docstrings(tree: ast.AST) -> set[int]:
    """Lines of strings that say something to readers of the code only."""
    return {
        node.value.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }


def test_no_colour_is_made_outside_the_palette() -> None:
    folder = Path(pizzagpt_desktop.ui.__file__).parent
    for path in folder.rglob("*.py"):
        if path.name not in ("theme.py", "inks.py"):  # the palettes of the window and of code
            tree = ast.parse(path.read_text("utf-8"))
            assert not set(made_colours(tree)) - docstrings(tree), path.name


@pytest.mark.parametrize(
    "code",
    ["x = '#FFF'", "x = 'color: #a0b1c2;'", "QColor(0, 0, 0)", "Qt.GlobalColor.red", "y = 'rgba(1,2,3,4)'"],
)
def test_the_rule_finds_what_it_forbids(code: str) -> None:
    assert made_colours(ast.parse(code))


async def test_the_window_follows_the_desktop_while_it_runs(
    make_rig: Callable[..., Rig], monkeypatch: pytest.MonkeyPatch
) -> None:
    rig = make_rig(replace(READY, appearance=Appearance(theme=Theme.SYSTEM)))
    rig.show()
    await rig.say("A message", "```py\nx = 1\n```")
    view = rig.window.page.transcript

    def seen() -> str:
        return view.viewport().grab().toImage().pixelColor(1, 1).name().upper()

    hints = QGuiApplication.styleHints()
    for scheme, wanted in (
        (Qt.ColorScheme.Dark, theme.DARK),
        (Qt.ColorScheme.Light, theme.LIGHT),
        (Qt.ColorScheme.Dark, theme.DARK),
    ):
        monkeypatch.setattr(theme, "read_wishes", lambda scheme=scheme: SystemWishes(scheme))
        hints.colorSchemeChanged.emit(scheme)
        assert seen() == wanted.window
        assert QApplication.palette().color(Role.Window).name().upper() == wanted.window
        assert wanted.text.lower() in rig.window.styleSheet().lower()


async def test_a_chosen_theme_stays_whatever_the_desktop_does(
    make_rig: Callable[..., Rig], monkeypatch: pytest.MonkeyPatch
) -> None:
    rig = make_rig(replace(READY, appearance=Appearance(theme=Theme.LIGHT)))
    rig.show()
    monkeypatch.setattr(theme, "read_wishes", lambda: SystemWishes(Qt.ColorScheme.Dark))
    QGuiApplication.styleHints().colorSchemeChanged.emit(Qt.ColorScheme.Dark)
    assert QApplication.palette().color(Role.Window).name().upper() == theme.LIGHT.window


@pytest.mark.parametrize("palette", [theme.CONTRAST_LIGHT, theme.CONTRAST_DARK])
def test_in_high_contrast_a_button_that_cannot_be_pressed_has_another_edge(
    qtbot: QtBot, palette: theme.Palette
) -> None:
    page = QWidget()
    qtbot.addWidget(page)
    page.setStyleSheet(theme.style_sheet(palette))
    edges = {}
    for on in (True, False):
        button = QPushButton("", page)
        button.setEnabled(on)
        button.resize(120, 32)
        image = button.grab().toImage()
        edges[on] = {image.pixelColor(x, 0).name().upper() for x in range(20, image.width() - 20)}
    assert edges[True] == {palette.border}
    assert len(edges[False]) > 1, "a dashed edge"
