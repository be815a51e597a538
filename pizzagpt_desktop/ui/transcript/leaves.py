"""Blocks laid flat: each leaf is one piece of text, card or line with its indents; pure, knows no Qt.

What is too long for one leaf becomes several that look like one: only those near the screen are ever laid out.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import chain, pairwise

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
from pizzagpt_desktop.domain.direction import paragraph_direction
from pizzagpt_desktop.domain.marks import marked

PARAGRAPH_LIMIT = 4_000
"""Characters laid out as one paragraph."""
WORD_LIMIT = 2_000
"""Characters of one word before it is cut in the view (rule M10)."""
LINES_LIMIT = 120
"""Lines of code or plain text in one leaf."""
ROWS_LIMIT = 60
"""Rows of a table in one leaf."""
NAME_LIMIT = 3
"""Characters of a footnote's name that stand in the margin."""
DEEPEST = 8
"""Indents that are drawn; deeper ones are drawn as this one."""
GAP, GAP_TIGHT, GAP_HEADING = 12, 4, 20


class Rail(StrEnum):
    """One indent: a quote's bar or a list's margin."""

    QUOTE = "quote"
    LIST = "list"


Content = Paragraph | Heading | CodeBlock | Table | Rule | Raw


@dataclass(frozen=True, slots=True)
class Leaf:
    """gap: pixels above. joined: it goes on where the leaf before it ended. more: another one goes on after it.

    glue: the characters that were between this leaf and the one it is joined to. line: how many lines of the same code
    come before it. rtl: of a part of a long paragraph, whether the whole begins at the right.
    """

    content: Content
    rails: tuple[Rail, ...] = ()
    marker: str = ""
    gap: int = GAP
    joined: bool = False
    more: bool = False
    glue: str = ""
    line: int = 0
    rtl: bool | None = None


def flatten(blocks: Iterable[Block], rails: tuple[Rail, ...] = ()) -> list[Leaf]:
    """The leaves of `blocks` in order of reading."""
    leaves: list[Leaf] = []
    for block in blocks:
        match block:
            case Quote(inner):
                leaves += flatten(inner, _deeper(rails, Rail.QUOTE)) or [
                    Leaf(Paragraph(()), _deeper(rails, Rail.QUOTE))
                ]
            case ListBlock():
                leaves += _list(block, rails)
            case Footnote(name, inner):
                leaves += _footnote(name, inner, _deeper(rails, Rail.LIST))
            case CodeBlock(lang, text):
                leaves += _numbered(_chain(Leaf(CodeBlock(lang, part), rails) for part in _lines(text)))
            case Raw(text):
                leaves += plain_leaves(text, rails)
            case Paragraph(runs):
                parts = list(_pieces(runs))
                way = paragraph_direction(runs) if len(parts) > 1 else None
                leaves += _chain(Leaf(Paragraph(part), rails, rtl=way) for part in parts)
            case Table(header, rows, align):
                cuts = [rows[at : at + ROWS_LIMIT] for at in range(0, len(rows), ROWS_LIMIT)] or [()]
                parted = _chain(
                    Leaf(Table(header if not at else (), part, align), rails, glue="\n")
                    for at, part in enumerate(cuts)
                )
                if not header:  # it goes on where the table before it ended
                    parted[0] = replace(parted[0], gap=0, joined=True, glue="\n")
                leaves += parted
            case Heading():
                leaves.append(Leaf(block, rails, gap=GAP_HEADING))
            case Rule():
                leaves.append(Leaf(block, rails))
    return leaves


def plain_leaves(text: str, rails: tuple[Rail, ...] = ()) -> Iterator[Leaf]:
    """The leaves of plain `text`, each cut off when it is asked for."""
    parts = _plain(text)
    part, glue = next(parts)
    is_first = True
    for following in chain(parts, (None,)):
        yield Leaf(
            Raw(part),
            rails,
            gap=GAP if is_first else 0,
            joined=not is_first,
            more=following is not None,
            glue="" if is_first else glue,
        )
        if following is not None:
            (part, glue), is_first = following, False


def _deeper(rails: tuple[Rail, ...], rail: Rail) -> tuple[Rail, ...]:
    return (*rails, rail) if len(rails) < DEEPEST else rails


def _footnote(name: str, blocks: tuple[Block, ...], rails: tuple[Rail, ...]) -> list[Leaf]:
    """A note in its place, its name where an item's number would be; a long name is part of its text."""
    leaves = flatten(blocks, rails) or [Leaf(Paragraph(()), rails)]
    if len(name) <= NAME_LIMIT and not leaves[0].marker:
        leaves[0] = replace(leaves[0], marker=f"{marked(name, True)}.")
    else:
        if not isinstance(leaves[0].content, CodeBlock | Table):
            leaves[0] = replace(leaves[0], gap=min(leaves[0].gap, GAP_TIGHT))
        leaves.insert(0, Leaf(Paragraph((Run(f"[{name}]", note=name),)), rails))
    return leaves


