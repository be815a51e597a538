"""Text of every script stands where its bubble is, in a window from the left and in one from the right."""

import re
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFont, QImage, QPainter, QTextCursor, QTextDocument, qGray
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from pizzagpt_desktop.domain.blocks import visible_text
from pizzagpt_desktop.domain.conversation import Message, Role
from pizzagpt_desktop.domain.copied import Part
from pizzagpt_desktop.domain.markdown import inspect, parse
from pizzagpt_desktop.domain.query import Query
from pizzagpt_desktop.ui import theme
from pizzagpt_desktop.ui.transcript import documents
from pizzagpt_desktop.ui.transcript.hits import Hits, _read
from pizzagpt_desktop.ui.transcript.leaf_painting import paint_leaf
from pizzagpt_desktop.ui.transcript.leaf_view import LeafView
from pizzagpt_desktop.ui.transcript.leaves import flatten
from pizzagpt_desktop.ui.transcript.pieces import part_of
from pizzagpt_desktop.ui.transcript.selection import Position, Selection
from pizzagpt_desktop.ui.transcript.style import Style
from pizzagpt_desktop.ui.transcript.view import TranscriptView
from pizzagpt_desktop.ui.transcript.walking import Step, Walker
from tests.helpers.transcripts import SiblingsOf, reply
from tests.ui.transcript.conftest import sized


@pytest.fixture
def style(qtbot: QtBot) -> Style:
    return Style(theme.LIGHT, sized(9))


@pytest.fixture
def mirrored(qapp: QApplication) -> Iterator[None]:
    qapp.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    yield
    qapp.setLayoutDirection(Qt.LayoutDirection.LeftToRight)


def mine(text: str) -> Message:
    return Message(id="u", conversation_id="c", parent_id=None, role=Role.USER, text=text)


@pytest.mark.parametrize("text", ["שלום", "שלום עולם, what is this?", "مرحبا\nhello", "hello\nمرحبا"])
@pytest.mark.parametrize("direction", ["from the left", "from the right"])
def test_a_message_stands_in_its_bubble_whatever_its_script(
    view: TranscriptView, one_of: SiblingsOf, request: pytest.FixtureRequest, text: str, direction: str
) -> None:
    if direction == "from the right":
        request.getfixturevalue("mirrored")
    view.set_body_font(QFont(view.font()))
    view.show_path("c", [mine(text), reply("x")], one_of)
    row = view.rows.row(0)
    document = row.views[0].document
    assert document is not None
    block = document.firstBlock()
    while block.isValid():
        line = block.layout().lineAt(0)
        text_at = row.body_left() + block.layout().position().x() + line.naturalTextRect().left()
        assert row.bubble.left() <= text_at
        assert text_at + line.naturalTextWidth() <= row.bubble.right() + 1
        block = block.next()


@pytest.mark.parametrize(
    "text",
    ["some `code` and more", "في الوسط `code` كذلك", "של `()` הקוד", "של `אבג` הקוד", "the `אבג` there"],
)
def test_inline_code_stands_within_its_box_and_nothing_else_does(style: Style, text: str) -> None:
    box, letters = drawn(text, style)
    left, right = box
    inside = [x for x in letters if left < x < right]
    assert min(inside) - left > 1
    assert right - max(inside) > 1
    assert left - max(x for x in letters if x < left) > 3
    assert min(x for x in letters if x > right) - right > 3


def drawn(text: str, style: Style) -> tuple[tuple[int, int], list[int]]:
    """From where to where the box of code in a line is filled, and every x where letters are."""
    view = LeafView(flatten(parse(text))[0], style, 400)
    view.lay_out()
    return seen(painted(view), range(view.height), style)


def painted(view: LeafView) -> QImage:
    image = QImage(view.width, view.height, QImage.Format.Format_RGB32)
    image.fill(QColor("white"))
    painter = QPainter(image)
    paint_leaf(painter, view, (), QRectF(image.rect()))
    painter.end()
    return image


def seen(image: QImage, lines: range, style: Style) -> tuple[tuple[int, int], list[int]]:
    code = QColor(style.palette.code).rgb()
    columns = [[image.pixel(x, y) for y in lines] for x in range(image.width())]
    filled = [x for x, pixels in enumerate(columns) if code in pixels]
    dark = [x for x, pixels in enumerate(columns) if min(map(qGray, pixels)) < 120]
    return (min(filled), max(filled)), dark


