"""The dialog that opens the encrypted file of keys, or makes one after saying plainly what it is; knows no key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from pizzagpt_desktop.ui import theme
from pizzagpt_desktop.ui.beside import Beside
from pizzagpt_desktop.ui.labels import label, text_button
from pizzagpt_desktop.ui.preferences.fields import Field, line

if TYPE_CHECKING:
    from pizzagpt_desktop.ui.ports import SecretsPort

ABOUT_MAKING = (
    "This system has no key store. Keys can be kept in a file that only a passphrase of yours opens (scrypt and AES-GCM). "
    "The program asks for it once each time it starts. Without it nobody can open the file, you neither."
)
ABOUT_OPENING = "Your keys are in an encrypted file. They are needed to ask the services you set up."
NOT_THE_SAME = "The two are not the same."
WENT_WRONG = "Something went wrong, and the file is not open. Try again."
WIDTH = 440


class KeyFileDialog(QDialog):
    """`opened` once the file is open."""

    opened = Signal()

    def __init__(self, parent: QWidget, secrets: SecretsPort) -> None:
        super().__init__(parent)
        self.setObjectName("key_file")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._secrets = secrets
        self._making = not secrets.has_file
        self.setWindowTitle("Keep keys in an encrypted file" if self._making else "Unlock your keys")
        self._beside = Beside(self, "key file")
        self._beside.done.connect(self._on_done)
        self._beside.failed.connect(lambda: self._on_done(WENT_WRONG))
        self.passphrase = line("passphrase", "Passphrase", secret=True)
        self.field = Field(
            self.passphrase, "passphrase", "Passphrase", "At least 8 characters." if self._making else ""
        )
        self.again = line("passphrase_again", "Passphrase, once more", secret=True)
        self.again_field = Field(self.again, "passphrase_again", "Passphrase, once more")
        self.again_field.setVisible(self._making)
        for edit in (self.passphrase, self.again):
            edit.setEchoMode(QLineEdit.EchoMode.Password)
        words = "Make the file" if self._making else "Unlock"
        self.ok = text_button("key_file_ok", words, kind="main", shortcut="Enter")
        self.ok.setDefault(True)
        self.ok.clicked.connect(self._on_ok)
        cancel = text_button("key_file_cancel", "Not now", "Keys are kept for this run only", shortcut="Esc")
        cancel.clicked.connect(self.reject)
        foot = QHBoxLayout()
        foot.setSpacing(8)
        foot.addStretch(1)
        for button in (self.ok, cancel):
            button.setFixedHeight(theme.CONTROL_HEIGHT_MAIN)
            foot.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 24, 24, 16)
        column.setSpacing(16)
        column.addWidget(label(ABOUT_MAKING if self._making else ABOUT_OPENING, "muted"))
        column.addWidget(self.field)
        column.addWidget(self.again_field)
        column.addStretch(1)
        column.addLayout(foot)
        self.resize(WIDTH, self.sizeHint().height())

    def _on_ok(self) -> None:
        passphrase = self.passphrase.text()
        self.again_field.set_error("")
        if self._making and passphrase != self.again.text():
            if self.again.text():
                self.again_field.set_error(NOT_THE_SAME)
            self.again.selectAll()
            self.again.setFocus()
            return
        self.field.set_error("")
        self._set_busy(True)
        work = self._secrets.seal if self._making else self._secrets.unlock
        self._beside.run(lambda: work(passphrase))

    def _on_done(self, problem: str) -> None:
        self._set_busy(False)
        self.field.set_error(problem)
        if problem:
            self.passphrase.selectAll()
            self.passphrase.setFocus()
            return
        self.passphrase.clear()
        self.again.clear()
        self.opened.emit()
        self.accept()

    def _set_busy(self, busy: bool) -> None:
        for widget in (self.ok, self.passphrase, self.again):
            widget.setEnabled(not busy)
