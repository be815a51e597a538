"""Some leaves of a message, whole or cut, as the blocks they came from; knows no screen and no position in a document."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from pizzagpt_desktop.domain.blocks import (
    Block,
    CodeBlock,
    Footnote,
    Heading,
    ListBlock,
    ListItem,
    Paragraph,
    Quote,
    Raw,
    Run,
    Table,
)
from pizzagpt_desktop.domain.markdown_inline_writer import merged
from pizzagpt_desktop.ui.transcript.leaves import Content, flatten

Chosen = Mapping[int, Content]
"""Leaf -> what was chosen of it: its content, a part of that, or for a table the text of one cell."""


def cut(blocks: Iterable[Block], chosen: Chosen) -> tuple[Block, ...]:
    """`blocks` with only what was `chosen`; leaves are counted as `flatten` makes them."""
    return tuple(_Cut(chosen).blocks(blocks))


class _Cut:
    """Goes through blocks and counts their leaves."""

    def __init__(self, chosen: Chosen) -> None:
        self._chosen = chosen
        self._at = 0

    def blocks(self, blocks: Iterable[Block]) -> list[Block]:
        found: list[Block] = []
        for block in blocks:
            start, end = self._at, self._at + len(flatten([block]))
            if any(index in self._chosen for index in range(start, end)):
                found += self._block(block, end)
            self._at = end
        return found

    def _block(self, block: Block, end: int) -> list[Block]:
        match block:
            case Quote(inner):
                kept = self._inside(inner, end)
                return [Quote(kept)]
            case Footnote(name, inner):
                begins = self._at in self._chosen
                kept = self._inside(inner, end)
                return [Footnote(name, kept)] if begins else list(kept)
            case ListBlock():
                return self._list(block)
            case Raw():
                return self._plain(block, end)
        parts = [self._chosen[i] for i in range(self._at, end) if i in self._chosen]
        if isinstance(block, Paragraph) and block.goes_on and self._at in self._chosen:
            parts.insert(0, Paragraph((Run(flatten([block])[0].glue),)))
        return _together(block, parts)

    def _plain(self, block: Raw, end: int) -> list[Block]:
        """What was chosen of plain text, with what stood between; a long line has several leaves."""
        glues = [leaf.glue for leaf in flatten([block])]
        chosen = [index for index in range(self._at, end) if index in self._chosen]
        if any(not isinstance(self._chosen[index], Raw) for index in chosen):
            return [self._chosen[index] for index in chosen]
        text = ""
        for index in chosen:
            part = self._chosen[index]
            if isinstance(part, Raw):
                text += (glues[index - self._at] if index > chosen[0] else "") + part.text
        return [Raw(text)]

    def _inside(self, blocks: tuple[Block, ...], end: int) -> tuple[Block, ...]:
        """What was chosen of a container's inside; leaves of its own stand before it."""
        self._at = end - len(flatten(blocks)) if blocks else end
        return tuple(self.blocks(blocks))

    def _list(self, block: ListBlock) -> list[Block]:
        items: list[ListItem] = []
        first, is_begun = 0, True
        for number, item in enumerate(block.items):
            end = self._at + len(flatten([replace(block, items=(item,))]))
            if any(index in self._chosen for index in range(self._at, end)):
                begins = self._at in self._chosen
                if not items:
                    first, is_begun = number, begins
                checked = item.checked if begins else None
                items.append(ListItem(self._inside(item.blocks, end), checked))
            self._at = end
        if len(items) == 1 and not is_begun:
            return list(items[0].blocks)
        start = None if block.start is None else block.start + first
        return [replace(block, items=tuple(items), start=start, goes_on=block.goes_on and not first)]


def _together(block: Block, parts: list[Content]) -> list[Block]:
    """The chosen parts of a block that is no container, as one block of its kind."""
    if any(not isinstance(part, type(block)) for part in parts):
        return list(parts)
    match block:
        case CodeBlock(lang, _):
            return [CodeBlock(lang, "".join(part.text for part in parts if isinstance(part, CodeBlock)))]
        case Paragraph() | Heading():
            runs: list[Run] = []
            for part in parts:
                if isinstance(part, Paragraph | Heading):
                    runs += part.runs
            return [replace(block, runs=tuple(merged(tuple(runs))))]
        case Table(_, _, align):
            tables = [part for part in parts if isinstance(part, Table)]
            rows = tuple(row for table in tables for row in table.rows)
            return [Table(tables[0].header, rows, tables[0].align if len(tables) == 1 else align)]
    return list(parts)
