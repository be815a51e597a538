"""A connection that takes one answer, and lets what comes after it be; imported with the first request."""

from aiohttp.client_proto import ResponseHandler

_END_OF_HEAD = b"\r\n\r\n"


class OneAnswer(ResponseHandler):
    """The library's, but that bytes behind the end of an answer do not lose it."""

    def data_received(self, data: bytes) -> None:
        """What the other side sent."""
        # WORKAROUND(aiohttp 3.14): bytes behind an answer, in one packet with its head, fail before the answer is
        # there. The parser is given the head alone first.
        while self._payload is None and 0 <= (end := data.find(_END_OF_HEAD)) < len(data) - len(_END_OF_HEAD):
            end += len(_END_OF_HEAD)
            super().data_received(data[:end])
            data = data[end:]
        super().data_received(data)
