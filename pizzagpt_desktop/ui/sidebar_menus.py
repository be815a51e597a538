"""The menus of a row, of several rows, and of a folder; they say what was asked for and know no command."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMenu, QWidget

from pizzagpt_desktop.domain.conversation import Conversation
from pizzagpt_desktop.ui import icons
from pizzagpt_desktop.ui.theme import Palette

Ask = Callable[[str, list[str]], None]
"""Command and ids of conversations."""

_ICONS = {
    "rename": "rename",
    "pin": "pin",
    "unpin": "pin",
    "move": "folder",
    "tags": "tag",
    "duplicate": "copy",
    "export": "save",
    "archive": "archive",
    "unarchive": "archive",
    "keep_temporary": "check",
    "restore": "undo",
    "delete": "trash",
    "erase": "trash",
}


def row_commands(conversations: Sequence[Conversation]) -> list[tuple[str, str]]:
    """Command and words for these conversations, which all stand in the same list; "" is a line between."""
    first, several = conversations[0], len(conversations) > 1
    if first.deleted_at is not None:
        return [("restore", "Restore"), ("erase", "Delete for good\tDel")]
    number = f" {len(conversations)} conversations" if several else ""
    commands = [] if several else [("rename", "Rename\tF2")]
    if all(conversation.temporary for conversation in conversations):
        if not several:
            commands.append(("keep_temporary", "Keep this conversation"))
        return [*commands, ("export", f"Export{number}…"), ("", ""), ("delete", f"Delete{number}\tDel")]
    if first.archived:
        commands.append(("unarchive", "Move back to the list"))
    elif not all(conversation.pinned for conversation in conversations):
        commands.append(("pin", "Pin"))
    else:
        commands.append(("unpin", "Unpin"))
    commands += [("move", "Move to folder…"), ("tags", "Tags…")]
    if not several:
        commands.append(("duplicate", "Duplicate"))
    commands += [("export", f"Export{number}…"), ("", "")]
    if not first.archived:
        commands.append(("archive", f"Archive{number}"))
    return [*commands, ("delete", f"Delete{number}\tDel")]


def row_menu(parent: QWidget, palette: Palette, conversations: Sequence[Conversation], ask: Ask) -> QMenu:
    """What can be done with these conversations."""
    menu = _menu(parent, "row_menu")
    ids = [conversation.id for conversation in conversations]
    for command, words in row_commands(conversations):
        if command:
            action = menu.addAction(icons.icon(_ICONS[command], palette.muted), words)
            action.triggered.connect(lambda _checked=False, command=command: ask(command, ids))
        else:
            menu.addSeparator()
    return menu


def folder_menu(
    parent: QWidget,
    palette: Palette,
    *,
    rename: Callable[[], None],
    up: Callable[[], None] | None,
    down: Callable[[], None] | None,
    remove: Callable[[], None],
) -> QMenu:
    """What can be done with a folder. up, down: None where there is no place to move to."""
    menu = _menu(parent, "folder_menu")
    for icon, words, act in (
        ("rename", "Rename\tF2", rename),
        ("chevron-up", "Move up", up),
        ("chevron-down", "Move down", down),
    ):
        action = menu.addAction(icons.icon(icon, palette.muted), words)
        action.setEnabled(act is not None)
        if act is not None:
            action.triggered.connect(lambda _checked=False, act=act: act())
    menu.addSeparator()
    action = menu.addAction(icons.icon("trash", palette.muted), "Remove folder\tDel")
    action.setToolTip("The conversations in it stay")
    action.triggered.connect(lambda _checked=False: remove())
    return menu


def _menu(parent: QWidget, name: str) -> QMenu:
    menu = QMenu(parent)
    menu.setObjectName(name)
    menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    return menu
