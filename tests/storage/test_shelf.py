"""The shelf in a real file: archive, trash, folders, copies, what another process wrote, temporary conversations."""

import asyncio
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pizzagpt_desktop.chat.announcer import Announcer
from pizzagpt_desktop.chat.service import ChatService
from pizzagpt_desktop.chat.tasks import TaskScope
from pizzagpt_desktop.domain.conversation import Conversation, Folder, Message, Queued, Role, Status, Summary
from pizzagpt_desktop.domain.faults import Fault
from pizzagpt_desktop.storage.store import SqliteSessionStore
from tests.helpers.sources import ScriptedSource, saying


@pytest.fixture
def store(file: Path) -> Iterator[SqliteSessionStore]:
    with closing(SqliteSessionStore(file)) as store:
        yield store


def said(store: SqliteSessionStore, id_: str, parent: str | None = None, **more: Any) -> Message:
    return store.add_message(
        Message(**{"id": id_, "conversation_id": "c", "parent_id": parent, "role": Role.USER, "text": id_} | more)
    )  # fmt: skip


def found(store: SqliteSessionStore, id_: str) -> Conversation:
    conversation = store.conversation(id_)
    assert conversation is not None
    return conversation


def ids(found: Any) -> list[str]:
    return [one.id for one in found]


def test_archive_and_trash_are_lists_of_their_own(store: SqliteSessionStore) -> None:
    for name in "abcde":
        store.add_conversation(Conversation(id=name))
    store.update_conversation(Conversation(id="a", archived=True))
    store.update_conversation(Conversation(id="c", archived=True))
    store.update_conversation(Conversation(id="d", deleted_at=20.0))
    store.update_conversation(Conversation(id="e", deleted_at=10.0, archived=True))
    assert ids(store.conversations()) == ["b"]
    assert ids(store.archived()) == ["c", "a"]
    assert ids(store.trash()) == ["d", "e"]
    assert (store.count(), store.ids()) == (5, frozenset("abcde"))


def test_tags_and_queue_come_back(store: SqliteSessionStore) -> None:
    queue = (Queued("q", "half \ud800 a\x00"), Queued("p", ""))
    store.add_conversation(Conversation(id="c", tags=("ü", "\ud800"), queue=queue))
    found = store.conversation("c")
    assert found is not None
    assert found.tags == ("ü", "\ufffd")
    assert found.queue == (Queued("q", "half \ufffd a\ufffd"), Queued("p", ""))
    store.update_conversation(replace(found, tags=(), queue=()))
    found = store.conversation("c")
    assert found is not None
    assert (found.tags, found.queue) == ((), ())


def test_the_last_summary_is_kept_with_its_conversation_and_not_in_a_copy(
    store: SqliteSessionStore, file: Path
) -> None:
    summary = Summary("m", "They talked of \ud800 and of \0.")
    store.add_conversation(Conversation(id="c", persona="p"))
    said(store, "m")
    store.update_conversation(replace(found(store, "c"), summary=summary))
    store.update_conversation(replace(found(store, "c"), draft="more"))
    store.copy_conversation("c", replace(found(store, "c"), id="copy"), None)
    assert found(store, "c").summary == Summary("m", "They talked of \ufffd and of \ufffd.")
    assert (found(store, "c").persona, found(store, "c").draft) == ("p", "more")
    assert found(store, "copy").summary is None
    for worthless in ("5", '["m"]', '["m", 5]', '["", "x"]', '["m", "x", "y"]', "null"):
        with closing(sqlite3.connect(file)) as other:
            other.execute("UPDATE conversations SET asking = ?", (f'{{"summary": {worthless}}}',))
            other.commit()
        assert found(store, "c").summary is None


def test_folders(store: SqliteSessionStore) -> None:
    store.put_folder(Folder("f", "Work", 1))
    store.put_folder(Folder("g", "Home", 0, collapsed=True))
    store.put_folder(Folder("f", "Job", 2))
    assert store.folders() == [Folder("g", "Home", 0, collapsed=True), Folder("f", "Job", 2)]
    store.add_conversation(Conversation(id="in", folder_id="f"))
    store.add_conversation(Conversation(id="out", folder_id="g"))
    known = store.revision()
    store.remove_folder("f")
    assert store.folders() == [Folder("g", "Home", 0, collapsed=True)]
    assert [(c.id, c.folder_id) for c in store.changed_since(known)] == [("in", None)]


