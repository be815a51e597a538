"""The copy of a long conversation is made in steps; it is there as a whole or not at all."""

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from pizzagpt_desktop.domain.conversation import Conversation, Message, Role, Status
from pizzagpt_desktop.domain.faults import Fault
from pizzagpt_desktop.storage import copying, rows
from pizzagpt_desktop.storage.store import SqliteSessionStore

LONG = 3 * copying.SLICE + 7


def fill(store: SqliteSessionStore, length: int = LONG) -> None:
    """A conversation "c" with a path of so many messages and a branch of one beside its second message."""
    store.add_conversation(Conversation(id="c", title="Long"))
    for number in range(length):
        store.add_message(
            Message(
                id=f"m{number}",
                conversation_id="c",
                parent_id=f"m{number - 1}" if number else None,
                role=(Role.USER, Role.ASSISTANT)[number % 2],
                text=f"peppermint {number}",
                status=Status.COMPLETE,
                created_at=float(number),
            )
        )
    side = Message(
        id="side", conversation_id="c", parent_id="m0", role=Role.ASSISTANT, text="side", created_at=1
    )
    store.add_message(side)
    store.activate("c", f"m{length - 1}")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteSessionStore]:
    made = SqliteSessionStore(tmp_path / "chats.db")
    fill(made)
    yield made
    made.close()


def copy_of(store: SqliteSessionStore, identity: str = "copy") -> Conversation:
    found = store.conversation("c")
    assert found is not None
    return replace(found, id=identity, title="Copy")


def seen(store: SqliteSessionStore) -> tuple[object, ...]:
    """All that anyone sees of a store."""
    return (
        [c.id for c in store.conversations()],
        [c.id for c in store.trash()],
        store.count(),
        store.ids(),
        store.conversation("copy"),
        len(store.search("peppermint", 1000)),
    )


def left(store: SqliteSessionStore) -> tuple[int, int]:
    """Rows of conversations and messages in the file."""

    def count(table: str) -> int:
        found = store._database.read(lambda db: db.execute(f"SELECT count(*) FROM {table}").fetchone())
        return int(found[0])

    return count("conversations"), count("messages")


@pytest.mark.parametrize("leaf", [None, f"m{LONG - 1}"])
def test_no_step_reads_or_writes_more_than_a_slice_and_nothing_is_seen_before_the_last(
    store: SqliteSessionStore, leaf: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[object] = []
    make = rows.message_from
    monkeypatch.setattr(
        "pizzagpt_desktop.storage.tree.message_from", lambda row: made.append(row) or make(row)
    )
    before = seen(store)
    steps = store.copying("c", copy_of(store), leaf)
    count = 0
    written: set[str] = set()  # a trigger's work is traced under the statement's words, again
    store._database._ready().set_trace_callback(
        lambda one: written.add(one) if one.startswith("INSERT INTO messages ") else None
    )
    made.clear()
    for _ in steps:
        assert len(made) <= copying.SLICE
        assert len(written) <= copying.SLICE
        assert seen(store) == before
        made.clear()
        written.clear()
        count += 1
    assert count >= 4
    copied = store.path("copy")
    assert [(m.role, m.text, m.status) for m in copied] == [
        (m.role, m.text, m.status) for m in store.path("c")
    ]
    assert len(store.messages("copy")) == LONG + (leaf is None)
    assert not {m.id for m in store.messages("copy")} & {m.id for m in store.messages("c")}
    assert [c.id for c in store.conversations()] == ["copy", "c"], "it is the newest when it is whole"
    assert store.trash() == []


def test_the_newest_revision_is_that_of_the_whole_copy(store: SqliteSessionStore) -> None:
    steps = store.copying("c", copy_of(store), None)
    next(steps)
    next(steps)
    known = store.revision()
    assert [c.id for c in store.changed_since(known)] == []
    for _ in steps:
        pass
    assert [c.id for c in store.changed_since(known)] == ["copy"]


def test_a_copy_that_is_let_go_of_leaves_nothing(store: SqliteSessionStore) -> None:
    before, rows_before = seen(store), left(store)
    steps = store.copying("c", copy_of(store), None)
    for _ in range(3):
        next(steps)
    assert left(store) > rows_before
    steps.close()  # type: ignore[attr-defined]
    assert seen(store) == before
    assert store.is_erased(20)
    assert left(store) == rows_before


def test_erasing_meanwhile_takes_nothing_of_the_copy(store: SqliteSessionStore) -> None:
    store.add_conversation(Conversation(id="other"))
    steps = store.copying("c", copy_of(store), None)
    for _ in range(3):
        next(steps)
    store.erase(["other"])
    store.purge(0.0)
    assert store._eraser is not None
    assert store._eraser.wait(20)
    for _ in steps:
        pass
    assert len(store.messages("copy")) == LONG + 1
    assert store.is_erased(20)


def test_a_copy_that_another_process_erased_from_is_refused(store: SqliteSessionStore) -> None:
    steps = store.copying("c", copy_of(store), None)
    for _ in range(3):
        next(steps)
    other = SqliteSessionStore(store.file)
    other.purge(0.0)
    assert other.is_erased(20)
    other.close()
    with pytest.raises(Fault):
        for _ in steps:
            pass
    assert store.conversation("copy") is None


KILLED = """
import os, signal, sys
from dataclasses import replace
from pathlib import Path
from pizzagpt_desktop.storage.store import SqliteSessionStore

store = SqliteSessionStore(Path(sys.argv[1]))
steps = store.copying("c", replace(store.conversation("c"), id="copy"), None)
for _ in range(int(sys.argv[2])):
    next(steps)
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize("steps", [1, 2, 4, 5])
def test_a_kill_while_copying_leaves_nothing(store: SqliteSessionStore, steps: int) -> None:
    before, rows_before = seen(store), left(store)
    store.close()
    done = subprocess.run([sys.executable, "-c", KILLED, str(store.file), str(steps)], check=False)
    assert done.returncode == -9
    after = SqliteSessionStore(store.file)
    assert seen(after) == before
    assert left(after) > rows_before
    after.purge(0.0)  # as at every start of the program
    assert after.is_erased(20)
    assert left(after) == rows_before
    after.close()
