"""How many bytes a reply was is kept with it, also where it was stopped, and added up where it goes on."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from pizzagpt_desktop.chat.reply import Growth
from pizzagpt_desktop.domain.conversation import Conversation, Message, Role, Status
from pizzagpt_desktop.storage.store import SqliteSessionStore

REPLY = Message(
    id="r", conversation_id="c", parent_id=None, role=Role.ASSISTANT, text="", status=Status.STREAMING
)


def test_what_went_over_the_wire_is_added_to_what_went_before() -> None:
    growth = Growth(replace(REPLY, bytes_sent=10, bytes_received=100))
    growth.take("more")
    growth.traffic = lambda: (7, 70)
    grown = growth.grown(Status.STOPPED, 1.0)
    assert (grown.bytes_sent, grown.bytes_received) == (17, 170)
    assert grown.usage is None


@pytest.mark.parametrize("usage", [None, {"input": 3}, {}])
@pytest.mark.parametrize("traffic", [(0, 0), (5, 0), (123, 2**40)])
def test_it_comes_back_from_the_store(
    tmp_path: Path, usage: dict[str, int] | None, traffic: tuple[int, int]
) -> None:
    if usage == {} and traffic != (0, 0):
        usage = None  # no counts and none at all are the same beside it
    ended = replace(
        REPLY, status=Status.COMPLETE, usage=usage, bytes_sent=traffic[0], bytes_received=traffic[1]
    )
    with closing(SqliteSessionStore(tmp_path / "chats.db")) as store:
        store.add_conversation(Conversation(id="c"))
        added = store.add_message(REPLY)
        store.finish_message(replace(ended, seq=added.seq))
        found = store.message("r")
    assert found is not None
    assert (found.bytes_sent, found.bytes_received) == traffic
    assert found.usage == usage


def test_a_damaged_count_is_no_harm(tmp_path: Path) -> None:
    with closing(SqliteSessionStore(tmp_path / "chats.db")) as store:
        store.add_conversation(Conversation(id="c"))
        store.add_message(replace(REPLY, status=Status.COMPLETE))
    with closing(sqlite3.connect(tmp_path / "chats.db")) as connection, connection:
        connection.execute(
            """UPDATE messages SET usage = '{"bytes sent": -5, "bytes received": "x", "a": 1}'"""
        )
    with closing(SqliteSessionStore(tmp_path / "chats.db")) as store:
        found = store.message("r")
    assert found is not None
    assert (found.bytes_sent, found.bytes_received, found.usage) == (0, 0, {"a": 1})
