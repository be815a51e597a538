"""Formulas in the transcript: drawn on the line of the text, found, read out and copied as their source."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAbstractTextDocumentLayout, QColor, QImage, QPainter, QTextCursor
from pytestqt.qtbot import QtBot

from pizzagpt_desktop.domain.conversation import Message
from pizzagpt_desktop.domain.markdown import inspect
from pizzagpt_desktop.domain.query import Query
from pizzagpt_desktop.ui import theme
from pizzagpt_desktop.ui.formulas.pictures import Pictures
from pizzagpt_desktop.ui.transcript import formula_runs, marks
from pizzagpt_desktop.ui.transcript.hits import Hits
from pizzagpt_desktop.ui.transcript.leaf_view import LeafView
from pizzagpt_desktop.ui.transcript.selection import Selection
from pizzagpt_desktop.ui.transcript.view import TranscriptView
from tests.helpers.transcripts import SiblingsOf, place_on_screen, reply
from tests.ui.transcript.conftest import sized

SIGN = "\N{OBJECT REPLACEMENT CHARACTER}"
LONG = "$$" + "+".join("abcdefghijklmnopqrstuvwxyz" * 2) + "$$"
Drawn = Callable[[str], list[LeafView]]


@pytest.fixture
def drawn(view: TranscriptView, one_of: SiblingsOf, qtbot: QtBot) -> Drawn:
    """The leaves of a reply, all formulas made."""

    def show(text: str) -> list[LeafView]:
        view.show_path("c", [reply(text)], one_of)
        settle(view, qtbot)
        return view.rows.row(0).views

    return show


def settle(view: TranscriptView, qtbot: QtBot) -> None:
    def ready() -> bool:
        rows = [view.rows.live(index) for index, _ in view.visible()]
        return not view._frame.isActive() and not any(row is not None and row.busy for row in rows)

    qtbot.waitUntil(ready)


def formulas_in(leaf: LeafView) -> str:
    assert leaf.document is not None
    return leaf.document.toRawText()


@pytest.mark.parametrize("hidden", ["\u202e", "\u200b", "\U000e0041", "\x1b"])
def test_a_formula_with_what_does_not_show_stays_its_source_with_signs(drawn: Drawn, hidden: str) -> None:
    text = f"so $a{hidden}b$ and $ab$"
    (leaf,) = drawn(text)
    assert formulas_in(leaf) == inspect(text).visible.replace("$ab$", SIGN)
    assert hidden not in formulas_in(leaf)


def test_formulas_are_pictures_and_prices_are_not(drawn: Drawn) -> None:
    text = "Let $a^2$ and \\(b\\) cost $5 and $6, `$x$` and $HOME stay.\n\n$$\\frac{1}{2}$$\n\n\\[x\\]\n\n```\n$y$\n```"
    leaves = drawn(text)
    assert formulas_in(leaves[0]) == f"Let {SIGN} and {SIGN} cost $5 and $6, $x$ and $HOME stay."
    assert [formulas_in(leaf) for leaf in leaves[1:]] == [SIGN, SIGN, "$y$"]
    assert leaves[0].text_between(0, None) == "Let $a^2$ and \\(b\\) cost $5 and $6, $x$ and $HOME stay."
    assert leaves[1].text_between(0, None) == "$$\\frac{1}{2}$$"
    assert leaves[0].text_between(3, 6) == " $a^2$ "


def test_a_formula_stands_on_the_line_of_the_text(drawn: Drawn) -> None:
    for source in (
        "x",
        "\\frac{a}{b}",
        "\\sum_{i=1}^n i",
        "x_{y_z}",
        "\\begin{matrix}1\\\\2\\\\3\\end{matrix}",
    ):
        (leaf,) = drawn(f"text ${source}$ text")
        document = leaf.document
        assert document is not None
        image = QImage(800, 300, QImage.Format.Format_RGB32)
        painter = QPainter(image)
        document.documentLayout().draw(painter, QAbstractTextDocumentLayout.PaintContext())
        (due,) = document.drawing._due.values()  # type: ignore[union-attr]  # what draws this document's formulas
        painter.end()
        line = document.firstBlock().layout().lineAt(0)
        top = document.documentLayout().blockBoundingRect(document.firstBlock()).top()
        assert due.baseline.y() == pytest.approx(top + line.y() + line.ascent(), abs=0.51)


def test_one_alone_is_centred_and_one_too_wide_is_scrolled(
    drawn: Drawn, view: TranscriptView, qtbot: QtBot
) -> None:
    (leaf,) = drawn("$$x=1$$")
    assert leaf.document is not None
    assert leaf.document.firstBlock().blockFormat().alignment() == Qt.AlignmentFlag.AlignHCenter
    assert leaf.overflow() == 0
    fitting = "$$" + "+".join("abcdefghijklmnop") + "$$"
    (leaf,) = drawn(fitting)
    natural = _size(leaf)
    assert leaf.overflow() == 0
    view.resize(round(natural * 0.9) + 48, 600)
    settle(view, qtbot)
    (leaf,) = view.rows.row(0).views
    assert _size(leaf) == pytest.approx(leaf.text_width, abs=2), "a little too wide is made a little smaller"
    view.resize(round(natural / 2) + 48, 600)
    settle(view, qtbot)
    (leaf,) = view.rows.row(0).views
    assert leaf.overflow() > 0
    assert _size(leaf) == pytest.approx(natural, rel=0.02), "what is scrolled anyway is not small besides"
    leaf.scroll_x = 10_000
    assert leaf.scroll_x == leaf.overflow()
    (leaf,) = drawn(f"inline {LONG.replace('$$', '$')}")
    assert SIGN in formulas_in(leaf)
    assert leaf.document is not None
    assert leaf.document.size().width() <= leaf.text_width, "one in a line is made to fit"


def _size(leaf: LeafView) -> float:
    document = leaf.document
    assert document is not None
    return document.idealWidth()


def test_zoom_and_palette_make_it_anew_without_reading_it_again(
    drawn: Drawn, view: TranscriptView, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    (leaf,) = drawn("$$\\frac{a}{b}$$")
    before = leaf.height
    monkeypatch.setattr(Pictures, "_made", lambda *_: pytest.fail("it is known"))
    view.set_body_font(sized(18))
    settle(view, qtbot)
    (leaf,) = view.rows.row(0).views
    assert leaf.height == pytest.approx(before * 2, rel=0.15)
    for palette in (theme.LIGHT, theme.DARK):
        view.set_palette(palette)
        assert QColor(palette.text).name() in _colours(view.grab().toImage())


def _colours(image: QImage) -> set[str]:
    return {image.pixelColor(x, y).name() for x in range(300, 500) for y in range(120)}


def test_what_is_selected_is_as_clear_as_what_is_not(drawn: Drawn, view: TranscriptView) -> None:
    drawn("$$\\blacksquare\\blacksquare\\blacksquare$$")
    view.select(Selection.all_of(view.rows))
    assert QColor(theme.LIGHT.text).name() in _colours(view.grab().toImage())


def test_a_selected_formula_is_drawn_once_in_one_colour_over_the_selection(
    drawn: Drawn, view: TranscriptView
) -> None:
    drawn("$$\\blacksquare\\blacksquare\\color{red}{\\blacksquare}$$")
    red, text = "#cc0000", QColor(theme.LIGHT.text).name()
    assert {red, text} <= _colours(view.grab().toImage())
    view.select(Selection.all_of(view.rows))
    selected = _colours(view.grab().toImage())
    assert text in selected
    assert red not in selected, "a colour of its own may not be read on the selection's"
    view.select(None)
    assert red in _colours(view.grab().toImage())


def test_hits_are_found_in_the_source_and_mark_the_whole_formula(drawn: Drawn, view: TranscriptView) -> None:
    (leaf,) = drawn("a 😀 $\\frac{alpha}{b}$ alpha $x$ b")
    document = leaf.document
    assert document is not None
    view.hits = Hits(Query("alpha"))
    row = view.rows.row(0)
    found = view.hits.marks(row, [0], row.style)[0]
    raw = document.toRawText()
    at = raw.index(SIGN) + 1  # the face counts twice for Qt
    assert [(mark.start, mark.end) for mark in found] == [(at, at + 1), (at + 2, at + 7)]
    assert view.hits.show(view, "r", 1)
    view.hits = Hits(Query("x$"))
    assert [mark.end - mark.start for mark in view.hits.marks(row, [0], row.style).get(0, ())] in ([], [1])


def test_very_many_hits_mark_formulas_as_few_do_and_measure_each_a_few_times(
    drawn: Drawn, view: TranscriptView, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Asked where one of them stands, Qt measures all that stand before it in the line."""
    measured: list[int] = []
    whole = formula_runs._Drawing.intrinsicSize

    def noting(self, doc, at, form):  # type: ignore[no-untyped-def]  # passes all on
        measured.append(at)
        return whole(self, doc, at, form)

    monkeypatch.setattr(formula_runs._Drawing, "intrinsicSize", noting)
    drawn("$x$ " * 190)
    view.hits = Hits(Query("x"))
    measured.clear()
    many = view.grab().toImage()
    print("MEAS", len(measured))
    assert 0 < len(measured) < 180 * 10
    monkeypatch.setattr(marks, "AT_ONCE", 1 << 30)
    few = view.grab().toImage()
    hit = view._style.hit.rgb()
    lines = range(0, 300, 20)
    marked = [
        [sum(image.pixel(x, y) == hit for x in range(800) for y in range(top, top + 20)) for top in lines]
        for image in (many, few)
    ]
    assert max(marked[1]) > 1000
    for here, there in zip(*marked, strict=True):
        assert abs(here - there) <= 0.1 * there + 10, marked


