"""A chat file in a folder that is not there yet, and a store on it."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from pizzagpt_desktop.storage.store import SqliteSessionStore


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "data" / "chats.db"


@pytest.fixture
def store(file: Path) -> Iterator[SqliteSessionStore]:
    with closing(SqliteSessionStore(file, wait_s=5.0)) as store:
        yield store
