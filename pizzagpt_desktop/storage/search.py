"""Messages and titles that hold what a query asks for; reads the index, writes nothing.

Newest first costs what the first hundred hits cost, however many there are: the index is read backwards and left as
soon as they are found. Best first weighs the newest few hundred hits and those that hold the words as one phrase: never
ORDER BY rank, which reads every hit (180–350 ms for a common word in 100,000 messages).
"""

import json
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, suppress
from datetime import date, datetime, time
from itertools import pairwise
from math import log
from typing import Any, Literal, NamedTuple, Protocol, TypeVar

from pizzagpt_desktop.domain.conversation import Role, SearchHit
from pizzagpt_desktop.domain.faults import Fault
from pizzagpt_desktop.domain.query import Found, Order, Place, Query, SearchRequest, with_reasoning
from pizzagpt_desktop.storage import index
from pizzagpt_desktop.storage.query import facts_match, like, words_match, years_apart
from pizzagpt_desktop.storage.rows import MESSAGES, VISIBLE, role_from, run, sound

T = TypeVar("T")

CATCH_UP_S = 5.0
"""A search through the store's own connection takes in what waits for so long; what is left it does not find yet.

Programs without a window search so; the window has a `SearchReader`, which waits much less."""
TITLES = 8
"""At most so many conversations are found by their titles."""
WEIGHED = 200
"""So many of the newest hits are weighed for best first, and as many that hold the words as one phrase."""
_LOOKED_AT = 4000
"""Characters of a message that are weighed."""
_PLACES = 2000
_REASONING = 20_000_000
"""Characters of reasoning that are looked through, from the newest message back."""
_MOST_IN = 500
"""At most so many conversations are looked at for `in:` and `tag:`."""
_NEVER: Callable[[], bool] = lambda: False  # noqa: E731  (a default, nothing to name)


class _Conditions(NamedTuple):
    """What holds for every hit, as SQL. match: an FTS5 expression, "" where the index is not asked."""

    match: str
    tests: tuple[str, ...]
    values: tuple[Any, ...]


class _Database(Protocol):
    def read(self, work: Callable[[sqlite3.Connection], T]) -> T: ...
    def transaction(self, sync: Literal["FULL", "NORMAL"]) -> AbstractContextManager[sqlite3.Connection]: ...


def search(
    database: _Database, text: str, limit: int, order: Order, conversation_id: str | None
) -> Sequence[SearchHit]:
    """The hits of `find`, through the store's own connection, after bringing the index up to date as far as goes fast.

    Raises `Fault(STORAGE)`.
    """
    request = SearchRequest(text, order, limit, conversation_id)
    found = Found()
    for _ in range(2):
        waited = database.read(index.state).todo
        if waited:
            with suppress(Fault), database.transaction("NORMAL") as connection:
                index.settle(connection, CATCH_UP_S)
        found = database.read(lambda connection: find(connection, request))
        if found.indexed == 1.0 or (waited and found.indexed):
            break  # else the search met a damaged index, which was emptied to be made anew
    return found.hits


def find(
    connection: sqlite3.Connection, request: SearchRequest, overtaken: Callable[[], bool] = _NEVER
) -> Found:
    """What `request` asks for. overtaken: asked from time to time whether the answer is still wanted.

    Raises `sqlite3.Error`.
    """
    query = Query(request.text)
    indexed = index.state(connection).indexed
    conditions = (
        _conditions(connection, query, request.conversation_id) if query and request.limit > 0 else None
    )
    if conditions is None:
        return Found(indexed=indexed)
    titles = _titles(connection, query) if request.conversation_id is None else []
    if request.order == "best":
        rows, more = _best(connection, query, conditions, request.limit, overtaken)
    else:
        rows = _newest(connection, conditions, request.limit + 1)
        more = len(rows) > request.limit
    hits = []
    for row in rows[: request.limit]:
        if overtaken():
            break
        hits.append(_hit(row, query))
    return Found((*titles, *hits)[: request.limit], more, indexed)


