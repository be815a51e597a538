"""`kill -9` interrupts nobody else's reply, and a killed migration has not begun; more of it is in tests/trust."""

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from pizzagpt_desktop.domain.conversation import Conversation, Message, Role, Status
from pizzagpt_desktop.storage.connection import Database
from pizzagpt_desktop.storage.schema import MIGRATIONS
from pizzagpt_desktop.storage.store import SqliteSessionStore
from tests.helpers.storage_writer import migrations_holding_at
from tests.helpers.trust.diary import integrity

ROOT = Path(__file__).parents[2]


@contextmanager
def child(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, "-m", "tests.helpers.storage_writer", *arguments],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        try:
            yield process
        finally:
            process.kill()


def killed_after(lines: int, *arguments: str) -> list[str]:
    """What a child acknowledged until it was killed after `lines` lines."""
    said = []
    with child(*arguments) as process:
        assert process.stdout is not None
        for line in process.stdout:
            said.append(line)
            if len(said) == lines:
                process.kill()
    return said


def test_a_living_writer_is_left_alone_and_a_dead_one_is_interrupted(tmp_path: Path) -> None:
    file = tmp_path / "chats.db"
    with child("reply", str(file)) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "growing\n"
        with closing(SqliteSessionStore(file, clock=lambda: 0.0)) as store:
            assert store.interrupt_abandoned() == 0
            growing = store.message("child reply")
            assert growing is not None
            assert (growing.status, growing.text) == (Status.STREAMING, "half a sen")
            assert list(store.search("sen")) == []
            process.kill()
            process.wait()
            assert store.interrupt_abandoned() == 1
            reply = store.message("child reply")
            assert reply is not None
            assert (reply.status, reply.text, reply.reasoning) == (Status.INTERRUPTED, "half a sen", "hm")
            assert reply.ended_at is not None
            assert reply.ended_at > 1e9, "it ended when it last grew, by the writer's clock"
            assert [hit.message_id for hit in store.search("sen")] == ["child reply"]


@pytest.mark.parametrize("row", [1, 2, 20, 40])
def test_a_killed_migration_is_as_if_it_had_not_begun(tmp_path: Path, row: int) -> None:
    file = tmp_path / "chats.db"
    with closing(SqliteSessionStore(file)) as store:
        store.add_conversation(Conversation(id="c"))
        for number in range(40):
            store.add_message(
                Message(
                    id=f"m{number}", conversation_id="c", parent_id=None, role=Role.USER, text=f"text {number}"
                )
            )  # fmt: skip
    assert killed_after(1, "migrate", str(file), str(row)) == ["holding\n"]
    with closing(SqliteSessionStore(file)) as store:  # the old version of the program can go on
        assert [message.text for message in store.messages("c")] == [f"text {n}" for n in range(40)]
    known = MIGRATIONS[-1].number
    back_up = tmp_path / f"chats.db.before-schema-{known + 1}"
    with closing(sqlite3.connect(back_up)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone()[0] == known
        assert connection.execute("SELECT count(*), max(text) FROM messages").fetchone() == (40, "text 9")
    assert not list(tmp_path.glob("*.part"))

    database = Database(file, 1.0, migrations_holding_at())
    found = database.read(
        lambda connection: connection.execute(
            "SELECT count(*), count(DISTINCT text), min(text = upper(text)), max(colour) FROM messages"
        ).fetchone()
    )
    database.close()
    assert found == (40, 40, 1, None)
    assert integrity(file) == "ok"
