"""Scripted reply sources: plain async generators behind the `ReplySource` protocol; they know no network."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field
from typing import Any

from pizzagpt_desktop.domain.conversation import Conversation
from pizzagpt_desktop.typing import Messages

Script = Callable[[Messages], AsyncGenerator[Any, None]]


@dataclass
class ScriptedSource:
    """Answers every question by running `script`; `asked` holds what was asked."""

    script: Script
    provider: str = "scripted"
    model: str = "recital-1"
    route: str = "nowhere"
    system_prompt: str = ""
    retries: int = 0
    context: int | None = None
    max_tokens: int | None = None
    asked: list[Messages] = field(default_factory=list)

    def stream(self, messages: Messages) -> AsyncGenerator[Any, None]:
        self.asked.append(messages)
        return self.script(messages)

    def choose(self, _conversation: Conversation) -> "ScriptedSource":
        return self


def saying(*chunks: Any) -> Script:
    """Yields the chunks, with a turn of the loop before each; an exception among them is raised."""

    async def script(_messages: Messages) -> AsyncGenerator[Any, None]:
        for chunk in chunks:
            await asyncio.sleep(0)
            if isinstance(chunk, BaseException):
                raise chunk
            yield chunk

    return script


class Prompter:
    """A source that says what the test tells it, when the test tells it."""

    def __init__(self) -> None:
        self._lines: asyncio.Queue[Any] = asyncio.Queue()
        self.closed = asyncio.Event()

    def say(self, *chunks: Any) -> None:
        for chunk in chunks:
            self._lines.put_nowait(chunk)

    def end(self) -> None:
        self._lines.put_nowait(None)

    async def script(self, _messages: Messages) -> AsyncGenerator[Any, None]:
        try:
            while (line := await self._lines.get()) is not None:
                if isinstance(line, BaseException):
                    raise line
                yield line
        finally:
            self.closed.set()
