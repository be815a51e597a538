"""Blocks -> plain text as it is seen: lists with their markers, cells between tabs; knows no widget.

Invisible characters are the characters they are, not the signs that the view shows for them.
"""

from collections.abc import Iterable, Iterator

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
from pizzagpt_desktop.domain.parts import wholes
from pizzagpt_desktop.domain.table_writer import tsv_of

_BOXES = {True: "\N{BALLOT BOX WITH CHECK} ", False: "\N{BALLOT BOX} "}
RULE = "-" * 8


def text_of(blocks: Iterable[Block]) -> str:
    """The text without a line end after it; of a lone code block its exact characters (rule M7)."""
    blocks = tuple(blocks)
    if len(blocks) == 1 and isinstance(blocks[0], CodeBlock):
        return blocks[0].text
    return "\n\n".join(text_pieces(blocks))


def text_pieces(blocks: Iterable[Block]) -> Iterator[str]:
    """The text of one block after the other."""
    return map(_block, wholes(blocks))


def _text(blocks: Iterable[Block], between: str) -> str:
    return between.join(map(_block, blocks))


def _block(block: Block) -> str:
    match block:
        case Paragraph(runs) | Heading(_, runs):
            return shown(runs)
        case CodeBlock(_, text) | Raw(text):
            return text.removesuffix("\n")
        case Quote(inner):
            return _text(inner, "\n\n")
        case ListBlock():
            return _list(block)
        case Table():
            return tsv_of(block)
        case Footnote(name, inner):
            return f"[{name}] " + _text(inner, "\n\n")
        case Rule():
            return RULE


def _list(block: ListBlock) -> str:
    between = "\n" if block.tight else "\n\n"
    items = []
    for index, item in enumerate(block.items):
        marker = "- " if block.start is None else f"{block.start + index}. "
        if item.checked is not None:
            marker = _BOXES[item.checked]
        lines = _text(item.blocks, between).split("\n")
        indent = " " * len(marker)
        items.append("\n".join([marker + lines[0], *(line and indent + line for line in lines[1:])]))
    return between.join(items)


def shown(runs: Runs) -> str:
    """The visible characters, with a word for a picture that has no name."""
    return "".join(run.text or ("image" if run.image is not None else "") for run in runs)
