"""Tables in text from right to left: the first column at the right, everything else in the order of the columns."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

from pizzagpt_desktop.domain.blocks import Paragraph, Table, plain
from pizzagpt_desktop.domain.conversation import Message, Status
from pizzagpt_desktop.domain.markdown import parse
from pizzagpt_desktop.domain.query import Query
from pizzagpt_desktop.domain.table_writer import tsv_of
from pizzagpt_desktop.ui import theme
from pizzagpt_desktop.ui.transcript import documents
from pizzagpt_desktop.ui.transcript.cards import Order
from pizzagpt_desktop.ui.transcript.documents import WIDE
from pizzagpt_desktop.ui.transcript.hits import Hits
from pizzagpt_desktop.ui.transcript.leaf_painting import paint_leaf
from pizzagpt_desktop.ui.transcript.leaf_view import LeafView
from pizzagpt_desktop.ui.transcript.leaves import flatten
from pizzagpt_desktop.ui.transcript.marks import Mark
from pizzagpt_desktop.ui.transcript.mirror import Mirror
from pizzagpt_desktop.ui.transcript.pieces import content_between
from pizzagpt_desktop.ui.transcript.selection import Position, Selection
from pizzagpt_desktop.ui.transcript.side_bars import bar_of
from pizzagpt_desktop.ui.transcript.style import Style
from pizzagpt_desktop.ui.transcript.tables import table_in, taken
from pizzagpt_desktop.ui.transcript.view import TranscriptView
from tests.helpers.copies import markdown, on_clipboard
from tests.helpers.transcripts import SiblingsOf, button, frames, reply
from tests.ui.transcript.conftest import sized

pytestmark = pytest.mark.qt_log_ignore("^This plugin does not support")

TOWNS = "| עיר | תושבים | Notes |\n|---|--:|---|\n| חיפה | 231 | `f()` |\n| Akko | 53 | [קישור](https://a.example) |\n| לוד | 545 | x |\n"  # fmt: skip
AS_WRITTEN = ["חיפה", "Akko", "לוד"]


@pytest.fixture
def style(qtbot: QtBot) -> Style:
    return Style(theme.LIGHT, sized(9))


def laid_out(content: Table, style: Style, width: int, rtl: bool | None = None) -> LeafView:
    view = LeafView(flatten([content])[0], style, width)
    view.is_last = False  # no buttons and no bar below it
    view.card.rtl = rtl
    view.lay_out()
    return view


def place(view: LeafView, row: int, column: int) -> QRectF:
    """Where a cell must be seen, by nothing but the widths of the columns and the side that they begin at."""
    assert view.document is not None
    table = table_in(view.document)
    assert table is not None
    wide = [width.rawValue() for width in table.format().columnWidthConstraints()]
    layout = view.document.documentLayout()

    def top(of: int) -> float:
        return layout.blockBoundingRect(table.cellAt(of, 0).firstCursorPosition().block()).top()

    last = view.height if row + 1 == table.rows() else top(row + 1)
    room = view.width if view.overflow() <= 0 else view.document.size().width() - view.scroll_x
    right = room - sum(wide[:column]) if view.rtl else sum(wide[: column + 1]) - view.scroll_x
    return QRectF(right - wide[column], top(row), wide[column], last - top(row)).adjusted(4, 0, -6, -8)


CELLS = st.sampled_from(["שלום", "مرحبا", "word", "12", "", "`f()`", "**נועז** text", "[קישור](https://a.example)", "ארוך מאוד וגם עוד קצת מזה כאן ושם"])  # fmt: skip


@st.composite
def tables(draw: st.DrawFn, most: int = 5) -> Table:
    """Any table that begins at the right."""
    columns = draw(st.integers(1, most))
    rows = draw(st.lists(st.lists(CELLS, min_size=columns, max_size=columns), min_size=1, max_size=4))
    header = ["ראש", *draw(st.lists(CELLS, min_size=columns - 1, max_size=columns - 1))]
    align = draw(st.lists(st.sampled_from(["---", ":--", "--:", ":-:"]), min_size=columns, max_size=columns))
    lines = "".join("| " + " | ".join(row) + " |\n" for row in [header, align, *rows])
    (table,) = parse(lines)
    assert isinstance(table, Table)
    return table


def painted(view: LeafView, marks: tuple[Mark, ...] = ()) -> QImage:
    image = QImage(view.width + 1, view.height, QImage.Format.Format_RGB32)
    image.fill(QColor("white"))
    painter = QPainter(image)
    paint_leaf(painter, view, marks, QRectF(image.rect()))
    painter.end()
    return image


def turned(table: Table) -> Table:
    """The same table with its columns the other way round, each with the side that it stands at."""
    align = tuple(side or "right" for side in table.align)
    return Table(table.header[::-1], tuple(row[::-1] for row in table.rows), align[::-1])


def edges(image: QImage) -> tuple[int, int]:
    inked = [
        x for x in range(image.width()) if any(image.pixel(x, y) != 0xFFFFFFFF for y in range(image.height()))
    ]
    return min(inked), max(inked)


@pytest.mark.parametrize("width", [900, 200])
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(table=tables())
def test_it_looks_as_a_table_with_its_columns_the_other_way_round(
    monkeypatch: pytest.MonkeyPatch, style: Style, width: int, table: Table
) -> None:
    monkeypatch.setattr(documents, "WIDE", 0)  # else Qt draws the lines of the other one, nearly the same
    view, other = laid_out(table, style, width), laid_out(turned(table), style, width, rtl=False)
    view.card.columns = other.card.columns[::-1]
    view.measured = False
    view.lay_out()
    assert view.rtl
    assert view.height == other.height
    other.scroll_x = other.overflow()
    image, wanted = painted(view), painted(other)
    first, last = edges(wanted)
    if view.overflow() <= 0:
        assert edges(image)[1] == width - 1
        wanted = wanted.copy(first, 0, last - first + 1, view.height)
        image = image.copy(width - wanted.width(), 0, wanted.width(), view.height)
    assert image == wanted


def test_the_lines_of_very_many_columns_are_the_other_way_round_too(style: Style) -> None:
    header = (
        "|" + "|".join(f"עמודה {i * 7 % 13}" for i in range(WIDE + 5)) + "|\n|" + "-|" * (WIDE + 5) + "\n"
    )
    (table,) = parse(header + "|x" * (WIDE + 5) + "|\n")
    assert isinstance(table, Table)
    view, other = laid_out(table, style, 500), laid_out(turned(table), style, 500, rtl=False)
    assert view.document is not None
    assert view.document.mirror is not None
    assert view.scroll_x == view.overflow() > 1_000
    for left in (view.overflow(), 700, 0):
        view.scroll_x = other.scroll_x = left
        assert painted(view) == painted(other)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(table=tables(), width=st.sampled_from([900, 200]))
def test_every_cell_is_found_where_it_is_seen(style: Style, table: Table, width: int) -> None:
    view = laid_out(table, style, width)
    document = view.document
    assert document is not None
    shown = table_in(document)
    assert shown is not None
    for column in range(len(table.align)):
        view.scroll_x = view.overflow()
        view.scroll_x = int(view.scroll_x + min(0, place(view, 0, column).left()))
        for row in range(len(table.rows) + 1):
            at = place(view, row, column)
            for x in (at.left(), at.center().x(), at.right()):
                found = shown.cellAt(view.position_at(x, at.center().y()))
                assert (found.row(), found.column()) == (row, column)
                if 0 <= x < width:
                    assert view.header_at(x, at.center().y()) == (None if row else column)
            cell = shown.cellAt(row, column)
            assert at.left() - 12 <= view.x_seen(_x(view, cell.firstPosition())) <= at.right() + 12
    assert view.header_at(-5, 5) is None


def _x(view: LeafView, position: int) -> float:
    assert view.document is not None
    block = view.document.findBlock(position)
    return view.document.documentLayout().blockBoundingRect(block).center().x()


def test_what_is_beside_it_is_none_of_its_headers(style: Style) -> None:
    (table,) = parse(TOWNS)
    assert isinstance(table, Table)
    view = laid_out(table, style, 900)
    assert view.header_at(100, 5) is None
    assert view.header_at(895, 5) == 0
    link = place(view, 2, 2)
    assert view.link_at(link.right() - 20, link.center().y()) is not None
    assert view.link_at(place(view, 2, 0).right() - 20, link.center().y()) is None


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(table=tables(), data=st.data(), rtl=st.booleans())
def test_what_is_copied_is_what_is_marked_in_the_order_of_the_columns(
    style: Style, table: Table, data: st.DataObject, rtl: bool
) -> None:
    leaf = laid_out(table, style, 900, rtl)
    document = leaf.document
    assert document is not None
    shown = table_in(document)
    assert shown is not None
    lines = (table.header, *table.rows)
    cells = st.tuples(st.integers(0, len(lines) - 1), st.integers(0, len(table.align) - 1))
    one, two = sorted((data.draw(cells), data.draw(cells)))
    start, end = shown.cellAt(*one).firstPosition(), shown.cellAt(*two).lastPosition()
    rows = range(one[0], two[0] + 1)
    columns = range(one[1], two[1] + 1) if len(rows) == 1 else range(len(table.align))
    copied = content_between(leaf, start, end)
    if one != two:
        assert isinstance(copied, Table)
        written = [line for line in (copied.header, *copied.rows) if line]
        assert written == [tuple(lines[row][column] for column in columns) for row in rows]
        assert (copied.header == ()) == (one[0] > 0)
    elif start < end:
        assert copied == Paragraph(lines[one[0]][one[1]])
    ground = QColor("#00ff00")
    image = painted(leaf, (Mark(*taken(document, start, end), ground),))
    for row, line in enumerate(lines):
        for column, cell in enumerate(line):
            marked = has(image, place(leaf, row, column), ground)
            if plain(cell) or not marked:
                assert marked == (row in rows and column in columns and plain(cell) != "")


def has(image: QImage, room: QRectF, colour: QColor) -> bool:
    box = room.toRect()
    return any(
        image.pixel(x, y) == colour.rgb()
        for x in range(box.left(), box.right())
        for y in range(box.top(), box.bottom())
    )


def shown(view: TranscriptView, one_of: SiblingsOf, text: str) -> list[LeafView]:
    view.show_path("c", [reply(text)], one_of)
    view.jump_to_start()
    return view.rows.row(0).views


def first_column(leaves: list[LeafView]) -> list[str]:
    return [
        plain(row[0])
        for leaf in leaves
        if isinstance(leaf.leaf.content, Table)
        for row in leaf.leaf.content.rows
    ]


def on_screen(view: TranscriptView, leaf: LeafView, row: int, column: int) -> QPoint:
    """The middle of a cell in the viewport."""
    at = place(leaf, row, column).center()
    return QPoint(int(view.rows.row(0).body_left() + at.x()), int(leaf.top + at.y() - view.scroll_y))


def click(view: TranscriptView, point: QPoint) -> None:
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=point)


def test_a_press_on_a_header_orders_by_the_column_that_is_seen_there(
    view: TranscriptView, one_of: SiblingsOf
) -> None:
    leaves = shown(view, one_of, TOWNS)
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
    leaves = shown(view, one_of, "before\n\n" + TOWNS)
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
    leaves = shown(view, one_of, TOWNS)
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
    leaf = shown(view, one_of, TOWNS)[0]
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
    assert (cell.row(), cell.column()) == (2, 1), "down stays in the column that is seen"


def test_hits_are_counted_in_order_and_brought_into_sight(view: TranscriptView, one_of: SiblingsOf) -> None:
    header = "|" + "|".join(f" עמודה {i} ארוכה למדי " for i in range(14)) + "|\n|" + "-|" * 14 + "\n"
    leaf = shown(view, one_of, header + "|" + "|".join(f" מילה {i} " for i in range(14)) + "|\n")[0]
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
    leaf = shown(view, one_of, header + "| x " * 14 + "|\n")[0]
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
    leaves = shown(view, one_of, f"| מספר | word |\n|-|-|\n{rows}")
    qtbot.waitUntil(lambda: not view.rows.row(0).busy)
    assert len(leaves) > 3
    for leaf in leaves:
        leaf.lay_out()
        assert leaf.document is not None
        assert leaf.document.mirror is not None
    leaves = shown(view, one_of, "| 1 | 2 |\n|-|-|\n" + "| 3 | 4 |\n" * 150 + "| אחרון | 9 |\n")
    qtbot.waitUntil(lambda: not view.rows.row(0).busy)
    for leaf in leaves:
        leaf.lay_out()
        assert leaf.document is not None
        assert leaf.document.mirror is not None
    view.change_row(0, lambda row: row.sort(leaves[0].card, Order(1, True)))
    assert all(leaf.rtl for leaf in leaves)


def test_cells_stand_with_their_column_and_read_their_own_way(style: Style) -> None:
    for text, side in (("| א | b |\n|-|-|\n| word. | מילה ארוכה. |\n", "right"), ("| a | ב |\n|-|-|\n| מילה. | long word. |\n", "left")):  # fmt: skip
        (table,) = parse(text)
        assert isinstance(table, Table)
        view = laid_out(table, style, 900)
        assert view.rtl == (side == "right")
        assert view.document is not None
        cells = table_in(view.document)
        assert cells is not None
        for row in range(2):
            for column in range(2):
                block = cells.cellAt(row, column).firstCursorPosition().block()
                line = block.layout().lineAt(0)
                beside = line.naturalTextRect().left() if side == "left" else line.width() - line.naturalTextRect().right()  # fmt: skip
                assert beside < 6
                words = plain((table.header, *table.rows)[row][column])
                assert (block.textDirection() is Qt.LayoutDirection.RightToLeft) == (words[0] > "z")


def test_a_mirror_is_its_own_inverse() -> None:
    mirror = Mirror([1.0, 40.0, 41.0, 100.0])
    assert mirror.edges_seen() == [1.0, 60.0, 61.0, 100.0]
    for x in (2, 20, 39, 42, 99):
        assert mirror.inside(mirror.seen(x)) == x
    assert mirror.inside(-50) == 42
    assert mirror.inside(500) == 39
    assert [strip.left for strip in mirror.strips(-10, 59)] == [1.0]
    assert [strip.left for strip in mirror.strips(62, 300)] == [61.0]
