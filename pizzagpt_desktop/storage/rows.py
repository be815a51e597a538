"""Messages and conversations as rows and back; runs no statement.

What goes in always comes out of SQLite again: text is cleaned by `domain.text.storable`, whole numbers are kept
within 63 bits, other numbers finite, and JSON never fails to be written or read.
"""

import json
import math
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from pizzagpt_desktop.domain.asking import NAMES, NOTHING_ASKED, Asking, is_set
from pizzagpt_desktop.domain.conversation import (
    Conversation,
    DraftFile,
    FaultNote,
    Folder,
    Message,
    Queued,
    Role,
    Status,
    Summary,
)
from pizzagpt_desktop.domain.faults import FaultKind
from pizzagpt_desktop.domain.preferences import WhenFull
from pizzagpt_desktop.domain.text import storable

_MOST = 2**63 - 1
_SENT, _RECEIVED, _THOUGHT = "bytes sent", "bytes received", "milliseconds thought"
_OURS = frozenset((_SENT, _RECEIVED, _THOUGHT))


class BrokenRow(sqlite3.DatabaseError):
    """A row holds a value of a kind that its column never holds: its page is damaged, or another's."""

    sqlite_errorcode = sqlite3.SQLITE_CORRUPT
    sqlite_errorname = "SQLITE_CORRUPT"


_KINDS: dict[str, tuple[type, ...]] = {
    "s": (str,),
    "S": (str, type(None)),
    "i": (int,),
    "I": (int, type(None)),
    "n": (float, int),
    "N": (float, int, type(None)),
}
_MESSAGE = "issSsssnNssssSSSiSi"
_CONVERSATION = "ssinnSsssiiNiSssssi"
"""The kinds of `MESSAGE_COLUMNS` and `CONVERSATION_COLUMNS`, see `sound`."""

MESSAGE_COLUMNS = (
    "seq, id, conversation_id, parent_id, role, text, status, created_at, ended_at, reasoning, provider, model,"
    " route, finish_reason, usage, tool_calls, skipped_events, fault, coalesce(kept, 0)"
)
MESSAGES = "messages LEFT JOIN message_marks ON message_seq = seq"
"""Where `MESSAGE_COLUMNS` come from; `VISIBLE` leaves out those in removed branches."""
VISIBLE = "removed_with IS NULL"
CONVERSATION_COLUMNS = (
    "id, title, title_is_custom, created_at, updated_at, active_leaf_id, service, model, draft, unread, pinned,"
    " deleted_at, archived, folder_id, tags, queue, asking, files, revision"
)


SUMMARY = "summary"
"""The key of a conversation's `Summary` in the column `asking`: [message, text]."""
_SOUND: dict[str, set[tuple[type, ...]]] = {}
"""For kinds that were asked for, the types of values that were found to be of them."""


def sound(row: Sequence[Any], kinds: str) -> Sequence[Any]:
    """`row`, whose values are of these kinds: s text, i whole number, n number; S, I, N also NULL. Raises `BrokenRow`."""
    types = tuple(map(type, row))
    known = _SOUND.setdefault(kinds, set())
    if types not in known:  # rows come by the thousand, and are much alike
        for kind_of, kind in zip(types, kinds, strict=True):
            if kind_of not in _KINDS[kind]:
                raise BrokenRow(f"a row holds a {kind_of.__name__} where none can be")
        known.add(types)
    return row


def run(connection: sqlite3.Connection, statement: str, *values: Any) -> sqlite3.Cursor:
    """Execute one statement with values that SQLite can hold; see `storable_value`."""
    return connection.execute(statement, [storable_value(value) for value in values])


def storable_value(value: Any) -> Any:
    """`value` as SQLite can hold it: no surrogates, at most 63 bits, finite."""
    if value is None:
        return None
    if isinstance(value, str):  # StrEnum members too
        return storable(str(value))
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, int):
        return max(-_MOST, min(value, _MOST))
    if isinstance(value, float):
        return value if math.isfinite(value) else 0.0
    return storable(str(value))


def message_values(message: Message) -> dict[str, Any]:
    """The columns of a message that its writer decides; not seq, saved_at, writer and its marks."""
    return {
        "id": message.id,
        "conversation_id": message.conversation_id,
        "parent_id": message.parent_id,
        "role": message.role,
        "text": message.text,
        "status": message.status,
        "created_at": seconds(message.created_at),
        "ended_at": None if message.ended_at is None else seconds(message.ended_at),
        "reasoning": message.reasoning,
        "provider": message.provider,
        "model": message.model,
        "route": message.route,
        "finish_reason": message.finish_reason,
        "usage": _usage_values(message),
        "tool_calls": _json([_json_safe(call) for call in message.tool_calls])
        if message.tool_calls
        else None,
        "skipped_events": message.skipped_events,
        "fault": None if message.fault is None else _json(_fault_values(message.fault)),
    }


