"""Builds a full chat file, the same for the same seed and schema, and keeps it for the next run; knows no program.

    big_store.py [--messages N] [--conversations N] [--longest N] [--seed N]      says the data folder

A million messages in 20,000 conversations, one of 30,000 messages and one of 10 among them, in twelve languages.
Rows are written by plain SQL into the tables that the store itself has made; what the store keeps beside them
(indexes, full-text index, triggers) is taken away before and made again after, which is many times faster.
"""

import argparse
import hashlib
import os
import shutil
import sqlite3
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from random import Random
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))

from pizzagpt_desktop.storage.store import SqliteSessionStore
from tests.benchmarks.texts import Speaker, Voice

LAST_MOMENT = 1_773_800_000.0
"""When the newest message was written: a fixed day, so that a kept file stays what it was."""
YEARS_S = 3 * 365 * 86_400.0
BRANCHING = 0.02
BATCH = 20_000


@dataclass(frozen=True)
class Size:
    """longest: messages of the longest conversation, on one path, written all through the years."""

    messages: int = 1_000_000
    conversations: int = 20_000
    longest: int = 30_000
    seed: int = 7


SMALL = Size(messages=20_000, conversations=400, longest=3_000)
"""For a quick look."""
SHORTEST = 10
LONGEST_ID, SHORTEST_ID = "1" * 32, "2" * 32
"""The conversations with the most messages, and with ten."""


@dataclass
class _Thread:
    """A conversation while it is being written."""

    id: str
    voice: Voice
    left: int
    leaf: str | None = None
    created_at: float = 0.0
    updated_at: float = 0.0
    place: int = 0
    parents: list[str | None] = field(default_factory=list)
    asked: bool = False


def data_folder(size: Size = Size()) -> Path:
    """A data folder for `--data-dir` with the full store in it, built if it is not kept yet. Leave it as it is."""
    with tempfile.TemporaryDirectory() as scratch:
        empty = Path(scratch) / "chats.db"
        SqliteSessionStore(empty).close()
        made_of = (
            _schema(empty)
            + repr(size)
            + "".join(
                (Path(__file__).parent / name).read_text("utf-8") for name in ("big_store.py", "texts.py")
            )
        )
    name = f"pizzagpt-desktop-{size.messages}-{hashlib.sha256(made_of.encode()).hexdigest()[:12]}"
    folder = Path(tempfile.gettempdir()) / "pizzagpt-desktop-benchmarks" / name
    if not (folder / "data" / "chats.db").exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        part = Path(tempfile.mkdtemp(prefix=name, dir=folder.parent))
        began = time.monotonic()
        (part / "data").mkdir()
        build(part / "data" / "chats.db", size)
        print(f"{size.messages:,} messages in {time.monotonic() - began:.0f} s", file=sys.stderr)
        try:
            part.rename(folder)
        except OSError:  # another run was faster
            shutil.rmtree(part)
    return folder


def build(path: Path, size: Size) -> None:
    """Write a store of `size` to `path`, which does not exist."""
    SqliteSessionStore(path).close()
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("PRAGMA journal_mode = OFF")
        db.execute("PRAGMA synchronous = OFF")
        db.execute("PRAGMA locking_mode = EXCLUSIVE")
        db.execute("PRAGMA cache_size = -600000")
        again = _take_away(db)
        db.execute("BEGIN")
        threads = _write_messages(db, size)
        _write_conversations(db, threads, Random(size.seed))
        db.execute("COMMIT")
        for statement in again:
            db.execute(statement)
        _fill_index(db)
        db.execute("PRAGMA locking_mode = NORMAL")
        db.execute("PRAGMA journal_mode = WAL")
    os.sync()


def _fill_index(db: sqlite3.Connection) -> None:
    """The index that is filled aside, where the store has one."""
    if find_spec("pizzagpt_desktop.storage.index") is None:
        return
    from pizzagpt_desktop.storage import index

    db.execute("BEGIN")
    index.rebuild(db)
    while index.settle(db, 60.0):
        pass
    db.execute("COMMIT")


def _schema(path: Path) -> str:
    with closing(sqlite3.connect(path)) as db:
        rows = db.execute("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name").fetchall()
    return "\n".join(sql for (sql,) in rows)


def _take_away(db: sqlite3.Connection) -> list[str]:
    """Drop indexes and triggers; the statements that bring them back, with all they would have done."""
    again = []
    for kind in ("index", "trigger"):
        rows = db.execute(
            "SELECT name, sql FROM sqlite_schema WHERE type = ? AND sql IS NOT NULL AND tbl_name IN"
            " ('messages', 'conversations')",
            (kind,),
        ).fetchall()
        for name, sql in rows:
            db.execute(f"DROP {kind} {name}")
            again.append(sql)
    tables = db.execute("SELECT name, sql FROM sqlite_schema WHERE sql LIKE '%USING fts5%'").fetchall()
    for name, sql in tables:
        if "content='messages'" in sql:
            again.insert(0, f"INSERT INTO {name} ({name}) VALUES ('rebuild')")
    return again


