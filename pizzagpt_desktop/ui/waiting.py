"""The open conversation's queue between chips and chat: shows it, changes it; knows no menu and draws nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from pizzagpt_desktop.domain.conversation import Conversation, Queued
from pizzagpt_desktop.domain.faults import Fault
from pizzagpt_desktop.ui.announcing import announce

if TYPE_CHECKING:
    from pizzagpt_desktop.chat.service import ChatService
    from pizzagpt_desktop.ui.page import Page


class Waiting:
    """keep: runs a command of the chat and says so where the disk refuses. edit: takes a message into the composer.

    did: is told what was done that can be undone, and how.
    """

    def __init__(
        self,
        page: Page,
        service: ChatService,
        keep: Callable[[Callable[[], object]], bool],
        edit: Callable[[Queued], None],
        did: Callable[[str, Callable[[], None]], None],
    ) -> None:
        self._page = page
        self._service = service
        self._keep = keep
        self._edit = edit
        self._did = did
        self._conversation = Conversation(id="")
        self._edited: str | None = None
        self._wired = False
        self._count, self._counted = 0, ""

    def show(self, conversation: Conversation) -> None:
        """Show what waits in `conversation`, and whether it goes on by itself."""
        self._conversation = conversation
        queue = self.queue()
        composer = self._page.composer
        if not queue and not composer.has_chips:
            return
        chips = composer.chips
        if not self._wired:
            self._wired = True
            chips.edit_asked.connect(self._on_edit_asked)
            chips.remove_asked.connect(self._on_remove_asked)
            chips.move_asked.connect(self._on_move_asked)
            chips.send_next_asked.connect(self.send_next)
        if len(queue) > self._count and conversation.id == self._counted:
            announce(chips, f"Queued. {len(queue)} waiting.")
        self._count, self._counted = len(queue), conversation.id
        chips.show_queue(
            queue,
            paused=self._service.is_queue_paused(conversation.id),
            answering=self._service.is_answering(conversation.id),
            edited=self._edited,
        )
        chips.setVisible(
            bool(queue)
        )  # only now: what is hidden has lost the keyboard, and cannot say where it goes

    def queue(self) -> tuple[Queued, ...]:
        """What waits in the open conversation."""
        if not self._conversation.queue:
            return ()
        try:
            return self._service.queued(self._conversation.id)
        except (Fault, KeyError):
            return self._conversation.queue

    def focus_last(self) -> bool:
        """Give the keyboard to the last chip; whether there is one."""
        if not self.queue():
            return False
        self._page.composer.chips.focus_last()
        return True

    def send_next(self) -> None:
        """Let the queue go on."""
        identity = self._conversation.id
        if self.queue():
            self._keep(lambda: self._service.send_queued_now(identity))

    # one of them in the composer

    def hold(self, queued: Queued) -> None:
        """It is being edited: it is not sent meanwhile."""
        self._edited = queued.id
        self._service.hold_queued(self._conversation.id, queued.id)
        self.show(self._conversation)

    def put_back(self, queued_id: str, text: str) -> bool:
        """Store the words it has now; whether the disk took them. One that is gone is put in the queue anew."""
        identity = self._conversation.id
        if any(queued.id == queued_id for queued in self.queue()):
            return self._keep(lambda: self._service.edit_queued(identity, queued_id, text))
        return self._keep(lambda: self._service.queue(identity, text))

    def release(self, go_on: bool = True) -> None:
        """It is not being edited any more. go_on: it may be sent at once, if its turn has come meanwhile."""
        self._edited = None
        identity = self._conversation.id
        self._keep(lambda: self._service.release_queued(identity, go_on))
        self.show(self._conversation)

    def _on_edit_asked(self, queued_id: str) -> None:
        for queued in self.queue():
            if queued.id == queued_id and queued_id != self._edited:
                self._edit(queued)
                return

    def _on_move_asked(self, queued_id: str, to: int) -> None:
        identity = self._conversation.id
        self._keep(lambda: self._service.move_queued(identity, queued_id, to))

    def _on_remove_asked(self, queued_id: str) -> None:
        identity = self._conversation.id
        if queued_id == self._edited:
            self._page.composer.end_edit()
        undos: list[Callable[[], None]] = []
        if self._keep(lambda: undos.append(self._service.drop_queued(identity, queued_id))):
            self._did("Removed from the queue.", undos[0])
