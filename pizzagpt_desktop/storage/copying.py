"""A conversation written a second time, whole or along one path, a little at a time; knows no loop and no thread.

A copy that takes more than one step is marked as erased until it is whole: nobody sees it, and what a crash leaves of
it goes with the next `purge`.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from functools import partial
from sqlite3 import Connection
from typing import TYPE_CHECKING

from pizzagpt_desktop.domain.conversation import Conversation, Message, Status
from pizzagpt_desktop.domain.faults import Fault
from pizzagpt_desktop.storage import tree
from pizzagpt_desktop.storage.rows import MESSAGE_COLUMNS, MESSAGES, run, seconds
from pizzagpt_desktop.storage.shelf import (
    ERASED,
    NEXT_ACTIVITY,
    conversation,
    gone,
    insert,
    next_revision,
)

if TYPE_CHECKING:
    from pizzagpt_desktop.storage.connection import Database
    from pizzagpt_desktop.storage.temporary import MemoryDatabase

SLICE = 60
"""So many messages are copied in one step; about 10 ms."""
LOOKED_AT = 1500
"""So many are looked for in one step."""


def steps(
    source: Database | MemoryDatabase,
    target: Database | MemoryDatabase,
    source_id: str,
    copy: Conversation,
    leaf_id: str | None,
    now: float,
    making: set[str],
    abandoned: Callable[[], object],
) -> Iterator[None]:
    """Copy `source_id` as `copy`, with the path to `leaf_id` or all its messages, as they are at the first step.

    making: holds the id of what is not whole yet; it is not to be erased. abandoned: called where it was given up
    half-way and is to be erased. Raises `Fault` where something of the source, or the copy, is gone.
    """
    found = source.read(lambda db: conversation(db, source_id))
    if found is None:
        raise gone("conversation")
    seqs: list[int] = []
    if leaf_id is None:
        leaf_id = found.active_leaf_id
        while True:
            last = seqs[-1] if seqs else -1
            part = source.read(partial(tree.seqs_after, conversation_id=source_id, seq=last, limit=LOOKED_AT))
            seqs += part
            if len(part) < LOOKED_AT:
                break
            yield
    else:
        above: str | None = source.read(partial(tree.leaf_of, conversation_id=source_id, message_id=leaf_id))
        parts: list[list[int]] = []
        while above is not None:
            part, above = source.read(partial(tree.seqs_up, message_id=above, limit=LOOKED_AT))
            if not part or (parts and part[-1] >= parts[-1][0]):
                break  # a parent that is gone, or a circle, in a damaged file
            parts.append(part)
            if len(part) == LOOKED_AT:
                yield
        seqs = [seq for part in reversed(parts) for seq in part]
    names: dict[str, str] = {}

    def put(db: Connection, messages: list[Message]) -> None:
        for message in messages:
            names[message.id] = os.urandom(16).hex()
            _write(db, message, copy.id, names, now)

    if len(seqs) <= SLICE:
        messages = source.read(partial(_messages, seqs=seqs))
        with target.transaction("FULL") as db:
            insert(db, replace(copy, active_leaf_id=None, summary=None))
            put(db, messages)
            _show(db, copy, names.get(leaf_id or ""))
        return
    making.add(copy.id)
    whole = False
    try:
        with target.transaction("NORMAL") as db:
            insert(db, replace(copy, active_leaf_id=None, summary=None))
            run(db, f"UPDATE conversations SET deleted_at = {ERASED} WHERE id = ?", copy.id)
        for start in range(0, len(seqs), SLICE):
            yield
            messages = source.read(partial(_messages, seqs=seqs[start : start + SLICE]))
            with target.transaction("NORMAL") as db:
                put(db, messages)
        yield
        with target.transaction("FULL") as db:
            there = run(db, "SELECT count(*) FROM messages WHERE conversation_id = ?", copy.id).fetchone()[0]
            if there != len(seqs):  # another process has erased of it
                raise gone("copy")
            _show(db, copy, names.get(leaf_id or ""))
        whole = True
    finally:
        making.discard(copy.id)
        if not whole:
            with suppress(Fault):
                abandoned()


def _messages(connection: Connection, seqs: list[int]) -> list[Message]:
    """Raises `Fault` where one of them is gone."""
    rows = run(
        connection,
        f"SELECT {MESSAGE_COLUMNS} FROM {MESSAGES} WHERE seq IN (SELECT value FROM json_each(?)) ORDER BY seq",
        json.dumps(seqs),
    ).fetchall()
    if len(rows) != len(seqs):
        raise gone("message")
    return [tree.complete(connection, row) for row in rows]


def _write(
    connection: Connection, message: Message, conversation_id: str, names: dict[str, str], now: float
) -> None:
    """A message like this one; one that grows is cut off at `now`."""
    if message.status is Status.STREAMING:
        message = replace(message, status=Status.INTERRUPTED, ended_at=seconds(now))
    parent_id = None if message.parent_id is None else names.get(message.parent_id)
    copied = replace(message, id=names[message.id], conversation_id=conversation_id, parent_id=parent_id)
    tree.write(connection, copied)


def _show(connection: Connection, copy: Conversation, leaf_id: str | None) -> None:
    """From now on the copy is there, as the newest. Raises `Fault` where it is gone."""
    deleted_at = None if copy.deleted_at is None else seconds(copy.deleted_at)
    shown = run(
        connection,
        f"UPDATE conversations SET deleted_at = ?, active_leaf_id = ?, activity = {NEXT_ACTIVITY}, revision = ?"
        " WHERE id = ?",
        deleted_at, leaf_id, next_revision(connection), copy.id,
    )  # fmt: skip
    if shown.rowcount == 0:
        raise gone("copy")
