"""This program's own window, driven as the others' views are; the chat file, the service and the list beside it are part of it."""

import asyncio
import time
from collections.abc import AsyncGenerator, Iterable, Sequence
from pathlib import Path
from tempfile import mkdtemp

from qasync import QEventLoop

from pizzagpt_desktop import __version__ as VERSION  # noqa: N812  (each of the views has this name)
from pizzagpt_desktop.chat.events import Event, ReplyEnded
from pizzagpt_desktop.domain.conversation import Conversation, Message, Role
from pizzagpt_desktop.storage.store import SqliteSessionStore
from pizzagpt_desktop.typing import Messages
from tests.benchmarks.chat_view import A_TURN, SIZE, ChatView, Painted, Then
from tests.helpers.ui_parts import Rig

__all__ = ["VERSION", "QEventLoop", "View"]


class View(ChatView):
    """The whole window on a chat file."""

    def __init__(self) -> None:
        self._store = SqliteSessionStore(Path(mkdtemp(dir=Path.home())) / "chats.db")
        self._rig = Rig(store=self._store)
        self._rig.show(*SIZE)
        self._then: Then | None = None
        self._rig.announcer.subscribe(self._on_event)

    @property
    def is_ready(self) -> bool:
        return True

    def keep(self, name: str, texts: Sequence[str]) -> None:
        now = time.time() - len(texts)
        self._store.add_conversation(Conversation(id=name, title=name, created_at=now), synced=False)
        before = None
        for number, text in enumerate(texts):
            message = Message(
                id=f"{name}{number}",
                conversation_id=name,
                parent_id=before,
                role=Role.ASSISTANT if number % 2 else Role.USER,
                text=text,
                created_at=now + number,
            )
            before = self._store.add_message(message, synced=False).id

    def open(self, name: str) -> None:
        self._rig.window.desk.open(name)

    def stream(self, question: str, tokens: Iterable[str], rate: float, then: Then) -> None:
        async def script(_: Messages) -> AsyncGenerator[str, None]:
            began = time.perf_counter()
            for count, token in enumerate(tokens):
                yield token
                if rate:
                    await asyncio.sleep(max(0.0, began + count / rate - time.perf_counter()))
                elif not count % A_TURN:
                    await asyncio.sleep(0)

        self._rig.source.script = script
        self._then = then
        self._rig.window.desk.open_new()
        self._rig.window.desk.send(question)

    def when_shown(self, word: str, then: Then) -> None:
        view = self._rig.window.page.transcript

        def enough() -> bool:
            messages = view.rows.messages
            return bool(messages) and word in messages[-1].text

        Painted(view.viewport(), enough, then)

    def _on_event(self, event: Event) -> None:
        if isinstance(event, ReplyEnded) and self._then is not None:
            then, self._then = self._then, None
            then()
