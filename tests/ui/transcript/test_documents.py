"""Documents: what is drawn is what `inspect` states, and nothing is hidden in it."""

import json
from itertools import pairwise
from pathlib import Path

import pytest
from PySide6.QtCore import QRectF, QTextBoundaryFinder
from PySide6.QtGui import QColor, QImage, QPainter, QTextCharFormat, QTextCursor, QTextDocument
from pytestqt.qtbot import QtBot

from pizzagpt_desktop.domain.blocks import Paragraph, Rule
from pizzagpt_desktop.domain.links import Verdict
from pizzagpt_desktop.domain.markdown import inspect, parse
from pizzagpt_desktop.domain.marks import HIDDEN, TURNED
from pizzagpt_desktop.ui import theme
from pizzagpt_desktop.ui.transcript.documents import WIDE, Document, build
from pizzagpt_desktop.ui.transcript.leaf_painting import ABOVE, paint_leaf
from pizzagpt_desktop.ui.transcript.leaf_view import LeafView
from pizzagpt_desktop.ui.transcript.leaves import Leaf, flatten
from pizzagpt_desktop.ui.transcript.style import Style
from pizzagpt_desktop.ui.transcript.tables import table_in
from tests.ui.transcript.conftest import sized

CORPUS = Path(__file__).parents[2] / "corpus" / "markdown"
SMALL = sorted(path.stem for path in CORPUS.glob("*.md") if path.stat().st_size < 5_000)


@pytest.fixture
def style(qtbot: QtBot) -> Style:
    return Style(theme.LIGHT, sized(9))


def drawn(leaf: Leaf, style: Style) -> str:
    """What a screen shows of a leaf, without the sign of a picture."""
    text = LeafView(leaf, style, 700).text_between(0, None)
    return text.replace("\N{FRAME WITH PICTURE} ", "")


@pytest.mark.parametrize("name", SMALL)
def test_what_is_drawn_is_what_inspection_states(name: str, style: Style) -> None:
    text = (CORPUS / f"{name}.md").read_bytes().decode("utf-8", "replace")
    markers_only = (Rule(), Paragraph(()))
    leaves = [leaf for leaf in flatten(parse(text)) if leaf.content not in markers_only]
    shown = "".join(
        ("" if not at else leaf.glue if leaf.joined else "\n") + drawn(leaf, style)
        for at, leaf in enumerate(leaves)
    )
    # Qt folds the blanks that HTML has names for into ordinary ones when it hands text out.
    assert shown.replace("\xa0", " ") == inspect(text).visible.replace("\xa0", " ")


def formats(document: QTextDocument) -> dict[str, str]:
    """Background colour by fragment."""
    found = {}
    fragments = document.firstBlock().begin()
    while not fragments.atEnd():
        fragment = fragments.fragment()
        found[fragment.text()] = fragment.charFormat().background().color().name().upper()
        fragments += 1
    return found


def test_signs_stand_out_from_the_text_round_them(style: Style) -> None:
    (leaf,) = flatten(parse("```\na\u202eb\u200bc▯\n```"))
    document = build(leaf, style)
    assert document.toPlainText() == f"a{TURNED}b{HIDDEN}c▯"
    colours = formats(document)
    assert colours[TURNED] == colours[HIDDEN] == theme.LIGHT.accent


def test_positions_in_what_is_drawn_are_positions_in_the_text(style: Style) -> None:
    text = "x\U000e0041\U000e0042y \u202e`z\u200b` end"
    (leaf,) = flatten(parse(text))
    document = build(leaf, style)
    units = text.replace("`", "").encode("utf-16-le")
    assert document.characterCount() - 1 == len(units) // 2
    assert document.toPlainText().index("end") == units.index("end".encode("utf-16-le")) // 2


def test_only_links_that_may_be_opened_are_links(style: Style) -> None:
    expect = json.loads((CORPUS / "l01-schemes.json").read_text("utf-8"))["expect"]
    assert expect["links"]
    text = (CORPUS / "l01-schemes.md").read_text("utf-8") + "\n- [good](https://a.example)\n"
    links = [link for leaf in flatten(parse(text)) for *_, link in build(leaf, style).links]
    assert [(link.href, link.verdict) for link in links] == [("https://a.example", Verdict.OPEN)]


def test_a_picture_without_a_name_is_drawn_as_one(style: Style) -> None:
    (leaf,) = flatten(parse("![](x.png)"))
    document: Document = build(leaf, style)
    assert document.toPlainText() == "\N{FRAME WITH PICTURE} image"


def test_formulas_that_cannot_be_drawn_are_their_source_in_a_box(style: Style) -> None:
    text = "so $\\unknown_b$ is\n$$\n\\frac{x\n$$"
    first, second = flatten(parse(text))
    for leaf, source in ((first, "$\\unknown_b$"), (second, "$$\n\\frac{x\n$$")):
        document = build(leaf, style)
        ((start, end),) = document.code_spans
        assert document.toPlainText()[start:end] == source
        assert source in drawn(leaf, style)