def test_what_another_process_wrote(store: SqliteSessionStore, file: Path) -> None:
    store.add_conversation(Conversation(id="c"))
    said(store, "m")
    store.add_conversation(Conversation(id="gone", deleted_at=1.0))
    known = store.revision()
    assert not store.changed_elsewhere(), "what this process writes is no news to it"
    with closing(SqliteSessionStore(file)) as other:
        assert not store.changed_elsewhere()
        reply = said(other, "r", "m", role=Role.ASSISTANT, text="", status=Status.STREAMING)
        assert store.changed_elsewhere()
        assert not store.changed_elsewhere()
        assert ids(store.changed_since(known)) == ["c"]
        now = store.revision()
        other.checkpoint("r", "growing", "")
        assert store.changed_elsewhere()
        assert (list(store.changed_since(now)), store.revision()) == ([], now)
        for write in (
            lambda: other.finish_message(replace(reply, status=Status.STOPPED)),
            lambda: other.keep("r"),
            lambda: other.remove_branch("r", 1.0),
            lambda: other.restore_branch("r"),
            lambda: other.activate("c", "m"),
            lambda: other.copy_conversation("c", Conversation(id="copy"), None),
            lambda: other.update_conversation(Conversation(id="copy", deleted_at=2.0)),
        ):
            known = store.revision()
            write()
            assert len(store.changed_since(known)) == 1
        known, before = store.revision(), store.ids()
        assert other.erase(["gone", "copy", "never was"]) == 2
        assert store.revision() > known, "a count that erasing takes back would hide what comes next"
        assert list(store.changed_since(known)) == []
        assert (store.count(), before - store.ids()) == (1, {"gone", "copy"})


def test_a_kept_reply(store: SqliteSessionStore) -> None:
    store.add_conversation(Conversation(id="c"))
    reply = said(store, "r", role=Role.ASSISTANT, status=Status.STOPPED)
    store.keep("r")
    assert store.message("r") == replace(reply, kept=True)
    store.finish_message(reply)
    assert store.message("r") == replace(reply, kept=True), "saved again, it is still kept"
    store.finish_message(replace(reply, status=Status.STREAMING, kept=True))
    store.finish_message(reply)
    assert store.message("r") == reply, "what grew on after that is a new matter"
    with pytest.raises(Fault, match="not in the chat file"):
        store.keep("nobody")


def test_a_removed_branch_is_nowhere(store: SqliteSessionStore) -> None:
    store.add_conversation(Conversation(id="c"))
    for id_, parent in (("u", None), ("a", "u"), ("b", "u"), ("b2", "b"), ("x", "u"), ("x2", "x")):
        said(store, id_, parent)
    store.activate("c", "b")
    before = store.conversation("c")
    store.remove_branch("b", 100.0)
    assert ids(store.path("c")) == ["u", "a"], "the sibling before it"
    assert ids(store.messages("c")) == ["u", "a", "x", "x2"]
    assert store.siblings("a").ids == ("a", "x")
    assert store.siblings("b").ids == ()
    assert store.message("b2") is None
    for refused in (
        lambda: store.activate("c", "b2"),
        lambda: said(store, "new", "b2"),
        lambda: store.remove_branch("b", 1.0),
        lambda: store.restore_branch("b2"),
        lambda: store.restore_branch("a"),
    ):
        with pytest.raises(Fault, match="not in the chat file"):
            refused()
    store.remove_branch("a", 100.0)
    assert ids(store.path("c")) == ["u", "x", "x2"], "there is only the one after it"
    store.remove_branch("x", 100.0)
    assert ids(store.path("c")) == ["u"]
    store.remove_branch("u", 100.0)
    assert ids(store.path("c")) == []
    for back in "uxab":
        store.restore_branch(back)
    after = store.conversation("c")
    assert before is not None
    assert after is not None
    assert ids(store.messages("c")) == ["u", "a", "b", "b2", "x", "x2"]
    assert after.active_leaf_id == "b2"


def test_the_nearest_sibling_takes_the_place(store: SqliteSessionStore) -> None:
    store.add_conversation(Conversation(id="c"))
    said(store, "u")
    for name in "abcd":
        said(store, name, "u")
    for active, removed, then in (("c", "c", "b"), ("d", "d", "b"), ("a", "a", "b")):
        store.activate("c", active)
        store.remove_branch(removed, 1.0)
        assert ids(store.path("c")) == ["u", then]
    store.activate("c", "b")
    store.restore_branch("d")
    assert ids(store.path("c")) == ["u", "d"], "it was the shown one when it was removed"


def test_a_branch_within_a_removed_branch(store: SqliteSessionStore) -> None:
    store.add_conversation(Conversation(id="c"))
    for id_, parent in (("u", None), ("a", "u"), ("a2", "a"), ("a3", "a2")):
        said(store, id_, parent)
    store.remove_branch("a2", 1.0)
    store.remove_branch("a", 2.0)
    store.restore_branch("a2")
    assert ids(store.path("c")) == ["u"], "its own place is still removed"
    store.restore_branch("a")
    assert ids(store.messages("c")) == ["u", "a", "a2", "a3"]


