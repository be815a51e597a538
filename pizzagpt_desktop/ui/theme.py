"""The palette, spaces and type sizes of LOOK as values, and how they reach Qt; knows no widget of ours."""

from typing import NamedTuple

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFont, QFontInfo, QFontMetrics, QPalette
from PySide6.QtWidgets import QApplication, QWidget

from pizzagpt_desktop.domain.preferences import Appearance, Density, LineWidth, Theme
from pizzagpt_desktop.ui.system_wishes import SystemWishes, read_wishes

SPACE = (4, 8, 12, 16, 24, 32, 48)
RADIUS_INLINE, RADIUS_CARD, RADIUS_BUBBLE = 4, 8, 12
LEAST_EM, PIXELS_A_POINT = 6, 96 / 72
CONTROL_HEIGHT, CONTROL_HEIGHT_DENSE, CONTROL_HEIGHT_MAIN = 32, 28, 40
SIDEBAR_ROW, SIDEBAR_ROW_COMPACT = 36, 28
COLUMN_EM = {LineWidth.NARROW: 38, LineWidth.NORMAL: 46, LineWidth.WIDE: 64, LineWidth.FULL: 100_000}
MOTION_MS = 120
TYPE = {"caption": 0.85, "code": 0.92, "body": 1.0, "h3": 1.15, "h2": 1.3, "h1": 1.6}
LINE_HEIGHT = {"body": 1.5, "heading": 1.25, "code": 1.4}
LINE_HEIGHT_COMPACT = 1.3
"""Of body text."""
SCRIM = QColor(0, 0, 0, 60)
"""Lies over what is out of reach for the moment."""
LEAST_POINTS, MOST_POINTS = 5.0, 96.0
"""Of body text, after the zoom."""


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
    selection: str
    """Behind selected text of a message, which is then in the text's colour."""


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
    hit="#F5D47A",
    selection="#E9C8BF",
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
    selection="#62402F",
)
CONTRAST_LIGHT = Palette(
    dark=False,
    window="#FFFFFF",
    surface="#FFFFFF",
    sidebar="#FFFFFF",
    text="#000000",
    muted="#262626",
    border="#000000",
    accent="#7A1200",
    on_accent="#FFFFFF",
    bubble="#EDEDED",
    code="#F5F5F5",
    hit="#FFD84D",
    selection="#F0C2B6",
)
CONTRAST_DARK = Palette(
    dark=True,
    window="#000000",
    surface="#000000",
    sidebar="#000000",
    text="#FFFFFF",
    muted="#E6E6E6",
    border="#FFFFFF",
    accent="#FFD23F",
    on_accent="#000000",
    bubble="#262626",
    code="#121212",
    hit="#4D3A00",
    selection="#5A4600",
)
HIGH_CONTRAST = 7.0
"""What every text of a high contrast palette has at least on its ground."""
GROUNDS = ("window", "surface", "sidebar", "bubble", "code")


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


def chosen(theme: Theme, wishes: SystemWishes) -> Palette:
    """The palette for the user's `theme` on a desktop that has these wishes."""
    if theme is Theme.SYSTEM:
        dark = wishes.scheme is Qt.ColorScheme.Dark
        if wishes.colours is not None:
            return of_system(wishes.colours) or (CONTRAST_DARK if dark else CONTRAST_LIGHT)
        return DARK if dark else LIGHT
    return {
        Theme.LIGHT: LIGHT,
        Theme.DARK: DARK,
        Theme.CONTRAST_LIGHT: CONTRAST_LIGHT,
        Theme.CONTRAST_DARK: CONTRAST_DARK,
    }[theme]


def of_system(colours: QPalette) -> Palette | None:
    """The system's own high contrast colours as ours; None where they would not be readable everywhere here."""
    role = QPalette.ColorRole

    def colour(of: QPalette.ColorRole) -> str:
        return colours.color(QPalette.ColorGroup.Active, of).name().upper()

    window, text = colour(role.Window), colour(role.WindowText)
    dark = contrast(window, "#FFFFFF") > contrast(window, "#000000")
    palette = Palette(
        dark=dark,
        window=window,
        surface=colour(role.Base),
        sidebar=window,
        text=text,
        muted=text,
        border=text,
        accent=colour(role.Highlight),
        on_accent=colour(role.HighlightedText),
        bubble=colour(role.Button),
        code=window,
        hit=(CONTRAST_DARK if dark else CONTRAST_LIGHT).hit,
        selection=(CONTRAST_DARK if dark else CONTRAST_LIGHT).selection,
    )
    on_grounds = [(text, getattr(palette, ground)) for ground in (*GROUNDS, "hit", "selection")]
    accents = [(palette.accent, getattr(palette, ground)) for ground in GROUNDS]
    pairs = [*on_grounds, *accents, (palette.on_accent, palette.accent)]
    return palette if all(contrast(*pair) >= HIGH_CONTRAST for pair in pairs) else None


def body_font(appearance: Appearance, system: QFont) -> QFont:
    """The font of all text: the system's with the user's family, size and zoom."""
    font = QFont(system)
    if appearance.font_family:
        font.setFamily(appearance.font_family)
    if appearance.font_size > 0:
        font.setPointSizeF(appearance.font_size)
    if appearance.zoom != 100:
        points = font.pointSizeF() if font.pointSizeF() > 0 else QFontInfo(font).pointSizeF()
        font.setPointSizeF(max(LEAST_POINTS, min(points * appearance.zoom / 100, MOST_POINTS)))
    return font


