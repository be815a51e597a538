"""The form of what is asked of a model beside the words: instructions and parameters; knows not of whom."""

from PySide6.QtWidgets import QVBoxLayout, QWidget

from pizzagpt_desktop.domain.asking import NAMES, Asking
from pizzagpt_desktop.ui.preferences.fields import Field, lines
from pizzagpt_desktop.ui.preferences.parameters import Parameters


class AskingForm(QWidget):
    """Edits one `Asking`; an empty field leaves the choice to what stands above."""

    def __init__(self, prefix: str, help_text: str) -> None:
        super().__init__()
        self.system_prompt = lines(f"{prefix}_prompt", "Instructions", 4)
        self.parameters = Parameters(f"{prefix}_")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(16)
        column.addWidget(Field(self.system_prompt, f"{prefix}_prompt", "Instructions", help_text))
        column.addWidget(self.parameters)
        self.parameters.show_only(frozenset(NAMES))

    def load(self, asking: Asking) -> None:
        """Show this."""
        self.system_prompt.setPlainText(asking.system_prompt)
        self.parameters.load(asking)

    def show_inherited(self, held: Asking) -> None:
        """In the empty fields: what holds where they stay empty."""
        self.system_prompt.setPlaceholderText(held.system_prompt)
        self.parameters.show_inherited(held)

    def is_right(self) -> bool:
        """Whether it can be used; if not, the field at fault says why."""
        return self.parameters.is_right()

    def asking(self) -> Asking:
        """What was entered. Raises ValueError with words."""
        return self.parameters.into(Asking(system_prompt=self.system_prompt.toPlainText()))
