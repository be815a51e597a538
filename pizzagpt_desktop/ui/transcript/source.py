"""The exact text of one message, as plain text to read, search and copy; knows no Markdown and no chat.

It is also where a screen reader goes through a message by character, word and line: the messages of the conversation
itself are read out whole (see `listening`).
"""

from bisect import bisect_left
from collections.abc import Callable

from PySide6.QtCore import QMimeData, QTimer
from PySide6.QtGui import QFontDatabase, QGuiApplication, QKeySequence, QShortcut, QTextCursor, QTextDocument
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLineEdit, QPlainTextEdit, QVBoxLayout, QWidget

from pizzagpt_desktop.domain.conversation import Message, Role
from pizzagpt_desktop.ui import icons, theme
from pizzagpt_desktop.ui.exact import exact
from pizzagpt_desktop.ui.labels import describe, icon_button, label, text_button

PIECE = 50_000
"""Characters that are put in per turn of the loop."""
LONGEST_LINE = 5_000
"""Longer lines are broken for the eye alone: Qt lays out a line as a whole, however little of it is seen."""


class SourceView(QDialog):
    """The message as its author sent it, every character; what is copied is exact also where lines are broken."""

    def __init__(self, parent: QWidget, message: Message, palette: theme.Palette) -> None:
        super().__init__(parent)
        self.setObjectName("source_view")
        self.setWindowTitle("Source of your message" if message.role is Role.USER else "Source of the reply")
        self._text = message.text
        self._filled = 0
        self.text = _Text(message.text)
        describe(self.text, "source_text", "Source")
        self.text.setToolTip("")
        self.field = QLineEdit()
        describe(self.field, "source_field", "Find in the source", "Ctrl+F")
        self.field.setPlaceholderText("Find in the source")
        self.field.setMaxLength(500)
        self.said = label(kind="muted")
        self.said.setObjectName("source_said")
        self.said.setWordWrap(False)
        previous = icon_button("source_previous", "chevron-up", "Previous hit", "Shift+F3")
        following = icon_button("source_next", "chevron-down", "Next hit", "F3")
        self._copy = text_button("copy_source", "Copy all", "Copy the whole text as it is")
        close = text_button("close_source", "Close", kind="main", shortcut="Esc")
        self.field.textChanged.connect(self._on_changed)
        self.field.returnPressed.connect(lambda: self.seek(1))
        previous.clicked.connect(lambda: self.seek(-1))
        following.clicked.connect(lambda: self.seek(1))
        self._copy.clicked.connect(self.copy)
        close.clicked.connect(self.accept)
        for keys, act in self._shortcuts():
            QShortcut(QKeySequence(keys), self, act)
        head = QHBoxLayout()
        head.setSpacing(4)
        head.addWidget(self.field, 1)
        head.addWidget(self.said)
        head.addWidget(previous)
        head.addWidget(following)
        foot = QHBoxLayout()
        foot.setSpacing(8)
        foot.addStretch(1)
        foot.addWidget(self._copy)
        foot.addWidget(close)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(12)
        column.addLayout(head)
        column.addWidget(self.text, 1)
        column.addLayout(foot)
        icons.tint_all(self, palette.muted, palette.on_accent)
        self.resize(min(760, max(340, parent.width() - 40)), min(640, max(320, parent.height() - 40)))
        self._timer = QTimer(self, interval=0)
        self._timer.timeout.connect(self._fill)
        self.finished.connect(self._on_finished)
        self._fill()
        self.text.moveCursor(QTextCursor.MoveOperation.Start)
        self.text.setFocus()

    def copy(self) -> None:
        """All of it to the clipboard, as it is."""
        QGuiApplication.clipboard().setText(exact(self._text))
        self.said.setText("Copied")

    def seek(self, direction: int) -> None:
        """To the next hit, or the previous one, and on from the other end."""
        words = self.field.text()
        if not words:
            self.field.setFocus()
            return
        back = QTextDocument.FindFlag.FindBackward if direction < 0 else QTextDocument.FindFlag(0)
        if not self.text.find(words, back):
            before = self.text.textCursor()
            end = QTextCursor.MoveOperation.End if direction < 0 else QTextCursor.MoveOperation.Start
            self.text.moveCursor(end)
            if not self.text.find(words, back):
                self.text.setTextCursor(before)
                self.said.setText("Nothing found")
                return
        self.said.setText("")

    def _shortcuts(self) -> tuple[tuple[str, Callable[[], None]], ...]:
        return (
            ("F3", lambda: self.seek(1)),
            ("Shift+F3", lambda: self.seek(-1)),
            ("Ctrl+F", lambda: self.field.setFocus()),
        )

    def _on_changed(self, _words: str) -> None:
        cursor = self.text.textCursor()
        cursor.setPosition(cursor.selectionStart())
        self.text.setTextCursor(cursor)
        self.said.setText("")
        if self.field.text():
            self.seek(1)

    def _fill(self) -> None:
        piece = self._text[self._filled : self._filled + PIECE]
        self._filled += len(piece)
        self.text.add(piece)
        if self._filled < len(self._text):
            self._timer.start()
        else:
            self._timer.stop()

    def _on_finished(self, _result: int) -> None:
        self._timer.stop()
        self.deleteLater()


class _Text(QPlainTextEdit):
    def __init__(self, source: str) -> None:
        super().__init__()
        self._source = source
        self.setProperty("kind", "field")
        self.setReadOnly(True)
        self.setTabChangesFocus(True)
        self.setUndoRedoEnabled(False)
        self.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        flags = self.textInteractionFlags()
        self.setTextInteractionFlags(flags | flags.TextSelectableByKeyboard)
        self._line = 0
        self._broken: list[int] = []
        """Numbers of the paragraphs that end where no line does, in order."""

    def add(self, piece: str) -> None:
        """Put text at the end."""
        cursor = QTextCursor(self.document())
        cursor.movePosition(QTextCursor.MoveOperation.End)
        cursor.beginEditBlock()
        for number, line in enumerate(piece.split("\n")):
            if number:
                cursor.insertBlock()
                self._line = 0
            while len(line) + self._line > LONGEST_LINE:
                fitting = LONGEST_LINE - self._line
                cursor.insertText(_one_line(line[:fitting]))
                self._broken.append(cursor.blockNumber())
                cursor.insertBlock()
                line, self._line = line[fitting:], 0
            cursor.insertText(_one_line(line))
            self._line += len(line)
        cursor.endEditBlock()

    def createMimeDataFromSelection(self) -> QMimeData:
        cursor = self.textCursor()
        start, end = self._place(cursor.selectionStart()), self._place(cursor.selectionEnd())
        units = self._source.encode("utf-16-le", "surrogatepass")[2 * start : 2 * end]
        mime = QMimeData()
        mime.setText(units.decode("utf-16-le", "surrogatepass"))
        return mime

    def _place(self, position: int) -> int:
        """Where a place of the document is in the source; both are counted as Qt counts."""
        return position - bisect_left(self._broken, self.document().findBlock(position).blockNumber())


def _one_line(text: str) -> str:
    """Characters that Qt would begin a line at, each as the sign for it."""
    return text.translate(_SIGNS) if not text.isascii() or "\r" in text else text


_SIGNS = {0x0D: "\u240d", 0x2028: "\u2424", 0x2029: "\u2424"}
