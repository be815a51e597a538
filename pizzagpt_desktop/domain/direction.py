"""Which way paragraphs and tables run, by what stands in them; knows no widget.

As `dir="auto"` in browsers: the first letter decides. What stands by itself in a line (code, formulas, notes, bare
addresses) reads its own way and decides only where there is nothing else.
"""

from collections.abc import Iterable

from pizzagpt_desktop.domain.blocks import (
    Block,
    Footnote,
    Heading,
    ListBlock,
    Paragraph,
    Quote,
    Raw,
    Run,
    Runs,
    Table,
)
from pizzagpt_desktop.domain.links import Origin
from pizzagpt_desktop.domain.marks import first_direction


def stands_alone(run: Run) -> bool:
    """Whether `run` reads from left to right whatever is around it."""
    link = run.link
    return (
        run.code
        or run.math is not None
        or bool(run.note)
        or (link is not None and link.origin is not Origin.MARKUP)
    )


def paragraph_direction(runs: Runs) -> bool | None:
    """Whether a line of `runs` begins at the right; None where it has no letter."""
    found = _first(run.text for run in runs if not stands_alone(run))
    return _first(run.text for run in runs) if found is None else found


def table_direction(table: Table) -> bool | None:
    """Whether the first column of `table` stands at the right: by the first letter of its header, else of its cells.

    None where it has no letter. A cell's text keeps its own direction.
    """
    rows = (table.header, *table.rows)
    found = _first(run.text for row in rows for cell in row for run in cell if not stands_alone(run))
    return _first(run.text for row in rows for cell in row for run in cell) if found is None else found


def direction_of(block: Block) -> bool | None:
    """Whether `block` begins at the right, a container by its first text; code never does. None where nothing tells."""
    match block:
        case Paragraph(runs) | Heading(_, runs):
            return paragraph_direction(runs)
        case Raw(text):
            return first_direction(text)
        case Table():
            return table_direction(block)
        case Quote(blocks) | Footnote(_, blocks):
            return _first_of(blocks)
        case ListBlock(items):
            return _first_of(block for item in items for block in item.blocks)
    return None


def _first_of(blocks: Iterable[Block]) -> bool | None:
    return next((found for block in blocks if (found := direction_of(block)) is not None), None)


def _first(texts: Iterable[str]) -> bool | None:
    return next((found for text in texts if (found := first_direction(text)) is not None), None)
