"""The notices: one quiet line each above the composer, with what can be done; knows no cause."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QApplication, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from pizzagpt_desktop.ui import icons, theme
from pizzagpt_desktop.ui.labels import icon_button, label, text_button

Offer = tuple[str, Callable[[], None]]
"""A button's verb and what it does; the notice goes when it was pressed."""


class Notice(QWidget):
    """One notice."""

    closed = Signal()

    def __init__(self, key: str, text: str, offers: Sequence[Offer], icon: str) -> None:
        super().__init__()
        self.setObjectName(f"notice_{key}")
        self.setAccessibleName(text)
        self._palette = theme.LIGHT
        self.buttons: list[QAbstractButton] = []
        self._icon_name = icon
        self._icon = QLabel()
        self._text = label(text)
        self._close = icon_button(
            f"close_{key}", "close", "Close this notice", size=theme.CONTROL_HEIGHT_DENSE
        )
        self._close.clicked.connect(self.closed)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 6, 6, 6)
        row.setSpacing(8)
        row.addWidget(self._icon)
        row.addWidget(self._text, 1)
        for words, act in offers:
            button = text_button(f"{key}_{words.lower().replace(' ', '_')}", words, kind="link")
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # a click leaves the keyboard where it is
            button.clicked.connect(self._doing(act))
            row.addWidget(button)
            self.buttons.append(button)
        row.addWidget(self._close)
        self.buttons.append(self._close)

    @property
    def text(self) -> str:
        return self._text.text()

    def set_text(self, text: str) -> None:
        """Say it in other words; the buttons stay, and the keyboard on them."""
        self._text.setText(text)
        self.setAccessibleName(text)

    def set_palette(self, palette: theme.Palette) -> None:
        self._palette = palette
        self._icon.setPixmap(icons.pixmap(self._icon_name, palette.muted))
        icons.tint([self._close], palette.muted, palette.on_accent)
        self.update()

    def _doing(self, act: Callable[[], None]) -> Callable[[], None]:
        def pressed() -> None:
            self.closed.emit()
            act()

        return pressed

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(self._palette.border), 1))
        painter.setBrush(QColor(self._palette.bubble))
        painter.drawRoundedRect(
            QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), theme.RADIUS_CARD, theme.RADIUS_CARD
        )


def _without_numbers(text: str) -> str:
    return "".join(char for char in text if not char.isdigit())


class Notices(QWidget):
    """The notices there are, the newest at the bottom; one key has one notice."""

    left = Signal()
    """The notice with the keyboard goes away: the keyboard is to go elsewhere."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("notices")
        self.below: QWidget | None = None
        """Shift+Tab goes from there to the newest notice."""
        self._palette = theme.LIGHT
        self._shown: dict[str, Notice] = {}
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 8)
        self._column.setSpacing(8)
        self.hide()

    def set_palette(self, palette: theme.Palette) -> None:
        self._palette = palette
        for notice in self._shown.values():
            notice.set_palette(palette)

    def say(
        self,
        key: str,
        text: str,
        offers: Sequence[Offer] = (),
        *,
        seconds: float = 0.0,
        icon: str = "info",
        aloud: bool = True,
    ) -> None:
        """Show a notice in the place of the one with the same key. seconds: how long it stays, 0 until it is closed.

        aloud: also to those who listen, once where only its numbers change.
        """
        is_new = _without_numbers(self.text(key)) != _without_numbers(text)
        self.withdraw(key)
        notice = Notice(key, text, offers, icon)
        notice.set_palette(self._palette)
        notice.closed.connect(lambda: self.withdraw(key))
        if seconds > 0:
            timer = QTimer(notice, singleShot=True, interval=round(seconds * 1000))
            timer.timeout.connect(lambda: self.withdraw(key))
            timer.start()
        self._shown[key] = notice
        self._column.addWidget(notice)
        if self.below is not None:
            from pizzagpt_desktop.ui.tab_order import put_before  # no notice, no need

            put_before(self.below, notice.buttons)
        self.show()
        if aloud and is_new:
            from pizzagpt_desktop.ui.announcing import announce  # no notice, no need

            announce(self, text)

    def reword(self, key: str, text: str) -> None:
        """Change what a notice says, if it is still there."""
        if key in self._shown:
            self._shown[key].set_text(text)

    def withdraw(self, key: str) -> None:
        """Take a notice away, if it is there."""
        notice = self._shown.pop(key, None)
        if notice is not None:
            focus = QApplication.focusWidget()
            if focus is not None and notice.isAncestorOf(focus):
                self.left.emit()
            notice.hide()
            self._column.removeWidget(notice)
            notice.deleteLater()
        if not self._shown:
            self.hide()

    def text(self, key: str) -> str:
        """What the notice `key` says, "" where there is none."""
        return self._shown[key].text if key in self._shown else ""
