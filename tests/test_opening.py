"""The desktop program on chats that are not as they should be: it starts, says so, and goes on."""

import os
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from pizzagpt_desktop.domain.conversation import Conversation, Message, Role
from pizzagpt_desktop.storage.connection import Database
from pizzagpt_desktop.storage.faults import StoreGone
from pizzagpt_desktop.storage.paths import folders
from pizzagpt_desktop.storage.store import SqliteSessionStore
from pizzagpt_desktop.storage.unsaved import UnsavedStore

ROOT = Path(__file__).parent.parent
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals and unlinked files are POSIX's")

DRIVER = """
import sys
from pathlib import Path
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QDialog, QPushButton
from pizzagpt_desktop import app, keeping

keeping.LOOK_S = 0.05
presses = sys.argv[2:]

def say(*words):
    print(*words, flush=True)

def press():
    for dialog in QApplication.topLevelWidgets():
        if isinstance(dialog, QDialog) and dialog.isVisible() and presses:
            button = dialog.findChild(QPushButton, presses[0])
            if button is not None:
                say("dialog:", dialog.findChild(object, "trouble_title").text() if dialog.objectName() == "trouble" else dialog.objectName())
                presses.pop(0)
                button.click()
                return

timer = None
begin = app.Program._on_loaded
def on_loaded(program):
    begin(program)
    notices = program.window.page.notices
    say("loaded:", len(program.window.sidebar.model.ids()))
    for key in ("chats", "gone", "damaged"):
        if notices.text(key):
            say(key + ":", notices.text(key))
    told = notices.say
    def heard(key, text, *rest, **named):
        told(key, text, *rest, **named)
        say(key + ":", text)
    notices.say = heard
app.Program._on_loaded = on_loaded

made = app.make_application
def make(*words):
    global timer
    application = made(*words)
    timer = QTimer(application, interval=20)
    timer.timeout.connect(press)
    timer.start()
    return application
app.make_application = make
sys.exit(app.run(Path(sys.argv[1])))
"""


