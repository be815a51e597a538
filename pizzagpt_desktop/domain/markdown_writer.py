"""Blocks -> Markdown that reads as the same blocks again; knows no widget and no source text.

The layout is ours: what stood in the source is not known here. Whole messages are copied as their source instead.
"""

import re
from collections.abc import Iterable, Iterator
from itertools import chain

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
    Runs,
    Table,
)
from pizzagpt_desktop.domain.markdown_inline_writer import inline_of
from pizzagpt_desktop.domain.parts import whole

RULE = "___"
"""Neither a heading's underline nor a bullet."""

_ALIGN = {"": "---", "left": ":--", "center": ":-:", "right": "--:"}
_PUNCTUATION = re.compile(r"([\\&])")
_LIKE_A_BOX = re.compile(r"\[[ xX]\](?:\s|$)")


def markdown_of(blocks: Iterable[Block]) -> str:
    """Markdown without a line end after it."""
    return "\n".join(markdown_lines(blocks))


def markdown_lines(blocks: Iterable[Block]) -> Iterator[str]:
    """The same line by line; each is written, and read again, when it is asked for."""
    return _lines(whole(blocks))


def _lines(blocks: Iterable[Block], tight: bool = False) -> Iterator[str]:
    """tight: no blank lines between blocks, where the reader needs none."""
    before: Block | None = None
    other = False
    for block in blocks:
        other = _alike(before, block) and not other
        if before is not None and not (tight and _may_touch(before, block)):
            yield ""
        yield from _block(block, other)
        before = block


def _alike(before: Block | None, block: Block) -> bool:
    """Whether both would be one list if they had the same markers."""
    return (
        isinstance(before, ListBlock)
        and isinstance(block, ListBlock)
        and (before.start is None) == (block.start is None)
    )


def _may_touch(before: Block, block: Block) -> bool:
    """Whether `block` is read as one of its own right below `before`."""
    if isinstance(block, Paragraph | Raw | Table):
        return isinstance(before, Heading | CodeBlock | Rule)
    if isinstance(block, Footnote):
        return False
    if isinstance(block, ListBlock) and not isinstance(before, Heading | CodeBlock | Rule):
        return block.start in (None, 1) and bool(block.items) and bool(block.items[0].blocks)
    return not (isinstance(before, Quote) and isinstance(block, Quote))


def _block(block: Block, other: bool) -> Iterable[str]:
    """The lines of one block. other: with the other kind of list marker."""
    match block:
        case Paragraph(runs):
            return inline_of(runs).split("\n")
        case Heading():
            return _heading(block)
        case CodeBlock(lang, text):
            return _code(lang, text)
        case Raw(text):
            return text.removesuffix("\n").split("\n")
        case Quote(inner):
            return _quoted(_lines(inner))
        case ListBlock():
            return _list(block, other)
        case Table():
            return _table(block)
        case Footnote(name, inner):
            return _hung(f"[^{name}]: ", _lines(inner), 4)
        case Rule():
            return [RULE]


def _heading(block: Heading) -> list[str]:
    text = inline_of(block.runs)
    if "\n" in text and block.level <= 2:
        return [*text.split("\n"), "===" if block.level == 1 else "---"]
    text = text.replace("\n", " ")
    if text.endswith("#"):
        text = text[:-1] + "\\#"
    return [f"{'#' * block.level} {text}".rstrip(" ")]


def _code(lang: str, text: str) -> list[str]:
    sign = "~" if "`" in lang else "`"
    longest = max((len(run) for run in re.findall(f"{sign}+", text)), default=0)
    fence = sign * max(3, longest + 1)
    return [
        fence + _PUNCTUATION.sub(r"\\\1", lang),
        *(text.removesuffix("\n").split("\n") if text else ()),
        fence,
    ]


def _quoted(lines: Iterator[str]) -> Iterator[str]:
    for line in chain([next(lines, "")], lines):
        yield f"> {line}" if line else ">"


def _list(block: ListBlock, other: bool) -> Iterator[str]:
    for index, item in enumerate(block.items):
        if block.start is None:
            marker = "* " if other else "- "
        else:
            marker = f"{block.start + index}{')' if other else '.'} "
        lines = _lines(item.blocks, block.tight)
        first = next(lines, None)
        if item.checked is not None:
            first = ("[x] " if item.checked else "[ ] ") + (first or "")
        elif first is not None and _LIKE_A_BOX.match(first):
            first = "&#91;" + first[1:]
        if index and not block.tight:
            yield ""
        yield from _hung(marker, lines if first is None else chain([first], lines), len(marker))


def _hung(marker: str, lines: Iterator[str], indent: int) -> Iterator[str]:
    first = next(lines, None)
    yield marker.rstrip(" ") if first is None else marker + first
    for line in lines:
        yield " " * indent + line if line else ""


def _table(table: Table) -> Iterator[str]:
    columns = len(table.align)
    header = table.header or ((),) * columns
    yield _row(header)
    yield "| " + " | ".join(_ALIGN.get(side, "---") for side in table.align) + " |"
    yield from map(_row, table.rows)


def _row(cells: tuple[Runs, ...]) -> str:
    return "| " + " | ".join(inline_of(cell, in_cell=True) for cell in cells) + " |"
