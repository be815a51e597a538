"""How long each key press of a search takes in a full store, beside the bare full-text query.

1,000,000 messages in 20,000 conversations, 811 MB of which 261 MB are the index; 327 key presses, the best of three each,
in milliseconds of the processor (AMD EPYC), twelve hits each:

    bare     p50  0.1  p95   3.7  worst  20   the index alone, newest first
    ranked   p50  4.5  p95 157    worst 293   the index alone, ORDER BY rank
    newest   p50  0.7  p95   4.5  worst  21   1.23 x the bare query's p95
    best     p50  4.2  p95  17.0  worst  56   0.11 x the ranked query's p95

The dearest presses are the third letter of a word: there the index has no list of its own.

Run `python -m tests.benchmarks.search_speed [DATABASE]`; without one the store of a million messages is built.
"""

import random
import sqlite3
import statistics
import sys
import time
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path

from pizzagpt_desktop.domain.query import Query, SearchRequest
from pizzagpt_desktop.storage.query import words_match
from pizzagpt_desktop.storage.search_reader import SearchReader

LIMIT = 12


def key_presses(connection: sqlite3.Connection, searches: int = 40, seed: int = 5) -> list[str]:
    """What stands in the field after each key: words that are in the messages, one to three in a row."""
    rng = random.Random(seed)
    (last,) = connection.execute("SELECT max(seq) FROM messages").fetchone()
    presses = []
    while searches:
        row = connection.execute(
            "SELECT text FROM messages WHERE seq = ?", (rng.randint(1, last),)
        ).fetchone()
        words = row[0].split() if row else []
        if len(words) < 6:
            continue
        start = rng.randrange(len(words) - 3)
        text = " ".join(words[start : start + rng.randint(1, 3)])[:24]
        presses += [text[:end] for end in range(1, len(text) + 1) if not text[:end].endswith(" ")]
        searches -= 1
    return presses


def spent(ask: Callable[[], object]) -> float:
    """Milliseconds of the processor, which what else runs on the machine changes least; the file is in memory."""
    began = time.process_time()
    found = ask()
    if isinstance(found, sqlite3.Cursor):
        found.fetchall()
    return (time.process_time() - began) * 1e3


def percentile(values: list[float], share: int) -> float:
    return statistics.quantiles(values, n=100)[share - 1]


def measure(database: Path) -> dict[str, list[float]]:
    """Milliseconds of each press: "bare" (the index alone), "ranked" (the same in the order of `rank`), "rows" (with the rows' texts), "newest", "best"."""
    times: dict[str, list[float]] = {"bare": [], "ranked": [], "rows": [], "newest": [], "best": []}
    reader = SearchReader(database)
    with closing(sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True)) as connection:
        for press in key_presses(connection):
            match = words_match(Query(press), "text")
            if not match:
                continue
            bare = "SELECT rowid FROM messages_fts WHERE messages_fts MATCH ? ORDER BY rowid DESC LIMIT ?"
            ranked = "SELECT rowid FROM messages_fts WHERE messages_fts MATCH ? ORDER BY rank LIMIT ?"
            rows = (
                "SELECT m.text, c.title FROM messages_fts CROSS JOIN messages AS m ON m.seq = messages_fts.rowid"
                " CROSS JOIN conversations AS c ON c.id = m.conversation_id"
                " WHERE messages_fts MATCH ? ORDER BY messages_fts.rowid DESC LIMIT ?"
            )
            ways: dict[str, Callable[[], object]] = {
                "bare": partial(connection.execute, bare, (match, LIMIT)),
                "ranked": partial(connection.execute, ranked, (match, LIMIT)),
                "rows": partial(connection.execute, rows, (match, LIMIT)),
                "newest": partial(reader.find, SearchRequest(press, limit=LIMIT)),
                "best": partial(reader.find, SearchRequest(press, "best", limit=LIMIT)),
            }
            for name, ask in ways.items():
                times[name].append(min(spent(ask) for _ in range(3)))
    reader.close()
    return times


def main() -> None:
    if len(sys.argv) > 1:
        database = Path(sys.argv[1]).absolute()
    else:
        from tests.benchmarks.big_store import data_folder

        database = data_folder() / "data" / "chats.db"
    times = measure(database)
    print(f"{len(times['bare'])} key presses in {database}")
    for name, values in times.items():
        print(
            f"  {name:7} p50 {percentile(values, 50):7.2f}  p95 {percentile(values, 95):7.2f}"
            f"  worst {max(values):7.1f} ms  p95 is {percentile(values, 95) / percentile(times['bare'], 95):.2f} x the bare query"
        )


if __name__ == "__main__":
    main()
