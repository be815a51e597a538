"""A log beside the chat file that belongs to another file, told by its identity and put aside; opens no database.

SQLite plays any sound log that lies beside a file into it, also one that was copied there, or left there when another
file took the place of the first: everything in the file is lost then, and its check finds nothing wrong. Each of our
files has a number of its own in its header (`application_id`, migration 2), which stands in the first page, also in
the log. A log in which that page has another number is not this file's. (A short log may hold no first page. It cannot
replace the file in silence either: single pages of another file do not fit, and the file is found damaged.)

Formats: sqlite.org/fileformat2.html, 1.3 (header) and 4 (log).
"""

import logging
import os
import struct
from pathlib import Path

log = logging.getLogger(__name__)

_ID = slice(68, 72)
_LOG_HEADER, _FRAME_HEADER = 32, 24
_FILE_MAGIC = b"SQLite format 3\x00"
_TURNED_BITS = 3
"""Numbers that differ by so little are the same, damaged: by chance two files are so alike once in a million."""
_MAGIC = (0x377F0682, 0x377F0683)
_SUMS = struct.Struct(">II")


def put_aside_foreign_log(path: Path) -> Path | None:
    """Rename the log of the chat file at `path` if it is another file's; its new name. Raises `OSError`."""
    beside = path.with_name(path.name + "-wal")
    try:
        with path.open("rb") as file:
            head = file.read(100)
    except FileNotFoundError:
        return None
    own = head[_ID]
    if not head.startswith(_FILE_MAGIC) or not any(own):
        return None  # the file is damaged, and its log is needed to mend it; or it is empty or of an older version
    for wholly in (False, True):  # to sum up all of a log takes a while, and is seldom needed
        found = _identity(beside, wholly)
        if found is None or _bits_between(own, found) <= _TURNED_BITS:
            return None
    target = beside.with_name(beside.name + ".foreign")
    number = 1
    while target.exists():
        number += 1
        target = beside.with_name(f"{beside.name}.foreign.{number}")
    beside.rename(target)
    log.info("the log beside the chat file was another file's; it is kept as %s", target.name)
    return target


def _bits_between(one: bytes, other: bytes) -> int:
    return (int.from_bytes(one, "big") ^ int.from_bytes(other, "big")).bit_count()


def _identity(path: Path, wholly: bool = False) -> bytes | None:
    """The number that the last first page in the log at `path` has; None where there is none to be read.

    wholly: only frames count that SQLite would play, by their checksums. What a power cut left of the others may be
    parts of pages with anything in them.
    """
    found = None
    try:
        file = path.open("rb")
    except FileNotFoundError:
        return None
    with file:
        header = file.read(_LOG_HEADER)
        if len(header) < _LOG_HEADER or int.from_bytes(header[:4], "big") not in _MAGIC:
            return None
        size = int.from_bytes(header[8:12], "big")
        if size < 512:
            return None
        words = "<" if header[:4] == _MAGIC[0].to_bytes(4, "big") else ">"
        total = _sum(words, header[:24], (0, 0))
        if wholly and _SUMS.unpack(header[24:32]) != total:
            return None
        while len(frame := file.read(_FRAME_HEADER)) == _FRAME_HEADER and frame[8:16] == header[16:24]:
            is_first = int.from_bytes(frame[:4], "big") == 1
            if is_first or wholly:
                page = file.read(size)
                if len(page) < size:
                    break
                if wholly and _SUMS.unpack(frame[16:24]) != (
                    total := _sum(words, page, _sum(words, frame[:8], total))
                ):
                    break
                found = page[_ID] if is_first else found
            else:
                file.seek(size, os.SEEK_CUR)
    return found


def _sum(words: str, data: bytes, total: tuple[int, int]) -> tuple[int, int]:
    """SQLite's checksum of a log, going on from `total`. words: how the log's computer ordered bytes."""
    one, two = total
    for first, second in struct.iter_unpack(f"{words}II", data[: len(data) & ~7]):
        one = (one + first + two) & 0xFFFFFFFF
        two = (two + second + one) & 0xFFFFFFFF
    return one, two
