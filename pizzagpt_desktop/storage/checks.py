"""What SQLite's own checks say of an open file, and building a search index anew; decides nothing and opens nothing."""

import sqlite3
from typing import NamedTuple


class Verdict(NamedTuple):
    """words: SQLite's first complaint, "" where all is well. only_index: only the search index is at fault."""

    words: str = ""
    only_index: bool = False


def examine(connection: sqlite3.Connection, wholly: bool = False) -> Verdict:
    """Check every page; wholly: also every index against its table. Raises `sqlite3.Error`."""
    how = "integrity_check" if wholly else "quick_check"
    words = _said(connection, f"PRAGMA {how}(1)")
    searchable = _search_indexes(connection)
    if not words:
        for name in searchable if wholly else ():
            try:
                connection.execute(f'INSERT INTO "{name}" ("{name}") VALUES (\'integrity-check\')')
            except sqlite3.DatabaseError as error:
                return Verdict(str(error), only_index=True)
        return Verdict()
    if not searchable:
        return Verdict(words)
    only_index = all(not _said(connection, f'PRAGMA {how}("{name}")') for name in ordinary_tables(connection))
    return Verdict(words, only_index)


def rebuild_search(connection: sqlite3.Connection) -> None:
    """Have the search index made anew from the messages, whatever it holds now. Raises `sqlite3.Error`."""
    from pizzagpt_desktop.storage.index import rebuild  # few need it

    rebuild(connection)


def ordinary_tables(connection: sqlite3.Connection) -> list[str]:
    """The tables that hold what the user said and did, in the order in which they were made."""
    return [
        name
        for (name,) in connection.execute(
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND sql LIKE 'CREATE TABLE%' ORDER BY rowid"
        )
        if not name.startswith("sqlite_") and "_fts" not in name  # what the search makes of them
    ]


def _search_indexes(connection: sqlite3.Connection) -> list[str]:
    return [
        name
        for (name,) in connection.execute(
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND sql LIKE 'CREATE VIRTUAL TABLE%fts5%'"
        )
    ]


def _said(connection: sqlite3.Connection, statement: str) -> str:
    try:
        found = str(connection.execute(statement).fetchone()[0])
    except (sqlite3.DatabaseError, UnicodeDecodeError) as error:
        return str(error)
    return "" if found == "ok" else found
