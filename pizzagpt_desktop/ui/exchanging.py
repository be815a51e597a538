"""Conversations to and from files: which file, how far it is, what came of it; knows no format and no disk."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal

from pizzagpt_desktop.ui import strings

if TYPE_CHECKING:
    from PySide6.QtWidgets import QFileDialog

    from pizzagpt_desktop.chat.library import Library
    from pizzagpt_desktop.domain.attached import Attached
    from pizzagpt_desktop.domain.faults import Fault
    from pizzagpt_desktop.ui.conversation_commands import ConversationCommands
    from pizzagpt_desktop.ui.main_window import MainWindow
    from pizzagpt_desktop.ui.undoing import Undoing

_KEY = "exchange"
_IMPORT_FILTERS = ("Exports of chats (*.json *.jsonl *.zip)", "All files (*)")
_ONE_FILTERS = {"JSON, with everything (*.json)": "json", "Markdown, for reading (*.md)": "md"}
_SEVERAL_FILTERS = {"JSON, with everything (*.json)": "json", "Markdown files in a ZIP (*.zip)": "zip"}


class Exchanging(QObject):
    """The dialogs and the notices of imports and exports; whoever does the work listens, and tells how it goes.

    import_chosen: the path of a file. export_chosen: ids, and the path of a file to write. stop_asked: the user wants
    no more of what is being done.
    """

    import_chosen = Signal(str)
    export_chosen = Signal(list, str)
    stop_asked = Signal()
    attach_chosen = Signal(list)
    """The paths of files whose text goes with the next message."""

    def __init__(
        self, window: MainWindow, library: Library, commands: ConversationCommands, undoing: Undoing
    ) -> None:
        super().__init__(window)
        self._window = window
        self._library = library
        self._commands = commands
        self._undoing = undoing

    @property
    def slots(self) -> Mapping[str, Callable[[], None]]:
        """The commands that are not about certain conversations."""
        return {
            "import": self.ask_for_file,
            "export_all": self.ask_where_for_all,
            "attach": self.ask_for_attachment,
        }

    def ask_for_file(self) -> None:
        """Let a file to import be chosen."""
        from PySide6.QtWidgets import QFileDialog

        dialog = self._dialog("import_dialog", "Import conversations")
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilters(_IMPORT_FILTERS)
        dialog.setLabelText(QFileDialog.DialogLabel.Accept, "Import")
        dialog.fileSelected.connect(self.import_chosen)
        dialog.open()

    def ask_for_attachment(self) -> None:
        """Let files be chosen whose text goes with the next message."""
        from PySide6.QtWidgets import QFileDialog

        dialog = self._dialog("attach_dialog", "Attach text files")
        dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
        dialog.setLabelText(QFileDialog.DialogLabel.Accept, "Attach")
        dialog.filesSelected.connect(lambda paths: self.attach_chosen.emit(list(paths)))
        dialog.open()

    def ask_where(self, ids: Sequence[str]) -> None:
        """Let it be chosen where these conversations are written, and how."""
        there = [identity for identity in ids if identity not in self._library.unsaved]
        if len(there) == 1:
            from pizzagpt_desktop.domain.file_names import file_stem

            name = file_stem(self._library.conversation(there[0]).title)
            self._ask_where(there, "Export conversation", name, _ONE_FILTERS)
        elif there:
            self._ask_where(there, f"Export {len(there):,} conversations", "Conversations", _SEVERAL_FILTERS)

    def ask_where_for_all(self) -> None:
        """The same for everything but the trash and what is temporary."""
        found: list[str] = []

        def look() -> None:
            every = (*self._library.conversations(), *self._library.archived())
            found.extend(one.id for one in every if not one.temporary)

        if self._window.try_command(look):
            if found:
                self.ask_where(found)
            else:
                self._window.notify(_KEY, "There are no conversations to export yet.", seconds=10)

    def _ask_where(self, ids: Sequence[str], title: str, name: str, filters: Mapping[str, str]) -> None:
        from PySide6.QtWidgets import QFileDialog

        dialog = self._dialog("export_dialog", title)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilters(list(filters))
        dialog.filterSelected.connect(lambda words: dialog.setDefaultSuffix(filters.get(words, "json")))
        dialog.setDefaultSuffix("json")
        dialog.setLabelText(QFileDialog.DialogLabel.Accept, "Export")
        dialog.selectFile(f"{name}.json")
        dialog.fileSelected.connect(lambda path: self.export_chosen.emit(list(ids), path))
        dialog.open()

    def _dialog(self, name: str, title: str) -> QFileDialog:
        from PySide6.QtWidgets import QFileDialog

        dialog = QFileDialog(self._window, title)
        dialog.setObjectName(name)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        return dialog

    # how it goes

    def begun(self, words: str) -> None:
        """Something takes a while: say what, and offer to stop it."""
        self._window.notify(_KEY, words, [("Stop", self.stop_asked.emit)])

    def goes_on(self, words: str) -> None:
        """Say how far it is."""
        self._window.page.notices.reword(_KEY, words)

    def busy(self) -> None:
        """What was asked for has to wait: nothing is done of it."""
        self._window.notify("busy", "An import or export is going on. Try again when it is done.", seconds=10)

    def imported(self, ids: Sequence[str], words: str, whole: bool) -> None:
        """An import is over. ids: of what came in. whole: nothing has to be thought about."""
        self._window.page.notices.withdraw(_KEY)
        if ids:
            icon = "check" if whole else "warning"
            self._undoing.did(words, lambda: self._take_back(ids), icon=icon, seconds=0.0)
        else:
            self._window.notify(_KEY, words, icon="info" if whole else "warning")

    def exported(self, words: str) -> None:
        """An export is over."""
        self._window.notify(_KEY, words, seconds=15, icon="check")

    def failed(self, fault: Fault) -> None:
        """It could not be done."""
        words = strings.fault_words(fault)
        self._window.notify(_KEY, f"{words.title} {words.hint}", icon="warning")

    def attach(self, attached: Attached) -> None:
        """A file was read."""
        self._window.page.notices.withdraw("attach")
        self._window.page.composer.attach(attached)

    def not_attached(self, name: str, fault: Fault) -> None:
        """A file could not be read."""
        words = f"{name} was not attached. {fault.detail}" if name else fault.detail
        self._window.notify("attach", words, icon="warning")

    def over(self) -> None:
        """It was stopped, and there is nothing to say of it."""
        self._window.page.notices.withdraw(_KEY)

    def _take_back(self, ids: Sequence[str]) -> None:
        """Move what came in to the trash, and offer to bring that back."""
        if there := self._library.still_there(ids):
            self._commands.delete(there)
