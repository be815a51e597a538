"""Conversations from elsewhere written into the chat file, each wholly or not at all; knows no file they came from.

What is there already stays as it is: nothing here changes a stored conversation but its place in the order.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from sqlite3 import Connection
from typing import TYPE_CHECKING

from pizzagpt_desktop.domain.arrival import Arrival, Whole, given_id, holds
from pizzagpt_desktop.domain.faults import Fault
from pizzagpt_desktop.storage import shelf, tree
from pizzagpt_desktop.storage.rows import run, seconds

if TYPE_CHECKING:
    from pizzagpt_desktop.domain.conversation import Message
    from pizzagpt_desktop.storage.connection import Database

SLICE = 400
"""So many messages are written in one transaction; about 20 ms."""
_MOVED_AT_ONCE = 2000
_TRIES = 3
_COPIES = 4
"""So many programs may bring in the same at once."""


class Arriving:
    """Writes into one chat file, for one thread.

    making: the ids of what is not whole yet, which is not to be erased; the store's own, where it is in this program.
    Another program may erase it all the same: it is then begun again.
    """

    def __init__(self, database: Database, making: set[str]) -> None:
        self._database = database
        self._making = making

    def take_in(self, arrivals: Sequence[Arrival]) -> list[str | None]:
        """Store conversations; the id of each, or None for one that is there already. Raises `Fault(STORAGE)`.

        Short ones that come together are one transaction, all or none. A long one is hidden until it is whole.
        """
        taken: list[str | None] = []
        short: list[Arrival] = []
        count = 0
        for arrival in arrivals:
            long = len(arrival.whole.messages) > SLICE
            count += len(arrival.whole.messages)
            if short and count > SLICE:
                taken += self._take_together(short)
                short, count = [], len(arrival.whole.messages)
            if long:
                taken.append(self._take_in_slices(arrival))
                count = 0
            else:
                short.append(arrival)
        return taken + (self._take_together(short) if short else [])

    def _take_together(self, arrivals: Sequence[Arrival]) -> list[str | None]:
        taken: list[str | None] = []
        with self._database.transaction("FULL") as db:
            for arrival in arrivals:
                whole = _named(db, arrival)
                if whole is not None:
                    shelf.insert(db, replace(whole.conversation, active_leaf_id=None))
                    for message in whole.messages:
                        tree.write(db, message)
                    _show(db, whole)
                taken.append(whole.conversation.id if whole is not None else None)
        return taken

    def put_in_order(self, conversation_ids: Sequence[str]) -> None:
        """Give those that came their places among the others, by when something was said in them last.

        The others keep their order among themselves, whatever the clock said. Raises `Fault(STORAGE)`.
        """
        if not conversation_ids:
            return
        moved = self._database.read(partial(_misplaced, came=json.dumps(list(conversation_ids))))
        for start in range(0, len(moved), _MOVED_AT_ONCE):
            with self._database.transaction("NORMAL") as db:
                # One in which something was said since is the newest, and stays so.
                db.executemany(
                    "UPDATE conversations SET activity = ? WHERE id = ? AND activity = ?",
                    moved[start : start + _MOVED_AT_ONCE],
                )

    def _take_in_slices(self, arrival: Arrival) -> str | None:
        for _ in range(_TRIES):
            whole = self._database.read(partial(_named, arrival=arrival))
            if whole is None:
                return None
            new_id = whole.conversation.id
            self._making.add(new_id)
            try:
                with self._database.transaction("FULL") as db:
                    if _is_there(db, new_id):
                        continue  # another program was faster
                    shelf.insert(db, replace(whole.conversation, active_leaf_id=None))
                    erased = f"UPDATE conversations SET deleted_at = {shelf.ERASED} WHERE id = ?"
                    run(db, erased, new_id)
                match self._write_slices(whole, arrival):
                    case True:
                        return new_id
                    case None:
                        return None
            finally:
                self._making.discard(new_id)
        raise shelf.gone("imported conversation")

    def _write_slices(self, whole: Whole, arrival: Arrival) -> bool | None:
        """Whether it is whole now; False where another program has erased of it, None where one was faster.

        Which it may have been unseen, as what is not whole yet is hidden from everybody.
        """
        done = False
        others = {given_id(arrival.whole, copy) for copy in range(_COPIES)} - {whole.conversation.id}
        try:
            for messages in _slices(whole.messages):
                with self._database.transaction("NORMAL") as db:
                    if not _is_there(db, whole.conversation.id):
                        return False
                    for message in messages:
                        tree.write(db, message)
            with self._database.transaction("FULL") as db:
                if any(_is_shown(db, other) for other in others) or _is_held(db, arrival):
                    return None
                where = "SELECT count(*) FROM messages WHERE conversation_id = ?"
                there = run(db, where, whole.conversation.id).fetchone()[0]
                done = there == len(whole.messages) and _is_there(db, whole.conversation.id)
                if done:
                    _show(db, whole)
            return done
        finally:
            if not done:
                with suppress(Fault), self._database.transaction("NORMAL") as db:
                    for table, column in (("messages", "conversation_id"), ("conversations", "id")):
                        run(db, f"DELETE FROM {table} WHERE {column} = ?", whole.conversation.id)


def _misplaced(db: Connection, came: str) -> list[tuple[int, str, int]]:
    """The new place, the id and the place of those that stand elsewhere than they should. came: a JSON list of ids."""
    return run(
        db,
        """WITH came AS (SELECT value AS id FROM json_each(?)), held AS (
            SELECT id, activity, 1 AS was, max(updated_at) OVER (ORDER BY activity ROWS UNBOUNDED PRECEDING) AS at
                FROM conversations WHERE id NOT IN (SELECT id FROM came)
            UNION ALL SELECT id, activity, 0, updated_at FROM conversations WHERE id IN (SELECT id FROM came)
        ), placed AS (SELECT id, activity, row_number() OVER (ORDER BY at, was, activity) AS place FROM held)
        SELECT place, id, activity FROM placed WHERE place <> activity ORDER BY place""",
        came,
    ).fetchall()


def _slices(messages: Sequence[Message]) -> Iterator[Sequence[Message]]:
    for start in range(0, len(messages), SLICE):
        yield messages[start : start + SLICE]


def _named(db: Connection, arrival: Arrival) -> Whole | None:
    """The conversation as it is stored, with ids that are free; None where it is there already."""
    whole = arrival.whole
    own_id = whole.conversation.id
    if _is_held(db, arrival):
        return None
    if arrival.own and shelf.conversation(db, own_id) is None and _are_free(db, own_id, whole.messages):
        return Whole(whole.conversation, [replace(m, conversation_id=own_id) for m in whole.messages])
    copy = 0
    while True:
        new_id = given_id(whole, copy)
        row = run(db, "SELECT deleted_at FROM conversations WHERE id = ?", new_id).fetchone()
        if row is None:
            break
        if row[0] is None:
            return None
        copy += 1  # what the user threw away does not come back by itself, and is no reason to refuse it
    names = {message.id: os.urandom(16).hex() for message in whole.messages}
    conversation = replace(
        whole.conversation, id=new_id, active_leaf_id=names.get(whole.conversation.active_leaf_id or "")
    )
    return Whole(conversation, [_renamed(message, new_id, names) for message in whole.messages])


def _renamed(message: Message, conversation_id: str, names: dict[str, str]) -> Message:
    parent_id = None if message.parent_id is None else names[message.parent_id]
    return replace(message, id=names[message.id], conversation_id=conversation_id, parent_id=parent_id)


def _are_free(db: Connection, conversation_id: str, messages: Sequence[Message]) -> bool:
    taken = "SELECT 1 FROM {} WHERE id = ?"
    if run(db, taken.format("conversations"), conversation_id).fetchone():
        return False
    return not any(run(db, taken.format("messages"), message.id).fetchone() for message in messages)


def _show(db: Connection, whole: Whole) -> None:
    """From now on it is there."""
    conversation = whole.conversation
    run(
        db,
        "UPDATE conversations SET deleted_at = NULL, active_leaf_id = ?, updated_at = ?, revision = ? WHERE id = ?",
        conversation.active_leaf_id,
        seconds(conversation.updated_at),
        shelf.next_revision(db),
        conversation.id,
    )


def _is_held(db: Connection, arrival: Arrival) -> bool:
    """Whether it is one of this program's own, and all of it is here under its own ids."""
    own_id = arrival.whole.conversation.id
    stored = shelf.conversation(db, own_id) if arrival.own else None
    if stored is None or stored.deleted_at is not None:
        return False
    return holds(Whole(stored, tree.messages(db, own_id)), arrival.whole)


def _is_shown(db: Connection, conversation_id: str) -> bool:
    where = "SELECT 1 FROM conversations WHERE id = ? AND deleted_at IS NULL"
    return run(db, where, conversation_id).fetchone() is not None


def _is_there(db: Connection, conversation_id: str) -> bool:
    return run(db, "SELECT 1 FROM conversations WHERE id = ?", conversation_id).fetchone() is not None
