"""The conversation that lies open: its draft, what is sent from it, what happens in it; knows no menu and no sidebar."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QObject, Signal

from pizzagpt_desktop.domain.conversation import Conversation, Message, Queued, Role
from pizzagpt_desktop.domain.faults import Fault
from pizzagpt_desktop.ui import strings
from pizzagpt_desktop.ui.copying import Copying
from pizzagpt_desktop.ui.page import Page

if TYPE_CHECKING:
    from pizzagpt_desktop.chat.library import Library
    from pizzagpt_desktop.chat.service import ChatService
    from pizzagpt_desktop.domain.asking import Asking
    from pizzagpt_desktop.ui.branching import Branching
    from pizzagpt_desktop.ui.reading import Reading
    from pizzagpt_desktop.ui.transcript.view import TranscriptView
    from pizzagpt_desktop.ui.waiting import Waiting

NOT_SENT = "Your message was not sent; it is still here."
HasService = Callable[[str], bool]
"""Whether the service of this name ("" for the current one) is set up."""


class Edit(NamedTuple):
    """What is in the composer in place of a new message. beside: the draft that comes back afterwards."""

    message_id: str
    queued_id: str
    before: str
    beside: str


class Desk(QObject):
    """One conversation at a time, in the page; a new one is stored only when it has a message or a draft."""

    opened = Signal(str)
    """Another conversation lies open; its id."""
    service_missing = Signal()
    """Something was to be sent, and no service is chosen; the text is still in the composer."""
    undoable = Signal(str, object)
    """Something was taken away: what, in words, and the call that brings it back."""

    def __init__(self, page: Page, service: ChatService, library: Library, has_service: HasService) -> None:
        super().__init__(page)
        self._page = page
        self._service = service
        self._library = library
        self._has_service = has_service
        self._edit: Edit | None = None
        self._waiting: Waiting | None = None
        self._branching: Branching | None = None
        self._reading: Reading | None = None
        self.conversation: Conversation = library.create()
        self._copying = Copying(page, lambda: self.reading.from_the_end(self.conversation.id))
        composer = page.composer
        composer.submitted.connect(self.send)
        composer.stop_asked.connect(self.stop)
        composer.draft_changed.connect(self._on_draft_changed)
        composer.edit_last_asked.connect(self._on_edit_last_asked)
        composer.edit_ended.connect(self._on_edit_ended)
        composer.files_changed.connect(self._on_files_changed)
        composer.file_unreadable.connect(lambda fault: self._say(fault, NOT_SENT))
        page.wire_transcript(self._wire_transcript)

    @property
    def reading(self) -> Reading:
        """The messages of the open conversation, loaded with the first of them."""
        if self._reading is None:
            from pizzagpt_desktop.ui.reading import Reading

            self._reading = Reading(self._page, self._service, self._library, self._keep, self._say)
        return self._reading

    @property
    def waiting(self) -> Waiting:
        """The queue of the open conversation, made when there is one."""
        if self._waiting is None:
            from pizzagpt_desktop.ui.waiting import Waiting

            self._waiting = Waiting(
                self._page, self._service, self._keep, self._edit_queued, self.undoable.emit
            )
            self._waiting.show(self.conversation)
        return self._waiting

    @property
    def branching(self) -> Branching:
        """What can be done with branches, loaded with the first message."""
        if self._branching is None:
            from pizzagpt_desktop.ui.branching import Branching

            self._branching = Branching(
                self._page,
                self._service,
                self._keep,
                self.open,
                lambda: self.conversation.id,
                self.undoable.emit,
            )
        return self._branching

    @property
    def slots(self) -> Mapping[str, Callable[[], None]]:
        """The commands of the table that are about messages."""
        return {
            "edit_last": self.edit_last,
            **self._copying.slots,
            "retry": self.retry_last,
            "stop": self.stop,
            "continue": lambda: self.branching.continue_meant(),
            "keep": lambda: self.branching.keep_meant(),
            "previous_version": lambda: self.branching.step_version(-1),
            "next_version": lambda: self.branching.step_version(1),
            "compare": lambda: self.branching.compare_meant(),
            "branch_off": lambda: self.branching.branch_off_meant(),
            "delete_branch": lambda: self.branching.remove_meant(),
            "send_next": lambda: self.waiting.send_next(),
        }

    def _show_waiting(self) -> None:
        if self._waiting is not None or self.conversation.queue:
            self.waiting.show(self.conversation)

    def _wire_transcript(self, transcript: TranscriptView) -> None:
        transcript.retry_requested.connect(self.branching.tell_what_stays)
        transcript.retry_requested.connect(self._on_retry_requested)
        transcript.continue_requested.connect(self._on_continue_requested)
        transcript.fitting_chosen.connect(self._on_retry_requested)
        transcript.edit_requested.connect(self.edit)
        branching = self.branching
        transcript.branch_chosen.connect(branching.activate)
        transcript.keep_requested.connect(branching.keep)
        transcript.removal_requested.connect(branching.remove)
        transcript.copy_requested.connect(branching.branch_off)
        transcript.comparison_requested.connect(branching.compare)
        transcript.message_missed.connect(self.reading.on_message_missed)

    # opening

    def open(self, conversation_id: str, *, take_keyboard: bool = True) -> None:
        """Lay a conversation open, keeping the draft of the one before. take_keyboard: the next key goes into it."""
        if conversation_id == self.conversation.id:
            if take_keyboard:
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
        self._show(conversation, take_keyboard)
        if conversation.unread:
            self._keep(lambda: self._library.mark_read(conversation_id))

    def open_new(self, *, temporary: bool = False, take_keyboard: bool = True) -> None:
        """Lay an empty conversation open. temporary: nothing of it is kept."""
        self.leave()
        self._show(self._library.create(temporary=temporary), take_keyboard)

    def go_on_as(self, conversation: Conversation) -> None:
        """The open conversation goes on under another id."""
        self._show(conversation)

    def flush(self) -> None:
        """Store what stands in the composer, now."""
        self._page.composer.flush_draft()

    def finish(self) -> None:
        """Store what is not stored yet of all drafts: the program may end at any moment."""
        self._keep(self._library.finish_drafts)

    def leave(self) -> None:
        """Keep what stands in the composer; a conversation left without a word in it goes."""
        self.flush()
        for about_this_one in ("branch", "kept"):
            self._page.notices.withdraw(about_this_one)
        edit, self._edit = self._edit, None
        self._page.composer.end_edit()
        if edit is not None and edit.queued_id:
            self.waiting.release(go_on=False)
        identity = self.conversation.id
        empty = self.conversation.active_leaf_id is None and not self.conversation.title
        if empty and not self._page.composer.text().strip() and not self._page.composer.files:
            self._keep(lambda: self._library.delete(identity))

    def _show(self, conversation: Conversation, take_keyboard: bool = True) -> None:
        self.conversation = conversation
        self._page.composer.set_text(self._library.draft_of(conversation))
        self._page.composer.set_files(self._library.files_of(conversation), self._library.file_text)
        self.show_path()
        self.note(conversation)
        if take_keyboard:
            self._page.focus_composer()
        self.opened.emit(conversation.id)

    def show_path(self) -> None:
        """Show the messages of the open conversation as they are now."""
        self.reading.show(self.conversation)
        self._show_answering()

    def _show_answering(self) -> None:
        self._page.composer.set_answering(self._service.is_answering(self.conversation.id))
        self._show_waiting()

    def note(self, conversation: Conversation) -> None:
        """Take over new facts of the open conversation."""
        self.conversation = conversation
        self._page.title.set_text(conversation.title)
        self._page.show_temporary(conversation.temporary)
        self._show_waiting()

    # what the chat announces about the open conversation

    def on_message_added(self, message: Message) -> None:
        """A message stands at the end."""
        if self._page.is_empty:
            self.reading.show_first(message)
        else:
            self._page.transcript.add_message(message)
        self._show_answering()

    def on_reply_ended(self, message: Message) -> None:
        """The reply is as it stays."""
        self._page.transcript.end(message)
        self._show_answering()

    # commands

    def send(self, text: str) -> None:
        """Send the composer's text, have it wait for the reply, or put it in the place of what is being edited."""
        edit = self._edit
        if edit is not None and edit.queued_id:
            if self.waiting.put_back(edit.queued_id, text):
                self._end_edit()
            return
        if not self._has_service(self.conversation.service):
            self.service_missing.emit()
            return
        if self._service.is_answering(self.conversation.id):
            self._send_later(text)
            return
        try:
            if edit is not None:
                sent = self._service.edit(edit.message_id, text)
            else:
                sent = self._service.send(self.conversation.id, text)
        except Fault as fault:
            self._say(fault, NOT_SENT)
            return
        if sent is None:
            return
        self._page.notices.withdraw("storage")
        self._page.notices.withdraw("busy")
        (self._clear if edit is None else self._end_edit)()
        self._page.transcript.jump_to_end()

    def _clear(self) -> None:
        """What stood in the composer was sent, or waits."""
        self._page.composer.clear()
        self._library.forget_files(self.conversation.id)

    def _send_later(self, text: str) -> None:
        if self._edit is not None:
            words = "The reply is still being written. Stop it, or wait for its end, then send your change."
            self._page.notices.say("busy", words, seconds=6)
            return
        try:
            self._service.queue(self.conversation.id, text)
        except Fault as fault:
            self._say(fault, "Your message was not queued; it is still here.")
            return
        self._page.notices.withdraw("storage")
        self._clear()

    def stop(self) -> None:
        """Stop the reply of the open conversation."""
        self._service.stop(self.conversation.id)

    def retry_last(self) -> None:
        """Have the last reply written anew."""
        for message in self.reading.from_the_end(self.conversation.id):
            self._on_retry_requested(message.id)
            return

    def edit_last(self) -> None:
        """Take the last own message into the composer."""
        for message in self.reading.from_the_end(self.conversation.id):
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

    def choose_service(self, service: str, model: str) -> None:
        """Which service and model answer here from now on."""
        identity = self.conversation.id
        if self._keep(lambda: self._library.choose_service(identity, service, model)):
            self.note(self._library.conversation(identity))
            self.opened.emit(identity)

    def set_asking(self, persona: str, asking: Asking, when_full: str | None = None) -> None:
        """What is asked of the model here from now on, beside the words. None: as before."""
        identity = self.conversation.id
        if self._keep(lambda: self._library.set_asking(identity, persona, asking, when_full)):
            self.note(self._library.conversation(identity))
            self.opened.emit(identity)

    def _begin_edit(self, message: Message) -> None:
        self._take_in(message.text, message_id=message.id)
        words = "Editing your message. The reply is written anew; what is there stays as a version."
        self._page.composer.begin_edit(message.text, words)

    def _edit_queued(self, queued: Queued) -> None:
        self._take_in(queued.text, queued_id=queued.id)
        self.waiting.hold(queued)
        words = "Editing a queued message. Enter puts it back in its place."
        self._page.composer.begin_edit(queued.text, words)

    def _take_in(self, before: str, *, message_id: str = "", queued_id: str = "") -> None:
        """Remember what the composer is used for instead of a new message, and what stood in it."""
        self.flush()
        if self._edit is not None:
            self._end_edit()
        self._edit = Edit(message_id, queued_id, before, self._page.composer.text())

    def _end_edit(self) -> None:
        """Give the composer back to the draft that stood in it before."""
        edit, self._edit = self._edit, None
        if edit is None:
            return
        self._page.composer.end_edit()
        self._page.composer.set_text(edit.beside)
        if edit.queued_id:
            self.waiting.release()
        elif not edit.beside.strip():
            self._on_draft_changed(edit.beside)  # the edited text was the draft, in case of the worst

    def _on_edit_ended(self) -> None:
        edit = self._edit
        if edit is not None and edit.queued_id:
            self.waiting.put_back(edit.queued_id, edit.before)  # what was written so far was kept
        self._end_edit()

    def _on_edit_last_asked(self) -> None:
        if self._waiting is None or not self._waiting.focus_last():
            self.edit_last()

    def _on_retry_requested(self, message_id: str, when_full: str = "") -> None:
        self._keep(lambda: self._service.retry(message_id, when_full))

    def _on_continue_requested(self, message_id: str) -> None:
        self._keep(lambda: self._service.continue_reply(message_id))

    def _on_draft_changed(self, text: str) -> None:
        """Keep what is written. Of a message being edited: as the draft, where there is no other."""
        identity, edit = self.conversation.id, self._edit
        if edit is None:
            self._keep(lambda: self._library.save_draft(identity, text))
        elif edit.queued_id and text.strip():
            self.waiting.put_back(edit.queued_id, text)
        elif edit.message_id and not edit.beside.strip() and text != edit.before:
            self._keep(lambda: self._library.save_draft(identity, text))

    def _on_files_changed(self) -> None:
        identity, composer = self.conversation.id, self._page.composer
        self._keep(lambda: self._library.drafts.keep(identity, composer.files, composer.text_of))

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
        if besides or words.title not in self._page.notices.text("storage"):  # which may say more than this
            self._page.notices.say("storage", text, icon="warning")
