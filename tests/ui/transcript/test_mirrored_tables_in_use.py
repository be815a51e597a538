"""Tables in text from right to left: ordered, copied, searched, pushed and streamed in the order of their columns."""

from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

from pizzagpt_desktop.domain.blocks import Table
from pizzagpt_desktop.domain.conversation import Message, Status
from pizzagpt_desktop.domain.markdown import parse
from pizzagpt_desktop.domain.query import Query
from pizzagpt_desktop.domain.table_writer import tsv_of
from pizzagpt_desktop.ui.transcript.cards import Order
from pizzagpt_desktop.ui.transcript.hits import Hits
from pizzagpt_desktop.ui.transcript.leaf_view import LeafView
from pizzagpt_desktop.ui.transcript.selection import Position, Selection
from pizzagpt_desktop.ui.transcript.side_bars import bar_of
from pizzagpt_desktop.ui.transcript.tables import table_in
from pizzagpt_desktop.ui.transcript.view import TranscriptView
from tests.helpers.copies import markdown, on_clipboard
from tests.helpers.transcripts import SiblingsOf, button, click, first_column, frames, shown_leaves
from tests.ui.transcript.mirrored import TOWNS, has, painted, place

pytestmark = pytest.mark.qt_log_ignore("^This plugin does not support")


def on_screen(view: TranscriptView, leaf: LeafView, row: int, column: int) -> QPoint:
    """The middle of a cell in the viewport."""
    at = place(leaf, row, column).center()
    return QPoint(int(view.rows.row(0).body_left() + at.x()), int(leaf.top + at.y() - view.scroll_y))


def test_a_press_on_a_header_orders_by_the_column_that_is_seen_there(
    view: TranscriptView, one_of: SiblingsOf
) -> None:
    leaves = shown_leaves(view, TOWNS)
    click(view, on_screen(view, leaves[0], 0, 1))
    assert first_column(leaves) == ["Akko", "חיפה", "לוד"]
    assert leaves[0].card.order == Order(1, False)
    click(view, on_screen(view, leaves[0], 0, 0))
    assert leaves[0].card.order == Order(0, False)
    click(view, on_screen(view, leaves[0], 0, 2))
    assert leaves[0].card.order == Order(2, False)
    assert leaves[0].document is not None
    assert leaves[0].document.mirror is not None
    accent = QColor(view.rows.row(0).style.palette.accent)
    image = painted(leaves[0])
    for column in range(3):
        at = place(leaves[0], 0, column)
        half = at.width() / 2
        assert has(image, at.adjusted(-5, -4, -half, 6), accent) == (column == 2), (
            "the sign at the left of its column"
        )
        assert not has(image, at.adjusted(half, -4, 5, 6), accent)
    button(view, "Sort table").click()
    menu = view.findChild(QMenu, "sort_menu")
    assert menu is not None
    assert [action.text() for action in menu.actions() if action.text()] == ["As written", "עיר", "תושבים", "Notes, smallest first"]  # fmt: skip
    menu.close()


def test_all_of_it_is_copied_in_the_order_of_its_columns(view: TranscriptView, one_of: SiblingsOf) -> None:
    leaves = shown_leaves(view, "before\n\n" + TOWNS)
    (table,) = parse(TOWNS)
    assert isinstance(table, Table)
    view.select(Selection(Position(0, 1, 0), Position(0, 1, leaves[1].length)))
    for copy in (view.copy, button(view, "Copy table").click):
        copy()
        data = on_clipboard()
        assert (
            data.text() == tsv_of(table) == "עיר\tתושבים\tNotes\nחיפה\t231\tf()\nAkko\t53\tקישור\nלוד\t545\tx"
        )
        assert markdown(data).splitlines()[0] == "| עיר | תושבים | Notes |"
        assert data.html().count('<table dir="rtl" ') == 1
        assert data.html().index("עיר") < data.html().index("תושבים") < data.html().index("Notes")
        assert '<td align="right" dir="ltr">Akko</td>' in data.html()
        assert "<code>f()</code>" in data.html()


def test_a_drag_from_cell_to_cell_takes_what_lies_between(view: TranscriptView, one_of: SiblingsOf) -> None:
    leaves = shown_leaves(view, TOWNS)
    port = view.viewport()
    begin, end = on_screen(view, leaves[0], 1, 0), on_screen(view, leaves[0], 1, 1)
    assert begin.x() > end.x()
    for start, stop in ((begin, end), (end, begin)):
        view.select(None)
        QTest.mousePress(port, Qt.MouseButton.LeftButton, pos=start)
        QTest.mouseMove(port, stop)
        QTest.mouseRelease(port, Qt.MouseButton.LeftButton, pos=stop)
        view.copy()
        assert on_clipboard().text() == "חיפה\t231"


