"""The three folders: private, where they belong, and words where they cannot be."""

import os
import stat
from pathlib import Path

import pytest

from pizzagpt_desktop.domain.faults import Fault, FaultKind
from pizzagpt_desktop.storage.paths import Folders, folders


def modes(places: Folders) -> set[int]:
    return {stat.S_IMODE(place.stat().st_mode) for place in (places.data, places.config, places.log)}


def test_by_the_platforms_convention(tmp_path: Path) -> None:
    places = folders()
    home = tmp_path / "home"
    assert places.data == home / ".local/share/pizzagpt-desktop"
    assert places.config == home / ".config/pizzagpt-desktop"
    assert home in places.log.parents
    assert places.chats.parent == places.data
    assert places.preferences.parent == places.config
    assert len({places.data, places.config, places.log}) == 3
    assert modes(places) == {0o700}
    places.close()
    assert places.data.is_dir()


@pytest.mark.parametrize("umask", [0o000, 0o077, 0o777])
def test_private_whatever_the_umask(tmp_path: Path, umask: int) -> None:
    old = os.umask(umask)
    try:
        places = folders(tmp_path / "a" / "b")
    finally:
        os.umask(old)
    assert modes(places) == {0o700}
    assert {place.parent for place in (places.data, places.config, places.log)} == {tmp_path / "a" / "b"}
    places.data.chmod(0o755)
    assert modes(folders(tmp_path / "a" / "b")) == {0o700}


def test_the_named_folder_itself_keeps_its_mode(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    folders(tmp_path)
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o755


def test_a_temporary_run_leaves_nothing(tmp_path: Path) -> None:
    with folders(tmp_path / "ignored", temp=True) as places:
        assert places.temporary
        assert modes(places) == {0o700}
        (places.data / "chats.db").write_text("x")
        root = places.data.parent
    assert not root.exists()
    assert not (tmp_path / "ignored").exists()


@pytest.mark.parametrize("home", ["", "relative", "/dev/null", "/proc/nobody", "/nul/../dev/null/x"])
def test_an_odd_home_is_words(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, home: str) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", home)
    with pytest.raises(Fault) as caught:
        folders()
    assert caught.value.kind is FaultKind.STORAGE
    assert caught.value.detail
    assert caught.value.hint
    assert list(tmp_path.iterdir()) == [tmp_path / "home"]


def test_an_odd_xdg_folder_is_words_or_ignored(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", "/dev/null/data")
    with pytest.raises(Fault, match=r"/dev/null/data.*cannot be made: A file is in the way"):
        folders()
    monkeypatch.setenv("XDG_DATA_HOME", "")
    assert tmp_path / "home" in folders().data.parents


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(Fault, match="A file is in the way"):
        folders(tmp_path / "file")
    with pytest.raises(Fault, match="too long"):
        folders(tmp_path / ("x" * 300))
    with pytest.raises(Fault, match="no file name can hold"):
        folders(Path(f"{tmp_path}/nul\x00"))
    with pytest.raises(Fault, match="cannot be found"):
        folders(Path("~nobody-of-that-name/x"))


def test_importing_loads_and_touches_nothing(tmp_path: Path) -> None:
    import subprocess
    import sys

    modules = ["paths", "schema", "store", "preferences", "secrets", "leases", "search", "query"]
    program = (
        "import sys; before = set(sys.modules); sys.dont_write_bytecode = True\n"
        + "".join(f"import pizzagpt_desktop.storage.{name}\n" for name in modules)
        + "print(sorted({'keyring', 'platformdirs', 'asyncio', 'pizzagpt_desktop.chat'} & set(sys.modules)))"
    )
    said = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2]
    ).stdout  # fmt: skip
    assert said.strip() == "[]"
    assert list((tmp_path / "home").iterdir()) == []
