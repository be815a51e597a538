"""The sidebar: search field, "New conversation", the list of conversations; knows no store and no chat."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QContextMenuEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QLineEdit,
    QListView,
    QMenu,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from pizzagpt_desktop.domain.conversation import Conversation, SearchHit
from pizzagpt_desktop.ui import icons, theme
from pizzagpt_desktop.ui.actions import shortcut
from pizzagpt_desktop.ui.labels import describe, icon_button, text_button
from pizzagpt_desktop.ui.sidebar_model import ConversationModel, Roles
from pizzagpt_desktop.ui.sidebar_row import RowDelegate

if TYPE_CHECKING:
    from pizzagpt_desktop.ui.search_results import SearchResults

Index = QModelIndex | QPersistentModelIndex
SEARCH_DELAY_MS = 150


class ConversationList(QListView):
    """The list itself; a row is chosen by click or arrow keys, its menu opens by right click, menu key or "…"."""

    chosen = Signal(str)
    menu_asked = Signal(str, QPoint)
    delete_asked = Signal(str)

    def __init__(self, model: ConversationModel) -> None:
        super().__init__()
        self._model = model
        describe(self, "conversations", "Conversations")
        self.setModel(model)
        self._delegate = RowDelegate(self)
        self.setItemDelegate(self._delegate)
        self.setUniformItemSizes(True)
        self.setMouseTracking(True)
        self.setFrameShape(QListView.Shape.NoFrame)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.viewport().setAutoFillBackground(False)

    def set_palette(self, palette: theme.Palette) -> None:
        self._delegate.set_palette(palette)
        self.viewport().update()

    def show_chosen(self, conversation_id: str | None) -> None:
        """Mark the row of the shown conversation, without announcing it."""
        row = self._model.row_of(conversation_id)
        blocked = self.blockSignals(True)
        if row < 0:
            self.clearSelection()
            self.setCurrentIndex(QModelIndex())
        elif self.currentIndex().row() != row:
            self.setCurrentIndex(self._model.index(row))
        self.blockSignals(blocked)
        self.viewport().update()

    def currentChanged(self, current: Index, previous: Index) -> None:
        super().currentChanged(current, previous)
        identity = current.data(Roles.ID)
        if isinstance(identity, str) and not self.signalsBlocked() and self.hasFocus():
            self.chosen.emit(identity)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        point = event.position().toPoint()
        index = self.indexAt(point)
        identity = index.data(Roles.ID)
        if isinstance(identity, str) and event.button() == Qt.MouseButton.RightButton:
            return  # the menu that follows is enough: a right click does not change what is shown
        if isinstance(identity, str) and self._delegate.button_rect(self.visualRect(index)).contains(point):
            self.menu_asked.emit(identity, event.globalPosition().toPoint())
            return
        super().mousePressEvent(event)
        if isinstance(identity, str):
            self.chosen.emit(identity)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        by_key = event.reason() == QContextMenuEvent.Reason.Keyboard
        index = self.currentIndex() if by_key else self.indexAt(event.pos())
        identity = index.data(Roles.ID)
        if isinstance(identity, str):
            below = self.viewport().mapToGlobal(self.visualRect(index).bottomLeft())
            self.menu_asked.emit(identity, below if by_key else event.globalPos())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        identity = self.currentIndex().data(Roles.ID)
        if self.state() == QAbstractItemView.State.EditingState:
            super().keyPressEvent(event)  # a key that the title's field let through
        elif event.key() == Qt.Key.Key_Delete and isinstance(identity, str):
            self.delete_asked.emit(identity)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and isinstance(identity, str):
            self.chosen.emit(identity)
        elif event.text() and event.text().isprintable():
            event.ignore()  # typing lands in the composer, not in Qt's keyboard search
        else:
            super().keyPressEvent(event)


class SearchField(QLineEdit):
    """A field with a magnifying glass painted in it: Qt's own would be one more button to tab through."""

    def __init__(self) -> None:
        super().__init__()
        self.setTextMargins(24, 0, 0, 0)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        colour = self.palette().color(QPalette.ColorRole.PlaceholderText).name()
        left = self.width() - 26 if self.isRightToLeft() else 10
        QPainter(self).drawPixmap(left, (self.height() - 16) // 2, icons.pixmap("search", colour, 16))


class Sidebar(QWidget):
    """Search, new, list; announces what was asked for and changes nothing by itself."""

    chosen = Signal(str)
    hit_chosen = Signal(str, str)
    """Conversation id and message id of a search result."""
    new_asked = Signal()
    rename_asked = Signal(str, str)
    pin_asked = Signal(str, bool)
    delete_asked = Signal(str)
    search_asked = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("sidebar")
        self.setAutoFillBackground(True)
        self.model = ConversationModel(self)
        self.model.rename_asked.connect(self.rename_asked)
        self._palette = theme.LIGHT
        self._results: SearchResults | None = None

        self.search_field = SearchField()
        describe(self.search_field, "search_field", "Search all conversations", shortcut("search"))
        self.search_field.setPlaceholderText("Search")
        self.search_field.setMaxLength(500)
        self.search_field.textChanged.connect(self._on_search_text_changed)
        self.collapse_button = icon_button("hide_sidebar", "sidebar", "Hide the sidebar", shortcut("sidebar"))
        self._new_button = text_button("new_conversation", "New conversation", shortcut=shortcut("new"))
        icons.give(self._new_button, "plus", size=18)
        self._new_button.setFixedHeight(theme.SIDEBAR_ROW)
        self._new_button.clicked.connect(self.new_asked)
        self.list = ConversationList(self.model)
        self.list.chosen.connect(self.chosen)
        self.list.menu_asked.connect(self._on_menu_asked)
        self.list.delete_asked.connect(self.delete_asked)

        self._search_timer = QTimer(self, singleShot=True, interval=SEARCH_DELAY_MS)
        self._search_timer.timeout.connect(self._on_search_due)

        top = QHBoxLayout()
        top.setSpacing(4)
        top.addWidget(self.search_field, 1)
        top.addWidget(self.collapse_button)
        head = QVBoxLayout()
        head.setContentsMargins(12, 12, 12, 8)
        head.setSpacing(8)
        head.addLayout(top)
        head.addWidget(self._new_button)
        self._body = QStackedLayout()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(head)
        column.addLayout(self._body, 1)
        self._body.addWidget(self.list)  # last: a stack without a window shows its page as one of its own

    def set_palette(self, palette: theme.Palette) -> None:
        """Draw with these colours."""
        self._palette = palette
        colours = theme.qt_palette(palette)
        colours.setColor(colours.ColorRole.Window, palette.sidebar)
        colours.setColor(colours.ColorRole.Base, palette.sidebar)
        self.setPalette(colours)
        self.list.set_palette(palette)
        if self._results is not None:
            self._results.set_palette(palette)

    def load(self, conversations: Iterable[Conversation], today: date) -> None:
        """Show exactly these conversations."""
        self.model.reset(conversations, today)

    def show_chosen(self, conversation_id: str | None) -> None:
        """Mark the conversation that is shown."""
        self.list.show_chosen(conversation_id)

    def set_answering(self, answering: Collection[str]) -> None:
        """Mark the conversations that are being answered."""
        self.model.set_answering(answering)

    def rename(self, conversation_id: str) -> None:
        """Open the title of a conversation for editing in its row."""
        row = self.model.row_of(conversation_id)
        if row >= 0:
            index = self.model.index(row)
            self.list.scrollTo(index)
            self.list.edit(index)

    def focus_search(self) -> None:
        """Let the next key go into the search field."""
        self.search_field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search_field.selectAll()

    def show_hits(self, query: str, hits: Sequence[SearchHit]) -> None:
        """Show what a search found instead of the list."""
        if query != self.search_field.text().strip():
            return
        if self._results is None:
            from pizzagpt_desktop.ui.search_results import SearchResults

            self._results = SearchResults()
            self._results.set_palette(self._palette)
            self._results.chosen.connect(self.hit_chosen)
            self._body.addWidget(self._results)
        self._results.show_hits(query, hits)
        self._body.setCurrentWidget(self._results)

    def end_search(self) -> None:
        """Show the list again."""
        self.search_field.clear()

    def _on_search_text_changed(self, text: str) -> None:
        if text.strip():
            self._search_timer.start()
        else:
            self._search_timer.stop()
            self._body.setCurrentWidget(self.list)

    def _on_search_due(self) -> None:
        self.search_asked.emit(self.search_field.text().strip())

    def _on_menu_asked(self, conversation_id: str, where: QPoint) -> None:
        conversation = self.model.conversation(conversation_id)
        if conversation is None:
            return
        menu = QMenu(self)
        menu.setObjectName("row_menu")
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        rename = menu.addAction(icons.icon("rename", self._palette.muted), "Rename\tF2")
        rename.triggered.connect(lambda: self.rename(conversation_id))
        pin = menu.addAction(
            icons.icon("pin", self._palette.muted), "Unpin" if conversation.pinned else "Pin"
        )
        pin.triggered.connect(lambda: self.pin_asked.emit(conversation_id, not conversation.pinned))
        menu.addSeparator()
        delete = menu.addAction(icons.icon("trash", self._palette.muted), "Delete\tDel")
        delete.triggered.connect(lambda: self.delete_asked.emit(conversation_id))
        menu.popup(where)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.search_field.text():
            self.end_search()
        elif event.key() == Qt.Key.Key_Down and self.search_field.hasFocus():
            self.focusNextChild()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.search_field.hasFocus():
            self._search_timer.stop()
            self._on_search_due()
        else:
            super().keyPressEvent(event)

    def sizeHint(self) -> QSize:
        return QSize(260, 480)
