"""Tables on the screen: how wide their columns are, which column a point is in, the sign of the order; knows no message."""

from bisect import bisect_left
from collections.abc import Sequence
from itertools import accumulate

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainter, QPolygonF, QTextLength, QTextTable

from pizzagpt_desktop.domain.blocks import Runs, Table, plain
from pizzagpt_desktop.ui.transcript.cards import Order
from pizzagpt_desktop.ui.transcript.documents import CELL_MARGIN, CELL_PADDING, Document
from pizzagpt_desktop.ui.transcript.mirror import Mirror
from pizzagpt_desktop.ui.transcript.style import Style

WIDEST_EM = 18
"""A column that would like more gets more only where there is room."""
NARROWEST_EM = 2
ALMOST_EM = 2
"""What is wider than its place by no more than this is made to fit."""
MEASURED = 160
"""Characters of a cell's line that are measured."""


def wishes(table: Table, style: Style) -> list[float]:
    """Pixels that each column would like to have, by the first part of a table: what comes later keeps to it."""
    bold_font = QFont(style.body)
    bold_font.setWeight(QFont.Weight.DemiBold)
    usual, bold = QFontMetricsF(style.body), QFontMetricsF(bold_font)

    def wide(cell: Runs, is_header: bool = False) -> float:
        lines = plain(cell)[: 4 * MEASURED].split("\n")
        boxes = sum(run.code or run.math is not None or run.image is not None for run in cell)
        metrics = bold if is_header or any(run.bold for run in cell) else usual
        return max(metrics.horizontalAdvance(line[:MEASURED]) for line in lines) + 14 * boxes + 2

    edge = 2 * (CELL_PADDING + CELL_MARGIN) + 2
    columns = []
    for column in range(len(table.align)):
        widest = max((wide(row[column]) for row in table.rows if column < len(row)), default=0.0)
        if column < len(table.header):
            widest = max(widest, wide(table.header[column], True))
        columns.append(max(widest, NARROWEST_EM * style.em) + edge)
    return columns


def widths(wished: Sequence[float], room: float, em: float) -> list[float]:
    """Pixels that each column gets: no less than it can be read in, and more as far as `room` goes."""
    least = [min(wish, WIDEST_EM * em) for wish in wished]
    spare = room - sum(least) - len(wished)  # a line for each column
    wanted = sum(wished) - sum(least)
    widest = max(range(len(least)), key=least.__getitem__, default=0)
    if -ALMOST_EM * em <= spare < 0 and least[widest] > 4 * ALMOST_EM * em:
        least[widest] += spare  # so little is not worth scrolling for
        return least
    if spare <= 0 or wanted <= 0:
        return least
    share = min(1.0, spare / wanted)
    return [now + (wish - now) * share for now, wish in zip(least, wished, strict=True)]


def fit(document: Document, columns: Sequence[float]) -> None:
    """Give the columns of a table's document these widths."""
    shown = table_in(document)
    if shown is None:
        return
    form = shown.format()
    if not form.borderCollapse():
        document.edges = list(accumulate((int(width) for width in columns), initial=0))
    fixed = [QTextLength(QTextLength.Type.FixedLength, int(width)) for width in columns]
    if form.columnWidthConstraints() != fixed:
        form.setColumnWidthConstraints(fixed)
        shown.setFormat(form)


def table_in(document: Document) -> QTextTable | None:
    frame = next(iter(document.rootFrame().childFrames()), None)
    return frame if isinstance(frame, QTextTable) else None


def mirror_of(document: Document) -> Mirror | None:
    """Where the columns of a table's document, which is laid out, are seen when it begins at the right."""
    return Mirror(document.edges) if document.edges else None


def cells_between(document: Document, start: int, end: int) -> tuple[range, range] | None:
    """The rows and columns that a selection from one text position to another takes: cells of one row, or rows whole."""
    shown = table_in(document)
    if shown is None:
        return None
    first = shown.cellAt(max(start, shown.firstPosition()))
    last = shown.cellAt(min(end, shown.lastPosition()))
    if not (first.isValid() and last.isValid()):
        return None
    if first.row() == last.row():
        return range(first.row(), first.row() + 1), range(first.column(), last.column() + 1)
    return range(first.row(), last.row() + 1), range(shown.columns())


