"""Titles by the model: asked for in the background, after the first complete reply, when nothing else is asked.

Knows when a title is wanted and what to make of the answer; the conversation never shows the request.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pizzagpt_desktop import chat
from pizzagpt_desktop.domain.conversation import Conversation, Message, Role, Status, title_from
from pizzagpt_desktop.domain.faults import Fault

if TYPE_CHECKING:
    from pizzagpt_desktop.chat.announcer import Announcer
    from pizzagpt_desktop.chat.ports import SessionStore, SourceChooser
    from pizzagpt_desktop.chat.tasks import TaskScope
    from pizzagpt_desktop.typing import Messages

PATIENCE_S = 30.0
"""How long a title may take to come."""
LONGEST = 4_000
"""Characters of an answer that are read before it is given up: a model may think aloud first."""
QUOTED = 1_500
"""Characters of the question and of the answer that are sent along."""
ATTEMPTS = 3
"""How often a request that gave way to an answer is made again."""
REQUEST = (
    "Give the conversation below a title of at most six words, in its own language. "
    "Answer with the title alone: one line, no quotation marks, nothing else."
)

log = logging.getLogger(__name__)


class Titles:
    """At most one request at a time, and only while `is_idle`: an answer that begins sends it away."""

    def __init__(
        self,
        store: SessionStore,
        choose: SourceChooser,
        scope: TaskScope,
        announcer: Announcer,
        is_idle: Callable[[], bool],
    ) -> None:
        self._store = store
        self._choose = choose
        self._scope = scope
        self._announcer = announcer
        self._is_idle = is_idle
        self._attempts: dict[str, int] = {}
        """Conversations that wait for a title, and how often they were asked for."""
        self._first: dict[str, tuple[str, ...]] = {}
        """The question and the answer that their titles are made from."""
        self._task: asyncio.Task[None] | None = None

    def consider(self, reply: Message) -> None:
        """A reply ended: if it is the first complete one of its conversation, a title is wanted."""
        try:
            if reply.status is Status.COMPLETE and self._is_first(reply):
                self._attempts.setdefault(reply.conversation_id, 0)
                self._first[reply.conversation_id] = (reply.parent_id or "", reply.id)
        except Fault as fault:
            log.info("no title is asked for: %s", fault.detail)
        self.go_on()

    def go_on(self) -> None:
        """Ask for the next title that is wanted, if this is the moment for it."""
        if self._task is None and self._attempts and self._is_idle():
            conversation_id = next(iter(self._attempts))
            self._task = self._scope.spawn(self._work(conversation_id), f"title of {conversation_id}")
            self._task.add_done_callback(self._on_done)

    def give_way(self) -> None:
        """An answer begins: what is being asked here is asked again later."""
        if self._task is not None:
            self._task.cancel()

    def close(self) -> None:
        """Nothing is asked any more."""
        self._attempts.clear()
        self._first.clear()
        self.give_way()

    def _is_first(self, reply: Message) -> bool:
        conversation = self._store.conversation(reply.conversation_id)
        if conversation is None or not _may_be_titled(conversation) or reply.parent_id is None:
            return False
        question = self._store.message(reply.parent_id)
        if question is None or question.parent_id is not None:
            return False
        beside = [*self._store.siblings(question.id).ids, *self._store.siblings(reply.id).ids]
        others = (self._store.message(identity) for identity in beside if identity != reply.id)
        return not any(
            m is not None and m.id != question.id and (m.role is Role.USER or m.status is Status.COMPLETE)
            for m in others
        )

    async def _work(self, conversation_id: str) -> None:
        self._attempts[conversation_id] += 1
        done = True
        try:
            conversation = self._store.conversation(conversation_id)
            if conversation is None or not _may_be_titled(conversation):
                return
            source = self._choose(conversation)
            async with asyncio.timeout(PATIENCE_S):
                text = await _read(source.stream(self._request(conversation_id)))
            self._take(conversation, cleaned(text))
        except asyncio.CancelledError:
            done = self._attempts.get(conversation_id, ATTEMPTS) >= ATTEMPTS
            raise
        except (Fault, TimeoutError) as fault:
            log.info("no title came: %s", fault.kind if isinstance(fault, Fault) else "it took too long")
        finally:
            if done:
                self._attempts.pop(conversation_id, None)
                self._first.pop(conversation_id, None)

    def _request(self, conversation_id: str) -> Messages:
        found = map(self._store.message, self._first.get(conversation_id, ()))
        said = [
            f"{'Question' if m.role is Role.USER else 'Answer'}: {m.text.strip()[:QUOTED]}"
            for m in found
            if m is not None
        ]
        return [{"role": Role.USER.value, "content": "\n\n".join([REQUEST, *said])}]

    def _take(self, before: Conversation, title: str) -> None:
        """Put the title in, unless the user was faster."""
        now = self._store.conversation(before.id)
        if not title or now is None or not _may_be_titled(now) or now.title != before.title:
            return
        titled = replace(now, title=title)
        self._store.update_conversation(titled)
        self._announcer.announce(chat.events.ConversationChanged(titled))

    def _on_done(self, _task: asyncio.Task[None]) -> None:
        self._task = None
        self.go_on()


def _may_be_titled(conversation: Conversation) -> bool:
    return not (conversation.title_is_custom or conversation.temporary or conversation.deleted_at is not None)


async def _read(chunks: AsyncGenerator[Any, None]) -> str:
    """The text of an answer, at most about `LONGEST` characters of it."""
    parts: list[str] = []
    length = 0
    async with aclosing(chunks):
        async for chunk in chunks:
            if isinstance(chunk, str):
                parts.append(chunk)
                length += len(chunk)
                if length >= LONGEST:
                    break
    return "".join(parts)


def cleaned(answer: str) -> str:
    """The title in a model's answer: its first line with words, without marks round it; "" where there is none."""
    _, end, said = answer.rpartition("</think>")
    if not end and said.lstrip().startswith("<think>"):
        return ""
    for line in said.splitlines():
        title = line.strip().lstrip("#>*-_` ").strip()
        for label in ("title:", "**title:**"):
            if title.casefold().startswith(label):
                title = title[len(label) :]
        title = title.strip(" \t*_`\"'“”„‟«»‹›「」『』").rstrip(".").rstrip()
        if any(char.isalnum() for char in title):
            return title_from(title)
    return ""
