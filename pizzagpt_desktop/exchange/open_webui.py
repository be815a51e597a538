"""Open WebUI's export: each entry has a `chat` with a `history` of messages by id; knows no file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pizzagpt_desktop.domain.conversation import Role
from pizzagpt_desktop.exchange import values
from pizzagpt_desktop.exchange.planting import Facts, Node, Said, plant

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pizzagpt_desktop.domain.arrival import Arrival


def recognises(value: Mapping[str, Any]) -> bool:
    chat = values.mapping(value.get("chat"))
    return isinstance(values.mapping(chat.get("history")).get("messages"), dict) or isinstance(
        chat.get("messages"), list
    )


def read(value: Mapping[str, Any], now: float) -> Arrival | None:
    """One conversation, or None where nothing is said in it. now: seconds since the epoch; nothing is later."""
    latest = now + values.DAY_S
    chat = value["chat"]
    history = values.mapping(chat.get("history"))
    told = history.get("messages")
    nodes: dict[str, Node] = {}
    whole = True
    for key, found in told.items() if isinstance(told, dict) else _in_a_row(chat["messages"]):
        message = values.mapping(found)
        parent = message.get("parentId")
        children = [child for child in values.sequence(message.get("childrenIds")) if isinstance(child, str)]
        said = None
        if message:
            speaker, known = values.role(message.get("role"))
            text, all_of_it = values.pieces(message.get("content"))
            model = values.line(message.get("model"), values.MODEL_LENGTH)
            whole &= known and all_of_it and not values.sequence(message.get("files"))
            said = Said(
                speaker,
                text,
                values.moment(message.get("timestamp"), latest),
                model=model if speaker is Role.ASSISTANT else "",
            )
        else:
            whole = False
        nodes[key] = Node(said, parent if isinstance(parent, str) else None, children)
    facts = Facts(
        id=values.text(value.get("id")) or values.text(chat.get("id")),
        title=values.line(value.get("title"), values.TITLE_LENGTH)
        or values.line(chat.get("title"), values.TITLE_LENGTH),
        created=values.moment(value.get("created_at"), latest)
        or values.moment(chat.get("timestamp"), latest),
        updated=values.moment(value.get("updated_at"), latest),
        now=now,
        partly=not whole,
    )
    return plant(facts, nodes, values.text(history.get("currentId")))


def _in_a_row(messages: Sequence[Any]) -> Iterator[tuple[str, Any]]:
    """Older files have no tree: each message answers the one before it."""
    for place, found in enumerate(messages):
        before: dict[str, Any] = {"parentId": str(place - 1) if place else None, "childrenIds": []}
        yield str(place), {**found, **before} if isinstance(found, dict) else found
