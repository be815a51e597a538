"""Answering: the replies that are being written now, from the first request to the one end each has; asks no store.

Knows nothing of conversations, branches or queues: it is given a growing message, a source and what to say to it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from dataclasses import replace
from time import thread_time
from typing import TYPE_CHECKING

from pizzagpt_desktop import chat
from pizzagpt_desktop.chat.reply import Growth
from pizzagpt_desktop.domain.chunks import Heard, Resent, Usage
from pizzagpt_desktop.domain.conversation import FaultNote, Message, Status
from pizzagpt_desktop.domain.faults import Fault, FaultKind
from pizzagpt_desktop.domain.prices import COST
from pizzagpt_desktop.domain.steps import Step, listen

if TYPE_CHECKING:
    from pizzagpt_desktop.chat.announcer import Announcer
    from pizzagpt_desktop.chat.fitting import Said
    from pizzagpt_desktop.chat.ports import ReplySource
    from pizzagpt_desktop.chat.saving import Saver
    from pizzagpt_desktop.chat.tasks import TaskScope
    from pizzagpt_desktop.typing import Messages

    Reading = Callable[[], Awaitable[Said]]
    """Reads what is to be said, once it is called. Raises `Fault`: of the disk, or where nothing is to be sent."""

ANNOUNCE_S = 0.033
"""Pieces that arrive within this time are announced as one; the first one of a reply at once."""
CHECKPOINT_S = 0.18
"""A growing reply is stored at most this often.

