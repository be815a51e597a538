"""Which program of this user has which model loaded: a lock that ends with its process, and where it is served.

Knows no engine. What is written is an address on loopback and a key that is good only for that process, in a file only
this user can read.
"""

import contextlib
import errno
import hashlib
import json
import os
from pathlib import Path

from pizzagpt_desktop.domain.faults import Fault
from pizzagpt_desktop.storage.files import private_folder, write_whole
from pizzagpt_desktop.storage.leases import lock

TAKEN = (errno.EACCES, errno.EAGAIN, errno.EDEADLK)
_FLAGS = os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NOINHERIT", 0)


def seats_folder() -> Path:
    """Where the programs of this user meet: gone with the session where the system has such a place."""
    session = os.environ.get("XDG_RUNTIME_DIR", "")
    if os.path.isabs(session) and os.path.isdir(session):  # noqa: PTH112, PTH117  ("" is no "." here)
        return Path(session, "pizzagpt-desktop")
    import platformdirs  # here, because importing this module should cost nothing

    return Path(platformdirs.user_cache_dir("pizzagpt-desktop", appauthor=False), "models")


class ModelLease:
    """A model that this program may load; held until `close` or the end of the process."""

    def __init__(self, descriptor: int | None, told: Path) -> None:
        self._descriptor = descriptor
        self._told = told

    def tell(self, address: str, key: str) -> None:
        """Let other programs of this user know where it is served."""
        with contextlib.suppress(OSError):  # then they wait, or load it themselves once this one ends
            write_whole(self._told, json.dumps([address, key]).encode())

    def close(self) -> None:
        """Leave the model to others."""
        descriptor, self._descriptor = self._descriptor, None
        with contextlib.suppress(OSError):
            self._told.unlink(missing_ok=True)
        if descriptor is not None:
            os.close(descriptor)


class ModelSeats:
    """The places of all models, as files in `folder`; where nothing can be written there, nobody is kept out."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def take(self, path: str) -> ModelLease | None:
        """The right to load the file at `path`; None while another program has it loaded."""
        lock_file, told = self._files(path)
        try:
            private_folder(self._folder)
            descriptor = os.open(lock_file, _FLAGS, 0o600)
        except (OSError, Fault):
            return ModelLease(None, told)
        try:
            lock(descriptor)
        except OSError as error:
            os.close(descriptor)
            return None if error.errno in TAKEN else ModelLease(None, told)
        with contextlib.suppress(OSError):
            told.unlink(missing_ok=True)  # of one that was killed
        return ModelLease(descriptor, told)

    def told(self, path: str) -> tuple[str, str] | None:
        """Where and with which key another program serves it, as soon as it does."""
        try:
            said = json.loads(self._files(path)[1].read_bytes())
        except (OSError, ValueError):
            return None
        match said:
            case [str(address), str(key)] if address.startswith("http://127.0.0.1:"):
                return address, key
        return None

    def _files(self, path: str) -> tuple[Path, Path]:
        name = hashlib.sha256(path.encode("utf-8", "surrogateescape")).hexdigest()[:32]
        return self._folder / f"{name}.lock", self._folder / f"{name}.json"
