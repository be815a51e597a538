"""What can be undone of what was done to conversations, and the notice that offers it; knows no command."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pizzagpt_desktop.ui.main_window import MainWindow

UNDO_S = 10.0
REMEMBERED = 50
_KEY = "deleted"


class Undoing:
    """The last acts, newest last. The notice undoes the newest of them; `undo_last` goes on from there."""

    def __init__(self, window: MainWindow) -> None:
        self._window = window
        self._done: list[Callable[[], None]] = []

    @property
    def can_undo(self) -> bool:
        return bool(self._done)

    def did(
        self, words: str, undo: Callable[[], None], *, icon: str = "trash", seconds: float = UNDO_S
    ) -> None:
        """Something was done: say so for `seconds`, with the way back. words: "" where it shows by itself."""
        self._done = [*self._done[1 - REMEMBERED :], undo]
        self._window.page.notices.withdraw(_KEY)  # it would undo what came before
        if words:
            offer = ("Undo", lambda: self._undo(undo))
            self._window.notify(_KEY, words, [offer], seconds=seconds, icon=icon)
        self._window.enable_commands()

    def undo_last(self) -> None:
        """Undo the newest act that was not undone."""
        if self._done:
            self._window.page.notices.withdraw(_KEY)
            self._undo(self._done[-1])

    def forget(self, undo: Callable[[], None]) -> None:
        """This cannot be undone any more."""
        if undo in self._done:
            self._done.remove(undo)
            self._window.enable_commands()

    def _undo(self, undo: Callable[[], None]) -> None:
        if undo in self._done and self._window.try_command(undo):
            self.forget(undo)
