"""Paints one leaf: its rails and marker, its card, its text; changes nothing and places nothing."""

from collections.abc import Sequence
from math import inf

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import (
    QAbstractTextDocumentLayout,
    QBrush,
    QColor,
    QFontMetricsF,
    QLinearGradient,
    QPainter,
    QPainterPath,
    QTextLayout,
    QTextLine,
)

from pizzagpt_desktop.domain.blocks import CodeBlock, Rule, Table
from pizzagpt_desktop.ui import theme
from pizzagpt_desktop.ui.transcript.documents import SPAN_ROOM, Document, showable
from pizzagpt_desktop.ui.transcript.formula_runs import finish
from pizzagpt_desktop.ui.transcript.leaf_view import LeafView
from pizzagpt_desktop.ui.transcript.leaves import Rail
from pizzagpt_desktop.ui.transcript.markers import paint_marker
from pizzagpt_desktop.ui.transcript.marks import Mark, draw_marked
from pizzagpt_desktop.ui.transcript.mirror_painting import draw_mirrored
from pizzagpt_desktop.ui.transcript.side_bars import BAR, bar_of
from pizzagpt_desktop.ui.transcript.strips import Budget, strips_of
from pizzagpt_desktop.ui.transcript.style import (
    CARD_HEADER,
    CARD_PADDING,
    INDENT,
    QUOTE_BAR,
    QUOTE_INDENT,
    Style,
)
from pizzagpt_desktop.ui.transcript.tables import paint_grid, paint_order
from pizzagpt_desktop.ui.transcript.text_lines import x_of

ABOVE = 5
"""Pixels above and below a leaf that marks on its letters may take."""


def paint_leaf(
    painter: QPainter,
    view: LeafView,
    marks: Sequence[Mark],
    clip: QRectF,
    budget: Budget | None = None,
    edge: float = inf,
) -> None:
    """Paint `view` at the painter's origin. clip: what of it is wanted. budget: for what takes long to draw.

    edge: the lower one of the screen.
    """
    style = view.style
    _paint_rails(painter, view)
    content = view.leaf.content
    if isinstance(content, Rule):
        painter.fillRect(QRect(view.left, 4, view.width - view.indent, 1), style.border)
        return
    if isinstance(content, CodeBlock):
        _paint_card(painter, view, content.lang)
    document = view.document
    if document is None:
        return
    left, top = view.inset()
    painter.save()
    if isinstance(content, CodeBlock | Table) or document.scrolls:
        painter.setClipRect(view.room, Qt.ClipOperation.IntersectClip)
    elif document.rises:
        room = QRectF(0, -ABOVE, view.width, view.height + 2 * ABOVE)
        painter.setClipRect(room, Qt.ClipOperation.IntersectClip)
    painter.translate(left - view.scroll_x, top)
    if not view.is_card:
        _paint_code_spans(painter, document, style)
    context = QAbstractTextDocumentLayout.PaintContext()
    context.palette = style.text_palette
    context.clip = clip.translated(-left + view.scroll_x, -top)
    if isinstance(content, Table):  # Qt's own empty lines before and after it are none of its text
        last = document.characterCount() - 2
        marks = [mark._replace(start=max(mark.start, 1), end=min(mark.end, last)) for mark in marks]
    if document.edges:
        paint_grid(painter, document, context.clip, view.leaf.joined, style)
    if document.is_slow:
        seen = inf if isinstance(content, CodeBlock | Table) or document.scrolls else view.width - left
        strips_of(document).draw(painter, document, context, marks, seen, budget or Budget())
    elif document.mirror is None:
        draw_marked(painter, document, context, marks)
        finish(document, painter)
    else:
        draw_mirrored(painter, document, document.mirror, marks, context.clip)
    if isinstance(content, Table) and content.header and view.card.order is not None:
        paint_order(painter, document, view.card.order, style)
    painter.restore()
    if view.is_card and view.card.folded:
        _paint_fade(painter, view.room, style)
    if (bar := bar_of(view, edge)) is not None:
        if edge < view.height:  # it lies over text
            strip = QRectF(view.room.left(), bar.track.top() - 3, view.room.width(), BAR + 6)
            painter.fillRect(strip, style.code if view.is_card else style.window)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(style.muted)
        painter.setOpacity(0.6)
        painter.drawRoundedRect(bar.handle, BAR / 2, BAR / 2)
        painter.setOpacity(1.0)


def _paint_fade(painter: QPainter, room: QRectF, style: Style) -> None:
    """The last lines of a folded card sink into its ground."""
    high = min(room.height(), 2.5 * style.code_line)
    fade = QRectF(room.left(), room.bottom() - high, room.width(), high)
    ground = QLinearGradient(fade.topLeft(), fade.bottomLeft())
    clear = QColor(style.code)
    clear.setAlpha(0)
    ground.setColorAt(0.0, clear)
    ground.setColorAt(1.0, style.code)
    painter.fillRect(fade, QBrush(ground))