class Started:
    """The program offscreen, with someone who presses the buttons of those names as they appear."""

    def __init__(self, folder: Path, *presses: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", DRIVER, str(folder), *presses],
            cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
        )  # fmt: skip

    def __enter__(self) -> "Started":
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.communicate()

    def line(self, begins: str) -> str:
        """The next line that begins so."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if line.startswith(begins):
                return line.rstrip("\n")
        raise AssertionError(f"it ended before it said {begins!r}: {self.process.communicate()[1]}")

    def end(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        self.process.communicate(timeout=30)
        return self.process.returncode


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "here"
    fill(folder, "one", "two", "three")
    return folder


def fill(folder: Path, *titles: str) -> None:
    with folders(folder) as places, closing(SqliteSessionStore(places.chats)) as store:
        for title in titles:
            store.add_conversation(Conversation(id=title, title=title))
            store.add_message(
                Message(id=f"m {title}", conversation_id=title, parent_id=None, role=Role.USER, text=title)
            )


def chats_of(folder: Path) -> Path:
    return folder / "data" / "chats.db"


def damage(folder: Path) -> bytes:
    data = b"\xa5" * 4096 + chats_of(folder).read_bytes()[4096:]
    chats_of(folder).write_bytes(data)
    return data


def test_a_damaged_file_is_recovered_at_the_press_of_a_button(folder: Path) -> None:
    damaged = damage(folder)
    with Started(folder, "recover") as program:
        assert program.line("dialog:") == "dialog: Your chat file is damaged."
        assert program.line("loaded:") == "loaded: 3"
        words = program.line("chats:")
        assert program.end() == 0
    assert "Your chat file was damaged. 3 chats were recovered." in words
    (kept,) = chats_of(folder).parent.glob("chats.db.damaged-*")
    assert str(kept) in words
    assert kept.read_bytes() == damaged


def test_a_backup_can_be_restored_in_the_place_of_a_damaged_file(folder: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "pizzagpt_desktop", "backup", "--data-dir", str(folder)], cwd=ROOT, check=True, timeout=60
    )  # fmt: skip
    fill(folder, "four")
    damage(folder)
    with Started(folder, "restore", "restore_chosen") as program:
        program.line("dialog: backups")
        assert program.line("loaded:") == "loaded: 3"
        assert "The backup was restored: 3 conversations." in program.line("chats:")
        assert program.end() == 0


def test_who_quits_leaves_a_damaged_file_as_it_is(folder: Path) -> None:
    damaged = damage(folder)
    with Started(folder, "quit") as program:
        program.line("dialog:")
        program.process.communicate(timeout=30)
        assert program.process.returncode == 1
    assert chats_of(folder).read_bytes() == damaged


def test_a_file_of_a_newer_version_can_be_read_and_stays_as_it_is(folder: Path) -> None:
    with closing(sqlite3.connect(chats_of(folder))) as connection:
        connection.execute("PRAGMA user_version = 99")
    before = chats_of(folder).read_bytes()
    with Started(folder, "read_only") as program:
        assert "newer version" in program.line("dialog:")
        assert program.line("loaded:") == "loaded: 3"
        assert "Chats cannot be saved here" in program.line("chats:")
        assert program.end() == 0
    assert chats_of(folder).read_bytes() == before


def test_a_folder_that_goes_away_is_made_again_with_everything(folder: Path) -> None:
    with Started(folder) as program:
        program.line("loaded:")
        shutil.rmtree(folder / "data")
        assert program.line("gone:") == "gone: The chat file is gone. Saving to a new one."
        assert "Everything was saved to a new one" in program.line("gone:")
        assert program.end() == 0
    with closing(SqliteSessionStore(chats_of(folder))) as store:
        assert {c.title for c in store.conversations()} == {"one", "two", "three"}


def test_another_file_in_the_place_is_kept_and_not_written_to(folder: Path, tmp_path: Path) -> None:
    fill(tmp_path / "other", "other")
    with Started(folder) as program:
        program.line("loaded:")
        for end in ("-wal", "-shm"):
            chats_of(folder).with_name("chats.db" + end).unlink(missing_ok=True)
        shutil.move(chats_of(tmp_path / "other"), chats_of(folder))
        program.line("gone:")
        assert "it is kept at" in program.line("gone:")
        assert program.end() == 0
    (found,) = chats_of(folder).parent.glob("chats.db.found-*")
    with closing(SqliteSessionStore(found)) as store:
        assert [c.title for c in store.conversations()] == ["other"]
    with closing(SqliteSessionStore(chats_of(folder))) as store:
        assert len(store.conversations()) == 3


def test_a_second_program_calls_the_first_and_ends(folder: Path) -> None:
    with Started(folder) as first:
        first.line("loaded:")
        others = [
            subprocess.Popen(
                [sys.executable, "-m", "pizzagpt_desktop", "--data-dir", str(folder)],
                cwd=ROOT, stderr=subprocess.PIPE, text=True, env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
            )
            for _ in range(3)
        ]  # fmt: skip
        for other in others:
            _, err = other.communicate(timeout=60)
            assert (other.returncode, err) == (0, "")
        assert first.end() == 0


def test_where_no_folder_can_be_made_the_window_opens_and_says_that_nothing_is_saved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("in the way")
    (tmp_path / "temporary").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "temporary"))
    with Started(tmp_path / "file") as program:
        assert program.line("loaded:") == "loaded: 0"
        words = program.line("chats:")
        assert program.end() == 0
    assert words.startswith("chats: Chats cannot be saved.")
    assert "A file is in the way" in words
    assert str(tmp_path / "file") in words
    assert (tmp_path / "file").read_text() == "in the way"
    assert list((tmp_path / "temporary").iterdir()) == [], "nothing stays behind"


@pytest.mark.parametrize(
    "name", ["two words", "a 'quoted' \"name\"", "emoji 🍕 ü", "line\nbreak", "l" * 220, "100% ?mode=ro#x"]
)
def test_odd_names_of_folders_and_an_open_umask(tmp_path: Path, name: str) -> None:
    folder = tmp_path / name
    before = os.umask(0)
    try:
        fill(folder, "one")
        subprocess.run(
            [sys.executable, "-m", "pizzagpt_desktop", "backup", "--data-dir", str(folder)], cwd=ROOT, check=True, timeout=60
        )  # fmt: skip
        damage(folder)
        with Started(folder, "recover") as program:
            assert program.line("loaded:") == "loaded: 1"
            assert program.end() == 0
    finally:
        os.umask(before)
    for path in (folder, *folder.rglob("*")):
        mode = stat.S_IMODE(path.stat().st_mode)
        assert mode == (0o700 if path.is_dir() else 0o600), f"{path}: {mode:o}"
    assert len(list((folder / "data").glob("chats.db.damaged-*"))) == 1
    assert list((folder / "data" / "backups").iterdir())


# The parts that need no window


def test_nothing_is_written_into_a_file_that_lost_its_name(tmp_path: Path) -> None:
    file = tmp_path / "chats.db"
    with closing(SqliteSessionStore(file)) as store:
        store.add_conversation(Conversation(id="c"))
        file.rename(tmp_path / "moved.db")
        with pytest.raises(StoreGone):
            store.add_conversation(Conversation(id="lost"))
        assert not file.exists()


def test_an_unsaved_store_shows_the_file_and_changes_nothing(folder: Path) -> None:
    before = {path.name: path.read_bytes() for path in (folder / "data").iterdir() if path.is_file()}
    with closing(UnsavedStore(chats_of(folder))) as store:
        assert store.shows_file
        store.add_conversation(Conversation(id="new", title="new"))
        store.add_message(
            Message(id="m", conversation_id="new", parent_id=None, role=Role.USER, text="only here")
        )
        store.checkpoint("m", "grows", "")
        assert {c.title for c in store.conversations()} == {"one", "two", "three", "new"}
        assert store.erase(["new", store.conversations()[1].id]) == 2
        assert store.is_erased(20), "nobody else could do it"
        assert len(store.conversations()) == 2
    assert {path.name: path.read_bytes() for path in (folder / "data").iterdir() if path.is_file()} == before


def test_without_shared_memory_there_is_no_log(tmp_path: Path) -> None:
    """A folder where the file of the shared memory should be is as good as a file system without any."""
    file = tmp_path / "chats.db"
    with closing(Database(file, 0.1)) as database:
        assert database.has_log
    (tmp_path / "chats.db-shm").mkdir()
    with closing(Database(file, 0.1)) as database:
        assert not database.has_log
        with database.transaction("FULL") as connection:
            connection.execute("INSERT INTO conversations (id) VALUES ('c')")
    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone()[0] == "delete"
        assert connection.execute("SELECT id FROM conversations").fetchall() == [("c",)]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
