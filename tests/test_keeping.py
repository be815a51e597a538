"""What is done for the chat file beside the chat: daily backups, words for damage, and a hint on shared folders."""

from collections.abc import AsyncIterator, Callable
from datetime import date, timedelta
from pathlib import Path

import pytest
from PySide6.QtWidgets import QPushButton, QWidget
from pytestqt.qtbot import QtBot

from pizzagpt_desktop import keeping
from pizzagpt_desktop.domain.conversation import Conversation, Message, Role
from pizzagpt_desktop.domain.faults import Fault
from pizzagpt_desktop.domain.preferences import Live, Preferences
from pizzagpt_desktop.keeping import Keeper, _hint
from pizzagpt_desktop.opening import Opened, recover_job
from pizzagpt_desktop.storage import instance
from pizzagpt_desktop.storage.backups import backups, look_at
from pizzagpt_desktop.storage.paths import Folders, folders
from pizzagpt_desktop.storage.store import SqliteSessionStore
from tests.helpers.ui_parts import READY, Rig

FIRST = date(2026, 11, 20)


class Calendar:
    """A clock that stands still until it is set. asked: how often it was looked at."""

    def __init__(self) -> None:
        self.day = FIRST
        self.asked = 0

    def __call__(self) -> date:
        self.asked += 1
        return self.day


class Kept:
    """A window on a real chat file with a keeper whose timers are short and whose calendar is the test's."""

    def __init__(self, tmp_path: Path, backups_kept: int = 3, *messages: str) -> None:
        self.places = folders(tmp_path / "here")
        self.store = SqliteSessionStore(self.places.chats)
        for text in messages:
            say(self.store, text)
        self.rig = Rig(READY, self.store)
        self.preferences = Live(Preferences(backups_kept=backups_kept))
        self.calendar = Calendar()
        seat = instance.take(self.places.data)
        assert seat is not None
        self.seat = seat
        self.rig.show()
        self.keeper = Keeper(
            Opened(self.store), self.places, seat, self.rig.window, self.rig.library, self.rig.service,
            self.rig.announcer, self.preferences, self.rig.scope, self.calendar,
        )  # fmt: skip

    def days(self) -> list[str]:
        return [path.name for path in reversed(backups(self.places.chats))]

    def notice(self, key: str) -> str:
        return self.rig.window.page.notices.text(key)

    async def looked(self) -> None:
        """Until it has looked at the calendar some more times, each with its work done."""
        seen = self.calendar.asked
        await self.rig.until(lambda: self.calendar.asked > seen + 3)

    async def on(self, day: date) -> None:
        """That day comes, however it comes: the calendar says so when it is looked at next."""
        self.calendar.day = day
        await self.looked()

    async def close(self) -> None:
        self.keeper.end()
        await self.rig.close()
        self.store.close()
        self.seat.close()


def say(store: SqliteSessionStore, text: str) -> None:
    store.add_conversation(Conversation(id=f"c {text}", title=text))
    store.add_message(
        Message(id=f"m {text}", conversation_id=f"c {text}", parent_id=None, role=Role.USER, text=text)
    )


Make = Callable[..., Kept]


