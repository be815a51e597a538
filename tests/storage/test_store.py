"""The store against real files: what goes in comes out, in order, whatever the text, the clock or the caller."""

import inspect
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pizzagpt_desktop.chat.ports import FileTexts, SessionStore
from pizzagpt_desktop.domain.conversation import (
    Conversation,
    FaultNote,
    Message,
    Queued,
    Role,
    Siblings,
    Status,
)
from pizzagpt_desktop.domain.faults import Fault, FaultKind
from pizzagpt_desktop.domain.text import storable
from pizzagpt_desktop.storage.draft_files import DraftFiles
from pizzagpt_desktop.storage.store import SqliteSessionStore

SAME_STORE = settings(
    deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
ANY_TEXT = st.text(st.characters(), max_size=200)  # lone surrogates and NUL too


class Clock:
    def __init__(self, now: float = 1000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(file: Path, clock: Clock) -> Iterator[SqliteSessionStore]:
    with closing(SqliteSessionStore(file, clock)) as store:
        yield store


def user(
    id_: str, conversation: str = "c", parent: str | None = None, text: str = "", **more: Any
) -> Message:
    return Message(
        id=id_, conversation_id=conversation, parent_id=parent, role=Role.USER, text=text or f"text of {id_}", **more
    )  # fmt: skip


def reply(id_: str, parent: str, conversation: str = "c", **more: Any) -> Message:
    return Message(
        id=id_, conversation_id=conversation, parent_id=parent, role=Role.ASSISTANT,
        **{"text": "", "status": Status.STREAMING} | more,
    )  # fmt: skip


def ids(messages: Any) -> list[str]:
    return [message.id for message in messages]


def test_every_field_survives_closing(file: Path) -> None:
    conversation = Conversation(
        id="c", title="Tïtle", title_is_custom=True, created_at=1.5, updated_at=2.5, service="mine",
        model="m", draft="half", unread=True, pinned=True,
        archived=True, folder_id="f", tags=("a", "ü"), queue=(Queued("q1", "next"), Queued("q2", "")),
    )  # fmt: skip
    message = Message(
        id="m", conversation_id="c", parent_id=None, role=Role.ASSISTANT, text="text\n\tü 🍕 \u2028\uffff",
        status=Status.FAILED, created_at=3.25, ended_at=4.5, reasoning="because", provider="openai", model="gpt",
        route="api.example.com via proxy corp:8080", finish_reason="length", usage={"input": 1, "output": 2**63 - 1},
        thought_ms=12_400,
        tool_calls=({"id": None, "name": "f", "arguments": '{"a": 1}'},), skipped_events=3,
        fault=FaultNote(FaultKind.RATE_LIMIT, "slow down", "wait", 2.5), kept=True,
    )  # fmt: skip
    with closing(SqliteSessionStore(file)) as store:
        store.add_conversation(conversation)
        stored = store.add_message(message)
        assert stored == replace(message, seq=1)
    with closing(SqliteSessionStore(file)) as store:
        assert store.message("m") == stored
        assert store.path("c") == [stored]
        found = store.conversation("c")
        assert found == replace(conversation, active_leaf_id="m", updated_at=3.25)
        assert found is not None
        assert found.revision == 2


@SAME_STORE
@given(text=ANY_TEXT, reasoning=ANY_TEXT, title=ANY_TEXT, name=ANY_TEXT, cut=st.integers(0, 200))
def test_any_text_comes_back(
    store: SqliteSessionStore, text: str, reasoning: str, title: str, name: str, cut: int
) -> None:
    number = len(store.conversations())
    conversation_id, message_id = f"{number} {name}", f"{number}.0 {name}"
    store.add_conversation(Conversation(id=conversation_id, title=title))
    call = {"id": None, "name": name, "arguments": text}
    stored = store.add_message(
        reply(message_id, None, conversation_id, tool_calls=(call,), usage={name: 1})  # type: ignore[arg-type]
    )
    for part in (text[:cut], text):
        store.checkpoint(message_id, part, reasoning)
        growing = store.message(message_id)
        assert growing is not None
        assert (growing.text, growing.reasoning) == (storable(part), storable(reasoning))
    store.finish_message(replace(stored, text=text, reasoning=reasoning, status=Status.COMPLETE))
    (ended,) = store.path(conversation_id)
    assert (ended.text, ended.reasoning) == (storable(text), storable(reasoning))
    assert ended.tool_calls == (call,)
    assert ended.usage == {storable(name): 1}
    found = store.conversation(conversation_id)
    assert found is not None
    assert found.title == storable(title)
    assert store.siblings(message_id).ids == (storable(message_id),)


def test_numbers_beyond_what_sqlite_holds(store: SqliteSessionStore) -> None:
    store.add_conversation(Conversation(id="c", created_at=float("nan"), updated_at=float("inf")))
    huge = 10**5000
    circle: dict[str, Any] = {"name": "loop"}
    circle["self"] = circle
    stored = store.add_message(
        user(
            "m", usage={"a": huge, "b": -huge, "c": 5}, skipped_events=huge, created_at=float("nan"),
            fault=FaultNote(FaultKind.SERVER, retry_after_s=float("inf")), tool_calls=({"n": huge, "name": "x"}, circle),
        )
    )  # fmt: skip
    assert stored.usage == {"a": 2**63 - 1, "b": -(2**63) + 1, "c": 5}
    assert stored.skipped_events == 2**63 - 1
    assert stored.created_at == 0.0
    assert stored.fault == FaultNote(FaultKind.SERVER, retry_after_s=0.0)
    assert stored.tool_calls == ({"name": "x"}, {"name": "loop"})


def test_branches_and_their_leaves(store: SqliteSessionStore) -> None:
    store.add_conversation(Conversation(id="c"))
    store.add_conversation(Conversation(id="other"))
    for message in (
        user("u1"),
        user("a1", parent="u1"),
        user("u2", parent="a1"),
        user("a2", parent="u1"),
        user("u3", parent="a2"),
        user("root2"),
    ):
        store.add_message(message)  # fmt: skip
    store.add_message(user("elsewhere", "other"))
    assert ids(store.path("c")) == ["root2"]
    store.activate("c", "a1")
    assert ids(store.path("c")) == ["u1", "a1", "u2"]
    store.activate("c", "u1")
    assert ids(store.path("c")) == ["u1", "a2", "u3"]
    assert store.siblings("a2") == Siblings(("a1", "a2"), 1)
    assert store.siblings("u1") == Siblings(("u1", "root2"), 0)
    assert ids(store.messages("c")) == ["u1", "a1", "u2", "a2", "u3", "root2"]
    with pytest.raises(Fault, match="not in the chat file"):
        store.activate("c", "elsewhere")
    with pytest.raises(Fault, match="not in the chat file"):
        store.add_message(user("m", parent="elsewhere"))
    with pytest.raises(Fault, match="stored already"):
        store.add_message(user("u1"))
    assert ids(store.path("c")) == ["u1", "a2", "u3"]


def test_the_clock_going_backwards_changes_no_order(store: SqliteSessionStore, clock: Clock) -> None:
    for name in ("a", "b"):
        store.add_conversation(Conversation(id=name, created_at=clock.now, updated_at=clock.now))
    clock.now = -5000.0
    store.add_message(user("m1", "a", created_at=clock.now))
    store.add_message(user("m2", "a", "m1", created_at=clock.now - 1))
    assert ids(store.conversations()) == ["a", "b"]
    assert ids(store.path("a")) == ["m1", "m2"]
    found = store.conversation("a")
    assert found is not None
    assert found.updated_at == 1000.0
    store.update_conversation(replace(found, updated_at=3.0, title="renamed"))
    found = store.conversation("a")
    assert found is not None
    assert (found.title, found.updated_at) == ("renamed", 1000.0)


def test_pinned_first_trash_hidden_and_undone(store: SqliteSessionStore) -> None:
    for name in "abcd":
        store.add_conversation(Conversation(id=name))
    store.update_conversation(Conversation(id="b", pinned=True))
    store.update_conversation(Conversation(id="d", deleted_at=5.0))
    assert ids(store.conversations()) == ["b", "c", "a"]
    assert ids(store.conversations(limit=2)) == ["b", "c"]
    assert store.conversation("d") is not None
    store.update_conversation(Conversation(id="d"))
    assert ids(store.conversations()) == ["b", "d", "c", "a"]
    with pytest.raises(Fault, match="not in the chat file"):
        store.update_conversation(Conversation(id="nobody"))


def test_purge_erases_the_bytes(store: SqliteSessionStore, file: Path) -> None:
    for name in ("old", "new"):
        store.add_conversation(Conversation(id=name))
        store.add_message(user(f"m {name}", name, text=f"sesame{name}zanzibar " + "x" * 9000))
    store.add_message(reply("growing", "m old", "old"))
    store.checkpoint("growing", "timbuktu", "")
    store.checkpoint("growing", "timbuktu marrakesh", "")
    store.update_conversation(Conversation(id="old", deleted_at=50.0))
    store.update_conversation(Conversation(id="new", deleted_at=150.0))
    copy = file.with_name("chats.db.before-schema-1")
    copy.write_bytes(b"an older copy")
    assert store.purge(50.0) == 0
    assert copy.exists()
    assert store.purge(100.0) == 1
    assert store.is_erased(20)
    assert not copy.exists()
    assert store.conversation("old") is None
    assert store.message("m old") is None
    on_disk = b"".join(path.read_bytes() for path in file.parent.iterdir() if path.is_file()).lower()
    assert b"sesamenew" in on_disk
    for erased in (b"sesameold", b"timbuktu", b"marrakesh"):
        assert erased not in on_disk
    with pytest.raises(Fault, match="not in the chat file"):
        store.checkpoint("growing", "timbuktu marrakesh kairo", "")


def test_growth_is_appended_not_rewritten(store: SqliteSessionStore, file: Path) -> None:
    store.add_conversation(Conversation(id="c"))
    store.add_message(user("u"))
    store.add_message(reply("r", "u"))
    text = "lorem ipsum " * 20_000
    store.checkpoint("r", text, "")
    log = file.with_name("chats.db-wal")
    with closing(sqlite3.connect(file)) as other:  # empties the log, as far as the file goes
        other.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    before = log.stat().st_size
    for _ in range(10):
        text += "more"
        store.checkpoint("r", text, "")
    assert log.stat().st_size - before < len(text), "ten checkpoints cost less than one rewriting"
    growing = store.message("r")
    assert growing is not None
    assert growing.text == text


def test_many_checkpoints_and_a_text_that_shrinks(store: SqliteSessionStore) -> None:
    store.add_conversation(Conversation(id="c"))
    stored = store.add_message(reply("r", None))  # type: ignore[arg-type]
    text = ""
    for number in range(2100):  # beyond the number of pieces after which they are folded
        text += f"{number} "
        store.checkpoint("r", text, "")
    assert store.path("c") == [replace(stored, text=text)]
    store.checkpoint("r", "less", "")
    assert store.path("c") == [replace(stored, text="less")]


def test_a_reply_that_goes_on_streams_again(store: SqliteSessionStore, file: Path) -> None:
    store.add_conversation(Conversation(id="c"))
    stored = store.add_message(reply("r", None))  # type: ignore[arg-type]
    store.finish_message(replace(stored, text="first half", status=Status.INTERRUPTED, ended_at=5.0))
    assert ids_of(store.search("half")) == ["r"]
    store.finish_message(replace(stored, text="first half"))
    assert ids_of(store.search("half")) == []
    store.checkpoint("r", "first half, second", "")
    with closing(SqliteSessionStore(file)) as beside:
        assert beside.interrupt_abandoned() == 0
    store.finish_message(replace(stored, text="first half, second half", status=Status.COMPLETE))
    assert ids_of(store.search("second")) == ["r"]
    store.checkpoint("r", "first half, second half, third", "")
    growing = store.message("r")
    assert growing is not None
    assert (growing.status, growing.ended_at) == (Status.STREAMING, None)


def test_an_abandoned_reply_ended_when_it_last_grew(
    store: SqliteSessionStore, file: Path, clock: Clock
) -> None:
    store.add_conversation(Conversation(id="c"))
    for name in ("never grew", "grew once", "grew often"):
        store.add_message(reply(name, None))  # type: ignore[arg-type]
    for clock.now in (1100.0, 1200.0, 1300.0):
        store.checkpoint("grew often", "x" * int(clock.now), "")
    clock.now = 1400.0
    store.checkpoint("grew once", "once", "")
    clock.now = 9000.0
    assert store.interrupt_abandoned() == 0, "its own replies are not abandoned"
    store.close()
    with closing(SqliteSessionStore(file, clock)) as later:
        assert later.interrupt_abandoned() == 3
        assert [(m.status, m.text, m.ended_at) for m in later.messages("c")] == [
            (Status.INTERRUPTED, "", 1000.0),
            (Status.INTERRUPTED, "once", 1400.0),
            (Status.INTERRUPTED, "x" * 1300, 1300.0),
        ]
        assert later.interrupt_abandoned() == 0


def test_it_is_what_the_chat_asks_for(store: SqliteSessionStore) -> None:
    for protocol, own in ((SessionStore, SqliteSessionStore), (FileTexts, DraftFiles)):
        for name, asked in vars(protocol).items():
            if not name.startswith("_") and not isinstance(asked, property):
                wanted = inspect.signature(asked).parameters.values()
                offered = inspect.signature(getattr(own, name)).parameters.values()
                assert [(p.name, p.default) for p in offered] == [(p.name, p.default) for p in wanted], name
    assert isinstance(store.files, DraftFiles)


def ids_of(hits: Any) -> list[str]:
    return [hit.message_id for hit in hits]


def test_files_are_private_whatever_the_umask(tmp_path: Path) -> None:
    import os

    old = os.umask(0)
    try:
        with closing(SqliteSessionStore(tmp_path / "data" / "chats.db")) as store:
            store.add_conversation(Conversation(id="c"))
            store.add_message(reply("r", None))  # type: ignore[arg-type]
            modes = {path.name: path.stat().st_mode & 0o777 for path in (tmp_path / "data").rglob("*")}
    finally:
        os.umask(old)
    assert (tmp_path / "data").stat().st_mode & 0o777 == 0o700
    assert modes.pop("locks") == 0o700
    assert set(modes.values()) == {0o600}, modes
    assert {"chats.db", "chats.db-wal"} <= set(modes)
