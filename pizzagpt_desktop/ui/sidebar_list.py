"""The list of conversations under the hands: keys, clicks, several at once, drag and drop; changes nothing by itself."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from PySide6.QtCore import QItemSelectionModel, QModelIndex, QPoint, Qt, Signal
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QAbstractItemView, QListView

from pizzagpt_desktop.ui.labels import describe
from pizzagpt_desktop.ui.sidebar_model import FOLDERS, ConversationModel, Roles
from pizzagpt_desktop.ui.sidebar_row import RowDelegate

if TYPE_CHECKING:
    from PySide6.QtGui import (
        QContextMenuEvent,
        QDragEnterEvent,
        QDragLeaveEvent,
        QDragMoveEvent,
        QDropEvent,
        QFocusEvent,
        QKeyEvent,
        QMouseEvent,
        QPaintEvent,
    )

    from pizzagpt_desktop.ui import theme

_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
_HELD = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier
_CHOOSING = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier


class ConversationList(QListView):
    """A click or Enter chooses a row, the arrow keys look at it; Ctrl and Shift take several.

    A folder's title can be gone to and opened or collapsed; commands work on the conversations that are selected.
    """

    chosen = Signal(str)
    looked_at = Signal(str)
    """The arrow keys came to this conversation; the keyboard stays in the list."""
    menu_asked = Signal(list, QPoint)
    """Ids of conversations, and where."""
    folder_menu_asked = Signal(str, QPoint)
    folder_toggled = Signal(str, bool)
    """Folder id, and whether it is to be collapsed."""
    delete_asked = Signal(list)
    folder_remove_asked = Signal(str)
    undo_asked = Signal()

    def __init__(
        self, model: ConversationModel, name: str = "conversations", words: str = "Conversations"
    ) -> None:
        super().__init__()
        self.conversations = model
        self.shown: str | None = None
        self._pressed = ""
        self._dragged_folder = QModelIndex()
        self._by_keys = False
        self.in_hand = False
        """Whether the keyboard is here, or was before a menu or dialog took it."""
        describe(self, name, words)
        self.setModel(model)
        self._delegate = RowDelegate(self)
        self.setItemDelegate(self._delegate)
        self.setUniformItemSizes(True)
        self.setMouseTracking(True)
        self.setFrameShape(QListView.Shape.NoFrame)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.setDragEnabled(True)
        self.setAcceptDrops(True)
        self.setDragDropMode(QAbstractItemView.DragDropMode.DragDrop)
        self.setDefaultDropAction(Qt.DropAction.MoveAction)
        self.setDropIndicatorShown(False)
        self.viewport().setAutoFillBackground(False)
        model.modelReset.connect(self._mark)

    def set_compact(self, compact: bool) -> None:
        """Whether rows are low."""
        if compact != self._delegate.compact:
            self._delegate.compact = compact
            self.scheduleDelayedItemsLayout()

    def set_palette(self, palette: theme.Palette) -> None:
        self._delegate.set_palette(palette)
        self.viewport().update()

    # what is shown and selected

    def show_chosen(self, conversation_id: str | None) -> None:
        """Mark the row of the shown conversation, where the user has not gone on to something else."""
        other, self.shown = conversation_id != self.shown, conversation_id
        in_use = self.hasFocus() or self.state() == QAbstractItemView.State.EditingState
        elsewhere = self.selectionModel().hasSelection() or (in_use and self.currentIndex().isValid())
        if other or not elsewhere:
            self._mark()

    def selected_ids(self) -> list[str]:
        """The selected conversations, in the order of the rows."""
        # By ranges: Qt would make an index of every row.
        selection = self.selectionModel().selection()
        parts = (selection.at(number) for number in range(selection.size()))
        ranges = sorted((part.top(), part.bottom()) for part in parts)
        found = (self.conversations.id_of(row) for top, bottom in ranges for row in range(top, bottom + 1))
        return [identity for identity in found if identity is not None]

    def current_folder(self) -> str:
        """The folder whose title the keyboard stands on, "" where it stands on none."""
        folder_id = self.currentIndex().data(Roles.FOLDER)
        return folder_id if isinstance(folder_id, str) else ""

    def select_near(self, row: int) -> None:
        """Select the conversation at `row` or, where there is none, the nearest one."""
        count = self.conversations.rowCount()
        for at in (*range(row, count), *range(min(row, count) - 1, -1, -1)):
            if isinstance(self.conversations.index(at).data(Roles.ID), str):
                self._select_only(self.conversations.index(at))
                return

    def end_selection(self) -> None:
        """Only the shown conversation is selected again."""
        self.clearSelection()
        self._mark()

    def edit_row(self, row: int) -> None:
        """Let the title of a conversation or folder be written in its row."""
        index = self.conversations.index(row)
        if index.isValid():
            self.scrollTo(index)
            self.edit(index)

    def _mark(self) -> None:
        row = self.conversations.row_of(self.shown)
        if row >= 0:
            self._select_only(self.conversations.index(row))
        else:
            self.clearSelection()
            self.setCurrentIndex(QModelIndex())
        self.viewport().update()

    def _select_only(self, index: QModelIndex) -> None:
        # Qt's `setCurrentIndex` looks at the keys that are held: Ctrl+4 would leave the row before selected too.
        self.selectionModel().setCurrentIndex(index, QItemSelectionModel.SelectionFlag.ClearAndSelect)

    def _identity(self, index: QModelIndex) -> str:
        identity = index.data(Roles.ID)
        return identity if isinstance(identity, str) else ""

    def _ids_for(self, identity: str) -> list[str]:
        """What a command at this row is about: all that is selected, if the row is among it."""
        selected = self.selected_ids()
        return selected if identity in selected else [identity]

    def _on_button(self, index: QModelIndex, point: QPoint) -> bool:
        return self._delegate.button_rect(self.visualRect(index), self.isRightToLeft()).contains(point)

    def _toggle(self, index: QModelIndex) -> None:
        self.folder_toggled.emit(index.data(Roles.FOLDER), not index.data(Roles.COLLAPSED))

    # drag and drop

    def _place_among_folders(self, event: QDropEvent, index: QModelIndex) -> int:
        """Where the dragged folder would stand among the folders, itself not counted."""
        rect = self.visualRect(index)
        ids = [folder.id for folder in self.conversations.folders()]
        before = index.data(Roles.FOLDER) is not None and event.position().y() < rect.center().y()
        place = ids.index(str(index.data(Roles.INSIDE))) + (0 if before else 1)
        dragged = bytes(event.mimeData().data(FOLDERS).data()).decode()
        return place - 1 if dragged in ids[:place] else place

    def _may_drop(self, event: QDropEvent) -> bool:
        index = self.indexAt(event.position().toPoint())
        may = self.conversations.canDropMimeData(event.mimeData(), event.proposedAction(), -1, -1, index)
        self._delegate.drop_row = index.row() if may else -1
        self.viewport().update()
        return may

    def _end_drop(self) -> None:
        self._delegate.drop_row = -1
        self.viewport().update()

    # Qt's

    def selectedIndexes(self) -> list[QModelIndex]:
        # A folder's title is never selected, and Qt drags what is: so it is told here.
        return [self._dragged_folder] if self._dragged_folder.isValid() else super().selectedIndexes()

    def moveCursor(
        self, action: QAbstractItemView.CursorAction, modifiers: Qt.KeyboardModifier
    ) -> QModelIndex:
        moves = QAbstractItemView.CursorAction
        step = {moves.MoveUp: -1, moves.MovePrevious: -1, moves.MoveDown: 1, moves.MoveNext: 1}.get(action, 0)
        if not step:
            return self._row_at(super().moveCursor(action, modifiers))
        current = self.currentIndex()
        count = self.conversations.rowCount()
        row = current.row() + step if current.isValid() else (0 if step > 0 else count - 1)
        while 0 <= row < count:
            index = self.conversations.index(row)
            if index.flags() & Qt.ItemFlag.ItemIsEnabled:
                return index
            row += step
        return current

    def _row_at(self, index: QModelIndex) -> QModelIndex:
        """The nearest row from here down, or else up, where the keyboard can be: Home and the pages may meet a title."""
        rows = range(self.conversations.rowCount())
        for row in chain(rows[index.row() :], reversed(rows[: index.row()])) if index.isValid() else ():
            found = self.conversations.index(row)
            if found.flags() & Qt.ItemFlag.ItemIsEnabled:
                return found
        return index

    def mousePressEvent(self, event: QMouseEvent) -> None:
        point = event.position().toPoint()
        index = self.indexAt(point)
        identity, folder_id = self._identity(index), index.data(Roles.FOLDER)
        self._pressed, self._dragged_folder = "", QModelIndex()
        if (identity or folder_id) and event.button() == Qt.MouseButton.RightButton:
            return  # the menu that follows is enough: a right click does not change what is shown
        if (identity or folder_id) and self._on_button(index, point):
            where = event.globalPosition().toPoint()
            if identity:
                self.menu_asked.emit(self._ids_for(identity), where)
            else:
                self.folder_menu_asked.emit(folder_id, where)
            return
        super().mousePressEvent(event)
        if event.button() == Qt.MouseButton.LeftButton and not event.modifiers() & _CHOOSING:
            self._pressed = identity or str(folder_id or "")
            if folder_id:
                self._dragged_folder = index

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        index, pressed = self.indexAt(event.position().toPoint()), self._pressed
        self._pressed, self._dragged_folder = "", QModelIndex()
        if pressed and pressed == self._identity(index):
            self.chosen.emit(pressed)
        elif pressed and pressed == index.data(Roles.FOLDER):
            self._toggle(index)

    def startDrag(self, actions: Qt.DropAction) -> None:
        self._pressed = ""
        super().startDrag(actions)
        self._dragged_folder = QModelIndex()
        self._end_drop()
        if len(self.selected_ids()) == 1:
            self._mark()  # what was dragged was not opened

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        super().dragEnterEvent(event)
        event.setAccepted(any(event.mimeData().hasFormat(form) for form in self.conversations.mimeTypes()))

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        super().dragMoveEvent(event)  # scrolls at the edges
        event.setAccepted(self._may_drop(event))

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        super().dragLeaveEvent(event)
        self._end_drop()

    def dropEvent(self, event: QDropEvent) -> None:
        index, data = self.indexAt(event.position().toPoint()), event.mimeData()
        if self._may_drop(event):
            place = self._place_among_folders(event, index) if data.hasFormat(FOLDERS) else -1
            self.conversations.dropMimeData(data, event.proposedAction(), place, -1, index)
            event.setDropAction(Qt.DropAction.MoveAction)
            event.accept()
        self.stopAutoScroll()
        self.setState(QAbstractItemView.State.NoState)
        self._end_drop()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        by_key = event.reason() == event.Reason.Keyboard
        index = self.currentIndex() if by_key else self.indexAt(event.pos())
        below = self.viewport().mapToGlobal(self.visualRect(index).bottomLeft())
        where = below if by_key else event.globalPos()
        if identity := self._identity(index):
            ids = self.selected_ids() if by_key else []
            self.menu_asked.emit(ids or self._ids_for(identity), where)
        elif isinstance(folder_id := index.data(Roles.FOLDER), str):
            self.folder_menu_asked.emit(folder_id, where)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self._by_keys and self.hasFocus() and not self.currentIndex().isValid():
            self._delegate.paint_ring(
                QPainter(self.viewport()), self.viewport().rect().adjusted(4, 2, -4, -4)
            )

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.in_hand = True
        self._by_keys = event.reason() != Qt.FocusReason.MouseFocusReason

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        kept = (Qt.FocusReason.ActiveWindowFocusReason, Qt.FocusReason.PopupFocusReason)
        self.in_hand = event.reason() in (*kept, Qt.FocusReason.MenuBarFocusReason)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        from PySide6.QtGui import QKeySequence

        index, key = self.currentIndex(), event.key()
        identity, folder_id = self._identity(index), self.current_folder()
        if self.state() == QAbstractItemView.State.EditingState:
            super().keyPressEvent(event)  # a key that the title's field let through
        elif event.matches(QKeySequence.StandardKey.Undo):
            self.undo_asked.emit()
        elif key == Qt.Key.Key_Delete and (identity or folder_id):
            if identity:
                self.delete_asked.emit(self.selected_ids() or [identity])
            else:
                self.folder_remove_asked.emit(folder_id)
        elif key == Qt.Key.Key_Escape and len(self.selected_ids()) > 1:
            self.end_selection()
        elif not self._folder_key(index, key) and not self._goes_on(event):
            self._move_by(event)

    def _folder_key(self, index: QModelIndex, key: int) -> bool:
        """Whether the key was one for folders: Left and Right collapse and open, Enter does either."""
        if self.current_folder():
            collapsed = bool(index.data(Roles.COLLAPSED))
            wanted = {Qt.Key.Key_Left: not collapsed, Qt.Key.Key_Right: collapsed}.get(
                Qt.Key(key), key in _ENTER
            )
            if wanted:
                self._toggle(index)
            return wanted or key in (Qt.Key.Key_Left, Qt.Key.Key_Right)
        inside = index.data(Roles.INSIDE)
        if key == Qt.Key.Key_Left and inside:
            self._select_only(self.conversations.index(self.conversations.row_of_folder(str(inside))))
            return True
        if key in _ENTER and (identity := self._identity(index)):
            self.chosen.emit(identity)
            return True
        return False

    def _goes_on(self, event: QKeyEvent) -> bool:
        """Whether the key is not for the list: typing lands in the composer, not in Qt's keyboard search."""
        typed = bool(event.text() and event.text().isprintable() and not event.modifiers() & _HELD)
        if typed:
            event.ignore()
        return typed

    def _move_by(self, event: QKeyEvent) -> None:
        before = self.currentIndex()
        super().keyPressEvent(event)
        now = self.currentIndex()
        if now != before and not event.modifiers() & _CHOOSING and (identity := self._identity(now)):
            self.looked_at.emit(identity)
