"""A chat file that is none: the same tables in memory, for conversations that never touch the disk; knows no path.

What the system pages out to its swap is beyond it.
"""

import contextlib
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal, TypeVar

from pizzagpt_desktop.storage.faults import sqlite_fault
from pizzagpt_desktop.storage.rows import run
from pizzagpt_desktop.storage.schema import migrate

T = TypeVar("T")

_TROUBLE = (sqlite3.Error, MemoryError, OverflowError)


class MemoryDatabase:
    """What `connection.Database` is, without a file. It is empty at first and gone with the process."""

    def __init__(self) -> None:
        """Raises `Fault(STORAGE)`."""
        try:
            self._connection = sqlite3.connect(":memory:", isolation_level=None)
            self._connection.execute("PRAGMA temp_store = MEMORY")  # sorting makes no file either
            self._connection.execute("PRAGMA foreign_keys = ON")
            migrate(self._connection, Path(":memory:"))
        except _TROUBLE as error:
            raise sqlite_fault(error) from error

    def holds_conversation(self, conversation_id: str) -> bool:
        return self._holds("conversations", conversation_id)

    def holds_message(self, message_id: str) -> bool:
        return self._holds("messages", message_id)

    def read(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """What `work` finds. Raises `Fault(STORAGE)`."""
        try:
            return work(self._connection)
        except _TROUBLE as error:
            raise sqlite_fault(error) from error

    @contextlib.contextmanager
    def transaction(self, sync: Literal["FULL", "NORMAL"]) -> Iterator[sqlite3.Connection]:
        """One transaction: all of it or nothing. Nothing is synced, whatever `sync` says. Raises `Fault(STORAGE)`."""
        del sync
        try:
            self._connection.execute("BEGIN")
            yield self._connection
            self._connection.execute("COMMIT")
        except _TROUBLE as error:
            self._roll_back()
            raise sqlite_fault(error) from error
        except BaseException:
            self._roll_back()
            raise

    def truncate_log(self) -> None:
        """There is none."""

    def close(self) -> None:
        """Forget everything."""
        self._connection.close()

    def _holds(self, table: str, id_: str) -> bool:
        return self.read(
            lambda connection: run(connection, f"SELECT 1 FROM {table} WHERE id = ?", id_).fetchone()
        ) is not None  # fmt: skip

    def _roll_back(self) -> None:
        if self._connection.in_transaction:
            with contextlib.suppress(*_TROUBLE):
                self._connection.execute("ROLLBACK")
