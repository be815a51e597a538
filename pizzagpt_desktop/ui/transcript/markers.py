"""Paints what stands in the margin of a list's item: bullets, task boxes, numbers; knows no list."""

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPen, QPolygonF

from pizzagpt_desktop.ui.transcript.style import Style

_SHAPES = frozenset("•◦▪☐☑")


def paint_marker(painter: QPainter, marker: str, rect: QRectF, style: Style, rtl: bool) -> None:
    """Paint `marker` into `rect`, next to the text: at its right edge, or at the left one where the text is `rtl`."""
    metrics = QFontMetricsF(style.body)
    painter.setFont(style.body)
    painter.setPen(style.muted)
    edge = Qt.AlignmentFlag.AlignLeft if rtl else Qt.AlignmentFlag.AlignRight
    *others, last = marker.split(" ")
    if last not in _SHAPES:
        painter.drawText(
            rect,
            edge | Qt.AlignmentFlag.AlignTop,
            f".{marker[:-1]}" if rtl and marker[-1:] == "." else marker,
        )
        return
    size = style.em * (0.86 if last in "☐☑" else 0.34)
    middle = rect.top() + metrics.ascent() - metrics.capHeight() / 2
    gap = 1 if last in "☐☑" else style.em * 0.2
    left = rect.left() + gap if rtl else rect.right() - gap - size
    box = QRectF(left, middle - size / 2, size, size)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    _SHAPE[last](painter, box, style)
    painter.restore()
    if others:
        rest = rect.adjusted(size + 6, 0, 0, 0) if rtl else rect.adjusted(0, 0, -size - 6, 0)
        paint_marker(painter, " ".join(others), rest, style, rtl)


def _disc(painter: QPainter, box: QRectF, style: Style) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(style.muted)
    painter.drawEllipse(box)


def _ring(painter: QPainter, box: QRectF, style: Style) -> None:
    painter.setPen(QPen(style.muted, max(1.0, box.width() / 5)))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawEllipse(box.adjusted(0.5, 0.5, -0.5, -0.5))


def _square(painter: QPainter, box: QRectF, style: Style) -> None:
    inset = box.width() * 0.06
    painter.fillRect(box.adjusted(inset, inset, -inset, -inset), style.muted)


def _empty_box(painter: QPainter, box: QRectF, style: Style) -> None:
    painter.setPen(QPen(style.muted, max(1.2, box.width() / 11)))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), box.width() / 5, box.width() / 5)


def _ticked_box(painter: QPainter, box: QRectF, style: Style) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(style.accent)
    painter.drawRoundedRect(box, box.width() / 5, box.width() / 5)
    pen = QPen(style.on_accent, max(1.4, box.width() / 8))
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    painter.setPen(pen)
    at = [(0.24, 0.53), (0.43, 0.71), (0.77, 0.32)]
    painter.drawPolyline(
        QPolygonF([QPointF(box.left() + x * box.width(), box.top() + y * box.height()) for x, y in at])
    )


_SHAPE = {"•": _disc, "◦": _ring, "▪": _square, "☐": _empty_box, "☑": _ticked_box}
