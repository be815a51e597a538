"""LM Studio's conversation file: `messages` with `versions`, a reply made of steps; knows no file.

The form is known from the files that its users publish tools for. Every version is kept, as a branch of its own; what
was said next answers the one that was chosen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pizzagpt_desktop.domain.conversation import Role
from pizzagpt_desktop.exchange import values
from pizzagpt_desktop.exchange.planting import Facts, Node, Said, plant

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pizzagpt_desktop.domain.arrival import Arrival


def recognises(value: Mapping[str, Any]) -> bool:
    messages = value.get("messages")
    return isinstance(messages, list) and any(
        isinstance(message, dict) and isinstance(message.get("versions"), list) for message in messages
    )


def read(value: Mapping[str, Any], now: float) -> Arrival | None:
    """One conversation, or None where nothing is said in it. now: seconds since the epoch; nothing is later."""
    nodes: dict[str, Node] = {}
    whole = True
    before: str | None = None
    for place, found in enumerate(value["messages"]):
        versions = values.sequence(values.mapping(found).get("versions"))
        chosen = values.mapping(found).get("currentlySelected")
        whole &= bool(versions)
        last = before
        for number, version in enumerate(versions):
            said, all_of_it = _said(values.mapping(version))
            whole &= all_of_it
            key = f"{place}.{number}"
            nodes[key] = Node(said, before)
            if number == chosen or not isinstance(chosen, int) or not 0 <= chosen < len(versions):
                last = key
        before = last
    latest = now + values.DAY_S
    facts = Facts(
        id=values.text(value.get("id")),
        title=values.line(value.get("name"), values.TITLE_LENGTH),
        created=values.moment(value.get("createdAt"), latest),
        updated=values.moment(value.get("assistantLastMessagedAt"), latest),
        now=now,
        partly=not whole,
    )
    return plant(facts, nodes, before)


def _said(version: Mapping[str, Any]) -> tuple[Said, bool]:
    speaker, known = values.role(version.get("role"))
    if "steps" not in version:
        text, whole = values.pieces(version.get("content"))
        return Said(speaker, text), known and whole
    spoken: list[str] = []
    thought: list[str] = []
    whole = True
    for found in values.sequence(version["steps"]):
        step = values.mapping(found)
        if step.get("type") != "contentBlock":
            continue  # what the program says of its own work
        text, all_of_it = values.pieces(step.get("content"))
        whole &= all_of_it
        thinking = values.mapping(step.get("style")).get("type") == "thinking"
        (thought if thinking else spoken).append(text)
    model = values.line(values.mapping(version.get("senderInfo")).get("senderName"), values.MODEL_LENGTH)
    return (
        Said(
            speaker,
            "\n\n".join(filter(None, spoken)),
            reasoning="\n\n".join(filter(None, thought)),
            model=model if speaker is Role.ASSISTANT else "",
        ),
        known and whole,
    )
