"""Tables in text from right to left: the first column at the right, everything else in the order of the columns."""

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QImage
from pytestqt.qtbot import QtBot

from pizzagpt_desktop.domain.blocks import Paragraph, Table, plain
from pizzagpt_desktop.domain.markdown import parse
from pizzagpt_desktop.ui import theme
from pizzagpt_desktop.ui.transcript import documents
from pizzagpt_desktop.ui.transcript.documents import WIDE
from pizzagpt_desktop.ui.transcript.leaf_view import LeafView
from pizzagpt_desktop.ui.transcript.marks import Mark
from pizzagpt_desktop.ui.transcript.mirror import Mirror
from pizzagpt_desktop.ui.transcript.pieces import content_between
from pizzagpt_desktop.ui.transcript.style import Style
from pizzagpt_desktop.ui.transcript.tables import table_in, taken
from tests.ui.transcript.conftest import sized
from tests.ui.transcript.mirrored import TOWNS, has, laid_out, painted, place

pytestmark = pytest.mark.qt_log_ignore("^This plugin does not support")


@pytest.fixture
def style(qtbot: QtBot) -> Style:
    return Style(theme.LIGHT, sized(9))


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


def wide(view: LeafView) -> list[float]:
    """How wide the columns of a document are."""
    assert view.document is not None
    table = table_in(view.document)
    assert table is not None
    return [width.rawValue() for width in table.format().columnWidthConstraints()]


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
    assume(
        wide(view) == wide(other)[::-1]
    )  # of columns of one width the first is made to fit, whichever that is
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


def test_a_formula_is_drawn_in_its_cell(style: Style, qtbot: QtBot) -> None:
    (table,) = parse("| א | ב |\n|-|-|\n| $a^2+b$ | x |\n")
    assert isinstance(table, Table)
    qtbot.waitUntil(lambda: not laid_out(table, style, 900).document.waits)  # type: ignore[union-attr]  # it is laid out
    view = laid_out(table, style, 900)
    text = QColor(style.palette.text)
    assert has(painted(view), place(view, 1, 0), text)
    assert view.document is not None
    assert view.document.inlines[2].is_picture


def test_its_lines_end_where_they_meet(style: Style) -> None:
    (table,) = parse(TOWNS)
    assert isinstance(table, Table)
    view = laid_out(table, style, 900)
    image = painted(view, below=5)
    first, last = edges(image)
    inked = [y for y in range(view.height + 5) if image.pixel(first, y) != 0xFFFFFFFF]
    line = [y for y in range(view.height) if all(image.pixel(x, y) != 0xFFFFFFFF for x in range(first, last))]
    assert (inked[0], inked[-1]) == (line[0], line[-1])


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
    leaf = laid_out(table, style, 1_500, rtl)
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
    assert [column.left for column in mirror.columns(-10, 59)] == [1.0]
    assert [column.left for column in mirror.columns(62, 300)] == [61.0]
