"""The folders of a damaged chat file: what stood together stands together, under its name where that can be found."""

from contextlib import closing
from datetime import date
from pathlib import Path

import pytest

from pizzagpt_desktop.domain.conversation import Conversation, Folder
from pizzagpt_desktop.storage.backups import back_up
from pizzagpt_desktop.storage.recovery import RECOVERED_FOLDER, recover
from pizzagpt_desktop.storage.store import SqliteSessionStore

DAY = date(2026, 11, 22)
IN = {"a": "dough", "b": "dough", "c": "ovens", "d": None}


@pytest.fixture
def chats(tmp_path: Path) -> Path:
    (tmp_path / "data").mkdir()
    path = tmp_path / "data" / "chats.db"
    with closing(SqliteSessionStore(path)) as store:
        store.put_folders([Folder("dough", "All about dough"), Folder("ovens", "All about ovens", 1, True)])
        for identity, folder in IN.items():
            store.add_conversation(Conversation(id=identity, title=identity, folder_id=folder))
    return path


def damage(path: Path) -> None:
    """Where the folders stand, nothing can be read any more."""
    data = bytearray(path.read_bytes())
    start = data.find(b"All about dough") // 4096 * 4096
    data[start : start + 4096] = b"\xff" * 4096
    path.write_bytes(data)


def found(path: Path) -> tuple[list[Folder], dict[str, str | None]]:
    with closing(SqliteSessionStore(path)) as store:
        return list(store.folders()), {c.id: c.folder_id for c in store.conversations()}


def test_without_a_backup_they_are_named_anew_and_that_is_said(chats: Path) -> None:
    damage(chats)
    words = recover(chats, DAY).words()
    folders, where = found(chats)
    assert [(f.id, f.name) for f in folders] == [
        ("dough", f"{RECOVERED_FOLDER} 1"),
        ("ovens", f"{RECOVERED_FOLDER} 2"),
    ]
    assert where == IN
    assert "The names of 2 folders could not be read." in words


def test_a_backup_knows_their_names(chats: Path) -> None:
    back_up(chats, DAY)
    with closing(SqliteSessionStore(chats)) as store:
        store.put_folder(Folder("new", "Younger than the backup", 2))
        store.update_conversation(Conversation(id="d", title="d", folder_id="new"))
    damage(chats)
    words = recover(chats, DAY).words()
    folders, where = found(chats)
    assert folders[:2] == [Folder("dough", "All about dough"), Folder("ovens", "All about ovens", 1, True)]
    assert folders[2:] == [Folder("new", RECOVERED_FOLDER, 2)]
    assert where == IN | {"d": "new"}
    assert "The name of 1 folder could not be read." in words


def test_what_can_be_read_is_not_touched(chats: Path) -> None:
    before = found(chats)
    assert "folder" not in recover(chats, DAY).words().partition("kept at")[0]
    assert found(chats) == before
