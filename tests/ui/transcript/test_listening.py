"""What a screen reader meets in the conversation: each message, its words, place and state, whatever changes."""

import gc
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QAccessible, QAccessibleInterface
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from pizzagpt_desktop.domain.conversation import Message, Role, Siblings, Status
from pizzagpt_desktop.ui import announcing
from pizzagpt_desktop.ui.transcript import listening
from pizzagpt_desktop.ui.transcript.listening import ConversationNode, MessageNode
from pizzagpt_desktop.ui.transcript.view import TranscriptView
from tests.helpers.heard import Listener, children
from tests.helpers.transcripts import SiblingsOf, Talk, Tree, place_on_screen, reply

Name, About = QAccessible.Text.Name, QAccessible.Text.Description


@pytest.fixture(autouse=True)
def _listened_to(qapp: QApplication) -> Iterator[None]:
    """As while a screen reader runs."""
    QAccessible.setActive(True)
    yield
    QAccessible.setActive(False)


def node(view: TranscriptView) -> QAccessibleInterface:
    return QAccessible.queryAccessibleInterface(view)


def messages_of(view: TranscriptView) -> list[QAccessibleInterface]:
    return [child for child in children(node(view)) if isinstance(child, MessageNode)]


def test_each_message_is_an_item_with_its_author_and_text(view: TranscriptView, one_of: SiblingsOf) -> None:
    mine = Message(id="u", conversation_id="c", parent_id=None, role=Role.USER, text="Why?")
    view.show_path(
        "c",
        [
            mine,
            reply("Because **so**.", "a", model="kitchen", usage={"output_tokens": 3}),
            reply("", "b", status=Status.FAILED),
            reply("half", "s", status=Status.STREAMING),
        ],
        one_of,
    )
    found = node(view)
    assert isinstance(found, ConversationNode)
    assert (found.role(), found.text(Name)) == (QAccessible.Role.List, "Conversation")
    items = messages_of(view)
    assert [item.text(Name) for item in items] == [
        "You: Why?", "kitchen: Because so.", "Reply: The reply failed.", "Reply: half",
    ]  # fmt: skip
    assert items[1].text(About) == "3 tokens"
    assert items[2].text(About) == "The reply failed"
    assert {item.role() for item in items} == {QAccessible.Role.ListItem}
    assert [item.state().busy for item in items] == [False, False, False, True]
    assert all(item.parent() is found for item in items)
    assert [found.indexOfChild(item) for item in items] == [0, 1, 2, 3]


def test_what_is_seen_without_a_word_is_said(view: TranscriptView, one_of: SiblingsOf) -> None:
    view.show_path("c", [reply("| a |\n|-|\n| 1 |", created_at=1.0, ended_at=3.0)], one_of)
    (item,) = messages_of(view)
    assert item.text(Name) == "Reply: Table, 1 column, 1 row:\na: 1\nEnd of the table."
    assert item.text(About).endswith(", 2.0 s")
    assert "·" not in item.text(About)


def test_everything_that_is_there_knows_its_place_among_its_siblings(
    view: TranscriptView, talk: Talk, one_of: SiblingsOf
) -> None:
    view.show_path("c", talk(30), one_of)
    QApplication.processEvents()  # the scroll bar takes its room
    found = node(view)
    for index, child in enumerate(children(found)):
        assert found.indexOfChild(child) == index
    assert found.childCount() == 32  # and the viewport with its buttons, and the scroll bar
    names = {inner.text(Name) for bar in children(found.child(30)) for inner in children(bar)}
    assert {"Copy message", "Try again", "More"} <= names


def test_a_message_is_where_it_is_seen(view: TranscriptView, talk: Talk, one_of: SiblingsOf) -> None:
    view.show_path("c", talk(60), one_of)
    view.jump_to("30")
    found = node(view)
    item = found.child(30)
    corner = view.viewport().mapFromGlobal(item.rect().topLeft())
    assert corner.y() == place_on_screen(view, "30")
    assert not item.state().offscreen
    assert found.child(0).state().offscreen
    centre = item.rect().center()
    assert found.childAt(centre.x(), centre.y()) is item


