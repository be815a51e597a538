"""One table of commands that feeds shortcuts, menus, palette, tooltips and help; knows no widget that runs them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QWidget


@dataclass(frozen=True, slots=True)
class Command:
    """id: also the name of its slot. words: on menus. keys: shortcuts as text, the first is shown. menu: where it is."""

    id: str
    words: str
    keys: tuple[str, ...] = ()
    menu: str = ""
    needs: str = ""
    """"conversation", "answer" or "": what must be there for it to be enabled."""


COMMANDS: tuple[Command, ...] = (
    Command("new", "New conversation", ("Ctrl+N",), "Conversation"),
    Command("rename", "Rename conversation", ("F2",), "Conversation", "conversation"),
    Command("pin", "Pin or unpin conversation", (), "Conversation", "conversation"),
    Command("delete", "Delete conversation", ("Ctrl+Shift+Backspace",), "Conversation", "conversation"),
    Command("next", "Next conversation", ("Alt+Down",), "Conversation"),
    Command("previous", "Previous conversation", ("Alt+Up",), "Conversation"),
    Command("newest", "Newest conversation", (), "Conversation"),
    Command("quit", "Quit", ("Ctrl+Q",), "Conversation"),
    Command("edit_last", "Edit last message", (), "Message", "conversation"),
    Command("copy_reply", "Copy last reply", ("Ctrl+Shift+C",), "Message", "conversation"),
    Command("retry", "Retry last reply", ("Ctrl+R",), "Message", "conversation"),
    Command("stop", "Stop the reply", ("Ctrl+.",), "Message", "answer"),
    Command("find", "Find a message", ("Ctrl+F",), "View"),
    Command("search", "Search everything", ("Ctrl+Shift+F",), "View"),
    Command("palette", "Go to anything", ("Ctrl+K",), "View"),
    Command("sidebar", "Show or hide the sidebar", ("Ctrl+B",), "View"),
    Command("end", "Go to the end", ("Ctrl+End",), "View"),
    Command("service", "Choose a service", (), "View"),
    Command("proxy", "Set up a proxy", (), "View"),
    Command("preferences", "Preferences", ("Ctrl+,",), "View"),
    Command("help", "Keyboard shortcuts", ("F1",), "Help"),
)

MENUS = ("Conversation", "Message", "View", "Help")
RECENT = 9


class Actions:
    """The table as Qt actions on one window: `shown` gives the shortcut in words, `run` runs a command by id."""

    def __init__(
        self, window: QWidget, slots: Mapping[str, Callable[[], None]], recent: Callable[[int], None]
    ) -> None:
        self._by_id: dict[str, QAction] = {}
        for command in COMMANDS:
            action = self._action(window, command.words, command.keys, slots[command.id])
            action.setObjectName(f"action_{command.id}")
            self._by_id[command.id] = action
        for number in range(1, RECENT + 1):
            self._action(window, f"Conversation {number}", (f"Ctrl+{number}",), partial(recent, number - 1))

    def __getitem__(self, command_id: str) -> QAction:
        return self._by_id[command_id]

    def run(self, command_id: str) -> None:
        """Run a command if it is enabled."""
        self._by_id[command_id].trigger()

    def enable(self, *, conversation: bool, answering: bool) -> None:
        """Tell the commands what there is to work on."""
        for command in COMMANDS:
            if command.needs:
                self._by_id[command.id].setEnabled(answering if command.needs == "answer" else conversation)

    def fill(self, menu: QMenu, title: str) -> None:
        """Put the commands of one menu of the table into `menu`."""
        for command in COMMANDS:
            if command.menu == title:
                if command.id in ("quit", "preferences"):
                    menu.addSeparator()
                menu.addAction(self._by_id[command.id])

    @staticmethod
    def _action(window: QWidget, words: str, keys: tuple[str, ...], slot: Callable[[], None]) -> QAction:
        action = QAction(words, window)
        action.setShortcuts([QKeySequence(key) for key in keys])
        action.setShortcutContext(Qt.ShortcutContext.WindowShortcut)
        action.triggered.connect(lambda _checked=False: slot())
        window.addAction(action)
        return action


def shortcut(command_id: str) -> str:
    """The first shortcut of a command as people write it, "" where it has none."""
    command = next(c for c in COMMANDS if c.id == command_id)
    return (
        QKeySequence(command.keys[0]).toString(QKeySequence.SequenceFormat.NativeText) if command.keys else ""
    )
