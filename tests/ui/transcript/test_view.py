"""The transcript as a reader meets it: what is shown, and what stays still whatever else changes."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QFont, QWheelEvent
from PySide6.QtWidgets import QPushButton, QToolButton
from pytestqt.qtbot import QtBot

from pizzagpt_desktop.domain.blocks import Raw
from pizzagpt_desktop.domain.conversation import Message, Role, Status
from pizzagpt_desktop.ui import theme
from pizzagpt_desktop.ui.transcript.documents import Document, showable
from pizzagpt_desktop.ui.transcript.view import TranscriptView
from tests.helpers.transcripts import (
    SiblingsOf,
    Talk,
    frames,
    place_on_screen,
    reply,
    shown_text,
)

CORPUS = Path(__file__).parents[2] / "corpus" / "markdown"


def test_nothing_is_shown_for_an_empty_conversation(view: TranscriptView, one_of: SiblingsOf) -> None:
    view.show_path("c", [], one_of)
    assert len(view.rows) == 0
    assert view.verticalScrollBar().maximum() == 0
    view.grab()
    for key in (Qt.Key.Key_Down, Qt.Key.Key_Home, Qt.Key.Key_End, Qt.Key.Key_PageUp):
        view.event(_key(key))


def set_size(view: TranscriptView, points: float) -> None:
    font = QFont(view.font())
    font.setPointSizeF(points)
    view.set_body_font(font)


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
    jump = view.findChild(QPushButton, "new_text")
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


def test_a_message_that_is_added_does_not_move_the_reader(
    view: TranscriptView, talk: Talk, one_of: SiblingsOf
) -> None:
    view.show_path("c", talk(50), one_of)
    view.jump_to("3")
    place = place_on_screen(view, "3")
    view.add_message(Message(id="new", conversation_id="c", parent_id=None, role=Role.USER, text="new"))
    assert place_on_screen(view, "3") == place
    assert view.unseen
    view.jump_to_end()
    assert 0 <= place_on_screen(view, "new") < view.viewport().height()


def test_text_for_a_message_that_is_not_shown_is_ignored(
    view: TranscriptView, talk: Talk, one_of: SiblingsOf
) -> None:
    view.show_path("c", talk(3), one_of)
    view.grow("elsewhere", "text")
    view.end(reply("text", "elsewhere"))
    assert len(view.rows) == 3


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


@pytest.mark.parametrize("points", [7, 9, 14, 24])
def test_scrolling_up_into_rows_never_seen_moves_nothing_but_by_the_scroll(
    view: TranscriptView, one_of: SiblingsOf, points: float
) -> None:
    set_size(view, points)
    path = [reply("# Head\n\n" + "- item\n" * (i % 60) + "\n```\ncode\n```\n", f"m{i}") for i in range(60)]
    view.show_path("c", path, one_of)
    bar = view.verticalScrollBar()
    for _ in range(200):
        seen = {
            view.rows.messages[index].id: y - view.scroll_y
            for index, y in view.rows.between(view.scroll_y, view.scroll_y + 600)
            if y > view.scroll_y
        }
        if not bar.value():
            break
        step = min(60, bar.value())
        bar.setValue(bar.value() - step)
        for identity, y in seen.items():
            if bar.value():
                assert place_on_screen(view, identity) == y + step


@pytest.mark.parametrize("points", [7, 9, 11, 14, 18, 24])
def test_no_row_is_ever_on_the_screen_with_nothing_in_it(
    view: TranscriptView, talk: Talk, one_of: SiblingsOf, points: float
) -> None:
    set_size(view, points)
    view.show_path(
        "c", talk(60), one_of
    )  # estimates are too high for some sizes: more rows fit than were thought
    top = view.scroll_y
    for index, _ in view.rows.between(top, top + view.viewport().height()):
        assert shown_text(view, index)
    before = place_on_screen(view, "59")
    view.verticalScrollBar().setValue(view.verticalScrollBar().value() - 37)
    assert place_on_screen(view, "59") == before + 37


def test_a_far_drag_home_and_end_agree_with_what_is_shown(
    view: TranscriptView, one_of: SiblingsOf, qtbot: QtBot
) -> None:
    path = [
        reply("# Head\n\n" + "- item\n" * (i * 7 % 90) + "\n```\ncode\n```\n", f"m{i}") for i in range(400)
    ]
    view.show_path("c", path, one_of)
    bar = view.verticalScrollBar()
    for share in (0.5, 0.1, 0.83, 0.31, 0.97, 0.02):
        bar.setValue(int(bar.maximum() * share))
        top = view.scroll_y
        for index, _ in view.rows.between(top, top + view.viewport().height()):
            assert shown_text(view, index)
            assert view.rows.heights[index] == view.rows.row(index).height
    view.event(_key(Qt.Key.Key_Home))
    frames(view, qtbot)
    assert (bar.value(), place_on_screen(view, "m0")) == (0, 24)
    bar.setValue(bar.maximum() // 2)
    view.event(_key(Qt.Key.Key_End))
    frames(view, qtbot)
    assert view.follows_end
    assert bar.value() == bar.maximum()
    assert place_on_screen(view, "m399") + view.rows.heights[399] <= view.viewport().height()
    assert view.rows.row(399).views[-1].document is not None


@pytest.mark.parametrize("points", [7, 9, 14, 24])
def test_a_table_wider_than_the_column_scrolls_inside_itself(
    view: TranscriptView, one_of: SiblingsOf, points: float
) -> None:
    set_size(view, points)
    cells = "|".join("unbreakable" * 2 for _ in range(12))
    view.show_path("c", [reply(f"|{cells}|\n|{'-|' * 12}\n|{cells}|\n")], one_of)
    table = view.rows.row(0).views[0]
    assert table.overflow() > 0
    at = QPoint(300, place_on_screen(view, "r") + table.top + 10)
    wheel = QWheelEvent(
        at.toPointF(), at.toPointF(), QPoint(-50, 0), QPoint(-120, 0),
        Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.ScrollUpdate, False,
    )  # fmt: skip
    assert view.viewportEvent(wheel)
    assert table.scroll_x == 50
    view.grab()


@pytest.mark.parametrize("name", sorted(path.stem for path in CORPUS.glob("*.md")))
def test_the_corpus_is_drawn_and_reads_nothing(
    name: str, view: TranscriptView, one_of: SiblingsOf, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []
    monkeypatch.setattr(Document, "loadResource", lambda self, kind, url: asked.append(url))
    text = (CORPUS / f"{name}.md").read_bytes().decode("utf-8", "replace")[:20_000]
    expect = json.loads((CORPUS / f"{name}.json").read_text("utf-8"))["expect"]
    view.show_path("c", [reply(text)], one_of)
    qtbot.waitUntil(lambda: not view.rows.row(0).busy, timeout=20_000)
    view.verticalScrollBar().setValue(0)
    view.grab()
    assert not asked
    shown = shown_text(view, 0) if len(view.rows.row(0).views) < 500 else ""
    for words in expect["visible"] if shown else ():
        assert showable(words) in shown


def test_a_question_that_is_told_anew_is_shown_anew(view: TranscriptView, one_of: SiblingsOf) -> None:
    asked = Message(id="q", conversation_id="c", parent_id=None, role=Role.USER, text="Before")
    view.show_path("c", [asked], one_of)
    view.end(replace(asked, text="After"))
    assert shown_text(view, 0) == "After"
    assert not view.rows.row(0).busy