def _list(block: ListBlock, rails: tuple[Rail, ...]) -> list[Leaf]:
    inner = _deeper(rails, Rail.LIST)
    bullet = "•◦▪"[sum(rail is Rail.LIST for rail in rails) % 3]
    leaves: list[Leaf] = []
    for index, item in enumerate(block.items):
        marker = bullet if block.start is None else f"{block.start + index}."
        if item.checked is not None:
            marker = "☑" if item.checked else "☐"
        of_item = flatten(item.blocks, inner) or [Leaf(Paragraph(()), inner)]
        first = of_item[0]
        marker = f"{marker} {first.marker}" if first.marker and len(inner) == len(first.rails) else marker
        if first.marker and len(first.rails) > len(inner):
            # A list that begins inside an item's own line: the item keeps an empty line for its marker.
            of_item.insert(0, Leaf(Paragraph(()), inner, marker))
        else:
            of_item[0] = replace(first, marker=marker)
        if block.tight:
            of_item = [leaf if isinstance(leaf.content, CodeBlock | Table) or leaf.gap == 0 else
                       replace(leaf, gap=min(leaf.gap, GAP_TIGHT)) for leaf in of_item]  # fmt: skip
        leaves += of_item
    if block.tight and leaves and not isinstance(leaves[0].content, CodeBlock | Table):
        first_gap = GAP_TIGHT if block.goes_on else GAP
        leaves[0] = replace(
            leaves[0], gap=first_gap if not rails or rails[-1] is not Rail.LIST else GAP_TIGHT
        )
    return leaves


def _chain(leaves: Iterable[Leaf]) -> list[Leaf]:
    """`leaves` marked as one that was cut."""
    parts = list(leaves)
    if len(parts) == 1:
        return [replace(parts[0], glue="")]
    last = len(parts) - 1
    return [
        replace(
            part,
            gap=0 if index else part.gap,
            joined=index > 0,
            more=index < last,
            glue=part.glue if index else "",
        )
        for index, part in enumerate(parts)
    ]


def _numbered(leaves: list[Leaf]) -> list[Leaf]:
    """Parts of one code, each with the number of lines before it."""
    line = 0
    for at, leaf in enumerate(leaves):
        if line:
            leaves[at] = replace(leaf, line=line)
        if isinstance(leaf.content, CodeBlock) and leaf.more:
            line += leaf.content.text.count("\n")
    return leaves


def _lines(text: str) -> Iterator[str]:
    """`text` in parts of at most `LINES_LIMIT` lines; the same cuts however long it grows. "" gives one part."""
    start = 0
    while True:
        at = start
        for _ in range(LINES_LIMIT):
            end = text.find("\n", at)
            if end < 0:
                yield text[start:]
                return
            at = end + 1
            if at - start > 4 * PARAGRAPH_LIMIT:
                break
        if at == len(text):
            yield text[start:]
            return
        yield text[start:at]
        start = at


def _plain(text: str) -> Iterator[tuple[str, str]]:
    """Plain `text` in parts, with what stood before each: a line end, or nothing where a long line was cut."""
    glue = ""
    for part in _lines(text):
        at = 0
        while at < len(part):
            end = _cut(part, at) if len(part) - at > 4 * PARAGRAPH_LIMIT + WORD_LIMIT else len(part)
            yield part[at:end].removesuffix("\n"), glue
            glue = "\n" if part[end - 1] == "\n" else ""
            at = end
        if not part:
            yield "", glue


def _pieces(runs: Runs) -> Iterator[Runs]:
    """`runs` in parts of at most `PARAGRAPH_LIMIT` characters, cut after blanks, words cut at `WORD_LIMIT`."""
    length = sum(len(run.text) for run in runs)
    if length <= WORD_LIMIT:
        yield runs
        return
    text = "".join(run.text for run in runs)
    cuts = [0]
    while length - cuts[-1] > PARAGRAPH_LIMIT or _long_word(text, cuts[-1]):
        cuts.append(_cut(text, cuts[-1]))
    cuts.append(length)
    if len(cuts) == 2:
        yield runs
        return
    at = index = used = 0
    for start, end in pairwise(cuts):
        part: list[Run] = []
        at = start
        while at < end:
            run = runs[index]
            piece = run.text[used : used + end - at]
            part.append(run if len(piece) == len(run.text) else replace(run, text=piece))
            at += len(piece)
            used += len(piece)
            if used == len(run.text):
                index, used = index + 1, 0
        yield tuple(part)


def _long_word(text: str, start: int) -> bool:
    window = text[start : start + WORD_LIMIT + 1]
    return len(window) > WORD_LIMIT and not any(c in window for c in " \n\t")


def _cut(text: str, start: int) -> int:
    limit = min(start + PARAGRAPH_LIMIT, len(text))
    at = max(text.rfind("\n", start, limit), text.rfind(" ", start, limit))
    if at <= start:
        return min(start + WORD_LIMIT, len(text))
    return at + 1
