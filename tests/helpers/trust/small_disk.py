"""A disk of a chosen size: a tmpfs in a mount namespace of the stage's own, gone with it; knows no chat file.

Nothing is mounted where anybody else could see it, so no test leaves anything behind, however it ends.
"""

import contextlib
import ctypes
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path

WAYS = (("unshare", "--mount"), ("unshare", "--map-root-user", "--mount"))
"""As root, and as anybody where the system lets users have namespaces."""
TRY = (
    "import sys; from tests.helpers.trust.small_disk import mount; mount(lambda *_: None, sys.argv[1], 65536)"
)
_MS_READ_ONLY, _MS_REMOUNT = 1, 32


@cache
def wrapper(python: str, folder: str) -> tuple[str, ...] | None:
    """The words before a command that may mount; None where this machine lets nobody mount anything."""
    for way in WAYS:
        if shutil.which(way[0]) is None:
            continue
        done = subprocess.run([*way, python, "-c", TRY, folder], capture_output=True, check=False)
        if done.returncode == 0:
            return way
    return None


def mount(say: Callable[..., None], folder: str, size: int) -> None:
    """An empty disk of `size` bytes at `folder`, or, where one is mounted, another size for it."""
    libc = ctypes.CDLL(None, use_errno=True)
    flags = _MS_REMOUNT if Path(folder).is_mount() else 0
    options = f"size={size}".encode()
    if libc.mount(b"tmpfs", os.fsencode(folder), b"tmpfs", ctypes.c_ulong(flags), options) != 0:
        raise OSError(ctypes.get_errno(), f"mounting {folder}")
    say("mounted", size)


def unmount(say: Callable[..., None], folder: str) -> None:
    """The disk is gone, with all that was on it."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.umount(os.fsencode(folder)) != 0:
        raise OSError(ctypes.get_errno(), f"unmounting {folder}")
    say("unmounted")


def copy(say: Callable[..., None], source: str, target: str) -> None:
    """The files of a folder into another one: the test itself does not see the stage's disks."""
    for path in Path(source).iterdir():
        if path.is_file() and not path.name.endswith("-shm"):
            shutil.copyfile(path, Path(target) / path.name)
    say("copied")


def on_disk(way: tuple[str, ...], folder: Path, source: Path, kind: str, size: int) -> list[str]:
    """The words before a command that give it a disk of `size` bytes at `folder`, of a copy of `source`.

    way: what `wrapper` found. kind: "full", "read-only" or "".
    """
    here = "tests.helpers.trust.small_disk"
    return [*way, sys.executable, "-m", here, str(folder), str(source), kind, str(size)]


def main() -> None:
    folder, source, kind, size, *command = sys.argv[1:]
    mount(lambda *_: None, folder, int(size))
    shutil.copytree(source, folder, dirs_exist_ok=True)
    if kind == "full":
        with (Path(folder) / "filler").open("wb", buffering=0) as file, contextlib.suppress(OSError):
            while file.write(bytes(4096)):
                pass
    elif kind == "read-only":
        flags = ctypes.c_ulong(_MS_REMOUNT | _MS_READ_ONLY)
        if ctypes.CDLL(None, use_errno=True).mount(b"tmpfs", os.fsencode(folder), b"tmpfs", flags, None) != 0:
            raise OSError(ctypes.get_errno(), f"mounting {folder}")
    os.execvp(command[0], command)


if __name__ == "__main__":
    main()
