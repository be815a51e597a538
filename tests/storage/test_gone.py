"""The chat file deleted, or another one in its place, while the program runs: no write goes astray in silence."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from pizzagpt_desktop.domain.conversation import Conversation, Message, Role, Status
from pizzagpt_desktop.domain.faults import Fault
from pizzagpt_desktop.storage.faults import StoreGone
from pizzagpt_desktop.storage.store import SqliteSessionStore


@pytest.fixture
def store(file: Path) -> Iterator[SqliteSessionStore]:
    with closing(SqliteSessionStore(file)) as store:
        store.add_conversation(Conversation(id="c"))
        store.add_conversation(Conversation(id="t", temporary=True))
        store.add_message(said("u"))
        store.add_message(replace(said("r", "u"), role=Role.ASSISTANT, status=Status.STREAMING))
        yield store


def said(id_: str, parent: str | None = None, conversation: str = "c") -> Message:
    return Message(
        id=id_, conversation_id=conversation, parent_id=parent, role=Role.USER, text=f"text of {id_}"
    )


def deleted(file: Path) -> None:
    shutil.rmtree(file.parent)


def moved(file: Path) -> None:
    file.parent.rename(file.parent.with_name("elsewhere"))


def replaced(file: Path) -> None:
    other = file.with_name("other.db")
    with closing(SqliteSessionStore(other)) as store:
        store.add_conversation(Conversation(id="another"))
    other.replace(file)


@pytest.mark.parametrize("happens", [deleted, moved, replaced])
def test_every_write_says_so(store: SqliteSessionStore, file: Path, happens: Callable[[Path], None]) -> None:
    reply = store.message("r")
    assert reply is not None
    happens(file)
    for write in (
        lambda: store.add_message(said("new", "u")),
        lambda: store.checkpoint("r", "growing", ""),
        lambda: store.finish_message(replace(reply, status=Status.COMPLETE)),
        lambda: store.update_conversation(Conversation(id="c", draft="half")),
        lambda: store.add_conversation(Conversation(id="new")),
        lambda: store.activate("c", "u"),
        lambda: store.remove_branch("r", 1.0),
        lambda: store.copy_conversation("t", Conversation(id="kept"), None),
        lambda: store.erase(["c"]),
        lambda: store.purge(1e9),
    ):
        with pytest.raises(StoreGone) as caught:
            write()
        assert caught.value.detail
    assert file.exists() is (happens is replaced), "nothing is made in its place behind the user's back"
    store.add_message(said("m", None, "t"))
    assert [m.id for m in store.path("t")] == ["m"], "what is temporary needs no file"
    store.close()
    if happens is replaced:
        with closing(SqliteSessionStore(file)) as other:
            assert other.ids() == {"another"}
            assert list(other.messages("c")) == []
    if happens is moved:
        with closing(SqliteSessionStore(file.parent.with_name("elsewhere") / file.name)) as kept:
            assert [m.id for m in kept.path("c")] == ["u", "r"]


def test_what_was_stored_can_still_be_read(store: SqliteSessionStore, file: Path) -> None:
    """From the open file, for whoever saves it anew."""
    deleted(file)
    with pytest.raises(Fault):
        store.add_message(said("new", "u"))
    assert [m.id for m in store.path("c")] == ["u", "r"]
