"""Files of messages that are not sent yet: there with the conversation that names them, and gone with the last of them."""

from contextlib import closing
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from pizzagpt_desktop.domain.conversation import Conversation, DraftFile, Message, Role
from pizzagpt_desktop.domain.faults import Fault
from pizzagpt_desktop.storage.backups import back_up
from pizzagpt_desktop.storage.draft_files import PART
from pizzagpt_desktop.storage.recovery import recover
from pizzagpt_desktop.storage.store import SqliteSessionStore
from tests.storage.test_erasing import on_disk
from tests.storage.test_migration_trouble import no_file_larger_than

LONG = "Timbuktu, 日本語 und Grüße\n" * 20_000


def write(store: SqliteSessionStore, file_id: str, text: str, temporary: bool = False) -> DraftFile:
    for _ in store.files.writing(file_id, text, temporary):
        pass
    return DraftFile(file_id, f"{file_id}.txt", len(text.encode()), len(text))


def parts(store: SqliteSessionStore) -> int:
    return int(store.database.read(lambda c: c.execute("SELECT count(*) FROM draft_parts").fetchone()[0]))


@pytest.mark.parametrize("text", ["", "x", "x" * PART, LONG], ids=len)
def test_it_comes_back_as_it_was(file: Path, text: str) -> None:
    with closing(SqliteSessionStore(file)) as store:
        made = Conversation(id="c", files=(write(store, "f", text), DraftFile("g", "ä\n.txt", 0, 0)))
        store.add_conversation(made)
    with closing(SqliteSessionStore(file)) as store:
        assert store.conversation("c") == made
        assert store.files.text("f") == text
        assert store.files.text("unknown") == ""


def test_what_is_named_stays_and_what_is_not_goes_at_once(store: SqliteSessionStore, file: Path) -> None:
    made = Conversation(id="c", draft="look", files=(write(store, "f", LONG), write(store, "g", "zanzibar")))
    store.add_conversation(made)
    store.update_conversation(replace(made, draft="look here"))
    store.update_conversation(replace(made, deleted_at=5.0))
    store.update_conversation(made)
    assert store.is_erased(20)
    assert (store.files.text("f"), store.files.text("g")) == (LONG, "zanzibar")
    old = file.with_name("chats.db.before-schema-5")
    old.write_bytes(b"an update's copy")
    store.update_conversation(replace(made, files=made.files[1:]))
    assert store.is_erased(20)
    assert (store.files.text("f"), store.files.text("g")) == ("", "zanzibar")
    assert "timbuktu" not in on_disk(file)
    assert old.exists(), "nothing was erased for good"


@pytest.mark.parametrize("how", ["erase", "purge"])
def test_it_is_erased_with_its_conversation(store: SqliteSessionStore, file: Path, how: str) -> None:
    store.add_conversation(Conversation(id="gone", deleted_at=5.0, files=(write(store, "f", LONG),)))
    store.add_conversation(Conversation(id="stays", files=(write(store, "g", "zanzibar"),)))
    assert "timbuktu" in on_disk(file)
    assert (store.erase(["gone"]) if how == "erase" else store.purge(9.0)) == 1
    assert store.is_erased(20)
    assert "timbuktu" not in on_disk(file)
    assert store.files.text("g") == "zanzibar"


def test_a_copy_names_the_same_file(store: SqliteSessionStore) -> None:
    files = (write(store, "f", LONG),)
    store.add_conversation(Conversation(id="c", files=files))
    store.add_message(Message(id="m", conversation_id="c", parent_id=None, role=Role.USER, text="hi"))
    store.copy_conversation("c", Conversation(id="copy", files=files), None)
    store.update_conversation(Conversation(id="c", active_leaf_id="m"))
    assert store.is_erased(20)
    assert store.files.text("f") == LONG
    store.erase(["copy"])
    assert store.is_erased(20)
    assert parts(store) == 0


