"""What a transcript is drawn with: colours, font, width of lines, density; knows no message and paints nothing."""

from PySide6.QtCore import Signal
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QWidget

from pizzagpt_desktop.domain.preferences import LineWidth
from pizzagpt_desktop.ui import theme
from pizzagpt_desktop.ui.transcript.requests import Requests
from pizzagpt_desktop.ui.transcript.style import Style


class Styled(Requests):
    """A view with a `_style` that can be changed."""

    restyled = Signal()
    """Everything has to be laid out in another style."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._style = Style(theme.LIGHT, QFont(self.font()))

    def set_palette(self, palette: theme.Palette) -> None:
        """Draw with other colours."""
        self._restyle(self._style.other(palette=palette))

    def set_body_font(self, font: QFont) -> None:
        """Draw text with another font or size; code follows in proportion."""
        self._restyle(self._style.other(font=QFont(font)))

    def set_measures(self, line_width: LineWidth, compact: bool) -> None:
        """Draw with lines of another width, and with less room between them."""
        self._restyle(self._style.other(line_width=line_width, compact=compact))

    def _restyle(self, style: Style) -> None:
        if style is not self._style:
            self._style = style
            self.restyled.emit()
