"""The engine: at most one model of this computer loaded at a time, lent to whoever asks; knows no dialect and no window.

A model is loaded when it is first asked, changed when nobody uses it, and let go of after a while without use.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from pizzagpt_desktop.domain.faults import Fault, FaultKind
from pizzagpt_desktop.domain.preferences import Live
from pizzagpt_desktop.engine.child import Child, Spawn, worker_command
from pizzagpt_desktop.engine.load import Load
from pizzagpt_desktop.engine.news import EngineNews, EngineState
from pizzagpt_desktop.network.http import Limits, open_http

BEAT_S = 0.5
"""How often a process in use is asked for a sign of life."""
SILENT_S = 1.6
"""From when on a process that gave none is said not to answer."""
_EXPLAIN_S = 0.5
_BORROW_S = 0.25
_ASK_OTHERS = Limits(connect_s=1.0, first_byte_s=2.0, silence_s=2.0)


class Lease(Protocol):
    """The right to have a model loaded, among all programs of this user."""

    def tell(self, address: str, key: str) -> None:
        """Let the others know where it is served."""
        ...

    def close(self) -> None: ...


class Seats(Protocol):
    """Which program has which model loaded."""

    def take(self, path: str) -> Lease | None:
        """None while another program has it."""
        ...

    def told(self, path: str) -> tuple[str, str] | None:
        """Address and key of who serves it; None before that is told."""
        ...


@dataclass(frozen=True, slots=True)
class Loan:
    """A loaded model: where and with which key it answers. child: None where another program serves it."""

    address: str
    key: str
    child: Child | None

    async def explained(self, fault: Fault) -> Fault:
        """`fault` of a request, or, if the process ended, how it did."""
        if self.child is not None and await self.child.until_gone(_EXPLAIN_S):
            return self.child.why()
        return fault


class Engine:
    """Lends models. spawn: owns the tasks. seats: keeps two programs from loading the same file twice; None where that does not matter."""

    def __init__(
        self, spawn: Spawn, seats: Seats | None = None, command: Sequence[str] | None = None
    ) -> None:
        self.news: Live[EngineNews] = Live(EngineNews())
        self._spawn = spawn
        self._seats = seats
        self._command = list(command) if command is not None else worker_command()
        self._child: Child | None = None
        self._lease: Lease | None = None
        self._users = 0
        self._turn = asyncio.Lock()
        self._unused = asyncio.Event()
        self._unused.set()
        self._idle: asyncio.TimerHandle | None = None
        self._beat: asyncio.TimerHandle | None = None

    @property
    def process_id(self) -> int | None:
        """Of the process that is there, None where there is none."""
        child = self._child
        return child.process_id if child is not None and child.ending is None else None

    @asynccontextmanager
    async def lend(self, load: Load, idle_s: float = 0.0) -> AsyncIterator[Loan]:
        """A loaded model for as long as the block runs; raises Fault(ENGINE) where it cannot be loaded.

        Another model is let go of first, as soon as nobody uses it. idle_s: when it goes after the last use, 0 never.
        """
        self._forget_idle()
        try:
            async with self._turn:
                loan = await self._loan(load)
                self._users += 1
                self._unused.clear()
        finally:
            self._begin_idle(idle_s)
        self._begin_beat()
        try:
            yield loan
        finally:
            self._users -= 1
            if not self._users:
                self._unused.set()
                self._begin_idle(idle_s)

    async def unload(self) -> None:
        """Let go of the model, whoever uses it."""
        self._forget_idle()
        child, self._child = self._child, None
        if child is not None:
            await child.stop()
        self._give_back()
        self.news.set(EngineNews())

    def restart(self) -> None:
        """End a process that hangs: replies keep their text, and the next request starts it anew."""
        if self._child is not None:
            self._child.kill()

    async def close(self) -> None:
        """The last thing of a run."""
        for timer in (self._idle, self._beat):
            if timer is not None:
                timer.cancel()
        await self.unload()

    # --- inside -----------------------------------------------------------------------------------------------

    async def _loan(self, load: Load) -> Loan:
        while True:
            child = self._child
            if child is not None and child.ending is None and child.load == load:
                await child.until_ready()
                return Loan(child.address, child.key, child)
            await self._unused.wait()  # another model, or one that ended, is not taken from under a reply
            if self._child is child:
                break
        if child is not None:
            await child.stop()
            self._child = None
        self._give_back()
        if self._seats is not None:
            lent = await self._borrowed(load, self._seats)
            if lent is not None:
                return lent
        return await self._loaded(load)

    async def _loaded(self, load: Load) -> Loan:
        loop = asyncio.get_running_loop()
        child = self._child = Child(load, self._spawn, self._command, self._on_child_ended)
        self.news.set(EngineNews(EngineState.LOADING, child.name, loop.time()))
        # The reply that asked may be stopped meanwhile; the process must not be lost by that.
        await asyncio.shield(self._spawn(child.start(), "engine start"))
        await child.until_ready()
        self.news.set(EngineNews(EngineState.READY, child.name, self.news.value.since))
        if self._lease is not None:
            self._lease.tell(child.address, child.key)
        return Loan(child.address, child.key, child)

    async def _borrowed(self, load: Load, seats: Seats) -> Loan | None:
        """The same model as another program of this user serves it; None where this one is to load it."""
        while True:
            self._lease = seats.take(load.path)
            if self._lease is not None:
                return None
            told = seats.told(load.path)
            if told is not None and await _answers(*told):
                return Loan(*told, None)
            await asyncio.sleep(_BORROW_S)  # it loads, or just ended

    def _on_child_ended(self, child: Child) -> None:
        if child is not self._child:
            return
        self._give_back()
        if child.was_ended or child.ending is None:
            self.news.set(EngineNews())
        else:
            self.news.set(EngineNews(EngineState.ENDED, child.name, words=child.ending.detail))

    def _give_back(self) -> None:
        lease, self._lease = self._lease, None
        if lease is not None:
            lease.close()

    def _begin_idle(self, idle_s: float) -> None:
        self._forget_idle()
        if idle_s and not self._users and self._child is not None:
            self._idle = asyncio.get_running_loop().call_later(idle_s, self._on_idle, idle_s)

    def _forget_idle(self) -> None:
        if self._idle is not None:
            self._idle.cancel()
            self._idle = None

    def _on_idle(self, idle_s: float) -> None:
        self._idle = None
        if not self._users:
            self._spawn(self._unload_unless_lent(idle_s), "engine idle")

    async def _unload_unless_lent(self, idle_s: float) -> None:
        """Unload, unless another program is being answered just now."""
        child = self._child
        if child is not None and self._seats is not None and await _is_answering(child.address, child.key):
            self._begin_idle(idle_s)
        elif not self._users:
            async with self._turn:
                if not self._users and self._child is child:
                    await self.unload()

    # --- signs of life ----------------------------------------------------------------------------------------

    def _begin_beat(self) -> None:
        if self._beat is None:
            self._next_beat()

    def _next_beat(self) -> None:
        loop = asyncio.get_running_loop()
        self._beat = loop.call_later(BEAT_S, self._on_beat, loop.time() + BEAT_S)

    def _on_beat(self, due: float) -> None:
        self._beat = None
        child = self._child
        if not self._users or child is None or child.ending is not None:
            return
        now = asyncio.get_running_loop().time()
        if now - due > BEAT_S:
            child.heard_at = now  # this program slept, so what the process said has not been read yet
        state = EngineState.SILENT if now - child.heard_at > SILENT_S else EngineState.READY
        self.news.set(EngineNews(state, child.name, self.news.value.since))
        child.ask_for_a_sign()
        self._next_beat()


async def _answers(address: str, key: str) -> bool:
    return await _status(address + "/health", key) == 200


async def _is_answering(address: str, key: str) -> bool:
    try:
        async with open_http("GET", address + "/slots", headers=_bearer(key), limits=_ASK_OTHERS) as answer:
            return answer.status == 200 and b'"is_processing":true' in await answer.body()
    except Fault:
        return False


async def _status(url: str, key: str) -> int:
    try:
        async with open_http("GET", url, headers=_bearer(key), limits=_ASK_OTHERS) as answer:
            return answer.status
    except Fault:
        return 0


def _bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


def load_of(path: Path, context: int, threads: int = 0, gpu_layers: int = -1, memory_limit: int = 0) -> Load:
    """What to load; the same file under another name of its own is the same. Raises Fault(ENGINE) where it is gone."""
    try:
        real = path.resolve(strict=True)
    except (OSError, RuntimeError):
        raise Fault(
            FaultKind.ENGINE,
            f"The model file {path.name} is gone.",
            hint="Choose another model, or put the file back.",
        ) from None
    return Load(
        path=str(real), context=context, threads=threads, gpu_layers=gpu_layers, memory_limit=memory_limit
    )
