"""However a run ends, and in which moment of a model's load: no process of the engine is left, alive or dead."""

import asyncio
import os
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from pizzagpt_desktop.chat.tasks import TaskScope
from pizzagpt_desktop.domain.faults import Fault
from pizzagpt_desktop.engine.engine import Engine
from pizzagpt_desktop.engine.load import Load

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks into /proc")

WORKER = """
import json, sys
sys.stdin.readline()
print(json.dumps({"state": "ready", "address": "http://127.0.0.1:1"}), flush=True)
sys.stdin.read()
"""
LOAD = Load(path="/models/some.gguf", context=512)


def children() -> set[int]:
    """The processes that this one started, also those that ended and were not waited for."""
    found = set()
    for place in Path("/proc").iterdir():
        try:
            parent = (place / "stat").read_text().rpartition(")")[2].split()[1]
        except OSError:
            continue
        if parent == str(os.getpid()):
            found.add(int(place.name))
    return found


class Asked:
    """An engine of which somebody borrows a model, in a scope."""

    def __init__(self) -> None:
        self.before = children()
        self.scope = TaskScope()
        self.engine = Engine(self.scope.spawn, command=[sys.executable, "-I", "-S", "-c", WORKER])
        self.lent = asyncio.Event()
        self.scope.spawn(self._borrow(), "borrowing")

    async def _borrow(self) -> None:
        with suppress(Fault):  # the load was ended
            async with self.engine.lend(LOAD):
                self.lent.set()
                await asyncio.Event().wait()

    def left(self) -> set[int]:
        return children() - self.before


@pytest.mark.parametrize("first", ["scope", "engine"])
async def test_nothing_is_left_at_whichever_turn_of_the_loop_it_ends(first: str) -> None:
    for turns in range(16):
        asked = Asked()
        for _ in range(turns):
            await asyncio.sleep(0)
        if first == "engine":
            await asked.engine.close()
        assert await asked.scope.close()
        assert asked.engine.process_id is None, f"after {turns} turns nobody watches it any more"
        await asked.engine.close()
        assert asked.left() == set(), f"after {turns} turns"


@pytest.mark.parametrize("first", ["scope", "engine"])
async def test_nothing_is_left_of_a_model_that_was_lent(first: str) -> None:
    asked = Asked()
    await asked.lent.wait()
    assert len(asked.left()) == 1
    if first == "engine":
        await asked.engine.close()
    assert await asked.scope.close()
    await asked.engine.close()
    assert asked.left() == set()


async def test_a_load_that_is_ended_while_its_process_is_being_made_leaves_none() -> None:
    for turns in range(16):
        asked = Asked()
        for _ in range(turns):
            await asyncio.sleep(0)
        await asked.engine.unload()  # by the user, in the preferences; the scope goes on
        async with asyncio.timeout(20):
            while asked.left():  # noqa: ASYNC110  (a process is made by the system: nothing tells of it)
                await asyncio.sleep(0.002)
        assert await asked.scope.close()
