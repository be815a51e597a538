"""Which processes are alive, told by operating-system locks on small files; does not know what they write.

A lock ends with its process, however that ends, so nothing here goes stale: no process ids, no clocks.
"""

import contextlib
import errno
import os
import sys
from pathlib import Path

from pizzagpt_desktop.storage.faults import file_fault
from pizzagpt_desktop.storage.files import private_folder

if sys.platform == "win32":
    import msvcrt

    def lock(descriptor: int) -> None:
        """Lock an open file for this process alone, at once or not at all. Raises `OSError`."""
        os.lseek(descriptor, 0, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def lock(descriptor: int) -> None:
        """Lock an open file for this process alone, at once or not at all. Raises `OSError`."""
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


_NO_LOCKS_HERE = {errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EINVAL}
_FLAGS = os.O_RDWR | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NOINHERIT", 0)


class Leases:
    """This process's lease in `folder`, and whether others' still hold."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._name = ""
        self._descriptor: int | None = None

    def name(self) -> str:
        """The name of this process's lease, taken at the first call. Raises `Fault(STORAGE)`.

        "" where the file system has no locks: such a writer cannot be told from a dead one.
        """
        if self._descriptor is None:
            try:
                private_folder(self._folder)
                self._take()
            except OSError as error:
                if error.errno in _NO_LOCKS_HERE:
                    return ""
                raise file_fault(error, f"The folder {str(self._folder)!r} cannot be used") from error
        return self._name

    def alive(self, name: str) -> bool:
        """Whether the process that took lease `name` still runs; this one does."""
        if self._descriptor is not None and name == self._name:
            return True
        if not name.isalnum():  # no lease of ours, and no way out of the folder
            return False
        path = self._file(name)
        try:
            descriptor = os.open(path, _FLAGS)
        except FileNotFoundError:
            return False
        except OSError:
            return True  # not to be told: better to leave a reply waiting than to cut off a living one
        try:
            lock(descriptor)
        except OSError as error:
            return error.errno not in _NO_LOCKS_HERE
        else:
            if sys.platform != "win32":
                with contextlib.suppress(OSError):
                    path.unlink()
            return False
        finally:
            os.close(descriptor)

    def sweep(self) -> None:
        """Remove the files of processes that are gone."""
        with contextlib.suppress(OSError):
            for path in list(self._folder.glob("*.lock")):
                self.alive(path.stem)

    def close(self) -> None:
        """Give the lease back."""
        if self._descriptor is None:
            return
        descriptor, self._descriptor = self._descriptor, None
        if sys.platform != "win32":
            with contextlib.suppress(OSError):
                self._file(self._name).unlink()
        os.close(descriptor)
        if sys.platform == "win32":
            with contextlib.suppress(OSError):
                self._file(self._name).unlink()

    def _take(self) -> None:
        while True:
            name = os.urandom(16).hex()
            path = self._file(name)
            descriptor = os.open(path, _FLAGS | os.O_CREAT | os.O_EXCL, 0o600)
            try:
                path.chmod(0o600)
                lock(descriptor)
                # `alive` of another process may have locked and removed the new file in between.
                held = os.fstat(descriptor).st_ino == path.stat().st_ino
            except FileNotFoundError:
                held = False
            except OSError as error:
                os.close(descriptor)
                if error.errno in (errno.EACCES, errno.EAGAIN, errno.EDEADLK):
                    continue
                with contextlib.suppress(OSError):
                    path.unlink()
                raise
            if held:
                self._name, self._descriptor = name, descriptor
                return
            os.close(descriptor)

    def _file(self, name: str) -> Path:
        return self._folder / f"{name}.lock"
