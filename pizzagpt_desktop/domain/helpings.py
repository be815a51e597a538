"""How much of a long text is read in one frame: little of what is slow to read, more of what turns out quick; knows no text."""

import re

from pizzagpt_desktop.domain.markdown_parts import CELL_LIMIT

LARGEST, SMALLEST = 8_000, 400
"""Characters read in one frame."""
MARKS = 250
"""Lines, cells and brackets read in one frame: each of them costs more than its characters."""
WIDE, EMPTY = 40, 8
"""Cells of a line that make a table of it whose shorter rows cost something too: so many empty cells as much as a full one."""
LONG_S, SHORT_S = 0.016, 0.006
"""After a reading that took longer, half as much is read; after a shorter one twice as much."""

_MARK = re.compile(r"\r\n?|[\n|\[]")


class Helpings:
    """The next part of one text, and the next."""

    def __init__(self) -> None:
        self._size = LARGEST
        self._columns = self._rows = 0
        """Of the table that the text is in, if that is a wide one."""
        self._cells = 0
        """Of the line so far."""
        self._begun = 0
        """Where that began, before the next part of the text."""

    def take(self, text: str) -> tuple[str, str]:
        """The part of `text` to read now, and what is left of it."""
        end = min(self._size, len(text))
        weight, at = 0, self._begun
        for mark in _MARK.finditer(text, 0, end):
            weight += 1
            if mark.group() == "|":
                self._cells += 1
            elif mark.group() != "[":
                weight += self._end_line(mark.start() == at)
                at = mark.end()
            if weight >= MARKS:
                end = mark.end()
                break
        self._begun = at - end  # where the line began that the next part goes on with
        return text[:end], text[end:]

    def _end_line(self, is_empty: bool) -> int:
        """What the line costs beyond what stands in it."""
        cells, self._cells = self._cells, 0
        if cells >= WIDE:
            self._columns = max(cells, self._columns)
        elif is_empty or self._rows * self._columns > CELL_LIMIT:
            self._columns = self._rows = 0
        self._rows += self._columns > 0
        return max(0, self._columns - cells) // EMPTY

    def note(self, seconds: float) -> None:
        """So long it took to read the last part."""
        if seconds > LONG_S:
            self._size = max(SMALLEST, self._size // 2)
        elif seconds < SHORT_S:
            self._size = min(LARGEST, self._size * 2)
