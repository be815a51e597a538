"""Messages that name their parents made into a tree, whatever they name; knows no format.

Nothing here recurses, and every walk ends: chains of any length and rings are taken as they come.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from pizzagpt_desktop.domain.arrival import Arrival, Whole
from pizzagpt_desktop.domain.conversation import Conversation, Message, Role, title_from


@dataclass(frozen=True, slots=True)
class Said:
    """What a message of a file says. at: seconds since the epoch, if that is known."""

    role: Role
    text: str
    at: float | None = None
    reasoning: str = ""
    model: str = ""


@dataclass(frozen=True, slots=True)
class Node:
    """A place in the tree. said: None where nothing is said there. children: in order, as far as they are told."""

    said: Said | None
    parent: str | None = None
    children: Sequence[str] = ()


class Facts(NamedTuple):
    """What a file tells of a conversation. id: the file's own, "" for none. partly: something was left out."""

    id: str
    title: str
    created: float | None
    updated: float | None
    now: float
    partly: bool = False


def in_a_row(said: Sequence[Said]) -> dict[str, Node]:
    """Messages that stand one after the other."""
    return {str(place): Node(one, str(place - 1) if place else None) for place, one in enumerate(said)}


def plant(facts: Facts, nodes: Mapping[str, Node], current: str | None = None) -> Arrival | None:
    """The conversation that these messages make, or None where they say nothing. current: where it was left."""
    parents, repaired = _parents(nodes)
    placed: set[str] = set()
    ordered: dict[str | None, list[str]] = {}
    for key, node in nodes.items():
        for child in node.children:
            if parents.get(child, "") == key and child not in placed:
                placed.add(child)
                ordered.setdefault(key, []).append(child)
    for key in nodes:
        if key not in placed:
            ordered.setdefault(parents[key], []).append(key)
    messages: list[Message] = []
    above: dict[str, str | None] = {}
    created = facts.created or _first(nodes) or facts.updated or facts.now
    stack: list[tuple[str, str | None]] = [(key, None) for key in reversed(ordered.get(None, []))]
    while stack:
        key, parent = stack.pop()
        said = nodes[key].said
        if said is not None:
            messages.append(_message(key, parent, said, created))
            parent = key
        above[key] = parent
        stack += [(child, parent) for child in reversed(ordered.get(key, []))]
    if not messages:
        return None
    updated = max(facts.updated or 0.0, created, *(m.created_at for m in messages))
    first = next((m.text for m in messages if m.role is Role.USER), messages[0].text)
    conversation = Conversation(
        id=facts.id,
        title=facts.title or title_from(first),
        title_is_custom=bool(facts.title),
        created_at=created,
        updated_at=updated,
        active_leaf_id=above.get(current or "") or messages[-1].id,
    )
    return Arrival(Whole(conversation, messages), partly=facts.partly, repaired=repaired)


def _parents(nodes: Mapping[str, Node]) -> tuple[dict[str, str | None], bool]:
    """The parent of each, without rings; and whether what the file says had to be mended."""
    repaired = False
    parents: dict[str, str | None] = {}
    for key, node in nodes.items():
        known = node.parent is None or (node.parent in nodes and node.parent != key)
        repaired |= not known
        parents[key] = node.parent if known else None
    for key, node in nodes.items():
        for child in node.children:
            if child not in nodes:
                continue
            if nodes[child].parent is None and parents[child] is None and child != key:
                parents[child] = key
            elif parents[child] != key:
                repaired = True
    order = {key: place for place, key in enumerate(nodes)}
    done: set[str] = set()
    for start in nodes:
        walk: dict[str, None] = {}
        at: str | None = start
        while at is not None and at not in done and at not in walk:
            walk[at] = None
            at = parents[at]
        if at is not None and at in walk:
            ring = list(walk)[list(walk).index(at) :]
            # The best place to cut is a message that does not say itself what it answers.
            cut = next((key for key in ring if nodes[key].parent is None), min(ring, key=order.__getitem__))
            parents[cut] = None
            repaired = True
        done.update(walk)
    return parents, repaired


def _first(nodes: Mapping[str, Node]) -> float | None:
    return min((n.said.at for n in nodes.values() if n.said is not None and n.said.at), default=None)


def _message(key: str, parent: str | None, said: Said, otherwise: float) -> Message:
    at = said.at or otherwise
    return Message(
        id=key,
        conversation_id="",
        parent_id=parent,
        role=said.role,
        text=said.text,
        created_at=at,
        ended_at=at if said.role is Role.ASSISTANT else None,
        reasoning=said.reasoning,
        model=said.model,
    )
