"""How far a request is: told by what sends it, heard by what waits for the reply; knows neither.

The listener belongs to the task that asks, so that a provider, which is a plain generator, has nothing to hand on.
"""

from collections.abc import Callable
from contextvars import ContextVar
from enum import StrEnum


class Step(StrEnum):
    """What a request is at, until text comes."""

    CONNECTING = "connecting"
    """The address is looked up, or the other side has not taken the connection yet."""
    SENT = "sent"
    """The other side has the connection; nothing of an answer has come."""
    ANSWERING = "answering"
    """The head of the answer is there."""


_listener: ContextVar[Callable[[Step], None] | None] = ContextVar("listener", default=None)


def listen(listener: Callable[[Step], None]) -> None:
    """From now on `listener` hears of the requests of this task."""
    _listener.set(listener)


def tell(step: Step) -> None:
    """A request of this task has come to `step`."""
    listener = _listener.get()
    if listener is not None:
        listener(step)
