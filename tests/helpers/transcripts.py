"""What tests ask of a transcript on an offscreen display; knows no single test."""

from collections.abc import Callable

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QToolButton
from pytestqt.qtbot import QtBot

from pizzagpt_desktop.domain.conversation import Message, Role, Siblings
from pizzagpt_desktop.ui.transcript.view import TranscriptView

Talk = Callable[[int], list[Message]]
SiblingsOf = Callable[[str], Siblings]


def reply(text: str, identity: str = "r", **facts: object) -> Message:
    return Message(id=identity, conversation_id="c", parent_id=None, role=Role.ASSISTANT, text=text, **facts)  # type: ignore[arg-type]


def button(view: TranscriptView, name: str) -> QToolButton:
    found = [b for b in view.findChildren(QToolButton) if b.accessibleName() == name and b.isVisible()]
    assert found, f"no button {name!r}"
    return found[0]


def names(view: TranscriptView) -> list[str]:
    return [b.accessibleName() for b in view.findChildren(QToolButton) if b.isVisible()]


def place_on_screen(view: TranscriptView, identity: str) -> int:
    """The y in the viewport at which a message begins."""
    index = view.rows.index_of(identity)
    assert index is not None
    return view.rows.heights.top(index) - view.scroll_y


def frames(view: TranscriptView, qtbot: QtBot) -> None:
    """Until the view has drawn all it was given."""
    qtbot.waitUntil(lambda: not view._frame.isActive())


def shown_text(view: TranscriptView, index: int) -> str:
    row = view.rows.row(index)
    return "\n".join(leaf.text_between(0, None) for leaf in row.views)


def clipboard() -> str:
    return QGuiApplication.clipboard().text()
