"""What a reply is made of once its Markdown is read: blocks and runs as values; knows no parser and no widget."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pizzagpt_desktop.domain.links import Link


@dataclass(frozen=True, slots=True)
class Image:
    """A picture that is named but never fetched. host: where it would have come from, "" where that is no host."""

    alt: str
    src: str
    host: str


@dataclass(frozen=True, slots=True)
class Math:
    """A formula in TeX, without its delimiters. display: it stands by itself."""

    source: str
    display: bool


@dataclass(frozen=True, slots=True)
class Run:
    """Characters of one style. Line breaks are "\\n" in `text`.

    For an image `text` is what stands in its place: its alt text and its host, "" where it has neither.
    For a formula it is the source with its delimiters. note: the name of the footnote that `text` points to.
    """

    text: str
    bold: bool = False
    italic: bool = False
    strike: bool = False
    code: bool = False
    link: Link | None = None
    image: Image | None = None
    math: Math | None = None
    note: str = ""

    @property
    def is_strict(self) -> bool:
        """Whether nothing may be in `text` that is not seen: code, formulas and links (rule M8)."""
        return self.code or self.link is not None or self.math is not None


Runs = tuple[Run, ...]


@dataclass(frozen=True, slots=True)
class Paragraph:
    """goes_on: it is what is left of a line that was too long to be read in one: the text before it goes on here."""

    runs: Runs
    goes_on: bool = False


@dataclass(frozen=True, slots=True)
class Heading:
    """level: 1 to 6."""

    level: int
    runs: Runs


@dataclass(frozen=True, slots=True)
class CodeBlock:
    """lang: the whole info string. text: the exact characters, with the last line's end if it has one."""

    lang: str
    text: str


@dataclass(frozen=True, slots=True)
class Quote:
    blocks: "tuple[Block, ...]"


@dataclass(frozen=True, slots=True)
class ListItem:
    """checked: None for an ordinary item, else the state of its task box."""

    blocks: "tuple[Block, ...]"
    checked: bool | None = None


@dataclass(frozen=True, slots=True)
class ListBlock:
    """start: the first number, or None for bullets. tight: no blank lines between the items.

    goes_on: it is a further part of the list before it: a long one of the top level comes in parts.
    """

    items: tuple[ListItem, ...]
    start: int | None
    tight: bool
    goes_on: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """align: per column "", "left", "center" or "right"; every row has as many cells.

    A long table comes in parts: those after the first have an empty header.
    """

    header: tuple[Runs, ...]
    rows: tuple[tuple[Runs, ...], ...]
    align: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Footnote:
    """A note, where its author put it. name: what its uses call it."""

    name: str
    blocks: "tuple[Block, ...]"


@dataclass(frozen=True, slots=True)
class Rule:
    """A horizontal line."""


@dataclass(frozen=True, slots=True)
class Raw:
    """Text shown as it came, line by line: beyond a limit, or never meant to be Markdown."""

    text: str


Block = Paragraph | Heading | CodeBlock | Quote | ListBlock | Table | Footnote | Rule | Raw


def plain(runs: Iterable[Run]) -> str:
    """The visible characters of `runs`."""
    return "".join(run.text for run in runs)


def walk(blocks: Iterable[Block]) -> Iterator[Block]:
    """Every block, containers before what they hold, in order of reading."""
    for block in blocks:
        yield block
        if isinstance(block, Quote | Footnote):
            yield from walk(block.blocks)
        elif isinstance(block, ListBlock):
            for item in block.items:
                yield from walk(item.blocks)


def runs_of(blocks: Iterable[Block]) -> Iterator[Run]:
    """Every run, in order of reading."""
    for block in walk(blocks):
        if isinstance(block, Paragraph | Heading):
            yield from block.runs
        elif isinstance(block, Table):
            for cell in (*block.header, *(cell for row in block.rows for cell in row)):
                yield from cell


def visible_text(blocks: Iterable[Block]) -> str:
    """All that can be read in `blocks`, one line a paragraph or cell; list numbers and bullets are not in it."""
    parts: list[str] = []
    for block in walk(blocks):
        match block:
            case Paragraph(runs, True) if parts:
                parts[-1] += plain(runs)
            case Paragraph(runs) | Heading(_, runs):
                parts.append(plain(runs))
            case CodeBlock(_, text) | Raw(text):
                parts.append(text.removesuffix("\n"))
            case Table(header, rows, _):
                lines = (header, *rows) if header else rows
                parts += ["\t".join(plain(cell) for cell in row) for row in lines]
            case _:
                pass
    return "\n".join(parts)
