"""What in a line from right to left reads its own way is kept apart from the text round it; pure, knows no document.

Qt 6.11 obeys the isolates of Unicode (UAX #9). They stand in the document only: what is found, copied and told knows none.
"""

import re

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
    last = len(runs) - 1
    return [
        _round(run, runs[at - 1] if at else None, runs[at + 1] if at < last else None, runs)
        for at, run in enumerate(runs)
    ]


def _round(run: Run, above: Run | None, below: Run | None, runs: Runs) -> tuple[str, str]:
    """A link is kept apart as a whole, and reads as its text does; what is code in it, once more."""
    before = after = ""
    link = run.link
    if link is not None and (above is None or above.link is not link):
        words = "".join(other.text for other in runs if other.link is link)
        turned = not stands_alone(run) and first_direction(words)
        before += FROM_RIGHT if turned else FROM_LEFT
    if run.code or run.math is not None or run.note:
        before, after = before + FROM_LEFT, END
    if link is not None and (below is None or below.link is not link):
        after += END
    return before, after


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
