"""The zoom: Ctrl with +, −, 0 or the wheel makes all text of the window larger or smaller; knows no font."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt

from pizzagpt_desktop.domain.preferences import Live, Preferences, zoomed

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from pizzagpt_desktop.ui.transcript.view import TranscriptView

NOTCH = 120
"""What a wheel turns by one notch, in Qt's eighths of a degree."""


class Zooming(QObject):
    """Changes the zoom in the preferences, from which everybody takes it."""

    def __init__(self, window: QWidget, preferences: Live[Preferences]) -> None:
        super().__init__(window)
        self._window = window
        self._preferences = preferences
        self._turned = 0

    @property
    def slots(self) -> Mapping[str, Callable[[], None]]:
        """The commands of the zoom, by id."""
        return {
            "zoom_in": lambda: self.step(1),
            "zoom_out": lambda: self.step(-1),
            "zoom_reset": lambda: self._zoom_to(100),
        }

    def watch(self, transcript: TranscriptView) -> None:
        """Zoom with the wheel over the messages while Ctrl is held."""
        transcript.viewport().installEventFilter(self)

    def step(self, steps: int) -> None:
        """So many steps larger, or smaller where negative."""
        self._zoom_to(zoomed(self._preferences.value.appearance.zoom, steps))

    def _zoom_to(self, zoom: int) -> None:
        from pizzagpt_desktop.ui.announcing import announce

        value = self._preferences.value
        self._preferences.set(replace(value, appearance=replace(value.appearance, zoom=zoom)))
        announce(self._window, f"{zoom} percent")

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is not QEvent.Type.Wheel:
            return False
        from PySide6.QtGui import QWheelEvent

        if not isinstance(event, QWheelEvent) or not event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self._turned = 0
            return False
        self._turned += event.angleDelta().y()
        steps = int(self._turned / NOTCH)
        self._turned -= steps * NOTCH
        if steps:
            self.step(steps)
        event.accept()
        return True
