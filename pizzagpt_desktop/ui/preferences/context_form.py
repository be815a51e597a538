"""The field of how much the models of a service can look at; asks no service."""

from PySide6.QtWidgets import QVBoxLayout, QWidget

from pizzagpt_desktop.domain.preferences import CONTEXTS
from pizzagpt_desktop.ui.preferences.fields import Field, line, whole_number

CONTEXT_WORDS = f"The context length is a whole number of tokens from {CONTEXTS[0]} to {CONTEXTS[1]:,}."
_HELP = (
    "How many tokens the model can look at. Of a longer conversation, the page Chats says what is sent. "
    "Empty: what the service tells."
)
_NOT_KNOWN = "not known"


class ContextForm(QWidget):
    """Edits `ServiceSettings.context`."""

    def __init__(self) -> None:
        super().__init__()
        self.edit = line("context_length", "Context length", placeholder=_NOT_KNOWN)
        self.field = Field(self.edit, "context_length", "Context length", _HELP)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.field)

    def load(self, context: int | None) -> None:
        """Show this."""
        self.edit.setText("" if context is None else str(context))
        self.field.set_error("")

    def tell(self, model: str) -> str:
        """In the empty field: what the service told of the model, which is given back."""
        told = getattr(model, "context", None)
        self.edit.setPlaceholderText(f"{told}, as the service says" if told else _NOT_KNOWN)
        return model

    def is_right(self) -> bool:
        """Whether it can be used; if not, the field says why."""
        return self.field.check(self.context)

    def context(self) -> int | None:
        """What was entered. Raises ValueError with words."""
        text = "".join(self.edit.text().split()).replace(",", "")
        return whole_number(text, *CONTEXTS, CONTEXT_WORDS)