def places(
    connection: sqlite3.Connection, conversation_id: str, text: str, overtaken: Callable[[], bool] = _NEVER
) -> tuple[Place, ...]:
    """The messages of one conversation that hold what `text` asks for, oldest first; the newest 2,000 of them."""
    query = Query(text)
    conditions = _conditions(connection, query, conversation_id) if query.terms else None
    if conditions is None:
        return ()
    found: dict[int, Place] = {}
    for row in _newest(connection, conditions, _PLACES):
        if overtaken():
            break
        if count := query.count(row[5]):
            found[row[0]] = Place(row[2], count, row[0])
    if index.state(connection).indexed < 1:
        found |= _not_indexed(connection, query, conditions, overtaken)
    for seq, message_id, reasoning in _reasonings(connection, query, conversation_id, overtaken):
        place = with_reasoning(found.get(seq, Place(message_id, 0, seq)), query, reasoning)
        if place.times:
            found[seq] = place
    return tuple(found[seq] for seq in sorted(found)[-_PLACES:])


def _reasonings(
    connection: sqlite3.Connection, query: Query, conversation_id: str, overtaken: Callable[[], bool]
) -> Iterator[tuple[int, str, str]]:
    """Number, message and reasoning, the newest first: the index does not know it, so it is looked through."""
    if query.of_messages:
        return
    rows = run(
        connection,
        f"SELECT seq, id, reasoning FROM {MESSAGES} WHERE conversation_id = ? AND reasoning <> ''"
        f" AND status <> 'streaming' AND {VISIBLE} ORDER BY seq DESC",
        conversation_id,
    )
    left = _REASONING
    for row in rows:
        seq, message_id, reasoning = sound(row, "iss")
        left -= len(reasoning)
        if left < 0 or overtaken():
            return
        yield seq, message_id, reasoning


def _not_indexed(
    connection: sqlite3.Connection, query: Query, conditions: _Conditions, overtaken: Callable[[], bool]
) -> dict[int, Place]:
    """The same among messages that the index does not know yet: read one by one."""
    late = "(m.seq < (SELECT low FROM search_fts_state) OR m.seq IN (SELECT seq FROM search_fts_waiting))"
    tests = (*(test.replace("messages_fts.rowid", "m.seq") for test in conditions.tests), late)
    models = [Query(model) for model in query.models]
    found = {}
    for row in _newest(connection, _Conditions("", tests, conditions.values), -1):
        if overtaken():
            break
        _, _, message_id, _, role, text, _, model, _ = row
        if query.roles and role_from(role) not in query.roles:
            continue
        if models and not any(one.holds(model) for one in models):
            continue
        if query.holds(text):
            found[row[0]] = Place(message_id, query.count(text), row[0])
    return found


def _conditions(
    connection: sqlite3.Connection, query: Query, conversation_id: str | None
) -> _Conditions | None:
    """None where nothing can be found."""
    tests = ["c.deleted_at IS NULL", "m.status <> 'streaming'"]
    values: list[Any] = []
    for term in query.terms:
        if term.literal:
            tests.append("m.text LIKE ? ESCAPE '\\'")
            values.append(like(term.literal))
    for day, test in ((query.after, "m.created_at >= ?"), (query.before, "m.created_at < ?")):
        if day is not None:
            tests.append(test)
            values.append(_moment(day))
    if "archived" in query.states:
        tests.append("c.archived = 1")
    if "pinned" in query.states:
        tests.append("c.pinned = 1")
    match = " AND ".join(part for part in (words_match(query, "text"), facts_match(query)) if part)
    if match and (apart := years_apart(query, datetime.now().astimezone().date())):
        match = f"({match}) NOT {apart}"
    within = [conversation_id] if conversation_id is not None else None
    for chosen in _chosen(connection, query):
        within = chosen if within is None else [one for one in within if one in chosen]
    if within is not None:
        if not within:
            return None
        marks = ", ".join("?" * len(within))
        tests.append(f"m.conversation_id IN ({marks})")
        values += within
        # All that a conversation holds lies between its first message and its last: the index need not look elsewhere.
        first, last = run(
            connection,
            f"SELECT min(a), max(b) FROM (SELECT min(seq) AS a, max(seq) AS b FROM messages"
            f" WHERE conversation_id IN ({marks}) GROUP BY conversation_id)",
            *within,
        ).fetchone()
        if first is None:
            return None
        tests.append(f"{'messages_fts.rowid' if match else 'm.seq'} BETWEEN ? AND ?")
        values += [first, last]
    return _Conditions(match, tuple(tests), tuple(values))


