"""How a row of the sidebar looks: titles, folders, tags, marks, the menu's button; knows no model but its roles."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPen
from PySide6.QtWidgets import QLineEdit, QStyledItemDelegate, QWidget

from pizzagpt_desktop.ui import icons, theme
from pizzagpt_desktop.ui.labels import plain_tip
from pizzagpt_desktop.ui.sidebar_model import Roles

if TYPE_CHECKING:
    from PySide6.QtWidgets import QStyleOptionViewItem

Index = QModelIndex | QPersistentModelIndex
_BUTTON = theme.CONTROL_HEIGHT_DENSE
_INDENT = 20
"""How far the rows of a folder stand in."""


_START = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeading | Qt.TextFlag.TextSingleLine
_END = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignTrailing | Qt.TextFlag.TextSingleLine


class RowDelegate(QStyledItemDelegate):
    """Paints rows and group titles; the hovered row shows "…" where `button_rect` is."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._palette = theme.LIGHT
        self.compact = False
        self.drop_row = -1
        """The row that something is being dragged over and may be dropped on."""

    def set_palette(self, palette: theme.Palette) -> None:
        self._palette = palette

    @staticmethod
    def button_rect(row: QRect, rtl: bool = False) -> QRect:
        """Where the row's menu button is: at its end."""
        left = row.left() + 8 if rtl else row.right() - _BUTTON - 8
        return QRect(left, row.center().y() - _BUTTON // 2 + 1, _BUTTON, _BUTTON)

    def _paint_header(self, painter: QPainter, rect: QRect, text: str, font: QFont) -> None:
        painter.setFont(theme.scaled(font, "caption", weight=QFont.Weight.DemiBold))
        painter.setPen(QColor(self._palette.muted))
        flags = Qt.AlignmentFlag.AlignBottom | Qt.AlignmentFlag.AlignLeading | Qt.TextFlag.TextSingleLine
        painter.drawText(rect.adjusted(20, 0, -12, -6), flags, text)

    def _paint_mark(self, painter: QPainter, row: QRect, rtl: bool, *, answering: bool) -> None:
        centre = self.button_rect(row, rtl).center()
        accent = QColor(self._palette.accent)
        painter.setPen(QPen(accent, 1.5))
        painter.setBrush(Qt.BrushStyle.NoBrush if answering else accent)
        painter.drawEllipse(centre, 4, 4)

    def _paint_folder(
        self, painter: QPainter, option: QStyleOptionViewItem, index: Index, hovered: bool
    ) -> None:
        """A chevron, the name, and how many stand in it."""
        rect: QRect = option.rect
        font: QFont = option.font
        muted, rtl = self._palette.muted, _is_rtl(option)
        closed = "chevron-left" if rtl else "chevron-right"
        chevron = icons.pixmap(closed if index.data(Roles.COLLAPSED) else "chevron-down", muted, 16)
        left = rect.right() - 34 if rtl else rect.left() + 18
        painter.drawPixmap(left, rect.center().y() - 7, chevron)
        count = str(index.data(Roles.COUNT) or "")
        room = rect.adjusted(*_mirrored(rtl, 40, -(_BUTTON + 14) if hovered else -20))
        if not hovered:
            painter.setFont(theme.scaled(font, "caption"))
            painter.setPen(QColor(muted))
            painter.drawText(room, _END, count)
            width = painter.fontMetrics().horizontalAdvance(count)
            room = room.adjusted(*_mirrored(rtl, 0, -width - 8))
        font = QFont(font)
        font.setWeight(QFont.Weight.DemiBold if index.data(Roles.UNREAD) else QFont.Weight.Medium)
        self._paint_line(painter, room, str(index.data()), font)

    def _paint_line(self, painter: QPainter, room: QRect, text: str, font: QFont) -> int:
        """One line of text, cut where room ends; its width."""
        painter.setFont(font)
        painter.setPen(QColor(self._palette.text))
        metrics = painter.fontMetrics()
        line = metrics.elidedText(" ".join(text.split()), Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, _START, line)
        return metrics.horizontalAdvance(line)

    def _paint_tags(self, painter: QPainter, room: QRect, tags: tuple[str, ...], font: QFont) -> None:
        """The tags at the row's end, muted, where the title leaves room for them."""
        painter.setFont(theme.scaled(font, "caption"))
        painter.setPen(QColor(self._palette.muted))
        words = " · ".join(tags)
        if painter.fontMetrics().horizontalAdvance(words) <= room.width():
            painter.drawText(room, _END, words)

    def _paint_card(
        self, painter: QPainter, card: QRect, *, filled: bool, selected: bool, ringed: bool
    ) -> None:
        radius = theme.RADIUS_CARD
        if filled:
            painter.setPen(QPen(QColor(self._palette.border), 1) if selected else Qt.PenStyle.NoPen)
            painter.setBrush(QColor(self._palette.surface))
            painter.drawRoundedRect(QRectF(card).adjusted(0.5, 0.5, -0.5, -0.5), radius, radius)
        if ringed:
            self.paint_ring(painter, card)

    def paint_ring(self, painter: QPainter, card: QRect) -> None:
        """The keyboard is here."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(self._palette.accent), 2))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(card.adjusted(1, 1, -1, -1), theme.RADIUS_CARD, theme.RADIUS_CARD)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        rect: QRect = option.rect
        font: QFont = option.font
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        text, is_folder = str(index.data()), index.data(Roles.FOLDER) is not None
        if index.data(Roles.HEADER) and not is_folder:
            self._paint_header(painter, rect, text, font)
            painter.restore()
            return
        from PySide6.QtWidgets import QStyle  # its many enums cost more than the rest of this module

        state: QStyle.StateFlag = option.state
        hovered = bool(state & QStyle.StateFlag.State_MouseOver)
        selected = bool(state & QStyle.StateFlag.State_Selected)
        ringed = bool(state & QStyle.StateFlag.State_HasFocus) or index.row() == self.drop_row
        card = rect.adjusted(8, 1, -8, -1)
        self._paint_card(painter, card, filled=selected or hovered, selected=selected, ringed=ringed)
        rtl = _is_rtl(option)
        answering, unread = bool(index.data(Roles.ANSWERING)), bool(index.data(Roles.UNREAD))
        if is_folder:
            self._paint_folder(painter, option, index, hovered)
        else:
            start = 20 + (_INDENT if index.data(Roles.INSIDE) else 0)
            marked = answering or unread
            room = rect.adjusted(*_mirrored(rtl, start, -(_BUTTON + 14) if hovered or marked else -20))
            if unread:
                font = QFont(font)
                font.setWeight(QFont.Weight.DemiBold)
            width = self._paint_line(painter, room, text, font)
            if tags := index.data(Roles.TAGS):
                self._paint_tags(painter, room.adjusted(*_mirrored(rtl, width + 12, 0)), tags, option.font)
        if hovered:
            button = self.button_rect(rect, rtl)
            painter.drawPixmap(button.topLeft() + QPoint(4, 4), icons.pixmap("more", self._palette.muted))
        elif answering or (unread and not is_folder):
            self._paint_mark(painter, rect, rtl, answering=answering)
        painter.restore()

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        least, room = (theme.SIDEBAR_ROW_COMPACT, 6) if self.compact else (theme.SIDEBAR_ROW, 12)
        return QSize(0, max(least, option.fontMetrics.height() + room))

    def createEditor(self, parent: QWidget, option: QStyleOptionViewItem, index: Index) -> QWidget:
        editor = QLineEdit(parent)
        editor.setObjectName("rename_field")
        words = "Folder name" if index.data(Roles.FOLDER) is not None else "Conversation title"
        editor.setAccessibleName(words)
        editor.setToolTip(plain_tip(f"{words} (Enter keeps it, Esc leaves it)"))
        editor.setMaxLength(200)
        return editor

    def updateEditorGeometry(self, editor: QWidget, option: QStyleOptionViewItem, index: Index) -> None:
        editor.setGeometry(option.rect.adjusted(8, 1, -8, -1))


def _is_rtl(option: QStyleOptionViewItem) -> bool:
    direction: Qt.LayoutDirection = option.direction
    return direction == Qt.LayoutDirection.RightToLeft


def _mirrored(rtl: bool, start: int, end: int) -> tuple[int, int, int, int]:
    """What `QRect.adjusted` takes to move the start and the end of a line, wherever they are."""
    return (-end, 0, -start, 0) if rtl else (start, 0, end, 0)
