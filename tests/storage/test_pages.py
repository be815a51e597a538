"""Rows out of the pages of a file, whatever the log beside it says."""

import struct
from pathlib import Path

import pytest

from pizzagpt_desktop.domain.conversation import Conversation
from pizzagpt_desktop.storage.pages import Pages
from pizzagpt_desktop.storage.store import SqliteSessionStore


def test_a_damaged_log_that_names_pages_without_end_is_gone_through_all_the_same(
    file: Path, store: SqliteSessionStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.add_conversation(Conversation(id="c", title="Here"))
    store.close()
    size = int.from_bytes(file.read_bytes()[16:18], "big")
    page = file.read_bytes()[-size:]
    log = struct.pack(">6I8x", 0x377F0682, 3007000, size, 0, 7, 7)
    for number in (1 << 30, (1 << 31) - 1):
        log += struct.pack(">4I8x", number, 1, 7, 7) + page
    file.with_name(f"{file.name}-wal").write_bytes(log)
    asked: list[int] = []
    real = Pages.page
    monkeypatch.setattr(Pages, "page", lambda self, number: (asked.append(number), real(self, number))[1])
    pages = Pages(file)
    found = [row.values[1] for row in pages.rows() if row.values[:1] == ("c",)]
    pages.close()
    assert found == ["Here"]
    assert len(asked) < 200
    assert asked[-2:] == [1 << 30, (1 << 31) - 1]
