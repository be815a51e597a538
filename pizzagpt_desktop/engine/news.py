"""What is told of the engine while it runs, as values; starts nothing."""

from dataclasses import dataclass
from enum import StrEnum


class EngineState(StrEnum):
    OFF = "off"
    LOADING = "loading"
    READY = "ready"
    SILENT = "silent"
    """It is there and gives no sign of life."""
    ENDED = "ended"
    """It ended by itself; `words` say how."""


@dataclass(frozen=True, slots=True)
class EngineNews:
    """model: the file's name. since: when it began to load, by the loop's clock."""

    state: EngineState = EngineState.OFF
    model: str = ""
    since: float = 0.0
    words: str = ""
