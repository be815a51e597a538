"""The library's shelves in the window: folders, order, archive, trash and tags; knows no wire, disk or loop."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from pizzagpt_desktop.domain.faults import Fault

if TYPE_CHECKING:
    from pizzagpt_desktop.chat.library import Library
    from pizzagpt_desktop.domain.conversation import Conversation
    from pizzagpt_desktop.domain.preferences import Live, Preferences
    from pizzagpt_desktop.ui.acts import Acts
    from pizzagpt_desktop.ui.main_window import MainWindow
    from pizzagpt_desktop.ui.shell import Shell
    from pizzagpt_desktop.ui.sidebar import Sidebar
    from pizzagpt_desktop.ui.undoing import Undoing


class Shelves:
    """Commands on folders and views. What is to be erased for good is out of sight at once, and erased when its
    undo is over or the window closes."""

    def __init__(
        self,
        window: MainWindow,
        shell: Shell,
        sidebar: Sidebar,
        library: Library,
        undoing: Undoing,
        acts: Acts,
        preferences: Live[Preferences],
    ) -> None:
        self._window = window
        self._shell = shell
        self._sidebar = sidebar
        self._library = library
        self._undoing = undoing
        self._acts = acts
        self._preferences = preferences
        self._going: dict[str, None] = {}
        sidebar.folder_rename_asked.connect(self.rename_folder)
        sidebar.folder_toggled.connect(
            lambda folder_id, closed: window.try_command(lambda: library.collapse_folder(folder_id, closed))
        )
        sidebar.folder_moved.connect(self.move_folder)
        sidebar.folder_remove_asked.connect(self.remove_folder)
        sidebar.undo_asked.connect(undoing.undo_last)

    # folders

    def load_folders(self) -> None:
        """Show the folders that there are."""
        try:
            self._sidebar.set_folders(self._library.folders())
        except Fault as fault:
            self._window.say(fault)

    def make_folder(self) -> None:
        """Make a folder and let its name be written."""
        made: list[str] = []
        self._shell.set_sidebar(True)
        if self._window.try_command(lambda: made.append(self._library.make_folder("New folder").id)):
            self._sidebar.rename_folder(made[0])

    def move_folder(self, folder_id: str, place: int) -> None:
        self._acts.run([folder_id], lambda some: self._library.move_folder(some[0], place), "", icon="folder")

    def rename_folder(self, folder_id: str, name: str) -> None:
        self._acts.run(
            [folder_id], lambda some: self._library.rename_folder(some[0], name), "", icon="folder"
        )

    def remove_folder(self, folder_id: str) -> None:
        """Take a folder away; its conversations stay in the list."""
        name = self._library.folder(folder_id).name
        words = f"Folder “{name}” removed. Its conversations are still in the list."
        self._acts.run(
            [folder_id], lambda some: self._library.remove_folder(some[0]), words, icon="folder", many=True
        )

    # order

    def sort_by(self, order: str) -> Callable[[], None]:
        """The command that orders the list so, from now on."""
        return lambda: self._preferences.set(replace(self._preferences.value, list_order=order))

    def show_order(self) -> None:
        """Order the list as the preferences have it."""
        order = self._preferences.value.list_order
        self._sidebar.model.set_order(order)
        self._window.actions_by_id.check("sort", order)

    # views

    def show_list(self) -> None:
        """Let the next key go into the list of all conversations."""
        self._shell.set_sidebar(True)
        self._sidebar.end_view()
        self._sidebar.focus_list()

    def show_archive(self) -> None:
        self._show("archive", "", self._library.archived)

    def show_trash(self) -> None:
        days = self._preferences.value.trash_days
        after = f"{days} days" if days > 1 else "a day"
        about = f"Erased {after} after they were deleted." if days else "Nothing here is erased by itself."
        self._show("trash", about, lambda: [c for c in self._library.trash() if c.id not in self._going])

    def ask_for_tag(self) -> None:
        """Show the conversations with one tag."""
        from pizzagpt_desktop.ui.filing import tag_picker

        tag_picker(self._window, self._sidebar.model.tags(), self._show_tag).open()

    def _show_tag(self, tag: str) -> None:
        listed = self._sidebar.model.conversations()
        self._show("tag", tag, lambda: [*listed, *self._library.archived()])

    def _show(self, kind: str, about: str, load: Callable[[], Iterable[Conversation]]) -> None:
        from pizzagpt_desktop.ui.sidebar_view import View

        try:
            conversations = list(load())
        except Fault as fault:
            self._window.say(fault)
            return
        self._shell.set_sidebar(True)
        self._sidebar.show_view(View(kind, about), conversations)

    # erasing

    def empty_trash(self) -> None:
        """Erase all that is in the trash."""
        try:
            ids = [c.id for c in self._library.trash() if c.id not in self._going]
        except Fault as fault:
            self._window.say(fault)
            return
        if ids:
            self.erase(ids)
        else:
            self._window.notify("trash", "The trash is empty.", seconds=6, icon="trash")

    def erase(self, ids: Sequence[str]) -> None:
        """Erase for good, once the time to undo it is over."""
        from PySide6.QtCore import QTimer

        from pizzagpt_desktop.ui.acts import AT_ONCE
        from pizzagpt_desktop.ui.slices import Slices
        from pizzagpt_desktop.ui.undoing import UNDO_S

        going = dict.fromkeys(ids)
        self._going |= going
        self._sidebar.drop_all(going)

        def undo() -> None:
            for identity in going:
                self._going.pop(identity, None)
            going.clear()
            view = self._sidebar.view
            if view is not None and view.kind == "trash":
                self.show_trash()

        def erase_now() -> None:
            self._undoing.forget(undo)
            ids = [identity for identity in going if identity in self._going]
            Slices(self._window, ids, AT_ONCE, self._erase, self._window.try_command, lambda _: None)

        number = "Conversation" if len(ids) == 1 else f"{len(ids)} conversations"
        self._undoing.did(f"{number} deleted for good.", undo)
        QTimer.singleShot(round(UNDO_S * 1000), self._window, erase_now)

    def end(self) -> None:
        """The window closes: what was to be erased is erased now."""
        if self._going:
            self._window.try_command(lambda: self._erase(list(self._going)))

    def _erase(self, ids: Sequence[str]) -> None:
        self._library.erase(ids)
        for identity in ids:
            del self._going[identity]
