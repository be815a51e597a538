"""The palette, spaces and type sizes of LOOK as values, and how they reach Qt; knows no widget of ours."""

from typing import NamedTuple

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFont, QFontInfo, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication, QWidget

from pizzagpt_desktop.domain.preferences import Appearance, Theme

SPACE = (4, 8, 12, 16, 24, 32, 48)
RADIUS_INLINE, RADIUS_CARD, RADIUS_BUBBLE = 4, 8, 12
CONTROL_HEIGHT, CONTROL_HEIGHT_DENSE, CONTROL_HEIGHT_MAIN = 32, 28, 40
SIDEBAR_ROW = 36
COLUMN_EM = 46
MOTION_MS = 120
TYPE = {"caption": 0.85, "code": 0.92, "body": 1.0, "h3": 1.15, "h2": 1.3, "h1": 1.6}
LINE_HEIGHT = {"body": 1.5, "heading": 1.25, "code": 1.4}


class Palette(NamedTuple):
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
    hit: str
    """Behind what was searched for; the current hit is on the accent."""


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
    hit="#F8DE9A",
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
    hit="#4D3A0E",
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


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours after WCAG 2, 1 to 21."""

    def luminance(colour: str) -> float:
        channels = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def chosen(theme: Theme, scheme: Qt.ColorScheme) -> Palette:
    """The palette for the user's `theme` on a desktop whose colour scheme is `scheme`."""
    if theme is Theme.SYSTEM:
        return DARK if scheme is Qt.ColorScheme.Dark else LIGHT
    return DARK if theme is Theme.DARK else LIGHT


def body_font(appearance: Appearance, system: QFont) -> QFont:
    """The font of all text: the system's with the user's family and size."""
    font = QFont(system)
    if appearance.font_family:
        font.setFamily(appearance.font_family)
    if appearance.font_size > 0:
        font.setPointSizeF(appearance.font_size)
    return font


def scaled(font: QFont, name: str, *, weight: QFont.Weight | None = None) -> QFont:
    """`font` in the size that `TYPE` calls `name`."""
    result = QFont(font)
    if font.pointSizeF() > 0:
        result.setPointSizeF(font.pointSizeF() * TYPE[name])
    if weight is not None:
        result.setWeight(weight)
    return result


def column_width(font: QFont) -> int:
    """46 em in pixels: the widest a line of text or the composer gets."""
    return round(COLUMN_EM * QFontInfo(font).pixelSize())


