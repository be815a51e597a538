"""What the window reads of a conversation: its end, what stands before, one message sought; never all of it at once.

Knows no page and no draft.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from pizzagpt_desktop.domain.faults import Fault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from pizzagpt_desktop.chat.library import Library
    from pizzagpt_desktop.domain.conversation import Message
    from pizzagpt_desktop.ui.transcript.view import TranscriptView

OPENED_WITH = 40
"""Messages that a conversation opens with: more than the tallest screen holds."""
READ_AT_ONCE = 20
"""Messages that are read at once where one of the last ones is looked for."""


class Reading:
    """Reads for the desk. say: tells the user what the disk refused. activate: shows the branch through a message."""

    def __init__(
        self, library: Library, say: Callable[[Fault], None], activate: Callable[[str], bool]
    ) -> None:
        self._library = library
        self._say = say
        self._activate = activate
        self._sought: str | None = None

    def wire(self, transcript: TranscriptView) -> None:
        """Hear of jumps that lead nowhere."""
        self._transcript = transcript
        transcript.message_missed.connect(self._on_message_missed)

    def end(self, conversation_id: str) -> Sequence[Message]:
        """The messages that a conversation opens with; none where they cannot be read, which is said."""
        try:
            return self._library.path_end(conversation_id, OPENED_WITH)
        except Fault as fault:
            self._say(fault)
            return []

    def show(self, transcript: TranscriptView, conversation_id: str, messages: Sequence[Message]) -> None:
        """Have the transcript show these, and get by itself what stands before them."""
        older = partial(self._older, conversation_id)
        transcript.show_path(conversation_id, messages, self._library.siblings, older)

    def from_the_end(self, conversation_id: str) -> Iterator[Message]:
        """The messages of the path that is shown, the last one first, read as far as somebody looks."""
        before: str | None = None
        while True:
            try:
                found = self._library.path_end(conversation_id, READ_AT_ONCE, before)
            except Fault as fault:
                self._say(fault)
                return
            yield from reversed(found)
            if len(found) < READ_AT_ONCE:
                return
            before = found[0].id

    def message(self, message_id: str) -> Message | None:
        """One message; None where it is gone or cannot be read, which is said."""
        try:
            return self._library.message(message_id)
        except Fault as fault:
            self._say(fault)
            return None

    def jump_to(self, transcript: TranscriptView, message_id: str) -> None:
        """Show a message of the open conversation, in whatever branch it stands."""
        self._sought = message_id
        transcript.jump_to(message_id)

    def _older(self, conversation_id: str, message_id: str, limit: int) -> Sequence[Message] | None:
        """What stands before a message; None where it cannot be read now."""
        try:
            return self._library.path_end(conversation_id, limit, message_id)
        except Fault as fault:
            self._say(fault)
            return None

    def _on_message_missed(self, message_id: str) -> None:
        """It is not in the branch that is shown: show its own, once."""
        sought, self._sought = self._sought, None
        if message_id == sought and self.message(message_id) is not None and self._activate(message_id):
            self._transcript.jump_to(message_id)
