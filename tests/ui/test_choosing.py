"""What answers a conversation, and how, is chosen from the model chip, by keys, and stays with the conversation."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QLabel, QPushButton, QScrollArea

from pizzagpt_desktop.domain.asking import Asking, Persona
from pizzagpt_desktop.domain.faults import Fault, FaultKind
from pizzagpt_desktop.domain.models import ModelName
from pizzagpt_desktop.domain.preferences import Preferences, ServiceSettings
from pizzagpt_desktop.ui.asking_dialog import AskingDialog
from pizzagpt_desktop.ui.model_picker import MOST, STAR, ModelPicker
from tests.helpers.ui_parts import READY, Rig, Services

pytestmark = pytest.mark.qt_log_ignore("^This plugin does not support")
PIRATE = {"p": Persona(label="Pirate", system_prompt="Arr", temperature=1.2)}


def picked(rig: Rig) -> ModelPicker:
    rig.window.actions_by_id.run("choose_model")
    picker = rig.find(ModelPicker, "models")
    assert isinstance(picker, ModelPicker)
    return picker


def rows(picker: ModelPicker) -> list[str]:
    return [picker.list.item(row).text() for row in range(picker.list.count())]


def menu(rig: Rig) -> list[str]:
    chip = rig.window.page.composer.model_chip.menu()
    chip.aboutToShow.emit()
    return [action.text() for action in chip.actions() if not action.isSeparator()]


async def test_the_services_list_is_searched_and_taken(rig: Rig) -> None:
    rig.runner.models = [ModelName("vendor/big-one", 131072), ModelName("vendor/small")]
    picker = picked(rig)
    await rig.until(lambda: "vendor/small" in rows(picker))
    assert rig.runner.asked == ["openai"]
    QTest.keyClicks(picker.field, "one big")
    assert rows(picker) == ["vendor/big-one", "Use “one big”"]
    QTest.keyClick(picker.field, Qt.Key.Key_Return)
    assert rig.window.desk.conversation.model == "vendor/big-one"
    assert rig.window.page.composer.model_chip.full_text() == "vendor/big-one"
    assert "vendor/small" in menu(rig), "the list is known from now on"


async def test_any_name_may_be_typed_also_where_the_service_does_not_answer(rig: Rig) -> None:
    rig.runner.models = Fault(FaultKind.AUTH)
    picker = picked(rig)
    said = picker.findChild(QLabel, "models_said")
    assert said is not None
    await rig.until(lambda: "did not accept the key" in said.text())
    QTest.keyClicks(picker.field, "my-<b>own</b>")
    assert rows(picker) == ["Use “my-<b>own</b>”"]
    QTest.keyClick(picker.field, Qt.Key.Key_Return)
    assert rig.window.desk.conversation.model == "my-<b>own</b>"


async def test_favourites_stand_first_and_are_kept(rig: Rig) -> None:
    rig.runner.models = ["a", "b", "c"]
    picker = picked(rig)
    await rig.until(lambda: "c" in rows(picker))
    QTest.keyClicks(picker.field, "c")
    QTest.keyClick(picker.field, Qt.Key.Key_D, Qt.KeyboardModifier.ControlModifier)
    assert rig.preferences.value.services["openai"].favourites == ("c",)
    picker.field.clear()
    assert rows(picker)[0] == "c"
    assert STAR in picker._note("c")
    picker.list.setCurrentRow(0)
    QTest.keyClick(picker.field, Qt.Key.Key_D, Qt.KeyboardModifier.ControlModifier)
    assert rig.preferences.value.services["openai"].favourites == ()
    picker.reject()


async def test_closing_the_list_ends_the_question(rig: Rig) -> None:
    picked(rig).reject()
    await rig.until(lambda: not rig.scope._tasks)


async def test_other_accounts_are_named(make_rig: Callable[..., Rig]) -> None:
    service = READY.services["openai"]
    rig = make_rig(replace(READY, services={"openai": service, "two": replace(service, label="Work & co")}))
    rig.show()
    assert "Use Work && co" in menu(rig)


async def test_persona_and_parameters_stay_with_the_conversation(make_rig: Callable[..., Rig]) -> None:
    rig = make_rig(replace(READY, personas=PIRATE, asking=Asking(max_tokens=2000)))
    rig.show()
    await rig.say("First")
    identity = rig.window.desk.conversation.id
    rig.window.actions_by_id.run("asking")
    dialog = rig.find(AskingDialog, "asking")
    assert dialog.form.parameters.max_tokens.placeholderText() == "2000"
    dialog.persona.setCurrentIndex(dialog.persona.findData("p"))
    assert dialog.form.parameters.temperature.placeholderText() == "1.2"
    assert dialog.form.system_prompt.placeholderText() == "Arr"
    dialog.form.parameters.temperature.setText("7")
    dialog.accept()
    assert dialog.isVisible(), "what cannot be used is said at its field"
    dialog.form.parameters.temperature.setText("0")
    dialog.when_full.setCurrentIndex(dialog.when_full.findData("stop"))
    dialog.accept()
    stored = rig.library.conversation(identity)
    assert (stored.persona, stored.asking) == ("p", Asking(temperature=0.0))
    assert stored.when_full == "stop"
    assert rig.window.page.composer.model_chip.full_text().endswith(" · Pirate")
    rig.window.desk.open_new()
    assert "Pirate" not in rig.window.page.composer.model_chip.full_text()
    rig.window.desk.open(identity)
    assert "Pirate" in rig.window.page.status.text()
    assert "Pirate" in menu(rig)
    rig.window.desk.set_asking("", Asking())
    assert "Pirate" not in rig.window.page.status.text()
    assert rig.library.conversation(identity).when_full == "stop", "another persona leaves it"
    rig.window.actions_by_id.run("asking")
    again = rig.find(AskingDialog, "asking")
    assert again.when_full.currentData() == "stop"
    rig.find(QAbstractButton, "asking_reset").click()
    again.accept()
    assert rig.library.conversation(identity).when_full == ""


async def test_the_lock_is_seen_and_switched(rig: Rig) -> None:
    status, chip = rig.window.page.status, rig.window.page.composer.route_chip
    assert "ocal only" not in status.text() + chip.full_text()
    rig.window.actions_by_id.run("local_only")
    assert rig.preferences.value.local_only
    assert status.text().startswith("Local only. ")
    assert chip.full_text().endswith(" · local only")
    rig.window.actions_by_id.run("local_only")
    assert not rig.preferences.value.local_only
    assert "ocal only" not in status.text() + chip.full_text()


async def test_where_nothing_can_be_sent_the_line_says_why(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    why = "api.example.com is another computer, and “Local only” is on."
    monkeypatch.setattr(Services, "route_words", lambda *_: why)
    rig.window.actions_by_id.run("local_only")
    assert rig.window.page.status.text().endswith(f". {why}")
    assert rig.window.page.composer.route_chip.full_text() == "→ nowhere · local only"


async def test_without_a_service_the_preferences_open(make_rig: Callable[..., Rig]) -> None:
    rig = make_rig(Preferences())
    rig.show()
    asked: list[bool] = []
    rig.window.page.composer.service_asked.connect(lambda: asked.append(True))
    rig.window.actions_by_id.run("choose_model")
    assert asked == [True]
    assert ServiceSettings(provider="x").favourites == ()


async def test_a_click_on_the_star_marks_and_does_not_take(rig: Rig) -> None:
    rig.runner.models = ["a", "b"]
    picker = picked(rig)
    await rig.until(lambda: "b" in rows(picker))
    row = picker.list.visualItemRect(picker.list.item(rows(picker).index("b")))
    QTest.mouseClick(
        picker.list.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(row.right() - 20, row.center().y())
    )
    assert rig.preferences.value.services["openai"].favourites == ("b",)
    assert picker.isVisible()
    row = picker.list.visualItemRect(picker.list.item(rows(picker).index("a")))
    QTest.mouseClick(picker.list.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(20, row.center().y()))
    assert rig.window.desk.conversation.model == "a"


async def test_of_very_many_models_it_is_said_how_many_are_shown_and_any_name_can_be_typed(rig: Rig) -> None:
    rig.runner.models = [f"model-{number}" for number in range(MOST + 200)]
    picker = picked(rig)
    said = picker.findChild(QLabel, "models_said")
    assert said is not None
    await rig.until(lambda: f"of which {MOST} are shown" in said.text())
    QTest.keyClicks(picker.field, "model")
    assert len(rows(picker)) == MOST
    assert rows(picker)[-1] == "Use “model”"
    QTest.keyClick(picker.field, Qt.Key.Key_PageDown)
    assert picker.list.currentRow() == 8
    picker.reject()


async def test_what_cannot_be_asked_is_shown_at_its_field(rig: Rig) -> None:
    rig.window.actions_by_id.run("asking")
    dialog = rig.find(AskingDialog, "asking")
    dialog.resize(360, 300)
    seed = dialog.form.parameters.seed
    seed.setText("1.5")
    dialog.accept()
    area = rig.find(QScrollArea, "asking_page")
    await rig.until(lambda: dialog.focusWidget() is seed)
    assert 0 <= seed.mapTo(area.viewport(), QPoint(0, 0)).y() < area.viewport().height()
    assert dialog.isVisible()
    dialog.reject()


async def test_the_list_opens_at_the_model_in_use_so_that_enter_changes_nothing(rig: Rig) -> None:
    rig.runner.models = ["a", "b", "c"]
    rig.window.desk.choose_service("", "b")
    picker = picked(rig)
    await rig.until(lambda: "c" in rows(picker))
    assert picker.list.currentItem().text() == "b"
    assert rows(picker) == ["b", "a", "c"], "and near the top of a long list"
    mark = picker.findChild(QPushButton, "mark_favourite")
    assert mark.accessibleName() == "Add to favourites"
    mark.click()
    assert picker.list.currentItem().text() == "b"
    assert mark.text() == "Remove from favourites"
    QTest.keyClick(picker.field, Qt.Key.Key_Return)
    assert rig.window.desk.conversation.model == "b"
