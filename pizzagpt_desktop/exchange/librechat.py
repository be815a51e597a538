"""LibreChat's export of one conversation: `messages` that name their parents, or stand below them; knows no file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pizzagpt_desktop.domain.conversation import Role
from pizzagpt_desktop.exchange import values
from pizzagpt_desktop.exchange.planting import Facts, Node, Said, plant

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pizzagpt_desktop.domain.arrival import Arrival

_NO_PARENT = "00000000-0000-0000-0000-000000000000"


def recognises(value: Mapping[str, Any]) -> bool:
    return isinstance(value.get("conversationId"), str) and isinstance(_messages(value), list)


def read(value: Mapping[str, Any], now: float) -> Arrival | None:
    """One conversation, or None where nothing is said in it. now: seconds since the epoch; nothing is later."""
    latest = now + values.DAY_S
    nodes: dict[str, Node] = {}
    whole = True
    waiting: list[tuple[Any, str | None]] = [(found, None) for found in reversed(_messages(value))]
    while waiting:
        found, above = waiting.pop()
        message = values.mapping(found)
        if not message:
            whole = False
            continue
        key = values.text(message.get("messageId")) or str(len(nodes))
        if key in nodes:
            key = f"{key} {len(nodes)}"
        parent = values.text(message.get("parentMessageId")) or above
        said, all_of_it = _said(message, latest)
        whole &= all_of_it
        nodes[key] = Node(said, None if parent == _NO_PARENT else parent)
        waiting += [(child, key) for child in reversed(values.sequence(message.get("children")))]
    facts = Facts(
        id=value["conversationId"],
        title=values.line(value.get("title"), values.TITLE_LENGTH),
        created=values.moment(value.get("createdAt"), latest),
        updated=values.moment(value.get("updatedAt"), latest) or values.moment(value.get("exportAt"), latest),
        now=now,
        partly=not whole,
    )
    return plant(facts, nodes)


def _messages(value: Mapping[str, Any]) -> Any:
    return value.get("messages", value.get("messagesTree"))


def _said(message: Mapping[str, Any], latest: float) -> tuple[Said, bool]:
    by_user = message.get("isCreatedByUser")
    known = isinstance(by_user, bool)
    speaker = Role.USER if by_user is True else Role.ASSISTANT
    text, whole = values.text(message.get("text")), isinstance(message.get("text"), str)
    parts = values.sequence(message.get("content"))
    thought = [part["think"] for part in parts if _is_thought(part)]
    if not text and "content" in message:
        text, whole = values.pieces([part for part in parts if not _is_thought(part)] or message["content"])
        whole |= bool(thought) and len(thought) == len(parts)
    whole &= not values.sequence(message.get("files"))
    model = values.line(message.get("model"), values.MODEL_LENGTH)
    at = values.moment(message.get("createdAt"), latest)
    reasoning = "\n\n".join(thought)
    return Said(speaker, text, at, reasoning, model if speaker is Role.ASSISTANT else ""), known and whole


def _is_thought(part: Any) -> bool:
    return isinstance(part, dict) and part.get("type") == "think" and isinstance(part.get("think"), str)
