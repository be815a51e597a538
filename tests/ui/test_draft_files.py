"""Files that go with a message which is not sent: kept with its draft, shown with it, sent with it, and nothing else."""

import asyncio
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QDialog, QPlainTextEdit, QToolButton

from pizzagpt_desktop.chat import drafts
from pizzagpt_desktop.domain.attached import Attached
from pizzagpt_desktop.storage.store import SqliteSessionStore
from tests.helpers.ui_parts import Rig
from tests.storage.test_erasing import on_disk

pytestmark = pytest.mark.qt_log_ignore("^This plugin does not support")  # dialogs, on the offscreen plugin

LONG = "0123456789" * 1000
"""Ten steps of a store in memory."""


def names(rig: Rig) -> list[str]:
    return [file.name for file in rig.window.page.composer.files]


def kept(rig: Rig, identity: str) -> list[str]:
    found = rig.store.conversation(identity)
    return [] if found is None else [file.name for file in found.files]


def press(rig: Rig, at: int) -> None:
    """A control of the rows: each has one that shows it, and one that takes it away."""
    attachments = rig.window.page.composer._attachments
    assert attachments is not None
    control = attachments.controls[at]
    assert isinstance(control, QAbstractButton)
    control.click()


async def turns(number: int) -> None:
    for _ in range(number):
        await asyncio.sleep(0)


async def test_a_long_file_is_written_a_step_in_each_turn_and_no_key_writes_it_again(rig: Rig) -> None:
    composer, identity = rig.window.page.composer, rig.window.desk.conversation.id
    composer.attach(Attached("long.txt", 1, LONG))
    assert rig.store.writes.count("file") == 1
    assert kept(rig, identity) == [], "it is not named before it is whole"
    await rig.until(lambda: kept(rig, identity) == ["long.txt"])
    assert rig.store.writes.count("file") == 10
    QTest.keyClicks(composer.text_edit, "and words")
    rig.window.desk.flush()
    composer.attach(Attached("short.txt", 1, "x"))
    assert kept(rig, identity) == ["long.txt", "short.txt"]
    assert rig.store.writes.count("file") == 11


def words(rig: Rig, identity: str) -> str:
    found = rig.store.conversation(identity)
    return "" if found is None else found.draft


async def refused(rig: Rig, *methods: str) -> str:
    """Someone writes while the disk takes nothing."""
    rig.store.refuse = set(methods)
    QTest.keyClicks(rig.window.page.composer.text_edit, "half a thought")
    await rig.until(lambda: rig.window.page.notices.text("storage"))
    rig.store.refuse = set()
    identity: str = rig.window.desk.conversation.id
    assert words(rig, identity) == ""
    return identity


async def test_words_that_the_disk_refused_are_kept_by_themselves_when_it_takes_them(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drafts, "RETRY_S", 0.01)
    identity = await refused(rig, "add_conversation")
    await rig.until(lambda: words(rig, identity) == "half a thought")
    await rig.until(lambda: rig.window.page.notices.text("storage") == "")


@pytest.mark.parametrize("how", ["session", "close"])
async def test_words_that_the_disk_refused_are_kept_when_the_program_may_end(rig: Rig, how: str) -> None:
    identity = await refused(rig, "add_conversation")
    (rig.window.keep_all if how == "session" else rig.window.close)()
    assert words(rig, identity) == "half a thought"


async def test_words_that_the_disk_refused_are_there_when_one_comes_back(rig: Rig) -> None:
    identity = await refused(rig, "add_conversation")
    rig.store.refuse = {"add_conversation", "update_conversation"}
    rig.window.desk.open_new()
    assert rig.window.page.composer.text() == ""
    rig.window.desk.open(identity)
    assert rig.window.page.composer.text() == "half a thought"


async def test_that_a_message_was_not_sent_is_still_said_when_its_draft_is_refused_too(rig: Rig) -> None:
    rig.store.refuse = {"*"}
    edit = rig.window.page.composer.text_edit
    QTest.keyClicks(edit, "a message")
    QTest.keyClick(edit, Qt.Key.Key_Return)
    rig.window.desk.flush()
    assert "not sent" in rig.window.page.notices.text("storage")
    assert rig.window.page.composer.text() == "a message"


@pytest.mark.parametrize("how", ["session", "close"])
async def test_what_is_still_written_is_finished_when_the_program_may_end(rig: Rig, how: str) -> None:
    identity = rig.window.desk.conversation.id
    rig.window.page.composer.attach(Attached("long.txt", 1, LONG))
    if how == "session":
        rig.window.keep_all()
    else:
        rig.window.close()
    assert kept(rig, identity) == ["long.txt"]
    assert LONG in rig.store.files.kept.values()


