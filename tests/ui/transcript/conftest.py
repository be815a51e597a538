"""A transcript on an offscreen display, and messages for it."""

from collections.abc import Callable

import pytest
from pytestqt.qtbot import QtBot

from pizzagpt_desktop.domain.conversation import Message, Role, Siblings, Status
from pizzagpt_desktop.ui.transcript.view import TranscriptView


def message(identity: object, role: Role, text: str = "", **facts: object) -> Message:
    return Message(
        id=str(identity),
        conversation_id="c",
        parent_id=None,
        role=role,
        text=text,
        **facts,  # type: ignore[arg-type]
    )


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
    qtbot.addWidget(view)
    view.resize(800, 600)
    with qtbot.waitExposed(view):
        view.show()
    return view


@pytest.fixture
def one_of() -> Callable[[str], Siblings]:
    return lambda identity: Siblings((identity,), 0)
