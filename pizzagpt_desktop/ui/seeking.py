"""Searching from the window: the sidebar's field over everything, the bar within a conversation; knows no query language."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer

from pizzagpt_desktop.domain.faults import Fault

AGAIN_MS = 1000
"""How long after an answer from an index that is still being made the same is asked again."""

if TYPE_CHECKING:
    from pizzagpt_desktop.chat.announcer import Announcer
    from pizzagpt_desktop.chat.searching import Searcher
    from pizzagpt_desktop.domain.query import Found
    from pizzagpt_desktop.ui.desk import Desk
    from pizzagpt_desktop.ui.finding import Finding
    from pizzagpt_desktop.ui.main_window import MainWindow
    from pizzagpt_desktop.ui.page import Page
    from pizzagpt_desktop.ui.shell import Shell
    from pizzagpt_desktop.ui.sidebar import Sidebar
    from pizzagpt_desktop.ui.theme import Palette


class Seeking:
    """Asks the searcher what the sidebar's field asks for, and opens the hit that was chosen."""

    def __init__(
        self,
        window: MainWindow,
        shell: Shell,
        sidebar: Sidebar,
        page: Page,
        desk: Desk,
        searcher: Searcher,
        announcer: Announcer,
    ) -> None:
        self._window = window
        self._shell = shell
        self._sidebar = sidebar
        self._page = page
        self._desk = desk
        self._searcher = searcher
        self._announcer = announcer
        self._palette: Palette | None = None
        self._made: Finding | None = None
        sidebar.hit_chosen.connect(self._on_hit_chosen)
        sidebar.search_asked.connect(self._on_search_asked)
        sidebar.search_ended.connect(lambda: searcher.forget("search"))

    def set_palette(self, palette: Palette) -> None:
        self._palette = palette
        if self._made is not None:
            self._made.set_palette(palette)

    def search_everything(self, text: str = "") -> None:
        """Let the next key go into the search field; with a `text`, search for that."""
        self._shell.set_sidebar(True)
        if text.strip():
            self._sidebar.search_field.setText(text.strip())
        self._sidebar.focus_search()

    def find(self) -> None:
        """Let the next key go into the bar above the messages; where there are none, search everything."""
        if self._page.is_empty:
            self.search_everything()
        else:
            self._finding.open()

    def step(self, by: int) -> None:
        """To the next hit in the conversation, or the one before."""
        if not self._page.is_empty:
            self._finding.step(by)

    @property
    def _finding(self) -> Finding:
        """Made when it is first wanted: few windows need it, and none for its first picture."""
        if self._made is None:
            from pizzagpt_desktop.ui.finding import Finding

            self._made = Finding(
                self._page, self._desk, self._searcher, self._window.say, self.search_everything
            )
            if self._palette is not None:
                self._made.set_palette(self._palette)
            self._announcer.subscribe(self._made.on_event)
        return self._made

    def _on_search_asked(self, text: str, order: str, limit: int) -> None:
        from pizzagpt_desktop.domain.query import SearchRequest

        if not text:
            return

        def show(found: Found | Fault) -> None:
            if isinstance(found, Fault):
                self._window.say(found)
            else:
                self._sidebar.show_found(text, found)
                if found.indexed < 1:  # more is known in a while
                    QTimer.singleShot(AGAIN_MS, self._sidebar, lambda: self._search_again(text, order, limit))

        self._searcher.search(SearchRequest(text, "best" if order == "best" else "newest", limit), show)

    def _search_again(self, text: str, order: str, limit: int) -> None:
        if self._sidebar.search_field.text().strip() == text:
            self._on_search_asked(text, order, limit)

    def _on_hit_chosen(self, conversation_id: str, message_id: str) -> None:
        text = self._sidebar.search_field.text().strip()
        self._desk.open(conversation_id)
        if message_id and not self._page.is_empty:
            self._finding.show_hit(text, message_id)
        self._shell.end_overlay()
