"""The sidebar: search field, "New conversation", the list of conversations or a view of it; knows no store and no chat."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedLayout, QVBoxLayout, QWidget

from pizzagpt_desktop.domain.conversation import Conversation, Folder
from pizzagpt_desktop.ui import icons, theme
from pizzagpt_desktop.ui.actions import shortcut
from pizzagpt_desktop.ui.labels import describe, dragged_files, icon_button, plain_tip, text_button
from pizzagpt_desktop.ui.search_field import SearchField
from pizzagpt_desktop.ui.sidebar_list import ConversationList
from pizzagpt_desktop.ui.sidebar_model import ConversationModel

if TYPE_CHECKING:
    from pizzagpt_desktop.domain.query import Found
    from pizzagpt_desktop.ui.search_results import SearchResults
    from pizzagpt_desktop.ui.sidebar_view import View, ViewPage

SEARCH_DELAY_MS = 15
"""Keys that come together are one search; a later key overtakes the search before it anyway."""
HITS = 12
"""So many hits are asked for with each key, as many as a screen shows; more where there is room, or when scrolled to."""
FILTERS = 'Narrow it by from:me, in:"A title", before:2026-01-31, model:name or tag:name'


class Sidebar(QWidget):
    """Search, new, list; announces what was asked for and changes nothing by itself."""

    chosen = Signal(str)
    looked_at = Signal(str)
    """The same, but the keyboard stays in the list."""
    hit_chosen = Signal(str, str)
    """Conversation id and message id of a search result."""
    new_asked = Signal()
    rename_asked = Signal(str, str)
    asked = Signal(str, list)
    """What to do with conversations: "pin", "unpin", "move", "tags", "duplicate", "archive", "unarchive", "delete",
    "restore", "erase" or "keep_temporary", and their ids."""
    dropped = Signal(list, object)
    """Ids of conversations, and where they were dropped: as `ConversationModel.dropped` says."""
    folder_rename_asked = Signal(str, str)
    folder_toggled = Signal(str, bool)
    folder_moved = Signal(str, int)
    folder_remove_asked = Signal(str)
    undo_asked = Signal()
    selected = Signal()
    file_dropped = Signal(str)
    """The path of a file that was dragged here from elsewhere."""
    """Other conversations are selected, or none."""
    search_asked = Signal(str, str, int)
    """What to search for, "newest" or "best" first, and how many hits at most."""
    search_ended = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("sidebar")
        self.setAutoFillBackground(True)
        self.setAcceptDrops(True)
        self.model = ConversationModel(self)
        self.model.rename_asked.connect(self.rename_asked)
        self.model.folder_rename_asked.connect(self.folder_rename_asked)
        self.model.dropped.connect(self.dropped)
        self.model.folder_dropped.connect(self.folder_moved)
        self._palette = theme.LIGHT
        self._compact = False
        self._results: SearchResults | None = None
        self._view: ViewPage | None = None
        self._gathered: dict[str, Conversation] | None = None
        self._gatherings = 0

        self.search_field = SearchField()
        describe(self.search_field, "search_field", "Search all conversations", shortcut("search"))
        self.search_field.setToolTip(plain_tip(f"{self.search_field.toolTip()}\n{FILTERS}"))
        self.search_field.setAccessibleDescription(FILTERS)
        self.search_field.setPlaceholderText("Search")
        self.search_field.setMaxLength(500)
        self.search_field.textChanged.connect(self._on_search_text_changed)
        self.collapse_button = icon_button("hide_sidebar", "sidebar", "Hide the sidebar", shortcut("sidebar"))
        self._new_button = text_button(
            "new_conversation", "New conversation", shortcut=shortcut("new"), cut=True
        )
        icons.give(self._new_button, "plus", size=18)
        self._new_button.setMinimumHeight(theme.SIDEBAR_ROW)
        self._new_button.clicked.connect(self.new_asked)
        self.options_button = icon_button("list_options", "more", "Folders, order, archive and trash")
        self.list = ConversationList(self.model)
        self.list.folder_menu_asked.connect(self._on_folder_menu_asked)
        self.list.folder_toggled.connect(self.folder_toggled)
        self.list.folder_remove_asked.connect(self.folder_remove_asked)
        self._connect_list(self.list)

        self._search_timer = QTimer(self, singleShot=True, interval=SEARCH_DELAY_MS)
        self._search_timer.timeout.connect(self._on_search_due)

        top = QHBoxLayout()
        top.setSpacing(4)
        top.addWidget(self.search_field, 1)
        middle = Qt.AlignmentFlag.AlignVCenter  # without it the field could get no higher than the button
        top.addWidget(self.collapse_button, 0, middle)
        head = QVBoxLayout()
        head.setContentsMargins(12, 12, 12, 8)
        head.setSpacing(8)
        head.addLayout(top)
        second = QHBoxLayout()
        second.setSpacing(4)
        second.addWidget(self._new_button, 1)
        second.addWidget(self.options_button, 0, middle)
        head.addLayout(second)
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
        if self._view is not None:
            self._view.set_palette(palette)

    def set_compact(self, compact: bool) -> None:
        """Whether rows are low."""
        self._compact = compact
        self.list.set_compact(compact)
        if self._view is not None:
            self._view.list.set_compact(compact)

    # what there is

    def load(self, conversations: Iterable[Conversation], today: date) -> None:
        """Show exactly these conversations."""
        self.model.reset(conversations, today)

    def extend(self, conversations: Sequence[Conversation]) -> None:
        """Add those of a long list that were read later; what is known of any of them by now is newer and stays."""
        if self._gathered is None:
            self.model.extend(conversations)
        else:
            for conversation in conversations:
                self._gathered.setdefault(conversation.id, conversation)
        if self._view is not None:
            self._view.extend(conversations)

    def put(self, conversation: Conversation) -> None:
        """Show a conversation's facts wherever it stands now."""
        if conversation.archived or conversation.deleted_at is not None:
            self._drop(conversation.id)
        elif self._gathered is not None:
            self._gathered[conversation.id] = conversation
        else:
            self.model.put(conversation)
        if self._view is not None:
            self._view.put(conversation)

    def drop(self, conversation_id: str) -> None:
        """A conversation left the list."""
        self._drop(conversation_id)
        if self._view is not None:
            self._view.drop(conversation_id)

    def drop_all(self, conversation_ids: Collection[str]) -> None:
        """Several conversations left the list, and the view that is shown: it is shown anew, however many they are."""
        for conversation_id in conversation_ids:
            if self.model.conversation(conversation_id) is not None:
                self._drop(conversation_id)
        if self._view is not None:
            self._view.drop_all(conversation_ids)

    def _drop(self, conversation_id: str) -> None:
        if self._gathered is not None:
            self._gathered.pop(conversation_id, None)
        else:
            self.model.drop(conversation_id)

    def gather(self, many: bool) -> None:
        """What comes until `show_gathered` is shown at once then, where it is `many`."""
        self._gatherings += 1
        if many and self._gathered is None:
            self._gathered = {conversation.id: conversation for conversation in self.model.conversations()}

    def show_gathered(self) -> None:
        """Show what was gathered, once for each `gather`."""
        self._gatherings -= 1
        if self._gathered is not None and not self._gatherings:
            conversations, self._gathered = self._gathered, None
            self.model.reset(conversations.values(), self.model.today)

    def set_folders(self, folders: Sequence[Folder]) -> None:
        """Show these folders."""
        self.model.set_folders(folders)
        self.list.show_chosen(self.list.shown)

    # views

    @property
    def view(self) -> View | None:
        """What is shown in place of the list, if anything is."""
        shown = self._view is not None and self._body.currentWidget() is self._view
        return self._view.view if shown and self._view is not None else None

    @property
    def current_list(self) -> ConversationList:
        """The list that is shown, of all conversations or of a view."""
        return self._view.list if self.view is not None and self._view is not None else self.list

    def show_view(self, view: View, conversations: Iterable[Conversation]) -> None:
        """Show the archive, the trash, or what has a tag, in place of the list."""
        from pizzagpt_desktop.ui.sidebar_view import ViewPage

        self.end_search()
        self.end_view()
        self._view = page = ViewPage(view, conversations, self.model.today)
        page.set_palette(self._palette)
        page.list.set_compact(self._compact)
        page.ended.connect(self.end_view)
        page.asked.connect(self.asked)
        page.rename_asked.connect(self.rename_asked)
        self._connect_list(page.list, opens=view.kind != "trash")
        self._body.addWidget(page)
        self._body.setCurrentWidget(page)
        page.list.select_near(0)
        page.list.setFocus(Qt.FocusReason.OtherFocusReason)

    def end_view(self) -> None:
        """Show the list again."""
        page, self._view = self._view, None
        if page is not None:
            in_hand = page.isAncestorOf(self.focusWidget()) if self.focusWidget() is not None else False
            self._body.setCurrentWidget(self.list)
            self._body.removeWidget(page)
            page.deleteLater()
            if in_hand:
                self.list.setFocus(Qt.FocusReason.OtherFocusReason)

    # commands

    def show_chosen(self, conversation_id: str | None) -> None:
        """Mark the conversation that is shown."""
        self.list.show_chosen(conversation_id)

    def set_answering(self, answering: Collection[str]) -> None:
        """Mark the conversations that are being answered."""
        self.model.set_answering(answering)

    def rename(self, conversation_id: str) -> None:
        """Open the title of a conversation for editing in its row."""
        if self._view is None:
            conversation = self.model.conversation(conversation_id)
            folder = conversation.folder_id if conversation is not None else None
            if folder is not None and self.model.row_of(conversation_id) < 0:
                self.folder_toggled.emit(folder, False)  # its folder is collapsed
        shown = self.current_list
        shown.edit_row(shown.conversations.row_of(conversation_id))

    def rename_folder(self, folder_id: str) -> None:
        """Open the name of a folder for editing in its row."""
        self.end_search()
        self.end_view()
        self.list.edit_row(self.model.row_of_folder(folder_id))

    def focus_list(self) -> None:
        """Let the next key go into the list."""
        self.end_search()
        self.current_list.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def focus_search(self) -> None:
        """Let the next key go into the search field."""
        self.search_field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search_field.selectAll()

    def show_found(self, query: str, found: Found) -> None:
        """Show what a search found instead of the list."""
        if query != self.search_field.text().strip():
            return
        results = self._results
        if results is None:
            from pizzagpt_desktop.ui.search_results import SearchResults

            results = self._results = SearchResults()
            results.set_palette(self._palette)
            results.chosen.connect(self.hit_chosen)
            results.order_changed.connect(lambda _order: self._ask_search(HITS))
            results.more_asked.connect(self._ask_search)
            self._body.addWidget(results)
        results.show_found(query, found)
        self._body.setCurrentWidget(results)

    def end_search(self) -> None:
        """Show the list again."""
        self.search_field.clear()

    def _on_search_text_changed(self, text: str) -> None:
        if text.strip():
            self._search_timer.start()
        else:
            self._search_timer.stop()
            self._body.setCurrentWidget(self._view or self.list)
            self.search_ended.emit()

    def _on_search_due(self) -> None:
        self._ask_search(HITS)

    def _ask_search(self, limit: int) -> None:
        order = self._results.order if self._results is not None else "newest"
        self.search_asked.emit(self.search_field.text().strip(), order, limit)

    def _connect_list(self, conversations: ConversationList, opens: bool = True) -> None:
        if opens:
            conversations.chosen.connect(self.chosen)
            conversations.looked_at.connect(self.looked_at)
        else:
            conversations.chosen.connect(lambda identity: self.asked.emit("offer_restore", [identity]))
        conversations.selectionModel().selectionChanged.connect(self.selected)
        conversations.menu_asked.connect(self._on_menu_asked)
        conversations.undo_asked.connect(self.undo_asked)
        conversations.delete_asked.connect(self._on_delete_asked)

    def _on_delete_asked(self, ids: list[str]) -> None:
        view = self.view
        self.asked.emit("erase" if view is not None and view.kind == "trash" else "delete", ids)

    def _on_menu_asked(self, ids: list[str], where: QPoint) -> None:
        from pizzagpt_desktop.ui.sidebar_menus import row_menu

        known = (self.current_list.conversations.conversation(identity) for identity in ids)
        conversations = [conversation for conversation in known if conversation is not None]
        if conversations:
            row_menu(self, self._palette, conversations, self._on_row_command).popup(where)

    def _on_row_command(self, command: str, ids: list[str]) -> None:
        if command == "rename":
            self.rename(ids[0])
        else:
            self.asked.emit(command, ids)

    def _on_folder_menu_asked(self, folder_id: str, where: QPoint) -> None:
        from pizzagpt_desktop.ui.sidebar_menus import folder_menu

        folders = [folder.id for folder in self.model.folders()]
        place = folders.index(folder_id)
        menu = folder_menu(
            self,
            self._palette,
            rename=lambda: self.rename_folder(folder_id),
            up=(lambda: self.folder_moved.emit(folder_id, place - 1)) if place else None,
            down=(lambda: self.folder_moved.emit(folder_id, place + 1)) if place + 1 < len(folders) else None,
            remove=lambda: self.folder_remove_asked.emit(folder_id),
        )
        menu.popup(where)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if len(dragged_files(event.mimeData())) == 1:
            event.setDropAction(Qt.DropAction.CopyAction)
            event.accept()

    def dropEvent(self, event: QDropEvent) -> None:
        if len(paths := dragged_files(event.mimeData())) == 1:
            event.setDropAction(Qt.DropAction.CopyAction)
            event.accept()
            QTimer.singleShot(0, self, lambda: self.file_dropped.emit(paths[0]))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.search_field.text():
            self.end_search()
        elif event.key() == Qt.Key.Key_Escape and self.view is not None:
            self.end_view()
        elif event.key() == Qt.Key.Key_Down and self.search_field.hasFocus():
            results = self._results if self._body.currentWidget() is self._results else None
            (results.list if results is not None else self.current_list).setFocus()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.search_field.hasFocus():
            if self._results is None or not self._results.open_current(self.search_field.text().strip()):
                self._search_timer.stop()
                self._on_search_due()
        else:
            super().keyPressEvent(event)

    def sizeHint(self) -> QSize:
        return QSize(260, 480)
