"""Rows out of a damaged file, from SQLite as far as it goes and then from the pages, into a sound one.

Knows the three tables that hold what was said by the shape of their rows; everything else only by name. A page of a long
text has no mark of whose it is: where another's was put in its place and fits into the chain, the words are taken, and
the message says that it is damaged as far as that shows (two messages claim one page).
"""

import contextlib
import math
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from pizzagpt_desktop.domain.conversation import Role, Status
from pizzagpt_desktop.storage.checks import ordinary_tables
from pizzagpt_desktop.storage.pages import Pages
from pizzagpt_desktop.storage.rows import files_from, storable_value

SAID = ("conversations", "messages", "growth")
FOLDERLESS = "folder_id IS NOT NULL AND folder_id NOT IN (SELECT id FROM folders)"
"""Conversations whose folder is not there."""
_STATES = frozenset(status.value for status in Status)
_ROLES = frozenset(role.value for role in Role)
_EACH = 500
"""So many rows are taken between two looks at whether to go on."""

_INDEXES = (
    ("SELECT id FROM conversations INDEXED BY sqlite_autoindex_conversations_1", "conversations"),
    ("SELECT id FROM messages INDEXED BY sqlite_autoindex_messages_1", "messages"),
    ("SELECT DISTINCT conversation_id FROM messages INDEXED BY messages_by_conversation", "conversations"),
)
"""What names every conversation and message a second time."""

Values = Mapping[str, Any]


class Column(NamedTuple):
    """A column of a table of this version."""

    name: str
    kind: str
    needed: bool


