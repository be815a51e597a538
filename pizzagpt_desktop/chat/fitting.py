"""Fitting: what of a conversation is sent where not all of it fits what the model can look at; knows no wire.

By the user's choice the oldest messages are left out, or sent as a summary, or nothing is sent. The last summary is
kept with its conversation, wherever that is: of a temporary one nothing is written to the disk.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from pizzagpt_desktop.chat.context import Piece, pieces_to
from pizzagpt_desktop.domain.chunks import Usage
from pizzagpt_desktop.domain.conversation import Role, Summary, wire
from pizzagpt_desktop.domain.faults import Fault, FaultKind
from pizzagpt_desktop.domain.preferences import WhenFull
from pizzagpt_desktop.domain.steps import Step, tell, unheard
from pizzagpt_desktop.domain.window import EACH, corrected, cut, estimated, room_of, weight
from pizzagpt_desktop.domain.window_notes import (
    CONTEXT,
    LEFT_OUT,
    NEEDED,
    NOTHING_SENT,
    SUMMARISED,
    UNSUMMARISED,
)

if TYPE_CHECKING:
    from pizzagpt_desktop.chat.ports import ReplySource, SessionStore
    from pizzagpt_desktop.chat.saving import Saver
    from pizzagpt_desktop.typing import Messages

PATIENCE_S = 120.0
"""How long a summary may take to come."""
LONGEST = 8_000
"""Characters of a summary that are kept."""
KEPT_SUMMARIES = 50
TRIES = 5
"""How often an exact count corrects what is left out."""
MOST_BESIDE = 64
"""No template adds more bytes to a message than that."""
BEYOND_DOUBT = 1.5
"""A single message estimated at so many times the context is not tried."""
REQUEST = (
    "Summarise the conversation so far for yourself, so that it can go on from the summary alone. Keep names, numbers, "
    "decisions, open questions and what the user wants. Answer with the summary alone."
)
BEFORE_SUMMARY = "Summary of the conversation before this:\n\n"

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Said:
    """What is sent. counts: what is noted of it with the reply. spent: usage of requests that were made for it."""

    messages: Messages
    counts: Mapping[str, int] = field(default_factory=dict)
    spent: Mapping[str, int] = field(default_factory=dict)


class Fit(NamedTuple):
    """first: the index of the oldest that is sent. needed: about the tokens of all. weights: of each."""

    first: int
    needed: int
    weights: Sequence[float]


class Fitting:
    """One for all conversations. when_full: the user's choice of the moment."""

    def __init__(
        self,
        store: SessionStore,
        saver: Saver,
        when_full: Callable[[], WhenFull] = lambda: WhenFull.LEAVE_OUT,
    ) -> None:
        self._store = store
        self._saver = saver
        self._when_full = when_full
        self._summaries: dict[str, str] = {}
        """By the id of the last message that each is about: what stands before it never changes."""

    async def said_to(
        self,
        leaf_id: str | None,
        source: ReplySource,
        more: Sequence[dict[str, Any]] = (),
        when_full: WhenFull | None = None,
    ) -> Said:
        """What to send for an answer to `leaf_id`. Raises Fault: of the store, or TOO_LARGE where nothing is sent."""
        may_be_known = any(getattr(source, name, None) is not None for name in ("context", "sized"))
        pieces = await pieces_to(self._store, self._saver, leaf_id, weighed=may_be_known)
        head = wire((), source.system_prompt)
        size = await _size(source, sum(piece.weight for piece in pieces) + sum(map(weight, head)))
        if size is None:
            return Said([*head, *(piece.said for piece in pieces), *more])
        room = room_of(size, getattr(source, "max_tokens", None))
        beside = sum(map(weight, head))
        tail = [weight(message) for message in more]
        fit = fitted(pieces, room, beside, tail, getattr(source, "ratio", 1.0))
        counted = await self._counted(source, pieces, head, more, fit, room, size)
        fit = counted or fit
        if not fit.first and fit.needed <= room:
            return Said([*head, *(piece.said for piece in pieces), *more])
        choice = when_full or self._when_full()
        if choice is WhenFull.STOP:
            raise _too_long(fit.needed, size)
        if sum(fit.weights[fit.first :]) + beside > BEYOND_DOUBT * size:
            raise _too_long(fit.needed, size, alone=True)
        if choice is WhenFull.SUMMARISE and fit.first:
            return await self._summarised(source, pieces, head, more, fit, room - beside)
        return _said(head, pieces, more, fit.first, {LEFT_OUT: fit.first} if fit.first else {})

    async def _counted(
        self,
        source: ReplySource,
        pieces: Sequence[Piece],
        head: Messages,
        more: Sequence[dict[str, Any]],
        fit: Fit,
        room: int,
        size: int,
    ) -> Fit | None:
        """The fit by exact counts, where the source can count; only near the limit, where it matters."""
        measure = getattr(source, "measure", None)
        if measure is None or fit.needed < room / 2:
            return None
        if _surely_fit(pieces, more, room, size):
            return Fit(0, min(fit.needed, room), fit.weights)
        first, weights, kept = fit.first, list(fit.weights), 1 + len(more)
        needed, exact = fit.needed, 0
        for _ in range(TRIES):
            messages = [*head, *(piece.said for piece in pieces[first:]), *more]
            try:
                exact = await measure(messages)
            except Fault as fault:
                log.info("tokens could not be counted: %s", fault.detail)
                return None  # the request itself will tell why
            if not first:
                needed = exact
            if exact <= room or first >= len(pieces) + len(more) - kept:
                break
            guessed = sum(weights[first:]) + sum(map(weight, head))
            weights = [one * exact / max(1.0, guessed) for one in weights]
            spare = room - sum(map(weight, head)) * exact / max(1.0, guessed)
            first = max(first + 1, _from_user(pieces, cut(weights, spare, kept)))
        return Fit(min(first, max(0, len(pieces) - 1)), max(needed, exact), weights)

    async def _summarised(
        self,
        source: ReplySource,
        pieces: Sequence[Piece],
        head: Messages,
        more: Sequence[dict[str, Any]],
        fit: Fit,
        room: float,
    ) -> Said:
        """The conversation with a summary in the place of its beginning: one that is known, or a new one."""
        conversation_id = self._recall(pieces)
        known = self._known(pieces, fit, room)
        if known is not None:
            first, summary = known
            return _said(head, pieces, more, first, {SUMMARISED: first}, summary)
        # Half of the room is made free: the next messages need no new summary.
        first = _from_user(pieces, cut(fit.weights, room / 2, 1 + len(more)))
        first = max(fit.first, min(first, len(pieces) - 1))
        usage: dict[str, int] = {}
        try:
            async with asyncio.timeout(PATIENCE_S):
                summary = await self._ask(source, pieces[:first], fit.weights, room, usage)
                summary = summary[: min(LONGEST, max(200, round(room / _scale(pieces, fit.weights))))]
        except (Fault, TimeoutError) as fault:
            log.info("no summary came: %s", fault.kind if isinstance(fault, Fault) else "it took too long")
            summary = ""
        if not summary:
            return _said(head, pieces, more, fit.first, {UNSUMMARISED: fit.first}, spent=usage)
        self._keep(conversation_id, Summary(pieces[first - 1].id, summary))
        return _said(head, pieces, more, first, {SUMMARISED: first}, summary, usage)

    def _recall(self, pieces: Sequence[Piece]) -> str | None:
        """Look up the summary that is kept with the conversation of `pieces`; its id, None where the disk has none."""
        try:
            last = self._store.message(pieces[-1].id)
            conversation = self._store.conversation(last.conversation_id) if last is not None else None
        except Fault as fault:
            log.info("the kept summary could not be read: %s", fault.detail)
            return None
        if conversation is None:
            return None
        if conversation.summary is not None:
            self._summaries.setdefault(*conversation.summary)
        return conversation.id

    def _keep(self, conversation_id: str | None, summary: Summary) -> None:
        """For the next messages, also of a later run. Where the disk refuses, it is made again then."""
        self._summaries[summary.message_id] = summary.text
        while len(self._summaries) > KEPT_SUMMARIES:
            del self._summaries[next(iter(self._summaries))]
        if conversation_id is None:
            return
        try:
            now = self._store.conversation(conversation_id)
            if now is not None:
                self._store.update_conversation(replace(now, summary=summary), synced=False)
        except Fault as fault:
            log.info("the summary could not be kept: %s", fault.detail)

    def _known(self, pieces: Sequence[Piece], fit: Fit, room: float) -> tuple[int, str] | None:
        """A summary with which what comes after it fits, and where that begins."""
        left = sum(fit.weights[len(pieces) - 1 :])
        for index in range(len(pieces) - 1, 0, -1):
            summary = self._summaries.get(pieces[index - 1].id)
            if summary is not None:
                told = _scale(pieces, fit.weights) * (EACH + estimated(BEFORE_SUMMARY + summary))
                return (index, summary) if left + told <= room else None
            left += fit.weights[index - 1]
        return None

    async def _ask(
        self,
        source: ReplySource,
        pieces: Sequence[Piece],
        weights: Sequence[float],
        room: float,
        usage: dict[str, int],
    ) -> str:
        """A summary of `pieces`, from the last summary on; of the newest of them where not all fit."""
        begun, before = 0, ""
        for index in range(len(pieces), 0, -1):
            if (known := self._summaries.get(pieces[index - 1].id)) is not None:
                begun, before = index, known
                break
        asked = [*_as_system(before), {"role": Role.USER.value, "content": REQUEST}]
        rest = pieces[begun:]
        spare = room - _scale(pieces, weights) * sum(map(weight, asked))
        first = _from_user(rest, cut(weights[begun : len(pieces)], spare)) if rest else 0
        measure = getattr(source, "measure", None)
        while True:
            messages = [*_as_system(before), *(piece.said for piece in rest[first:]), asked[-1]]
            if measure is None or await measure(messages) <= room:
                break
            if first >= len(rest) - 1:
                return ""  # the request itself has no room
            first = _from_user(rest, first + max(1, (len(rest) - first) // 4))
        parts: list[str] = []
        length = 0
        tell(Step.SUMMARISING)
        with unheard():
            async with aclosing(source.stream(messages)) as chunks:
                async for chunk in chunks:
                    if isinstance(chunk, Usage):
                        usage.update(chunk.counts)
                    elif isinstance(chunk, str) and length < LONGEST:
                        parts.append(chunk)
                        length += len(chunk)
        return "".join(parts).rpartition("</think>")[2].strip()[:LONGEST]


def fitted(
    pieces: Sequence[Piece], room: float, beside: float, tail: Sequence[int] = (), ratio: float = 1.0
) -> Fit:
    """What of `pieces` fits together with `beside` and, at the end, `tail`; a user's message stands first.

    ratio: no message takes less than so many times its estimate.
    """
    own = [piece.weight for piece in pieces]
    weights: list[float] = [float(one) for one in (*own, *tail)]
    for index in range(len(pieces) - 1, -1, -1):
        piece = pieces[index]
        if piece.held is not None and piece.left_out <= index:
            weights = corrected([*own, *tail], piece.held, piece.left_out, index, round(beside))
            break
    if ratio > 1.0:
        weights = [max(one, ratio * guessed) for one, guessed in zip(weights, (*own, *tail), strict=True)]
        beside *= ratio
    needed = round(sum(weights) + beside)
    if needed <= room:
        return Fit(0, needed, weights)
    first = min(_from_user(pieces, cut(weights, room - beside, 1 + len(tail))), max(0, len(pieces) - 1))
    return Fit(first, needed, weights)


def _surely_fit(pieces: Sequence[Piece], more: Sequence[dict[str, Any]], room: int, size: int) -> bool:
    """Whether all fits even if every byte since this model's last reply is a token: then nobody need count."""
    since = sum(map(_most_tokens, more))
    for piece in reversed(pieces):
        if piece.held is not None:
            return piece.context == size and not piece.left_out and piece.held + since <= room
        since += _most_tokens(piece.said)
    return False


def _most_tokens(message: Mapping[str, Any]) -> int:
    return MOST_BESIDE + len(str(message.get("content") or "").encode("utf-8", "replace"))


def _from_user(pieces: Sequence[Piece], first: int) -> int:
    """`first`, or the next message of the user's: many services want one at the beginning."""
    while 0 < first < len(pieces) - 1 and pieces[first].said["role"] != Role.USER.value:
        first += 1
    return first


def _scale(pieces: Sequence[Piece], weights: Sequence[float]) -> float:
    """How many times as many tokens as estimated messages take, by the service's own counts."""
    guessed = sum(piece.weight for piece in pieces)
    return max(1.0, sum(weights[: len(pieces)]) / guessed) if guessed else 1.0


def _as_system(summary: str) -> list[dict[str, Any]]:
    return [{"role": Role.SYSTEM.value, "content": BEFORE_SUMMARY + summary}] if summary else []


def _said(
    head: Messages,
    pieces: Sequence[Piece],
    more: Sequence[dict[str, Any]],
    first: int,
    counts: Mapping[str, int],
    summary: str = "",
    spent: Mapping[str, int] | None = None,
) -> Said:
    rest = [*(piece.said for piece in pieces[first:]), *more]
    if not summary:
        return Said([*head, *rest], counts, spent or {})
    # One message of the system's: some templates take no second one.
    told = "\n\n".join([*(str(message["content"]) for message in head), BEFORE_SUMMARY + summary])
    return Said([{"role": Role.SYSTEM.value, "content": told}, *rest], counts, spent or {})


async def _size(source: ReplySource, guessed: int) -> int | None:
    """How many tokens the source's model can look at, None where nobody knows; asked for where it may matter."""
    sized = getattr(source, "sized", None)
    if sized is not None and guessed >= getattr(source, "sized_from", 0):
        try:
            found: int | None = await sized()
        except Fault as fault:
            log.info("the context of the model is not known: %s", fault.detail)
        else:
            return found
    known: int | None = getattr(source, "context", None)
    return known


class TooLong(Fault):
    """Nothing is sent: the conversation does not fit, and the user wants to be asked. counts: for the reply's."""

    def __init__(self, detail: str, hint: str, counts: Mapping[str, int]) -> None:
        super().__init__(FaultKind.TOO_LARGE, detail, hint=hint)
        self.counts = counts


def _too_long(needed: int, size: int, alone: bool = False) -> TooLong:
    numbers = f"about {max(needed, 1):,} of {size:,} tokens"
    if alone:
        return TooLong(
            f"{NOTHING_SENT}the last message alone is longer than the model can look at ({numbers}).",
            "Shorten it, or choose a model that takes more text.",
            {CONTEXT: size},
        )
    what = "is longer than the model can look at" if needed > size else "leaves no room for an answer"
    return TooLong(
        f"{NOTHING_SENT}the conversation {what} ({numbers}).",
        "Choose what becomes of the oldest messages.",
        {NEEDED: max(needed, 1), CONTEXT: size},
    )
