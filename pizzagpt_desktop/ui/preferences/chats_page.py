"""The page of how chats are kept: the trash, the backups, titles; knows no file and backs nothing up itself."""

from dataclasses import replace

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from pizzagpt_desktop.domain.preferences import Preferences, WhenFull
from pizzagpt_desktop.ui.labels import label, text_button
from pizzagpt_desktop.ui.preferences.fields import PAGE_MARGINS, Field, choice, line, tick, whole_number

RETENTIONS = ((7, "7 days"), (30, "30 days"), (90, "90 days"), (365, "a year"), (0, "For ever"))
TITLES_WORDS = (
    "Have the model name new conversations, after their first answer. This sends a part of them once more."
)
WHEN_FULL = (
    (WhenFull.LEAVE_OUT, "Leave out the oldest messages"),
    (WhenFull.SUMMARISE, "Have the model summarise them"),
    (WhenFull.STOP, "Send nothing and ask"),
)
WHEN_FULL_NAME = "When a conversation is longer than the model can look at"
WHEN_FULL_HELP = (
    "Where it is known how much a model can look at. Instructions and the newest messages are always sent. A summary "
    "takes one more request, and is kept with the conversation."
)
KEPT_WORDS = "The number of days is a whole number from 0 to 1000."


class ChatsPage(QWidget):
    """Edits the fields of `Preferences` that are about the chats as a whole."""

    backup_asked = Signal()
    restore_asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.trash = choice("trash_days", "Keep deleted conversations")
        for days, words in RETENTIONS:
            self.trash.addItem(words, days)
        self.when_full = choice("when_full", WHEN_FULL_NAME)
        for value, words in WHEN_FULL:
            self.when_full.addItem(words, value.value)
        self.kept_edit = line("backups_kept", "Daily backups", placeholder="7")
        self.kept_field = Field(
            self.kept_edit,
            "backups_kept",
            "Daily backups",
            "For how many days backups are kept; 0 makes none by itself. A backup also holds what was deleted since.",
        )
        self.titles = tick("titles_by_model", "Titles by the model", TITLES_WORDS)
        titles_help = label(TITLES_WORDS, "muted")
        titles_help.setObjectName("titles_by_model_help")
        titles = QVBoxLayout()
        titles.setSpacing(4)
        titles.addWidget(self.titles)
        titles.addWidget(titles_help)
        back_up = text_button("backup_now", "Back up now", "Copy all chats now")
        back_up.clicked.connect(self.backup_asked)
        restore = text_button("restore_backup", "Restore backup…", "Put a backup in the place of the chats")
        restore.clicked.connect(self.restore_asked)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addWidget(back_up)
        buttons.addWidget(restore)
        buttons.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(*PAGE_MARGINS)
        column.setSpacing(16)
        column.addWidget(Field(self.when_full, "when_full", WHEN_FULL_NAME, WHEN_FULL_HELP))
        column.addWidget(
            Field(
                self.trash,
                "trash_days",
                "Keep deleted conversations",
                "Then they are erased, when the program ends. Until then they can be brought back from the trash.",
            )
        )
        column.addWidget(self.kept_field)
        column.addLayout(buttons)
        column.addLayout(titles)
        column.addStretch(1)

    def load(self, preferences: Preferences) -> None:
        """Show these settings."""
        days = preferences.trash_days
        if self.trash.findData(days) < 0:
            self.trash.addItem(f"{days} days", days)
        self.trash.setCurrentIndex(self.trash.findData(days))
        self.kept_edit.setText(str(preferences.backups_kept))
        self.when_full.setCurrentIndex(self.when_full.findData(preferences.when_full.value))
        self.titles.setChecked(preferences.titles_by_model)

    def is_right(self) -> bool:
        """Whether it can be used; if not, the field says why."""
        return self.kept_field.check(self._kept)

    def into(self, preferences: Preferences) -> Preferences:
        """`preferences` with what was entered. Raises ValueError with words."""
        return replace(
            preferences,
            trash_days=int(self.trash.currentData()),
            backups_kept=self._kept(),
            when_full=WhenFull(self.when_full.currentData()),
            titles_by_model=self.titles.isChecked(),
        )

    def _kept(self) -> int:
        value = whole_number(self.kept_edit.text(), 0, 1000, KEPT_WORDS)
        if value is None:
            raise ValueError(KEPT_WORDS)
        return value
