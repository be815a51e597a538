"""Text of every script stands where its bubble is, in a window from the left and in one from the right."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QApplication

from pizzagpt_desktop.domain.conversation import Message, Role
from pizzagpt_desktop.ui.transcript.documents import SPAN_ROOM
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


@pytest.mark.parametrize("text", ["some `code` and more", "في الوسط `code` كذلك"])
def test_inline_code_has_room_on_both_sides_whichever_way_the_line_runs(
    view: TranscriptView, one_of: SiblingsOf, text: str
) -> None:
    view.show_path("c", [reply(text)], one_of)
    document = view.rows.row(0).views[0].document
    assert document is not None
    ((start, end),) = document.code_spans
    line = document.firstBlock().layout().lineAt(0)

    def wide(at: int) -> float:
        return abs(line.cursorToX(at + 1)[0] - line.cursorToX(at)[0])

    right_to_left = text[0] > "z"
    beside = end if right_to_left else start - 1  # the blank that is at the left of the code
    other = start - 1 if right_to_left else end
    assert text.replace("`", "")[beside] == text.replace("`", "")[other] == " "
    assert wide(beside) == pytest.approx(wide(other) + SPAN_ROOM, abs=1)
    if not right_to_left:  # where two directions meet, Qt does not tell the width of a character
        assert wide(end - 1) == pytest.approx(wide(end - 2) + SPAN_ROOM, abs=1)
