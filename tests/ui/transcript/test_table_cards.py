"""Tables: columns that can be read, pushed sideways, ordered by header and by keys, copied, and lazy however long."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QFont, QGuiApplication, QTextCursor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

from pizzagpt_desktop.domain.conversation import Message, Role, Status
from pizzagpt_desktop.ui.transcript.leaf_view import LeafView
from pizzagpt_desktop.ui.transcript.selection import Position, Selection
from pizzagpt_desktop.ui.transcript.side_bars import bar_of
from pizzagpt_desktop.ui.transcript.tables import table_in, widths
from pizzagpt_desktop.ui.transcript.view import TranscriptView
from tests.helpers.transcripts import SiblingsOf, button, click, first_column, names, reply, shown_leaves
from tests.ui.transcript.conftest import sized

pytestmark = pytest.mark.qt_log_ignore("^This plugin does not support")

TOWNS = "| Town | People |\n| - | -: |\n| Porto | 231,800 |\n| Évora | 53,591 |\n| Lisbon | 545,796 |\n"
AS_WRITTEN = ["Porto", "Évora", "Lisbon"]
WIDE = "|" + " a long header |" * 14 + "\n|" + "-|" * 14 + "\n|" + " cell |" * 14 + "\n"


def header(view: TranscriptView, leaf: LeafView, column: int) -> QPoint:
    """The middle of a header's text in the viewport."""
    assert leaf.document is not None
    shown = table_in(leaf.document)
    assert shown is not None
    block = shown.cellAt(0, column).firstCursorPosition().block()
    rect = leaf.document.documentLayout().blockBoundingRect(block)
    x = view.rows.row(0).body_left() + leaf.inset()[0] + rect.left() + 4 - leaf.scroll_x
    return QPoint(int(x), int(leaf.top + rect.center().y() - view.scroll_y))


def test_a_click_on_a_header_orders_the_next_turns_round_the_third_restores(
    view: TranscriptView, one_of: SiblingsOf
) -> None:
    leaves = shown_leaves(view, TOWNS)
    point = header(view, leaves[0], 1)
    height = leaves[0].height
    click(view, point)
    assert first_column(leaves) == ["Évora", "Porto", "Lisbon"]
    click(view, point)
    assert first_column(leaves) == ["Lisbon", "Porto", "Évora"]
    assert leaves[0].height == height
    assert leaves[0].document is not None
    assert leaves[0].document.toPlainText().split("\n")[3] == "Lisbon"
    click(view, header(view, leaves[0], 0))
    assert first_column(leaves) == ["Lisbon", "Porto", "Évora"], "another column begins anew"
    click(view, header(view, leaves[0], 0))
    assert first_column(leaves) == ["Évora", "Porto", "Lisbon"]
    click(view, header(view, leaves[0], 0))
    assert first_column(leaves) == AS_WRITTEN


def test_the_same_by_keys(view: TranscriptView, one_of: SiblingsOf) -> None:
    leaves = shown_leaves(view, TOWNS.replace("Town", "<b>&Town"))
    sort = button(view, "Sort table")
    sort.setFocus()

    def choose(words: str) -> None:
        QTest.keyClick(button(view, "Sort table"), Qt.Key.Key_Space)
        menu = view.findChild(QMenu, "sort_menu")
        assert menu is not None
        action = next(a for a in menu.actions() if a.text().startswith(words))
        menu.setActiveAction(action)
        QTest.keyClick(menu, Qt.Key.Key_Return)
        menu.setObjectName("gone")

    choose("People")
    assert first_column(leaves) == ["Évora", "Porto", "Lisbon"]
    choose("People, smallest first")
    assert first_column(leaves) == ["Lisbon", "Porto", "Évora"]
    choose("People, largest first")
    assert first_column(leaves) == AS_WRITTEN
    choose("<b>&&Town")
    assert first_column(leaves)[0] == "Lisbon"
    choose("As written")
    assert first_column(leaves) == AS_WRITTEN
    assert button(view, "Sort table") is sort, "the button keeps the focus"


