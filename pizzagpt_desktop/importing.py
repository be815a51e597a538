"""A file of conversations brought into the chat file: looked through first, then written; knows no window.

Two readings: a file that turns out damaged at its end has then changed nothing.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple

from pizzagpt_desktop.domain.faults import Fault
from pizzagpt_desktop.exchange.reading import Reading
from pizzagpt_desktop.exchange.refusal import UNREADABLE, Refused
from pizzagpt_desktop.storage.arriving import Arriving

if TYPE_CHECKING:
    from pizzagpt_desktop.domain.arrival import Arrival

IMPORTED, PARTLY, REFUSED = "imported", "imported_partly", "refused"
_AT_ONCE = 50
_MESSAGES_AT_ONCE = 300
_TEXT_AT_ONCE = 1_000_000
_LOOKED_AT_ONCE = 200


class Progress(NamedTuple):
    """done: from 0 to 1. conversations: how many came in so far."""

    done: float
    conversations: int


class Outcome(NamedTuple):
    """What came of it. skipped: entries that were there already or could not be read. ids: of what came in."""

    result: str
    conversations: int
    messages: int
    skipped: int
    message: str
    ids: tuple[str, ...] = ()

    def facts(self) -> dict[str, Any]:
        """For other programs."""
        return {name: value for name, value in self._asdict().items() if name != "ids"}


def refused(words: str) -> Outcome:
    """Nothing came of it."""
    return Outcome(REFUSED, 0, 0, 0, words)


class Import:
    """One file and what comes of it. `steps` does it a little at a time, all in one thread; `outcome` is then true.

    To stop, let go of the steps: what came in by then stays.
    """

    def __init__(self, path: Path, arriving: Arriving, now: float) -> None:
        """now: seconds since the epoch."""
        self._path = path
        self._arriving = arriving
        self._now = now
        self._ids: list[str] = []
        self._messages = 0
        self._already = 0
        self._unread = 0
        self._empty = 0
        self._partly = 0
        self._repaired = 0
        self._instructed = 0
        self._found = 0
        self._words = ""
        self._refusal = ""
        self._whole = False

    def steps(self) -> Generator[Progress]:
        """Each takes some hundredths of a second."""
        try:
            with _opened(self._path) as file:
                size = max(1, os.fstat(file.fileno()).st_size)
                reading = Reading(file, self._now)
                self._words = reading.words
                readable = 0
                for self._found, arrival in enumerate(reading.conversations(), 1):
                    readable += arrival is not None
                    if self._found % _LOOKED_AT_ONCE == 0:
                        yield self._progress(file, size, 0.0)
                self._empty = reading.empty
                self._unread = self._found - readable - self._empty
                if not readable:
                    raise Refused(self._none_readable())
                yield from self._write(file, size, reading)
        except Refused as refusal:
            self._refusal = str(refusal)
        except Fault as fault:
            self._refusal = f"{fault.detail} {fault.hint}".strip()
        except OSError as error:
            self._refusal = f"The file cannot be read: {error.strerror or 'its name cannot be used'}."
        except ValueError:  # a NUL in its name
            self._refusal = "The file cannot be read: its name cannot be used."
        self._whole = True

    def outcome(self) -> Outcome:
        """What came of it so far."""
        came = len(self._ids)
        skipped = self._already + self._unread + self._empty
        if self._refusal and not came:
            return refused(self._refusal)
        partly = self._unread or self._partly or self._repaired or self._refusal or not self._whole
        result = PARTLY if partly else IMPORTED
        return Outcome(result, came, self._messages, skipped, self._said(came), tuple(self._ids))

    def _write(self, file: BinaryIO, size: int, reading: Reading) -> Iterator[Progress]:
        waiting: list[Arrival] = []
        weight = messages = 0
        try:
            for arrival in reading.conversations():
                if arrival is None:
                    continue
                waiting.append(arrival)
                messages += len(arrival.whole.messages)
                weight += sum(len(message.text) for message in arrival.whole.messages)
                if len(waiting) >= _AT_ONCE or messages >= _MESSAGES_AT_ONCE or weight >= _TEXT_AT_ONCE:
                    self._take_in(waiting)
                    waiting, weight, messages = [], 0, 0
                    yield self._progress(file, size, 0.5)
            if waiting:
                self._take_in(waiting)
        finally:
            self._arriving.put_in_order(self._ids)

    def _take_in(self, arrivals: list[Arrival]) -> None:
        for arrival, stored_id in zip(arrivals, self._arriving.take_in(arrivals), strict=True):
            if stored_id is None:
                self._already += 1
                continue
            self._ids.append(stored_id)
            self._messages += len(arrival.whole.messages)
            self._partly += arrival.partly
            self._repaired += arrival.repaired
            self._instructed += bool(arrival.whole.conversation.asking.system_prompt.strip())

    def _progress(self, file: BinaryIO, size: int, base: float) -> Progress:
        return Progress(base + min(1.0, file.tell() / size) / 2, len(self._ids))

    def _none_readable(self) -> str:
        entries = "the entry" if self._found == 1 else f"the {self._found} entries"
        return f"{UNREADABLE} No conversations were found in {entries} of it."

    def _said(self, came: int) -> str:
        if self._unread:
            words = [f"{came} of {self._found} conversations imported; {self._unread} could not be read."]
        else:
            words = [f"{_counted(came)} imported."] if came else ["There is nothing new in this file."]
        if not self._whole:
            words.insert(0, "Stopped.")
        if self._empty:
            words.append(f"{self._empty} had no messages in {'it' if self._empty == 1 else 'them'}.")
        if self._already:
            words.append(
                f"{self._already} {_was(self._already)} here already and {_was(self._already)} skipped."
            )
        if self._partly:
            words.append(
                f"Something in {_counted(self._partly)} could not be taken over as it was, such as an attached file."
            )
        if self._repaired:
            words.append(f"The order of the messages was repaired in {_counted(self._repaired)}.")
        if self._instructed:
            words.append(
                f"{_counted(self._instructed)} brought instructions for the model along; see Persona and parameters."
            )
        return " ".join(filter(None, [*words, self._words, self._refusal]))


def _counted(number: int) -> str:
    return "1 conversation" if number == 1 else f"{number} conversations"


def _was(number: int) -> str:
    return "was" if number == 1 else "were"


def _opened(path: Path) -> BinaryIO:
    """The file, if it is one: a folder, a pipe or a device is never waited for. Raises `OSError`, `Refused`."""
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise Refused("This is not a file that can be read. Choose the JSON or ZIP file of an export.")
        return os.fdopen(descriptor, "rb")
    except BaseException:
        os.close(descriptor)
        raise
