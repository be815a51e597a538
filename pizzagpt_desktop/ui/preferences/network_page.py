"""The page of the network: the lock on this computer, and the proxy of the whole program; opens no connection."""

from dataclasses import replace

from PySide6.QtWidgets import QVBoxLayout, QWidget

from pizzagpt_desktop.domain.preferences import PROXY_SECRET, Preferences
from pizzagpt_desktop.ui.labels import label
from pizzagpt_desktop.ui.ports import SecretsPort
from pizzagpt_desktop.ui.preferences.fields import PAGE_MARGINS, tick
from pizzagpt_desktop.ui.preferences.proxy_form import ProxyForm

LOCAL_ONLY_WORDS = (
    "Nothing but this computer is asked: every service and every proxy elsewhere is refused, before its name is "
    "looked up."
)


class NetworkPage(QWidget):
    """Edits the lock and the program's proxy."""

    def __init__(self, secrets: SecretsPort) -> None:
        super().__init__()
        self.local_only = tick("local_only", "Local only", LOCAL_ONLY_WORDS)
        help_words = label(LOCAL_ONLY_WORDS, "muted")
        help_words.setObjectName("local_only_help")
        self.proxy = ProxyForm(secrets, "proxy")
        lock = QVBoxLayout()
        lock.setSpacing(4)
        lock.addWidget(self.local_only)
        lock.addWidget(help_words)
        column = QVBoxLayout(self)
        column.setContentsMargins(*PAGE_MARGINS)
        column.setSpacing(16)
        column.addLayout(lock)
        column.addWidget(self.proxy)
        column.addStretch(1)

    def load(self, preferences: Preferences) -> None:
        """Show these settings."""
        self.local_only.setChecked(preferences.local_only)
        self.proxy.load(preferences.proxy, PROXY_SECRET)

    def is_right(self) -> bool:
        """Whether it can be used; if not, the field at fault says why."""
        return self.proxy.is_right()

    def into(self, preferences: Preferences) -> Preferences:
        """`preferences` with what was entered. Raises ValueError with words."""
        return replace(preferences, local_only=self.local_only.isChecked(), proxy=self.proxy.settings())

    def keep(self) -> bool:
        """Store the password. Whether it was kept as wanted."""
        return self.proxy.keep()
