"""An import that is killed at any moment: every conversation is whole or not there, and nothing is left of the rest."""

import contextlib
import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from pizzagpt_desktop.storage.paths import folders
from pizzagpt_desktop.storage.store import SqliteSessionStore

ROOT = Path(__file__).parents[2]
SIZES = {f"c{number}": size for number, size in enumerate((3, 1500, 40, 2500, 7, 900, 2000))}
WRITTEN = sum(SIZES.values())


@pytest.mark.skipif(os.name != "posix", reason="kills as Unix kills")
@pytest.mark.parametrize(
    "moments",
    [
        pytest.param((1000, 3000), id="a slice"),
        pytest.param(tuple(range(0, WRITTEN, 170)), id="many", marks=pytest.mark.long),
    ],
)
def test_each_conversation_is_whole_or_not_there(tmp_path, moments):
    here, file = tmp_path / "here", tmp_path / "long.json"
    message = {"role": "user", "content": "hi"}
    told = [{"id": key, "title": key, "messages": [message] * size} for key, size in SIZES.items()]
    file.write_text(json.dumps(told))
    command = [sys.executable, "-m", "pizzagpt_desktop", "import", str(file), "--data-dir", str(here)]
    seen = set()
    with folders(here) as places:
        for moment in moments:
            store = SqliteSessionStore(places.chats)
            running = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
            while rows(places.chats) < moment and running.poll() is None:
                pass
            running.kill()
            running.wait()
            there = {c.title: len(store.path(c.id)) for c in store.conversations()}
            assert there.items() <= SIZES.items()
            assert store.database.read(lambda db: db.execute("PRAGMA integrity_check").fetchone()[0]) == "ok"
            seen.add(len(there))
            store.erase(list(store.ids()))
            assert store.is_erased(30)
            assert rows(places.chats) == 0
            store.close()
    assert len(seen) > 1


def rows(chats):
    """Messages in the file, also of conversations that are not whole yet."""
    with contextlib.closing(sqlite3.connect(f"file:{chats}?mode=ro", uri=True)) as connection:
        return connection.execute("SELECT count(*) FROM messages").fetchone()[0]
