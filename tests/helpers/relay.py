"""A small proxy on loopback that carries to loopback, and says what it was asked for; knows nothing of the package."""

import asyncio
import socket
import ssl
import struct
from collections.abc import Mapping
from contextlib import suppress


class Relay:
    """A proxy of ours: CONNECT, or SOCKS4, 4a and 5, as its first byte says. `asked` is what it was asked for.

    answers: addresses of names, as a proxy's own resolver has them; every other leads to 127.0.0.1.
    login: name and password that SOCKS5 asks for.
    """

    def __init__(
        self,
        tls: ssl.SSLContext | None = None,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        answers: Mapping[str, str] | None = None,
        login: tuple[str, str] | None = None,
    ) -> None:
        self._host = host
        self.port = port
        self._answers = answers or {}
        self._login = login
        self.asked: list[str] = []
        self.heads: list[bytes] = []
        self._tls = tls
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> "Relay":
        self._server = await asyncio.start_server(self._accept, self._host, self.port, ssl=self._tls)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.get_running_loop().create_task(self._serve(reader, writer))
        self._tasks.add(task)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self._carry(reader, writer)
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.transport.abort()
            with suppress(OSError):
                await writer.wait_closed()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        first = await reader.readexactly(1)
        if first == b"\x04":
            _, port, address = struct.unpack("!BH4s", await reader.readexactly(7))
            user = (await reader.readuntil(b"\0"))[:-1].decode()
            named = address[:3] == b"\0\0\0"
            host = (await reader.readuntil(b"\0"))[:-1].decode() if named else socket.inet_ntoa(address)
            self.asked.append(f"{user}@{host}:{port}")
            writer.write(b"\0\x5a" + bytes(6))
        elif first == b"\x05":
            host, port = await self._socks5(reader, writer)
            self.asked.append(f"{host}:{port}")
            writer.write(b"\5\0\0\1" + bytes(6))
        else:
            head = first + await reader.readuntil(b"\r\n\r\n")
            self.heads.append(head)
            host, _, text = head.split(b" ")[1].decode().partition(":")
            port = int(text)
            self.asked.append(f"{host}:{port}")
            writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        there, back = await asyncio.open_connection(self._answers.get(host, "127.0.0.1"), port)
        try:
            await asyncio.gather(_pump(reader, back), _pump(there, writer))
        finally:
            back.transport.abort()
            writer.transport.abort()

    async def _socks5(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> tuple[str, int]:
        """The host and port that is asked for (RFC 1928, 1929)."""
        (count,) = await reader.readexactly(1)
        methods = await reader.readexactly(count)
        method = 2 if self._login else 0
        writer.write(bytes([5, method if method in methods else 255]))
        if method not in methods:
            raise ConnectionAbortedError
        if self._login:
            _, length = await reader.readexactly(2)
            name = (await reader.readexactly(length)).decode()
            (length,) = await reader.readexactly(1)
            right = (name, (await reader.readexactly(length)).decode()) == self._login
            writer.write(b"\1\0" if right else b"\1\1")
            if not right:
                raise ConnectionAbortedError
        _, _, _, kind = await reader.readexactly(4)
        if kind == 3:
            (length,) = await reader.readexactly(1)
            host = (await reader.readexactly(length)).decode()
        else:
            size, family = (4, socket.AF_INET) if kind == 1 else (16, socket.AF_INET6)
            host = socket.inet_ntop(family, await reader.readexactly(size))
        return host, struct.unpack("!H", await reader.readexactly(2))[0]


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()
    writer.transport.abort()