def style_sheet(palette: Palette) -> str:
    """The few rules that a `QPalette` cannot say. Widgets opt in by `kind` and by object name."""
    p = palette
    return f"""
QMainWindow, QDialog {{ background: {p.window}; }}
QToolTip {{ background: {p.surface}; color: {p.text}; border: 1px solid {p.border}; padding: 4px 6px; }}
QToolButton {{ border: 2px solid transparent; border-radius: {RADIUS_CARD}px; padding: 2px; background: transparent; }}
QToolButton:hover, QToolButton:pressed, QToolButton:open {{ background: {p.bubble}; }}
QToolButton:focus {{ border-color: {p.accent}; }}
QToolButton::menu-indicator {{ image: none; }}
QToolButton[kind="chip"] {{ border: 1px solid {p.border}; padding: 0 8px; color: {p.muted}; }}
QToolButton[kind="chip"]:hover, QToolButton[kind="chip"]:focus {{ color: {p.text}; }}
QToolButton[kind="chip"]:focus {{ border: 2px solid {p.accent}; padding: 0 7px; }}
QPushButton {{ border: 1px solid {p.border}; border-radius: {RADIUS_CARD}px; background: {p.surface}; padding: 4px 12px;
  outline: none; }}
QPushButton:hover {{ background: {p.bubble}; }}
QPushButton:focus {{ border: 2px solid {p.accent}; padding: 3px 11px; }}
QPushButton:disabled {{ color: {p.muted}; background: {p.window}; }}
QPushButton[kind="main"], QToolButton[kind="main"] {{ background: {p.accent}; color: {p.on_accent};
  border: 2px solid {p.accent}; }}
QPushButton[kind="main"]:focus, QToolButton[kind="main"]:focus {{ border-color: {p.text}; }}
QToolButton[kind="main"]:disabled, QPushButton[kind="main"]:disabled {{ background: {p.bubble}; color: {p.muted};
  border-color: {p.bubble}; }}
QPushButton[kind="link"] {{ border: 2px solid transparent; background: transparent; color: {p.accent}; padding: 2px 6px; }}
QPushButton[kind="link"]:focus {{ border-color: {p.accent}; }}
QLineEdit, QSpinBox, QDoubleSpinBox, QComboBox, QPlainTextEdit[kind="field"] {{ background: {p.surface};
  border: 1px solid {p.border}; border-radius: {RADIUS_CARD}px; padding: 4px 8px; min-height: 22px;
  selection-background-color: {p.accent}; selection-color: {p.on_accent}; }}
QLineEdit:focus, QSpinBox:focus, QDoubleSpinBox:focus, QComboBox:focus, QPlainTextEdit[kind="field"]:focus {{
  border: 2px solid {p.accent}; padding: 3px 7px; }}
QLineEdit:disabled, QComboBox:disabled, QSpinBox:disabled {{ color: {p.muted}; background: {p.window}; }}
QComboBox {{ padding-right: 28px; }}
QComboBox::drop-down {{ border: none; width: 28px; }}
QComboBox QAbstractItemView {{ background: {p.surface}; border: 1px solid {p.border};
  selection-background-color: {p.bubble}; selection-color: {p.text}; }}
QListWidget {{ background: {p.sidebar}; padding: 8px 0; outline: none; }}
QListWidget::item {{ margin: 1px 8px; padding: 0 8px; border: 2px solid transparent; border-radius: {RADIUS_CARD}px; color: {p.text}; }}
QListWidget::item:selected {{ background: {p.surface}; border: 1px solid {p.border}; color: {p.text}; }}
QListWidget::item:selected:focus {{ border: 2px solid {p.accent}; }}
QMenu {{ background: {p.surface}; border: 1px solid {p.border}; padding: 4px; }}
QMenu::item {{ padding: 6px 24px 6px 12px; border-radius: 4px; }}
QMenu::item:selected {{ background: {p.bubble}; color: {p.text}; }}
QMenu::item:disabled {{ color: {p.muted}; }}
QMenu::separator {{ height: 1px; background: {p.border}; margin: 4px 8px; }}
QScrollBar:vertical {{ background: transparent; width: 10px; margin: 0; }}
QScrollBar::handle:vertical {{ background: {p.border}; min-height: 32px; border-radius: 3px; margin: 2px; }}
QScrollBar::handle:vertical:hover {{ background: {p.muted}; }}
QScrollBar:horizontal {{ background: transparent; height: 10px; margin: 0; }}
QScrollBar::handle:horizontal {{ background: {p.border}; min-width: 32px; border-radius: 3px; margin: 2px; }}
QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
QLabel[kind="muted"] {{ color: {p.muted}; }}
QLabel[kind="error"] {{ color: {p.accent}; }}
"""


def dress(window: QWidget, appearance: Appearance, system: QFont) -> tuple[Palette, QFont]:
    """Give all widgets their colours and font, and `window` its rules; which they are. system: the system's font.

    Only where they are others: each change has every widget look at itself again.
    """
    palette = chosen(appearance.theme, QGuiApplication.styleHints().colorScheme())
    font = body_font(appearance, system)
    if (colours := qt_palette(palette)) != QApplication.palette():
        QApplication.setPalette(colours)
    if font != QApplication.font():
        QApplication.setFont(font)
    if (sheet := style_sheet(palette)) != window.styleSheet():
        window.setStyleSheet(sheet)
    return palette, font


def dress_alone(dialog: QWidget) -> None:
    """The same for a dialog that is shown before there is a window: as the system has it."""
    if dialog.parentWidget() is None:
        dress(dialog, Appearance(), QApplication.font())
