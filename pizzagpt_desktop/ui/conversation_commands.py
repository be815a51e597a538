"""What the window does with conversations: go to one, file, copy, archive, delete; knows no wire, disk or loop."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from pizzagpt_desktop.ui import strings
from pizzagpt_desktop.ui.slices import Slices

if TYPE_CHECKING:
    from pizzagpt_desktop.chat.library import Library
    from pizzagpt_desktop.chat.service import ChatService
    from pizzagpt_desktop.domain.conversation import Conversation
    from pizzagpt_desktop.ui.acts import Acts
    from pizzagpt_desktop.ui.desk import Desk
    from pizzagpt_desktop.ui.main_window import MainWindow
    from pizzagpt_desktop.ui.shell import Shell
    from pizzagpt_desktop.ui.sidebar import Sidebar

Command = Callable[[Sequence[str]], Callable[[], None]]
"""Does something to conversations and returns its undo."""


class ConversationCommands:
    """Commands on the conversations that are selected in the list, or on the open one.

    What takes something away can be undone; several conversations are one act.
    """

    def __init__(
        self,
        window: MainWindow,
        shell: Shell,
        sidebar: Sidebar,
        desk: Desk,
        service: ChatService,
        library: Library,
        acts: Acts,
    ) -> None:
        self._window = window
        self._shell = shell
        self._sidebar = sidebar
        self._desk = desk
        self._service = service
        self._library = library
        self._acts = acts
        sidebar.chosen.connect(self.go_to)
        sidebar.looked_at.connect(self.look_at)
        sidebar.new_asked.connect(self.begin_new)
        sidebar.rename_asked.connect(self.give_title)
        sidebar.asked.connect(self.do)
        sidebar.dropped.connect(self.drop)
        window.page.keep_asked.connect(lambda: self.do("keep_temporary", [desk.conversation.id]))

    # which one is open

    def go_to(self, conversation_id: str) -> None:
        """Lay a conversation open, the keyboard in the composer."""
        self._desk.open(conversation_id)
        self._shell.end_overlay()

    def look_at(self, conversation_id: str) -> None:
        """Lay a conversation open; the keyboard stays in the list."""
        self._desk.open(conversation_id, take_keyboard=False)

    def begin_new(self) -> None:
        """Lay an empty conversation open."""
        self._desk.open_new()
        self._shell.end_overlay()

    def begin_temporary(self) -> None:
        """Lay an empty conversation open of which nothing will be kept."""
        self._desk.open_new(temporary=True)
        self._shell.end_overlay()

    def step(self, by: int) -> None:
        """Go to the conversation `by` rows below the open one."""
        found = self._sidebar.model.step(self._desk.conversation.id, by)
        if found is not None:
            self._desk.open(found)

    def open_recent(self, number: int) -> None:
        """Go to the conversation of this number in the list, counted from 0."""
        found = self._sidebar.model.id_at(number)
        if found is not None:
            self._desk.open(found)

    # what is done with them

    def targets(self) -> Sequence[str]:
        """What a command is about: what is selected, where the keyboard is in the list or several are; else the open one."""
        shown = self._sidebar.current_list
        selected = shown.selected_ids()
        if selected and (shown.in_hand or len(selected) > 1):
            return selected
        return [self._desk.conversation.id]

    def do_here(self, command: str) -> Callable[[], None]:
        """The command on its targets."""
        return lambda: self.do(command, self.targets())

    def do(self, command: str, ids: Sequence[str]) -> None:
        """Run a command of `Sidebar.asked`."""
        if ids:
            {
                "pin": lambda: self._pin(ids, True),
                "unpin": lambda: self._pin(ids, False),
                "toggle_pin": lambda: self._pin(ids, not all(self._is(ids, "pinned"))),
                "move": lambda: self._ask_for_folder(ids),
                "tags": lambda: self._ask_for_tags(ids),
                "duplicate": lambda: self._duplicate(ids),
                "export": lambda: self._window.exchanging.ask_where(ids),
                "archive": lambda: self.archive(ids, True),
                "unarchive": lambda: self.archive(ids, False),
                "toggle_archive": lambda: self.archive(ids, not all(self._is(ids, "archived"))),
                "delete": lambda: self.delete(ids),
                "restore": lambda: self.restore(ids),
                "offer_restore": lambda: self._offer_restore(ids),
                "erase": lambda: self._window.shelves.erase(ids),
                "keep_temporary": lambda: self._keep_temporary(ids[0]),
            }[command]()

    def rename_here(self) -> None:
        """Let a title be written in its row: of the folder the keyboard is on, or of the conversation in hand."""
        self._shell.set_sidebar(True)
        self._sidebar.end_search()
        folder_id = self._sidebar.list.current_folder() if self._sidebar.list.in_hand else ""
        if folder_id:
            self._sidebar.rename_folder(folder_id)
        else:
            self._sidebar.rename(self.targets()[0])

    def give_title(self, conversation_id: str, title: str) -> None:
        self._acts.run(
            [conversation_id], lambda some: self._library.rename(some[0], title), "", icon="rename"
        )

    def delete(self, ids: Sequence[str]) -> None:
        """Move to the trash, and say how to bring it back."""
        for identity in ids:
            self._service.stop(identity)
        self._take_away(ids, self._library.delete, "deleted", "trash")

    def archive(self, ids: Sequence[str], archived: bool) -> None:
        """Put into the archive, or back into the list."""
        if archived:
            self._take_away(ids, self._library.archive, "archived", "archive")
        else:
            words = f"{_number(ids)} moved back to the list."
            self._acts.run(ids, lambda some: self._library.archive(some, False), words, icon="archive")

    def restore(self, ids: Sequence[str]) -> None:
        """Bring back from the trash."""
        self._acts.run(ids, self._library.restore, f"{_number(ids)} restored.", icon="undo")

    def _offer_restore(self, ids: Sequence[str]) -> None:
        """Someone wanted to open what is in the trash."""
        words = "This conversation is in the trash. Restore it to read it or go on with it."
        self._window.notify("trash", words, [("Restore", lambda: self.restore(ids))], seconds=6, icon="trash")

    def move(self, ids: Sequence[str], folder_id: str | None) -> None:
        """Put into a folder, or with None out of any."""
        name = self._library.folder(folder_id).name if folder_id is not None else ""
        words = f"{_number(ids)} " + (f"moved to “{name}”." if name else "moved out of the folder.")
        self._acts.run(ids, lambda some: self._library.move(some, folder_id), words, icon="folder")

    def drop(self, ids: Sequence[str], place: str | bool) -> None:
        """Conversations were dragged to a place of the list: a folder's id, "" for outside any, True for the pinned."""
        known = [c for c in map(self._sidebar.model.conversation, ids) if c is not None]
        if any(c.pinned is not (place is True) for c in known):
            self._pin([c.id for c in known], place is True)
        folder_id = str(place) or None
        if place is not True and (moved := [c.id for c in known if c.folder_id != folder_id]):
            self.move(moved, folder_id)

    # how

    def _is(self, ids: Sequence[str], fact: str) -> list[bool]:
        return [getattr(conversation, fact) for conversation in self._facts(ids)]

    def _facts(self, ids: Sequence[str]) -> Iterator[Conversation]:
        """What is known of them: the list has it of those it shows, however many they are."""
        shown = self._sidebar.current_list.conversations
        for identity in ids:
            yield shown.conversation(identity) or self._library.conversation(identity)

    def _pin(self, ids: Sequence[str], pinned: bool) -> None:
        self._acts.run(ids, lambda some: self._library.pin(some, pinned), "", icon="pin")

    def _take_away(self, ids: Sequence[str], command: Command, done: str, icon: str) -> None:
        """Run a command after which `ids` are not in the list that is shown."""
        shown, opened = self._sidebar.current_list, self._desk.conversation.id
        in_hand = shown.in_hand
        row = max(0, shown.conversations.row_of(ids[0]))
        reopens = opened in ids and opened not in self._library.unsaved

        def then() -> None:
            if self._desk.conversation.id == opened and opened in ids:
                self._desk.open_new(take_keyboard=not in_hand)
            if in_hand:
                shown.select_near(row)
                shown.setFocus()

        def back() -> None:
            if reopens:
                self._desk.open(opened, take_keyboard=not shown.in_hand)

        self._acts.run(ids, command, f"{_number(ids)} {done}.", icon=icon, then=then, back=back)

    def _duplicate(self, ids: Sequence[str]) -> None:
        made: list[Conversation | None] = []

        def ended(_left: Sequence[str]) -> None:
            if made and made[-1] is not None:
                self._desk.open(made[-1].id)
            if None in made:
                self._window.notify("copying", strings.COPYING, seconds=6)

        def copy(some: Sequence[str]) -> None:
            made.append(self._library.duplicate(some[0]))

        Slices(self._window, ids, 1, copy, self._window.try_command, ended)

    def _keep_temporary(self, conversation_id: str) -> None:
        self._window.page.composer.flush_draft()
        self._service.stop(conversation_id)
        kept: list[Conversation] = []
        if self._window.try_command(lambda: kept.append(self._library.keep_temporary(conversation_id))):
            if conversation_id == self._desk.conversation.id:
                self._desk.go_on_as(kept[0])
            self._window.notify("kept", "This conversation is kept from now on.", seconds=6, icon="check")

    def _ask_for_folder(self, ids: Sequence[str]) -> None:
        from pizzagpt_desktop.ui.filing import folder_picker

        def make(name: str) -> None:
            made: list[str] = []
            if self._window.try_command(lambda: made.append(self._library.make_folder(name).id)):
                self.move(ids, made[0])

        folder_picker(
            self._window, self._library.folders(), lambda folder: self.move(ids, folder), make
        ).open()

    def _ask_for_tags(self, ids: Sequence[str]) -> None:
        from pizzagpt_desktop.ui.filing import TagsDialog

        def give(add: Sequence[str], remove: Sequence[str]) -> None:
            words = "Tags changed." if len(ids) == 1 else f"Tags of {_number(ids)} changed."
            self._acts.run(ids, lambda some: self._library.tag(some, add, remove), words, icon="tag")

        have = [set(conversation.tags) for conversation in self._facts(ids)]
        TagsDialog(self._window, self._sidebar.model.tags(), have, give).open()


def _number(ids: Sequence[str]) -> str:
    return "Conversation" if len(ids) == 1 else f"{len(ids)} conversations"
