"""What the window says of the model on this computer: that it loads, that it hangs, and how to start it anew.

Knows the engine's news; how a reply ended stands under the reply itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QElapsedTimer, QObject, QTimer

from pizzagpt_desktop.engine.news import EngineNews, EngineState
from pizzagpt_desktop.ui import strings

if TYPE_CHECKING:
    from pizzagpt_desktop.domain.preferences import Live
    from pizzagpt_desktop.ui.main_window import MainWindow

NOTICE = "engine"


class WatchedEngine(Protocol):
    """What is needed of the engine."""

    news: Live[EngineNews]

    def restart(self) -> None: ...


class EngineWords(QObject):
    """Lives as long as the window."""

    def __init__(self, window: MainWindow, engine: WatchedEngine) -> None:
        super().__init__(window)
        self._window = window
        self._engine = engine
        self._news = EngineNews()
        self._since = QElapsedTimer()
        self._second = QTimer(self, interval=1000)
        self._second.timeout.connect(self._say_loading)
        unsubscribe = engine.news.subscribe(self._on_news)
        window.closed.connect(unsubscribe)
        window.closed.connect(self._second.stop)

    def _on_news(self, news: EngineNews) -> None:
        before, self._news = self._news.state, news
        if news.state is EngineState.LOADING:
            self._since.start()
            self._second.start()
            self._say_loading()
        elif before is EngineState.LOADING:
            self._second.stop()
            self._window.where.say_of_the_model("")
        if news.state is EngineState.SILENT:
            self._window.notify(
                NOTICE,
                f"The model {news.model} does not answer. Wait, or start it anew: what was written is kept.",
                (("Restart", self._engine.restart),),
                icon="warning",
            )
        elif before is EngineState.SILENT:
            self._window.page.notices.withdraw(NOTICE)

    def _say_loading(self) -> None:
        seconds = self._since.elapsed() / 1000
        so_far = f", {strings.duration(seconds)} so far" if seconds >= 2 else ""
        self._window.where.say_of_the_model(f"Loading {self._news.model}{so_far}.")