def is_compact(appearance: Appearance) -> bool:
    return appearance.density is Density.COMPACT


def least_height(metrics: QFontMetrics, height: int) -> int:
    """The height of a control that is `height` pixels high in the usual sizes of text, and more in larger ones."""
    return max(height, metrics.height() + 8)


def scaled(font: QFont, name: str, *, weight: QFont.Weight | None = None) -> QFont:
    """`font` in the size that `TYPE` calls `name`."""
    result = QFont(font)
    if font.pointSizeF() > 0:
        result.setPointSizeF(font.pointSizeF() * TYPE[name])
    if weight is not None:
        result.setWeight(weight)
    return result


def column_width(font: QFont, width: LineWidth = LineWidth.NORMAL) -> int:
    """The widest a line of text or the composer gets, in pixels."""
    return round(COLUMN_EM[width] * em_of(font))


def em_of(font: QFont) -> float:
    """How high the letters of a font are, in pixels; where there is no font at all, how high they would be."""
    known = QFontInfo(font).pixelSize()
    if known >= LEAST_EM:
        return float(known)
    wanted = float(font.pixelSize())
    return max(float(LEAST_EM), wanted if wanted > 0 else font.pointSizeF() * PIXELS_A_POINT)


def style_sheet(palette: Palette) -> str:
    """The few rules that a `QPalette` cannot say. Widgets opt in by `kind` and by object name."""
    p = palette
    # Where grey would be too faint to read, a dashed edge says what cannot be pressed now.
    off = "border-style: dashed;" if p.border == p.text else ""
    return f"""
QMainWindow, QDialog {{ background: {p.window}; }}
QToolTip {{ background: {p.surface}; color: {p.text}; border: 1px solid {p.border}; padding: 4px 6px; }}
QToolButton {{ border: 2px solid transparent; border-radius: {RADIUS_CARD}px; padding: 2px; background: transparent; }}
QToolButton:hover, QToolButton:pressed, QToolButton:open {{ background: {p.bubble}; }}
QToolButton:focus {{ border-color: {p.accent}; }}
QToolButton::menu-indicator {{ image: none; }}
QToolButton[kind="chip"] {{ border: 1px solid {p.border}; padding: 0 8px; color: {p.muted}; }}
QToolButton[kind="meter"] {{ color: {p.muted}; padding: 0 4px; }}
QToolButton[kind="meter"]:hover, QToolButton[kind="meter"]:focus {{ color: {p.text}; }}
QToolButton[kind="chip"]:hover, QToolButton[kind="chip"]:focus {{ color: {p.text}; }}
QToolButton[kind="chip"]:focus {{ border: 2px solid {p.accent}; padding: 0 7px; }}
QPushButton {{ border: 1px solid {p.border}; border-radius: {RADIUS_CARD}px; background: {p.surface}; padding: 4px 12px;
  outline: none; }}
QPushButton:hover {{ background: {p.bubble}; }}
QPushButton:focus {{ border: 2px solid {p.accent}; padding: 3px 11px; }}
QPushButton:disabled {{ color: {p.muted}; background: {p.window}; {off} }}
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
QTableWidget {{ background: {p.surface}; border: 1px solid {p.border}; border-radius: {RADIUS_CARD}px; gridline-color: {p.border};
  selection-background-color: {p.bubble}; selection-color: {p.text}; outline: none; padding: 1px; }}
QTableWidget:focus {{ border: 2px solid {p.accent}; padding: 0; }}
QTableWidget::item {{ padding: 0 5px; }}
QTableWidget QLineEdit {{ border-radius: 0; padding: 0 4px; }}
QHeaderView {{ background: transparent; }}
QHeaderView::section {{ background: {p.sidebar}; color: {p.muted}; border: none; border-bottom: 1px solid {p.border}; padding: 4px 8px; }}
QFrame[kind="card"] {{ background: {p.surface}; border: 1px solid {p.border}; border-radius: {RADIUS_CARD}px; }}
QProgressBar {{ background: {p.bubble}; border: none; border-radius: 3px; }}
QProgressBar::chunk {{ background: {p.accent}; border-radius: 3px; }}
QListWidget {{ background: {p.sidebar}; padding: 8px 0; outline: none; }}
QComboBox[kind="long"] {{ combobox-popup: 0; }}
QListWidget[kind="field"] {{ background: {p.surface}; border: 1px solid {p.border}; border-radius: {RADIUS_CARD}px; }}
QListWidget[kind="field"]:focus {{ border: 2px solid {p.accent}; }}
QListWidget[kind="field"]::item:selected {{ background: {p.bubble}; }}
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
    palette = chosen(appearance.theme, read_wishes())
    font = body_font(appearance, system)
    if (colours := qt_palette(palette)) != QApplication.palette():
        QApplication.setPalette(colours)
    if font != QApplication.font():
        QApplication.setFont(font)
    # WORKAROUND(PySide6 6.11): widgets under a style sheet take a new font only together with a new sheet.
    if (sheet := f"{style_sheet(palette)}/* {font.toString()} */") != window.styleSheet():
        window.setStyleSheet(sheet)
    return palette, font


def dress_alone(dialog: QWidget) -> None:
    """The same for a dialog that is shown before there is a window: as the system has it."""
    if dialog.parentWidget() is None:
        dress(dialog, Appearance(), QApplication.font())
