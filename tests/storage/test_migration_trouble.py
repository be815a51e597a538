"""A migration that the disk, a kill or another process comes in the way of: the file is as before or as after."""

import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from pizzagpt_desktop.domain.faults import Fault
from pizzagpt_desktop.storage.schema import MIGRATIONS, back_ups
from pizzagpt_desktop.storage.store import SqliteSessionStore
from tests.storage.test_schema import FIXTURES

ROOT = Path(__file__).parents[2]
MESSAGES = 400
LAST = MIGRATIONS[-1].number


def grown(file: Path, fixture: Path) -> dict[str, str]:
    """A released file with more in it; all its messages, by id."""
    shutil.copy(fixture, file)
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.executemany(
            "INSERT INTO messages (id, conversation_id, role, status, text) VALUES (?, 'c-tree', 'user', 'complete', ?)",
            [(f"x{number}", f"{number} crème brûlée " + "lorem ipsum " * 60) for number in range(MESSAGES)],
        )  # fmt: skip
    return said(file)


def said(file: Path) -> dict[str, str]:
    with closing(sqlite3.connect(file)) as connection:
        return dict(connection.execute("SELECT id, text FROM messages ORDER BY seq").fetchall())


def version(file: Path) -> int:
    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
        return int(connection.execute("PRAGMA user_version").fetchone()[0])


def check_whole(file: Path, before: dict[str, str]) -> None:
    """The next start brings the file up to date, with every message as it was."""
    with closing(SqliteSessionStore(file)) as store:
        assert {message.id: message.text for message in store.messages("c-tree")}.items() >= {
            id_: text for id_, text in before.items() if id_.startswith(("x", "u"))
        }.items()
    assert said(file).keys() == before.keys()
    assert version(file) == LAST
    assert not list(file.parent.glob("*.part*"))


@contextmanager
def no_file_larger_than(size: int) -> Iterator[None]:
    """A disk that is full: writes beyond `size` bytes fail."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    old = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, old)


OLD = [f for f in sorted(FIXTURES.glob("schema-*.db")) if f.stem != f"schema-{LAST}"]


@pytest.mark.parametrize("fixture", OLD, ids=lambda path: path.stem)
def test_a_full_disk(tmp_path: Path, fixture: Path) -> None:
    source = tmp_path / "source.db"
    before = grown(source, fixture)
    whole = source.stat().st_size
    refused = set()
    for number, size in enumerate(range(0, 2 * whole, whole // 12)):
        file = tmp_path / str(number) / "chats.db"
        file.parent.mkdir()
        shutil.copy(source, file)
        old = version(file)
        with no_file_larger_than(size):
            try:
                SqliteSessionStore(file).close()
            except Fault as fault:
                assert fault.detail
                refused.add(fault.detail)
        assert said(file) == before or version(file) > old
        assert set(said(file)) == set(before)
        for copy in back_ups(file):
            assert said(copy) == before, "a copy is whole, or there is none"
        check_whole(file, before)
    assert refused, "some were too small"


@pytest.mark.parametrize("fixture", OLD, ids=lambda path: path.stem)
def test_killed_at_any_write(tmp_path: Path, fixture: Path) -> None:
    """At every so many steps of SQLite's in the update the process ends as by kill -9."""
    source = tmp_path / "source.db"
    before = grown(source, fixture)
    script = (
        "import os, sqlite3, sys\n"
        "from pathlib import Path\n"
        "from pizzagpt_desktop.storage import schema\n"
        "from pizzagpt_desktop.storage.store import SqliteSessionStore\n"
        "real, left = sqlite3.connect, [int(sys.argv[2])]\n"
        "def tick():\n"
        "    left[0] -= 1\n"
        "    if left[0] == 0: os.kill(os.getpid(), 9)\n"
        "    return 0\n"
        "def connect(*args, **more):\n"
        "    connection = real(*args, **more)\n"
        "    connection.set_progress_handler(tick, 50)\n"
        "    return connection\n"
        "sqlite3.connect = connect\n"
        "SqliteSessionStore(Path(sys.argv[1])).close()\n"
        "print(int(sys.argv[2]) - left[0])\n"
    )

    def run(file: Path, ticks: int) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-c", script, str(file), str(ticks)],
            cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip

    first = tmp_path / "first.db"
    shutil.copy(source, first)
    steps = int(run(first, 10**9).stdout)
    assert steps > 20
    versions = set()
    for number in range(12):
        file = tmp_path / str(number) / "chats.db"
        file.parent.mkdir()
        shutil.copy(source, file)
        end = run(file, 1 + number * steps // 12)
        assert end.returncode == -signal.SIGKILL, end.stderr
        for copy in back_ups(file):
            assert said(copy).keys() == before.keys(), "a copy is whole, or there is none"
        assert said(file) == before
        versions.add(version(file))
        check_whole(file, before)
    assert int(fixture.stem.rpartition("-")[2]) in versions


def test_every_message_is_the_same_in_every_version(tmp_path: Path) -> None:
    found = []
    for fixture in sorted(FIXTURES.glob("schema-*.db")):
        file = tmp_path / f"{fixture.stem}.db"
        shutil.copy(fixture, file)
        before = said(file)
        with closing(SqliteSessionStore(file)):
            pass
        assert said(file) == before
        kept = said(file.with_name(f"{file.name}.before-schema-{LAST}")) if fixture in OLD else before
        assert kept.keys() == before.keys()
        found.append({id_: before[id_] for id_ in ("u1", "r1")})
    assert all(one == found[0] for one in found)
