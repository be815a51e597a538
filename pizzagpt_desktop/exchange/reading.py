"""A file of conversations read one at a time, whatever program wrote it; knows no disk and no store.

Which form a conversation has is seen from itself, so a file may hold several. Nothing of what else stands in a file,
such as settings, services or keys, goes any further than here.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain
from typing import IO, TYPE_CHECKING, Any, Protocol

from pizzagpt_desktop.exchange import (
    archive,
    chatgpt,
    claude,
    export,
    librechat,
    lm_studio,
    open_webui,
    own,
    plain_messages,
    values,
)
from pizzagpt_desktop.exchange.json_stream import TOO_LARGE, JsonStream
from pizzagpt_desktop.exchange.refusal import (
    DAMAGED,
    EMPTY,
    NESTED,
    NEWER,
    NONE,
    NOT_CONVERSATIONS,
    UNREADABLE,
    Refused,
)
from pizzagpt_desktop.exchange.refusal import TOO_LARGE as TOO_LARGE_WORDS

if TYPE_CHECKING:
    from typing import BinaryIO

    from pizzagpt_desktop.domain.arrival import Arrival


class Format(Protocol):
    """A module of one format."""

    def recognises(self, value: Mapping[str, Any], /) -> bool: ...
    def read(self, value: Mapping[str, Any], now: float, /) -> Arrival | None: ...


FORMATS: tuple[Format, ...] = (chatgpt, claude, open_webui, own, librechat, lm_studio, plain_messages)
"""The first that recognises a conversation reads it."""
_LISTS = ("conversations", "chats")
"""Names under which a file keeps a list of them."""
_VERSIONS: Mapping[str, int] = {export.FORMAT: export.VERSION, "chat-export": 1}
_WHOLE_NUMBER = re.compile(r"[0-9]{1,20}")
_HEAD = 4
_KEPT_MEMBERS = 100
_MOST_UNREADABLE = 100_000
_MOST_LOOSE = 100_000
_MOST_LOOSE_LETTERS = 32 * 1024 * 1024


class Reading:
    """One file, to be read as often as needed. Raises `Refused` at once where it can be seen that it is none.

    file: seekable; closed by whoever opened it. words: what is to be said of it besides. empty: how many of those that
    `conversations` could not read so far are none because nothing is said in them.
    """

    def __init__(self, file: BinaryIO, now: float) -> None:
        """now: seconds since the epoch; in a foreign file nothing is later, and it stands for times that are missing."""
        self._now = now
        self._file = file
        self._parts: list[Callable[[], IO[bytes]]]
        self.words = ""
        self.empty = 0
        file.seek(0)
        if file.read(_HEAD) in archive.MAGIC:
            found, self.words = archive.parts(file)
            self._parts = [part.open for part in found]
        else:
            self._parts = []

    def conversations(self) -> Iterator[Arrival | None]:
        """Each of the file in its order; None for one that could not be read. Raises `Refused`, also half-way."""
        self.empty = count = unreadable = 0
        for found in self._packed() if self._parts else self._plain():
            count += 1
            unreadable += found is None
            if unreadable > _MOST_UNREADABLE:  # a small file may hold millions of them
                raise Refused(NESTED)
            yield found
        if not count:
            raise Refused(NONE)

    def _plain(self) -> Iterator[Arrival | None]:
        self._file.seek(0)
        yield from self._of(_text_of(self._file))

    def _packed(self) -> Iterator[Arrival | None]:
        room = archive.UNPACKED_BYTES
        for open_part in self._parts:
            with archive.unpacking(), open_part() as part:
                text = _text_of(part, room)
                yield from self._of(text)
                room -= part.tell()

    def _of(self, text: Callable[[int], str]) -> Iterator[Arrival | None]:
        stream = JsonStream(text)
        match stream.peek():
            case "":
                raise Refused(EMPTY)
            case "[":
                yield from self._several(stream)
            case "{":
                yield from self._object(stream)
            case _:
                raise Refused(NOT_CONVERSATIONS)
        stream.end()

    def _several(self, stream: JsonStream) -> Iterator[Arrival | None]:
        yield from self._each(stream.array())

    def _each(self, entries: Iterable[Any]) -> Iterator[Arrival | None]:
        """What each entry is; messages that stand loose are one conversation, of all of them together."""
        loose: list[Any] = []
        letters = 0
        for found in entries:
            if not plain_messages.is_message(found):
                yield self._one(found)
                continue
            loose.append(found)
            letters += plain_messages.letters(found)
            if len(loose) > _MOST_LOOSE or letters > _MOST_LOOSE_LETTERS:
                raise Refused(NESTED)
        if loose:
            yield plain_messages.read({"messages": loose}, self._now)

    def _object(self, stream: JsonStream) -> Iterator[Arrival | None]:
        """A list of conversations under a name, or a conversation itself; or one a line."""
        members: dict[str, Any] = {}
        listed = False
        for name in stream.members():
            if name in _LISTS and stream.peek() == "[":
                listed = True
                for found in stream.array():
                    yield self._one(found)
            else:
                found = stream.value()
                if len(members) < _KEPT_MEMBERS:
                    members[name] = found
            _refuse_newer(members)
        if listed:
            return
        if any(reader.recognises(members) for reader in FORMATS) or (
            plain_messages.is_message(members) and stream.peek() == "{"
        ):
            yield from self._each(chain([members], _lines(stream)))
        elif any(name in members for name in _LISTS):
            raise Refused(UNREADABLE)
        else:
            raise Refused(NOT_CONVERSATIONS)

    def _one(self, found: Any) -> Arrival | None:
        if not isinstance(found, dict) or found is TOO_LARGE:
            return None
        for reader in FORMATS:
            if reader.recognises(found):
                arrival = reader.read(found, self._now)
                self.empty += arrival is None and not _holds_messages(found)
                return arrival
        return None


def _holds_messages(found: Mapping[str, Any]) -> bool:
    """Whether there is anything where the messages should be."""
    return any(found.get(name) for name in ("mapping", "chat_messages", "messages", "messagesTree", "chat"))


def _lines(stream: JsonStream) -> Iterator[Any]:
    """The objects that follow the first, as in a file of JSON Lines."""
    while stream.peek() == "{":
        yield stream.value()


def _refuse_newer(members: Mapping[str, Any]) -> None:
    version = members.get("version")
    known = _VERSIONS.get(values.text(members.get("format")))
    if isinstance(version, str) and _WHOLE_NUMBER.fullmatch(version):
        version = int(version)
    if known is not None and isinstance(version, int | float) and version > known:
        raise Refused(NEWER)


def _text_of(part: IO[bytes], room: int | None = None) -> Callable[[int], str]:
    """A reader of the part's text, in the encoding that its first bytes show. room: so many bytes at most."""
    head = part.read(_HEAD)
    encoding = _encoding(head)
    begins = head.decode(encoding, "replace").lstrip()
    if begins and begins[0] not in "[{":
        raise Refused(NOT_CONVERSATIONS)
    decoder = codecs.getincrementaldecoder(encoding)()
    waiting = [head]
    total = 0

    def read(count: int) -> str:
        nonlocal total
        while True:
            data = (waiting.pop() if waiting else b"") + part.read(count)
            total += len(data)
            if room is not None and total > room:
                raise Refused(TOO_LARGE_WORDS)
            try:
                text = decoder.decode(data, not data)
            except UnicodeError as error:
                raise Refused(DAMAGED) from error
            if text or not data:
                return text

    return read


def _encoding(head: bytes) -> str:
    if head.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        return "utf-32"
    if head[:1] in (b"[", b"{") and head[1:] == b"\0\0\0":
        return "utf-32-le"
    if head[:3] == b"\0\0\0" and head[3:] in (b"[", b"{"):
        return "utf-32-be"
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if head[:1] in (b"[", b"{") and head[1:2] == b"\0":
        return "utf-16-le"
    if head[:1] == b"\0" and head[1:2] in (b"[", b"{"):
        return "utf-16-be"
    return "utf-8-sig"
