"""Mouse, keys, buttons and menus of the transcript: each does what it says, and each can be reached."""

import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QColor, QCursor, QGuiApplication, QHelpEvent, QMouseEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu, QToolTip
from pytestqt.qtbot import QtBot

from pizzagpt_desktop.domain.conversation import FaultNote, Message, Role, Siblings, Status
from pizzagpt_desktop.domain.faults import FaultKind
from pizzagpt_desktop.ui import theme
from pizzagpt_desktop.ui.transcript.link_menu import MOST
from pizzagpt_desktop.ui.transcript.view import TranscriptView
from tests.helpers.transcripts import (
    SiblingsOf,
    Talk,
    button,
    clipboard,
    names,
    place_on_screen,
    reply,
    shown_text,
)


def test_code_is_copied_byte_for_byte_by_mouse_and_by_key(
    view: TranscriptView, one_of: SiblingsOf, qtbot: QtBot
) -> None:
    code = "\tif x:\n\n    y = '\u202e…'  \n" + "z\n" * 400
    view.show_path("c", [reply(f"1. so\n\n   text\n\n~~~py\n{code}~~~\n\nend")], one_of)
    view.verticalScrollBar().setValue(0)
    copy = button(view, "Copy code")
    assert copy.toolTip()
    qtbot.mouseClick(copy, Qt.MouseButton.LeftButton)
    assert clipboard() == code
    QGuiApplication.clipboard().clear()
    copy.setFocus()
    qtbot.keyClick(copy, Qt.Key.Key_Space)
    assert clipboard() == code


@pytest.mark.parametrize(
    ("facts", "name", "signal"),
    [
        ({"status": Status.STOPPED}, "Let the reply go on", "continue_requested"),
        ({"status": Status.INTERRUPTED}, "Let the reply go on", "continue_requested"),
        ({"status": Status.FAILED, "fault": FaultNote(FaultKind.NETWORK)}, "Try again", "retry_requested"),
        ({"status": Status.FAILED, "fault": FaultNote(FaultKind.AUTH)}, "Open the preferences", "preferences_requested"),
        ({"status": Status.FAILED}, "Try again", "retry_requested"),
    ],
)  # fmt: skip
def test_a_reply_that_did_not_end_well_says_so_and_offers_the_next_step(
    view: TranscriptView, one_of: SiblingsOf, qtbot: QtBot, facts: dict, name: str, signal: str
) -> None:
    view.show_path("c", [reply("half", **facts)], one_of)
    row = view.rows.row(0)
    assert row.status is not None
    assert row.status.words
    assert shown_text(view, 0) == "half"
    with qtbot.waitSignal(getattr(view, signal)) as caught:
        qtbot.mouseClick(button(view, name), Qt.MouseButton.LeftButton)
    assert caught.args in ([], ["r"])


def test_actions_stand_under_the_last_message_and_the_one_under_the_mouse(
    view: TranscriptView, qtbot: QtBot
) -> None:
    question = Message(id="q", conversation_id="c", parent_id=None, role=Role.USER, text="why")
    view.show_path(
        "c",
        [question, reply("because", "b")],
        lambda i: Siblings(("a", "b", "z"), 1) if i == "b" else Siblings((i,)),
    )
    assert names(view) == ["Copy message", "Try again", "Previous version", "Next version", "More"]
    for name, wanted in (("Previous version", "a"), ("Next version", "z")):
        with qtbot.waitSignal(view.branch_chosen) as caught:
            qtbot.mouseClick(button(view, name), Qt.MouseButton.LeftButton)
        assert caught.args == [wanted]
    bubble = view.rows.row(0).bubble
    qtbot.mouseMove(view.viewport(), QPoint(bubble.center().x(), place_on_screen(view, "q") + 10))
    qtbot.waitUntil(lambda: "Edit message" in names(view))
    with qtbot.waitSignal(view.edit_requested) as caught:
        qtbot.mouseClick(button(view, "Edit message"), Qt.MouseButton.LeftButton)
    assert caught.args == ["q"]


