"""Imports, exports and attached files beside the window: the work in a thread, what came of it to the window.

Made when the first one is asked for. The thread has a connection of its own to the chat file.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

from pizzagpt_desktop.attaching import read_attachment
from pizzagpt_desktop.domain.faults import Fault, FaultKind
from pizzagpt_desktop.exchange.values import line
from pizzagpt_desktop.exporting import kind_of, writing
from pizzagpt_desktop.importing import IMPORTED, Import
from pizzagpt_desktop.storage.arriving import Arriving
from pizzagpt_desktop.storage.connection import Database
from pizzagpt_desktop.storage.store import PATIENT_WAIT_S, SqliteSessionStore

if TYPE_CHECKING:
    from collections.abc import Generator

    from pizzagpt_desktop.chat.library import Library
    from pizzagpt_desktop.chat.tasks import TaskScope
    from pizzagpt_desktop.opening import Opened
    from pizzagpt_desktop.ui.exchanging import Exchanging

T = TypeVar("T")

ATTACHED_AT_ONCE = 10
LOOKED_AT_ONCE = 100
WENT_WRONG = "Something went wrong, and it was not done to its end."
LOOK = "What was done by then stays as it is."
TURN_S = 0.05
"""So long the thread works before it is looked whether to go on."""

log = logging.getLogger(__name__)


class Carrier:
    """One for each window."""

    def __init__(
        self,
        opened: Opened,
        exchanging: Exchanging,
        library: Library,
        scope: TaskScope,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._opened = opened
        self._store = opened.store
        self._exchanging = exchanging
        self._library = library
        self._scope = scope
        self._clock = clock
        self._busy = False
        self._stopped = False
        exchanging.stop_asked.connect(self.stop)

    def stop(self) -> None:
        """Do no more of what is being done."""
        self._stopped = True

    def bring_in(self, path: str) -> None:
        """Import a file."""
        self._spawn(self._bring_in(Path(path)), "import")

    def write_out(self, ids: Sequence[str], path: str) -> None:
        """Export conversations to a file."""
        self._spawn(self._write_out(list(ids), Path(path)), "export")

    def attach(self, paths: Sequence[str]) -> None:
        """Read files and have them go with the next message."""
        self._scope.spawn(self._attach([Path(path) for path in paths]), "attach")

    async def _attach(self, paths: Sequence[Path]) -> None:
        for path in paths[:ATTACHED_AT_ONCE]:
            with _Thread() as thread:
                try:
                    self._exchanging.attach(await thread.do(partial(read_attachment, path)))
                except Fault as fault:
                    self._exchanging.not_attached(line(path.name, 40), fault)
        if len(paths) > ATTACHED_AT_ONCE:
            words = f"Only the first {ATTACHED_AT_ONCE} files were attached."
            self._exchanging.not_attached("", Fault(FaultKind.BAD_REQUEST, words))

    async def _bring_in(self, path: Path) -> None:
        if not self._opened.saves:
            self._exchanging.imported((), "These chats are not saved, so nothing can be imported.", False)
            return
        name = line(path.name, 40)
        self._exchanging.begun(f"Importing {name}…")

        def begin() -> tuple[Database, Import]:
            database = Database(self._store.file, PATIENT_WAIT_S)
            return database, Import(path, Arriving(database, self._store.making), self._clock())

        with _Thread() as thread:
            try:
                database, bringing = await thread.do(begin)
            except Fault as fault:
                self._exchanging.failed(fault)
                return
            steps = _Steps(bringing.steps())
            try:
                while (progress := await thread.do(steps.turn)) is not None and not self._stopped:
                    words = f"Importing {name}: {progress.done:.0%}"
                    self._exchanging.goes_on(f"{words}, {progress.conversations:,} conversations so far.")
                    self._show_what_came()
            finally:
                await thread.do(steps.close)
                await thread.do(database.close)
        while self._show_what_came():  # noqa: ASYNC110  (each turn announces some more)
            await asyncio.sleep(0)
        outcome = bringing.outcome()
        log.info("an import ended: %s, %d conversations", outcome.result, outcome.conversations)
        self._exchanging.imported(outcome.ids, outcome.message, outcome.result == IMPORTED)

    def _show_what_came(self) -> bool:
        """Have some of what came in announced; whether there is more of it."""
        try:
            return self._library.refresh()
        except Fault as fault:
            log.info("cannot look for what was imported: %s", fault.detail)
            return False

    async def _write_out(self, ids: Sequence[str], path: Path) -> None:
        kind = kind_of(path, len(ids) > 1)
        number = "1 conversation" if len(ids) == 1 else f"{len(ids):,} conversations"
        self._exchanging.begun(f"Exporting {number}…")
        in_memory = not self._opened.saves or await self._holds_temporary(ids)
        with _Thread() as thread:
            # What is only in memory is read where it is; the rest has a connection of the thread's own.
            do = _here if in_memory else thread.do
            own: SqliteSessionStore | None = None
            try:
                if not in_memory:
                    own = await thread.do(lambda: SqliteSessionStore(self._store.file, wait_s=PATIENT_WAIT_S))
                steps = _Steps(writing(own or self._store, ids, path, kind))
                try:
                    while (count := await do(steps.turn)) is not None and not self._stopped:
                        self._exchanging.goes_on(f"Exporting {count:,} of {number}…")
                finally:
                    await do(steps.close)
            except Fault as fault:
                self._exchanging.failed(fault)
                return
            finally:
                if own is not None:
                    await thread.do(own.close)
        if self._stopped and count is not None:
            self._exchanging.over()
        else:
            self._exchanging.exported(f"{number} exported to {path}")

    async def _holds_temporary(self, ids: Sequence[str]) -> bool:
        """Whether one of them is only in memory; those that were erased meanwhile are nowhere."""
        for start in range(0, len(ids), LOOKED_AT_ONCE):
            found = map(self._store.conversation, ids[start : start + LOOKED_AT_ONCE])
            if any(one is not None and one.temporary for one in found):
                return True
            await asyncio.sleep(0)
        return False

    def _spawn(self, work: Coroutine[Any, Any, None], name: str) -> None:
        if self._busy:
            work.close()
            self._exchanging.busy()
            return
        self._busy, self._stopped = True, False

        async def alone() -> None:
            over = False
            try:
                await work
                over = True
            except asyncio.CancelledError:  # the window is closed
                over = True
                raise
            finally:
                self._busy = False
                if not over:  # it is reported as any other crash; here nothing goes on for ever
                    self._exchanging.failed(Fault(FaultKind.STORAGE, WENT_WRONG, hint=LOOK))

        self._scope.spawn(alone(), name)


class _Steps(Generic[T]):
    """Steps of something, done for `TURN_S` at a time, and let go of before their end or after it."""

    def __init__(self, steps: Iterator[T]) -> None:
        self._steps = cast("Generator[T, None, None]", steps)

    def turn(self) -> T | None:
        """The last of the steps done now, None where there are no more."""
        until = time.monotonic() + TURN_S
        last: T | None = None
        for last in self._steps:
            if time.monotonic() >= until:
                return last
        return None

    def close(self) -> None:
        with closing(self._steps):
            pass


class _Thread:
    """A thread in which one thing is done after the other while the loop turns."""

    def __init__(self) -> None:
        self._executor = ThreadPoolExecutor(1, "carrying")

    def __enter__(self) -> _Thread:
        return self

    def __exit__(self, *_: object) -> None:
        self._executor.shutdown(wait=False)

    async def do(self, work: Callable[[], T]) -> T:
        return await asyncio.wrap_future(self._executor.submit(work))


async def _here(work: Callable[[], T]) -> T:
    await asyncio.sleep(0)
    return work()
