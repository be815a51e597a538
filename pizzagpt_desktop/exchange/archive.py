"""The ZIP that an export comes in: which of its files are read, and that none can do harm; nothing is unpacked to disk."""

from __future__ import annotations

import os
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, NamedTuple

from pizzagpt_desktop.exchange.refusal import DAMAGED, NONE, TOO_LARGE, Refused

if TYPE_CHECKING:
    from typing import BinaryIO

MAGIC = (b"PK\x03\x04", b"PK\x05\x06")
UNPACKED_BYTES = 512 * 1024 * 1024
"""What the files that are read may take together, as the index says and as it turns out."""
_INDEX_BYTES = 8 * 1024 * 1024
_DEPTH = 5
_NO_PLACES = ("", ".", "..", "__MACOSX")
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
"""The others may unpack a whole gigabyte in one step."""
_ENCRYPTED = 0x1
_WANTED = re.compile(r"conversations?(-\d+)?\.jsonl?", re.IGNORECASE)

LINKED = "This file could not be read: what stands for the conversations in it is a link to another file."
LOCKED = "This file is protected by a password, which this program cannot ask for. Unpack it, and import what is in it."
OUTSIDE = (
    "The conversations in this file could not be read: by their names they belong elsewhere on this computer. "
    "There are no conversations in it besides. Nothing was imported."
)
OTHER_METHOD = "This file could not be read: it is packed in a way that is not known here. Unpack it, and import what is in it."

_TROUBLE = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    OverflowError,
    RuntimeError,  # NotImplementedError among them
    ValueError,  # UnicodeDecodeError among them
    LookupError,
    AttributeError,
)
"""What `zipfile` raises over a file that is none, or was changed."""


class Part(NamedTuple):
    """One file in it. open: gives it from its beginning; closed by whoever opened it."""

    name: str
    open: Callable[[], IO[bytes]]


@contextmanager
def unpacking() -> Iterator[None]:
    """What goes wrong with the archive in here is `Refused`."""
    try:
        yield
    except _TROUBLE as error:
        raise Refused(DAMAGED) from error


def parts(file: BinaryIO) -> tuple[list[Part], str]:
    """The files with conversations, in the order of their names, and what is to be said of them. Raises `Refused`."""
    with unpacking():
        archive = zipfile.ZipFile(_Guarded(file))
        infos = archive.infolist()
    chosen, doubled = _chosen(infos)
    if not chosen:
        raise Refused(OUTSIDE if any(map(_leads_outside, infos)) else NONE)
    for info in chosen:
        if stat.S_ISLNK(info.external_attr >> 16):
            raise Refused(LINKED)
        if info.flag_bits & _ENCRYPTED:
            raise Refused(LOCKED)
        if info.compress_type not in _METHODS:
            raise Refused(OTHER_METHOD)
    if sum(info.file_size for info in chosen) > UNPACKED_BYTES:
        raise Refused(TOO_LARGE)
    words = f"The file holds {doubled} more than once; the last of them was read." if doubled else ""
    found = []
    for info in chosen:

        def opened(info: zipfile.ZipInfo = info) -> IO[bytes]:
            with unpacking():
                return archive.open(info)

        found.append(Part(info.filename, opened))
    return found, words


def _chosen(infos: Sequence[zipfile.ZipInfo]) -> tuple[list[zipfile.ZipInfo], str]:
    """Those named as exports name them, else the only JSON file; and the name that stands for more than one."""
    wanted: dict[str, zipfile.ZipInfo] = {}
    others: dict[str, zipfile.ZipInfo] = {}
    doubled = ""
    for info in infos:
        where = info.filename.replace("\\", "/").split("/")
        name = where[-1]
        if len(where) > _DEPTH or any(part in _NO_PLACES or ":" in part for part in where):
            continue  # a folder, a name that means a place outside, or what a Mac adds
        kind = (
            wanted
            if _WANTED.fullmatch(name)
            else others
            if name.lower().endswith((".json", ".jsonl"))
            else None
        )
        if kind is not None:
            if info.filename in kind and kind is wanted:
                doubled = name
            kind[info.filename] = info
    if not wanted and len(others) == 1:
        wanted = others
    return [wanted[name] for name in sorted(wanted)], doubled


def _leads_outside(info: zipfile.ZipInfo) -> bool:
    """Whether it would be conversations, were its name not that of another place."""
    *folders, name = info.filename.replace("\\", "/").split("/")
    outside = ".." in folders or folders[:1] == [""] or any(":" in part for part in folders)
    return outside and _WANTED.fullmatch(name) is not None


class _Guarded:
    """The file, of which no more is read in one piece than an honest index takes."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.seekable = file.seekable
        self.tell = file.tell

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        if whence == os.SEEK_SET and offset < 0:
            raise zipfile.BadZipFile("it names a place before the file")
        return self._file.seek(offset, whence)

    def read(self, count: int = -1) -> bytes:
        data = self._file.read(_INDEX_BYTES + 1 if count < 0 else min(count, _INDEX_BYTES + 1))
        if len(data) > _INDEX_BYTES:
            raise Refused(TOO_LARGE)
        return data

    def close(self) -> None:
        """It is closed by whoever opened it."""
