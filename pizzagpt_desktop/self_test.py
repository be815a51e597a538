"""The program tries itself: a store, a window, a rendered message, one chat with a server of its own; knows no user.

Nothing outside a temporary folder and the loopback interface is touched.
"""

import asyncio
import json
import platform
import sys
import time

import PySide6
from qasync import QEventLoop

from pizzagpt_desktop import __version__
from pizzagpt_desktop.app import Program
from pizzagpt_desktop.chat.events import Event, ReplyEnded
from pizzagpt_desktop.diagnostics import Diagnostics
from pizzagpt_desktop.domain.conversation import Message, Status
from pizzagpt_desktop.domain.faults import Fault
from pizzagpt_desktop.domain.preferences import Preferences, ServiceSettings
from pizzagpt_desktop.domain.proxy import ProxyMode, ProxySettings
from pizzagpt_desktop.storage.paths import folders
from pizzagpt_desktop.storage.secrets import Secrets
from pizzagpt_desktop.ui.application import FirstPaint, make_application

PIECES = ("# Works\n\n", "A *reply* in ", "pieces: `ok`", ".\n\n```python\nprint('✓')\n```\n")
PATIENCE_S = 30.0


class SelfTestFailed(Exception):
    """Something did not come out as it must; the words say what."""


async def _serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer one request in the OpenAI dialect: the models, or the pieces as server-sent events."""
    head = await reader.readuntil(b"\r\n\r\n")
    for line in head.split(b"\r\n"):
        if line.lower().startswith(b"content-length:"):
            await reader.readexactly(int(line.split(b":")[1]))
    deltas = [{"choices": [{"index": 0, "delta": {"content": piece}}]} for piece in PIECES]
    deltas.append({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
    events = "".join(f"data: {json.dumps(delta)}\n\n" for delta in deltas) + "data: [DONE]\n\n"
    body = events.encode()
    writer.write(
        b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n"
        + f"Content-Length: {len(body)}\r\n\r\n".encode()
        + body
    )
    await writer.drain()
    writer.close()
    await writer.wait_closed()


async def _try_everything(program: Program, began: float) -> str:
    loop = asyncio.get_running_loop()
    painted: asyncio.Future[float] = loop.create_future()
    FirstPaint(program.window, lambda: painted.set_result(time.perf_counter()))

    async def attempt() -> str:
        try:
            async with asyncio.timeout(PATIENCE_S):
                start_s = await painted - began
                await program.all_loaded.wait()
                reply_s = await _try_chat(program)
            _check(not program.window.grab().isNull(), "the window cannot be drawn")
        finally:
            program.window.close()
        return f"start {start_s * 1000:.0f} ms, reply {reply_s * 1000:.0f} ms, memory {_memory()}"

    attempted = program.scope.spawn(attempt(), "self-test")
    await program.run()
    return await attempted


async def _try_chat(program: Program) -> float:
    """Chat once with a server of our own and look for what came in the store; the seconds the reply took."""
    server = await asyncio.start_server(_serve, "127.0.0.1", 0)
    async with server:
        reply, reply_s = await _chat(program, f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1")
    _check(reply.status is Status.COMPLETE, f"the reply ended {reply.status.value}: {reply.fault}")
    _check(reply.text == "".join(PIECES), f"the reply came as {reply.text!r}")
    stored = program.library.path(reply.conversation_id)
    _check([m.text for m in stored] == ["Does it work?", reply.text], "the store lost a message")
    _check(bool(program.library.search("pieces")), "the search does not find the reply")
    return reply_s


async def _chat(program: Program, base_url: str) -> tuple[Message, float]:
    """Send one message through everything; the reply, and the seconds it took."""
    settings = ServiceSettings(provider="openai", base_url=base_url, model="self-test")
    program.preferences.set(
        Preferences(
            service="self-test",
            services={"self-test": settings},
            proxy=ProxySettings(mode=ProxyMode.NONE),
        )
    )
    ended: asyncio.Future[Message] = asyncio.get_running_loop().create_future()

    def on_event(event: Event) -> None:
        if isinstance(event, ReplyEnded) and not ended.done():
            ended.set_result(event.message)

    program.announcer.subscribe(on_event)
    began = time.perf_counter()
    program.service.send(program.library.create().id, "Does it work?")
    return await ended, time.perf_counter() - began


def _check(fine: bool, words: str) -> None:
    if not fine:
        raise SelfTestFailed(words)


def _memory() -> str:
    """The most memory this process had, in MB."""
    try:
        import resource
    except ImportError:
        return "unknown"
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return f"{peak / (1 << 20 if sys.platform == 'darwin' else 1 << 10):.0f} MB"


def run() -> int:
    """Try every part once; prints one line, 0 where all is well."""
    began = time.perf_counter()
    words, status = "", 1
    try:
        words, status = _run(began), 0
    except (SelfTestFailed, Fault, TimeoutError, OSError) as error:
        words = f"self-test failed: {str(error) or type(error).__name__}"
    if sys.stdout is not None:  # a windowed executable has none
        sys.stdout.write(words + "\n")
        sys.stdout.flush()
    return status


def _run(began: float) -> str:
    application = make_application()
    secrets = Secrets()
    diagnostics = Diagnostics(secrets.all_known)
    with folders(temp=True) as places, asyncio.Runner(loop_factory=lambda: QEventLoop(application)) as runner:
        diagnostics.start(places.log)
        program = Program(places, diagnostics, secrets)
        try:
            figures = runner.run(_try_everything(program, began))
        finally:
            program.close()
            diagnostics.close()
    qt = PySide6.__version__
    return f"self-test passed: {figures}, version {__version__}, Python {platform.python_version()}, Qt {qt}"
