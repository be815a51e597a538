"""Colours the code on the screen while nothing else is to be done, a little in each turn; knows no lexer and no colour."""

from collections import OrderedDict, deque
from collections.abc import Callable
from time import perf_counter
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from PySide6.QtCore import QObject, QTimer

from pizzagpt_desktop.domain.conversation import Status
from pizzagpt_desktop.ui.transcript.cards import Card
from pizzagpt_desktop.ui.transcript.languages import lexer_of
from pizzagpt_desktop.ui.transcript.lexing import LARGEST, Job, Spans

if TYPE_CHECKING:
    from pizzagpt_desktop.ui.transcript.view import TranscriptView

SLICE_S, PAUSE_MS = 0.004, 8
"""How long one turn may take, and what is left to others between two."""
CALM_S, REST = 1.0, 40
"""Code that grows is read again after so long, and after so many times what that cost."""
KEPT = 24
"""Blocks whose colours are remembered, so that they are there at once when one comes back to them."""


class Highlighter(QObject):
    """Gives the cards of one transcript their `spans`."""

    def __init__(self, view: "TranscriptView") -> None:
        super().__init__(view)
        self._view = view
        self._done: WeakKeyDictionary[Card, tuple[int, int]] = WeakKeyDictionary()
        """Which state of its code each card has the colours of."""
        self._waits: WeakKeyDictionary[Card, float] = WeakKeyDictionary()
        """When a growing card may be read again."""
        self._queue: deque[tuple[Card, str]] = deque()
        self._job: tuple[Card, str, Job] | None = None
        self._known: OrderedDict[tuple[str, str], Spans] = OrderedDict()
        self._turn = QTimer(self, singleShot=True, interval=PAUSE_MS)
        self._turn.timeout.connect(self._on_turn)

    @property
    def busy(self) -> bool:
        return self._job is not None or bool(self._queue)

    def look(self) -> None:
        """See which code is on the screen."""
        view = self._view
        room = view.viewport().height()
        for index, top in view.visible():
            row = view.rows.live(index)
            if row is not None:
                y = view.scroll_y - top
                growing = row.message.status is Status.STREAMING
                known = [self._want(card, code, growing) for card, code in row.codes(y, y + room)]
                if any(known):
                    row.stack.lay_out(y, y + room)  # the colours of texts that were read before
                    view.viewport().update()

    def _want(self, card: Card, code: Callable[[], str], growing: bool) -> bool:
        """Have `card` coloured as its code is now, which costs next to nothing where that is in hand; whether it is done."""
        state = card.lines, card.size
        if self._done.get(card) == state or lexer_of(card.lang) is None:
            return False
        now = perf_counter()
        if growing and now < self._waits.get(card, 0.0):
            return False
        self._waits[card] = now + CALM_S
        self._done[card] = state
        text = code()[: LARGEST + 1]
        known = self._known.get((card.lang, text))
        if known is not None:
            self._known.move_to_end((card.lang, text))
            if card.spans is known:  # what came is beyond what is coloured
                return False
            self._give(card, known)
            return True
        self._queue = deque((other, words) for other, words in self._queue if other is not card)
        self._queue.append((card, text))
        if not self._turn.isActive():
            self._turn.start()
        return False

    def _on_turn(self) -> None:
        if self._job is None and self._queue:
            card, text = self._queue.popleft()
            self._job = card, text, Job(card.lang, text)
        if self._job is None:
            return
        card, text, job = self._job
        if not job.step(SLICE_S):
            self._job = None
            self._waits[card] = perf_counter() + max(CALM_S, REST * job.cost_s)
            self._known[card.lang, text] = job.spans
            while len(self._known) > KEPT:
                self._known.popitem(last=False)
            self._give(card, job.spans)
            self._view.arrange()
        if self.busy:
            self._turn.start()

    def _give(self, card: Card, spans: Spans) -> None:
        if spans or card.spans:
            card.spans = spans
            card.tint += 1
