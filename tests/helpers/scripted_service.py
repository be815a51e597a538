"""A service that speaks the OpenAI dialect on loopback and does what a script says; knows no client of ours.

It runs in a thread with its own loop, so tests hold a reply at a word and let it go on without any sleep:

    with ScriptedService() as service:
        service.script("slow", Script(words=numbered(100), paced=True))
        ...                      # the program asks model "slow"
        service.permit(3)        # exactly three words leave
        service.wait_closed()    # the client has hung up

The model's name in the request chooses the script; `/v1/models` lists the names.
"""

import asyncio
import json
import socket
import struct
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Self


class Ending(Enum):
    """How a reply ends once its words are out."""

    DONE = "finish_reason, then [DONE]"
    CUT = "the connection closes without an end sign"
    RESET = "the connection is reset"
    STALL = "nothing more is ever sent"


@dataclass(frozen=True, kw_only=True)
class Script:
    """What one model does. words: deltas in order. paced: each waits for a permit. pace_s: seconds between two.

    status, body, headers: anything else than a stream, sent whole.
    """

    words: Sequence[str] = ()
    paced: bool = False
    pace_s: float = 0.0
    ending: Ending = Ending.DONE
    status: int = 200
    body: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Received:
    """One request as it arrived; header names are lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def numbered(count: int) -> list[str]:
    """Words that tell where they stand: "word1 ", "word2 ", …"""
    return [f"word{number} " for number in range(1, count + 1)]


HTML_PAGE = b"<!doctype html><html><head><title>Sign in to the hotel</title></head><body><p>Room number</p></body></html>"


class ScriptedService:
    """The service; use as a context manager."""

    def __init__(self, key: str = "") -> None:
        self.key = key
        self.requests: list[Received] = []
        self.sent: list[tuple[float, str]] = []
        """Every word that left, and when (`time.monotonic`)."""
        self._scripts: dict[str, Script] = {}
        self._changed = threading.Condition()
        self._closed_by_client = 0
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="scripted-service", daemon=True)
        self._port = 0

    def __enter__(self) -> Self:
        self._thread.start()
        self._run(self._open())
        return self

    def __exit__(self, *_: object) -> None:
        self._run(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    @property
    def port(self) -> int:
        return self._port

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._port}/v1"

    def script(self, model: str, script: Script) -> None:
        """From now on `model` does this."""
        self._scripts[model] = script

    def permit(self, words: int) -> None:
        """Let this many more words of paced replies leave."""

        def release() -> None:
            for _ in range(words):
                self._permits.release()

        self._loop.call_soon_threadsafe(release)

    def chats(self) -> list[Received]:
        """The requests for a reply, in order."""
        return [request for request in self.requests if request.path.endswith("/chat/completions")]

    def wait_requests(self, count: int, timeout: float = 20) -> None:
        """Until this many chat requests have come."""
        self._wait(lambda: len(self.chats()) >= count, timeout, f"{count} chat requests")

    def wait_closed(self, count: int = 1, timeout: float = 20) -> None:
        """Until the client has hung up this many times in the middle of a reply."""
        self._wait(lambda: self._closed_by_client >= count, timeout, "the client hanging up")

    def stop_listening(self) -> None:
        """From now on connections are refused; the port stays ours to name."""
        self._run(self._close())

    def listen_again(self) -> None:
        """Take connections again, on the same port."""
        self._run(self._open())

    def _wait(self, fact: Any, timeout: float, words: str) -> None:
        with self._changed:
            if not self._changed.wait_for(fact, timeout):
                raise TimeoutError(f"waited {timeout} s for {words}")

    def _note(self, *, closed: int = 0) -> None:
        with self._changed:
            self._closed_by_client += closed
            self._changed.notify_all()

    def _run(self, coroutine: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(timeout=20)

    async def _open(self) -> None:
        self._permits = asyncio.Semaphore(0)
        self._serving: set[asyncio.Task[None]] = set()
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self._port)
        self._port = self._server.sockets[0].getsockname()[1]

    async def _close(self) -> None:
        self._server.close()
        for task in tuple(self._serving):
            task.cancel()
        await asyncio.gather(*self._serving, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._serving.add(task)
        try:
            request = await self._read(reader)
            if request is not None:
                self.requests.append(request)
                self._note()
                await self._answer(request, reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            self._note(closed=1)
        except asyncio.CancelledError:
            pass  # the service is closing; asyncio's own callback would log a cancelled task as an error
        finally:
            self._serving.discard(task)
            writer.close()

    async def _read(self, reader: asyncio.StreamReader) -> Received | None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        except asyncio.IncompleteReadError:
            return None
        first, *lines = head.split("\r\n")
        method, path, _ = first.split(" ", 2)
        headers = {
            name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines if line)
        }
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        return Received(method, path, headers, body)

    async def _answer(
        self, request: Received, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        if self.key and request.headers.get("authorization") != f"Bearer {self.key}":
            error = {
                "message": "Incorrect API key provided.",
                "type": "invalid_request_error",
                "code": "invalid_api_key",
            }
            await self._send(writer, 401, json.dumps({"error": error}).encode())
        elif request.path.endswith("/models"):
            models = [{"id": name, "object": "model"} for name in self._scripts]
            await self._send(writer, 200, json.dumps({"object": "list", "data": models}).encode())
        elif request.path.endswith("/chat/completions"):
            model = request.json["model"]
            script = self._scripts.get(model)
            if script is None:
                error = {
                    "message": f"The model {model!r} does not exist.",
                    "type": "invalid_request_error",
                    "code": "model_not_found",
                }
                await self._send(writer, 404, json.dumps({"error": error}).encode())
            elif script.body is not None or script.status != 200:
                await self._send(writer, script.status, script.body or b"", script.headers)
            else:
                await self._stream(script, model, reader, writer)
        else:
            await self._send(writer, 404, b'{"error": {"message": "No such path."}}')

    async def _send(
        self, writer: asyncio.StreamWriter, status: int, body: bytes, headers: Mapping[str, str] | None = None
    ) -> None:
        lines = {
            "Content-Type": "application/json",
            "Content-Length": str(len(body)),
            "Connection": "close",
        } | dict(headers or {})
        head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        writer.write(f"HTTP/1.1 {status} Scripted\r\n{head}\r\n".encode() + body)
        await writer.drain()

    async def _stream(
        self, script: Script, model: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n")
        hung_up = asyncio.ensure_future(reader.read())
        try:
            for word in script.words:
                if script.paced and not await self._permitted(hung_up):
                    self._note(closed=1)
                    return
                if script.pace_s:
                    await asyncio.sleep(script.pace_s)
                self.sent.append((time.monotonic(), word))
                writer.write(event(model, {"content": word}))
                await writer.drain()
            if script.ending is Ending.STALL:
                await hung_up
                self._note(closed=1)
            elif script.ending is Ending.RESET:
                writer.get_extra_info("socket").setsockopt(
                    socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
                )
                writer.transport.abort()
            elif script.ending is Ending.DONE:
                writer.write(event(model, {}, finish_reason="stop") + b"data: [DONE]\n\n")
                await writer.drain()
        finally:
            hung_up.cancel()

    async def _permitted(self, hung_up: asyncio.Future[bytes]) -> bool:
        """True once a permit is there; False if the client hung up first."""
        permit = asyncio.ensure_future(self._permits.acquire())
        await asyncio.wait((permit, hung_up), return_when=asyncio.FIRST_COMPLETED)
        if permit.done():
            return True
        permit.cancel()
        return False


def event(model: str, delta: Mapping[str, str], finish_reason: str | None = None) -> bytes:
    """One event of a stream, as OpenAI writes them."""
    choice = {"index": 0, "delta": delta, "finish_reason": finish_reason}
    chunk = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "model": model, "choices": [choice]}
    return f"data: {json.dumps(chunk)}\n\n".encode()
