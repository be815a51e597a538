"""A chat on a store in memory with a scripted source, and everything it announced."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

import pytest

from pizzagpt_desktop.chat.events import Announcer, Event, ReplyEnded
from pizzagpt_desktop.chat.library import Library
from pizzagpt_desktop.chat.ports import SourceChooser
from pizzagpt_desktop.chat.service import ChatService
from pizzagpt_desktop.chat.tasks import TaskScope
from pizzagpt_desktop.domain.conversation import Message
from tests.helpers.memory_store import MemoryStore


@dataclass
class Chat:
    store: MemoryStore
    service: ChatService
    library: Library
    scope: TaskScope
    crashes: list[BaseException]
    events: list[Event] = field(default_factory=list)
    _heard: asyncio.Event = field(default_factory=asyncio.Event)

    def hear(self, event: Event) -> None:
        self.events.append(event)
        self._heard.set()

    async def heard(self, is_it: Callable[[Event], bool]) -> Event:
        """The first event, past or to come, for which `is_it` holds."""
        async with asyncio.timeout(10):
            while True:
                for event in self.events:
                    if is_it(event):
                        return event
                self._heard.clear()
                await self._heard.wait()

    async def ended(self, reply: Message | None) -> Message:
        """The reply as it was announced in the end."""
        assert reply is not None
        event = await self.heard(lambda e: isinstance(e, ReplyEnded) and e.message.id == reply.id)
        assert isinstance(event, ReplyEnded)
        return event.message

    def of(self, kind: type) -> list[Event]:
        return [event for event in self.events if isinstance(event, kind)]


@pytest.fixture
async def make_chat() -> AsyncIterator[Callable[..., Chat]]:
    made: list[Chat] = []

    def make(choose: SourceChooser, store: MemoryStore | None = None) -> Chat:
        """store: of an earlier run."""
        store, announcer, crashes = store or MemoryStore(), Announcer(), list[BaseException]()
        scope = TaskScope(lambda _name, fault: crashes.append(fault))
        library = Library(store, announcer, scope=scope)
        service = ChatService(store, choose, scope, announcer, unsaved=library.unsaved)
        chat = Chat(store, service, library, scope, crashes)
        announcer.subscribe(chat.hear)
        made.append(chat)
        return chat

    yield make
    for chat in made:
        await chat.service.close()
        assert not chat.crashes
