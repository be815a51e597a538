"""Every control has a name, a tooltip, an accessible name and a place in the tab order; all text is plain."""

import ast
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QDialog,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QWidget,
)

import pizzagpt_desktop.ui
from pizzagpt_desktop.domain.attached import Attached
from pizzagpt_desktop.domain.preferences import Preferences
from pizzagpt_desktop.ui.actions import COMMANDS, shortcut
from pizzagpt_desktop.ui.attachments import AttachedDialog
from pizzagpt_desktop.ui.backups_dialog import BackupRow, BackupsDialog
from pizzagpt_desktop.ui.crash_dialog import CrashDialog
from pizzagpt_desktop.ui.key_file_dialog import KeyFileDialog
from pizzagpt_desktop.ui.links import LinkQuestion
from pizzagpt_desktop.ui.preferences.dialog import PreferencesDialog
from pizzagpt_desktop.ui.trouble_dialog import TroubleDialog
from tests.helpers.ui_parts import Rig, SecretsInMemory, names_of_unlabelled

pytestmark = pytest.mark.qt_log_ignore("^This plugin does not support")

CONTROLS = (QAbstractButton, QLineEdit, QComboBox, QPlainTextEdit)


def assert_plain(window: QWidget) -> None:
    for found in window.findChildren(QLabel):
        assert found.textFormat() == Qt.TextFormat.PlainText or not found.text(), found.objectName()


async def test_every_control_of_the_window(rig: Rig) -> None:
    await rig.say("A message")
    rig.window.notify("deleted", "Conversation deleted.", [("Undo", lambda: None)])
    rig.window.actions_by_id.run("edit_last")
    QApplication.processEvents()
    assert names_of_unlabelled(rig.window, CONTROLS) == []
    for area in (rig.window.page.transcript, rig.window.sidebar.list):
        assert area.accessibleName()
        assert area.focusPolicy() & Qt.FocusPolicy.TabFocus
    assert_plain(rig.window)


async def test_every_control_of_the_first_start(make_rig: Callable[..., Rig]) -> None:
    rig = make_rig(Preferences())
    rig.show(400, 700)
    assert names_of_unlabelled(rig.window, CONTROLS) == []
    assert_plain(rig.window)


@pytest.mark.parametrize(
    "page", ["service", "adding", "models", "proxy", "personas", "waiting", "costs", "chats", "appearance"]
)
async def test_every_control_of_the_preferences(rig: Rig, page: str) -> None:
    rig.window.show_preferences("service" if page == "adding" else page)
    dialog = rig.find(PreferencesDialog, "preferences")
    form = dialog.service.form
    form.route.test.click()
    await rig.until(lambda: form.route.report())
    dialog.proxy.mode.setCurrentIndex(2)
    form.own_proxy.setCurrentIndex(1)
    form.proxy.mode.setCurrentIndex(2)
    form.trust.certificate.setText("/me.pem")
    form.trust.pin("https://llm.home", "ab" * 32)
    for section in (form.asked_section, form.route_section, form.extras_section):
        section.unfold()
    if page == "adding":
        dialog.service.show_adding()
        dialog.service.adding.look.click()
        await rig.until(lambda: dialog.service.adding.look.isEnabled())
    QApplication.processEvents()
    assert names_of_unlabelled(dialog, CONTROLS) == []
    assert_plain(dialog)


@pytest.mark.parametrize(
    "command",
    [
        *("help", "palette", "choose_model", "asking"),
        *("move", "tags", "show_tag", "compare", "details", "source"),
    ],
)
async def test_every_control_of_the_other_dialogs(rig: Rig, command: str) -> None:
    identity = await rig.say("A message", "One")
    rig.library.tag([identity], ["work"])
    rig.window.actions_by_id.run("retry")
    rig.prompter.say("Two")
    rig.prompter.end()
    await rig.until(lambda: not rig.service.is_answering(identity))
    rig.window.actions_by_id.run(command)
    dialog = rig.window.findChild(QDialog)
    assert dialog is not None, "nothing was opened"
    await rig.until(lambda: dialog.isVisible())
    missing = names_of_unlabelled(dialog, CONTROLS)
    # Over what one reads a tip would only be in the way.
    assert [words for words in missing if words != "_Text 'source_text': tooltip"] == []
    assert_plain(dialog)


