"""What was selected -> what is copied: whole messages as their source, parts of others as blocks; knows no clipboard."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pizzagpt_desktop.domain.blocks import Block, CodeBlock, Heading, Paragraph, Quote, Raw, Run, Table
from pizzagpt_desktop.domain.copied import Part, Whole
from pizzagpt_desktop.domain.markdown_inline_writer import merged
from pizzagpt_desktop.ui.transcript.cutting import cut
from pizzagpt_desktop.ui.transcript.documents import CONTINUED, build
from pizzagpt_desktop.ui.transcript.tables import cells_between

if TYPE_CHECKING:
    from pizzagpt_desktop.domain.copied import Piece
    from pizzagpt_desktop.ui.transcript.documents import Document, Inline
    from pizzagpt_desktop.ui.transcript.leaf_view import LeafView
    from pizzagpt_desktop.ui.transcript.leaves import Content
    from pizzagpt_desktop.ui.transcript.row import Row

Marks = dict[int, tuple[int, int]]
"""Leaf -> from which to which text position."""


def part_of(row: Row, marks: Marks) -> Piece:
    """What is marked of a row that has been prepared."""
    chosen: dict[int, Content] = {}
    thoughts: list[Block] = []
    for leaf, (start, end) in sorted(marks.items()):
        content = content_between(row.views[leaf], start, end)
        if content is None:
            continue
        if leaf >= row.thoughts:
            chosen[leaf - row.thoughts] = content
        else:
            thoughts.append(content)
    above: tuple[Block, ...] = (Quote(tuple(thoughts)),) if thoughts else ()
    blocks = (*above, *cut(row.blocks, chosen))
    if row.is_user:  # plain text, even where it looks like Markdown
        return Whole("\n".join(block.text for block in blocks if isinstance(block, Raw)), False)
    return Part(blocks)


def content_between(view: LeafView, start: int, end: int) -> Content | None:
    """What a leaf shows between two text positions; None where that is nothing. A table in parts has no gaps."""
    content = view.leaf.content
    document = view.document or build(view.leaf, view.style)
    if start <= 0 and end >= document.characterCount() - 1:
        return content
    match content:
        case CodeBlock(lang, code):
            text = _written(code, document, start, end)
            return CodeBlock(lang, text) if text else None
        case Raw(plain):
            text = _written(plain, document, start, end)
            return Raw(text) if text else None
        case Paragraph() | Heading():
            runs = tuple(_between(document.inlines, start, end))
            if not runs:
                return None
            return Paragraph(runs) if isinstance(content, Paragraph) else Heading(content.level, runs)
        case Table():
            return _cells(content, document, start, end)
    return content


def _between(inlines: list[Inline], start: int, end: int) -> list[Run]:
    """Runs cut to what is marked; a formula, a picture and a note are whole or not there."""
    found = []
    for inline in inlines:
        if inline.end <= start or inline.start >= end:
            continue
        run = inline.run
        if run.math is None and run.image is None and not run.note:
            first = _characters(inline.shown, start - inline.start)
            last = _characters(inline.shown, end - inline.start)
            run = Run(run.text[first:last], run.bold, run.italic, run.strike, run.code, run.link)
        found.append(run)
    return found


def _written(text: str, document: Document, start: int, end: int) -> str:
    """What of `text` stands from one position to another: its own characters, not the signs that are shown for some."""

    def units(position: int) -> int:
        block, cuts = document.firstBlock(), 0
        while block.position() + block.length() <= position:
            cuts += block.userState() == CONTINUED
            block = block.next()
        return position - cuts

    last = document.characterCount() - 1
    first = _characters(text, units(max(start, 0)))
    return text[first : _characters(text, units(min(end, last)))]


def _characters(text: str, units: int) -> int:
    """So many UTF-16 units of `text` as characters."""
    if units <= 0:
        return 0
    if units >= 2 * len(text):
        return len(text)
    return len(text.encode("utf-16-le", "surrogatepass")[: 2 * units].decode("utf-16-le", "replace"))


def _cells(table: Table, document: Document, start: int, end: int) -> Content | None:
    """Of one cell what is marked in it; of more than one those cells whole, of more than one row those rows."""
    cells = cells_between(document, start, end)
    if cells is None:
        return None
    rows, columns = cells
    if len(rows) == len(columns) == 1:
        runs = tuple(_between(document.inlines, start, end))
        return Paragraph(tuple(merged(runs))) if runs else None
    lines = ((table.header,) if table.header else ()) + table.rows
    first, last = columns[0], columns[-1] + 1
    chosen = tuple(lines[row][first:last] for row in rows)
    has_header = bool(table.header) and rows[0] == 0
    return Table(
        chosen[0] if has_header else (), chosen[1:] if has_header else chosen, table.align[first:last]
    )
