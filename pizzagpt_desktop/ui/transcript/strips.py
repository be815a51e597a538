"""Text that takes long to draw, such as many emoji in colour, as pictures of a few lines each; knows no leaf and no view.

Qt makes every coloured letter anew each time it is drawn. So each strip is drawn once and kept as long as it looks the
same; what there is no time for in one picture of the screen is there in the next.
"""

from collections.abc import Sequence
from math import ceil
from time import thread_time
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPixmap

from pizzagpt_desktop.ui.transcript.formula_runs import finish
from pizzagpt_desktop.ui.transcript.marks import Context, Mark, draw_marked

if TYPE_CHECKING:
    from pizzagpt_desktop.ui.transcript.documents import Document

HEIGHT = 64
"""Pixels of one strip."""
WIDEST = 4_000
"""Pixels of a text; a wider one, such as a long line of code, is drawn as it is."""
TIME_S = 0.03
"""How long strips are made for one picture of the screen."""


class Budget:
    """How much one picture of the screen may take: strips for `TIME_S` of the thread's work, and one in any case."""

    def __init__(self, time_s: float = TIME_S) -> None:
        self._until = thread_time() + time_s
        self._is_used = self.is_over = False
        """is_over: whether something had to be left out."""

    def allows(self) -> bool:
        """Whether one more is made."""
        if self._is_used and thread_time() > self._until:
            self.is_over = True
            return False
        self._is_used = True
        return True


class _Look(NamedTuple):
    """What strips look like: where the text stands in them, then how it is drawn."""

    place: tuple[float, float, float, int]
    marks: list[Mark]
    palette: int


class Strips:
    """The pictures of one document."""

    def __init__(self) -> None:
        self._look: _Look | None = None
        self._made: dict[int, QPixmap] = {}
        self._old: dict[int, QPixmap] = {}
        """Those that looked otherwise, at the same place: better than nothing."""

    def draw(
        self,
        painter: QPainter,
        document: "Document",
        context: Context,
        marks: Sequence[Mark],
        room: float,
        budget: Budget,
    ) -> None:
        """Draw what is in `context.clip`, as far as `budget` allows. room: pixels beside which nothing of it is ever seen."""
        room = min(room, max(document.size().width(), document.textWidth()))
        if room > WIDEST:
            draw_marked(painter, document, context, marks)
            finish(document, painter)
            return
        ratio = painter.device().devicePixelRatioF()
        place = (document.textWidth(), room, ratio, document.revision())
        look = _Look(place, list(marks), context.palette.cacheKey())
        if look != self._look:
            same_place = self._look is not None and self._look.place == place
            self._old = {**self._old, **self._made} if same_place else {}
            self._look, self._made = look, {}
        clip, whole = context.clip, True
        last = min(clip.bottom(), document.size().height() + HEIGHT)
        for number in range(max(0, int(clip.top() // HEIGHT)), int(last // HEIGHT) + 1):
            strip = self._made.get(number)
            if strip is None and budget.allows():
                strip = self._made[number] = _strip(document, context, marks, number, room, ratio)
            if strip is None:
                whole = False
                strip = self._old.get(number)
            if strip is not None:
                painter.drawPixmap(QPointF(0, number * HEIGHT), strip)
        if whole:
            self._old = {}


def strips_of(document: "Document") -> Strips:
    """The pictures of a document, made with its first one."""
    document.strips = document.strips or Strips()
    return document.strips


def _strip(
    document: "Document", context: Context, marks: Sequence[Mark], number: int, room: float, ratio: float
) -> QPixmap:
    strip = QPixmap(ceil(max(1.0, room) * ratio), ceil(HEIGHT * ratio))
    strip.setDevicePixelRatio(ratio)
    strip.fill(Qt.GlobalColor.transparent)
    drawn = Context()
    drawn.palette = context.palette
    drawn.clip = QRectF(0, number * HEIGHT, room, HEIGHT)
    painter = QPainter(strip)
    painter.translate(0, -number * HEIGHT)
    draw_marked(painter, document, drawn, marks)
    finish(document, painter)
    painter.end()
    return strip