def _chosen(connection: sqlite3.Connection, query: Query) -> list[list[str]]:
    """The conversations that `in:` and `tag:` name, for each of the two that is used."""
    chosen = []
    if query.places:
        ids: list[str] = []
        for place in query.places:
            in_folders = run(connection, "SELECT id, name FROM folders").fetchall()
            for folder_id, name in in_folders:
                if Query(place).holds(name):
                    ids += _ids(connection, "c.folder_id = ?", folder_id)
            named = Query(place)
            if match := words_match(named, "title"):
                rows = run(
                    connection,
                    "SELECT t.conversation_id FROM titles_fts CROSS JOIN search_fts_titles AS t ON t.n = titles_fts.rowid"
                    " WHERE titles_fts MATCH ? ORDER BY titles_fts.rowid DESC LIMIT ?",
                    match, _MOST_IN,
                ).fetchall()  # fmt: skip
                ids += [row[0] for row in rows]
        chosen.append(ids[:_MOST_IN])
    if query.tags:
        tagged = []
        wanted = [Query(tag) for tag in query.tags]
        for conversation_id, tags in run(
            connection, "SELECT id, tags FROM conversations WHERE tags <> '[]' AND deleted_at IS NULL"
        ).fetchall():
            if any(one.holds(tag) for tag in _names(tags) for one in wanted):
                tagged.append(conversation_id)
        chosen.append(tagged[-_MOST_IN:])
    return chosen


def _names(tags: str) -> list[str]:
    """The tags of a conversation out of their column."""
    try:
        names = json.loads(tags)
    except (ValueError, RecursionError):
        return []
    return [name for name in names if isinstance(name, str)] if isinstance(names, list) else []


def _ids(connection: sqlite3.Connection, test: str, *values: Any) -> list[str]:
    rows = run(
        connection,
        f"SELECT c.id FROM conversations AS c WHERE {test} ORDER BY c.activity DESC LIMIT {_MOST_IN}",
        *values,
    )
    return [row[0] for row in rows.fetchall()]


def _newest(
    connection: sqlite3.Connection, conditions: _Conditions, limit: int, match: str | None = None
) -> list[Any]:
    """seq, conversation, message, title, role, text, moment, model, archived of the newest hits."""
    match = conditions.match if match is None else match
    tables, order, tests = "messages AS m", "m.seq", list(conditions.tests)
    values = list(conditions.values)
    if match:
        # CROSS JOIN fixes the order: the index first, newest first, so that a common word ends after `limit` rows.
        tables = "messages_fts CROSS JOIN messages AS m ON m.seq = messages_fts.rowid"
        order = "messages_fts.rowid"
        tests.append("messages_fts MATCH ?")
        values.append(match)
    rows = run(
        connection,
        "SELECT m.seq, m.conversation_id, m.id, c.title, m.role, m.text, m.created_at, m.model, c.archived"
        f" FROM {tables} CROSS JOIN conversations AS c ON c.id = m.conversation_id"
        f" WHERE {' AND '.join(tests)} AND NOT EXISTS ("
        "SELECT 1 FROM message_marks AS k WHERE k.message_seq = m.seq AND k.removed_with IS NOT NULL)"
        f" ORDER BY {order} DESC LIMIT ?",
        *values, limit,
    ).fetchall()  # fmt: skip
    return [sound(row, "isssssnsi") for row in rows]


