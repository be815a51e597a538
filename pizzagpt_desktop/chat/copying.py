"""Copies of conversations: a short one is made at once, a long one a step in each turn of the loop; knows no disk."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import closing
from typing import TYPE_CHECKING, cast

from pizzagpt_desktop import chat
from pizzagpt_desktop.domain.faults import Fault

if TYPE_CHECKING:
    from collections.abc import Generator

    from pizzagpt_desktop.chat.announcer import Announcer
    from pizzagpt_desktop.chat.ports import SessionStore
    from pizzagpt_desktop.chat.tasks import TaskScope
    from pizzagpt_desktop.domain.conversation import Conversation


def make_copy(
    store: SessionStore,
    announcer: Announcer,
    scope: TaskScope | None,
    source_id: str,
    copy: Conversation,
    leaf_id: str | None = None,
) -> Conversation | None:
    """Store `copy` with the messages of `source_id`, see `SessionStore.copying`, and announce it.

    None where it goes on in a task of `scope`: what comes of it is announced as `ConversationAdded` or `CopyFailed`.
    Raises `Fault(STORAGE)` where the disk refuses at once.
    """
    steps = store.copying(source_id, copy, leaf_id)
    for _ in steps:
        if scope is not None:
            scope.spawn(_go_on(store, announcer, steps, copy), f"copy {copy.id}")
            return None
    return _announce(store, announcer, copy)


async def _go_on(
    store: SessionStore, announcer: Announcer, steps: Iterator[None], copy: Conversation
) -> None:
    try:
        with closing(cast("Generator[None]", steps)):  # let go of half-way, it leaves nothing
            await asyncio.sleep(0)
            for _ in steps:
                await asyncio.sleep(0)
        _announce(store, announcer, copy)
    except Fault as fault:
        announcer.announce(chat.events.CopyFailed(fault))


def _announce(store: SessionStore, announcer: Announcer, copy: Conversation) -> Conversation:
    stored = store.conversation(copy.id) or copy
    announcer.announce(chat.events.ConversationAdded(stored))
    return stored
