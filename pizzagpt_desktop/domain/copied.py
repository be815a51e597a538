"""What was copied, as values: the same text as Markdown, as HTML and as plain text; knows no clipboard and no widget."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from pizzagpt_desktop.domain.blocks import Block, CodeBlock, Raw, Table
from pizzagpt_desktop.domain.html_writer import Formulas, html_of
from pizzagpt_desktop.domain.markdown import parse
from pizzagpt_desktop.domain.markdown_writer import markdown_of
from pizzagpt_desktop.domain.table_writer import csv_of, tsv_of
from pizzagpt_desktop.domain.text_writer import text_of

READ_LIMIT = 300_000
"""Characters of whole messages that are read as Markdown for one copy; the messages after that are shown as their source."""


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole message. is_markdown: else its text is only text."""

    text: str
    is_markdown: bool = True


@dataclass(frozen=True, slots=True)
class Part:
    """Some of a message, as blocks."""

    blocks: tuple[Block, ...]


Piece = Whole | Part


class Copied:
    """Pieces in order of reading. Making one costs nothing; each form is made when it is first asked for."""

    def __init__(self, pieces: Iterable[Piece], formulas: Formulas) -> None:
        self._pieces = tuple(pieces)
        self._formulas = formulas

    @property
    def size(self) -> int:
        """Characters of the whole messages."""
        return sum(len(piece.text) for piece in self._pieces if isinstance(piece, Whole))

    @cached_property
    def markdown(self) -> str:
        """Of whole messages the exact source."""
        parts = [
            piece.text if isinstance(piece, Whole) else markdown_of(piece.blocks) for piece in self._pieces
        ]
        return "\n\n".join(part for part in parts if part)

    @cached_property
    def html(self) -> str:
        return '<meta charset="utf-8">\n' + html_of(self._blocks, self._formulas)

    @cached_property
    def text(self) -> str:
        """As it is seen; a lone code block exactly, a lone table as spreadsheets take it."""
        match self._blocks:
            case (CodeBlock(_, text),):
                return text
            case (Table() as table,):
                return tsv_of(table)
        return text_of(self._blocks)

    @cached_property
    def csv(self) -> str | None:
        """The same as CSV where it is one table."""
        match self._blocks:
            case (Table() as table,):
                return csv_of(table)
        return None

    @cached_property
    def _blocks(self) -> tuple[Block, ...]:
        found: list[Block] = []
        left = READ_LIMIT
        for piece in self._pieces:
            if isinstance(piece, Part):
                found += piece.blocks
            elif piece.is_markdown and len(piece.text) <= left:
                left -= len(piece.text)
                found += parse(piece.text)
            elif piece.text:
                found.append(Raw(piece.text))
        return tuple(found)
