"""A field for a key or password: hidden until shown, and honest about where it is kept; knows no service."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QPalette, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from pizzagpt_desktop.ui import icons
from pizzagpt_desktop.ui.labels import describe, icon_button, plain_tip, text_button
from pizzagpt_desktop.ui.ports import SecretsPort
from pizzagpt_desktop.ui.preferences.fields import Field, line, tick


class SecretField(QWidget):
    """Edits one secret of the store by its name. What is stored is never shown, only that it is there."""

    def __init__(
        self, secrets: SecretsPort, name: str, words: str, check: Callable[[str], str], help_text: str = ""
    ) -> None:
        super().__init__()
        self._secrets = secrets
        self._check = check
        self._name = ""
        self._stored: str | None = None
        self._forgotten = ""
        self._warning = ""
        self._lower_words = words.lower()
        self._help_text = help_text
        self.edit = line(name, words, secret=True)
        self.edit.textChanged.connect(self._on_text_changed)
        self._eye = icon_button(f"{name}_show", "eye", f"Show the {self._lower_words}")
        self._eye.setCheckable(True)
        self._eye.toggled.connect(self._on_eye_toggled)
        self._remove = text_button(f"{name}_remove", "Remove", f"Remove the saved {self._lower_words}")
        self._remove.clicked.connect(self._on_remove_clicked)
        both = QWidget()
        row = QHBoxLayout(both)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        row.addWidget(self.edit, 1)
        row.addWidget(self._eye)
        row.addWidget(self._remove)
        self.field = Field(self.edit, name, words, help_text, both)
        self._this_run = tick(
            f"{name}_this_run", "For this run only", f"Forget the {self._lower_words} when the program ends"
        )
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self.field)
        column.addWidget(self._this_run)
        self._file = text_button(f"{name}_file", "", kind="link")
        self._file.clicked.connect(self._on_file_clicked)
        column.addWidget(self._file, 0, Qt.AlignmentFlag.AlignLeft)

    def load(self, name: str) -> None:
        """Edit the secret `name` from now on; nothing is typed yet."""
        self._name = name
        self._stored = self._secrets.read(name) or None
        self._forgotten = ""
        self.edit.clear()
        self.field.set_error("")
        self._show_store()
        self._describe_store()

    @property
    def is_stored(self) -> bool:
        """Whether there is a secret that may be used still."""
        return self._stored is not None and not self._forgotten

    def forget(self, why: str) -> None:
        """The stored secret may not be used any more. why: what to say instead of it; "" takes that back."""
        if (self._stored is not None or not why) and why != self._forgotten:
            self._forgotten = why
            self._describe_store()

    def warn(self, words: str) -> None:
        """Say something besides, beneath the field; "" takes it back."""
        if words != self._warning:
            self._warning = words
            self._describe_store()

    def value(self) -> str | None:
        """What would be used now: what was typed, or what is stored. Raises ValueError with words."""
        typed = self._check(self.edit.text()) if self.edit.text() else ""
        return typed or (self._stored if self.is_stored else None)

    def is_right(self) -> bool:
        """Whether what was typed can be used; if not, the field says why."""
        return self.field.check(self.value)

    def keep(self) -> bool:
        """Store what was typed, or forget what may not be used any more. Whether it was kept as wanted."""
        problem = ""
        if self.edit.text():
            value = self._check(self.edit.text())
            problem = self._secrets.write(self._name, value, self._this_run.isChecked())
            self._stored, self._forgotten = value, ""
            self.edit.clear()
        elif self._forgotten and self._stored is not None:
            problem = self._secrets.delete(self._name)
            self._stored, self._forgotten = None, ""
        self._describe_store()
        self.field.set_error(problem)
        return not problem

    def bind(self, name: str, address: str) -> None:
        """Note beside a secret that is kept for which address it is; without a secret, forget that."""
        bound = address if self._stored is not None else ""
        if (self._secrets.read(name) or "") != bound:
            if bound:
                self._secrets.write(name, bound, self._this_run.isChecked())
            else:
                self._secrets.delete(name)

    def tint(self, muted: str, on_accent: str) -> None:
        """Draw the icon in the palette's colour."""
        icons.tint([self._eye], muted, on_accent)

    def _show_store(self) -> None:
        """Offer what can be done about where secrets are kept."""
        available = self._secrets.available
        if not available:
            self._this_run.setChecked(True)
        self._this_run.setEnabled(available)
        locked = not available and self._secrets.is_locked
        words = "Unlock your keys…" if locked else "Keep keys in an encrypted file…"
        self._file.setText(words)
        self._file.setAccessibleName(words)
        self._file.setToolTip(plain_tip(words))
        self._file.setVisible(locked or (not available and self._secrets.can_seal))

    def _on_file_clicked(self) -> None:
        from pizzagpt_desktop.ui.key_file_dialog import KeyFileDialog

        dialog = KeyFileDialog(self.window(), self._secrets)
        dialog.opened.connect(self._on_file_opened)
        dialog.open()

    def _on_file_opened(self) -> None:
        """There is a place for secrets now, and what is in it counts."""
        if not self._forgotten:
            self._stored = self._secrets.read(self._name) or None
        self._this_run.setChecked(False)
        self._show_store()
        self._describe_store()

    def _describe_store(self) -> None:
        what = self._lower_words
        if self._forgotten:
            self.edit.setPlaceholderText("")
        else:
            self.edit.setPlaceholderText(f"A {what} is saved. Type to replace it." if self._stored else "")
        self._remove.setVisible(self.is_stored)
        if self._secrets.available:
            where = (
                f"The {what} is kept in your encrypted file."
                if self._secrets.has_file
                else f"The {what} is kept in the system's key store, never in a file."
            )
        else:
            why = self._secrets.why_not or "This system has no key store."
            where = f"{why} The {what} can be kept for this run only."
        self.field.set_help(
            " ".join(part for part in (self._forgotten, self._warning, self._help_text, where) if part)
        )

    def _on_text_changed(self, _text: str) -> None:
        self.field.set_error("")

    def _on_remove_clicked(self) -> None:
        self.forget(f"The saved {self._lower_words} will be removed.")
        self.edit.setFocus()

    def _on_eye_toggled(self, shown: bool) -> None:
        self.edit.setEchoMode(QLineEdit.EchoMode.Normal if shown else QLineEdit.EchoMode.Password)
        words = f"Hide the {self._lower_words}" if shown else f"Show the {self._lower_words}"
        describe(self._eye, self._eye.objectName(), words)
        icons.give(self._eye, "eye-off" if shown else "eye")
        self._tint_now()

    def _tint_now(self) -> None:
        role, colours = QPalette.ColorRole, self.palette()
        self.tint(colours.color(role.PlaceholderText).name(), colours.color(role.HighlightedText).name())

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._eye.icon().isNull():  # a form that was made after the dialog got its colours
            self._tint_now()
