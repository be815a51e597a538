"""The window's two halves: the sidebar at the left, or over the page where room is scarce; knows neither's content."""

from PySide6.QtCore import QRect, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QWidget

from pizzagpt_desktop.ui import theme

NARROW = 640
SIDEBAR_WIDTH, SIDEBAR_LEAST, SIDEBAR_MOST = 260, 200, 400
_GRIP = 6


class _Grip(QWidget):
    """The line between the halves; dragging it gives the sidebar another width."""

    dragged = Signal(int)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setCursor(Qt.CursorShape.SplitHCursor)
        self.colour = theme.LIGHT.border

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self.dragged.emit(self.mapToParent(event.position().toPoint()).x())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setPen(QColor(self.colour))  # a line, as `fillRect` would make the many enums of QGradient
        painter.drawLine(0, 0, 0, self.height())


class _Scrim(QWidget):
    """Lies between the page and an overlaid sidebar: dims the page, and takes the click that ends the overlay."""

    clicked = Signal()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.clicked.emit()

    def paintEvent(self, event: QPaintEvent) -> None:
        QPainter(self).fillRect(self.rect(), theme.SCRIM)


class Shell(QWidget):
    """Lays out sidebar and page; an overlaid sidebar goes when the page is clicked or something in it was chosen."""

    sidebar_shown = Signal(bool)

    def __init__(self, sidebar: QWidget, page: QWidget) -> None:
        super().__init__()
        self._sidebar = sidebar
        self._page = page
        self._width = SIDEBAR_WIDTH
        self._wanted = True
        self._overlaid = False
        sidebar.setParent(self)
        page.setParent(self)
        self._scrim = _Scrim(self)
        self._scrim.clicked.connect(self.end_overlay)
        self._grip = _Grip(self)
        self._grip.dragged.connect(self.set_sidebar_width)
        self._lay_out()

    @property
    def narrow(self) -> bool:
        """Whether the sidebar lies over the page when it is shown."""
        return self.width() < NARROW

    @property
    def sidebar_visible(self) -> bool:
        return not self._sidebar.isHidden()

    def set_palette(self, palette: theme.Palette) -> None:
        self._grip.colour = palette.border
        self._grip.update()

    def set_sidebar(self, shown: bool) -> None:
        """Show or hide the sidebar, in the way that there is room for."""
        if self.narrow:
            self._overlaid = shown
        else:
            self._wanted = shown
        self._lay_out()

    def end_overlay(self) -> None:
        """Take an overlaid sidebar away; one beside the page stays."""
        if self.narrow and self._overlaid:
            self.set_sidebar(False)

    @property
    def sidebar_width(self) -> int:
        return self._width

    @property
    def sidebar_wanted(self) -> bool:
        """Whether the sidebar is shown where there is room."""
        return self._wanted

    def set_sidebar_width(self, width: int) -> None:
        """Give the sidebar another width, within its bounds."""
        self._width = max(SIDEBAR_LEAST, min(SIDEBAR_MOST, width))
        self._lay_out()

    def _lay_out(self) -> None:
        before = self.sidebar_visible
        width = min(self._width, max(0, self.width() - 60))
        shown = self._overlaid if self.narrow else self._wanted
        left = width if shown and not self.narrow else 0
        # Qt mirrors layouts for right-to-left languages, but not geometry set by hand.
        page = QRect(left, 0, self.width() - left, self.height())
        side = QRect(0, 0, width, self.height())
        grip = QRect(width - 1, 0, _GRIP, self.height())
        if self.isRightToLeft():
            for rect in (page, side, grip):
                rect.moveLeft(self.width() - rect.left() - rect.width())
        self._page.setGeometry(page)
        self._sidebar.setGeometry(side)
        self._grip.setGeometry(grip)
        self._sidebar.setVisible(shown)
        self._grip.setVisible(shown)
        self._scrim.setGeometry(page)
        self._scrim.setVisible(shown and self.narrow)
        if shown:
            self._scrim.raise_()
            self._sidebar.raise_()
            self._grip.raise_()
        if shown != before:
            self.sidebar_shown.emit(shown)

    def resizeEvent(self, event: QResizeEvent) -> None:
        if not self.narrow:
            self._overlaid = False
        self._lay_out()