def test_reasoning_is_folded_until_asked_for(view: TranscriptView, one_of: SiblingsOf, qtbot: QtBot) -> None:
    view.show_path("c", [reply("answer", reasoning="first **think**\nthen more")], one_of)
    assert shown_text(view, 0) == "answer"
    qtbot.mouseClick(button(view, "Show reasoning"), Qt.MouseButton.LeftButton)
    assert shown_text(view, 0) == "first **think**\nthen more\nanswer"
    button(view, "Hide reasoning").setFocus()
    qtbot.keyClick(button(view, "Hide reasoning"), Qt.Key.Key_Space)
    assert shown_text(view, 0) == "answer"


def test_links_open_by_their_verdict(
    view: TranscriptView, one_of: SiblingsOf, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    tips: list[str] = []
    monkeypatch.setattr(QToolTip, "showText", lambda at, words, widget: tips.append(words))
    text = "[good](https://good.example/x?a=1&b) [bank.example](https://evil.example) [dead](javascript:1)"
    view.show_path("c", [reply(text)], one_of)
    row = view.rows.row(0)
    leaf = row.views[0]
    assert [link.href for _, _, link in leaf.document.links] == [
        "https://good.example/x?a=1&b",
        "https://evil.example",
    ]
    opened: list[str] = []
    doubted: list[str] = []
    view.link_opened.connect(opened.append)
    view.link_doubted.connect(doubted.append)
    words = leaf.text_between(0, None)
    at = {}
    for word in ("good", "bank", "dead"):
        layout = leaf.document.firstBlock().layout()
        x = layout.lineAt(0).cursorToX(words.index(word) + 1)[0]
        point = QPoint(int(row.body_left() + x) + 2, place_on_screen(view, "r") + leaf.top + 10)
        at[word] = point
        qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=point)
    assert opened == ["https://good.example/x?a=1&b"]
    QApplication.sendEvent(view.viewport(), QHelpEvent(QEvent.Type.ToolTip, at["good"], QCursor.pos()))
    assert tips == ["<p style='white-space: pre; margin: 0'>https://good.example/x?a=1&amp;b</p>"]
    assert doubted == ["https://evil.example"]


