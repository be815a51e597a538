"""What the transcript costs: replies that stream into it, and conversations of 100,000 messages; knows no store of a million.

A wait of the loop is given as the median over the rounds, and beside it how long this thread itself worked at most: on a
busy machine the difference is what others had the processor for. Yardsticks that paint at every token take their turns
with the program; `setMarkdown` of everything at every token grows with the square, so its reply is a short one.
"""

import json
import sqlite3
import statistics
import subprocess
import sys
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from tests.benchmarks.big_store import LONGEST_ID, SHORTEST_ID, Size, data_folder
from tests.benchmarks.measuring import HERE, Figure, environment, ratio_of

LONG, SHORT = 200_000, 50_000
YARDSTICK_LENGTH = 10_000
RATE = 250
FRAME_MS = 16.7
MANY, FEW = 100_000, 100


def figures(rounds: int, folder: Path) -> list[Figure]:
    """All of it. folder: for what is made in passing."""
    return [
        *_fast(rounds, folder, 1),
        *_fast(rounds, folder, 10),
        *_yardsticks(folder),
        _paced(rounds, folder),
        *_long_conversation(rounds, folder),
    ]


def _run(folder: Path, script: str, *arguments: object) -> dict[str, object]:
    command = [sys.executable, str(HERE / script), *map(str, arguments)]
    done = subprocess.run(
        command, env=environment(folder / "home"), capture_output=True, text=True, check=True
    )
    return dict(json.loads(done.stdout.splitlines()[-1]))


def _streamed(folder: Path, *arguments: object) -> dict[str, float]:
    return {
        name: float(str(value)) for name, value in _run(folder, "streaming_window.py", *arguments).items()
    }


def _fast(rounds: int, folder: Path, conversations: int) -> list[Figure]:
    """A reply as fast as it comes, beside a shorter one and beside plain insertion."""
    cpu: dict[str, list[float]] = {"long": [], "short": [], "insert": []}
    stalls: dict[str, list[float]] = {"p99": [], "longest": [], "work": []}
    many = ("--conversations", conversations)
    for _ in range(rounds):
        cpu["short"].append(_streamed(folder, "window", SHORT, *many)["cpu"])
        cpu["long"].append(_streamed(folder, "window", LONG, *many)["cpu"])
        if len(cpu["insert"]) < 2:  # it takes long, and never differs by much
            cpu["insert"].append(_streamed(folder, "insert", SHORT)["cpu"])
        for name, value in _streamed(folder, "window", LONG, "--timed", *many).items():
            stalls.get(name, []).append(value)
    beside = "" if conversations == 1 else f", {conversations} conversations streaming, one watched"
    grown, spread = ratio_of(cpu["long"], cpu["short"])
    once = statistics.median(cpu["short"])
    insert = statistics.median(cpu["insert"])
    late, longest, work = (statistics.median(stalls[name]) for name in ("p99", "longest", "work"))
    return [
        Figure(
            f"late turns of the loop, p99, {LONG:,} characters in tokens of four as fast as they come{beside}",
            f"{late:.1f} ms", "", late, FRAME_MS, " ms",
        ),
        Figure(
            f"longest wait of the loop meanwhile{beside}", f"{longest:.0f} ms", "", longest, 50.0, " ms",
            f"own work {work:.0f} ms",
        ),
        Figure(
            f"CPU of {LONG:,} characters ÷ of {SHORT:,}{beside}", f"{statistics.median(cpu['long']):.2f} s",
            f"{once:.2f} s", grown, 4.4, spread=spread,
        ),
        Figure(
            f"CPU of {SHORT:,} characters ÷ QTextBrowser, insertPlainText and repaint a token{beside}",
            f"{once:.2f} s", f"{insert:.2f} s", once / insert, 1 / 6,
        ),
    ]  # fmt: skip


