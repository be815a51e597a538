"""Where the reader stands: at the end, or at a point of a message that is held still; paints nothing.

Whatever changes above or below that point, `settle` puts the scroll bar so that it stays at its place on the screen.
"""

from time import thread_time
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QScrollBar

from pizzagpt_desktop.ui.transcript.row import Row
from pizzagpt_desktop.ui.transcript.rows import Anchor, Rows

if TYPE_CHECKING:
    from pizzagpt_desktop.ui.transcript.view import TranscriptView

TOP, BOTTOM = 24, 12
SETTLING = 16
"""Rounds of laying out until heights agree; each round can only make more of them true."""
READING_S = 0.02
"""How long a long text is read in one frame, where all of it is needed."""


class Standing:
    """The place in one view. follows: new text at the end stays in sight. unseen: text came below since it does not."""

    def __init__(self, view: "TranscriptView", rows: Rows) -> None:
        self._view = view
        self._rows = rows
        self.follows = True
        self.unseen = False
        self._anchor: Anchor | None = None
        self._settling = False
        self._moved = False
        """Whether the reader went elsewhere since the last `settle`."""
        self._seen = 0

    @property
    def _bar(self) -> QScrollBar:
        return self._view.verticalScrollBar()

    @property
    def scroll_y(self) -> int:
        """The rows' y of the viewport's upper edge."""
        return self._bar.value() - TOP

    @property
    def place(self) -> Anchor | None:
        """The point that is held; None at the end."""
        return None if self.follows else self._anchor

    def take(self, place: Anchor | None) -> None:
        """Stand there from the next `settle` on; None is the end."""
        self._anchor = place
        self._moved = True
        self._set_follows(place is None)

    def hold(self, anchor: Anchor) -> None:
        """Bring `anchor` to the top and hold it there."""
        self.take(anchor)
        self._view.arrange()
        if self._bar.value() >= self._bar.maximum():
            self.keep()

    def keep(self) -> None:
        """Hold what is at the top of the screen now, where the end is not followed."""
        if not self.follows:
            self._anchor = self._rows.anchor_at(self.scroll_y, self._view.viewport().height(), self._seen)

    def stay(self) -> None:
        """Hold what is on the screen, at the end too: the reader is about to open or close something there."""
        if self.follows:
            self._set_follows(False)
        self.keep()

    def note_thoughts(self, row: Row, before: int) -> None:
        """A row shows other reasoning above what is held, `before` leaves of it until now."""
        held = self._anchor
        if held is None or held.message_id != row.message.id or held.leaf < 0:
            return
        if held.leaf >= before:
            self._anchor = held._replace(leaf=held.leaf + row.thoughts - before)
        else:  # that was read, and is gone
            self._anchor = Anchor(row.message.id, -1, 0, 0)

    def go_on(self) -> None:
        """What was opened or closed is; at the end, follow it."""
        if self._bar.value() >= self._bar.maximum():
            self._set_follows(True)

    def note_text_below(self) -> None:
        """Something came at the end."""
        if not self.follows:
            self.unseen = True

    def scrolled(self) -> bool:
        """The bar was moved; whether by the reader."""
        if self._settling:
            return False
        self._set_follows(self._bar.value() >= self._bar.maximum())
        self._moved = True
        self.keep()
        return True

    def settle(self) -> bool:
        """Lay out what is on the screen and place the scroll bar; False while that is being done already."""
        if self._settling:
            return False
        self._settling = True
        rows, bar = self._rows, self._bar
        room = self._view.viewport().height()
        value = 0
        # A long reply is read over several frames, where that does not move what one looks at.
        pieces, until = 1, thread_time() + READING_S
        for _ in range(SETTLING):
            value = self._wanted_value(room)
            if not rows.prepare(value - TOP, value - TOP + room, pieces, not self.follows, until, self.place):
                break
            pieces = 0
        value = self._wanted_value(room)
        bar.setPageStep(room)
        bar.setRange(0, max(0, self._content_height() - room))
        bar.setValue(value)
        self._seen = self.scroll_y
        self._settling = False
        held, moved, self._moved = self._anchor, self._moved, False
        if held is not None and (held.leaf < 0 or (moved and held.shift < 0)):
            self.keep()  # the true place of what is at the very top is known only now
        rows.forget_outside(value - TOP, value - TOP + room)
        if self.follows:
            self.unseen = False
        return True

    def follow_down(self, pixels: int) -> bool:
        """So much was put above: nothing that is on the screen moves. False where that takes laying out."""
        y, bar = self.scroll_y, self._bar
        if y < 0:  # room was left above the first row: something stands there now
            return False
        self._settling = True
        bar.setRange(0, max(0, self._content_height() - self._view.viewport().height()))
        bar.setValue(y + pixels + TOP)
        self._settling = False
        self._seen += pixels
        return True

    def _set_follows(self, follows: bool) -> None:
        if follows:
            self._anchor = None
            self.unseen = False
        if follows != self.follows:
            self.follows = follows
            self._view.follow_changed.emit(follows)

    def _content_height(self) -> int:
        return self._rows.heights.total + TOP + BOTTOM if len(self._rows) else 0

    def _wanted_value(self, room: int) -> int:
        longest = max(0, self._content_height() - room)
        if self.follows or self._anchor is None:
            return longest if self.follows else min(self._bar.value(), longest)
        y = self._rows.y_of(self._anchor)
        return longest if y is None else max(0, min(y + TOP, longest))
