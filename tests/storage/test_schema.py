"""Every released file opens for ever; newer ones stay as they are; a migration leaves a checked copy."""

import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from pizzagpt_desktop.domain.asking import Asking
from pizzagpt_desktop.domain.conversation import (
    Conversation,
    DraftFile,
    FaultNote,
    Folder,
    Message,
    Queued,
    Role,
    Status,
)
from pizzagpt_desktop.domain.faults import Fault, FaultKind
from pizzagpt_desktop.storage.backups import back_up
from pizzagpt_desktop.storage.connection import Database
from pizzagpt_desktop.storage.faults import SchemaTooNew, StoreDamaged, UpdateRefused
from pizzagpt_desktop.storage.schema import MIGRATIONS, Migration, version_on_disk
from pizzagpt_desktop.storage.store import SqliteSessionStore

FIXTURES = Path(__file__).parent / "fixtures"

RELEASED_CONVERSATIONS = [
    Conversation(
        id="c-pinned", title="Pinned \N{SLICE OF PIZZA}", title_is_custom=True, created_at=1700000000.0,
        updated_at=1700000000.0, service="mine", model="gpt-4o-mini", draft="half a thought", unread=True, pinned=True,
    ),
    Conversation(id="c-tree", title="A tree", created_at=1700000001.5, updated_at=1700000009.0, active_leaf_id="r2"),
]  # fmt: skip
RELEASED_MESSAGES = [
    Message(
        id="u1", conversation_id="c-tree", parent_id=None, role=Role.USER, seq=1, created_at=1700000002.0,
        text="Crème brûlée, 日本語 and a tab\there",
    ),
    Message(
        id="r1", conversation_id="c-tree", parent_id="u1", role=Role.ASSISTANT, text="Half an ans", status=Status.FAILED,
        seq=2, created_at=1700000003.0, ended_at=1700000004.0, reasoning="Let me think.", provider="openai",
        model="m-1", route="api.example.com", finish_reason="length", usage={"input": 7, "output": 3},
        tool_calls=({"id": "t1", "name": "look", "arguments": "{}"},), skipped_events=2,
        fault=FaultNote(FaultKind.RATE_LIMIT, "Too many requests", "Wait a little.", 30.0),
    ),
    Message(
        id="r2", conversation_id="c-tree", parent_id="u1", role=Role.ASSISTANT, text="It grew and grew",
        status=Status.STREAMING, seq=3, created_at=1700000005.0, reasoning="hm",
    ),
]  # fmt: skip


def write_fixture(file: Path) -> None:
    """How `fixtures/schema-1.db` was made; the files themselves are never made again."""
    with closing(SqliteSessionStore(file, clock=lambda: 1700000009.0)) as store:
        for conversation in RELEASED_CONVERSATIONS:
            store.add_conversation(conversation)
        for message in RELEASED_MESSAGES[:2]:
            store.add_message(message)
        grown = RELEASED_MESSAGES[2]
        store.add_message(
            Message(
                id=grown.id, conversation_id=grown.conversation_id, parent_id=grown.parent_id, role=grown.role,
                text="", status=Status.STREAMING, created_at=grown.created_at,
            )
        )  # fmt: skip
        for text in ("It", "It grew", grown.text):
            store.checkpoint(grown.id, text, grown.reasoning)


SHELVED_CONVERSATION = Conversation(
    id="c-shelved", title="Shelved", created_at=1700000010.0, updated_at=1700000011.0, active_leaf_id="k1",
    archived=True, folder_id="f2", tags=("work", "käse"), queue=(Queued("q1", "and then?"), Queued("q2", "thanks")),
)  # fmt: skip
KEPT_MESSAGE = Message(
    id="k1", conversation_id="c-shelved", parent_id=None, role=Role.ASSISTANT, text="cut off but enou",
    status=Status.STOPPED, seq=4, created_at=1700000011.0, kept=True,
)  # fmt: skip
REMOVED_MESSAGE = Message(
    id="k2", conversation_id="c-shelved", parent_id="k1", role=Role.USER, text="removed", seq=5,
    created_at=1700000011.0,
)  # fmt: skip
RELEASED_FOLDERS = [Folder("f2", "Second first", 0, collapsed=True), Folder("f1", "First second", 1)]


def write_fixture_2(file: Path) -> None:
    """How `fixtures/schema-2.db` was made."""
    write_fixture(file)
    add_to_fixture(file)


def add_to_fixture(file: Path) -> None:
    with closing(SqliteSessionStore(file, clock=lambda: 1700000009.0)) as store:
        for folder in RELEASED_FOLDERS:
            store.put_folder(folder)
        store.add_conversation(replace(SHELVED_CONVERSATION, active_leaf_id=None))
        store.add_message(KEPT_MESSAGE)
        store.add_message(REMOVED_MESSAGE)
        store.remove_branch("k2", 1700000012.0)


