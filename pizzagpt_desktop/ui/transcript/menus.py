"""The menu of a message: everything that can be done with it, every label ours; knows no mouse and no key."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu

from pizzagpt_desktop.domain.conversation import Role, Status
from pizzagpt_desktop.domain.links import Link
from pizzagpt_desktop.ui.transcript.clipboard import Form
from pizzagpt_desktop.ui.transcript.path import UNREAD_WORDS, is_unread
from pizzagpt_desktop.ui.transcript.selection import Selection

if TYPE_CHECKING:
    from pizzagpt_desktop.ui.transcript.view import TranscriptView


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

    def add(words: str, act: Callable[..., object], enabled: bool = True) -> None:
        action = QAction(words, menu)
        action.setEnabled(enabled)
        action.triggered.connect(act)
        menu.addAction(action)

    if is_unread(message):
        add(UNREAD_WORDS, lambda: None, enabled=False)
        return menu
    if view.selection is not None and not view.selection.is_empty:
        add("Copy selection", lambda: copy(Form.ALL))
        add("Copy selection as Markdown", lambda: copy(Form.MARKDOWN))
        add("Copy selection as plain text", lambda: copy(Form.TEXT))
    if link is not None:
        add("Copy link address", lambda: commands.copy_text(link.href))
        add("Open link", lambda: open_link(link))
    add("Copy message", lambda: commands.copy(index))
    add("Copy as Markdown", lambda: view.copy_message(index, Form.MARKDOWN))
    add("Copy as plain text", lambda: view.copy_message(index, Form.TEXT))
    selected = view.selection is not None and not view.selection.is_empty
    add("Quote selection" if selected else "Quote message", lambda: commands.quote(message.id))
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
        add("Try again", lambda: commands.retry(message.id))
        if (message.text.strip() and message.status in (Status.INTERRUPTED, Status.STOPPED)) or (
            row.status is not None and "continue" in row.status.actions
        ):
            add("Continue", lambda: commands.go_on(message.id))
        if row.status is not None and "keep" in row.status.actions:
            add("Keep as it is", lambda: commands.keep(message.id))
    menu.addSeparator()
    siblings = view.siblings_of(message.id)
    if len(siblings.ids) > 1:
        at, ids = siblings.index, siblings.ids
        add("Previous version", lambda: commands.branch(ids[at - 1]), at > 0)
        add("Next version", lambda: commands.branch(ids[at + 1]), at + 1 < len(ids))
        add("Compare versions…", lambda: commands.compare(message.id))
    add("Branch to new conversation", lambda: commands.branch_off(message.id))
    menu.addSeparator()
    add("Details…", lambda: commands.details(message.id))
    add("Show source…", lambda: commands.source(message.id))
    menu.addSeparator()
    add("Delete branch", lambda: commands.remove(message.id))
    return menu


def offer_all(view: "TranscriptView", menu: QMenu) -> None:
    """Put "Select all" below what copies: the one thing in the menu that is about all messages."""
    everything = QAction("Select all", menu)
    everything.triggered.connect(lambda: view.select(Selection.all_of(view.rows)))
    menu.insertAction(next(action for action in menu.actions() if action.isSeparator()), everything)
