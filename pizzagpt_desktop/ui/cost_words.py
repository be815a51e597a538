"""What the window says of costs after a reply: what the conversation cost so far, and when a budget nears its end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QObject

from pizzagpt_desktop.chat.events import Event, ReplyEnded

if TYPE_CHECKING:
    from pizzagpt_desktop.chat.announcer import Announcer
    from pizzagpt_desktop.ui.main_window import MainWindow

NOTICE = "budget"


class Budget(Protocol):
    """What is needed of `chat.spending.Spending`."""

    def warning(self) -> str: ...


class CostWords(QObject):
    """Lives as long as the window. The same warning is said once."""

    def __init__(self, window: MainWindow, budget: Budget, announcer: Announcer) -> None:
        super().__init__(window)
        self._window = window
        self._budget = budget
        self._said = ""
        window.closed.connect(announcer.subscribe(self._on_event))

    def _on_event(self, event: Event) -> None:
        if not isinstance(event, ReplyEnded):
            return
        self._window.where.show()
        warning = self._budget.warning()
        if warning and warning != self._said:
            show = ("Costs", lambda: self._window.show_preferences("costs"))
            self._window.notify(NOTICE, warning, (show,), icon="warning")
        self._said = warning
