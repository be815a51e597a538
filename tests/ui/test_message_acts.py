"""What is done with single messages: quoting, details, source, jumps; each by key, by menu and by the table."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QContextMenuEvent, QTextCursor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QMenu, QPlainTextEdit, QPushButton, QToolButton

from pizzagpt_desktop.domain.conversation import Message, Role, Siblings
from pizzagpt_desktop.ui.message_acts import beside, quotation
from pizzagpt_desktop.ui.transcript.details import Details
from pizzagpt_desktop.ui.transcript.selection import BEYOND, Position, Selection
from pizzagpt_desktop.ui.transcript.source import SourceView
from tests.helpers.transcripts import clipboard, place_on_screen, reply
from tests.helpers.ui_parts import Rig, names_of_unlabelled

pytestmark = pytest.mark.qt_log_ignore("^This plugin does not support")

CONTROLS = (QToolButton, QPushButton, QLineEdit, QPlainTextEdit)


def show(rig: Rig, *messages: Message) -> None:
    """These messages in the window, at once."""
    rig.window.page.show_empty(False)
    view = rig.window.page.transcript
    view.set_reduced_motion(True)
    view.show_path("c", messages, lambda identity: Siblings((identity,), 0))
    rig.window.actions_by_id.enable(conversation=True, answering=False)
    QApplication.processEvents()


def mine(text: str, identity: str = "u") -> Message:
    return Message(id=identity, conversation_id="c", parent_id=None, role=Role.USER, text=text)


@pytest.mark.parametrize(
    ("text", "quoted"),
    [
        ("one", "> one"),
        ("one\n\ntwo\n", "> one\n>\n> two"),
        ("> deeper", "> > deeper"),
        ("```\n  x\n```", "> ```\n>   x\n> ```"),
    ],
)
def test_every_line_is_quoted(text: str, quoted: str) -> None:
    assert quotation(text) == quoted


def test_a_quotation_is_a_paragraph_of_its_own() -> None:
    assert beside("", "> a") == "> a\n\n"
    assert beside("draft", "> a") == "\n\n> a\n\n"
    assert beside("draft\n", "> a") == "\n> a\n\n"
    assert beside("draft\n\n", "> a") == "> a\n\n"


async def test_quoting_keeps_the_draft_and_can_be_undone(rig: Rig) -> None:
    show(rig, mine("why"), reply("Because\nof **this**."))
    composer = rig.window.page.composer
    QTest.keyClicks(composer.text_edit, "a draft")
    QTest.keyClick(
        rig.window, Qt.Key.Key_E, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    )
    assert composer.text() == "a draft\n\n> Because\n> of **this**.\n\n"
    assert composer.text_edit.hasFocus()
    QTest.keyClicks(composer.text_edit, "So?")
    assert composer.text().endswith("**this**.\n\nSo?")
    for _ in range(2):
        composer.text_edit.undo()
    assert composer.text() == "a draft"


async def test_what_is_selected_is_quoted_and_else_the_chosen_message(rig: Rig) -> None:
    show(rig, mine("first", "a"), reply("some words here", "b"), mine("last", "z"))
    view, composer = rig.window.page.transcript, rig.window.page.composer
    view.select(Selection(Position(1, 0, 5), Position(1, 0, 10)))
    view.commands.quote("a")
    assert composer.text() == "> words\n\n"
    view.select(None)
    composer.set_text("")
    view.choose(0)
    rig.window.actions_by_id.run("quote")
    assert composer.text() == "> first\n\n"
    composer.set_text("")
    view.select(Selection.all_of(view.rows))
    rig.window.actions_by_id.run("quote")
    assert composer.text() == "> first\n>\n> some words here\n>\n> last\n\n"
    assert view.selection.end.leaf == BEYOND


async def test_what_is_too_long_to_quote_is_refused_in_words(rig: Rig) -> None:
    show(rig, reply("x" * 200_000))
    rig.window.actions_by_id.run("quote")
    assert rig.window.page.composer.text() == ""
    assert any("too long to quote" in found.text() for found in rig.window.page.notices.findChildren(QLabel))


async def test_details_are_shown_and_copied(rig: Rig) -> None:
    calls = (
        {"id": "1", "name": "look_up", "arguments": '{"for": "pizza"}'},
        {"name": "stop", "arguments": ""},
    )
    show(rig, reply("half", model="kitchen", usage={"output_tokens": 7}, tool_calls=calls))
    QTest.keyClick(rig.window, Qt.Key.Key_I, Qt.KeyboardModifier.ControlModifier)
    dialog = rig.find(Details, "details")
    assert dialog.isVisible()
    assert rig.find(QLabel, "fact_model").text() == "kitchen"
    assert names_of_unlabelled(dialog, CONTROLS) == []
    arguments = rig.find(QPlainTextEdit, "tool_arguments_1")
    assert not arguments.isVisible()
    fold = rig.find(QToolButton, "tool_1")
    fold.setFocus()
    QTest.keyClick(fold, Qt.Key.Key_Space)
    assert arguments.isVisible()
    assert arguments.toPlainText() == '{"for": "pizza"}'
    assert not rig.find(QToolButton, "tool_2").isEnabled()
    rig.find(QPushButton, "copy_details").click()
    assert "Model: kitchen\n" in clipboard()
    assert 'The model asked for look_up; tools are not run.\n{"for": "pizza"}' in clipboard()
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.isVisible()


async def test_a_message_of_mine_says_where_it_went_and_how_much_of_it(rig: Rig) -> None:
    answer = reply("half", model="kitchen", provider="openai", route="api.example.com", bytes_sent=1234)
    show(rig, mine("Hi"), replace(answer, parent_id="u"), mine("Unsent", "other"))
    rig.window.page.transcript.details_requested.emit("u")
    text = rig.find(Details, "details").text
    for line in ("Model: kitchen", "Route: api.example.com", "Bytes: 1,234 sent, 0 received"):
        assert line in text.splitlines()
    assert "Sent to: " in text
    rig.find(Details, "details").reject()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    rig.window.page.transcript.details_requested.emit("other")
    assert "Route" not in rig.find(Details, "details").text


async def test_a_reply_that_asked_for_a_tool_says_so_and_leads_to_the_details(rig: Rig) -> None:
    show(rig, reply("", tool_calls=({"name": "look_up", "arguments": "{}"},), finish_reason="tool_calls"))
    view = rig.window.page.transcript
    row = view.rows.row(0)
    assert row.status is not None
    assert row.status.words == "The model asked for look_up; tools are not run."
    button = next(b for b in view.findChildren(QToolButton) if b.accessibleName() == "Details of the message")
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert rig.find(Details, "details").isVisible()


SOURCE = (
    "# Head\r\n\n\u2028**bold**\u00a0\U0001f355 " + " ".join(f"w{i}" for i in range(3_000)) + "\n\tend\u202e"
)


async def test_the_source_is_exact_and_can_be_copied_in_part(rig: Rig) -> None:
    show(rig, reply(SOURCE))
    rig.window.actions_by_id.run("source")
    dialog = rig.find(SourceView, "source_view")
    assert names_of_unlabelled(dialog, (QToolButton, QPushButton, QLineEdit)) == []
    rig.find(QPushButton, "copy_source").click()
    assert clipboard() == SOURCE
    text = dialog.text
    text.selectAll()
    assert text.createMimeDataFromSelection().text() == SOURCE
    cursor = text.textCursor()
    for words in (
        "# Head\r\n",
        "**bold**\u00a0\U0001f355 w0",
        "w500 w501",
        "w1400 w1401",
        "w2700 w2701",
        "w2999\n\tend",
    ):
        start = SOURCE.index(words)
        at = len(SOURCE[:start].encode("utf-16-le")) // 2
        size = len(words.encode("utf-16-le")) // 2
        # Broken lines put places of the document further on than those of the source.
        for broken in range(8):
            cursor.setPosition(min(at + broken, text.document().characterCount() - 1))
            last = min(at + broken + size, text.document().characterCount() - 1)
            cursor.setPosition(last, QTextCursor.MoveMode.KeepAnchor)
            text.setTextCursor(cursor)
            if text.createMimeDataFromSelection().text() == words:
                break
        else:
            raise AssertionError(words)
        shown = cursor.selectedText().replace("\u2029", "")
        assert shown.startswith(words[:2])
    dialog.accept()


async def test_the_source_is_searched_round_and_round(rig: Rig) -> None:
    show(rig, reply("alpha beta\nbeta gamma\n" + "x" * 120_000 + "\nbeta end"))
    rig.window.actions_by_id.run("source")
    dialog = rig.find(SourceView, "source_view")
    await rig.until(lambda: dialog.text.toPlainText().endswith("beta end"))
    QTest.keyClick(dialog, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    assert dialog.field.hasFocus()
    QTest.keyClicks(dialog.field, "beta")
    places = []
    for _ in range(4):
        places.append(dialog.text.textCursor().selectionStart())
        QTest.keyClick(dialog, Qt.Key.Key_F3)
    assert places[0] == places[3]
    assert sorted(places[:3]) == places[:3]
    assert len(set(places)) == 3
    QTest.keyClick(dialog, Qt.Key.Key_F3, Qt.KeyboardModifier.ShiftModifier)
    assert dialog.text.textCursor().selectionStart() == places[3]
    dialog.field.setText("absent")
    assert dialog.said.text() == "Nothing found"
    dialog.accept()


async def test_jumps_go_from_message_to_message_and_from_code_to_code(rig: Rig) -> None:
    code = (
        "Some text. " * 40
        + "\n\n```py\nx = 1\n```\n\n"
        + "More. " * 300
        + "\n\n~~~\ny\n~~~\n\n"
        + "End. " * 300
    )
    show(rig, *(reply(code if number % 3 == 1 else "Plain. " * 200, str(number)) for number in range(9)))
    view, run = rig.window.page.transcript, rig.window.actions_by_id.run
    run("start")
    assert place_on_screen(view, "0") == 24
    for number in (1, 2, 3):
        run("next_message")
        assert view.current == number
        assert 0 <= place_on_screen(view, str(number)) <= 24
    run("previous_message")
    assert view.current == 2
    run("start")
    view.current = None
    seen = []
    for _ in range(8):
        run("next_code")
        assert view.current is not None
        heads = dict(view.rows.row(view.current).code_heads())
        top = place_on_screen(view, str(view.current))
        seen.append((view.current, *(leaf for leaf, head in heads.items() if abs(head.top() + top - 8) <= 1)))
    assert seen[:6] == [
        (index, leaf) for index in (1, 4, 7) for leaf in dict(view.rows.row(index).code_heads())
    ]
    assert seen[6] == seen[7]
    for expected in reversed(seen[:5]):
        run("previous_code")
        assert view.current == expected[0]
    run("end")
    assert view.follows_end


async def test_a_message_taller_than_the_screen_is_gone_back_to_its_beginning_first(rig: Rig) -> None:
    show(rig, reply("Words. " * 3_000, "a"), reply("Words. " * 3_000, "b"))
    view, run = rig.window.page.transcript, rig.window.actions_by_id.run
    assert view.follows_end
    run("previous_message")
    assert view.current == 1
    assert 0 <= place_on_screen(view, "b") <= 24
    run("previous_message")
    assert view.current == 0


@pytest.mark.parametrize("keys", ["menu", "shift+f10", "enter"])
async def test_the_keyboard_opens_the_menu_of_a_message_also_where_none_is_chosen(
    rig: Rig, keys: str
) -> None:
    show(rig, mine("first", "a"), reply("second", "b"))
    view = rig.window.page.transcript
    view.setFocus()
    if keys == "enter":
        QTest.keyClick(view, Qt.Key.Key_Return)
    elif keys == "menu":
        QTest.keyClick(view, Qt.Key.Key_Menu)
    else:
        QTest.keyClick(view, Qt.Key.Key_F10, Qt.KeyboardModifier.ShiftModifier)
    menu = rig.find(QMenu, "message_menu")
    assert menu.isVisible()
    assert view.current == 1
    menu.close()


async def test_every_action_of_a_message_is_done_by_keys_alone(make_rig: Callable[..., Rig]) -> None:
    """From the composer: Shift+Tab to the messages, Up to one, Enter for its menu, and down to each entry."""
    rig = make_rig()
    rig.show()
    await rig.say("A question", "An answer with\n\n```py\nx = 1\n```\n")
    await rig.say("Another", "Another answer")
    view = rig.window.page.transcript
    view.set_reduced_motion(True)
    asked: dict[str, list[str]] = {}
    for signal in ("retry", "edit", "quote", "details", "source", "removal", "copy"):
        heard = asked.setdefault(signal, [])
        getattr(view, f"{signal}_requested").connect(heard.append)

    def menu_entry(words: str, ups: int) -> None:
        view.setFocus()
        view.current = None
        for _ in range(ups):
            QTest.keyClick(view, Qt.Key.Key_Up)
        QTest.keyClick(view, Qt.Key.Key_Return)
        menu = rig.window.findChild(QMenu, "message_menu")
        assert menu is not None
        for _ in range(30):
            QTest.keyClick(menu, Qt.Key.Key_Down)
            if menu.activeAction() is not None and menu.activeAction().text() == words:
                break
        else:
            raise AssertionError(f"no {words}")
        QTest.keyClick(menu, Qt.Key.Key_Return)
        QApplication.processEvents()
        for dialog in rig.window.findChildren(Details) + rig.window.findChildren(SourceView):
            dialog.reject()
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)

    menu_entry("Copy message", 1)
    assert clipboard() == "Another answer"
    menu_entry("Copy code", 3)
    assert clipboard() == "x = 1\n"
    for words, signal, ups in (
        ("Quote message", "quote", 1),
        ("Details…", "details", 1),
        ("Show source…", "source", 2),
        ("Edit message", "edit", 2),
    ):
        menu_entry(words, ups)
        assert len(asked[signal]) == 1, words
    QTest.keyClick(rig.window.page.composer.text_edit, Qt.Key.Key_Escape)
    menu_entry("Try again", 1)
    rig.prompter.say("Answered anew")
    rig.prompter.end()
    conversation = rig.window.desk.conversation.id
    await rig.until(lambda: not rig.service.is_answering(conversation))
    assert view.rows.messages[-1].text == "Answered anew"
    menu_entry("Previous version", 1)
    assert view.rows.messages[-1].text == "Another answer"
    menu_entry("Delete branch", 1)
    assert [message.text for message in view.rows.messages][-1] == "Answered anew"
    rig.window.actions_by_id.run("undo_library")
    assert view.rows.messages[-1].text == "Another answer"
    menu_entry("Branch to new conversation", 3)
    assert rig.window.desk.conversation.id != conversation
    assert len(view.rows) == 2


async def test_the_message_that_commands_mean_is_seen_also_while_one_writes(rig: Rig) -> None:
    show(rig, *(mine(f"text {number}", str(number)) for number in range(3)))
    view = rig.window.page.transcript
    rig.window.page.focus_composer()
    plain = view.viewport().grab().toImage()
    rig.window.actions_by_id.run("next_message")
    assert view.current is not None
    assert view.viewport().grab().toImage() != plain
    view.add_message(mine("the talk goes on", "new"))
    assert view.current is None


async def test_from_a_button_the_menu_is_that_of_its_message(rig: Rig) -> None:
    show(rig, mine("first", "a"), reply("one\n\n```\nx\n```\n", "b"), mine("last", "z"))
    view = rig.window.page.transcript
    button = next(b for b in view.findChildren(QToolButton) if b.accessibleName() == "Copy code")
    button.setFocus()
    at = button.rect().center()
    event = QContextMenuEvent(QContextMenuEvent.Reason.Keyboard, at, button.mapToGlobal(at))
    QApplication.sendEvent(button, event)
    assert view.current == 1
    assert rig.find(QMenu, "message_menu").isVisible()
