"""From message to message and from code block to code block, from where the reader is; knows no key."""

from time import perf_counter
from typing import TYPE_CHECKING

from pizzagpt_desktop.domain.marks import marked
from pizzagpt_desktop.ui.announcing import announce
from pizzagpt_desktop.ui.transcript.listening import tell_focus
from pizzagpt_desktop.ui.transcript.row import Row
from pizzagpt_desktop.ui.transcript.rows import Anchor
from pizzagpt_desktop.ui.transcript.standing import TOP
from pizzagpt_desktop.ui.transcript.style import CARD_HEADER, TURN_GAP

if TYPE_CHECKING:
    from pizzagpt_desktop.ui.transcript.view import TranscriptView

LOOKS_S = 0.05
"""How long code is looked for in one go; from the message where that ends the next press goes on."""
ABOVE_CODE = 8
"""Pixels that are left free above a code block."""
NEARLY = 4
"""So few pixels off, one is there."""


def to_message(view: "TranscriptView", direction: int) -> None:
    """Make the message before or after the current one the current one, and bring its beginning to the top."""
    count = len(view.rows)
    if not count:
        return
    at = view.current if view.current is not None else at_the_top(view)
    top = view.rows.heights.top(at) - view.scroll_y
    if direction < 0 and top < -NEARLY:
        to = at  # first to the beginning of the one that is being read
    elif view.current is None and direction > 0 and top > TURN_GAP:
        to = at
    else:
        to = at + direction
    if to >= count:
        view.current = count - 1
        view.gliding.to_end()
        return
    to = max(0, to)
    go_to(view, to)


def to_code(view: "TranscriptView", direction: int) -> None:
    """Bring the code block before or after what is at the top there."""
    rows = view.rows
    if not len(rows):
        return
    start = at_the_top(view)
    y = view.scroll_y + ABOVE_CODE - rows.heights.top(start)
    index = start
    until = perf_counter() + LOOKS_S
    while perf_counter() < until:
        if "```" in (text := rows.messages[index].text) or "~~~" in text or "    " in text or "\t" in text:
            row = whole(view, index)
            heads = [leaf for leaf, _ in row.code_heads()]
            if index == start:
                tops = {leaf: row.views[leaf].top for leaf in heads}
                heads = [
                    leaf
                    for leaf in heads
                    if (tops[leaf] > y + NEARLY if direction > 0 else tops[leaf] < y - NEARLY)
                ]
            if heads:
                _show_code(view, index, heads[0 if direction > 0 else -1])
                return
        if not 0 <= index + direction < len(rows):
            announce(view, "There is no other code block")
            return
        index += direction
    go_to(view, index)


def go_to(view: "TranscriptView", index: int) -> None:
    """Make message `index` the current one, move its beginning to the top of the view, and say what it is."""
    view.current = index
    view.gliding.to(beginning(view, index))
    tell_focus(view, view.rows.messages[index].id)


def beginning(view: "TranscriptView", index: int) -> Anchor:
    """The point that stands at the top of the view where message `index` begins there."""
    return Anchor(view.rows.messages[index].id, -1, 0, -TOP if index == 0 else -TURN_GAP // 2)


def at_the_top(view: "TranscriptView") -> int:
    """The message that is read at the top of the screen."""
    rows = view.rows
    index = rows.heights.at(max(0, view.scroll_y + TURN_GAP))
    return min(index, len(rows) - 1)


def whole(view: "TranscriptView", index: int) -> Row:
    """The row of a message, all of its text read."""
    row = view.rows.row(index)
    row.prepare(0, 0, 1 << 30)
    view.rows.heights.set(index, row.height)
    return row


def _show_code(view: "TranscriptView", index: int, leaf: int) -> None:
    view.current = index
    view.gliding.to(Anchor(view.rows.messages[index].id, leaf, 0, -ABOVE_CODE - CARD_HEADER))
    lang = getattr(view.rows.row(index).views[leaf].leaf.content, "lang", "")
    announce(view, f"Code block, {marked(lang, True)}" if lang else "Code block")


def bring_into_sight(view: "TranscriptView", index: int) -> None:
    """Show message `index` with as little movement as it takes; one that is too high by its beginning."""
    top = view.rows.heights.top(index)
    bottom = top + view.rows.heights[index]
    room = view.viewport().height()
    if view.scroll_y <= top and bottom <= view.scroll_y + room:
        view.arrange()
    elif bottom - top > room or top < view.scroll_y:
        view.gliding.to(Anchor(view.rows.messages[index].id, -1, 0, -min(TOP, 12)))
    else:
        view.gliding.by(bottom - room + TOP - view.scroll_y)
