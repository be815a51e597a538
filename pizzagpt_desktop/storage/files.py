"""Private files and folders, and writing a file whole or not at all; does not know what is written."""

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from pizzagpt_desktop.storage.faults import file_fault


def private_folder(path: Path) -> None:
    """Make `path` and what is missing above it, only for this user. Raises `Fault(STORAGE)`.

    A folder that exists keeps its mode if it is not the user's own to change.
    """
    try:
        missing = []
        folder = path
        while not folder.exists():
            missing.append(folder)
            if folder.parent == folder:
                break
            folder = folder.parent
        for folder in reversed(missing):
            with contextlib.suppress(FileExistsError):
                folder.mkdir(0o700)
            folder.chmod(0o700)  # whatever the umask
        if not path.is_dir():
            raise NotADirectoryError(20, "Not a directory", str(path))
        with contextlib.suppress(OSError):
            path.chmod(0o700)
    except (OSError, ValueError) as error:
        raise file_fault(error, f"The folder {str(path)!r} cannot be made") from error


def private_file(path: Path) -> None:
    """Make `path` an existing file only for this user; its contents are kept. Raises `OSError`."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600)
    try:
        if hasattr(os, "fchmod"):
            with contextlib.suppress(PermissionError):  # another user's file that we may write
                os.fchmod(descriptor, 0o600)
    finally:
        os.close(descriptor)


def has_log(chats: Path) -> bool:
    """Whether something stands in the log beside a chat file."""
    log = chats.with_name(chats.name + "-wal")
    return log.exists() and log.stat().st_size > 0


def write_whole(path: Path, data: bytes) -> None:
    """Replace `path` by `data`: after a crash it holds the old bytes or the new ones. Raises `OSError`."""
    with replacing(path) as file:
        file.write(data)


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """A new file that takes the name `path` at the end; where writing it fails, what had the name keeps it.

    Raises `OSError`.
    """
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name[:60]}.", suffix=".part", dir=path.parent)
    temporary = Path(name)  # mkstemp gives 0600, whatever the umask
    try:
        with os.fdopen(descriptor, "w+b") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(0o600)
        temporary.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise
    sync_folder(path.parent)


def sync_folder(path: Path) -> None:
    """Make a rename in `path` last through a power cut, where the system can."""
    with contextlib.suppress(OSError):  # Windows opens no folders, some file systems sync none
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
