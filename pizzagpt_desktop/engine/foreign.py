"""Names what a file is that is no GGUF, and why one cannot be opened; knows nothing of models."""

import os
import stat
from pathlib import Path
from typing import BinaryIO

from pizzagpt_desktop.engine.head_bytes import NotAModel

ENOUGH = 512
"""Bytes from the start of a file that `what_it_is` wants."""
_OTHER_KINDS = (
    (stat.S_ISDIR, "it is a folder. Choose a file in it that ends in .gguf."),
    (stat.S_ISFIFO, "it is a pipe, not a file."),
    (stat.S_ISSOCK, "it is a socket, not a file."),
    (stat.S_ISCHR, "it is a device, not a file."),
    (stat.S_ISBLK, "it is a device, not a file."),
)
_STARTS = (
    (b"version https://git-lfs", "it is a Git LFS pointer, a note of where the model is. Fetch the model itself (git lfs pull)."),
    (b"FUGG", "its bytes are in reverse order (big-endian), which is not supported."),
    (b"lmgg", "it is in the old GGML format of 2023. Fetch the model as GGUF."),
    (b"fmgg", "it is in the old GGML format of 2023. Fetch the model as GGUF."),
    (b"tjgg", "it is in the old GGML format of 2023. Fetch the model as GGUF."),
    (b"algg", "it is an adapter in the old GGML format of 2023, not a model."),
    (b"PK\x03\x04", "it is a ZIP archive or a PyTorch file. Unpack it, or fetch the model as GGUF."),
    (b"\x1f\x8b", "it is packed (gzip). Unpack it first."),
    (b"\x28\xb5\x2f\xfd", "it is packed (Zstandard). Unpack it first."),
    (b"\xfd7zXZ", "it is packed (xz). Unpack it first."),
    (b"BZh", "it is packed (bzip2). Unpack it first."),
    (b"7z\xbc\xaf", "it is packed (7-Zip). Unpack it first."),
    (b"\x89HDF", "it is an HDF5 file. Fetch the model as GGUF."),
    *((bytes((0x80, protocol)), "it is a Python pickle, which can run code. Fetch the model as GGUF.") for protocol in range(2, 6)),
    (b"\x7fELF", "it is a program, not a model."),
    (b"MZ", "it is a program, not a model."),
)  # fmt: skip


def open_file(path: str | Path) -> tuple[BinaryIO, int]:
    """The file, to be closed by the caller, and its size. Raises `NotAModel` for all but readable ordinary files.

    The kind is looked at before anything is opened (opening a device can act) and again after (it may have changed
    meanwhile); a pipe that slips between is opened without waiting for its writer.
    """
    try:
        _refuse_other_kinds(Path(path).stat().st_mode)
        wanted = sum(getattr(os, flag, 0) for flag in ("O_NONBLOCK", "O_NOCTTY", "O_CLOEXEC", "O_BINARY"))
        descriptor = os.open(path, os.O_RDONLY | wanted)
    except NotAModel:
        raise
    except FileNotFoundError:
        raise NotAModel("there is no such file.") from None
    except PermissionError:
        raise NotAModel("you may not read it. Change its permissions, or copy it.") from None
    except OSError as error:
        raise NotAModel(f"it cannot be opened: {error.strerror or 'the system refused'}.") from None
    except ValueError:
        raise NotAModel("no file can have such a name.") from None
    stream = os.fdopen(descriptor, "rb", buffering=0)
    try:
        now = os.fstat(descriptor)
        _refuse_other_kinds(now.st_mode)
    except BaseException:
        stream.close()
        raise
    return stream, now.st_size


def _refuse_other_kinds(mode: int) -> None:
    if stat.S_ISREG(mode):
        return
    for is_kind, words in _OTHER_KINDS:
        if is_kind(mode):
            raise NotAModel(words)
    raise NotAModel("it is not an ordinary file.")


def what_it_is(start: bytes) -> str:
    """Words for a file that begins with `start` and is no GGUF."""
    if not start:
        return "the file is empty."
    for sign, words in _STARTS:
        if start.startswith(sign):
            return words
    if not start.strip(b"\0"):
        return "it begins with nothing but zeros. A download may not have finished: fetch it again."
    if start[8:9] == b"{" and not start[5:8].strip(b"\0"):
        return "it is a safetensors file. Fetch the model as GGUF."
    text = start.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if text.startswith((b"<!doctype", b"<html", b"<?xml", b"<head")):
        return "it is a web page: the download was answered with a page. Fetch the file itself."
    if text.startswith((b"{", b"[")):
        return "it is JSON text, perhaps a service's refusal. Fetch the model itself."
    if b"GGUF".startswith(start):
        return "the file is cut short in its head. Fetch or copy it again."
    return "it does not begin as a GGUF file does."
