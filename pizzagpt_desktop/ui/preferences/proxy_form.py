"""The form of a proxy: mode, address, login, what goes round it; opens no connection."""

from dataclasses import replace

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from pizzagpt_desktop.domain.proxy import ProxyMode, ProxyScheme, ProxySettings, parse_proxy_url, validate
from pizzagpt_desktop.ui.ports import SecretsPort
from pizzagpt_desktop.ui.preferences.fields import Field, choice, line, lines, tick, whole_number
from pizzagpt_desktop.ui.preferences.secret_field import SecretField

MODES = (
    (ProxyMode.SYSTEM, "The system's settings"),
    (ProxyMode.NONE, "No proxy"),
    (ProxyMode.MANUAL, "Set by hand"),
)
MODE_HELP = {
    ProxyMode.SYSTEM: "On Windows and macOS those of the desktop, with their script (PAC); on Linux the variables such "
    "as https_proxy, and no script.",
    ProxyMode.NONE: "Straight to every service, whatever the system says.",
    ProxyMode.MANUAL: "",
}
SCHEMES = (
    (ProxyScheme.HTTP, "HTTP"),
    (ProxyScheme.HTTPS, "HTTPS, encrypted on the way to the proxy"),
    (ProxyScheme.SOCKS4, "SOCKS4"),
    (ProxyScheme.SOCKS4A, "SOCKS4a, names looked up there"),
    (ProxyScheme.SOCKS5, "SOCKS5"),
    (ProxyScheme.SOCKS5H, "SOCKS5h, names looked up there"),
)
PORT_WORDS = "The proxy's port is a number from 1 to 65535."


def _password(text: str) -> str:
    if any(not char.isprintable() for char in text):
        raise ValueError("The password has a line break or another character that cannot be typed.")
    return text