def message_from(row: Sequence[Any]) -> Message:
    """A message from `MESSAGE_COLUMNS`; what a newer or broken row holds beyond our words becomes the nearest."""
    (
        seq, id_, conversation_id, parent_id, role, text, status, created_at, ended_at, reasoning, provider, model,
        route, finish_reason, usage, tool_calls, skipped_events, fault, kept,
    ) = sound(row, _MESSAGE)  # fmt: skip
    counts = _counts(_parsed(usage, dict)) if usage is not None else {}
    came = not _OURS.isdisjoint(counts)
    sent, received, thought = (max(0, counts.pop(name, 0)) for name in (_SENT, _RECEIVED, _THOUGHT))
    return Message(
        id=id_,
        conversation_id=conversation_id,
        parent_id=parent_id,
        role=role_from(role),
        text=text,
        status=_member(Status, status, Status.INTERRUPTED),
        seq=seq,
        created_at=created_at,
        ended_at=ended_at,
        reasoning=reasoning,
        provider=provider,
        model=model,
        route=route,
        finish_reason=finish_reason,
        usage=None if usage is None or (came and len(counts) == 0) else counts,
        bytes_sent=sent,
        bytes_received=received,
        thought_ms=thought,
        tool_calls=tuple(call for call in _parsed(tool_calls, list) if isinstance(call, dict)),
        skipped_events=skipped_events,
        fault=_fault_from(_parsed(fault, dict)) if fault is not None else None,
        kept=bool(kept),
    )


def conversation_values(conversation: Conversation) -> dict[str, Any]:
    """The columns of a conversation; not activity and revision."""
    deleted_at = conversation.deleted_at
    return {
        "id": conversation.id,
        "title": conversation.title,
        "title_is_custom": bool(conversation.title_is_custom),
        "created_at": seconds(conversation.created_at),
        "updated_at": seconds(conversation.updated_at),
        "active_leaf_id": conversation.active_leaf_id,
        "service": conversation.service,
        "model": conversation.model,
        "draft": conversation.draft,
        "unread": bool(conversation.unread),
        "pinned": bool(conversation.pinned),
        "deleted_at": None if deleted_at is None else seconds(deleted_at),
        "archived": bool(conversation.archived),
        "folder_id": conversation.folder_id,
        "tags": _json([storable(tag) for tag in conversation.tags]) if conversation.tags else "[]",
        "queue": _json([[storable(part) for part in queued] for queued in conversation.queue])
        if conversation.queue
        else "[]",
        "asking": _asking_values(conversation),
        "files": _json([[*map(storable, file[:2]), *file[2:]] for file in conversation.files])
        if conversation.files
        else "[]",
    }


def conversation_from(row: Sequence[Any]) -> Conversation:
    """A conversation from `CONVERSATION_COLUMNS`."""
    (
        id_, title, title_is_custom, created_at, updated_at, active_leaf_id, service, model, draft, unread, pinned,
        deleted_at, archived, folder_id, tags, queue, asking, files, revision,
    ) = sound(row, _CONVERSATION)  # fmt: skip
    asked = {} if asking == "{}" else _parsed(asking, dict)
    return Conversation(
        id=id_,
        title=title,
        title_is_custom=bool(title_is_custom),
        created_at=created_at,
        updated_at=updated_at,
        active_leaf_id=active_leaf_id,
        service=service,
        model=model,
        draft=draft,
        unread=bool(unread),
        pinned=bool(pinned),
        deleted_at=deleted_at,
        archived=bool(archived),
        folder_id=folder_id,
        tags=() if tags == "[]" else tuple(tag for tag in _parsed(tags, list) if isinstance(tag, str)),
        queue=() if queue == "[]" else tuple(_queued(_parsed(queue, list))),
        persona=asked["persona"] if isinstance(asked.get("persona"), str) else "",
        when_full=_member(WhenFull, asked["when_full"], "") if "when_full" in asked else "",
        asking=_asking_from(asked) if asked else NOTHING_ASKED,
        files=files_from(files),
        revision=revision,
        summary=_summary_from(asked.get(SUMMARY)) if asked else None,
    )


def folder_from(row: Sequence[Any]) -> Folder:
    """A folder from id, name, position, collapsed."""
    id_, name, position, collapsed = sound(row, "ssii")
    return Folder(id_, name, position, bool(collapsed))