async def test_it_can_be_left_and_come_back_to_while_it_is_written(rig: Rig) -> None:
    desk, first = rig.window.desk, rig.window.desk.conversation.id
    rig.window.page.composer.attach(Attached("long.txt", 1, LONG))
    desk.open_new()
    assert names(rig) == []
    rig.window.page.composer.attach(Attached("other.txt", 1, "x"))
    await rig.until(lambda: kept(rig, first) == ["long.txt"])
    desk.open(first)
    assert names(rig) == ["long.txt"]
    press(rig, 0)
    assert rig.find(QPlainTextEdit, "attached_text").toPlainText() == LONG
    rig.find(QDialog, "attached_dialog").accept()
    rig.find(QToolButton, "send").click()
    assert rig.store.path(first)[0].text == f"long.txt:\n\n```\n{LONG}\n```"
    assert (names(rig), kept(rig, first)) == ([], [])
    rig.prompter.end()
    await rig.until(lambda: not rig.service.is_answering(first))


async def test_one_that_is_sent_or_taken_away_while_it_is_written_is_forgotten(rig: Rig) -> None:
    first = rig.window.desk.conversation.id
    rig.window.page.composer.attach(Attached("sent.txt", 1, LONG))
    rig.find(QToolButton, "send").click()
    await turns(30)
    assert (kept(rig, first), rig.store.files.kept) == ([], {})
    rig.window.page.composer.attach(Attached("taken.txt", 1, LONG))
    rig.window.page.composer.attach(Attached("stays.txt", 1, "x"))
    press(rig, 1)
    await rig.until(lambda: kept(rig, first) == ["stays.txt"])
    await turns(30)
    assert list(rig.store.files.kept.values()) == ["x"]
    assert names(rig) == ["stays.txt"]
    QTest.keyClicks(rig.window.page.composer.text_edit, "next")
    QTest.keyClick(rig.window.page.composer.text_edit, Qt.Key.Key_Return)
    assert rig.service.queued(first)[0].text == "next\n\nstays.txt:\n\n```\nx\n```", "it waits with the words"
    assert (names(rig), kept(rig, first)) == ([], [])
    rig.service.stop(first)
    await rig.until(lambda: not rig.service.is_answering(first))


@pytest.mark.parametrize("text", ["x", LONG], ids=["short", "long"])
async def test_a_disk_that_refuses_is_told_of_and_the_file_stays_where_it_is(rig: Rig, text: str) -> None:
    composer, first = rig.window.page.composer, rig.window.desk.conversation.id
    if text == LONG:
        rig.store.on_write = lambda name: rig.store.refuse.add("*") if name == "file" else None
    else:
        rig.store.refuse = {"*"}
    composer.attach(Attached("a.txt", 1, text))
    await rig.until(lambda: rig.window.page.notices.text("storage"))
    assert kept(rig, first) == []
    rig.window.desk.open_new()
    rig.window.desk.open(first)
    assert names(rig) == ["a.txt"], "in the memory it is still there"
    rig.store.on_write, rig.store.refuse = rig.store.writes.append, set()
    QTest.keyClicks(composer.text_edit, "w")
    rig.window.desk.flush()
    await rig.until(lambda: kept(rig, first) == ["a.txt"])


async def test_one_that_cannot_be_read_any_more_is_not_left_out_in_silence(rig: Rig) -> None:
    composer, first = rig.window.page.composer, rig.window.desk.conversation.id
    composer.attach(Attached("a.txt", 1, "words"))
    composer.set_text("Look")
    rig.window.desk.open_new()
    rig.store.files.kept.clear()
    rig.window.desk.open(first)
    rig.find(QToolButton, "send").click()
    told = rig.window.page.notices.text("storage")
    assert "a.txt cannot be read any more" in told
    assert "not sent" in told
    assert "attach it again" in told
    assert rig.store.path(first) == []
    press(rig, -1)
    assert (names(rig), kept(rig, first)) == ([], [])


async def test_a_conversation_from_which_the_last_file_was_taken_is_no_conversation(rig: Rig) -> None:
    first = rig.window.desk.conversation.id
    rig.window.page.composer.attach(Attached("a.txt", 1, "x"))
    assert kept(rig, first) == ["a.txt"]
    press(rig, -1)
    rig.window.desk.open_new()
    assert rig.window.sidebar.model.conversation(first) is None


async def test_a_temporary_one_keeps_its_files_in_the_memory_until_it_is_kept(
    make_rig: Callable[..., Rig], tmp_path: Path
) -> None:
    with closing(SqliteSessionStore(tmp_path / "chats.db")) as store:
        rig = make_rig(store=store)
        rig.show()
        rig.window.actions_by_id.run("new_temporary")
        first = rig.window.desk.conversation.id
        text = "timbuktu " * 60_000
        rig.window.page.composer.attach(Attached("a.txt", 1, text))
        await rig.until(lambda: kept(rig, first) == ["a.txt"])
        assert "timbuktu" not in on_disk(tmp_path / "chats.db")
        rig.window.actions_by_id.run("keep_temporary")
        identity = rig.window.desk.conversation.id
        assert identity != first
        assert names(rig) == ["a.txt"]
        await rig.until(lambda: kept(rig, identity) == ["a.txt"])
        (file,) = store.conversation(identity).files
        assert rig.library.file_text(file) == text
        assert store.conversation(first) is None
        copy = rig.library.duplicate(identity)
        assert copy is not None
        assert copy.files == (file,), "with the draft"
