"""Paints the rows that are on the screen, with selection, caret and focus ring; changes nothing."""

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QPainter, QPen, QRegion

from pizzagpt_desktop.domain.blocks import Table
from pizzagpt_desktop.domain.conversation import Status
from pizzagpt_desktop.ui import theme
from pizzagpt_desktop.ui.transcript.hits import Hits
from pizzagpt_desktop.ui.transcript.leaf_painting import paint_stuck_head
from pizzagpt_desktop.ui.transcript.marks import Mark
from pizzagpt_desktop.ui.transcript.row import Row
from pizzagpt_desktop.ui.transcript.row_painting import caret_rect, paint_row
from pizzagpt_desktop.ui.transcript.rows import Rows
from pizzagpt_desktop.ui.transcript.selection import Selection
from pizzagpt_desktop.ui.transcript.strips import Budget
from pizzagpt_desktop.ui.transcript.stuck import stuck_head
from pizzagpt_desktop.ui.transcript.style import CARD_HEADER, Style
from pizzagpt_desktop.ui.transcript.tables import taken

PAINTED = 1 << 30
FEW = 6
"""Parts of a screen that are painted one by one; of more, all between them is, too."""


def paint_rows(
    painter: QPainter,
    rows: Rows,
    scroll_y: int,
    region: QRegion,
    room: int,
    *,
    selection: Selection | None,
    hits: Hits | None,
    current: int | None,
    focused: bool,
    caret: bool,
    style: Style,
) -> bool:
    """Paint `region` of a viewport `room` high that shows rows from `scroll_y` on; whether all is there.

    current: the row that commands mean, in a ring; `focused`: it has the keyboard, too.
    """
    budget = Budget()
    parts = list(region)  # type: ignore[call-overload]  # the stubs do not know that it can be gone through
    for part in parts if len(parts) <= FEW else [region.boundingRect()]:
        painter.setClipRect(part)  # what reaches into two of them is drawn once in each
        painter.fillRect(part, style.window)
        for index, y in rows.between(scroll_y + part.top(), scroll_y + part.bottom() + 1):
            row = rows.live(index)
            if row is None:
                continue
            painter.save()
            painter.translate(0, y - scroll_y)
            top, bottom = scroll_y + part.top() - y, scroll_y + part.bottom() + 1 - y
            marks = _marks(index, row, top, bottom, selection, hits, style)
            paint_row(painter, row, top, bottom, scroll_y + room - y, marks, budget)
            if part.top() < CARD_HEADER and (stuck := stuck_head(row, scroll_y - y)) is not None:
                paint_stuck_head(painter, stuck.lang, QRectF(stuck.rect), style)
            if caret and row.message.status is Status.STREAMING:
                _paint_caret(painter, row, style)
            if index == current:
                painter.setPen(QPen(style.accent, 2) if focused else QPen(style.border, 1))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.setRenderHint(QPainter.RenderHint.Antialiasing)
                painter.drawRoundedRect(
                    row.frame().adjusted(-8, -4, 8, 4), theme.RADIUS_CARD, theme.RADIUS_CARD
                )
            painter.restore()
    painter.setClipping(False)
    return not budget.is_over


def _marks(
    index: int,
    row: Row,
    top: int,
    bottom: int,
    selection: Selection | None,
    hits: Hits | None,
    style: Style,
) -> dict[int, list[Mark]]:
    """What is marked between `top` and `bottom` of row `index`: hits, and over them what is selected."""
    marks = hits.marks(row, row.between(top, bottom), style) if hits else {}
    for leaf, (start, end) in (selection.marks(index, row) if selection else {}).items():
        document = row.views[leaf].document
        if document is not None and isinstance(row.views[leaf].leaf.content, Table):
            start, end = taken(document, start, end)
        marks.setdefault(leaf, []).append(Mark(start, end, style.selection, style.text))
    return marks


def paint_ring(painter: QPainter, port: QRect, style: Style) -> None:
    """Paint the ring of the whole view: it has the keyboard, and none of its messages is chosen."""
    painter.setPen(QPen(style.accent, 2))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.drawRoundedRect(port.adjusted(1, 1, -1, -1), theme.RADIUS_CARD, theme.RADIUS_CARD)


def take_fresh(rows: Rows, scroll_y: int, port: QRect) -> QRect:
    """What of a viewport is not as it was painted last, if it was painted with this `scroll_y`; it counts as painted."""
    top = port.bottom() + 1
    for index, y in rows.between(scroll_y, scroll_y + port.height()):
        row = rows.live(index)
        if row is not None:
            top = min(top, y - scroll_y + row.stack.fresh_from)
            row.stack.fresh_from = PAINTED
    return port.adjusted(0, max(0, top), 0, 0)


def _paint_caret(painter: QPainter, row: Row, style: Style) -> None:
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(style.accent)
    painter.setOpacity(0.55)
    painter.drawRoundedRect(caret_rect(row), 2, 2)
    painter.setOpacity(1.0)
