"""A conversation with one of everything: what stands where, runs which way, and is not cut off."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter
from pytestqt.qtbot import QtBot

from pizzagpt_desktop.domain.blocks import CodeBlock, Raw, Rule, Table
from pizzagpt_desktop.domain.conversation import Message, Role, Siblings, Status
from pizzagpt_desktop.ui import theme
from pizzagpt_desktop.ui.transcript.leaf_view import LeafView
from pizzagpt_desktop.ui.transcript.leaves import Rail
from pizzagpt_desktop.ui.transcript.markers import paint_marker
from pizzagpt_desktop.ui.transcript.style import INDENT, QUOTE_BAR, Style
from pizzagpt_desktop.ui.transcript.view import TranscriptView
from tests.helpers.transcripts import button, names
from tests.ui.transcript import sampler
from tests.ui.transcript.conftest import message, sized

One = Callable[[str], Siblings]
SIZES = [(1000, 9.0), (400, 9.0), (360, 27.0)]


def laid_out(view: TranscriptView, one_of: One, qtbot: QtBot) -> list[LeafView]:
    view.show_path("c", sampler.messages(), one_of)
    leaves = []
    for index in range(len(view.rows)):
        row = view.rows.row(index)
        row.prepare(0, 10**9, 10**9)
        for leaf in row.views:
            leaf.lay_out()
        leaves += row.views
    return leaves


def ink(leaf: LeafView) -> QRectF:
    """The rectangle of all lines of a leaf, in its own coordinates."""
    assert leaf.document is not None
    box = QRectF()
    block = leaf.document.begin()
    layout = leaf.document.documentLayout()
    left, top = leaf.inset()
    while block.isValid():
        origin = layout.blockBoundingRect(block).topLeft()
        for number in range(block.layout().lineCount()):
            box = box.united(block.layout().lineAt(number).naturalTextRect().translated(origin))
        block = block.next()
    return box.translated(left, top)


@pytest.mark.parametrize(("width", "points"), SIZES)
def test_nothing_reaches_beyond_its_place(
    view: TranscriptView, one_of: One, qtbot: QtBot, width: int, points: float
) -> None:
    view.resize(width, 600)
    view.set_body_font(sized(points))
    for leaf in laid_out(view, one_of, qtbot):
        if leaf.hidden or isinstance(leaf.leaf.content, Rule):
            continue
        box = ink(leaf)
        assert box.left() >= -1, leaf.leaf
        if leaf.overflow() <= 0:
            assert box.right() <= leaf.width + 1, leaf.leaf
        if not leaf.card.folded:
            assert box.bottom() <= leaf.height + 1, leaf.leaf
        assert leaf.document is not None
        if isinstance(leaf.leaf.content, CodeBlock | Table):
            leaf.scroll_x = leaf.overflow()
            assert box.right() - leaf.scroll_x <= leaf.width + 1, "all of it can be reached"


def test_each_paragraph_runs_the_way_of_its_first_letter(
    view: TranscriptView, one_of: One, qtbot: QtBot
) -> None:
    view.resize(600, 600)
    ways = {}
    for leaf in laid_out(view, one_of, qtbot):
        if leaf.document is not None and not isinstance(leaf.leaf.content, CodeBlock | Table | Rule | Raw):
            words = leaf.document.toPlainText()
            box = ink(leaf)
            at_right = leaf.width - box.right() < box.left() and not leaf.leaf.rails
            ways[words.split(" ")[0]] = leaf.rtl
            block = leaf.document.begin()
            assert (block.textDirection() is Qt.LayoutDirection.RightToLeft) == leaf.rtl, words
            if leaf.rtl and not leaf.leaf.rails and box.width() < leaf.width - 4:
                assert at_right, words
    assert ways["مرحبا"]
    assert ways["שלום"]
    assert ways["عنصر"]
    assert not ways["An"]
    assert not ways["Emoji:"]


def test_code_never_runs_from_right_to_left(view: TranscriptView, one_of: One, qtbot: QtBot) -> None:
    codes = [leaf for leaf in laid_out(view, one_of, qtbot) if isinstance(leaf.leaf.content, CodeBlock)]
    arabic = next(leaf for leaf in codes if "تعليق" in leaf.leaf.content.text)
    assert not arabic.rtl
    assert arabic.document is not None
    assert all(
        arabic.document.findBlockByNumber(n).layout().lineAt(0).naturalTextRect().left() < 1 for n in (0, 1)
    )


def test_indents_and_bars_are_where_the_text_begins(view: TranscriptView, one_of: One, qtbot: QtBot) -> None:
    leaves = laid_out(view, one_of, qtbot)
    arabic = next(leaf for leaf in leaves if leaf.rtl and Rail.LIST in leaf.leaf.rails)
    assert arabic.inset()[0] == 0
    assert ink(arabic).right() <= arabic.width - INDENT + 1
    english = next(leaf for leaf in leaves if not leaf.rtl and leaf.leaf.rails == (Rail.LIST,))
    assert english.inset()[0] == INDENT
    quoted = next(leaf for leaf in leaves if leaf.rtl and Rail.QUOTE in leaf.leaf.rails)
    image = QImage(quoted.width, quoted.height, QImage.Format.Format_RGB32)
    image.fill(QColor("white"))
    painter = QPainter(image)
    from pizzagpt_desktop.ui.transcript.leaf_painting import paint_leaf

    paint_leaf(painter, quoted, (), QRectF(image.rect()))
    painter.end()
    accent = theme.LIGHT.accent
    across = [x for x in range(image.width()) if image.pixelColor(x, 5).name().upper() == accent]
    assert across == list(range(image.width() - QUOTE_BAR, image.width()))


@pytest.mark.parametrize("marker", ["•", "◦", "▪", "☐", "☑"])
@pytest.mark.parametrize("rtl", [False, True])
def test_markers_are_drawn_beside_the_text(qtbot: QtBot, marker: str, rtl: bool) -> None:
    style = Style(theme.LIGHT, sized(12))
    image = QImage(80, 40, QImage.Format.Format_RGB32)
    image.fill(QColor("white"))
    painter = QPainter(image)
    paint_marker(painter, marker, QRectF(10, 5, 60, 30), style, rtl)
    painter.end()
    drawn = [x for x in range(80) for y in range(40) if image.pixelColor(x, y) != QColor("white")]
    assert drawn
    middle = (min(drawn) + max(drawn)) / 2
    assert (middle < 40) == rtl
    assert min(drawn) >= 9
    assert max(drawn) <= 71


def test_lines_of_unspaced_scripts_are_broken_everywhere_but_before_a_full_stop(
    view: TranscriptView, one_of: One, qtbot: QtBot
) -> None:
    view.resize(400, 600)
    for leaf in laid_out(view, one_of, qtbot):
        text = leaf.document.toPlainText() if leaf.document is not None else ""
        if not text.startswith(("日本語", "中文")):
            continue
        assert leaf.document is not None
        layout = leaf.document.begin().layout()
        assert layout.lineCount() > 1
        for number in range(layout.lineCount()):
            assert text[layout.lineAt(number).textStart()] not in "、。，。」", text


def test_marks_that_tower_are_clipped_to_their_line(view: TranscriptView, one_of: One) -> None:
    tower = "Z" + "\u0301" * 200
    view.show_path("c", [message(0, Role.ASSISTANT, f"{tower} words\n\nafter")], one_of)
    row = view.rows.row(0)
    row.prepare(0, 10_000, 10)
    assert row.views[0].height < 4 * row.style.body_line


def test_diagrams_are_code_with_their_name(view: TranscriptView, one_of: One) -> None:
    view.show_path(
        "c", [message(0, Role.ASSISTANT, "```mermaid\ngraph TD\n```\n\n```plantuml\n@startuml\n```")], one_of
    )
    assert names(view).count("Copy code") == 2
    assert [leaf.leaf.content.lang for leaf in view.rows.row(0).views] == ["mermaid", "plantuml"]  # type: ignore[union-attr]


def test_reasoning_says_how_long_it_took(view: TranscriptView, one_of: One) -> None:
    view.show_path("c", [message(0, Role.ASSISTANT, "x", reasoning="hm", thought_ms=12_000)], one_of)
    assert button(view, "Show reasoning").text() == "Thought for 12 s"
    button(view, "Show reasoning").click()
    assert view.rows.row(0).thoughts == 1
    view.show_path("c", [message(1, Role.ASSISTANT, "x", reasoning="hm")], one_of)
    assert button(view, "Show reasoning").text() == "Reasoning"


def test_while_it_streams_reasoning_counts_by_itself(
    view: TranscriptView, one_of: One, streaming: Message, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 100.0
    monkeypatch.setattr("pizzagpt_desktop.ui.transcript.row.perf_counter", lambda: now)
    view.show_path("c", [streaming], one_of)
    view.grow("reply", "", "hm")
    view._on_frame()
    assert view.rows.row(0).fold_words == "Thinking…"
    now += 7
    view.grow("reply", "So")
    view._on_frame()
    assert view.rows.row(0).fold_words == "Thought for 7 s"
    ended = message("reply", Role.ASSISTANT, "So", reasoning="hm", thought_ms=6_000, status=Status.COMPLETE)
    view.end(ended)
    assert view.rows.row(0).fold_words == "Thought for 6 s"
