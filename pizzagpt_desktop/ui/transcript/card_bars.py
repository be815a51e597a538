"""The buttons of code cards: wrap, copy, save, fold; knows what each does to a card, not how it is drawn."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QRect

from pizzagpt_desktop.ui import theme
from pizzagpt_desktop.ui.transcript.code_files import ask_where
from pizzagpt_desktop.ui.transcript.controls import Bar, Button
from pizzagpt_desktop.ui.transcript.leaf_view import LeafView
from pizzagpt_desktop.ui.transcript.row import Row
from pizzagpt_desktop.ui.transcript.rows import Anchor
from pizzagpt_desktop.ui.transcript.stuck import stuck_head
from pizzagpt_desktop.ui.transcript.style import CARD_HEADER, FOLD_FOOT

if TYPE_CHECKING:
    from pizzagpt_desktop.ui.transcript.view import TranscriptView


def card_bars(view: "TranscriptView", row: Row, index: int, y: int) -> list[Bar]:
    """The bars of the cards of row `index`, whose top is at `y`, as far as they are on the screen."""
    room = view.viewport().height()
    bars = []
    stuck = stuck_head(row, -y)
    if stuck is not None:
        bars.append(_head_bar(view, row, index, stuck.leaf, _in_view(stuck.rect, y), stuck.seen))
    for leaf, head in row.code_heads(row.between(-y, room - y)):
        shown = row.views[leaf]
        rect = _in_view(head, y)
        if rect.bottom() >= 0 and rect.top() <= room and (stuck is None or stuck.leaf != leaf):
            bars.append(_head_bar(view, row, index, leaf, rect))
        if shown.card.folded:
            left = row.body_left() + shown.left
            foot = QRect(
                left, y + shown.top + shown.height - FOLD_FOOT, shown.width - shown.indent, FOLD_FOOT
            )
            if foot.bottom() >= 0 and foot.top() <= room:
                bars.append(_foot_bar(view, row, index, shown, foot))
    return bars


def _in_view(head: QRect, y: int) -> QRect:
    """Where the buttons of a head go, with some room to its end."""
    return head.translated(0, y).adjusted(0, 0, -4, 0)


def _head_bar(
    view: "TranscriptView", row: Row, index: int, leaf: int, rect: QRect, seen: LeafView | None = None
) -> Bar:
    """The buttons of the card that begins with leaf `leaf`. seen: what stands below them where they stay in sight."""
    shown = row.views[leaf]
    card = shown.card
    commands = view.commands

    def wrap() -> None:
        view.change_row(index, lambda of: of.wrap(card, not card.wrapped))

    def save() -> None:
        ask_where(view, card.lang, row.code_text(leaf), view.said.emit)

    def fold() -> None:
        if seen is not None:  # what is looked at goes: the head stays where it is
            view.hold(Anchor(row.message.id, leaf, 0, -CARD_HEADER))
        view.change_row(index, lambda of: of.open(card, card.folded))

    buttons = [
        Button("Wrap long lines", "wrap", wrap, checked=card.wrapped),
        Button("Save code as a file", "save", save),
    ]
    if card.is_long:
        buttons.append(
            Button("Show all lines", "chevron-down", fold)
            if card.folded
            else Button("Show only the beginning", "chevron-up", fold)
        )
    buttons.append(Button("Copy code", "copy", lambda: commands.copy_text(row.code_text(leaf)), "Copy"))
    key = ("code", row.message.id, card.key[1], len(buttons))
    return Bar(key, rect, tuple(buttons), right=True, sideways=_mover(view, seen or shown))


def _foot_bar(view: "TranscriptView", row: Row, index: int, shown: LeafView, rect: QRect) -> Bar:
    card = shown.card
    words = f"Show all {card.lines} lines"
    button = Button(
        words, "chevron-down", lambda: view.change_row(index, lambda of: of.open(card, True)), words
    )
    middle = rect.adjusted(0, 0, 0, -(FOLD_FOOT - theme.CONTROL_HEIGHT_DENSE - 8))
    return Bar(("unfold", row.message.id, card.key[1]), middle, (button,), centred=True)


def _mover(view: "TranscriptView", shown: LeafView) -> Callable[[int], bool]:
    def move(direction: int) -> bool:
        return view.sideways.step(shown, direction)

    return move
