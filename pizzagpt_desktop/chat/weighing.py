"""Weighing: how much of what its model can look at a conversation takes, and what would be left out; asks no source."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from pizzagpt_desktop.chat.context import Piece, pieces_of, pieces_to
from pizzagpt_desktop.chat.fitting import fitted
from pizzagpt_desktop.domain.conversation import Role, Status, wire
from pizzagpt_desktop.domain.faults import Fault
from pizzagpt_desktop.domain.window import EACH, estimated, room_of, weight
from pizzagpt_desktop.domain.window_notes import CONTEXT

if TYPE_CHECKING:
    import asyncio

    from pizzagpt_desktop.chat.ports import SessionStore
    from pizzagpt_desktop.chat.tasks import TaskScope
    from pizzagpt_desktop.domain.conversation import Message
    from pizzagpt_desktop.domain.sight import Sight

LOOKED_BACK = 40
"""In so many of the last messages a count of the service's is looked for; without one all are estimated."""

log = logging.getLogger(__name__)


class Load(NamedTuple):
    """tokens: of all that would be sent, were there room. left_out: how many of the oldest would not be.

    exact: whether the service counted them all.
    """

    tokens: int
    size: int
    left_out: int = 0
    exact: bool = False


class Weighed(NamedTuple):
    """A conversation as it is stored. pieces: None where the service's count tells that there is room enough."""

    size: int
    room: int
    held: int
    exact: bool
    beside: int
    pieces: Sequence[Piece] | None
    ratio: float = 1.0

    def load(self, draft: str) -> Load | None:
        """With the next message; None where all messages have to be looked at for that."""
        more = EACH + estimated(draft) if draft.strip() else 0
        if self.pieces is None:
            if self.held + more > self.room:
                return None
            return Load(self.held + more, self.size, exact=self.exact and not more)
        pieces = list(self.pieces)
        if more:
            pieces.append(Piece("", {"role": Role.USER.value}, more))
        fit = fitted(pieces, self.room, self.beside, ratio=self.ratio)
        return Load(fit.needed, self.size, fit.first)


class Weigher:
    """At most one conversation at a time: the one that lies open."""

    def __init__(self, store: SessionStore, scope: TaskScope) -> None:
        self._store = store
        self._scope = scope
        self._task: asyncio.Task[None] | None = None

    def weigh(
        self, conversation_id: str, sight: Sight, whole: bool, done: Callable[[Weighed | None], None]
    ) -> None:
        """Look at a conversation in slices, then call `done`; with None where its model's context is not known.

        whole: at all of its messages, whatever the service counted. What was being weighed before is given up.
        """
        self.stop()

        async def run() -> None:
            try:
                found = await self._weighed(conversation_id, sight, whole)
            except Fault as fault:
                log.info("the conversation is not weighed: %s", fault.detail)
                found = None
            done(found)

        self._task = self._scope.spawn(run(), "weighing")

    def stop(self) -> None:
        """Nobody waits for it any more."""
        if self._task is not None:
            self._task.cancel()
            self._task = None

    async def _weighed(self, conversation_id: str, sight: Sight, whole: bool) -> Weighed | None:
        conversation = self._store.conversation(conversation_id)
        leaf_id = conversation.active_leaf_id if conversation is not None else None
        last = self._store.path_up(leaf_id, LOOKED_BACK) if leaf_id is not None else ()
        if last and last[-1].status is Status.STREAMING:
            last = last[:-1]
        size = sight.size or _told(last, sight.model)
        if size is None:
            return None
        room = room_of(size, sight.max_tokens)
        beside = sum(map(weight, wire((), sight.system_prompt)))
        recent = pieces_of(last, weighed=True)
        held, exact = _held(recent)
        if held is not None and held <= room and not whole:
            return Weighed(size, room, held, exact, beside, None)
        pieces = await pieces_to(self._store, None, last[-1].id if last else None, weighed=True)
        return Weighed(size, room, 0, False, beside, pieces, sight.ratio)


def _told(last: Sequence[Message], model: str) -> int | None:
    """The context that the last reply of the same model came with."""
    for message in reversed(last):
        if message.role is Role.ASSISTANT and model in ("", message.model):
            size = (message.usage or {}).get(CONTEXT)
            if size:
                return size
    return None


def _held(recent: Sequence[Piece]) -> tuple[int | None, bool]:
    """What the service counted last, and about what came since; whether that is exact. None where it did not count."""
    later = 0
    for piece in reversed(recent):
        if piece.held is not None:
            return (None, False) if piece.left_out else (piece.held + later, not later)
        later += piece.weight
    return None, False
