"""One table of commands that feeds shortcuts, menus, palette, tooltips and help; knows no widget that runs them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from sys import platform
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import Qt

if TYPE_CHECKING:
    from PySide6.QtGui import QAction
    from PySide6.QtWidgets import QMenu, QWidget


class Command(NamedTuple):
    """id: also the name of its slot. words: on menus. keys: shortcuts as text, the first is shown. menu: where it is."""

    id: str
    words: str
    keys: tuple[str, ...] = ()
    menu: str = ""
    needs: str = ""
    """One of `NEEDS` or "": what must be there for it to be enabled."""


COMMANDS: tuple[Command, ...] = (
    Command("new", "New conversation", ("Ctrl+N",), "Conversation"),
    Command("new_temporary", "New temporary conversation", ("Ctrl+Shift+N",), "Conversation"),
    Command("keep_temporary", "Keep this conversation", (), "Conversation", "temporary"),
    Command("rename", "Rename conversation", ("F2",), "Conversation", "conversation"),
    Command("pin", "Pin or unpin conversation", (), "Conversation", "conversation"),
    Command("move", "Move to folder…", ("Ctrl+Shift+M",), "Conversation", "conversation"),
    Command("tags", "Tags…", ("Ctrl+Shift+T",), "Conversation", "conversation"),
    Command("duplicate", "Duplicate conversation", (), "Conversation", "conversation"),
    Command("archive", "Archive conversation, or move it back", (), "Conversation", "conversation"),
    Command("delete", "Delete conversation", ("Ctrl+Shift+Backspace",), "Conversation", "conversation"),
    Command("next", "Next conversation", ("Alt+Down",), "Conversation"),
    Command("previous", "Previous conversation", ("Alt+Up",), "Conversation"),
    Command("newest", "Newest conversation", (), "Conversation"),
    Command("quit", "Quit", ("Ctrl+Q",), "Conversation"),
    Command("attach", "Attach a text file…", ("Ctrl+O",), "Message"),
    Command("edit_last", "Edit last message", (), "Message", "conversation"),
    Command("copy_reply", "Copy last reply", ("Ctrl+Shift+C",), "Message", "conversation"),
    Command("copy_markdown", "Copy as Markdown", (), "Message", "conversation"),
    Command("copy_plain", "Copy as plain text", (), "Message", "conversation"),
    Command("retry", "Retry last reply", ("Ctrl+R",), "Message", "conversation"),
    Command("stop", "Stop the reply", ("Ctrl+.",), "Message", "answer"),
    Command("continue", "Continue the reply", ("Ctrl+Shift+R",), "Message", "conversation"),
    Command("keep", "Keep the reply as it is", (), "Message", "conversation"),
    Command("send_next", "Send next queued message", ("Ctrl+Shift+Return",), "Message", "conversation"),
    Command("previous_version", "Previous version", ("Alt+Left",), "Message", "conversation"),
    Command("next_version", "Next version", ("Alt+Right",), "Message", "conversation"),
    Command("compare", "Compare versions", ("Ctrl+D",), "Message", "conversation"),
    Command("branch_off", "Branch to new conversation", ("Ctrl+Shift+B",), "Message", "conversation"),
    Command("delete_branch", "Delete branch", ("Ctrl+Shift+Del",), "Message", "conversation"),
    Command("quote", "Quote message", ("Ctrl+Shift+E",), "Message", "conversation"),
    Command("details", "Message details", ("Ctrl+I",), "Message", "conversation"),
    Command("source", "Show source of message", ("Ctrl+Shift+I",), "Message", "conversation"),
    Command("previous_message", "Previous message", ("Alt+Shift+Up",), "Message", "conversation"),
    Command("next_message", "Next message", ("Alt+Shift+Down",), "Message", "conversation"),
    Command("previous_code", "Previous code block", ("Alt+Shift+PgUp",), "Message", "conversation"),
    Command("next_code", "Next code block", ("Alt+Shift+PgDown",), "Message", "conversation"),
    Command("list", "Go to the list of conversations", ("Ctrl+L",), "Library"),
    Command("undo_library", "Undo the last change to conversations", (), "Library", "undo"),
    Command("new_folder", "New folder", (), "Library"),
    Command("sort_activity", "Sort by last activity", (), "Library"),
    Command("sort_created", "Sort by creation", (), "Library"),
    Command("sort_title", "Sort by title", (), "Library"),
    Command("show_tag", "Show one tag…", (), "Library"),
    Command("show_archive", "Archive", (), "Library"),
    Command("show_trash", "Trash", (), "Library"),
    Command("empty_trash", "Empty the trash", (), "Library"),
    Command("import", "Import conversations…", (), "Library"),
    Command("export", "Export conversation…", (), "Library", "conversation"),
    Command("export_all", "Export all conversations…", (), "Library"),
    Command("backup", "Back up now", (), "Library"),
    Command("restore", "Restore backup…", (), "Library"),
    Command("find", "Find in this conversation", ("Ctrl+F",), "View"),
    Command("find_next", "Next hit", ("F3",), "View"),
    Command("find_previous", "Previous hit", ("Shift+F3",), "View"),
    Command("search", "Search everything", ("Ctrl+Shift+F",), "View"),
    Command("palette", "Go to anything", ("Ctrl+K",), "View"),
    Command("sidebar", "Show or hide the sidebar", ("Ctrl+B",), "View"),
    Command("zoom_in", "Larger text", ("Ctrl++", "Ctrl+="), "View"),
    Command("zoom_out", "Smaller text", ("Ctrl+-",), "View"),
    Command("zoom_reset", "Usual size of text", ("Ctrl+0",), "View"),
    Command("start", "Go to the beginning", ("Ctrl+Home",), "View"),
    Command("end", "Go to the end", ("Ctrl+End",), "View"),
    Command("service", "Choose a service", (), "View"),
    Command("choose_model", "Choose a model…", ("Ctrl+M",), "View"),
    Command("asking", "Persona and parameters…", ("Ctrl+Shift+P",), "View"),
    Command("local_only", "Turn “Local only” on or off", (), "View"),
    Command("models", "Models on this computer", (), "View"),
    Command("proxy", "Set up a proxy", (), "View"),
    Command("preferences", "Preferences", ("Ctrl+,",), "View"),
    Command("help", "Keyboard shortcuts", ("F1",), "Help"),
)

NEEDS = ("conversation", "answer", "temporary", "undo")
MENUS = ("Conversation", "Message", "Library", "View", "Help")
APART = (
    "rename",
    "delete",
    "next",
    "quit",
    "quote",
    "previous_message",
    "new_folder",
    "sort_activity",
    "show_tag",
    "import",
    "backup",
    "zoom_in",
    "start",
    "preferences",
)
"""Commands that begin a new part of their menu."""
RECENT = 9


class Actions:
    """The table as Qt actions on one window: `run` runs a command by id, `fill` puts commands into a menu.

    The actions are made when they are first wanted, at the latest by `prepare`: no picture shows them.
    """

    def __init__(
        self, window: QWidget, slots: Mapping[str, Callable[[], None]], recent: Callable[[int], None]
    ) -> None:
        self._window = window
        self._slots = slots
        self._recent = recent
        self._made: dict[str, QAction] = {}
        self._enabled = dict.fromkeys(NEEDS, False)
        self._checked: dict[str, str] = {}

    def __getitem__(self, command_id: str) -> QAction:
        self.prepare()
        return self._made[command_id]

    def prepare(self) -> None:
        """Have the shortcuts work from now on; to be called before the first key is looked at."""
        if self._made:
            return
        for command in COMMANDS:
            action = self._action(command.words, command.keys, self._slots[command.id])
            action.setObjectName(f"action_{command.id}")
            action.setEnabled(self._enabled.get(command.needs, True))
            self._made[command.id] = action
        for family, chosen in self._checked.items():
            self.check(family, chosen)
        for number in range(1, RECENT + 1):
            self._action(f"Conversation {number}", (f"Ctrl+{number}",), partial(self._recent, number - 1))

    def run(self, command_id: str) -> None:
        """Run a command if it is enabled."""
        self[command_id].trigger()

    def enable(
        self, *, conversation: bool, answering: bool, temporary: bool = False, undo: bool = False
    ) -> None:
        """Tell the commands what there is to work on."""
        self._enabled = {
            "conversation": conversation,
            "answer": answering,
            "temporary": temporary,
            "undo": undo,
        }
        for command in COMMANDS:
            if command.needs and self._made:
                self._made[command.id].setEnabled(self._enabled[command.needs])

    def check(self, family: str, chosen: str) -> None:
        """Show which of the commands named `family`_… holds now."""
        self._checked[family] = chosen
        for command in COMMANDS:
            if self._made and command.id.startswith(f"{family}_"):
                self._made[command.id].setCheckable(True)
                self._made[command.id].setChecked(command.id == f"{family}_{chosen}")

    def fill(self, menu: QMenu, title: str) -> None:
        """Put the commands of one menu of the table into `menu`."""
        for command in COMMANDS:
            if command.menu == title:
                if command.id in APART:
                    menu.addSeparator()
                menu.addAction(self[command.id])

    def _action(self, words: str, keys: tuple[str, ...], slot: Callable[[], None]) -> QAction:
        from PySide6.QtGui import QAction, QKeySequence

        action = QAction(words, self._window)
        action.setShortcuts([QKeySequence(key) for key in keys])
        action.setShortcutContext(Qt.ShortcutContext.WindowShortcut)
        action.triggered.connect(lambda _checked=False: slot())
        self._window.addAction(action)
        return action


def shortcut(command_id: str) -> str:
    """The first shortcut of a command as people write it, "" where it has none."""
    keys = keys_of(command_id)
    return _native(keys) if platform == "darwin" and keys else keys


def keys_of(command_id: str) -> str:
    """The first shortcut of a command as the table writes it, "" where it has none."""
    return next((c.keys[0] for c in COMMANDS if c.id == command_id and c.keys), "")


def _native(keys: str) -> str:
    """The keys in the system's own signs."""
    from PySide6.QtGui import QKeySequence

    return QKeySequence(keys).toString(QKeySequence.SequenceFormat.NativeText)
