"""Movement of the view in a few frames instead of one, so that the eye can follow; knows no key and no wheel.

It eases out over `LASTS_S`; whatever the reader does next takes over from where it is. With reduced motion, and over
more than `FARTHEST` screens, there is no movement in between.
"""

from time import perf_counter
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QTimer

from pizzagpt_desktop.ui.transcript.rows import Anchor

if TYPE_CHECKING:
    from pizzagpt_desktop.ui.transcript.view import TranscriptView

LASTS_S = 0.120
FRAME_MS = 8
FARTHEST = 2.5
"""Screens. Over more than that the rows between would have to be laid out only to fly past."""


class Gliding(QObject):
    """One movement at a time: by so many pixels, to a point, or to the end."""

    def __init__(self, view: "TranscriptView") -> None:
        super().__init__(view)
        self._view = view
        self._total = 0.0
        self._done = 0
        self._part = 0.0
        """What is left of a pixel: nothing is lost of many small movements."""
        self._goal: Anchor | None = None
        self._to_end = False
        self._began = 0.0
        self.still = False
        """Whether nothing is to move but in one step."""
        self.at_work = False
        """Whether the scroll bar is being moved from here."""
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(FRAME_MS)
        self._timer.timeout.connect(self._on_frame)

    @property
    def moving(self) -> bool:
        return self._timer.isActive()

    def stop(self) -> None:
        """Stay where the view is now: the reader wants something else."""
        self._timer.stop()
        self._total, self._done, self._part = 0.0, 0, 0.0
        self._goal, self._to_end = None, False

    def by(self, pixels: float, *, at_once: bool = False) -> None:
        """Scroll down by so many pixels, up where negative; what is left of a movement before comes on top of it.

        at_once: with no frames between, as a finger on a touchpad wants it.
        """
        if at_once or self.still:
            self._finish_pixels()
            part = self._part + pixels
            self.stop()
            whole = int(part)
            self._part = part - whole
            self._scroll(whole)
            return
        if self._goal is not None or self._to_end:
            self.stop()
        self._total, self._done = self._total - self._done + pixels, 0
        self._start()

    def to(self, anchor: Anchor) -> None:
        """Bring a point to the top of the view and hold it there."""
        view = self._view
        self.stop()
        y = view.rows.y_of(anchor)
        if y is None:
            return
        away = view.scroll_y - y
        if self.still or abs(away) > FARTHEST * view.viewport().height():
            view.hold(anchor)
            return
        self._goal, self._total = anchor, float(away)
        self._start()

    def to_end(self) -> None:
        """Go to the end; from there it is followed."""
        view = self._view
        self.stop()
        bar = view.verticalScrollBar()
        if (
            view.follows_end
            or self.still
            or bar.maximum() - bar.value() > FARTHEST * view.viewport().height()
        ):
            view.jump_to_end()
            return
        self._to_end, self._total = True, float(bar.maximum() - bar.value())
        self._start()

    def _start(self) -> None:
        self._began = perf_counter() - FRAME_MS / 1000  # the answer is seen with the very next picture
        self._timer.start()
        self._on_frame()

    def _on_frame(self) -> None:
        share = min(1.0, (perf_counter() - self._began) / LASTS_S)
        eased = 1.0 - (1.0 - share) ** 3
        if self._goal is not None:
            left = round(self._total * (1.0 - eased))
            goal = self._goal._replace(shift=self._goal.shift + left)
            if share >= 1.0:
                self.stop()
            self.at_work = True
            self._view.hold(goal)
            self.at_work = False
            return
        if share >= 1.0:
            to_end = self._to_end
            self._finish_pixels()
            part = self._part
            self.stop()
            self._part = part
            if to_end:
                self._view.jump_to_end()
            return
        step = int(self._total * eased) - self._done
        self._done += step
        self._scroll(step)

    def _finish_pixels(self) -> None:
        """Do at once what is left of a movement by pixels."""
        if self._goal is None and not self._to_end and self._timer.isActive():
            left = self._total + self._part - self._done
            whole = int(left)
            self._total, self._done, self._part = 0.0, 0, left - whole
            self._scroll(whole)

    def _scroll(self, pixels: int) -> None:
        if not pixels:
            return
        bar = self._view.verticalScrollBar()
        self.at_work = True
        bar.setValue(bar.value() + pixels)
        self.at_work = False
