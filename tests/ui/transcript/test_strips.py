"""Texts of many coloured signs are drawn strip by strip: they look as others do, and nothing is drawn twice."""

from collections.abc import Callable, Iterator
from math import inf
from typing import Any

import pytest
from PySide6.QtCore import QRect
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from pizzagpt_desktop.domain.conversation import Siblings
from pizzagpt_desktop.domain.marks import COLOURED, has_colours
from pizzagpt_desktop.domain.query import Query
from pizzagpt_desktop.ui import theme
from pizzagpt_desktop.ui.transcript import strips
from pizzagpt_desktop.ui.transcript.hits import Hits
from pizzagpt_desktop.ui.transcript.selection import Selection
from pizzagpt_desktop.ui.transcript.view import TranscriptView
from tests.helpers.transcripts import reply
from tests.ui.transcript.conftest import sized

PIZZA = "\N{SLICE OF PIZZA}"
TEXT = (
    f"Some **words** {PIZZA} and `code {PIZZA}` of a [link](https://a.example). " * 40
    + f"\n\n```\n{PIZZA * 30} {PIZZA * 50}\n```\n\n| a | b |\n|---|---|\n"
    + f"| {PIZZA * 3} | x |\n" * 30
)
"""A paragraph, code and a table, each with many."""


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """The numbers of the strips that were drawn; there is time for all of them, however busy the machine is."""
    numbers: list[int] = []
    drawn: Callable[..., Any] = strips._strip

    def draw(document: Any, context: Any, marks: Any, number: int, *more: Any) -> Any:
        numbers.append(number)
        return drawn(document, context, marks, number, *more)

    monkeypatch.setattr(strips, "_strip", draw)
    monkeypatch.setattr(strips.Budget.__init__, "__defaults__", (inf,))
    return numbers


def show(view: TranscriptView, qtbot: QtBot, text: str = TEXT) -> None:
    view.resize(800, 3_000)
    view.show_path("c", [reply(text)], lambda _: Siblings())
    settle(view, qtbot)


def settle(view: TranscriptView, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: not view._frame.isActive() and not view._highlighter.busy)
    view.viewport().update()
    QApplication.processEvents()


def picture(view: TranscriptView) -> QImage:
    return view.viewport().grab().toImage().convertToFormat(QImage.Format.Format_RGB32)


def furthest(one: QImage, other: QImage) -> int:
    """By how much two pictures differ, in the value of one colour of one point."""
    assert one.size() == other.size()
    return max(abs(a - b) for a, b in zip(bytes(one.constBits()), bytes(other.constBits()), strict=True))


def test_what_is_slow() -> None:
    assert not has_colours(["words " * 1000, PIZZA * COLOURED])
    assert has_colours([PIZZA * COLOURED, "words", PIZZA])


def test_it_looks_as_if_it_were_drawn_at_once(view: TranscriptView, qtbot: QtBot, made: list[int]) -> None:
    def both(change: Callable[[], object]) -> None:
        change()
        settle(view, qtbot)
        del made[:]
        shown = picture(view)
        leaves = [leaf for leaf in view.rows.row(0).views if leaf.document is not None]
        slow = [leaf.document for leaf in leaves if leaf.document is not None and leaf.document.is_slow]
        assert len(slow) == 3
        for document in slow:
            document.is_slow = False
        direct = picture(view)
        for document in slow:
            document.is_slow = True
        assert furthest(shown, direct) <= 2, "but for how half a point is rounded"

    show(view, qtbot)
    pictures = []
    for change in (
        lambda: None,
        lambda: view.select(Selection.all_of(view.rows)),
        lambda: setattr(view, "hits", Hits(Query("words"))),
        lambda: view.select(None),
        lambda: view.set_palette(theme.DARK),
        lambda: view.set_body_font(sized(14)),
        lambda: view.resize(500, 3_000),
    ):
        both(change)
        pictures.append(picture(view))
    assert all(furthest(one, other) > 9 for one, other in zip(pictures[1:4], pictures, strict=False))


def test_what_is_there_is_not_drawn_again(view: TranscriptView, qtbot: QtBot, made: list[int]) -> None:
    show(view, qtbot)
    assert made
    del made[:]
    for _ in range(3):
        settle(view, qtbot)
    assert made == []
    view.select(Selection.all_of(view.rows))
    settle(view, qtbot)
    assert made, "it looks otherwise now"


def test_what_there_is_no_time_for_comes_with_the_next_picture(
    view: TranscriptView, qtbot: QtBot, made: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    show(view, qtbot)
    whole, all_of_them = picture(view), len(made)
    monkeypatch.setattr(strips.Budget.__init__, "__defaults__", (-1.0,))
    view.show_path("other", [], lambda _: Siblings())
    del made[:]
    view.show_path("c", [reply(TEXT)], lambda _: Siblings())
    qtbot.waitUntil(lambda: len(made) >= all_of_them)
    settle(view, qtbot)
    assert furthest(picture(view), whole) == 0
    assert len(made) == all_of_them
    del made[:]
    view.select(Selection.all_of(view.rows))
    for number in range(1, 4):
        now, below = picture(view), QRect(0, 400, 800, 200)
        assert len(made) == number
        assert furthest(now, whole) > 9
        assert furthest(now.copy(below), whole.copy(below)) == 0, "it looks as before until then"


def test_one_long_line_of_code_is_drawn_as_it_is(view: TranscriptView, qtbot: QtBot, made: list[int]) -> None:
    show(view, qtbot, f"```\n{PIZZA * 600}\n```")
    assert made == [], "a picture of it would be as wide as the line"
    show(view, qtbot, "\N{WOMAN}\N{ZERO WIDTH JOINER}" * 1_000)
    assert made, "what is one letter to Qt is no wider than its place"
