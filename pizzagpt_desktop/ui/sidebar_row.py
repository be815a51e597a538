"""How a row of the sidebar looks: title, marks, and the button for its menu; knows no model but its roles."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPen
from PySide6.QtWidgets import QLineEdit, QStyledItemDelegate, QWidget

from pizzagpt_desktop.ui import icons, theme
from pizzagpt_desktop.ui.sidebar_model import Roles

if TYPE_CHECKING:
    from PySide6.QtWidgets import QStyleOptionViewItem

Index = QModelIndex | QPersistentModelIndex
_BUTTON = theme.CONTROL_HEIGHT_DENSE


class RowDelegate(QStyledItemDelegate):
    """Paints rows and group titles; the hovered row shows "…" where `button_rect` is."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._palette = theme.LIGHT

    def set_palette(self, palette: theme.Palette) -> None:
        self._palette = palette

    @staticmethod
    def button_rect(row: QRect) -> QRect:
        """Where the row's menu button is."""
        return QRect(row.right() - _BUTTON - 8, row.center().y() - _BUTTON // 2 + 1, _BUTTON, _BUTTON)

    def _paint_header(self, painter: QPainter, rect: QRect, text: str, font: QFont) -> None:
        painter.setFont(theme.scaled(font, "caption", weight=QFont.Weight.DemiBold))
        painter.setPen(QColor(self._palette.muted))
        flags = Qt.AlignmentFlag.AlignBottom | Qt.AlignmentFlag.AlignLeading | Qt.TextFlag.TextSingleLine
        painter.drawText(rect.adjusted(20, 0, -12, -6), flags, text)

    def _paint_mark(self, painter: QPainter, row: QRect, *, answering: bool) -> None:
        centre = QPoint(row.right() - 22, row.center().y() + 1)
        accent = QColor(self._palette.accent)
        painter.setPen(QPen(accent, 1.5))
        painter.setBrush(Qt.BrushStyle.NoBrush if answering else accent)
        painter.drawEllipse(centre, 4, 4)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        rect: QRect = option.rect
        font: QFont = option.font
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        text = str(index.data())
        if index.data(Roles.HEADER):
            self._paint_header(painter, rect, text, font)
            painter.restore()
            return
        from PySide6.QtWidgets import QStyle  # its many enums cost more than the rest of this module

        state: QStyle.StateFlag = option.state
        hovered = bool(state & QStyle.StateFlag.State_MouseOver)
        selected = bool(state & QStyle.StateFlag.State_Selected)
        focused = bool(state & QStyle.StateFlag.State_HasFocus)
        card, radius = rect.adjusted(8, 1, -8, -1), theme.RADIUS_CARD
        if selected or hovered:
            painter.setPen(QPen(QColor(self._palette.border), 1) if selected else Qt.PenStyle.NoPen)
            painter.setBrush(QColor(self._palette.surface))
            painter.drawRoundedRect(QRectF(card).adjusted(0.5, 0.5, -0.5, -0.5), radius, radius)
        if focused:
            painter.setPen(QPen(QColor(self._palette.accent), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(card.adjusted(1, 1, -1, -1), radius, radius)
        answering, unread = bool(index.data(Roles.ANSWERING)), bool(index.data(Roles.UNREAD))
        marked = answering or unread
        room = rect.adjusted(20, 0, -(_BUTTON + 14) if hovered or marked else -20, 0)
        if unread:
            font = QFont(font)
            font.setWeight(QFont.Weight.DemiBold)
        painter.setFont(font)
        painter.setPen(QColor(self._palette.text))
        line = painter.fontMetrics().elidedText(
            " ".join(text.split()), Qt.TextElideMode.ElideRight, room.width()
        )
        flags = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeading | Qt.TextFlag.TextSingleLine
        painter.drawText(room, flags, line)
        if hovered:
            button = self.button_rect(rect)
            painter.drawPixmap(button.topLeft() + QPoint(4, 4), icons.pixmap("more", self._palette.muted))
        elif marked:
            self._paint_mark(painter, rect, answering=answering)
        painter.restore()

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(0, max(theme.SIDEBAR_ROW, option.fontMetrics.height() + 12))

    def createEditor(self, parent: QWidget, option: QStyleOptionViewItem, index: Index) -> QWidget:
        editor = QLineEdit(parent)
        editor.setObjectName("rename_field")
        editor.setAccessibleName("Conversation title")
        editor.setToolTip("Conversation title (Enter keeps it, Esc leaves it)")
        editor.setMaxLength(200)
        return editor

    def updateEditorGeometry(self, editor: QWidget, option: QStyleOptionViewItem, index: Index) -> None:
        editor.setGeometry(option.rect.adjusted(8, 1, -8, -1))
