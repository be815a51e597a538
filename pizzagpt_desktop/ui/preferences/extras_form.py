"""The form of headers and fields that every request of a service has besides; sends nothing."""

from PySide6.QtWidgets import QPlainTextEdit, QVBoxLayout, QWidget

from pizzagpt_desktop.domain.extras import KEY_MARK, Extras, headers_text, parse_fields, parse_headers
from pizzagpt_desktop.ui.preferences.fields import Field, lines


class ExtrasForm(QWidget):
    """Edits one `Extras`, as JSON."""

    def __init__(self) -> None:
        super().__init__()
        self.headers = _plain("extra_headers", "Headers")
        self.headers.setPlaceholderText('{"X-Title": "My chat"}')
        self._headers_field = Field(
            self.headers,
            "extra_headers",
            "Headers",
            f"A JSON object of texts, sent with every request. {KEY_MARK} stands for the key.",
        )
        self.fields = _plain("extra_fields", "Fields")
        self.fields.setPlaceholderText('{"top_k": 40}')
        self._fields_field = Field(
            self.fields, "extra_fields", "Fields", "A JSON object, put into every question's body."
        )
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(16)
        column.addWidget(self._headers_field)
        column.addWidget(self._fields_field)

    def load(self, extras: Extras) -> None:
        """Show these."""
        self.headers.setPlainText(headers_text(extras.headers))
        self.fields.setPlainText(extras.fields)
        for field in (self._headers_field, self._fields_field):
            field.set_error("")

    def extras(self) -> Extras:
        """What was entered. Raises ValueError with words."""
        headers = parse_headers(self.headers.toPlainText())
        fields = self.fields.toPlainText().strip()
        parse_fields(fields)
        return Extras(headers=headers, fields=fields)

    def is_right(self) -> bool:
        """Whether it can be used; if not, the field at fault says why."""
        right = self._headers_field.check(lambda: parse_headers(self.headers.toPlainText()))
        return right & self._fields_field.check(lambda: parse_fields(self.fields.toPlainText()))


def _plain(name: str, words: str) -> QPlainTextEdit:
    edit = lines(name, words, 3)
    edit.setLineWrapMode(QPlainTextEdit.LineWrapMode.WidgetWidth)
    return edit
