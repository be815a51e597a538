"""The messages of the open conversation, read as far as they are shown or looked for; knows no composer, sends nothing."""

from __future__ import annotations

from contextlib import suppress
from itertools import islice
from typing import TYPE_CHECKING, TypeVar

from pizzagpt_desktop.domain.faults import Fault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from pizzagpt_desktop.chat.library import Library
    from pizzagpt_desktop.chat.service import ChatService
    from pizzagpt_desktop.domain.conversation import Conversation, FaultNote, Message, Outline
    from pizzagpt_desktop.ui.page import Page

T = TypeVar("T")

OPENED_WITH = 40
"""Messages that a conversation opens with: more than the tallest screen holds."""
LOOKED_BACK = 400
"""Messages from the end among which a failed reply is looked for."""
READ_AT_ONCE = 20
"""Messages that are read at once where one of the last ones is looked for."""


class Reading:
    """Fills the transcript. keep: runs a command of the chat and says whether it could. say: tells of a fault."""

    def __init__(
        self,
        page: Page,
        service: ChatService,
        library: Library,
        keep: Callable[[Callable[[], object]], bool],
        say: Callable[[Fault], None],
    ) -> None:
        self._page = page
        self._service = service
        self._library = library
        self._keep = keep
        self._say = say
        self._sought: str | None = None

    def show(self, conversation: Conversation) -> None:
        """Show the messages of a conversation as they are now, by their end."""
        try:
            begun = conversation.active_leaf_id is not None
            path = self._library.path_end(conversation.id, OPENED_WITH) if begun else []
        except Fault as fault:
            self._say(fault)
            path = []
        if path or self._page.has_transcript:
            above = _Above(self._library, conversation.id, self._say)
            self._page.transcript.show_path(conversation.id, path, self._library.siblings, above)
        self._page.show_empty(not path)

    def show_first(self, message: Message) -> None:
        """The first message is there: the transcript takes the place of the empty state."""
        above = _Above(self._library, message.conversation_id, self._say)
        self._page.transcript.show_path(message.conversation_id, [message], self._library.siblings, above)
        self._page.show_empty(False)

    def jump_to(self, message_id: str) -> None:
        """Show a message of the open conversation, in whatever branch it stands."""
        self._sought = message_id
        self._page.transcript.jump_to(message_id)

    def on_message_missed(self, message_id: str) -> None:
        """It is not in the branch that is shown: show its own, once."""
        sought, self._sought = self._sought, None
        if message_id == sought and self._keep(lambda: self._activate(message_id)):
            self._page.transcript.jump_to(message_id)

    def _activate(self, message_id: str) -> None:
        with suppress(KeyError):  # it was removed meanwhile
            self._service.activate(message_id)

    def from_the_end(self, conversation_id: str) -> Iterator[Message]:
        """The messages of the active path, the last one first, read as far as somebody looks."""
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

    def last_fault(self, conversation_id: str) -> FaultNote | None:
        """Why the newest failed reply failed."""
        messages = islice(self.from_the_end(conversation_id), LOOKED_BACK)
        return next((message.fault for message in messages if message.fault is not None), None)


class _Above:
    """`transcript.path.Above` of one conversation, out of the library. say: tells of a fault."""

    def __init__(self, library: Library, conversation_id: str, say: Callable[[Fault], None]) -> None:
        self._library = library
        self._conversation_id = conversation_id
        self._say = say

    def older(self, message_id: str, limit: int) -> Sequence[Message] | None:
        return self._or_none(lambda: self._library.path_end(self._conversation_id, limit, message_id))

    def outline(self, before: int, limit: int) -> Sequence[Outline] | None:
        return self._or_none(lambda: self._library.outline(self._conversation_id, before, limit))

    def read(self, seqs: Sequence[int]) -> Sequence[Message] | None:
        return self._or_none(lambda: self._library.messages_at(self._conversation_id, seqs))

    def seq_of(self, message_id: str) -> int | None:
        return self._or_none(lambda: self._library.seq_of(message_id))

    def _or_none(self, read: Callable[[], T]) -> T | None:
        try:
            return read()
        except Fault as fault:
            self._say(fault)
            return None
