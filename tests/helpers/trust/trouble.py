"""The two sides of trouble.c: compiled and put before a program here, commanded from inside that program there."""

import ctypes
import errno
import hashlib
import os
import shutil
import subprocess
from enum import IntEnum, IntFlag
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
SOURCE = Path(__file__).with_name("trouble.c")


class Call(IntFlag):
    """Kinds of file calls, as bits."""

    WRITE = 1
    SYNC = 2
    READ = 4
    TRUNCATE = 8


CHANGES = Call.WRITE | Call.SYNC | Call.TRUNCATE


class Outcome(IntEnum):
    """What becomes of the call that is meant."""

    KILL_BEFORE = -1
    KILL_HALFWAY = -2
    KILL_AFTER = -3
    EIO = errno.EIO
    ENOSPC = errno.ENOSPC


@cache
def library() -> Path:
    """The compiled shim; made once for each state of its source."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        raise RuntimeError("the trust tests compile a small C file: apt-get install gcc libc6-dev")
    digest = hashlib.sha256(SOURCE.read_bytes()).hexdigest()[:12]
    made = ROOT / "build" / "trust" / f"trouble-{digest}.so"
    if not made.exists():
        made.parent.mkdir(parents=True, exist_ok=True)
        part = made.with_suffix(f".{os.getpid()}")
        command = [compiler, "-shared", "-fPIC", "-O1", "-o", str(part), str(SOURCE), "-ldl", "-lpthread"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(
                f"{SOURCE.name} cannot be compiled (apt-get install gcc libc6-dev): {done.stderr}"
            )
        part.replace(made)
    return made


def environment() -> dict[str, str]:
    """What a process needs in its environment for `Trouble` to work in it."""
    return {"LD_PRELOAD": str(library())}


class Trouble:
    """Commands to the shim that this process was started with."""

    def __init__(self, folder: Path) -> None:
        self._shim = ctypes.CDLL(None)
        self._shim.trouble_fired.restype = ctypes.c_long
        self._shim.trouble_count.restype = ctypes.c_long
        self._shim.trouble_watch(os.fsencode(folder.resolve()))

    def plan(self, kinds: Call, number: int, outcome: int, for_ever: bool = False) -> None:
        """Let the `number`-th (from 1) of these calls from now on fail, and all after it too if `for_ever`."""
        self._shim.trouble_plan(
            ctypes.c_uint(kinds), ctypes.c_long(number), ctypes.c_int(outcome), ctypes.c_int(for_ever)
        )

    def stop(self) -> None:
        """Let everything work, and count anew."""
        self.plan(Call(0), -1, 0)

    @property
    def fired(self) -> int:
        """How many calls met their planned outcome."""
        return int(self._shim.trouble_fired())

    def count(self, kind: Call) -> int:
        """Calls of this kind since the last plan."""
        return int(self._shim.trouble_count(kind.bit_length() - 1))

    def room(self, size: int | None) -> None:
        """Let the files below the folder grow by `size` bytes more and then be told that the disk is full."""
        self._shim.trouble_room(ctypes.c_longlong(-1 if size is None else size))

    def log(self, path: Path) -> None:
        """Write every change down from now on; see `power.py`."""
        self._shim.trouble_log(os.fsencode(path))

    def mark(self, words: str) -> None:
        """Put words between the changes in the log."""
        self._shim.trouble_mark(words.encode())