def test_a_growing_reply_shows_a_formula_when_it_is_whole_and_makes_it_once(
    view: TranscriptView, one_of: SiblingsOf, streaming: Message, qtbot: QtBot, drawn: Drawn,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    drawn("$warm$")
    made: list[str] = []
    original = Pictures._made

    def count(self: Pictures, source: str, display: bool) -> object:
        made.append(source)
        return original(self, source, display)

    monkeypatch.setattr(Pictures, "_made", count)
    view.show_path("c", [reply("Above.\n\n" * 20, "above"), streaming], one_of)
    settle(view, qtbot)
    view.choose(0)
    above = place_on_screen(view, "above")
    for piece in ("So ", "$\\frac{", "a}{b", "}$", " and ", "more ", "$c$", " text", "."):
        view.grow("reply", piece)
        view._on_frame()
        settle(view, qtbot)
        assert place_on_screen(view, "above") == above
    view.jump_to_end()
    settle(view, qtbot)
    for piece in (" Then", " $\\frac{", "d}{e}$", " and", " $f$", " end."):
        view.grow("reply", piece)
        view._on_frame()
        settle(view, qtbot)
    text = view.rows.row(1).views[0]
    assert formulas_in(text) == f"So {SIGN} and more {SIGN} text. Then {SIGN} and {SIGN} end."
    assert sorted(made) == sorted(set(made))


def test_while_there_is_no_time_the_source_is_shown(
    view: TranscriptView, one_of: SiblingsOf, qtbot: QtBot, drawn: Drawn, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn("$warm$")
    patient = formula_runs.pictures()
    monkeypatch.setattr(patient, "_left", -1e9)
    view.show_path("d", [reply("See $q_1$ here.")], one_of)
    (leaf,) = view.rows.row(0).views
    assert formulas_in(leaf) == "See $q_1$ here."
    assert view.rows.row(0).busy
    monkeypatch.setattr(patient, "_left", 1.0)
    settle(view, qtbot)
    assert formulas_in(view.rows.row(0).views[0]) == f"See {SIGN} here."


def test_a_sign_that_looks_like_a_formula_is_only_a_sign(drawn: Drawn) -> None:
    (leaf,) = drawn(f"a {SIGN} b $x$")
    view_text = leaf.text_between(0, None)
    assert view_text.endswith(" b $x$")
    document = leaf.document
    assert document is not None
    cursor = QTextCursor(document)
    cursor.select(QTextCursor.SelectionType.Document)
    assert formula_runs.spelled(cursor, document).count("$x$") == 1


def test_one_in_a_table_and_in_a_heading_is_a_picture_too(drawn: Drawn) -> None:
    heading, table = drawn("# On $\\alpha$\n\n| a | b |\n|---|---|\n| $x$ | `$y$` |")
    assert formulas_in(heading) == f"On {SIGN}"
    assert formulas_in(table).count(SIGN) == 1
    assert table.text_between(0, None) == "a\tb\n$x$\t$y$"


def test_formulas_in_the_cells_of_a_row_stand_on_one_line(drawn: Drawn) -> None:
    (leaf,) = drawn("| a | b | c |\n|---|---|---|\n| $\\sin x$ | $\\cos x$ | word |\n| $x^2$ | $a$ | $y$ |")
    assert leaf.document is not None
    block = leaf.document.begin()
    lines: dict[float, set[float]] = {}
    while block.isValid():
        line = block.layout().lineAt(0)
        if block.length() > 1 and line.isValid():
            top = leaf.document.documentLayout().blockBoundingRect(block).top()
            lines.setdefault(top, set()).add(round(line.y() + line.ascent()))
        block = block.next()
    assert len(lines) == 3
    assert all(len(found) == 1 for found in lines.values()), lines
