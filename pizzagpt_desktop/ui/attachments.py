"""The files that go with the next message, above its text: what each is, what will be sent of it; knows no disk."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QHBoxLayout, QPlainTextEdit, QScrollArea, QVBoxLayout, QWidget

from pizzagpt_desktop.chat.service import new_id
from pizzagpt_desktop.domain.attached import Attached, joined, size_words
from pizzagpt_desktop.domain.conversation import DraftFile
from pizzagpt_desktop.domain.faults import Fault
from pizzagpt_desktop.domain.marks import marked
from pizzagpt_desktop.ui import icons, theme
from pizzagpt_desktop.ui.labels import ElidedLabel, describe, icon_button, label, plain_tip, text_button

ROWS_SEEN = 4
ROW_HEIGHT = theme.CONTROL_HEIGHT
SHOWN_AT_MOST = 50_000
"""Characters of a text that are shown in its window; all of it is sent."""


ReadText = Callable[[DraftFile], str]
"""The text of a file; raises `Fault` where it cannot be read any more."""


class Attachments(QScrollArea):
    """The files in the order they came, as high as its rows, up to `ROWS_SEEN` of them.

    `changed` comes with every one that is added or goes, `taken_away` where the user did not want it any more.
    `unreadable`: the text of one was needed; the fault says why it is not to be had.
    """

    changed = Signal()
    taken_away = Signal()
    unreadable = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("attachments")
        self.setAccessibleName("Attached files")
        self._palette = theme.LIGHT
        self._rows: list[_Row] = []
        self.setFrameShape(QScrollArea.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setWidgetResizable(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        inside = QWidget()
        inside.setAutoFillBackground(False)
        self.viewport().setAutoFillBackground(False)
        self._column = QVBoxLayout(inside)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(2)
        self.setWidget(inside)
        inside.setAutoFillBackground(False)  # Qt turns it on
        self.hide()

    @property
    def attached(self) -> list[DraftFile]:
        return [row.file for row in self._rows]

    @property
    def controls(self) -> list[QWidget]:
        """What the keyboard comes by, in order."""
        return [control for row in self._rows for control in row.controls]

    def attach(self, attached: Attached) -> None:
        """Have a file go with the next message, which is new."""
        name, size, text = attached
        self.add(DraftFile(new_id(), name, size, len(text)), lambda _: text)

    def add(self, file: DraftFile, read: ReadText) -> None:
        """Have a file go with the next message."""
        row = _Row(file, read)
        row.set_palette(self._palette)
        row.removed.connect(lambda: self._on_removed(row))
        row.unreadable.connect(self.unreadable)
        self._rows.append(row)
        self._column.addWidget(row)
        self._fit()
        self.changed.emit()

    def clear(self) -> None:
        """None goes with the next message."""
        for row in list(self._rows):
            self._remove(row)

    def text_of(self, file: DraftFile) -> str:
        """Raises `Fault` where it cannot be read any more."""
        return next(row.read(file) for row in self._rows if row.file.id == file.id)

    def with_text(self, text: str) -> str | None:
        """What will be sent with this message; None where a file is `unreadable`."""
        try:
            return joined(
                text, [Attached(file.name, file.size, self.text_of(file)) for file in self.attached]
            )
        except Fault as fault:
            self.unreadable.emit(fault)
            return None

    def set_palette(self, palette: theme.Palette) -> None:
        self._palette = palette
        for row in self._rows:
            row.set_palette(palette)

    def _on_removed(self, row: _Row) -> None:
        self._remove(row)
        self.taken_away.emit()

    def _remove(self, row: _Row) -> None:
        self._rows.remove(row)
        self._column.removeWidget(row)
        row.hide()
        row.deleteLater()
        self._fit()
        self.changed.emit()

    def _fit(self) -> None:
        self.setFixedHeight(min(len(self._rows), ROWS_SEEN) * (ROW_HEIGHT + 2))
        self.setVisible(bool(self._rows))


class _Row(QWidget):
    removed = Signal()
    unreadable = Signal(object)

    def __init__(self, file: DraftFile, read: ReadText) -> None:
        super().__init__()
        self.file = file
        self.read = read
        size = size_words(file.size)
        words = f"{file.name} · {size} · {file.length:,} characters will be sent"
        self.setAccessibleName(words)
        self.setToolTip(plain_tip(words))
        self.setFixedHeight(ROW_HEIGHT)
        told = ElidedLabel("attached_file")
        told.set_text(file.name)
        of_size = label(size, "muted")
        of_size.setWordWrap(False)
        show = text_button("show_attached", "Show", f"Show what is sent of {file.name}", kind="link")
        show.clicked.connect(self._on_show)
        self._remove = icon_button(
            "remove_attached", "close", f"Do not send {file.name}", size=theme.CONTROL_HEIGHT_DENSE
        )
        self._remove.clicked.connect(self.removed)
        self.controls: tuple[QWidget, ...] = (show, self._remove)
        row = QHBoxLayout(self)
        row.setContentsMargins(2, 0, 0, 0)
        row.setSpacing(4)
        row.addWidget(told, 1)
        row.addWidget(of_size)
        row.addWidget(show)
        row.addWidget(self._remove)

    def set_palette(self, palette: theme.Palette) -> None:
        icons.tint([self._remove], palette.muted, palette.on_accent)

    def _on_show(self) -> None:
        try:
            text = self.read(self.file)
        except Fault as fault:
            self.unreadable.emit(fault)
            return
        AttachedDialog(self.window(), Attached(self.file.name, self.file.size, text)).open()


class AttachedDialog(QDialog):
    """Shows the text of a file, or its beginning, as plain text."""

    def __init__(self, parent: QWidget, attached: Attached) -> None:
        super().__init__(parent)
        self.setObjectName("attached_dialog")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(attached.name)
        self.resize(min(640, parent.width() - 24), 420)
        shown = attached.text[:SHOWN_AT_MOST]
        words = "This is what will be sent. Characters that do not show stand as signs."
        if len(shown) < len(attached.text):
            left = len(attached.text) - len(shown)
            words = (
                f"This is the beginning of what will be sent; {left:,} characters more follow. {words[28:]}"
            )
        text = QPlainTextEdit(marked(shown, True))
        describe(text, "attached_text", f"Text of {attached.name}")
        text.setProperty("kind", "field")
        text.setReadOnly(True)
        text.setTabChangesFocus(True)
        close = text_button("close_attached", "Close", kind="main")
        close.setDefault(True)
        close.clicked.connect(self.accept)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(close)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 24, 24, 16)
        column.setSpacing(12)
        column.addWidget(label(words))
        column.addWidget(text, 1)
        column.addLayout(row)
