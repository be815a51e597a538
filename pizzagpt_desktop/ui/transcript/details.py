"""The panel with all that is known about one message; knows no chat and asks nobody for more."""

from collections.abc import Mapping

from PySide6.QtCore import Qt
from PySide6.QtGui import QFont, QGuiApplication
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QScrollArea,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from pizzagpt_desktop.domain.conversation import Message
from pizzagpt_desktop.ui import icons, strings, theme
from pizzagpt_desktop.ui.labels import describe, label, menu_text, plain_tip, text_button
from pizzagpt_desktop.ui.transcript.facts import Tool, facts_of, in_lines, tools_of

NARROW = 420
"""Below so many pixels names stand above what they name."""
_TEXT_HEIGHT = 120


class Details(QDialog):
    """Facts as a list of names and values, each value selectable, and the tools that were asked for, folded."""

    def __init__(
        self,
        parent: QWidget,
        message: Message,
        labels: Mapping[str, str],
        palette: theme.Palette,
        answer: Message | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("details")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Details of the message")
        self._facts, self._tools = facts_of(message, labels, answer=answer), tools_of(message)
        width = min(520, max(320, parent.width() - 40))
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 12, 0)
        column.setSpacing(12)
        column.addLayout(self._list(width < NARROW))
        if self._tools:
            head = label("Tools")
            head.setFont(theme.scaled(self.font(), "h3", weight=QFont.Weight.DemiBold))
            column.addWidget(head)
            column.addWidget(label("What the model asked for is kept here. Tools are not run.", "muted"))
            for number, tool in enumerate(self._tools, 1):
                column.addWidget(_Fold(tool, number, palette))
        column.addStretch(1)
        area = QScrollArea()
        describe(area, "details_list", "Details")
        area.setToolTip("")
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(page)
        copy = text_button("copy_details", "Copy", "Copy the details as text")
        close = text_button("close_details", "Close", kind="main", shortcut="Esc")
        close.setDefault(True)
        copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(self.text))
        close.clicked.connect(self.accept)
        foot = QHBoxLayout()
        foot.setSpacing(8)
        foot.addStretch(1)
        foot.addWidget(copy)
        foot.addWidget(close)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(24, 24, 12, 16)
        whole.setSpacing(12)
        whole.addWidget(area, 1)
        whole.addLayout(foot)
        wanted = page.sizeHint().height() + (_TEXT_HEIGHT if self._tools else 0)
        self.resize(width, min(wanted + 120, max(320, parent.height() - 40)))
        close.setFocus()

    @property
    def text(self) -> str:
        """All of it as text."""
        lines = [in_lines(self._facts)]
        for tool in self._tools:
            lines.append(
                strings.tool_words([tool.name], tool.by_service)
                + (f"\n{tool.arguments}" if tool.arguments else "")
            )
        return "\n\n".join(lines)

    def _list(self, narrow: bool) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(24)
        grid.setVerticalSpacing(2 if narrow else 8)
        grid.setColumnStretch(0 if narrow else 1, 1)
        for name, value in self._facts:
            row = grid.rowCount()
            named = label(name, "muted")
            named.setWordWrap(False)
            named.setContentsMargins(0, 8 if narrow else 0, 0, 0)
            said = _value(value)
            said.setAccessibleName(f"{name}: {value}")
            said.setObjectName(f"fact_{name.lower().replace(' ', '_')}")
            grid.addWidget(named, row, 0, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(said, row + 1 if narrow else row, 0 if narrow else 1)
        return grid


class _Fold(QWidget):
    """One tool: its name as a button that shows and hides what it was to be called with."""

    def __init__(self, tool: Tool, number: int, palette: theme.Palette) -> None:
        super().__init__()
        self._palette = palette
        self._button = QToolButton()
        self._button.setObjectName(f"tool_{number}")
        self._button.setText(menu_text(tool.name))
        self._button.setAccessibleName(f"Arguments of the tool {tool.name}")
        self._button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._button.setMinimumHeight(theme.CONTROL_HEIGHT_DENSE)
        self._button.setCheckable(True)
        self._button.toggled.connect(self._show)
        self._text = QPlainTextEdit(tool.arguments)
        describe(self._text, f"tool_arguments_{number}", "Arguments")
        self._text.setToolTip("")
        self._text.setProperty("kind", "field")
        self._text.setReadOnly(True)
        self._text.setTabChangesFocus(True)
        self._text.setFixedHeight(_TEXT_HEIGHT)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self._button, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(self._text)
        self._button.setEnabled(bool(tool.arguments))
        self._show(False)

    def _show(self, shown: bool) -> None:
        self._text.setVisible(shown)
        words = "Hide the arguments" if shown else "Show the arguments"
        tip = words if self._button.isEnabled() else "It was to be called without arguments"
        self._button.setToolTip(plain_tip(tip))
        icons.give(self._button, "chevron-down" if shown else "chevron-right", size=16)
        icons.tint([self._button], self._palette.muted, self._palette.on_accent)


def _value(text: str) -> QLabel:
    said = label(text)
    keyboard = Qt.TextInteractionFlag.TextSelectableByKeyboard
    said.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse | keyboard)
    return said