@pytest.mark.parametrize("state", ["new", "locked", "open"])
async def test_every_control_of_the_key_file_dialog(rig: Rig, state: str) -> None:
    secrets = SecretsInMemory(
        available=False, can_seal=True, has_file=state != "new", is_locked=state == "locked"
    )
    dialog = KeyFileDialog(rig.window, secrets)
    dialog.open()
    QApplication.processEvents()
    assert names_of_unlabelled(dialog, CONTROLS) == []
    assert_plain(dialog)


async def test_every_control_of_what_is_seldom_seen(rig: Rig) -> None:
    for dialog in (
        CrashDialog(rig.window, "Traceback"),
        LinkQuestion(rig.window, "https://xn--80ak6aa92e.com/", "It looks like another.", lambda: None),
        AttachedDialog(rig.window, Attached("notes.txt", 5, "flour")),
        BackupsDialog([BackupRow("chats.db", "2026-11-22", 3)], rig.window),
        TroubleDialog("The chat file is damaged.", "It is kept.", [("recover", "Recover")], rig.window),
    ):
        dialog.open()
        QApplication.processEvents()
        assert names_of_unlabelled(dialog, CONTROLS) == []
        assert_plain(dialog)
        dialog.close()


async def test_tab_goes_round_all_controls_and_comes_back(rig: Rig) -> None:
    await rig.say("A message")
    start = QApplication.focusWidget()
    assert start is not None
    seen: list[str] = []
    for _ in range(60):
        QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
        focused = QApplication.focusWidget()
        assert focused is not None
        if focused is start:
            break
        seen.append(focused.objectName())
    assert QApplication.focusWidget() is start, " ".join(seen)
    assert {"search_field", "new_conversation", "conversations", "menu", "model_chip", "route_chip"} <= set(
        seen
    )
    assert "transcript" in " ".join(seen)


async def test_tooltips_name_the_shortcut(rig: Rig) -> None:
    page, sidebar = rig.window.page, rig.window.sidebar
    assert sidebar._new_button.toolTip() == "New conversation (Ctrl+N)"
    assert sidebar.search_field.toolTip().startswith("Search all conversations (Ctrl+Shift+F)\n")
    assert page.show_sidebar.toolTip() == "Show the sidebar (Ctrl+B)"
    assert page.menu_button.toolTip() == "Menu (Alt)"


def test_no_two_commands_share_a_shortcut() -> None:
    keys = [key for command in COMMANDS for key in command.keys]
    assert len(keys) == len(set(keys))
    assert shortcut("new") == "Ctrl+N"
    wanted = "Ctrl+N Ctrl+K Ctrl+F Ctrl+Shift+F Ctrl+, Alt+Up Alt+Down F2 Ctrl+Shift+C Ctrl+. Ctrl+R F1"
    assert set(wanted.split()) <= set(keys)


def test_nothing_that_guesses_markup_is_used() -> None:
    folder = Path(pizzagpt_desktop.ui.__file__).parent
    guessing = {"QMessageBox", "QTextBrowser", "QTextEdit", "QToolTip", "QSystemTrayIcon", "QErrorMessage"}
    users = set()
    for path in folder.rglob("*.py"):
        source = path.read_text("utf-8")
        for node in ast.walk(ast.parse(source)):
            name = node.func.id if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else ""
            if name in guessing or (name == "QLabel" and "TextFormat.PlainText" not in source and node.args):  # type: ignore[attr-defined]
                users.add(f"{path.name}: {name}")
    assert users == set()
