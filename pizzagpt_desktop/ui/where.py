"""Where the next message goes: model and route chips, and the status line; knows no wire."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

from pizzagpt_desktop.domain.addresses import host_and_port, is_nearby
from pizzagpt_desktop.domain.preferences import Live, Preferences
from pizzagpt_desktop.ui.actions import shortcut
from pizzagpt_desktop.ui.patience import STOPS, Waited, again_words

if TYPE_CHECKING:
    from pizzagpt_desktop.domain.conversation import Message
    from pizzagpt_desktop.domain.steps import Step
    from pizzagpt_desktop.ui.desk import Desk
    from pizzagpt_desktop.ui.page import Page
    from pizzagpt_desktop.ui.ports import ServiceDirectory, ServiceEntry
    from pizzagpt_desktop.ui.transcript.view import TranscriptView

REMEMBERED = 100
"""Of so many conversations at most it is known when their service may be asked again."""


class Where(QObject):
    """Keeps the chips and the status line true. Asks nothing of the providers before `refresh`.

    clock: seconds that only go forward.
    """

    def __init__(
        self,
        page: Page,
        desk: Desk,
        preferences: Live[Preferences],
        services: ServiceDirectory,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(page)
        self._page = page
        self._desk = desk
        self._preferences = preferences
        self._services = services
        self._entries: dict[str, ServiceEntry] = {}
        self._begun = False
        self._idle = ""
        self._clock = clock
        self._waited: dict[str, Waited] = {}
        self._again: dict[str, float] = {}
        self._of_the_model = ""
        self._second = QTimer(self, interval=1000)
        self._second.timeout.connect(self._show)
        page.wire_transcript(self._name_providers)

    def _name_providers(self, transcript: TranscriptView) -> None:
        from pizzagpt_desktop.ui.transcript.facts import CURRENCY

        labels = {key: entry.label for key, entry in self._entries.items()}
        transcript.name_providers(labels | {CURRENCY: self._preferences.value.costs.currency})

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
        from pizzagpt_desktop.ui.service_names import names  # the first picture needs none

        preferences = self._preferences.value
        called = names(preferences.services, self._entries)
        label = called[conversation.service or preferences.service]
        persona = preferences.personas.get(conversation.persona)
        as_whom = (persona.label or conversation.persona) if persona is not None else ""
        model = conversation.model or settings.model or (entry.default_model if entry is not None else "")
        route = self._services.route_words(conversation.service)
        if entry is not None and route.startswith(f"→ {label}"):
            label = entry.label  # the host is said already
        locked = preferences.local_only
        chip = " · ".join(part for part in (model or label, as_whom) if part)
        leads = not route or route.startswith("→")
        way = route if leads else "→ nowhere"  # the line below says why
        self._page.composer.set_where(chip, f"{way} · local only" if locked and route else way)
        words = " · ".join(part for part in (label, model, as_whom) if part)
        lock = "Local only. " if locked else ""
        cost = self._services.cost_words(conversation.id)
        tail = f" · {cost}" if cost else ""
        self._say(f"{lock}Next message: {words}{' ' if leads else '. '}{route}{_warning(entry)}{tail}")

    def on_answering_changed(self, answering: Collection[str]) -> None:
        """These conversations are being answered now, and no others."""
        for identity in tuple(self._waited):
            if identity not in answering:
                del self._waited[identity]
        for identity in answering:
            if identity not in self._waited:
                self._waited[identity] = Waited(self._clock())
                self._again.pop(identity, None)
        self._show()

    def on_reply_grew(self, conversation_id: str) -> None:
        """Text came."""
        waited = self._waited.get(conversation_id)
        if waited is not None:
            first, waited.moved_at = waited.moved_at is None, self._clock()
            if first:
                self._show()

    def on_reply_reached(self, conversation_id: str, step: Step | None) -> None:
        """The request for a reply is so far."""
        waited = self._waited.get(conversation_id)
        if waited is not None:
            waited.reached(step, self._clock())
            self._show()

    def on_reply_waiting(self, conversation_id: str, seconds: float) -> None:
        """The service asked to wait."""
        waited = self._waited.get(conversation_id)
        if waited is not None:
            waited.asked_again_at = self._clock() + seconds
            self._show()

    def on_reply_ended(self, message: Message) -> None:
        """A reply is over; where the service said when to come back, that is counted down."""
        identity = message.conversation_id
        self._again.pop(identity, None)
        if message.fault is not None and message.fault.retry_after_s is not None:
            self._again[identity] = self._clock() + message.fault.retry_after_s
            if len(self._again) > REMEMBERED:
                del self._again[next(iter(self._again))]

    def _is_near(self) -> bool:
        """Whether what answers the open conversation runs on this computer or in its network."""
        settings = self._preferences.value.service_settings(self._desk.conversation.service)
        if settings is None:
            return False
        entry = self._entries.get(settings.provider)
        url = settings.base_url or (entry.default_base_url if entry is not None else "")
        return bool(url) and is_nearby(host_and_port(url)[0])

    def say_of_the_model(self, words: str) -> None:
        """What the engine on this computer is doing, in place of the words about waiting; "" where it is nothing."""
        self._of_the_model = words
        self._show()

    def _say(self, text: str) -> None:
        self._idle = text
        self._show()

    def _show(self) -> None:
        identity = self._desk.conversation.id
        waited, again_at = self._waited.get(identity), self._again.get(identity)
        now = self._clock()
        if waited is not None:
            waited.near = self._is_near()
            text = waited.words(now, self._of_the_model)
            if self._page.composer.editing:
                text = text.replace(STOPS, f"Esc leaves the edit, {shortcut('stop')} stops.")
        elif again_at is not None:
            text = f"{again_words(again_at - now)} {self._idle}"
        else:
            text = self._idle
        ticks = waited is not None or (again_at is not None and again_at > now)
        if ticks != self._second.isActive():
            self._second.start() if ticks else self._second.stop()
        self._page.status.set_text(text)


def _warning(entry: ServiceEntry | None) -> str:
    if entry is None:
        return ". This kind of service is not installed."
    if entry.broken:
        return f". It cannot be used: {entry.broken}"
    return ". An unofficial service that may refuse." if entry.unofficial or not entry.working else ""
