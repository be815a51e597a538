"""The fetches of this run, and those that wait since an earlier one: begun, paused, resumed and dropped by people only.

Knows no window: who shows them listens. Nothing is asked of any server before `start`.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from pizzagpt_desktop.domain.faults import Fault, FaultKind
from pizzagpt_desktop.engine.catalogue import Wanted
from pizzagpt_desktop.engine.child import Spawn
from pizzagpt_desktop.engine.fetching import Progress, Way, drop, fetch, parts_in

WENT_WRONG = "Something went wrong while the file was fetched. What came of it is kept."


class FetchState(StrEnum):
    RUNNING = "running"
    PAUSED = "paused"
    FAILED = "failed"
    """It stopped by itself; the fault says why."""
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Fetch:
    """One file on its way. path: where it is, once it is done."""

    wanted: Wanted
    state: FetchState
    progress: Progress
    fault: Fault | None = None
    path: Path | None = None


class Fetches:
    """By file name. folder: where the files go. way: see `fetching.Way`. Listeners hear of each change, with the fetch."""

    def __init__(self, spawn: Spawn, folder: Path, way: Way) -> None:
        self._spawn = spawn
        self._folder = folder
        self._way = way
        self._known: dict[str, Fetch] | None = None
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._listeners: list[Callable[[Fetch], None]] = []

    def all(self) -> list[Fetch]:
        """What is on its way or waits, as it stands."""
        return list(self._fetches().values())

    def subscribe(self, listener: Callable[[Fetch], None]) -> Callable[[], None]:
        """Tell `listener` of each change; the returned call ends that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener) if listener in self._listeners else None

    def start(self, wanted: Wanted) -> None:
        """Fetch a file, or go on with it."""
        if wanted.file in self._tasks:
            return
        known = self._fetches().get(wanted.file)
        progress = known.progress if known is not None else Progress(0, wanted.size)
        self._change(Fetch(wanted, FetchState.RUNNING, replace(progress, rate=0.0)))
        task = self._spawn(self._run(wanted), f"fetch {wanted.file}")
        self._tasks[wanted.file] = task
        task.add_done_callback(lambda ended: self._let_go(wanted.file, ended))

    def resume(self, file: str) -> None:
        """Go on with a file that is paused or failed."""
        known = self._fetches().get(file)
        if known is not None and known.state in (FetchState.PAUSED, FetchState.FAILED):
            self.start(known.wanted)

    def pause(self, file: str) -> None:
        """Stop for now; what has come is kept, over restarts too."""
        task = self._tasks.get(file)
        if task is not None:
            task.cancel()

    async def drop(self, file: str) -> None:
        """Stop for good, and forget what has come."""
        task = self._tasks.get(file)
        if task is not None:
            task.cancel()
            await asyncio.wait({task})
        drop(self._folder, file)
        self._fetches().pop(file, None)

    def _fetches(self) -> dict[str, Fetch]:
        if self._known is None:
            self._known = {
                part.wanted.file: Fetch(part.wanted, FetchState.PAUSED, Progress(part.done, part.wanted.size))
                for part in parts_in(self._folder)
            }
        return self._known

    async def _run(self, wanted: Wanted) -> None:
        def tell(progress: Progress) -> None:
            known = self._fetches().get(wanted.file)
            if known is not None and known.state is FetchState.RUNNING:
                self._change(replace(known, progress=progress))

        try:
            path = await fetch(wanted, self._folder, self._way, tell)
        except asyncio.CancelledError:
            self._end(wanted.file, FetchState.PAUSED)
            raise
        except Fault as fault:
            self._end(wanted.file, FetchState.FAILED, fault)
        else:
            self._end(wanted.file, FetchState.DONE, path=path)

    def _let_go(self, file: str, task: "asyncio.Task[None]") -> None:
        """However it ended, also before it began or by what nobody expected: it can be resumed."""
        self._tasks.pop(file, None)
        known = self._fetches().get(file)
        if known is not None and known.state is FetchState.RUNNING:
            if task.cancelled():
                self._end(file, FetchState.PAUSED)
            else:
                self._end(file, FetchState.FAILED, Fault(FaultKind.SERVER, WENT_WRONG, hint="Try again."))

    def _end(
        self, file: str, state: FetchState, fault: Fault | None = None, path: Path | None = None
    ) -> None:
        known = self._fetches().get(file)
        if known is not None:
            progress = replace(known.progress, rate=0.0, checking=False)
            self._change(replace(known, state=state, fault=fault, path=path, progress=progress))

    def _change(self, fetch: Fetch) -> None:
        self._fetches()[fetch.wanted.file] = fetch
        for listener in tuple(self._listeners):
            listener(fetch)
