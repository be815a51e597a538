"""The model files of this computer, wherever they are said to be."""

from pathlib import Path

import pytest

from pizzagpt_desktop.engine.files import ModelFiles


@pytest.fixture
def own(tmp_path: Path) -> Path:
    folder = tmp_path / "own"
    folder.mkdir()
    (folder / "parrot.gguf").touch()
    return folder


def test_places_that_cannot_be_looked_at_hide_nothing_of_the_others(own: Path, tmp_path: Path) -> None:
    loop = tmp_path / "loop.gguf"
    loop.symlink_to(loop)
    added = tmp_path / "added.GGUF"
    added.touch()
    places = ["x" * 5000, f"{'y' * 5000}.gguf", "nul\0.gguf", str(loop), str(tmp_path / "gone"), str(added)]
    files = ModelFiles(own, lambda: places)
    assert [(file.name, file.own) for file in files.all()] == [("added", False), ("parrot", True)]
    assert files.path_of("parrot") == own / "parrot.gguf"


def test_one_name_twice_is_told_apart_and_later_parts_are_none_of_their_own(
    own: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    (other / "deep").mkdir(parents=True)
    (other / ".hidden").mkdir()
    for name in (
        "parrot.gguf",
        "deep/big-00001-of-00002.gguf",
        "deep/big-00002-of-00002.gguf",
        ".hidden/x.gguf",
    ):
        (other / name).touch()
    files = ModelFiles(own, lambda: [str(other)])
    assert [file.name for file in files.all()] == ["big-00001-of-00002", "parrot (other)", "parrot (own)"]
