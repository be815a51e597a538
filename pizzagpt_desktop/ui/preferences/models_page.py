"""The page of the models on this computer: those that are here, those that can be fetched, and how they are run.

Fetching acts at once and goes on when the page is closed; everything else waits for OK like every other page. Knows
no file's contents and no server.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from pizzagpt_desktop.domain.local import LocalSettings
from pizzagpt_desktop.domain.preferences import Preferences, ServiceSettings, free_name
from pizzagpt_desktop.engine.catalogue import custom
from pizzagpt_desktop.engine.fetches import Fetch, FetchState
from pizzagpt_desktop.ui.labels import label, text_button
from pizzagpt_desktop.ui.preferences.fields import PAGE_MARGINS, Field, line
from pizzagpt_desktop.ui.preferences.model_rows import FetchCard, Use, model_card, offer_card
from pizzagpt_desktop.ui.preferences.model_settings import ModelSettings

if TYPE_CHECKING:
    from pizzagpt_desktop.engine.catalogue import Offer, Wanted
    from pizzagpt_desktop.engine.look import ModelFacts
    from pizzagpt_desktop.ui.ports import ModelsPort

PROVIDER = "local"
SUFFIX = ".gguf"
INTRODUCTION = "A model in a file answers on this computer: no account, no key, no server, and nothing that you write leaves it."
NO_ENGINE = (
    "The engine for models in files is not there for this system yet. Run Ollama, LM Studio or llama.cpp, and add it "
    "as a service instead."
)
NOTHING_HERE = "There is no model on this computer yet. Fetch one below, or add a file that you have."
NONE_THERE = "No model file, *.gguf, is in {}."
ELSEWHERE = (
    "Instructions, temperature, top p, seed and stop words are those of every service: on the page Services, of personas, "
    "or of one conversation."
)
CUSTOM_HELP = "Any other GGUF file, by https. Its check sum is not known beforehand: what comes first is trusted, and pinned."


class ModelsPage(QWidget):
    """Edits `Preferences.local`, and which model answers."""

    def __init__(self, models: ModelsPort) -> None:
        super().__init__()
        self._models = models
        self._files: tuple[str, ...] = ()
        self._used = ""
        self._chosen = ""
        self._found: list[ModelFacts] = []
        self._fetch_cards: dict[str, FetchCard] = {}
        self._is_first = False
        self._just_added: list[Path] = []
        self._arrived = ""
        self._cancel_look: Callable[[], None] = lambda: None
        self.setAcceptDrops(True)
        self.settings = ModelSettings()
        self.settings.context.editingFinished.connect(self.refresh)
        self._add_file = text_button("add_model_file", "Add file…", "Add a model file, *.gguf")
        self._add_file.clicked.connect(self._on_add_file)
        add_folder = text_button("add_model_folder", "Add folder…", "Add all model files of a folder")
        add_folder.clicked.connect(self._on_add_folder)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addWidget(self._add_file)
        buttons.addWidget(add_folder)
        buttons.addStretch(1)
        self._here, self._on_the_way, self._offered = (_column() for _ in range(3))
        self.address = line(
            "model_address",
            "Another address",
            placeholder="https://example.org/model.gguf",
            own_enter=True,
        )
        self.address.returnPressed.connect(self._on_fetch_address)
        fetch_address = text_button("fetch_address", "Fetch", "Fetch the file at this address")
        fetch_address.clicked.connect(self._on_fetch_address)
        row = QWidget()
        beside = QHBoxLayout(row)
        beside.setContentsMargins(0, 0, 0, 0)
        beside.setSpacing(8)
        beside.addWidget(self.address, 1)
        beside.addWidget(fetch_address)
        self.address_field = Field(self.address, "model_address", "Another address", CUSTOM_HELP, row=row)
        checked = models.catalogue.checked
        column = QVBoxLayout(self)
        column.setContentsMargins(*PAGE_MARGINS)
        column.setSpacing(12)
        column.addWidget(label(INTRODUCTION if models.has_engine else NO_ENGINE, "muted"))
        column.addWidget(_heading("On this computer"))
        column.addLayout(self._here)
        column.addLayout(buttons)
        column.addWidget(_heading("Fetch one"))
        column.addLayout(self._on_the_way)
        column.addLayout(self._offered)
        column.addWidget(
            label(
                f"Sizes, licences and check sums as of {checked}. Nothing is fetched without a press.",
                "muted",
            )
        )
        column.addWidget(self.address_field)
        column.addWidget(_heading("How they run"))
        column.addWidget(label(ELSEWHERE, "muted"))
        column.addWidget(self.settings)
        column.addStretch(1)
        forget = models.fetches.subscribe(self._on_fetch)
        self.destroyed.connect(forget)
        self._forget = forget

    def load(self, preferences: Preferences) -> None:
        """Show these settings, and look for the files."""
        self._files = preferences.local.files
        self.settings.load(preferences.local)
        current = preferences.service_settings()
        self._is_first = current is None
        self._used = self._chosen = (
            current.model if current is not None and current.provider == PROVIDER else ""
        )
        for fetch in self._models.fetches.all():
            self._on_fetch(fetch)
        self.refresh()

    def is_right(self) -> bool:
        """Whether all can be used; if not, the fields say why."""
        return self.settings.is_right()

    def into(self, preferences: Preferences) -> Preferences:
        """`preferences` with what was entered; where another model is to answer, with its service as the current one."""
        preferences = replace(preferences, local=replace(self.settings.settings(), files=self._files))
        if not self._chosen or self._chosen == self._used:
            return preferences
        return with_model(preferences, self._chosen)

    def stop(self) -> None:
        """The page is closed: nothing is shown any more. Fetches go on."""
        self._cancel_look()
        self._forget()

    def refresh(self) -> None:
        """Look for the model files again."""
        self._cancel_look()
        local = LocalSettings(files=self._files, context=self._context())
        self._cancel_look = self._models.look(local, self._show_found)

    def use(self, name: str) -> None:
        """Let a model answer, once the settings are applied."""
        self._chosen = name
        self._show_found(self._found)

    # --- what is shown ----------------------------------------------------------------------------------------

    def _show_found(self, found: list[ModelFacts]) -> None:
        self._found = found
        place = self._place_of_keyboard()
        _clear(self._here)
        if not found:
            self._here.addWidget(label(NOTHING_HERE, "muted"))
        of_use_first = sorted(found, key=lambda facts: bool(facts.problem))
        if self._is_first and self._just_added and not self._chosen:
            self._chosen = next((facts.file.name for facts in of_use_first if self._is_new(facts)), "")
        for number, facts in enumerate(of_use_first):
            name = facts.file.name
            if name == self._arrived:
                place, self._arrived = number, ""
            use = Use.NONE if name != self._chosen else Use.NOW if name == self._used else Use.SOON
            folder = self._folder_of(facts)
            self._here.addWidget(model_card(facts, use, folder, self.use, self._on_remove, self._on_delete))
        for empty in self._just_added:
            if not any(empty in (facts.file.path, *facts.file.path.parents) for facts in found):
                self._here.addWidget(label(NONE_THERE.format(empty.name or empty), "error"))
        self._show_offers()
        if place is not None:
            self._give_keyboard(place)

    def _place_of_keyboard(self) -> int | None:
        """Which row of what is here has it; its buttons are about to be made anew."""
        focus = self.window().focusWidget()
        rows = (item.widget() for item in map(self._here.itemAt, range(self._here.count())) if item)
        return next((n for n, row in enumerate(rows) if focus and row and row.isAncestorOf(focus)), None)

    def _give_keyboard(self, place: int) -> None:
        item = self._here.itemAt(min(place, self._here.count() - 1))
        card = item.widget() if item is not None else None
        buttons = card.findChildren(QPushButton) if card is not None else []
        next((one for one in buttons if not one.isHidden()), self._add_file).setFocus()

    def _is_new(self, facts: ModelFacts) -> bool:
        """Whether it was just added, and can answer."""
        places = (facts.file.path, *facts.file.path.parents)
        return not facts.problem and any(added in places for added in self._just_added)

    def _folder_of(self, facts: ModelFacts) -> Path | None:
        """The folder that was added with this file in it, None where the file itself was."""
        path = facts.file.path
        if facts.file.own or str(path) in self._files:
            return None
        return next((Path(text) for text in self._files if Path(text) in path.parents), None)

    def _show_offers(self) -> None:
        _clear(self._offered)
        here = {facts.file.path.name for facts in self._found if facts.file.own}
        on_the_way = {
            fetch.wanted.file for fetch in self._models.fetches.all() if fetch.state is not FetchState.DONE
        }
        for offer in self._models.catalogue.offers:
            if offer.wanted.file not in on_the_way:
                self._offered.addWidget(offer_card(offer, offer.wanted.file in here, self._on_fetch_offer))

    def _on_fetch(self, fetch: Fetch) -> None:
        file = fetch.wanted.file
        card = self._fetch_cards.get(file)
        if fetch.state is FetchState.DONE:
            if card is not None and card.isAncestorOf(self.window().focusWidget() or self):
                self._arrived = Path(file).stem  # the keyboard goes with it
            self._remove_card(file)
            if not self._chosen and self._is_first:
                self._chosen = Path(file).stem
            self.refresh()
        elif card is None:
            fetches = self._models.fetches
            card = FetchCard(fetch, fetches.pause, fetches.resume, self._on_drop)
            self._fetch_cards[file] = card
            self._on_the_way.addWidget(card)
            self._show_offers()
        else:
            card.show_fetch(fetch)

    def _remove_card(self, file: str) -> None:
        card = self._fetch_cards.pop(file, None)
        if card is not None:
            card.hide()
            self._on_the_way.removeWidget(card)
            card.deleteLater()

    # --- what people do ---------------------------------------------------------------------------------------

    def _on_fetch_offer(self, offer: Offer) -> None:
        self._fetch(offer.wanted)

    def _on_fetch_address(self) -> None:
        wanted: list[Wanted] = []
        if self.address_field.check(lambda: wanted.append(custom(self.address.text()))):
            self.address.clear()
            self._fetch(wanted[0])

    def _fetch(self, wanted: Wanted) -> None:
        self._models.fetches.start(wanted)
        if (card := self._fetch_cards.get(wanted.file)) is not None:
            QTimer.singleShot(0, card, card.come_into_view)

    def _on_drop(self, file: str) -> None:
        def gone() -> None:
            self._remove_card(file)
            self._show_offers()

        self._models.drop_fetch(file, gone)

    def _on_remove(self, facts: ModelFacts) -> None:
        path = facts.file.path
        self._just_added = []
        self._files = tuple(
            text for text in self._files if Path(text) != path and Path(text) not in path.parents
        )
        if self._chosen == facts.file.name:
            self._chosen = ""
        self.refresh()

    def _on_delete(self, facts: ModelFacts) -> None:
        try:
            self._models.delete(facts.file)
        except OSError as error:
            self.address_field.set_error(f"{facts.file.path.name} could not be deleted: {error.strerror}.")
            return
        if self._chosen == facts.file.name:
            self._chosen = ""
        self.refresh()

    def _on_add_file(self) -> None:
        dialog = QFileDialog(self, "Add a model file", "", f"Model files (*{SUFFIX})")
        dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.filesSelected.connect(self.add)
        dialog.open()

    def _on_add_folder(self) -> None:
        dialog = QFileDialog(self, "Add a folder of model files")
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.filesSelected.connect(self.add)
        dialog.open()

    def add(self, paths: list[str]) -> None:
        """Add files and folders to the list."""
        self._just_added = [Path(text) for text in paths]
        self._files = tuple(dict.fromkeys((*self._files, *paths)))
        self.refresh()

    def _context(self) -> int:
        text = self.settings.context.text().strip()
        return int(text) if text.isdecimal() and len(text) < 10 else 0

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if any(_is_model_or_folder(url.toLocalFile()) for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        self.add(
            [url.toLocalFile() for url in event.mimeData().urls() if _is_model_or_folder(url.toLocalFile())]
        )
        event.acceptProposedAction()


def with_model(preferences: Preferences, name: str) -> Preferences:
    """`preferences` with the model `name` of this computer answering new messages."""
    services = dict(preferences.services)
    service = next((key for key, settings in services.items() if settings.provider == PROVIDER), "")
    if service:
        services[service] = replace(services[service], model=name, base_url="")
    else:
        service = free_name(PROVIDER, services)
        services[service] = ServiceSettings(provider=PROVIDER, model=name)
    return replace(preferences, services=services, service=service)


def _is_model_or_folder(text: str) -> bool:
    return bool(text) and (text.lower().endswith(SUFFIX) or Path(text).is_dir())


def _heading(words: str) -> QWidget:
    heading = label(words)
    font = heading.font()
    font.setWeight(font.Weight.DemiBold)
    heading.setFont(font)
    heading.setContentsMargins(0, 12, 0, 0)
    return heading


def _column() -> QVBoxLayout:
    column = QVBoxLayout()
    column.setSpacing(8)
    return column


def _clear(column: QVBoxLayout) -> None:
    while item := column.takeAt(0):
        widget = item.widget()
        if widget is not None:
            widget.hide()
            widget.deleteLater()
