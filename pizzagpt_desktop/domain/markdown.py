"""Markdown whole (`parse`) and as it arrives (`MarkdownStream`: sealed blocks + one live tail); knows no widget.

How a stream is cut. Only whole lines decide: once they show that a new block of the top level has begun, all
blocks before it are closed and can change no more; they are *sealed*. The last one, and the unfinished line after
it, are the *tail*, which alone is read again. Two things need more care:

- An open code fence at the top level takes lines without being read again at all. Any other tail that grows large
  is read again only when it has grown by a fraction of itself; until then its new text is shown as it came.
- A definition (of a link or a footnote) may come after its use. A sealed use stays as it was until `end`, which
  reads those parts once more that asked for a label in vain which is known by then. So the end is always
  `parse(whole)`.
"""

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

from pizzagpt_desktop.domain.blocks import Block, ListBlock, Paragraph, Quote, Raw, Run
from pizzagpt_desktop.domain.markdown_fence import OpenFence
from pizzagpt_desktop.domain.markdown_late import Doubtful, mend
from pizzagpt_desktop.domain.markdown_parts import Continued, last_cut
from pizzagpt_desktop.domain.markdown_reader import blocks_of, no_collector, normalised, tokens_of
from pizzagpt_desktop.domain.markdown_references import References
from pizzagpt_desktop.domain.markdown_sections import GOES_ON, LONG_LINE, Sections

if TYPE_CHECKING:
    from markdown_it.token import Token

    from pizzagpt_desktop.domain.inspection import Inspection

TEXT_LIMIT = 1_000_000
"""Characters read as Markdown; the lines after that are shown as they came (rule M6)."""
RAW_PART = 64_000
"""Characters of those lines in one block, at least."""
SMALL_TAIL = 3_000
"""Characters of a tail that is read again at every step."""
MANY_TOKENS = 2_000
"""Tokens of a tail that is too much to read twice in one step, however short it is: rows of hundreds of cells."""
GROWTH = 4
"""A larger tail is read again when it has grown by one part in so many; the total stays linear in the text."""
LONG_STEP, GROWTH_OF_PARAGRAPH = 2_000, 32
"""Characters, or a part of itself if that is more, by which a paragraph grows at most before it is read again."""


def parse(text: str) -> tuple[Block, ...]:
    """The blocks of a whole text. Never raises, drops no text; linear in its length but for a small factor."""
    text = normalised(text)
    cut = _limit(text) if len(text) > TEXT_LIMIT else len(text)
    references = References()
    with no_collector():
        sections = [tokens_of(section, references) for section in Sections().cut(text[:cut])]
        blocks = tuple(block for tokens in sections for block in blocks_of(tokens, references))
    return (*blocks, *map(Raw, _raw_parts(text[cut:])))


def inspect(text: str) -> "Inspection":
    """What the view shows of a whole text."""
    from pizzagpt_desktop.domain.inspection import inspection_of  # the window never needs it

    return inspection_of(parse(text))


def _raw_parts(text: str) -> list[str]:
    """Text beyond the limit in parts that end with a line; the last one may go on."""
    parts = []
    at = 0
    while 0 < (end := text.find("\n", at + RAW_PART) + 1) < len(text):
        parts.append(text[at:end])
        at = end
    return [*parts, text[at:]] if text else parts


def _limit(text: str) -> int:
    return text.rfind("\n", max(0, TEXT_LIMIT - LONG_LINE), TEXT_LIMIT) + 1 or TEXT_LIMIT


