"""The mark in the title row of a conversation of which nothing is kept; knows no conversation."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from pizzagpt_desktop.ui import icons, theme
from pizzagpt_desktop.ui.labels import label, plain_tip, text_button

WORDS = "Temporary"
TIP = "Nothing of this conversation is written to the disk. It is gone when the program ends."


class TemporaryMark(QWidget):
    """An icon, one word, and the way to keep the conversation after all."""

    keep_asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("temporary")
        self.setToolTip(plain_tip(TIP))
        self.setAccessibleName(f"{WORDS}. {TIP}")
        self._icon = QLabel()
        words = label(WORDS, "muted")
        words.setWordWrap(False)
        self.keep = text_button("keep_temporary", "Keep", "Keep this conversation", kind="link")
        self.keep.clicked.connect(self.keep_asked)
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 0, 8, 0)
        row.setSpacing(6)
        row.addWidget(self._icon)
        row.addWidget(words)
        row.addWidget(self.keep)

    def set_palette(self, palette: theme.Palette) -> None:
        """Draw with these colours."""
        self._icon.setPixmap(icons.pixmap("temporary", palette.muted, 16))
