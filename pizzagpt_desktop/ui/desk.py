"""The conversation that lies open: its draft, what is sent from it, what happens in it; knows no menu and no sidebar."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QGuiApplication

from pizzagpt_desktop.domain.conversation import Conversation, FaultNote, Message, Role
from pizzagpt_desktop.domain.faults import Fault
from pizzagpt_desktop.ui import strings
from pizzagpt_desktop.ui.page import Page

if TYPE_CHECKING:
    from pizzagpt_desktop.chat.library import Library
    from pizzagpt_desktop.chat.service import ChatService
    from pizzagpt_desktop.ui.transcript.view import TranscriptView

OPENED_WITH = 40
"""Messages that a conversation opens with: more than the tallest screen holds."""
READ_AT_ONCE = 20
"""Messages that are read at once where one of the last ones is looked for."""
HasService = Callable[[str], bool]
"""Whether the service of this name ("" for the current one) is set up."""


class Desk(QObject):
    """One conversation at a time, in the page; a new one is stored only when it has a message or a draft."""

    opened = Signal(str)
    """Another conversation lies open; its id."""
    service_missing = Signal()
    """Something was to be sent, and no service is chosen; the text is still in the composer."""

    def __init__(self, page: Page, service: ChatService, library: Library, has_service: HasService) -> None:
        super().__init__(page)
        self._page = page
        self._service = service
        self._library = library
        self._has_service = has_service
        self._editing: str | None = None
        self._draft_beside = ""
        self._sought: str | None = None
        self.conversation: Conversation = library.create()
        composer = page.composer
        composer.submitted.connect(self.send)
        composer.stop_asked.connect(self.stop)
        composer.draft_changed.connect(self._on_draft_changed)
        composer.edit_last_asked.connect(self.edit_last)
        composer.edit_ended.connect(self._on_edit_ended)
        page.wire_transcript(self._wire_transcript)

    def _wire_transcript(self, transcript: TranscriptView) -> None:
        transcript.retry_requested.connect(self._on_retry_requested)
        transcript.continue_requested.connect(self._on_continue_requested)
        transcript.edit_requested.connect(self.edit)
        transcript.branch_chosen.connect(self._on_branch_chosen)
        transcript.message_missed.connect(self._on_message_missed)

    # opening

    def open(self, conversation_id: str) -> None:
        """Lay a conversation open, keeping the draft of the one before."""
        if conversation_id == self.conversation.id:
            self._page.focus_composer()
            return
        try:
            conversation = self._library.conversation(conversation_id)
        except KeyError:
            return
        except Fault as fault:
            self._say(fault)
            return
        self.leave()
        self._show(conversation)
        if conversation.unread:
            self._keep(lambda: self._library.mark_read(conversation_id))

    def open_new(self) -> None:
        """Lay an empty conversation open."""
        self.leave()
        self._show(self._library.create())

    def leave(self) -> None:
        """Keep the draft; a conversation left without a word in it goes."""
        self._page.composer.flush_draft()
        self._page.composer.end_edit()
        identity = self.conversation.id
        if self.conversation.active_leaf_id is None and not self._page.composer.text().strip():
            self._keep(lambda: self._library.delete(identity))

    def _show(self, conversation: Conversation) -> None:
        self.conversation = conversation
        self._page.composer.set_text(conversation.draft)
        self.show_path()
        self.note(conversation)
        self._page.focus_composer()
        self.opened.emit(conversation.id)

    def show_path(self) -> None:
        """Show the messages of the open conversation as they are now."""
        identity = self.conversation.id
        try:
            begun = self.conversation.active_leaf_id is not None
            path = self._library.path_end(identity, OPENED_WITH) if begun else []
        except Fault as fault:
            self._say(fault)
            path = []
        if path or self._page.has_transcript:
            older = partial(self._older, identity)
            self._page.transcript.show_path(identity, path, self._library.siblings, older)
        self._page.show_empty(not path)
        self._page.composer.set_answering(self._service.is_answering(identity))

    def _older(self, conversation_id: str, message_id: str, limit: int) -> Sequence[Message] | None:
        """What stands before a message, for the transcript to put above; None where it cannot be read now."""
        try:
            return self._library.path_end(conversation_id, limit, message_id)
        except Fault as fault:
            self._say(fault)
            return None

    def jump_to(self, message_id: str) -> None:
        """Show a message of the open conversation, in whatever branch it stands."""
        self._sought = message_id
        self._page.transcript.jump_to(message_id)

    def _on_message_missed(self, message_id: str) -> None:
        """It is not in the branch that is shown: show its own, once."""
        sought, self._sought = self._sought, None
        if message_id == sought and self._keep(lambda: self._service.activate(message_id)):
            self._page.transcript.jump_to(message_id)

    def note(self, conversation: Conversation) -> None:
        """Take over new facts of the open conversation."""
        self.conversation = conversation
        self._page.title.set_text(conversation.title)

    # what the chat announces about the open conversation

    def on_message_added(self, message: Message) -> None:
        """A message stands at the end."""
        if self._page.is_empty:
            self.show_path_of(message)
        else:
            self._page.transcript.add_message(message)
        self._page.composer.set_answering(self._service.is_answering(message.conversation_id))

    def show_path_of(self, message: Message) -> None:
        """The first message is there: the transcript takes the place of the empty state."""
        self._page.transcript.show_path(self.conversation.id, [message], self._library.siblings)
        self._page.show_empty(False)

    def on_reply_ended(self, message: Message) -> None:
        """The reply is as it stays."""
        self._page.transcript.end(message)
        self._page.composer.set_answering(self._service.is_answering(message.conversation_id))

    # commands

    def send(self, text: str) -> None:
        """Send the composer's text, or put it in the place of the message being edited."""
        if not self._has_service(self.conversation.service):
            self.service_missing.emit()
            return
        if self._service.is_answering(self.conversation.id):
            self._page.notices.say(
                "busy",
                "The reply is still being written. Stop it, or wait for its end, then send.",
                seconds=6,
            )
            return
        editing = self._editing
        try:
            if editing is not None:
                sent = self._service.edit(editing, text)
            else:
                sent = self._service.send(self.conversation.id, text)
        except Fault as fault:
            self._say(fault, "Your message was not sent; it is still here.")
            return
        if sent is None:
            return
        self._page.notices.withdraw("storage")
        self._page.notices.withdraw("busy")
        self._editing = None
        self._page.composer.set_text(self._draft_beside if editing is not None else "")
        self._draft_beside = ""
        self._page.composer.end_edit()
        self._page.transcript.jump_to_end()

    def stop(self) -> None:
        """Stop the reply of the open conversation."""
        self._service.stop(self.conversation.id)

    def retry_last(self) -> None:
        """Have the last reply written anew."""
        for message in self._from_the_end():
            self._on_retry_requested(message.id)
            return

    def last_fault(self) -> FaultNote | None:
        """Why the newest failed reply failed."""
        return next((message.fault for message in self._from_the_end() if message.fault is not None), None)

    def edit_last(self) -> None:
        """Take the last own message into the composer."""
        for message in self._from_the_end():
            if message.role is Role.USER:
                self._begin_edit(message)
                return

    def edit(self, message_id: str) -> None:
        """Take an own message into the composer."""
        try:
            message = self._library.message(message_id)
        except Fault as fault:
            self._say(fault)
            return
        if message is not None and message.role is Role.USER:
            self._begin_edit(message)

    def copy_last_reply(self) -> None:
        """Put the last reply's text on the clipboard."""
        for message in self._from_the_end():
            if message.role is Role.ASSISTANT and message.text:
                QGuiApplication.clipboard().setText(message.text)
                self._page.notices.say("copied", "Reply copied.", seconds=3, icon="check")
                return

    def choose_service(self, service: str, model: str) -> None:
        """Which service and model answer here from now on."""
        identity = self.conversation.id
        if self._keep(lambda: self._library.choose_service(identity, service, model)):
            self.note(self._library.conversation(identity))
            self.opened.emit(identity)

    def _from_the_end(self) -> Iterator[Message]:
        """The messages that are shown, the last one first, read as far as somebody looks."""
        before: str | None = None
        while True:
            try:
                found = self._library.path_end(self.conversation.id, READ_AT_ONCE, before)
            except Fault as fault:
                self._say(fault)
                return
            yield from reversed(found)
            if len(found) < READ_AT_ONCE:
                return
            before = found[0].id

    def _begin_edit(self, message: Message) -> None:
        if self._editing is None:
            self._page.composer.flush_draft()
            self._draft_beside = self._page.composer.text()
        self._editing = message.id
        self._page.composer.begin_edit(message.text)

    def _on_edit_ended(self) -> None:
        if self._editing is not None:
            self._editing = None
            self._page.composer.set_text(self._draft_beside)
            self._draft_beside = ""

    def _on_retry_requested(self, message_id: str) -> None:
        self._keep(lambda: self._service.retry(message_id))

    def _on_continue_requested(self, message_id: str) -> None:
        self._keep(lambda: self._service.continue_reply(message_id))

    def _on_branch_chosen(self, message_id: str) -> None:
        self._keep(lambda: self._service.activate(message_id))

    def _on_draft_changed(self, text: str) -> None:
        identity = self.conversation.id
        self._keep(lambda: self._library.save_draft(identity, text))

    def _keep(self, command: Callable[[], object]) -> bool:
        """Run a command of the chat; where the disk refuses, say so."""
        try:
            command()
        except Fault as fault:
            self._say(fault)
            return False
        return True

    def _say(self, fault: Fault, besides: str = "") -> None:
        words = strings.fault_words(fault)
        text = " ".join(part for part in (words.title, besides, words.hint) if part)
        self._page.notices.say("storage", text, icon="warning")
