"""Very many hits in one text: all are marked, and no part of it is drawn with more of them than Qt can bear."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QAbstractTextDocumentLayout, QColor, QImage, QPainter

from pizzagpt_desktop.domain.markdown import parse
from pizzagpt_desktop.ui.transcript import marks
from pizzagpt_desktop.ui.transcript.documents import Document
from pizzagpt_desktop.ui.transcript.leaf_painting import paint_leaf
from pizzagpt_desktop.ui.transcript.leaf_view import LeafView
from pizzagpt_desktop.ui.transcript.leaves import flatten
from pizzagpt_desktop.ui.transcript.marks import AT_ONCE, Mark
from pizzagpt_desktop.ui.transcript.view import TranscriptView

TEXTS = {
    "prose": "see some words and **bold** `code` [link](http://a.example) " * 16,
    "dense": "e " * 400,
    "code": "```py\n" + "e = a + e\n" * 30 + "```",
    "a long line of code": "```\n" + "e " * 900 + "\n```",
    "table": "|a|b|\n|-|-|\n" + "|see the tree|here and there e e e|\n" * 12,
    "right to left": "שלום e עולם e " * 40,
    "formulas": "see $x$ e " * 40,
}


def laid_out(view: TranscriptView, text: str) -> LeafView:
    leaf = LeafView(flatten(parse(text))[0], view._style, 700)
    for _ in range(20):
        leaf.lay_out()
    return leaf


def hits_in(leaf: LeafView, view: TranscriptView) -> list[Mark]:
    document = leaf.document
    assert document is not None
    style = view._style
    text = document.toRawText()
    found = [Mark(at, at + 1, style.hit, style.text) for at, char in enumerate(text) if char == "e"]
    found[4] = Mark(found[4].start, found[4].end, style.accent, style.on_accent)
    return found


def painted(leaf: LeafView, found: list[Mark]) -> QImage:
    image = QImage(720, leaf.height + 4, QImage.Format.Format_RGB32)
    image.fill(QColor("white"))
    painter = QPainter(image)
    paint_leaf(painter, leaf, found, QRectF(0, 0, 700, leaf.height))
    painter.end()
    return image


def of(image: QImage, colour: QColor) -> list[int]:
    """How much of a colour there is, in strips of a line or so from top to bottom."""
    rows = [
        sum(image.pixel(x, y) == colour.rgb() for x in range(image.width())) for y in range(image.height())
    ]
    return [sum(rows[y : y + 24]) for y in range(0, len(rows), 24)]


@pytest.mark.parametrize("name", TEXTS)
def test_all_are_marked_as_few_are(view: TranscriptView, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    leaf = laid_out(view, TEXTS[name])
    found = hits_in(leaf, view)
    assert len(found) > AT_ONCE
    style = view._style
    many = painted(leaf, found)
    monkeypatch.setattr(marks, "AT_ONCE", 1 << 30)
    few = painted(leaf, found)
    for colour in (style.hit, style.accent):
        strips = of(few, colour)
        assert any(strips)
        for here, there in zip(of(many, colour), strips, strict=True):
            assert abs(here - there) <= 0.35 * there + 10, "edges are softer"


@pytest.mark.parametrize("name", TEXTS)
def test_qt_is_given_some_at_a_time(view: TranscriptView, name: str) -> None:
    """What it does with them grows with more than their square."""
    leaf = laid_out(view, TEXTS[name])
    document = leaf.document
    assert document is not None
    layout = document.documentLayout()
    given: list[int] = []

    class Layout:
        def draw(self, painter: QPainter, context: QAbstractTextDocumentLayout.PaintContext) -> None:
            given.append(len(context.selections))
            layout.draw(painter, context)

        def __getattr__(self, name: str) -> Callable[..., object]:
            return getattr(layout, name)  # type: ignore[no-any-return]  # whatever is asked of it

    own = document.documentLayout
    document.documentLayout = Layout  # type: ignore[method-assign,assignment]  # looked over the shoulder
    try:
        painted(leaf, hits_in(leaf, view))
    finally:
        document.documentLayout = own  # type: ignore[method-assign]  # put back
    assert given
    assert max(given) <= AT_ONCE


def test_a_mark_over_all_of_it_is_over_every_line(view: TranscriptView) -> None:
    leaf = laid_out(view, TEXTS["prose"])
    document = leaf.document
    assert isinstance(document, Document)
    style = view._style
    found = [*hits_in(leaf, view), Mark(0, document.characterCount() - 1, style.selection, style.text)]
    alone = of(painted(leaf, found[-1:]), style.selection)
    for here, there in zip(of(painted(leaf, found), style.selection), alone, strict=True):
        assert here >= 0.3 * there
