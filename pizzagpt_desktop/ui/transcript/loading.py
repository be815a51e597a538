"""What stands above the messages that a conversation opens with, given its room in slices, between frames; knows no store.

A conversation opens with its end, however long it is. The outlines of what stands above come afterwards, a few
milliseconds at a time, and wait while the reader scrolls, presses keys or has a menu open; the messages themselves are
read when they are looked at. Who wants to be where nothing is known yet, or needs all of it, says so: then nothing
waits, and the frames between the slices are all the loop gets.
"""

from collections.abc import Callable, Sequence
from time import perf_counter
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QApplication

from pizzagpt_desktop.domain.conversation import Message, Status
from pizzagpt_desktop.ui.transcript.path import Above
from pizzagpt_desktop.ui.transcript.rows import Anchor, Rows

if TYPE_CHECKING:
    from pizzagpt_desktop.ui.transcript.view import TranscriptView

Act = Callable[[], None]

NEAR = 1_500
"""Messages that get their room at once where the reader was among them when the conversation was left."""
MORE = 40
"""Messages that are brought besides those that are needed now."""
FORK_WITHIN = 2_000
"""How far up the place where two branches part is looked for at once."""
SLICE_S = 0.006
FIRST_SLICE, SMALLEST_SLICE, LARGEST_SLICE = 32, 16, 4_000
GAP_MS, GAP_STREAMING_MS, GAP_WANTED_MS, GAP_HELD_MS, RETRY_MS = 12, 40, 1, 50, 2_000
REST_S = 0.15
"""How long after a key or a turn of the wheel nothing is brought."""


class Goal(NamedTuple):
    """Where the reader wants to be: at a message, or None for the first one. One of the two is called, once."""

    message_id: str | None
    reached: Act
    missed: Act


