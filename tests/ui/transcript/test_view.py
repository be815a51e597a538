"""The transcript as a reader meets it: what is shown, what stays still, what a key or click does."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QFont, QGuiApplication, QWheelEvent
from PySide6.QtWidgets import QPushButton, QToolButton
from pytestqt.qtbot import QtBot

from pizzagpt_desktop.domain.blocks import Raw
from pizzagpt_desktop.domain.conversation import FaultNote, Message, Role, Siblings, Status
from pizzagpt_desktop.domain.faults import FaultKind
from pizzagpt_desktop.ui import theme
from pizzagpt_desktop.ui.transcript.view import TranscriptView

Talk = Callable[[int], list[Message]]
SiblingsOf = Callable[[str], Siblings]


def reply(text: str, identity: str = "r", **facts: object) -> Message:
    return Message(id=identity, conversation_id="c", parent_id=None, role=Role.ASSISTANT, text=text, **facts)  # type: ignore[arg-type]


def button(view: TranscriptView, name: str) -> QToolButton:
    found = [b for b in view.findChildren(QToolButton) if b.accessibleName() == name and b.isVisible()]
    assert found, f"no button {name!r}"
    return found[0]


def names(view: TranscriptView) -> list[str]:
    return [b.accessibleName() for b in view.findChildren(QToolButton) if b.isVisible()]


def place_on_screen(view: TranscriptView, identity: str) -> int:
    """The y in the viewport at which a message begins."""
    index = view.rows.index_of(identity)
    assert index is not None
    return view.rows.heights.top(index) - view.scroll_y


def frames(view: TranscriptView, qtbot: QtBot) -> None:
    """Until the view has drawn all it was given."""
    qtbot.waitUntil(lambda: not view._frame.isActive())


def shown_text(view: TranscriptView, index: int) -> str:
    row = view.rows.row(index)
    return "\n".join(leaf.text_between(0, None) for leaf in row.views)


def clipboard() -> str:
    return QGuiApplication.clipboard().text()


def test_nothing_is_shown_for_an_empty_conversation(view: TranscriptView, one_of: SiblingsOf) -> None:
    view.show_path("c", [], one_of)
    assert len(view.rows) == 0
    assert view.verticalScrollBar().maximum() == 0
    view.grab()
    for key in (Qt.Key.Key_Down, Qt.Key.Key_Home, Qt.Key.Key_End, Qt.Key.Key_PageUp):
        view.event(_key(key))


def _key(key: Qt.Key) -> QEvent:
    from PySide6.QtGui import QKeyEvent

    return QKeyEvent(QEvent.Type.KeyPress, key, Qt.KeyboardModifier.NoModifier)


def test_a_conversation_opens_at_its_end_and_few_rows_are_laid_out(
    view: TranscriptView, talk: Talk, one_of: SiblingsOf
) -> None:
    view.show_path("c", talk(3_000), one_of)
    bar = view.verticalScrollBar()
    assert bar.maximum() > 100_000
    assert bar.value() == bar.maximum()
    assert view.follows_end
    assert sum(view.rows.live(i) is not None for i in range(3_000)) < 40


def test_markdown_is_drawn_as_blocks_and_html_as_characters(view: TranscriptView, one_of: SiblingsOf) -> None:
    view.show_path("c", [reply("# Head\n\n<b>no</b> **yes**\n\n- one\n\n```py\nx = '<i>'\n```")], one_of)
    assert shown_text(view, 0) == "Head\n<b>no</b> yes\none\nx = '<i>'"


def test_the_users_text_is_shown_as_written(view: TranscriptView, one_of: SiblingsOf) -> None:
    text = "  **not bold** <b>\n\n\tsecond"
    message = Message(id="u", conversation_id="c", parent_id=None, role=Role.USER, text=text)
    view.show_path("c", [message], one_of)
    assert shown_text(view, 0) == text
    assert isinstance(view.rows.row(0).views[0].leaf.content, Raw)


def test_text_that_arrives_is_collected_and_drawn_in_the_next_frame(
    view: TranscriptView, streaming: Message, one_of: SiblingsOf, qtbot: QtBot
) -> None:
    view.show_path("c", [streaming], one_of)
    for word in ("Hel", "lo **wor", "ld**\n\nsec", "ond"):
        view.grow("reply", word)
    assert shown_text(view, 0) == ""
    frames(view, qtbot)
    assert shown_text(view, 0) == "Hello world\nsecond"
    first = view.rows.row(0).views[0]
    document = first.document
    view.grow("reply", " paragraph")
    frames(view, qtbot)
    assert view.rows.row(0).views[0] is first
    assert first.document is document, "a sealed paragraph was built again"
    view.end(reply("Hello world\n\nother", "reply"))
    frames(view, qtbot)
    assert shown_text(view, 0) == "Hello world\nother"


def test_growing_code_is_added_to_and_not_built_again(
    view: TranscriptView, streaming: Message, one_of: SiblingsOf, qtbot: QtBot
) -> None:
    view.show_path("c", [streaming], one_of)
    view.grow("reply", "```py\nfirst = 1\nsec")
    frames(view, qtbot)
    document = view.rows.row(0).views[0].document
    view.grow("reply", "ond = 2\n")
    frames(view, qtbot)
    view.grow("reply", "third\n```\n")
    frames(view, qtbot)
    assert view.rows.row(0).views[0].document is document
    assert shown_text(view, 0) == "first = 1\nsecond = 2\nthird"


def test_the_end_is_followed_only_from_the_end(
    view: TranscriptView, talk: Talk, streaming: Message, one_of: SiblingsOf, qtbot: QtBot
) -> None:
    view.show_path("c", [*talk(40), streaming], one_of)
    bar = view.verticalScrollBar()
    view.grow("reply", "line\n\n" * 30)
    frames(view, qtbot)
    assert bar.value() == bar.maximum()

    with qtbot.waitSignal(view.follow_changed) as signal:
        bar.setValue(bar.value() - 700)
    assert signal.args == [False]
    jump = view.findChild(QPushButton, "newText")
    assert not jump.isVisible()
    before = {i: place_on_screen(view, str(i)) for i in range(36, 40)}
    view.grow("reply", "more\n\n" * 30)
    frames(view, qtbot)
    assert {i: place_on_screen(view, str(i)) for i in range(36, 40)} == before
    assert jump.isVisible()
    assert jump.accessibleName()
    qtbot.mouseClick(jump, Qt.MouseButton.LeftButton)
    assert view.follows_end
    assert bar.value() == bar.maximum()
    assert not jump.isVisible()


def test_what_one_reads_stays_when_heights_above_become_true(
    view: TranscriptView, talk: Talk, one_of: SiblingsOf
) -> None:
    view.show_path("c", talk(400), one_of)
    view.jump_to("200")
    assert abs(place_on_screen(view, "200")) <= 40
    place = place_on_screen(view, "200")
    index = view.rows.index_of("200")
    assert index is not None
    view.rows.heights.set(index - 50, 4_000)  # as when a row above is measured
    view.arrange()
    assert place_on_screen(view, "200") == place


def test_a_line_stays_at_the_top_through_resize_and_font(
    view: TranscriptView, one_of: SiblingsOf, qtbot: QtBot
) -> None:
    words = " ".join(f"w{i}" for i in range(3_000))
    view.show_path("c", [reply(words + "\n\n" + words)], one_of)
    bar = view.verticalScrollBar()
    bar.setValue(bar.maximum() // 3)
    row = view.rows.row(0)

    def top_word() -> int:
        leaf, offset = view.rows.row(0).position_at(row.body_left(), view.scroll_y)
        text = view.rows.row(0).views[leaf].text_between(max(0, offset - 6), offset + 12)
        return int(next(word[1:] for word in text.split()[1:] if word[1:].isdigit()))

    at = top_word()
    view.resize(520, 600)
    assert abs(top_word() - at) <= 16
    view.resize(800, 600)
    assert abs(top_word() - at) <= 16
    font = QFont(view.font())
    font.setPointSizeF(font.pointSizeF() * 1.5)
    view.set_body_font(font)
    assert abs(top_word() - at) <= 16


def test_another_branch_keeps_the_place_and_another_conversation_has_its_own(
    view: TranscriptView, talk: Talk, one_of: SiblingsOf
) -> None:
    path = talk(100)
    view.show_path("c", path, one_of)
    view.jump_to("40")
    place = place_on_screen(view, "40")
    view.show_path("c", [*path[:60], reply("another end " * 40, "x")], one_of)
    assert place_on_screen(view, "40") == place
    view.show_path("d", talk(10), one_of)
    assert view.follows_end
    view.show_path("c", path, one_of)
    assert place_on_screen(view, "40") == place
    assert not view.follows_end


def test_ones_own_message_brings_the_end_into_sight(
    view: TranscriptView, talk: Talk, one_of: SiblingsOf
) -> None:
    view.show_path("c", talk(50), one_of)
    view.jump_to("3")
    view.add_message(Message(id="new", conversation_id="c", parent_id=None, role=Role.USER, text="new"))
    assert view.follows_end
    assert 0 <= place_on_screen(view, "new") < view.viewport().height()


def test_text_for_a_message_that_is_not_shown_is_ignored(
    view: TranscriptView, talk: Talk, one_of: SiblingsOf
) -> None:
    view.show_path("c", talk(3), one_of)
    view.grow("elsewhere", "text")
    view.end(reply("text", "elsewhere"))
    assert len(view.rows) == 3


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
    assert names(view) == ["Copy message", "Try again", "Previous version", "Next version"]
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


def test_links_open_by_their_verdict(view: TranscriptView, one_of: SiblingsOf, qtbot: QtBot) -> None:
    text = "[good](https://good.example/x) [bank.example](https://evil.example) [dead](javascript:1)"
    view.show_path("c", [reply(text)], one_of)
    row = view.rows.row(0)
    leaf = row.views[0]
    assert [link.href for _, _, link in leaf.document.links] == [
        "https://good.example/x",
        "https://evil.example",
    ]
    opened: list[str] = []
    doubted: list[str] = []
    view.link_opened.connect(opened.append)
    view.link_doubted.connect(doubted.append)
    words = leaf.text_between(0, None)
    for word in ("good", "bank", "dead"):
        layout = leaf.document.firstBlock().layout()
        x = layout.lineAt(0).cursorToX(words.index(word) + 1)[0]
        point = QPoint(int(row.body_left() + x) + 2, place_on_screen(view, "r") + leaf.top + 10)
        qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=point)
    assert opened == ["https://good.example/x"]
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
    from PySide6.QtGui import QMouseEvent

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
    for _ in range(6):
        assert view.focusNextPrevChild(True)
        widget = view.focusWidget()
        seen.append(widget.accessibleName())
    assert seen == [
        "Show reasoning",
        "Copy code",
        "Copy code",
        "Let the reply go on",
        "Copy message",
        "Try again",
    ]


def test_the_wheel_scrolls(view: TranscriptView, talk: Talk, one_of: SiblingsOf) -> None:
    view.show_path("c", talk(60), one_of)
    before = view.verticalScrollBar().value()
    wheel = QWheelEvent(
        QPoint(300, 200).toPointF(), QPoint(300, 200).toPointF(), QPoint(0, 37), QPoint(0, 120),
        Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.ScrollUpdate, False,
    )  # fmt: skip
    assert view.viewportEvent(wheel)
    assert view.verticalScrollBar().value() == before - 37
    assert not view.follows_end


def test_another_palette_and_font_redraw_everything(
    view: TranscriptView, talk: Talk, one_of: SiblingsOf
) -> None:
    view.show_path("c", talk(10), one_of)
    light = view.grab().toImage()
    view.set_palette(theme.DARK)
    dark = view.grab().toImage()
    assert light.pixelColor(2, 2).name().upper() == theme.LIGHT.window
    assert dark.pixelColor(2, 2).name().upper() == theme.DARK.window


def test_a_long_stored_reply_is_read_over_several_frames(
    view: TranscriptView, one_of: SiblingsOf, qtbot: QtBot
) -> None:
    text = "Some **words** here.\n\n" * 4_000
    view.show_path("c", [reply(text)], one_of)
    assert view.rows.row(0).busy
    qtbot.waitUntil(lambda: not view.rows.row(0).busy, timeout=20_000)
    frames(view, qtbot)
    assert len(view.rows.row(0).views) == 4_000
    assert sum(leaf.document is not None for leaf in view.rows.row(0).views) < 200


def test_a_reply_that_grows_out_of_sight_is_whole_when_one_gets_there(
    view: TranscriptView, talk: Talk, streaming: Message, one_of: SiblingsOf, qtbot: QtBot
) -> None:
    view.show_path("c", [*talk(200), streaming], one_of)
    view.jump_to("5")
    for part in ("one\n\n", "two\n\n", "three"):
        view.grow("reply", part)
        frames(view, qtbot)
    view.end(replace(streaming, text="one\n\ntwo\n\nthree", status=Status.COMPLETE))
    view.jump_to_end()
    frames(view, qtbot)
    assert shown_text(view, 200) == "one\ntwo\nthree"


def test_the_view_names_itself_to_assistive_technology(
    view: TranscriptView, talk: Talk, one_of: SiblingsOf
) -> None:
    view.show_path("c", talk(3), one_of)
    assert view.accessibleName() == "Conversation"
    assert view.accessibleDescription() == "3 messages"
    for each in view.findChildren(QToolButton):
        assert each.accessibleName()
        assert each.toolTip()
