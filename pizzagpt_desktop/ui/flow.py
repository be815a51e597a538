"""Rows of widgets that break into several where they are too narrow; knows none of them."""

from PySide6.QtCore import QMargins, QPoint, QRect, QSize, Qt
from PySide6.QtWidgets import QLayout, QLayoutItem


class FlowLayout(QLayout):
    """From the leading edge, as words in a line. spacing: pixels between widgets and between rows."""

    def __init__(self, spacing: int = 8) -> None:
        super().__init__()
        self._items: list[QLayoutItem] = []
        self.setSpacing(spacing)
        self.setContentsMargins(QMargins(0, 0, 0, 0))

    def _laid_out(self, rect: QRect, *, apply: bool) -> int:
        """Put the items into `rect`, or only find out; the height they need."""
        x, y, height = 0, 0, 0
        parent = self.parentWidget()
        mirrored = parent is not None and parent.isRightToLeft()
        for item in self._items:
            if item.isEmpty():
                continue
            size = item.sizeHint().boundedTo(QSize(max(1, rect.width()), item.sizeHint().height()))
            if x > 0 and x + size.width() > rect.width():
                x, y, height = 0, y + height + self.spacing(), 0
            if apply:
                left = rect.right() + 1 - x - size.width() if mirrored else rect.x() + x
                item.setGeometry(QRect(QPoint(left, rect.y() + y), size))
            x += size.width() + self.spacing()
            height = max(height, size.height())
        return y + height

    def addItem(self, item: QLayoutItem) -> None:
        self._items.append(item)

    def count(self) -> int:
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    def expandingDirections(self) -> Qt.Orientation:
        return Qt.Orientation(0)

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return self._laid_out(QRect(0, 0, width, 0), apply=False)

    def setGeometry(self, rect: QRect) -> None:
        super().setGeometry(rect)
        self._laid_out(rect, apply=True)

    def sizeHint(self) -> QSize:
        shown = [item.sizeHint() for item in self._items if not item.isEmpty()]
        width = sum(size.width() for size in shown) + self.spacing() * max(0, len(shown) - 1)
        return QSize(width, max((size.height() for size in shown), default=0))

    def minimumSize(self) -> QSize:
        smallest = QSize()
        for item in self._items:
            if not item.isEmpty():
                smallest = smallest.expandedTo(
                    QSize(min(120, item.minimumSize().width()), item.minimumSize().height())
                )
        return smallest


class PairLayout(FlowLayout):
    """Two halves of the width, or one above the other where it is too narrow for that."""

    NARROW = 420
    GAP = 16

    def _laid_out(self, rect: QRect, *, apply: bool) -> int:
        parent = self.parentWidget()
        mirrored = parent is not None and parent.isRightToLeft()
        shown = [item for item in self._items if not item.isEmpty()]
        side_by_side = rect.width() >= self.NARROW and len(shown) > 1
        width = (rect.width() - self.GAP) // 2 if side_by_side else rect.width()
        x, y, bottom = 0, 0, 0
        for item in shown:
            height = item.heightForWidth(width) if item.hasHeightForWidth() else item.sizeHint().height()
            if apply:
                left = rect.right() + 1 - x - width if mirrored else rect.x() + x
                item.setGeometry(QRect(left, rect.y() + y, width, height))
            bottom = max(bottom, y + height)
            if side_by_side:
                x += width + self.GAP
            else:
                y += height + self.GAP
        return bottom
