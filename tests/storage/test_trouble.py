"""The disk refuses, lies or is busy: plain words, nothing lost that was there, and the next call works again."""

import resource
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from pizzagpt_desktop.domain.conversation import Conversation, Message, Role, Status
from pizzagpt_desktop.domain.faults import Fault, FaultKind
from pizzagpt_desktop.storage.connection import Database
from pizzagpt_desktop.storage.faults import StoreDamaged, file_fault, sqlite_fault
from pizzagpt_desktop.storage.store import SqliteSessionStore

BIG = "x" * 300_000


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "chats.db"


@pytest.fixture
def store(file: Path) -> Iterator[SqliteSessionStore]:
    with closing(SqliteSessionStore(file)) as store:
        store.add_conversation(Conversation(id="c"))
        store.add_message(user("before", "kept"))
        store.add_message(
            Message(
                id="r", conversation_id="c", parent_id="before", role=Role.ASSISTANT, text="", status=Status.STREAMING
            )
        )  # fmt: skip
        yield store


def user(id_: str, text: str, parent: str | None = None) -> Message:
    return Message(id=id_, conversation_id="c", parent_id=parent, role=Role.USER, text=text)


@contextmanager
def files_no_larger_than(size: int) -> Iterator[None]:
    """Every write beyond `size` bytes fails, as on a disk that is full there."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("room", [0, 100, 4096, 9000, 40_000, 90_000])
def test_a_write_that_fails_half_way_leaves_no_trace(
    store: SqliteSessionStore, file: Path, room: int
) -> None:
    store.checkpoint("r", "so far", "")
    before = store.messages("c")
    largest = max(path.stat().st_size for path in file.parent.iterdir() if path.is_file())
    failing = [
        lambda: store.add_message(user("new", BIG, "r")),
        lambda: store.checkpoint("r", "so far" + BIG, ""),
        lambda: store.finish_message(
            Message(id="r", conversation_id="c", parent_id="before", role=Role.ASSISTANT, text=BIG)
        ),
        lambda: store.update_conversation(Conversation(id="c", draft=BIG)),
    ]
    with files_no_larger_than(largest + room if room else 0):
        for call in failing:
            with pytest.raises(Fault) as caught:
                call()
            assert caught.value.kind is FaultKind.STORAGE
            assert "disk" in caught.value.detail
            assert list(store.messages("c")) == list(before)
    for call in failing[1:]:
        call()
    store.add_message(user("new", BIG, "r"))
    assert [message.text for message in store.path("c")] == ["kept", BIG, BIG]
    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok"


def test_a_full_disk_has_its_own_words(file: Path) -> None:
    with closing(Database(file, 0.1)) as database:
        database.read(lambda connection: connection.execute("PRAGMA max_page_count = 30").fetchall())
        with pytest.raises(Fault, match="disk is full") as caught, database.transaction("FULL") as connection:
            connection.execute("INSERT INTO conversations (id, title) VALUES ('c', ?)", (BIG,))
        assert caught.value.hint
        database.read(lambda connection: connection.execute("PRAGMA max_page_count = 1000000").fetchall())
        with database.transaction("FULL") as connection:  # there is room again
            connection.execute("INSERT INTO conversations (id, title) VALUES ('c', ?)", (BIG,))


def test_another_writer_is_not_waited_for_long(store: SqliteSessionStore, file: Path) -> None:
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        started = time.monotonic()
        with pytest.raises(Fault, match="Another program is writing"):
            store.add_message(user("new", "text", "r"))
        assert time.monotonic() - started < 1.0
        assert len(store.path("c")) == 2, "reading goes on"
        other.execute("ROLLBACK")
    assert store.add_message(user("new", "text", "r")).seq == 3


def test_a_damaged_page_is_told_and_not_repaired(store: SqliteSessionStore, file: Path) -> None:
    for number in range(100):
        store.add_message(user(f"m{number}", "text " * 500))
    store.close()
    data = bytearray(file.read_bytes())
    middle = len(data) // 2
    data[middle:] = b"\xa5" * (len(data) - middle)
    file.write_bytes(data)
    with closing(SqliteSessionStore(file)) as damaged:
        with pytest.raises(StoreDamaged, match="is damaged") as caught:
            damaged.messages("c")
        assert str(file) in caught.value.detail
        with pytest.raises(Fault):
            damaged.add_message(user("new", "text"))
    assert file.read_bytes()[middle:] == data[middle:]


def test_a_turned_bit_in_a_text_costs_a_letter(store: SqliteSessionStore, file: Path) -> None:
    store.add_message(user("m", "a word worth keeping"))
    store.close()
    data = file.read_bytes()
    assert b"a word worth keeping" in data
    file.write_bytes(data.replace(b"worth", b"w\xff\xfeth"))
    with closing(SqliteSessionStore(file)) as store:
        found = store.message("m")
        assert found is not None
        assert found.text == "a word w\ufffd\ufffdth keeping"
        store.add_message(user("n", "more", "m"))
        assert [m.id for m in store.path("c")][-2:] == ["m", "n"]


def test_a_single_failed_read_is_no_damage(store: SqliteSessionStore, file: Path) -> None:
    """A read error looks like a malformed file; here the bytes are wrong once and right when read again."""
    for number in range(20):
        store.add_message(user(f"m{number}", "text " * 500))
    store.close()
    good = file.read_bytes()
    with closing(Database(file, 0.1)) as database:
        looks = []

        def work(connection: sqlite3.Connection) -> int:
            looks.append(connection)
            if len(looks) == 1:
                file.write_bytes(good[:4096] + b"\xa5" * (len(good) - 4096))
                try:
                    return len(connection.execute("SELECT text FROM messages").fetchall())
                finally:
                    file.write_bytes(good)
            return len(connection.execute("SELECT text FROM messages").fetchall())

        assert database.read(work) == 22
        assert len(looks) == 2
        assert looks[0] is not looks[1]


def test_a_file_that_went_away_does_not_come_back_empty(store: SqliteSessionStore, file: Path) -> None:
    store._database.drop()
    file.rename(file.with_name("moved.db"))
    with pytest.raises(Fault, match="cannot be opened"):
        store.conversations()
    assert not file.exists()
    file.with_name("moved.db").rename(file)
    assert len(store.path("c")) == 2


def test_a_folder_where_the_file_should_be(file: Path) -> None:
    file.mkdir()
    with pytest.raises(Fault, match="folder is in the way"):
        SqliteSessionStore(file)
    other = file.with_name("a file")
    other.touch()
    with pytest.raises(Fault, match="file is in the way"):
        SqliteSessionStore(other / "chats.db")


def test_a_closed_store_says_so(store: SqliteSessionStore) -> None:
    store.close()
    store.close()
    with pytest.raises(Fault, match="closed"):
        store.conversations()


def test_every_kind_of_trouble_has_words() -> None:
    for error in (
        MemoryError(),
        OverflowError("string longer than INT_MAX bytes"),
        sqlite3.OperationalError("odd"),
    ):
        assert sqlite_fault(error).detail
    no_room_beside_it = sqlite3.OperationalError("disk I/O error")
    no_room_beside_it.sqlite_errorcode = sqlite3.SQLITE_IOERR_SHMSIZE
    assert "full" in sqlite_fault(no_room_beside_it).detail
    assert "full" in file_fault(OSError(28, "No space left on device"), "It cannot be saved").detail
    assert "no file name" in file_fault(ValueError("embedded null byte"), "It cannot be saved").detail


def test_a_path_with_nul_is_a_fault() -> None:
    with pytest.raises(Fault, match="no file name can hold"):
        SqliteSessionStore(Path("/tmp\x00/chats.db"))
