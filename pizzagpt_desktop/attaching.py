"""A file of the user's read as text, to go with a message: never run, never unpacked, never more than is shown."""

from __future__ import annotations

import codecs
import os
import stat
from pathlib import Path

from pizzagpt_desktop.domain.attached import MOST_BYTES, Attached, size_words
from pizzagpt_desktop.domain.faults import Fault, FaultKind
from pizzagpt_desktop.exchange.values import line

_NO_TEXT = (b"%PDF-", b"{\\rtf", b"PK\x03\x04", b"\x1f\x8b", b"\x7fELF", b"MZ")
_FINE_CONTROLS = b"\t\n\r\x0c\x1b"
_OTHERS = bytes(set(range(32)) - set(_FINE_CONTROLS))


def read_attachment(path: Path) -> Attached:
    """The file as it is now. Raises `Fault` in words; a pipe, a device or a folder is never waited for.

    Its name is the file's own, also where `path` is a link of another name.
    """
    try:
        path = path.resolve()
        data = _bytes_of(path)
    except (OSError, ValueError, RuntimeError) as error:  # the last for a link that leads to itself
        why = getattr(error, "strerror", None) or "its name cannot be used"
        raise _refusal(f"The file cannot be read: {why}.") from error
    return Attached(line(path.name, 80) or "file", len(data), _text_of(data))


def _bytes_of(path: Path) -> bytes:
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    try:
        facts = os.fstat(descriptor)
        if not stat.S_ISREG(facts.st_mode):
            raise _refusal("Only files can be attached, not folders or devices.")
        if facts.st_size > MOST_BYTES:
            words = f"This file has {size_words(facts.st_size)}. Only files up to {size_words(MOST_BYTES)} can be attached."
            raise _refusal(words)
        with os.fdopen(os.dup(descriptor), "rb") as file:
            data = file.read(MOST_BYTES + 1)
        if len(data) != os.fstat(descriptor).st_size or len(data) != facts.st_size:
            raise _refusal("This file is being written just now. Attach it when that is done.")
        return data
    finally:
        os.close(descriptor)


def _text_of(data: bytes) -> str:
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encodings = ["utf-16"]
    elif data.startswith(_NO_TEXT) or data.translate(None, _OTHERS) != data:
        encodings = []
    else:
        encodings = ["utf-8-sig", "cp1252"]
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if text.strip():
            return text.replace("\r\n", "\n").replace("\r", "\n")
        raise _refusal("There is no text in this file.")
    raise _refusal("This file is not text, so it cannot be sent. Only text files can be attached.")


def _refusal(words: str) -> Fault:
    return Fault(FaultKind.BAD_REQUEST, words)