@pytest.mark.parametrize(
    "code",
    [
        "aa bb cc dd ee ff gg hh ii jj kk()",
        "אא בב גג דד הה וו זז חח טט יי ככ",
        "aa בב cc דד ee וו gg חח ii יי kk",
    ],
)
@pytest.mark.parametrize("text", ["של {} הקוד", "of {} code"])
def test_the_box_of_code_that_goes_on_in_further_lines_is_round_all_of_it(
    style: Style, text: str, code: str
) -> None:
    view = LeafView(flatten(parse(text.format(f"`{code}`")))[0], style, 80)
    view.lay_out()
    assert view.document is not None
    layout = view.document.firstBlock().layout()
    assert layout.lineCount() > 2
    image = painted(view)
    for number in range(1, layout.lineCount() - 1):
        line = layout.lineAt(number)
        top = int(line.y() + line.ascent() - style.em + 2)
        (left, right), dark = seen(image, range(top, top + int(style.em) - 2), style)
        assert left < min(dark)
        assert right > max(dark)
        assert left > min(dark) - 6
        assert right < max(dark) + 12  # a blank at the end of a line is in it


BEGINS_AT_THE_RIGHT = [
    ("של code() הקוד", "דוקה code() לש"),
    ("של `code()` הקוד", "דוקה code() לש"),
    ("של `f(x)[0] = -1`, הקוד", "דוקה ,f(x)[0] = -1 לש"),
    ("של `[אבג] = x` הקוד", "דוקה [גבא] = x לש"),
    ("`pip install` מתקין.", ".ןיקתמ pip install"),
    ("ראו [את זה!](https://a.example) כאן", "ןאכ !הז תא ואר"),
    ("ראו [this (one)](https://a.example) כאן", "ןאכ this (one) ואר"),
    ("ראו https://a.example/?b=(1) כאן", "ןאכ https://a.example/?b=(1) ואר"),
    ("ראו $\\unknown_b(x)$ כאן", "ןאכ $\\unknown_b(x)$ ואר"),
    ("ראו[^1].\n\n[^1]: הערה", ".[1]ואר"),
]
BEGINS_AT_THE_LEFT = [("The `אבג`, `דהו` and", "The גבא, והד and"), ("a `b()` c", "a b() c")]


@pytest.mark.parametrize(("text", "seen"), BEGINS_AT_THE_RIGHT[1:] + BEGINS_AT_THE_LEFT)
def test_what_stands_alone_reads_its_own_way_in_a_line_of_another(style: Style, text: str, seen: str) -> None:
    leaf = flatten(parse(text))[0]
    view = LeafView(leaf, style, 900)
    view.lay_out()
    document = view.document
    assert document is not None
    line = document.firstBlock().layout().lineAt(0)
    words = document.firstBlock().text()
    letters = [at for at in range(len(words)) if at not in document.isolates]
    shown = "".join(
        words[at] for at in sorted(letters, key=lambda at: line.glyphRuns(at, 1)[0].boundingRect().left())
    )
    assert shown == seen
    assert view.rtl == ((text, seen) in BEGINS_AT_THE_RIGHT)
    assert (ink_right(view) > 890) == view.rtl


def ink_right(view: LeafView) -> float:
    assert view.document is not None
    return view.document.firstBlock().layout().lineAt(0).naturalTextRect().right()


PIECES = st.sampled_from(["שלום ", "עולם", "مرحبا ", " word", "12 ", ". ", "(", "`code()`", "`אב ג`", "**נועז**",
                          "[קישור *א* ב](https://a.example)", "[`x`](https://b.example)", " https://c.example/d ", "`a`"])  # fmt: skip


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(PIECES, min_size=1, max_size=8), st.data())
def test_what_keeps_apart_is_in_no_copy_in_no_hit_and_no_step(
    view: TranscriptView, one_of: SiblingsOf, pieces: list[str], data: st.DataObject
) -> None:
    text = "".join(pieces)
    shown = inspect(text).visible
    if "\n" in shown or not shown.strip():
        return
    view.show_path("c", [reply("x", "before"), reply(text), reply("y", "after")], one_of)
    leaf = view.rows.row(1).views[0]
    leaf.lay_out()
    assert leaf.text_between(0, None) == shown
    walker, places = Walker(view.rows), [Position(1, 0, 0)]
    while (place := walker.step(places[-1], Step.CHARACTER, True)).row == 1:
        places.append(place)
    assert len(places) == len(shown) + 1  # a step a letter, and none for what is no letter
    back = [places[-1]]
    while (place := walker.step(back[-1], Step.CHARACTER, False)).row == 1:
        back.append(place)
    assert back == places[::-1]
    words = [Position(1, 0, 0)]
    while (place := walker.step(words[-1], Step.WORD, True)).row == 1 and place != words[-1]:
        words.append(place)
    assert set(words) <= set(places)
    plain = QTextDocument(shown)
    cursor, stops = QTextCursor(plain), [0]
    while cursor.movePosition(QTextCursor.MoveOperation.NextWord):
        stops.append(cursor.position())
    assert leaf.document is not None
    kept = {places.index(at) for at in places if {at.offset, at.offset - 1} & leaf.document.isolates}
    assert set(stops) <= {places.index(word) for word in words} <= {*stops, *kept}
    first, last = sorted(data.draw(st.lists(st.integers(0, len(shown)), min_size=2, max_size=2, unique=True)))
    marks = {0: (places[first].offset, places[last].offset)}
    part = part_of(view.rows.row(1), marks)
    assert isinstance(part, Part)
    assert visible_text(part.blocks) == shown[first:last]
    for word in {word for word in re.findall(r"\w+", shown) if len(word) > 1}:
        spans = Hits(Query(word))._spans(leaf)
        assert spans
        for start, end in spans:
            assert leaf.text_between(start, end) == word


