"""All messages of the path shown, and the few of them that are laid out; knows no widget and no scroll bar."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from math import inf
from typing import NamedTuple

from pizzagpt_desktop.domain.conversation import Message, Outline, Role, Status
from pizzagpt_desktop.ui.transcript.cards import Cards
from pizzagpt_desktop.ui.transcript.heights import Heights, Length, Measure
from pizzagpt_desktop.ui.transcript.path import Path, is_unread
from pizzagpt_desktop.ui.transcript.row import Row
from pizzagpt_desktop.ui.transcript.style import BUBBLE_PADDING_Y, BUBBLE_SHARE, TURN_GAP, Style

WHOLE = 1 << 30
LOOKED_FOR = 48
"""Pixels between two lines of a leaf at most: what stands between the rows of a table."""
KEPT_AROUND = 12
"""Rows kept laid out above and below what is on the screen."""


class Anchor(NamedTuple):
    """A point that stays where it is: `shift` pixels below the top of the line of `offset` in leaf `leaf` of a message.

    leaf -1: below the row's top. line: the line's height then, 0 where it does not matter: of a line that grows or
    shrinks with its letters the same part stays in sight, so that letters made larger and smaller again move nothing.
    """

    message_id: str
    leaf: int
    offset: int
    shift: int
    line: int = 0


class Rows:
    """Messages in order, their heights (true for those laid out at this width, else estimates), and live rows."""

    def __init__(self, style: Style, width: int, refused: Callable[[], None] = lambda: None) -> None:
        """refused: called where a message cannot be read."""
        self._style = style
        self._width = width
        self.heights = Heights(self._measure())
        self.messages = Path(refused)
        self.labels: dict[str, str] = {}
        """What the reader knows each provider as, by its id."""
        self._live: dict[str, Row] = {}
        self._unfolded: set[str] = set()
        self.cards = Cards()

    def __len__(self) -> int:
        return len(self.messages)

    def clear(self) -> None:
        """Show nothing, and keep nothing of what was shown."""
        self._live = {}
        self.messages.clear()
        self.heights = Heights(self._measure())

    def reset(self, messages: Sequence[Message]) -> None:
        """Show these; rows and heights of messages that stay as they were are kept."""
        self.replace_from(0, messages)

    def replace_from(self, index: int, messages: Sequence[Message]) -> None:
        """Show these from row `index` on; rows and heights of messages that stay as they were are kept."""
        gone = self.messages.cut(index)
        known = {key: (m, self.heights[at]) for key, (m, at) in gone.items()} if messages else {}
        if index:
            self.heights.cut(index)
        else:
            self.heights = Heights(self._measure())
        for message in messages:
            self.append(message)
            old, height = known.get(message.id, (None, 0))
            if old is not None and (old is message or old == message):
                self.heights.set(len(self) - 1, height)
        for key in [key for key in gone if key in self._live]:
            at = self.messages.here(key)
            if at is None or self._live[key].message != self.messages[at]:
                del self._live[key]

    def append(self, message: Message) -> None:
        self.messages.append(message)
        self.heights.append(_length(message))

    def prepend(self, outlines: Sequence[Outline]) -> int:
        """Put messages above all others; by how many pixels the others moved down."""
        before = self.heights.total
        self.messages.prepend(outlines)
        self.heights.prepend([(outline.length, outline.is_own) for outline in outlines])
        return self.heights.total - before

    def index_of(self, message_id: str) -> int | None:
        return self.messages.index_of(message_id)

    def read_again(self) -> None:
        """What could not be read may be there now, and what is not laid out may have other facts."""
        self._live = {key: row for key, row in self._live.items() if not is_unread(row.message)}
        self.messages.forget(self._live)

    def restyle(self, style: Style, width: int) -> None:
        """Another font, palette or width: every height is an estimate again."""
        if style is not self._style:
            self._style = style
            self._live = {}
        elif width == self._width:
            return
        self._width = width
        for row in self._live.values():
            row.set_width(width)
        self.heights.measure(self._measure())
        for key, row in self._live.items():
            self.heights.set(self._row_of(key), row.height)

    def row(self, index: int) -> Row:
        """The row of message `index`, made if need be."""
        message = self.messages[index]
        row = self._live.get(message.id)
        if row is None:
            unfolded = message.id in self._unfolded
            row = Row(message, self._style, self._width, unfolded, self.labels, self.cards)
            self._live[message.id] = row
        return row

    def live(self, index: int) -> Row | None:
        """The row of message `index` if it is laid out."""
        return self._live.get(self.messages[index].id) if 0 <= index < len(self.messages) else None

    def grow(self, message_id: str, text: str, reasoning: str) -> None:
        """Add to a message; a row that is not on the screen is not laid out for it."""
        index = self._row_of(message_id)
        message = self.messages[index]
        row = self._live.get(message_id)
        if row is not None:
            row.feed(text, reasoning)
            self.messages.put(index, row.message)
        else:
            self.messages.put(
                index, replace(message, text=message.text + text, reasoning=message.reasoning + reasoning)
            )
            self.heights.renew(index, _length(self.messages[index]))

    def finish(self, message: Message) -> None:
        index = self.index_of(message.id)
        if index is None:
            return
        self.messages.put(index, message)
        row = self._live.get(message.id)
        height = self.heights[index]
        self.heights.renew(index, _length(message))
        if row is not None:
            row.finish(message)
            self.heights.set(index, height)  # until it is laid out

    def renew(self, messages: Sequence[Message]) -> None:
        """Show the facts of now of messages that stay where they are."""
        for message in messages:
            index = self.index_of(message.id)
            if index is not None and self.messages[index] != message:
                self.finish(message)

    def toggle_reasoning(self, index: int) -> None:
        row = self.row(index)
        row.toggle_reasoning()
        self._unfolded ^= {row.message.id}
        self.heights.set(index, row.height)

    def change(self, index: int, change: Callable[[Row], None]) -> None:
        """Do something to row `index` that may give it another height."""
        row = self.row(index)
        change(row)
        self.heights.set(index, row.height)

    def at(self, y: int) -> tuple[int, int] | None:
        """Index of the row at `y`, and `y` in that row."""
        if not self.messages or not 0 <= y < self.heights.total:
            return None
        index = self.heights.at(y)
        return index, y - self.heights.top(index)

    def between(self, top: int, bottom: int) -> Iterator[tuple[int, int]]:
        """Index and top of the rows that touch `top`..`bottom`, by the heights of now."""
        if not self.messages or bottom < 0:
            return
        index = self.heights.at(top)
        y = self.heights.top(index)
        while index < len(self.messages) and y <= bottom:
            yield index, y
            y += self.heights[index]
            index += 1

    def prepare(
        self, top: int, bottom: int, pieces: int, fully: bool, until: float = inf, held: Anchor | None = None
    ) -> bool:
        """Lay out what lies between `top` and `bottom`; whether any height changed. pieces, until: as in `Row.prepare`.

        fully: of what is on the screen nothing may move any more, so all that stands above it must be there, or
        have its room. held: a point that must be there.
        """
        changed = False
        for index, y in list(self.between(top, bottom)):
            row = self.row(index)
            needed = (WHOLE if y < top else bottom - y) if fully else 0
            leaf = held.leaf if held is not None and held.message_id == row.message.id else -1
            changed = row.prepare(top - y, bottom - y, pieces, needed, until, leaf) or changed
            changed = (
                changed or self.heights[index] != row.height
            )  # it ended, or was read, since it had its room
            self.heights.set(index, row.height)
        return changed

    def forget_outside(self, top: int, bottom: int) -> None:
        """Let go of what is far from `top`..`bottom`; replies that are growing keep what was read of them."""
        near = list(self.between(top, bottom))
        if not near:
            return
        first, last = near[0][0] - KEPT_AROUND, near[-1][0] + KEPT_AROUND
        screen = bottom - top
        for key in list(self._live):
            index, row = self._row_of(key), self._live[key]
            if not first <= index <= last and row.message.status is not Status.STREAMING:
                del self._live[key]
            else:
                y = self.heights.top(index)
                row.forget_outside(top - y - screen, bottom - y + screen)
        self.messages.keep_near(near[0][0], near[-1][0])

    def anchor_at(self, y: int, room: int, seen: int) -> Anchor | None:
        """The point that keeps what is between `y` and `y + room` still: one whose true place is known, if any.

        seen: where `y` was before; what was on the screen then and still is comes first.
        """
        first = max(y, seen) if seen < y + room else y
        for index, top in self.between(first, y + room):
            row = self.live(index)
            if row is None:
                continue
            cut: Anchor | None = None
            for leaf in row.between(first - top, y + room - top):
                view = row.views[leaf]
                if not view.measured or view.document is None or top + view.top + view.height <= first:
                    continue
                edge = y - top - view.top
                found = self._line_at(index, leaf, view.position_at(0, edge) if edge > 0 else 0, edge)
                cut = cut or found  # what one reads is the first line that is seen whole
                below = view.line_bottom(found.offset) + 1
                for at in range(below, min(below + LOOKED_FOR, view.height), LOOKED_FOR // 8):
                    if found.shift <= 0:
                        break
                    found = self._line_at(index, leaf, view.position_at(0, at), edge)
                if found.shift <= 0:
                    return found
            if cut is not None:
                return cut
        if not self.messages:
            return None
        index = self.heights.at(y)
        return Anchor(self.messages[index].id, -1, 0, y - self.heights.top(index))

    def _line_at(self, index: int, leaf: int, offset: int, y: int) -> Anchor:
        """The line of `offset` in a leaf, to be held where it is above or below `y`, counted from the leaf's top."""
        view, offset = self.row(index).views[leaf], max(0, offset)
        top = view.line_top(offset)
        return Anchor(self.messages[index].id, leaf, offset, y - top, view.line_bottom(offset) - top)

    def y_of(self, anchor: Anchor) -> int | None:
        """Where the anchor's point is now; None when its message is gone."""
        index = self.index_of(anchor.message_id)
        if index is None:
            return None
        top = self.heights.top(index)
        row = self.live(index)
        if anchor.leaf < 0 or row is None or not row.views:
            return top + min(anchor.shift, max(0, self.heights[index] - 1))
        view = row.views[min(anchor.leaf, len(row.views) - 1)]
        line, shift = view.line_top(anchor.offset), anchor.shift
        if shift > 0 and anchor.line > 0:
            shift = shift * (view.line_bottom(anchor.offset) - line) // anchor.line
        return top + view.top + line + shift

    def agree(self) -> bool:
        """Take the heights of rows that were read for something else than to be shown; whether any is another."""
        others = [(self._row_of(key), row.height) for key, row in self._live.items()]
        others = [(index, height) for index, height in others if self.heights[index] != height]
        for index, height in others:
            self.heights.set(index, height)
        return bool(others)

    def _row_of(self, message_id: str) -> int:
        """The row of a message that is here. Raises KeyError."""
        index = self.messages.here(message_id)
        if index is None:
            raise KeyError(message_id)
        return index

    def _measure(self) -> Measure:
        """What the length of a text says of its height: half a line is added for the last one, which ends early."""
        style = self._style
        _, column = style.column_in(self._width)
        per_character = style.body_line * style.char_width * 1.1 / column
        half = round(style.body_line / 2)
        return Measure(
            per_character,
            per_character / BUBBLE_SHARE,
            half + style.meta_height + 4 + TURN_GAP,
            half + 2 * BUBBLE_PADDING_Y + TURN_GAP,
        )


def _length(message: Message) -> Length:
    return len(message.text), message.role is Role.USER
