"""What was copied, as values: the same text as Markdown, as HTML and as plain text; knows no clipboard and no widget."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import NamedTuple

from pizzagpt_desktop.domain.blocks import Block, CodeBlock, Raw, Table, runs_of
from pizzagpt_desktop.domain.conversation import Message, Role
from pizzagpt_desktop.domain.gnumeric_writer import gnumeric_steps
from pizzagpt_desktop.domain.helpings import Helpings
from pizzagpt_desktop.domain.html_writer import Formulas, html_pieces
from pizzagpt_desktop.domain.markdown import MarkdownStream
from pizzagpt_desktop.domain.markdown_writer import markdown_lines
from pizzagpt_desktop.domain.parts import wholes
from pizzagpt_desktop.domain.table_writer import csv_of, tsv_of
from pizzagpt_desktop.domain.text import storable
from pizzagpt_desktop.domain.text_writer import text_of, text_pieces

READ_LIMIT = 300_000
"""Characters of whole messages that are read as Markdown for one copy; the messages after that are shown as their source."""
HTML_LIMIT = 2_000_000
"""Characters of source from which no HTML is made: nobody pastes a book with its styles."""
STEP = 4_000
"""Characters of source that are read in one step, at most."""
PIECES = 500
"""Messages whose source is taken in one step."""
HTML_PIECES = 40
"""Pieces of HTML, such as rows of a table, that are written in one step."""
TEXT_PIECES = 100
"""Blocks that are written as text in one step."""
LINES = 8
"""Lines of Markdown that are written, and read again, in one step."""
A_RUN = 12
"""Characters that take as long as what each run takes by itself."""


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
        self._typed: str | None = None
        self._source: str | None = None
        self._html: str | None = None
        self._text: str | None = None
        self._gnumeric: str | None = None
        """"" where there is nothing for it."""

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

    @cached_property
    def work(self) -> int:
        """Characters of parts for which `markdown` has to find the signs, as their source is not known."""
        parts = (piece for piece in self._pieces if isinstance(piece, Part))
        return sum(len(run.text) + A_RUN for piece in parts for run in runs_of(piece.blocks))

    @property
    def is_written(self) -> bool:
        """Whether `markdown` is there for nothing."""
        return self._source is not None

    @property
    def has_html(self) -> bool:
        """Whether there is little enough of it for HTML."""
        return self.size <= HTML_LIMIT

    def steps(self) -> Iterator[None]:
        """Do the work of all forms but `markdown` in steps of some milliseconds each."""
        yield from self._reading()
        if self._html is None and self.has_html:
            parts = ['<meta charset="utf-8">\n']
            # A table alone goes to spreadsheets, where the letters of MathML fall into one another.
            formulas = _as_source if self.table is not None else self._formulas
            for number, piece in enumerate(html_pieces(self._blocks, formulas), 1):
                parts.append(piece)
                if number % HTML_PIECES == 0:
                    yield
            self._html = storable("".join(parts))
        table = self.table
        if table is not None and self._gnumeric is None:
            written: str | None = None
            for number, last in enumerate(gnumeric_steps(table), 1):
                written = last
                if number % HTML_PIECES == 0:
                    yield
            self._gnumeric = written or ""
        yield from self._writing()
        yield
        _ = self.csv

    def typed_steps(self) -> Iterator[None]:
        """Do the work of `typed` where there are whole messages, in steps of some milliseconds each."""
        if self._typed is not None:
            return
        typed: list[str] = []
        for at in range(0, len(self._pieces), PIECES):
            for piece in self._pieces[at : at + PIECES]:
                if not isinstance(piece, Part):
                    if piece.text:
                        typed.append(storable(piece.text))
                elif piece.blocks:
                    typed.append(storable(text_of(piece.blocks)))
            yield
        self._typed = "\n\n".join(typed)

    def source_steps(self) -> Iterator[None]:
        """Do the work of `markdown`, and of `typed` where there are whole messages, in steps of some milliseconds each."""
        yield from self.typed_steps()
        if self._source is not None:
            return
        if not any(isinstance(piece, Part) for piece in self._pieces):
            self._source = self._typed
            return
        sources: list[str] = []
        for piece in self._pieces:
            if not isinstance(piece, Part):
                if piece.text:
                    sources.append(storable(piece.text))
            elif piece.blocks:
                lines: list[str] = []
                for line in markdown_lines(piece.blocks):
                    lines.append(line)
                    if len(lines) % LINES == 0:
                        yield
                sources.append(storable("\n".join(lines)))
        yield
        self._source = "\n\n".join(sources)

    @property
    def markdown(self) -> str:
        """Of whole messages the exact source."""
        for _ in self.source_steps():
            pass
        return self._source or ""

    @property
    def html(self) -> str:
        """A fragment that says its character set."""
        for _ in self.steps():
            pass
        return self._html or ""

    @property
    def text(self) -> str:
        """As it is seen; a lone code block exactly, a lone table as spreadsheets take it."""
        for _ in self._writing():
            pass
        return self._text or ""

    def _writing(self) -> Iterator[None]:
        """Do the work of `text`."""
        if self._text is not None:
            return
        match self._first_two:
            case (CodeBlock(_, text),):
                self._text = storable(text)
            case (Table() as table,):
                self._text = storable(tsv_of(table))
            case _:
                parts: list[str] = []
                for part in text_pieces(self._blocks):
                    parts.append(part)
                    if len(parts) % TEXT_PIECES == 0:
                        yield
                self._text = storable("\n\n".join(parts))

    @property
    def typed(self) -> str:
        """What a plain editor gets: of whole messages the source, which means most there; else as it is seen."""
        if self.table is not None or all(isinstance(piece, Part) for piece in self._pieces):
            return self.text
        for _ in self.typed_steps():
            pass
        return self._typed or ""

    @property
    def table(self) -> Table | None:
        """The one table that all of it is; what has not been read is none."""
        if self._read is None and self.cost > STEP:
            return None
        match self._first_two:
            case (Table() as table,):
                return table
        return None

    @cached_property
    def csv(self) -> str | None:
        """The same as CSV where it is one table."""
        return None if self.table is None else storable(csv_of(self.table))

    @property
    def gnumeric(self) -> str:
        """The same for Gnumeric, where it is one table in which something would be taken for a formula or another value."""
        for _ in self.steps():
            pass
        return self._gnumeric or ""

    def _reading(self) -> Iterator[None]:
        """Read the whole messages as Markdown."""
        if self._read is not None:
            return
        read: list[tuple[Block, ...]] = []
        left = READ_LIMIT
        for piece in self._pieces:
            if isinstance(piece, Part):
                read.append(piece.blocks)
                continue
            if _is_markdown(piece) and len(piece.text) <= left:
                left -= len(piece.text)
                stream, helpings, at = MarkdownStream(), Helpings(), 0
                while at < len(piece.text):
                    helping, _ = helpings.take(piece.text[at : at + STEP])
                    stream.feed(helping)
                    stream.advance()
                    at += len(helping)
                    yield
                while not stream.end_some():
                    yield
                read.append(stream.blocks)
            else:
                read.append((Raw(piece.text),) if piece.text else ())
            yield
        self._read = tuple(read)

    @cached_property
    def _first_two(self) -> tuple[Block, ...]:
        """The first blocks of all, what came in parts joined: enough to know whether there is only one."""
        return tuple(islice(wholes(self._blocks), 2))

    @property
    def _blocks(self) -> tuple[Block, ...]:
        for _ in self._reading():
            pass
        return tuple(block for blocks in self._read or () for block in blocks)
