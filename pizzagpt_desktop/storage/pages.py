"""Reads rows straight from the pages of a SQLite file, for when SQLite itself gives up; knows no table by name.

Formats: sqlite.org/fileformat2.html, 1.3 (header), 1.6 (b-tree pages), 2.1 (records), 4 (the log).
"""

import mmap
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

MAGIC = b"SQLite format 3\x00"
_SIZES = (4096, 1024, 2048, 8192, 16384, 32768, 65536, 512)
_LEAF = 0x0D
_KINDS = (0x02, 0x05, 0x0A, _LEAF)
_LOG_MAGIC = (0x377F0682, 0x377F0683)
_MOST_COLUMNS = 200
_LONGEST_ROW = 1 << 30
_LOOKED_AT = 16 << 20


class Row(NamedTuple):
    """One row as it lies on a page. cut: a part of its last long value could not be found.

    chain: the pages that hold what did not fit on its own.
    """

    rowid: int
    values: tuple[Any, ...]
    cut: bool
    chain: tuple[int, ...] = ()


class Pages:
    """The pages of a file as its last commit left them, with the log beside it."""

    def __init__(self, path: Path) -> None:
        """Raises `OSError`. Nobody may write to the file until `close`."""
        self._data = _mapped(path)
        self._log = _mapped(path.with_name(path.name + "-wal"))
        self.size = self._page_size()
        self._frames = self._committed()
        reserved = self._data[20] if self.has_header else 0
        self._usable = self.size - (reserved if reserved <= 64 else 0)

    def close(self) -> None:
        """Let go of the files."""
        for mapped in (self._data, self._log):
            if isinstance(mapped, mmap.mmap):
                mapped.close()
        self._data = self._log = b""

    @property
    def has_header(self) -> bool:
        """Whether the file begins as a SQLite file does."""
        return self._data[:16] == MAGIC and len(self._data) >= 100

    @property
    def count(self) -> int:
        """How many pages there are, the last perhaps not whole."""
        return max([-(-len(self._data) // self.size), *self._frames])

    def page(self, number: int) -> bytes:
        """Page `number`, counted from 1; b"" where there is none."""
        if number in self._frames:
            start = self._frames[number]
            return self._log[start : start + self.size]
        return self._data[(number - 1) * self.size : number * self.size] if number > 0 else b""

    def rows(self) -> Iterator[Row]:
        """Every row of every table that can be made out, in the order of the pages."""
        whole = -(-len(self._data) // self.size)
        beyond = sorted(number for number in self._frames if number > whole)  # a damaged log may name any
        for number in (*range(1, whole + 1), *beyond):
            page = self.page(number)
            start = 100 if number == 1 else 0
            # A page whose kind was overwritten is tried too; the first byte of a page of spilled text is 0.
            if len(page) < start + 8 or page[start] == 0 or page[start] in (0x02, 0x05, 0x0A):
                continue
            yield from self._leaf_rows(page, start)

    def repaired_header(self, version: int) -> bytes:
        """The first 100 bytes that a file with these pages must have; version: its `user_version`."""
        size = 1 if self.size == 65536 else self.size
        return struct.pack(
            ">16sHBBBBBBIIIIIIIIIIII20sII",
            MAGIC, size, 1, 1, 0, 64, 32, 32, 1, self.count, 0, 0, 1, 4, 0, 0, 1, version, 0, 0, b"", 1, 3040001,
        )  # fmt: skip

    def _page_size(self) -> int:
        said = [int.from_bytes(self._data[16:18], "big"), int.from_bytes(self._log[8:12], "big")]
        said = [65536 if size == 1 else size for size in said]
        return max([size for size in said if size in _SIZES] + list(_SIZES), key=self._likeness)

    def _likeness(self, size: int) -> int:
        """How many pages there are, were they of this size, all of whose cells lie within them."""
        found = 0
        for start in range(size, min(len(self._data), _LOOKED_AT), size):
            if self._data[start] in _KINDS:
                head = self._data[start : start + 8]
                count, first = int.from_bytes(head[3:5], "big"), int.from_bytes(head[5:7], "big")
                pointers = self._data[start + 8 : start + 8 + 2 * min(count, size // 2)]
                cells = struct.unpack(f">{len(pointers) // 2}H", pointers[: len(pointers) & ~1])
                found += count > 0 and first < size and all(first <= cell < size for cell in cells)
        return found

    def _committed(self) -> dict[int, int]:
        """Where in the log the newest form of each page begins, up to the last commit."""
        log = self._log
        if len(log) < 32 or struct.unpack(">I", log[:4])[0] not in _LOG_MAGIC:
            return {}
        salt = log[16:24]
        found: dict[int, int] = {}
        fresh: dict[int, int] = {}
        for start in range(32, len(log) - 24 - self.size + 1, 24 + self.size):
            number, pages_after = struct.unpack(">II", log[start : start + 8])
            if log[start + 8 : start + 16] != salt or not 0 < number < 1 << 31:
                break
            fresh[number] = start + 24
            if pages_after:
                found |= fresh
                fresh = {}
        return found

    def _leaf_rows(self, page: bytes, start: int) -> Iterator[Row]:
        count = int.from_bytes(page[start + 3 : start + 5], "big")
        if page[start] != _LEAF or not 0 < count <= (len(page) - start - 8) // 2:
            count = (len(page) - start - 8) // 2  # its head is wrong: take what looks like a row
        for place in range(start + 8, start + 8 + 2 * count, 2):
            cell = int.from_bytes(page[place : place + 2], "big")
            if place < cell < len(page):
                row = self._row(page, cell)
                if row is not None:
                    yield row

    def _row(self, page: bytes, cell: int) -> Row | None:
        try:
            length, at = _varint(page, cell)
            rowid, at = _varint(page, at)
            if not 2 <= length <= _LONGEST_ROW:
                return None
            payload, chain = self._payload(page, at, length)
            return _record(rowid, payload, length, chain)
        except (IndexError, ValueError, struct.error):
            return None

    def _payload(self, page: bytes, at: int, length: int) -> tuple[bytes, tuple[int, ...]]:
        """What belongs to the row, as far as it hangs together, and the pages that it was found on."""
        usable = self._usable
        if length <= usable - 35:
            return page[at : at + length], ()
        least = (usable - 12) * 32 // 255 - 23
        local = least + (length - least) % (usable - 4)
        if local > usable - 35:
            local = least
        parts = [page[at : at + local]]
        missing = length - local
        following = int.from_bytes(page[at + local : at + local + 4], "big")
        chain: dict[int, None] = {}  # in order, and quick to ask
        while missing > 0 and following and following not in chain:
            more = self.page(following)
            if len(more) < 8:
                break
            after, room = int.from_bytes(more[:4], "big"), usable - 4
            # A page that leads nowhere, or leads on where the row ends, was overwritten: its words are not the row's.
            if (after != 0) != (missing > room) or after > self.count:
                break
            chain[following] = None
            following = after
            parts.append(more[4 : 4 + min(room, missing)])
            missing -= len(parts[-1])
        return b"".join(parts), tuple(chain)


def _mapped(path: Path) -> bytes | mmap.mmap:
    if not path.exists() or not path.stat().st_size:
        return b""
    with path.open("rb") as file:
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = 0
    for step in range(9):
        byte = data[at + step]
        value = value << 8 | byte if step == 8 else value << 7 | byte & 0x7F
        if byte < 0x80 or step == 8:
            return (value - (1 << 64) if value >= 1 << 63 else value), at + step + 1
    raise ValueError("no number")


def _record(rowid: int, payload: bytes, length: int, chain: tuple[int, ...]) -> Row | None:
    head, at = _varint(payload, 0)
    if not at < head <= min(len(payload), 9 * _MOST_COLUMNS):
        return None
    kinds = []
    while at < head:
        kind, at = _varint(payload, at)
        if kind < 0 or kind in (10, 11):
            return None
        kinds.append(kind)
    if at != head or head + sum(map(_width, kinds)) != length:
        return None
    values = []
    for kind in kinds:
        width = _width(kind)
        values.append(_value(kind, payload[at : at + width], width))
        at += width
    return Row(rowid, tuple(values), len(payload) < length, chain)


def _width(kind: int) -> int:
    return (0, 1, 2, 3, 4, 6, 8, 8, 0, 0)[kind] if kind < 10 else (kind - 12) // 2


def _value(kind: int, data: bytes, width: int) -> Any:
    if kind == 0:
        return None
    if kind >= 12:
        return data.decode("utf-8", "replace") if kind % 2 else data
    if len(data) < width:
        return None
    if kind == 7:
        return struct.unpack(">d", data)[0]
    if kind >= 8:
        return kind - 8
    return int.from_bytes(data, "big", signed=True)