def write_fixture_3(file: Path) -> None:
    """How `fixtures/schema-3.db` was made: what was there before the search is in the index, the rest waits for it."""
    write_fixture(file)
    with closing(SqliteSessionStore(file)) as store:
        assert [hit.message_id for hit in store.search("creme brul")] == ["u1"]
    add_to_fixture(file)


ASKED_CONVERSATION = Conversation(
    id="c-asked", title="Asked", created_at=1700000020.0, updated_at=1700000020.0, archived=True, persona="Pirat",
    asking=Asking(system_prompt="Arr, \N{SLICE OF PIZZA}", temperature=0.5, max_tokens=7, seed=-1, stop=("END",)),
)  # fmt: skip


def write_fixture_4(file: Path) -> None:
    """How `fixtures/schema-4.db` was made."""
    write_fixture_3(file)
    with closing(SqliteSessionStore(file, clock=lambda: 1700000020.0)) as store:
        store.add_conversation(ASKED_CONVERSATION)


FILED_TEXT = "Grüße aus Nowhere\tand 日\n" * 3_000
"""Two parts long."""
FILED_CONVERSATION = Conversation(
    id="c-filed", title="Filed", created_at=1700000030.0, updated_at=1700000030.0, archived=True, draft="look at",
    files=(DraftFile("f-b", "größe \N{SLICE OF PIZZA}.txt", 150_000, len(FILED_TEXT)), DraftFile("f-a", "a.txt", 1, 1)),
)  # fmt: skip


def write_fixture_5(file: Path) -> None:
    """How `fixtures/schema-5.db` was made."""
    write_fixture_4(file)
    with closing(SqliteSessionStore(file, clock=lambda: 1700000030.0)) as store:
        for file_id, text in (("f-a", "x"), ("f-b", FILED_TEXT)):
            for _ in store.files.writing(file_id, text, temporary=False):
                pass
        store.add_conversation(FILED_CONVERSATION)


def bytes_beside(file: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in file.parent.iterdir() if path.is_file()}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "chats.db"


@pytest.mark.parametrize("fixture", sorted(FIXTURES.glob("schema-*.db")), ids=lambda path: path.stem)
def test_every_released_file_opens(file: Path, fixture: Path) -> None:
    shutil.copy(fixture, file)
    with closing(SqliteSessionStore(file)) as store:
        assert store.conversations() == RELEASED_CONVERSATIONS
        assert store.messages("c-tree") == RELEASED_MESSAGES
        revisions = [conversation.revision for conversation in store.changed_since(0)]
        assert len(set(revisions)) == store.count()
        assert revisions[-1] <= store.revision()
        if fixture.stem != "schema-1":
            assert store.folders() == RELEASED_FOLDERS
            asked = [ASKED_CONVERSATION] if fixture.stem >= "schema-4" else []
            filed = [FILED_CONVERSATION] if fixture.stem >= "schema-5" else []
            assert store.archived() == [*filed, *asked, SHELVED_CONVERSATION]
            assert [store.files.text(file.id) for one in filed for file in one.files] == [FILED_TEXT, "x"][
                : 2 * len(filed)
            ]
            assert store.path("c-shelved") == [KEPT_MESSAGE]
            store.restore_branch("k2")
            assert store.path("c-shelved") == [KEPT_MESSAGE, REMOVED_MESSAGE]
        assert [message.id for message in store.path("c-tree")] == ["u1", "r2"]
        assert [hit.message_id for hit in store.search("creme brul")] == ["u1"]
        assert store.interrupt_abandoned() == 1
        interrupted = store.message("r2")
        assert interrupted is not None
        assert (interrupted.status, interrupted.ended_at) == (Status.INTERRUPTED, 1700000009.0)
        assert [hit.message_id for hit in store.search("grew")] == ["r2"]


def test_there_is_a_fixture_of_every_released_schema() -> None:
    assert {f"schema-{migration.number}" for migration in MIGRATIONS} == {
        path.stem for path in FIXTURES.glob("*.db")
    }
    assert [migration.number for migration in MIGRATIONS] == list(range(1, len(MIGRATIONS) + 1))


def test_a_newer_file_is_refused_and_stays_as_it_is(file: Path) -> None:
    SqliteSessionStore(file).close()
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA user_version = 99")
    before = bytes_beside(file)
    assert list(before) == ["chats.db"]
    with pytest.raises(SchemaTooNew, match="newer version") as caught:
        SqliteSessionStore(file)
    assert caught.value.kind is FaultKind.STORAGE
    assert caught.value.hint
    assert bytes_beside(file) == before


def test_a_newer_version_that_is_still_in_the_log_is_seen(file: Path, tmp_path: Path) -> None:
    killed = tmp_path / "killed" / "chats.db"
    killed.parent.mkdir()
    SqliteSessionStore(file).close()
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA user_version = 99")
        for name in ("chats.db", "chats.db-wal"):
            shutil.copy(tmp_path / name, killed.parent / name)
    assert version_on_disk(killed) == 99
    before = bytes_beside(killed)
    assert before["chats.db"][60:64] == bytes([0, 0, 0, NEXT - 1])
    with pytest.raises(SchemaTooNew):
        SqliteSessionStore(killed)
    after = bytes_beside(killed)
    assert {name: after[name] for name in before} == before