def test_a_drag_over_a_header_selects_and_orders_nothing(view: TranscriptView, one_of: SiblingsOf) -> None:
    leaves = shown_leaves(view, TOWNS)
    point = header(view, leaves[0], 0)
    port = view.viewport()
    QTest.mousePress(port, Qt.MouseButton.LeftButton, pos=point)
    QTest.mouseMove(port, point + QPoint(60, 40))
    QTest.mouseRelease(port, Qt.MouseButton.LeftButton, pos=point + QPoint(60, 40))
    assert first_column(leaves) == AS_WRITTEN


def test_the_order_stays_when_one_scrolls_away_and_back(view: TranscriptView, one_of: SiblingsOf) -> None:
    others = [
        Message(id=f"o{i}", conversation_id="c", parent_id=None, role=Role.USER, text="x\n" * 30)
        for i in range(60)
    ]
    view.show_path("c", [reply(TOWNS), *others], one_of)
    view.jump_to_start()
    view.jump_to_start()
    click(view, header(view, view.rows.row(0).views[0], 1))
    view.jump_to_end()
    assert view.rows.live(0) is None
    view.jump_to_start()
    assert first_column(view.rows.row(0).views) == ["Évora", "Porto", "Lisbon"]


def test_a_copy_is_a_table_for_a_spreadsheet_in_the_order_shown(
    view: TranscriptView, one_of: SiblingsOf
) -> None:
    leaves = shown_leaves(view, TOWNS)
    click(view, header(view, leaves[0], 1))
    button(view, "Copy table").click()
    data = QGuiApplication.clipboard().mimeData()
    assert data.text() == "Town\tPeople\nÉvora\t53,591\nPorto\t231,800\nLisbon\t545,796"
    assert "<table" in data.html()


def test_while_rows_still_come_their_order_is_theirs(
    view: TranscriptView, one_of: SiblingsOf, streaming: Message
) -> None:
    view.show_path("c", [streaming], one_of)
    view.grow("reply", TOWNS)
    view._on_frame()
    assert "Sort table" not in names(view)
    assert "Copy table" in names(view)
    view.end(reply(TOWNS, "reply", status=Status.COMPLETE))
    view._on_frame()
    assert "Sort table" in names(view)


def test_a_wide_table_is_not_squeezed_but_pushed_sideways(view: TranscriptView, one_of: SiblingsOf) -> None:
    leaf = shown_leaves(view, WIDE)[0]
    assert leaf.document is not None
    table = table_in(leaf.document)
    assert table is not None
    for column in range(table.columns()):
        block = table.cellAt(0, column).firstCursorPosition().block()
        assert block.layout().lineCount() == 1, "no header is broken"
    assert leaf.overflow() > 200
    copy = button(view, "Copy table")
    copy.setFocus()
    for _ in range(300):
        QTest.keyClick(copy, Qt.Key.Key_Right)
    assert leaf.scroll_x == leaf.overflow()
    bar = bar_of(leaf, leaf.height)
    assert bar is not None
    assert leaf.room.contains(bar.handle.center())


def test_columns_get_what_they_need_and_prose_gets_the_rest() -> None:
    assert widths([50, 60], 500, 16) == [50, 60]
    small, prose = widths([50, 2_000], 500, 16)
    assert small == 50
    assert prose == pytest.approx(448)
    assert widths([2_000] * 9, 500, 16) == [18 * 16] * 9
    assert sum(widths([100, 100, 2_000], 480, 16)) == pytest.approx(477), "a little too wide is made to fit"


def test_all_parts_of_a_long_table_have_the_same_columns(view: TranscriptView, one_of: SiblingsOf) -> None:
    rows = "".join(f"| {i} | {'wider ' * (i // 40)} |\n" for i in range(300))
    leaves = shown_leaves(view, f"| n | words |\n|-|-|\n{rows}")
    edges = set()
    for leaf in leaves:
        leaf.lay_out()
        assert leaf.document is not None
        edges.add(leaf.document.size().width())
    assert len(edges) == 1


def test_a_long_table_is_lazy_also_when_it_is_ordered(
    view: TranscriptView, one_of: SiblingsOf, qtbot: QtBot
) -> None:
    rows = "".join(f"| {(i * 7919) % 5000} | x |\n" for i in range(5_000))
    view.show_path("c", [reply(f"| n | w |\n|-|-|\n{rows}")], one_of)
    row = view.rows.row(0)
    qtbot.waitUntil(lambda: not row.busy)
    view.jump_to_start()
    click(view, header(view, row.views[0], 0))
    assert first_column(row.views) == [str(i) for i in range(5_000)]
    assert sum(leaf.document is not None for leaf in row.views) < 10
    assert names(view).count("Copy table") <= 1


