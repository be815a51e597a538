"""Links are opened by keys too: each is an entry of its message's menu, says where it leads, and obeys its verdict."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu

from pizzagpt_desktop.ui.transcript.link_menu import MOST
from pizzagpt_desktop.ui.transcript.view import TranscriptView
from tests.helpers.transcripts import SiblingsOf, reply

TEXT = """A [**first** page](https://a.example/x), once more the [same](https://a.example/x), <https://b.example/y>,
[c.example](https://evil.example/), [none](javascript:x), https://bücher.example, [](https://blank.example),
[R&D](https://d.example) and me@mail.example.

| a |
|---|
| [in a table](https://e.example) |
"""


def entries(menu: QMenu) -> list[QAction]:
    inner = [part for part in menu.findChildren(QMenu) if part.objectName() == "link_menu"]
    return inner[0].actions() if inner else []


def test_every_link_that_may_be_opened_is_an_entry_that_says_where_it_leads(
    view: TranscriptView, one_of: SiblingsOf
) -> None:
    view.show_path("c", [reply(TEXT)], one_of)
    assert view._hands is not None
    opened: list[str] = []
    doubted: list[str] = []
    view.link_opened.connect(opened.append)
    view.link_doubted.connect(doubted.append)
    menu = view._hands.menu(0, None)
    assert [entry.text() for entry in entries(menu)] == [
        "first page (a.example)",
        "https://b.example/y",
        "c.example (evil.example)",
        "https://bücher.example (xn--bcher-kva.example)",
        "https://blank.example",
        "R&&D (d.example)",
        "me@mail.example",
        "in a table (e.example)",
    ]
    for entry in entries(menu):
        entry.trigger()
    assert opened == ["https://a.example/x", "https://b.example/y", "https://d.example", "mailto:me@mail.example", "https://e.example"]  # fmt: skip
    assert doubted == ["https://evil.example/", "https://xn--bcher-kva.example", "https://blank.example"]
    menu.deleteLater()


def test_keys_lead_there(view: TranscriptView, one_of: SiblingsOf) -> None:
    view.show_path("c", [reply("See [this](https://a.example).")], one_of)
    opened: list[str] = []
    view.link_opened.connect(opened.append)
    view.setFocus()
    assert view._hands is not None
    view.choose(0)
    menu = view._hands.menu(0, None)
    for _ in range(30):
        QTest.keyClick(menu, Qt.Key.Key_Down)
        if menu.activeAction() is not None and menu.activeAction().text() == "Open a link":
            break
    inner = menu.activeAction().menu()
    QTest.keyClick(inner, Qt.Key.Key_Down)
    QTest.keyClick(inner, Qt.Key.Key_Return)
    assert opened == ["https://a.example"]
    menu.deleteLater()


def test_without_links_there_is_no_such_menu_and_of_many_there_are_some(
    view: TranscriptView, one_of: SiblingsOf
) -> None:
    many = " ".join(f"[page {number}](https://a.example/{number})" for number in range(100))
    view.show_path("c", [reply("No link, [none](javascript:x)."), reply(many, "b")], one_of)
    assert view._hands is not None
    menu = view._hands.menu(0, None)
    assert entries(menu) == []
    assert "Open a link" not in [action.text() for action in menu.actions()]
    menu.deleteLater()
    menu = view._hands.menu(1, None)
    assert len(entries(menu)) == MOST
    menu.deleteLater()
