"""Bytes into events: server-sent events, JSON lines, and text within limits; does no I/O and knows no service.

Framing follows the WHATWG HTML standard, 9.2.6 "Interpreting an event stream".
"""

import codecs
from typing import NamedTuple

from pizzagpt_desktop.domain.faults import Fault, FaultKind
from pizzagpt_desktop.domain.own_words import TOO_LARGE_HERE

LINE_LIMIT = 16 * 1024 * 1024
"""Bytes of one line, or of the data of one event (rule R11)."""
BODY_LIMIT = 32 * 1024 * 1024
"""Bytes of one reply's text, or of a whole decoded body (rule R11)."""

_BOM = codecs.BOM_UTF8
_STRAY = (b"error", b'{"error"')


class Event(NamedTuple):
    """One event: its name ("message" where none was sent), its data with lines joined by LF, the last id."""

    event: str
    data: str
    id: str


def too_large(what: str, limit: int) -> Fault:
    """The fault for something over its limit."""
    return Fault(
        FaultKind.TOO_LARGE,
        f"{what}{TOO_LARGE_HERE}{limit // (1024 * 1024)} MiB).",
        hint="What had come is kept. Ask for less at once.",
    )


class LineCutter:
    """Cuts bytes into lines, each without its end; with `cr`, a CR ends a line too (LF, CR, CRLF).

    Linear: bytes are looked at once, whole blocks at a time. Raises Fault(TOO_LARGE) for a line over the limit.
    """

    def __init__(self, *, cr: bool, limit: int = LINE_LIMIT) -> None:
        self._cr = cr
        self._limit = limit
        self._pending: list[bytes] = []
        self._size = 0
        self._head = b""
        self._started = False
        self._after_cr = False

    def feed(self, data: bytes) -> list[bytes]:
        """The lines that `data` completes."""
        if not self._started:
            data = self._head + data
            if len(data) < 3 and _BOM.startswith(data):
                self._head = data
                return []
            self._started = True
            self._head = b""
            if data.startswith(_BOM):
                data = data[3:]
        if self._cr:
            if self._after_cr and data:
                self._after_cr = False
                if data[0] == 10:
                    data = data[1:]
            if b"\r" in data:
                self._after_cr = data[-1] == 13
                data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        lines = data.split(b"\n")
        rest = lines.pop()
        if lines and self._pending:
            self._check(len(lines[0]))
            self._pending.append(lines[0])
            lines[0] = b"".join(self._pending)
            self._pending.clear()
            self._size = 0
        if rest:
            self._check(len(rest))
            self._pending.append(rest)
            self._size += len(rest)
        return lines

    def rest(self) -> bytes:
        """The last line, which had no end."""
        return b"".join(self._pending) if self._started else self._head

    def _check(self, more: int) -> None:
        if self._size + more > self._limit:
            raise too_large("One line of the answer", self._limit)


class SseDecoder:
    """Cuts a body into server-sent events. `retry` is dropped: a chat never reconnects by itself."""

    def __init__(self, *, limit: int = LINE_LIMIT) -> None:
        self._cutter = LineCutter(cr=True, limit=limit)
        self._limit = limit
        self._data: list[bytes] = []
        self._size = 0
        self._event = ""
        self._id = ""
        self.stray = ""
        """The newest line that the standard ignores and that begins as an error does: not by the standard, but sent."""

    def feed(self, data: bytes) -> list[Event]:
        """The events that `data` completes; raises Fault(TOO_LARGE)."""
        events: list[Event] = []
        for line in self._cutter.feed(data):
            if line:
                if line.startswith(b"data: "):
                    self._add(line[6:])
                else:
                    self._field(line)
            else:
                if self._data:
                    events.append(self._dispatched())
                self._event = ""
        return events

    def finish(self) -> Event | None:
        """The unfinished last event, which the standard drops and rule R1 looks at; None where there is none."""
        line = self._cutter.rest()
        if line:
            self._field(line)
        return self._dispatched() if self._data else None

    def _dispatched(self) -> Event:
        data = self._data[0] if len(self._data) == 1 else b"\n".join(self._data)
        self._data.clear()
        self._size = 0
        return Event(self._event or "message", data.decode("utf-8", "replace"), self._id)

    def _add(self, value: bytes) -> None:
        self._size += len(value) + 1
        if self._size > self._limit:
            raise too_large("One event of the answer", self._limit)
        self._data.append(value)

    def _field(self, line: bytes) -> None:
        name, _, value = line.partition(b":")
        if value.startswith(b" "):
            value = value[1:]
        if name == b"data":
            self._add(value)
        elif name == b"event":
            self._event = value.decode("utf-8", "replace")
        elif name == b"id" and b"\0" not in value:
            self._id = value.decode("utf-8", "replace")
        elif name in _STRAY:
            self.stray = (value if name == b"error" else line).decode("utf-8", "replace")


class NdjsonCutter:
    """Cuts a body into lines of JSON, blank ones left out; `finish` gives a last line without an end."""

    def __init__(self, *, limit: int = LINE_LIMIT) -> None:
        self._cutter = LineCutter(cr=False, limit=limit)

    def feed(self, data: bytes) -> list[str]:
        """The lines that `data` completes; raises Fault(TOO_LARGE)."""
        return [line.decode("utf-8", "replace") for line in self._cutter.feed(data) if line.strip()]

    def finish(self) -> str | None:
        """What stands after the last line end, or None."""
        line = self._cutter.rest()
        return line.decode("utf-8", "replace") if line.strip() else None


class TextBudget:
    """How much text a reply may still have (rule R11)."""

    def __init__(self, limit: int = BODY_LIMIT) -> None:
        self._limit = limit
        self._left = limit

    def take(self, text: str) -> tuple[str, bool]:
        """As much of `text` as fits, and whether that was all of it."""
        size = len(text) if text.isascii() else len(text.encode("utf-8", "replace"))
        if size <= self._left:
            self._left -= size
            return text, True
        if text.isascii():
            part = text[: self._left]
        else:
            part = text.encode("utf-8", "replace")[: self._left].decode("utf-8", "ignore")
        self._left = 0
        return part, False

    @property
    def fault(self) -> Fault:
        """The fault that ends a reply over the limit."""
        return too_large("The reply", self._limit)
