"""A program that stands still in the middle of writing to a chat file, and says so; killed by its tests.

python -m tests.helpers.storage_writer reply FILE          one growing reply, then waits for standard input to end
python -m tests.helpers.storage_writer migrate FILE HOLD   a second migration that halts at row HOLD until standard input ends
"""

import sqlite3
import sys
from pathlib import Path

from pizzagpt_desktop.domain.conversation import Conversation, Message, Role, Status
from pizzagpt_desktop.storage.connection import Database
from pizzagpt_desktop.storage.schema import MIGRATIONS, Migration
from pizzagpt_desktop.storage.store import PATIENT_WAIT_S, SqliteSessionStore


def migrations_holding_at(hold: int = 0) -> tuple[Migration, ...]:
    """The real ones and one more, which halts in the middle."""

    def shout(connection: sqlite3.Connection) -> None:
        for (seq,) in connection.execute("SELECT seq FROM messages").fetchall():
            connection.execute("UPDATE messages SET text = upper(text) WHERE seq = ?", (seq,))
            if seq == hold:
                say("holding")
                sys.stdin.read()

    number = MIGRATIONS[-1].number + 1
    return (
        *MIGRATIONS,
        Migration(number, "for tests", ("ALTER TABLE messages ADD COLUMN colour TEXT", shout)),
    )


def say(line: str) -> None:
    print(line, flush=True)


def reply(file: Path) -> None:
    store = SqliteSessionStore(file)
    store.add_conversation(Conversation(id="child"))
    store.add_message(
        Message(
            id="child reply", conversation_id="child", parent_id=None,
            role=Role.ASSISTANT, text="", status=Status.STREAMING,
        )
    )  # fmt: skip
    store.checkpoint("child reply", "half a sen", "hm")
    say("growing")
    sys.stdin.read()


def migrate(file: Path, hold: int) -> None:
    Database(file, PATIENT_WAIT_S, migrations_holding_at(hold)).close()
    say("done")


if __name__ == "__main__":
    what, path = sys.argv[1], Path(sys.argv[2])
    if what == "reply":
        reply(path)
    else:
        migrate(path, int(sys.argv[3]))
