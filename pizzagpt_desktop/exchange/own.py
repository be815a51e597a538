"""This program's own export read back: the whole tree, every state, the same ids; knows no file.

It is read as if a stranger had written it: nothing in it is believed but what a conversation can hold.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

from pizzagpt_desktop.domain.arrival import Arrival, Whole
from pizzagpt_desktop.domain.asking import Asking
from pizzagpt_desktop.domain.conversation import Conversation, FaultNote, Message, Role, Status
from pizzagpt_desktop.domain.faults import FaultKind
from pizzagpt_desktop.domain.preferences import WhenFull
from pizzagpt_desktop.domain.text import storable
from pizzagpt_desktop.exchange import values
from pizzagpt_desktop.exchange.planting import Facts, Node, Said, plant

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

T = TypeVar("T")

TITLE_LENGTH = 1000
_NAME_LENGTH = 200
_ID_LENGTH = 100
_PROMPT_LENGTH = 1_000_000
_STOPS = 100
_TAGS = 100
_COUNTS = ("thought_ms", "bytes_sent", "bytes_received")
_MOST = 2**53


def recognises(value: Mapping[str, Any]) -> bool:
    return isinstance(value.get("conversation"), dict) and isinstance(value.get("messages"), list)


def read(value: Mapping[str, Any], now: float) -> Arrival | None:
    """One conversation, or None where nothing is said in it. now: seconds since the epoch, for times that are missing."""
    told = value["conversation"]
    messages: dict[str, Message] = {}
    whole = True
    for found in value["messages"]:
        message = values.mapping(found)
        key = _id(message.get("id"))
        if not message or key in messages:
            whole = False
            continue
        key = key or f"{len(messages)}"
        read_in = _message(key, message)
        whole &= read_in is not None
        if read_in is not None:
            messages[key] = read_in
    facts = Facts(_id(told.get("id")), "", values.iso_moment(told.get("created")), None, now, not whole)
    nodes = {
        key: Node(Said(message.role, message.text, message.created_at), message.parent_id)
        for key, message in messages.items()
    }
    planted = plant(facts, nodes, _id(told.get("active_leaf")))
    if planted is None:
        return None
    conversation = _conversation(planted.whole.conversation, told)
    # The order of creation is the file's, where each stands after its parent.
    order = {message.id: message for message in planted.whole.messages}
    seen: set[str] = set()
    in_order = True
    for key in messages:
        parent = order[key].parent_id
        in_order &= parent is None or parent in seen
        seen.add(key)
    keys = list(messages) if in_order else list(order)
    kept = [replace(messages[key], parent_id=order[key].parent_id) for key in keys]
    return planted._replace(whole=Whole(conversation, kept), own=bool(facts.id))


def _conversation(planted: Conversation, told: Mapping[str, Any]) -> Conversation:
    title = values.own_line(told.get("title"), TITLE_LENGTH)
    created, updated = values.iso_moment(told.get("created")), values.iso_moment(told.get("updated"))
    tags = [values.own_line(tag, _NAME_LENGTH) for tag in values.sequence(told.get("tags"))[:_TAGS]]
    return replace(
        planted,
        title=title,
        title_is_custom=bool(title) and told.get("title_is_automatic") is not True,
        created_at=planted.created_at if created is None else created,
        updated_at=planted.updated_at if updated is None else updated,
        service=values.own_line(told.get("service"), _NAME_LENGTH),
        model=values.own_line(told.get("model"), _NAME_LENGTH),
        pinned=told.get("pinned") is True,
        archived=told.get("archived") is True,
        tags=tuple(tag for tag in tags if tag),
        persona=values.own_line(told.get("persona"), _NAME_LENGTH),
        when_full=_member(WhenFull, told.get("when_full")) or "",
        asking=_asking(values.mapping(told.get("asking"))),
    )


def _asking(told: Mapping[str, Any]) -> Asking:
    """What was asked of the model in this conversation; it is asked in this one again, and in no other."""
    prompt = values.text(told.get("system_prompt"))
    seed, most = told.get("seed"), told.get("max_tokens")
    stop = [text for text in values.sequence(told.get("stop"))[:_STOPS] if isinstance(text, str) and text]
    return Asking(
        system_prompt=storable(prompt) if len(prompt) <= _PROMPT_LENGTH else "",
        temperature=_within(told.get("temperature"), 2),
        top_p=_within(told.get("top_p"), 1),
        max_tokens=most if isinstance(most, int) and _is_count(most) and most > 0 else None,
        seed=seed if _is_count(seed) or (isinstance(seed, int) and _is_count(-seed)) else None,
        stop=tuple(storable(text) for text in stop if len(text) <= _NAME_LENGTH),
    )


def _within(value: Any, most: float) -> float | None:
    fits = isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= most
    return float(value) if fits else None


def _message(key: str, told: Mapping[str, Any]) -> Message | None:
    """None where it is not known who said it, or there is no text."""
    role, text = _member(Role, told.get("role")), told.get("text")
    if role is None or not isinstance(text, str):
        return None
    status = _member(Status, told.get("state")) or Status.COMPLETE
    usage = told.get("usage")
    return Message(
        id=key,
        conversation_id="",
        parent_id=_id(told.get("parent")) or None,
        role=role,
        text=text,
        # Whoever wrote it writes no more of it here.
        status=Status.INTERRUPTED if status is Status.STREAMING else status,
        created_at=values.iso_moment(told.get("created")) or 0.0,
        ended_at=values.iso_moment(told.get("ended")),
        reasoning=values.text(told.get("reasoning")),
        provider=values.own_line(told.get("provider"), _NAME_LENGTH),
        model=values.own_line(told.get("model"), _NAME_LENGTH),
        finish_reason=values.own_line(told.get("finish_reason"), _NAME_LENGTH)
        if isinstance(told.get("finish_reason"), str)
        else None,
        usage={name: count for name, count in usage.items() if _is_count(count)}
        if isinstance(usage, dict)
        else None,
        tool_calls=tuple(call for call in values.sequence(told.get("tool_calls")) if isinstance(call, dict)),
        skipped_events=told["skipped_events"] if _is_count(told.get("skipped_events")) else 0,
        fault=_fault(told.get("error")),
        kept=told.get("kept") is True,
        **{name: told[name] for name in _COUNTS if _is_count(told.get(name))},
    )


def _fault(told: Any) -> FaultNote | None:
    if not isinstance(told, dict):
        return None
    wait = told.get("retry_after_s")
    return FaultNote(
        _member(FaultKind, told.get("kind")) or FaultKind.UNEXPECTED_ANSWER,
        values.text(told.get("message")),
        retry_after_s=wait if isinstance(wait, int | float) and 0 <= wait < _MOST else None,
    )


def _member(kind: Callable[[Any], T], value: Any) -> T | None:
    try:
        return kind(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _id(value: Any) -> str:
    """An id that can be one here; "" for none."""
    return value if isinstance(value, str) and len(value) <= _ID_LENGTH and value.isprintable() else ""


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < _MOST
