"""What the wire alone costs: a long stream through the provider, beside a bare loop and the `openai` package.

All three read the same stream in turns, each in a process of its own; the package is measured where it is installed.
"""

import os
import statistics
import subprocess
import sys

from tests.benchmarks.measuring import HERE, ROOT, Figure, ratio_of, sse_server


def _taken(*words: str) -> tuple[float, int] | None:
    """The CPU seconds and the characters that a reader says; None where it cannot be measured here."""
    command = [sys.executable, *words]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
    said = done.stdout.split()
    return None if said == ["none"] else (float(said[0]), int(said[1]))


def rounds_of(
    rounds: int, events: int, names: tuple[str, ...] = ("bare", "ours", "openai")
) -> dict[str, list[float]]:
    """CPU seconds of each reader in each round; all have read the same text."""
    seconds: dict[str, list[float]] = {name: [] for name in names}
    with sse_server(events) as base_url:
        for _ in range(rounds):
            lengths = set()
            for name in seconds:
                words = [str(HERE / "provider_stream.py"), name, base_url]
                if name == "bare":
                    words = [str(HERE / "bare_stream.py"), base_url + "/chat/completions"]
                taken = _taken(*words)
                if taken is not None:
                    seconds[name].append(taken[0])
                    lengths.add(taken[1])
            assert len(lengths) <= 1, lengths  # none where the package is not installed
    return seconds


def figures(rounds: int, events: int) -> list[Figure]:
    """The provider beside the bare loop, and beside the package where there is one."""
    seconds = rounds_of(rounds, events)
    middle = {name: statistics.median(values) for name, values in seconds.items() if values}
    rows = []
    for name, words, goal in (
        ("bare", f"CPU of {events:,} events, the provider alone", 1.5),
        ("openai", "the same beside the `openai` package", 1.0),
    ):
        if name in middle:
            ratio, spread = ratio_of(seconds["ours"], seconds[name])
            rows.append(
                Figure(words, f"{middle['ours']:.2f} s", f"{middle[name]:.2f} s", ratio, goal, spread=spread)
            )
    return rows
