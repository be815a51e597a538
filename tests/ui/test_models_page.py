"""The page of the models on this computer: what it shows of files and fetches, and what it gives back."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QLabel, QPushButton, QScrollArea, QVBoxLayout
from pytestqt.qtbot import QtBot

from pizzagpt_desktop.domain.faults import Fault, FaultKind
from pizzagpt_desktop.domain.local import LocalSettings
from pizzagpt_desktop.domain.preferences import Preferences, ServiceSettings
from pizzagpt_desktop.engine.catalogue import Catalogue, Wanted, read_catalogue
from pizzagpt_desktop.engine.fetches import Fetch, FetchState
from pizzagpt_desktop.engine.fetching import Progress
from pizzagpt_desktop.engine.files import ModelFile, ModelFiles
from pizzagpt_desktop.engine.look import ModelFacts, look_at
from pizzagpt_desktop.ui.preferences.model_rows import Card
from pizzagpt_desktop.ui.preferences.models_page import ModelsPage, with_model
from tests.helpers.gguf_bytes import whole_model

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.usefixtures("qapp")


class Fetches:
    """What the page needs of the fetches: holds them, and notes what was asked."""

    def __init__(self) -> None:
        self.known: list[Fetch] = []
        self.asked: list[tuple[str, str]] = []
        self.listeners: list[Callable[[Fetch], None]] = []
        self.begin: Callable[[], Fetch] | None = None

    def all(self) -> list[Fetch]:
        return self.known

    def subscribe(self, listener: Callable[[Fetch], None]) -> Callable[[], None]:
        self.listeners.append(listener)
        return lambda: self.listeners.remove(listener) if listener in self.listeners else None

    def start(self, wanted: Wanted) -> None:
        self.asked.append(("start", wanted.url))
        if self.begin is not None:
            self.tell(self.begin())

    def pause(self, file: str) -> None:
        self.asked.append(("pause", file))

    def resume(self, file: str) -> None:
        self.asked.append(("resume", file))

    def tell(self, fetch: Fetch) -> None:
        self.known = [fetch]
        for listener in tuple(self.listeners):
            listener(fetch)


class Models:
    """Files really on the disk, looked at at once; fetches of the test."""

    def __init__(self, folder: Path) -> None:
        self.has_engine = True
        self.catalogue: Catalogue = read_catalogue(ROOT / "resources" / "models.json")
        self.fetches = Fetches()
        self.files = ModelFiles(folder)
        self.dropped: list[str] = []

    def look(self, local: LocalSettings, done: Callable[[list[ModelFacts]], None]) -> Callable[[], None]:
        done(look_at(ModelFiles(self.files.folder, lambda: local.files).all(), local.context))
        return lambda: None

    def delete(self, file: ModelFile) -> None:
        file.path.unlink()

    def drop_fetch(self, file: str, done: Callable[[], None]) -> None:
        self.dropped.append(file)
        self.fetches.known = []
        done()


@pytest.fixture
def models(tmp_path: Path) -> Models:
    folder = tmp_path / "models"
    folder.mkdir()
    (folder / "parrot.gguf").write_bytes(whole_model())
    (folder / "broken.gguf").write_bytes(b"GGUF")
    return Models(folder)


@pytest.fixture
def page(models: Models) -> Iterator[ModelsPage]:
    page = ModelsPage(models)  # type: ignore[arg-type]  # a double of the engine's side
    page.load(Preferences())
    yield page
    page.hide()  # a window that stays over the others takes their mouse
    page.stop()
    assert models.fetches.listeners == []


def texts(page: ModelsPage) -> str:
    return "\n".join(label.text() for label in page.findChildren(QLabel) if label.isVisibleTo(page))


def button(page: ModelsPage, words: str) -> QPushButton:
    return next(
        b for b in page.findChildren(QPushButton) if b.accessibleName() == words and b.isVisibleTo(page)
    )


def test_each_file_says_what_it_is_whether_it_fits_and_why_it_cannot_be_used(page: ModelsPage) -> None:
    shown = texts(page)
    assert "parrot" in shown
    assert "llama · " in shown
    assert "apache-2.0" in shown
    assert "tokens of context" in shown
    assert "Not a usable model file" in shown
    assert not [b for b in page.findChildren(QPushButton) if b.accessibleName() == "Use: broken"]


def test_a_model_that_is_to_be_used_gets_its_service_and_becomes_the_current_one(page: ModelsPage) -> None:
    button(page, "Use: parrot").click()
    assert "Answers new messages once you press OK." in texts(page)
    made = page.into(Preferences())
    assert made.service == "local"
    assert made.services["local"] == ServiceSettings(provider="local", model="parrot")


def test_nothing_changes_where_nothing_was_done(models: Models) -> None:
    preferences = with_model(Preferences(local=LocalSettings(context=1024, files=("/x",))), "parrot")
    page = ModelsPage(models)  # type: ignore[arg-type]
    page.load(preferences)
    assert page.is_right()
    assert page.into(preferences) == preferences
    page.stop()


def test_an_account_of_a_service_keeps_its_place_when_a_model_is_chosen() -> None:
    before = Preferences(service="openai", services={"openai": ServiceSettings(provider="openai")})
    made = with_model(before, "parrot")
    assert set(made.services) == {"openai", "local"}
    again = with_model(made, "other")
    assert again.services["local"].model == "other"


def test_added_files_are_listed_and_removed_without_touching_them(page: ModelsPage, tmp_path: Path) -> None:
    mine = tmp_path / "mine.gguf"
    mine.write_bytes(whole_model())
    page.add([str(mine)])
    assert "mine" in texts(page)
    assert page.into(Preferences()).local.files == (str(mine),)
    button(page, "Remove: mine").click()
    assert page.into(Preferences()).local.files == ()
    assert mine.exists()


def test_a_file_that_is_dropped_on_the_page_is_added(page: ModelsPage, tmp_path: Path) -> None:
    mine = tmp_path / "mine.gguf"
    mine.write_bytes(whole_model())
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(mine)), QUrl.fromLocalFile(str(tmp_path / "notes.txt"))])
    none = Qt.KeyboardModifier.NoModifier
    page.dropEvent(QDropEvent(QPointF(5, 5), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, none))
    assert page.into(Preferences()).local.files == (str(mine),)


def test_deleting_a_fetched_file_asks_once_more_in_its_place(page: ModelsPage, models: Models) -> None:
    path = models.files.folder / "parrot.gguf"
    button(page, "Delete…: parrot").click()
    assert "It can be fetched again." in texts(page)
    button(page, "Keep: parrot").click()
    assert path.exists()
    button(page, "Delete…: parrot").click()
    button(page, "Delete: parrot").click()
    assert not path.exists()
    assert "parrot" not in texts(page)


def test_the_list_of_offers_says_size_licence_and_day_and_fetches_nothing_by_itself(
    page: ModelsPage, models: Models
) -> None:
    shown = texts(page)
    for offer in models.catalogue.offers:
        assert offer.name in shown
        assert offer.licence in shown
    assert models.catalogue.checked in shown
    assert models.fetches.asked == []
    button(page, "Fetch: Qwen3 0.6B").click()
    assert models.fetches.asked == [("start", models.catalogue.offers[0].wanted.url)]


def fetch(state: FetchState, done: int = 50_000_000, **facts: object) -> Fetch:
    wanted = Wanted(url="https://m.example/x.gguf", file="x.gguf", size=200_000_000)
    return Fetch(wanted, state, Progress(done, 200_000_000, **facts))  # type: ignore[arg-type]


def test_a_fetch_shows_how_far_how_fast_and_how_long(page: ModelsPage, models: Models) -> None:
    models.fetches.tell(fetch(FetchState.RUNNING, rate=10_000_000.0))
    assert "50 MB of 200 MB · 10 MB/s · 15 s left" in texts(page)
    button(page, "Pause: x.gguf").click()
    models.fetches.tell(fetch(FetchState.PAUSED))
    assert "Paused at 50 MB of 200 MB." in texts(page)
    button(page, "Resume: x.gguf").click()
    models.fetches.tell(fetch(FetchState.RUNNING, checking=True))
    assert "Checking" in texts(page)
    assert models.fetches.asked == [("pause", "x.gguf"), ("resume", "x.gguf")]


def test_a_failed_fetch_says_why_and_can_be_discarded(page: ModelsPage, models: Models) -> None:
    failed = fetch(FetchState.FAILED)
    fault = Fault(FaultKind.DAMAGED, "The file does not match.", hint="Fetch it again.")
    models.fetches.tell(Fetch(failed.wanted, FetchState.FAILED, failed.progress, fault))
    assert "The file does not match. Fetch it again." in texts(page)
    button(page, "Discard…: x.gguf").click()
    assert "Delete what has come of it?" in texts(page)
    assert models.dropped == []
    button(page, "Keep: x.gguf").click()
    assert "Delete what has come of it?" not in texts(page)
    button(page, "Resume: x.gguf")
    button(page, "Discard…: x.gguf").click()
    models.fetches.tell(Fetch(failed.wanted, FetchState.FAILED, failed.progress, fault))
    button(page, "Discard: x.gguf").click()
    assert models.dropped == ["x.gguf"]
    assert "x.gguf" not in texts(page)


def test_an_address_that_is_none_is_said_at_its_field(page: ModelsPage, models: Models) -> None:
    page.address.setText("http://m.example/x.gguf")
    page.address.returnPressed.emit()
    assert "https only" in page.address_field.error
    page.address.setText("https://m.example/x.gguf")
    page.address.returnPressed.emit()
    assert page.address_field.error == ""
    assert models.fetches.asked == [("start", "https://m.example/x.gguf")]


def test_where_there_is_no_engine_the_page_says_what_to_do(models: Models) -> None:
    models.has_engine = False
    page = ModelsPage(models)  # type: ignore[arg-type]
    assert "Ollama" in texts(page)
    page.stop()


def test_a_folder_is_removed_as_one_and_one_without_models_is_said(page: ModelsPage, tmp_path: Path) -> None:
    folder, empty = tmp_path / "many", tmp_path / "none"
    folder.mkdir()
    empty.mkdir()
    for name in ("one", "two"):
        (folder / f"{name}.gguf").write_bytes(whole_model())
    page.add([str(folder), str(empty)])
    assert "No model file, *.gguf, is in none." in texts(page)
    assert "No model file, *.gguf, is in many." not in texts(page)
    remove = button(page, "Remove folder: two")
    assert "many with all its models" in remove.toolTip()
    remove.click()
    assert "two" not in texts(page).splitlines()
    assert "is in many" not in texts(page)
    assert page.into(Preferences()).local.files == (str(empty),)


def test_the_model_in_use_says_so_and_those_that_can_be_used_stand_first(models: Models) -> None:
    page = ModelsPage(models)  # type: ignore[arg-type]
    page.load(with_model(Preferences(), "parrot"))
    shown = texts(page)
    assert "Answers new messages." in shown.splitlines()
    assert shown.index("parrot") < shown.index("broken")
    page.stop()


def test_the_first_model_of_somebody_without_a_service_answers_and_no_other_takes_its_place(
    models: Models, tmp_path: Path
) -> None:
    mine = tmp_path / "mine.gguf"
    mine.write_bytes(whole_model())
    other = Preferences(service="openai", services={"openai": ServiceSettings(provider="openai")})
    for before, answers in ((Preferences(), "mine"), (other, "")):
        page = ModelsPage(models)  # type: ignore[arg-type]
        page.load(before)
        page.add([str(mine)])
        models.fetches.tell(fetch(FetchState.DONE))
        made = page.into(before)
        settings = made.service_settings()
        assert settings is not None
        assert (settings.provider, settings.model) == (("local", answers) if answers else ("openai", ""))
        page.stop()


@pytest.mark.qt_log_ignore("propagateSizeHints")
def test_enter_in_the_address_fetches_and_the_keyboard_goes_to_its_card(
    page: ModelsPage, models: Models, qtbot: QtBot
) -> None:
    area, window = QScrollArea(), QDialog()
    area.setWidget(page)
    area.setWidgetResizable(True)
    QVBoxLayout(window).addWidget(area)
    main = QPushButton("OK", window)
    main.setDefault(True)
    main.clicked.connect(window.accept)
    qtbot.addWidget(window)
    window.resize(600, 300)
    window.show()
    models.fetches.begin = lambda: fetch(FetchState.RUNNING)
    page.address.setFocus()
    QTest.keyClicks(page.address, "https://m.example/x.gguf")
    QTest.keyClick(page.address, Qt.Key.Key_Return)
    assert window.isVisible(), "Enter fetches, and does not close the dialog"
    qtbot.waitUntil(lambda: window.focusWidget().accessibleName() == "Pause: x.gguf")
    pause = button(page, "Pause: x.gguf")
    seen = pause.mapTo(area.viewport(), QPoint(0, 0)).y()
    assert 0 <= seen < area.viewport().height()
    pause.click()
    models.fetches.tell(fetch(FetchState.PAUSED))
    assert window.focusWidget() is button(page, "Resume: x.gguf"), "not what throws it away"
    (models.files.folder / "x.gguf").write_bytes(whole_model())
    models.fetches.tell(fetch(FetchState.DONE))
    assert window.focusWidget().accessibleName() == "Delete…: x"
    area.takeWidget()


@pytest.mark.qt_log_ignore("propagateSizeHints")
def test_where_a_card_is_narrow_its_buttons_stand_beneath_its_words(
    page: ModelsPage, models: Models, qtbot: QtBot
) -> None:
    (models.files.folder / f"a_model_{'x' * 60}.gguf").write_bytes(whole_model())
    page.refresh()
    page.show()

    def buttons_are_beneath() -> bool:
        press = button(page, "Fetch: Qwen3 0.6B")
        card = press.parentWidget()
        return isinstance(card, Card) and press.y() > card.more.geometry().bottom()

    for width, beneath in ((600, False), (320, True)):
        page.resize(width, 2000)
        qtbot.waitUntil(lambda beneath=beneath: buttons_are_beneath() is beneath)
    assert page.minimumSizeHint().width() < 320, "a name without a blank is broken"


@pytest.mark.qt_log_ignore("propagateSizeHints")
def test_the_keyboard_stays_at_the_model_that_was_chosen_or_removed(
    page: ModelsPage, tmp_path: Path, qapp: QApplication
) -> None:
    mine = tmp_path / "zebra.gguf"
    mine.write_bytes(whole_model())
    page.add([str(mine)])
    page.show()
    use = button(page, "Use: parrot")
    use.setFocus()
    use.click()
    assert page.window().focusWidget().accessibleName() == "Delete…: parrot"
    qapp.processEvents()
    remove = button(page, "Remove: zebra")
    remove.setFocus()
    remove.click()
    assert page.window().focusWidget().accessibleName() == "Delete…: broken"
    for name in ("parrot", "broken"):
        qapp.processEvents()
        button(page, f"Delete…: {name}").click()
        button(page, f"Delete: {name}").setFocus()
        button(page, f"Delete: {name}").click()
    assert page.window().focusWidget().objectName() == "add_model_file"