def test_footnotes_have_their_name_in_the_margin_and_raised_uses(style: Style) -> None:
    use, note, long = flatten(parse("a[^1][^name]\n\n[^1]: x\n[^name]: y"))[:3]
    assert (note.marker, drawn(note, style)) == ("1.", "x")
    assert drawn(long, style) == "[name]"
    assert drawn(use, style) == "a[1][name]"
    document = build(use, style)
    cursor = QTextCursor(document)
    cursor.setPosition(2)
    assert cursor.charFormat().verticalAlignment() == QTextCharFormat.VerticalAlignment.AlignSuperScript


def test_a_mark_of_an_encoding_shifts_nothing(style: Style) -> None:
    (leaf,) = flatten(parse("\ufeffa **b** \ufeffc"))
    document = build(leaf, style)
    assert [inline.end - inline.start for inline in document.inlines] == [
        len(inline.shown) for inline in document.inlines
    ]


@pytest.mark.parametrize("text", ["{}", "# {}", "> {}"])
def test_marks_on_letters_are_drawn_over_no_other_text(style: Style, text: str) -> None:
    (leaf,) = flatten(parse(text.format("d" + "\u0301" * 8 + "d" + "\u0323" * 8)))
    view = LeafView(leaf, style, 300)
    view.lay_out()
    margin = 100
    image = QImage(300, view.height + 2 * margin, QImage.Format.Format_ARGB32)
    image.fill(0)
    painter = QPainter(image)
    painter.translate(0, margin)
    paint_leaf(painter, view, (), QRectF(0, -margin, 300, view.height + 2 * margin))
    painter.end()
    inked = [y for y in range(image.height()) if any(image.pixel(x, y) for x in range(300))]
    assert margin - ABOVE <= min(inked) < margin
    assert max(inked) < margin + view.height + ABOVE


@pytest.mark.parametrize("scrolled", [0, 333])
@pytest.mark.parametrize("leaf_number", [0, 1])
def test_a_table_too_wide_for_qt_has_its_lines_where_its_cells_are(
    style: Style, scrolled: int, leaf_number: int
) -> None:
    rows = 2 * WIDE * [f"{'|x' * (2 * WIDE)}|"]
    leaves = flatten(parse("\n".join(["|h" * (2 * WIDE) + "|", "|-" * (2 * WIDE) + "|", *rows])))
    view = LeafView(leaves[leaf_number], style, 400)
    view.is_last = False  # no buttons and no bar below it
    view.lay_out()
    view.scroll_x = scrolled
    document = view.document
    assert document is not None
    shown = table_in(document)
    assert shown is not None
    assert not shown.format().borderCollapse()  # with it Qt draws every cell of every row each time
    image = QImage(400, view.height, QImage.Format.Format_RGB32)
    image.fill(0xFFFFFF)
    painter = QPainter(image)
    paint_leaf(painter, view, (), QRectF(0, 0, 400, view.height))
    painter.end()
    border = QColor(style.palette.border).rgb()
    layout = document.documentLayout()
    cells = [
        layout.blockBoundingRect(shown.cellAt(1, column).firstCursorPosition().block())
        for column in range(shown.columns())
    ]
    y = int(cells[0].top()) - 2
    drawn = [x for x in range(400) if image.pixel(x, y) == border]
    between = [round(cell.left() - cells[0].left()) - scrolled for cell in cells]
    assert drawn == [x for x in between if 0 <= x < 400]
    x = drawn[0] + 3
    lines = [y for y in range(view.height) if image.pixel(x, y) == border]
    assert len(lines) == shown.rows() + (not leaf_number)


@pytest.mark.parametrize(
    "text",
    ["`a 😀` b", "`a👩‍💻`", "😀`x`", "👩‍💻`x`", "e\u0301`x`", "`e\u0301`", "שלום `x`שָלום", "שלום `קוֹ` x"],
)
def test_the_edge_of_a_code_box_parts_no_letter(style: Style, text: str) -> None:
    (leaf,) = flatten(parse(text))
    document = build(leaf, style)
    whole = document.toPlainText()
    finder = QTextBoundaryFinder(QTextBoundaryFinder.BoundaryType.Grapheme, whole)
    fragments = document.firstBlock().begin()
    parts = []
    while not fragments.atEnd():
        fragment = fragments.fragment()
        finder.setPosition(fragment.position())
        assert finder.isAtBoundary(), fragment.text()
        parts.append(fragment.charFormat().fontLetterSpacing())
        fragments += 1
    assert max(parts) > 0  # there is room for the edge


def test_bars_of_quotations_go_through_gaps_between_parts_of_the_same_one_only(style: Style) -> None:
    leaves = flatten(parse("> a\n>\n> > b\n>\n> > c\n>\n> d\n\ne"))
    views = [LeafView(leaf, style, 400) for leaf in leaves]
    for above, view in pairwise((None, *views)):
        assert view is not None
        view.continue_rails(above)
    assert [view.shared_rails for view in views] == [0, 1, 2, 1, 0]
