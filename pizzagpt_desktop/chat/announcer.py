"""Announcer, through which anyone hears what the chat announces; knows no event and no listener by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pizzagpt_desktop.chat.events import Event


class Announcer:
    """Passes each event to every listener at once, in order of subscription."""

    def __init__(self) -> None:
        self._listeners: list[Callable[[Event], None]] = []

    def subscribe(self, listener: Callable[[Event], None]) -> Callable[[], None]:
        """Hear every event from now on; the returned call ends that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener) if listener in self._listeners else None

    def announce(self, event: Event) -> None:
        for listener in tuple(self._listeners):
            listener(event)
