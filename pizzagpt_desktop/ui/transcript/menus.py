"""The menu of a message: everything that can be done with it, every label ours; knows no mouse and presses no key.

A key stands beside an action where that key, pressed now, does the same with the same message.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu

from pizzagpt_desktop.domain.conversation import Role, Status
from pizzagpt_desktop.domain.links import Link
from pizzagpt_desktop.ui.actions import keys_of
from pizzagpt_desktop.ui.transcript import versions
from pizzagpt_desktop.ui.transcript.clipboard import Form
from pizzagpt_desktop.ui.transcript.path import UNREAD_WORDS, is_unread
from pizzagpt_desktop.ui.transcript.selection import Selection

if TYPE_CHECKING:
    from pizzagpt_desktop.ui.transcript.view import TranscriptView

COPY = "Ctrl+C"


def message_menu(
    view: "TranscriptView",
    index: int,
    link: Link | None,
    copy: Callable[[Form], None],
    open_link: Callable[[Link], None],
) -> QMenu:
    """The actions of message `index`. copy: copies the selection. link: the one under the mouse."""
    row = view.rows.row(index)
    message = row.message
    commands = view.commands
    menu = QMenu(view)
    menu.setObjectName("message_menu")

    def add(words: str, act: Callable[..., object], enabled: bool = True, keys: str = "") -> None:
        action = _with_keys(QAction(words, menu), keys)
        action.setEnabled(enabled)
        action.triggered.connect(act)
        menu.addAction(action)

    if is_unread(message):
        add(UNREAD_WORDS, lambda: None, enabled=False)
        return menu
    meant = _Keys(view, index)
    selected = view.selection is not None and not view.selection.is_empty
    if selected:
        add("Copy selection", lambda: copy(Form.ALL), keys=COPY)
        add("Copy selection as Markdown", lambda: copy(Form.MARKDOWN))
        add("Copy selection as plain text", lambda: copy(Form.TEXT))
    if link is not None:
        add("Copy link address", lambda: commands.copy_text(link.href))
        add("Open link", lambda: open_link(link))
    add("Copy message", lambda: commands.copy(index), keys="" if selected else meant.copy())
    add("Copy as Markdown", lambda: view.copy_message(index, Form.MARKDOWN))
    add("Copy as plain text", lambda: view.copy_message(index, Form.TEXT))
    quoted = "Quote selection" if selected else "Quote message"
    add(quoted, lambda: commands.quote(message.id), keys=keys_of("quote") if selected else meant.one("quote"))
    heads = row.code_heads()
    for number, (leaf, _) in enumerate(heads[:12], 1):
        words = "Copy code" if len(heads) == 1 else f"Copy code block {number}"
        add(words, lambda _=False, at=leaf: commands.copy_text(row.code_text(at)))
    if not row.fold_rect.isEmpty():
        add("Hide reasoning" if row.unfolded else "Show reasoning", lambda: view.toggle_reasoning(index))
    menu.addSeparator()
    if row.is_user:
        add("Edit message", lambda: commands.edit(message.id))
    elif message.role is Role.ASSISTANT and message.status is not Status.STREAMING:
        add("Try again", lambda: commands.retry(message.id), keys=meant.last("retry"))
        if (message.text.strip() and message.status in (Status.INTERRUPTED, Status.STOPPED)) or (
            row.status is not None and "continue" in row.status.actions
        ):
            add("Continue", lambda: commands.go_on(message.id), keys=meant.one("continue"))
        if row.status is not None and "keep" in row.status.actions:
            add("Keep as it is", lambda: commands.keep(message.id))
    menu.addSeparator()
    siblings = view.siblings_of(message.id)
    if len(siblings.ids) > 1:
        at, ids = siblings.index, siblings.ids
        add(
            "Previous version",
            lambda: commands.branch(ids[at - 1]),
            at > 0,
            meant.version("previous_version"),
        )
        add(
            "Next version",
            lambda: commands.branch(ids[at + 1]),
            at + 1 < len(ids),
            meant.version("next_version"),
        )
        add("Compare versions…", lambda: commands.compare(message.id), keys=meant.version("compare"))
    add("Branch to new conversation", lambda: commands.branch_off(message.id), keys=meant.one("branch_off"))
    menu.addSeparator()
    add("Details…", lambda: commands.details(message.id), keys=meant.one("details"))
    add("Show source…", lambda: commands.source(message.id), keys=meant.one("source"))
    menu.addSeparator()
    add("Delete branch", lambda: commands.remove(message.id), keys=meant.one("delete_branch"))
    return menu


def offer_all(view: "TranscriptView", menu: QMenu) -> None:
    """Put "Select all" below what copies: the one thing in the menu that is about all messages."""
    everything = _with_keys(QAction("Select all", menu), "Ctrl+A")
    everything.triggered.connect(lambda: view.select(Selection.all_of(view.rows)))
    menu.insertAction(next(action for action in menu.actions() if action.isSeparator()), everything)


class _Keys:
    """What a key would do now, pressed while the menu of message `index` is not open."""

    def __init__(self, view: "TranscriptView", index: int) -> None:
        self._view = view
        self._index = index
        self._id = view.rows.messages[index].id

    def one(self, command: str) -> str:
        """The key of a command about the chosen message, or else the last one."""
        return keys_of(command) if versions.meant(self._view) == self._id else ""

    def last(self, command: str) -> str:
        """The key of a command about the last message."""
        return keys_of(command) if self._index == len(self._view.rows) - 1 else ""

    def version(self, command: str) -> str:
        """The key of a command about versions."""
        return keys_of(command) if versions.with_versions(self._view) == self._index else ""

    def copy(self) -> str:
        if self._view.current == self._index:
            return COPY
        is_reply = self._view.rows.messages[self._index].role is Role.ASSISTANT
        return self.last("copy_reply") if is_reply else ""


def _with_keys(action: QAction, keys: str) -> QAction:
    """Say beside an action which keys do the same; a menu that only pops up listens to none."""
    action.setShortcut(QKeySequence(keys))
    action.setShortcutVisibleInContextMenu(True)
    return action
