"""Keys, wheel and touchpad: how the reader moves through the transcript; knows no menu, no link and no selection."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication, QKeyEvent, QWheelEvent
from PySide6.QtWidgets import QAbstractSlider, QApplication

from pizzagpt_desktop.ui.transcript.gliding import Gliding
from pizzagpt_desktop.ui.transcript.style import CARD_HEADER

if TYPE_CHECKING:
    from pizzagpt_desktop.ui.transcript.view import TranscriptView

KEY_STEP = 3
"""Lines that Up and Down move inside a message taller than the view."""
NOTCH = 120
"""What a wheel turns by one notch, in Qt's eighths of a degree."""
PAGE_SHARE = 0.9
"""Of the height of the view; the rest stays in sight."""

_PAGE_DOWN = QAbstractSlider.SliderAction.SliderPageStepAdd.value
_PAGE_UP = QAbstractSlider.SliderAction.SliderPageStepSub.value


class Moving:
    """Moves one view. Both methods for events say whether the event was used up."""

    def __init__(self, view: "TranscriptView", gliding: Gliding) -> None:
        self._view = view
        self._gliding = gliding
        self._sideways = 0.0
        self._momentum_is_stale = False
        """Whether the touchpad's running on belongs to a movement that something else has taken over from."""
        view.verticalScrollBar().actionTriggered.connect(self._on_bar_action)

    def interrupt(self) -> None:
        """The reader does something else: what still moves stops, also what a touchpad goes on sending."""
        self._gliding.stop()
        self._momentum_is_stale = True

    def wheel(self, event: QWheelEvent) -> bool:
        """A turn of the wheel, or fingers on a touchpad."""
        phase = event.phase()
        if phase is Qt.ScrollPhase.ScrollBegin or phase is Qt.ScrollPhase.NoScrollPhase:
            self._momentum_is_stale = False
            self._sideways = 0.0 if phase is Qt.ScrollPhase.ScrollBegin else self._sideways
        if phase is Qt.ScrollPhase.ScrollMomentum and self._momentum_is_stale:
            return True
        across, down = _wanted(event, self._view.verticalScrollBar().singleStep())
        if abs(across) > abs(down):
            self._sideways += across
            whole = int(self._sideways)
            self._sideways -= whole
            return self._view.sideways.push(event.position().toPoint(), whole)
        if not down:
            return phase is not Qt.ScrollPhase.NoScrollPhase
        by_notch = _pixels(event).isNull() and abs(event.angleDelta().y()) >= NOTCH
        self._gliding.by(-down, at_once=not by_notch)
        return True

    def key(self, event: QKeyEvent) -> bool:
        """One of the keys that move."""
        view = self._view
        page = page_of(view)
        match event.key():
            case Qt.Key.Key_PageUp:
                self._gliding.by(-page)
            case Qt.Key.Key_PageDown | Qt.Key.Key_Space:
                back = (
                    event.key() == Qt.Key.Key_Space and event.modifiers() & Qt.KeyboardModifier.ShiftModifier
                )
                self._gliding.by(-page if back else page)
            case Qt.Key.Key_Home:
                view.jump_to_start()
            case Qt.Key.Key_End:
                self._gliding.to_end()
            case Qt.Key.Key_Up:
                self._step(-1)
            case Qt.Key.Key_Down:
                self._step(1)
            case _:
                return False
        self._momentum_is_stale = True
        return True

    def _on_bar_action(self, action: int) -> None:
        """A press beside the handle of the scroll bar moves by a page as the keys have it."""
        bar = self._view.verticalScrollBar()
        way = {_PAGE_DOWN: 1, _PAGE_UP: -1}.get(action, 0)
        if way:
            bar.setSliderPosition(bar.value() + way * page_of(self._view))

    def _step(self, direction: int) -> None:
        """To the next message; first through the current one where it is taller than the view."""
        view = self._view
        count = len(view.rows)
        if not count:
            return
        if view.current is None:
            y, room = view.scroll_y, view.viewport().height()
            shown = [index for index, _ in view.rows.between(y, y + room)]
            if shown:
                view.choose(shown[-1] if direction < 0 else shown[0])
            return
        bar = view.verticalScrollBar()
        top = view.rows.heights.top(view.current)
        bottom = top + view.rows.heights[view.current]
        edge = view.scroll_y if direction < 0 else view.scroll_y + view.viewport().height()
        inside = (direction < 0 and top < edge - 1) or (direction > 0 and bottom > edge + 1)
        if inside and (bar.value() > bar.minimum() if direction < 0 else bar.value() < bar.maximum()):
            self._gliding.by(direction * KEY_STEP * bar.singleStep())
            return
        view.choose(max(0, min(count - 1, view.current + direction)))


def page_of(view: "TranscriptView") -> int:
    """By how much a page moves: what stood in the last line is seen again, also below the head of a code card."""
    room = view.viewport().height()
    seen_again = CARD_HEADER + view.verticalScrollBar().singleStep()
    return round(max(room / 2, min(room * PAGE_SHARE, room - seen_again)))


def _pixels(event: QWheelEvent) -> QPoint:
    """What the touchpad says in pixels. X11 calls other things pixels (see Qt on `pixelDelta`): there by angle alone."""
    return QPoint() if QGuiApplication.platformName() == "xcb" else event.pixelDelta()


def _wanted(event: QWheelEvent, line: int) -> tuple[float, float]:
    """How far across and down, in pixels: those of the touchpad, or by the notches of the wheel."""
    pixels, angle = _pixels(event), event.angleDelta()
    if not pixels.isNull():
        across, down = float(pixels.x()), float(pixels.y())
    else:
        notch = QApplication.wheelScrollLines() * line / NOTCH
        across, down = angle.x() / 2, angle.y() * notch
    if event.modifiers() & Qt.KeyboardModifier.ShiftModifier and not across:
        return (down if not pixels.isNull() else angle.y() / 2), 0.0
    return across, down