def test_the_message_that_the_keyboard_is_at_has_the_focus(
    view: TranscriptView, talk: Talk, one_of: SiblingsOf, qtbot: QtBot
) -> None:
    view.show_path("c", talk(8), one_of)
    view.activateWindow()
    view.setFocus()
    qtbot.waitUntil(view.hasFocus)
    qtbot.keyClick(view, Qt.Key.Key_Up)
    found = node(view)
    assert found.focusChild() is found.child(7)
    assert [item.state().focused for item in messages_of(view)] == [False] * 7 + [True]
    qtbot.keyClick(view, Qt.Key.Key_Up)
    assert found.focusChild() is found.child(6)
    view.focusNextPrevChild(True)
    assert found.focusChild().text(Name) == "Copy message"


def test_an_item_stays_itself_when_older_ones_come_above(
    view: TranscriptView, tree: Tree, loaded: object
) -> None:
    tree.show(view)
    first = node(view).child(0)
    words = first.text(Name)
    loaded()  # type: ignore[operator]
    assert first.text(Name) == words
    assert node(view).indexOfChild(first) == len(view.rows) - 40


def test_what_is_gone_says_so_and_does_no_harm(view: TranscriptView, talk: Talk, one_of: SiblingsOf) -> None:
    view.show_path("c", talk(8), one_of)
    view.show_path("c", talk(5), one_of)
    assert len(messages_of(view)) == 5
    lone = node(view).node("nowhere")  # type: ignore[attr-defined]
    assert not lone.isValid()
    assert lone.text(Name) == ""
    assert lone.state().invalid
    assert lone.rect().isEmpty()


def test_views_and_their_items_come_and_go(qtbot: QtBot, talk: Talk, one_of: SiblingsOf) -> None:
    before = set(listening._nodes)
    for _ in range(12):
        view = TranscriptView()
        view.show_path("c", talk(6), one_of)
        items = messages_of(view)
        ids = [QAccessible.uniqueId(item) for item in items]
        view.show_path("d", talk(3), one_of)
        view.deleteLater()
        QApplication.sendPostedEvents(view, QEvent.Type.DeferredDelete)
        del view, items
        gc.collect()
        assert all(QAccessible.accessibleInterface(identity) is None for identity in ids)
    assert set(listening._nodes) <= before


def test_the_beginning_and_the_end_of_a_reply_are_said_and_nothing_between(
    view: TranscriptView, streaming: Message, one_of: SiblingsOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    view.show_path("c", [], one_of)
    heard = Listener()
    monkeypatch.setattr(announcing, "QAccessible", heard)
    view.add_message(streaming)
    assert heard.said == ["The reply begins"]
    for _ in range(20):
        view.grow("reply", "words ")
        view._on_frame()
    assert heard.said == ["The reply begins"]
    view.end(reply("words " * 20, "reply", status=Status.STOPPED))
    assert heard.said == ["The reply begins", "Stopped. The text so far is kept."]


def test_nobody_listening_costs_nothing(view: TranscriptView, talk: Talk, one_of: SiblingsOf) -> None:
    QAccessible.setActive(False)
    before = set(listening._nodes)
    view.show_path("c", talk(8), lambda identity: Siblings((identity,)))
    view.choose(3)
    assert set(listening._nodes) <= before


def test_who_comes_back_from_a_menu_hears_the_message_again(
    view: TranscriptView, talk: Talk, one_of: SiblingsOf, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    view.show_path("c", talk(8), one_of)
    view.activateWindow()
    view.setFocus()
    qtbot.waitUntil(view.hasFocus)
    qtbot.keyClick(view, Qt.Key.Key_Up)
    told: list[str] = []
    monkeypatch.setattr(listening, "tell_focus", lambda view, message_id: told.append(message_id))
    view.clearFocus()
    view.setFocus(Qt.FocusReason.PopupFocusReason)
    qtbot.waitUntil(lambda: told == [view.rows.messages[7].id])
