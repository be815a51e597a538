"""A program that writes to a chat file and says on standard output what was acknowledged; killed by its tests.

python -m tests.helpers.storage_writer write FILE SEED     messages and checkpoints for ever
python -m tests.helpers.storage_writer reply FILE          one growing reply, then waits for standard input to end
python -m tests.helpers.storage_writer migrate FILE HOLD   a second migration that halts at row HOLD until standard input ends
"""

import hashlib
import random
import sqlite3
import sys
from itertools import count
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


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def say(line: str) -> None:
    print(line, flush=True)


def write(file: Path, seed: int) -> None:
    """Acknowledge `message ID DIGEST`, `grew ID LENGTH` and `ended ID DIGEST` after each call that returned."""
    rnd = random.Random(seed)
    store = SqliteSessionStore(file, wait_s=PATIENT_WAIT_S)
    conversation = f"c{seed}"
    store.add_conversation(Conversation(id=conversation))
    parent = None
    for turn in count():
        text = f"{seed} {turn} " + "lorem ipsum " * rnd.randint(0, 400)
        user = store.add_message(
            Message(
                id=f"u{seed}.{turn}",
                conversation_id=conversation,
                parent_id=parent,
                role=Role.USER,
                text=text,
            )
        )
        say(f"message {user.id} {digest(text)}")
        reply = store.add_message(
            Message(
                id=f"r{seed}.{turn}", conversation_id=conversation, parent_id=user.id,
                role=Role.ASSISTANT, text="", status=Status.STREAMING,
            )
        )  # fmt: skip
        text = ""
        for _ in range(rnd.randint(1, 20)):
            text += "x" * rnd.randint(1, 3000)
            store.checkpoint(reply.id, text, "")
            say(f"grew {reply.id} {len(text)}")
        store.finish_message(
            Message(
                id=reply.id, conversation_id=conversation, parent_id=user.id,
                role=Role.ASSISTANT, text=text, status=Status.COMPLETE,
            )
        )  # fmt: skip
        say(f"ended {reply.id} {digest(text)}")
        parent = reply.id


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
    if what == "write":
        write(path, int(sys.argv[3]))
    elif what == "reply":
        reply(path)
    else:
        migrate(path, int(sys.argv[3]))
