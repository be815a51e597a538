"""What the window says of model files on their way while no page shows them, and the first of them put to use.

Knows the fetches' news; begins and stops none.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from pizzagpt_desktop.engine.fetches import Fetch, FetchState
from pizzagpt_desktop.ui import strings

if TYPE_CHECKING:
    from pizzagpt_desktop.domain.preferences import Live, Preferences
    from pizzagpt_desktop.engine.fetches import Fetches
    from pizzagpt_desktop.ui.main_window import MainWindow

NOTICE = "fetch"
HERE_S = 20.0


class FetchWords(QObject):
    """Lives as long as the window."""

    def __init__(self, window: MainWindow, fetches: Fetches, preferences: Live[Preferences]) -> None:
        super().__init__(window)
        self._window = window
        self._preferences = preferences
        window.closed.connect(fetches.subscribe(self._on_fetch))

    def _on_fetch(self, fetch: Fetch) -> None:
        show = ("Show", lambda: self._window.show_preferences("models"))
        if fetch.state is FetchState.FAILED and fetch.fault is not None:
            words = f"{fetch.wanted.file} did not arrive. {strings.sentence(fetch.fault.detail)}"
            self._window.notify(NOTICE, words, (show,), icon="warning")
        elif fetch.state is FetchState.DONE:
            name = Path(fetch.wanted.file).stem
            first = self._preferences.value.service_settings() is None
            if first:
                self._use(name)
            words = f"{name} is on this computer" + (" and answers from now on." if first else ".")
            use = () if first else (("Use it", lambda: self._use(name)),)
            self._window.notify(NOTICE, words, use, seconds=HERE_S, icon="check")

    def _use(self, name: str) -> None:
        from pizzagpt_desktop.ui.preferences.models_page import with_model

        self._preferences.set(with_model(self._preferences.value, name))
