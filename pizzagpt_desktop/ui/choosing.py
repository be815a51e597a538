"""What answers the open conversation, and how: the menu of the model chip, and the ways to its dialogs; knows no wire."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QMenu

from pizzagpt_desktop.domain.asking import NOTHING_ASKED, Asking, inherited
from pizzagpt_desktop.domain.preferences import Live, Preferences, ServiceSettings
from pizzagpt_desktop.ui.labels import menu_text

if TYPE_CHECKING:
    from PySide6.QtGui import QAction

    from pizzagpt_desktop.chat.probes import Probes
    from pizzagpt_desktop.domain.faults import Fault
    from pizzagpt_desktop.ui.desk import Desk
    from pizzagpt_desktop.ui.main_window import MainWindow
    from pizzagpt_desktop.ui.model_picker import ModelPicker
    from pizzagpt_desktop.ui.page import Page
    from pizzagpt_desktop.ui.ports import ServiceDirectory, ServiceEntry

MENU_MODELS = 20
LOCKED = "Local only is on: nothing but this computer is asked."
UNLOCKED = "Local only is off."


class Choosing(QObject):
    """Each dialog is loaded and made when it is opened. Lists of models are kept until the program ends."""

    def __init__(
        self,
        window: MainWindow,
        page: Page,
        desk: Desk,
        preferences: Live[Preferences],
        services: ServiceDirectory,
        probes: Probes,
    ) -> None:
        super().__init__(window)
        self._window = window
        self._page = page
        self._desk = desk
        self._preferences = preferences
        self._services = services
        self._probes = probes
        self._lists: dict[str, list[str]] = {}
        self._menu = QMenu(page)
        self._menu.setObjectName("model_menu")
        self._menu.aboutToShow.connect(self._fill)
        page.composer.set_model_menu(self._menu)

    @property
    def slots(self) -> Mapping[str, Callable[[], None]]:
        """The commands of the table that are run here, by id."""
        return {
            "choose_model": self.choose_model,
            "asking": self.ask_how,
            "local_only": self.switch_local_only,
        }

    def choose_model(self) -> None:
        """Open the list of the service's models."""
        from pizzagpt_desktop.ui.model_picker import ModelPicker

        name, settings = self._service()
        if settings is None:
            self._page.composer.service_asked.emit()
            return
        entry = self._entries().get(settings.provider)
        known = self._lists.get(name) or list(entry.models if entry is not None else ())
        conversation = self._desk.conversation
        current = conversation.model or settings.model or (entry.default_model if entry is not None else "")
        picker = ModelPicker(
            self._window,
            known,
            settings.favourites,
            current,
            lambda model: self._desk.choose_service(conversation.service, model),
            lambda models: self._keep_favourites(name, models),
        )

        def came(models: list[str] | Fault) -> None:
            if isinstance(models, list):
                self._lists[name] = models
            picker.take(models)

        cancel = self._probes.models_of(name, came)
        picker.finished.connect(lambda _result: cancel())
        picker.open()
        self._picker: ModelPicker = picker

    def ask_how(self) -> None:
        """Open the instructions and parameters of the open conversation."""
        from pizzagpt_desktop.ui.asking_dialog import AskingDialog

        preferences = self._preferences.value
        _name, settings = self._service()
        conversation = self._desk.conversation

        def held(persona: str) -> Asking:
            levels = (preferences.personas.get(persona, NOTHING_ASKED), settings, preferences.asking)
            return inherited(*(level for level in levels if level is not None))

        AskingDialog(
            self._window,
            {key: persona.label or key for key, persona in preferences.personas.items()},
            conversation.persona,
            conversation.asking,
            conversation.when_full,
            held,
            self._desk.set_asking,
        ).open()

    def switch_local_only(self) -> None:
        """Lock the program on this computer, or unlock it."""
        before = self._preferences.value
        self._preferences.set(replace(before, local_only=not before.local_only))
        words = UNLOCKED if before.local_only else LOCKED
        self._window.notify("local_only", words, seconds=6, icon="info")

    def _service(self) -> tuple[str, ServiceSettings | None]:
        preferences = self._preferences.value
        name = self._desk.conversation.service or preferences.service
        return name, preferences.services.get(name)

    def _entries(self) -> dict[str, ServiceEntry]:
        return {entry.id: entry for entry in self._services.entries()}

    def _keep_favourites(self, name: str, models: tuple[str, ...]) -> None:
        before = self._preferences.value
        if (settings := before.services.get(name)) is not None:
            services = {**before.services, name: replace(settings, favourites=models)}
            self._preferences.set(replace(before, services=services))

    def _fill(self) -> None:
        """Models of the service, the other services that are set up, personas, then the ways to more."""
        from pizzagpt_desktop.ui.service_names import names

        menu = self._menu
        menu.clear()
        conversation = self._desk.conversation
        preferences = self._preferences.value
        name, settings = self._service()
        entries = self._entries()
        if settings is not None:
            entry = entries.get(settings.provider)
            known = self._lists.get(name) or list(entry.models if entry is not None else ())
            usual = settings.model or (entry.default_model if entry is not None else "")
            current = conversation.model or usual
            wanted = dict.fromkeys(m for m in (current, usual, *settings.favourites, *known) if m)
            for model in list(wanted)[:MENU_MODELS]:
                action = self._choice(model, conversation.service, model)
                action.setCheckable(True)
                action.setChecked(model == current)
            self._command("choose_model", "All models…")
            menu.addSeparator()
        for other, words in names(preferences.services, entries).items():
            if other != name:
                self._choice(f"Use {words}", other, "")
        menu.addSeparator()
        for key, persona in preferences.personas.items():
            action = menu.addAction(menu_text(persona.label or key))
            action.setCheckable(True)
            action.setChecked(key == conversation.persona)
            chosen = "" if key == conversation.persona else key
            action.triggered.connect(
                lambda _checked=False, chosen=chosen: self._desk.set_asking(chosen, conversation.asking)
            )
        self._command("asking", "Persona and parameters…")
        menu.addSeparator()
        last = "Choose a service…" if settings is None else "Services and models…"
        menu.addAction(last).triggered.connect(self._page.composer.service_asked)

    def _choice(self, words: str, service: str, model: str) -> QAction:
        action = self._menu.addAction(menu_text(words))
        action.triggered.connect(lambda _checked=False: self._desk.choose_service(service, model))
        return action

    def _command(self, command_id: str, words: str) -> None:
        self._menu.addAction(words).triggered.connect(lambda _checked=False: self.slots[command_id]())
