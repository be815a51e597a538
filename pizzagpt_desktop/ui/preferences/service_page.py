"""The page of one service: kind, address, key, model, what is asked, its own proxy, and a test; knows no wire."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from pizzagpt_desktop.domain.addresses import check_key, parse_base_url
from pizzagpt_desktop.domain.faults import Fault
from pizzagpt_desktop.domain.preferences import (
    Preferences,
    ServiceSettings,
    proxy_secret_name,
    secret_name,
)
from pizzagpt_desktop.domain.proxy import ProxySettings
from pizzagpt_desktop.ui import strings
from pizzagpt_desktop.ui.labels import label, text_button
from pizzagpt_desktop.ui.preferences.fields import PAGE_MARGINS, Field, choice, line, lines
from pizzagpt_desktop.ui.preferences.parameters import Parameters
from pizzagpt_desktop.ui.preferences.proxy_form import ProxyForm
from pizzagpt_desktop.ui.preferences.secret_field import SecretField

if TYPE_CHECKING:
    from pizzagpt_desktop.chat.probes import ProbeResult, Probes
    from pizzagpt_desktop.ui.ports import SecretsPort, ServiceDirectory, ServiceEntry

NO_CHOICE = ""
KEY_AGAIN = "The address has another host now. Type the key for it; the old one goes nowhere else."
ProgramProxy = Callable[[], tuple[ProxySettings, str | None]]
"""The program's proxy and its password as entered on their page; raises ValueError with words."""


