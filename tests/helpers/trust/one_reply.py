"""One question in one dialect, from a process of its own; says what happens as lines of JSON and knows no test.

one_reply.py DIALECT URL [CONNECT FIRST SILENCE] [NETWORK]

NETWORK is what to do first with a network of its own (`unshare --net`): `down` leaves it off, `deaf` makes a name
server that never answers, `up` and `10.9.9.9` set up loopback, and that address on it with the server on it.
`STOP` on standard input stops the reply, as Esc does; `GONE` takes the address away.
"""

import asyncio
import contextlib
import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from pizzagpt_desktop.network.http import Limits
from pizzagpt_desktop.network.tls import system_context
from tests.helpers.collector import collect
from tests.helpers.loopback import Loopback
from tests.helpers.trust.dialects import DIALECTS, Dialect
from tests.helpers.trust.rows import stalled


def say(what: str, **facts: Any) -> None:
    print(json.dumps({"what": what, **facts}), flush=True)


def ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True)


def most_held() -> int:
    """The most kilobytes that this process held at once since `settled`."""
    status = Path("/proc/self/status").read_text("utf-8")
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM:"))


def settled() -> int:
    """What is held once all that a request needs is loaded; from now on the most is counted anew."""
    import aiohttp  # noqa: F401  (what every request loads)

    system_context()
    Path("/proc/self/clear_refs").write_text("5")
    return most_held()


class Told:
    """A source that says when its first text came."""

    def __init__(self, source: Any) -> None:
        self._source = source

    async def stream(self, messages: Any) -> Any:
        first = True
        async with contextlib.aclosing(self._source.stream(messages)) as chunks:
            async for chunk in chunks:
                if first and isinstance(chunk, str):
                    first = False
                    say("first")
                yield chunk


async def ask(dialect: Dialect, url: str, limits: Limits | None) -> None:
    memory = settled()
    processor = time.process_time()
    begun = time.monotonic()
    reply = asyncio.ensure_future(collect(Told(dialect.source(url, limits))))
    stopped: list[float] = []
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)

    async def orders() -> None:
        while order := (await reader.readline()).strip():
            if order == b"STOP":
                stopped.append(time.monotonic())
                reply.cancel()
            elif order == b"GONE":
                ip("address", "del", "10.9.9.9/32", "dev", "lo")

    heard = asyncio.ensure_future(orders())
    say("asked")
    try:
        outcome = await reply
    except asyncio.CancelledError:
        say("stopped", seconds=time.monotonic() - stopped[0])
        return
    finally:
        heard.cancel()
    say(
        "ended",
        state=outcome.state,
        text=outcome.text[:100],
        length=len(outcome.text),
        kind=outcome.fault and outcome.fault.kind,
        shown=outcome.shown,
        seconds=time.monotonic() - begun,
        processor=time.process_time() - processor,
        kilobytes=most_held() - memory,
    )


async def main(name: str, url: str, *more: str) -> None:
    dialect = DIALECTS[name]
    numbers = [float(word) for word in more if word.replace(".", "", 1).isdecimal()]
    limits = Limits(connect_s=numbers[0], first_byte_s=numbers[1], silence_s=numbers[2]) if numbers else None
    network = next((word for word in more if word in ("down", "deaf", "up", "10.9.9.9")), "")
    if network and network != "down":
        ip("link", "set", "lo", "up")
    async with contextlib.AsyncExitStack() as stack:
        if network == "deaf":
            deaf = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
            deaf.bind(("127.0.0.1", 53))
        elif network == "10.9.9.9":
            ip("address", "add", "10.9.9.9/32", "dev", "lo")
            body = dialect.part("Hello")
            answer = stalled(body, dialect.content_type)
            server = await stack.enter_async_context(Loopback(answer, host="10.9.9.9"))
            url = server.url
        await ask(dialect, url, limits)
        sys.stdout.flush()
        os._exit(0)  # a look-up that hangs holds a thread, which Python would wait for


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
