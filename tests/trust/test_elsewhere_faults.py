"""The rows of the fault model that need another network or a computer that sleeps, in every dialect.

Each asks from a process of its own, and the networks are namespaces of the kernel, gone with it.
"""

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.loopback import Loopback
from tests.helpers.trust.dialects import DIALECTS, Dialect
from tests.helpers.trust.rows import STOP_S, Row, cases, keeper, stalled

ROWS: dict[str, Row] = {}
row = keeper(ROWS)
ROOT = Path(__file__).parents[2]
WAYS = (("unshare", "--net", "--mount"), ("unshare", "--map-root-user", "--net", "--mount"))
"""As root, and as anybody where the system lets users have namespaces."""


@cache
def wrapper() -> tuple[str, ...]:
    """The words before a command that gets a network of its own."""
    for way in WAYS:
        if (
            subprocess.run(
                [*way, "ip", "link", "set", "lo", "up"], capture_output=True, check=False
            ).returncode
            == 0
        ):
            return way
    raise AssertionError("no network namespace can be made here, and these rows need one; run them as root")


class Asking:
    """The process that asks, and what it said."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process

    async def says(self, what: str) -> dict[str, Any]:
        assert self.process.stdout is not None
        async with asyncio.timeout(60):
            while line := await self.process.stdout.readline():
                said: dict[str, Any] = json.loads(line)
                if said["what"] == what:
                    return said
        raise AssertionError(f"it ended and never said {what}")

    def order(self, word: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(word.encode() + b"\n")


@contextlib.asynccontextmanager
async def asking(dialect: Dialect, *words: str, before: tuple[str, ...] = ()) -> AsyncIterator[Asking]:
    process = await asyncio.create_subprocess_exec(
        *before, sys.executable, "-m", "tests.helpers.trust.one_reply", dialect.name, *words,
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    try:
        yield Asking(process)
    finally:
        if process.returncode is None:  # its own `kill` would reap it behind the loop's back
            with contextlib.suppress(ProcessLookupError):  # it ended this moment
                os.kill(process.pid, signal.SIGKILL)
        await process.wait()
        process._transport.close()  # type: ignore[attr-defined]  # asyncio leaves the pipes to the collector


def kept(dialect: Dialect, said: dict[str, Any]) -> None:
    """The text so far is kept, and the reply says that it is not all."""
    assert (said["state"], said["text"]) == (("failed", "") if dialect.whole else ("interrupted", "Hello")), (
        said
    )


@row("N02")
async def a_name_server_that_never_answers(dialect: Dialect) -> None:
    resolver = ("sh", "-c", 'echo nameserver 127.0.0.1 > /tmp/deaf.$$ && mount --bind /tmp/deaf.$$ /etc/resolv.conf && rm /tmp/deaf.$$ && exec "$@"', "sh")  # fmt: skip
    way = (*wrapper(), *resolver)
    async with asking(dialect, "http://slow.example", "2", "9", "9", "deaf", before=way) as process:
        said = await process.says("ended")
    assert said["kind"] == "time_out"
    assert "did not answer in time" in said["shown"]
    async with asking(dialect, "http://slow.example", "30", "9", "9", "deaf", before=way) as process:
        await process.says("asked")
        process.order("STOP")
        assert (await process.says("stopped"))["seconds"] < STOP_S


@row("N04")
async def no_network(dialect: Dialect) -> None:
    for address in ("http://127.0.0.1:8080", "http://10.1.2.3"):
        async with asking(dialect, address, "down", before=wrapper()) as process:
            said = await process.says("ended")
        assert said["kind"] == "network"
        assert "No network connection" in said["shown"]


@row("N13")
async def a_computer_that_sleeps(dialect: Dialect) -> None:
    async with Loopback(stalled(dialect.part("Hello"), dialect.content_type)) as server:
        async with asking(dialect, server.url) as process:
            if dialect.whole:
                while not server.requests:  # noqa: ASYNC110  (the server has no event for it)
                    await asyncio.sleep(0.01)
            else:
                await process.says("first")
            process.process.send_signal(signal.SIGSTOP)
            for writer in server._writers:
                writer.transport.abort()
            process.process.send_signal(signal.SIGCONT)
            said = await process.says("ended")
    kept(dialect, said)
    assert said["kind"] == "network"


@row("N14")
async def a_network_that_changes(dialect: Dialect) -> None:
    """The address of the connection is taken away: nothing more comes, and nobody says so."""
    async with asking(dialect, "there", "10.9.9.9", before=wrapper()) as process:
        await process.says("asked" if dialect.whole else "first")
        if dialect.whole:
            await asyncio.sleep(1)  # its text comes only when it is whole, so nothing can be waited for
        process.order("GONE")
        said = await process.says("ended")
    kept(dialect, said)
    assert said["kind"] == "network"
    assert said["seconds"] < 40


@pytest.mark.parametrize(("name", "dialect"), cases(ROWS, ("N13",)))
async def test_elsewhere(name: str, dialect: str) -> None:
    await ROWS[name](DIALECTS[dialect])
