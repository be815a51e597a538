"""Where a text is cut because one block of it grows beyond all use, so that no block takes long to read; knows no parser.

Hundreds of lines under one item, or in one quotation, are as much as anyone means. What comes after is read by itself,
as if a text began there: all of it is shown, though perhaps with less of an indent (rule M6). A cut depends on nothing
after it. Lists and tables of the top level are no such blocks: they come in parts of their own (`markdown_parts`).
"""

import re

WEIGHT, INSIDE = 6_000, 8
"""Lines of one block; those inside of a quotation or an item count so many times, with every level they have."""
LENGTH = 60_000
"""Characters of one block."""
_LOOKED_AT = 400
"""Characters at the beginning of a line that tell what it is."""

_FENCE = re.compile(r" {0,3}(`{3,}(?=[^`]*\Z)|~{3,})")
_PART = re.compile(r"[-*+](?:[ \t]|\Z)|\d{1,9}[.)](?:[ \t]|\Z)|.*\|", re.S)
"""A line that begins an item of a list, or a row of a table."""
_BARE = re.compile(r"[-*+|:][-*+|: \t]*")
"""One of nothing but marks, before which no part of a list begins: it may be the line below a table's header."""


class Sections:
    """Follows a text, line by line, and cuts it."""

    def __init__(self) -> None:
        self._head = ""
        """The beginning of the line that is not finished."""
        self._size = 0
        """Its length."""
        self._weight = self._length = 0
        """Of the block so far."""
        self._after_blank = True
        self._fence = ""

    def cut(self, text: str) -> list[str]:
        """`text`, which goes on where the last one ended, in parts between which there is a cut."""
        parts = []
        start = at = 0
        while (end := text.find("\n", at)) >= 0:
            if len(self._head) < _LOOKED_AT:
                self._head += text[at : min(end, at + _LOOKED_AT)]
            self._size += end + 1 - at
            self._take(self._head, self._size)
            self._head, self._size = "", 0
            at = end + 1
            if (self._weight >= WEIGHT or self._length >= LENGTH) and not self._fence:
                parts.append(text[start:at])
                start = at
                self._begin()
        if len(self._head) < _LOOKED_AT:
            self._head += text[at : at + _LOOKED_AT]
        self._size += len(text) - at
        return [*parts, text[start:]]

    def _begin(self) -> None:
        self._weight = self._length = 0

    def _take(self, line: str, size: int) -> None:
        """One more whole line, by its beginning."""
        line = line[:_LOOKED_AT]
        fence = _FENCE.match(line)
        if self._fence:
            mark = fence.group(1) if fence is not None else ""
            if mark.startswith(self._fence) and not line[fence.end() :].strip():  # type: ignore[union-attr]  # a mark is of one
                self._fence = ""
                self._begin()
            return
        if fence is not None:
            self._fence = fence.group(1)
        is_blank = not line.strip()
        is_inside = line[:1] in (" ", "\t", ">", "")
        is_bare = _BARE.fullmatch(line) is not None
        if not is_inside and (self._after_blank or (_PART.match(line) and not is_bare)):
            self._begin()
        self._after_blank = is_blank
        indent = len(line) - len(line.lstrip(" \t>"))
        self._weight += (
            INSIDE * (1 + indent // 8 + line.count(">", 0, indent + 1)) if is_inside or is_bare else 1
        )
        self._length += size
