"""Rows of a table in the order of a column: as numbers where they are numbers, else as words; knows no screen."""

import re
from collections.abc import Sequence

from pizzagpt_desktop.domain.blocks import Runs, plain

_NUMBER = re.compile(
    r"[~≈<>≤≥]?\s*(?P<sign>[-+−–]?)\s*(?:[A-Z]{0,3}[$€£¥₹₩₽฿]\s*)?(?P<digits>\d[\d.,'’_ \xa0\u202f]*?)"
    r"(?P<power>[eE][-+]?\d{1,3})?\s*(?P<unit>[%‰°€$£¥₹]|[^\W\d_][\w/²³%°.µ]*(?:\s[^\W\d_]\w*)?)?"
)
_WELL_FORMED = {
    ".": re.compile(r"(?:\d+|\d{1,3}(?:,\d{2,3})*,\d{3})(?:\.\d+)?"),  # lakhs and crores have groups of two
    ",": re.compile(r"(?:\d+|\d{1,3}(?:\.\d{3})+)(?:,\d+)?"),
}
_BLANKS = re.compile(r"[\s'’_]")
_EMPTY = frozenset({"", "-", "–", "—", "n/a", "none", "null", "?"})
_DIGITS = re.compile(r"(\d{1,30})")
LONGEST = 200
"""Characters of a cell by which it is compared."""


def ordered(rows: Sequence[tuple[Runs, ...]], column: int, falling: bool) -> tuple[tuple[Runs, ...], ...]:
    """`rows` by what stands in `column`; equal ones stay in their order, empty ones come last. falling: largest first."""
    cells = [plain(row[column]).strip()[:LONGEST] if column < len(row) else "" for row in rows]
    filled = [at for at, cell in enumerate(cells) if cell.casefold() not in _EMPTY]
    numbers = _numbers([cells[at] for at in filled])
    keys: dict[int, object]
    if numbers is not None:
        keys = dict(zip(filled, numbers, strict=True))
    else:
        keys = {at: _words(cells[at]) for at in filled}
    chosen = sorted(filled, key=keys.__getitem__, reverse=falling)  # type: ignore[arg-type]  # all keys are of one kind
    empty = sorted(set(range(len(rows))) - set(filled))
    return tuple(rows[at] for at in (*chosen, *empty))


def _numbers(cells: Sequence[str]) -> list[float] | None:
    """The cells as numbers, if all are numbers of one unit."""
    found = [_NUMBER.fullmatch(cell) for cell in cells]
    if not found or not all(found):
        return None
    matches = [match for match in found if match is not None]
    if len({(match["unit"] or "").casefold() for match in matches}) > 1:
        return None
    digits = [_BLANKS.sub("", match["digits"]).rstrip(".,") for match in matches]
    point = _decimal_point(digits)
    if not all(_WELL_FORMED[point].fullmatch(text) for text in digits):
        return None
    numbers = []
    for match, text in zip(matches, digits, strict=True):
        other = "," if point == "." else "."
        value = float(text.replace(other, "").replace(point, ".") + (match["power"] or ""))
        numbers.append(-value if match["sign"] in ("-", "−", "–") else value)
    return numbers


def _decimal_point(cells: Sequence[str]) -> str:
    """Which of "." and "," divides whole numbers from fractions in a column."""
    both = [cell for cell in cells if "." in cell and "," in cell]
    if both:
        return max(".,", key=both[0].rfind)
    if any(cell.count(".") > 1 for cell in cells):
        return ","
    commas = [cell for cell in cells if "," in cell]
    if commas and not all(re.fullmatch(r"\d{1,3}(?:,\d{3})+", cell) for cell in commas):
        return "," if all(cell.count(",") == 1 for cell in commas) else "."
    return "."


def _words(cell: str) -> tuple[object, ...]:
    """A key that has "v10" after "v9", whatever the letter case."""
    parts = _DIGITS.split(cell.casefold())
    return tuple((0, int(part), "") if at % 2 else (1, 0, part) for at, part in enumerate(parts))
