"""The form of one service: name, kind, address, key, model, test, and folded away what few need; knows no wire."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from pizzagpt_desktop.domain.addresses import check_key, parse_base_url, sends_in_clear
from pizzagpt_desktop.domain.asking import NAMES, is_set
from pizzagpt_desktop.domain.entered import Entered
from pizzagpt_desktop.domain.extras import NO_EXTRAS
from pizzagpt_desktop.domain.faults import Fault
from pizzagpt_desktop.domain.models import context_words
from pizzagpt_desktop.domain.preferences import (
    ServiceSettings,
    key_host_name,
    passphrase_secret_name,
    proxy_secret_name,
    secret_name,
)
from pizzagpt_desktop.domain.presets import Preset, preset_for
from pizzagpt_desktop.domain.proxy import ProxySettings
from pizzagpt_desktop.ui import strings
from pizzagpt_desktop.ui.labels import plain_tip, text_button
from pizzagpt_desktop.ui.preferences.context_form import ContextForm
from pizzagpt_desktop.ui.preferences.extras_form import ExtrasForm
from pizzagpt_desktop.ui.preferences.fields import Field, Pair, beside, choice, line, lines
from pizzagpt_desktop.ui.preferences.parameters import Parameters
from pizzagpt_desktop.ui.preferences.proxy_form import ProxyForm
from pizzagpt_desktop.ui.preferences.route_panel import RoutePanel
from pizzagpt_desktop.ui.preferences.secret_field import SecretField
from pizzagpt_desktop.ui.preferences.section import Section
from pizzagpt_desktop.ui.preferences.trust_form import TrustForm
from pizzagpt_desktop.ui.service_names import usual_name

if TYPE_CHECKING:
    from pizzagpt_desktop.chat.probes import Probes
    from pizzagpt_desktop.ui.ports import SecretsPort, ServiceEntry

KEY_AGAIN = "The address has another host now. Type the key for it; the old one goes nowhere else."
KEY_OF_ANOTHER = "A key of an earlier service lies under this name; it is not used, and goes with OK."
IN_CLEAR = "The key would cross the network unprotected, as the address begins with http://."
ProgramProxy = Callable[[], tuple[ProxySettings, str | None]]
"""The program's proxy and its password as entered on their page; raises ValueError with words."""


