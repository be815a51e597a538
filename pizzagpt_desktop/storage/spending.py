"""What was spent, by day, conversation and model, in a small file of its own: conversations can go, and what they cost stays.

Knows no price and no conversation.
"""

import contextlib
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from pizzagpt_desktop.domain.faults import Fault, FaultKind
from pizzagpt_desktop.domain.text import storable
from pizzagpt_desktop.storage.files import private_file

MOST = 2**53
"""Billionths that one reply may cost: a service can claim any number of tokens, and sums must stay sums."""
_WAIT_S = 0.1
_TABLE = (
    "CREATE TABLE IF NOT EXISTS spending (day TEXT NOT NULL, model TEXT NOT NULL, conversation TEXT NOT NULL,"
    " nano INTEGER NOT NULL, replies INTEGER NOT NULL, PRIMARY KEY (day, conversation, model))"
)


class SpendingFile:
    """`chat.spending.Ledger` at `path`, which is made with the first amount. Two programs may use it at once."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def add(self, day: date, model: str, conversation_id: str, nano: int) -> None:
        """Count one more reply. Raises `Fault(STORAGE)`."""
        with self._opened(make=True) as file:
            file.execute(
                "INSERT INTO spending VALUES (?, ?, ?, ?, 1) ON CONFLICT (day, conversation, model)"
                " DO UPDATE SET nano = nano + excluded.nano, replies = replies + 1",
                (day.isoformat(), storable(model), conversation_id, min(nano, MOST)),
            )

    def total(self, since: date) -> int:
        """Billionths of the currency from `since` on. Raises `Fault(STORAGE)`."""
        if not self._path.exists():
            return 0
        with self._opened() as file:
            row = file.execute(
                "SELECT sum(nano) FROM spending WHERE day >= ?", (since.isoformat(),)
            ).fetchone()
        return int(row[0] or 0)

    def of(self, conversation_id: str) -> int:
        """Billionths that a conversation cost. Raises `Fault(STORAGE)`."""
        if not self._path.exists():
            return 0
        with self._opened() as file:
            row = file.execute(
                "SELECT sum(nano) FROM spending WHERE conversation = ?", (conversation_id,)
            ).fetchone()
        return int(row[0] or 0)

    def by_model(self, since: date) -> list[tuple[str, int, int]]:
        """Model, billionths, replies; the dearest first. Raises `Fault(STORAGE)`."""
        if not self._path.exists():
            return []
        with self._opened() as file:
            rows = file.execute(
                "SELECT model, sum(nano), sum(replies) FROM spending WHERE day >= ? GROUP BY model ORDER BY 2 DESC, model",
                (since.isoformat(),),
            ).fetchall()
        return [(str(model), int(nano), int(replies)) for model, nano, replies in rows]

    @contextmanager
    def _opened(self, make: bool = False) -> Iterator[sqlite3.Connection]:
        try:
            if make:
                private_file(self._path)
            with contextlib.closing(sqlite3.connect(self._path, timeout=_WAIT_S)) as file, file:
                file.execute(_TABLE)
                yield file
        except (sqlite3.Error, OSError) as error:
            raise Fault(
                FaultKind.STORAGE, f"The costs in {str(self._path)!r} cannot be used: {error}."
            ) from error
