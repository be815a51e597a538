"""The muted line under a reply: words, icon and the next step, from the message alone; knows no widget."""

from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import QPointF, QRect, QRectF, QSize
from PySide6.QtGui import QFontMetricsF, QPainter, QPixmap

from pizzagpt_desktop.domain.conversation import Message, Status
from pizzagpt_desktop.domain.faults import FaultKind
from pizzagpt_desktop.domain.window_notes import KNOWN_NOW, NEEDED
from pizzagpt_desktop.ui import icons, strings, theme
from pizzagpt_desktop.ui.transcript.style import PLAIN_TEXT_FLAGS, Style

Action = Literal["retry", "continue", "keep", "details", "preferences", "restart", "leave_out", "summarise"]
WIDTHS = {
    "retry": 78,
    "continue": 100,
    "keep": 76,
    "details": 84,
    "preferences": 120,
    "restart": 90,
    "leave_out": 150,
    "summarise": 110,
}
"""About how much room each button takes, in pixels."""
LEAST_WORDS = 220
"""Words with less room than this beside the buttons have them below instead."""


@dataclass(frozen=True, slots=True)
class StatusLine:
    """words: plain text. actions: the next steps offered as buttons, the likeliest first."""

    words: str
    icon_name: str
    actions: tuple[Action, ...]

    def icon(self, colour: str) -> QPixmap:
        return icons.pixmap(self.icon_name, colour, 16)

    def placed(self, style: Style, left: int, top: int, column: int) -> tuple[QRect, QRect]:
        """Where icon and words stand in a column that begins at `left`, and where the buttons do."""
        steps = sum(WIDTHS[action] for action in self.actions)
        beside = column - 24 - steps - 8
        full = self._size(style, column - 24)
        if steps and beside < min(LEAST_WORDS, full.width()):
            words = QRect(left, top, min(column, full.width() + 32), full.height())
            return words, QRect(left + 18, words.bottom() + 1, steps, theme.CONTROL_HEIGHT_DENSE)
        size = self._size(style, beside)
        words = QRect(left, top, min(column, size.width() + 32), size.height())
        if not steps:
            return words, QRect()
        return words, QRect(words.right() + 4, top, steps, theme.CONTROL_HEIGHT_DENSE)

    def _size(self, style: Style, room: int) -> QSize:
        words = QFontMetricsF(style.caption).boundingRect(
            QRectF(0, 0, room, 10_000), int(PLAIN_TEXT_FLAGS), self.words
        )
        return QSize(int(words.width()), max(theme.CONTROL_HEIGHT_DENSE, int(words.height()) + 6))

    def paint(self, painter: QPainter, style: Style, rect: QRect) -> None:
        """Paint icon and words into `rect`, which `placed` gave."""
        painter.setFont(style.caption)
        painter.setPen(style.muted)
        painter.drawPixmap(QPointF(rect.left(), rect.top() + 6), self.icon(style.palette.muted))
        painter.drawText(QRectF(rect).adjusted(24, 6, 8, 0), int(PLAIN_TEXT_FLAGS), self.words)


def status_line(message: Message) -> StatusLine | None:
    """What to say under `message`; None where nothing needs saying."""
    words = strings.status_words(message)
    actions: tuple[Action, ...] = ()
    icon = "info"
    match message.status:
        case Status.STREAMING:
            if message.text or message.reasoning:
                return None
        case Status.FAILED:
            icon, actions = "warning", ("retry",)
            if message.fault is not None:
                said = strings.fault_words(message.fault)
                actions = (said.action,) if said.action else ()
                if NEEDED in (message.usage or {}):
                    actions = ("leave_out", "summarise")
                elif message.fault.hint == KNOWN_NOW:
                    actions = ("retry",)
                words = f"{said.title} {said.hint}".strip()
        case Status.STOPPED:
            icon, actions = "stop", ("continue",) if message.text.strip() else ("retry",)
        case Status.INTERRUPTED:
            icon, actions = "warning", ("retry",)
            if message.kept:
                icon, actions = "check", ()
            elif message.text.strip():
                ended = message.fault is not None and message.fault.kind is FaultKind.ENGINE
                actions = ("restart" if ended else "continue", "retry", "keep")
            if message.fault is not None and not message.kept:
                words = f"{words} {strings.fault_words(message.fault).title}".strip()
        case Status.COMPLETE:
            if message.finish_reason == "length":
                actions = ("continue",)
            if message.tool_calls:
                actions = ("details",)
    return StatusLine(words, icon, actions) if words else None