class MarkdownStream:
    """A text that grows: `feed` pieces, `advance` to read them, `end` once.

    `sealed` only grows until `end`; `tail` is what stands after it now.
    """

    def __init__(self) -> None:
        self.sealed: list[Block] = []
        self.ended = False
        self._pieces: list[str] = []
        self._fed: list[str] = []
        self._length = 0
        self._tail = ""
        self._tail_blocks: tuple[Block, ...] = ()
        self._read = 0
        """How much of the tail the blocks of the tail were made from."""
        self._whole_lines_read = 0
        self._references = References()
        """The definitions in what is sealed."""
        self._found = References()
        """The definitions in the whole lines of the tail."""
        self._doubtful: list[Doubtful] = []
        self._mending: Iterator[float] | None = None
        self.mended = False
        self._sections = Sections()
        self._continued = Continued()
        """The list or table that the tail goes on with."""
        self._fence: OpenFence | None = None
        self._overflow: list[str] | None = None

    def feed(self, chunk: str) -> None:
        """Take a piece; costs nothing until `advance`."""
        if chunk:
            self._fed.append(chunk)

    @property
    def tail(self) -> tuple[Block, ...]:
        """The blocks that may still change, as of the last `advance`."""
        if self._overflow is not None:
            return (*self._tail_blocks, *map(Raw, _raw_parts("".join(self._overflow))))
        if self._fence is not None:
            return (self._fence.block(),)
        if self._read < len(self._tail):
            return _grown(self._tail_blocks, self._tail[self._read :])
        return self._tail_blocks

    @property
    def blocks(self) -> tuple[Block, ...]:
        """Everything as it stands."""
        return (*self.sealed, *self.tail)

    @property
    def overflows(self) -> bool:
        """Whether what comes now is beyond the limit: lines that are shown as they came."""
        return self._overflow is not None

    @property
    def text(self) -> str:
        """Everything that was fed, as it came."""
        self._pieces = ["".join(self._pieces)]
        return self._pieces[0] + "".join(self._fed)

    def advance(self) -> tuple[Block, ...]:
        """Read what was fed; the blocks that are sealed by it (they are in `sealed` too)."""
        new = self._taken()
        if not new:
            return ()
        before = len(self.sealed)
        self._length += len(new)
        if self._overflow is not None:
            *whole, last = _raw_parts("".join((*self._overflow, new)))  # there is something: `new`
            self.sealed += map(Raw, whole)
            self._overflow = [last]
        elif self._length > TEXT_LIMIT:
            self._overflowed(new)
        else:
            self._read_more(new)
        return tuple(self.sealed[before:])

    def end(self) -> bool:
        """Read all that is left. False where `sealed` had to be replaced (see above), True where it only grew."""
        while not self.end_some():
            pass
        return not self.mended

    def end_some(self) -> bool:
        """A part of the work of `end`, such that it takes no long time; whether it is all done."""
        if self._mending is None:
            self._finish()
            late = [part for part in self._doubtful if part.is_known(self._references)]
            self._doubtful = []
            self.mended = bool(late)
            self._mending = mend(self.sealed, late, self._references)
        cost = 0.0
        for part in self._mending:
            cost += part
            if cost >= 1:
                return False
        self.ended = True
        return True

    def _finish(self) -> None:
        """Read all that is left, with what is known by then."""
        self.advance()
        if self._fed:  # a carriage return was held back, for a line feed might have followed
            self._fed.append("")
            self._pieces += self._fed
            self._fed = []
            self._length += 1
            if self._overflow is not None:
                self._overflow.append("\n")
            else:
                self._read_more("\n")
        if self._fence is None and min(self._read, self._whole_lines_read) < len(self._tail):
            self._read_tail(final=True)
        self._close_fence()
        self.sealed += self.tail
        self._references.settle(self._found)
        self._clear_tail()
        self._overflow = None

    def _taken(self) -> str:
        fed = "".join(self._fed)
        self._fed = []
        if fed.endswith("\r"):  # perhaps one half of a line end
            fed, self._fed = fed[:-1], ["\r"]
        if fed:
            self._pieces.append(fed)
        return normalised(fed)

    def _read_more(self, new: str) -> None:
        for number, part in enumerate(self._sections.cut(new)):
            if number:
                self._end_section()
            if part:
                self._read_part(part)

    def _end_section(self) -> None:
        """What comes now has nothing to do with the block that the tail is."""
        if self._fence is None and self._tail:
            last = self._seal(self._tail)
            if self._fence is None:
                self._references.settle(self._found)
                self._seal_blocks(last)
        self._close_fence()
        self._clear_tail()

    def _read_part(self, new: str) -> None:
        if self._fence is not None:
            rest = self._fence.take(new)
            if rest is None:
                return
            self.sealed.append(self._fence.block())
            self._fence = None
            self._clear_tail()
            new = rest
        self._tail += new
        size = len(self._tail)
        # Of a lone paragraph or line only the last part is read again (`markdown_inline._remembered`), so it may be often.
        is_paragraph = len(self._tail_blocks) == 1 and isinstance(self._tail_blocks[0], Paragraph)
        is_line = 4 * self._whole_lines_read < size
        step = size // GROWTH
        if is_paragraph or is_line:
            step = min(step, max(LONG_STEP, size // GROWTH_OF_PARAGRAPH))
        if size > SMALL_TAIL and size - self._read < step:
            return
        self._read_tail()

    def _read_tail(self, final: bool = False) -> None:
        whole = len(self._tail) if final else self._tail.rfind("\n") + 1
        if whole > self._whole_lines_read:
            last = self._seal(self._tail[:whole])
            if self._fence is not None:
                self._clear_tail()
                return
            is_much = len(self._tail) > SMALL_TAIL or len(last) > MANY_TOKENS
            if self._whole_lines_read == len(self._tail) or is_much:
                # No unfinished line, or too much to read twice: that line is shown as it came for now.
                self._tail_blocks = blocks_of(last, self._found)
                self._read = self._whole_lines_read
                return
        if not self._tail.strip("\n"):
            self._tail_blocks = ()
        else:
            references = References(self._references)
            self._tail_blocks = blocks_of(tokens_of(self._tail, references, self._continued), references)
        self._read = len(self._tail)

    def _seal(self, lines: str) -> "list[Token]":
        """Seal what `lines`, the whole lines of the tail, have closed; the tokens of what they have not."""
        self._whole_lines_read = len(lines)
        self._found = found = References(self._references)
        tokens = tokens_of(lines, found, self._continued)
        last, first_line = _last_part(tokens, found)
        if first_line > 0:
            self._references.settle(found, first_line)
            cut = _offset_of_line(lines, first_line)
            self._seal_blocks(tokens[:last])
            self._tail = self._tail[cut:]
            self._whole_lines_read -= cut
            self._tail_blocks, self._read = (), 0
            self._continued, lines = Continued(), lines[cut:]
        if self._seal_parts(tokens[last:], lines, first_line):
            return self._seal(self._tail[: self._whole_lines_read])
        fence = tokens[last] if last < len(tokens) else None
        if fence is not None and fence.type == "fence":
            block = blocks_of([fence], self._references)[0]
            opened = OpenFence.of(self._tail, fence.markup, block)
            if opened is not None:
                self._fence = opened
                rest = opened.take(self._tail[self._tail.find("\n") + 1 :])
                if rest is not None:  # it was closed already: an ordinary tail
                    self._fence = None
        return tokens[last:]

    def _seal_parts(self, tokens: "list[Token]", lines: str, first_line: int) -> bool:
        """Seal the parts of a long list or table that are closed; whether there were any.

        tokens: what is left of those that were read, `first_line` lines before `lines`.
        """
        cut = last_cut(tokens, lines)
        if cut is None or self._found.open_formula is not None:
            return False
        self._references.settle(self._found, cut.line)
        at = _offset_of_line(lines, cut.line - first_line)
        self._seal_blocks([*tokens[: cut.token], tokens[-1]])
        self._tail = cut.continued.opening + self._tail[at:]
        self._whole_lines_read += len(cut.continued.opening) - at
        self._tail_blocks, self._read = (), 0
        self._continued = cut.continued
        return True

    def _seal_blocks(self, tokens: "list[Token]") -> None:
        """Seal what `tokens` say, one block of the top level after the other."""
        starts = [at for at, token in enumerate(tokens) if token.level == 0 and token.nesting >= 0]
        for start, end in pairwise((*starts, len(tokens))):
            references = References(self._references)
            own = tokens[start:end]
            blocks = blocks_of(own, references)
            if references.missed:
                self._doubtful.append(Doubtful(len(self.sealed), len(blocks), own, references.missed))
            self.sealed += blocks

    def _close_fence(self) -> None:
        if self._fence is not None:
            self.sealed.append(self._fence.finished())
            self._fence = None

    def _clear_tail(self) -> None:
        self._tail, self._tail_blocks, self._read, self._whole_lines_read = "", (), 0, 0
        self._continued = Continued()

    def _overflowed(self, new: str) -> None:
        """The limit is crossed: what lies before it is read for the last time, the rest is text."""
        surplus = self._length - TEXT_LIMIT
        head, rest = new[: len(new) - surplus], new[len(new) - surplus :]
        if head:
            self._read_more(head)
        if self._fence is not None:
            self._tail = self._fence.source()
            self._fence = None
        cut = self._tail.rfind("\n") + 1
        is_begun = not cut and (not self.sealed or self._tail.startswith(GOES_ON))
        if is_begun or len(self._tail) - cut >= LONG_LINE:
            cut = len(self._tail)
        self._overflow = [self._tail[cut:] + rest]
        self._tail = self._tail[:cut]
        self._read_tail(final=True)
        self._close_fence()
        self.sealed += self._tail_blocks
        self._clear_tail()


def _last_part(tokens: "list[Token]", found: References) -> tuple[int, int]:
    """Where the last block or definition begins, which alone may still change: index of its token, number of its line."""
    limit = found.open_formula if found.open_formula is not None else float("inf")
    index, line, end = 0, 0, 0
    after = len(tokens)
    for at in range(len(tokens) - 1, -1, -1):
        token = tokens[at]
        if token.level == 0 and token.nesting >= 0 and token.map:
            if token.map[0] <= limit:
                index, (line, end) = at, token.map
                break
            after = at
    definition = found.last_line(limit)
    return (after, definition) if definition >= end and definition > line else (index, line)


def _offset_of_line(text: str, line: int) -> int:
    at = 0
    for _ in range(line):
        at = text.index("\n", at) + 1
    return at


def _grown(blocks: tuple[Block, ...], text: str) -> tuple[Block, ...]:
    """`blocks` with unread `text` at their very end, so that a growing giant does not jump about meanwhile."""
    if not blocks:
        return (Paragraph((Run(text.removeprefix(GOES_ON)),), text.startswith(GOES_ON)),)
    last: Block
    match blocks[-1]:
        case Paragraph(runs, goes_on):
            last = Paragraph((*runs, Run(text)), goes_on)
        case Quote(inner):
            last = Quote(_grown(inner, text))
        case ListBlock(items) as block if items:
            item = replace(items[-1], blocks=_grown(items[-1].blocks, text))
            last = replace(block, items=(*items[:-1], item))
        case other:
            return (*blocks[:-1], other, Paragraph((Run(text),)))
    return (*blocks[:-1], last)
