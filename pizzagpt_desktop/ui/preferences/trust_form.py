"""The form of whom a service's connections trust: an authority, a certificate of one's own, pinned ones; opens no file."""

from collections.abc import Callable

from PySide6.QtCore import QFileInfo, Qt
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from pizzagpt_desktop.domain.trust import Pin, Trust
from pizzagpt_desktop.ui.labels import label, text_button
from pizzagpt_desktop.ui.ports import SecretsPort
from pizzagpt_desktop.ui.preferences.fields import Field, beside, line
from pizzagpt_desktop.ui.preferences.secret_field import SecretField

FILES = "Certificates (*.pem *.crt *.cer *.key);;All files (*)"
NO_FILE = "There is no such file, or it cannot be read."


def _passphrase(text: str) -> str:
    if any(not char.isprintable() for char in text):
        raise ValueError("The passphrase has a line break or another character that cannot be typed.")
    return text


class TrustForm(QWidget):
    """Edits one `Trust` and the passphrase of its key."""

    def __init__(self, secrets: SecretsPort) -> None:
        super().__init__()
        self._pins: tuple[Pin, ...] = ()
        self.authority, self._authority_field = self._file(
            "authority",
            "Own authority",
            "A file (PEM) with the certificate that signs this service's, as companies have. "
            "What the system trusts is trusted too.",
        )
        self.certificate, self._certificate_field = self._file(
            "certificate",
            "Certificate of yours",
            "A file (PEM), where the service wants to see one.",
        )
        self.certificate_key, self._key_field = self._file(
            "certificate_key", "Its private key", "Empty where it is in the same file."
        )
        self.passphrase = SecretField(secrets, "passphrase", "Passphrase of the private key", _passphrase)
        self.certificate.textChanged.connect(self._show_what_is_of_use)
        self._pinned = QWidget()
        self._pinned.setObjectName("pins")
        self._pins_column = QVBoxLayout(self._pinned)
        self._pins_column.setContentsMargins(0, 0, 0, 0)
        self._pins_column.setSpacing(4)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(16)
        for part in (self._authority_field, self._certificate_field, self._key_field, self.passphrase):
            column.addWidget(part)
        column.addWidget(self._pinned)
        self._show_what_is_of_use()

    def load(self, trust: Trust, secret: str) -> None:
        """Show this; the passphrase is the secret of that name."""
        self.authority.setText(trust.authority)
        self.certificate.setText(trust.certificate)
        self.certificate_key.setText(trust.certificate_key)
        self.passphrase.load(secret)
        self._set_pins(trust.pins)

    def trust(self) -> Trust:
        """What was entered."""
        certificate = self.certificate.text().strip()
        return Trust(
            authority=self.authority.text().strip(),
            certificate=certificate,
            certificate_key=self.certificate_key.text().strip() if certificate else "",
            pins=self._pins,
        )

    def pin(self, url: str, fingerprint: str) -> None:
        """Trust one certificate at the place of `url` from now on."""
        self._set_pins(Trust(pins=self._pins).with_pin(url, fingerprint).pins)

    def is_right(self) -> bool:
        """Whether it can be used; if not, the field at fault says why."""
        right = self._authority_field.check(lambda: _readable(self.authority.text()))
        if self.certificate.text().strip():
            right &= self._certificate_field.check(lambda: _readable(self.certificate.text()))
            right &= self._key_field.check(lambda: _readable(self.certificate_key.text()))
            right &= self.passphrase.is_right()
        return right

    def keep(self) -> bool:
        """Store the passphrase. Whether it was kept as wanted."""
        return self.passphrase.keep() if self.certificate.text().strip() else True

    def is_set(self) -> bool:
        """Whether anything is."""
        return self.trust() != Trust()

    def _file(self, name: str, words: str, help_text: str) -> tuple[QLineEdit, Field]:
        edit = line(name, words)
        browse = text_button(f"{name}_browse", "Browse…", f"Choose a file: {words}")
        browse.clicked.connect(lambda: self._browse(words, edit.setText))
        return edit, Field(edit, name, words, help_text, beside(edit, browse))

    def _browse(self, words: str, take: Callable[[str], None]) -> None:
        dialog = QFileDialog(self, words, "", FILES)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(take)
        dialog.open()

    def _show_what_is_of_use(self) -> None:
        given = bool(self.certificate.text().strip())
        self._key_field.setVisible(given)
        self.passphrase.setVisible(given)

    def _set_pins(self, pins: tuple[Pin, ...]) -> None:
        self._pins = pins
        while (item := self._pins_column.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        if pins:
            self._pins_column.addWidget(label("Certificates that you trusted by hand"))
        for pin in pins:
            self._pins_column.addWidget(self._pin_row(pin))
        self._pinned.setVisible(bool(pins))

    def _pin_row(self, pin: Pin) -> QWidget:
        row = QWidget()
        words = label(f"{pin.place}\n{_in_two_lines(pin.fingerprint)}", "muted")
        words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        remove = text_button("pin_remove", "Remove", f"Trust this certificate of {pin.place} no longer")
        remove.clicked.connect(lambda: self._set_pins(Trust(pins=self._pins).without_pin(pin.place).pins))
        inner = QHBoxLayout(row)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.addWidget(words, 1)
        inner.addWidget(remove, 0, Qt.AlignmentFlag.AlignTop)
        return row


def _in_two_lines(fingerprint: str) -> str:
    half = len(fingerprint) // 2
    return f"{fingerprint[: half + 1]}\n{fingerprint[half + 1 :]}"


def _readable(file: str) -> None:
    """Raise ValueError with words where a file is given that cannot be read."""
    file = file.strip()
    if not file:
        return
    found = QFileInfo(file)
    if not found.isAbsolute():
        raise ValueError("Give the whole name of the file, from the root.")
    if not (found.isFile() and found.isReadable()):
        raise ValueError(NO_FILE)