def test_headers_have_the_weight_of_headings(view: TranscriptView, one_of: SiblingsOf) -> None:
    leaf = shown_leaves(view, TOWNS)[0]
    assert leaf.document is not None
    cursor = QTextCursor(leaf.document)
    cursor.setPosition(2)
    assert cursor.charFormat().fontWeight() == QFont.Weight.DemiBold.value


def test_at_three_times_the_size_the_buttons_stay_inside(
    view: TranscriptView, one_of: SiblingsOf, qtbot: QtBot
) -> None:
    view.resize(360, 800)
    view.set_body_font(sized(27))
    shown_leaves(view, "| a | b |\n|-|-|\n| 1 | 2 |\n| 2 | 1 |\n")
    for name in ("Sort table", "Copy table"):
        found = button(view, name)
        place = found.rect().translated(found.mapTo(view.viewport(), QPoint()))
        assert view.viewport().rect().contains(place), name


@pytest.mark.parametrize("width", range(560, 680, 7))
def test_a_table_that_is_made_to_fit_is_not_scrolled(
    view: TranscriptView, one_of: SiblingsOf, width: int
) -> None:
    view.resize(width, 800)
    prose = "a sentence that is long enough to be broken in a narrow column, and some more words besides"
    leaf = shown_leaves(view, f"| a | b | c | d |\n|-|-|-|-|\n| Porto | 231,800 | 41.4 | {prose} |\n")[0]
    assert leaf.overflow() == 0


def test_all_of_a_table_is_marked_and_nothing_before_it(view: TranscriptView, one_of: SiblingsOf) -> None:
    leaf = shown_leaves(view, TOWNS)[0]
    row = view.rows.row(0)

    def edge() -> set[str]:
        """The colours left of the first cell's text."""
        image = view.grab().toImage()
        top = view.rows.heights.top(0) + leaf.top - view.scroll_y
        return {
            image.pixelColor(row.body_left() + x, top + y).name() for x in range(-3, 10) for y in range(2, 24)
        }

    before = edge()
    view.select(Selection.all_of(view.rows))
    assert edge() == before


@pytest.mark.parametrize("column", [0, 1])
def test_the_sign_of_the_order_stands_at_the_end_of_its_header(
    view: TranscriptView, one_of: SiblingsOf, column: int
) -> None:
    leaf = shown_leaves(view, TOWNS)[0]
    click(view, header(view, leaf, column))
    assert leaf.document is not None
    wide = [width.rawValue() for width in table_in(leaf.document).format().columnWidthConstraints()]  # type: ignore[union-attr]  # it is a table
    image, left = view.grab().toImage(), view.rows.row(0).body_left()
    accent = view.rows.row(0).style.accent
    top = view.rows.heights.top(0) + leaf.top - view.scroll_y
    signed = [x - left for x in range(left, left + leaf.width) for y in range(top, top + 30) if image.pixelColor(x, y) == accent]  # fmt: skip
    assert signed
    end = sum(wide[: column + 1])
    assert end - 14 < min(signed)
    assert max(signed) < end


def test_keys_stay_in_their_column(view: TranscriptView, one_of: SiblingsOf) -> None:
    leaf = shown_leaves(view, TOWNS)[0]
    assert leaf.document is not None
    cells = table_in(leaf.document)
    assert cells is not None
    start = Position(0, 0, cells.cellAt(1, 0).firstPosition())
    view.select(Selection(start, start))
    view.setFocus()
    for key, row in ((Qt.Key.Key_Down, 2), (Qt.Key.Key_Down, 3), (Qt.Key.Key_Up, 2), (Qt.Key.Key_Up, 1)):
        QTest.keyClick(view, key, Qt.KeyboardModifier.ShiftModifier)
        assert view.selection is not None
        cell = cells.cellAt(view.selection.head.offset)
        assert cell.isValid()
        assert (cell.row(), cell.column()) == (row, 0)
