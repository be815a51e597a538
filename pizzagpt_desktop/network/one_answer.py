"""A connection that takes one answer, and lets what comes after it be; imported with the first request."""

from typing import Any

from aiohttp import ClientPayloadError
from aiohttp.client_proto import ResponseHandler

_END_OF_HEAD = b"\r\n\r\n"


class OneAnswer(ResponseHandler):
    """The library's, but that bytes behind an answer do not lose it, and that a body that breaks is told to its reader."""

    def data_received(self, data: bytes) -> None:
        """What the other side sent."""
        # WORKAROUND(aiohttp 3.14): bytes behind an answer, in one packet with its head, fail before the answer is
        # there. The parser is given the head alone first.
        while self._payload is None and 0 <= (end := data.find(_END_OF_HEAD)) < len(data) - len(_END_OF_HEAD):
            end += len(_END_OF_HEAD)
            super().data_received(data[:end])
            data = data[end:]
        super().data_received(data)

    def set_exception(self, exc: BaseException, *cause: Any) -> None:
        """What the other side sent could not be read, or it is gone."""
        super().set_exception(exc, *cause)
        # WORKAROUND(aiohttp 3.14): who reads a body is not told of a malformed chunk in its middle, and waits for ever.
        body = self._payload
        if body is not None and not body.is_eof() and body.exception() is None:
            body.set_exception(ClientPayloadError("Response payload is not completed"))
