"""A view in place of the list: the archive, the trash, or what has one tag; knows no store and no chat."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date
from typing import NamedTuple

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from pizzagpt_desktop.domain.conversation import Conversation
from pizzagpt_desktop.ui import icons, theme
from pizzagpt_desktop.ui.labels import ElidedLabel, icon_button, label, text_button
from pizzagpt_desktop.ui.sidebar_list import ConversationList
from pizzagpt_desktop.ui.sidebar_model import ConversationModel


class View(NamedTuple):
    """kind: "archive", "trash" or "tag". about: the tag, or in the trash a sentence on how long things stay."""

    kind: str
    about: str = ""

    @property
    def title(self) -> str:
        return {"archive": "Archive", "trash": "Trash"}.get(self.kind, f"Tag “{self.about}”")

    def holds(self, conversation: Conversation) -> bool:
        """Whether a conversation belongs here."""
        if self.kind == "trash" or conversation.deleted_at is not None:
            return self.kind == "trash" and conversation.deleted_at is not None
        if self.kind == "archive":
            return conversation.archived
        return self.about.casefold() in {tag.casefold() for tag in conversation.tags}

    @property
    def nothing(self) -> str:
        """What is said where it holds nothing."""
        if self.kind == "archive":
            return "Nothing is archived. Archived conversations leave the list; the search still finds them."
        return "The trash is empty." if self.kind == "trash" else "No conversation has this tag."


class ViewPage(QWidget):
    """A title with the way back, what can be done with all of it, and a list like the sidebar's own."""

    ended = Signal()
    asked = Signal(str, list)
    rename_asked = Signal(str, str)

    def __init__(self, view: View, conversations: Iterable[Conversation], today: date) -> None:
        super().__init__()
        self.setObjectName(f"view_{view.kind}")
        self.view = view
        self.model = ConversationModel(self)
        self.model.set_order("deleted" if view.kind == "trash" else "activity")
        self.model.rename_asked.connect(self.rename_asked)
        self.list = ConversationList(self.model, f"{view.kind}_list", view.title)
        self.list.setDragEnabled(False)
        self.list.setAcceptDrops(False)
        self._back = icon_button("end_view", "arrow-left", "Back to all conversations", "Esc")
        self._back.clicked.connect(self.ended)
        self._title = ElidedLabel("view_title")
        self._title.set_text(view.title)
        self._words = label(kind="muted")
        self._words.setObjectName("view_words")
        row = QHBoxLayout()
        row.setContentsMargins(12, 0, 12, 0)
        row.addWidget(self._back)
        row.addWidget(self._title, 1)
        self._empty = self._restore = None
        if view.kind == "trash":
            self._restore = text_button("restore_selected", "Restore", "Restore what is selected")
            self._restore.clicked.connect(lambda: self.asked.emit("restore", self.list.selected_ids()))
            self._empty = text_button("empty_trash", "Empty", "Delete all of it for good")
            self._empty.clicked.connect(lambda: self.asked.emit("erase", self.model.ids()))
            row.addWidget(self._restore)
            row.addWidget(self._empty)
            self.list.selectionModel().selectionChanged.connect(self._show_state)
        self._words.setContentsMargins(20, 4, 20, 4)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(row)
        column.addWidget(self._words)
        column.addWidget(self.list, 1)
        self.model.reset((c for c in conversations if view.holds(c)), today)
        for changed in (self.model.rowsInserted, self.model.rowsRemoved, self.model.modelReset):
            changed.connect(self._show_state)
        self._show_state()

    def set_palette(self, palette: theme.Palette) -> None:
        """Draw with these colours."""
        self.list.set_palette(palette)
        icons.tint([self._back], palette.muted, palette.on_accent)
        self._title.setFont(theme.scaled(self.font(), "body"))

    def extend(self, conversations: Iterable[Conversation]) -> None:
        """Show those of these that belong here and were not known when the view was opened."""
        self.model.extend(c for c in conversations if self.view.holds(c))

    def put(self, conversation: Conversation) -> None:
        """Show a conversation, or no longer, as its facts have it now."""
        if self.view.holds(conversation):
            self.model.put(conversation)
        else:
            self.drop(conversation.id)

    def drop(self, conversation_id: str) -> None:
        """A conversation is not here any more; the keyboard goes to the one after it."""
        row = self.model.row_of(conversation_id)
        self.model.drop(conversation_id)
        if row >= 0 and not self.list.selectionModel().hasSelection():
            self.list.select_near(row)

    def drop_all(self, conversation_ids: Collection[str]) -> None:
        """Conversations are not here any more; the keyboard goes to the one after the first."""
        rows = [row for id_ in conversation_ids if (row := self.model.row_of(id_)) >= 0]
        left = [c for c in self.model.conversations() if c.id not in conversation_ids]
        self.model.reset(left, self.model.today)
        if rows:
            self.list.select_near(min(rows))

    def _show_state(self) -> None:
        empty = self.model.rowCount() == 0
        about = self.view.about if self.view.kind == "trash" else ""
        self._words.setText(self.view.nothing if empty else about)
        self._words.setVisible(bool(self._words.text()))
        if self._empty is not None and self._restore is not None:
            self._empty.setEnabled(not empty)
            self._restore.setEnabled(self.list.selectionModel().hasSelection())
        self._words.setAlignment(Qt.AlignmentFlag.AlignLeading | Qt.AlignmentFlag.AlignTop)
