"""What the window does with conversations: go to one, rename, pin, delete and undo; knows no wire, disk or loop."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pizzagpt_desktop.chat.library import Library
    from pizzagpt_desktop.chat.service import ChatService
    from pizzagpt_desktop.ui.desk import Desk
    from pizzagpt_desktop.ui.main_window import MainWindow
    from pizzagpt_desktop.ui.shell import Shell
    from pizzagpt_desktop.ui.sidebar import Sidebar

UNDO_S = 10.0


class ConversationCommands:
    """Commands on the conversations of the list; what was deleted can be brought back for `UNDO_S`."""

    def __init__(
        self,
        window: MainWindow,
        shell: Shell,
        sidebar: Sidebar,
        desk: Desk,
        service: ChatService,
        library: Library,
    ) -> None:
        self._window = window
        self._shell = shell
        self._sidebar = sidebar
        self._desk = desk
        self._service = service
        self._library = library
        sidebar.chosen.connect(self.go_to)
        sidebar.new_asked.connect(self.begin_new)
        sidebar.rename_asked.connect(self.give_title)
        sidebar.pin_asked.connect(self.pin)
        sidebar.delete_asked.connect(self.delete)

    def go_to(self, conversation_id: str) -> None:
        """Lay a conversation open."""
        self._desk.open(conversation_id)
        self._shell.end_overlay()

    def begin_new(self) -> None:
        """Lay an empty conversation open."""
        self._desk.open_new()
        self._shell.end_overlay()

    def step(self, by: int) -> None:
        """Go to the conversation `by` rows below the open one."""
        ids = self._sidebar.model.ids()
        identity = self._desk.conversation.id
        place = ids.index(identity) + by if identity in ids else (0 if by > 0 else -1)
        if 0 <= place < len(ids):
            self._desk.open(ids[place])

    def open_recent(self, number: int) -> None:
        """Go to the conversation of this number in the list, counted from 0."""
        ids = self._sidebar.model.ids()
        if number < len(ids):
            self._desk.open(ids[number])

    def rename_open(self) -> None:
        """Let the open conversation's title be written in its row."""
        self._shell.set_sidebar(True)
        self._sidebar.end_search()
        self._sidebar.rename(self._desk.conversation.id)

    def give_title(self, conversation_id: str, title: str) -> None:
        self._window.try_command(lambda: self._library.rename(conversation_id, title))

    def pin_open(self) -> None:
        """Pin the open conversation, or no longer."""
        self.pin(self._desk.conversation.id, not self._desk.conversation.pinned)

    def pin(self, conversation_id: str, pinned: bool) -> None:
        self._window.try_command(lambda: self._library.pin(conversation_id, pinned))

    def delete_open(self) -> None:
        """Move the open conversation to the trash."""
        self.delete(self._desk.conversation.id)

    def delete(self, conversation_id: str) -> None:
        """Move a conversation to the trash, and say how to bring it back."""
        self._service.stop(conversation_id)
        if not self._window.try_command(lambda: self._library.delete(conversation_id)):
            return
        if conversation_id == self._desk.conversation.id:
            self._desk.open_new()
        undo = ("Undo", lambda: self._undo_delete(conversation_id))
        self._window.notify("deleted", "Conversation deleted.", [undo], seconds=UNDO_S, icon="trash")

    def _undo_delete(self, conversation_id: str) -> None:
        if self._window.try_command(lambda: self._library.undo_delete(conversation_id)):
            self._desk.open(conversation_id)
