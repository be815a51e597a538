"""Streamed text reaches the disk within seconds, and the thread of the window never waits for it."""

import os
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from queue import Queue

import pytest

from pizzagpt_desktop.domain.conversation import Conversation, Message, Role, Status
from pizzagpt_desktop.storage import late_sync
from pizzagpt_desktop.storage.store import SqliteSessionStore

Syncs = Queue[tuple[str, int, int]]


@pytest.fixture
def syncs(monkeypatch: pytest.MonkeyPatch) -> Syncs:
    """Each late sync as it is done: the file, its size, the thread."""
    done: Syncs = Queue()
    real = late_sync._sync

    def sync(descriptor: int) -> None:
        real(descriptor)
        name = Path(f"/proc/self/fd/{descriptor}").readlink().name
        done.put((name, os.fstat(descriptor).st_size, threading.get_ident()))

    monkeypatch.setattr(late_sync, "_sync", sync)
    return done


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "chats.db"


@pytest.fixture
def store(file: Path) -> Iterator[SqliteSessionStore]:
    with closing(SqliteSessionStore(file)) as store:
        for id_, temporary in (("c", False), ("t", True)):
            store.add_conversation(Conversation(id=id_, temporary=temporary))
            store.add_message(
                Message(
                    id=f"r{id_}", conversation_id=id_, parent_id=None, role=Role.ASSISTANT, text="",
                    status=Status.STREAMING,
                )
            )  # fmt: skip
        yield store


def test_what_streams_is_synced_aside(
    store: SqliteSessionStore, file: Path, syncs: Syncs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(late_sync, "SYNC_S", 0.01)
    for text in ("one", "one two"):  # again after the first
        store.checkpoint("rc", text, "")
        written = file.with_name("chats.db-wal").stat().st_size
        name, size, thread = syncs.get(timeout=20)
        assert name == "chats.db-wal"
        assert size >= written
        assert thread != threading.get_ident()


def test_one_sync_serves_all_that_streams_meanwhile(store: SqliteSessionStore, syncs: Syncs) -> None:
    before = set(threading.enumerate())
    for number in range(50):
        store.checkpoint("rc", "x" * number, "")
    (waiting,) = set(threading.enumerate()) - before
    assert isinstance(waiting, threading.Timer)
    assert waiting.daemon
    assert waiting.interval < 4.5, "what a power cut can take is bounded by five seconds"
    store.close()
    waiting.join(20)
    assert not waiting.is_alive()
    assert syncs.empty(), "closing synced it"


def test_what_is_temporary_asks_for_no_sync(store: SqliteSessionStore) -> None:
    before = threading.enumerate()
    store.checkpoint("rt", "text", "")
    assert threading.enumerate() == before


def test_a_log_that_went_away_harms_nothing(
    file: Path, store: SqliteSessionStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    late = late_sync.LateSync(file.with_name("nothing"))
    monkeypatch.setattr(late_sync, "SYNC_S", 0.0)
    before = set(threading.enumerate())
    late.note()
    for thread in set(threading.enumerate()) - before:
        thread.join(20)
    late.note()
    late.close()
