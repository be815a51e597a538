"""What is said to a model: the messages up to one of them, read a few at a time; asks no source.

A conversation may be long, and reading all of it at once would hold the loop.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from pizzagpt_desktop.domain.conversation import wire
from pizzagpt_desktop.domain.window import held_after, weight
from pizzagpt_desktop.domain.window_notes import CONTEXT, LEFT_OUT, SUMMARISED, UNSUMMARISED

if TYPE_CHECKING:
    from pizzagpt_desktop.chat.ports import SessionStore
    from pizzagpt_desktop.chat.saving import Saver
    from pizzagpt_desktop.domain.conversation import Message
    from pizzagpt_desktop.typing import Messages

SLICE = 300
"""So many messages are read in one turn of the loop; about 10 ms."""


class Piece(NamedTuple):
    """One message that is sent. said: its wire form. weight: about its tokens, 0 where nobody asked for it.

    held: what its service counted up to it and with it, None where it did not. left_out: how many of the oldest were
    not sent for it, or only as a summary.
    """

    id: str
    said: dict[str, Any]
    weight: int = 0
    held: int | None = None
    left_out: int = 0
    context: int | None = None


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
    pieces = await pieces_to(store, saver, leaf_id)
    return [*wire((), system_prompt), *(piece.said for piece in pieces), *more]


async def pieces_to(
    store: SessionStore, saver: Saver | None, leaf_id: str | None, *, weighed: bool = False
) -> list[Piece]:
    """What is sent of the messages from the root to `leaf_id`, oldest first. Raises `Fault(STORAGE)`."""
    slices: list[list[Piece]] = []
    wanted, newest = leaf_id, None
    while wanted is not None:
        part = store.path_up(wanted, SLICE)
        if not part and saver is not None and (waiting := saver.refused_one(wanted)) is not None:
            part = [waiting]  # its row waits for the disk
        if not part or (newest is not None and part[-1].seq >= newest):
            break  # a parent that is gone, or a circle, in a damaged file: what there is, is sent
        slices.append(pieces_of(part if saver is None else map(saver.newest, part), weighed))
        newest = part[0].seq or newest
        wanted = part[0].parent_id
        if wanted is not None:
            await asyncio.sleep(0)
    return [piece for pieces in reversed(slices) for piece in pieces]


def pieces_of(part: Any, weighed: bool) -> list[Piece]:
    """What is sent of these messages."""
    found = []
    message: Message
    for message in part:
        for said in wire((message,)):
            if not weighed:
                found.append(Piece(message.id, said))
                continue
            usage = message.usage or {}
            left_out = usage.get(LEFT_OUT, 0) + usage.get(SUMMARISED, 0) + usage.get(UNSUMMARISED, 0)
            found.append(
                Piece(message.id, said, weight(said), held_after(usage), left_out, usage.get(CONTEXT))
            )
    return found
