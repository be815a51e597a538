"""What is shown of a growing reply is on disk at most 250 ms later, by an exact clock; also under load.

`answering.CHECKPOINT_S` and a loop that nothing holds for longer than 50 ms make it so.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncGenerator
from itertools import pairwise
from typing import Any

import pytest

from pizzagpt_desktop.chat.announcer import Announcer
from pizzagpt_desktop.chat.events import Event, ReplyGrew
from pizzagpt_desktop.chat.library import Library
from pizzagpt_desktop.chat.service import ChatService
from pizzagpt_desktop.chat.tasks import TaskScope
from pizzagpt_desktop.domain.conversation import Message
from tests.helpers import virtual_time
from tests.helpers.memory_store import MemoryStore
from tests.helpers.sources import ScriptedSource

BEHIND_S = 0.25
STALL_S = 0.05
"""The longest that anything may hold the loop."""


class Clocked(MemoryStore):
    """When the store had how much of which reply."""

    def __init__(self, write_s: float) -> None:
        super().__init__()
        self.write_s = write_s
        self.had: dict[str, list[tuple[float, int]]] = defaultdict(list)
        self.ended: dict[str, tuple[float, int]] = {}
        self.refusals = 0

    def checkpoint(self, message_id: str, text: str, reasoning: str) -> None:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, virtual_time.VirtualLoop)
        loop.pass_time(self.write_s)
        if self.refusals:
            self.refusals -= 1
            self.refuse = {"checkpoint"}
        try:
            super().checkpoint(message_id, text, reasoning)
        finally:
            self.refuse = set()
        self.had[message_id].append((loop.time(), len(text) + len(reasoning)))

    def finish_message(self, message: Message) -> None:
        super().finish_message(message)
        now = asyncio.get_running_loop().time()
        self.ended[message.id] = (now, len(message.text) + len(message.reasoning))


def script(pause_s: float, words: int) -> Any:
    async def answer(_messages: Any) -> AsyncGenerator[Any, None]:
        for number in range(words):
            yield f"word{number} "
            await asyncio.sleep(pause_s)
        await asyncio.sleep(10)  # a reply that stalls: what is shown by then has to be on disk all the same

    return answer


def worst_delay(store: Clocked, streams: int, pause_s: float, words: int, stall_s: float) -> float:
    """The longest time for which something was shown and not stored."""
    shown: dict[str, list[tuple[float, int]]] = defaultdict(list)

    async def chat() -> None:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, virtual_time.VirtualLoop)
        announcer, crashes = Announcer(), list[BaseException]()
        scope = TaskScope(lambda _name, fault: crashes.append(fault))
        library = Library(store, announcer)
        source = ScriptedSource(script(pause_s, words))
        service = ChatService(store, source.choose, scope, announcer, unsaved=library.unsaved)

        def hear(event: Event) -> None:
            if isinstance(event, ReplyGrew):
                before = shown[event.message_id][-1][1] if shown[event.message_id] else 0
                more = len(event.text) + len(event.reasoning)
                shown[event.message_id].append((loop.time(), before + more))

        announcer.subscribe(hear)

        def hold() -> None:
            loop.pass_time(stall_s)
            loop.call_later(0.001, hold)

        if stall_s:
            loop.call_soon(hold)
        for number in range(streams):
            service.send(f"c{number}", "go")
        await asyncio.sleep(words * pause_s + 5)
        await service.close()
        assert not crashes

    virtual_time.run(chat())
    assert len(shown) == streams
    worst = 0.0
    for message_id, pieces in shown.items():
        for moment, length in pieces:
            stored = [at for at, had in [*store.had[message_id], store.ended[message_id]] if had >= length]
            assert stored, f"{length} characters shown at {moment} were never stored"
            worst = max(worst, stored[0] - moment)
    for moments in store.had.values():
        assert all(later - earlier > 0.1 for (earlier, _), (later, _) in pairwise(moments)), "too many writes"
    return worst


@pytest.mark.parametrize(
    ("streams", "pause_s", "write_s", "stall_s"),
    [
        (1, 0.02, 0.0, 0.0),
        (1, 0.0005, 0.001, 0.0),
        (1, 0.3, 0.001, 0.0),
        (10, 0.02, 0.001, 0.0),
        (1, 0.02, 0.0, STALL_S - 0.005),
        (3, 0.02, 0.001, STALL_S - 0.005),
    ],
)
def test_what_is_shown_is_stored_in_time(
    streams: int, pause_s: float, write_s: float, stall_s: float
) -> None:
    words = min(400, round(4 / pause_s))
    worst = worst_delay(Clocked(write_s), streams, pause_s, words, stall_s)
    assert 0.1 < worst <= BEHIND_S


def test_a_refused_checkpoint_is_tried_again_without_more_text() -> None:
    store = Clocked(0.0)
    store.refusals = 3
    assert worst_delay(store, 1, 0.02, 1, 0.0) <= 4 * BEHIND_S
