"""The list of backups to choose one from, or a file of the user's own; knows no chat file and puts nothing back."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from PySide6.QtCore import QLocale, QSize, Qt, Signal
from PySide6.QtWidgets import (
    QDialog,
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QVBoxLayout,
    QWidget,
)

from pizzagpt_desktop.ui import theme
from pizzagpt_desktop.ui.labels import describe, label, text_button


class BackupRow(NamedTuple):
    """One backup. day: in ISO form. conversations: how many are in it, -1 where it cannot be read. time: of the day."""

    path: str
    day: str
    conversations: int
    time: str = ""


class BackupsDialog(QDialog):
    """`chosen` says the path of what is to be restored; "" when the user wants none."""

    chosen = Signal(str)

    def __init__(self, rows: Sequence[BackupRow], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("backups")
        self.setWindowTitle("Restore backup")
        self.resize(520 if parent is None else min(520, parent.width() - 16), 440)
        self._choice = ""
        self.list = QListWidget()
        describe(self.list, "backup_list", "Backups")
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        for row in rows:
            item = QListWidgetItem(_words(row), self.list)
            item.setSizeHint(QSize(0, theme.SIDEBAR_ROW))
            item.setData(Qt.ItemDataRole.UserRole, row.path)
            if row.conversations < 0:
                item.setFlags(item.flags() & ~Qt.ItemFlag.ItemIsEnabled)
        self.list.itemActivated.connect(self._on_activated)
        self.list.currentRowChanged.connect(self._on_row_changed)
        self._restore = text_button("restore_chosen", "Restore", "Put this backup in place", kind="main")
        self._restore.setDefault(True)
        self._restore.setEnabled(False)
        self._restore.clicked.connect(self._on_restore)
        other = text_button("restore_file", "Choose a file…", "Restore a chat file from elsewhere")
        other.clicked.connect(self._on_file_asked)
        cancel = text_button("cancel_restore", "Cancel", "Change nothing", shortcut="Esc")
        cancel.clicked.connect(self.reject)
        foot = QHBoxLayout()
        foot.setSpacing(8)
        foot.addWidget(other)
        foot.addStretch(1)
        for button in (self._restore, cancel):
            foot.addWidget(button)
        for button in (other, self._restore, cancel):
            button.setMinimumHeight(theme.CONTROL_HEIGHT_MAIN)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 24, 24, 16)
        column.setSpacing(12)
        words = (
            "Your chats as they are now are kept beside the restored ones, under a name that you are told."
        )
        column.addWidget(label(words if rows else f"There is no backup yet. {words}", "muted"))
        column.addWidget(self.list, 1)
        column.addLayout(foot)
        self.finished.connect(lambda _result: self.chosen.emit(self._choice))
        first = next((i for i, row in enumerate(rows) if row.conversations >= 0), -1)
        if first >= 0:
            self.list.setCurrentRow(first)
            self.list.setFocus()
        if parent is None:
            theme.dress_alone(self)

    def _on_row_changed(self, row: int) -> None:
        item = self.list.item(row)
        self._restore.setEnabled(item is not None and bool(item.flags() & Qt.ItemFlag.ItemIsEnabled))

    def _on_activated(self, item: QListWidgetItem) -> None:
        self._take(str(item.data(Qt.ItemDataRole.UserRole)))

    def _on_restore(self) -> None:
        item = self.list.currentItem()
        if item is not None:
            self._on_activated(item)

    def _on_file_asked(self) -> None:
        dialog = QFileDialog(self, "Restore a chat file")
        dialog.setObjectName("restore_file_dialog")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilters(["Chat files (*.db *.db.*)", "All files (*)"])
        dialog.fileSelected.connect(self._take)
        dialog.open()

    def _take(self, path: str) -> None:
        self._choice = path
        self.accept()


def _words(row: BackupRow) -> str:
    day = row.day
    try:
        then = date.fromisoformat(row.day)
        day = QLocale().toString(then, QLocale.FormatType.LongFormat)  # type: ignore[call-overload]  # not in the stubs
    except ValueError:
        pass
    if row.time:
        day = f"{day}, {row.time}"
    if row.conversations < 0:
        return f"{day}: cannot be read"
    return f"{day}: {row.conversations} conversation{'' if row.conversations == 1 else 's'}"
