"""Which program has the window of a data folder: a lock that ends with its process; knows no window and no message.

The lock file also says how the one who holds it can be called. It is never removed: a lock on a removed file and one
on its successor could be held at the same time.
"""

import contextlib
import errno
import os
from pathlib import Path

from pizzagpt_desktop.storage.leases import lock

NAME = "window.lock"
_FLAGS = os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NOINHERIT", 0)
_CALL_AT = 1
"""Windows locks bytes against reading too: the first is the lock, the rest is text."""
_LONGEST = 4096
_TAKEN = (errno.EACCES, errno.EAGAIN, errno.EDEADLK)


class Seat:
    """The only window's place in one data folder; held until `close` or the end of the process, however it ends."""

    def __init__(self, descriptor: int | None) -> None:
        self._descriptor = descriptor

    def say(self, call: str) -> None:
        """Write down how to call this program; "" for not at all."""
        if self._descriptor is not None:
            with contextlib.suppress(OSError):
                os.ftruncate(self._descriptor, _CALL_AT)
                os.lseek(self._descriptor, _CALL_AT, os.SEEK_SET)
                os.write(self._descriptor, call.encode("utf-8", "surrogateescape")[:_LONGEST])

    def renew(self, folder: Path) -> None:
        """Hold the place in `folder` too, where the lock file went away with everything else."""
        again = take(folder)
        if again is not None:
            self.close()
            self._descriptor = again._descriptor

    def close(self) -> None:
        """Leave the place to others."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            with contextlib.suppress(OSError):
                os.ftruncate(descriptor, _CALL_AT)
            os.close(descriptor)


def take(folder: Path) -> Seat | None:
    """The window's place in the data folder `folder`; None while another process has it.

    Where nothing can be locked or written, a place that keeps nobody out: better two windows than none.
    """
    try:
        descriptor = os.open(folder / NAME, _FLAGS, 0o600)
    except (OSError, ValueError):
        return Seat(None)
    try:
        if hasattr(os, "fchmod"):
            with contextlib.suppress(OSError):
                os.fchmod(descriptor, 0o600)
        lock(descriptor)
    except OSError as error:
        os.close(descriptor)
        return None if error.errno in _TAKEN else Seat(None)
    seat = Seat(descriptor)
    seat.say("")
    return seat


def call_of(folder: Path) -> str:
    """How the program that has the window can be called, "" while it has not said so."""
    try:
        with (folder / NAME).open("rb") as file:
            file.seek(_CALL_AT)
            return file.read(_LONGEST).decode("utf-8", "surrogateescape")
    except OSError:
        return ""
