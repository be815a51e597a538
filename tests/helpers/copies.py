"""What tests of copying and dragging share: a message with something of everything, and what went out of it."""

from PySide6.QtCore import QMimeData
from PySide6.QtGui import QGuiApplication

from pizzagpt_desktop.ui.transcript.selection import Position, Selection
from pizzagpt_desktop.ui.transcript.view import TranscriptView

TABLE = "| a | b |\n|---|--:|\n| 1 | 2 |\n| x \\| y | `z` |\n"
MIXED = (
    "# Title\n\nSome **bold _both_** and $a^2$, [a link](https://good.example/?a=1&b).\n\n"
    "1. one\n2. two\n   - inner *item*\n\n> quoted\n\n```py\nx = 1\n\n\ty\n```\n\n" + TABLE + "\nThe end."
)


def on_clipboard() -> QMimeData:
    return QGuiApplication.clipboard().mimeData()


def markdown(data: QMimeData) -> str:
    return bytes(data.data("text/markdown").data()).decode()


def select(view: TranscriptView, start: tuple[int, int, int], end: tuple[int, int, int]) -> None:
    view.select(Selection(Position(*start), Position(*end)))
