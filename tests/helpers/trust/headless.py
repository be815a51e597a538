"""One start of the program without its window: the real store, library and service, put together as app.py does."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from pizzagpt_desktop.chat.announcer import Announcer
from pizzagpt_desktop.chat.library import Library
from pizzagpt_desktop.chat.service import ChatService
from pizzagpt_desktop.chat.tasks import TaskScope
from pizzagpt_desktop.domain.conversation import Conversation
from pizzagpt_desktop.domain.faults import Fault
from pizzagpt_desktop.storage.store import SqliteSessionStore


class Chat:
    """choose: the source that answers a conversation. hear: every event. Raises `Fault` where the file cannot be used."""

    def __init__(
        self, file: Path, choose: Callable[[Conversation], Any], hear: Callable[[Any], None]
    ) -> None:
        self.store = SqliteSessionStore(file)
        try:
            self.interrupted = self.store.interrupt_abandoned()
            announcer = Announcer()
            self.crashes: list[BaseException] = []
            self.library = Library(self.store, announcer)
            announcer.subscribe(hear)
            listed = self.library.conversations()
            self.newest = listed[0].id if listed else ""
        except Fault:
            self.store.close()
            raise
        self.scope = TaskScope(lambda _name, error: self.crashes.append(error))
        self.service = ChatService(self.store, choose, self.scope, announcer, unsaved=self.library.unsaved)
