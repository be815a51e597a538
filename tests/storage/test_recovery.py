"""A damaged chat file: what can be read is saved into a sound one, the damaged one is kept, and nothing is made up."""

import random
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import NamedTuple

import pytest

from pizzagpt_desktop.domain.conversation import Conversation, Message, Role, Status
from pizzagpt_desktop.domain.faults import Fault
from pizzagpt_desktop.storage.backups import Cancelled, back_up
from pizzagpt_desktop.storage.faults import StoreDamaged
from pizzagpt_desktop.storage.pages import Pages
from pizzagpt_desktop.storage.recovery import recover
from pizzagpt_desktop.storage.store import SqliteSessionStore

DAY = date(2026, 11, 22)
CHATS, EACH = 30, 6


def fill(path: Path, first: int = 0, count: int = CHATS) -> None:
    lengths = random.Random(3)
    with closing(SqliteSessionStore(path)) as store:
        for number in range(first, first + count):
            store.add_conversation(Conversation(id=f"c{number}", title=f"Chat {number}", pinned=number == 3))
            parent = None
            for place in range(EACH):
                message = Message(
                    id=f"m{number}-{place}",
                    conversation_id=f"c{number}",
                    parent_id=parent,
                    role=Role.USER if place % 2 == 0 else Role.ASSISTANT,
                    text=f"Wörter {number}-{place} " * lengths.choice([1, 30, 300, 1500]),
                    created_at=1e9 + place,
                )
                parent = store.add_message(message).id


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("sound") / "chats.db"
    fill(path)
    return path.read_bytes()


