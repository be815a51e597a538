"""The one gate through which an address leaves the program for the browser; knows no transcript.

Only http, https and mailto pass. An address that may look like another one is shown whole, and asked about.
"""

from collections.abc import Callable

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices, QResizeEvent, QTextOption
from PySide6.QtWidgets import QDialog, QHBoxLayout, QPlainTextEdit, QVBoxLayout, QWidget

from pizzagpt_desktop.domain.links import Verdict, judge
from pizzagpt_desktop.domain.marks import marked
from pizzagpt_desktop.ui.labels import describe, label, text_button

Opener = Callable[[QUrl], bool]
WIDTH, LEAST, MARGIN = 520, 300, 16
LONG, LINES = 400, 8
"""Characters of an address that is seen whole at once, and lines of a longer one."""


class LinkGate:
    """Opens addresses for one window, asking first where `domain.links.judge` says so."""

    def __init__(self, window: QWidget, say: Callable[[str], None], opener: Opener | None = None) -> None:
        """opener: hands an address to the system, and says whether it took it; None for the desktop's own way."""
        self._window = window
        self._say = say
        self._opener = opener or QDesktopServices.openUrl

    def open(self, address: str) -> None:
        """Open `address` in the system's browser or mail program, ask about it, or say why not."""
        judged = judge(address)
        if judged.verdict is Verdict.DEAD:
            self._say(f"The link was not opened. {judged.why}")
        elif judged.verdict is Verdict.CONFIRM:
            self._question(judged.address, judged.why)
        else:
            self._leave(judged.address)

    def ask(self, address: str) -> None:
        """Ask before opening `address`, for a reason that only who shows it knows (its text names another place)."""
        judged = judge(address)
        if judged.verdict is Verdict.DEAD:
            self.open(address)
        else:
            self._question(judged.address, judged.why or f"It leads to {judged.host}.")

    def _question(self, address: str, why: str) -> None:
        LinkQuestion(self._window, address, why, lambda: self._leave(address)).open()

    def _leave(self, address: str) -> None:
        url = QUrl(address, QUrl.ParsingMode.StrictMode)
        if not url.isValid():
            self._say("The link was not opened. The address is not a usable one.")
        elif not self._opener(url):
            self._say("The link could not be opened. No browser answered.")


class LinkQuestion(QDialog):
    """Shows the whole address and asks whether to open it; Enter and Esc leave it."""

    def __init__(self, parent: QWidget, address: str, why: str, yes: Callable[[], None]) -> None:
        super().__init__(parent)
        self.setObjectName("link_question")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Open this address?")
        self.resize(min(WIDTH, max(parent.window().width() - 2 * MARGIN, LEAST)), 0)
        self.setMinimumWidth(LEAST)
        leave = text_button("cancel_link", "Cancel")
        leave.setDefault(True)
        leave.clicked.connect(self.reject)
        go = text_button("open_link", "Open in browser")
        go.setAutoDefault(False)
        go.clicked.connect(self.accept)
        self.accepted.connect(yes)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(go)
        row.addWidget(leave)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 24, 24, 16)
        column.setSpacing(12)
        column.addWidget(_Address(address))
        column.addWidget(label(why, "muted"))
        column.addLayout(row)
        leave.setFocus()


class _Address(QPlainTextEdit):
    """All of an address, broken wherever a line ends; as high as it needs, a very long one with a bar to scroll by."""

    def __init__(self, address: str) -> None:
        super().__init__(marked(address, strict=True))
        describe(self, "link_address", "Address")
        self.setFrameShape(QPlainTextEdit.Shape.NoFrame)
        self.setReadOnly(True)
        self.setTabChangesFocus(True)
        self.setWordWrapMode(QTextOption.WrapMode.WrapAnywhere)
        # From the beginning: for a bar that comes while lines are broken Qt does not break them again.
        is_long = len(address) > LONG
        policy = Qt.ScrollBarPolicy.ScrollBarAlwaysOn if is_long else Qt.ScrollBarPolicy.ScrollBarAlwaysOff
        self.setVerticalScrollBarPolicy(policy)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._most = LINES if is_long else LONG
        self.document().setDocumentMargin(0)
        self.viewport().setAutoFillBackground(False)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        lines = min(self._most, max(1, round(self.document().size().height())))  # Qt counts this one in lines
        self.setFixedHeight(lines * self.fontMetrics().lineSpacing() + 4)
