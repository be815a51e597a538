"""Searching beside the loop: the newest question overtakes the one that is being answered; knows no SQL and no widget.

Everything stored is searched in a thread of its own, which also keeps the index up to date while nothing is asked.
Temporary conversations are never in the index: they are found by `find_in` only, on the loop, as they are small.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Protocol

from pizzagpt_desktop.domain.faults import Fault

if TYPE_CHECKING:
    from pizzagpt_desktop.chat.events import Event
    from pizzagpt_desktop.chat.ports import SessionStore
    from pizzagpt_desktop.domain.query import Found, Place, SearchRequest

TEND_AFTER_S = 2.0
"""How long after a change the index is brought up to date."""
REST_S = 0.025
"""How long it rests between two steps of that: twice as long as a step takes, so that others can write and draw."""


class SearchReader(Protocol):
    """Reads the index; used by one thread, but for `interrupt`. `find` and `places` raise `Fault` and nothing else."""

    def find(self, request: SearchRequest) -> Found: ...
    def places(self, conversation_id: str, text: str) -> tuple[Place, ...]: ...
    def tend(self) -> bool:
        """One short step of bringing the index up to date; whether more is to be done."""
        ...

    def interrupt(self) -> None:
        """Have the call that is running end soon."""
        ...

    def begin(self) -> None:
        """What was interrupted is over."""
        ...

    def close(self) -> None: ...


class _Question:
    """kind: a newer question of the same kind overtakes this one.

    Who is to hear the answer is not in here: the thread holds this, and must not be the last to let go of a widget.
    """

    def __init__(self, kind: str, ask: Callable[[SearchReader], Any]) -> None:
        self.kind = kind
        self.ask = ask


class Searcher:
    """Questions with an answer by call-back on the loop; a question that was overtaken is never answered.

    open_reader: None to ask the store on the loop (for stores in memory).
    """

    def __init__(self, store: SessionStore, open_reader: Callable[[], SearchReader] | None = None) -> None:
        self._store = store
        self._open_reader = open_reader
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._reader: SearchReader | None = None
        self._turn = threading.Condition()
        self._waiting: dict[str, _Question] = {}
        self._asked: _Question | None = None
        self._hearers: dict[_Question, Callable[[Any], None]] = {}
        """Of the questions that were not overtaken; for the loop alone."""
        self._tending = False
        self._closed = False
        self._timer: asyncio.TimerHandle | None = None

    def search(self, request: SearchRequest, done: Callable[[Found | Fault], None]) -> None:
        """Search everything. Overtakes the search before it."""
        if self._open_reader is None:
            self._at_once(lambda: self._find(request), done)
        else:
            self._ask(_Question("search", lambda reader: reader.find(request)), done)

    def find_in(
        self, conversation_id: str, text: str, done: Callable[[tuple[Place, ...] | Fault], None]
    ) -> None:
        """The messages of one conversation, of all its branches, that hold `text`, oldest first.

        Overtakes the one before it.
        """
        try:
            conversation = self._store.conversation(conversation_id)
        except Fault as fault:
            done(fault)
            return
        if conversation is None:
            done(())
        elif self._open_reader is None or conversation.temporary:
            self._at_once(lambda: self._places(conversation_id, text), done)
        else:
            self._ask(_Question("find", lambda reader: reader.places(conversation_id, text)), done)

    def forget(self, kind: str) -> None:
        """Whoever asked is gone: nothing of this kind ("search", "find") is answered any more."""
        with self._turn:
            self._overtake(kind)

    def on_event(self, event: Event) -> None:
        """Hear what the chat announces: what was written enters the index in a while."""
        if type(event).__name__ != "ReplyGrew":  # by its name: the events are loaded with the first of them
            self.note_change()

    def note_change(self) -> None:
        """Something was written, or may wait from earlier: bring the index up to date in a while."""
        if self._open_reader is not None and self._timer is None and not self._closed:
            with suppress(RuntimeError):  # without a loop nothing can be done in a while
                self._timer = asyncio.get_running_loop().call_later(TEND_AFTER_S, self._tend)

    def close(self) -> None:
        """Nothing is answered any more; the file is let go of. Waits for the thread, which ends at once."""
        if self._timer is not None:
            self._timer.cancel()
        with self._turn:
            self._closed = True
            for kind in ("search", "find"):
                self._overtake(kind)
            if self._reader is not None:
                self._reader.interrupt()
            self._turn.notify()
        thread, self._thread = self._thread, None
        if thread is not None:
            thread.join()

    # on the loop

    def _ask(self, question: _Question, done: Callable[[Any], None]) -> None:
        with self._turn:
            if self._closed:
                return
            self._overtake(question.kind)
            self._hearers[question] = done
            self._waiting[question.kind] = question
            self._start()

    def _tend(self) -> None:
        self._timer = None
        with self._turn:
            if not self._closed:
                self._tending = True
                self._start()

    def _start(self) -> None:
        if (
            self._thread is None or not self._thread.is_alive()
        ):  # where it ended in a crash, the next one goes on
            self._loop = asyncio.get_running_loop()
            self._thread = threading.Thread(target=self._run, name="search", daemon=True)
            self._thread.start()
        self._turn.notify()

    def _overtake(self, kind: str) -> None:
        self._waiting.pop(kind, None)
        for question in [one for one in self._hearers if one.kind == kind]:
            del self._hearers[question]
            if question is self._asked and self._reader is not None:
                self._reader.interrupt()

    def _answer(self, question: _Question, answer: Any) -> None:
        done = self._hearers.pop(question, None)
        if done is not None and not self._closed:
            done(answer)

    def _at_once(self, ask: Callable[[], Any], done: Callable[[Any], None]) -> None:
        try:
            answer = ask()
        except Fault as fault:
            answer = fault
        done(answer)

    def _find(self, request: SearchRequest) -> Found:
        from pizzagpt_desktop.domain.query import Found

        hits = (
            self._store.search(request.text, request.limit + 1, order=request.order)
            if request.text.strip()
            else ()
        )
        return Found(tuple(hits[: request.limit]), len(hits) > request.limit)

    def _places(self, conversation_id: str, text: str) -> tuple[Place, ...]:
        from pizzagpt_desktop.domain.conversation import Status
        from pizzagpt_desktop.domain.query import Place, Query, with_reasoning

        query = Query(text)
        if not query.terms:
            return ()
        found = []
        for message in self._store.messages(conversation_id):
            if message.status is not Status.STREAMING:
                times = query.count(message.text) if query.holds(message.text) else 0
                place = with_reasoning(Place(message.id, times, message.seq), query, message.reasoning)
                if place.times:
                    found.append(place)
        return tuple(found)

    # in the thread

    def _run(self) -> None:
        loop, open_reader = self._loop, self._open_reader
        if loop is None or open_reader is None:
            return
        reader = open_reader()
        try:
            while True:
                with self._turn:
                    self._reader = reader
                    self._asked = None
                    while not (self._closed or self._waiting or self._tending):
                        self._turn.wait()
                    if self._closed:
                        return
                    reader.begin()
                    kind = next(iter(self._waiting), None)
                    self._asked = question = self._waiting.pop(kind) if kind is not None else None
                if question is None:
                    self._tend_a_step(reader)
                    continue
                answer: Any
                try:
                    answer = question.ask(reader)
                except Fault as fault:
                    answer = fault
                with suppress(RuntimeError):  # the loop is closed: nobody is there to be answered
                    loop.call_soon_threadsafe(self._answer, question, answer)
                with self._turn:
                    self._tending = True
        finally:
            reader.close()

    def _tend_a_step(self, reader: SearchReader) -> None:
        more = reader.tend()
        with self._turn:
            self._tending = more
            if more and not self._waiting and not self._closed:
                self._turn.wait(REST_S)
