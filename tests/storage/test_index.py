"""The index keeps up with what is written, in steps, and forgets what is erased; a new one takes the newest first."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pizzagpt_desktop.domain.conversation import Conversation, Folder, Message, Role, Status
from pizzagpt_desktop.domain.query import SearchRequest
from pizzagpt_desktop.storage import index, search
from pizzagpt_desktop.storage.search_reader import SearchReader
from pizzagpt_desktop.storage.store import SqliteSessionStore


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "chats.db"


@pytest.fixture
def store(file: Path) -> Iterator[SqliteSessionStore]:
    with closing(SqliteSessionStore(file, wait_s=5.0)) as store:
        store.add_conversation(Conversation(id="c"))
        yield store


@pytest.fixture
def reader(store: SqliteSessionStore, file: Path) -> Iterator[SearchReader]:
    reader = SearchReader(file)
    yield reader
    reader.close()


def said(store: SqliteSessionStore, id_: str, text: str, **more: object) -> Message:
    facts = {"conversation_id": "c", "parent_id": None, "role": Role.USER} | more
    return store.add_message(Message(id=id_, text=text, **facts))  # type: ignore[arg-type]


def found(reader: SearchReader, text: str, **more: object) -> list[str]:
    hits = reader.find(SearchRequest(text, **more)).hits  # type: ignore[arg-type]
    return [hit.message_id or hit.conversation_id for hit in hits]


def check(file: Path) -> None:
    """SQLite's own word on the index, and ours: no word of what is not there."""
    with closing(sqlite3.connect(file)) as connection:
        for table in ("messages_fts", "titles_fts"):
            connection.execute(f"INSERT INTO {table} ({table}) VALUES ('integrity-check')")


def words(file: Path) -> set[str]:
    """All words that the index of messages holds."""
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("CREATE VIRTUAL TABLE temp.words USING fts5vocab ('main', 'messages_fts', 'row')")
        rows = connection.execute("SELECT term FROM temp.words").fetchall()
    return {term for (term,) in rows if not term.startswith("\ue000")}


word = st.text(
    st.characters(exclude_categories=["Cs", "Cc", "Cn", "Co", "Cf", "Mn", "Me", "Mc", "Zs", "Zl", "Zp"], exclude_characters='":'),
    min_size=1,
    max_size=12,
)  # fmt: skip


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.lists(word, min_size=1, max_size=5), cut=st.integers(1, 12))
def test_every_word_is_found_by_itself_and_by_its_beginning_until_it_is_deleted(
    store: SqliteSessionStore, reader: SearchReader, file: Path, text: list[str], cut: int
) -> None:
    id_ = "m"
    said(store, id_, " ".join(text))
    for one in text:
        assert id_ in found(reader, one)
        assert id_ in found(reader, one[:cut])
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("DELETE FROM messages")
    for one in text:
        assert found(reader, one) == []
    while reader.tend():
        pass
    check(file)
    assert words(file) == set()


def test_a_reply_is_found_after_its_end_and_a_changed_one_by_its_new_words(
    store: SqliteSessionStore, reader: SearchReader, file: Path
) -> None:
    reply = said(store, "r", "", role=Role.ASSISTANT, status=Status.STREAMING)
    store.checkpoint("r", "growing tomato", "")
    assert found(reader, "tomato") == []
    store.finish_message(replace(reply, text="growing tomato", status=Status.COMPLETE))
    assert found(reader, "tomato") == ["r"]
    store.finish_message(replace(reply, text="cucumber", status=Status.STOPPED, model="gpt-4o"))
    assert found(reader, "tomato") == []
    assert found(reader, "cucumber model:gpt") == ["r"]
    check(file)
    assert words(file) == {"cucumber", "gpt", "4o"}


def test_titles_are_found_and_follow_their_changes(
    store: SqliteSessionStore, reader: SearchReader, file: Path
) -> None:
    store.add_conversation(Conversation(id="t", title="Crème fraîche"))
    assert found(reader, "creme") == ["t"]
    assert found(reader, "creme from:me") == []
    conversation = store.conversation("t")
    assert conversation is not None
    store.update_conversation(replace(conversation, title="Butter", archived=True))
    assert found(reader, "creme") == []
    (hit,) = reader.find(SearchRequest("butter")).hits
    assert (hit.message_id, hit.archived, hit.spans) == ("", True, ((0, 6),))
    check(file)


