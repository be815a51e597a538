"""What tests of tables that begin at the right share: one laid out, where its cells must be seen, its picture."""

from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QImage, QPainter

from pizzagpt_desktop.domain.blocks import Table
from pizzagpt_desktop.ui.transcript.leaf_painting import paint_leaf
from pizzagpt_desktop.ui.transcript.leaf_view import LeafView
from pizzagpt_desktop.ui.transcript.leaves import flatten
from pizzagpt_desktop.ui.transcript.marks import Mark
from pizzagpt_desktop.ui.transcript.style import Style
from pizzagpt_desktop.ui.transcript.tables import table_in

TOWNS = "| עיר | תושבים | Notes |\n|---|--:|---|\n| חיפה | 231 | `f()` |\n| Akko | 53 | [קישור](https://a.example) |\n| לוד | 545 | x |\n"  # fmt: skip


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


def painted(view: LeafView, marks: tuple[Mark, ...] = (), below: int = 0) -> QImage:
    image = QImage(view.width + 1, view.height + below, QImage.Format.Format_RGB32)
    image.fill(QColor("white"))
    painter = QPainter(image)
    paint_leaf(painter, view, marks, QRectF(image.rect()))
    painter.end()
    return image


def has(image: QImage, room: QRectF, colour: QColor) -> bool:
    box = room.toRect()
    return any(
        image.pixel(x, y) == colour.rgb()
        for x in range(box.left(), box.right())
        for y in range(box.top(), box.bottom())
    )
