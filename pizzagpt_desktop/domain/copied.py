"""What was copied, as values: the same text as Markdown, as HTML and as plain text; knows no clipboard and no widget."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from pizzagpt_desktop.domain.blocks import Block, CodeBlock, Raw, Table
from pizzagpt_desktop.domain.conversation import Message, Role
from pizzagpt_desktop.domain.helpings import Helpings
from pizzagpt_desktop.domain.html_writer import Formulas, html_pieces
from pizzagpt_desktop.domain.markdown import MarkdownStream
from pizzagpt_desktop.domain.markdown_writer import markdown_of
from pizzagpt_desktop.domain.parts import whole, wholes
from pizzagpt_desktop.domain.table_writer import csv_of, tsv_of
from pizzagpt_desktop.domain.text import storable
from pizzagpt_desktop.domain.text_writer import text_of

READ_LIMIT = 300_000
"""Characters of whole messages that are read as Markdown for one copy; the messages after that are shown as their source."""
HTML_LIMIT = 2_000_000
"""Characters of source from which no HTML is made: nobody pastes a book with its styles."""
STEP = 4_000
"""Characters of source that are read in one step, at most."""
PIECES = 500
"""Messages whose source is taken in one step."""
BLOCKS = 500
"""Blocks that are joined to wholes in one step."""
HTML_STEP = 4_000
"""Characters of HTML that are written in one step, and a little more."""


class Whole(NamedTuple):
    """A whole message. is_markdown: else its text is only text."""

    text: str
    is_markdown: bool = True


@dataclass(frozen=True, slots=True)
class Part:
    """Some of a message, as blocks."""

    blocks: tuple[Block, ...]


Piece = Whole | Part | Message
"""A message is itself as a whole; there may be a hundred thousand of them."""


def _is_markdown(piece: Whole | Message) -> bool:
    return piece.is_markdown if isinstance(piece, Whole) else piece.role is not Role.USER


def _as_source(source: str, display: bool) -> str | None:
    """No MathML."""
    return None


class Copied:
    """Pieces in order of reading. Making one costs nothing; each form is made when it is first asked for.

    No form holds a NUL or half of a surrogate pair.
    """

    def __init__(self, pieces: Iterable[Piece], formulas: Formulas) -> None:
        self._pieces = tuple(pieces)
        self._formulas = formulas
        self._read: tuple[tuple[Block, ...], ...] | None = None
        """The blocks of every piece."""
        self._wholes: tuple[Block, ...] = ()
        """All of them, what came in parts joined."""
        self._sources: tuple[str, str] | None = None
        self._html: str | None = None

    @property
    def is_empty(self) -> bool:
        return not any(piece.blocks if isinstance(piece, Part) else piece.text for piece in self._pieces)

    @cached_property
    def size(self) -> int:
        """Characters of the whole messages."""
        return sum([len(piece.text) for piece in self._pieces if not isinstance(piece, Part)])

    @property
    def cost(self) -> int:
        """Characters that `html` and `text` have to read, as far as `steps` has not read them; at most READ_LIMIT."""
        return 0 if self._read is not None else min(READ_LIMIT, self.size)

    @property
    def has_html(self) -> bool:
        """Whether there is little enough of it for HTML."""
        return self.size <= HTML_LIMIT

    def steps(self) -> Iterator[None]:
        """Do the work of `html` and `text` in steps of some milliseconds each."""
        if self._read is None:
            read: list[tuple[Block, ...]] = []
            left = READ_LIMIT
            for piece in self._pieces:
                if isinstance(piece, Part):
                    read.append(piece.blocks)
                elif _is_markdown(piece) and len(piece.text) <= left:
                    left -= len(piece.text)
                    stream, helpings = MarkdownStream(), Helpings()
                    at = 0
                    while at < len(piece.text):
                        helping, _ = helpings.take(piece.text[at : at + STEP])
                        at += len(helping)
                        stream.feed(helping)
                        stream.advance()
                        yield
                    while not stream.end_some():
                        yield
                    read.append(stream.blocks)
                else:
                    read.append((Raw(piece.text),) if piece.text else ())
                yield
            self._read = tuple(read)
        if not self._wholes:
            found: list[Block] = []
            for block in wholes(self._blocks):
                found.append(block)
                if not len(found) % BLOCKS:
                    yield
            self._wholes = tuple(found)
        if self._html is None and self.has_html:
            parts = ['<meta charset="utf-8">\n']
            size = 0
            # A table alone goes to spreadsheets, where the letters of MathML fall into one another.
            formulas = _as_source if self.table is not None else self._formulas
            for html in html_pieces(self._wholes, formulas):
                parts.append(html)
                size += len(html)
                if size >= HTML_STEP:
                    size = 0
                    yield
            self._html = storable("".join(parts))

    def source_steps(self) -> Iterator[None]:
        """Do the work of `markdown`, and of `typed` where there are many messages, in steps of some milliseconds each."""
        if self._sources is not None:
            return
        sources: list[str] = []
        typed: list[str] = []
        for at in range(0, len(self._pieces), PIECES):
            for piece in self._pieces[at : at + PIECES]:
                if not isinstance(piece, Part):
                    if piece.text:
                        text = storable(piece.text)
                        sources.append(text)
                        typed.append(text)
                elif piece.blocks:
                    sources.append(storable(markdown_of(piece.blocks)))
                    typed.append(storable(text_of(piece.blocks)))
            yield
        source = "\n\n".join(sources)
        yield
        same = not any(isinstance(piece, Part) for piece in self._pieces)
        self._sources = source, source if same else "\n\n".join(typed)

    @property
    def markdown(self) -> str:
        """Of whole messages the exact source."""
        for _ in self.source_steps():
            pass
        return self._sources[0] if self._sources is not None else ""

    @property
    def html(self) -> str:
        """A fragment that says its character set."""
        self._finish()
        return self._html or ""

    @property
    def text(self) -> str:
        """As it is seen; a lone code block exactly, a lone table as spreadsheets take it."""
        self._finish()
        match self._wholes:
            case (CodeBlock(_, text),):
                return storable(text)
            case (Table() as table,):
                return storable(tsv_of(table))
        return storable(text_of(self._blocks))

    @property
    def typed(self) -> str:
        """What a plain editor gets: of whole messages the source, which means most there; else as it is seen."""
        if self.table is not None or all(isinstance(piece, Part) for piece in self._pieces):
            return self.text
        for _ in self.source_steps():
            pass
        return self._sources[1] if self._sources is not None else ""

    @property
    def table(self) -> Table | None:
        """The one table that all of it is; what has not been read is none."""
        if self._read is None and self.cost > STEP:
            return None
        match self._wholes or whole(self._blocks):
            case (Table() as table,):
                return table
        return None

    @property
    def csv(self) -> str | None:
        """The same as CSV where it is one table."""
        return None if self.table is None else storable(csv_of(self.table))

    @property
    def _blocks(self) -> tuple[Block, ...]:
        if self._read is None:
            self._finish()
        return tuple(block for blocks in self._read or () for block in blocks)

    def _finish(self) -> None:
        for _ in self.steps():
            pass
