"""A model on this computer through the program, against the same engine asked directly, in turns on one process.

Knows no window: what is between the engine and the window (provider, chat, store) is what could be slow.
"""

import asyncio
import json
import os
import statistics
import subprocess
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from pizzagpt_desktop.chat.announcer import Announcer
from pizzagpt_desktop.chat.events import ReplyEnded, ReplyGrew
from pizzagpt_desktop.chat.library import Library
from pizzagpt_desktop.chat.service import ChatService
from pizzagpt_desktop.chat.tasks import TaskScope
from pizzagpt_desktop.domain.local import LocalSettings
from pizzagpt_desktop.domain.preferences import Live, Preferences, ServiceSettings
from pizzagpt_desktop.engine.computer import Computer
from pizzagpt_desktop.engine.engine import Engine, load_of
from pizzagpt_desktop.providers.registry import Registry
from pizzagpt_desktop.providers.sources import Sources
from pizzagpt_desktop.storage.store import SqliteSessionStore
from tests.benchmarks.measuring import ROOT, Figure
from tests.helpers.llama_server import COUNTERPARTS, MODELS

MODEL = MODELS / "tiny-padded.gguf"
PAD_MIB = 150
TOKENS = 96
QUESTION = "Recite"
LOCAL = LocalSettings(files=(str(MODEL),), context=2048, threads=1, idle_minutes=0)


def make_model() -> None:
    """The model of some 150 MB, once."""
    if MODEL.exists():
        return
    MODELS.mkdir(parents=True, exist_ok=True)
    script = ROOT / "tests/helpers/make_tiny_gguf.py"
    subprocess.run([COUNTERPARTS, script, MODEL, "--loop", "--pad", str(PAD_MIB)], check=True)


async def direct(engine: Engine) -> tuple[float, float]:
    """Seconds to the first text and from there to the last, asked over bare aiohttp."""
    import aiohttp

    body = {
        "messages": [{"role": "user", "content": QUESTION}],
        "stream": True,
        "temperature": 0,
        "max_tokens": TOKENS,
    }
    async with engine.lend(load_of(MODEL, LOCAL.context, LOCAL.threads)) as loan:
        began = time.perf_counter()
        first = 0.0
        async with (
            aiohttp.ClientSession() as session,
            session.post(
                loan.address + "/v1/chat/completions",
                json=body,
                headers={"Authorization": f"Bearer {loan.key}"},
            ) as answer,
        ):
            async for line in answer.content:
                if not line.startswith(b"data: {"):
                    continue
                choices = json.loads(line[6:])["choices"]
                if choices and choices[0]["delta"].get("content") and not first:
                    first = time.perf_counter()
        return first - began, time.perf_counter() - first


class Through:
    """The same through provider, chat and store."""

    def __init__(self, folder: Path) -> None:
        self.scope = TaskScope()
        service = ServiceSettings(provider="local", model=MODEL.stem, temperature=0.0, max_tokens=TOKENS)
        preferences = Live(Preferences(service="local", services={"local": service}, local=LOCAL))
        self.computer = Computer(self.scope.spawn, folder / "models", lambda: LOCAL)
        self.store = SqliteSessionStore(folder / "bench.db")
        self.announcer = Announcer()
        self.library = Library(self.store, self.announcer, scope=self.scope)
        sources = Sources(Registry(), preferences, lambda name: None, computer=self.computer)
        self.service = ChatService(
            self.store, sources.choose, self.scope, self.announcer, unsaved=self.library.unsaved
        )
        self._first = 0.0
        self._grew: asyncio.Event = asyncio.Event()
        self._ended: asyncio.Event = asyncio.Event()
        self.announcer.subscribe(self._hear)

    def _hear(self, event: Any) -> None:
        if isinstance(event, ReplyGrew):
            self._first = self._first or time.perf_counter()
            self._grew.set()
        elif isinstance(event, ReplyEnded):
            self._ended.set()

    async def ask(self) -> tuple[float, float]:
        """Seconds to the first text and from there to the stored end."""
        self._first = 0.0
        self._ended.clear()
        began = time.perf_counter()
        self.service.send(self.library.create().id, QUESTION)
        await self._ended.wait()
        return self._first - began, time.perf_counter() - self._first

    async def stop(self) -> float:
        """Seconds from Stop until the engine's only slot is free."""
        import aiohttp

        engine = self.computer.engine
        self._grew.clear()
        conversation = self.library.create().id
        self.service.send(conversation, QUESTION)
        await self._grew.wait()
        async with engine.lend(load_of(MODEL, LOCAL.context, LOCAL.threads)) as loan:
            async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {loan.key}"}) as session:
                began = time.perf_counter()
                self.service.stop(conversation)
                while True:
                    async with session.get(loan.address + "/slots") as answer:
                        if not (await answer.json())[0]["is_processing"]:
                            return time.perf_counter() - began

    async def close(self) -> None:
        await self.service.close()
        await self.computer.close()
        self.store.close()


def resident_kb() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") // 1024


async def longest_gap(during: Callable[[], Awaitable[object]]) -> float:
    """The longest time that the loop did not turn while `during` ran, in seconds."""
    scope = TaskScope()
    worst = 0.0

    async def beat() -> None:
        nonlocal worst
        last = time.perf_counter()
        while True:
            await asyncio.sleep(0.002)
            now = time.perf_counter()
            worst = max(worst, now - last - 0.002)
            last = now

    task = scope.spawn(beat(), "beat")
    await during()
    task.cancel()
    await scope.close()
    return worst


async def measure(rounds: int, folder: Path) -> list[Figure]:
    through = Through(folder)
    engine = through.computer.engine
    gap = await longest_gap(through.ask)  # with the load of the model
    await direct(engine)
    before = resident_kb()
    ours, theirs = [], []
    for _ in range(rounds):
        theirs.append(await direct(engine))
        ours.append(await through.ask())
    grown = (resident_kb() - before) / 1024
    stops = [await through.stop() for _ in range(rounds)]
    await through.close()
    speed = sorted(mine[1] / bare[1] for mine, bare in zip(ours, theirs, strict=True))
    later = sorted((mine[0] - bare[0]) * 1000 for mine, bare in zip(ours, theirs, strict=True))
    rate = [TOKENS / statistics.median(pair[1] for pair in taken) for taken in (ours, theirs)]
    first = [statistics.median(pair[0] for pair in taken) * 1000 for taken in (ours, theirs)]
    return [
        Figure(
            "a model on this computer: time per token", f"{rate[0]:.0f} tokens/s", f"{rate[1]:.0f} tokens/s",
            statistics.median(speed), 1 / 0.97, spread=f"{speed[0]:.2f}–{speed[-1]:.2f}",
        ),
        Figure(
            "its first token, later than asked directly", f"{first[0]:.0f} ms", f"{first[1]:.0f} ms",
            statistics.median(later), 20, " ms", spread=f"{later[0]:.0f}–{later[-1]:.0f}",
        ),
        Figure("memory of our process while it answers, grown by", f"{grown:.1f} MB", "", grown, 5, " MB"),
        Figure("Stop until its slot is free", "", "", statistics.median(stops) * 1000, 100, " ms"),
        Figure("longest gap of the loop while it loads and answers", "", "", gap * 1000, 50, " ms"),
    ]  # fmt: skip


def figures(rounds: int, folder: Path) -> list[Figure]:
    """The rows for the table."""
    make_model()
    return asyncio.run(measure(rounds, folder))
