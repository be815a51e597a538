"""Lengths as MathML writes them, in ems; knows no box."""

from __future__ import annotations

import re

_LENGTH = re.compile(r"\s*([+-]?(?:\d+\.?\d*|\.\d+))\s*(em|ex|pt|px|mu|cm|mm|in|pc|%)?\s*")
_EMS = {
    "em": 1.0,
    "ex": 0.45,
    "pt": 0.1,
    "px": 0.075,
    "mu": 1 / 18,
    "cm": 2.85,
    "mm": 0.285,
    "in": 7.2,
    "pc": 1.2,
}
NAMED = {"thin": 0.5, "medium": 1.0, "thick": 2.0}
LONGEST = 40.0
"""Ems; what is longer is a mistake, or meant to be one."""


def length(text: str, scale: float, usual: float) -> float:
    """usual: what a percentage is of, and what stands for words."""
    if text in NAMED:
        return NAMED[text] * usual
    match = _LENGTH.fullmatch(text)
    if match is None:
        return usual
    number, unit = float(match.group(1)), match.group(2)
    if unit is None:
        found = number * usual if number else 0.0
    elif unit == "%":
        found = number / 100 * usual
    else:
        found = number * _EMS[unit] * scale
    return max(-LONGEST, min(LONGEST, found))
