"""Names into addresses: this computer's own without asking anyone, the others by the system; sends no request.

Source: RFC 6761, 6.3: names under `localhost` are this computer and are looked up nowhere. RFC 8305: of several
addresses the first that answers is taken, and a dead one is waited for no longer than a quarter of a second.
"""

import asyncio
import socket
from typing import Any

from aiohappyeyeballs import start_connection
from aiohttp import ThreadedResolver
from aiohttp.abc import ResolveResult

from pizzagpt_desktop.domain.addresses import is_loopback

NEXT_ADDRESS_S = 0.25
_HERE = ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1"))


class Names(ThreadedResolver):
    """The resolver of every connection."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """The addresses of a host, in the order in which they are tried."""
        if not is_loopback(host):
            return await super().resolve(host, port, family)
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=kind,
                proto=socket.IPPROTO_TCP,
                flags=socket.AI_NUMERICHOST,
            )
            for kind, address in (_HERE if socket.has_ipv6 else _HERE[:1])
            if family in (kind, socket.AF_UNSPEC)
        ]


AddressInfo = tuple[int, int, int, str, Any]
"""As `getaddrinfo` gives it."""


async def addresses_of(host: str, port: int) -> list[AddressInfo]:
    """The addresses of a host as sockets want them; raises OSError where there are none."""
    if is_loopback(host) and host.rstrip(".").endswith("localhost"):
        kinds = _HERE if socket.has_ipv6 else _HERE[:1]
        return [
            (kind, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", (address, port)) for kind, address in kinds
        ]
    return list(await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM))


async def connected(addresses: list[AddressInfo]) -> socket.socket:
    """A socket connected to the first of the addresses that answers; raises OSError."""
    return await start_connection(
        addresses, happy_eyeballs_delay=NEXT_ADDRESS_S, interleave=1, loop=asyncio.get_running_loop()
    )


async def living_address(host: str, port: int) -> str:
    """The address at which a host answers, for a library that would wait for a dead one; raises OSError."""
    found = await addresses_of(host, port)
    if len(found) < 2:
        return str(found[0][4][0])
    winner = await connected(found)
    try:
        return str(winner.getpeername()[0])
    finally:
        winner.close()
