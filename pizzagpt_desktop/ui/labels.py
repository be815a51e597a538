"""Widgets that show text exactly as it is, with the names every control needs; knows no feature."""

import re

from PySide6.QtCore import QMimeData, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import (
    QAbstractButton,
    QLabel,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QWidget,
)

from pizzagpt_desktop.ui import icons, theme

_WIDE_WORD = re.compile(r"\S{25,}")
_PIECE = re.compile(r"[-_.:/]|[^-_.:/]{12}")


def plain_tip(text: str) -> str:
    """`text` as a tooltip that shows its characters literally: Qt takes a tip that looks like markup for markup."""
    if "<" not in text and "&" not in text:
        return text
    import html

    return f"<span style='white-space:pre-wrap'>{html.escape(text)}</span>"


def menu_text(text: str) -> str:
    """`text` as the text of an action or a button: there `&` marks a letter."""
    return text.replace("&", "&&")


def label(text: str = "", kind: str = "", parent: QWidget | None = None) -> QLabel:
    """A label of plain text that wraps. kind: "muted" or "error"."""
    result = QLabel(parent)
    result.setTextFormat(Qt.TextFormat.PlainText)
    result.setWordWrap(True)
    result.setText(text)
    if kind:
        result.setProperty("kind", kind)
    return result


def breakable(text: str) -> str:
    """`text` with places to break in words that are wider than a narrow window, as names of files can be."""
    return _WIDE_WORD.sub(lambda word: _PIECE.sub(lambda piece: f"{piece[0]}\u200b", word[0]), text)


class ElidedLabel(QWidget):
    """One line of plain text, cut with an ellipsis where room ends; never asks for more room than it gets."""

    def __init__(self, name: str, *, muted: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self._text = ""
        self._muted = muted
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def text(self) -> str:
        return self._text

    def set_text(self, text: str) -> None:
        if text != self._text:
            self._text = text
            self.setAccessibleName(text)
            self.setToolTip(plain_tip(text))
            self.update()

    def sizeHint(self) -> QSize:
        return QSize(80, self.fontMetrics().height() + 4)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        role = QPalette.ColorRole.PlaceholderText if self._muted else QPalette.ColorRole.WindowText
        painter.setPen(self.palette().color(role))
        line = " ".join(self._text.split())
        text = QFontMetrics(self.font()).elidedText(line, Qt.TextElideMode.ElideRight, self.width())
        flags = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeading
        painter.drawText(self.rect(), flags | Qt.TextFlag.TextSingleLine, text)


class CutButton(QPushButton):
    """A button whose words end in an ellipsis where they have no room; its tip and its accessible name say all."""

    def shown_words(self) -> str:
        """What of its words has room."""
        from PySide6.QtWidgets import (
            QStyle,
            QStyleOptionButton,
        )  # the many enums of `QStyle` take long to make

        option = QStyleOptionButton()
        self.initStyleOption(option)
        inside = self.style().subElementRect(QStyle.SubElement.SE_PushButtonContents, option, self).width()
        room = inside - (self.iconSize().width() + 8 if not self.icon().isNull() else 0)
        return self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, max(0, room))

    def minimumSizeHint(self) -> QSize:
        return QSize(theme.CONTROL_HEIGHT, super().minimumSizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        if self.width() >= self.sizeHint().width():
            super().paintEvent(event)
            return
        from PySide6.QtWidgets import QStyle, QStyleOptionButton, QStylePainter

        option = QStyleOptionButton()
        self.initStyleOption(option)
        option.text = self.shown_words()
        QStylePainter(self).drawControl(QStyle.ControlElement.CE_PushButton, option)


def describe(widget: QWidget, name: str, words: str, shortcut: str = "") -> None:
    """Give a control its object name, accessible name and tooltip, the shortcut in brackets."""
    widget.setObjectName(name)
    widget.setAccessibleName(words)
    widget.setToolTip(plain_tip(f"{words} ({shortcut})" if shortcut else words))


def icon_button(
    name: str,
    icon: str,
    words: str,
    shortcut: str = "",
    *,
    size: int = theme.CONTROL_HEIGHT,
    on_accent: bool = False,
) -> QToolButton:
    """A square button that shows only an icon. size: pixels."""
    button = QToolButton()
    describe(button, name, words, shortcut)
    button.setFixedSize(size, size)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    button.setCursor(Qt.CursorShape.PointingHandCursor)
    icons.give(button, icon, on_accent=on_accent)
    return button


def text_button(
    name: str, words: str, tip: str = "", *, kind: str = "", shortcut: str = "", cut: bool = False
) -> QPushButton:
    """A button with a verb on it. kind: "main" (accent), "link", or "" for a quiet one. cut: as `CutButton`."""
    button = (CutButton if cut else QPushButton)(menu_text(words))
    describe(button, name, tip or words, shortcut)
    button.setAccessibleName(words)
    button.setMinimumHeight(theme.CONTROL_HEIGHT)
    button.setAutoDefault(False)
    button.setCursor(Qt.CursorShape.PointingHandCursor)
    if kind:
        button.setProperty("kind", kind)
    return button


def renew_style(button: QAbstractButton) -> None:
    """Have the style sheet look at the button's `kind` again."""
    button.style().unpolish(button)
    button.style().polish(button)


def dragged_files(dragged: QMimeData) -> list[str]:
    """The paths of the files of this computer that are dragged or pasted; none where anything else is with them."""
    urls = dragged.urls() if dragged.hasUrls() else []
    return [url.toLocalFile() for url in urls] if all(url.isLocalFile() for url in urls) else []
