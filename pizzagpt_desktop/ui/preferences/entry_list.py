"""A short list of named things with what can be done to them: add, duplicate, remove, undo; knows not what they are."""

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QListWidget, QListWidgetItem, QSizePolicy, QVBoxLayout, QWidget

from pizzagpt_desktop.ui import theme
from pizzagpt_desktop.ui.flow import FlowLayout
from pizzagpt_desktop.ui.labels import describe, label, plain_tip, text_button

MOST_ROWS = 5
_NAME = Qt.ItemDataRole.UserRole


class EntryList(QWidget):
    """The list above a form. Names are for the program, words for people."""

    chosen = Signal(str)
    add_asked = Signal()
    duplicate_asked = Signal(str)
    remove_asked = Signal(str)
    undo_asked = Signal()

    def __init__(self, prefix: str, words: str, add_words: str) -> None:
        super().__init__()
        self.list = QListWidget()
        describe(self.list, f"{prefix}_list", words)
        self.list.setProperty("kind", "field")
        self.list.setUniformItemSizes(True)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.currentRowChanged.connect(self._on_row_changed)
        self.add = text_button(f"{prefix}_add", add_words)
        self.add.clicked.connect(self.add_asked)
        self.duplicate = text_button(
            f"{prefix}_duplicate", "Duplicate", "Make another one with these settings"
        )
        self.duplicate.clicked.connect(lambda: self.duplicate_asked.emit(self.current))
        self.remove = text_button(f"{prefix}_remove", "Remove", "Take this one out of the list")
        self.remove.clicked.connect(lambda: self.remove_asked.emit(self.current))
        self.buttons = FlowLayout(spacing=8)
        for button in (self.add, self.duplicate, self.remove):
            button.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
            self.buttons.addWidget(button)
        self._gone = QWidget()
        gone = QHBoxLayout(self._gone)
        gone.setContentsMargins(0, 0, 0, 0)
        gone.setSpacing(8)
        self._gone_words = label("", "muted")
        self._gone_words.setObjectName(f"{prefix}_removed")
        undo = text_button(f"{prefix}_undo", "Undo", "Bring back what was removed last", kind="link")
        undo.clicked.connect(self.undo_asked)
        gone.addWidget(self._gone_words, 1)
        gone.addWidget(undo)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.list)
        column.addLayout(self.buttons)
        column.addWidget(self._gone)
        self._gone.hide()

    @property
    def current(self) -> str:
        """The name of the chosen one, "" for none."""
        item = self.list.currentItem()
        return str(item.data(_NAME)) if item is not None else ""

    def names(self) -> list[str]:
        """From top to bottom."""
        return [str(self.list.item(row).data(_NAME)) for row in range(self.list.count())]

    def put(self, name: str, words: str, at: int = -1) -> None:
        """Add one, at the end or at a place, without choosing it."""
        item = QListWidgetItem()
        item.setData(_NAME, name)
        item.setSizeHint(QSize(0, theme.CONTROL_HEIGHT))
        self.list.blockSignals(True)
        self.list.insertItem(self.list.count() if at < 0 else at, item)
        self.list.blockSignals(False)
        self.say(name, words)
        self._fit()

    def say(self, name: str, words: str) -> None:
        """What stands in the row of one."""
        item = self._item(name)
        if item is not None:
            line = " ".join(words.split())
            item.setText(line)
            item.setToolTip(plain_tip(line))

    def take(self, name: str) -> int:
        """Take one out; its place. Another one is chosen then, if there is one."""
        item = self._item(name)
        row = self.list.row(item) if item is not None else -1
        if row >= 0:
            self.list.takeItem(row)
            self._fit()
        return row

    def choose(self, name: str) -> None:
        """Choose one, "" for none."""
        item = self._item(name)
        self.list.setCurrentRow(self.list.row(item) if item is not None else -1)

    def say_removed(self, words: str) -> None:
        """Offer an undo beneath the list; "" takes the offer back."""
        self._gone_words.setText(words)
        self._gone.setVisible(bool(words))

    def _item(self, name: str) -> QListWidgetItem | None:
        found = (self.list.item(row) for row in range(self.list.count()))
        return next((item for item in found if item.data(_NAME) == name), None)

    def _fit(self) -> None:
        rows = max(1, min(MOST_ROWS, self.list.count()))
        self.list.setFixedHeight(rows * (theme.CONTROL_HEIGHT + 2) + 20)
        self.setVisible(self.list.count() > 0)

    def _on_row_changed(self, row: int) -> None:
        for button in (self.duplicate, self.remove):
            button.setEnabled(row >= 0)
        self.chosen.emit(self.current)
