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


@pytest.mark.parametrize(
    "text", ["some `code` and more", "في الوسط `code` كذلك", "של `()` הקוד", "של `אבג` הקוד", "the `אבג` there"]
)
def test_inline_code_stands_within_its_box_and_nothing_else_does(style: Style, text: str) -> None:
    box, letters = drawn(text, style)
    left, right = box
    inside = [x for x in letters if left < x < right]
    assert min(inside) - left > 2
    assert right - max(inside) > 1
    assert left - max(x for x in letters if x < left) > 3
    assert min(x for x in letters if x > right) - right > 3


def drawn(text: str, style: Style) -> tuple[tuple[int, int], list[int]]:
    """From where to where the first box of code in a line is drawn, and every x where letters are."""
    (leaf,) = flatten(parse(text))
    view = LeafView(leaf, style, 400)
    view.lay_out()
    assert view.document is not None
    images = []
    for has_letters in (True, False):
        image = QImage(400, view.height, QImage.Format.Format_RGB32)
        image.fill(QColor(style.palette.window))
        painter = QPainter(image)
        if not has_letters:
            view.document.documentLayout().draw = None
        paint_leaf(painter, view, (), QRectF(image.rect()))
        painter.end()
        images.append(image)
    raise NotImplementedError
