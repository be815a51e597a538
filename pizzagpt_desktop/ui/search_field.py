"""The field that searches everything; knows no search."""

from PySide6.QtGui import QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QLineEdit

from pizzagpt_desktop.ui import icons


class SearchField(QLineEdit):
    """A field with a magnifying glass painted in it: Qt's own would be one more button to tab through."""

    def __init__(self) -> None:
        super().__init__()
        self.setTextMargins(24, 0, 0, 0)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        colour = self.palette().color(QPalette.ColorRole.PlaceholderText).name()
        left = self.width() - 26 if self.isRightToLeft() else 10
        QPainter(self).drawPixmap(left, (self.height() - 16) // 2, icons.pixmap("search", colour, 16))