def _best(
    connection: sqlite3.Connection,
    query: Query,
    conditions: _Conditions,
    limit: int,
    overtaken: Callable[[], bool],
) -> tuple[list[Any], bool]:
    """The best of the newest hits and of those that hold the words as one phrase, and whether there are others."""
    rows = {row[0]: row for row in _newest(connection, conditions, WEIGHED + 1)}
    more = len(rows) > WEIGHED
    if more and len(query.terms) > 1 and conditions.match:
        phrase = words_match(query, "text", adjoining=True)
        match = " AND ".join(part for part in (phrase, facts_match(query)) if part)
        if phrase:
            rows |= {row[0]: row for row in _newest(connection, conditions, WEIGHED, match)}
    weighed = []
    for row in rows.values():
        if overtaken():
            break
        weighed.append((_weight(query, row[3], row[5]), row[0], row))
    weighed.sort(reverse=True)
    return [row for _, _, row in weighed], more or len(weighed) > limit


def _weight(query: Query, title: str, text: str) -> float:
    """How well a message answers: often, close together, early, in a short text, under a title that says so too."""
    hits = query.hits(text[:_LOOKED_AT])
    often = len(hits) / (len(hits) + 1.5 + len(text) / 2000)
    close = 0.0
    if len(query.terms) > 1 and len(hits) > 1:
        near = min(max(0, b - a) for (_, a), (b, _) in pairwise(hits))
        close = 1 / (1 + log(1 + near))
    early = 1 / (1 + hits[0][0] / 400) if hits else 0.0
    return often + close + 0.5 * early + (0.5 if query.hits(title) else 0.0)


def _titles(connection: sqlite3.Connection, query: Query) -> list[SearchHit]:
    """Conversations found by their titles, newest first; as hits without a message."""
    match = words_match(query, "title")
    if not match or query.of_messages or query.places or query.tags or any(t.literal for t in query.terms):
        return []
    tests = "".join(f" AND c.{state} = 1" for state in sorted(query.states))
    rows = run(
        connection,
        "SELECT c.id, c.title, c.updated_at, c.archived FROM titles_fts"
        " CROSS JOIN search_fts_titles AS t ON t.n = titles_fts.rowid"
        " CROSS JOIN conversations AS c ON c.id = t.conversation_id"
        f" WHERE titles_fts MATCH ? AND c.deleted_at IS NULL{tests} ORDER BY titles_fts.rowid DESC LIMIT ?",
        match, TITLES,
    ).fetchall()  # fmt: skip
    return [
        SearchHit(
            conversation_id=conversation_id,
            message_id="",
            title=title,
            role=Role.USER,
            excerpt=title,
            spans=tuple(query.spans(title)),
            created_at=updated_at,
            archived=bool(archived),
        )
        for conversation_id, title, updated_at, archived in (sound(row, "ssni") for row in rows)
    ]


def _hit(row: Sequence[Any], query: Query) -> SearchHit:
    _, conversation_id, message_id, title, role, text, created_at, model, archived = row
    shown, spans = query.excerpt(text)
    return SearchHit(
        conversation_id=conversation_id,
        message_id=message_id,
        title=title,
        role=role_from(role),
        excerpt=shown,
        spans=spans,
        created_at=created_at,
        model=model,
        archived=bool(archived),
    )


def _moment(day: date) -> float:
    """When a day begins here, in seconds since the epoch."""
    try:
        return datetime.combine(day, time()).astimezone().timestamp()
    except (OverflowError, ValueError, OSError):
        return 0.0 if day.year < 1970 else 2.0**53