class ServicePage(QWidget):
    """Edits copies of the services and which of them is the current one."""

    def __init__(
        self, services: ServiceDirectory, probes: Probes, secrets: SecretsPort, program_proxy: ProgramProxy
    ) -> None:
        super().__init__()
        self._entries: Mapping[str, ServiceEntry] = {entry.id: entry for entry in services.entries()}
        self._probes = probes
        self._program_proxy = program_proxy
        self._edited: dict[str, ServiceSettings] = {}
        self._current = NO_CHOICE
        self._host_before = ""
        self._cancel: Callable[[], None] | None = None

        self.service = choice("service", "Service")
        self._service_field = Field(self.service, "service", "Service")
        self.address = line("base_url", "Address")
        self.address.textChanged.connect(self._on_address_changed)
        self._address_field = Field(
            self.address, "base_url", "Address", "Leave it empty for the service's own."
        )
        self.key = SecretField(secrets, "key", "Key", check_key)
        self.model = choice("model", "Model", editable=True)
        self._fetch = text_button("fetch_models", "Fetch list", "Ask the service which models it has")
        self._fetch.clicked.connect(self._on_fetch_clicked)
        self._model_field = Field(
            self.model, "model", "Model", "Choose one, or type its name.", _beside(self.model, self._fetch)
        )
        self.system_prompt = lines("system_prompt", "Instructions", 3)
        instructions = Field(
            self.system_prompt,
            "system_prompt",
            "Instructions",
            "Said to the model before every conversation.",
        )
        self.parameters = Parameters()
        self.own_proxy = choice("service_proxy", "Proxy of this service")
        self.own_proxy.addItem("As for the whole program", False)
        self.own_proxy.addItem("Its own", True)
        self.own_proxy.currentIndexChanged.connect(self._on_own_proxy_changed)
        self.proxy = ProxyForm(secrets, "service_proxy_own")
        self._test = text_button("test_connection", "Test connection", "Ask the service for a sign of life")
        self._test.clicked.connect(self._on_test_clicked)
        self._outcome = label()
        self._outcome.setObjectName("test_outcome")
        self._outcome.setAccessibleName("Outcome of the test")

        self._form = QWidget()
        form = QVBoxLayout(self._form)
        form.setContentsMargins(0, 0, 0, 0)
        form.setSpacing(16)
        for part in (self._address_field, self.key, self._model_field, _beside(self._test, self._outcome)):
            form.addWidget(part)
        for part in (instructions, self.parameters):
            form.addWidget(part)
        form.addWidget(Field(self.own_proxy, "service_proxy", "Proxy of this service"))
        form.addWidget(self.proxy)
        column = QVBoxLayout(self)
        column.setContentsMargins(*PAGE_MARGINS)
        column.setSpacing(16)
        column.addWidget(self._service_field)
        column.addWidget(self._form)
        column.addStretch(1)

    def load(self, preferences: Preferences, name: str = "") -> None:
        """Show these preferences. name: the service to show, "" for the current one."""
        self._edited = dict(preferences.services)
        self.service.blockSignals(True)
        self.service.clear()
        self.service.addItem("Choose a service", NO_CHOICE)
        for service, settings in self._edited.items():
            if service not in self._entries:
                entry = self._entries.get(settings.provider)
                self.service.addItem(f"{entry.label if entry else settings.provider} ({service})", service)
        for entry in self._entries.values():
            self.service.addItem(entry.label, entry.id)
        self.service.setCurrentIndex(max(0, self.service.findData(name or preferences.service)))
        self.service.blockSignals(False)
        self._show_service(str(self.service.currentData()))
        self.service.currentIndexChanged.connect(self._on_service_chosen)

    def focus_field(self, field: str) -> None:
        """Put the cursor where something is to be changed: "key", "model", "address", or the service itself."""
        places: dict[str, QWidget] = {"key": self.key.edit, "model": self.model, "address": self.address}
        places.get(field, self.service).setFocus()

    def is_right(self) -> bool:
        """Whether all can be used; if not, the fields at fault say why."""
        if not self._current:
            return True
        entry = self._entry()
        if entry is not None and entry.broken:
            self._service_field.set_error(f"This one cannot be used: {entry.broken}")
            return False
        right = self._address_field.check(self._base_url)
        right &= self.key.is_right() if not self.key.isHidden() else True
        right &= self.parameters.is_right()
        if self.own_proxy.currentData():
            right &= self.proxy.is_right()
        return right

    def into(self, preferences: Preferences) -> Preferences:
        """`preferences` with what was entered; call it when `is_right`."""
        if self._current:
            self._edited[self._current] = self._settings()
        return replace(preferences, service=self._current, services=dict(self._edited))

    def keep(self) -> bool:
        """Store key and password. Whether they were kept as wanted."""
        if not self._current:
            return True
        kept = self.key.keep() if not self.key.isHidden() else True
        self._host_before = self._host()
        return kept & (self.proxy.keep() if self.own_proxy.currentData() else True)

    def stop(self) -> None:
        """Nobody waits for a test any more."""
        if self._cancel is not None:
            self._cancel()
            self._cancel = None

    # one service

    def _entry(self) -> ServiceEntry | None:
        settings = self._edited.get(self._current)
        return self._entries.get(settings.provider if settings is not None else self._current)

    def _show_service(self, name: str) -> None:
        self.stop()
        self._current = name
        self._service_field.set_error("")
        self._form.setVisible(bool(name))
        self._outcome.setText("")
        if not name:
            self._service_field.set_help("Nothing is sent anywhere before a service is chosen here.")
            return
        settings = self._edited.get(name) or ServiceSettings(provider=name)
        self._edited[name] = settings
        entry = self._entry()
        self._service_field.set_help(_about(entry))
        self.address.blockSignals(True)
        self.address.setText(settings.base_url)
        self.address.blockSignals(False)
        self.address.setPlaceholderText(entry.default_base_url if entry is not None else "")
        self._address_field.set_error("")
        self._host_before = self._host()
        takes_key = entry is None or entry.needs_key
        self.key.setVisible(takes_key)
        if takes_key:
            self.key.load(secret_name(name))
        self.model.clear()
        self._offer_models(list(entry.models) if entry is not None else [])
        self.model.setEditText(settings.model or (entry.default_model if entry is not None else ""))
        self.system_prompt.setPlainText(settings.system_prompt)
        self.parameters.show_only(entry.parameters if entry is not None else frozenset())
        self.parameters.load(settings)
        self.own_proxy.setCurrentIndex(1 if settings.proxy is not None else 0)
        self.proxy.load(settings.proxy or ProxySettings(), proxy_secret_name(name))
        self._on_own_proxy_changed()

    def _settings(self) -> ServiceSettings:
        """What was entered. Raises ValueError with words."""
        known = self._edited[self._current]
        entry = self._entry()
        model = self.model.currentText().strip()
        entered = replace(
            known,
            base_url=self._base_url(),
            model="" if entry is not None and model == entry.default_model else model,
            system_prompt=self.system_prompt.toPlainText(),
            proxy=self.proxy.settings() if self.own_proxy.currentData() else None,
        )
        return self.parameters.into(entered)

    def _base_url(self) -> str:
        text = self.address.text().strip()
        if not text:
            entry = self._entry()
            if entry is not None and not entry.default_base_url and "base_url" in entry.parameters:
                return parse_base_url("")  # says what to type
            return ""
        return parse_base_url(text)

    def _host(self) -> str:
        """Host and port a key would go to, "" while the address is none."""
        entry = self._entry()
        try:
            parts = urlsplit(self._base_url() or (entry.default_base_url if entry is not None else ""))
        except ValueError:
            return ""
        return f"{parts.scheme}://{parts.netloc}"

    def _offer_models(self, models: list[str]) -> None:
        text = self.model.currentText()
        self.model.clear()
        self.model.addItems(models)
        self.model.setEditText(text)

    def _route(self) -> tuple[ServiceSettings, str | None, ProxySettings, str | None]:
        settings = self._settings()
        key = self.key.value() if not self.key.isHidden() else None
        if settings.proxy is not None:
            return settings, key, settings.proxy, self.proxy.password_now()
        return settings, key, *self._program_proxy()

    # what was pressed

    def _on_service_chosen(self, _index: int) -> None:
        if self._current:
            with suppress(ValueError):  # what cannot be used is left behind; the stored settings stay
                self._edited[self._current] = self._settings()
        self._show_service(str(self.service.currentData()))

    def _on_address_changed(self, _text: str) -> None:
        self._address_field.set_error("")
        self.key.forget("" if self._host() == self._host_before else KEY_AGAIN)

    def _on_own_proxy_changed(self) -> None:
        self.proxy.setVisible(bool(self.own_proxy.currentData()))

    def _on_fetch_clicked(self) -> None:
        if (route := self._asked("Asking for the list…")) is not None:
            self._cancel = self._probes.list_models(*route, self._on_models_came)

    def _on_test_clicked(self) -> None:
        if (route := self._asked("Testing…")) is not None:
            self._cancel = self._probes.test(*route, self._on_tested)

    def _asked(self, words: str) -> tuple[ServiceSettings, str | None, ProxySettings, str | None] | None:
        """What to ask with, or None where something entered cannot be used: then a field says so."""
        self.stop()
        if not self.is_right():
            self._outcome.setText("Something entered above or below cannot be used; the field says why.")
            return None
        try:
            route = self._route()
        except ValueError as error:
            self._outcome.setText(f"The proxy's page: {error}")
            return None
        self._outcome.setText(words)
        return route

    def _on_models_came(self, models: list[str] | Fault) -> None:
        self._cancel = None
        if isinstance(models, Fault):
            words = strings.fault_words(models)
            self._outcome.setText(f"{words.title} {words.hint}")
        elif models:
            self._offer_models(models)
            self._outcome.setText("1 model found." if len(models) == 1 else f"{len(models)} models found.")
        else:
            self._outcome.setText("The service names no models. Type the name of one.")

    def _on_tested(self, result: ProbeResult) -> None:
        self._cancel = None
        self._outcome.setText(result.words)
        if result.ok and result.models:
            self._offer_models(list(result.models))


def _about(entry: ServiceEntry | None) -> str:
    if entry is None:
        return "The add-on for this kind of service is not installed."
    if entry.broken:
        return f"This one cannot be used: {entry.broken}"
    if entry.unofficial or not entry.working:
        return "An unofficial service: its operator may refuse this program at any time, and says so in the answer."
    return ""


def _beside(wide: QWidget, narrow: QWidget) -> QWidget:
    """Two widgets in a row; a label takes the room that is left, else the first does."""
    both = QWidget()
    row = QHBoxLayout(both)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(8)
    button_first = wide.metaObject().className() == "QPushButton"
    row.addWidget(wide, 0 if button_first else 1)
    row.addWidget(narrow, 1 if button_first else 0)
    return both
