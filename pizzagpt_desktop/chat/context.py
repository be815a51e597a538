"""What is said to a model: the messages up to one of them, read a few at a time; asks no source.

A conversation may be long, and reading all of it at once would hold the loop.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from pizzagpt_desktop.domain.conversation import wire

if TYPE_CHECKING:
    from pizzagpt_desktop.chat.ports import SessionStore
    from pizzagpt_desktop.chat.saving import Saver
    from pizzagpt_desktop.typing import Messages

SLICE = 300
"""So many messages are read in one turn of the loop; about 10 ms."""


async def said_to(
    store: SessionStore,
    saver: Saver,
    leaf_id: str | None,
    system_prompt: str = "",
    more: Sequence[dict[str, Any]] = (),
) -> Messages:
    """The messages from the root to `leaf_id`, as they are sent, and `more` at the end.

    The leaf decides, not what is active: whatever the user does meanwhile, this is what was to be sent. Raises
    `Fault(STORAGE)`.
    """
    slices: list[list[dict[str, Any]]] = []
    wanted, newest = leaf_id, None
    while wanted is not None:
        part = store.path_up(wanted, SLICE)
        if not part and (waiting := saver.refused_one(wanted)) is not None:
            part = [waiting]  # its row waits for the disk
        if not part or (newest is not None and part[-1].seq >= newest):
            break  # a parent that is gone, or a circle, in a damaged file: what there is, is sent
        slices.append(wire(map(saver.newest, part)))
        newest = part[0].seq or newest
        wanted = part[0].parent_id
        if wanted is not None:
            await asyncio.sleep(0)
    said = wire((), system_prompt)
    for messages in reversed(slices):
        said += messages
    said += more
    return said
