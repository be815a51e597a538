"""Values of a kind that no column holds, as a damaged page gives them: each ends as a fault, never as another exception."""

import random
import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path

import pytest

from pizzagpt_desktop.chat.announcer import Announcer
from pizzagpt_desktop.chat.library import Library
from pizzagpt_desktop.domain.conversation import Conversation, Folder, Message, Role, Status
from pizzagpt_desktop.domain.faults import Fault
from pizzagpt_desktop.domain.query import SearchRequest
from pizzagpt_desktop.storage.faults import StoreDamaged
from pizzagpt_desktop.storage.search_reader import SearchReader
from pizzagpt_desktop.storage.store import SqliteSessionStore
from pizzagpt_desktop.storage.unsaved import UnsavedStore

PAGE = 4096

TABLES = {
    "conversations": ("id", "title", "title_is_custom", "created_at", "updated_at", "activity", "active_leaf_id",
                      "service", "model", "draft", "unread", "pinned", "deleted_at", "archived", "folder_id", "tags",
                      "queue", "revision"),
    "messages": ("id", "conversation_id", "parent_id", "role", "status", "created_at", "ended_at", "saved_at",
                 "writer", "provider", "model", "route", "finish_reason", "skipped_events", "usage", "tool_calls",
                 "fault", "reasoning", "text"),
    "growth": ("message_seq", "saved_at", "text", "reasoning"),
    "folders": ("id", "name", "position", "collapsed"),
    "message_marks": ("removed_with", "removed_at", "was_leaf", "kept"),
    "counters": ("value",),
    "search_fts_titles": ("conversation_id", "title"),
    "search_fts_gone": ("text", "facts"),
}  # fmt: skip


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    file = tmp_path_factory.mktemp("whole") / "chats.db"
    store = SqliteSessionStore(file)
    for number in range(8):
        store.add_conversation(
            Conversation(id=f"c{number}", title=f"Chat {number}", tags=("a",), folder_id="f")
        )
        parent = None
        for place in range(4):
            role = Role.USER if place % 2 == 0 else Role.ASSISTANT
            words = f"words {number} {place} " * (300 if place == 1 else 1)
            message = Message(
                id=f"m{number}-{place}", conversation_id=f"c{number}", parent_id=parent, role=role, text=words
            )
            parent = store.add_message(message).id
    store.put_folder(Folder("f", "Folder"))
    store.remove_branch("m2-2", 1e9)
    store.search("words")
    store.erase(["c7"])
    assert store.is_erased(20)
    store.add_message(
        Message(
            id="r",
            conversation_id="c1",
            parent_id="m1-3",
            role=Role.ASSISTANT,
            text="",
            status=Status.STREAMING,
        )
    )
    store.checkpoint("r", "grow", "")
    store.checkpoint("r", "growing", "thought")
    store.close()
    return file.read_bytes()


def everything(file: Path, kind: type[SqliteSessionStore] = SqliteSessionStore) -> list[Fault]:
    """Do all that a store can do, one after the other; the faults that came of it."""
    try:
        store = kind(file)
    except Fault as fault:
        return [fault]
    faults: list[Fault] = []

    def attempt(work: Callable[[], object]) -> None:
        try:
            work()
        except Fault as fault:
            faults.append(fault)

    with closing(store), closing(SearchReader(file)) as reader:
        if kind is UnsavedStore:
            Library(store, Announcer())  # a window begins with it, whatever the file holds
        for work in (
            store.interrupt_abandoned, store.conversations, store.archived, store.trash, store.folders, store.ids,
            lambda: Library(store, Announcer()).conversations(), store.count, lambda: store.changed_since(0),
            lambda: store.search("words"), lambda: store.search("words chat", order="best"),
            lambda: store.search("Chat"), reader.tend, lambda: reader.find(SearchRequest("words", "best")),
        ):  # fmt: skip
            attempt(work)
        for number in (0, 1, 2):
            name = f"c{number}"
            for use in (store.conversation, store.path, store.path_ids, store.messages):
                attempt(lambda use=use, name=name: use(name))
            attempt(lambda name=name: store.path_end(name, 2))
            attempt(lambda name=name: reader.places(name, "words"))
            for place in range(4):
                attempt(lambda id_=f"m{number}-{place}": store.message(id_))
                attempt(lambda id_=f"m{number}-{place}": store.siblings(id_))
                attempt(lambda id_=f"m{number}-{place}": store.outlines.seq_of(id_))
            attempt(lambda name=name: store.outlines.above(name, 12, 9))
            attempt(lambda name=name: store.outlines.messages(name, range(1, 20)))
        attempt(lambda: store.message("r"))
        attempt(lambda: store.restore_branch("m2-2"))
        attempt(lambda: store.copy_conversation("c0", Conversation(id="copy"), None))
        attempt(lambda: store.remove_branch("m3-2", 1e9))
        attempt(lambda: store.update_conversation(Conversation(id="c4", title="new")))
        attempt(lambda: store.erase(["c5"]))
        attempt(lambda: store.purge(2e9))
    return faults


@pytest.mark.parametrize("value", ["x'00ff'", "12"])
@pytest.mark.parametrize("table", TABLES)
def test_every_column_with_a_value_of_another_kind(
    tmp_path: Path, whole: bytes, table: str, value: str
) -> None:
    for column in TABLES[table]:
        file = tmp_path / f"{column}.db"
        file.write_bytes(whole)
        with closing(sqlite3.connect(file)) as connection:
            for (trigger,) in connection.execute(
                "SELECT name FROM sqlite_schema WHERE type = 'trigger'"
            ).fetchall():
                connection.execute(f"DROP TRIGGER {trigger}")
            connection.execute("PRAGMA writable_schema = ON")
            connection.execute(  # so that the columns take whatever comes
                "UPDATE sqlite_schema SET sql = replace(replace(replace(replace(sql, ' TEXT', ''), ' INTEGER N', ' N'),"
                " ' REAL', ''), 'NOT NULL', '') WHERE name = ?", (table,),
            )  # fmt: skip
            connection.commit()
        with closing(sqlite3.connect(file)) as connection, suppress(sqlite3.Error):
            connection.execute(f"UPDATE {table} SET {column} = {value}")
            connection.commit()
        everything(file, UnsavedStore)
        everything(file)


def test_a_writer_that_is_a_number_is_said_to_be_damage(tmp_path: Path, whole: bytes) -> None:
    file = tmp_path / "chats.db"
    file.write_bytes(whole)
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute(
            "UPDATE sqlite_schema SET sql = replace(sql, 'writer TEXT', 'writer') WHERE name = 'messages'"
        )
        connection.commit()
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("UPDATE messages SET writer = 7 WHERE id = 'r'")
        connection.commit()
    with closing(SqliteSessionStore(file)) as store, pytest.raises(StoreDamaged):
        store.interrupt_abandoned()


@pytest.mark.parametrize("seed", range(10))
def test_pages_in_the_place_of_others(tmp_path: Path, whole: bytes, seed: int) -> None:
    dice = random.Random(seed)
    data = bytearray(whole)
    for _ in range(dice.choice([1, 2])):
        target, source = (dice.randrange(1, len(data) // PAGE) * PAGE for _ in range(2))
        data[target : target + PAGE] = whole[source : source + PAGE]
    for kind in (SqliteSessionStore, UnsavedStore):
        file = tmp_path / f"{kind.__name__}.db"
        file.write_bytes(data)
        everything(file, kind)