def _paint_rails(painter: QPainter, view: LeafView) -> None:
    """Bars of quotes and the marker of an item, on the side where the text begins."""
    style = view.style
    x = 0
    gap = style.gap(view.leaf.gap)
    for number, rail in enumerate(view.leaf.rails):
        above = gap if number < view.shared_rails else 0
        if rail is Rail.QUOTE:
            left = view.width - x - QUOTE_BAR if view.rtl else x
            painter.fillRect(QRectF(left, -above, QUOTE_BAR, view.height + above), style.accent)
            x += QUOTE_INDENT
        else:
            x += INDENT
    if view.leaf.marker:
        top = view.inset()[1] if not view.is_card else 6
        inside = 0  # of quotations that the item itself holds: its marker stands before their bars
        for rail in reversed(view.leaf.rails):
            if rail is not Rail.QUOTE:
                break
            inside += QUOTE_INDENT
        margin = view.indent - inside
        left = view.width - margin + 8 if view.rtl else margin - 2 * INDENT
        rect = QRectF(left, top + _first_line_shift(view), 2 * INDENT - 8, style.em * 1.6)
        paint_marker(painter, view.leaf.marker, rect, style, view.rtl)


def _first_line_shift(view: LeafView) -> float:
    if view.document is None or view.is_card:
        return 0.0
    line = view.document.firstBlock().layout().lineAt(0)
    if not line.isValid():
        return 0.0
    return float(line.y() + line.ascent() - QFontMetricsF(view.style.body).ascent())


def _paint_card(painter: QPainter, view: LeafView, lang: str) -> None:
    style = view.style
    card = QRectF(view.left, 0, view.width - view.indent, view.height)
    radius = theme.RADIUS_CARD
    path = QPainterPath()
    goes_on = view.leaf.more and not view.card.folded
    grown = card.adjusted(0, -radius if view.leaf.joined else 0, 0, radius if goes_on else 0)
    path.addRoundedRect(grown, radius, radius)
    painter.save()
    painter.setClipRect(card, Qt.ClipOperation.IntersectClip)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.fillPath(path, style.code)
    painter.setPen(style.border)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(grown.adjusted(0.5, 0.5, -0.5, -0.5), radius, radius)
    painter.restore()
    if view.has_header:
        _paint_name(painter, lang, QRectF(card.left(), 0, card.width(), CARD_HEADER), style)


def paint_stuck_head(painter: QPainter, lang: str, place: QRectF, style: Style) -> None:
    """Paint the head of a card of code in `lang` over the lines that go past under it."""
    painter.fillRect(place, style.code)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)  # as the edges of the card are drawn
    painter.setPen(style.border)
    edges = place.adjusted(0.5, 0.5, -0.5, -0.5)
    painter.drawLine(edges.topLeft(), edges.bottomLeft())
    painter.drawLine(edges.bottomLeft(), edges.bottomRight())
    painter.drawLine(edges.bottomRight(), edges.topRight())
    _paint_name(painter, lang, place, style)


def _paint_name(painter: QPainter, lang: str, head: QRectF, style: Style) -> None:
    painter.setFont(style.caption)
    painter.setPen(style.muted)
    words = showable(lang.split(maxsplit=1)[0][:40]) if lang.strip() else "code"
    room = head.adjusted(CARD_PADDING, 0, CARD_PADDING - 120, 0)
    painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, words)


def _paint_code_spans(painter: QPainter, document: Document, style: Style) -> None:
    if not document.code_spans:
        return
    layout = document.documentLayout()
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(style.border)
    painter.setBrush(QBrush(style.code))
    for start, end in document.code_spans:
        block = document.findBlock(start)
        origin = layout.blockBoundingRect(block).topLeft()
        if document.mirror is not None:
            origin.setX(document.mirror.seen(origin.x()))
        text: QTextLayout = block.layout()
        at = start - block.position()
        last = end - block.position()
        room = document.rooms.get(start, end - 1) - block.position()
        while at < last:
            line = text.lineForTextPosition(at)
            if not line.isValid():
                break
            to = min(last, line.textStart() + line.textLength())
            x1, x2 = _extent(line, at, to) if document.isolates else _ends(line, at, to)
            height = style.em * 1.3
            top = line.y() + line.ascent() - style.em * 1.0
            rect = QRectF(
                origin.x() + x1 - 2.5,
                origin.y() + top,
                x2 - x1 + 5 - (SPAN_ROOM if at <= room < to else 0),
                height,
            )
            painter.drawRoundedRect(rect, theme.RADIUS_INLINE, theme.RADIUS_INLINE)
            if to <= at:
                break
            at = to
    painter.restore()


def _ends(line: QTextLine, start: int, end: int) -> tuple[float, float]:
    """From where to where a part of a line is seen whose text all runs one way."""
    x1, x2 = x_of(line, start), x_of(line, end)
    return min(x1, x2), max(x1, x2)


def _extent(line: QTextLine, start: int, end: int) -> tuple[float, float]:
    """The same where text runs both ways: there Qt does not tell the x of a place where two of them meet."""
    rects = [run.boundingRect() for run in line.glyphRuns(start, end - start)]
    if not rects:
        return _ends(line, start, end)
    return min(rect.left() for rect in rects), max(rect.right() for rect in rects)
