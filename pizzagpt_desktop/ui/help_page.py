"""The page of keyboard shortcuts, made from the table of commands; knows nothing of what they do."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QFont, QKeySequence
from PySide6.QtWidgets import QDialog, QFrame, QGridLayout, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from pizzagpt_desktop.ui import theme
from pizzagpt_desktop.ui.actions import COMMANDS, MENUS
from pizzagpt_desktop.ui.labels import describe, label, text_button
from pizzagpt_desktop.ui.strings import PROGRAM

BREAK = "\u200b"
"""Where a line may end without a hyphen."""
WRITING = (
    ("Send the message", "Enter"),
    ("Break the line", "Shift+Enter"),
    ("Have the message wait while a reply is being written", "Enter"),
    ("Go to the queued messages (while nothing is written)", "Up"),
    ("Move a queued message", "Alt+Up, Alt+Down"),
    ("Edit or remove a queued message", "Enter, Delete"),
    ("Stop the reply, then clear the selection", "Esc"),
    ("Edit the last message (while nothing is written)", "Up"),
    ("A screen of the conversation up or down", "PgUp, PgDown"),
    ("Conversation 1 to 9 of the list", "Ctrl+1 … Ctrl+9"),
    ("Show or hide the menu bar", "Alt"),
)
READING = (
    ("Choose a message", "Up, Down"),
    ("All that can be done with the chosen message", "Enter, Menu, Shift+F10"),
    ("Copy the selection, or the chosen message", "Ctrl+C"),
    ("Select by letters, lines and screens", "Shift+arrows, PgUp, PgDown"),
    ("Select by words and paragraphs", "Ctrl+Shift+arrows"),
    ("Select to the beginning, to the end", "Ctrl+Shift+Home, End"),
    ("Select everything", "Ctrl+A"),
    ("A screen up or down", "PgUp, PgDown, Space"),
    ("To the beginning, to the end", "Home, End"),
    ("Through the buttons of the messages", "Tab, Shift+Tab"),
    ("Wide code or a wide table sideways, on one of its buttons", "Left, Right"),
    ("Delete the chosen message and all below it", "Delete"),
)
LISTING = (
    ("Select several", "Shift+Up, Shift+Down, Ctrl+A"),
    ("Collapse or open a folder", "Left, Right"),
    ("Go from a conversation to its folder", "Left"),
    ("Delete what is selected", "Del"),
    ("Undo", "Ctrl+Z"),
    ("All that can be done with it", "Menu, Shift+F10"),
)
SEARCHING = (
    ("Messages with all these words; the last may be unfinished", "thin crus"),
    ("The words next to each other", '"thin crust"'),
    ("What you wrote, what the model wrote", "from:me, from:model"),
    ("In conversations or folders of this name", 'in:"Pizza dough"'),
    ("Before or since a day, month or year", "before:2026-02, after:2025"),
    ("By a model, with a tag", "model:gpt, tag:work"),
    ("Archived or pinned", "is:archived, is:pinned"),
)


class HelpPage(QDialog):
    """A plain list: what, and by which keys."""

    def __init__(self, parent: QWidget, version: str) -> None:
        super().__init__(parent)
        self.setObjectName("help_page")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Keyboard shortcuts")
        room = parent.screen().availableGeometry().size()
        self.resize(min(520, room.width()), min(560, room.height()))
        page = QWidget()
        grid = QGridLayout(page)
        grid.setContentsMargins(0, 0, 12, 0)
        grid.setHorizontalSpacing(24)
        grid.setVerticalSpacing(8)
        grid.setColumnStretch(0, 3)
        grid.setColumnStretch(1, 2)
        groups: list[tuple[str, tuple[tuple[str, str], ...]]] = [
            ("Writing", WRITING),
            ("Reading", READING),
            ("In the list of conversations", LISTING),
            ("In the search field", SEARCHING),
        ]
        for menu in MENUS:
            keyed = tuple(
                (c.words, QKeySequence(c.keys[0]).toString(QKeySequence.SequenceFormat.NativeText))
                for c in COMMANDS
                if c.menu == menu and c.keys
            )
            groups.append((menu, keyed))
        for title, lines in groups:
            head = label(title)
            head.setFont(theme.scaled(self.font(), "h3", weight=QFont.Weight.DemiBold))
            head.setContentsMargins(0, 12, 0, 0)
            grid.addWidget(head, grid.rowCount(), 0, 1, 2)
            for words, keys in lines:
                row = grid.rowCount()
                grid.addWidget(label(words), row, 0)
                shown = label(keys.replace("+", "+" + BREAK), "muted")
                shown.setAccessibleName(keys)
                grid.addWidget(shown, row, 1, Qt.AlignmentFlag.AlignTop)
        area = QScrollArea()
        describe(area, "shortcuts", "Keyboard shortcuts")
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidgetResizable(True)
        area.setWidget(page)
        close = text_button("close_help", "Close", kind="main")
        close.setDefault(True)
        close.clicked.connect(self.accept)
        foot = QHBoxLayout()
        foot.addWidget(label(f"{PROGRAM} {version}", "muted"), 1)
        foot.addWidget(close)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 12, 12, 16)
        column.setSpacing(12)
        column.addWidget(area, 1)
        column.addLayout(foot)
