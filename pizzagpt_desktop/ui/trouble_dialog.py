"""Plain dialogs for when the chats cannot be opened as they are: what happened, what can be done, work going on.

They know no file and decide nothing; all are shown with `open()` and say what was chosen.
"""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QHBoxLayout, QProgressBar, QVBoxLayout, QWidget

from pizzagpt_desktop.ui import theme
from pizzagpt_desktop.ui.labels import describe, label, text_button
from pizzagpt_desktop.ui.strings import PROGRAM

WIDTH = 520


class TroubleDialog(QDialog):
    """What happened in one sentence, what to do in another, and a button for each way. Esc takes the last one."""

    chosen = Signal(str)

    def __init__(
        self,
        title: str,
        words: str,
        ways: Sequence[tuple[str, str]],
        parent: QWidget | None = None,
    ) -> None:
        """ways: name and words of each, the usual one first."""
        super().__init__(parent)
        self.setObjectName("trouble")
        self.setWindowTitle(PROGRAM)
        self.setMinimumWidth(WIDTH)
        self._choice = ways[-1][0]
        said = label(title)
        said.setObjectName("trouble_title")
        font = said.font()
        font.setBold(True)
        said.setFont(font)
        more = label(words)
        more.setObjectName("trouble_words")
        more.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addStretch(1)
        for place, (name, verb) in enumerate(ways):
            button = text_button(name, verb, kind="" if place else "main")
            button.setMinimumHeight(theme.CONTROL_HEIGHT_MAIN)
            button.clicked.connect(lambda _checked=False, name=name: self._take(name))
            button.setDefault(place == 0)
            row.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 24, 24, 16)
        column.setSpacing(12)
        column.addWidget(said)
        column.addWidget(more)
        column.addSpacing(4)
        column.addLayout(row)
        self.finished.connect(lambda _result: self.chosen.emit(self._choice))
        theme.dress_alone(self)

    def _take(self, name: str) -> None:
        self._choice = name
        self.accept()


class WorkDialog(QDialog):
    """Says what is being done, for as long as it takes; `given_up` when the user wants no more of it."""

    given_up = Signal()

    def __init__(self, words: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("work")
        self.setWindowTitle(PROGRAM)
        self.setMinimumWidth(WIDTH)
        self._over = False
        bar = QProgressBar()
        describe(bar, "work_bar", words)
        bar.setRange(0, 0)
        bar.setTextVisible(False)
        cancel = text_button("cancel_work", "Cancel", "Give up; nothing is changed", shortcut="Esc")
        cancel.setMinimumHeight(theme.CONTROL_HEIGHT_MAIN)
        cancel.clicked.connect(self.reject)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(cancel)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 24, 24, 16)
        column.setSpacing(12)
        column.addWidget(label(words))
        column.addWidget(bar)
        column.addLayout(row)
        self.rejected.connect(self._on_rejected)
        theme.dress_alone(self)

    def end(self) -> None:
        """The work is done."""
        self._over = True
        self.accept()

    def _on_rejected(self) -> None:
        if not self._over:
            self.given_up.emit()
