"""Erased for good: gone at once for the program, and soon after for whoever looks into the files; nobody waits."""

import threading
from contextlib import closing, suppress
from pathlib import Path
from queue import Empty, Queue

import pytest

from pizzagpt_desktop.domain.conversation import Conversation, Message, Role, Status, Summary
from pizzagpt_desktop.domain.faults import Fault
from pizzagpt_desktop.storage import erasing
from pizzagpt_desktop.storage.connection import Database
from pizzagpt_desktop.storage.store import SqliteSessionStore
from tests.storage.test_schema import FIXTURES

SECRETS = ("sesamöffnedich", "timbuktu", "marrakesh", "zanzibar", "casablanca", "tripoli")


def fill(store: SqliteSessionStore, conversations: int, messages: int) -> list[str]:
    """So many conversations of so many messages, each with a word of its own; their ids."""
    ids = [f"c{number}" for number in range(conversations)]
    with store._database.transaction("NORMAL") as connection:
        connection.executemany(
            "INSERT INTO conversations (id, title) VALUES (?, 'casablanca')", [(i,) for i in ids]
        )
        connection.executemany(
            "INSERT INTO messages (id, conversation_id, role, status, text) VALUES (?, ?, 'user', 'complete', ?)",
            [
                (f"{id_}.{number}", id_, f"timbuktu{id_}x{number} lorem ipsum dolor " * 3)
                for id_ in ids
                for number in range(messages)
            ],
        )  # fmt: skip
    return ids


def on_disk(file: Path) -> str:
    """All bytes of all files beside the chat file, as letters, in lower case."""
    found = b"".join(path.read_bytes() for path in file.parent.rglob("*") if path.is_file())
    return found.decode("utf-8", "replace").lower()


def test_no_trace_is_left(store: SqliteSessionStore, file: Path) -> None:
    for id_ in ("gone", "stays"):
        store.add_conversation(Conversation(id=id_, title=f"casablanca{id_}", tags=(f"tripoli{id_}",)))
        for number in range(3):
            store.add_message(
                Message(
                    id=f"{id_}{number}", conversation_id=id_, parent_id=None, role=Role.USER,
                    text=f"SesamÖffneDich{id_} Timbuktu{id_} " + "x" * 5000 * number, reasoning=f"zanzibar{id_}",
                )
            )  # fmt: skip
        store.add_message(
            Message(
                id=f"{id_}r", conversation_id=id_, parent_id=None, role=Role.ASSISTANT, text="", status=Status.STREAMING
            )
        )  # fmt: skip
        store.checkpoint(f"{id_}r", f"Marrakesh{id_}", "")
        store.checkpoint(f"{id_}r", f"Marrakesh{id_} and Zanzibar{id_}", "")
    assert len(store.search("timbuktugone")) > 0
    file.with_name("chats.db.before-schema-1").write_bytes(b"timbuktugone")
    before = on_disk(file)
    assert all(secret + "gone" in before for secret in SECRETS)
    assert store.erase(["gone"]) == 1
    assert store.conversation("gone") is None
    assert store.is_erased(20)
    after = on_disk(file)
    for secret in SECRETS:
        assert secret + "stays" in after
        assert secret + "gone" not in after
    assert len(store.search("timbuktustays")) > 0
    assert len(store.search("timbuktugone")) == 0


def test_no_summary_is_left_of_a_branch_that_was_erased(store: SqliteSessionStore, file: Path) -> None:
    for id_ in ("c", "other"):
        store.add_conversation(Conversation(id=id_, draft="summary"))
        for number in range(2):
            before = f"{id_}{number - 1}" if number else None
            store.add_message(
                Message(id=f"{id_}{number}", conversation_id=id_, parent_id=before, role=Role.USER, text="hi")
            )
        kept = Conversation(id=id_, persona="p", summary=Summary(f"{id_}1", f"timbuktu of {id_}"))
        store.update_conversation(kept)
    store.remove_branch("c1", 5.0)
    found = store.conversation("c")
    assert found is not None
    assert found.summary is not None, "the branch may come back"
    store.purge(9.0)
    assert store.is_erased(20)
    assert "timbuktu of c" not in on_disk(file)
    assert "timbuktu of other" in on_disk(file)
    found = store.conversation("c")
    assert found is not None
    assert (found.summary, found.persona) == (None, "p")