def _yardsticks(folder: Path) -> list[Figure]:
    """What others would cost for a short reply, painted at every token."""
    ours = _streamed(folder, "window", YARDSTICK_LENGTH)["cpu"]
    kinds = {
        "whole": "QTextBrowser, setMarkdown of all so far a token",
        "list": "a QListView with a delegate, a token",
    }
    found = []
    for kind, words in kinds.items():
        theirs = _streamed(folder, kind, YARDSTICK_LENGTH)["cpu"]
        found.append(
            Figure(
                f"CPU of {YARDSTICK_LENGTH:,} characters ÷ {words}",
                f"{ours:.2f} s",
                f"{theirs:.2f} s",
                ours / theirs,
                1 / 6,
            )
        )
    return found


def _paced(rounds: int, folder: Path) -> Figure:
    """At a reader's pace, beside `setMarkdown` every 50 ms."""
    paced = ("--rate", RATE)
    shares, theirs = [], []
    for _ in range(rounds):
        for kind, values in (("window", shares), ("whole50", theirs)):
            one = _streamed(folder, kind, YARDSTICK_LENGTH, *paced)
            values.append(100 * one["cpu"] / one["seconds"])
    share = statistics.median(shares)
    return Figure(
        f"of one core, {RATE} tokens a second (yardstick: setMarkdown every 50 ms)", f"{share:.1f} %",
        f"{statistics.median(theirs):.1f} %", share, 9.0, " %", f"{min(shares):.1f}–{max(shares):.1f} %",
    )  # fmt: skip


def _long_conversation(rounds: int, folder: Path) -> list[Figure]:
    """A conversation of very many messages beside one of a hundred."""
    kept = data_folder(Size(messages=MANY + FEW + 10, conversations=3, longest=MANY)) / "data" / "chats.db"
    database = folder / "long.db"
    with closing(sqlite3.connect(kept)) as source, closing(sqlite3.connect(database)) as copy:
        source.backup(copy)  # a reply will be streamed into it
        (few,) = copy.execute(
            "SELECT id FROM conversations WHERE id NOT IN (?, ?)", (LONGEST_ID, SHORTEST_ID)
        ).fetchone()
    found = _run(folder, "long_conversation.py", database, rounds, LONGEST_ID, few)
    opened, memory = found["opened"], found["memory"]
    assert isinstance(opened, dict)
    assert isinstance(memory, dict)
    work = {name: [work for _, work in values] for name, values in opened.items()}
    ratio, spread = ratio_of(work["long"], work["short"])
    more = statistics.median(a - b for a, b in zip(memory["long"], memory["short"], strict=True))
    known, moved = float(str(found["known"])), float(str(found["moved"]))
    known_s = f"{float(str(found['known_s'])):.1f} s after opening"
    return [
        Figure(
            f"opening {MANY:,} messages ÷ {FEW}, to the first paint", f"{statistics.median(work['long']):.1f} ms",
            f"{statistics.median(work['short']):.1f} ms", ratio, 1.5, spread=spread,
        ),
        Figure(f"memory of {MANY:,} messages beyond that of {FEW}, opened", f"{more:.1f} MB", "", more, 20.0, " MB"),
        Figure("the same once all have their place", f"{known:.0f} MB", "", known, 20.0, " MB", known_s),
        Figure("the same after 80 jumps all over them", f"{moved:.0f} MB", "", moved, 20.0, " MB"),
        _worst("resize with all of them, p99", found["resize"], 2 * FRAME_MS),
        _worst("jump to the middle, p99", found["middle"], 2 * FRAME_MS),
        _worst("jump to a message that was searched for, p99", found["search"], 2 * FRAME_MS),
        _worst("key press to glyph, a reply streaming into them, p99", found["keys"], FRAME_MS),
    ]  # fmt: skip


def _worst(name: str, times: object, goal: float) -> Figure:
    assert isinstance(times, list)
    gap, work = (_late([pair[at] for pair in times]) for at in (0, 1))
    return Figure(name, f"{gap:.1f} ms", "", gap, goal, " ms", f"own work {work:.1f} ms")


def _late(values: Sequence[float]) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]