What is shown is stored at most 250 ms later: this, and a loop that nothing holds for more than 50 ms.
"""
HEARD_S = 1.0
"""What comes and is not shown yet is announced at most this often."""
TURN_S = 0.008
"""How long a source may yield before the loop gets its turn, if it had work for half of that: else it had its turn."""
LONGEST_WAIT_S = 60.0
"""A service that asks to wait longer than this is not asked again by itself."""
FIRST_WAIT_S = 1.0
"""How long to wait before asking again where the service did not say; doubled each time."""


class Running:
    """One reply that is being written: its growth and the timers that announce and store it."""

    def __init__(self, growth: Growth) -> None:
        self.growth = growth
        self.ended = False
        self.task: asyncio.Task[None] | None = None
        self.announcing: asyncio.TimerHandle | None = None
        self.storing: asyncio.TimerHandle | None = None
        self.announced_at = 0.0
        self.spent = 0
        """What was paid for it before it was asked for: a summary of what came before."""

    def quiet(self) -> None:
        """No timer of this reply fires any more."""
        for handle in (self.announcing, self.storing):
            if handle is not None:
                handle.cancel()
        self.announcing = self.storing = None


class Answering:
    """At most one reply for each conversation. on_end: is given every reply as it ended, once, stored if the disk took it.

    priced: gives an ended reply its cost; its beginning may have cost something already."""

    def __init__(
        self,
        saver: Saver,
        scope: TaskScope,
        announcer: Announcer,
        clock: Callable[[], float],
        on_end: Callable[[Message], None],
        priced: Callable[[Message, int], Message] = lambda reply, before: reply,
    ) -> None:
        self._saver = saver
        self._scope = scope
        self._announcer = announcer
        self._clock = clock
        self._on_end = on_end
        self._priced = priced
        self._running: dict[str, Running] = {}

    @property
    def conversations(self) -> frozenset[str]:
        """The conversations that are being answered."""
        return frozenset(self._running)

    def is_answering(self, conversation_id: str) -> bool:
        return conversation_id in self._running

    def growing(self, conversation_id: str) -> Message | None:
        """The reply that is being written there, as it was when it began."""
        running = self._running.get(conversation_id)
        return running.growth.base if running is not None else None

    def expect(self, growing: Message) -> Running:
        """From now on the conversation of `growing` is being answered; `start` asks."""
        running = self._running[growing.conversation_id] = Running(Growth(growing))
        return running

    def start(self, running: Running, source: ReplySource, reading: Reading) -> None:
        """Have `reading` done and ask `source`, unless a listener stopped the reply as soon as it heard of it."""
        if not running.ended:
            running.growth.traffic = lambda: getattr(source, "traffic", (0, 0))
            name = f"reply {running.growth.message_id}"
            running.task = self._scope.spawn(self._reply(running, source, reading), name)

    def stop(self, conversation_id: str) -> None:
        """End the running reply at once, keeping its text; nothing more is heard of it."""
        running = self._running.get(conversation_id)
        if running is None:
            return
        self._end(running, Status.STOPPED)
        if running.task is not None:
            running.task.cancel()

    def save(self, conversation_id: str) -> None:
        """Announce and store now what has come of a running reply."""
        running = self._running.get(conversation_id)
        if running is not None:
            self._tell_growth(running)
            self._checkpoint(running)

    async def _reply(self, running: Running, source: ReplySource, reading: Reading) -> None:
        retries, wait_s = source.retries, FIRST_WAIT_S
        listen(lambda step: self._tell_step(running, step))
        try:
            try:
                said = await reading()
                self._note(running, said)
                messages = said.messages
            except Fault as fault:
                running.growth.take(Usage(getattr(fault, "counts", {})))
                self._end(running, Status.FAILED, chat.reply.note_of(fault))
                return
            while True:
                try:
                    await self._read(running, source, messages)
                except Fault as fault:
                    asked_s = fault.retry_after_s if fault.retry_after_s is not None else wait_s
                    if retries > 0 and _may_ask_again(fault, asked_s) and running.growth.is_empty:
                        retries -= 1
                        wait_s *= 2
                        self._announce_wait(running, asked_s)
                        await asyncio.sleep(asked_s)
                        continue
                    self._end(running, *running.growth.verdict_on(fault))
                else:
                    self._end(running, *running.growth.verdict())
                return
        except asyncio.CancelledError:
            self._end(running, Status.STOPPED)
            raise
        finally:
            # Only a mistake in the program leads here with a reply that goes on; the task scope reports it.
            self._end(
                running, Status.FAILED, FaultNote(FaultKind.UNEXPECTED_ANSWER, "The program made a mistake.")
            )

    def _note(self, running: Running, said: Said) -> None:
        """What was left out of what is sent is told with the reply, and what its summary cost is paid with it."""
        running.growth.take(Usage(said.counts))
        if said.spent:
            paid = self._priced(replace(running.growth.base, usage=said.spent), 0)
            running.spent = (paid.usage or {}).get(COST, 0)

    async def _read(self, running: Running, source: ReplySource, messages: Messages) -> None:
        loop = asyncio.get_running_loop()
        growth = running.growth
        turn_ends, rest_at = loop.time() + TURN_S, thread_time() + TURN_S / 2
        heard_at = loop.time()
        async with aclosing(source.stream(messages)) as chunks:
            async for chunk in chunks:
                if running.ended:
                    return
                if isinstance(chunk, Resent):
                    self._announce_wait(running, chunk.wait_s)
                    continue
                growth.take(chunk)
                now = loop.time()
                if isinstance(chunk, Heard):
                    if now >= heard_at + HEARD_S:
                        heard_at = now
                        self._tell_step(running, None)
                    continue
                if running.announcing is None and growth.is_fresh:
                    delay_s = max(0.0, running.announced_at + ANNOUNCE_S - now)
                    running.announcing = loop.call_later(delay_s, self._announce_growth, running)
                if now >= turn_ends:
                    if thread_time() >= rest_at:
                        await asyncio.sleep(0)
                        rest_at = thread_time() + TURN_S / 2
                    turn_ends = loop.time() + TURN_S

    def _announce_wait(self, running: Running, seconds: float) -> None:
        growth = running.growth
        self._announcer.announce(chat.events.ReplyWaiting(growth.conversation_id, growth.message_id, seconds))

    def _tell_step(self, running: Running, step: Step | None) -> None:
        growth = running.growth
        if not running.ended:
            event = chat.events.ReplyReached(growth.conversation_id, growth.message_id, step)
            self._announcer.announce(event)

    def _announce_growth(self, running: Running) -> None:
        loop = asyncio.get_running_loop()
        running.announcing = None
        running.announced_at = loop.time()
        self._tell_growth(running)
        if running.storing is None and not running.ended:
            running.storing = loop.call_later(CHECKPOINT_S, self._on_store_time, running)

    def _tell_growth(self, running: Running) -> None:
        growth = running.growth
        text, reasoning = growth.pop_fresh()
        if text or reasoning:
            self._announcer.announce(
                chat.events.ReplyGrew(growth.conversation_id, growth.message_id, text, reasoning)
            )

    def _on_store_time(self, running: Running) -> None:
        running.storing = None
        if not self._checkpoint(running) and not running.ended:
            # The next piece may be long in coming; another program's write, in the way just now, is not.
            loop = asyncio.get_running_loop()
            running.storing = loop.call_later(CHECKPOINT_S, self._on_store_time, running)

    def _checkpoint(self, running: Running) -> bool:
        return self._saver.checkpoint(running.growth.message_id, *running.growth.written())

    def _end(self, running: Running, status: Status, fault: FaultNote | None = None) -> None:
        """The one end of every reply: announce what is left, save, say how it ended. The second call does nothing."""
        if running.ended:
            return
        running.ended = True
        running.quiet()
        del self._running[running.growth.conversation_id]
        self._tell_growth(running)
        before = (running.growth.base.usage or {}).get(COST, 0) + running.spent
        message = self._priced(running.growth.grown(status, self._clock(), fault), before)
        self._saver.finish(message)
        self._on_end(message)


def _may_ask_again(fault: Fault, wait_s: float) -> bool:
    """Only where the service said that it did not take the request: anything else may have been answered, and paid."""
    untaken = fault.untaken or fault.kind is FaultKind.RATE_LIMIT
    return untaken and wait_s <= LONGEST_WAIT_S
