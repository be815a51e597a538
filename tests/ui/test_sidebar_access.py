"""The sidebar's views, menus and dialogs: every control has its names, and all are found in the table of commands."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QAbstractButton, QApplication, QDialog, QLineEdit, QListView, QListWidget, QMenu

from pizzagpt_desktop.domain.conversation import Conversation
from pizzagpt_desktop.domain.preferences import Appearance, Theme
from pizzagpt_desktop.ui import theme
from pizzagpt_desktop.ui.actions import COMMANDS
from pizzagpt_desktop.ui.icons import icons_folder
from pizzagpt_desktop.ui.sidebar_menus import _ICONS, row_commands
from tests.helpers.shelf_parts import Hands, filled
from tests.helpers.ui_parts import READY, Rig, names_of_unlabelled

pytestmark = pytest.mark.qt_log_ignore("^This plugin does not support")

CONTROLS = (QAbstractButton, QLineEdit, QListView)


@pytest.fixture
def hands(make_rig: Callable[..., Rig]) -> Hands:
    rig = make_rig(READY, filled("a", "b", folders=("Work",), tags=("red", "blue")))
    rig.show()
    return Hands(rig)


@pytest.mark.parametrize("width", [400, 1000])
@pytest.mark.parametrize("view", ["show_archive", "show_trash"])
async def test_every_control_of_a_view(hands: Hands, view: str, width: int) -> None:
    hands.rig.show(width, 600)
    hands.rig.window._commands.archive(["a"], True)
    hands.rig.window._commands.delete(["b"])
    hands.rig.window.actions_by_id.run(view)
    QApplication.processEvents()
    assert hands.sidebar.isVisible()
    assert names_of_unlabelled(hands.rig.window, CONTROLS) == []
    assert len(hands.rows()) == 2


@pytest.mark.parametrize("command", ["move", "tags", "show_tag"])
async def test_every_control_of_a_dialog(hands: Hands, command: str) -> None:
    hands.rig.window.desk.open("a")
    hands.rig.window.actions_by_id.run(command)
    dialog = hands.rig.find(QDialog, command)
    QApplication.processEvents()
    assert names_of_unlabelled(dialog, CONTROLS) == []
    dialog.reject()


async def test_the_options_hold_the_whole_menu_of_the_library(hands: Hands) -> None:
    hands.sidebar.options_button.click()
    menu = hands.rig.find(QMenu, "part_menu")
    shown = [action.text() for action in menu.actions() if not action.isSeparator()]
    assert shown == [command.words for command in COMMANDS if command.menu == "Library"]
    menu.close()


def test_what_a_menu_offers_depends_on_where_the_conversations_stand() -> None:
    def offered(*conversations: Conversation) -> list[str]:
        return [command for command, _ in row_commands(conversations) if command]

    one, other = Conversation(id="a"), Conversation(id="b", pinned=True)
    assert offered(one) == ["rename", "pin", "move", "tags", "duplicate", "export", "archive", "delete"]
    assert offered(other)[1] == "unpin"
    assert offered(one, other) == ["pin", "move", "tags", "export", "archive", "delete"]
    assert offered(Conversation(id="c", archived=True)) == [
        *("rename", "unarchive", "move", "tags", "duplicate", "export", "delete"),
    ]
    assert offered(Conversation(id="d", deleted_at=1.0)) == ["restore", "erase"]
    assert offered(Conversation(id="e", temporary=True)) == ["rename", "keep_temporary", "export", "delete"]


def test_every_command_of_a_row_has_its_picture() -> None:
    assert {(icons_folder() / f"{name}.svg").is_file() for name in _ICONS.values()} == {True}


async def test_the_titles_of_folders_are_said_and_shown_whole(hands: Hands) -> None:
    index = hands.sidebar.model.index(0)
    assert index.data(Qt.ItemDataRole.AccessibleTextRole) == "Folder Work, 0 conversations, open"
    assert index.data(Qt.ItemDataRole.ToolTipRole) == "Work"


async def test_the_list_shows_that_the_keyboard_is_there_before_a_row_was_gone_to(hands: Hands) -> None:
    hands.press(Qt.Key.Key_L, Qt.KeyboardModifier.ControlModifier)
    shown, accent = hands.shown, QColor(theme.LIGHT.accent)
    assert shown.hasFocus()
    assert not shown.currentIndex().isValid()

    def ringed() -> int:
        image = shown.viewport().grab().toImage()
        return sum(image.pixelColor(60, image.height() - y) == accent for y in range(1, 9))

    assert ringed() == 2
    hands.press(Qt.Key.Key_Down)
    assert ringed() == 0, "now the row has it"
    hands.rig.window.desk.open_new()
    shown.setFocus(Qt.FocusReason.MouseFocusReason)
    assert not shown.currentIndex().isValid()
    assert ringed() == 0, "a hand on the mouse needs no sign"


@pytest.mark.parametrize("chosen", [Theme.LIGHT, Theme.DARK, Theme.CONTRAST_LIGHT, Theme.CONTRAST_DARK])
async def test_the_boxes_of_tags_are_seen_in_every_theme(make_rig: Callable[..., Rig], chosen: Theme) -> None:
    rig = make_rig(replace(READY, appearance=Appearance(theme=chosen)), filled("a", tags=("red",)))
    rig.show()
    rig.window.desk.open("a")
    rig.window.actions_by_id.run("tags")
    dialog = rig.find(QDialog, "tags")
    tags = dialog.findChild(QListWidget, "tags_list")
    assert tags is not None
    row = tags.item(0)

    def colours() -> set[str]:
        place = tags.visualItemRect(row).adjusted(4, 6, 0, -6)
        place.setWidth(22)
        image = tags.viewport().grab(place).toImage()
        return {image.pixelColor(x, y).name() for x in range(image.width()) for y in range(image.height())}

    palette = rig.window._palette
    row.setCheckState(Qt.CheckState.Unchecked)
    assert max(theme.contrast(colour, palette.sidebar) for colour in colours()) >= 3
    assert palette.accent.lower() not in colours()
    for state in (Qt.CheckState.Checked, Qt.CheckState.PartiallyChecked):
        row.setCheckState(state)
        assert palette.accent.lower() in colours()
    dialog.reject()