@pytest.fixture
def _short_timers(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LOOK_S", "FIRST_BACKUP_S", "BACKUP_LOOK_S"):
        monkeypatch.setattr(keeping, name, 0.01)


@pytest.fixture
async def make(
    qtbot: QtBot, tmp_path: Path, _no_leaked_task: None, _short_timers: None
) -> AsyncIterator[Make]:
    made: list[Kept] = []

    def kept(*messages: str, backups_kept: int = 3) -> Kept:
        made.append(Kept(tmp_path, backups_kept, *messages))
        return made[-1]

    yield kept
    for one in made:
        await one.close()


async def test_one_backup_a_day_of_running_and_only_of_what_is_new(make: Make) -> None:
    kept = make("first")
    await kept.looked()
    assert kept.days() == ["chats-2026-11-20.db"]
    say(kept.store, "later on that day")
    await kept.looked()
    assert kept.days() == ["chats-2026-11-20.db"], "the day has its backup"
    await kept.on(FIRST + timedelta(1))
    assert kept.days() == ["chats-2026-11-20.db", "chats-2026-11-21.db"]
    assert look_at(backups(kept.places.chats)[0]).messages == 2


async def test_after_a_sleep_of_weeks_there_is_one_more_and_so_many_are_kept(make: Make) -> None:
    kept = make("first", backups_kept=2)
    for days in (0, 1, 30, 31):
        say(kept.store, f"on day {days}")
        await kept.on(FIRST + timedelta(days))
    assert kept.days() == ["chats-2026-12-20.db", "chats-2026-12-21.db"]


async def test_a_clock_that_jumps_ahead_and_back_costs_no_day(make: Make) -> None:
    kept = make("first", backups_kept=3)
    await kept.on(date(2031, 1, 1))
    say(kept.store, "second")
    await kept.on(FIRST + timedelta(1))
    say(kept.store, "third")
    await kept.on(FIRST + timedelta(2))
    assert kept.days() == ["chats-2026-11-21.db", "chats-2026-11-22.db", "chats-2031-01-01.db"]
    say(kept.store, "fourth")
    await kept.on(FIRST + timedelta(3))
    assert kept.days() == ["chats-2026-11-21.db", "chats-2026-11-22.db", "chats-2026-11-23.db"]


async def test_of_nothing_there_is_no_backup(make: Make) -> None:
    kept = make()
    await kept.looked()
    assert kept.days() == []
    say(kept.store, "first")
    await kept.looked()
    assert kept.days() == ["chats-2026-11-20.db"]


async def test_where_none_are_wanted_only_the_one_that_is_asked_for_is_made(make: Make) -> None:
    kept = make("first", backups_kept=0)
    for number in ("", "-2", "-3"):
        kept.keeper.back_up_now()
        await kept.rig.until(
            lambda number=number: kept.notice("backup").endswith(f"chats-2026-11-20{number}.db")
        )
    assert kept.calendar.asked == 3, "nobody else asked what day it is"


async def test_damage_found_during_the_run_is_said_once_and_recovered_at_a_press(make: Make) -> None:
    kept = make("first", "second")
    await kept.looked()
    kept.store.database.truncate_log()
    file = kept.places.chats
    file.write_bytes(file.read_bytes()[:4096] + b"\xa5" * (file.stat().st_size - 4096))
    kept.store.database.drop()
    with pytest.raises(Fault):
        kept.store.conversations()
    await kept.rig.until(lambda: kept.notice("damaged"))
    assert "Nothing in it was changed" in kept.notice("damaged")
    assert kept.rig.find(QPushButton, "damaged_restore_backup…").isVisible()
    damaged = file.read_bytes()
    kept.rig.find(QPushButton, "damaged_recover").click()
    assert kept.keeper.job is recover_job
    assert not kept.rig.window.isVisible()
    assert file.read_bytes() == damaged


async def test_damage_that_a_backup_finds_is_said(make: Make) -> None:
    kept = make(*(f"a longer text {number} " + "word " * 300 for number in range(40)))
    await kept.looked()
    kept.store.database.truncate_log()
    file = kept.places.chats
    size = file.stat().st_size
    with file.open("r+b") as opened:
        opened.seek(size // 2)
        opened.write(b"\xa5" * 8192)
    await kept.on(FIRST + timedelta(1))
    await kept.rig.until(lambda: kept.notice("damaged"))
    assert kept.days() == ["chats-2026-11-20.db"], "what is damaged is no backup"
    kept.rig.find(QWidget, "close_damaged").click()
    await kept.looked()
    assert kept.notice("damaged") == "", "said once"


def places(tmp_path: Path, *parts: str) -> Folders:
    return folders(tmp_path.joinpath(*parts))


@pytest.mark.parametrize("name", ["Dropbox", "OneDrive - Work", "Nextcloud"])
def test_a_synchronised_folder_is_said_to_be_one_just_once(tmp_path: Path, name: str) -> None:
    found = places(tmp_path, name, "chats")
    assert "synchronised or shared" in _hint(found, has_log=True)
    assert _hint(found, has_log=True) == ""


def test_a_folder_without_shared_memory_is_said_to_be_shared_just_once(tmp_path: Path) -> None:
    found = places(tmp_path, "network")
    assert "synchronised or shared" in _hint(found, has_log=False)
    assert _hint(found, has_log=False) == ""


def test_of_an_ordinary_folder_nothing_is_said(tmp_path: Path) -> None:
    found = places(tmp_path, "ordinary")
    assert _hint(found, has_log=True) == ""
    assert not (found.data / "hint-was-given").exists()
