"""Copies of the chat file: made beside a writer, checked, kept for some days, and put back without losing anything."""

import os
import sqlite3
import stat
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest

from pizzagpt_desktop.domain.conversation import Conversation, Message, Role
from pizzagpt_desktop.domain.faults import Fault
from pizzagpt_desktop.storage import backups
from pizzagpt_desktop.storage.backups import (
    Cancelled,
    back_up,
    copy_checked,
    is_due,
    look_at,
    prune,
    put_in_place,
    ready_copy,
)
from pizzagpt_desktop.storage.faults import SchemaTooNew, StoreDamaged
from pizzagpt_desktop.storage.store import SqliteSessionStore

DAY = date(2026, 11, 22)


@pytest.fixture
def chats(tmp_path: Path) -> Path:
    return tmp_path / "data" / "chats.db"


@pytest.fixture
def store(chats: Path) -> Iterator[SqliteSessionStore]:
    with closing(SqliteSessionStore(chats)) as store:
        say(store, "first")
        yield store


def say(store: SqliteSessionStore, name: str, size: int = 10) -> None:
    store.add_conversation(Conversation(id=f"c {name}", title=name))
    store.add_message(
        Message(
            id=f"m {name}", conversation_id=f"c {name}", parent_id=None, role=Role.USER, text="word " * size
        )
    )


def titles(chats: Path) -> set[str]:
    with closing(SqliteSessionStore(chats)) as store:
        return {conversation.title for conversation in store.conversations()}


def test_a_backup_is_one_private_checked_file_that_leads_a_life_of_its_own(
    store: SqliteSessionStore, chats: Path
) -> None:
    before = os.umask(0)
    try:
        made = back_up(chats, DAY)
    finally:
        os.umask(before)
    say(store, "later")
    assert made == chats.parent / "backups" / "chats-2026-11-22.db"
    assert stat.S_IMODE(made.stat().st_mode) == 0o600
    assert stat.S_IMODE(made.parent.stat().st_mode) == 0o700
    assert [path.name for path in made.parent.iterdir()] == [made.name], "one file, with nothing beside it"
    assert look_at(made) == (made, "2026-11-22", 1, 1)
    assert back_up(chats, DAY).name == "chats-2026-11-22-2.db", "an earlier one of the day stays"
    assert [look_at(path).conversations for path in backups.backups(chats)] == [2, 1]


def test_a_backup_does_not_wait_for_a_busy_writer_nor_hold_it_up(
    store: SqliteSessionStore, chats: Path
) -> None:
    """The copy is one moment's state, though rows are written between its steps."""
    for number in range(40):
        say(store, f"before {number}", size=10_000)
    copying, written = threading.Event(), threading.Event()
    steps = []

    def goes() -> bool:
        steps.append(1)
        copying.set()
        return written.wait(10)

    made: list[Path] = []
    thread = threading.Thread(target=lambda: made.append(back_up(chats, DAY, goes)))
    thread.start()
    assert copying.wait(10)
    for number in range(5):
        say(store, f"meanwhile {number}")
    written.set()
    thread.join(20)
    assert len(steps) > 1, "in several steps"
    assert look_at(made[0])[2:] == (41, 41)
    assert titles(chats) > {"meanwhile 4", "first"}


def test_a_backup_given_up_leaves_nothing(store: SqliteSessionStore, chats: Path) -> None:
    with pytest.raises(Cancelled):
        back_up(chats, DAY, lambda: False)
    assert list((chats.parent / "backups").iterdir()) == []


