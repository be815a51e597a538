"""Conversations as JSON and as Markdown, for people and other programs; knows no file, no key and no setting."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from pizzagpt_desktop.domain.arrival import Whole
from pizzagpt_desktop.domain.asking import NAMES, Asking, is_set
from pizzagpt_desktop.domain.conversation import Conversation, Message, Role, Status
from pizzagpt_desktop.domain.text import SHOWN_LENGTH, cut

FORMAT = "pizzagpt-desktop"
VERSION = 1

_SPEAKERS: Mapping[Role, str] = {Role.USER: "You", Role.ASSISTANT: "Assistant", Role.SYSTEM: "System"}
_STATES: Mapping[Status, str] = {
    Status.STREAMING: "still answering",
    Status.STOPPED: "stopped",
    Status.FAILED: "failed",
    Status.INTERRUPTED: "cut off",
}


def iso_time(seconds: float | None) -> str | None:
    """Seconds since the epoch as ISO 8601 in UTC, to the millisecond; None for none, or one that no calendar has."""
    if seconds is None:
        return None
    try:
        moment = datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, ValueError, OSError):
        return None
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def conversation_facts(conversation: Conversation) -> dict[str, Any]:
    """A conversation's own facts."""
    return {
        "id": conversation.id,
        "title": conversation.title,
        "created": iso_time(conversation.created_at),
        "updated": iso_time(conversation.updated_at),
        "service": conversation.service,
        "model": conversation.model,
        "pinned": conversation.pinned,
    }


def message_facts(message: Message) -> dict[str, Any]:
    """A message with everything that is known of it."""
    return {
        "id": message.id,
        "parent": message.parent_id,
        "role": message.role.value,
        "state": message.status.value,
        "text": message.text,
        "reasoning": message.reasoning,
        "created": iso_time(message.created_at),
        "ended": iso_time(message.ended_at),
        "provider": message.provider,
        "model": message.model,
        "finish_reason": message.finish_reason,
        "tool_calls": [dict(call) for call in message.tool_calls],
        "skipped_events": message.skipped_events,
        "damaged": message.damaged,
        "usage": dict(message.usage) if message.usage is not None else None,
        "error": error_facts(message),
    }


def error_facts(message: Message) -> dict[str, Any] | None:
    """The fault beside a reply, or None."""
    if message.fault is None:
        return None
    hint = message.fault.hint
    return {
        "kind": message.fault.kind.value,
        "message": f"{cut(message.fault.detail, SHOWN_LENGTH - len(hint) - 1)} {hint}".strip(),
        "retry_after_s": message.fault.retry_after_s,
    }


def as_json(conversation: Conversation, messages: Sequence[Message]) -> dict[str, Any]:
    """The whole conversation: `messages` of all branches, each with its state and parent, and the active leaf."""
    return {"format": FORMAT, "version": VERSION, **_whole(conversation, messages)}


def as_one_json(wholes: Iterable[Whole]) -> Iterator[str]:
    """Several conversations as one JSON text, a piece at a time."""
    yield json.dumps({"format": FORMAT, "version": VERSION})[:-1] + ', "conversations": ['
    between = "\n"
    for conversation, messages in wholes:
        yield between + json.dumps(_whole(conversation, messages))
        between = ",\n"
    yield "\n]}\n"


def _whole(conversation: Conversation, messages: Sequence[Message]) -> dict[str, Any]:
    return {
        "conversation": {
            **conversation_facts(conversation),
            "title_is_automatic": not conversation.title_is_custom,
            "archived": conversation.archived,
            "tags": list(conversation.tags),
            "active_leaf": conversation.active_leaf_id,
            "persona": conversation.persona,
            "when_full": conversation.when_full,
            "asking": asking_facts(conversation.asking),
        },
        "messages": [
            {
                **message_facts(message),
                "kept": message.kept,
                "thought_ms": message.thought_ms,
                "bytes_sent": message.bytes_sent,
                "bytes_received": message.bytes_received,
            }
            for message in messages
        ],
    }


def asking_facts(asking: Asking) -> dict[str, Any]:
    """What is asked of the model in a conversation: its instructions and parameters, as far as they are set."""
    values = {name: getattr(asking, name) for name in NAMES if is_set(asking, name)}
    return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}


def as_markdown(conversation: Conversation, path: Sequence[Message]) -> str:
    """The branch on screen, `path`, for reading. The texts stand as they are; they may hold Markdown of their own."""
    parts = [f"# {conversation.title or 'Conversation'}"]
    for message in path:
        head = _SPEAKERS[message.role]
        if message.model:
            head += f" ({message.model})"
        parts.append(f"## {head}")
        if message.text.strip():
            parts.append(message.text.strip("\n"))
        state = _STATES.get(message.status)
        if state is not None:
            cause = f": {message.fault.detail}" if message.fault is not None and message.fault.detail else ""
            parts.append(f"*({state}{cause})*")
    return "\n\n".join(parts) + "\n"
