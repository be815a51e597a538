"""The menu behind the menu button, the menu bar that Alt shows, and the first steps; all from the table of commands."""

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMainWindow, QMenu, QWidget

from pizzagpt_desktop.domain.conversation import Conversation
from pizzagpt_desktop.ui.actions import MENUS, Actions
from pizzagpt_desktop.ui.empty_state import EmptyState, Suggestion


class Menus:
    """Both are filled when they are first wanted."""

    def __init__(self, window: QMainWindow, actions: Actions) -> None:
        self._window = window
        self._actions = actions

    def pop_up(self, button: QWidget) -> None:
        """Show all commands below `button`."""
        menu = QMenu(self._window)
        menu.setObjectName("main_menu")
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for title in MENUS:
            self._actions.fill(menu.addMenu(title), title)
        corner = button.mapToGlobal(button.rect().bottomRight())
        corner.setX(corner.x() - menu.sizeHint().width())
        menu.popup(corner)

    def pop_up_part(self, title: str, button: QWidget) -> None:
        """Show one part of the commands below `button`."""
        menu = QMenu(self._window)
        menu.setObjectName("part_menu")
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._actions.fill(menu, title)
        menu.popup(button.mapToGlobal(button.rect().bottomLeft()))

    def toggle_bar(self) -> None:
        """Show the menu bar, or hide it again."""
        bar = self._window.menuBar()
        if bar.actions():
            bar.setVisible(not bar.isVisible())
        else:
            for title in MENUS:
                self._actions.fill(bar.addMenu(title), title)
            bar.show()
        if bar.isVisible():
            bar.setActiveAction(bar.actions()[0])


def offer_first_steps(
    empty: EmptyState, actions: Actions, conversations: Sequence[Conversation], has_service: bool
) -> None:
    """Say on the empty page what can be done now."""

    def step(icon: str, words: str, command: str) -> Suggestion:
        return icon, words, partial(actions.run, command)

    shortcuts = step("keyboard", "Keyboard shortcuts", "help")
    if not has_service:
        empty.say(
            "Chat with a model on this computer, or choose a service.",
            [
                step("service", "Choose a service", "service"),
                step("proxy", "Set up a proxy", "proxy"),
                shortcuts,
            ],
            step("computer", "Run a model on this computer", "models"),
        )
        return
    steps = [shortcuts, step("settings", "Preferences", "preferences")]
    if any(conversation.title for conversation in conversations):
        going_on = step("arrow-right", "Last conversation", "newest")
        steps = [going_on, step("search", "Search everything", "search"), *steps]
    empty.say("What would you like to know?", steps)
