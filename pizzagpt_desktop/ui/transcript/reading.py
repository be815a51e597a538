"""One text on its way to leaves: read a helping at a time, again only where it may have changed; knows no message and no screen."""

import gc
from time import perf_counter

from pizzagpt_desktop.domain.blocks import Block
from pizzagpt_desktop.domain.markdown import MarkdownStream
from pizzagpt_desktop.domain.markdown_parser import parser
from pizzagpt_desktop.ui.transcript.helpings import Helpings
from pizzagpt_desktop.ui.transcript.leaves import Leaf, flatten

COSTLY_S, REST = 0.008, 8
"""A reading that took longer is repeated only after so many times its length: a giant list must not eat every frame."""

LEFT_ALONE = 2_000
"""Leaves after which what was read is kept out of the search for garbage: with a giant it would stop every frame it falls in."""


class Reading:
    """The blocks of a text that may grow, and their leaves."""

    def __init__(self, text: str) -> None:
        self._stream = MarkdownStream()
        self._helpings = Helpings()
        self._unread = text
        self._blocks_done = 0
        """How many of the stream's sealed blocks have their leaves."""
        self._sealed_leaves = 0
        self._searched = 0
        """How many of these the collector looks through."""
        self._rest_until = 0.0

    @property
    def waits(self) -> bool:
        """Whether there is text that has not been read."""
        return bool(self._unread)

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
        self._unread += text

    def become(self, text: str) -> None:
        """From now on read `text`; what was read stands where that begins the same."""
        known = self._stream.text + self._unread
        if text.startswith(known):
            self._unread += text[len(known) :]
        else:
            self._stream, self._unread = MarkdownStream(), text
            self._blocks_done = self._sealed_leaves = 0

    def read(self, is_all: bool) -> tuple[int, list[Leaf]]:
        """Read one helping: from which leaf on others are shown now, and these. is_all: no more text will come."""
        parser()  # loaded with the first reply, which is no part of what reading costs
        began = perf_counter()
        stream = self._stream
        piece, self._unread = self._helpings.take(self._unread)
        stream.feed(piece)
        stream.advance()
        ended = is_all and not self._unread
        if ended and not stream.ended and stream.end_some() and stream.mended:
            self._blocks_done = self._sealed_leaves = 0  # a definition came after its use: all anew
        start = self._sealed_leaves
        sealed = flatten(stream.sealed[self._blocks_done :])
        leaves = sealed + flatten(stream.tail)
        self._blocks_done = len(stream.sealed)
        self._sealed_leaves += len(sealed)
        self._searched += len(sealed)
        if self._searched >= LEFT_ALONE:
            gc.freeze()  # no cycle is made of them: they go when nobody has them any more
            self._searched = 0
        cost = perf_counter() - began
        self._helpings.note(cost)
        self._rest_until = began + (REST * cost if cost > COSTLY_S else 0.0)
        return start, leaves