def taken(document: Document, start: int, end: int) -> tuple[int, int]:
    """From where to where a selection in a table is seen: what it takes and no more."""
    shown, cells = table_in(document), cells_between(document, start, end)
    if shown is None or cells is None or len(cells[0]) == len(cells[1]) == 1:
        return start, end
    rows, columns = cells
    return (
        shown.cellAt(rows[0], columns[0]).firstPosition(),
        shown.cellAt(rows[-1], columns[-1]).lastPosition(),
    )


def header_at(document: Document, point: QPointF) -> int | None:
    """The column whose header is at a point of the document."""
    shown = table_in(document)
    if shown is None:
        return None
    for column in range(shown.columns()):
        rect = _cell(document, shown, column)
        if rect.left() <= point.x() <= rect.right() and 0 <= point.y() <= rect.bottom():
            return column
    return None


def _cell(document: Document, shown: QTextTable, column: int) -> QRectF:
    """A header's cell from edge to edge."""
    left, right = _left(document, shown, column), _left(document, shown, column + 1)
    last = document.documentLayout().blockBoundingRect(shown.cellAt(0, column).lastCursorPosition().block())
    return QRectF(left, 0, right - left, last.bottom() + CELL_PADDING)


def _left(document: Document, shown: QTextTable, column: int) -> float:
    """Where a column begins, or beyond the last one where the table ends."""
    columns = shown.columns()
    if column >= columns:
        last = shown.format().columnWidthConstraints()[-1].rawValue()
        return _left(document, shown, columns - 1) + last

    def text(of: int) -> float:
        block = shown.cellAt(0, of).firstCursorPosition().block()
        return document.documentLayout().blockBoundingRect(block).left()

    return text(column) - text(0)


def paint_grid(painter: QPainter, document: Document, clip: QRectF, goes_on: bool, style: Style) -> None:
    """The lines of a wide table as far as they are in `clip`. goes_on: a part of the same table stands above it."""
    shown = table_in(document)
    edges: Sequence[float] = document.edges
    if shown is None or not edges:
        return
    layout = document.documentLayout()
    height = document.size().height()
    if document.mirror is not None:
        edges = document.mirror.edges_seen()
    above = shown.format().cellPadding()
    tops = [
        layout.blockBoundingRect(shown.cellAt(row, 0).firstCursorPosition().block()).top() - above
        for row in range(int(goes_on), shown.rows())
    ]
    first = max(0, bisect_left(edges, clip.left()) - 1)
    last = min(len(edges), bisect_left(edges, clip.right()) + 1)
    left, right = edges[first] + 0.5, edges[last - 1] + 0.5
    lines = [QLineF(left, int(y) + 0.5, right, int(y) + 0.5) for y in (*tops, height - 1)]
    lines += [QLineF(x + 0.5, 0, x + 0.5, height - 0.5) for x in edges[first:last]]
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.setPen(style.border)
    painter.drawLines(lines)


def paint_order(painter: QPainter, document: Document, order: Order, style: Style) -> None:
    """A small triangle in the header that the rows are ordered by."""
    shown = table_in(document)
    if shown is None or order.column >= shown.columns():
        return
    rect = _cell(document, shown, order.column)
    half = (CELL_PADDING + CELL_MARGIN) / 2 - 1.8
    middle = QPointF(rect.right() - half - 2, rect.center().y())
    if document.mirror is not None:
        middle.setX(document.mirror.seen(rect.center().x()) - rect.width() / 2 + half + 2)
    way = 1 if order.falling else -1
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(style.accent)
    painter.drawPolygon(
        QPolygonF([
            QPointF(middle.x() - half, middle.y() - way * half * 0.7),
            QPointF(middle.x() + half, middle.y() - way * half * 0.7),
            QPointF(middle.x(), middle.y() + way * half * 0.8),
        ])
    )  # fmt: skip
