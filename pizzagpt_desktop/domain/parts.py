"""Lists, tables and paragraphs that came in parts, as the wholes they are; knows no parser and no widget."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from pizzagpt_desktop.domain.blocks import Block, Footnote, ListBlock, ListItem, Paragraph, Quote, Table


def whole(blocks: Iterable[Block]) -> tuple[Block, ...]:
    """`blocks` with every part of a list, table or paragraph joined to the one before it. Linear in their number."""
    return tuple(wholes(blocks))


def wholes(blocks: Iterable[Block]) -> Iterator[Block]:
    """The same, one after the other."""
    parts: list[Block] = []
    for block in blocks:
        if parts and not _goes_on(parts[-1], block):
            yield _joined(parts)
            parts = []
        parts.append(block)
    if parts:
        yield _joined(parts)


def _goes_on(before: Block, block: Block) -> bool:
    match before, block:
        case ListBlock(_, a), ListBlock(_, b):
            return block.goes_on and (a is None) == (b is None)
        case Table(_, _, a), Table(header, _, b):
            return not header and a == b
        case Paragraph(), Paragraph(_, goes_on):
            return goes_on
    return False


def _joined(parts: list[Block]) -> Block:
    first = parts[0]
    match first:
        case ListBlock():
            lists = [part for part in parts if isinstance(part, ListBlock)]
            items = tuple(_item(item) for part in lists for item in part.items)
            return replace(first, items=items, tight=all(part.tight for part in lists), goes_on=False)
        case Table():
            tables = [part for part in parts if isinstance(part, Table)]
            return replace(first, rows=tuple(row for part in tables for row in part.rows))
        case Paragraph():
            paragraphs = [part for part in parts if isinstance(part, Paragraph)]
            return Paragraph(tuple(run for part in paragraphs for run in part.runs))
        case Quote(inner):
            return Quote(whole(inner))
        case Footnote(name, inner):
            return Footnote(name, whole(inner))
    return first


def _item(item: ListItem) -> ListItem:
    if len(item.blocks) < 2 and (not item.blocks or isinstance(item.blocks[0], Paragraph)):
        return item  # as nearly all are
    return replace(item, blocks=whole(item.blocks))