def test_purge_erases_removed_branches(store: SqliteSessionStore, file: Path) -> None:
    store.add_conversation(Conversation(id="c"))
    said(store, "u", text="sesame stays")
    said(store, "a", "u", text="timbuktu " + "x" * 9000)
    said(store, "b", "a", text="marrakesh")
    store.remove_branch("a", 50.0)
    store.purge(50.0)
    store.restore_branch("a")
    store.remove_branch("a", 50.0)
    assert store.purge(51.0) == 0, "no conversation"
    with pytest.raises(Fault, match="not in the chat file"):
        store.restore_branch("a")
    assert store.is_erased(20)
    with pytest.raises(Fault, match="not in the chat file"):
        store.restore_branch("a")
    assert ids(store.path("c")) == ["u"]
    on_disk = b"".join(path.read_bytes() for path in file.parent.iterdir() if path.is_file()).lower()
    assert b"sesame" in on_disk
    for erased in (b"timbuktu", b"marrakesh"):
        assert erased not in on_disk


def test_copies(store: SqliteSessionStore) -> None:
    store.add_conversation(Conversation(id="c", title="old"))
    said(store, "u", text="question")
    said(store, "a", "u", role=Role.ASSISTANT, status=Status.STOPPED)
    store.keep("a")
    said(store, "b", "u", role=Role.ASSISTANT, text="", status=Status.STREAMING)
    store.checkpoint("b", "growing", "hm")
    said(store, "gone", "u")
    store.remove_branch("gone", 1.0)
    store.copy_conversation("c", Conversation(id="whole", title="new"), None)
    store.copy_conversation("c", Conversation(id="path"), "a")
    u, a, b = store.messages("whole")
    assert [(m.text, m.status, m.kept) for m in (u, a, b)] == [
        ("question", Status.COMPLETE, False),
        ("a", Status.STOPPED, True),
        ("growing", Status.INTERRUPTED, False),
    ]
    assert (a.parent_id, b.parent_id, b.reasoning) == (u.id, u.id, "hm")
    assert store.path("whole") == [u, b]
    assert [m.text for m in store.messages("path")] == ["question", "a"]
    assert [m.text for m in store.path("path")] == ["question", "a"]
    found = store.conversation("whole")
    assert found is not None
    assert (found.title, found.active_leaf_id) == ("new", b.id)
    assert ids(store.conversations()) == ["path", "whole", "c"]
    growing = store.message("b")
    assert growing is not None
    assert growing.status is Status.STREAMING, "the original grows on"
    for source, leaf in (("nobody", None), ("c", "nobody"), ("path", "a"), ("c", "gone")):
        with pytest.raises(Fault, match="not in the chat file"):
            store.copy_conversation(source, Conversation(id="no"), leaf)
    with pytest.raises(Fault, match="stored already"):
        store.copy_conversation("c", Conversation(id="path"), None)
    assert store.conversation("no") is None


def test_the_end_of_a_path(store: SqliteSessionStore) -> None:
    store.add_conversation(Conversation(id="c"))
    parent = None
    for number in range(20):
        parent = said(store, f"m{number}", parent).id
    said(store, "beside", "m5")
    store.activate("c", "m6")
    assert store.path_ids("c") == [f"m{number}" for number in range(20)]
    assert ids(store.path_end("c", 3)) == ["m17", "m18", "m19"]
    assert ids(store.path_end("c", 3, before="m17")) == ["m14", "m15", "m16"]
    assert ids(store.path_end("c", 30, before="m2")) == ["m0", "m1"]
    assert ids(store.path_end("c", 3, before="m0")) == []
    assert ids(store.path_end("c", 0)) == ids(store.path_end("c", 3, before="nobody")) == []
    assert ids(store.path_end("nobody", 3)) == []


