"""What a search found, as a list of excerpts with the hits marked; knows no store."""

from collections.abc import Sequence

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPointF,
    QRect,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QFont, QKeyEvent, QPainter, QPen, QTextCharFormat, QTextLayout, QTextOption
from PySide6.QtWidgets import (
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from pizzagpt_desktop.domain.conversation import SearchHit
from pizzagpt_desktop.ui import theme
from pizzagpt_desktop.ui.labels import describe, label

Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()
_HIT = Qt.ItemDataRole.UserRole


class _HitModel(QAbstractListModel):
    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.hits: Sequence[SearchHit] = ()

    def rowCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self.hits)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        hit = self.hits[index.row()]
        if role == _HIT:
            return hit
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return f"{hit.title}: {' '.join(hit.excerpt.split())}"
        return None

    def show(self, hits: Sequence[SearchHit]) -> None:
        self.beginResetModel()
        self.hits = hits
        self.endResetModel()


class _HitDelegate(QStyledItemDelegate):
    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.colours = theme.LIGHT

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        hit: SearchHit = index.data(_HIT)
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
        room = rect.adjusted(20, 6, -20, -6)
        painter.setFont(theme.scaled(option.font, "body", weight=QFont.Weight.DemiBold))
        painter.setPen(QColor(self.colours.text))
        metrics = painter.fontMetrics()
        title = metrics.elidedText(" ".join(hit.title.split()), Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextSingleLine, title)
        painter.setPen(QColor(self.colours.muted))
        self._draw_excerpt(
            painter, room.adjusted(0, metrics.height() + 2, 0, 0), hit, theme.scaled(option.font, "caption")
        )
        painter.restore()

    def _draw_excerpt(self, painter: QPainter, room: QRect, hit: SearchHit, font: QFont) -> None:
        """Two lines of the excerpt, the hits in the accent colour."""
        # Line ends become spaces one for one, so that the spans still fit.
        text = "".join(" " if char.isspace() else char for char in hit.excerpt)
        layout = QTextLayout(text, font)
        layout.setTextOption(QTextOption(Qt.AlignmentFlag.AlignLeading))
        formats = []
        for start, end in hit.spans:
            found = QTextLayout.FormatRange()
            found.start = len(text[:start].encode("utf-16-le")) // 2
            found.length = len(text[start:end].encode("utf-16-le")) // 2
            found.format = QTextCharFormat()
            found.format.setForeground(QColor(self.colours.accent))
            formats.append(found)
        layout.setFormats(formats)
        layout.beginLayout()
        y = 0.0
        for _ in range(2):
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
        return QSize(0, round(option.fontMetrics.height() * 2.9) + 16)


class _HitList(QListView):
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.text() and event.text().isprintable():
            event.ignore()
        else:
            super().keyPressEvent(event)


class SearchResults(QWidget):
    """The list and the sentence above it."""

    chosen = Signal(str, str)
    """Conversation id and message id."""

    def __init__(self) -> None:
        super().__init__()
        self._summary = label(kind="muted")
        self._summary.setObjectName("search_summary")
        self._summary.setContentsMargins(20, 8, 12, 6)
        self._model = _HitModel(self)
        self.list = _HitList()
        describe(self.list, "search_results", "Search results")
        self._delegate = _HitDelegate(self.list)
        self.list.setModel(self._model)
        self.list.setItemDelegate(self._delegate)
        self.list.setUniformItemSizes(True)
        self.list.setMouseTracking(True)
        self.list.setFrameShape(QListView.Shape.NoFrame)
        self.list.viewport().setAutoFillBackground(False)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        self.list.clicked.connect(self._on_activated)
        self.list.activated.connect(self._on_activated)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._summary)
        column.addWidget(self.list, 1)

    def set_palette(self, palette: theme.Palette) -> None:
        self._delegate.colours = palette
        self.list.viewport().update()

    def show_hits(self, query: str, hits: Sequence[SearchHit]) -> None:
        """Show these hits for `query`."""
        self._model.show(hits)
        if not hits:
            self._summary.setText(f"Nothing found for “{query}”. All words must be in one message.")
        else:
            self._summary.setText("1 message" if len(hits) == 1 else f"{len(hits)} messages, newest first")
            self.list.setCurrentIndex(self._model.index(0))

    def _on_activated(self, index: QModelIndex) -> None:
        hit: SearchHit = index.data(_HIT)
        self.chosen.emit(hit.conversation_id, hit.message_id)
