"""The dialog of the encrypted key file: what it says before it makes one, and what a wrong passphrase does."""

import threading
from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from pizzagpt_desktop.ui.key_file_dialog import NOT_THE_SAME, WENT_WRONG, KeyFileDialog
from pizzagpt_desktop.ui.preferences.secret_field import SecretField
from tests.helpers.ui_parts import SecretsInMemory

WORDS = "correct horse"
pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")


@pytest.fixture
def make(qtbot: QtBot) -> Callable[[SecretsInMemory], KeyFileDialog]:
    parent = QWidget()
    qtbot.addWidget(parent)

    def made(secrets: SecretsInMemory) -> KeyFileDialog:
        dialog = KeyFileDialog(parent, secrets)
        dialog.open()
        return dialog

    return made


def test_a_file_is_made_only_after_a_plain_question_and_the_same_passphrase_twice(
    make: Callable[..., KeyFileDialog], qtbot: QtBot
) -> None:
    secrets = SecretsInMemory(available=False, can_seal=True)
    dialog = make(secrets)
    assert any("no key store" in text.text() for text in dialog.findChildren(QLabel))
    dialog.passphrase.setText(WORDS)
    dialog.again.setText("something else")
    dialog.ok.click()
    assert dialog.again_field.error == NOT_THE_SAME
    assert not secrets.available
    dialog.again.setText(WORDS)
    with qtbot.waitSignal(dialog.opened):
        dialog.ok.click()
    assert secrets.available
    assert secrets.passphrase == WORDS


def test_a_wrong_passphrase_is_said_at_its_field_and_can_be_typed_again(
    make: Callable[..., KeyFileDialog], qtbot: QtBot
) -> None:
    secrets = SecretsInMemory(available=False, has_file=True, is_locked=True, passphrase=WORDS)
    dialog = make(secrets)
    assert not dialog.again_field.isVisibleTo(dialog)
    dialog.passphrase.setText("wrong")
    dialog.ok.click()
    qtbot.waitUntil(lambda: bool(dialog.field.error))
    assert dialog.field.error == "This is not the passphrase."
    dialog.passphrase.setText(WORDS)
    with qtbot.waitSignal(dialog.opened):
        dialog.ok.click()
    assert not secrets.is_locked


def test_what_nobody_expected_ends_in_words_and_it_can_be_tried_again(
    make: Callable[..., KeyFileDialog], qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    crashes: list[threading.ExceptHookArgs] = []
    monkeypatch.setattr(threading, "excepthook", crashes.append)
    secrets = SecretsInMemory(available=False, has_file=True, is_locked=True, passphrase=WORDS)
    dialog = make(secrets)
    dialog.passphrase.setText(WORDS)
    with monkeypatch.context() as broken:
        broken.setattr(secrets, "unlock", lambda _: [][0])
        dialog.ok.click()
        qtbot.waitUntil(lambda: bool(dialog.field.error) and bool(crashes))
    assert dialog.field.error == WENT_WRONG
    assert dialog.ok.isEnabled()
    with qtbot.waitSignal(dialog.opened):
        dialog.ok.click()


def field(secrets: SecretsInMemory) -> SecretField:
    made = SecretField(secrets, "key", "Key", str)
    made.load("service:a")
    return made


def offer(made: SecretField) -> QPushButton:
    button = made.findChild(QPushButton, "key_file")
    assert isinstance(button, QPushButton)
    return button


@pytest.mark.usefixtures("qapp")
def test_the_field_offers_a_file_only_where_there_is_no_key_store() -> None:
    assert not offer(field(SecretsInMemory())).isVisibleTo(None)
    without = field(SecretsInMemory(available=False, can_seal=True))
    assert "Keep keys in an encrypted file" in offer(without).text()
    locked = field(SecretsInMemory(available=False, has_file=True, is_locked=True))
    assert "Unlock" in offer(locked).text()
    assert offer(locked).isVisibleTo(locked)
    assert not offer(field(SecretsInMemory())).isVisibleTo(field(SecretsInMemory()))


@pytest.mark.usefixtures("qapp")
def test_a_key_is_bound_to_the_address_it_was_entered_for() -> None:
    secrets = SecretsInMemory()
    made = field(secrets)
    made.edit.setText("sk-1")
    assert made.keep()
    made.bind("service:a:address", "https://api.example.com")
    assert secrets.kept == {"service:a": "sk-1", "service:a:address": "https://api.example.com"}
    made.forget("It goes to another address now.")
    assert made.keep()
    made.bind("service:a:address", "https://evil.example")
    assert secrets.kept == {}


def test_enter_in_the_first_field_goes_on_to_the_second(
    make: Callable[..., KeyFileDialog], qtbot: QtBot
) -> None:
    dialog = make(SecretsInMemory(available=False, can_seal=True))
    QTest.keyClicks(dialog.passphrase, WORDS)
    QTest.keyClick(dialog.passphrase, Qt.Key.Key_Return)
    assert dialog.focusWidget() is dialog.again
    assert dialog.again_field.error == ""
    QTest.keyClicks(dialog.again, WORDS)
    with qtbot.waitSignal(dialog.opened):
        QTest.keyClick(dialog.again, Qt.Key.Key_Return)
