"""The page on which a service is added: its address is enough; or one that is known, or one on this computer; knows no wire."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from pizzagpt_desktop.domain.addresses import parse_base_url, shown_host_words
from pizzagpt_desktop.domain.faults import Fault
from pizzagpt_desktop.domain.preferences import ServiceSettings
from pizzagpt_desktop.domain.presets import PRESETS
from pizzagpt_desktop.ui import strings
from pizzagpt_desktop.ui.labels import label, text_button
from pizzagpt_desktop.ui.preferences.fields import Field, beside, choice, line

if TYPE_CHECKING:
    from pizzagpt_desktop.chat.probes import Probes
    from pizzagpt_desktop.domain.detection import Found
    from pizzagpt_desktop.ui.ports import ServiceEntry
    from pizzagpt_desktop.ui.preferences.service_form import ProgramProxy

NO_CHOICE = ""
NEARLY = "This address can be used by hand too: press “Add it anyway”, and choose its kind there."


class AddService(QWidget):
    """`found` gives a name to keep a service under, its settings, and a word on it; `left` that nothing is added."""

    found = Signal(str, object, str)
    left = Signal()

    def __init__(self, entries: Iterable[ServiceEntry], probes: Probes, program_proxy: ProgramProxy) -> None:
        super().__init__()
        self._probes = probes
        self._program_proxy = program_proxy
        self._cancel: Callable[[], None] | None = None
        self._cancel_look: Callable[[], None] | None = None
        self.address = line(
            "add_address", "Address", placeholder="for example localhost:11434", own_enter=True
        )
        self.address.textChanged.connect(self._on_address_changed)
        self.address.returnPressed.connect(self._on_find_clicked)
        self.find_out = text_button(
            "add_find", "Add", "Find out what speaks at this address, and add it", kind="main"
        )
        self.find_out.clicked.connect(self._on_find_clicked)
        self._address_field = Field(
            self.address,
            "add_address",
            "Address",
            "The service's address is enough: what speaks there is found out, without a key.",
            beside(self.address, self.find_out),
        )
        self._anyway = text_button("add_anyway", "Add it anyway", "Add it without having reached it")
        self._anyway.clicked.connect(self._on_anyway_clicked)
        self.known = choice("service", "Service")
        self.known.setProperty("kind", "long")
        self.known.setMaxVisibleItems(16)
        self.known.addItem("Choose a service", NO_CHOICE)
        by_preset = {preset.provider for preset in PRESETS} - {"openai"}
        for entry in entries:
            if entry.id not in by_preset:
                self.known.addItem(entry.label, f"kind:{entry.id}")
        self.known.insertSeparator(self.known.count())
        for preset in PRESETS:
            self.known.addItem(preset.label, f"preset:{preset.id}")
        self.known.currentIndexChanged.connect(self._on_known_changed)
        self.add_known = text_button("add_known", "Add", "Add the service that is chosen here")
        self.add_known.clicked.connect(self._on_add_known_clicked)
        self.add_known.setEnabled(False)
        row = beside(self.known, self.add_known)
        known_field = Field(self.known, "service", "Or one that is known", row=row)
        self.look = text_button(
            "add_look",
            "Look for local servers",
            "See whether Ollama, LM Studio and others answer on this computer",
        )
        self.look.clicked.connect(self._on_look_clicked)
        self.outcome = label("", "muted")
        self.outcome.setObjectName("add_outcome")
        self._offers = QWidget()
        self._offers_column = QVBoxLayout(self._offers)
        self._offers_column.setContentsMargins(0, 0, 0, 0)
        self._offers_column.setSpacing(8)
        self.leave = text_button("add_cancel", "Back", "Go back without adding a service")
        self.leave.clicked.connect(self.left)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(16)
        column.addWidget(self._address_field)
        column.addWidget(_packed(self._anyway))
        column.addWidget(known_field)
        column.addWidget(_packed(self.look))
        column.addWidget(self.outcome)
        column.addWidget(self._offers)
        column.addWidget(_packed(self.leave))
        self._anyway.hide()
        self.outcome.hide()

    def begin(self, *, may_leave: bool) -> None:
        """Empty, with the cursor in the address. may_leave: there is something to go back to."""
        self.stop()
        self.address.clear()
        self._address_field.set_error("")
        self.known.setCurrentIndex(0)
        self._show_offers([])
        self._say("")
        self.leave.setVisible(may_leave)
        self.address.setFocus()

    def stop(self) -> None:
        """Nobody waits for an answer any more."""
        for cancel in (self._cancel, self._cancel_look):
            if cancel is not None:
                cancel()
        self._cancel = self._cancel_look = None
        self.find_out.setEnabled(True)

    def _say(self, words: str) -> None:
        self.outcome.setText(words)
        self.outcome.setVisible(bool(words))

    def _on_address_changed(self, _text: str) -> None:
        self._address_field.set_error("")
        self._anyway.hide()

    def _on_find_clicked(self) -> None:
        self.stop()
        text = self.address.text().strip()
        if not text:
            self._address_field.set_error("Type the service's address, or choose one below.")
            return
        try:
            proxy = self._program_proxy()
        except ValueError as error:
            self._address_field.set_error(f"The page of the network: {error}")
            return
        self._address_field.set_error("")
        self._address_field.set_help("Finding out what speaks there…")
        self.find_out.setEnabled(False)
        self._cancel = self._probes.detect(text, *proxy, self._on_detected)

    def _on_detected(self, found: Found | Fault) -> None:
        self._cancel = None
        self.find_out.setEnabled(True)
        self._address_field.set_help("")
        if isinstance(found, Fault):
            words = strings.fault_words(found)
            said = found.detail or words.title
            self._address_field.set_error(f"{said} {found.hint}".strip())
            self._anyway.setVisible(self._by_hand() is not None)
            self.address.setFocus()
            return
        self._add(found)

    def _on_anyway_clicked(self) -> None:
        if (base_url := self._by_hand()) is not None:
            settings = ServiceSettings(provider="openai", base_url=base_url)
            self.found.emit("openai", settings, "It was not reached. Its kind is a guess; test the route.")

    def _by_hand(self) -> str | None:
        text = self.address.text().strip()
        try:
            return parse_base_url(text if "://" in text else f"https://{text}")
        except ValueError:
            return None

    def _on_known_changed(self) -> None:
        self.add_known.setEnabled(bool(self.known.currentData()))

    def _on_add_known_clicked(self) -> None:
        kind, _, name = str(self.known.currentData() or "").partition(":")
        if kind == "kind":
            self.found.emit(name, ServiceSettings(provider=name), "")
        elif kind == "preset":
            preset = next(preset for preset in PRESETS if preset.id == name)
            settings = ServiceSettings(provider=preset.provider, base_url=preset.base_url)
            if not preset.base_url:
                settings = ServiceSettings(provider=preset.provider, label=preset.label)
            self.found.emit(preset.id, settings, preset.note)

    def _on_look_clicked(self) -> None:
        if self._cancel_look is not None:
            self._cancel_look()
        self._show_offers([])
        self._say("Looking on this computer…")
        self._cancel_look = self._probes.look_for_local_servers(self._on_looked)

    def _on_looked(self, found: list[Found] | Fault) -> None:
        self._cancel_look = None
        if isinstance(found, Fault):
            self._say(found.detail)
            return
        if not found:
            self._say(
                "No server answers on this computer at the usual ports. Start one, or type its address."
            )
            return
        self._say("Found on this computer:")
        self._show_offers(found)

    def _show_offers(self, found: Iterable[Found]) -> None:
        while (item := self._offers_column.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        for one in found:
            models = len(one.models)
            offer = f", {models} model{'' if models == 1 else 's'}" if models else ""
            words = f"Add {one.name} at {shown_host_words(one.base_url)}{offer}"
            button = text_button(f"add_found_{shown_host_words(one.base_url)}", words)
            button.clicked.connect(lambda _checked=False, one=one: self._add(one))
            self._offers_column.addWidget(_packed(button))

    def _add(self, found: Found) -> None:
        preset = next(
            (known for known in PRESETS if known.label == found.name and known.provider == found.provider),
            None,
        )
        name = preset.id if preset is not None else found.provider
        label_text = found.name if preset is not None and preset.is_local else ""
        model = str(found.models[0]) if len(found.models) == 1 else ""
        settings = ServiceSettings(
            provider=found.provider, base_url=found.base_url, label=label_text, model=model
        )
        need = " It wants a key." if found.needs_key else ""
        offer = f" It offers {len(found.models)} models; choose one." if len(found.models) > 1 else ""
        self.found.emit(name, settings, f"{found.name} was found.{need}{offer}")


def _packed(button: QWidget) -> QWidget:
    """A button as wide as its words."""
    button.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
    return button
