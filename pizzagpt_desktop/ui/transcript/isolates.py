"""What in a line from right to left reads its own way is kept apart from the text round it; pure, knows no document.

Qt 6.11 obeys the isolates of Unicode (UAX #9). They stand in the document only: what is found, copied and told knows none.
"""

import re
from itertools import groupby

from pizzagpt_desktop.domain.blocks import Run, Runs
from pizzagpt_desktop.domain.direction import stands_alone
from pizzagpt_desktop.domain.marks import first_direction, holds_right_to_left, is_right_to_left

FROM_LEFT, FROM_RIGHT, END = "\u2066", "\u2067", "\u2069"


def isolation(runs: Runs, rtl: bool = False) -> list[tuple[str, str]]:
    """What stands before and after each of `runs`; empty where nothing has to be kept apart, as in all text without such letters.

    rtl: they are a part of a line that begins at the right.
    """
    if not any(run.is_strict or run.note for run in runs):
        return []
    if not rtl and not any(holds_right_to_left(run.text) for run in runs):
        return []
    found: list[tuple[str, str]] = []
    for link, group in groupby(runs, key=lambda run: id(run.link) if run.link is not None else None):
        inside = list(group)
        round_each = [(FROM_LEFT, END) if _reads_from_left(run) else ("", "") for run in inside]
        if (
            link is not None
        ):  # kept apart as a whole, it reads as its text does; what is code in it, once more
            words = "".join(run.text for run in inside)
            turned = not stands_alone(inside[0]) and first_direction(words)
            round_each[0] = (FROM_RIGHT if turned else FROM_LEFT) + round_each[0][0], round_each[0][1]
            round_each[-1] = round_each[-1][0], round_each[-1][1] + END
        found += round_each
    return found


def _reads_from_left(run: Run) -> bool:
    return run.code or run.math is not None or bool(run.note)


def last_turned(text: str) -> int | None:
    """Where in `text`, which reads from the left, the letters begin that end it and run from the right; in UTF-16 units."""
    if text.isascii() or not is_right_to_left(text[-1:]):
        return None
    at = len(text) - 1
    while at and (is_right_to_left(text[at - 1]) or not _FROM_LEFT.match(text[at - 1])):
        at -= 1
    while not is_right_to_left(text[at]):
        at += 1
    return len(text[:at].encode("utf-16-le", "surrogatepass")) // 2


_FROM_LEFT = re.compile(r"\w")
