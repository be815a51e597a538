"""The colours: readable on every ground, and Qt told of them."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QFont
from pytestqt.qtbot import QtBot

from pizzagpt_desktop.domain.preferences import Appearance, Theme
from pizzagpt_desktop.ui import icons, theme

GROUNDS = ("window", "surface", "sidebar", "bubble", "code")


@pytest.mark.parametrize("palette", [theme.LIGHT, theme.DARK], ids=["light", "dark"])
@pytest.mark.parametrize("ground", GROUNDS)
def test_text_is_readable_on_every_ground(palette: theme.Palette, ground: str) -> None:
    on = getattr(palette, ground)
    assert theme.contrast(palette.text, on) >= 11
    assert theme.contrast(palette.muted, on) >= 5
    assert theme.contrast(palette.accent, on) >= 5


@pytest.mark.parametrize("palette", [theme.LIGHT, theme.DARK], ids=["light", "dark"])
def test_text_on_the_accent_is_readable(palette: theme.Palette) -> None:
    assert theme.contrast(palette.on_accent, palette.accent) >= 5


def test_contrast_is_that_of_wcag() -> None:
    assert theme.contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert theme.contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.01)


def test_the_users_theme_goes_before_the_desktops() -> None:
    assert theme.chosen(Theme.SYSTEM, Qt.ColorScheme.Dark) is theme.DARK
    assert theme.chosen(Theme.SYSTEM, Qt.ColorScheme.Unknown) is theme.LIGHT
    assert theme.chosen(Theme.LIGHT, Qt.ColorScheme.Dark) is theme.LIGHT
    assert theme.chosen(Theme.DARK, Qt.ColorScheme.Light) is theme.DARK


def test_the_users_font_is_the_systems_but_for_what_was_chosen(qtbot: QtBot) -> None:
    system = QFont("Serif", 11)
    assert theme.body_font(Appearance(), system) == system
    assert theme.body_font(Appearance(font_size=15), system).pointSizeF() == 15
    assert theme.body_font(Appearance(font_family="Mono"), system).family() == "Mono"
    assert theme.column_width(theme.body_font(Appearance(font_size=30), system)) > theme.column_width(system)


def test_every_icon_draws_in_the_colour_it_is_given(qtbot: QtBot) -> None:
    names = sorted(path.stem for path in icons.icons_folder().glob("*.svg"))
    assert {"send", "stop", "menu", "mark"} <= set(names)
    for name in names:
        text = (icons.icons_folder() / f"{name}.svg").read_text("utf-8")
        assert 'stroke-width="1.5"' in text, name
        image = icons.pixmap(name, "#FF0000", 24).toImage()
        seen = [image.pixelColor(x, y) for x in range(image.width()) for y in range(image.height())]
        drawn = [colour for colour in seen if colour.alpha() > 200]
        assert drawn, f"{name} is empty"
        assert all((c.red(), c.green(), c.blue()) == (255, 0, 0) for c in drawn), name
