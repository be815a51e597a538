"""The page of services: a list of those set up, the form of the chosen one, and the way to add another; knows no wire."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from pizzagpt_desktop.domain.asking import NOTHING_ASKED
from pizzagpt_desktop.domain.preferences import (
    Preferences,
    ServiceSettings,
    free_name,
    key_host_name,
    passphrase_secret_name,
    proxy_secret_name,
    secret_name,
)
from pizzagpt_desktop.ui.labels import label, text_button
from pizzagpt_desktop.ui.preferences.add_service import AddService
from pizzagpt_desktop.ui.preferences.entry_list import EntryList
from pizzagpt_desktop.ui.preferences.fields import PAGE_MARGINS
from pizzagpt_desktop.ui.preferences.service_form import ProgramProxy, ServiceForm
from pizzagpt_desktop.ui.service_names import names

if TYPE_CHECKING:
    from pizzagpt_desktop.chat.probes import Probes
    from pizzagpt_desktop.ui.ports import SecretsPort, ServiceDirectory, ServiceEntry

IN_USE = "for new conversations"


class _Removed(NamedTuple):
    name: str
    settings: ServiceSettings
    row: int
    was_current: bool


class ServicesPage(QWidget):
    """Edits copies of the services and which of them is the current one; a form is made when it is first shown."""

    link_wanted = Signal(str)

    def __init__(
        self, services: ServiceDirectory, probes: Probes, secrets: SecretsPort, program_proxy: ProgramProxy
    ) -> None:
        super().__init__()
        self._entries: Mapping[str, ServiceEntry] = {entry.id: entry for entry in services.entries()}
        self._probes = probes
        self._secrets = secrets
        self._program_proxy = program_proxy
        self._services: dict[str, ServiceSettings] = {}
        self._forms: dict[str, ServiceForm] = {}
        self._fresh: set[str] = set()
        self._taken: set[str] = set()
        self._removed: list[_Removed] = []
        self._current = ""
        self._held = NOTHING_ASKED
        self.entries = EntryList("services", "Services", "Add a service…")
        self.entries.chosen.connect(self._show)
        self.entries.add_asked.connect(self.show_adding)
        self.entries.duplicate_asked.connect(self._on_duplicate_asked)
        self.entries.remove_asked.connect(self._on_remove_asked)
        self.entries.undo_asked.connect(self._on_undo_asked)
        self.use = text_button("services_use", "Use for new conversations")
        self.use.clicked.connect(self._on_use_clicked)
        self.use.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.entries.buttons.addWidget(self.use)
        self.adding = AddService(self._entries.values(), probes, program_proxy)
        self.adding.found.connect(self.add)
        self.adding.left.connect(lambda: self._show(self.entries.current))
        column = QVBoxLayout(self)
        column.setContentsMargins(*PAGE_MARGINS)
        column.setSpacing(16)
        self._note = label("", "muted")
        self._note.setObjectName("service_note")
        self._note.hide()
        column.addWidget(self.entries)
        column.addWidget(self._note)
        column.addWidget(self.adding)
        self._column = column
        column.addStretch(1)

    def load(self, preferences: Preferences, name: str = "") -> None:
        """Show these preferences. name: the service to show, "" for the current one."""
        self._services = dict(preferences.services)
        self._taken = set(self._services)
        self._held = preferences.asking
        self._current = preferences.service
        for known in self._services:
            self.entries.put(known, known)
        self._name_all()
        if not self._services:
            self.entries.hide()
            self.show_adding()
        else:
            self.entries.choose(
                name if name in self._services else self._current or next(iter(self._services))
            )

    @property
    def form(self) -> ServiceForm:
        """The form of the chosen service; KeyError where none is chosen."""
        return self._form_of(self.entries.current)

    def choose(self, name: str) -> None:
        """Show the form of one that is set up."""
        self.entries.choose(name)

    def add(self, wanted: str, settings: ServiceSettings, words: str = "") -> str:
        """Set up another service, show its form and say `words` there; the name it has here."""
        name = free_name(wanted, self._taken)
        self._taken.add(name)
        self._fresh.add(name)
        self._services[name] = settings
        self._current = self._current or name
        self.entries.put(name, name)
        self._name_all()
        self.entries.choose(name)
        form = self._form_of(name)
        self._say(words)
        form.focus_field("key" if form.key.isVisibleTo(form) else "model")
        return name

    def show_adding(self) -> None:
        """The way to add one."""
        self._say("")
        for form in self._forms.values():
            form.hide()
        self.adding.show()
        self.adding.begin(may_leave=bool(self._services))

    def focus_field(self, field: str) -> None:
        """Put the cursor where something is to be changed: "key", "model", "address"."""
        if self.entries.current and self.adding.isHidden():
            if field == "proxy":
                self.form.proxy.host.setFocus()
            else:
                self.form.focus_field(field)
        else:
            self.adding.address.setFocus()

    def is_right(self) -> bool:
        """Whether all can be used; if not, the fields at fault say why, and their form is shown."""
        for name in self.entries.names():
            form = self._forms.get(name)
            if form is not None and not form.is_right():
                self.entries.choose(name)
                self._show(name)
                return False
        return True

    def into(self, preferences: Preferences) -> Preferences:
        """`preferences` with what was entered; call it when `is_right`."""
        for name, form in self._forms.items():
            if name in self._services:
                self._services[name] = form.settings()
        services = {name: self._services[name] for name in self.entries.names()}
        return replace(preferences, service=self._current, services=services)

    def keep(self) -> bool:
        """Store keys and passwords, and forget those of removed services. Whether they were kept as wanted."""
        kept = True
        for name in self.entries.names():
            if name in self._forms:
                kept &= self._forms[name].keep()
        for gone in self._removed:
            for secret in (
                secret_name(gone.name),
                key_host_name(gone.name),
                proxy_secret_name(gone.name),
                passphrase_secret_name(gone.name),
            ):
                if self._secrets.read(secret) is not None:
                    kept &= not self._secrets.delete(secret)
        self._removed.clear()
        self._fresh.clear()
        self.entries.say_removed("")
        return kept

    def stop(self) -> None:
        """Nobody waits for an answer any more."""
        self.adding.stop()
        for form in self._forms.values():
            form.stop()

    # one service

    def _form_of(self, name: str) -> ServiceForm:
        if name not in self._forms:
            form = ServiceForm(
                name,
                self._services[name],
                self._entries,
                self._probes,
                self._secrets,
                self._program_proxy,
                fresh=name in self._fresh,
            )
            form.parameters.show_inherited(self._held)
            form.system_prompt.setPlaceholderText(self._held.system_prompt)
            form.changed.connect(self._name_all)
            form.link_wanted.connect(self.link_wanted)
            self._forms[name] = form
            self._column.insertWidget(self._column.count() - 1, form)
        return self._forms[name]

    def _show(self, name: str) -> None:
        if not name or name not in self._services:
            if not self._services:
                self.show_adding()
            return
        shown = self._form_of(name)
        self._say("")
        self.adding.stop()
        self.adding.hide()
        for form in self._forms.values():
            form.setVisible(form is shown)
        self.use.setEnabled(name != self._current)

    def _say(self, words: str) -> None:
        """Words on the service that is shown, above its form."""
        self._note.setText(words)
        self._note.setVisible(bool(words))

    def _name_all(self) -> None:
        """What stands in the rows: names, no two alike, and which is used for new conversations."""
        now = dict(self._services)
        for name, form in self._forms.items():
            if name in now:
                now[name] = replace(now[name], label=form.words())
        given = names(now, self._entries)
        for name, words in given.items():
            self.entries.say(name, f"{words} · {IN_USE}" if name == self._current else words)

    # what was pressed

    def _on_use_clicked(self) -> None:
        self._current = self.entries.current
        self.use.setEnabled(False)
        self._name_all()

    def _on_duplicate_asked(self, name: str) -> None:
        settings = self._services[name]
        with suppress(ValueError):  # what cannot be used yet is not copied
            settings = self._form_of(name).settings()
        base = f"{self._form_of(name).words()} copy"
        self.add(
            name, replace(settings, label=base), "A copy, without the key: type the one of this account."
        )

    def _on_remove_asked(self, name: str) -> None:
        if name not in self._services:
            return
        words = self._form_of(name).words()
        self._forms[name].hide()
        self._forms[name].stop()
        was_current = name == self._current
        row = self.entries.take(name)
        self._removed.append(_Removed(name, self._services.pop(name), row, was_current))
        if was_current:
            self._current = next(iter(self.entries.names()), "")
        self._name_all()
        self.entries.setVisible(True)
        self.entries.say_removed(f"{words} and its key are removed with OK or Apply.")
        self._show(self.entries.current)

    def _on_undo_asked(self) -> None:
        if not self._removed:
            return
        gone = self._removed.pop()
        self._services[gone.name] = gone.settings
        self.entries.put(gone.name, gone.name, gone.row)
        if gone.was_current:
            self._current = gone.name
        self._name_all()
        self.entries.say_removed("")
        self.entries.choose(gone.name)
        self._show(gone.name)
        self.entries.list.setFocus()
