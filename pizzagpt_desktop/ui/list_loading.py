"""The rest of a long list of conversations, brought in slices after the window was painted; knows no view."""

from __future__ import annotations

import gc
from time import perf_counter
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from pizzagpt_desktop.chat.events import ConversationRemoved
from pizzagpt_desktop.domain.faults import Fault

if TYPE_CHECKING:
    from pizzagpt_desktop.chat.announcer import Announcer
    from pizzagpt_desktop.chat.events import Event
    from pizzagpt_desktop.chat.library import Library
    from pizzagpt_desktop.domain.conversation import Conversation
    from pizzagpt_desktop.ui.sidebar import Sidebar

SLICE_S = 0.006
FIRST_SLICE, SMALLEST_SLICE, LARGEST_SLICE = 100, 50, 1_000
GAP_MS, RETRY_MS = 10, 2_000
SHOWN_TOGETHER = 2_000
"""So many are collected before the list gets them: each time it does, it lays out and paints itself anew."""


class RestOfList(QObject):
    """Adds what stands after one conversation to the list, until nothing does. What changes meanwhile is announced."""

    loaded = Signal()

    def __init__(
        self,
        parent: QObject,
        sidebar: Sidebar,
        library: Library,
        announcer: Announcer,
        after: str,
    ) -> None:
        """after: the id of the last conversation, in the library's order, that the list has."""
        super().__init__(parent)
        self._sidebar = sidebar
        self._library = library
        self._after = after
        self._count = FIRST_SLICE
        self._found: list[Conversation] = []
        self._unsubscribe = announcer.subscribe(self._on_event)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._on_turn)
        self._timer.start(GAP_MS)

    def _on_turn(self) -> None:
        began = perf_counter()
        try:
            found = self._library.conversations(self._count, self._after)
            if not found and self._is_gone(self._after):
                found, self._count = self._library.conversations(), 0
        except Fault:
            self._timer.start(RETRY_MS)  # whoever wants to work with the chats is told; the list can wait
            return
        self._found += found
        if len(found) < self._count or not self._count:
            self._show()
            self._unsubscribe()
            gc.freeze()  # they stay: looking through them again and again for garbage would be felt
            self.loaded.emit()
            return
        if len(self._found) >= SHOWN_TOGETHER:
            self._show()
        self._after = found[-1].id
        fitting = int(self._count * SLICE_S / max(perf_counter() - began, 0.0005))
        self._count = max(SMALLEST_SLICE, min(fitting, 2 * self._count, LARGEST_SLICE))
        self._timer.start(GAP_MS)

    def _show(self) -> None:
        """Hand over what was collected."""
        found, self._found = self._found, []
        self._sidebar.extend(found)

    def _on_event(self, event: Event) -> None:
        """What left the list is not to come back with those that were read before."""
        if isinstance(event, ConversationRemoved):
            self._found = [one for one in self._found if one.id != event.conversation_id]

    def _is_gone(self, conversation_id: str) -> bool:
        """Whether it was erased meanwhile, so that it cannot say any more where to go on."""
        try:
            self._library.conversation(conversation_id)
        except KeyError:
            return True
        return False
