"""How much of a long text is read in one frame: little of what is slow to read, more of what turns out quick; knows no text."""

import re

LARGEST, SMALLEST = 8_000, 400
"""Characters read in one frame."""
MARKS = 250
"""Lines and cells read in one frame: each of them costs more than its characters."""
LONG_S, SHORT_S = 0.016, 0.006
"""After a reading that took longer, half as much is read; after a shorter one twice as much."""

_MARK = re.compile(r"[\n|]")


class Helpings:
    """The next part of one text, and the next."""

    def __init__(self) -> None:
        self._size = LARGEST

    def take(self, text: str) -> tuple[str, str]:
        """The part of `text` to read now, and what is left of it."""
        end = min(self._size, len(text))
        for count, mark in enumerate(_MARK.finditer(text, 0, end), 1):
            if count == MARKS:
                end = mark.end()
                break
        return text[:end], text[end:]

    def note(self, seconds: float) -> None:
        """So long it took to read the last part."""
        if seconds > LONG_S:
            self._size = max(SMALLEST, self._size // 2)
        elif seconds < SHORT_S:
            self._size = min(LARGEST, self._size * 2)
