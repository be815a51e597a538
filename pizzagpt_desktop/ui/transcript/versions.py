"""Going from one version of a message to another: the reader's place, the keyboard and the focus stay with it."""

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QApplication, QToolButton

from pizzagpt_desktop.ui.announcing import announce
from pizzagpt_desktop.ui.transcript.path import is_unread
from pizzagpt_desktop.ui.transcript.rows import Anchor

if TYPE_CHECKING:
    from pizzagpt_desktop.ui.transcript.view import TranscriptView

LOOKED_AT = 60
"""Messages from the end that are asked for other versions."""


def switch(view: "TranscriptView", to_id: str) -> None:
    """Show the branch through `to_id`, with it where its sibling stood on the screen."""
    siblings = view.siblings_of(to_id).ids
    rows = view.rows
    index = next((at for at in map(rows.index_of, siblings) if at is not None), None)
    if index is None:
        view.branch_chosen.emit(to_id)
        return
    old_id = rows.messages[index].id
    y = rows.heights.top(index) - view.scroll_y
    followed, chosen = view.follows_end, view.current == index
    pressed = _focused_button(view)
    view.branch_chosen.emit(to_id)
    now = rows.index_of(to_id)
    if now is None or old_id == to_id:
        return
    if chosen or pressed:
        view.current = now
    view.hold(Anchor(to_id, -1, 0, -y))
    bar = view.verticalScrollBar()
    if followed and bar.value() >= bar.maximum():
        view.jump_to_end()
    if pressed:
        _focus_button(view, to_id, pressed)
    announce(view, f"Version {siblings.index(to_id) + 1} of {len(siblings)}")


def step(view: "TranscriptView", by: int) -> None:
    """To the version `by` further on of the message that the keyboard chose, or of the last one that has any."""
    index = with_versions(view)
    if index is None:
        announce(view, "There is no other version")
        return
    siblings = view.siblings_of(view.rows.messages[index].id)
    to = siblings.index + by
    if 0 <= to < len(siblings.ids):
        chosen = view.current
        switch(view, siblings.ids[to])
        if chosen is None and (now := view.rows.index_of(siblings.ids[to])) is not None and view.hasFocus():
            view.choose(now)


def with_versions(view: "TranscriptView") -> int | None:
    """The message that commands about versions mean, if there is one."""
    messages = view.rows.messages
    if view.current is not None:
        return view.current if len(view.siblings_of(messages[view.current].id).ids) > 1 else None
    for index in range(len(messages) - 1, max(-1, len(messages) - 1 - LOOKED_AT), -1):
        if len(view.siblings_of(messages[index].id).ids) > 1:
            return index
    return None


def meant(view: "TranscriptView") -> str | None:
    """The message that commands about one message mean: the one that the keyboard chose, or the last one."""
    messages = view.rows.messages
    if not messages:
        return None
    message = messages[view.current if view.current is not None else -1]
    return None if is_unread(message) else message.id


def _focused_button(view: "TranscriptView") -> str:
    focus = QApplication.focusWidget()
    inside = isinstance(focus, QToolButton) and view.isAncestorOf(focus)
    return focus.accessibleName() if inside and focus is not None else ""


def _focus_button(view: "TranscriptView", message_id: str, name: str) -> None:
    """Give the keyboard to the same button under the other version, or to the message where it is of no use."""
    button = view.button(message_id, name)
    if button is not None and button.isEnabled():
        button.setFocus()
    else:
        view.setFocus()