def _lengths(size: Size, chance: Random) -> list[int]:
    """Messages per conversation: the long one, the one of ten, and the others as they come, many short, few long."""
    count = size.conversations - 2
    left = size.messages - size.longest - SHORTEST
    raw = [chance.lognormvariate(0, 1.1) for _ in range(count)]
    scale = (left - 2 * count) / sum(raw)
    lengths = [2 + int(value * scale) for value in raw]
    lengths[0] += left - sum(lengths)
    return [size.longest, SHORTEST, *lengths]


def _turns(threads: list[_Thread], size: Size, chance: Random) -> Iterator[_Thread]:
    """Whose turn it is, message by message: a few conversations at a time, and the long one all the while."""
    longest, rest = threads[0], threads[1:]
    chance.shuffle(rest)
    waiting, open_ = iter(rest), []
    every = (size.messages - size.longest) / size.longest
    due, written = every, 0
    while True:
        while len(open_) < 8 and (one := next(waiting, None)) is not None:
            open_.append(one)
        if not open_:
            break
        one = open_[chance.randrange(len(open_))]
        for _ in range(min(one.left, chance.choice((2, 4, 6, 8)))):
            yield one
            written += 1
        if one.left == 0:
            open_.remove(one)
        while written > due and longest.left:
            yield longest
            due += every
    while longest.left:
        yield longest


def _write_messages(db: sqlite3.Connection, size: Size) -> list[_Thread]:
    speaker = Speaker(size.seed)
    chance = speaker.chance
    threads = [
        _Thread(f"{chance.getrandbits(128):032x}", speaker.voice(), length)
        for length in _lengths(size, chance)
    ]
    threads[0].id, threads[1].id = LONGEST_ID, SHORTEST_ID
    columns = "id, conversation_id, parent_id, role, status, created_at, ended_at, provider, model, route, finish_reason, text"
    insert = f"INSERT INTO messages ({columns}) VALUES ({', '.join('?' * 12)})"
    batch: list[tuple[Any, ...]] = []
    now = LAST_MOMENT - YEARS_S
    step = YEARS_S / size.messages
    for place, thread in enumerate(_turns(threads, size, chance), 1):
        now += step
        identity = f"{chance.getrandbits(128):032x}"
        parent = thread.leaf
        branches = thread.parents and thread is not threads[0] and chance.random() < BRANCHING
        if branches:  # said or asked once more, beside what stands there
            thread.asked = not thread.asked
            parent = thread.parents[-1]
        else:
            thread.parents = [parent]
        if not thread.asked:
            row = ("user", "complete", now, None, "", "", "", None, speaker.question(thread.voice))
        else:
            draw = chance.random()
            state = "complete" if draw < 0.97 else "stopped" if draw < 0.985 else "failed"
            row = (
                "assistant", state, now, now + 4, "openai", chance.choice(MODELS), "api.example.com directly",
                "stop" if state == "complete" else None, speaker.reply(thread.voice),
            )  # fmt: skip
        batch.append((identity, thread.id, parent, *row))
        thread.asked = not thread.asked
        thread.leaf, thread.updated_at, thread.place = identity, now, place
        thread.created_at = thread.created_at or now
        thread.left -= 1
        if len(batch) == BATCH:
            db.executemany(insert, batch)
            batch.clear()
    db.executemany(insert, batch)
    return threads


MODELS = ("gpt-4o-mini", "gpt-4o", "llama-3.1-8b", "mistral-small", "qwen2.5:7b")


def _write_conversations(db: sqlite3.Connection, threads: list[_Thread], chance: Random) -> None:
    """Their facts; of what newer schemas add, only what a plain list needs is filled."""
    known = {row[1] for row in db.execute("PRAGMA table_info(conversations)")}
    rows = []
    titles = Speaker(chance.randrange(1 << 30))
    for place, thread in enumerate(sorted(threads, key=lambda thread: thread.place), 1):
        facts: dict[str, Any] = {
            "id": thread.id,
            "title": titles.title(thread.voice),
            "created_at": thread.created_at,
            "updated_at": thread.updated_at,
            "activity": place,
            "active_leaf_id": thread.leaf,
            "pinned": int(thread.id not in (LONGEST_ID, SHORTEST_ID) and chance.random() < 0.0005),
            "draft": "Half a thought" if chance.random() < 0.01 else "",
            "unread": int(chance.random() < 0.01),
            "revision": place,
        }
        rows.append({name: value for name, value in facts.items() if name in known})
    names = list(rows[0])
    db.executemany(
        f"INSERT INTO conversations ({', '.join(names)}) VALUES ({', '.join(':' + name for name in names)})",
        rows,
    )
    if db.execute("SELECT 1 FROM sqlite_schema WHERE name = 'counters'").fetchone():
        db.execute("INSERT OR REPLACE INTO counters VALUES ('revision', ?)", (len(rows),))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ("messages", "conversations", "longest", "seed"):
        parser.add_argument(f"--{name}", type=int, default=getattr(Size(), name))
    parser.add_argument("--small", action="store_true", help="20,000 messages in 400 conversations")
    arguments = vars(parser.parse_args())
    print(data_folder(SMALL if arguments.pop("small") else Size(**arguments)))


if __name__ == "__main__":
    main()