class Loader(QObject):
    """Gives older messages their room above those of a transcript, until the first one has it."""

    def __init__(self, view: "TranscriptView") -> None:
        super().__init__(view)
        self._view = view
        self._above: Above | None = None
        """Where more is read from; None once all have their room."""
        self._goal: Goal | None = None
        self._waiting: list[Act] = []
        self._places: dict[str | None, tuple[Anchor, int]] = {}
        """Where conversations were left: the place, and how many messages from there to the end."""
        self._count = FIRST_SLICE
        self._rests_until = 0.0
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._on_turn)
        self._again = QTimer(self, singleShot=True, interval=RETRY_MS)
        self._again.timeout.connect(self._read_again)
        view.verticalScrollBar().sliderReleased.connect(self._on_bar_released)

    @property
    def complete(self) -> bool:
        """Whether all messages of the conversation have their room."""
        return self._above is None

    def leave(self, conversation_id: str | None, place: Anchor | None) -> None:
        """Remember where the reader was in a conversation; None is its end."""
        index = self._view.rows.index_of(place.message_id) if place is not None else None
        if place is None or index is None:
            self._places.pop(conversation_id, None)
        else:
            self._places[conversation_id] = place, len(self._view.rows) - index

    def open(
        self, conversation_id: str | None, messages: Sequence[Message], above: Above | None
    ) -> Anchor | None:
        """Show the end of a conversation; where the reader was in it, None for its end or where that is far up."""
        rows = self._view.rows
        rows.clear()
        rows.messages.above = above
        rows.reset(messages)
        self._begin(above)
        place, distance = self._places.get(conversation_id, (None, 0))
        if place is None or rows.index_of(place.message_id) is not None:
            return place
        if self._above is not None and distance < NEAR:
            self._bring(self._above, distance - len(messages) + MORE)
            if rows.index_of(place.message_id) is not None:
                return place
        self.seek(place.message_id, lambda: self._view.hold(place), lambda: None)
        return None

    def replace(
        self, messages: Sequence[Message], above: Above | None, place: Anchor | None
    ) -> Anchor | None:
        """Show another path of the same conversation; `place` in it, or what stands in its place."""
        rows = self._view.rows
        path = list(messages)
        was_complete = self.complete
        rows.messages.above = above
        fork = _fork(rows, path, above) if above is not None else 0
        index = rows.index_of(place.message_id) if place is not None else None
        if above is not None and fork:
            rows.read_again()
            self._renew_visible(fork, above)
        rows.replace_from(fork or 0, path)
        self._begin(None if fork and was_complete else above)
        if place is None or index is None or rows.index_of(place.message_id) is not None:
            return place
        if fork is not None:
            return Anchor(rows.messages[index].id, -1, 0, 0) if index < len(rows) else None
        self.seek(place.message_id, lambda: self._view.hold(place), lambda: None)
        return None

    def _renew_visible(self, fork: int, above: Above) -> None:
        """The messages before the fork are the same; what the reader sees of them may have other facts now."""
        view = self._view
        rows = view.rows
        y, room = view.scroll_y, view.viewport().height()
        seen = [index for index, _ in rows.between(y, y + room) if index < fork]
        if seen and seen[-1] + 1 < len(rows):
            rows.renew(above.older(rows.messages[seen[-1] + 1].id, len(seen)) or ())

    def _begin(self, above: Above | None) -> None:
        """Go on above the messages that are there now. above: None where nothing stands above them."""
        self._goal = None
        self._waiting.clear()
        rows = self._view.rows
        self._above = above if len(rows) and rows.messages[0].parent_id is not None else None
        if self._above is None:
            self._timer.stop()
        else:
            self._timer.start(GAP_MS)

    def seek(self, message_id: str | None, reached: Act, missed: Act) -> None:
        """Bring what is needed to be at a message (None: the first one), unless the reader goes elsewhere before."""
        self._goal = Goal(message_id, reached, missed)
        if not self._at_goal(self._goal):
            self._timer.start(0)

    def when_complete(self, act: Act) -> None:
        """Call `act` when all messages are there, at once where they are; another conversation forgets it."""
        if self.complete:
            act()
        else:
            self._waiting.append(act)
            self._timer.start(0)

    def note_hand(self) -> None:
        """The reader scrolls or presses keys: the loop is theirs, and so is the choice of the place."""
        self._goal = None
        self._rests_until = perf_counter() + REST_S

    def _on_bar_released(self) -> None:
        """A bar that was drawn to its very top means the first message, also where that is not here yet."""
        bar = self._view.verticalScrollBar()
        if self._above is not None and bar.value() == bar.minimum():
            self._view.jump_to_start()

    def _wait_ms(self) -> int:
        """How long to leave the loop alone, 0 where the next slice may come."""
        view = self._view
        if QApplication.activePopupWidget() is not None or view.verticalScrollBar().isSliderDown():
            return GAP_HELD_MS  # a menu speaks of rows by number; a bar that is dragged would run away
        if self._goal is not None or self._waiting or view.scroll_y < view.viewport().height():
            return 0
        return max(0, round((self._rests_until - perf_counter()) * 1000))

    def _on_turn(self) -> None:
        if self._above is None or not len(self._view.rows):
            return
        if wait := self._wait_ms():
            self._timer.start(wait)
            return
        began = perf_counter()
        if not self._bring(self._above, self._count):
            self._goal = None
            self._waiting.clear()
            self._timer.start(RETRY_MS)
            return
        if self._goal is not None:
            self._at_goal(self._goal)
        self._pace(perf_counter() - began)
        if not self.complete:
            self._timer.start(self._gap_ms())
            return
        self._view.describe()
        waiting, self._waiting = self._waiting, []
        for act in waiting:
            act()

    def _bring(self, above: Above, count: int) -> bool:
        """Give the next messages their room; whether that could be done."""
        rows = self._view.rows
        first = rows.messages.first_seq
        found = above.outline(first, count) if first is not None else None
        if found is None:
            return False
        if found:
            self._view.follow_down(len(found), rows.prepend(found))
        if len(found) < count:
            self._above = None
            self._timer.stop()
        return True

    def note_refused(self) -> None:
        """A message that is looked at cannot be read now: try again in a while."""
        self._again.start()

    def _read_again(self) -> None:
        self._view.rows.read_again()
        self._view.arrange()

    def _at_goal(self, goal: Goal) -> bool:
        """Go to the goal if it is there, give it up if it never will be; whether it is settled."""
        if goal.message_id is not None and self._view.rows.index_of(goal.message_id) is not None:
            self._goal = None
            goal.reached()
        elif self.complete:
            self._goal = None
            (goal.reached if goal.message_id is None else goal.missed)()
        return self._goal is None

    def _pace(self, cost_s: float) -> None:
        """As many messages in the next slice as its time allows, by what this one cost."""
        fitting = int(self._count * SLICE_S / max(cost_s, 0.0005))
        self._count = max(SMALLEST_SLICE, min(fitting, 2 * self._count, LARGEST_SLICE))

    def _gap_ms(self) -> int:
        if self._goal is not None or self._waiting:
            return GAP_WANTED_MS
        messages = self._view.rows.messages
        return GAP_STREAMING_MS if messages[-1].status is Status.STREAMING else GAP_MS


def _fork(rows: Rows, messages: list[Message], above: Above) -> int | None:
    """Where another branch leaves the path that is shown: the row from which on `messages` stand in its place.

    `messages` is the other path's end; what is missing between it and the fork is put before it. None where the
    paths have nothing in common that has its row, or only further up than `FORK_WITHIN`.
    """
    first = rows.messages[0].id if len(rows) else None
    while messages:
        if (index := rows.index_of(messages[0].id)) is not None:
            return index
        if any(message.id == first for message in messages):
            return 0
        parent = messages[0].parent_id
        if parent is None or len(messages) > FORK_WITHIN:
            return None
        if (index := rows.index_of(parent)) is not None:
            return index + 1
        found = above.older(messages[0].id, max(MORE, len(messages)))
        if not found:
            return None
        messages[0:0] = found
    return None