def test_what_is_damaged_gets_no_name(store: SqliteSessionStore, chats: Path) -> None:
    for number in range(20):
        say(store, f"{number}", size=3000)
    store.close()
    data = bytearray(chats.read_bytes())
    data[len(data) // 2 :] = b"\xa5" * (len(data) - len(data) // 2)
    chats.write_bytes(data)
    with pytest.raises(StoreDamaged):
        back_up(chats, DAY)
    assert list((chats.parent / "backups").iterdir()) == []


def test_old_days_go_and_every_backup_of_a_kept_day_stays(store: SqliteSessionStore, chats: Path) -> None:
    for day in (1, 2, 3, 3, 4):
        back_up(chats, date(2026, 11, day))
    (chats.parent / "backups" / "my own.db").write_text("mine")
    assert prune(chats, 0, DAY) == []
    assert {path.name for path in prune(chats, 2, DAY)} == {"chats-2026-11-01.db", "chats-2026-11-02.db"}
    assert [path.name for path in backups.backups(chats)] == [
        "chats-2026-11-04.db",
        "chats-2026-11-03-2.db",
        "chats-2026-11-03.db",
    ]
    assert (chats.parent / "backups" / "my own.db").exists()


def test_a_backup_is_due_once_a_day_and_only_after_something_was_written(
    store: SqliteSessionStore, chats: Path
) -> None:
    assert is_due(chats, DAY)
    made = back_up(chats, DAY)
    say(store, "later")
    assert not is_due(chats, DAY)
    assert is_due(chats, date(2026, 11, 23))
    store.close()
    newest = chats.stat().st_mtime + 10
    os.utime(made, (newest, newest))
    assert not is_due(chats, date(2026, 11, 23)), "nothing was written since"


def test_a_backup_of_a_day_that_lies_ahead_keeps_none_from_being_made_and_goes_first(
    store: SqliteSessionStore, chats: Path
) -> None:
    made = back_up(chats, date(2031, 5, 6))  # the clock was wrong
    wrong = made.stat().st_mtime + 5 * 365 * 86_400
    os.utime(made, (wrong, wrong))
    assert is_due(chats, DAY)
    back_up(chats, DAY)
    assert not is_due(chats, DAY)
    assert prune(chats, 2, DAY) == []
    assert prune(chats, 1, DAY) == [made]
    back_up(chats, date(1970, 1, 1))
    assert prune(chats, 2, date(1970, 1, 1)) == []


def test_restoring_puts_the_backup_in_place_and_keeps_what_was_there(
    store: SqliteSessionStore, chats: Path
) -> None:
    made = back_up(chats, DAY)
    say(store, "later")
    store.close()
    kept = put_in_place(ready_copy(made, chats), chats, "before-restore", DAY)
    assert kept == chats.with_name("chats.db.before-restore-2026-11-22")
    assert titles(chats) == {"first"}
    assert look_at(kept)[2:] == (2, 2)
    again = put_in_place(ready_copy(kept, chats), chats, "before-restore", DAY)
    assert again is not None
    assert again != kept
    assert titles(chats) == {"first", "later"}
    assert not (chats.parent / "restoring").exists()
    assert made.exists()


def test_a_log_that_was_left_is_not_played_onto_the_restored_file(chats: Path, tmp_path: Path) -> None:
    store = SqliteSessionStore(chats)
    say(store, "first")
    made = back_up(chats, DAY)
    say(store, "only in the log")
    left = {path.name: path.read_bytes() for path in chats.parent.glob("chats.db*")}
    store.close()
    for name, data in left.items():  # as kill -9 leaves them
        (chats.parent / name).write_bytes(data)
    kept = put_in_place(ready_copy(made, chats), chats, "before-restore", DAY)
    assert titles(chats) == {"first"}
    assert kept is not None
    assert titles(kept) == {"first", "only in the log"}


def test_nothing_is_swapped_under_another_program(store: SqliteSessionStore, chats: Path) -> None:
    made = back_up(chats, DAY)
    say(store, "later")
    ready = ready_copy(made, chats)
    with pytest.raises(Fault, match="Another program has the chat file open"):
        put_in_place(ready, chats, "before-restore", DAY)
    say(store, "and still there")
    assert len(store.conversations()) == 3


def test_only_chat_files_are_restored(store: SqliteSessionStore, chats: Path, tmp_path: Path) -> None:
    text, other, newer = tmp_path / "text.db", tmp_path / "other.db", tmp_path / "newer.db"
    text.write_text("no chats " * 100)
    with closing(sqlite3.connect(other)) as connection:
        connection.execute("CREATE TABLE books (title TEXT)")
    copy_checked(chats, newer)
    with closing(sqlite3.connect(newer)) as connection:
        connection.execute("PRAGMA user_version = 99")
    before = chats.read_bytes()
    for chosen, kind, words in (
        (text, Fault, "no chat file"),
        (other, Fault, "holds no chats"),
        (newer, SchemaTooNew, "newer version"),
        (chats, Fault, "in use"),
        (tmp_path / "nowhere.db", Fault, "no file"),
    ):
        with pytest.raises(kind, match=words):
            ready_copy(chosen, chats)
        assert not (chats.parent / "restoring").exists()
    assert chats.read_bytes() == before


def test_a_backup_of_an_older_version_is_brought_up_to_this_one(chats: Path, tmp_path: Path) -> None:
    fixture = Path(__file__).parent / "fixtures" / "schema-1.db"
    chosen = tmp_path / "old one.db"
    chosen.write_bytes(fixture.read_bytes())
    assert put_in_place(ready_copy(chosen, chats), chats, "before-restore", DAY) is None
    assert chosen.read_bytes() == fixture.read_bytes()
    with closing(SqliteSessionStore(chats)) as store:
        assert store.conversations()
    assert not list(chats.parent.glob("*.before-schema-*"))
