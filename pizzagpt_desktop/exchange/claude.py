"""Claude's export: each conversation a list of `chat_messages`, newer ones with parents; knows no file.

The form is known from the exports that its users publish tools for. The text that Claude took out of an attachment is
in the file and is kept; the attachment itself is not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pizzagpt_desktop.domain.attached import fenced
from pizzagpt_desktop.exchange import values
from pizzagpt_desktop.exchange.planting import Facts, Node, Said, plant

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pizzagpt_desktop.domain.arrival import Arrival

_NO_PARENT = "00000000-0000-4000-8000-000000000000"


def recognises(value: Mapping[str, Any]) -> bool:
    return isinstance(value.get("chat_messages"), list)


def read(value: Mapping[str, Any], now: float) -> Arrival | None:
    """One conversation, or None where nothing is said in it. now: seconds since the epoch; nothing is later."""
    latest = now + values.DAY_S
    nodes: dict[str, Node] = {}
    whole = True
    before: str | None = None
    for place, found in enumerate(value["chat_messages"]):
        message = values.mapping(found)
        said, all_of_it = _said(message, latest)
        whole &= all_of_it and isinstance(found, dict)
        if not isinstance(found, dict):
            continue
        key = values.text(message.get("uuid")) or str(place)
        if key in nodes:
            key = f"{key} {place}"
        parent = message.get("parent_message_uuid")
        if isinstance(parent, str):
            nodes[key] = Node(said, None if parent == _NO_PARENT else parent)
        else:
            nodes[key] = Node(said, before)
        before = key
    facts = Facts(
        id=values.text(value.get("uuid")),
        title=values.line(value.get("name"), values.TITLE_LENGTH),
        created=values.moment(value.get("created_at"), latest),
        updated=values.moment(value.get("updated_at"), latest),
        now=now,
        partly=not whole,
    )
    return plant(facts, nodes, values.text(value.get("current_leaf_message_uuid")))


def _said(message: Mapping[str, Any], latest: float) -> tuple[Said, bool]:
    speaker, known = values.role(message.get("sender"))
    spoken: list[str] = []
    thought: list[str] = []
    whole = True
    for part in values.sequence(message.get("content")):
        match part:
            case {"type": "text", "text": str(words)}:
                spoken.append(words)
            case {"type": "thinking", "thinking": str(words)}:
                thought.append(words)
            case {"type": "tool_use" | "tool_result" | "token_budget"}:
                pass  # what a tool was told and said; the reply tells what came of it
            case _:
                whole = False
    text = "\n\n".join(filter(None, spoken))
    if not text:
        text = values.text(message.get("text"))
        whole &= isinstance(message.get("text"), str) or "content" in message
    for kept in values.sequence(message.get("attachments")):
        attachment = values.mapping(kept)
        name = values.line(attachment.get("file_name"), 100) or "file"
        if words := values.text(attachment.get("extracted_content")):
            text = f"{text}\n\n{name}:\n\n{fenced(words)}".lstrip("\n")
        else:
            whole = False
    whole &= not values.sequence(message.get("files"))
    said = Said(speaker, text, values.moment(message.get("created_at"), latest), "\n\n".join(thought))
    return said, known and whole
