"""The plainest form of a conversation: `messages`, each with a role and a content; knows no file.

Many programs write it, with names of their own for the rest. What stands beside the conversations, settings and
services above all, is not even looked at.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pizzagpt_desktop.domain.conversation import Role
from pizzagpt_desktop.exchange import values
from pizzagpt_desktop.exchange.planting import Facts, Said, in_a_row, plant

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pizzagpt_desktop.domain.arrival import Arrival

_CREATED = ("created", "created_at", "createdAt", "create_time", "timestamp", "created_utc", "date")
_UPDATED = ("updated", "updated_at", "updatedAt", "update_time", "updated_utc")
_TITLE = ("title", "name")
_ROLE = ("role", "sender", "from")
_CONTENT = ("content", "text", "value")
_KEPT_APART = ("attachments", "files", "images", "tool_calls")


def recognises(value: Mapping[str, Any]) -> bool:
    return isinstance(value.get("messages"), list)


def is_message(value: Any) -> bool:
    """Whether it is no conversation but a message of one, in its plainest form."""
    return (
        isinstance(value, dict)
        and values.role(value.get("role"))[1]
        and isinstance(value.get("content"), str | list)
        and not recognises(value)
    )


def letters(message: Mapping[str, Any]) -> int:
    """About how much a message says."""
    content = message["content"]
    return len(content) if isinstance(content, str) else len(values.pieces(content)[0])


def read(value: Mapping[str, Any], now: float) -> Arrival | None:
    """One conversation, or None where nothing is said in it. now: seconds since the epoch; nothing is later."""
    latest = now + values.DAY_S
    row: list[Said] = []
    whole = True
    for found in value["messages"]:
        if not isinstance(found, dict):
            whole = False
            continue
        speaker, known = values.role(_first(found, _ROLE))
        text, all_of_it = values.pieces(_first(found, _CONTENT))
        whole &= known and all_of_it and not any(found.get(name) for name in _KEPT_APART)
        row.append(
            Said(
                speaker,
                text,
                values.moment(_first(found, _CREATED), latest),
                values.text(found.get("reasoning")),
                values.line(found.get("model"), values.MODEL_LENGTH) if speaker is Role.ASSISTANT else "",
            )
        )
    facts = Facts(
        id=values.text(value.get("id")) or values.text(value.get("uuid")),
        title=values.line(_first(value, _TITLE), values.TITLE_LENGTH),
        created=values.moment(_first(value, _CREATED), latest),
        updated=values.moment(_first(value, _UPDATED), latest),
        now=now,
        partly=not whole,
    )
    return plant(facts, in_a_row(row))


def _first(found: Mapping[str, Any], names: tuple[str, ...]) -> Any:
    return next((found[name] for name in names if name in found), None)
