"""Fonts and icons: in the size and colour that were chosen, and how contrast is reckoned."""

import pytest
from PySide6.QtGui import QFont
from pytestqt.qtbot import QtBot

from pizzagpt_desktop.domain.preferences import Appearance
from pizzagpt_desktop.ui import icons, theme


def test_contrast_is_that_of_wcag() -> None:
    assert theme.contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert theme.contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.01)


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
