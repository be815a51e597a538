"""A conversation written a second time, whole or along one path; knows no transaction."""

import os
from collections.abc import Sequence
from dataclasses import replace
from sqlite3 import Connection

from pizzagpt_desktop.domain.conversation import Conversation, Message, Status
from pizzagpt_desktop.storage import tree
from pizzagpt_desktop.storage.rows import seconds, storable_value
from pizzagpt_desktop.storage.shelf import conversation, gone, insert


def originals(
    connection: Connection, source_id: str, leaf_id: str | None
) -> tuple[Sequence[Message], str | None]:
    """What is to be copied, oldest first, and the leaf that will be active. Raises `Fault` where it is gone."""
    found = conversation(connection, source_id)
    if found is None:
        raise gone("conversation")
    if leaf_id is None:
        return tree.messages(connection, source_id), found.active_leaf_id
    path = tree.path(connection, leaf_id)
    end = path[-1] if path else None
    if end is None or (end.id, end.conversation_id) != (storable_value(leaf_id), storable_value(source_id)):
        raise gone("message")
    return path, leaf_id


def write(
    connection: Connection, copy: Conversation, messages: Sequence[Message], leaf_id: str | None, now: float
) -> None:
    """Store `copy` with new messages like `messages`, in their order; one that grows is cut off at `now`."""
    names = {message.id: os.urandom(16).hex() for message in messages}
    insert(connection, replace(copy, active_leaf_id=None if leaf_id is None else names.get(leaf_id)))
    for message in messages:
        if message.status is Status.STREAMING:
            message = replace(message, status=Status.INTERRUPTED, ended_at=seconds(now))
        parent_id = None if message.parent_id is None else names.get(message.parent_id)
        tree.write(
            connection, replace(message, id=names[message.id], conversation_id=copy.id, parent_id=parent_id)
        )
