"""Blocks -> what is said of them to somebody who listens: also what the eye sees without a word; knows no widget.

Where code, a table or a quote begins and ends is told, and so is the number of an item, the state of a task, and that
something is a link. The characters of the text are all there.
"""

from collections.abc import Iterable, Iterator
from itertools import groupby

from pizzagpt_desktop.domain.blocks import (
    Block,
    CodeBlock,
    Footnote,
    Heading,
    ListBlock,
    Paragraph,
    Quote,
    Raw,
    Rule,
    Run,
    Runs,
    Table,
)
from pizzagpt_desktop.domain.links import Verdict
from pizzagpt_desktop.domain.parts import whole

_TASKS = {True: "Done: ", False: "To do: "}
BULLETS = ("\N{BULLET}", "\N{WHITE BULLET}", "\N{BLACK SMALL SQUARE}")
"""Of an item, of one in an item, and of all further in."""


LONGEST_NAME = 40
"""Characters of the name of a column that may be said again with each cell."""


def spoken_of(blocks: Iterable[Block]) -> str:
    """One line an utterance."""
    return "\n".join(line for line in _lines(whole(blocks)) if line)


def _lines(blocks: Iterable[Block], depth: int = 0) -> Iterator[str]:
    """depth: in how many lists they are."""
    for block in blocks:
        match block:
            case Paragraph(runs):
                yield _said(runs)
            case Heading(_, runs):
                yield f"Heading: {_said(runs)}"
            case Raw(text):
                yield text.removesuffix("\n")
            case CodeBlock(info, text):
                yield f"Code in {info.split(maxsplit=1)[0]}:" if info.strip() else "Code:"
                yield text.removesuffix("\n")
                yield "End of the code."
            case Quote(inner):
                yield "Quote:"
                yield from _lines(inner, depth)
                yield "End of the quote."
            case ListBlock():
                yield from _items(block, depth)
            case Table():
                yield from _rows(block)
            case Footnote(name, inner):
                yield from _led(f"Note {name}: ", inner)
            case Rule():
                pass


def _items(block: ListBlock, depth: int) -> Iterator[str]:
    bullet = BULLETS[min(depth, len(BULLETS) - 1)]
    for index, item in enumerate(block.items):
        before = f"{bullet} " if block.start is None else f"{block.start + index}. "
        if item.checked is not None:
            before = _TASKS[item.checked]
        yield from _led(before, item.blocks, depth + 1)


def _led(before: str, blocks: tuple[Block, ...], depth: int = 0) -> Iterator[str]:
    """The lines of `blocks` with something before the first."""
    lines = _lines(blocks, depth)
    yield (before + next(lines, "")).rstrip()
    yield from lines


def _rows(table: Table) -> Iterator[str]:
    """Each cell with the name of its column: by ear nobody keeps twelve columns apart."""
    rows = f"{len(table.rows)} row" if len(table.rows) == 1 else f"{len(table.rows)} rows"
    wide = len(table.align)
    yield f"Table, {wide} column, {rows}:" if wide == 1 else f"Table, {wide} columns, {rows}:"
    names = [_said(cell) for cell in table.header]
    if not table.rows or any(len(name) > LONGEST_NAME for name in names):
        yield "; ".join(names)
        names = []
    heads = names or [""] * wide
    for row in table.rows:
        cells = [_said(cell) for cell in row]
        yield "; ".join(
            f"{name}: {cell}" if name else cell for name, cell in zip(heads, cells, strict=False) if cell
        )
    yield "End of the table."


def _said(runs: Runs) -> str:
    """The visible characters; after a link that it is one, before a picture that it was one."""
    said = []
    for link, group in groupby(runs, key=lambda run: run.link):
        text = "".join(map(_run, group))
        opens = link is not None and link.verdict is not Verdict.DEAD and text.strip()
        said.append(f"{text} (link)" if opens else text)
    return "".join(said)


def _run(run: Run) -> str:
    return run.text if run.image is None else f"image {run.text}".rstrip()