class ServiceForm(QWidget):
    """Edits a copy of one service. name: under which it and its secrets are kept. fresh: it was not there before."""

    changed = Signal()
    link_wanted = Signal(str)

    def __init__(
        self,
        name: str,
        settings: ServiceSettings,
        entries: Mapping[str, ServiceEntry],
        probes: Probes,
        secrets: SecretsPort,
        program_proxy: ProgramProxy,
        *,
        fresh: bool = False,
    ) -> None:
        super().__init__()
        self.name = name
        self._known = settings
        self._entries = entries
        self._probes = probes
        self._program_proxy = program_proxy
        self._cancel: Callable[[], None] | None = None

        self.label_edit = line("service_label", "Name")
        self.label_edit.textChanged.connect(lambda _text: self.changed.emit())
        self.kind = choice("service_kind", "Kind of service")
        self._kind_field = Field(self.kind, "service_kind", "Kind of service")
        self.address = line("base_url", "Address")
        self._address_field = Field(self.address, "base_url", "Address")
        self.key = SecretField(secrets, "key", "Key", check_key)
        self._get_key = text_button("get_key", "Get a key…", "Open the service's page of keys", kind="link")
        self._get_key.clicked.connect(self._on_get_key_clicked)
        self.model = choice("model", "Model", editable=True)
        self.model.setProperty("kind", "long")
        self.model.setMaxVisibleItems(16)
        self._fetch = text_button("fetch_models", "Fetch list", "Ask the service which models it has")
        self._fetch.clicked.connect(self._on_fetch_clicked)
        self._model_field = Field(
            self.model, "model", "Model", "Choose one, or type its name.", beside(self.model, self._fetch)
        )
        self.route = RoutePanel(probes, self._to_test)
        self.route.models_came.connect(self._offer_models)
        self.route.trusted.connect(self._on_trusted)
        self.system_prompt = lines("system_prompt", "Instructions", 3)
        instructions = Field(
            self.system_prompt,
            "system_prompt",
            "Instructions",
            "Said to the model before every conversation with this service.",
        )
        self.parameters, self.context = Parameters(), ContextForm()
        self.own_proxy = choice("service_proxy", "Route of this service")
        self.own_proxy.addItem("As for the whole program", False)
        self.own_proxy.addItem("Its own", True)
        self.proxy = ProxyForm(secrets, "service_proxy_own")
        self.trust = TrustForm(secrets)
        self.extras = ExtrasForm()
        self.asked_section = Section(
            "service_asked", "Instructions and parameters", instructions, self.parameters, self.context
        )
        self.route_section = Section(
            "service_route",
            "Proxy and certificates",
            Field(self.own_proxy, "service_proxy", "Route of this service"),
            self.proxy,
            self.trust,
        )
        self.extras_section = Section("service_extras", "Headers and fields of requests", self.extras)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(16)
        name_field = Field(self.label_edit, "service_label", "Name")
        key_part = QWidget()
        key_column = QVBoxLayout(key_part)
        key_column.setContentsMargins(0, 0, 0, 0)
        key_column.setSpacing(0)
        key_column.addWidget(self.key)
        key_column.addWidget(self._get_key, 0, Qt.AlignmentFlag.AlignLeading)
        self._key_part = key_part
        for part in (
            Pair(name_field, self._kind_field),
            self._address_field,
            key_part,
            self._model_field,
            self.route,
        ):
            column.addWidget(part)
        for section in (self.asked_section, self.route_section, self.extras_section):
            column.addWidget(section)
        self._load(settings, secrets, fresh=fresh)
        self.address.textChanged.connect(self._on_address_changed)
        self.kind.currentIndexChanged.connect(self._on_kind_changed)
        self.own_proxy.currentIndexChanged.connect(self._on_own_proxy_changed)

    def focus_field(self, field: str) -> None:
        """Put the cursor where something is to be changed: "key", "model", "address", or the name."""
        places: dict[str, QWidget] = {"key": self.key.edit, "model": self.model, "address": self.address}
        places.get(field, self.label_edit).setFocus()

    def words(self) -> str:
        """What the service is called as it is entered now."""
        return self.label_edit.text().strip() or usual_name(self._now(), self._entries)

    def is_right(self) -> bool:
        """Whether all can be used; if not, the fields at fault say why, and are unfolded."""
        entry = self._entry()
        if entry is None or entry.broken:
            self._kind_field.set_error(_about(entry))
            return False
        self._kind_field.set_error("")
        right = self._address_field.check(self._base_url)
        right &= self.key.is_right() if self._takes_key() else True
        for section, fine in (
            (self.asked_section, self.parameters.is_right() & self.context.is_right()),
            (self.route_section, self._is_route_right()),
            (self.extras_section, self.extras.is_right()),
        ):
            if not fine:
                section.unfold()
            right &= fine
        return right

    def settings(self) -> ServiceSettings:
        """What was entered. Raises ValueError with words."""
        entry = self._entry()
        model = self.model.currentText().strip()
        entered = replace(
            self._known,
            provider=str(self.kind.currentData()),
            label=self.label_edit.text().strip(),
            base_url=self._base_url(),
            model="" if entry is not None and model == entry.default_model else model,
            system_prompt=self.system_prompt.toPlainText(),
            proxy=self.proxy.settings() if self.own_proxy.currentData() else None,
            trust=self.trust.trust(),
            extras=self.extras.extras(),
            context=self.context.context(),
        )
        return self.parameters.into(entered)

    def keep(self) -> bool:
        """Store key and passwords. Whether they were kept as wanted."""
        kept = self.key.keep() if self._takes_key() else True
        if self._takes_key():
            self.key.bind(key_host_name(self.name), self._host())
        kept &= self.trust.keep()
        self._host_before = self._host()
        return kept & (self.proxy.keep() if self.own_proxy.currentData() else True)

    def stop(self) -> None:
        """Nobody waits for an answer any more."""
        self.route.stop()
        if self._cancel is not None:
            self._cancel()
            self._cancel = None

    # what is shown

    def _load(self, settings: ServiceSettings, secrets: SecretsPort, *, fresh: bool) -> None:
        for entry in self._entries.values():
            self.kind.addItem(entry.label, entry.id)
        if settings.provider not in self._entries:
            self.kind.addItem(settings.provider, settings.provider)
        self.kind.setCurrentIndex(self.kind.findData(settings.provider))
        self.label_edit.setText(settings.label)
        self.address.setText(settings.base_url)
        self._host_before = self._host()
        self.key.load(secret_name(self.name))
        if fresh:
            self.key.forget(KEY_OF_ANOTHER)
        entry_now = self._entry()
        self._offer_models(list(entry_now.models) if entry_now is not None else [])
        self.model.setEditText(settings.model or (entry_now.default_model if entry_now is not None else ""))
        self.system_prompt.setPlainText(settings.system_prompt)
        self.parameters.load(settings)
        self.context.load(settings.context)
        self.own_proxy.setCurrentIndex(1 if settings.proxy is not None else 0)
        self.proxy.load(settings.proxy or ProxySettings(), proxy_secret_name(self.name))
        self.proxy.setVisible(settings.proxy is not None)
        self.trust.load(settings.trust, passphrase_secret_name(self.name))
        self.extras.load(settings.extras)
        self.asked_section.unfold(any(is_set(settings, name) for name in (*NAMES, "context")))
        self.route_section.unfold(settings.proxy is not None or self.trust.is_set())
        self.extras_section.unfold(settings.extras != NO_EXTRAS)
        self._show_kind()

    def _show_kind(self) -> None:
        """What goes with the kind of service and the address."""
        entry, known = self._entry(), self._preset()
        self._kind_field.set_help(_about(entry))
        note = known.note if known is not None else ""
        default = entry.default_base_url if entry is not None else ""
        own = f"Left empty, it is {default}" if default and default != self.address.text() else ""
        self.address.setPlaceholderText(default or (known.example if known else ""))
        self._address_field.set_help(". ".join(part for part in (own, note) if part))
        self._key_part.setVisible(self._takes_key())
        self.key.setVisible(self._takes_key())
        self._fetch.setVisible(known is None or known.lists_models)
        self._get_key.setVisible(bool(known is not None and known.keys_at))
        if known is not None and known.keys_at:
            self._get_key.setToolTip(plain_tip(f"Open {known.keys_at} in the browser"))
        parameters = entry.parameters if entry is not None else frozenset()
        self.parameters.show_only(parameters)
        self.label_edit.setPlaceholderText(usual_name(self._now(), self._entries))

    def _entry(self) -> ServiceEntry | None:
        return self._entries.get(str(self.kind.currentData()))

    def _preset(self) -> Preset | None:
        return preset_for(self._full_address(), str(self.kind.currentData()))

    def _takes_key(self) -> bool:
        entry = self._entry()
        return entry is None or entry.needs_key

    def _now(self) -> ServiceSettings:
        """As entered, as far as it can be used: for names only."""
        with suppress(ValueError):
            return replace(self._known, provider=str(self.kind.currentData()), base_url=self._base_url())
        return replace(self._known, provider=str(self.kind.currentData()), base_url="")

    def _must_have_address(self) -> bool:
        entry = self._entry()
        return entry is not None and not entry.default_base_url and "base_url" in entry.parameters

    def _base_url(self) -> str:
        text = self.address.text().strip()
        if not text:
            return parse_base_url("") if self._must_have_address() else ""  # says what to type
        return parse_base_url(text)

    def _full_address(self) -> str:
        entry = self._entry()
        try:
            return self._base_url() or (entry.default_base_url if entry is not None else "")
        except ValueError:
            return ""

    def _host(self) -> str:
        """Scheme, host and port a key would go to, "" while the address is none."""
        parts = urlsplit(self._full_address())
        return f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""

    def _is_route_right(self) -> bool:
        right = self.proxy.is_right() if self.own_proxy.currentData() else True
        return right & self.trust.is_right()

    def _offer_models(self, models: list[str]) -> None:
        text = self.model.currentText()
        self.model.clear()
        self.model.addItems([str(model) for model in models])
        self.model.setEditText(text)
        told = next((model for model in models if model == text), "")
        words = context_words(self.context.tell(told))
        self._model_field.set_help(
            "Choose one, or type its name." + (f" This one has {words}." if words else "")
        )

    # what was pressed

    def _on_kind_changed(self) -> None:
        self._kind_field.set_error("")
        self._host_check()
        self._show_kind()
        self.changed.emit()

    def _on_address_changed(self, _text: str) -> None:
        self._address_field.set_error("")
        self._host_check()
        self._show_kind()
        self.changed.emit()

    def _host_check(self) -> None:
        """A key goes to the host that it was typed for, and to no other."""
        why = "" if self._host() == self._host_before else KEY_AGAIN
        self.key.forget(why)
        clear = self._takes_key() and bool(self._full_address()) and sends_in_clear(self._full_address())
        self.key.warn(IN_CLEAR if clear else "")

    def _on_own_proxy_changed(self) -> None:
        self.proxy.setVisible(bool(self.own_proxy.currentData()))

    def _on_get_key_clicked(self) -> None:
        if (known := self._preset()) is not None:
            self.link_wanted.emit(known.keys_at)

    def _on_trusted(self, fingerprint: str) -> None:
        self.trust.pin(self._full_address(), fingerprint)
        self.route_section.unfold()

    def _to_test(self) -> Entered | str:
        """What to ask with, or why it cannot be asked: then a field says more."""
        if self._cancel is not None:
            self._cancel()
        if not self.is_right():
            return "Something entered above or below cannot be used; the field says why."
        settings = self.settings()
        key = self.key.value() if self._takes_key() else None
        passphrase = self.trust.passphrase.value() if settings.trust.certificate else None
        if settings.proxy is not None:
            return Entered(settings, key, settings.proxy, self.proxy.password_now(), passphrase)
        try:
            return Entered(settings, key, *self._program_proxy(), passphrase)
        except ValueError as error:
            return f"The page of the network: {error}"

    def _on_fetch_clicked(self) -> None:
        asked = self._to_test()
        if isinstance(asked, str):
            self.route.clear(asked)
            return
        self.route.clear("Asking for the list…")
        self._cancel = self._probes.list_models(asked, self._on_models_came)

    def _on_models_came(self, models: list[str] | Fault) -> None:
        self._cancel = None
        if isinstance(models, Fault):
            words = strings.fault_words(models)
            self.route.say(f"{words.title} {words.hint}")
        elif models:
            self._offer_models(models)
            self.route.say("1 model found." if len(models) == 1 else f"{len(models)} models found.")
        else:
            self.route.say("The service names no models. Type the name of one.")


def _about(entry: ServiceEntry | None) -> str:
    if entry is None:
        return "The add-on for this kind of service is not installed."
    if entry.broken:
        return f"This one cannot be used: {entry.broken}"
    if entry.unofficial or not entry.working:
        return "An unofficial service: its operator may refuse this program at any time, and says so in the answer."
    return ""
