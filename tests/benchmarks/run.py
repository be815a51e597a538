"""Measures the program against bare yardsticks in one run and prints one table; knows no test.

    run.py [--rounds N] [--events N] [--start-only] [--transcript-only] [--peers-only] [--full-only] [--small] [--json]

The full store of a million messages is built when it is first needed (some two minutes) and kept for later runs;
`--small` takes one of 20,000 instead. The chat views of two other programs are measured where PEERS_PYTHON and PEERS_PATH
name an interpreter and folders that have them; peer_views.py says what they need. Ratios compare what this machine did minutes apart, so they travel; the seconds
beside them do not.
"""

import argparse
import json
import os
import platform
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.benchmarks import full_store, local_model, peer_views, provider_cost, transcript_speed
from tests.benchmarks.big_store import SMALL, Size
from tests.benchmarks.measuring import (
    HERE,
    PROGRAM,
    Figure,
    cpu_seconds,
    ratio_of,
    resident_mb,
    sse_server,
    watched,
)

BARE = [str(HERE / "bare_window.py")]


def start_and_memory(rounds: int, folder: Path) -> list[Figure]:
    """Start and idle memory of the program and of the bare window, taken in turns."""
    seconds: dict[str, list[float]] = {"ours": [], "bare": []}
    memory: dict[str, list[float]] = {"ours": [], "bare": []}
    for number in range(rounds + 1):
        data = folder / "start"
        for name, target in (("bare", BARE), ("ours", [*PROGRAM, "--data-dir", str(data)])):
            with watched(target, folder / "home") as (process, ready):
                if number:  # the first round fills the disk's cache
                    seconds[name].append(ready)
                    memory[name].append(resident_mb(process.pid))
    start = {name: statistics.median(values) for name, values in seconds.items()}
    idle = {name: statistics.median(values) for name, values in memory.items()}
    started, start_spread = ratio_of(seconds["ours"], seconds["bare"])
    held, memory_spread = ratio_of(memory["ours"], memory["bare"])
    return [
        Figure(
            "start to typeable window", f"{start['ours']:.2f} s", f"{start['bare']:.2f} s", started, 1.5,
            spread=start_spread,
        ),
        Figure(
            "memory at idle", f"{idle['ours']:.0f} MB", f"{idle['bare']:.0f} MB", held, 1.5, spread=memory_spread
        ),
    ]  # fmt: skip


def store_of(folder: Path) -> Path:
    """The database below a data folder."""
    (path,) = folder.rglob("*.db")
    return path


def wait_for_reply(folder: Path, timeout: float) -> str:
    """Until the store says that the reply has ended; its text."""
    until = time.monotonic() + timeout
    while time.monotonic() < until:
        with sqlite3.connect(f"file:{store_of(folder)}?mode=ro", uri=True) as store:
            row = store.execute("SELECT status, text FROM messages WHERE role = 'assistant'").fetchone()
        store.close()
        if row is not None and row[0] != "streaming":
            if row[0] != "complete":
                raise RuntimeError(f"the reply ended {row[0]}")
            return str(row[1])
        time.sleep(0.05)
    raise TimeoutError("the reply did not end")


def prepare_preferences(folder: Path, base_url: str) -> None:
    """A data folder whose chosen service is the stream's source."""
    from pizzagpt_desktop.domain.preferences import Preferences, ServiceSettings
    from pizzagpt_desktop.storage import paths, preferences

    service = ServiceSettings(provider="openai", base_url=base_url, model="bench")
    place = paths.folders(folder, False)
    place.config.mkdir(parents=True, exist_ok=True)
    preferences.save(
        place.config / "preferences.json", Preferences(service="Bench", services={"Bench": service})
    )


def streaming(rounds: int, events: int, folder: Path) -> list[Figure]:
    """CPU of a long stream through the whole program and through a bare loop, and the loop's longest stall."""
    ours, bare, stalls = [], [], []
    with sse_server(events) as base_url:
        for number in range(rounds):
            command = [sys.executable, str(HERE / "bare_stream.py"), base_url + "/chat/completions"]
            cpu, length = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
            bare.append(float(cpu))
            data = folder / f"stream{number}"
            prepare_preferences(data, base_url)
            with watched([*PROGRAM, "--data-dir", str(data)], folder / "home", WATCHED_TYPE="go") as (
                process,
                _,
            ):
                assert process.stdout is not None
                typed = next(line for line in process.stdout if line.startswith("TYPED"))
                text = wait_for_reply(data, 120)
                ours.append(cpu_seconds(process.pid) - float(typed.split()[1]))
                assert len(text) == int(length), f"{len(text)} of {length} characters arrived"
                process.kill()
                said = [float(line.split()[1]) for line in process.stdout if line.startswith("STALL")]
                stalls.append(max(said, default=0.0) * 1000)
    mine, theirs, stall = statistics.median(ours), statistics.median(bare), statistics.median(stalls)
    return [
        Figure(f"CPU of {events:,} streamed events", f"{mine:.2f} s", f"{theirs:.2f} s", mine / theirs, 4.0),
        Figure("longest stall of the loop meanwhile", f"{stall:.0f} ms", "", stall, 50.0, " ms"),
    ]


def machine() -> str:
    """What was measured on, in words."""
    model = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.machine(),
    )
    import PySide6

    return f"{os.cpu_count()} cores of {model}, Python {platform.python_version()}, PySide6 {PySide6.__version__}, offscreen"


def table(figures: list[Figure]) -> str:
    """The figures as a Markdown table."""
    rows = [
        "| measured | program | yardstick | ratio | rounds | goal |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for figure in figures:
        digits = 2 if figure.unit == "×" else 0 if figure.goal >= 20 else 1
        if figure.unit == "×" and figure.ratio < 0.01:
            digits = 4
        value = f"{figure.ratio:.{digits}f}"
        rows.append(
            f"| {figure.name} | {figure.ours} | {figure.bare} | {value}{figure.unit} | {figure.spread} | ≤ {figure.goal:.3g}{figure.unit} |"
        )
    return "\n".join(rows)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--events", type=int, default=50_000)
    parser.add_argument("--start-only", action="store_true", help="only start and idle memory")
    parser.add_argument("--transcript-only", action="store_true", help="only what the transcript costs")
    parser.add_argument("--peers-only", action="store_true", help="only beside other programs' chat views")
    parser.add_argument("--full-only", action="store_true", help="only what a full store costs")
    parser.add_argument("--small", action="store_true", help="a full store of 20,000 messages")
    parser.add_argument("--json", action="store_true", help="one object in place of the table")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        everything = not (
            arguments.start_only or arguments.transcript_only or arguments.peers_only or arguments.full_only
        )
        figures: list[Figure] = []
        missing: list[str] = []
        if everything or arguments.start_only:
            figures += start_and_memory(arguments.rounds, folder)
        if everything:
            figures += streaming(min(arguments.rounds, 3), arguments.events, folder)
            figures += provider_cost.figures(arguments.rounds, arguments.events)
        if everything or arguments.transcript_only:
            figures += transcript_speed.figures(arguments.rounds, folder)
        if everything or arguments.peers_only:
            beside, missing = peer_views.Bench(folder).figures(arguments.rounds)
            figures += beside
        if everything or arguments.full_only:
            figures += full_store.figures(SMALL if arguments.small else Size(), arguments.rounds, folder)
        if everything:
            figures += local_model.figures(max(arguments.rounds, 20), folder)
    if arguments.json:
        rows = [vars(figure) for figure in figures]
        print(json.dumps({"machine": machine(), "figures": rows, "missing": missing}))
    else:
        print(machine(), table(figures), *missing, sep="\n\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
