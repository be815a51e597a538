"""Which buttons the visible rows want, where, and what they do; knows no widget."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QRect

from pizzagpt_desktop.domain.conversation import Role, Status
from pizzagpt_desktop.ui import theme
from pizzagpt_desktop.ui.transcript.card_bars import card_bars
from pizzagpt_desktop.ui.transcript.controls import Bar, Button
from pizzagpt_desktop.ui.transcript.facts import brief
from pizzagpt_desktop.ui.transcript.path import is_unread
from pizzagpt_desktop.ui.transcript.quoting import quote
from pizzagpt_desktop.ui.transcript.row import Row
from pizzagpt_desktop.ui.transcript.style import TURN_GAP
from pizzagpt_desktop.ui.transcript.table_bars import table_bars
from pizzagpt_desktop.ui.transcript.versions import switch

if TYPE_CHECKING:
    from pizzagpt_desktop.ui.transcript.view import TranscriptView

HEIGHT = theme.CONTROL_HEIGHT_DENSE


@dataclass(frozen=True, slots=True)
class Commands:
    """What the buttons and menus of a message do. copy: by index; copy_text: any text; the others by message id."""

    copy: Callable[[int], None]
    copy_text: Callable[[str], None]
    retry: Callable[[str], None]
    fit: Callable[[str, str], None]
    go_on: Callable[[str], None]
    edit: Callable[[str], None]
    branch: Callable[[str], None]
    keep: Callable[[str], None]
    remove: Callable[[str], None]
    branch_off: Callable[[str], None]
    compare: Callable[[str], None]
    quote: Callable[[str], None]
    details: Callable[[str], None]
    source: Callable[[str], None]
    preferences: Callable[[], None]


def commands_of(view: "TranscriptView") -> Commands:
    """What the view does itself, and what it tells others."""
    return Commands(
        copy=view.copy_message,
        copy_text=view.copy_text,
        retry=view.retry_requested.emit,
        fit=view.fitting_chosen.emit,
        go_on=view.continue_requested.emit,
        edit=view.edit_requested.emit,
        branch=lambda message_id: switch(view, message_id),
        keep=view.keep_requested.emit,
        remove=view.removal_requested.emit,
        branch_off=view.copy_requested.emit,
        compare=view.comparison_requested.emit,
        quote=lambda message_id: quote(view, message_id),
        details=view.details_requested.emit,
        source=view.source_requested.emit,
        preferences=view.preferences_requested.emit,
    )


def bars_for(view: "TranscriptView", visible: Sequence[tuple[int, int]]) -> list[Bar]:
    """The bars for the rows at (index, top), in viewport coordinates."""
    bars: list[Bar] = []
    last = len(view.rows) - 1
    for index, top in visible:
        row = view.rows.live(index)
        if row is None:
            continue
        y = top - view.scroll_y
        bars += card_bars(view, row, index, y)
        bars += table_bars(view, row, index, y)
        bars += _fold_bar(view, row, index, y)
        bars += _status_bar(view, row, y)
        is_done = row.message.status is not Status.STREAMING and not is_unread(row.message)
        if index in (view.hovered, view.current, last) and is_done:
            bars.append(_action_bar(view, row, index, y))
    return bars


def _fold_bar(view: "TranscriptView", row: Row, index: int, y: int) -> list[Bar]:
    if row.fold_rect.isEmpty():
        return []
    name = "Hide reasoning" if row.unfolded else "Show reasoning"
    icon = "chevron-down" if row.unfolded else "chevron-right"
    button = Button(name, icon, lambda: view.toggle_reasoning(index), row.fold_words)
    return [Bar(("fold", row.message.id), row.fold_rect.translated(-6, y), (button,))]


def _status_bar(view: "TranscriptView", row: Row, y: int) -> list[Bar]:
    if row.status is None or not row.status.actions or row.status_rect.isEmpty():
        return []
    key = row.message.id
    commands = view.commands
    start_again = commands.go_on if row.message.text.strip() else commands.retry
    known = {
        "restart": Button("Start the model again and answer", "retry", lambda: start_again(key), "Restart"),
        "retry": Button("Try again", "retry", lambda: commands.retry(key), "Retry"),
        "continue": Button("Let the reply go on", "arrow-right", lambda: commands.go_on(key), "Continue"),
        "keep": Button("Keep the reply as it is", "check", lambda: commands.keep(key), "Keep"),
        "details": Button("Details of the message", "info", lambda: commands.details(key), "Details"),
        "preferences": Button("Open the preferences", "settings", commands.preferences, "Preferences"),
        "leave_out": Button(
            "Answer without the oldest messages",
            "retry",
            lambda: commands.fit(key, "leave_out"),
            "Leave out oldest",
        ),
        "summarise": Button(
            "Have the model summarise the oldest messages, then answer",
            "retry",
            lambda: commands.fit(key, "summarise"),
            "Summarise",
        ),
    }
    buttons = tuple(known[action] for action in row.status.actions)
    return [Bar(("status", key, *row.status.actions), row.steps_rect.translated(0, y), buttons)]


def _action_bar(view: "TranscriptView", row: Row, index: int, y: int) -> Bar:
    key = row.message.id
    commands = view.commands
    buttons = []
    if row.message.text.strip():  # a reply that failed before it began has nothing to copy
        buttons.append(Button("Copy message", "copy", lambda: commands.copy(index)))
    if row.is_user:
        buttons.append(Button("Edit message", "rename", lambda: commands.edit(key)))
    elif row.message.role is Role.ASSISTANT:
        buttons.append(Button("Try again", "retry", lambda: commands.retry(key)))
    siblings = view.siblings_of(key)
    counter, counted = "", -1
    if len(siblings.ids) > 1:
        at = siblings.index
        ids = siblings.ids
        counter, counted = f"{at + 1}/{len(ids)}", len(buttons) + 1

        def go(to: int) -> Callable[[], None]:
            return lambda: commands.branch(ids[to]) if 0 <= to < len(ids) else None

        buttons.append(Button("Previous version", "chevron-left", go(at - 1), enabled=at > 0))
        buttons.append(Button("Next version", "chevron-right", go(at + 1), enabled=at < len(ids) - 1))
    frame = row.frame()
    rect = QRect(frame.left() - 6, y + row.height - TURN_GAP + 1, frame.width() + 12, HEIGHT)
    buttons.append(Button("More", "more", lambda: view.show_menu(index)))
    key_of_bar = ("actions", key, len(buttons))
    note = brief(row.message)
    return Bar(
        key_of_bar,
        rect,
        tuple(buttons),
        right=row.is_user != row.style.mirrored,
        counter=counter,
        counted=counted,
        note=note,
    )
