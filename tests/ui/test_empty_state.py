"""The page before the first message: its buttons show their words in any width and size of letters."""

from PySide6.QtWidgets import QPushButton, QWidget
from pytestqt.qtbot import QtBot

from pizzagpt_desktop.ui.empty_state import Suggestions
from pizzagpt_desktop.ui.labels import CutButton


def rows(shown: Suggestions) -> list[list[str]]:
    """The names of the buttons, as they stand."""
    found: dict[int, list[str]] = {}
    for button in sorted(shown.findChildren(QPushButton), key=lambda button: (button.y(), button.x())):
        found.setdefault(button.y(), []).append(button.accessibleName())
    return list(found.values())


def test_buttons_stand_side_by_side_only_where_their_words_have_room(qtbot: QtBot) -> None:
    host = QWidget()  # whose own size nothing inside it asks for
    qtbot.addWidget(host)
    shown = Suggestions()
    shown.setParent(host)
    many = [("mark", words, lambda: None) for words in ("Keyboard shortcuts", "Preferences", "Import")]
    shown.offer(many, ("mark", "Begin", lambda: None))
    shown.resize(600, 300)
    host.show()
    beside = [["Begin"], ["Keyboard shortcuts", "Preferences"], ["Import"]]
    qtbot.waitUntil(lambda: rows(shown) == beside)
    shown.setStyleSheet("font-size: 32px")
    below = [["Begin"], ["Keyboard shortcuts"], ["Preferences"], ["Import"]]
    qtbot.waitUntil(lambda: rows(shown) == below)
    shown.setStyleSheet("")
    qtbot.waitUntil(lambda: rows(shown) == beside)
    shown.resize(260, 300)
    qtbot.waitUntil(lambda: rows(shown) == below)
    shown.resize(90, 300)
    cut = [
        button for button in shown.findChildren(CutButton) if button.accessibleName() == "Keyboard shortcuts"
    ]
    qtbot.waitUntil(lambda: cut[0].shown_words().endswith("…"))
