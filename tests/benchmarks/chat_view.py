"""What is asked of a chat view that is measured: keep conversations, open one, stream a reply; knows no view of anybody's.

It needs PySide6 alone, for it also runs in the interpreters of other programs.
"""

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtWidgets import QWidget

A_TURN = 100
"""Tokens at a turn of the loop, as they come where a socket is read."""
SIZE = 1000, 720
Then = Callable[[], None]


class ChatView(ABC):
    """A view in a window that is on the screen. Made once there is a QApplication; `name` says whose it is."""

    @property
    @abstractmethod
    def is_ready(self) -> bool:
        """Whether the window can be used."""

    @abstractmethod
    def keep(self, name: str, texts: Sequence[str]) -> None:
        """Have a conversation of questions and replies at hand, to be opened as `name` later."""

    @abstractmethod
    def open(self, name: str) -> None:
        """Show a kept conversation at its end."""

    @abstractmethod
    def stream(self, question: str, tokens: Iterable[str], rate: float, then: Then) -> None:
        """Ask in a new conversation and show the reply as it comes, `then` at its end. rate: tokens a second, 0 for all there are."""

    @abstractmethod
    def when_shown(self, word: str, then: Then) -> None:
        """Call `then` once: after the first paint with `word` in the last message."""


class Feed(QObject):
    """Hands tokens to a view, and says when there are no more."""

    def __init__(
        self, tokens: Iterable[str], rate: float, take: Callable[[str], object], then: Then, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._tokens: Iterator[str] = iter(tokens)
        self._rate = rate
        self._take = take
        self._then = then
        self._given = 0
        self._began = time.perf_counter()
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._turn)
        self._timer.start(round(1000 / rate) if rate else 0)

    def _turn(self) -> None:
        due = self._given + A_TURN
        if self._rate:
            due = int((time.perf_counter() - self._began) * self._rate) + 1
        while self._given < due:
            token = next(self._tokens, None)
            if token is None:
                self._timer.stop()
                self._then()
                return
            self._take(token)
            self._given += 1


class Painted(QObject):
    """Calls `then` once, when the loop is at its next turn after a paint of a widget with which it is `enough`."""

    def __init__(self, widget: QWidget, enough: Callable[[], bool], then: Then) -> None:
        super().__init__(widget)
        self._widget = widget
        self._enough = enough
        self._then = then
        self._over = False
        widget.installEventFilter(self)
        widget.update()  # it may have been painted for the last time already

    def _look(self) -> None:
        if not self._over and self._enough():
            self._over = True
            self._widget.removeEventFilter(self)
            self._then()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint:
            QTimer.singleShot(0, self._look)
        return False
