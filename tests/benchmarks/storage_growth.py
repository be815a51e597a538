"""What it costs to keep a growing reply on disk: by checkpoint, by streamed second, and by other ways to do it.

python tests/benchmarks/storage_growth.py [--json]

  write cost   CPU of this process for each second of a streaming reply, checkpoints and late syncs, as a share of one
               core, at the end of a reply of that length. The goal is 2 %.
  ways         wall time of a checkpoint to a reply of 200 KB: appended and not synced, as the store does it; appended
               and synced each time; the whole row rewritten, not synced.
"""

import argparse
import json
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from pizzagpt_desktop.chat.answering import CHECKPOINT_S
from pizzagpt_desktop.domain.conversation import Conversation, Message, Role, Status
from pizzagpt_desktop.storage.store import SqliteSessionStore

CHECKPOINTS = 400
GOAL_PERCENT = 2.0
A_SECOND = "eine schöne Antwort, Wort für Wort; красивый ответ, 一字一句。 " * 6
"""About as much as a fast service says in one second: 350 characters."""
LENGTHS = {"2 KB": 2_000, "20 KB": 20_000, "200 KB": 200_000}


@contextmanager
def growing() -> Iterator[tuple[SqliteSessionStore, Path]]:
    """A store with a streaming reply `r`."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "chats.db"
        with closing(SqliteSessionStore(file)) as store:
            store.add_conversation(Conversation(id="c"))
            store.add_message(
                Message(
                    id="r", conversation_id="c", parent_id=None, role=Role.ASSISTANT, text="", status=Status.STREAMING
                )
            )  # fmt: skip
            yield store, file


def write_cost(length: int) -> float:
    """Percent of one core for a reply that has `length` characters by now."""
    text = (A_SECOND * (length // len(A_SECOND) + 1))[:length]
    more = A_SECOND[: round(len(A_SECOND) * CHECKPOINT_S)]
    with growing() as (store, _):
        store.checkpoint("r", text, "")
        began = time.process_time()
        for _ in range(CHECKPOINTS):
            text += more
            store.checkpoint("r", text, "")
        return (time.process_time() - began) / (CHECKPOINTS * CHECKPOINT_S) * 100


def wall(write: Callable[[str], object]) -> tuple[float, float]:
    """Median and 99th percentile of a checkpoint, in milliseconds."""
    text, times = A_SECOND * (200_000 // len(A_SECOND)), []
    for _ in range(CHECKPOINTS):
        text += "abcd"
        started = time.perf_counter()
        write(text)
        times.append((time.perf_counter() - started) * 1000)
    times.sort()
    return statistics.median(times), times[int(CHECKPOINTS * 0.99)]


def ways() -> dict[str, tuple[float, float]]:
    found = {}
    with growing() as (store, file):
        found["appended"] = wall(lambda text: store.checkpoint("r", text, ""))
        transaction = store._database.transaction
        store._database.transaction = lambda _sync: transaction("FULL")  # type: ignore[method-assign]
        found["appended, synced"] = wall(lambda text: store.checkpoint("r", text, ""))
        with closing(sqlite3.connect(file, isolation_level=None)) as connection:
            connection.execute("PRAGMA synchronous = NORMAL")
            statement = "UPDATE messages SET text = ? WHERE id = 'r'"
            found["rewritten"] = wall(lambda text: connection.execute(statement, (text,)))
    return found


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--json", action="store_true")
    as_json = parser.parse_args().json
    costs = {name: write_cost(length) for name, length in LENGTHS.items()}
    times = ways()
    if as_json:
        print(json.dumps({"write_cost_percent": costs, "goal_percent": GOAL_PERCENT, "ways_ms": times}))
        return
    for name, cost in costs.items():
        print(
            f"write cost of a streamed second at {name:>6}   {cost:.2f} % of a core   goal {GOAL_PERCENT:.0f} %"
        )
    for name, (median, late) in times.items():
        times_appended = median / times["appended"][0]
        print(f"{name:17} p50 {median:.3f} ms   p99 {late:.3f} ms   {times_appended:.1f} × appended")


if __name__ == "__main__":
    main()
