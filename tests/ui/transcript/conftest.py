"""A transcript on an offscreen display, and messages for it."""

from collections.abc import Callable

import pytest
from PySide6.QtGui import QFont, QFontDatabase
from pytestqt.qtbot import QtBot

from pizzagpt_desktop.domain.conversation import Message, Role, Siblings, Status
from pizzagpt_desktop.ui.transcript import loading
from pizzagpt_desktop.ui.transcript.view import TranscriptView
from tests.helpers.transcripts import Tree


def message(identity: object, role: Role, text: str = "", **facts: object) -> Message:
    return Message(
        id=str(identity),
        conversation_id="c",
        parent_id=None,
        role=role,
        text=text,
        **facts,  # type: ignore[arg-type]
    )


def sized(points: float) -> QFont:
    """The system's font in a size of our own."""
    font = QFontDatabase.systemFont(QFontDatabase.SystemFont.GeneralFont)
    font.setPointSizeF(points)
    return font


@pytest.fixture
def talk() -> Callable[[int], list[Message]]:
    """Questions and answers in turn, ids "0", "1", …"""

    def make(count: int) -> list[Message]:
        return [
            message(
                i, Role.ASSISTANT if i % 2 else Role.USER, f"Text {i} with **words**. " * (1 + 7 * (i % 2))
            )
            for i in range(count)
        ]

    return make


@pytest.fixture
def streaming() -> Message:
    return message("reply", Role.ASSISTANT, status=Status.STREAMING)


@pytest.fixture
def view(qtbot: QtBot) -> TranscriptView:
    view = TranscriptView()
    view.set_reduced_motion(True)  # where a test is not about movement, everything is where it goes at once
    view.set_body_font(sized(9))  # not the application's font, which a test of the window may have changed
    qtbot.addWidget(view)
    view.resize(800, 600)
    with qtbot.waitExposed(view):
        view.show()
    return view


@pytest.fixture
def one_of() -> Callable[[str], Siblings]:
    return lambda identity: Siblings((identity,), 0)


@pytest.fixture
def tree() -> Tree:
    return Tree()


@pytest.fixture
def loaded(view: TranscriptView, qtbot: QtBot) -> Callable[[], None]:
    def wait() -> None:
        qtbot.waitUntil(lambda: view.loader.complete, timeout=20_000)

    return wait


@pytest.fixture
def many_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    """Slices so small that there are many, whatever the machine's speed."""
    monkeypatch.setattr(loading, "LARGEST_SLICE", 60)
