"""Where a text is cut because one block of it grows beyond all use, so that no block takes long to read; knows no parser.

Hundreds of lines under one item, or in one quotation, are as much as anyone means. What comes after is read by itself,
as if a text began there: all of it is shown, though perhaps with less of an indent (rule M6). A cut depends on nothing
after it. Lists and tables of the top level are no such blocks: they come in parts of their own (`markdown_parts`).

A line may be too long by itself. Then what is left of it is a paragraph that goes on where the text before it ends.
"""

import re

from pizzagpt_desktop.domain.markdown_parts import CELL_LIMIT, UNDER_HEADER

WEIGHT, PLAIN, INSIDE, TABLE = 6_000, 3, 8, 5
"""Lines of one block; plain ones count so many times, those inside of a quotation or an item with every level
they have, and those that make a table of what stands there with some more."""
LENGTH = 60_000
"""Characters of one block."""
GOES_ON = "\0"
"""Begins a part that is what is left of a line; no text that is read has one."""
LONG_LINE, LONGEST_LINE = 16_000, 64_000
"""Characters of a line of plain text up to the blank that it is cut at, and of one without blanks."""
ADDRESS = 1_000
"""Letters and digits in a row that a line is not cut near the end of: they may be a picture, and its title follows."""
_LOOKED_AT = 400
"""Characters at the beginning of a line that tell what it is."""

_ADDRESS = re.compile(f"[A-Za-z0-9+/=]{{{ADDRESS}}}")
_NO_ADDRESS = re.compile("[^A-Za-z0-9+/=]")
_FENCE = re.compile(r" {0,3}(`{3,}(?=[^`]*\Z)|~{3,})")
_ITEM = re.compile(r"[-*+](?:[ \t]|\Z)|\d{1,9}[.)](?:[ \t]|\Z)")
"""A line that begins an item of a list."""
_WORDS = re.compile(r"[^\W_](?!\d*[.)][ \t])[^|]*\Z")
"""A line of a paragraph, if nothing else begins there; others may be too."""
_ESCAPED = re.compile(r"\\.")
_BARE = re.compile(r"[-*+|:][-*+|: \t]*")
"""One of nothing but marks, before which no part of a list begins: it may be the line below a table's header."""


class Sections:
    """Follows a text, line by line, and cuts it."""

    def __init__(self) -> None:
        self._head = ""
        """The beginning of the line that is not finished."""
        self._size = 0
        """Its length."""
        self._recent = ""
        """Its end, where it is nearly too long."""
        self._goes_on = False
        """Whether the last line was one of a paragraph, as it seems."""
        self._weight = self._length = 0
        """Of the block so far."""
        self._after_blank = True
        self._last = ""
        self._rows_left = 0
        """Of a table, if the last line was of one."""
        self._fence = ""
        self._held: tuple[int, int] | None = None
        """What came before the last line, if that began a part, unless what follows it forbids that."""

    def cut(self, text: str) -> list[str]:
        """`text`, which goes on where the last one ended, in parts between which there is a cut."""
        parts = []
        start = at = 0
        opening = ""
        while True:
            end = text.find("\n", at)
            stop = end if end >= 0 else len(text)
            if len(self._head) < _LOOKED_AT:
                self._head += text[at : min(stop, at + _LOOKED_AT)]
            if (within := self._cut_within(text, at, stop)) >= 0:
                parts.append(opening + text[start:within])
                opening, start, at = GOES_ON, within, within
                self._begin()
                self._head, self._size, self._recent = GOES_ON, 0, ""
                continue
            if end < 0:
                break
            self._size += end + 1 - at
            self._take(self._head, self._size)
            self._head, self._size, self._recent = "", 0, ""
            at = end + 1
            if (self._weight >= WEIGHT or self._length >= LENGTH) and not self._fence:
                parts.append(opening + text[start:at])
                opening, start = f"{GOES_ON}\n" if self._goes_on else "", at
                self._begin()
        self._size += len(text) - at
        return [*parts, opening + text[start:]]

    def _cut_within(self, text: str, at: int, stop: int) -> int:
        """Where the line that goes on in `text` from `at` to `stop` is cut, -1 where it is not too long."""
        size = self._size + stop - at
        if size <= LONG_LINE - 2 * ADDRESS or self._fence or _FENCE.match(self._head):
            return -1
        is_plain = (
            self._head[:1] not in (" ", "\t", ">") and not _ITEM.match(self._head) and "|" not in self._head
        )
        line = self._recent + text[at:stop]
        known, before = len(self._recent), size - len(line)
        place = max(known, (LONG_LINE if is_plain else LENGTH) - before) - 1
        while (place := line.find(" ", place + 1, max(0, LONGEST_LINE - before))) >= 0:
            if not _ADDRESS.match(line, max(0, place - ADDRESS), place):
                return at + place - known
        for match in _NO_ADDRESS.finditer(line, max(known, LONGEST_LINE - before)):
            place = match.start()
            if not _ADDRESS.search(line, max(0, place - 2 * ADDRESS), place):
                return at + place - known
        self._recent = line[-2 * ADDRESS :]
        return -1

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
        is_under_header = is_inside and UNDER_HEADER.fullmatch(line) is not None
        if self._held is not None and UNDER_HEADER.fullmatch(line):
            self._weight, self._length = self._weight + self._held[0], self._length + self._held[1]
        self._held = None
        self._follow_table(line)
        is_part = not is_bare and (_ITEM.match(line) or self._rows_left > 0)
        if not is_inside and (self._after_blank or is_part):
            if not self._after_blank:
                self._held = self._weight, self._length
            self._begin()
        self._after_blank = is_blank
        self._goes_on = not is_inside and _WORDS.match(line) is not None
        indent = len(line) - len(line.lstrip(" \t>"))
        self._weight += (
            INSIDE * (1 + TABLE * is_under_header + indent // 8 + line.count(">", 0, indent + 1))
            if is_inside or is_bare
            else PLAIN
        )
        self._length += size

    def _follow_table(self, line: str) -> None:
        """One more line, which may be the one below a table's header, or a row."""
        header, self._last = self._last, line
        if not line.strip() or line[0] in "#`~":
            self._rows_left = 0
        elif self._rows_left:
            self._rows_left -= 1
        elif header and UNDER_HEADER.fullmatch(line):
            columns = _columns(line)
            if len(line) >= _LOOKED_AT or len(header) >= _LOOKED_AT or _columns(header) == columns:
                self._rows_left = CELL_LIMIT // columns


def _columns(line: str) -> int:
    return _ESCAPED.sub("", line).strip().strip("|").count("|") + 1
