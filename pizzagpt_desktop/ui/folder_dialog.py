"""The dialog in which another data folder is chosen; knows nothing of what is in it."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFileDialog


class FolderDialog(QFileDialog):
    """`chosen` says the path of a folder; "" when the user wants none."""

    chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__(None, "Choose another folder for your chats")
        self.setObjectName("folder_dialog")
        self.setFileMode(QFileDialog.FileMode.Directory)
        self.setOption(QFileDialog.Option.ShowDirsOnly)
        self.finished.connect(self._on_finished)

    def _on_finished(self, result: int) -> None:
        files = self.selectedFiles() if result else []
        self.chosen.emit(files[0] if files else "")
