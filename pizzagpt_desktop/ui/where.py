"""Where the next message goes: model and route chips, their menu, and the status line; knows no wire."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QElapsedTimer, QObject, QTimer
from PySide6.QtWidgets import QMenu

from pizzagpt_desktop.domain.preferences import Live, Preferences
from pizzagpt_desktop.ui import strings
from pizzagpt_desktop.ui.labels import menu_text

if TYPE_CHECKING:
    from PySide6.QtGui import QAction

    from pizzagpt_desktop.ui.desk import Desk
    from pizzagpt_desktop.ui.page import Page
    from pizzagpt_desktop.ui.ports import ServiceDirectory, ServiceEntry
    from pizzagpt_desktop.ui.transcript.view import TranscriptView

MENU_MODELS = 20
PATIENCE_S = 3


class Where(QObject):
    """Keeps the chips and the status line true. Asks nothing of the providers before `refresh`."""

    def __init__(
        self, page: Page, desk: Desk, preferences: Live[Preferences], services: ServiceDirectory
    ) -> None:
        super().__init__(page)
        self._page = page
        self._desk = desk
        self._preferences = preferences
        self._services = services
        self._entries: dict[str, ServiceEntry] = {}
        self._begun = False
        self._idle = ""
        self._answering = False
        self._grew = False
        self._wait_s = 0.0
        self._of_the_model = ""
        self._since = QElapsedTimer()
        self._second = QTimer(self, interval=1000)
        self._second.timeout.connect(self._on_second_passed)
        self._menu = QMenu(page)
        self._menu.setObjectName("model_menu")
        self._menu.aboutToShow.connect(self._on_menu_about_to_show)
        page.composer.set_model_menu(self._menu)
        page.wire_transcript(self._name_providers)

    def _name_providers(self, transcript: TranscriptView) -> None:
        transcript.name_providers({key: entry.label for key, entry in self._entries.items()})

    def refresh(self) -> None:
        """The providers are loaded, or others: ask them from now on. Before, only the preferences are shown."""
        self._begun = True
        self.show()

    def end(self) -> None:
        """Nothing is shown any more."""
        self._second.stop()

    def show(self) -> None:
        """Say where the next message of the open conversation goes."""
        conversation = self._desk.conversation
        settings = self._preferences.value.service_settings(conversation.service)
        if settings is None:
            self._page.composer.set_where("Choose a service", "")
            self._say("No service is chosen yet.")
            return
        if not self._begun:
            self._page.composer.set_where(conversation.model or settings.model or settings.provider, "")
            return
        self._entries = {entry.id: entry for entry in self._services.entries()}
        if self._page.has_transcript:
            self._name_providers(self._page.transcript)
        entry = self._entries.get(settings.provider)
        label = entry.label if entry is not None else settings.provider
        model = conversation.model or settings.model or (entry.default_model if entry is not None else "")
        route = self._services.route_words(conversation.service)
        self._page.composer.set_where(model or label, route)
        words = " · ".join(part for part in (label, model) if part)
        self._say(f"Next message: {words} {route}{_warning(entry)}")

    def on_answering_changed(self, answering: bool) -> None:
        """The open conversation is being answered now, or no longer."""
        if answering and not self._answering:
            self._since.start()
            self._grew = False
            self._wait_s = 0.0
            self._second.start()
        elif not answering:
            self._second.stop()
        self._answering = answering
        self._show()

    def on_reply_grew(self) -> None:
        """Text comes: nothing needs to be said about waiting."""
        if not self._grew:
            self._grew = True
            self._show()

    def on_reply_waiting(self, seconds: float) -> None:
        """The service asked to wait."""
        self._wait_s = self._since.elapsed() / 1000 + seconds
        self._show()

    def say_of_the_model(self, words: str) -> None:
        """What the engine on this computer is doing, in place of the words about waiting; "" where it is nothing."""
        self._of_the_model = words
        self._show()

    def _say(self, text: str) -> None:
        self._idle = text
        self._show()

    def _show(self) -> None:
        elapsed = self._since.elapsed() / 1000 if self._answering else 0.0
        text = self._idle
        if self._answering and self._wait_s > elapsed:
            left = strings.duration(self._wait_s - elapsed)
            text = f"The service asks to wait. The request goes out again in {left}."
        elif self._answering and self._grew:
            text = "Answering. Esc stops."
        elif self._answering and self._of_the_model:
            text = f"{self._of_the_model} Esc stops."
        elif self._answering and elapsed < PATIENCE_S:
            text = "Waiting for the answer. Esc stops."
        elif self._answering:
            text = f"Still waiting for the answer, {strings.duration(elapsed)}. Esc stops."
        self._page.status.set_text(text)

    def _on_second_passed(self) -> None:
        self._show()

    def _on_menu_about_to_show(self) -> None:
        """Models of the service, then the other services that are set up, then the way to the preferences."""
        self._menu.clear()
        conversation = self._desk.conversation
        preferences = self._preferences.value
        settings = preferences.service_settings(conversation.service)
        if settings is not None:
            entry = self._entries.get(settings.provider)
            known = list(entry.models) if entry is not None else []
            current = (
                conversation.model or settings.model or (entry.default_model if entry is not None else "")
            )
            models = list(dict.fromkeys([m for m in (current, settings.model, *known) if m]))[:MENU_MODELS]
            for model in models:
                action = self._add(model, conversation.service, model)
                action.setCheckable(True)
                action.setChecked(model == current)
            self._menu.addSeparator()
        for name in preferences.services:
            if name != (conversation.service or preferences.service):
                entry = self._entries.get(preferences.services[name].provider)
                self._add(f"Use {entry.label if entry is not None else name}", name, "")
        self._menu.addSeparator()
        self._menu.addAction(
            "Choose a service…" if settings is None else "Services and models…"
        ).triggered.connect(self._page.composer.service_asked)

    def _add(self, words: str, service: str, model: str) -> QAction:
        action = self._menu.addAction(menu_text(words))
        action.triggered.connect(lambda _checked=False: self._desk.choose_service(service, model))
        return action


def _warning(entry: ServiceEntry | None) -> str:
    if entry is None:
        return ". This kind of service is not installed."
    if entry.broken:
        return f". It cannot be used: {entry.broken}"
    return ". An unofficial service that may refuse." if entry.unofficial or not entry.working else ""
