"""Blocks laid flat: each leaf is one piece of text, card or line with its indents; pure, knows no Qt.

What is too long for one leaf becomes several that look like one: only those near the screen are ever laid out.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import accumulate, chain

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
from pizzagpt_desktop.domain.marks import marked

PARAGRAPH_LIMIT = 4_000
"""Characters laid out as one paragraph."""
WORD_LIMIT = 2_000
"""Characters of one word before it is cut in the view (rule M10)."""
RUNS_LIMIT = 400
"""Runs of a paragraph in one leaf: each has a format of its own. One with a box or a picture counts more than once."""
CODE, FORMULA = 2, 4
TABLE_RUNS = 1_000
"""Runs of a table in one leaf."""
LETTERS_LIMIT = 1_000
"""Different characters of a text in one leaf: each may have to be looked for in many fonts."""
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
    come before it.
    """

    content: Content
    rails: tuple[Rail, ...] = ()
    marker: str = ""
    gap: int = GAP
    joined: bool = False
    more: bool = False
    glue: str = ""
    line: int = 0


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
            case Paragraph(runs, goes_on):
                glue, runs = _without_glue(runs) if goes_on else ("", runs)
                parts = _chain(Leaf(Paragraph(part), rails) for part in _pieces(runs))
                if goes_on:
                    parts[0] = replace(parts[0], gap=0, joined=True, glue=glue)
                leaves += parts
            case Table(header, rows, align):
                parts = _chain(
                    Leaf(Table(header if not at else (), part, align), rails, glue="\n")
                    for at, part in enumerate(_rows(rows))
                )
                if not header:  # it goes on where the table before it ended
                    parts[0] = replace(parts[0], gap=0, joined=True, glue="\n")
                leaves += parts
            case Heading(level, runs):
                leaves += _chain(Leaf(Heading(level, part), rails, gap=GAP_HEADING) for part in _pieces(runs))
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
    """`runs` in parts of at most `PARAGRAPH_LIMIT` characters, with runs of no more than `RUNS_LIMIT`; cut after blanks, words at `WORD_LIMIT`.

    What is one sign or picture is in one part. A cut depends on nothing after that part.
    """
    ends = list(accumulate([len(run.text) for run in runs]))
    costs = list(accumulate(map(_cost, runs)))
    if not runs or (costs[-1] <= RUNS_LIMIT and ends[-1] <= WORD_LIMIT):
        yield runs
        return
    text = "".join([run.text for run in runs])
    start = first = used = 0
    while first < len(runs):
        most = bisect_right(costs, (costs[first - 1] if first else 0) + RUNS_LIMIT)
        if len(text) - start > PARAGRAPH_LIMIT or _long_word(text, start):
            end = _cut(text, start)
        else:
            end = len(text)
        end = _few_letters(text, start, end)
        last = bisect_left(ends, end, first) if end < len(text) else len(runs) - 1
        if last >= most:
            last, end = most - 1, ends[most - 1]
            blank = max(text.rfind("\n", start, end), text.rfind(" ", start, end)) + 1
            if blank > start:
                last, end = bisect_left(ends, blank, first), blank
        begins = ends[last] - len(runs[last].text)
        if begins < end < ends[last] and _is_one(runs[last]):
            last, end = (last - 1, begins) if begins > start else (last, ends[last])
        part = list(runs[first : last + 1])
        if end < ends[last]:
            part[-1] = replace(part[-1], text=text[max(begins, start) : end])
        if used:
            part[0] = replace(part[0], text=part[0].text[used:] if len(part) > 1 else text[start:end])
        yield tuple(part)
        first, used = (last, end - begins) if end < ends[last] else (last + 1, 0)
        start = end


def _without_glue(runs: Runs) -> tuple[str, Runs]:
    """The blank or line end that `runs` begin with, which a line of its own need not show, and the runs without it."""
    text = runs[0].text if runs else ""
    if text[:1] not in (" ", "\n") or (len(text) == 1 and len(runs) == 1):
        return "", runs
    rest = (replace(runs[0], text=text[1:]),) if len(text) > 1 else ()
    return text[0], rest + runs[1:]


def _cost(run: Run) -> int:
    return FORMULA if run.math is not None else CODE if run.code else 1


def cost_of(content: Content) -> int:
    """How much there is to write and to lay out: runs, as `RUNS_LIMIT` counts them."""
    if isinstance(content, Paragraph | Heading):
        return sum(map(_cost, content.runs))
    if isinstance(content, Table):
        return sum(map(_cost, chain(*content.header, *(cell for row in content.rows for cell in row))))
    return 0


def texts_of(content: Content) -> Iterable[str]:
    """All that `content` shows, in pieces."""
    match content:
        case Paragraph(runs) | Heading(_, runs):
            return (run.text for run in runs)
        case CodeBlock(_, text) | Raw(text):
            return (text,)
        case Table(header, rows):
            return (run.text for row in (header, *rows) for cell in row for run in cell)
        case _:
            return ()


def _few_letters(text: str, start: int, end: int) -> int:
    """`end`, or where a part from `start` on has as many different characters as may be."""
    if end - start <= LETTERS_LIMIT or len(set(text[start:end])) <= LETTERS_LIMIT:
        return end
    found: set[str] = set()
    at = start
    while len(found) < LETTERS_LIMIT:
        found.add(text[at])
        at += 1
    blank = max(text.rfind("\n", start, at), text.rfind(" ", start, at)) + 1
    return blank if blank > start else at


def _is_one(run: Run) -> bool:
    """Whether a run is shown as one sign or picture."""
    is_one = run.math is not None or run.image is not None or bool(run.note)
    return is_one and len(run.text) <= PARAGRAPH_LIMIT


def _rows(rows: tuple[tuple[Runs, ...], ...]) -> Iterator[tuple[tuple[Runs, ...], ...]]:
    """`rows` in parts of at most `ROWS_LIMIT` rows and, where one is not more by itself, `TABLE_RUNS` runs."""
    start = size = 0
    for at, row in enumerate(rows):
        own = sum(map(_cost, chain(*row)))
        if at - start >= ROWS_LIMIT or (at > start and size + own > TABLE_RUNS):
            yield rows[start:at]
            start, size = at, 0
        size += own
    yield rows[start:]


def _long_word(text: str, start: int) -> bool:
    window = text[start : start + WORD_LIMIT + 1]
    return len(window) > WORD_LIMIT and not any(c in window for c in " \n\t")


def _cut(text: str, start: int) -> int:
    limit = min(start + PARAGRAPH_LIMIT, len(text))
    at = max(text.rfind("\n", start, limit), text.rfind(" ", start, limit))
    if at <= start:
        return min(start + WORD_LIMIT, len(text))
    return at + 1
