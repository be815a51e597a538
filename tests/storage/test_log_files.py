"""The log and its index beside the chat file missing, foreign or damaged: the program starts, and loses at most the log."""

import random
import shutil
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path

import pytest

from pizzagpt_desktop.domain.conversation import Conversation, Message, Role
from pizzagpt_desktop.storage.faults import StoreDamaged
from pizzagpt_desktop.storage.store import SqliteSessionStore

FOLDED, LOGGED = 30, 12
"""Messages in the file itself, and in its log only."""


def killed(folder: Path, name: str, folded: int = FOLDED, logged: int = LOGGED) -> Path:
    """A chat file with its log and index as a killed program leaves them."""
    folder.mkdir(parents=True)
    file = folder / "alive.db"
    with closing(SqliteSessionStore(file)) as store:
        store.add_conversation(Conversation(id=name))
        parent = None
        for number in range(folded + logged):
            if number == folded:
                store._database.truncate_log()
            text = f"{name} {number} " + "lorem ipsum " * 100
            parent = store.add_message(
                Message(
                    id=f"{name}{number}", conversation_id=name, parent_id=parent, role=Role.USER, text=text
                )
            ).id
        for end in ("", "-wal", "-shm"):
            shutil.copy(f"{file}{end}", folder / f"chats.db{end}")
    for path in folder.glob("alive*"):
        path.unlink()
    shutil.rmtree(folder / "locks", ignore_errors=True)
    return folder / "chats.db"


def beside(file: Path, end: str) -> Path:
    return file.with_name(file.name + end)


def check(file: Path, name: str, least: int, most: int) -> None:
    """The file opens, is sound, holds the first messages and takes more; also when opened again."""
    for more in range(2):
        with closing(SqliteSessionStore(file)) as store:
            found = store.path(name)
            assert least + more <= len(found) <= most + more
            assert [m.id for m in found[:least]] == [f"{name}{number}" for number in range(least)]
            assert store._database.read(lambda c: c.execute("PRAGMA integrity_check").fetchone()[0]) == "ok"
            store.add_message(
                Message(id=f"new{more}", conversation_id=name, parent_id=found[-1].id, role=Role.USER, text="more")
            )  # fmt: skip
            assert len(store.path(name)) == len(found) + 1


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return killed(tmp_path / "ours", "a")


def test_all_three_give_everything(file: Path) -> None:
    check(file, "a", FOLDED + LOGGED, FOLDED + LOGGED)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda index: index.unlink(),
        lambda index: index.write_bytes(b""),
        lambda index: index.write_bytes(random.Random(5).randbytes(32768)),
        lambda index: index.write_bytes(index.read_bytes()[:1000]),
        lambda index: shutil.copy(beside(killed(index.parent / "other", "b", 3, 40), "-shm"), index),
    ],
    ids=["missing", "empty", "noise", "cut", "foreign"],
)
def test_the_index_of_the_log_is_of_no_matter(file: Path, spoil: Callable[[Path], object]) -> None:
    spoil(beside(file, "-shm"))
    check(file, "a", FOLDED + LOGGED, FOLDED + LOGGED)


def flipped(data: bytes, place: int) -> bytes:
    return data[:place] + bytes([data[place] ^ 0x55]) + data[place + 1 :]


@pytest.mark.parametrize(
    ("spoil", "least"),
    [
        (lambda data: None, FOLDED),
        (lambda data: b"", FOLDED),
        (lambda data: random.Random(6).randbytes(len(data)), FOLDED),
        (lambda data: bytes(len(data)), FOLDED),
        (lambda data: flipped(data, 20), FOLDED),
        (lambda data: flipped(data, len(data) // 2), FOLDED + 1),
        (lambda data: data[: len(data) // 2], FOLDED + 1),
        (lambda data: data[: len(data) - 7], FOLDED + LOGGED - 1),
        (lambda data: data + bytes(5000), FOLDED + LOGGED),
    ],
    ids=["missing", "empty", "noise", "zeros", "header", "middle", "half", "end cut", "longer"],
)
def test_a_spoilt_log_costs_no_more_than_itself(
    file: Path, spoil: Callable[[bytes], bytes | None], least: int
) -> None:
    log = beside(file, "-wal")
    data = spoil(log.read_bytes())
    if data is None:
        log.unlink()
    else:
        log.write_bytes(data)
    check(file, "a", least, FOLDED + LOGGED)


def test_a_foreign_log_is_put_aside(file: Path, tmp_path: Path) -> None:
    other = killed(tmp_path / "other", "b", 3, 40)
    for number in (1, 2):
        foreign = beside(other, "-wal").read_bytes()
        beside(file, "-wal").write_bytes(foreign)
        check(file, "a", FOLDED, FOLDED) if number == 1 else SqliteSessionStore(file).close()
        kept = file.with_name("chats.db-wal.foreign" + ("" if number == 1 else ".2"))
        assert kept.read_bytes() == foreign
    with closing(SqliteSessionStore(file)) as store:
        assert [c.id for c in store.conversations()] == ["a"]


@pytest.mark.parametrize(
    "page", [bytes(4096), b"SQLite format 3\x00" + random.Random(8).randbytes(4080)], ids=["zeros", "noise"]
)
def test_a_page_that_a_power_cut_left_at_its_end_makes_no_log_foreign(file: Path, page: bytes) -> None:
    """Its frame is there and its content never came: what was synced before it is the file's own, and played."""
    log = beside(file, "-wal")
    whole = log.read_bytes()
    log.write_bytes(whole + (1).to_bytes(4, "big") + bytes(4) + whole[16:24] + bytes(8) + page)
    check(file, "a", FOLDED + LOGGED, FOLDED + LOGGED)
    assert not list(file.parent.glob("*.foreign*"))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda data: data[:71] + bytes([data[71] ^ 4]) + data[72:],
        lambda data: random.Random(7).randbytes(4096) + data[4096:],
    ],
    ids=["a bit of the number turned", "no head any more"],
)
def test_a_damaged_file_keeps_its_log(file: Path, spoil: Callable[[bytes], bytes]) -> None:
    """Its own log does not become a foreign one by that: it holds what the file does not."""
    file.write_bytes(spoil(file.read_bytes()))
    with suppress(StoreDamaged), closing(SqliteSessionStore(file)) as store:
        assert len(store.messages("a")) == FOLDED + LOGGED
    assert not list(file.parent.glob("*.foreign*"))


def test_a_file_that_takes_the_place_of_another_is_not_changed_by_its_log(tmp_path: Path) -> None:
    file = killed(tmp_path / "ours", "a", 3, 40)
    other = killed(tmp_path / "other", "b", 40, 1)
    shutil.copy(other, file)
    check(file, "b", 40, 40)


def test_the_log_of_a_living_program_is_its_own(tmp_path: Path) -> None:
    file = tmp_path / "chats.db"
    with closing(SqliteSessionStore(file)) as one, closing(SqliteSessionStore(file)) as two:
        one.add_conversation(Conversation(id="c"))
        with closing(SqliteSessionStore(file)) as three:
            assert [c.id for c in three.conversations()] == [c.id for c in two.conversations()] == ["c"]
    assert not list(tmp_path.glob("*.foreign*"))
