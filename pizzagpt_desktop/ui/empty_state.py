"""The page before the first message: the mark, one sentence, and what can be done now; knows no service."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QRectF, Qt
from PySide6.QtGui import QFont, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QGridLayout, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from pizzagpt_desktop.ui import icons, theme
from pizzagpt_desktop.ui.labels import label, text_button

Suggestion = tuple[str, str, Callable[[], None]]
"""Icon, verb and what it does."""
MARK_SIZE = 56


class _Mark(QWidget):
    """The program's mark in the accent colour."""

    def __init__(self) -> None:
        super().__init__()
        self.setFixedSize(MARK_SIZE, MARK_SIZE)
        self.colour = theme.LIGHT.accent

    def paintEvent(self, event: QPaintEvent) -> None:
        mark = icons.pixmap("mark", self.colour, MARK_SIZE)
        QPainter(self).drawPixmap(QRectF(self.rect()).topLeft(), mark)


class EmptyState(QWidget):
    """The mark and one sentence; the suggestions are a widget of their own, to stand under the composer."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("empty_state")
        self._mark = _Mark()
        self._sentence = label()
        self._sentence.setObjectName("empty_sentence")
        self._sentence.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 24)
        column.setSpacing(16)
        column.addWidget(self._mark, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addWidget(self._sentence)
        self.suggestions = Suggestions()

    def set_palette(self, palette: theme.Palette) -> None:
        self._mark.colour = palette.accent
        self._mark.update()
        self.suggestions.set_palette(palette)

    def set_font(self, font: QFont) -> None:
        """The user's font; the sentence stands in a heading's size."""
        self._sentence.setFont(theme.scaled(font, "h2", weight=QFont.Weight.DemiBold))

    def say(self, sentence: str, suggestions: Sequence[Suggestion], main: Suggestion | None = None) -> None:
        """Show a sentence and the buttons under it. main: the one step to take first, in the accent colour."""
        self._sentence.setText(sentence)
        self.suggestions.offer(suggestions, main)

    @property
    def sentence(self) -> str:
        return self._sentence.text()


class Suggestions(QWidget):
    """Up to four quiet buttons under one in the accent colour, where there is a first step.

    They stand in two columns, or in one where their words would not have room beside each other.
    """

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("suggestions")
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 16, 0, 0)
        self._grid.setSpacing(8)
        self._palette = theme.LIGHT
        self._buttons: list[QPushButton] = []
        self._has_main = False
        self._columns = 2

    def set_palette(self, palette: theme.Palette) -> None:
        self._palette = palette
        icons.tint(self._buttons, palette.muted, palette.on_accent)

    def offer(self, suggestions: Sequence[Suggestion], main: Suggestion | None) -> None:
        """Show these buttons instead of the ones before."""
        for old in self._buttons:
            self._grid.removeWidget(old)
            old.hide()
            old.deleteLater()
        self._buttons = []
        for number, (icon, words, act) in enumerate(([main] if main else []) + list(suggestions)[:4]):
            is_main = main is not None and number == 0
            button = text_button(f"suggestion_{number}", words, kind="main" if is_main else "", cut=True)
            button.setMinimumHeight(theme.CONTROL_HEIGHT_MAIN)
            button.setMinimumWidth(0)
            button.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
            icons.give(button, icon, size=18, on_accent=is_main)
            button.clicked.connect(lambda _checked=False, act=act: act())
            self._buttons.append(button)
        icons.tint(self._buttons, self._palette.muted, self._palette.on_accent)
        self._has_main = main is not None
        self._place()

    def _rest(self) -> list[QPushButton]:
        return self._buttons[1:] if self._has_main else self._buttons

    def _place(self) -> None:
        """Main across all columns, the others beside each other."""
        columns, row = self._columns, 0
        if self._buttons and self._has_main:
            self._grid.addWidget(self._buttons[0], 0, 0, 1, columns)
            row = 1
        for number, button in enumerate(self._rest()):
            self._grid.addWidget(button, row + number // columns, number % columns)

    def _choose_columns(self) -> None:
        widest = max((button.sizeHint().width() for button in self._rest()), default=0)
        columns = 2 if 2 * widest + self._grid.spacing() <= self.width() else 1
        if columns != self._columns:
            self._columns = columns
            self._place()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._choose_columns()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.LayoutRequest:  # other words, or letters of another size
            self._choose_columns()
        return super().event(event)