def test_temporary_conversations_are_not_on_disk(store: SqliteSessionStore, file: Path) -> None:
    store.add_conversation(Conversation(id="disk"))
    store.add_conversation(Conversation(id="pinned", pinned=True))
    known = store.revision()
    store.add_conversation(Conversation(id="c", title="casablanca", temporary=True))
    question = said(store, "u", text="timbuktu")
    reply = said(store, "r", "u", role=Role.ASSISTANT, text="", status=Status.STREAMING)
    store.checkpoint("r", "marrakesh", "")
    store.checkpoint("r", "marrakesh kairo", "")
    assert [m.text for m in store.path("c")] == ["timbuktu", "marrakesh kairo"]
    store.finish_message(replace(reply, text="marrakesh kairo", status=Status.COMPLETE))
    found = store.conversation("c")
    assert found is not None
    assert found.temporary
    store.update_conversation(replace(found, draft="tripoli"))
    assert ids(store.conversations()) == ["pinned", "c", "disk"]
    assert ids(store.conversations(limit=2)) == ["pinned", "c"]
    assert [c.temporary for c in store.conversations()] == [False, True, False]
    assert store.siblings("r").ids == ("r",)
    store.remove_branch("r", 1.0)
    assert store.path("c") == [question]
    store.restore_branch("r")
    store.copy_conversation("c", Conversation(id="kept"), None)
    assert [m.text for m in store.path("kept")] == ["timbuktu", "marrakesh kairo"], "it was asked for"
    assert store.erase(["kept"]) == 1
    assert (store.count(), list(store.changed_since(known))) == (2, [])
    store.update_conversation(replace(found, deleted_at=5.0))
    assert ids(store.trash()) == ["c"]
    assert store.purge(6.0) == 1
    assert store.message("u") is None
    assert store.is_erased(20)
    on_disk = b"".join(path.read_bytes() for path in file.parent.rglob("*") if path.is_file()).lower()
    for secret in (b"casablanca", b"timbuktu", b"marrakesh", b"tripoli"):
        assert secret not in on_disk
    assert not list(file.parent.rglob("*.lock")), "nobody else needs to know who writes it"


def test_several_conversations_change_together_or_not_at_all(store: SqliteSessionStore) -> None:
    for name in "abc":
        store.add_conversation(Conversation(id=name, temporary=name == "c"))
    store.update_conversations([Conversation(id=name, title=name.upper()) for name in "abc"])
    assert [store.conversation(name).title for name in "abc"] == ["A", "B", "C"]  # type: ignore[union-attr]
    with pytest.raises(Fault):
        store.update_conversations([Conversation(id="a", title="Other"), Conversation(id="gone")])
    assert store.conversation("a").title == "A"  # type: ignore[union-attr]


def test_several_folders_change_together(store: SqliteSessionStore) -> None:
    store.put_folders([Folder("a", "One", 1), Folder("b", "Two", 0)])
    assert [folder.name for folder in store.folders()] == ["Two", "One"]
    store.put_folders([Folder("a", "First", 0), Folder("b", "Two", 1)])
    assert [folder.name for folder in store.folders()] == ["First", "Two"]


@pytest.mark.parametrize("kept", ['"later"', "7", "[]", "null"])
def test_what_becomes_of_a_long_conversation_is_kept_with_it(store: SqliteSessionStore, kept: str) -> None:
    store.add_conversation(Conversation(id="c", persona="p", when_full="summarise"))
    assert store.conversation("c") == Conversation(id="c", persona="p", when_full="summarise")
    with store.database.transaction("FULL") as connection:  # as a newer version, or damage, may leave it
        connection.execute(
            "UPDATE conversations SET asking = ?", (f'{{"persona": "p", "when_full": {kept}}}',)
        )
    assert store.conversation("c") == Conversation(id="c", persona="p")


def syncs(store: SqliteSessionStore, work: Callable[[], object]) -> list[str]:
    """How each transaction of `work` was synced."""
    begun: list[str] = []
    connection = store.database._ready()
    connection.set_trace_callback(lambda said: begun.append(said) if "PRAGMA synchronous" in said else None)
    try:
        work()
    finally:
        connection.set_trace_callback(None)
    return [said.rpartition(" ")[2] for said in begun]


def test_a_question_waits_for_one_sync_and_a_draft_of_it_for_another(store: SqliteSessionStore) -> None:
    """A sync takes 4 ms on an SSD and more elsewhere, and the model is asked after it."""

    async def talk() -> list[list[str]]:
        scope = TaskScope()
        service = ChatService(store, ScriptedSource(saying("Yes.")).choose, scope, Announcer())
        found = [syncs(store, lambda: service.send("c", "First"))]
        service.stop("c")
        conversation = store.conversation("c")
        assert conversation is not None
        store.update_conversation(replace(conversation, draft="Second"))
        found.append(syncs(store, lambda: service.send("c", "Second")))
        await service.close()
        return found

    first, second = asyncio.run(talk())
    assert first == ["NORMAL", "FULL", "NORMAL", "NORMAL"], (
        "its conversation, itself, the title, the reply's row"
    )
    assert second == ["FULL", "FULL", "NORMAL"], "itself, its draft gone, the reply's row"
