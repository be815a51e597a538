"""The values of the settings file, each checked alone: a bad one is dropped and named; knows no setting.

A check takes what JSON gave and returns the value, or raises `ValueError` or `OverflowError`.
"""

import math
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any, TypeVar

from pizzagpt_desktop.domain.text import storable

E = TypeVar("E", bound=StrEnum)
Check = Callable[[Any], Any]


def text(value: Any) -> str:
    """A text, without what no file can hold."""
    if not isinstance(value, str):
        raise ValueError("not a text")
    return storable(value)


def texts(value: Any) -> tuple[str, ...]:
    """A list of texts."""
    if not isinstance(value, list):
        raise ValueError("not a list")
    return tuple(text(item) for item in value)


def switch(value: Any) -> bool:
    """true or false."""
    if not isinstance(value, bool):
        raise ValueError("neither true nor false")
    return value


def whole(least: int, most: int) -> Check:
    """A whole number within bounds."""

    def check(value: Any) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise ValueError("no such number")
        return value

    return check


def number(least: float, most: float) -> Check:
    """A number within bounds."""

    def check(value: Any) -> float:
        if not isinstance(value, int | float) or isinstance(value, bool):
            raise ValueError("not a number")
        if not (math.isfinite(value) and least <= value <= most):
            raise ValueError("out of range")
        return float(value)

    return check


def optional(check: Check) -> Check:
    """The same, or nothing."""
    return lambda value: None if value is None else check(value)


def one_of(kind: type[E]) -> Check:
    """A member of an enumeration, by its value."""
    return lambda value: kind(text(value))


def among(*words: str) -> Check:
    """One of these words."""

    def check(value: Any) -> str:
        if value not in words:
            raise ValueError("no such choice")
        return str(value)

    return check


def section(document: Mapping[str, Any], name: str, where: str, problems: list[str]) -> Mapping[str, Any]:
    """The object called `name`; {} where there is none, or no object."""
    section = document.get(name, {})
    if isinstance(section, dict):
        return section
    problems.append(where + name)
    return {}


def checked(
    values: Mapping[str, Any], checks: Mapping[str, Check], where: str, problems: list[str]
) -> dict[str, Any]:
    """The entries that `checks` knows and that are good; the others are named in `problems`."""
    good = {}
    for name, check in checks.items():
        if name in values:
            try:
                good[name] = check(values[name])
            except (ValueError, OverflowError):
                problems.append(f"{where}.{name}" if where else name)
    return good
