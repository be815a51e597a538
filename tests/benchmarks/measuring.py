"""What the benchmarks share: a row of the table, programs that are started and watched, their memory and CPU."""

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
PROGRAM = ["pizzagpt_desktop"]
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Figure:
    """One row. ratio: the median over the rounds, or milliseconds. spread: its least and greatest. goal: to stay under."""

    name: str
    ours: str
    bare: str
    ratio: float
    goal: float
    unit: str = "×"
    spread: str = ""


def ratio_of(ours: Sequence[float], yardstick: Sequence[float]) -> tuple[float, str]:
    """The median of the ratios of the rounds, and the least and the greatest; both were taken in turns."""
    ratios = sorted(one / other for one, other in zip(ours, yardstick, strict=True))
    return statistics.median(ratios), f"{ratios[0]:.2f}–{ratios[-1]:.2f}"


def environment(home: Path, **more: str) -> dict[str, str]:
    """A fresh account without a display; nothing of this one's."""
    home.mkdir(parents=True, exist_ok=True)
    base = {"PATH": os.environ["PATH"], "HOME": str(home), "LANG": "C.UTF-8", "QT_QPA_PLATFORM": "offscreen"}
    base |= {"PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring", "PYTHONPATH": str(ROOT)}
    return base | more


@contextmanager
def watched(target: list[str], home: Path, **more: str) -> Iterator[tuple["subprocess.Popen[str]", float]]:
    """Start `target` under watched.py; yields it and the seconds from start to typeable."""
    began = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, str(HERE / "watched.py"), *target],
        env=environment(home, **more),
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith("READY"):
                break
        else:
            raise RuntimeError(f"{target} ended before it could be typed into")
        yield process, float(line.split()[1]) - began
    finally:
        process.kill()
        process.wait()


def resident_mb(pid: int) -> float:
    """Resident memory once it has not moved for a second, in MB of 10^6 bytes."""
    last, since = 0.0, time.monotonic()
    while time.monotonic() - since < 1.0:
        now = held_mb(pid)
        if abs(now - last) > 0.2:
            last, since = now, time.monotonic()
        time.sleep(0.05)
    return last


def held_mb(pid: int) -> float:
    """Resident memory at this moment, in MB of 10^6 bytes."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def cpu_seconds(pid: int) -> float:
    """CPU that a process has used so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


@contextmanager
def sse_server(events: int) -> Iterator[str]:
    """The stream's source; yields its base URL."""
    process = subprocess.Popen(
        [sys.executable, str(HERE / "sse_server.py"), str(events)], stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        yield f"http://127.0.0.1:{process.stdout.readline().split()[1]}/v1"
    finally:
        process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()
