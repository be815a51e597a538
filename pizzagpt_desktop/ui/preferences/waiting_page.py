"""The page of how long and how often a service is waited for; knows no wire and waits for nobody."""

from dataclasses import replace

from PySide6.QtWidgets import QVBoxLayout, QWidget

from pizzagpt_desktop.domain.preferences import LOCAL_WAITS, RETRIES, Preferences
from pizzagpt_desktop.ui.preferences.fields import PAGE_MARGINS, Field, choice, line, whole_number

TIMES = ("Never", "Once", "Twice", "3 times", "4 times", "5 times")
WAIT_WORDS = f"The minutes are a whole number from {LOCAL_WAITS[0]} to {LOCAL_WAITS[1]}."


class WaitingPage(QWidget):
    """Edits the fields of `Preferences` that are about waiting."""

    def __init__(self) -> None:
        super().__init__()
        self.retries = choice("retries", "Ask again by itself")
        for times in range(RETRIES + 1):
            self.retries.addItem(TIMES[times], times)
        self.wait_edit = line("local_wait_min", "Wait for a local model", placeholder="10")
        self.wait_field = Field(
            self.wait_edit,
            "local_wait_min",
            "Wait for a local model, in minutes",
            "A model on this computer or in its network may have to load first. Services elsewhere have one minute "
            "to begin an answer, and two between its parts.",
        )
        column = QVBoxLayout(self)
        column.setContentsMargins(*PAGE_MARGINS)
        column.setSpacing(16)
        column.addWidget(
            Field(
                self.retries,
                "retries",
                "Ask again by itself",
                "Only where a service says that it is busy and did not take the request, only before any text has "
                "come, and never for longer than a minute each time.",
            )
        )
        column.addWidget(self.wait_field)
        column.addStretch(1)

    def load(self, preferences: Preferences) -> None:
        """Show these settings."""
        self.retries.setCurrentIndex(self.retries.findData(preferences.retries))
        self.wait_edit.setText(str(preferences.local_wait_min))
        self.wait_field.set_error("")

    def is_right(self) -> bool:
        """Whether it can be used; if not, the field says why."""
        return self.wait_field.check(self._wait)

    def into(self, preferences: Preferences) -> Preferences:
        """`preferences` with what was entered. Raises ValueError with words."""
        return replace(preferences, retries=int(self.retries.currentData()), local_wait_min=self._wait())

    def _wait(self) -> int:
        value = whole_number(self.wait_edit.text(), *LOCAL_WAITS, WAIT_WORDS)
        if value is None:
            raise ValueError(WAIT_WORDS)
        return value
