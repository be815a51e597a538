"""Services as people know them, by hand: added by their address, several accounts, removed and brought back, tested."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QToolButton

from pizzagpt_desktop.domain.asking import Asking
from pizzagpt_desktop.domain.detection import Found
from pizzagpt_desktop.domain.extras import Extras
from pizzagpt_desktop.domain.faults import Fault, FaultKind
from pizzagpt_desktop.domain.models import ModelName
from pizzagpt_desktop.domain.preferences import Preferences, ServiceSettings
from pizzagpt_desktop.domain.trial import State, Step, Trial
from pizzagpt_desktop.domain.trust import CertificateFacts, Trust
from pizzagpt_desktop.ui.preferences.dialog import PreferencesDialog
from tests.helpers.ui_parts import Rig

pytestmark = pytest.mark.qt_log_ignore("^This plugin does not support")
TWO = Preferences(
    service="one",
    services={
        "one": ServiceSettings(provider="openai", base_url="https://api.openai.com/v1", model="a"),
        "two": ServiceSettings(provider="openai", base_url="https://api.openai.com/v1", label="Work"),
    },
)
PRINT = ":".join(["AB"] * 32)
SELF_SIGNED = Trial(
    route="llm.home",
    steps=(Step(name="tls", state=State.FAILED, words="Not private.", hint="Compare."),),
    certificate=CertificateFacts(
        subject="llm.home", issuer="llm.home", begins="2026-01-01", ends="2027-01-01", fingerprint=PRINT, self_signed=True
    ),
    place="llm.home:443",
)  # fmt: skip


def opened(rig: Rig) -> PreferencesDialog:
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)  # an earlier one
    rig.window.show_preferences()
    dialog = rig.find(PreferencesDialog, "preferences")
    assert isinstance(dialog, PreferencesDialog)
    return dialog


def click(dialog: PreferencesDialog, name: str) -> None:
    """The visible button of that name."""
    found = [button for button in dialog.findChildren(QPushButton, name) if button.isVisible()]
    assert found, name
    QTest.mouseClick(found[0], Qt.MouseButton.LeftButton)


def text(dialog: PreferencesDialog, name: str) -> str:
    found = [label.text() for label in dialog.findChildren(QLabel, name) if label.isVisibleTo(dialog)]
    return found[0] if found else ""


def rows(dialog: PreferencesDialog) -> list[str]:
    listed = dialog.service.entries.list
    return [listed.item(row).text() for row in range(listed.count())]


def keys(rig: Rig) -> dict[str, str]:
    """What is kept, without the hosts that keys are bound to."""
    return {name: value for name, value in rig.secrets.kept.items() if not name.endswith(":address")}


async def test_a_service_is_added_by_its_address_alone(make_rig: Callable[..., Rig]) -> None:
    rig = make_rig(Preferences())
    rig.show()
    dialog = opened(rig)
    assert rig.runner.asked == [], "nothing is asked before it is wished"
    QTest.keyClicks(dialog.service.adding.address, "localhost:8080")
    QTest.keyClick(dialog.service.adding.address, Qt.Key.Key_Return)
    await rig.until(lambda: rows(dialog))
    assert rig.runner.asked[0][0] == "localhost:8080"
    assert dialog.isVisible(), "Enter in the address adds, and does not close the dialog"
    assert rows(dialog) == ["llama.cpp · for new conversations"]
    assert text(dialog, "service_note") == "llama.cpp was found."
    click(dialog, "ok")
    assert rig.preferences.value.service == "llamacpp"
    assert rig.preferences.value.services["llamacpp"] == ServiceSettings(
        provider="openai", base_url="http://127.0.0.1:8080/v1", label="llama.cpp", model="tiny"
    )
    await rig.say("It works at once")


async def test_what_was_not_reached_is_said_and_can_be_added_all_the_same(rig: Rig) -> None:
    dialog = opened(rig)
    click(dialog, "services_add")
    rig.runner.found = Fault(FaultKind.NETWORK, "Nothing answers at box:9.", hint="Look there.")
    dialog.service.adding.address.setText("http://box:9/v1")
    click(dialog, "add_find")
    await rig.until(lambda: text(dialog, "add_address_error"))
    assert text(dialog, "add_address_error") == "Nothing answers at box:9. Look there."
    click(dialog, "add_anyway")
    click(dialog, "ok")
    assert rig.preferences.value.services["openai-2"].base_url == "http://box:9/v1"
    assert rig.preferences.value.service == "openai", "the one for new conversations stays"


async def test_local_servers_are_looked_for_only_on_demand(rig: Rig) -> None:
    rig.runner.local = [Found(provider="openai", base_url="http://127.0.0.1:1234/v1", name="LM Studio")]
    dialog = opened(rig)
    click(dialog, "services_add")
    assert rig.runner.asked == []
    click(dialog, "add_look")
    await rig.until(lambda: dialog.findChildren(QPushButton, "add_found_127.0.0.1:1234"))
    click(dialog, "add_found_127.0.0.1:1234")
    click(dialog, "ok")
    assert rig.preferences.value.services["lmstudio"].base_url == "http://127.0.0.1:1234/v1"


async def test_two_accounts_of_one_service_keep_their_keys_apart(rig: Rig) -> None:
    rig.secrets.kept["service:openai"] = "sk-first"
    dialog = opened(rig)
    dialog.service.form.label_edit.setText("Private")
    click(dialog, "services_duplicate")
    assert rows(dialog) == ["Private · for new conversations", "Private copy"]
    form = dialog.service.form
    assert "is saved" not in form.key.edit.placeholderText(), "a key is not copied"
    form.label_edit.setText("Work")
    form.key.edit.setText("sk-second")
    dialog.service.choose("openai")
    dialog.service.form.key.edit.setText("sk-third")
    dialog.service.choose("openai-2")
    assert form.key.edit.text() == "sk-second", "what was typed is there still"
    click(dialog, "services_use")
    click(dialog, "ok")
    assert keys(rig) == {"service:openai": "sk-third", "service:openai-2": "sk-second"}
    value = rig.preferences.value
    assert (value.service, value.services["openai-2"].label) == ("openai-2", "Work")
    assert value.services["openai"].base_url == value.services["openai-2"].base_url


async def test_a_key_that_lies_under_a_new_name_is_not_used(rig: Rig) -> None:
    rig.secrets.kept["service:openai-2"] = "sk-of-long-ago"
    dialog = opened(rig)
    name = dialog.service.add(
        "openai", ServiceSettings(provider="openai", base_url="https://evil.example/v1")
    )
    assert name == "openai-2"
    click(dialog, "test_connection")
    await rig.until(lambda: rig.runner.asked)
    assert rig.runner.asked[0].key is None
    click(dialog, "ok")
    assert "service:openai-2" not in rig.secrets.kept


async def test_removing_is_undone_by_undo_and_by_cancel(make_rig: Callable[..., Rig]) -> None:
    rig = make_rig(TWO)
    rig.secrets.kept = {"service:one": "sk-1", "service:two": "sk-2"}
    rig.show()
    dialog = opened(rig)
    assert rows(dialog) == ["OpenAI · for new conversations", "Work"]
    click(dialog, "services_remove")
    assert rows(dialog) == ["Work · for new conversations"]
    assert "removed with OK" in text(dialog, "services_removed")
    click(dialog, "services_undo")
    assert rows(dialog) == ["OpenAI · for new conversations", "Work"]
    click(dialog, "services_remove")
    click(dialog, "cancel")
    assert rig.preferences.value == TWO
    assert keys(rig) == {"service:one": "sk-1", "service:two": "sk-2"}
    dialog = opened(rig)
    click(dialog, "services_remove")
    click(dialog, "ok")
    assert list(rig.preferences.value.services) == ["two"]
    assert rig.preferences.value.service == "two"
    assert keys(rig) == {"service:two": "sk-2"}
    assert not [name for name in rig.secrets.kept if name.startswith("service:one")]


async def test_the_last_one_can_go_too(rig: Rig) -> None:
    dialog = opened(rig)
    click(dialog, "services_remove")
    assert dialog.service.adding.isVisible()
    click(dialog, "ok")
    assert rig.preferences.value.services == {}
    assert rig.preferences.value.service == ""


async def test_an_error_in_a_form_out_of_sight_is_shown(make_rig: Callable[..., Rig]) -> None:
    rig = make_rig(TWO)
    rig.show()
    dialog = opened(rig)
    dialog.service.form.extras.headers.setPlainText('{"Authorization": "x"}')
    dialog.service.form.extras_section.unfold(False)
    dialog.service.choose("two")
    click(dialog, "ok")
    assert dialog.isVisible()
    assert dialog.service.entries.current == "one"
    assert dialog.service.form.extras.isVisible(), "its part is unfolded"
    assert "set by the program itself" in text(dialog, "extra_headers_error")
    dialog.service.form.extras.headers.setPlainText('{"X-Title": "Mine"}')
    dialog.service.form.extras.fields.setPlainText('{"top_k": 5}')
    click(dialog, "ok")
    assert rig.preferences.value.services["one"].extras == Extras(
        headers=(("X-Title", "Mine"),), fields='{"top_k": 5}'
    )


async def test_a_certificate_is_trusted_only_after_it_was_shown(rig: Rig) -> None:
    rig.runner.trial = SELF_SIGNED
    dialog = opened(rig)
    dialog.service.form.address.setText("https://llm.home/v1")
    assert not [b for b in dialog.findChildren(QPushButton, "trust_certificate") if b.isVisible()]
    click(dialog, "test_connection")
    await rig.until(lambda: "fails at this step" in text(dialog, "test_outcome"))
    shown = text(dialog, "certificate_words")
    assert PRINT[:47] in shown
    assert PRINT[48:] in shown
    assert "Compare its fingerprint" in shown
    click(dialog, "trust_certificate")
    click(dialog, "apply")
    pinned = Trust().with_pin("https://llm.home/v1", PRINT)
    assert rig.preferences.value.services["openai"].trust == pinned
    click(dialog, "pin_remove")
    click(dialog, "ok")
    assert rig.preferences.value.services["openai"].trust == Trust()


async def test_files_of_certificates_are_checked_at_their_field(rig: Rig, tmp_path: object) -> None:
    dialog = opened(rig)
    form = dialog.service.form
    form.trust.authority.setText("relative.pem")
    click(dialog, "ok")
    assert "whole name" in text(dialog, "authority_error")
    form.trust.authority.setText(f"{tmp_path}/nothing.pem")
    click(dialog, "ok")
    assert "no such file" in text(dialog, "authority_error")
    form.trust.authority.setText(__file__)
    form.trust.certificate.setText(__file__)
    form.trust.passphrase.edit.setText("geheim")
    click(dialog, "ok")
    assert rig.preferences.value.services["openai"].trust == Trust(authority=__file__, certificate=__file__)
    assert rig.secrets.calls[-1] == ("write", "certificate:openai", "geheim", "for good")


async def test_where_a_key_comes_from_and_that_it_would_be_in_the_clear(make_rig: Callable[..., Rig]) -> None:
    rig = make_rig(TWO)
    rig.show()
    dialog = opened(rig)
    asked: list[str] = []
    dialog.link_wanted.disconnect()
    dialog.link_wanted.connect(asked.append)
    click(dialog, "get_key")
    assert asked == ["https://platform.openai.com/api-keys"]
    dialog.service.form.address.setText("http://llm.example/v1")
    assert "cross the network unprotected" in text(dialog, "key_help")
    dialog.service.form.address.setText("http://127.0.0.1:1/v1")
    assert "unprotected" not in text(dialog, "key_help")


async def test_a_service_without_a_list_of_models_offers_none(rig: Rig) -> None:
    dialog = opened(rig)
    assert dialog.service.form._fetch.isVisibleTo(dialog)
    dialog.service.form.address.setText("https://api.perplexity.ai")
    assert not dialog.service.form._fetch.isVisibleTo(dialog)
    assert "Its models have to be typed" in text(dialog, "base_url_help")


async def test_the_report_is_copied(rig: Rig) -> None:
    dialog = opened(rig)
    click(dialog, "test_connection")
    await rig.until(lambda: text(dialog, "test_outcome").startswith("Works."))
    click(dialog, "copy_report")
    assert QGuiApplication.clipboard().text() == rig.runner.trial.text()


async def test_the_context_of_a_model_is_told(rig: Rig) -> None:
    rig.runner.models = [ModelName("gpt-9", 131072)]
    dialog = opened(rig)
    dialog.service.form.model.setEditText("gpt-9")
    click(dialog, "fetch_models")
    await rig.until(lambda: "128k context" in text(dialog, "model_help"))


async def test_personas_are_made_renamed_and_removed(rig: Rig) -> None:
    dialog = opened(rig)
    dialog.show_page("personas")
    page = dialog.personas
    page.form.asking_form.parameters.max_tokens.setText("2000")
    click(dialog, "personas_add")
    page.form.label_edit.setText("Pirate")
    page.form.asking_form.system_prompt.setPlainText("Arr")
    click(dialog, "personas_duplicate")
    page.form.label_edit.setText("Pirate")
    click(dialog, "ok")
    assert text(dialog, "persona_name_error") == "Another persona has this name."
    page.form.label_edit.setText("Captain")
    page.form.asking_form.parameters.temperature.setText("9")
    click(dialog, "ok")
    assert "0 to 2" in text(dialog, "persona_temperature_error")
    page.form.asking_form.parameters.temperature.setText("0")
    click(dialog, "apply")
    value = rig.preferences.value
    assert value.asking.max_tokens == 2000
    assert {key: persona.label for key, persona in value.personas.items()} == {
        "Persona": "Pirate",
        "Pirate-2": "Captain",
    }
    assert value.personas["Pirate-2"].temperature == 0
    assert value.personas["Pirate-2"].system_prompt == "Arr"
    click(dialog, "personas_remove")
    click(dialog, "ok")
    assert list(rig.preferences.value.personas) == ["Persona"]
    assert rig.preferences.value.services == replace(value).services


async def test_what_was_found_is_said_where_it_is_seen_and_only_of_this_service(
    make_rig: Callable[..., Rig],
) -> None:
    rig = make_rig(replace(TWO, asking=Asking(temperature=0.3, system_prompt="Be brief.")))
    rig.show()
    rig.runner.local = [Found(provider="openai", base_url="http://127.0.0.1:1234/v1", name="LM Studio")]
    dialog = opened(rig)
    click(dialog, "services_add")
    click(dialog, "add_look")
    await rig.until(lambda: dialog.findChildren(QPushButton, "add_found_127.0.0.1:1234"))
    click(dialog, "add_found_127.0.0.1:1234")
    note = dialog.findChild(QLabel, "service_note")
    assert note is not None
    assert note.text() == "LM Studio was found."
    form = dialog.service.form
    assert note.mapTo(dialog, QPoint(0, 0)).y() < form.mapTo(dialog, QPoint(0, 0)).y()
    eyes = [eye for eye in form.findChildren(QToolButton, "key_show") if eye.isVisible()]
    assert eyes
    assert not eyes[0].icon().isNull(), "a form that is made later has its icons too"
    assert form.parameters.temperature.placeholderText() == "0.3", "what all conversations say holds here"
    assert form.system_prompt.placeholderText() == "Be brief."
    dialog.service.choose("one")
    assert not note.isVisible()
