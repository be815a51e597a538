"""One text on its way to leaves: read a helping at a time, again only where it may have changed; knows no message and no screen."""

import gc
from collections.abc import Iterator
from itertools import islice
from time import perf_counter

from pizzagpt_desktop.domain.blocks import Block, Raw
from pizzagpt_desktop.domain.helpings import LARGEST, Helpings
from pizzagpt_desktop.domain.markdown import RAW_PART, MarkdownStream
from pizzagpt_desktop.domain.markdown_parser import parser
from pizzagpt_desktop.ui.transcript.leaves import Leaf, flatten, plain_leaves

COSTLY_S, REST = 0.008, 8
"""A reading that took longer is repeated only after so many times its length: a giant list must not eat every frame."""

LEFT_ALONE = 2_000
"""Leaves after which what was read is kept out of the search for garbage: with a giant it would stop every frame it falls in."""

PLAIN_FIRST, PLAIN_MORE, PLAIN_MOST = 10, 4, 100
"""Leaves of plain text that are made in one go: so many first, then one for every so many that are there, and at most."""


class Reading:
    """The blocks of a text that may grow, and their leaves."""

    def __init__(self, text: str) -> None:
        self._stream = MarkdownStream()
        self._helpings = Helpings()
        self._unread = text
        self._at = 0
        """Where in it the next helping begins."""
        self._blocks_done = 0
        """How many of the stream's sealed blocks have their leaves."""
        self._sealed_leaves = 0
        self._searched = 0
        """How many of these the collector looks through."""
        self._rest_until = 0.0

    @property
    def waits(self) -> bool:
        """Whether there is text that has not been read."""
        return self.unread > 0

    @property
    def unread(self) -> int:
        """Characters that have not been read."""
        return len(self._unread) - self._at

    @property
    def ended(self) -> bool:
        """Whether all has been read for good."""
        return self._stream.ended

    @property
    def rests(self) -> bool:
        """Whether what grows had better not be read again yet."""
        return perf_counter() < self._rest_until

    @property
    def blocks(self) -> tuple[Block, ...]:
        """What has been read."""
        return self._stream.blocks

    def add(self, text: str) -> None:
        """So much came after what there was."""
        self._unread, self._at = self._unread[self._at :] + text, 0

    def become(self, text: str) -> None:
        """From now on read `text`; what was read stands where that begins the same."""
        known = self._stream.text + self._unread[self._at :]
        if text.startswith(known):
            self.add(text[len(known) :])
        else:
            self._stream, self._unread, self._at = MarkdownStream(), text, 0
            self._blocks_done = self._sealed_leaves = 0

    def read(self, is_all: bool) -> tuple[int, list[Leaf]]:
        """Read one helping: from which leaf on others are shown now, and these. is_all: no more text will come."""
        parser()  # loaded with the first reply, which is no part of what reading costs
        began = perf_counter()
        stream = self._stream
        stream.feed(self._helping())
        stream.advance()
        ended = is_all and not self.waits
        if ended and not stream.ended and stream.end_some() and stream.mended:
            self._blocks_done = self._sealed_leaves = 0  # a definition came after its use: all anew
        start = self._sealed_leaves
        sealed = flatten(stream.sealed[self._blocks_done :])
        leaves = sealed + flatten(stream.tail)
        self._blocks_done = len(stream.sealed)
        self._sealed_leaves += len(sealed)
        self._searched = _leave_alone(self._searched + len(sealed))
        cost = perf_counter() - began
        self._helpings.note(cost)
        self._rest_until = began + (REST * cost if cost > COSTLY_S else 0.0)
        return start, leaves

    def _helping(self) -> str:
        """What to read now; lines that are shown as they came cost next to nothing."""
        if self._stream.overflows:
            piece = self._unread[self._at : self._at + RAW_PART]
        else:
            piece, _ = self._helpings.take(self._unread[self._at : self._at + LARGEST])
        self._at += len(piece)
        if not self.waits:
            self._unread, self._at = "", 0
        return piece


class PlainReading:
    """The leaves of a text that is shown as it came; as `Reading`, but nothing of it is ever read again."""

    rests = False

    def __init__(self, text: str) -> None:
        self._become(text)

    def _become(self, text: str) -> None:
        self._text = text
        self._left: Iterator[Leaf] = plain_leaves(text)
        self._leaves = self._read = self._searched = 0
        self.ended = False
        """Whether all has been read."""

    @property
    def waits(self) -> bool:
        return not self.ended

    @property
    def unread(self) -> int:
        return max(1, len(self._text) - self._read) if self.waits else 0

    @property
    def blocks(self) -> tuple[Block, ...]:
        return (Raw(self._text),)

    def add(self, text: str) -> None:
        self._become(self._text + text)

    def become(self, text: str) -> None:
        if text != self._text:
            self._become(text)

    def read(self, is_all: bool) -> tuple[int, list[Leaf]]:
        start = self._leaves
        leaves = list(islice(self._left, min(PLAIN_MOST, PLAIN_FIRST + start // PLAIN_MORE)))
        self._leaves += len(leaves)
        self._read += sum(len(leaf.content.text) for leaf in leaves if isinstance(leaf.content, Raw))
        self.ended = not leaves or not leaves[-1].more
        self._searched = _leave_alone(self._searched + len(leaves))
        return start, leaves


def _leave_alone(leaves: int) -> int:
    """So many leaves are new to the collector: those that it goes on looking through."""
    if leaves < LEFT_ALONE:
        return leaves
    gc.freeze()  # no cycle is made of them: they go when nobody has them any more
    return 0
