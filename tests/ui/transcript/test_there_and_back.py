"""What is made narrower, larger or smaller by hand, and then as it was, shows exactly what it showed before."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

import pytest
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication

from pizzagpt_desktop.domain.conversation import Message, Role, Status
from pizzagpt_desktop.ui.transcript.selection import Position, Selection
from pizzagpt_desktop.ui.transcript.view import TranscriptView
from tests.helpers.transcripts import SiblingsOf
from tests.ui.transcript.conftest import message, sized

PARAGRAPH = "Word after word goes on in a paragraph that is longer than the screen is high. " * 40
CODE = "```python\n" + "".join(f"x{n} = {n}  # line {n}\n" for n in range(50)) + "```"
TABLE = "|a|b|\n|-|-|\n" + "".join(f"|cell {n}|some longer words in cell {n}|\n" for n in range(40))
KINDS = {
    "paragraph": PARAGRAPH,
    "paragraphs": (PARAGRAPH[:300] + "\n\n") * 12,
    "code": CODE,
    "table": TABLE,
    "list": "- an item of the list\n" * 40,
}
SIZE = 9.0


def drag(view: TranscriptView) -> Iterator[None]:
    for width in (*range(777, 400, -47), *range(400, 800, 47), 800):
        view.resize(width, 500)
        yield


def zoom(view: TranscriptView, factor: float) -> Iterator[None]:
    for step in (*range(1, 11), *range(9, -1, -1)):
        view.set_body_font(sized(SIZE * factor**step))
        yield


def draw_down(view: TranscriptView) -> Iterator[None]:
    for height in (450, 300, 200, 700, 1000, 500):
        view.resize(800, height)
        yield


Act = Callable[[TranscriptView], Iterator[None]]
ACTS: dict[str, Act] = {
    "the edge dragged": drag,
    "letters larger": partial(zoom, factor=1.08),
    "letters smaller": partial(zoom, factor=0.94),
    "higher and lower": draw_down,
}


def settle(view: TranscriptView) -> None:
    """Until the view has drawn all it was given, in its colours."""
    QApplication.processEvents()
    while view._frame.isActive() or view._highlighter.busy:
        QApplication.processEvents()
    QApplication.processEvents()


def picture(view: TranscriptView) -> QImage:
    """What is shown, without the scroll bar: heights that were guesses are true now."""
    return view.grab(view.viewport().geometry().adjusted(0, 0, -12, 0)).toImage()


@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS)
def test_there_and_back_shows_the_same(view: TranscriptView, one_of: SiblingsOf, act: Act) -> None:
    messages: list[Message] = []
    for number, text in enumerate(KINDS.values()):
        messages += [
            message(f"q{number}", Role.USER, "A question. " * 9),
            message(number, Role.ASSISTANT, text),
        ]
    view.set_body_font(sized(SIZE))
    view.resize(800, 500)
    view.show_path("c", messages, one_of)
    bar = view.verticalScrollBar()
    for number in range(len(KINDS)):
        for into in (83, 307, 640):
            view.jump_to(str(number))
            bar.setValue(bar.value() + into)
            settle(view)
            before, place = picture(view), view._standing.place
            for _ in act(view):
                settle(view)
            assert view._standing.place == place
            assert picture(view) == before


@pytest.mark.parametrize("act", ["code", "selection", "long"])
def test_what_is_copied_out_of_a_message_moves_nothing(
    view: TranscriptView, one_of: SiblingsOf, act: str
) -> None:
    """Its beginning was never laid out, or it is not read to its end: a copy needs its text and not its places."""
    parts = [f"Paragraph {number}. " + "Words go on. " * (number % 23) for number in range(150)]
    text = "\n\n".join([PARAGRAPH[:900], *parts, "```py\nx = 1\n```", *parts])
    if act == "long":
        text = "\n\n".join([text] * 60)
    view.show_path("c", [message("a", Role.ASSISTANT, text), message("b", Role.ASSISTANT, PARAGRAPH)], one_of)
    bar = view.verticalScrollBar()
    bar.setValue(bar.maximum() // 2)
    if act == "long":
        view.jump_to("b")
        bar.setValue(bar.value() + 50)
        QApplication.processEvents()
    else:
        settle(view)
    row = view.rows.row(0)
    assert act == "long" or not row.views[0].measured
    before = picture(view)
    if act == "selection":
        Selection(Position(0, 40, 2), Position(0, 45, 3)).copied(view.rows)
    else:
        code = next(number for number, leaf in enumerate(row.views) if leaf.is_card)
        assert row.code_text(code) == "x = 1\n"
    assert picture(view) == before
    view.arrange()
    settle(view)
    assert picture(view) == before


def test_a_message_that_is_read_to_its_end_for_a_copy_never_lies_over_the_next_one(
    view: TranscriptView, one_of: SiblingsOf
) -> None:
    long = CODE.replace("```python", "1. so\n\n   text\n\n```python") + "\n\n" + (PARAGRAPH + "\n\n") * 40
    view.show_path("c", [message("a", Role.ASSISTANT, long), message("b", Role.ASSISTANT, PARAGRAPH)], one_of)
    view.verticalScrollBar().setValue(0)
    row = view.rows.row(0)
    assert row.busy
    before = row.height
    code = next(number for number, leaf in enumerate(row.views) if leaf.is_card)
    assert row.code_text(code).endswith("# line 49\n")
    assert row.height > before
    view.grab()
    assert view.rows.heights[0] == row.height
    assert view.verticalScrollBar().value() == 0


def test_what_comes_into_sight_from_above_when_a_reply_ends_is_laid_out(
    view: TranscriptView, one_of: SiblingsOf, streaming: Message
) -> None:
    """An empty reply has room for its first line until it ends: then what stands above comes down by so much."""
    talk = [message(number, Role.ASSISTANT, "A line. " * (1 + number % 3)) for number in range(40)]
    for height in range(300, 400, 4):
        view.resize(800, height)
        view.show_path("c", [], one_of)
        view.show_path("c", [*talk, streaming], one_of)
        settle(view)
        assert view.follows_end
        view.end(replace(streaming, status=Status.COMPLETE))
        assert all(view.rows.live(index) is not None for index, _ in view.visible()), height
