"""Faults put into the program on purpose, in an actor's process only: the harness must see each of them.

Nothing of this is in the package: a test names the fault, the actor patches its own copy of the program with it.
"""

import contextlib
import sqlite3
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

from pizzagpt_desktop.chat import answering, saving
from pizzagpt_desktop.domain.faults import Fault
from pizzagpt_desktop.storage import connection as connections
from pizzagpt_desktop.storage import growth, instance, schema, tree
from pizzagpt_desktop.storage import store as stores

_transaction = connections.Database.transaction
_init = connections.Database.__init__


def commit_left_out() -> None:
    """Every seventh transaction is given up at its end, and nobody hears of it."""
    number = count(1)

    @contextlib.contextmanager
    def transaction(self: connections.Database, sync: connections.Sync) -> Iterator[sqlite3.Connection]:
        try:
            with _transaction(self, sync) as connection:
                yield connection
                if next(number) % 7 == 0:
                    raise InterruptedError
        except InterruptedError:
            pass

    connections.Database.transaction = transaction  # type: ignore[method-assign]


def sync_left_out() -> None:
    """Nothing waits for the disk."""
    connections.Database.transaction = lambda self, _sync: _transaction(self, "NORMAL")  # type: ignore[method-assign, assignment, misc]


def replay_skipped() -> None:
    """The log beside the file is thrown away instead of read."""

    def init(self: connections.Database, path: Path, *rest: Any) -> None:
        for end in ("-wal", "-shm"):
            path.with_name(path.name + end).unlink(missing_ok=True)
        _init(self, path, *rest)

    connections.Database.__init__ = init  # type: ignore[method-assign]


def pieces_forgotten() -> None:
    """What a reply grew by is not put together when it is interrupted."""
    growth.whole = tree.whole = lambda _connection, message: message  # type: ignore[attr-defined, assignment]


def start_over() -> None:
    """Whatever cannot be opened is replaced by an empty file."""

    def init(self: connections.Database, path: Path, *rest: Any) -> None:
        try:
            _init(self, path, *rest)
            self.read(lambda connection: connection.execute("SELECT count(*) FROM messages").fetchone())
        except Fault:
            for end in ("", "-wal", "-shm"):
                path.with_name(path.name + end).unlink(missing_ok=True)
            _init(self, path, *rest)

    connections.Database.__init__ = init  # type: ignore[method-assign]


def failure_unsaid() -> None:
    """A refusal of the disk is swallowed."""
    saving.Saver.refused = lambda _self, _fault: None  # type: ignore[method-assign]


def rest_forgotten() -> None:
    """What the disk refused once is never tried again."""
    saving.Saver._wrote_all = lambda self: self._unsaved.clear() or True  # type: ignore[method-assign, func-returns-value]


def checkpoints_rare() -> None:
    """A growing reply is stored every three seconds."""
    answering.CHECKPOINT_S = 3.0


def migration_in_pieces() -> None:
    """Each step of a migration is committed by itself."""

    def in_pieces(step: schema.Step) -> schema.Step:
        def run(connection: sqlite3.Connection) -> None:
            if isinstance(step, str):
                connection.execute(step)
            else:
                step(connection)
            connection.execute("COMMIT")
            connection.execute("BEGIN IMMEDIATE")

        return run

    pieces = tuple(
        migration._replace(steps=tuple(in_pieces(step) for step in migration.steps))
        for migration in schema.MIGRATIONS
    )
    connections.Database.__init__.__defaults__ = (pieces,)  # type: ignore[attr-defined]


def copy_left_out() -> None:
    """No copy is made before a migration."""
    schema.back_up = lambda *_: None  # type: ignore[assignment]


def damage_unsaid() -> None:
    """What cannot be read looks like nothing."""

    def silent(read: Callable[..., Any]) -> Callable[..., Any]:
        def reading(*arguments: Any) -> Any:
            try:
                return read(*arguments)
            except Fault:
                return []

        return reading

    store = stores.SqliteSessionStore
    store.conversations = silent(store.conversations)  # type: ignore[method-assign]
    store.messages = silent(store.messages)  # type: ignore[method-assign]


def place_for_everybody() -> None:
    """Every program gets the only window's place."""
    instance.lock = lambda _descriptor: None  # type: ignore[attr-defined]


FAULTS: dict[str, Callable[[], None]] = {
    plant.__name__.replace("_", " "): plant
    for plant in (
        commit_left_out,
        sync_left_out,
        replay_skipped,
        pieces_forgotten,
        start_over,
        failure_unsaid,
        rest_forgotten,
        checkpoints_rare,
        migration_in_pieces,
        copy_left_out,
        damage_unsaid,
        place_for_everybody,
    )
}


def plant(name: str) -> None:
    """Put the fault of that name into this process; "" for none."""
    if name:
        FAULTS[name]()
