"""What a search found: conversations, and in them excerpts with the hits marked; knows no store and no query.

Hits of one conversation stand together, where the first of them would stand alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPointF,
    QRect,
    QSize,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import QColor, QFont, QKeyEvent, QPainter, QPen, QTextCharFormat, QTextLayout, QTextOption
from PySide6.QtWidgets import (
    QHBoxLayout,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from pizzagpt_desktop.domain.conversation import Role, SearchHit
from pizzagpt_desktop.ui import theme
from pizzagpt_desktop.ui.labels import describe, label, text_button

if TYPE_CHECKING:
    from pizzagpt_desktop.domain.query import Found

Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()
_ROW = Qt.ItemDataRole.UserRole
_ORDERS = {
    "newest": ("Newest first", "Show the best hits first"),
    "best": ("Best first", "Show the newest hits first"),
}
MORE = 60
_NEAR_END = 200
"""Pixels from the end of the list where more is asked for."""


class _Row(NamedTuple):
    """A conversation (hit None) with where its title is hit, or one hit in it."""

    conversation_id: str
    title: str
    archived: bool
    spans: tuple[tuple[int, int], ...] = ()
    hit: SearchHit | None = None


def _grouped(hits: Sequence[SearchHit]) -> list[_Row]:
    groups: dict[str, tuple[_Row, list[_Row]]] = {}
    for hit in hits:
        known = groups.get(hit.conversation_id)
        spans = () if hit.message_id else hit.spans
        if known is None:
            known = _Row(hit.conversation_id, hit.title, hit.archived, spans), []
            groups[hit.conversation_id] = known
        if hit.message_id:
            known[1].append(_Row(hit.conversation_id, hit.title, hit.archived, hit=hit))
    return [row for head, below in groups.values() for row in (head, *below)]


class _HitModel(QAbstractListModel):
    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.rows: list[_Row] = []

    def rowCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self.rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        row = self.rows[index.row()]
        if role == _ROW:
            return row
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            title = (row.title or "Untitled") + (", archived" if row.archived else "")
            return title if row.hit is None else f"{row.title}: {' '.join(row.hit.excerpt.split())}"
        return None

    def show(self, rows: list[_Row]) -> None:
        self.beginResetModel()
        self.rows = rows
        self.endResetModel()

    def first_hit(self) -> int:
        """The first row that is a hit in a message, 0 where there is none."""
        return next((number for number, row in enumerate(self.rows) if row.hit is not None), 0)


class _HitDelegate(QStyledItemDelegate):
    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.colours = theme.LIGHT

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        row: _Row = index.data(_ROW)
        rect: QRect = option.rect
        state: QStyle.StateFlag = option.state
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        card = rect.adjusted(8, 1, -8, -1)
        if state & (QStyle.StateFlag.State_MouseOver | QStyle.StateFlag.State_Selected):
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(self.colours.surface))
            painter.drawRoundedRect(card, theme.RADIUS_CARD, theme.RADIUS_CARD)
        if state & QStyle.StateFlag.State_HasFocus:
            painter.setPen(QPen(QColor(self.colours.accent), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(card.adjusted(1, 1, -1, -1), theme.RADIUS_CARD, theme.RADIUS_CARD)
        if row.hit is None:
            self._draw_title(painter, rect.adjusted(20, 8, -20, -2), row, option.font)
        else:
            self._draw_hit(painter, rect.adjusted(20, 4, -20, -6), row.hit, option.font)
        painter.restore()

    def _draw_title(self, painter: QPainter, room: QRect, row: _Row, font: QFont) -> None:
        if row.archived:
            painter.setFont(theme.scaled(font, "caption"))
            painter.setPen(QColor(self.colours.muted))
            wide = painter.fontMetrics().horizontalAdvance("Archived")
            painter.drawText(room, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, "Archived")
            room = room.adjusted(0, 0, -wide - 8, 0)
        bold = theme.scaled(font, "body", weight=QFont.Weight.DemiBold)
        text = "".join(" " if char.isspace() else char for char in row.title) or "Untitled"
        painter.setPen(QColor(self.colours.text))
        self._draw_marked(painter, room, text, row.spans, bold, 1)

    def _draw_hit(self, painter: QPainter, room: QRect, hit: SearchHit, font: QFont) -> None:
        """Who said it and when, and two lines of the excerpt."""
        caption = theme.scaled(font, "caption")
        painter.setFont(caption)
        painter.setPen(QColor(self.colours.muted))
        metrics = painter.fontMetrics()
        facts = metrics.elidedText(_facts(hit), Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextSingleLine, facts)
        painter.setPen(QColor(self.colours.text))
        # Line ends become spaces one for one, so that the spans still fit.
        text = "".join(" " if char.isspace() else char for char in hit.excerpt)
        self._draw_marked(painter, room.adjusted(0, metrics.height() + 1, 0, 0), text, hit.spans, caption, 2)

    def _draw_marked(
        self,
        painter: QPainter,
        room: QRect,
        text: str,
        spans: Sequence[tuple[int, int]],
        font: QFont,
        lines: int,
    ) -> None:
        """Some lines of `text`, the hits on the ground that they have in the messages too."""
        layout = QTextLayout(text, font)
        option = QTextOption(Qt.AlignmentFlag.AlignLeading)
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        layout.setTextOption(option)
        formats = []
        for start, end in spans:
            found = QTextLayout.FormatRange()
            found.start = len(text[:start].encode("utf-16-le")) // 2
            found.length = len(text[start:end].encode("utf-16-le")) // 2
            found.format = QTextCharFormat()
            found.format.setBackground(QColor(self.colours.hit))
            found.format.setForeground(QColor(self.colours.text))
            formats.append(found)
        layout.setFormats(formats)
        layout.beginLayout()
        y = 0.0
        for _ in range(lines):
            line = layout.createLine()
            if not line.isValid():
                break
            line.setLineWidth(room.width())
            line.setPosition(QPointF(0, y))
            y += line.height()
        layout.endLayout()
        painter.setClipRect(room)
        layout.draw(painter, room.topLeft().toPointF())

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        row: _Row = index.data(_ROW)
        line = option.fontMetrics.height()
        return QSize(0, line + 12 if row.hit is None else round(line * 0.85 * 3) + 16)


def _facts(hit: SearchHit) -> str:
    """Who said it, and on which day."""
    who = "You" if hit.role is Role.USER else hit.model or "Reply"
    try:
        day = datetime.fromtimestamp(hit.created_at).astimezone() if hit.created_at > 0 else None
    except (OverflowError, OSError, ValueError):
        day = None
    return who if day is None else f"{who} · {day.day} {day:%b %Y}"


class _HitList(QListView):
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.text() and event.text().isprintable():
            event.ignore()
        else:
            super().keyPressEvent(event)


class SearchResults(QWidget):
    """The list, and above it how many there are and in which order they stand."""

    chosen = Signal(str, str)
    """Conversation id and message id ("" for the conversation itself)."""
    order_changed = Signal(str)
    more_asked = Signal(int)
    """The end of the list was scrolled to: so many hits are wanted instead."""

    def __init__(self) -> None:
        super().__init__()
        self.order = "newest"
        self._query = ""
        self._count = 0
        self._more = False
        self._summary = label(kind="muted")
        self._summary.setObjectName("search_summary")
        self._order_button = text_button("search_order", *_ORDERS["newest"], kind="link")
        self._order_button.clicked.connect(self._on_order_clicked)
        self._model = _HitModel(self)
        self.list = _HitList()
        describe(self.list, "search_results", "Search results")
        self._delegate = _HitDelegate(self.list)
        self.list.setModel(self._model)
        self.list.setItemDelegate(self._delegate)
        self.list.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.list.setMouseTracking(True)
        self.list.setFrameShape(QListView.Shape.NoFrame)
        self.list.viewport().setAutoFillBackground(False)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        self.list.clicked.connect(self._on_activated)
        self.list.activated.connect(self._on_activated)
        self.list.verticalScrollBar().valueChanged.connect(self._on_scrolled)
        head = QHBoxLayout()
        head.setContentsMargins(20, 2, 8, 2)
        head.setSpacing(4)
        head.addWidget(self._summary, 1)
        head.addWidget(self._order_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(head)
        column.addWidget(self.list, 1)

    def set_palette(self, palette: theme.Palette) -> None:
        self._delegate.colours = palette
        self.list.viewport().update()

    def show_found(self, query: str, found: Found) -> None:
        """Show this for `query`; more of the same leaves the reader where they are."""
        bar = self.list.verticalScrollBar()
        goes_on = query == self._query and bool(found.hits) and self._count > 0
        place, current = bar.value(), self.list.currentIndex().row()
        self._query, self._count, self._more = query, len(found.hits), found.more
        self._model.show(_grouped(found.hits))
        self._summary.setText(_summary(query, found))
        self._order_button.setVisible(len(found.hits) > 1)
        if goes_on:
            self.list.setCurrentIndex(self._model.index(max(0, min(current, self._model.rowCount() - 1))))
            bar.setValue(place)
        elif found.hits:
            self.list.setCurrentIndex(self._model.index(self._model.first_hit()))
            self.list.scrollToTop()
        QTimer.singleShot(0, self, self._fill)

    def _fill(self) -> None:
        """On a tall screen there is room for more than is asked for with each key."""
        if self._more and self.list.verticalScrollBar().maximum() == 0:
            self._more = False  # asked once
            self.more_asked.emit(self._count + MORE)

    def open_current(self, query: str) -> bool:
        """Choose the current hit, if the hits of `query` are shown and there are any."""
        index = self.list.currentIndex()
        if query != self._query or not index.isValid():
            return False
        self._on_activated(index)
        return True

    def _on_scrolled(self, value: int) -> None:
        if self._more and value >= self.list.verticalScrollBar().maximum() - _NEAR_END and value:
            self._more = False  # asked once
            self.more_asked.emit(self._count + MORE)

    def _on_order_clicked(self) -> None:
        self.order = "best" if self.order == "newest" else "newest"
        words, tip = _ORDERS[self.order]
        self._order_button.setText(words)
        describe(self._order_button, "search_order", tip)
        self._order_button.setAccessibleName(words)
        self._query = ""
        self.order_changed.emit(self.order)

    def _on_activated(self, index: QModelIndex) -> None:
        row: _Row = index.data(_ROW)
        self.chosen.emit(row.conversation_id, "" if row.hit is None else row.hit.message_id)


def _summary(query: str, found: Found) -> str:
    """How many there are; where the index is not whole yet, that too."""
    messages = sum(1 for hit in found.hits if hit.message_id)
    titles = len(found.hits) - messages
    if not found.hits:
        words = (
            f"Nothing found for “{query}”. All words must be in one message. F1 lists what can be asked for."
        )
    else:
        parts = []
        if messages or not titles:
            parts.append("1 message" if messages == 1 else f"{messages}{'+' if found.more else ''} messages")
        if titles:
            parts.append("1 title" if titles == 1 else f"{titles} titles")
        words = ", ".join(parts)
    if found.indexed < 1:
        words += f"\nOlder messages are still being added to the search ({int(found.indexed * 100)} %)."
    return words
