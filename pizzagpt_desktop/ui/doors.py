"""The ways from the window to its dialogs: preferences, palette, help, links, crash; knows what none of them holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pizzagpt_desktop.domain.faults import FaultKind
from pizzagpt_desktop.domain.preferences import Live, Preferences
from pizzagpt_desktop.ui import strings

if TYPE_CHECKING:
    from collections.abc import Callable

    from pizzagpt_desktop.chat.probes import Probes
    from pizzagpt_desktop.ui.main_window import MainWindow
    from pizzagpt_desktop.ui.ports import SecretsPort, ServiceDirectory
    from pizzagpt_desktop.ui.preferences.dialog import PreferencesDialog
    from pizzagpt_desktop.ui.theme import Palette
    from pizzagpt_desktop.ui.transcript.view import TranscriptView


class Doors:
    """Each dialog is loaded and made when it is opened."""

    def __init__(
        self,
        window: MainWindow,
        preferences: Live[Preferences],
        services: ServiceDirectory,
        probes: Probes,
        secrets: SecretsPort,
        version: str,
    ) -> None:
        self._window = window
        self._preferences = preferences
        self._services = services
        self._probes = probes
        self._secrets = secrets
        self._version = version
        self._palette: Palette | None = None
        self._dialog: PreferencesDialog | None = None

    def set_palette(self, palette: Palette) -> None:
        self._palette = palette
        if self._dialog is not None:
            self._dialog.set_palette(palette)

    def show_preferences(self, page: str = "service", field: str = "") -> None:
        """Open the preferences. page: the id of one. field: the one to put the cursor in."""
        from pizzagpt_desktop.ui import theme
        from pizzagpt_desktop.ui.preferences.dialog import PreferencesDialog

        name = self._window.desk.conversation.service if page == "service" else ""
        dialog = PreferencesDialog(
            self._window,
            self._preferences,
            self._services,
            self._probes,
            self._secrets,
            palette=self._palette or theme.LIGHT,
            service=name,
        )
        self._dialog = dialog
        dialog.finished.connect(self._on_preferences_finished)
        dialog.link_wanted.connect(self._open_link)
        dialog.chats.backup_asked.connect(self._window.backup_asked)
        dialog.chats.restore_asked.connect(dialog.reject)
        dialog.chats.restore_asked.connect(self._window.restore_asked)
        dialog.show_page(page, field)
        dialog.open()

    def ask_for_service(self) -> None:
        """Something was to be sent and no service is chosen: say so and open the preferences."""
        text = "Your message is kept here. Choose a model or a service first, then send it."
        self._window.notify("service", text, seconds=20)
        self.show_preferences("models")

    def show_palette(self, open_conversation: Callable[[str], None]) -> None:
        """Open the list of all commands and conversations."""
        from pizzagpt_desktop.ui.palette import command_palette

        window = self._window
        conversations = window.sidebar.model.conversations()
        command_palette(window, window.actions_by_id, conversations, open_conversation).open()

    def show_help(self) -> None:
        """Open the page with the keyboard shortcuts."""
        from pizzagpt_desktop.ui.help_page import HelpPage

        HelpPage(self._window, self._version).open()

    def wire_transcript(self, transcript: TranscriptView) -> None:
        """Open the links and the preferences that a message asks for."""
        from pizzagpt_desktop.ui.links import LinkGate

        window = self._window
        self._links = links = LinkGate(window, lambda text: window.notify("link", text, seconds=10))
        transcript.preferences_requested.connect(self._show_field_at_fault)
        transcript.said.connect(lambda text: window.notify("transcript", text, seconds=10))
        transcript.link_opened.connect(links.open)
        transcript.link_doubted.connect(links.ask)

    def show_crash(self, report: str) -> None:
        """Say that something in the program went wrong; the chat goes on. report: plain text, without secrets."""
        from pizzagpt_desktop.ui.crash_dialog import crash_offers

        offers = crash_offers(self._window, report)
        self._window.notify("crash", "Something went wrong.", offers, icon="warning")

    def _open_link(self, address: str) -> None:
        from pizzagpt_desktop.ui.links import LinkGate

        window = self._window
        self._gate = LinkGate(window, lambda text: window.notify("link", text, seconds=10))
        self._gate.open(address)

    def _on_preferences_finished(self, _result: int) -> None:
        self._dialog = None
        self._window.page.focus_composer()

    def _show_field_at_fault(self) -> None:
        """Open the preferences at the field that made the last reply fail."""
        fault = self._window.desk.reading.last_fault(self._window.desk.conversation.id)
        kind = fault.kind if fault is not None else FaultKind.SETTINGS
        page, field = strings.FIELD_AT_FAULT.get(kind, ("service", ""))
        service = self._preferences.value.service_settings(self._window.desk.conversation.service)
        if kind is FaultKind.PROXY and service is not None and service.proxy is not None:
            page, field = "service", "proxy"
        self.show_preferences(page, field)
