"""Everything that one can operate in the window and its dialogs says what it is."""

from collections.abc import Callable, Iterator

import pytest
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QApplication, QDialog, QWidget

from pizzagpt_desktop.ui.backups_dialog import BackupRow, BackupsDialog
from pizzagpt_desktop.ui.crash_dialog import CrashDialog
from pizzagpt_desktop.ui.diff_view import DiffView
from pizzagpt_desktop.ui.links import LinkQuestion
from pizzagpt_desktop.ui.preferences.dialog import PAGES, PreferencesDialog
from pizzagpt_desktop.ui.trouble_dialog import TroubleDialog, WorkDialog
from tests.helpers.heard import Role, heard, nameless
from tests.helpers.ui_parts import Rig

pytestmark = pytest.mark.qt_log_ignore("^This plugin does not support")


@pytest.fixture(autouse=True)
def _listened_to(qapp: QApplication) -> Iterator[None]:
    QAccessible.setActive(True)
    yield
    QAccessible.setActive(False)


async def test_the_window_with_everything_in_it(make_rig: Callable[..., Rig]) -> None:
    rig = make_rig()
    rig.show()
    await rig.say("A question", "An answer with\n\n```py\nx = 1\n```\n")
    rig.window.notify("deleted", "Conversation deleted.", [("Undo", lambda: None)])
    rig.window.actions_by_id.run("edit_last")
    rig.window.actions_by_id.run("find")
    QApplication.processEvents()
    assert nameless(rig.window) == []
    said = {(one.role, one.name) for one in heard(rig.window)}
    assert {
        (Role.List, "Messages"),
        (Role.ListItem, "You: A question"),
        (Role.ListItem, "recital-1: An answer with\nCode in py:\nx = 1\nEnd of the code."),
        (Role.List, "Conversations"),
        (Role.ListItem, "A question"),
        (Role.EditableText, "Message"),
        (Role.Button, "Send"),
        (Role.Button, "Copy code"),
        (Role.Button, "Undo"),
        (Role.EditableText, "Find in this conversation"),
    } <= said


@pytest.mark.parametrize("command", ["help", "palette", "details", "source", "preferences", "move", "tags"])
async def test_the_dialogs(rig: Rig, command: str) -> None:
    await rig.say("A message")
    rig.window.actions_by_id.run(command)
    QApplication.processEvents()
    dialogs = [dialog for dialog in rig.window.findChildren(QDialog) if dialog.isVisible()]
    assert len(dialogs) == 1
    assert nameless(dialogs[0]) == []
    dialogs[0].reject()


@pytest.mark.parametrize("page", [name for name, _words in PAGES])
async def test_every_page_of_the_preferences(rig: Rig, page: str) -> None:
    rig.window.show_preferences(page)
    dialog = rig.find(PreferencesDialog, "preferences")
    QApplication.processEvents()
    assert nameless(dialog) == []
    dialog.reject()


async def test_versions_beside_each_other(rig: Rig) -> None:
    await rig.say("A question")
    rig.window.actions_by_id.run("retry")
    rig.prompter.say("Another reply.")
    rig.prompter.end()
    identity = rig.window.desk.conversation.id
    await rig.until(lambda: not rig.service.is_answering(identity))
    rig.window.actions_by_id.run("compare")
    dialog = rig.find(DiffView, "diff_view")
    QApplication.processEvents()
    assert nameless(dialog) == []
    dialog.reject()


@pytest.mark.parametrize(
    "dialog_of",
    [
        lambda parent: BackupsDialog(
            [BackupRow("/a", "2026-01-02", 3), BackupRow("/b", "2026-01-01", -1)], parent
        ),
        lambda parent: BackupsDialog([], parent),
        lambda parent: TroubleDialog(
            "A title.", "Words.", [("again", "Try again"), ("leave", "Quit")], parent
        ),
        lambda parent: WorkDialog("Copying the chats…", parent),
        lambda parent: LinkQuestion(parent, "https://xn--pypal-4ve.com/", "", lambda: None),
    ],
)
async def test_the_dialogs_that_only_trouble_opens(rig: Rig, dialog_of: Callable[[QWidget], QDialog]) -> None:
    rig.show()
    dialog = dialog_of(rig.window)
    dialog.open()
    QApplication.processEvents()
    assert nameless(dialog) == []
    assert dialog.windowTitle()
    buttons = [one for one in heard(dialog) if one.role is Role.Button]
    assert len(buttons) >= 1
    dialog.reject()


async def test_the_report_of_a_crash(rig: Rig) -> None:
    dialog = CrashDialog(rig.window, "a report")
    dialog.open()
    assert nameless(dialog) == []
    dialog.reject()


async def test_nothing_is_heard_that_is_hidden(rig: Rig) -> None:
    names = {one.name for one in heard(rig.window)}
    assert "What would you like to know?" in names
    await rig.say("A message")
    QApplication.processEvents()
    assert "What would you like to know?" not in {one.name for one in heard(rig.window)}
