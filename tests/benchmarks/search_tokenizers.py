"""Which full-text index: size, cost of filling it, and how long each key press of a search takes.

Run `python -m tests.benchmarks.search_tokenizers [MESSAGES]`. 30,000 messages of 17 MB, SQLite 3.40.1, 2 cores:

                            size      filling   a key press, p50 and worst   finds in Chinese, 1 or 2 letters of it
    unicode61, prefix 1 2 3  1.87 x    6.8 s     0.08   0.2 ms                no
    unicode61                0.79 x    1.8 s     0.16  35.6 ms                no
    trigram                  3.55 x    8.3 s     0.01   0.8 ms                nothing under three letters, in no script
    prepared                 0.77 x    2.3 s     0.51  34.7 ms                yes
    prepared, prefix 1 2     1.52 x    5.0 s     0.12   1.1 ms                yes                   <- chosen
    prepared, prefix 2 3     1.60 x    5.1 s     0.16  25.5 ms                yes
    prepared, prefix 1 2 3   1.95 x    5.8 s     0.11   0.8 ms                yes

"Prepared" is text that `domain.folding` has folded and cut, for SQLite's plainest tokenizer. Without prefix indexes the
first letters of a word cost most: at a million messages over a second. Three letters without one cost 160 ms there.
"""

import random
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from pizzagpt_desktop.domain.folding import prepared

CONSONANTS, VOWELS = "bcdfghjklmnprstvwz", "aeiou"
HAN = [chr(0x4E00 + number) for number in range(3000)]
CYRILLIC = "абвгдежзийклмнопрстуфхцчшщыьэюя"


def vocabulary(rng: random.Random, letters: str, size: int) -> list[str]:
    """`size` different made-up words, the short ones first, as languages have it."""
    words: dict[str, None] = {}
    while len(words) < size:
        length = min(14, 2 + int(rng.expovariate(1 / (2 + 4 * len(words) / size))))
        words["".join(rng.choice(letters) for _ in range(length))] = None
    return list(words)


def texts(count: int, seed: int = 3) -> Iterator[str]:
    """Messages of some hundred characters: 84 % Latin letters, 8 % Cyrillic, 8 % Chinese; words as often as in Zipf's law."""
    rng = random.Random(seed)
    latin = vocabulary(rng, CONSONANTS + VOWELS * 3, 60_000)
    cyrillic = vocabulary(rng, CYRILLIC, 30_000)

    def zipf(words: list[str], number: int) -> list[str]:
        size = len(words)
        return [words[int(size ** rng.random()) - 1] for _ in range(number)]

    for number in range(count):
        length = min(1500, 8 + int(rng.expovariate(1 / 90)))
        kind = number % 25
        if kind in (3, 15):
            yield " ".join(zipf(cyrillic, length)) + "."
        elif kind in (7, 19):
            yield "".join(zipf(HAN, length * 2)) + "。"
        else:
            words = zipf(latin, length)
            words[0] = words[0].capitalize()
            yield " ".join(words) + (" — C++ (x = 5)." if number % 10 == 0 else ".")


KEYS = [
    "t",
    "ta",
    "tar",
    "tari",
    "e",
    "ek",
    "en ta",
    "en taro",
    '"en ta"',
    "п",
    "по",
    "пол",
    "一",
    "一丁",
    "丂七丄",
    "the zu",
]


def as_match(keys: str, prefix: bool = True) -> str:
    """What a search-as-you-type asks of a word index."""
    words = prepared(keys.strip('"')).split()
    if keys.startswith('"') or (words and words[0] >= "\u3000"):
        return '"' + " ".join(words) + '"'
    return " ".join(f'"{word}"' for word in words) + ("*" if prefix else "")


def as_trigrams(keys: str) -> str:
    """The same of a trigram index, which finds nothing shorter than three characters."""
    if keys.startswith('"'):
        return keys
    return " ".join(f'"{word}"' for word in keys.split())


Candidate = tuple[str, str, Callable[[str], str], Callable[[str], str]]
CANDIDATES: list[Candidate] = [
    ("unicode61, prefix 1 2 3", "tokenize='unicode61 remove_diacritics 2', prefix='1 2 3'", str, as_match),
    ("unicode61", "tokenize='unicode61 remove_diacritics 2'", str, as_match),
    ("trigram", "tokenize='trigram'", str, as_trigrams),
    ("prepared", "tokenize=\"ascii tokenchars '#$%&+<=>@'\"", prepared, as_match),
    ("prepared, prefix 1 2", "tokenize=\"ascii tokenchars '#$%&+<=>@'\", prefix='1 2'", prepared, as_match),
    ("prepared, prefix 2 3", "tokenize=\"ascii tokenchars '#$%&+<=>@'\", prefix='2 3'", prepared, as_match),
    (
        "prepared, prefix 1 2 3",
        "tokenize=\"ascii tokenchars '#$%&+<=>@'\", prefix='1 2 3'",
        prepared,
        as_match,
    ),
]


def measure(candidate: Candidate, messages: list[str], folder: Path) -> None:
    name, options, prepare, ask = candidate
    file = folder / "index.db"
    connection = sqlite3.connect(file, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute(f"CREATE VIRTUAL TABLE fts USING fts5 (text, content='', columnsize=0, {options})")
    folding = adding = 0.0
    for start in range(0, len(messages), 500):
        began = time.perf_counter()
        rows = [(start + n, prepare(text)) for n, text in enumerate(messages[start : start + 500])]
        folding += time.perf_counter() - began
        began = time.perf_counter()
        connection.execute("BEGIN")
        connection.executemany("INSERT INTO fts (rowid, text) VALUES (?, ?)", rows)
        connection.execute("COMMIT")
        adding += time.perf_counter() - began
    singles = []
    for number, text in enumerate(messages[:2000]):
        began = time.perf_counter()
        connection.execute(
            "INSERT INTO fts (rowid, text) VALUES (?, ?)", (len(messages) + number, prepare(text))
        )
        singles.append(time.perf_counter() - began)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    size = file.stat().st_size
    spent = []
    for keys in KEYS:
        runs = []
        for _ in range(5):
            began = time.perf_counter()
            connection.execute(
                "SELECT rowid FROM fts WHERE fts MATCH ? ORDER BY rowid DESC LIMIT 50", (ask(keys),)
            ).fetchall()
            runs.append(time.perf_counter() - began)
        spent.append(statistics.median(runs) * 1e3)
    connection.close()
    for path in folder.iterdir():
        path.unlink()
    share = size / sum(len(text.encode()) for text in messages)
    print(
        f"{name:24} {size / 1e6:6.0f} MB ({share:.2f} x the text)  folding {folding:5.1f} s  adding {adding:5.1f} s"
        f"  one message p50 {statistics.median(singles) * 1e3:.2f} p99 {statistics.quantiles(singles, n=100)[98] * 1e3:.1f} ms"
        f"  key press p50 {statistics.median(spent):.2f} worst {max(spent):.1f} ms"
    )
    print("   " + "  ".join(f"{keys} {ms:.2f}" for keys, ms in zip(KEYS, spent, strict=True)), flush=True)


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    messages = list(texts(count))
    size = sum(len(text.encode()) for text in messages)
    print(f"{count} messages, {size / 1e6:.0f} MB; SQLite {sqlite3.sqlite_version}")
    with tempfile.TemporaryDirectory() as folder:
        for candidate in CANDIDATES:
            measure(candidate, messages, Path(folder))


if __name__ == "__main__":
    main()
