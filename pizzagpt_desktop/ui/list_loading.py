"""The rest of a long list of conversations, brought in slices after the window was painted; knows no view."""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from pizzagpt_desktop.domain.faults import Fault

if TYPE_CHECKING:
    from pizzagpt_desktop.chat.library import Library
    from pizzagpt_desktop.ui.sidebar_model import ConversationModel

SLICE_S = 0.006
FIRST_SLICE, SMALLEST_SLICE, LARGEST_SLICE = 200, 50, 1_000
GAP_MS, RETRY_MS = 10, 2_000


class RestOfList(QObject):
    """Adds what stands after one conversation to the model, until nothing does. What changes meanwhile is announced."""

    loaded = Signal()

    def __init__(self, parent: QObject, model: ConversationModel, library: Library, after: str) -> None:
        """after: the id of the last conversation, in the library's order, that the model has."""
        super().__init__(parent)
        self._model = model
        self._library = library
        self._after = after
        self._count = FIRST_SLICE
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
        self._model.extend(found)
        if len(found) < self._count or not self._count:
            self.loaded.emit()
            return
        self._after = found[-1].id
        fitting = int(self._count * SLICE_S / max(perf_counter() - began, 0.0005))
        self._count = max(SMALLEST_SLICE, min(fitting, 2 * self._count, LARGEST_SLICE))
        self._timer.start(GAP_MS)

    def _is_gone(self, conversation_id: str) -> bool:
        """Whether it was erased meanwhile, so that it cannot say any more where to go on."""
        try:
            self._library.conversation(conversation_id)
        except KeyError:
            return True
        return False