def test_while_it_is_written_it_is_not_erased_and_half_of_it_goes(store: SqliteSessionStore) -> None:
    store.add_conversation(Conversation(id="c"))
    steps = store.files.writing("f", LONG * 20, temporary=False)
    next(steps)
    store.add_conversation(Conversation(id="other", deleted_at=1.0))
    assert store.purge(2.0) == 1
    assert store._eraser is not None
    assert store._eraser.wait(20)
    for _ in steps:
        pass
    assert store.files.text("f") == LONG * 20
    store.update_conversation(Conversation(id="c", files=(DraftFile("f", "f.txt", 1, len(LONG * 20)),)))
    assert store.files.text("f") == LONG * 20
    half = store.files.writing("h", LONG * 20, temporary=False)
    next(half)
    assert store.files.text("h") != ""
    half.close()  # type: ignore[attr-defined]
    assert store.is_erased(20)
    assert (store.files.text("h"), store.files.text("f")) == ("", LONG * 20)


def test_what_a_kill_left_unnamed_goes_with_the_next_purge(file: Path) -> None:
    with closing(SqliteSessionStore(file)) as store:
        write(store, "f", LONG)
    with closing(SqliteSessionStore(file)) as store:
        assert not store.is_erased(0)
        store.purge(0.0)
        assert store.is_erased(20)
        assert parts(store) == 0
    assert "timbuktu" not in on_disk(file)


def test_a_temporary_one_is_never_on_the_disk(store: SqliteSessionStore, file: Path) -> None:
    store.add_conversation(Conversation(id="c", temporary=True, files=(write(store, "f", LONG, True),)))
    assert store.files.text("f") == LONG
    assert "timbuktu" not in on_disk(file)
    store.erase(["c"])
    assert store.files.text("f") == ""


def test_a_full_disk_refuses_and_what_was_there_stays(store: SqliteSessionStore, file: Path) -> None:
    store.add_conversation(Conversation(id="c", files=(write(store, "f", LONG),)))
    log = file.with_name("chats.db-wal")
    with no_file_larger_than(log.stat().st_size + 200_000), pytest.raises(Fault):
        write(store, "g", "zanzibar " * 1_000_000)
    assert store.files.text("f") == LONG
    known = store.conversation("c")
    assert known is not None
    store.update_conversation(replace(known, files=(*known.files, write(store, "h", "zanzibar"))))
    assert store.is_erased(20)
    assert (store.files.text("g"), store.files.text("h")) == ("", "zanzibar")


def test_a_list_that_is_none_names_nothing(store: SqliteSessionStore) -> None:
    store.add_conversation(Conversation(id="c", files=(write(store, "f", LONG),)))
    for broken in (
        "{",
        "null",
        '["f"]',
        '[["f", "a", -1, 2]]',
        '[["f", "a", 1]]',
        '[["", "a", 1, 2]]',
        '"f"',
    ):
        with store.database.transaction("FULL") as connection:
            connection.execute("UPDATE conversations SET files = ?", (broken,))
        known = store.conversation("c")
        assert known is not None
        assert known.files == ()
        store.purge(0.0)
        assert store.is_erased(20)


def test_a_backup_has_it_and_a_damaged_file_is_recovered_with_it(file: Path) -> None:
    with closing(SqliteSessionStore(file)) as store:
        store.add_conversation(Conversation(id="c", title="Chat", files=(write(store, "f", LONG),)))
        store.add_message(Message(id="m", conversation_id="c", parent_id=None, role=Role.USER, text="hi"))
    day = date(2026, 11, 26)
    with closing(SqliteSessionStore(back_up(file, day))) as copy:
        assert copy.files.text("f") == LONG
    for way in ("whole", "parts from the backup", "all from the backup"):
        data = bytearray(file.read_bytes())
        if way != "whole":
            at = data.index(b"Timbuktu", 4096 * 8) // 4096 * 4096
            data[at : at + 4096 * 20] = bytes(4096 * 20)
        if way == "all from the backup":
            data[4096:] = bytes(len(data) - 4096)
        file.write_bytes(data)
        recover(file, day)
        with closing(SqliteSessionStore(file)) as store:
            (found,) = store.conversations()
            assert store.files.text(found.files[0].id) == LONG, way