def test_the_archive_and_other_branches_are_searched_the_trash_and_removed_branches_are_not(
    store: SqliteSessionStore, reader: SearchReader
) -> None:
    said(store, "root", "tomato one")
    said(store, "left", "tomato two", parent_id="root")
    said(store, "right", "tomato three", parent_id="root")
    store.add_conversation(Conversation(id="a", title="Shelf", archived=True))
    said(store, "shelved", "tomato four", conversation_id="a")
    store.add_conversation(Conversation(id="d", title="Gone", deleted_at=1.0))
    said(store, "deleted", "tomato five", conversation_id="d")
    assert found(reader, "tomato") == ["shelved", "right", "left", "root"]
    assert found(reader, "tomato is:archived") == ["shelved"]
    assert found(reader, "tomato", conversation_id="c") == ["right", "left", "root"]
    assert [place[:2] for place in reader.places("c", "tomato")] == [
        ("root", 1),
        ("left", 1),
        ("right", 1),
    ]
    store.remove_branch("left", 2.0)
    assert found(reader, "tomato") == ["shelved", "right", "root"]
    store.restore_branch("left")
    assert found(reader, "tomato") == ["shelved", "right", "left", "root"]


def test_one_conversation_is_looked_through_with_its_reasoning(
    store: SqliteSessionStore, reader: SearchReader
) -> None:
    """Of the reasoning the index knows nothing."""
    model = {"role": Role.ASSISTANT, "parent_id": "ask"}
    said(store, "ask", "tomato or basil")
    said(store, "both", "a tomato", reasoning="Tomato? TOMATO.", **model)
    said(store, "thought", "basil", reasoning="the tomato first", **model)
    said(store, "neither", "basil", reasoning="no fruit", **model)
    said(store, "grows", "", reasoning="tomato", status=Status.STREAMING, **model)
    said(store, "gone", "basil", reasoning="tomato", **model)
    store.remove_branch("gone", 1.0)
    store.add_conversation(Conversation(id="other"))
    said(store, "elsewhere", "basil", reasoning="tomato", conversation_id="other")
    expected = [("ask", 1, 0), ("both", 3, 2), ("thought", 1, 1)]
    for _ in range(2):
        places = reader.places("c", "tomato")
        assert [(place.message_id, place.times, place.in_reasoning) for place in places] == expected
        assert [place.seq for place in places] == [store.outlines.seq_of(name) for name, *_ in expected]
        while reader.tend():
            pass
    assert [place.message_id for place in reader.places("c", "tomato from:me")] == ["ask"]
    assert found(reader, "first") == [], "a search over everything is over what was said"


def test_filters(store: SqliteSessionStore, reader: SearchReader) -> None:
    store.put_folder(Folder("f", "Küche", 0))
    store.add_conversation(Conversation(id="k", title="Cooking", folder_id="f", tags=("Käse", "red")))
    noon = 1_769_860_800.0  # 2026-01-31 12:00 UTC
    for number, (conversation, role, model, days) in enumerate(
        [("c", Role.USER, "", 0), ("k", Role.USER, "", 0), ("k", Role.ASSISTANT, "gpt-4o-mini", 0), ("k", Role.USER, "", 2), ("k", Role.USER, "", -400)]
    ):  # fmt: skip
        said(
            store,
            f"m{number}",
            "tomato",
            conversation_id=conversation,
            role=role,
            model=model,
            created_at=noon + days * 86_400,
        )
    for query, ids in {
        "tomato from:assistant": ["m2"],
        "tomato from:me in:cooking": ["m4", "m3", "m1"],
        'tomato in:"kuche" model:gpt-4o': ["m2"],
        "tomato tag:kase from:me after:2026-01-15": ["m3", "m1"],
        "tomato tag:green": [],
        "tomato after:2026-02-01": ["m3"],
        "tomato before:2026-01-01": ["m4"],
        "tomato before:2026-02-01 after:2026-01-01": ["m2", "m1", "m0"],
        "from:assistant": ["m2"],
        "in:cooking before:2025": ["m4"],
        "from:me from:assistant tomato in:cooking": ["m4", "m3", "m2", "m1"],
    }.items():
        assert found(reader, query) == ids, query


