"""The palette and the user's font as the transcript draws with them; knows no message."""

from typing import Any

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QColor, QFont, QFontDatabase, QFontMetricsF, QGuiApplication, QPalette

from pizzagpt_desktop.domain.preferences import LineWidth
from pizzagpt_desktop.ui import theme

MARGIN = 24
AROUND = 12
"""Pixels beside the column that a ring round a message, or a letter that leans, may take."""
TURN_GAP = 28
BUBBLE_SHARE = 0.85
BUBBLE_PADDING_X, BUBBLE_PADDING_Y = 16, 10
CARD_HEADER, CARD_PADDING = 32, 12
TABLE_FOOT = 36
"""Below a table, for its bar and its buttons."""
FOLD_FOOT = 40
"""Below the lines of a folded card, for the button that shows all."""
INDENT, QUOTE_INDENT, QUOTE_BAR = 28, 18, 3
META_GAP = 4
COMPACT_SHARE = 0.5
FOLD_HEIGHT = theme.CONTROL_HEIGHT_DENSE


class Style:
    """Colours, fonts and measures, all in logical pixels. A new one is made whenever palette or font change."""

    def __init__(
        self,
        palette: theme.Palette,
        font: QFont,
        line_width: LineWidth = LineWidth.NORMAL,
        compact: bool = False,
    ) -> None:
        self._of: dict[str, Any] = {
            "palette": palette,
            "font": font,
            "line_width": line_width,
            "compact": compact,
        }
        self.palette = palette
        self.compact = compact
        self.mirrored = QGuiApplication.layoutDirection() is Qt.LayoutDirection.RightToLeft
        """Whether the window is: then the user's messages stand at the left."""
        self.window = QColor(palette.window)
        self.text = QColor(palette.text)
        self.muted = QColor(palette.muted)
        self.border = QColor(palette.border)
        self.accent = QColor(palette.accent)
        self.bubble = QColor(palette.bubble)
        self.code = QColor(palette.code)
        self.surface = QColor(palette.surface)
        self.selection = QColor(palette.selection)
        self.hit = QColor(palette.hit)
        self.on_accent = QColor(palette.on_accent)
        self.text_palette = QPalette()
        self.text_palette.setColor(QPalette.ColorRole.Text, self.text)
        self.em = theme.em_of(font)
        self.body = self._font(font, theme.TYPE["body"])
        self.caption = self._font(font, theme.TYPE["caption"])
        self.headings = {
            1: self._font(font, theme.TYPE["h1"], bold=True),
            2: self._font(font, theme.TYPE["h2"], bold=True),
            3: self._font(font, theme.TYPE["h3"], bold=True),
        }
        mono = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
        mono.setStyleHint(QFont.StyleHint.Monospace)
        self.mono = self._font(mono, theme.TYPE["code"])
        self.column = int(theme.COLUMN_EM[line_width] * self.em)
        self.body_line = (theme.LINE_HEIGHT_COMPACT if compact else theme.LINE_HEIGHT["body"]) * self.em
        self.code_line = theme.LINE_HEIGHT["code"] * self.em * theme.TYPE["code"]
        self.meta_height = round(QFontMetricsF(self.caption).height()) + META_GAP
        self.char_width = max(1.0, QFontMetricsF(self.body).averageCharWidth())

    def other(self, **changes: Any) -> "Style":
        """The style with other arguments than this one's; itself where they are the same."""
        wanted = {**self._of, **changes}
        return self if wanted == self._of else Style(**wanted)

    def _font(self, font: QFont, scale: float, bold: bool = False) -> QFont:
        result = QFont(font)
        result.setPixelSize(max(6, round(self.em * scale)))
        if bold:
            result.setWeight(QFont.Weight.DemiBold)
        result.setHintingPreference(QFont.HintingPreference.PreferVerticalHinting)
        return result

    def gap(self, pixels: int) -> int:
        """The room between two paragraphs that usually have `pixels` between them."""
        return round(pixels * COMPACT_SHARE) if self.compact else pixels

    def heading(self, level: int) -> QFont:
        """The font of a heading; levels 4 to 6 look as body text in bold."""
        if level in self.headings:
            return self.headings[level]
        font = QFont(self.body)
        font.setWeight(QFont.Weight.DemiBold)
        return font

    def column_in(self, width: int) -> tuple[int, int]:
        """Left edge and width of the text column in a viewport `width` wide."""
        column = max(120, min(self.column, width - 2 * MARGIN))
        return max((width - column) // 2, min(MARGIN, max(0, width - column))), column

    def painted_in(self, port: QRect) -> QRect:
        """The part of a viewport that anything is painted in."""
        left, column = self.column_in(port.width())
        return QRect(left - AROUND, port.top(), column + 2 * AROUND, port.height()) & port


PLAIN_TEXT_FLAGS = Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop
