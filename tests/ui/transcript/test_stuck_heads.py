"""The head of a long code card: in reach while one reads in the middle of it, and pushed out by the card's end."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor, QGuiApplication, QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QToolButton
from pytestqt.qtbot import QtBot

from pizzagpt_desktop.domain.conversation import Message, Role, Siblings, Status
from pizzagpt_desktop.domain.query import Query
from pizzagpt_desktop.ui.transcript.hits import Hits
from pizzagpt_desktop.ui.transcript.selection import Position, Selection
from pizzagpt_desktop.ui.transcript.stuck import stuck_head
from pizzagpt_desktop.ui.transcript.style import CARD_HEADER
from pizzagpt_desktop.ui.transcript.view import TranscriptView
from tests.ui.transcript.conftest import message

pytestmark = pytest.mark.qt_log_ignore("^This plugin does not support")

LINES = "".join(f"line {i}\n" for i in range(300))


@pytest.fixture
def long_code(view: TranscriptView) -> TranscriptView:
    """A block of 300 lines, open, and as much text after it."""
    text = f"before\n\n```py\n{LINES}```\n\n" + "after\n\n" * 60
    view.show_path("c", [message(0, Role.ASSISTANT, text)], lambda _: Siblings())
    view.jump_to_start()
    button(view, "Show all lines").click()
    return view


def button(view: TranscriptView, name: str) -> QToolButton:
    (found,) = [b for b in view.findChildren(QToolButton) if b.accessibleName() == name and b.isVisible()]
    return found


def y_of(view: TranscriptView, name: str) -> int:
    found = button(view, name)
    return found.mapTo(view.viewport(), QPoint(0, 0)).y()


def lie(view: TranscriptView, y: int) -> None:
    """Have the y of the row at the upper edge of the screen."""
    view.verticalScrollBar().setValue(y + view.verticalScrollBar().value() - view.scroll_y)


def ends(view: TranscriptView) -> tuple[int, int]:
    """Where the card begins and ends in its row."""
    code = [leaf for leaf in view.rows.row(0).views if leaf.is_card]
    return code[0].top, code[-1].top + code[-1].height


def colour_at(view: TranscriptView, x: int, y: int) -> QColor:
    return view.viewport().grab().toImage().pixelColor(x, y)


def test_the_buttons_stay_in_sight_between_both_ends_of_the_card(long_code: TranscriptView) -> None:
    view = long_code
    begin, end = ends(view)
    lie(view, begin)
    at_home = y_of(view, "Copy code")
    for y in (begin + 1, begin + CARD_HEADER, (begin + end) // 2):
        lie(view, y)
        assert y_of(view, "Copy code") == at_home, y
    lie(view, end - CARD_HEADER)  # what is there is laid out now: the end may be elsewhere
    lie(view, ends(view)[1] - CARD_HEADER)
    assert y_of(view, "Copy code") == at_home
    lie(view, ends(view)[1] - 10)
    assert y_of(view, "Copy code") == at_home - (CARD_HEADER - 10), "the end of the card pushes it out"
    lie(view, ends(view)[1] + 1)
    assert "Copy code" not in [b.accessibleName() for b in view.findChildren(QToolButton) if b.isVisible()]


def test_lines_go_past_under_the_head(long_code: TranscriptView) -> None:
    view = long_code
    begin, end = ends(view)
    row = view.rows.row(0)
    lie(view, (begin + end) // 2)
    strip = view.viewport().grab().toImage().copy(row.body_left() + 60, 0, 200, CARD_HEADER - 1)
    ground = row.style.code
    assert all(
        strip.pixelColor(x, y) == ground for x in range(0, strip.width(), 3) for y in range(strip.height())
    ), "nothing of the lines shows through"
    assert colour_at(view, row.body_left() + 60, CARD_HEADER - 1) == row.style.border


def test_the_button_that_has_the_keyboard_keeps_it_and_copies_all(long_code: TranscriptView) -> None:
    view = long_code
    begin, _ = ends(view)
    copy = button(view, "Copy code")
    copy.setFocus()
    for y in (begin + 400, begin + 900, begin + 1300):
        lie(view, y)
    assert button(view, "Copy code") is copy
    assert copy.hasFocus()
    copy.click()
    assert QGuiApplication.clipboard().text() == LINES


def test_folding_from_the_middle_leaves_the_head_where_it_was(long_code: TranscriptView) -> None:
    view = long_code
    begin, end = ends(view)
    lie(view, (begin + end) // 2)
    fold = button(view, "Show only the beginning")
    fold.setFocus()
    before = y_of(view, "Copy code")
    fold.click()
    assert y_of(view, "Copy code") == before
    assert view.scroll_y == ends(view)[0]
    assert button(view, "Show all lines").hasFocus(), "the next press opens it again"


def test_the_head_is_a_handle_and_no_text(long_code: TranscriptView) -> None:
    view = long_code
    begin, end = ends(view)
    lie(view, (begin + end) // 2)
    point = QPoint(view.rows.row(0).body_left() + 100, 10)
    move = QMouseEvent(
        QMouseEvent.Type.MouseMove, point, view.viewport().mapToGlobal(point),
        Qt.MouseButton.NoButton, Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier,
    )  # fmt: skip
    view.viewportEvent(move)
    assert view.viewport().cursor().shape() is Qt.CursorShape.OpenHandCursor
    view.viewportEvent(
        QMouseEvent(
            QMouseEvent.Type.MouseMove, point + QPoint(0, 60), view.viewport().mapToGlobal(point),
            Qt.MouseButton.NoButton, Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier,
        )
    )  # fmt: skip
    assert view.viewport().cursor().shape() is Qt.CursorShape.IBeamCursor


def test_what_keys_select_is_not_below_the_head(long_code: TranscriptView) -> None:
    view = long_code
    begin, end = ends(view)
    lie(view, (begin + end) // 2)
    view.setFocus()
    first = view._hands.selecting.position(QPoint(200, CARD_HEADER + 20))  # type: ignore[union-attr]
    view.select(Selection(first, first))
    for _ in range(12):
        QTest.keyClick(view, Qt.Key.Key_Up, Qt.KeyboardModifier.ShiftModifier)
        assert view.selection is not None
        head: Position = view.selection.head
        leaf = view.rows.row(0).views[head.leaf]
        assert leaf.top + leaf.line_top(head.offset) - view.scroll_y >= CARD_HEADER


def test_a_hit_that_is_gone_to_is_not_below_the_head(long_code: TranscriptView) -> None:
    view = long_code
    hits = Hits(Query("line"))
    view.hits = hits
    for number in (150, 140, 139, 130, 129, 128, 127, 126, 125):
        assert hits.show(view, "0", number)
        y = next(
            view.rows.heights.top(0) + leaf.top + leaf.line_top(0) - view.scroll_y
            + (number - leaf.leaf.line) * round(leaf.style.code_line)
            for leaf in reversed(view.rows.row(0).views)
            if leaf.is_card and leaf.leaf.line <= number
        )  # fmt: skip
        assert y >= CARD_HEADER - 2, number


def test_a_growing_card_has_its_head_too(view: TranscriptView, qtbot: QtBot) -> None:
    reply = message("r", Role.ASSISTANT, "```py\n", status=Status.STREAMING)
    view.show_path("c", [reply], lambda _: Siblings())
    view.grow("r", LINES)
    qtbot.waitUntil(lambda: view.scroll_y > 3000 and not view.rows.row(0).busy)
    assert view.follows_end
    assert 0 <= y_of(view, "Copy code") < CARD_HEADER


def test_a_page_by_the_scroll_bar_hides_no_line_below_the_head(long_code: TranscriptView) -> None:
    view = long_code
    begin, _ = ends(view)
    lie(view, begin + 100)
    bar = view.verticalScrollBar()
    line = bar.singleStep()
    for action, way in ((bar.SliderAction.SliderPageStepAdd, 1), (bar.SliderAction.SliderPageStepSub, -1)):
        before = bar.value()
        bar.triggerAction(action)
        moved = (bar.value() - before) * way
        assert 0 < moved <= view.viewport().height() - CARD_HEADER - line


def test_other_leaves_have_no_stuck_head(long_code: TranscriptView, one_of: object) -> None:
    view = long_code
    row = view.rows.row(0)
    begin, end = ends(view)
    assert stuck_head(row, begin) is None
    assert stuck_head(row, end + 5) is None
    assert stuck_head(row, -5) is None
    found = stuck_head(row, end - 1)
    assert found is not None
    assert found.rect.bottom() == end - 1
    quoted: Message = message(1, Role.ASSISTANT, "> a\n>\n> ```py\n" + "> x = 1\n" * 59 + "> ```\n")
    view.show_path("d", [quoted], lambda _: Siblings())
    row = view.rows.row(0)
    code = next(leaf for leaf in row.views if leaf.is_card)
    found = stuck_head(row, code.top + 50)
    assert found is not None
    assert found.rect.left() == row.body_left() + code.indent
    assert found.lang == "py"
