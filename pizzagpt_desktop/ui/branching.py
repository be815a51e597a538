"""What the user does with branches of the open conversation: versions, removal with undo, copies, comparison.

Knows which message is meant; what the commands do to the tree is the chat's.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from pizzagpt_desktop.domain.conversation import Message, Role, Status
from pizzagpt_desktop.ui import strings
from pizzagpt_desktop.ui.transcript import versions

if TYPE_CHECKING:
    from pizzagpt_desktop.chat.service import ChatService
    from pizzagpt_desktop.domain.conversation import Conversation
    from pizzagpt_desktop.ui.page import Page
    from pizzagpt_desktop.ui.transcript.view import TranscriptView

SAID_S = 6.0


class Branching:
    """keep: runs a command of the chat and says so where the disk refuses. open_conversation: lays one open by id.
    open_id: which one lies open.

    did: is told what was done that can be undone, and how.
    """

    def __init__(
        self,
        page: Page,
        service: ChatService,
        keep: Callable[[Callable[[], object]], bool],
        open_conversation: Callable[[str], None],
        open_id: Callable[[], str],
        did: Callable[[str, Callable[[], None]], None],
    ) -> None:
        self._page = page
        self._service = service
        self._run = keep
        self._open = open_conversation
        self._open_id = open_id
        self._did = did

    # by message

    def activate(self, message_id: str) -> None:
        """Show the branch through a message."""
        self._run(lambda: self._service.activate(message_id))

    def tell_what_stays(self, message_id: str) -> None:
        """A reply is about to be written anew: where others followed it, say that they are not gone."""
        view = self._view()
        index = view.rows.index_of(message_id) if view is not None else None
        if view is not None and index is not None and index + 1 < len(view.rows):
            self._say("What followed is kept in the version before. Alt+Left brings it back.")

    def remove(self, message_id: str) -> None:
        """Take a message and all below it away, and offer the way back."""
        conversation_id = self._open_id()
        undos: list[Callable[[], None]] = []
        if not self._run(lambda: undos.append(self._service.remove_branch(message_id))):
            return

        def undo() -> None:
            undos[0]()
            self._open(conversation_id)

        self._did("Branch deleted.", undo)

    def branch_off(self, message_id: str) -> None:
        """Begin a conversation of its own with the path to a message, and lay it open."""
        made: list[Conversation | None] = []
        if not self._run(lambda: made.append(self._service.branch_off(message_id))):
            return
        if made[0] is None:
            self._say(strings.COPYING)
        else:
            self._open(made[0].id)
            self._say("This is a new conversation. The one it came from is as it was.")

    def keep(self, message_id: str) -> None:
        """Be content with a reply that ended early."""
        self._run(lambda: self._service.keep(message_id))

    def compare(self, message_id: str) -> None:
        """Show a message beside its other versions."""
        found: list[Message] = []
        if not self._run(lambda: found.extend(self._service.versions(message_id))):
            return
        ended = [message for message in found if message.status is not Status.STREAMING]
        if len(ended) < 2:
            self._say("There is no other version to compare with.")
            return
        from pizzagpt_desktop.ui.diff_view import DiffView

        view = DiffView(self._page.window(), ended, message_id, self._page.colours, self._page.body_font)
        view.open()

    # by keyboard: the message that was chosen, or the last one it makes sense for

    def step_version(self, by: int) -> None:
        """To another version."""
        if (view := self._view()) is not None:
            versions.step(view, by)

    def remove_meant(self) -> None:
        if (identity := self._meant()) is not None:
            self.remove(identity)

    def branch_off_meant(self) -> None:
        if (identity := self._meant()) is not None:
            self.branch_off(identity)

    def compare_meant(self) -> None:
        view = self._view()
        index = versions.with_versions(view) if view is not None else None
        if view is None or index is None:
            self._say("There is no other version to compare with.")
        else:
            self.compare(view.rows.messages[index].id)

    def continue_meant(self) -> None:
        """Have the reply go on that was chosen, or the last one, where it ended early."""
        message = self._ended_early()
        if message is not None:
            self._run(lambda: self._service.continue_reply(message.id))

    def keep_meant(self) -> None:
        message = self._ended_early()
        if message is not None:
            self.keep(message.id)

    def _ended_early(self) -> Message | None:
        view, identity = self._view(), self._meant()
        index = view.rows.index_of(identity) if view is not None and identity is not None else None
        message = view.rows.messages[index] if view is not None and index is not None else None
        if message is None or message.role is not Role.ASSISTANT or not _may_go_on(message):
            self._say("This reply did not end early; there is nothing to continue.")
            return None
        return message

    def _meant(self) -> str | None:
        view = self._view()
        return versions.meant(view) if view is not None else None

    def _view(self) -> TranscriptView | None:
        shown = self._page.has_transcript and not self._page.is_empty
        return self._page.transcript if shown else None

    def _say(self, text: str) -> None:
        self._page.notices.say("branch", text, seconds=SAID_S)


def _may_go_on(message: Message) -> bool:
    return message.status in (Status.STOPPED, Status.INTERRUPTED, Status.FAILED) or (
        message.status is Status.COMPLETE and message.finish_reason == "length"
    )
