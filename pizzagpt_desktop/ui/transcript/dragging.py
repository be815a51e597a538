"""Copies that are dragged out of the window into another program; knows no message and no mouse.

The drag itself is Qt's own list view's: it runs the loop that a drag needs, from C++, where it disturbs no task.
"""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QMimeData, QModelIndex, QPersistentModelIndex, QSize, QStringListModel, Qt
from PySide6.QtWidgets import QFrame, QListView, QWidget

from pizzagpt_desktop.domain.copied import Copied
from pizzagpt_desktop.ui.transcript.clipboard import mime_of
from pizzagpt_desktop.ui.transcript.documents import showable
from pizzagpt_desktop.ui.transcript.row import Row
from pizzagpt_desktop.ui.transcript.stuck import stuck_head
from pizzagpt_desktop.ui.transcript.style import TABLE_FOOT

WORDS = 40
"""Characters shown at the mouse."""
LARGEST = 300_000
"""Characters that are taken along; a drag has no time to read more."""
Index = QModelIndex | QPersistentModelIndex


def handle_at(row: Row, x: float, y: float, top: int) -> int | None:
    """The leaf that can be dragged from a point: a code card by its head, a table by the room below it.

    top: the y of the upper edge of the screen.
    """
    stuck = stuck_head(row, top)
    if stuck is not None and stuck.rect.contains(int(x), int(y)):
        return stuck.leaf
    for leaf, head in row.code_heads(row.between(int(y), int(y))):
        if head.contains(int(x), int(y)):
            return leaf
    index = row.stack.leaf_at(y)
    view = row.views[index] if index >= 0 else None
    if view is not None and view.has_foot and row.body_left() <= x <= row.frame().right():
        bottom = view.top + view.height
        if bottom - TABLE_FOOT <= y < bottom:
            return index
    return None


class _Carried(QStringListModel):
    """One item that carries what is dragged."""

    def __init__(self, words: str, make: Callable[[], QMimeData]) -> None:
        super().__init__([words])
        self._make = make

    def flags(self, index: Index) -> Qt.ItemFlag:
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsDragEnabled

    def supportedDragActions(self) -> Qt.DropAction:
        return Qt.DropAction.CopyAction

    def mimeData(self, indexes: Sequence[Index]) -> QMimeData:
        return self._make()


class Dragged(QListView):
    """What hangs at the mouse while a copy is dragged: its first words."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setDragDropMode(QListView.DragDropMode.DragOnly)
        self.hide()

    def carry(self, what: Copied) -> bool:
        """Drag `what` until it is let go; False where there is nothing to drag, or too much."""
        if what.is_empty or what.size > LARGEST:
            return False
        self.take(what)
        self.startDrag(Qt.DropAction.CopyAction)
        return True

    def take(self, what: Copied) -> None:
        """Have one item that carries `what`."""
        lines = what.typed.split("\n", 1)[0].replace("\t", " ")
        words = showable(lines[: WORDS - 1] + "…" if len(lines) > WORDS or len(lines) < what.size else lines)
        self.setModel(_Carried(words, lambda: mime_of(what)))
        self.resize(self.sizeHintForIndex(self.model().index(0, 0)).expandedTo(QSize(24, 16)))
        self.viewport().resize(self.size())  # of what is hidden, Qt would draw no more than 100 pixels
        self.setCurrentIndex(self.model().index(0, 0))
        self.selectAll()
