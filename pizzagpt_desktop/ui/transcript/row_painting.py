"""Paints one row: bubble, the small line above, its leaves and its status; changes nothing and places nothing."""

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter

from pizzagpt_desktop.ui import theme
from pizzagpt_desktop.ui.transcript.leaf_painting import paint_leaf
from pizzagpt_desktop.ui.transcript.marks import Mark
from pizzagpt_desktop.ui.transcript.row import STATUS_GAP, Row
from pizzagpt_desktop.ui.transcript.strips import Budget
from pizzagpt_desktop.ui.transcript.style import TURN_GAP


def paint_row(
    painter: QPainter,
    row: Row,
    top: int,
    bottom: int,
    edge: int,
    marks: Mapping[int, Sequence[Mark]],
    budget: Budget,
) -> None:
    """Paint what lies between `top` and `bottom` of `row`, whose top is the painter's.

    edge: the lower one of the screen, in the row. marks: per leaf. budget: for what takes long to draw.
    """
    style = row.style
    left, column = row.column
    if row.is_user:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(style.bubble)
        painter.drawRoundedRect(row.bubble, theme.RADIUS_BUBBLE, theme.RADIUS_BUBBLE)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    elif row.meta and top <= style.meta_height:
        painter.setFont(style.caption)
        painter.setPen(style.muted)
        words = QFontMetricsF(style.caption).elidedText(row.meta, Qt.TextElideMode.ElideRight, column)
        side = Qt.AlignmentFlag.AlignRight if style.mirrored else Qt.AlignmentFlag.AlignLeft
        painter.drawText(
            QRectF(left, 0, column, style.meta_height), int(Qt.AlignmentFlag.AlignTop | side), words
        )
    x = row.body_left()
    for index in row.between(top, bottom):
        view = row.views[index]
        painter.save()
        painter.translate(x, view.top)
        clip = QRectF(0, top - view.top, view.width, bottom - top)
        paint_leaf(painter, view, marks.get(index, ()), clip, budget, edge - view.top)
        painter.restore()
    if not row.status_rect.isEmpty() and row.status is not None:
        row.status.paint(painter, style, row.status_rect)


def caret_rect(row: Row) -> QRectF:
    """Where the caret of a growing reply stands."""
    style = row.style
    if len(row.views) > row.thoughts:
        view = row.views[-1]
        return view.caret_rect().translated(row.body_left(), view.top)
    bottom = row.status_rect.top() - STATUS_GAP if not row.status_rect.isEmpty() else row.height - TURN_GAP
    return QRectF(row.body_left(), bottom - style.body_line + 2, 8, style.em)
