"""Blocks that asked for definitions which came after them, read once more a little at a time; knows no stream."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from pizzagpt_desktop.domain.blocks import Block
from pizzagpt_desktop.domain.markdown_inline import read_ahead
from pizzagpt_desktop.domain.markdown_reader import blocks_of
from pizzagpt_desktop.domain.markdown_references import References

if TYPE_CHECKING:
    from markdown_it.token import Token

AT_ONCE, CHARACTERS = 300, 16_000
"""Blocks, and characters of a long paragraph, that are read in one go."""


class Doubtful(NamedTuple):
    """Sealed blocks, `size` of them from number `first` on, whose `tokens` asked for definitions that had not come."""

    first: int
    size: int
    tokens: "list[Token]"
    missed: set[str]

    def is_known(self, references: References) -> bool:
        """Whether one of them has come."""
        return any(label in references for label in self.missed)


def mend(sealed: list[Block], late: list[Doubtful], references: References) -> Iterator[float]:
    """Put what `late` reads as now into `sealed`, in steps; each gives which part it is of what may be done in one go."""
    known = References(references)
    for first, size, tokens, _ in reversed(late):  # the last ones first: the numbers of the others stay
        for token in tokens:
            if token.type == "inline":
                yield from (length / CHARACTERS for length in read_ahead(token.content, known))
        sealed[first : first + size] = blocks_of(tokens, known)
        yield 1 / AT_ONCE
