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
from pathlib import Path

log = logging.getLogger(__name__)

_ID = slice(68, 72)
_LOG_HEADER, _FRAME_HEADER = 32, 24
_FILE_MAGIC = b"SQLite format 3\x00"
_TURNED_BITS = 3
"""Numbers that differ by so little are the same, damaged: by chance two files are so alike once in a million."""
_MAGIC = (0x377F0682, 0x377F0683)


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
    found = _identity(beside)
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


def _identity(path: Path) -> bytes | None:
    """The number that the last first page in the log at `path` has; None where there is none to be read."""
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
        while len(frame := file.read(_FRAME_HEADER)) == _FRAME_HEADER and frame[8:16] == header[16:24]:
            if int.from_bytes(frame[:4], "big") == 1:
                page = file.read(size)
                if len(page) == size:
                    found = page[_ID]
            else:
                file.seek(size, os.SEEK_CUR)
    return found