def test_keys_go_from_cell_to_cell_in_order(view: TranscriptView, one_of: SiblingsOf) -> None:
    leaf = shown_leaves(view, TOWNS)[0]
    assert leaf.document is not None
    table = table_in(leaf.document)
    assert table is not None
    end = Position(0, 0, table.cellAt(1, 0).lastPosition())
    view.select(Selection(end, end))
    view.setFocus()
    QTest.keyClick(view, Qt.Key.Key_Left, Qt.KeyboardModifier.ShiftModifier)
    assert view.selection is not None
    assert view.selection.head.offset == table.cellAt(1, 1).firstPosition()
    QTest.keyClick(view, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    cell = table.cellAt(view.selection.head.offset)
    assert cell.isValid()
    assert (cell.row(), cell.column()) == (2, 1), "down stays in the column that is seen"


def test_hits_are_counted_in_order_and_brought_into_sight(view: TranscriptView, one_of: SiblingsOf) -> None:
    header = "|" + "|".join(f" עמודה {i} ארוכה למדי " for i in range(14)) + "|\n|" + "-|" * 14 + "\n"
    leaf = shown_leaves(view, header + "|" + "|".join(f" מילה {i} " for i in range(14)) + "|\n")[0]
    view.hits = Hits(Query("מילה"))
    assert leaf.overflow() > 500
    assert leaf.scroll_x == leaf.overflow(), "it begins at its right edge"
    lefts = []
    for number in (0, 7, 13):
        assert view.hits.show(view, "r", number)
        lefts.append(leaf.scroll_x)
        start, _ = view.hits._spans(leaf)[number]
        assert leaf.text_between(start, start + 4) == "מילה"
        assert leaf.document is not None
        table = table_in(leaf.document)
        assert table is not None
        assert table.cellAt(start).column() == number
        at = place(leaf, 1, number)
        assert at.left() >= -1
        assert at.right() <= leaf.width + 8
    assert lefts == sorted(lefts, reverse=True)
    assert lefts[-1] < 40


def test_a_table_beside_the_screen_is_pushed_from_its_right_edge(
    view: TranscriptView, one_of: SiblingsOf
) -> None:
    header = "|" + "|".join(f" עמודה {i} ארוכה למדי " for i in range(14)) + "|\n|" + "-|" * 14 + "\n"
    leaf = shown_leaves(view, header + "| x " * 14 + "|\n")[0]
    bar = bar_of(leaf, leaf.height)
    assert bar is not None
    assert bar.handle.right() == pytest.approx(bar.track.right())
    copy = button(view, "Copy table")
    copy.setFocus()
    QTest.keyClick(copy, Qt.Key.Key_Left)
    assert leaf.overflow() - 200 < leaf.scroll_x < leaf.overflow()
    view.resize(view.width() - 60, view.height())
    view.grab()
    kept = leaf.overflow() - leaf.scroll_x
    assert 0 < kept < 200, "how far it was pushed from where it begins"
    assert copy.mapTo(view.viewport(), QPoint()).x() > view.viewport().width() / 2, (
        "its buttons stand where it does"
    )


def test_streamed_in_pieces_it_is_the_same(
    view: TranscriptView, one_of: SiblingsOf, streaming: Message, qtbot: QtBot
) -> None:
    text = "| 1 | 2 | 3 |\n|---|--:|---|\n| 5 | שתיים `f()` | x |\n| שלוש | 4 | `g()` ו [קישור](https://a.example) |\n"
    view.show_path("c", [replace(streaming, text=text, status=Status.COMPLETE)], one_of)
    frames(view, qtbot)
    whole = view.grab().toImage()
    view.show_path("c", [streaming], one_of)
    for at in range(0, len(text), 3):
        view.grow("reply", text[at : at + 3])
        view._on_frame()
    view.end(replace(streaming, text=text, status=Status.COMPLETE))
    frames(view, qtbot)
    assert view.rows.row(0).views[0].document.mirror is not None  # type: ignore[union-attr]  # it is laid out
    assert view.grab().toImage() == whole


def test_all_parts_of_a_long_table_begin_where_its_first_letter_does(
    view: TranscriptView, one_of: SiblingsOf, qtbot: QtBot
) -> None:
    rows = "".join(f"| {i} | English {i} |\n" for i in range(200))
    leaves = shown_leaves(view, f"| מספר | word |\n|-|-|\n{rows}")
    qtbot.waitUntil(lambda: not view.rows.row(0).busy)
    assert len(leaves) > 3
    for leaf in leaves:
        leaf.lay_out()
        assert leaf.document is not None
        assert leaf.document.mirror is not None
    leaves = shown_leaves(view, "| 1 | 2 |\n|-|-|\n" + "| 3 | 4 |\n" * 150 + "| אחרון | 9 |\n")
    qtbot.waitUntil(lambda: not view.rows.row(0).busy)
    for leaf in leaves:
        leaf.lay_out()
        assert leaf.document is not None
        assert leaf.document.mirror is not None
    view.change_row(0, lambda row: row.sort(leaves[0].card, Order(1, True)))
    assert all(leaf.rtl for leaf in leaves)
