"""Hears what the chat announces and has each part of the window show it; decides nothing and sends nothing."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING

from pizzagpt_desktop import chat
from pizzagpt_desktop.domain.faults import Fault
from pizzagpt_desktop.ui import strings

if TYPE_CHECKING:
    from pizzagpt_desktop.chat.library import Library
    from pizzagpt_desktop.chat.service import ChatService
    from pizzagpt_desktop.domain.conversation import Conversation
    from pizzagpt_desktop.ui.desk import Desk
    from pizzagpt_desktop.ui.main_window import MainWindow
    from pizzagpt_desktop.ui.page import Page
    from pizzagpt_desktop.ui.sidebar import Sidebar
    from pizzagpt_desktop.ui.where import Where


class Hearing:
    """One listener for the whole window, so that its parts hear of an event in one order."""

    def __init__(
        self,
        window: MainWindow,
        sidebar: Sidebar,
        page: Page,
        desk: Desk,
        where: Where,
        service: ChatService,
        library: Library,
    ) -> None:
        self._window = window
        self._sidebar = sidebar
        self._page = page
        self._desk = desk
        self._where = where
        self._service = service
        self._library = library

    def on_event(self, event: chat.events.Event) -> None:
        """Show one event."""
        match event:
            case chat.events.ConversationAdded(conversation) | chat.events.ConversationChanged(conversation):
                self._on_conversation(conversation)
            case chat.events.ConversationRemoved(conversation_id):
                self._on_removed(conversation_id)
            case chat.events.FoldersChanged():
                self._window.shelves.load_folders()
            case chat.events.MessageAdded(message):
                if self._lies_open(message.conversation_id):
                    self._desk.on_message_added(message)
                self.show_answering()
            case chat.events.PathChanged(conversation_id):
                if self._lies_open(conversation_id):
                    self._desk.note(self._library.conversation(conversation_id))
                    self._desk.show_path()
                self.show_answering()
            case chat.events.ReplyGrew(conversation_id, message_id, text, reasoning):
                if self._lies_open(conversation_id):
                    self._page.transcript.grow(message_id, text, reasoning)
                else:
                    self._mark_unread(conversation_id)
                self._where.on_reply_grew(conversation_id)
            case chat.events.ReplyReached(conversation_id, _, step):
                self._where.on_reply_reached(conversation_id, step)
            case chat.events.ReplyWaiting(conversation_id, _, seconds):
                self._where.on_reply_waiting(conversation_id, seconds)
            case chat.events.ReplyEnded(message):
                self._where.on_reply_ended(message)
                if self._lies_open(message.conversation_id):
                    self._desk.on_reply_ended(message)
                else:
                    self._mark_unread(message.conversation_id)
                self.show_answering()
            case chat.events.SavingFailed(fault):
                words = strings.fault_words(fault)
                text = f"{words.title} This chat goes on, but is not being saved. {words.hint}"
                self._window.notify("saving", text, icon="warning")
            case chat.events.SavingResumed():
                self._page.notices.withdraw("saving")
            case chat.events.DraftsKept():
                self._page.notices.withdraw("storage")
            case chat.events.CopyFailed(fault):
                words = strings.fault_words(fault)
                text = f"The conversation was not copied. {words.title} {words.hint}"
                self._window.notify("copying", text, icon="warning")
            case chat.events.FilesNotKept(fault):
                words = strings.fault_words(fault)
                self._window.notify("storage", f"{words.title} {words.hint}", icon="warning")

    def show_answering(self) -> None:
        """Mark what is being answered now."""
        self._sidebar.set_answering(self._service.answering)
        self._window.enable_commands()
        self._where.on_answering_changed(self._service.answering)

    def _lies_open(self, conversation_id: str) -> bool:
        return conversation_id == self._desk.conversation.id

    def _on_conversation(self, conversation: Conversation) -> None:
        self._sidebar.model.note_day(datetime.now().astimezone().date())
        self._sidebar.put(conversation)
        if self._lies_open(conversation.id):
            self._desk.note(conversation)
            self._window.show_opened()

    def _on_removed(self, conversation_id: str) -> None:
        """It left the list; a view may hold it now."""
        self._sidebar.drop(conversation_id)
        if self._sidebar.view is not None:
            with suppress(KeyError, Fault):  # erased, or the disk says so to whoever asks for it by a command
                self._sidebar.put(self._library.conversation(conversation_id))

    def _mark_unread(self, conversation_id: str) -> None:
        known = self._sidebar.model.conversation(conversation_id)
        if known is not None and not known.unread:
            self._window.try_command(lambda: self._library.mark_unread(conversation_id))