@pytest.fixture(scope="module")
def said(sound: bytes, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    path = tmp_path_factory.mktemp("said") / "chats.db"
    path.write_bytes(sound)
    return texts(path)


@pytest.fixture
def chats(tmp_path: Path) -> Path:
    (tmp_path / "data").mkdir()
    return tmp_path / "data" / "chats.db"


def texts(path: Path) -> dict[str, str]:
    """All messages that a reader can get to from the list, without switching branches."""
    with closing(SqliteSessionStore(path)) as store:
        return {m.id: m.text for c in store.conversations() for m in store.path(c.id)}


def integrity(path: Path) -> str:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("INSERT INTO messages_fts (messages_fts) VALUES ('integrity-check')")
        return str(connection.execute("PRAGMA integrity_check").fetchone()[0])


def kept_bytes(chats: Path) -> list[bytes]:
    return [path.read_bytes() for path in sorted(chats.parent.glob("chats.db.damaged-2026-11-22*"))]


def overwritten(data: bytes, start: int, length: int, value: int = 0xFF) -> bytes:
    """0xFF stands in no letter: a value that may end one would turn a letter cut in two into another."""
    return data[:start] + bytes([value]) * len(data[start : start + length]) + data[start + length :]


@pytest.mark.parametrize(
    ("damage", "least"),
    [
        (lambda data: overwritten(data, 0, 100), 1.0),
        (lambda data: overwritten(data, 0, 4096), 1.0),
        (lambda data: overwritten(data, 0, 4096, 0), 1.0),
        (lambda data: overwritten(data, 16, 2), 1.0),
        (lambda data: data[: len(data) * 2 // 3], 0.5),
        (lambda data: data[: len(data) - 1000], 0.95),
        (lambda data: overwritten(data, len(data) // 2, 40_000), 0.7),
    ],
    ids=["header", "first page", "zeros at its head", "page size", "cut", "cut a little", "pages"],
)
def test_what_can_be_read_is_saved_and_the_damaged_file_kept(
    chats: Path, sound: bytes, said: dict[str, str], damage: Callable[[bytes], bytes], least: float
) -> None:
    damaged = damage(sound)
    chats.write_bytes(damaged)
    found = recover(chats, DAY)
    there = texts(chats)
    assert len(there) >= least * len(said)
    assert found.messages == len(there)
    assert found.chats >= least * CHATS
    cut = {id_ for id_, text in there.items() if text != said[id_]}
    assert all(said[id_].startswith(there[id_].split("\ufffd")[0]) for id_ in cut), "nothing is made up"
    with closing(SqliteSessionStore(chats)) as store:
        assert all(store.message(id_).damaged for id_ in cut), "a message whose end is missing says so"
        assert store.conversation("c3").pinned
        assert store.conversation("c3").title == "Chat 3"
    assert integrity(chats) == "ok"
    assert found.kept == chats.with_name("chats.db.damaged-2026-11-22")
    assert kept_bytes(chats) == [damaged]
    assert str(found.kept) in found.words()
    assert [path.name for path in chats.parent.iterdir() if path.is_dir()] in ([], ["locks"])


@pytest.mark.parametrize("seed", range(12))
def test_random_damage_never_makes_it_fail_nor_anything_up(
    chats: Path, sound: bytes, said: dict[str, str], seed: int
) -> None:
    dice = random.Random(seed)
    data = bytearray(sound)
    for _ in range(dice.choice([1, 5, 30])):
        at = dice.randrange(len(data))
        length = min(dice.choice([1, 16, 4096]), len(data) - at)
        data[at : at + length] = dice.randbytes(length)
    chats.write_bytes(data)
    found = recover(chats, DAY)
    there = texts(chats)
    assert len(there) == found.messages >= len(said) * 0.8
    assert found.known is None or found.known == CHATS
    if found.known is not None and not found.lost:
        assert len(there) == len(said)
    assert integrity(chats) == "ok"
    assert kept_bytes(chats) == [bytes(data)]


class Layout(NamedTuple):
    """Where what was said lies in the sound file: the pages of each long message, and some page with rows."""

    size: int
    chains: dict[str, tuple[int, ...]]
    rows: int

    def put(self, data: bytes, target: int, source: int) -> bytes:
        """`data` with a page in the place of another."""
        page = data[(source - 1) * self.size : source * self.size]
        return data[: (target - 1) * self.size] + page + data[target * self.size :]


@pytest.fixture(scope="module")
def layout(sound: bytes, tmp_path_factory: pytest.TempPathFactory) -> Layout:
    path = tmp_path_factory.mktemp("layout") / "chats.db"
    path.write_bytes(sound)
    pages = Pages(path)
    chains = {row.values[1]: row.chain for row in pages.rows() if len(row.chain) > 2 and len(row.values) > 15}
    rows = next(number for number in range(2, pages.count) if pages.page(number)[0] == 0x0D)
    pages.close()
    return Layout(pages.size, chains, rows)


@pytest.mark.parametrize("place", [0, 1, -1], ids=["first", "middle", "last"])
def test_a_page_of_rows_is_not_taken_for_the_words_of_a_long_message(
    chats: Path, sound: bytes, said: dict[str, str], layout: Layout, place: int
) -> None:
    """SQLite itself follows a long text onto whatever stands on its pages, and finds nothing wrong at the last one."""
    name, chain = next(iter(layout.chains.items()))
    chats.write_bytes(layout.put(sound, chain[place], layout.rows))
    recover(chats, DAY)
    with closing(SqliteSessionStore(chats)) as store:
        message = store.message(name)
    assert message is not None
    assert message.text == said[name][: len(message.text)] or said[name].startswith(
        message.text.rstrip("\ufffd")
    )
    assert len(message.text) > 1000
    assert message.damaged
    there = texts(chats)
    assert {id_ for id_ in said if there[id_] != said[id_]} == {name}


def test_messages_that_share_a_page_both_say_that_they_are_damaged(
    chats: Path, sound: bytes, layout: Layout
) -> None:
    (one, chain), (other, foreign), *rest = layout.chains.items()
    chats.write_bytes(layout.put(sound, chain[0], foreign[0]))  # it leads on to the other's second page
    recover(chats, DAY)
    with closing(SqliteSessionStore(chats)) as store:
        assert store.message(one).damaged
        assert store.message(other).damaged
        assert not any(store.message(name).damaged for name, _ in rest)


def test_a_complaint_that_cannot_be_read_is_damage_as_well(
    chats: Path, sound: bytes, said: dict[str, str]
) -> None:
    """SQLite quotes a broken table definition; Python's module then fails on its bytes, with another exception."""
    chats.write_bytes(sound.replace(b"CREATE TABLE conversations", b"CREATE TABL\xc0 conversations", 1))
    with pytest.raises(StoreDamaged):
        SqliteSessionStore(chats)
    recover(chats, DAY)
    assert texts(chats) == said


@pytest.mark.parametrize("indexed", [False, True], ids=["new index", "index filled"])
def test_everything_that_was_recovered_is_found(
    chats: Path, sound: bytes, said: dict[str, str], indexed: bool
) -> None:
    chats.write_bytes(sound)
    if indexed:
        with closing(SqliteSessionStore(chats)) as store:
            assert len(store.search("wörter", limit=500)) == len(said)
    chats.write_bytes(overwritten(chats.read_bytes(), 0, 4096))
    recover(chats, DAY)
    with closing(SqliteSessionStore(chats)) as store:
        assert {hit.message_id for hit in store.search("wörter", limit=500)} == set(texts(chats)) == set(said)


@pytest.mark.parametrize(
    "data", [b"", bytes(40_000), b"This is a letter.\n" * 500], ids=["empty", "zeros", "text"]
)
def test_a_file_with_nothing_in_it_is_said_to_have_nothing(chats: Path, data: bytes) -> None:
    chats.write_bytes(data)
    found = recover(chats, DAY)
    assert (found.chats, found.known) == (0, None)
    assert "Nothing in it could be read" in found.words()
    assert kept_bytes(chats) == [data]
    fill(chats, count=1)


def test_the_words_tell_how_many_of_how_many(chats: Path, sound: bytes) -> None:
    chats.write_bytes(sound)
    pages = Pages(chats)
    size = pages.size
    # A page that holds only the row of a message in the middle; the indexes still name it.
    page, lost = next(
        (number, rows[0].values[1])
        for number in range(2, pages.count + 1)
        if pages.page(number)[0] == 0x0D
        for rows in [list(pages._leaf_rows(pages.page(number), 0))]
        if len(rows) == 1 and len(rows[0].values) > 15 and rows[0].values[1].endswith("-2")
    )
    chat = lost[1:-2]
    pages.close()
    chats.write_bytes(overwritten(sound, (page - 1) * size, size, 0))
    found = recover(chats, DAY)
    assert (found.known, found.lost) == (CHATS, 1)
    assert f"{CHATS} of {CHATS} chats were recovered. 1 message could not be read." in found.words()
    with closing(SqliteSessionStore(chats)) as store:
        path = [message.id for message in store.path(f"c{chat}")]
    assert path == [f"m{chat}-{n}" for n in (0, 1, 3, 4, 5)], (
        "what stood after a lost message is still reached"
    )


def test_messages_without_a_conversation_get_one(chats: Path, sound: bytes) -> None:
    data = bytearray(sound)
    page = data.find(b"Chat 5") // 4096 * 4096
    data[page : page + 4096] = bytes(4096)
    chats.write_bytes(data)
    found = recover(chats, DAY)
    assert found.chats == found.known == CHATS
    with closing(SqliteSessionStore(chats)) as store:
        assert len(store.path("c5")) == EACH
        assert store.conversation("c5").title.startswith("Recovered messages: Wörter 5-0")


def test_what_is_only_in_the_log_is_saved_too(chats: Path) -> None:
    store = SqliteSessionStore(chats)
    store.add_conversation(Conversation(id="c"))
    store.add_message(Message(id="m", conversation_id="c", parent_id=None, role=Role.USER, text="in the log"))
    left = {path.name: path.read_bytes() for path in chats.parent.glob("chats.db*")}
    store.close()
    for name, data in left.items():
        (chats.parent / name).write_bytes(overwritten(data, 0, 4096) if name == "chats.db" else data)
    recover(chats, DAY)
    assert texts(chats) == {"m": "in the log"}
    kept = chats.with_name("chats.db.damaged-2026-11-22-wal")
    assert kept.read_bytes() == left["chats.db-wal"], "the log is a part of the damaged file"


def test_a_growing_reply_comes_back_as_cut_off(chats: Path) -> None:
    store = SqliteSessionStore(chats)
    store.add_conversation(Conversation(id="c"))
    store.add_message(
        Message(id="r", conversation_id="c", parent_id=None, role=Role.ASSISTANT, text="", status=Status.STREAMING)
    )  # fmt: skip
    store.checkpoint("r", "half", "")
    store.checkpoint("r", "half a sentence", "")
    store.close()
    chats.write_bytes(overwritten(chats.read_bytes(), 0, 100))
    recover(chats, DAY)
    with closing(SqliteSessionStore(chats)) as store:
        assert store.interrupt_abandoned() == 1
        reply = store.message("r")
    assert reply is not None
    assert (reply.text, reply.status) == ("half a sentence", Status.INTERRUPTED)


def test_the_backup_gives_what_is_known_to_be_lost_and_not_what_was_erased(chats: Path) -> None:
    fill(chats)
    with closing(SqliteSessionStore(chats)) as store:
        store.add_conversation(Conversation(id="secret", title="Secret", deleted_at=1.0))
    back_up(chats, DAY)
    with closing(SqliteSessionStore(chats)) as store:
        assert store.purge(2.0) == 1
        assert store.is_erased(20)
    data = bytearray(chats.read_bytes())
    start = data.find(b"Chat 5") // 4096 * 4096
    data[start : start + 4096] = bytes(4096)
    chats.write_bytes(data)
    found = recover(chats, DAY)
    with closing(SqliteSessionStore(chats)) as store:
        assert store.conversation("c5").title == "Chat 5", "its own title, from the backup"
        assert store.conversation("secret") is None
    assert found.chats == found.known == CHATS


def test_where_nothing_can_be_read_the_backup_takes_its_place(chats: Path, said: dict[str, str]) -> None:
    fill(chats)
    back_up(chats, DAY)
    chats.write_bytes(bytes(100_000))
    found = recover(chats, DAY)
    assert texts(chats) == said
    assert f"{CHATS} of them came from the backup of 2026-11-22" in found.words()
    assert kept_bytes(chats) == [bytes(100_000)]


def test_a_second_damaged_file_does_not_replace_the_first(chats: Path) -> None:
    for content in (b"one" * 100, b"two" * 100):
        chats.write_bytes(content)
        recover(chats, DAY)
    assert kept_bytes(chats) == [b"one" * 100, b"two" * 100]


def test_given_up_or_refused_nothing_has_changed(
    chats: Path, sound: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    damaged = overwritten(sound, 0, 4096)
    chats.write_bytes(damaged)
    with pytest.raises(Cancelled):
        recover(chats, DAY, lambda: False)
    assert [path.name for path in chats.parent.iterdir()] == ["chats.db"]
    assert chats.read_bytes() == damaged

    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("shutil.copyfile", refuse)
    with pytest.raises(Fault, match="disk is full"):
        recover(chats, DAY)
    assert [path.name for path in chats.parent.iterdir()] == ["chats.db"]
    assert chats.read_bytes() == damaged


def test_an_empty_file_beside_backups_is_no_new_beginning(chats: Path) -> None:
    fill(chats, count=2)
    back_up(chats, DAY)
    chats.write_bytes(b"")
    with pytest.raises(StoreDamaged, match="it is empty"):
        SqliteSessionStore(chats)
    assert recover(chats, DAY).chats == 2
