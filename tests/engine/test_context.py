"""A conversation longer than the context of a real model, in the engine and on a server of the user's own."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

import pytest

from pizzagpt_desktop.chat.announcer import Announcer
from pizzagpt_desktop.chat.events import Event, ReplyEnded
from pizzagpt_desktop.chat.service import ChatService
from pizzagpt_desktop.chat.tasks import TaskScope
from pizzagpt_desktop.chat.weighing import Weighed, Weigher
from pizzagpt_desktop.domain.conversation import Conversation, Message, Status
from pizzagpt_desktop.domain.faults import FaultKind
from pizzagpt_desktop.domain.local import NO_LOCAL
from pizzagpt_desktop.domain.preferences import Live, Preferences, ServiceSettings
from pizzagpt_desktop.domain.proxy import ProxyMode, ProxySettings
from pizzagpt_desktop.domain.window_notes import CONTEXT, LEFT_OUT, SUMMARISED
from pizzagpt_desktop.engine.computer import Computer
from pizzagpt_desktop.providers.registry import Registry
from pizzagpt_desktop.providers.sources import Sources
from tests.helpers.llama_server import MODELS, llama_server
from tests.helpers.memory_store import MemoryStore

pytestmark = [pytest.mark.counterpart, pytest.mark.timeout(90)]
SAID = "Tell me again what the parrot says, word for word, and leave nothing out of it."
STRAIGHT = ProxySettings(mode=ProxyMode.NONE)


@dataclass
class Desk:
    """A chat on a real model."""

    store: MemoryStore
    service: ChatService
    sources: Sources
    scope: TaskScope
    ended: list[Message]

    async def say(self, text: str = SAID) -> Message:
        before = len(self.ended)
        assert self.service.send("c", text) is not None
        return await self.next(before)

    async def next(self, before: int) -> Message:
        async with self.scope_timeout():
            while len(self.ended) == before:
                await self.turn()
        return self.ended[-1]

    @staticmethod
    def scope_timeout():  # type: ignore[no-untyped-def]
        import asyncio

        return asyncio.timeout(60)

    @staticmethod
    async def turn() -> None:
        import asyncio

        await asyncio.sleep(0.01)


@pytest.fixture
async def make_desk(_no_leaked_task: None) -> AsyncIterator[object]:
    scope, local = TaskScope(), {"context": 512}
    computer = Computer(scope.spawn, MODELS, lambda: replace(NO_LOCAL, **local))
    made: list[ChatService] = []

    def make(service: ServiceSettings, when_full: str = "leave_out", context: int = 512) -> Desk:
        local["context"] = context
        preferences = Live(Preferences(service="s", services={"s": service}, proxy=STRAIGHT))
        sources = Sources(Registry(), preferences, lambda _name: None, computer=computer)
        store, announcer = MemoryStore(), Announcer()
        chat = ChatService(store, sources.choose, scope, announcer, when_full=lambda: when_full)
        ended: list[Message] = []

        def hear(event: Event) -> None:
            if isinstance(event, ReplyEnded):
                ended.append(event.message)

        announcer.subscribe(hear)
        made.append(chat)
        return Desk(store, chat, sources, scope, ended)

    yield make
    await computer.close()
    for chat in made:
        await chat.close()


@pytest.mark.parametrize(
    ("when_full", "note", "context"), [("leave_out", LEFT_OUT, 512), ("summarise", SUMMARISED, 2048)]
)
async def test_a_conversation_longer_than_the_context_goes_on_being_answered(
    make_desk, when_full: str, note: str, context: int
) -> None:  # type: ignore[no-untyped-def]
    desk: Desk = make_desk(
        ServiceSettings(provider="local", model="tiny-parrot", max_tokens=120), when_full, context
    )
    turns = 9 if context == 512 else 16
    replies = [await desk.say() for _ in range(turns)]
    assert [reply.status for reply in replies] == [Status.COMPLETE] * turns, replies[-1].fault
    counts = [reply.usage or {} for reply in replies]
    assert all(count[CONTEXT] == context for count in counts)
    assert all(count["prompt_tokens"] <= context - 120 for count in counts), "counted exactly, so it fits"
    assert counts[-1].get(note, 0) > 0
    weigher, found = Weigher(desk.store, desk.scope), list[Weighed | None]()
    weigher.weigh("c", desk.sources.sight_of(Conversation(id="c")), False, found.append)
    while not found:
        await desk.turn()
    load = found[0].load(SAID) if found[0] is not None else None
    assert load is not None
    assert load.size == context
    assert load.left_out > 0


async def test_a_refusal_of_a_server_tells_its_context_so_that_the_next_try_fits(make_desk) -> None:  # type: ignore[no-untyped-def]
    with llama_server(context=512) as server:
        desk: Desk = make_desk(
            ServiceSettings(provider="openai", base_url=server.base_url, model="x", max_tokens=60)
        )
        here = Conversation(id="c")
        assert desk.sources.sight_of(here).size is None
        reply = await desk.say()
        while reply.status is Status.COMPLETE:
            reply = await desk.say()
        assert reply.fault is not None
        assert reply.fault.kind is FaultKind.BAD_REQUEST
        assert desk.sources.sight_of(here).size == 512
        before = len(desk.ended)
        desk.service.retry(reply.id)
        again = await desk.next(before)
        assert again.status is Status.COMPLETE, again.fault
        assert (again.usage or {})[LEFT_OUT] > 0