class ProxyForm(QWidget):
    """Edits one `ProxySettings` and its password. prefix: of the controls' names."""

    def __init__(self, secrets: SecretsPort, prefix: str) -> None:
        super().__init__()
        self.mode = choice(f"{prefix}_mode", "Proxy")
        for mode, words in MODES:
            self.mode.addItem(words, mode)
        self.mode.currentIndexChanged.connect(self._on_mode_changed)
        self._mode_field = Field(self.mode, f"{prefix}_mode", "Proxy")
        self.scheme = choice(f"{prefix}_scheme", "Kind of proxy")
        for scheme, words in SCHEMES:
            self.scheme.addItem(words, scheme)
        self.host = line(f"{prefix}_host", "Host", placeholder="proxy.example.com")
        self.host.editingFinished.connect(self._on_host_edited)
        self.host_field = Field(self.host, f"{prefix}_host", "Host")
        self.port = line(f"{prefix}_port", "Port", placeholder="8080")
        self.port_field = Field(self.port, f"{prefix}_port", "Port")
        self.username = line(f"{prefix}_username", "User name", placeholder="only if the proxy asks for one")
        self.password = SecretField(secrets, f"{prefix}_password", "Password", _password)
        self.bypass = lines(f"{prefix}_bypass", "Addresses that go round the proxy", 3)
        self.bypass_field = Field(
            self.bypass,
            f"{prefix}_bypass",
            "Addresses that go round the proxy",
            "One a line: a host, .example.com, an address, or a network such as 10.0.0.0/8, each with a :port if you like. "
            "This computer's own addresses always do (localhost, 127.0.0.1, ::1), unless the box below is ticked.",
        )
        self.for_loopback = tick(f"{prefix}_loopback", "Also for this computer's own addresses")
        self._manual = QWidget()
        grid = QGridLayout(self._manual)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(16)
        grid.setColumnStretch(0, 2)
        grid.setColumnStretch(1, 1)
        top = Qt.AlignmentFlag.AlignTop
        grid.addWidget(Field(self.scheme, f"{prefix}_scheme", "Kind of proxy"), 0, 0, 1, 2)
        grid.addWidget(self.host_field, 1, 0, top)
        grid.addWidget(self.port_field, 1, 1, top)
        grid.addWidget(Field(self.username, f"{prefix}_username", "User name"), 2, 0, 1, 2)
        grid.addWidget(self.password, 3, 0, 1, 2)
        grid.addWidget(self.bypass_field, 4, 0, 1, 2)
        grid.addWidget(self.for_loopback, 5, 0, 1, 2)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(16)
        column.addWidget(self._mode_field)
        column.addWidget(self._manual)
        self._on_mode_changed()

    def load(self, settings: ProxySettings, secret: str) -> None:
        """Show these settings; the password is the secret of that name."""
        self.mode.setCurrentIndex(self.mode.findData(settings.mode))
        self.scheme.setCurrentIndex(self.scheme.findData(settings.scheme))
        self.host.setText(settings.host)
        self.port.setText(str(settings.port) if settings.port else "")
        self.username.setText(settings.username)
        self.bypass.setPlainText("\n".join(settings.bypass))
        self.for_loopback.setChecked(settings.for_loopback)
        self.password.load(secret)
        for field in (self.host_field, self.port_field, self.bypass_field):
            field.set_error("")

    def settings(self) -> ProxySettings:
        """What was entered. Raises ValueError with words."""
        manual = self.mode.currentData() == ProxyMode.MANUAL
        port = whole_number(self.port.text(), 1, 65535, PORT_WORDS) if manual else None
        settings = self._settings(port or 0)
        try:
            validate(settings)
        except ValueError:
            if manual:
                raise
            return replace(settings, bypass=())  # of no use now, and out of sight
        return settings

    def password_now(self) -> str | None:
        """The password that would be used. Raises ValueError with words."""
        return self.password.value() if self.mode.currentData() == ProxyMode.MANUAL else None

    def is_right(self) -> bool:
        """Whether it can be used; if not, the field at fault says why."""
        for field in (self.host_field, self.port_field, self.bypass_field):
            field.set_error("")
        if self.mode.currentData() != ProxyMode.MANUAL:
            return True
        right = self.port_field.check(self._port)
        right &= self.bypass_field.check(lambda: validate(ProxySettings(bypass=self._bypass())))
        # Host and user name: with a port and a list that are fine, only these can be wrong.
        right &= self.host_field.check(
            lambda: validate(
                ProxySettings(
                    mode=ProxyMode.MANUAL,
                    scheme=self.scheme.currentData(),
                    host=self.host.text().strip(),
                    port=1,
                    username=self.username.text(),
                )
            )
        )
        return right & self.password.is_right()

    def keep(self) -> bool:
        """Store the password. Whether it was kept as wanted."""
        return self.password.keep() if self.mode.currentData() == ProxyMode.MANUAL else True

    def _port(self) -> int:
        port = whole_number(self.port.text(), 1, 65535, PORT_WORDS)
        if port is None:
            raise ValueError(PORT_WORDS)
        return port

    def _bypass(self) -> tuple[str, ...]:
        text = self.bypass.toPlainText().replace(",", "\n")
        return tuple(entry.strip() for entry in text.splitlines() if entry.strip())

    def _settings(self, port: int) -> ProxySettings:
        return ProxySettings(
            mode=ProxyMode(self.mode.currentData()),
            scheme=ProxyScheme(self.scheme.currentData()),
            host=self.host.text().strip(),
            port=port,
            username=self.username.text(),
            bypass=self._bypass(),
            for_loopback=self.for_loopback.isChecked(),
        )

    def _on_mode_changed(self) -> None:
        mode = ProxyMode(self.mode.currentData())
        self._manual.setVisible(mode is ProxyMode.MANUAL)
        self._mode_field.set_help(MODE_HELP[mode])

    def _on_host_edited(self) -> None:
        """A whole address pasted as host, such as socks5://me@corp:1080, fills the other fields too."""
        text = self.host.text().strip()
        if "://" not in text and "@" not in text:
            return
        try:
            settings, password = parse_proxy_url(text)
        except ValueError as error:
            self.host_field.set_error(str(error))
            return
        self.scheme.setCurrentIndex(self.scheme.findData(settings.scheme))
        self.host.setText(settings.host)
        self.port.setText(str(settings.port))
        self.username.setText(settings.username)
        self.host_field.set_error("")
        if password:
            self.password.edit.setText(password)