def test_what_keeps_code_apart_is_not_in_what_is_searched(style: Style) -> None:
    view = LeafView(flatten(parse("ה`ab`ג של `f()`, הקוד"))[0], style, 400)
    view.lay_out()
    assert view.document is not None
    text, places = _read(view.document)
    assert text == "הabג של f(), הקוד"
    assert [view.document.characterAt(place) for place in places] == list(text)
    ((start, end),) = Hits(Query("הabג"))._spans(view)
    assert view.text_between(start, end) == "הabג"


@pytest.mark.parametrize("family", ["", "DejaVu Sans", "DejaVu Serif", "Noto Sans"])
def test_lines_with_code_are_as_high_as_those_without_what_keeps_it_apart(qtbot: QtBot, family: str) -> None:
    font = sized(11)
    if family:
        font.setFamilies([family])
    style = Style(theme.LIGHT, font)
    for text in ("של `קוד`", "של `code` הקוד", "של `code` [כאן](https://a.example) הקוד"):
        views = [LeafView(flatten(parse(text))[0], style, 400) for _ in range(2)]
        views[0].lay_out()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(documents, "isolation", lambda runs, rtl: [])
            views[1].lay_out()
        assert views[0].document is not None
        assert views[0].document.isolates
        assert views[0].height == views[1].height


def test_code_and_rules_stand_where_the_list_or_quote_round_them_does(
    view: TranscriptView, one_of: SiblingsOf
) -> None:
    text = "> ציטוט\n>\n> ```\n> x = 1\n> ```\n>\n> ---\n\n> quote\n>\n> ```\n> y\n> ```\n"
    view.show_path("c", [reply(text)], one_of)
    view.grab()
    views = view.rows.row(0).views
    assert [leaf.left == 0 for leaf in views] == [True, True, True, False, False]
    head = view.rows.row(0).code_heads()[0][1]
    assert head.left() == view.rows.row(0).body_left()
    assert head.right() < view.rows.row(0).body_left() + views[1].width - 3


def test_the_caret_of_text_from_the_right_stands_before_it(view: TranscriptView, one_of: SiblingsOf) -> None:
    for text in ("שלום עולם", "שלום `code`", "שלום word"):
        view.show_path("c", [reply(text)], one_of)
        leaf = view.rows.row(0).views[0]
        leaf.lay_out()
        assert leaf.document is not None
        ink = leaf.document.firstBlock().layout().lineAt(0).naturalTextRect()
        assert leaf.caret_rect().right() <= leaf.inset()[0] + ink.left()
        assert leaf.caret_rect().right() >= leaf.inset()[0] + ink.left() - 4


def test_with_shift_an_arrow_goes_where_it_points(view: TranscriptView, one_of: SiblingsOf) -> None:
    view.show_path("c", [reply("שלום `f()` עולם\n\nhello")], one_of)
    view.grab()
    for leaf, key in ((0, Qt.Key.Key_Left), (1, Qt.Key.Key_Right)):
        view.select(Selection(Position(0, leaf, 0), Position(0, leaf, 0)))
        view.setFocus()
        QTest.keyClick(view, key, Qt.KeyboardModifier.ShiftModifier)
        assert view.selection is not None
        assert view.selection.end == Position(0, leaf, 1)
        assert view.selection.start == Position(0, leaf, 0)


@pytest.mark.parametrize("mark", ["", "## "])
def test_all_parts_of_a_long_paragraph_run_the_way_of_the_whole(
    view: TranscriptView, one_of: SiblingsOf, streaming: Message, mark: str
) -> None:
    text = mark + "שלום " + "word `code()` words " * 600
    view.show_path("c", [streaming], one_of)
    for at in range(0, len(text), 700):
        view.grow("reply", text[at : at + 700])
        view._on_frame()
    view.end(reply(text, "reply"))
    for whole in (False, True):
        if whole:
            view.show_path("d", [reply(text)], one_of)
        row = view.rows.row(0)
        row.prepare(0, 0, 1 << 30)
        assert len(row.views) > 2
        for leaf in row.views:
            leaf.lay_out()
            assert leaf.rtl
            assert leaf.document is not None
            assert leaf.document.firstBlock().textDirection() is Qt.LayoutDirection.RightToLeft
            assert leaf.document.isolates
