"""The head of a file, taken piece by piece within bounds; knows no format.

Every length that a file declares is compared with what the file has left before a byte of it is read, so neither
memory nor time ever follows a declared number. The file is read in blocks, never mapped.
"""

import time
from struct import Struct
from typing import BinaryIO

BLOCK = 64 * 1024
LONGEST_HEAD = 128 * 1024 * 1024
"""Bytes. The largest vocabularies in use make heads of some 35 MB."""
LONGEST_WAIT_S = 10.0
"""For a disk that hardly answers; the work itself is bounded by counts."""
_LENGTH = Struct("<Q")


class NotAModel(ValueError):
    """The file is not, or not safely, a model; `str()` is one line of plain words for people."""

    def __init__(self, why: str) -> None:
        super().__init__(f"Not a usable model file: {why}")


CUT = "the file is cut short in its head. Fetch or copy it again."


class HeadBytes:
    """A place in a stream of `size` bytes that only moves forward."""

    def __init__(self, stream: BinaryIO, size: int) -> None:
        self._stream = stream
        self._size = size
        self._end = min(size, LONGEST_HEAD)
        self._block = b""
        self._block_from = 0  # where in the file the block stands
        self._at = 0  # in the block; may be beyond its end
        self._until = time.monotonic() + LONGEST_WAIT_S

    @property
    def position(self) -> int:
        return self._block_from + self._at

    @property
    def left(self) -> int:
        """Bytes that a head may still have."""
        return self._end - self.position

    def take(self, count: int) -> bytes:
        """The next `count` bytes; the caller bounds `count` besides."""
        if len(self._block) - self._at < count:
            self._fill(count)
        at, self._at = self._at, self._at + count
        return self._block[at : self._at]

    def number(self, form: Struct) -> int | float:
        if len(self._block) - self._at < form.size:
            self._fill(form.size)
        value: int | float = form.unpack_from(self._block, self._at)[0]
        self._at += form.size
        return value

    def whole(self, form: Struct) -> int:
        """A number in a form that has no fraction."""
        return int(self.number(form))

    def length(self) -> int:
        """The length or count in front of what follows."""
        return self.whole(_LENGTH)

    def skip(self, count: int) -> None:
        """Go on behind `count` bytes without reading them."""
        self._demand(count)
        self._at += count

    def skip_texts(self, count: int) -> None:
        """Go on behind `count` texts, each with its length in front."""
        self._demand(count * _LENGTH.size)
        unpack = _LENGTH.unpack_from
        while count:
            if len(self._block) - self._at < _LENGTH.size:
                self._fill(_LENGTH.size)
            block, at = self._block, self._at
            last = len(block) - _LENGTH.size
            while count and at <= last:
                at += _LENGTH.size + unpack(block, at)[0]
                count -= 1
            step, self._at = at - self._at, self._at
            self.skip(step)

    def _demand(self, count: int) -> None:
        if count > self.left:
            if self.position + count > self._size:
                raise NotAModel(CUT)
            raise NotAModel("its head is far larger than that of any model.")

    def _fill(self, count: int) -> None:
        self._demand(count)
        if time.monotonic() > self._until:
            raise NotAModel("reading it takes too long. Copy it to a faster disk and try again.")
        start = self.position
        wanted = min(max(count, BLOCK), self._end - start)
        pieces = []
        try:
            self._stream.seek(start)
            while wanted and (piece := self._stream.read(wanted)):
                pieces.append(piece)
                wanted -= len(piece)
        except OSError as error:
            raise NotAModel(f"it cannot be read: {error.strerror or 'the disk failed'}.") from error
        self._block, self._block_from, self._at = b"".join(pieces), start, 0
        if len(self._block) < count:
            raise NotAModel("the file became shorter while it was read. Wait until it is complete.")