@pytest.mark.parametrize("fixture", sorted(FIXTURES.glob("schema-*.db")), ids=lambda path: path.stem)
def test_no_trace_is_left_in_a_file_that_was_updated(file: Path, fixture: Path) -> None:
    file.parent.mkdir()
    file.write_bytes(fixture.read_bytes())
    with closing(SqliteSessionStore(file)) as store:
        assert "crème brûlée" in on_disk(file)
        assert store.erase(["c-tree"]) == 1
        assert store.is_erased(20)
        for secret in ("brûlée", "brulee", "half an ans", "it grew and grew", "a tree"):
            assert secret not in on_disk(file)
        assert "half a thought" in on_disk(file), "a draft of another"


def test_it_is_gone_at_once(store: SqliteSessionStore, monkeypatch: pytest.MonkeyPatch) -> None:
    held = threading.Event()
    monkeypatch.setattr(erasing.Eraser, "_erase", lambda _self, _database: held.wait(20) and None)
    store.add_conversation(Conversation(id="trashed", deleted_at=5.0))
    store.add_conversation(Conversation(id="gone"))
    message = store.add_message(
        Message(id="m", conversation_id="gone", parent_id=None, role=Role.USER, text="timbuktu")
    )
    known = store.revision()
    assert store.erase(["gone"]) == 1
    assert store.erase(["gone"]) == 0
    assert store.revision() > known
    assert not store.is_erased(0)
    assert store.purge(1e9) == 1
    for listed in (store.conversations(), store.trash(), store.archived(), store.changed_since(0)):
        assert list(listed) == []
    assert (store.count(), store.ids()) == (0, frozenset())
    assert list(store.search("timbuktu")) == []
    for refused in (
        lambda: store.update_conversation(Conversation(id="gone")),
        lambda: store.add_message(Message(id="n", conversation_id="gone", parent_id="m", role=Role.USER, text="")),
        lambda: store.copy_conversation("gone", Conversation(id="copy"), None),
    ):  # fmt: skip
        with pytest.raises(Fault, match="not in the chat file"):
            refused()
    held.set()
    assert message.id == "m"


def test_what_a_quit_leaves_over_is_erased_by_the_next_purge(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(erasing, "SLICE_S", 0.0)
    with closing(SqliteSessionStore(file)) as store:
        ids = fill(store, 20, 60)
        assert store.erase(ids[:19]) == 19
    with closing(SqliteSessionStore(file)) as store:
        assert not store.is_erased(0), "it was many slices' work"
        assert "timbuktuc18x59" in on_disk(file)
        assert [c.id for c in store.conversations()] == ["c19"]
        assert store.purge(0.0) == 0
        assert store.is_erased(60)
        assert "timbuktuc18" not in on_disk(file)
        assert "timbuktuc0x" not in on_disk(file)
        assert len(store.messages("c19")) == 60


@pytest.mark.parametrize("where", ["exists", "unlink"])
def test_a_disk_that_refuses_ends_nothing_but_this_try(
    store: SqliteSessionStore, file: Path, where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = file.with_name(f"{file.name}.before-schema-3")
    copy.write_bytes(b"timbuktu")
    for name in ("one", "two"):
        store.add_conversation(Conversation(id=name))
    refused: list[Path] = []

    def refuse(path: Path, **_: object) -> bool:
        refused.append(path)
        raise PermissionError(13, "Permission denied", str(path))

    with monkeypatch.context() as broken:
        broken.setattr(Path, where, refuse)
        store.erase(["one"])
        store.is_erased(20)
    assert refused == [file if where == "exists" else copy]
    assert store.erase(["two"]) == 1
    assert store.is_erased(20)
    assert not copy.exists()


def test_others_write_between_the_slices(store: SqliteSessionStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """Many conversations are many slices, and after each one the file is free."""
    sliced: Queue[int] = Queue()
    real = erasing.Eraser._slice

    def slice_(self: erasing.Eraser, database: Database, work: erasing.Step) -> bool:
        more = real(self, database, work)
        sliced.put(1)
        written.get(timeout=20)
        return more

    written: Queue[int] = Queue()
    monkeypatch.setattr(erasing.Eraser, "_slice", slice_)
    monkeypatch.setattr(erasing, "SLICE_S", 0.0)  # one step each, however fast the machine is
    monkeypatch.setattr(erasing, "_PAUSE_S", 0.001)
    ids = fill(store, 30, 20)
    store.add_conversation(Conversation(id="mine"))
    assert store.erase(ids) == 30
    writes = 0
    while not store.is_erased(0):
        with suppress(Empty):
            sliced.get(timeout=0.05)
            store.update_conversation(Conversation(id="mine", draft=str(writes)))
            writes += 1
            written.put(1)
    assert writes > 30
    assert [(c.id, c.draft) for c in store.conversations()] == [("mine", str(writes - 1))]
