"""What a full store costs beside an empty one: start, memory, opening, search, writing, and how long the loop stands still."""

import json
import statistics
import subprocess
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from tests.benchmarks.big_store import Size, data_folder
from tests.benchmarks.measuring import (
    HERE,
    PROGRAM,
    Figure,
    environment,
    ratio_of,
    resident_mb,
    watched,
)

STALL_GOAL_MS = 50.0
SEARCH_GOAL = 1.5


def figures(size: Size, rounds: int, folder: Path) -> list[Figure]:
    """All of it, for a store of `size`. folder: for what is made in passing."""
    full = data_folder(size)
    database = full / "data" / "chats.db"
    return [
        *_start_and_memory(full, size, rounds, folder),
        *_window(database, size, 2 * rounds + 1, folder),
        *_search(database),
        *_writing(),
    ]


def _start_and_memory(full: Path, size: Size, rounds: int, folder: Path) -> list[Figure]:
    """The program with the full store and with an empty one, in turns."""
    seconds: dict[str, list[float]] = {"full": [], "empty": []}
    memory: dict[str, list[float]] = {"full": [], "empty": []}
    for number in range(rounds + 1):
        for name, data in (("empty", folder / "empty"), ("full", full)):
            with watched([*PROGRAM, "--data-dir", str(data)], folder / "home") as (process, ready):
                held = resident_mb(process.pid)
                if number:  # the first round fills the disk's cache
                    seconds[name].append(ready)
                    memory[name].append(held)
    start = {name: statistics.median(values) for name, values in seconds.items()}
    idle = {name: statistics.median(values) for name, values in memory.items()}
    started, start_spread = ratio_of(seconds["full"], seconds["empty"])
    held, memory_spread = ratio_of(memory["full"], memory["empty"])
    return [
        Figure(
            f"start with {size.messages:,} messages ÷ with none",
            f"{start['full']:.2f} s", f"{start['empty']:.2f} s", started, 1.3, spread=start_spread,
        ),
        Figure(
            f"memory with {size.conversations:,} conversations listed ÷ with none",
            f"{idle['full']:.0f} MB", f"{idle['empty']:.0f} MB", held, 1.5, spread=memory_spread,
        ),
    ]  # fmt: skip


def _window(database: Path, size: Size, rounds: int, folder: Path) -> list[Figure]:
    """Opening and stalls, from one window."""
    command = [sys.executable, str(HERE / "window_on.py"), str(database), str(rounds)]
    done = subprocess.run(
        command, env=environment(folder / "home"), capture_output=True, text=True, check=True
    )
    found = json.loads(done.stdout.splitlines()[-1])
    opened = found["opened"]
    rows = []
    for name, words in (
        ("long", f"the one of {size.longest:,} messages"),
        ("others", "any conversation"),
    ):
        ratio, spread = ratio_of(opened[name], opened["short"])
        rows.append(
            Figure(
                f"opening {words} ÷ one of ten",
                _ms(opened[name]),
                _ms(opened["short"]),
                ratio,
                2.0,
                spread=spread,
            )
        )
    for name, words in (
        ("list_stall", f"while the list of {found['listed']:,} comes in"),
        ("load_stall", f"while {found['messages']:,} messages come in"),
        ("scroll_stall", "while scrolling up meanwhile"),
        ("home_stall", "on the way to the first message"),
    ):
        gap, work = found[name]
        rows.append(
            Figure(
                f"longest work without a pause {words}", f"{work:.0f} ms", "", work, STALL_GOAL_MS, " ms",
                f"gap {gap:.0f} ms",
            )
        )  # fmt: skip
    return rows


def _search(database: Path) -> list[Figure]:
    """Key presses in the search field beside the bare full-text query."""
    if find_spec("tests.benchmarks.search_speed") is None:
        return []
    from tests.benchmarks import search_speed

    times = search_speed.measure(database)
    late = {name: search_speed.percentile(values, 95) for name, values in times.items()}
    yardsticks = {"bare": "the bare query", "ranked": "the bare query in the order of rank"}
    return [
        Figure(
            f"search as one types, {order} first, p95 ÷ {yardsticks[bare]}",
            f"{late[order]:.1f} ms", f"{late[bare]:.1f} ms", late[order] / late[bare], SEARCH_GOAL,
        )
        for order, bare in (("newest", "bare"), ("best", "ranked"))
    ]  # fmt: skip


def _writing() -> list[Figure]:
    """What keeping a streamed reply on disk takes of one core."""
    from tests.benchmarks.storage_growth import GOAL_PERCENT, LENGTHS, write_cost

    cost = max(write_cost(length) for length in LENGTHS.values())
    words = "writing a streamed second, of one core"
    return [Figure(words, f"{cost:.2f} %", "", cost, GOAL_PERCENT, " %")]


def _ms(values: Sequence[float]) -> str:
    return f"{statistics.median(values):.0f} ms"
