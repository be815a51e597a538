"""Text of every script stands where its bubble is, in a window from the left and in one from the right."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QApplication

from pizzagpt_desktop.domain.conversation import Message, Role
from pizzagpt_desktop.ui.transcript.view import TranscriptView
from tests.helpers.transcripts import SiblingsOf, reply


@pytest.fixture
def mirrored(qapp: QApplication) -> Iterator[None]:
    qapp.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    yield
    qapp.setLayoutDirection(Qt.LayoutDirection.LeftToRight)


def mine(text: str) -> Message:
    return Message(id="u", conversation_id="c", parent_id=None, role=Role.USER, text=text)


@pytest.mark.parametrize("text", ["שלום", "שלום עולם, what is this?", "مرحبا\nhello", "hello\nمرحبا"])
@pytest.mark.parametrize("direction", ["from the left", "from the right"])
def test_a_message_stands_in_its_bubble_whatever_its_script(
    view: TranscriptView, one_of: SiblingsOf, request: pytest.FixtureRequest, text: str, direction: str
) -> None:
    if direction == "from the right":
        request.getfixturevalue("mirrored")
    view.set_body_font(QFont(view.font()))
    view.show_path("c", [mine(text), reply("x")], one_of)
    row = view.rows.row(0)
    document = row.views[0].document
    assert document is not None
    block = document.firstBlock()
    while block.isValid():
        line = block.layout().lineAt(0)
        text_at = row.body_left() + block.layout().position().x() + line.naturalTextRect().left()
        assert row.bubble.left() <= text_at
        assert text_at + line.naturalTextWidth() <= row.bubble.right() + 1
        block = block.next()
