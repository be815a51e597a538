"""The preferences by hand: a copy until OK, errors at the field, keys only in the key store."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QPushButton

from pizzagpt_desktop.domain.faults import Fault, FaultKind
from pizzagpt_desktop.domain.preferences import Preferences, ServiceSettings, Theme
from pizzagpt_desktop.domain.proxy import ProxyMode, ProxyScheme, ProxySettings
from pizzagpt_desktop.domain.trial import State, Step, Trial
from pizzagpt_desktop.ui.preferences.dialog import PreferencesDialog
from pizzagpt_desktop.ui.preferences.service_form import KEY_AGAIN
from tests.helpers.ui_parts import Rig

pytestmark = pytest.mark.qt_log_ignore("^This plugin does not support")


def opened(rig: Rig, page: str = "service", field: str = "") -> PreferencesDialog:
    rig.window.show_preferences(page, field)
    dialog = rig.find(PreferencesDialog, "preferences")
    assert isinstance(dialog, PreferencesDialog)
    return dialog


def choose(dialog: PreferencesDialog, service: str) -> None:
    """One that is set up, or a new one of that kind."""
    page = dialog.service
    if service in page.entries.names():
        page.choose(service)
        return
    page.show_adding()
    box = page.adding.known
    box.setCurrentIndex(box.findData(f"kind:{service}"))
    click(dialog, "add_known")


def error(dialog: PreferencesDialog, name: str) -> str:
    return text_of(dialog, f"{name}_error")


def text_of(dialog: PreferencesDialog, name: str) -> str:
    """Of the form that is shown, else of the dialog."""
    page = dialog.service
    places = [page.form, dialog] if page.entries.current else [dialog]
    found = next((label for place in places if (label := place.findChild(QLabel, name))), None)
    assert found is not None
    return found.text()


def click(dialog: PreferencesDialog, name: str) -> None:
    found = dialog.findChild(QPushButton, name)
    assert found is not None, name
    QTest.mouseClick(found, Qt.MouseButton.LeftButton)


async def test_a_service_is_chosen_and_used_without_restart(make_rig: Callable[..., Rig]) -> None:
    rig = make_rig(Preferences())
    rig.show()
    dialog = opened(rig)
    box = dialog.service.adding.known
    assert [box.itemText(i) for i in range(4)] == [
        "Choose a service",
        "OpenAI-compatible",
        "Pizzagpt",
        "My add-on",
    ]
    choose(dialog, "openai")
    dialog.service.form.address.setText("http://127.0.0.1:8080/v1/")
    dialog.service.form.key.edit.setText(" sk-test-123 ")
    dialog.service.form.model.setEditText("llama")
    dialog.service.form.system_prompt.setPlainText("Be brief.")
    dialog.service.form.parameters.temperature.setText("0,7")
    dialog.service.form.parameters.max_tokens.setText("500")
    dialog.service.form.parameters.stop.setPlainText("END\nSTOP")
    click(dialog, "ok")
    value = rig.preferences.value
    assert value.service == "openai"
    assert value.services["openai"] == ServiceSettings(
        provider="openai",
        base_url="http://127.0.0.1:8080/v1",
        model="llama",
        system_prompt="Be brief.",
        temperature=0.7,
        max_tokens=500,
        stop=("END", "STOP"),
    )
    assert rig.secrets.calls == [
        ("write", "service:openai", "sk-test-123", "for good"),
        ("write", "service:openai:address", "http://127.0.0.1:8080", "for good"),
    ]
    assert "sk-test" not in repr(value)
    assert rig.window.page.composer.model_chip.full_text() == "llama"
    assert not dialog.isVisible()
    await rig.say("Works at once")


async def test_cancel_changes_nothing(rig: Rig) -> None:
    before = rig.preferences.value
    dialog = opened(rig)
    choose(dialog, "pizzagpt")
    dialog.proxy.mode.setCurrentIndex(1)
    dialog.appearance.theme.setCurrentIndex(2)
    dialog.service.form.key.edit.setText("secret-key")
    click(dialog, "cancel")
    assert rig.preferences.value == before
    assert rig.secrets.calls == []


async def test_apply_keeps_the_dialog_open(rig: Rig) -> None:
    dialog = opened(rig, "appearance")
    dialog.appearance.theme.setCurrentIndex(dialog.appearance.theme.findData(Theme.DARK))
    click(dialog, "apply")
    assert rig.preferences.value.appearance.theme is Theme.DARK
    assert dialog.isVisible()
    click(dialog, "cancel")
    assert rig.preferences.value.appearance.theme is Theme.DARK


@pytest.mark.parametrize(
    ("name", "attribute", "typed"),
    [
        ("base_url", "address", "not a url"),
        ("base_url", "address", "api.example.com"),
        ("base_url", "address", "ftp://example.com"),
        ("base_url", "address", "https://me:secret@example.com"),
        ("key", "key.edit", "two words"),
        ("temperature", "parameters.temperature", "3"),
        ("temperature", "parameters.temperature", "nan"),
        ("top_p", "parameters.top_p", "-1"),
        ("max_tokens", "parameters.max_tokens", "0"),
        ("seed", "parameters.seed", "1.5"),
    ],
)
async def test_what_cannot_be_used_is_refused_at_its_field(
    rig: Rig, name: str, attribute: str, typed: str
) -> None:
    before = rig.preferences.value
    dialog = opened(rig)
    field = dialog.service.form
    for part in attribute.split("."):
        field = getattr(field, part)
    field.setText(typed)  # type: ignore[attr-defined]
    dialog.list.setCurrentRow(2)
    click(dialog, "ok")
    assert dialog.isVisible()
    assert dialog.list.currentRow() == 0
    words = error(dialog, name)
    assert words.endswith((".", "?"))
    assert "secret" not in words
    assert field.accessibleDescription() == words
    assert rig.preferences.value == before
    assert rig.secrets.calls == []


async def test_a_key_with_a_line_break_is_refused(rig: Rig) -> None:
    rig.secrets.kept = {}
    dialog = opened(rig, field="key")
    # A line edit turns a pasted line break into a sign of its own; either way it must not pass.
    dialog.service.form.key.edit.setText("sk-one\u2028sk-two")
    click(dialog, "ok")
    assert "Copy it again" in error(dialog, "key")


async def test_a_broken_add_on_is_listed_and_cannot_be_chosen(rig: Rig) -> None:
    dialog = opened(rig)
    choose(dialog, "lost")
    assert "could not be loaded" in text_of(dialog, "service_kind_help")
    click(dialog, "ok")
    assert "could not be loaded" in error(dialog, "service_kind")
    assert rig.preferences.value.service == "openai"


async def test_an_unofficial_service_is_called_one_and_asks_for_no_key(rig: Rig) -> None:
    dialog = opened(rig)
    choose(dialog, "pizzagpt")
    assert "unofficial" in text_of(dialog, "service_kind_help")
    assert dialog.service.form.key.isHidden()
    assert dialog.service.form.parameters.isHidden()


async def test_another_host_asks_for_its_key_again(make_rig: Callable[..., Rig]) -> None:
    rig = make_rig()
    rig.secrets.kept["service:openai"] = "sk-old-key"
    rig.show()
    dialog = opened(rig)
    assert "is saved" in dialog.service.form.key.edit.placeholderText()
    dialog.service.form.address.setText("https://evil.example/v1")
    assert text_of(dialog, "key_help").startswith(KEY_AGAIN)
    click(dialog, "test_connection")
    await rig.until(lambda: rig.runner.asked)
    assert rig.runner.asked[-1][1] is None
    dialog.service.form.address.setText("https://api.example.com/v2")
    assert "is saved" in dialog.service.form.key.edit.placeholderText()
    dialog.service.form.address.setText("https://evil.example/v1")
    click(dialog, "ok")
    assert rig.secrets.calls == [("delete", "service:openai")]
    assert rig.preferences.value.services["openai"].base_url == "https://evil.example/v1"


async def test_without_a_key_store_a_key_is_kept_for_this_run_only(make_rig: Callable[..., Rig]) -> None:
    rig = make_rig()
    rig.secrets.available = False
    rig.secrets.why_not = "This system offers no key store."
    rig.show()
    dialog = opened(rig)
    assert "This system offers no key store. The key can be kept for this run only." in text_of(
        dialog, "key_help"
    )
    dialog.service.form.key.edit.setText("sk-1")
    click(dialog, "ok")
    assert rig.secrets.calls == [
        ("write", "service:openai", "sk-1", "this run"),
        ("write", "service:openai:address", "https://api.example.com", "this run"),
    ]


async def test_a_key_store_that_refuses_is_said_at_the_key(rig: Rig) -> None:
    rig.secrets.problem = "The key store did not take it. It is kept for this run only."
    dialog = opened(rig)
    dialog.service.form.key.edit.setText("sk-1")
    click(dialog, "ok")
    assert dialog.isVisible()
    assert error(dialog, "key") == rig.secrets.problem


async def test_the_key_is_hidden_until_shown(rig: Rig) -> None:
    dialog = opened(rig)
    edit = dialog.service.form.key.edit
    assert edit.echoMode() == edit.EchoMode.Password
    dialog.service.form.key._eye.click()
    assert edit.echoMode() == edit.EchoMode.Normal
    assert dialog.service.form.key._eye.accessibleName() == "Hide the key"


async def test_the_connection_is_tested_with_what_is_in_the_form(rig: Rig) -> None:
    dialog = opened(rig)
    dialog.service.form.address.setText("http://127.0.0.1:9/v1")
    dialog.service.form.key.edit.setText("sk-typed")
    dialog.proxy.mode.setCurrentIndex(dialog.proxy.mode.findData(ProxyMode.MANUAL))
    dialog.proxy.host.setText("corp")
    dialog.proxy.port.setText("8080")
    dialog.proxy.password.edit.setText("geheim")
    failed = Step(
        name="connection", state=State.FAILED, words="Nothing answers at 127.0.0.1:9.", hint="Look."
    )
    rig.runner.trial = Trial(route="127.0.0.1:9", steps=(failed,))
    click(dialog, "test_connection")
    assert text_of(dialog, "test_outcome") == "Testing…"
    await rig.until(lambda: "fails at this step: connection" in text_of(dialog, "test_outcome"))
    assert text_of(dialog, "step_connection") == "Connection: Nothing answers at 127.0.0.1:9.\nLook."
    click(dialog, "copy_report")
    report = QGuiApplication.clipboard().text()
    assert "FAILED Nothing answers at 127.0.0.1:9." in report
    assert "sk-typed" not in report
    assert "geheim" not in report
    service, key, proxy, password, _passphrase = rig.runner.asked[0]
    assert service.base_url == "http://127.0.0.1:9/v1"
    assert (key, password) == ("sk-typed", "geheim")
    assert (proxy.host, proxy.port) == ("corp", 8080)
    assert rig.secrets.calls == []


async def test_models_are_fetched_and_any_name_may_be_typed(rig: Rig) -> None:
    dialog = opened(rig)
    box = dialog.service.form.model
    box.setEditText("my-own-<b>model</b>")
    click(dialog, "fetch_models")
    await rig.until(lambda: box.itemText(0) == "gpt-9")
    assert [box.itemText(i) for i in range(2)] == ["gpt-9", "gpt-9-mini"]
    assert box.currentText() == "my-own-<b>model</b>"
    rig.runner.models = Fault(FaultKind.AUTH)
    click(dialog, "fetch_models")
    await rig.until(lambda: "did not accept the key" in text_of(dialog, "test_outcome"))


async def test_closing_the_dialog_ends_a_test(rig: Rig) -> None:
    dialog = opened(rig)
    click(dialog, "test_connection")
    click(dialog, "cancel")
    await rig.until(lambda: not rig.scope._tasks)
    assert rig.runner.asked == []


async def test_a_proxy_by_hand(rig: Rig) -> None:
    dialog = opened(rig, "proxy")
    form = dialog.proxy
    form.mode.setCurrentIndex(form.mode.findData(ProxyMode.MANUAL))
    click(dialog, "ok")
    assert "host is missing" in error(dialog, "proxy_host")
    assert "1 to 65535" in error(dialog, "proxy_port")
    form.host.setText("socks5h://me:pa%20ss@corp.example:1080")
    form.host.editingFinished.emit()
    form.bypass.setPlainText(".example.com\n10.0.0.0/8")
    assert "localhost" in text_of(dialog, "proxy_bypass_help")
    click(dialog, "ok")
    assert rig.preferences.value.proxy == ProxySettings(
        mode=ProxyMode.MANUAL,
        scheme=ProxyScheme.SOCKS5H,
        host="corp.example",
        port=1080,
        username="me",
        bypass=(".example.com", "10.0.0.0/8"),
    )
    assert rig.secrets.calls == [("write", "proxy", "pa ss", "for good")]
    assert "pa ss" not in repr(rig.preferences.value)


@pytest.mark.parametrize(
    ("host", "port", "bypass", "field"),
    [
        ("co rp", "8080", "", "proxy_host"),
        ("corp", "0", "", "proxy_port"),
        ("corp", "http", "", "proxy_port"),
        ("corp", "8080", "http://x", "proxy_bypass"),
        ("http://corp", "8080", "", "proxy_host"),
    ],
)
async def test_a_proxy_that_is_none_is_refused(
    rig: Rig, host: str, port: str, bypass: str, field: str
) -> None:
    dialog = opened(rig, "proxy")
    form = dialog.proxy
    form.mode.setCurrentIndex(form.mode.findData(ProxyMode.MANUAL))
    form.host.setText(host)
    form.port.setText(port)
    form.bypass.setPlainText(bypass)
    click(dialog, "ok")
    assert error(dialog, field)
    assert rig.preferences.value.proxy == ProxySettings()


async def test_a_service_may_have_its_own_proxy(rig: Rig) -> None:
    dialog = opened(rig)
    dialog.service.form.own_proxy.setCurrentIndex(1)
    form = dialog.service.form.proxy
    form.mode.setCurrentIndex(form.mode.findData(ProxyMode.NONE))
    click(dialog, "ok")
    assert rig.preferences.value.services["openai"].proxy == ProxySettings(mode=ProxyMode.NONE)
    assert rig.preferences.value.proxy == ProxySettings()


async def test_each_service_keeps_its_own_settings(rig: Rig) -> None:
    dialog = opened(rig)
    dialog.service.form.model.setEditText("one")
    choose(dialog, "pizzagpt")
    choose(dialog, "openai")
    assert dialog.service.form.model.currentText() == "one"
    choose(dialog, "pizzagpt")
    click(dialog, "services_use")
    click(dialog, "ok")
    value = rig.preferences.value
    assert value.service == "pizzagpt"
    assert value.services["openai"] == replace(
        rig.preferences.value.services["openai"], model="one", base_url="https://api.example.com/v1"
    )


async def test_font_and_size(rig: Rig) -> None:
    dialog = opened(rig, "appearance")
    dialog.appearance.size_edit.setText("400")
    click(dialog, "ok")
    assert error(dialog, "font_size")
    dialog.appearance.size_edit.setText("14")
    dialog.appearance.reduced_motion.setChecked(True)
    click(dialog, "ok")
    assert rig.preferences.value.appearance.font_size == 14
    assert rig.preferences.value.appearance.reduced_motion
