"""How far a request is: told by what sends it, heard by what waits for the reply; knows neither.

The listener belongs to the task that asks, so that a provider, which is a plain generator, has nothing to hand on.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
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
    SUMMARISING = "summarising"
    """The request itself waits: another one asks for a summary of what does not fit into it."""


_listener: ContextVar[Callable[[Step], None] | None] = ContextVar("listener", default=None)


def listen(listener: Callable[[Step], None]) -> None:
    """From now on `listener` hears of the requests of this task."""
    _listener.set(listener)


@contextmanager
def unheard() -> Iterator[None]:
    """What requests in the block tell is not heard: they are not what is waited for."""
    token = _listener.set(None)
    try:
        yield
    finally:
        _listener.reset(token)


def tell(step: Step) -> None:
    """A request of this task has come to `step`."""
    listener = _listener.get()
    if listener is not None:
        listener(step)
