"""A loopback server that answers raw bytes as told, and misbehaves as told; knows nothing of the package.

async with Loopback(Reply(body=b"...")) as server: ... server.url, server.requests
"""

import asyncio
import socket
import ssl
import struct
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

Handler = Callable[["Request", asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Request:
    """What a client sent: names of headers in lower case, values as they came."""

    method: str
    target: str
    headers: list[tuple[str, str]]
    body: bytes
    peer: Any = None

    def header(self, name: str) -> str | None:
        return next((value for key, value in self.headers if key == name.lower()), None)


@dataclass
class Reply:
    """One answer. pieces: how the body is cut into writes; by default whole.

    end: "length" (Content-Length), "close" (until the connection closes), "chunked", "no-terminator" (chunked
    without its end), "reset" (RST after the body), "stall" (nothing more, connection open), "malformed-chunk".
    """

    status: int = 200
    content_type: str | None = "text/event-stream"
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    pieces: Iterable[bytes] | None = None
    end: str = "close"

    def head(self) -> bytes:
        lines = [f"HTTP/1.1 {self.status} Something"]
        if self.content_type is not None:
            lines.append(f"Content-Type: {self.content_type}")
        if self.end == "length":
            lines.append(f"Content-Length: {len(self.body)}")
        if self.end in ("chunked", "no-terminator", "malformed-chunk", "reset"):
            lines.append("Transfer-Encoding: chunked")
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        return ("\r\n".join([*lines, "Connection: close"]) + "\r\n\r\n").encode("latin-1")

    async def __call__(self, request: Request, writer: asyncio.StreamWriter) -> None:
        chunked = self.end in ("chunked", "no-terminator", "malformed-chunk", "reset")
        writer.write(self.head())
        for piece in [self.body] if self.pieces is None else self.pieces:
            if piece:
                writer.write(b"%x\r\n%b\r\n" % (len(piece), piece) if chunked else piece)
                await writer.drain()
                await asyncio.sleep(0)
        if self.end == "chunked":
            writer.write(b"0\r\n\r\n")
        elif self.end == "malformed-chunk":
            await asyncio.sleep(0.05)  # the head and the text are to be read before it comes
            writer.write(b"zz;;not hex\r\n")
        await writer.drain()
        if self.end in ("stall", "malformed-chunk"):
            await asyncio.Event().wait()
        if self.end == "reset":
            with_linger = struct.pack("ii", 1, 0)
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, with_linger)
            writer.transport.abort()


class Loopback:
    """Serves `handler` to every request, on one port of 127.0.0.1, until the block is left. port: 0 for any."""

    def __init__(
        self,
        handler: Handler,
        *,
        tls: ssl.SSLContext | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        self.port = port
        self.handler = handler
        self.requests: list[Request] = []
        self.connections = 0
        self.closed = asyncio.Event()
        """Set when a client has closed its connection."""
        self._tls = tls
        self._host = host
        self._tasks: set[asyncio.Task[None]] = set()
        self._writers: list[asyncio.StreamWriter] = []

    async def __aenter__(self) -> "Loopback":
        self._server = await asyncio.start_server(self._accept, self._host, self.port, ssl=self._tls)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    @property
    def url(self) -> str:
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"{'https' if self._tls else 'http'}://{host}:{self.port}"

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for writer in self._writers:
            writer.transport.abort()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()
        for writer in self._writers:
            with suppress(OSError):
                await writer.wait_closed()

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.append(writer)
        task = asyncio.get_running_loop().create_task(self._serve(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        watch: asyncio.Task[bytes] | None = None
        try:
            request = await _read(reader)
            if request is not None:
                request.peer = writer.get_extra_info("peername")
                self.requests.append(request)
                watch = asyncio.get_running_loop().create_task(reader.read())
                watch.add_done_callback(self._gone)
                await self.handler(request, writer)
        except (ConnectionError, asyncio.CancelledError, asyncio.IncompleteReadError, ValueError):
            pass
        finally:
            if watch is not None:
                watch.cancel()
                await asyncio.gather(watch, return_exceptions=True)
            writer.close()

    def _gone(self, watch: "asyncio.Task[bytes]") -> None:
        if not watch.cancelled():
            watch.exception()
            self.closed.set()


async def _read(reader: asyncio.StreamReader) -> Request | None:
    head = await reader.readuntil(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").rstrip("\r\n").split("\r\n")
    method, target, _ = first.split(" ", 2)
    headers = []
    for line in lines:
        name, _, value = line.partition(":")
        headers.append((name.strip().lower(), value.strip()))
    length = next((int(value) for name, value in headers if name == "content-length"), 0)
    return Request(method, target, headers, await reader.readexactly(length))


def cut(body: bytes, chunking: str) -> Iterable[list[bytes]]:
    """The ways a corpus case wants its body cut: "whole", "size:N", "every-boundary", "random:N"."""
    import random

    if chunking == "whole":
        yield [body]
    elif chunking.startswith("size:"):
        size = int(chunking[5:])
        yield [body[i : i + size] for i in range(0, len(body), size)]
    elif chunking == "every-boundary":
        for i in range(1, len(body)):
            yield [body[:i], body[i:]]
    elif chunking.startswith("random:"):
        source = random.Random(7)
        for _ in range(int(chunking[7:])):
            marks = sorted(source.randrange(len(body) + 1) for _ in range(source.randrange(1, 9)))
            yield [body[a:b] for a, b in zip([0, *marks], [*marks, len(body)], strict=True)]
    else:
        raise AssertionError(chunking)


def gzip_zeros(mebibytes: int) -> Iterable[bytes]:
    """A gzip bomb, piece by piece."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    block = bytes(1024 * 1024)
    for _ in range(mebibytes):
        piece = packer.compress(block)
        if piece:
            yield piece
    yield packer.flush()


async def pieces_of(chunks: AsyncIterator[Any]) -> list[Any]:
    """Everything an async generator yields."""
    return [chunk async for chunk in chunks]