def test_best_first_puts_the_phrase_before_the_scattered_words(
    store: SqliteSessionStore, reader: SearchReader
) -> None:
    said(store, "close", "a thin crust it must be")
    for number in range(5):
        said(store, f"far{number}", "thin " + "filling " * 100 + "crust " + "and more " * 200)
    assert found(reader, "thin crust")[0] == "far4"
    assert found(reader, "thin crust", order="best")[0] == "close"


def test_a_new_index_takes_the_newest_messages_first_and_says_how_far_it_is(
    store: SqliteSessionStore, file: Path
) -> None:
    for number in range(40):
        said(store, f"m{number}", f"tomato {number} " + "words in between " * 500)
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        index.rebuild(connection)
        shares = [index.state(connection).indexed]
        while index.settle(connection, 0.0):
            shares.append(index.state(connection).indexed)
            ids = [
                row[0]
                for row in connection.execute(
                    "SELECT rowid FROM messages_fts WHERE messages_fts MATCH 'tomato'"
                )
            ]
            assert ids == list(range(41 - len(ids), 41)), "the newest, without a gap"
    assert shares == sorted(shares)
    assert shares[0] == 0.0
    assert len(shares) > 5
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        index.rebuild(connection)
        index.settle(connection, 0.0)
        assert len(search.places(connection, "c", "tomato words from:me")) == 40, (
            "what is not in the index is read"
        )
    with closing(SearchReader(file)) as reader:
        found_now = reader.find(SearchRequest("tomato"))
        assert len(found_now.hits) == 40
        assert found_now.indexed == 1.0


def test_an_index_made_by_other_rules_is_made_anew(
    store: SqliteSessionStore, reader: SearchReader, file: Path
) -> None:
    said(store, "m", "tomato")
    assert found(reader, "tomato") == ["m"]
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("UPDATE search_fts_state SET version = 'older'")
        connection.execute("INSERT INTO messages_fts (messages_fts) VALUES ('delete-all')")
    assert found(reader, "tomato") == ["m"]


def test_what_is_erased_is_in_no_page_of_the_index(
    store: SqliteSessionStore, reader: SearchReader, file: Path
) -> None:
    for number in range(300):
        said(store, f"m{number}", f"timbuktu{number:04} and much besides")
    assert len(found(reader, "besides", limit=1000)) == 300
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute("PRAGMA secure_delete = ON")
        connection.execute("DELETE FROM messages")
        while index.scrub(connection):
            pass
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert b"timbuktu" not in file.read_bytes()
    check(file)


def test_a_reader_mends_itself_after_the_file_went_and_came(store: SqliteSessionStore, file: Path) -> None:
    reader = SearchReader(file.with_name("elsewhere.db"))
    with pytest.raises(Exception, match="cannot be opened"):
        reader.find(SearchRequest("tomato"))
    said(store, "m", "tomato")
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("VACUUM INTO ?", (str(file.with_name("elsewhere.db")),))
    assert found(reader, "tomato") == ["m"]
    reader.interrupt()
    assert found(reader, "tomato") == [], "interrupted before it began"
    reader.begin()
    assert found(reader, "tomato") == ["m"]
    reader.close()


def test_a_reader_goes_on_with_the_file_that_took_the_place_of_its_own(
    store: SqliteSessionStore, reader: SearchReader, file: Path
) -> None:
    """A restored backup, or chats saved anew: what was there before is not found any more."""
    said(store, "old", "focaccia")
    assert found(reader, "focaccia") == ["old"]
    store.close()
    other = file.with_name("other.db")
    with closing(SqliteSessionStore(other)) as another:
        another.add_conversation(Conversation(id="c"))
        said(another, "new", "ciabatta")
    for beside in ("-wal", "-shm"):
        file.with_name(file.name + beside).unlink(missing_ok=True)
    other.replace(file)
    assert found(reader, "ciabatta") == ["new"]
    assert found(reader, "focaccia") == []
