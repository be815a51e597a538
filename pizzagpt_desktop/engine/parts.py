"""A model that is split over files: which files, and which of them are missing; reads none of them."""

import re
from pathlib import Path
from typing import NamedTuple

from pizzagpt_desktop.engine.gguf import ModelHead

MOST_PARTS = 1000
_NUMBERED = re.compile(r"(?P<stem>.+)-(?P<part>\d{5})-of-(?P<parts>\d{5})(?P<end>\.gguf)", re.IGNORECASE)


class Parts(NamedTuple):
    """The files of one model, in order, as the engine expects their names beside each other."""

    first: str
    """The name of the part to open."""
    missing: tuple[str, ...]
    bytes: int
    """Of all parts that are there."""


def parts_of(path: str | Path, head: ModelHead) -> Parts | None:
    """The files of the model whose part is at `path`; None where it is whole, or the name does not follow the rule."""
    path = Path(path)
    named = _NUMBERED.fullmatch(path.name)
    if head.parts is None or named is None or head.parts > MOST_PARTS or int(named["parts"]) != head.parts:
        return None
    names = [
        f"{named['stem']}-{number:05}-of-{head.parts:05}{named['end']}" for number in range(1, head.parts + 1)
    ]
    sizes = {name: _size(path.with_name(name)) for name in names}
    return Parts(
        names[0],
        tuple(name for name, size in sizes.items() if size is None),
        sum(size or 0 for size in sizes.values()),
    )


def _size(path: Path) -> int | None:
    try:
        return path.stat().st_size if path.is_file() else None
    except OSError:
        return None