def test_text_is_selected_across_messages_with_the_mouse(
    view: TranscriptView, one_of: SiblingsOf, qtbot: QtBot
) -> None:
    view.show_path("c", [reply("alpha *beta*", "a"), reply("- gamma\n- delta", "b")], one_of)
    first, second = view.rows.row(0), view.rows.row(1)
    start = QPoint(first.body_left() + 1, place_on_screen(view, "a") + first.views[0].top + 8)
    end = QPoint(second.body_left() + 300, place_on_screen(view, "b") + second.views[1].top + 8)
    qtbot.mousePress(view.viewport(), Qt.MouseButton.LeftButton, pos=start)
    _drag(view, end)
    qtbot.mouseRelease(view.viewport(), Qt.MouseButton.LeftButton, pos=end)
    view.setFocus()
    qtbot.keyClick(view, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert clipboard() == "alpha *beta*\n\n- gamma\n- delta"
    middle = QPoint(second.body_left() + 300, place_on_screen(view, "b") + second.views[0].top + 8)
    qtbot.mousePress(view.viewport(), Qt.MouseButton.LeftButton, pos=start)
    _drag(view, middle)
    qtbot.mouseRelease(view.viewport(), Qt.MouseButton.LeftButton, pos=middle)
    qtbot.keyClick(view, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert clipboard() == "alpha *beta*\n\n- gamma"
    view.grab()


def _drag(view: TranscriptView, to: QPoint) -> None:

    left = Qt.MouseButton.LeftButton
    where = view.viewport().mapToGlobal(to)
    view.viewportEvent(
        QMouseEvent(
            QEvent.Type.MouseMove, to.toPointF(), where.toPointF(), left, left, Qt.KeyboardModifier.NoModifier
        )
    )


def test_everything_is_selected_and_copied_without_laying_it_out(
    view: TranscriptView, talk: Talk, one_of: SiblingsOf, qtbot: QtBot
) -> None:
    path = talk(500)
    view.show_path("c", path, one_of)
    view.setFocus()
    qtbot.keyClick(view, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    qtbot.keyClick(view, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert clipboard() == "\n\n".join(message.text for message in path)
    assert sum(view.rows.live(i) is not None for i in range(500)) < 60


def _menu_by_key(view: TranscriptView, qtbot: QtBot) -> QMenu:
    view.setFocus()
    qtbot.keyClick(view, Qt.Key.Key_Return)
    (menu,) = (found for found in view.findChildren(QMenu, "message_menu") if found.isVisible())
    return menu


@pytest.mark.qt_log_ignore("^This plugin does not support")
def test_the_links_of_a_message_are_opened_by_keys(
    view: TranscriptView, one_of: SiblingsOf, qtbot: QtBot
) -> None:
    text = (
        "[a **red** one](https://good.example/a) [no](javascript:1) <https://auto.example/x>\n\n- [R&D](https://r.example)\n"
        "\n[paypal.com](https://evil.example) ![p](https://p.example/p.png)"
    )
    view.show_path("c", [reply(text)], one_of)
    menu = _menu_by_key(view, qtbot)
    assert menu.activeAction() is menu.actions()[0]
    links = menu.findChild(QMenu, "links")
    assert [action.text() for action in links.actions()] == [
        "a red one — good.example", "https://auto.example/x", "R&&D — r.example", "paypal.com — evil.example",
    ]  # fmt: skip
    with qtbot.waitSignal(view.link_opened) as opened:
        links.actions()[0].trigger()
    assert opened.args == ["https://good.example/a"]
    with qtbot.waitSignal(view.link_doubted) as doubted:
        links.actions()[3].trigger()
    assert doubted.args == ["https://evil.example"]
    menu.close()


@pytest.mark.qt_log_ignore("^This plugin does not support")
def test_links_of_one_name_are_told_apart_and_each_place_is_offered_once(
    view: TranscriptView, one_of: SiblingsOf, qtbot: QtBot
) -> None:
    text = (
        "[here](https://a.example/first) [here](https://a.example/second) [here](https://a.example/first)\n\n"
        "[write](mailto:me@mail.example?subject=x)"
    )
    view.show_path("c", [reply(text)], one_of)
    menu = _menu_by_key(view, qtbot)
    links = menu.findChild(QMenu, "links")
    assert [action.text() for action in links.actions()] == [
        "here — a.example", "here — a.example/second", "write — me@mail.example",
    ]  # fmt: skip
    with qtbot.waitSignal(view.link_opened) as opened:
        links.actions()[1].trigger()
    assert opened.args == ["https://a.example/second"]
    menu.close()


@pytest.mark.qt_log_ignore("^This plugin does not support")
def test_of_many_links_the_menu_has_some_and_a_message_without_has_none(
    view: TranscriptView, one_of: SiblingsOf, qtbot: QtBot
) -> None:
    text = " ".join(f"[{number} {'x' * 90}](https://a.example/{number})" for number in range(40))
    view.show_path("c", [reply(text)], one_of)
    menu = _menu_by_key(view, qtbot)
    links = menu.findChild(QMenu, "links").actions()
    assert len(links) == MOST + 1
    assert len(links[0].text()) < 80
    assert links[-1].text() == "10 more in the source"
    with qtbot.waitSignal(view.source_requested):
        links[-1].trigger()
    menu.close()
    view.show_path("d", [reply("none", "d")], one_of)
    view.current = None
    menu = _menu_by_key(view, qtbot)
    assert menu.findChild(QMenu, "links") is None
    menu.close()


def test_keys_scroll_choose_and_open_the_menu(
    view: TranscriptView, talk: Talk, one_of: SiblingsOf, qtbot: QtBot
) -> None:
    view.show_path("c", talk(60), one_of)
    bar = view.verticalScrollBar()
    view.setFocus()
    qtbot.keyClick(view, Qt.Key.Key_Home)
    assert bar.value() == 0
    qtbot.keyClick(view, Qt.Key.Key_PageDown)
    assert bar.value() > 300
    qtbot.keyClick(view, Qt.Key.Key_End)
    assert view.follows_end
    qtbot.keyClick(view, Qt.Key.Key_Up)
    assert view.current == 59
    for _ in range(30):
        qtbot.keyClick(view, Qt.Key.Key_Up)
    assert view.current is not None
    assert view.current < 50
    assert -5 <= place_on_screen(view, str(view.current)) < view.viewport().height()
    menu = view._hands.menu(view.current, None)
    assert next(a.text() for a in menu.actions() if a.text()) == "Copy message"
    menu.actions()[0].trigger()
    assert clipboard() == view.rows.messages[view.current].text
    menu.deleteLater()
    qtbot.keyClick(view, Qt.Key.Key_Escape)
    assert view.current is None


def test_tab_goes_through_the_buttons_and_out(view: TranscriptView, one_of: SiblingsOf, qtbot: QtBot) -> None:
    view.show_path("c", [reply("```\na\n```\n\n```\nb\n```", reasoning="r", status=Status.STOPPED)], one_of)
    view.activateWindow()
    view.setFocus()
    qtbot.waitUntil(view.hasFocus)
    seen = []
    card = ["Wrap long lines", "Save code as a file", "Copy code"]
    for _ in range(10):
        assert view.focusNextPrevChild(True)
        widget = view.focusWidget()
        seen.append(widget.accessibleName())
    assert seen == [
        "Show reasoning",
        *card,
        *card,
        "Let the reply go on",
        "Copy message",
        "Try again",
    ]


def test_the_wheel_scrolls(view: TranscriptView, talk: Talk, one_of: SiblingsOf) -> None:
    view.show_path("c", talk(60), one_of)
    before = place_on_screen(view, "59")
    wheel = QWheelEvent(
        QPoint(300, 200).toPointF(), QPoint(300, 200).toPointF(), QPoint(0, 37), QPoint(0, 120),
        Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.ScrollUpdate, False,
    )  # fmt: skip
    assert view.viewportEvent(wheel)
    assert place_on_screen(view, "59") == before + 37
    assert not view.follows_end


def test_the_small_line_names_the_provider_as_soon_as_its_label_is_known(
    view: TranscriptView, one_of: SiblingsOf
) -> None:
    view.show_path("c", [reply("answer", provider="openai", model="kitchen")], one_of)
    row = view.rows.row(0)
    assert row.meta == "openai · kitchen"
    view.name_providers({"openai": "OpenAI-compatible"})
    assert row.meta == "OpenAI-compatible · kitchen"
    view.show_path("d", [reply("other", "x", provider="gone")], one_of)
    assert view.rows.row(0).meta == "gone"


def test_a_view_that_a_key_has_reached_shows_so(view: TranscriptView, one_of: SiblingsOf) -> None:
    view.show_path("c", [reply("words")], one_of)

    def has_ring() -> bool:
        picture = view.viewport().grab().toImage()
        return picture.pixelColor(picture.width() // 2, 1) == QColor(theme.LIGHT.accent)

    view.clearFocus()
    view.setFocus(Qt.FocusReason.TabFocusReason)
    assert has_ring()
    view.choose(0)
    assert not has_ring(), "the message has it"
    view.current = None
    assert has_ring()
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(300, 40))
    assert not has_ring(), "a hand on the mouse needs none"
    view.clearFocus()
    view.setFocus(Qt.FocusReason.BacktabFocusReason)
    assert has_ring()
    view.clearFocus()
    assert not has_ring()


def test_only_the_tip_of_a_long_address_is_broken(
    view: TranscriptView, one_of: SiblingsOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    tips: list[str] = []
    monkeypatch.setattr(QToolTip, "showText", lambda at, words, widget: tips.append(words))
    for number, path in enumerate(("page", "x" * 100)):
        view.show_path(f"c{number}", [reply(f"[words](https://example.org/{path})")], one_of)
        at = QPoint(view.rows.row(0).body_left() + 8, place_on_screen(view, "r") + 8)
        QApplication.sendEvent(view.viewport(), QHelpEvent(QEvent.Type.ToolTip, at, QCursor.pos()))
    short, long = tips
    assert "white-space: pre;" in short
    assert "white-space: pre-wrap;" in long
