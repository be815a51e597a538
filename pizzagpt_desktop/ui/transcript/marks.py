"""A stretch of a leaf's text drawn on another ground: a selection, a hit; knows nothing of why."""

from typing import NamedTuple

from PySide6.QtGui import (
    QAbstractTextDocumentLayout,
    QBrush,
    QColor,
    QTextCharFormat,
    QTextCursor,
)

from pizzagpt_desktop.ui.transcript.documents import Document


class Mark(NamedTuple):
    """From one text position to another. colour: of the text, None for its own."""

    start: int
    end: int
    ground: QColor
    colour: QColor | None = None

    def on(self, document: Document) -> QAbstractTextDocumentLayout.Selection:
        """The mark as Qt paints it."""
        chosen = QAbstractTextDocumentLayout.Selection()
        cursor = QTextCursor(document)
        last = document.characterCount() - 1
        cursor.setPosition(min(self.start, last))
        cursor.setPosition(min(self.end, last), QTextCursor.MoveMode.KeepAnchor)
        chosen.cursor = cursor
        chosen.format = self.form()
        return chosen

    def form(self) -> QTextCharFormat:
        """How what is marked is drawn."""
        form = QTextCharFormat()
        form.setBackground(QBrush(self.ground))
        if self.colour is not None:
            form.setForeground(QBrush(self.colour))
        return form