@pytest.mark.parametrize(
    "data", [b"not a database at all", b"SQLite format 3\x00", bytes(5000), b"<html>" * 100]
)
def test_what_is_no_chat_file_stays_as_it_is(file: Path, data: bytes) -> None:
    file.write_bytes(data)
    with pytest.raises(StoreDamaged, match="is damaged") as caught:
        SqliteSessionStore(file)
    assert isinstance(caught.value, Fault)
    assert bytes_beside(file) == {"chats.db": data}


def test_an_empty_file_is_a_new_one(file: Path) -> None:
    file.touch()
    with closing(SqliteSessionStore(file)) as store:
        assert list(store.conversations()) == []


def test_one_page_of_zeros_is_a_new_file_only_where_nothing_tells_of_an_old_one(file: Path) -> None:
    """So a power cut may leave the very first write of a file."""
    file.write_bytes(bytes(4096))
    with closing(SqliteSessionStore(file)) as store:
        assert list(store.conversations()) == []
        back_up(file, date(2026, 11, 26))
    for data in (bytes(4096), bytes(8192)):
        file.write_bytes(data)
        with pytest.raises(StoreDamaged):
            SqliteSessionStore(file)
        assert file.read_bytes() == data
        shutil.rmtree(file.parent / "backups", ignore_errors=True)  # two pages are damage without any, too
    file.write_bytes(bytes(4096))
    log = file.with_name(file.name + "-wal")
    log.write_bytes(b"something")
    with pytest.raises(StoreDamaged):
        SqliteSessionStore(file)
    assert log.read_bytes() == b"something"


NEXT = MIGRATIONS[-1].number + 1


def one_more(*steps: str) -> tuple[Migration, ...]:
    return (*MIGRATIONS, Migration(NEXT, "for tests", steps))


def test_a_migration_runs_once_and_leaves_a_copy(file: Path) -> None:
    write_fixture(file)
    migrations = one_more(
        "ALTER TABLE conversations ADD COLUMN colour TEXT", "UPDATE conversations SET title = 'x'"
    )
    Database(file, 1.0, migrations).close()
    Database(file, 1.0, migrations).close()
    copy = file.with_name(f"chats.db.before-schema-{NEXT}")
    assert copy.stat().st_mode & 0o777 == 0o600
    assert set(bytes_beside(file)) == {"chats.db", copy.name}
    with closing(SqliteSessionStore(copy)) as store:
        assert store.conversations() == RELEASED_CONVERSATIONS
        assert store.messages("c-tree") == RELEASED_MESSAGES
    with pytest.raises(SchemaTooNew):
        SqliteSessionStore(file)


def test_a_file_that_holds_nothing_is_not_copied(file: Path) -> None:
    SqliteSessionStore(file).close()
    Database(file, 1.0, one_more("ALTER TABLE conversations ADD COLUMN colour TEXT")).close()
    assert set(bytes_beside(file)) == {"chats.db"}


def test_a_migration_that_fails_changes_nothing(file: Path) -> None:
    write_fixture(file)
    with pytest.raises(Fault, match="cannot be used"):
        Database(file, 1.0, one_more("UPDATE conversations SET title = 'x'", "SELECT * FROM nothing"))
    with closing(SqliteSessionStore(file)) as store:
        assert store.conversations() == RELEASED_CONVERSATIONS


@pytest.mark.parametrize(
    "step",
    [
        "DELETE FROM messages WHERE id = 'r1'",
        "INSERT INTO folders (id) VALUES ('new')",
        "ALTER TABLE folders RENAME TO shelves",
    ],
)
def test_a_migration_that_loses_or_doubles_rows_is_undone(file: Path, step: str) -> None:
    write_fixture_2(file)
    with pytest.raises(UpdateRefused, match="could not be brought up to date") as caught:
        Database(file, 1.0, one_more("UPDATE conversations SET title = 'x'", step))
    assert "left as it was" in caught.value.detail
    assert caught.value.hint
    with closing(SqliteSessionStore(file)) as store:
        assert store.conversations() == RELEASED_CONVERSATIONS
        assert store.messages("c-tree") == RELEASED_MESSAGES
        assert store.folders() == RELEASED_FOLDERS


def test_a_migration_says_which_tables_it_recounts(file: Path) -> None:
    write_fixture_2(file)
    step = "INSERT INTO folders (id) VALUES ('new')"
    meant = (*MIGRATIONS, Migration(NEXT, "for tests", (step,), recounts=frozenset({"folders"})))
    Database(file, 1.0, meant).close()
    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute("SELECT count(*) FROM folders").fetchone()[0] == 3
