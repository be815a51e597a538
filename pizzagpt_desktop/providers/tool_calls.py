"""The tools a model asks for in one reply, put together from their pieces; runs none of them and knows no dialect."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from pizzagpt_desktop.domain.chunks import ToolCall
from pizzagpt_desktop.network.decode import BODY_LIMIT, too_large
from pizzagpt_desktop.providers.answers import compact_json

CALLS = 10_000
"""No model asks for more tools in one reply than that."""
_NAME = 200
"""Characters of a tool's name that are of any use."""


@dataclass(slots=True)
class Call:
    """One call. pieces: of its arguments, as they came. given: its arguments as a whole, where no pieces come."""

    id: str | None = None
    name: str = ""
    by_service: bool = False
    given: str = ""
    pieces: list[str] = field(default_factory=list)


class ToolCalls:
    """Calls in the order in which they began, each with the key that its dialect joins pieces by."""

    def __init__(self) -> None:
        self._calls: list[Call] = []
        self._by_key: dict[Any, Call] = {}
        self._size = 0

    def __bool__(self) -> bool:
        return bool(self._calls)

    @property
    def asked(self) -> bool:
        """Whether one is asked of us; the others ran at the service."""
        return any(not call.by_service for call in self._calls)

    @property
    def last(self) -> Call | None:
        """The one that began last."""
        return self._calls[-1] if self._calls else None

    def of(self, key: Any) -> Call | None:
        """The call of a key, the newest where several had it."""
        return self._by_key.get(key)

    def begin(self, key: Any = None) -> Call:
        """A new call. Pieces of the key, if there is one, are its own from now on."""
        if len(self._calls) >= CALLS:
            raise too_large("What the model asks of a tool", BODY_LIMIT)
        call = Call()
        self._calls.append(call)
        if key is not None:
            self._by_key[key] = call
        return call

    def name(self, call: Call, piece: Any) -> None:
        """A piece of a call's name; what repeats it adds nothing."""
        if isinstance(piece, str) and piece != call.name and len(call.name) < _NAME:
            call.name += piece

    def add(self, call: Call, piece: Any) -> None:
        """A piece of a call's arguments; raises Fault(TOO_LARGE) beyond the limit of a reply (rule R11)."""
        if isinstance(piece, str) and piece:
            call.pieces.append(self._within(piece))

    def replace(self, call: Call, arguments: Any) -> None:
        """A call's arguments as a whole, text or a value of JSON; what came of them before is forgotten."""
        text = as_text(arguments)
        if text:
            call.pieces = [self._within(text)]

    def drain(self) -> Iterator[ToolCall]:
        """All calls; nothing is left."""
        calls = self._calls
        self._calls, self._by_key = [], {}
        for call in calls:
            yield ToolCall(call.id, call.name, "".join(call.pieces) or call.given, call.by_service)

    def _within(self, text: str) -> str:
        self._size += len(text)
        if self._size > BODY_LIMIT:
            raise too_large("What the model asks of a tool", BODY_LIMIT)
        return text


def as_text(arguments: Any) -> str:
    """Arguments as they are shown: a text as it is, any other value as JSON, "" for none."""
    return arguments if isinstance(arguments, str) else "" if arguments is None else compact_json(arguments)
