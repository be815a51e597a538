"""What was committed without a sync, put onto the disk a little later and aside; knows no SQL and no message.

A growing reply is committed every fifth of a second: that survives the end of this process, however it ends, but not
a power cut. A sync with each commit would hold the window's only thread for 4 ms each time, 18 ms at the 99th
percentile, on an SSD, and far longer on a spinning disk; SQLite by itself syncs the log only every 1000 pages, which
can be minutes. One sync aside, at most `SYNC_S` after the first commit that needs it, costs the window 0.1 ms and
bounds what a power cut can take (tests/benchmarks/storage_growth.py).
"""

import contextlib
import os
import threading
from pathlib import Path

SYNC_S = 4.0
"""How long streamed text may wait for a sync, in seconds."""

_FLAGS = os.O_RDWR | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NOINHERIT", 0)
_sync = getattr(os, "fdatasync", os.fsync)


class LateSync:
    """Syncs the log of the chat file at `path`."""

    def __init__(self, path: Path) -> None:
        self._log = path.with_name(path.name + "-wal")
        self._waiting: threading.Timer | None = None

    def note(self) -> None:
        """Something was committed without a sync; it is synced within `SYNC_S`, with all that comes until then."""
        if self._waiting is None:
            waiting = threading.Timer(SYNC_S, self._sync)
            waiting.daemon = True
            with contextlib.suppress(RuntimeError):  # no thread to be had just now
                self._waiting = waiting
                waiting.start()
                return
            self._waiting = None

    def close(self) -> None:
        """Nothing is synced any more: closing the file does it."""
        waiting, self._waiting = self._waiting, None
        if waiting is not None:
            waiting.cancel()

    def _sync(self) -> None:
        # Not the chat file itself: to close a descriptor of it would give up SQLite's locks on it (POSIX). The log
        # has no locks. Without a log (a rollback journal instead) each commit is synced anyway.
        self._waiting = None  # what is committed from here on may come too late for this sync
        with contextlib.suppress(OSError):  # if it lasts, the next synced write says so
            descriptor = os.open(self._log, _FLAGS)
            try:
                _sync(descriptor)
            finally:
                os.close(descriptor)
