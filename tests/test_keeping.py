"""What is said of the folder of the chats: once, and only where there is something to know."""

from pathlib import Path

import pytest

from pizzagpt_desktop.keeping import _hint
from pizzagpt_desktop.storage.paths import Folders, folders


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
