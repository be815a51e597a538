"""Watches for PySide6 builds that take a reference to None with every void call (6.12.0 on CPython 3.11)."""

import sys

from PySide6.QtCore import QObject

CALLS = 10_000


def test_void_calls_leave_the_count_of_none_alone() -> None:
    thing = QObject()
    name = "the same name each time"
    before = sys.getrefcount(None)
    for _ in range(CALLS):
        thing.setObjectName(name)
    fallen = before - sys.getrefcount(None)
    # On 3.12 and later None is immortal and the difference is 0; a sound 3.11 differs by a few.
    assert fallen < CALLS // 100, (
        f"{fallen} references to None were lost in {CALLS} calls; this PySide6 aborts soon"
    )
