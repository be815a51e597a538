"""The one gate through which an address leaves the program for the browser; knows no transcript.

Only http, https and mailto pass. An address that may look like another one is shown whole, and asked about.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QDialog, QHBoxLayout, QVBoxLayout, QWidget

from pizzagpt_desktop.ui.labels import label, text_button

SCHEMES = frozenset({"http", "https", "mailto"})
_LONGEST = 8192
_NUMBER_HOST = re.compile(r"[0-9a-fx.]+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Verdict:
    """allowed: may it be opened at all. confirm: must it be asked about. host: the real one. why: in words."""

    allowed: bool
    confirm: bool = False
    host: str = ""
    why: str = ""


def judge(address: str) -> Verdict:
    """What to do with an address that was clicked."""
    if len(address) > _LONGEST or any(ord(c) <= 32 or ord(c) == 127 or c == "\\" for c in address):
        return Verdict(False, why="The address is not a usable one.")
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
        _ = parts.port
    except ValueError:
        return Verdict(False, why="The address is not a usable one.")
    scheme = parts.scheme.lower()
    if scheme not in SCHEMES:
        return Verdict(False, why="Only web pages and mail addresses are opened from here.")
    if scheme == "mailto":
        return Verdict(bool(parts.path), host=parts.path, why="" if parts.path else "The address is empty.")
    if not host:
        return Verdict(False, why="The address names no host.")
    return _judge_host(parts, host)


def _judge_host(parts: SplitResult, host: str) -> Verdict:
    try:
        real = host.encode("idna").decode("ascii") if not host.isascii() else host
    except UnicodeError:
        return Verdict(False, why="The address names no usable host.")
    if "@" in parts.netloc:
        return Verdict(True, True, real, f"The part before “@” is a name, not the place. It leads to {real}.")
    if real != host or "xn--" in real:
        return Verdict(True, True, real, f"Its letters may look like others. It leads to {real}.")
    if ":" in host or _NUMBER_HOST.fullmatch(host):
        return Verdict(True, True, real, "It leads to a number instead of a name.")
    return Verdict(True, host=real)


class LinkGate:
    """Opens addresses for one window, asking first where `judge` says so."""

    def __init__(self, window: QWidget, say: Callable[[str], None]) -> None:
        self._window = window
        self._say = say

    def open(self, address: str) -> None:
        """Open `address` in the system's browser or mail program, ask about it, or say why not."""
        verdict = judge(address)
        if not verdict.allowed:
            self._say(f"The link was not opened. {verdict.why}")
        elif verdict.confirm:
            self._question(address, verdict.why)
        else:
            self._leave(address)

    def ask(self, address: str) -> None:
        """Ask before opening `address`, for a reason that only who shows it knows (its text names another place)."""
        verdict = judge(address)
        if verdict.allowed:
            self._question(address, verdict.why or f"It leads to {verdict.host}.")
        else:
            self.open(address)

    def _question(self, address: str, why: str) -> None:
        LinkQuestion(self._window, address, why, lambda: self._leave(address)).open()

    def _leave(self, address: str) -> None:
        url = QUrl(address, QUrl.ParsingMode.StrictMode)
        if not url.isValid():
            self._say("The link was not opened. The address is not a usable one.")
        elif not QDesktopServices.openUrl(url):
            self._say("The link could not be opened. No browser answered.")


class LinkQuestion(QDialog):
    """Shows the whole address and asks whether to open it."""

    def __init__(self, parent: QWidget, address: str, why: str, yes: Callable[[], None]) -> None:
        super().__init__(parent)
        self.setObjectName("link_question")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Open this address?")
        self.setMinimumWidth(420)
        where = label(address)
        where.setObjectName("link_address")
        where.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        leave = text_button("cancel_link", "Cancel")
        leave.setDefault(True)
        leave.clicked.connect(self.reject)
        go = text_button("open_link", "Open in browser")
        go.clicked.connect(self.accept)
        self.accepted.connect(yes)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(go)
        row.addWidget(leave)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 24, 24, 16)
        column.setSpacing(12)
        column.addWidget(where)
        column.addWidget(label(why, "muted"))
        column.addLayout(row)
