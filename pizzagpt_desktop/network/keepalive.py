"""Connections that notice within half a minute that the other side is gone; knows no request.

A computer that slept, a network that changed or a cable that was pulled send no farewell: without this a reply would
be waited for until its time is up, on a connection that ended long ago.
"""

import socket
from contextlib import suppress
from typing import Any

IDLE_S, BETWEEN_S, TIMES = 10, 5, 3
"""After so long without a byte the other side is asked for a sign of life, so often."""
_OPTIONS = (
    ("TCP_KEEPIDLE", IDLE_S),
    ("TCP_KEEPALIVE", IDLE_S),  # what macOS calls it
    ("TCP_KEEPINTVL", BETWEEN_S),
    ("TCP_KEEPCNT", TIMES),
    ("TCP_USER_TIMEOUT", 1000 * (IDLE_S + BETWEEN_S * TIMES)),  # for what was sent and is not confirmed
)


def watch(connection: Any) -> None:
    """Have the system ask a silent connection for a sign of life. connection: a socket, or what asyncio has for one."""
    with suppress(OSError, AttributeError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in _OPTIONS:
        option = getattr(socket, name, None)
        if option is not None:
            with suppress(OSError, AttributeError):
                connection.setsockopt(socket.IPPROTO_TCP, option, value)


def made(address: tuple[Any, ...]) -> socket.socket:
    """A watched socket for an address that was looked up, as aiohttp asks for one."""
    family, kind, protocol, _, _ = address
    connection = socket.socket(family=family, type=kind, proto=protocol)
    watch(connection)
    return connection
