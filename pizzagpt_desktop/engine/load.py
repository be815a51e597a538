"""What the engine's process is told to load, and how both sides write it down; starts nothing."""

import json
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """path: of the model file, its first part where it is split. context: tokens. threads: 0 for the engine's choice.

    gpu_layers: -1 for as many as fit. memory_limit: bytes beside the file itself, 0 for none.
    """

    path: str
    context: int
    threads: int = 0
    gpu_layers: int = -1
    memory_limit: int = 0


@dataclass(frozen=True, slots=True)
class Order:
    """The first line to the process: what to load, the key that requests must carry, and whose child it is."""

    load: Load
    key: str
    parent: int


def written(order: Order) -> bytes:
    """One line of JSON."""
    return json.dumps(asdict(order)).encode() + b"\n"


def read(line: bytes) -> Order:
    """The order in `line`; raises ValueError."""
    try:
        said = json.loads(line)
        return Order(Load(**said["load"]), str(said["key"]), int(said["parent"]))
    except (KeyError, TypeError) as error:
        raise ValueError("this is no order for the engine") from error