class Source:
    """A damaged file and its log, both a copy that may be changed.

    is_whole: whether the indexes could be read and name every row that was found, so that what is missing is known.
    disputed: messages whose text lies on pages that another message claims too, as far as `scan` came.
    """

    def __init__(self, path: Path) -> None:
        self._pages = Pages(path)
        self.is_whole = False
        self._ids: dict[str, set[str]] = {"conversations": set(), "messages": set()}
        self._indexed: dict[str, frozenset[str]] = {}
        self.disputed: set[str] = set()
        self._connection = self._opened(path)
        if self._connection is not None:
            self.is_whole = self._read_indexes(self._connection)

    def close(self) -> None:
        """Let go of the files; what is known stays known."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        self._pages.close()

    def ids(self, table: str) -> set[str]:
        """The ids that indexes name, or other rows point to."""
        return self._ids[table]

    def known_chats(self) -> int:
        """How many conversations there were."""
        return len(self._ids["conversations"])

    def note(self, table: str, values: Values) -> None:
        """Learn from a row what else there was."""
        for name, other in (
            ("id", table),
            ("conversation_id", "conversations"),
            ("parent_id", "messages"),
            ("active_leaf_id", "messages"),
        ):
            identity = values.get(name)
            if isinstance(identity, str) and identity and other in self._ids:
                self._ids[other].add(identity)
                if name == "id" and identity not in self._indexed.get(other, ()):
                    self.is_whole = False

    def read(self, table: str, columns: Sequence[str]) -> Iterator[Values]:
        """The rows of a table as far as SQLite can read them, from the front and then from the back."""
        connection = self._connection
        if connection is None:
            return
        with contextlib.suppress(sqlite3.Error, UnicodeDecodeError):
            there = {row[1] for row in connection.execute(f'PRAGMA table_info("{table}")')}
            names = [name for name in columns if name in there]
            if not names:
                return
            listed = ", ".join(f'"{name}"' for name in names)
            for order in ("ASC", "DESC"):
                try:
                    for row in connection.execute(
                        f'SELECT {listed} FROM "{table}" NOT INDEXED ORDER BY rowid {order}'
                    ):
                        yield dict(zip(names, row, strict=True))
                except (sqlite3.Error, UnicodeDecodeError):
                    continue
                return

    def scan(self, layouts: Mapping[str, Sequence[Column]]) -> Iterator[tuple[str, Values, bool]]:
        """Table, values and whether text is missing, for every row of the pages that looks like one of ours."""
        claimed: dict[int, str] = {}
        for row in self._pages.rows():
            table = _table_of(row.values)
            if table is None:
                continue
            if table == "messages":
                for page in row.chain:
                    if (other := claimed.setdefault(page, row.values[1])) != row.values[1]:
                        self.disputed |= {other, row.values[1]}
            names = [column.name for column in layouts[table]]
            values = dict(zip(names, row.values, strict=False))
            if table == "messages":
                values["seq"] = row.rowid
            elif table == "growth":
                values["n"] = row.rowid
            yield table, values, row.cut

    def _opened(self, path: Path) -> sqlite3.Connection | None:
        if not path.exists():
            return None
        for repaired in (False, True):
            if repaired:
                self._write_header(path)
            with contextlib.suppress(sqlite3.Error):
                # Read-only: the log stays as it is, under the eyes of `Pages`.
                uri = f"{path.absolute().as_uri()}?mode=ro"
                connection = sqlite3.connect(uri, uri=True, isolation_level=None)
                connection.text_factory = _decoded
                try:
                    if "messages" in ordinary_tables(connection):
                        return connection
                except (sqlite3.Error, UnicodeDecodeError):  # the second is its complaint, quoting the damage
                    pass
                connection.close()
        return None

    def _write_header(self, path: Path) -> None:
        header = self._pages.repaired_header(1)
        self._pages.close()
        with path.open("r+b") as file:
            file.write(header)
        self._pages = Pages(path)

    def _read_indexes(self, connection: sqlite3.Connection) -> bool:
        try:
            for statement, table in _INDEXES:
                self._ids[table] |= {id_ for (id_,) in connection.execute(statement) if isinstance(id_, str)}
        except (sqlite3.Error, UnicodeDecodeError):
            return False
        self._indexed = {table: frozenset(ids) for table, ids in self._ids.items()}
        return True


class Salvage:
    """Puts rows into the empty tables of `connection`; the first of two rows with the same id stays."""

    def __init__(
        self, connection: sqlite3.Connection, tables: Sequence[str], goes: Callable[[], bool]
    ) -> None:
        self._connection = connection
        self._goes = goes
        self._taken = 0
        self._cut: set[str] = set()
        self.layouts = {
            table: [
                Column(str(name), str(kind).upper(), bool(needed))
                for _, name, kind, needed, *_ in connection.execute(f'PRAGMA table_info("{table}")')
            ]
            for table in tables
        }

    def take(self, source: Source) -> None:
        """Everything of a damaged file."""
        for table, columns in self.layouts.items():
            for values in source.read(table, [column.name for column in columns]):
                self._put(table, values, source)
        # SQLite follows a long text onto whatever stands on its pages now, so each is looked at here as well.
        for table, values, cut in source.scan(self.layouts):
            if source.is_whole and table != "growth" and values.get("id") not in source.ids(table):
                continue  # erased, and not overwritten yet
            if self._put(table, values, source):
                if cut and table == "messages":
                    self._mark_cut(str(values["id"]))
            elif cut and table == "messages":
                self._shorten(values)
        for identity in source.disputed:
            self._mark_cut(identity)

    def fill(self, backup: sqlite3.Connection, source: Source) -> int:
        """What a sound backup has and the damaged file had; how many conversations came from there alone.

        Where the damaged file cannot tell what it had, all that the backup has.
        """
        before = self._count("conversations")
        for table, columns in self.layouts.items():
            if table == "growth" or table not in SAID:
                continue
            there = {row[1] for row in backup.execute(f'PRAGMA table_info("{table}")')}
            names = [column.name for column in columns if column.name in there]
            if not names:
                continue
            listed = ", ".join(f'"{name}"' for name in names)
            for row in backup.execute(f'SELECT {listed} FROM "{table}"'):
                values = dict(zip(names, row, strict=True))
                if source.is_whole and values["id"] not in source.ids(table):
                    continue
                if table == "messages" and values["id"] in self._cut:
                    self._complete(values)
                self._put(table, values, None)
        self._fill_files(backup)
        self._fill_folders(backup)
        return self._count("conversations") - before

    def _fill_files(self, backup: sqlite3.Connection) -> None:
        """What a conversation names of a backup's files of drafts, where it was not found."""
        rows = self._connection.execute("SELECT files FROM conversations WHERE files <> '[]'").fetchall()
        with contextlib.suppress(sqlite3.OperationalError):  # a backup of an older version has none
            for file in {file.id for (files,) in rows for file in files_from(files)}:
                for part in backup.execute(
                    "SELECT file_id, part, text FROM draft_parts WHERE file_id = ?", (file,)
                ):
                    self._connection.execute(
                        "INSERT OR IGNORE INTO draft_parts (file_id, part, text) VALUES (?, ?, ?)", part
                    )

    def _fill_folders(self, backup: sqlite3.Connection) -> None:
        """The folders that conversations stand in and that were not found."""
        wanted = f"SELECT folder_id FROM conversations WHERE {FOLDERLESS}"
        names = ("id", "name", "position", "collapsed")
        for (identity,) in self._connection.execute(wanted).fetchall():
            with contextlib.suppress(sqlite3.OperationalError):  # a backup of an older version has none
                for row in backup.execute(
                    f"SELECT {', '.join(names)} FROM folders WHERE id = ?", (identity,)
                ):
                    self._put("folders", dict(zip(names, row, strict=True)), None)

    def _complete(self, values: Values) -> None:
        """A message of which only the beginning was found: the backup's, if it begins so."""
        self._connection.execute(
            "UPDATE messages SET text = ?1, reasoning = ?2, skipped_events = ?3"
            " WHERE id = ?4 AND substr(?1, 1, length(text)) = text",
            (values["text"], values["reasoning"], values["skipped_events"], values["id"]),
        )

    def _shorten(self, values: Values) -> None:
        """A message that SQLite gave with a page in it that is not its own: what stands before that page."""
        found = self._connection.execute(
            "UPDATE messages SET text = ?1, reasoning = ?2 WHERE seq = ?3 AND id = ?4",
            (
                _fitting(values.get("text"), "TEXT") or "",
                _fitting(values.get("reasoning"), "TEXT") or "",
                values["seq"],
                values["id"],
            ),
        )
        if found.rowcount:
            self._mark_cut(values["id"])

    def _mark_cut(self, identity: str) -> None:
        """Have the program say that text is missing."""
        self._cut.add(identity)
        self._connection.execute(
            "UPDATE messages SET skipped_events = max(1, skipped_events) WHERE id = ?", (identity,)
        )

    def _put(self, table: str, values: Values, source: Source | None) -> bool:
        if self._taken % _EACH == 0 and not self._goes():
            from pizzagpt_desktop.storage.backups import Cancelled

            raise Cancelled
        self._taken += 1
        fitting = {
            column.name: value
            for column in self.layouts[table]
            if (value := _fitting(values.get(column.name), column.kind)) is not None
        }
        if not fitting or (table in ("conversations", "messages") and not fitting.get("id")):
            return False
        if source is not None:
            source.note(table, fitting)
        if self._insert(table, fitting):
            if table == "messages" and "\N{REPLACEMENT CHARACTER}" in fitting.get("text", ""):
                self._mark_cut(fitting["id"])  # bytes in it that are no letters
            return True
        if table == "messages" and not self._has_message(fitting["id"]):
            fitting.pop("seq", None)  # two rows claim the same number
            return self._insert(table, fitting)
        return False

    def _insert(self, table: str, values: dict[str, Any]) -> bool:
        names = ", ".join(f'"{name}"' for name in values)
        marks = ", ".join("?" * len(values))
        return (
            self._connection.execute(
                f'INSERT OR IGNORE INTO "{table}" ({names}) VALUES ({marks})', list(values.values())
            ).rowcount
            > 0
        )

    def _has_message(self, identity: str) -> bool:
        row = self._connection.execute("SELECT 1 FROM messages WHERE id = ?", (identity,)).fetchone()
        return row is not None

    def _missing(self, table: str, source: Source) -> bool:
        there = {id_ for (id_,) in self._connection.execute(f"SELECT id FROM {table}")}
        return not source.ids(table) <= there

    def _count(self, table: str) -> int:
        return int(self._connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])


def _table_of(values: Sequence[Any]) -> str | None:
    """Which of the three tables a row is of, by its shape; None for others'."""
    match values:
        case [None, str(id_), str(), (str() | None), role, state, created, *more] if (
            len(more) >= 7 and id_ and role in _ROLES and state in _STATES and _is_number(created)
        ):
            return "messages"
        case [str(id_), str(), int(), created, updated, int(), (str() | None), str(), str(), str(), *_] if (
            id_ and _is_number(created) and _is_number(updated)
        ):
            return "conversations"
        case [None, int(), saved, str(), str()] if _is_number(saved):
            return "growth"
    return None


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float)


def _fitting(value: Any, kind: str) -> Any:
    """`value` as a column of this kind must hold it; None where it cannot."""
    if value is None:
        return None
    if "TEXT" in kind:
        if isinstance(value, bytes):
            value = _decoded(value)
        return storable_value(value) if isinstance(value, str) else None
    if "INT" in kind:
        return value if isinstance(value, int) else None
    if "REAL" in kind:
        return float(value) if isinstance(value, int | float) and math.isfinite(value) else None
    return value


def _decoded(data: bytes) -> str:
    return data.decode("utf-8", "replace")
