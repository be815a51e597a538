"""Hits in the reasoning of the messages that lie open, which the index of texts does not know; knows no widget."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pizzagpt_desktop.domain.query import Place

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pizzagpt_desktop.domain.conversation import Message
    from pizzagpt_desktop.domain.query import Query

LIMIT = 3_000_000
"""Characters that are looked through, from the newest message back."""


def in_reasoning(query: Query, messages: Sequence[Message]) -> dict[str, int]:
    """How often the reasoning of which message holds what is asked for; nothing where only some messages are meant."""
    found: dict[str, int] = {}
    left = LIMIT
    if query.roles or query.models:
        return found
    for message in reversed(messages):
        if not message.reasoning:
            continue
        left -= len(message.reasoning)
        if left < 0:
            break
        if query.holds(message.reasoning):
            found[message.id] = query.count(message.reasoning)
    return found


def with_reasoning(
    places: Sequence[Place], extra: dict[str, int], messages: Sequence[Message]
) -> Sequence[Place]:
    """`places` with the hits in `extra`, in the order of `messages`; those of other branches stay where they are."""
    if not extra:
        return places
    position = {message.id: index for index, message in enumerate(messages)}
    waiting = sorted(extra, key=lambda message_id: position[message_id], reverse=True)
    merged: list[Place] = []
    for place in places:
        at = position.get(place.message_id)
        while at is not None and waiting and position[waiting[-1]] < at:
            merged.append(Place(waiting[-1], extra[waiting.pop()]))
        if waiting and waiting[-1] == place.message_id:
            waiting.pop()
        merged.append(Place(place.message_id, place.times + extra.get(place.message_id, 0)))
    return [*merged, *(Place(message_id, extra[message_id]) for message_id in reversed(waiting))]
