"""What stands between two text positions of a leaf's document, as plain text; knows no clipboard."""

from PySide6.QtGui import QTextCursor

from pizzagpt_desktop.domain.blocks import CodeBlock, Table
from pizzagpt_desktop.ui.transcript.documents import CONTINUED, Document
from pizzagpt_desktop.ui.transcript.formula_runs import spelled
from pizzagpt_desktop.ui.transcript.leaves import Content
from pizzagpt_desktop.ui.transcript.tables import table_in


def text_between(document: Document, content: Content, start: int, end: int | None) -> str:
    """The characters shown of `content` from `start` to `end` (None: to the end)."""
    last = document.characterCount() - 1
    cursor = QTextCursor(document)
    cursor.setPosition(min(start, last))
    cursor.setPosition(last if end is None else min(end, last), QTextCursor.MoveMode.KeepAnchor)
    if isinstance(content, Table):
        return _table_text(cursor, document)
    text = spelled(cursor, document).replace("\u2028", "\n")
    if "\u2029" in text and isinstance(content, CodeBlock):
        text = _without_cuts(cursor, text)
    return text.replace("\u2029", "\n").replace("\N{OBJECT REPLACEMENT CHARACTER}", "")


def _table_text(cursor: QTextCursor, document: Document) -> str:
    """Cells with tabs between them, rows with line ends."""
    shown = table_in(document)
    if shown is None:
        return cursor.selectedText()
    lines = []
    for row in range(shown.rows()):
        cells = []
        for column in range(shown.columns()):
            cell = shown.cellAt(row, column)
            first, last = cell.firstPosition(), cell.lastPosition()
            start, end = max(first, cursor.selectionStart()), min(last, cursor.selectionEnd())
            if start <= end and (start < end or first == last):
                part = QTextCursor(cursor.document())
                part.setPosition(start)
                part.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
                cells.append(spelled(part, document).replace("\u2028", " ").replace("\u2029", " "))
        if cells:
            lines.append("\t".join(cells))
    return "\n".join(lines)


def _without_cuts(cursor: QTextCursor, text: str) -> str:
    """`text` without the line ends that only the view put in."""
    parts = text.split("\u2029")
    block = cursor.document().findBlock(cursor.selectionStart())
    joined = parts[0]
    for part in parts[1:]:
        joined += ("" if block.userState() == CONTINUED else "\n") + part
        block = block.next()
    return joined