def role_from(value: str) -> Role:
    """A role by its stored name; one we do not know is taken for the assistant's."""
    role: Role = _member(Role, value, Role.ASSISTANT)
    return role


def files_from(value: str) -> tuple[DraftFile, ...]:
    """The files of a draft; what is none is left out."""
    if value == "[]":
        return ()
    found = []
    for file in _parsed(value, list):
        match file:
            case [str(id_), str(name), int(size), int(length)] if id_ and size >= 0 and length >= 0:
                found.append(DraftFile(id_, name, size, length))
    return tuple(found)


def seconds(value: float) -> float:
    """A finite number of seconds; 0 where there is none to be had."""
    try:
        number = float(value)
    except (OverflowError, TypeError, ValueError):
        return 0.0
    return number if math.isfinite(number) else 0.0


def _queued(values: list[Any]) -> Iterator[Queued]:
    for value in values:
        match value:
            case [str(id_), str(text)]:
                yield Queued(id_, text)


def _asking_values(conversation: Conversation) -> str:
    """Only what is set, as JSON."""
    asking = conversation.asking
    values = {name: getattr(asking, name) for name in NAMES if is_set(asking, name)}
    values |= {name: said for name in ("persona", "when_full") if (said := getattr(conversation, name))}
    if conversation.summary is not None:
        values[SUMMARY] = [storable(part) for part in conversation.summary]
    return _json(values) if values else "{}"


def _summary_from(value: Any) -> Summary | None:
    match value:
        case [str(message_id), str(text)] if message_id and text:
            return Summary(message_id, text)
    return None


def _asking_from(values: Mapping[str, Any]) -> Asking:
    """What a newer or broken row holds beyond our words is left out."""

    def number(name: str, kind: type[float]) -> Any:
        value = values.get(name)
        if isinstance(value, bool) or not isinstance(value, int | kind) or not abs(value) <= _MOST:
            return None
        return kind(value)

    prompt, stop = values.get("system_prompt"), values.get("stop")
    return Asking(
        system_prompt=prompt if isinstance(prompt, str) else "",
        temperature=number("temperature", float),
        top_p=number("top_p", float),
        max_tokens=number("max_tokens", int),
        seed=number("seed", int),
        stop=tuple(text for text in stop if isinstance(text, str)) if isinstance(stop, list) else (),
    )


def _member(kind: Callable[[str], Any], value: str, otherwise: Any) -> Any:
    try:
        return kind(value)
    except ValueError:
        return otherwise


def _counts(counts: Mapping[Any, Any]) -> dict[str, int]:
    return {
        storable(str(name)): max(-_MOST, min(count, _MOST))
        for name, count in counts.items()
        if isinstance(count, int) and not isinstance(count, bool)
    }


def _usage_values(message: Message) -> str | None:
    """The counts of a reply as JSON, its bytes and how long it thought among them under names that no service uses."""
    if message.usage is None and not (message.bytes_sent or message.bytes_received or message.thought_ms):
        return None
    counts = _counts(message.usage or {})
    if message.bytes_sent or message.bytes_received:
        counts |= {_SENT: message.bytes_sent, _RECEIVED: message.bytes_received}
    if message.thought_ms:
        counts[_THOUGHT] = max(0, min(message.thought_ms, _MOST))
    return _json(counts)


def _fault_values(fault: FaultNote) -> dict[str, Any]:
    wait = fault.retry_after_s
    return {
        "kind": fault.kind.value,
        "detail": fault.detail,
        "hint": fault.hint,
        "retry_after_s": None if wait is None else seconds(wait),
    }


def _fault_from(values: Mapping[str, Any]) -> FaultNote:
    wait = values.get("retry_after_s")
    return FaultNote(
        kind=_member(FaultKind, values.get("kind", ""), FaultKind.UNEXPECTED_ANSWER),
        detail=str(values.get("detail", "")),
        hint=str(values.get("hint", "")),
        retry_after_s=None if wait is None else seconds(wait),
    )


def _json_safe(call: Mapping[str, Any]) -> Any:
    """A tool call as JSON can hold it; one that JSON cannot hold keeps its words."""
    try:
        return json.loads(json.dumps(dict(call), default=str))
    except (TypeError, ValueError, RecursionError):
        return {str(name): value for name, value in call.items() if isinstance(value, str)}


def _json(value: Any) -> str:
    return json.dumps(value)  # ASCII only: halves of surrogates are escaped and come back as they were


def _parsed(text: str | None, kind: type[Any]) -> Any:
    if text is not None:
        try:
            value = json.loads(text)
        except (ValueError, RecursionError):
            value = None
        if isinstance(value, kind):
            return value
    return kind()
