"""ChatGPT's export: each conversation a `mapping` of nodes with parent and children; knows no file.

The form is known from the exports that its users publish tools for; OpenAI documents none. Attachments and pictures are
named in it by pointers; nothing they point to is ever opened.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pizzagpt_desktop.domain.attached import fenced
from pizzagpt_desktop.domain.conversation import Role
from pizzagpt_desktop.exchange import values
from pizzagpt_desktop.exchange.planting import Facts, Node, Said, plant

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pizzagpt_desktop.domain.arrival import Arrival

_PICTURE = "[A picture, which is not in the export]"
_SOUND = "[A recording, which is not in the export]"
_FILE = "[A file, which is not in the export]"
_SILENT = frozenset({"user_editable_context", "model_editable_context", "reasoning_recap"})
"""Kinds of content that nobody said: what the service keeps beside the conversation."""


def recognises(value: Mapping[str, Any]) -> bool:
    return isinstance(value.get("mapping"), dict)


def read(value: Mapping[str, Any], now: float) -> Arrival | None:
    """One conversation, or None where nothing is said in it. now: seconds since the epoch; nothing is later."""
    latest = now + values.DAY_S
    nodes: dict[str, Node] = {}
    whole = True
    for key, found in value["mapping"].items():
        node = values.mapping(found)
        whole &= isinstance(found, dict)
        said = None
        if node.get("message") is not None:
            said, all_of_it = _said(node["message"], latest)
            whole &= all_of_it
        parent = node.get("parent")
        children = [child for child in values.sequence(node.get("children")) if isinstance(child, str)]
        nodes[key] = Node(said, parent if isinstance(parent, str) else None, children)
    facts = Facts(
        id=values.text(value.get("id")) or values.text(value.get("conversation_id")),
        title=values.line(value.get("title"), values.TITLE_LENGTH),
        created=values.moment(value.get("create_time"), latest),
        updated=values.moment(value.get("update_time"), latest),
        now=now,
        partly=not whole,
    )
    return plant(facts, nodes, values.text(value.get("current_node")))


def _said(found: Any, latest: float) -> tuple[Said | None, bool]:
    """What a message says, and whether that is all of it."""
    message = values.mapping(found)
    content = values.mapping(message.get("content"))
    kind = values.text(content.get("content_type"))
    if kind in _SILENT:
        return None, True
    speaker, known = values.role(values.mapping(message.get("author")).get("role"))
    text, reasoning, whole = _content(kind, content)
    if not text.strip() and speaker is Role.SYSTEM:
        return None, True  # every conversation begins with an empty one
    said = Said(
        speaker,
        text,
        values.moment(message.get("create_time"), latest),
        reasoning,
        values.line(values.mapping(message.get("metadata")).get("model_slug"), values.MODEL_LENGTH)
        if speaker is Role.ASSISTANT
        else "",
    )
    return said, known and whole and isinstance(found, dict)


def _content(kind: str, content: Mapping[str, Any]) -> tuple[str, str, bool]:
    """Text, reasoning, and whether that is all."""
    match kind:
        case "code":
            language = values.line(content.get("language"), 20)
            named = language if language.isalnum() and language != "unknown" else ""
            code = values.text(content.get("text"))
            return fenced(code, named) if code else "", "", isinstance(content.get("text"), str)
        case "execution_output":
            output = values.text(content.get("text"))
            return fenced(output) if output else "", "", isinstance(content.get("text"), str)
        case "thoughts":
            thoughts = [values.mapping(thought) for thought in values.sequence(content.get("thoughts"))]
            words = [
                "\n\n".join(filter(None, (values.text(t.get("summary")), values.text(t.get("content")))))
                for t in thoughts
            ]
            return "", "\n\n".join(filter(None, words)), True
        case "tether_quote":
            told = (content.get("title"), content.get("text"), content.get("url"))
            return "\n\n".join(filter(None, map(values.text, told))), "", True
        case "tether_browsing_display":
            return values.text(content.get("result")) or values.text(content.get("summary")), "", True
    if isinstance(content.get("parts"), list | str):
        parts = content["parts"]
        text, whole = _parts(parts if isinstance(parts, list) else [parts])
        return text, "", whole
    found = (values.text(content.get(name)) for name in ("text", "result", "content"))
    return next((text for text in found if text), ""), "", kind == "system_error"


def _parts(parts: list[Any]) -> tuple[str, bool]:
    found: list[str] = []
    whole = True
    for part in parts:
        match part:
            case str(words):
                found.append(words)
            case {"content_type": "audio_transcription", "text": str(words)}:
                found.append(words)
            case {"content_type": "image_asset_pointer"}:
                found.append(_PICTURE)
            case {"content_type": str(kind)} if "audio" in kind:
                found.append(_SOUND)
            case {"content_type": str(), "asset_pointer": _} | {"asset_pointer": _}:
                found.append(_FILE)
            case {"content_type": str(), "text": str(words)}:
                found.append(words)
            case _:
                whole = False
    return "\n\n".join(piece for piece in found if piece), whole
