"""Long lists and tables in parts, so that what has come of one is closed before its end; knows no stream and no widget.

Where a part ends depends on nothing after the line that follows its first, so parts are the same however text arrives.
"""

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from markdown_it.token import Token

ITEMS, LINES = 50, 4
"""Items of a list of the top level in one part, at least; one with so many lines counts twice, and so on."""
ROWS, CELLS = 60, 600
"""Rows and cells of a table in one part, at most."""

CELL_LIMIT = 40_000
"""Cells of one table; the rows after that are lines of text (rule M6)."""

_LISTS = ("bullet_list_open", "ordered_list_open")
_BLANK = re.compile(r"[ \t]*")
UNDER_HEADER = re.compile(r"[ \t]*[|:\-][|:\- \t]*")
"""A line that would make a table's header of the one above, if that one did not stand within a list."""


def rows_in_part(columns: int) -> int:
    """Rows of a table of so many columns in one part."""
    return max(1, min(ROWS, CELLS // max(1, columns)))


class Continued(NamedTuple):
    """What a text goes on with: a list or table of which `done` items or rows came before. start: its first number."""

    done: int = 0
    start: int | None = None
    opening: str = ""
    """A table's header and the line below it, which stand again above the rows that are left."""


def mark(tokens: "list[Token]", text: str, continued: Continued) -> None:
    """Note in `tokens` (made from `text`) where the parts of long lists begin, and which first block goes on."""
    if tokens and continued.done:
        tokens[0].meta["continued"] = continued
    lines: list[str] = []
    for at, token in enumerate(tokens):
        if token.level or token.type not in _LISTS or token.map is None:
            continue
        goes_on = "continued" in token.meta
        if goes_on or token.map[1] - token.map[0] > ITEMS:
            lines = lines or text.removesuffix("\n").split("\n")
            _mark_list(tokens, at, lines, goes_on)


def _mark_list(tokens: "list[Token]", at: int, lines: list[str], goes_on: bool) -> None:
    """Set `loose` in the meta of the item that each part begins with, where there is more than one part."""
    begun: list[Token] = []
    loose: list[bool] = []
    size = first_line = 0
    level = tokens[at].level
    was_loose = False
    for token in tokens[at + 1 :]:
        if token.level == level:
            break
        if token.nesting < 0 or token.map is None or token.level > level + 2:
            continue
        line = token.map[0]
        after_blank = line > 0 and _BLANK.fullmatch(lines[line - 1]) is not None
        if token.level == level + 1:
            if begun:
                size += 1 + (line - first_line) // LINES
            if not begun or (size >= ITEMS and _may_begin(lines, line)):
                if begun:
                    loose.append(was_loose or after_blank)
                begun.append(token)
                size, was_loose, after_blank = 0, False, False
            first_line = line
        elif line == first_line:
            continue
        was_loose = was_loose or after_blank
    loose.append(was_loose)
    if len(begun) > 1 or goes_on:
        for token, is_loose in zip(begun, loose, strict=True):
            token.meta["loose"] = is_loose


def _may_begin(lines: list[str], line: int) -> bool:
    """Whether an item reads the same at the beginning of a text."""
    return line + 1 < len(lines) and UNDER_HEADER.fullmatch(lines[line + 1]) is None


class Cut(NamedTuple):
    """Where the last part of a list or table begins: the token, its line, and what goes on there."""

    token: int
    line: int
    continued: Continued


def last_cut(tokens: "list[Token]", lines: str) -> Cut | None:
    """The cut before the last part of the list or table that `tokens` begin with, None where it has only one."""
    if not tokens or tokens[0].level or not tokens[0].map:
        return None
    opening = tokens[0]
    before: Continued = opening.meta.get("continued", Continued())
    if opening.type == "table_open":
        rows = [at for at, token in enumerate(tokens) if token.type == "tr_open"][1:]
        in_part = rows_in_part(sum(token.type == "th_open" for token in tokens[: rows[0] if rows else None]))
        done = (len(rows) - 1) // in_part * in_part
        if done <= 0:
            return None
        head = before.opening or "".join(lines.split("\n", 2)[i] + "\n" for i in (0, 1))
        return Cut(rows[done], _line(tokens[rows[done]]), Continued(before.done + done, None, head))
    if opening.type not in _LISTS:
        return None
    items = [at for at, token in enumerate(tokens) if token.type == "list_item_open" and token.level == 1]
    begun = [count for count, at in enumerate(items) if "loose" in tokens[at].meta]
    if len(begun) < 2:
        return None
    start = before.start if before.done else first_number(opening)
    at = items[begun[-1]]
    return Cut(at, _line(tokens[at]), Continued(before.done + begun[-1], start))


def _line(token: "Token") -> int:
    return token.map[0] if token.map else 0


def first_number(opening: "Token") -> int | None:
    """The number that a list begins with, None for bullets."""
    if opening.type != "ordered_list_open":
        return None
    start = opening.attrGet("start")
    return 1 if start is None else int(start)
