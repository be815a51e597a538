"""The palette, spaces and type sizes of LOOK as values, and how they reach Qt; knows no widget of ours."""

from dataclasses import dataclass

from PySide6.QtGui import QColor, QPalette

SPACE = (4, 8, 12, 16, 24, 32, 48)
RADIUS_INLINE, RADIUS_CARD, RADIUS_BUBBLE = 4, 8, 12
CONTROL_HEIGHT, CONTROL_HEIGHT_DENSE, CONTROL_HEIGHT_MAIN = 32, 28, 40
SIDEBAR_ROW = 36
MOTION_MS = 120
TYPE = {"caption": 0.85, "code": 0.92, "body": 1.0, "h3": 1.15, "h2": 1.3, "h1": 1.6}
LINE_HEIGHT = {"body": 1.5, "heading": 1.25, "code": 1.4}


@dataclass(frozen=True, slots=True)
class Palette:
    """The colours of one theme, as #RRGGBB; `on_accent` is text on the accent."""

    dark: bool
    window: str
    surface: str
    sidebar: str
    text: str
    muted: str
    border: str
    accent: str
    on_accent: str
    bubble: str
    code: str


LIGHT = Palette(
    dark=False,
    window="#FBF8F4",
    surface="#FFFFFF",
    sidebar="#F3EEE7",
    text="#231F1B",
    muted="#665D54",
    border="#E3DACE",
    accent="#B3361E",
    on_accent="#FFFFFF",
    bubble="#F2EADF",
    code="#F6F1EA",
)
DARK = Palette(
    dark=True,
    window="#1C1916",
    surface="#25211D",
    sidebar="#171412",
    text="#EEE7DE",
    muted="#ADA297",
    border="#3B352F",
    accent="#FF8F6B",
    on_accent="#231F1B",
    bubble="#332C26",
    code="#14110F",
)


def qt_palette(palette: Palette) -> QPalette:
    """The same colours for the widgets that Qt paints itself."""
    roles = {
        QPalette.ColorRole.Window: palette.window,
        QPalette.ColorRole.WindowText: palette.text,
        QPalette.ColorRole.Base: palette.surface,
        QPalette.ColorRole.AlternateBase: palette.sidebar,
        QPalette.ColorRole.Text: palette.text,
        QPalette.ColorRole.Button: palette.surface,
        QPalette.ColorRole.ButtonText: palette.text,
        QPalette.ColorRole.ToolTipBase: palette.surface,
        QPalette.ColorRole.ToolTipText: palette.text,
        QPalette.ColorRole.PlaceholderText: palette.muted,
        QPalette.ColorRole.Highlight: palette.accent,
        QPalette.ColorRole.HighlightedText: palette.on_accent,
        QPalette.ColorRole.Accent: palette.accent,
        QPalette.ColorRole.Link: palette.accent,
        QPalette.ColorRole.LinkVisited: palette.accent,
        QPalette.ColorRole.Mid: palette.border,
        QPalette.ColorRole.Midlight: palette.border,
        QPalette.ColorRole.Dark: palette.border,
        QPalette.ColorRole.Light: palette.surface,
        QPalette.ColorRole.Shadow: palette.border,
    }
    result = QPalette()
    for role, colour in roles.items():
        result.setColor(role, QColor(colour))
    for role in (QPalette.ColorRole.WindowText, QPalette.ColorRole.Text, QPalette.ColorRole.ButtonText):
        result.setColor(QPalette.ColorGroup.Disabled, role, QColor(palette.muted))
    return result
