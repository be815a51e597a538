"""What a checkpoint of a growing reply costs, appended as the store does it and rewritten as it might.

python tests/benchmarks/storage_growth.py
"""

import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from pizzagpt_desktop.domain.conversation import Conversation, Message, Role, Status
from pizzagpt_desktop.storage.store import SqliteSessionStore

REPLY = "lorem ipsum " * 17_000  # 200 KB
CHECKPOINTS = 400


def measured(name: str, write: Callable[[str], None]) -> float:
    text, times, cpu = REPLY, [], time.process_time()
    for _ in range(CHECKPOINTS):
        text += "abcd"
        started = time.perf_counter()
        write(text)
        times.append((time.perf_counter() - started) * 1000)
    cpu = (time.process_time() - cpu) * 1000 / CHECKPOINTS
    times.sort()
    print(
        f"{name:10} p50 {statistics.median(times):.3f} ms   p99 {times[int(CHECKPOINTS * 0.99)]:.3f} ms   "
        f"CPU {cpu:.3f} ms a checkpoint"
    )
    return statistics.median(times)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "chats.db"
        with closing(SqliteSessionStore(file)) as store:
            store.add_conversation(Conversation(id="c"))
            store.add_message(
                Message(
                    id="r", conversation_id="c", parent_id=None, role=Role.ASSISTANT, text="", status=Status.STREAMING
                )
            )  # fmt: skip
            store.checkpoint("r", REPLY, "")
            appended = measured("appended", lambda text: store.checkpoint("r", text, ""))
            with closing(sqlite3.connect(file, isolation_level=None)) as connection:
                connection.execute("PRAGMA synchronous = NORMAL")
                rewritten = measured(
                    "rewritten",
                    lambda text: connection.execute("UPDATE messages SET text = ? WHERE id = 'r'", (text,)),
                )
    print(f"rewriting ÷ appending: {rewritten / appended:.0f}")


if __name__ == "__main__":
    main()
