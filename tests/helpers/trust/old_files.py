"""Chat files of released versions, blown up until their migration takes a while; knows tables, but no version."""

import hashlib
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

FIXTURES = Path(__file__).resolve().parents[2] / "storage" / "fixtures"
TIED = {"id", "conversation_id", "parent_id", "active_leaf_id"}
"""Columns that hold names of rows."""
COUNTED = "SELECT name FROM sqlite_schema WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%' AND name NOT LIKE '%\\_fts%' ESCAPE '\\' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name"


def version(file: Path) -> int:
    with closing(sqlite3.connect(file)) as connection:
        return int(connection.execute("PRAGMA user_version").fetchone()[0])


def blow_up(fixture: Path, target: Path, times: int) -> None:
    """A copy of the fixture in which every conversation and message stands `times` times more, with longer texts."""
    shutil.copyfile(fixture, target)
    with closing(sqlite3.connect(target)) as connection:
        for table in ("conversations", "messages"):
            names = [
                name
                for _, name, *_ in connection.execute(f"PRAGMA table_info({table})").fetchall()
                if name != "seq"
            ]
            values = [
                f"'{table[0]}' || n || '-' || {name}" if name == "id"
                else f"'{'c' if name == 'conversation_id' else 'm'}' || n || '-' || {name}" if name in TIED
                else "text || ' ' || n || ' ' || replace(hex(zeroblob(40)), '00', char(97 + n % 26) || (n % 97) || ' ')"
                if name == "text"
                else name
                for name in names
            ]  # fmt: skip
            connection.execute(
                f"WITH RECURSIVE copies (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM copies WHERE n < {times})"
                f" INSERT INTO {table} ({', '.join(names)}) SELECT {', '.join(values)} FROM {table}, copies"
            )
        connection.commit()


class Contents:
    """What stands in the tables of a file of one version: rows counted and digested, by the columns of that version."""

    def __init__(self, file: Path) -> None:
        with closing(sqlite3.connect(file)) as connection:
            self._columns = {
                table: [name for _, name, *_ in connection.execute(f"PRAGMA table_info({table})")]
                for (table,) in connection.execute(COUNTED).fetchall()
            }
        self._wanted = self._read(file)

    def check(self, file: Path) -> None:
        """A file of a later version still holds the same. Raises `AssertionError`."""
        found = self._read(file)
        for table, (count, digest) in self._wanted.items():
            assert found[table][0] == count, f"{table} has {found[table][0]} rows instead of {count}"
            assert found[table][1] == digest, f"{table} has other contents"

    def _read(self, file: Path) -> dict[str, tuple[int, str]]:
        result = {}
        with closing(sqlite3.connect(file)) as connection:
            for table, names in self._columns.items():
                rows = connection.execute(f"SELECT {', '.join(names)} FROM {table} ORDER BY 1").fetchall()
                result[table] = len(rows), hashlib.sha256(repr(rows).encode()).hexdigest()
        return result
