"""What a process and all that it has started take of the machine; Linux's /proc alone, no package."""

import os
import time
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")


def below(pid: int) -> list[int]:
    """All processes that `pid` and its children have started and that still run."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdecimal():
            continue
        fields = _stat(int(entry.name))
        if fields:
            children.setdefault(int(fields[1]), []).append(int(entry.name))
    found = list(children.get(pid, []))
    for child in found:
        found += children.get(child, [])  # grows while it is gone through
    return found


def cpu_here() -> float:
    """Seconds of CPU of this process and of all below it, those that have ended included where they were waited for."""
    ended = os.times()
    total = time.process_time() + ended.children_user + ended.children_system
    for child in below(os.getpid()):
        fields = _stat(child)
        total += sum(int(value) for value in fields[11:15]) / TICKS if fields else 0.0
    return total


def memory_here_mb() -> float:
    """Memory of this process and of all below it in MB of 10^6 bytes, what they share counted once (PSS).

    Where the system does not let it be read, what a process holds without what it shares is counted.
    """
    return sum(_held(pid) for pid in [os.getpid(), *below(os.getpid())])


def _held(pid: int) -> float:
    folder = Path("/proc") / str(pid)
    try:
        for line in (folder / "smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024 / 1e6
    except OSError:
        pass
    try:
        _, resident, shared, *_ = (folder / "statm").read_text().split()
    except OSError:
        return 0.0
    return (int(resident) - int(shared)) * PAGE / 1e6


def _stat(pid: int) -> list[str]:
    """The fields of /proc/PID/stat from the third on; [] once it has ended."""
    try:
        return (Path("/proc") / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []
