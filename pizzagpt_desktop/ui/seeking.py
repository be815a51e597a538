"""Searching from the window: the field of the sidebar, what it finds, and the way to a hit; knows no query language."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pizzagpt_desktop.domain.faults import Fault

if TYPE_CHECKING:
    from pizzagpt_desktop.chat.library import Library
    from pizzagpt_desktop.chat.service import ChatService
    from pizzagpt_desktop.ui.desk import Desk
    from pizzagpt_desktop.ui.main_window import MainWindow
    from pizzagpt_desktop.ui.page import Page
    from pizzagpt_desktop.ui.shell import Shell
    from pizzagpt_desktop.ui.sidebar import Sidebar


class Seeking:
    """Asks the library what the sidebar's field asks for, and opens the hit that was chosen."""

    def __init__(
        self,
        window: MainWindow,
        shell: Shell,
        sidebar: Sidebar,
        page: Page,
        desk: Desk,
        service: ChatService,
        library: Library,
    ) -> None:
        self._window = window
        self._shell = shell
        self._sidebar = sidebar
        self._page = page
        self._desk = desk
        self._service = service
        self._library = library
        sidebar.hit_chosen.connect(self._on_hit_chosen)
        sidebar.search_asked.connect(self._on_search_asked)

    def search_everything(self) -> None:
        """Let the next key go into the search field."""
        self._shell.set_sidebar(True)
        self._sidebar.focus_search()

    def _on_search_asked(self, query: str) -> None:
        try:
            hits = self._library.search(query)
        except Fault as fault:
            self._window.say(fault)
            return
        self._sidebar.show_hits(query, hits)

    def _on_hit_chosen(self, conversation_id: str, message_id: str) -> None:
        self._desk.open(conversation_id)
        self._desk.reading.jump_to(message_id)
        self._shell.end_overlay()
