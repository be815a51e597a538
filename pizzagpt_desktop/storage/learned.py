"""What was learned of models, in a small file of its own: so many numbers under a name; does not know what they mean.

Nothing depends on it: what cannot be read or written is learned again.
"""

import contextlib
import json
import math
from collections.abc import Mapping
from pathlib import Path

from pizzagpt_desktop.storage.files import write_whole

MOST = 500
"""Names that are kept, those put in last."""
NUMBERS = 3
_MOST_BYTES = 256 * 1024

Facts = tuple[float, ...]


class LearnedFile:
    """The file at `path`, read and written whole."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> dict[str, Facts]:
        """What is kept; nothing where the file cannot be read, and not what in it is of another form."""
        try:
            with self._path.open("rb") as file:
                document = json.loads(file.read(_MOST_BYTES))
        except (OSError, ValueError, RecursionError):
            return {}
        if not isinstance(document, dict):
            return {}
        return {name: tuple(map(float, facts)) for name, facts in document.items() if _is_sound(facts)}

    def put(self, name: str, facts: Facts) -> None:
        """Keep `facts` under `name` beside what is in the file now, which another program may have written."""
        kept: Mapping[str, Facts] = {key: value for key, value in self.read().items() if key != name}
        newest = [*kept.items(), (name, facts)][-MOST:]
        with contextlib.suppress(OSError):
            write_whole(self._path, json.dumps(dict(newest)).encode())


def _is_sound(facts: object) -> bool:
    return (
        isinstance(facts, list)
        and len(facts) == NUMBERS
        and all(
            isinstance(number, int | float) and not isinstance(number, bool) and abs(number) < 2**53
            for number in facts
        )
        and all(map(math.isfinite, facts))
    )
