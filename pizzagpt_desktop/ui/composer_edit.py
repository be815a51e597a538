"""The composer's text field: plain text, grows with its lines, sends on Enter; knows no conversation."""

from PySide6.QtCore import QEvent, QMimeData, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QInputMethodEvent, QKeyEvent
from PySide6.QtWidgets import QPlainTextEdit, QWidget

from pizzagpt_desktop.ui.labels import describe, dragged_files

HINT = "Write a message"
PASTED_AT_MOST = 50_000
"""Characters that are pasted without a question; the field takes some hundredths of a second for them."""


class ComposerEdit(QPlainTextEdit):
    """Enter asks to send, Shift+Enter breaks the line; never while an input method is composing."""

    send_asked = Signal()
    edit_last_asked = Signal()
    escaped = Signal()
    height_wanted = Signal()
    focus_changed = Signal()
    pasted = Signal(str)
    """This text was pasted."""
    long_pasted = Signal(str)
    """This text is to be pasted, and was not because it is long."""
    files_given = Signal(list)
    """Files of this computer were dropped or pasted: their paths."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        describe(self, "composer_text", "Message", "Enter sends, Shift+Enter breaks the line")
        self.setPlaceholderText(HINT)
        self.setFrameShape(QPlainTextEdit.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTabChangesFocus(True)
        self.document().setDocumentMargin(2)
        self.viewport().setAutoFillBackground(False)
        self._composing = False
        self.document().documentLayout().documentSizeChanged.connect(lambda _size: self.height_wanted.emit())

    def text(self) -> str:
        """Exactly what was written; Qt's `toPlainText` would turn no-break spaces into spaces."""
        return self.document().toRawText().replace("\u2029", "\n").replace("\u2028", "\n")

    def wanted_height(self) -> int:
        """The height that shows all lines, in pixels; the layout counts lines after wrapping."""
        lines = max(1.0, self.document().documentLayout().documentSize().height())
        return round(lines * self.fontMetrics().lineSpacing() + 2 * self.document().documentMargin()) + 2

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.focus_changed.emit()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.focus_changed.emit()

    def _leaves(self, event: QKeyEvent) -> bool:
        """Whether a key that moves has nothing to move here: the conversation, which is read beside, has it then."""
        cursor, modifiers = self.textCursor(), event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        if event.key() in (Qt.Key.Key_PageUp, Qt.Key.Key_PageDown):
            return not modifiers and self.verticalScrollBar().maximum() == 0
        if modifiers != Qt.KeyboardModifier.ControlModifier or cursor.hasSelection():
            return False
        ends = {Qt.Key.Key_Home: cursor.atStart(), Qt.Key.Key_End: cursor.atEnd()}
        return ends.get(Qt.Key(event.key()), False)

    def event(self, event: QEvent) -> bool:
        if (
            event.type() == QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and self._leaves(event)
        ):
            event.ignore()
            return False
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, modifiers = event.key(), event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if self._composing:
                event.ignore()
            elif modifiers == Qt.KeyboardModifier.ShiftModifier:
                self.insertPlainText("\n")
                self.ensureCursorVisible()
            else:
                self.send_asked.emit()
        elif key == Qt.Key.Key_Escape:
            self.escaped.emit()
        elif (
            key == Qt.Key.Key_Up
            and not modifiers
            and not self._composing
            and self.document().characterCount() <= 1
        ):
            self.edit_last_asked.emit()
        elif self._leaves(event):
            event.ignore()
        else:
            super().keyPressEvent(event)

    def inputMethodEvent(self, event: QInputMethodEvent) -> None:
        super().inputMethodEvent(event)
        self._composing = bool(event.preeditString())

    def createMimeDataFromSelection(self) -> QMimeData:
        # As typed: Qt would put U+2029 into its own HTML besides.
        mime = QMimeData()
        mime.setText(self.textCursor().selectedText().replace("\u2029", "\n").replace("\u2028", "\n"))
        return mime

    def canInsertFromMimeData(self, source: QMimeData) -> bool:
        return source.hasText() or source.hasUrls()

    def insertFromMimeData(self, source: QMimeData) -> None:
        # Text and nothing else: no HTML, no picture, nothing loaded from a URL.
        if paths := dragged_files(source):
            self.files_given.emit(paths)
        elif source.hasText():
            text = source.text()
            if len(text) > PASTED_AT_MOST:
                self.long_pasted.emit(text)
            else:
                self.insert(text)

    def insert(self, text: str) -> None:
        """Put a text where the cursor is, as if it were pasted."""
        self.insertPlainText(text)
        self.ensureCursorVisible()
        self.pasted.emit(text)

    def put_in_place(self, text: str) -> None:
        """Have this text instead of all that is written; it can be undone."""
        cursor = self.textCursor()
        cursor.select(cursor.SelectionType.Document)
        cursor.insertText(text)

    def sizeHint(self) -> QSize:
        return QSize(200, self.wanted_height())

    def minimumSizeHint(self) -> QSize:
        return QSize(80, self.fontMetrics().lineSpacing() + 6)
