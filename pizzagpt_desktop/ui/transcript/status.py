"""The muted line under a reply: words, icon and the next step, from the message alone; knows no widget."""

from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import QPointF, QRect, QRectF
from PySide6.QtGui import QFontMetricsF, QPainter, QPixmap

from pizzagpt_desktop.domain.conversation import Message, Status
from pizzagpt_desktop.ui import icons, strings, theme
from pizzagpt_desktop.ui.transcript.style import PLAIN_TEXT_FLAGS, Style

Action = Literal["retry", "continue", "preferences", ""]


@dataclass(frozen=True, slots=True)
class StatusLine:
    """words: plain text. action: the next step offered as a button, "" for none."""

    words: str
    icon_name: str
    action: Action

    def icon(self, colour: str) -> QPixmap:
        return icons.pixmap(self.icon_name, colour, 16)

    def placed(self, style: Style, left: int, top: int, column: int) -> QRect:
        """Where icon and words stand in a column that begins at `left`, with room for the button beside them."""
        room = column - 24 - (120 if self.action else 0)
        words = QFontMetricsF(style.caption).boundingRect(
            QRectF(0, 0, room, 10_000), int(PLAIN_TEXT_FLAGS), self.words
        )
        height = max(theme.CONTROL_HEIGHT_DENSE, int(words.height()) + 6)
        return QRect(left, top, min(column, int(words.width()) + 32), height)

    def paint(self, painter: QPainter, style: Style, rect: QRect) -> None:
        """Paint icon and words into `rect`, which `placed` gave."""
        painter.setFont(style.caption)
        painter.setPen(style.muted)
        painter.drawPixmap(QPointF(rect.left(), rect.top() + 6), self.icon(style.palette.muted))
        painter.drawText(QRectF(rect).adjusted(24, 6, 8, 0), int(PLAIN_TEXT_FLAGS), self.words)


def status_line(message: Message) -> StatusLine | None:
    """What to say under `message`; None where nothing needs saying."""
    words = strings.status_words(message)
    action: Action = ""
    icon = "info"
    match message.status:
        case Status.STREAMING:
            if message.text or message.reasoning:
                return None
        case Status.FAILED:
            icon, action = "warning", "retry"
            if message.fault is not None:
                said = strings.fault_words(message.fault)
                action = said.action
                words = f"{said.title} {said.hint}".strip()
        case Status.STOPPED:
            icon, action = "stop", "continue" if message.text.strip() else "retry"
        case Status.INTERRUPTED:
            icon, action = "warning", "continue" if message.text.strip() else "retry"
            if message.fault is not None:
                words = f"{words} {strings.fault_words(message.fault).title}".strip()
        case Status.COMPLETE:
            if message.finish_reason == "length":
                action = "continue"
    return StatusLine(words, icon, action) if words else None
