"""What it takes to show and to remove a long branch: steps of SQLite's machine, which no load changes."""

from collections.abc import Callable, Iterator

import pytest

from pizzagpt_desktop.domain.conversation import Conversation, Message, Role
from pizzagpt_desktop.storage.store import SqliteSessionStore

LENGTH = 6_000


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqliteSessionStore]:
    """Two versions of the first message: "m0" with all of `LENGTH` messages in a row, "other" with none below."""
    store = SqliteSessionStore(tmp_path_factory.mktemp("long") / "chats.db")
    store.add_conversation(Conversation(id="c"))
    with store._database.transaction("NORMAL") as connection:
        connection.executemany(
            "INSERT INTO messages (id, conversation_id, parent_id, role, status) VALUES (?, 'c', ?, 'user', 'complete')",
            ((f"m{n}", f"m{n - 1}" if n else None) for n in range(LENGTH)),
        )
    store.add_message(Message(id="other", conversation_id="c", parent_id=None, role=Role.USER, text=""))
    yield store
    store.close()


def steps(store: SqliteSessionStore, work: Callable[[], object]) -> int:
    """So many steps of SQLite's machine, in hundreds."""
    taken = []
    connection = store._database._ready()
    connection.set_progress_handler(lambda: taken.append(1), 100)
    try:
        work()
    finally:
        connection.set_progress_handler(None, 0)
    return 100 * len(taken)


def test_showing_and_removing_a_long_branch_looks_at_each_message_once(store: SqliteSessionStore) -> None:
    cost = {
        "show": steps(store, lambda: store.activate("c", "m0")),
        "show the short one": steps(store, lambda: store.activate("c", "other")),
        "remove": steps(store, lambda: store.remove_branch("m0", 1.0)),
        "restore": steps(store, lambda: store.restore_branch("m0")),
    }
    assert store.siblings("other").ids == ("m0", "other")
    assert cost["show"] < 35 * LENGTH, cost  # 24; by the index of parents, down one by one: 49
    assert cost["show the short one"] < 2_000, cost
    assert cost["remove"] < 75 * LENGTH, cost  # 65; one by one: 87
    assert cost["restore"] < 35 * LENGTH, cost  # 26
