"""Conversations that come in: wholly or not at all, twice without doubling, beside what is there, in their order."""

import tempfile
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pizzagpt_desktop.domain.arrival import Arrival, Whole
from pizzagpt_desktop.domain.conversation import Conversation, Message, Role
from pizzagpt_desktop.domain.faults import Fault
from pizzagpt_desktop.storage import arriving, tree
from pizzagpt_desktop.storage.arriving import SLICE, Arriving
from pizzagpt_desktop.storage.store import SqliteSessionStore


@pytest.fixture
def store(tmp_path):
    store = SqliteSessionStore(tmp_path / "chats.db")
    yield store
    store.close()


@pytest.fixture
def come(store):
    def come(*arrivals):
        return Arriving(store.database, store.making).take_in(arrivals)

    return come


def arrival(key="k", count=2, own=False, at=1e9, text="text"):
    messages = [
        Message(
            id=f"{key}-{n}", conversation_id="", parent_id=f"{key}-{n - 1}" if n else None,
            role=(Role.USER, Role.ASSISTANT)[n % 2], text=f"{text} {n}", created_at=at,
        )
        for n in range(count)
    ]  # fmt: skip
    conversation = Conversation(
        id=key, title=key, created_at=at, updated_at=at, active_leaf_id=messages[-1].id
    )
    return Arrival(Whole(conversation, messages), own=own)


@pytest.mark.parametrize("count", [2, SLICE + 1, 3 * SLICE])
def test_it_is_there_with_its_path_and_can_be_gone_on_with(store, come, count):
    (new,) = come(arrival(count=count))
    assert [message.text for message in store.path(new)] == [f"text {n}" for n in range(count)]
    assert store.conversations()[0].id == new
    leaf = store.path(new)[-1].id
    store.add_message(Message(id="next", conversation_id=new, parent_id=leaf, role=Role.USER, text="more"))
    assert len(store.path(new)) == count + 1


@pytest.mark.parametrize("count", [2, SLICE + 1])
def test_twice_is_once(store, come, count):
    (new,) = come(arrival(count=count))
    assert come(arrival(count=count), arrival(count=count)) == [None, None]
    store.update_conversation(replace(store.conversation(new), title="renamed here", archived=True))
    assert come(arrival(count=count)) == [None]
    assert store.count() == 1


@given(st.lists(st.sampled_from([1, 2, 150, SLICE, SLICE + 1]), max_size=5))
@settings(max_examples=12, deadline=None)
def test_short_and_long_ones_come_in_their_order(counts):
    with tempfile.TemporaryDirectory() as folder:
        store = SqliteSessionStore(Path(folder) / "chats.db")
        coming = [arrival(f"k{n}", count) for n, count in enumerate(counts)]
        ids = Arriving(store.database, store.making).take_in(coming)
        assert [store.conversation(key).title for key in ids] == [f"k{n}" for n in range(len(counts))]
        assert [len(store.path(key)) for key in ids] == counts
        store.close()


def test_what_was_thrown_away_can_come_again_and_stays_thrown_away(store, come):
    (new,) = come(arrival())
    store.update_conversation(replace(store.conversation(new), deleted_at=5.0))
    (again,) = come(arrival())
    assert again not in (new, None)
    assert store.conversation(new).deleted_at == 5.0
    assert come(arrival()) == [None]


def test_an_own_id_is_kept_where_it_is_free_and_known_where_it_holds_the_same(store, come):
    assert come(arrival(own=True, count=3)) == ["k"]
    assert [message.id for message in store.path("k")] == ["k-0", "k-1", "k-2"]
    assert come(arrival(own=True, count=3), arrival(own=True, count=2)) == [None, None]


def test_what_is_here_is_never_changed_by_what_claims_its_id(store, come):
    come(arrival(own=True))
    before = store.conversation("k"), store.messages("k")
    (other,) = come(arrival(own=True, text="overwritten"))
    assert other != "k"
    (third,) = come(arrival("z", own=True)._replace(whole=Whole(Conversation(id="z"), before[1])))
    assert third != "z"  # its messages' ids are another conversation's
    assert (store.conversation("k"), store.messages("k")) == before
    assert [message.text for message in store.messages(other)] == ["overwritten 0", "overwritten 1"]


@pytest.mark.parametrize("count", [3, 2 * SLICE + 3])
def test_a_failure_half_way_leaves_nothing_of_it(store, come, count, monkeypatch):
    written = []

    def write(db, message, values=None, real=tree.write):
        if len(written) == count - 1:
            raise MemoryError
        written.append(message)
        real(db, message, values)

    monkeypatch.setattr(arriving.tree, "write", write)
    with pytest.raises(Fault):
        come(arrival(count=count))
    assert (store.count(), store.conversations()) == (0, [])
    left = store.database.read(lambda db: db.execute("SELECT count(*) FROM messages").fetchone()[0])
    assert left == 0


def test_nothing_of_a_long_one_is_seen_before_it_is_whole_and_a_crash_leaves_nothing(
    store, tmp_path, monkeypatch
):
    seen = []

    def write(db, message, values=None, real=tree.write):
        real(db, message, values)
        seen.append(message.id)
        if len(seen) == 2 * SLICE:
            raise KeyboardInterrupt  # and the cleaning up does not come to it either

    monkeypatch.setattr(arriving.tree, "write", write)
    other = SqliteSessionStore(tmp_path / "chats.db")
    coming = Arriving(other.database, other.making)
    monkeypatch.setattr(arriving, "suppress", lambda _: _Killed())
    with pytest.raises(KeyboardInterrupt):
        coming.take_in([arrival(count=3 * SLICE)])
    assert (store.conversations(), store.count(), store.ids()) == ([], 0, frozenset())
    store.purge(0.0)
    assert store.is_erased(10)
    left = store.database.read(lambda db: db.execute("SELECT count(*) FROM messages").fetchone()[0])
    assert left == 0
    other.close()


class _Killed:
    def __enter__(self):
        raise KeyboardInterrupt

    def __exit__(self, *_):
        return False


def test_another_program_that_erases_half_of_it_only_makes_it_begin_again(store, tmp_path, monkeypatch):
    other = SqliteSessionStore(tmp_path / "chats.db")
    seen, erased = [], []

    def write(db, message, values=None, real=tree.write):
        real(db, message, values)
        seen.append(message.id)

    def is_there(db, key, real=arriving._is_there):
        found = real(db, key)
        if len(seen) == SLICE and found and not erased:
            erased.append(key)
            db.execute("DELETE FROM messages WHERE conversation_id = ?", (key,))
            db.execute("DELETE FROM conversations WHERE id = ?", (key,))
            return False
        return found

    monkeypatch.setattr(arriving.tree, "write", write)
    monkeypatch.setattr(arriving, "_is_there", is_there)
    (new,) = Arriving(other.database, other.making).take_in([arrival(count=2 * SLICE)])
    assert len(store.path(new)) == 2 * SLICE
    assert len(seen) == 3 * SLICE
    other.close()


def test_they_stand_where_their_dates_put_them_and_the_others_keep_their_order(store, come):
    for key, at in (("old", 100.0), ("clock was wrong", 50.0), ("new", 300.0)):
        store.add_conversation(Conversation(id=key, updated_at=at))
    new = come(arrival("newest", at=400.0), arrival("oldest", at=10.0), arrival("between", at=200.0))
    Arriving(store.database, set()).put_in_order([key for key in new if key])
    titles = [conversation.title or conversation.id for conversation in store.conversations()]
    assert titles == ["newest", "new", "between", "clock was wrong", "old", "oldest"]
    store.add_message(Message(id="m", conversation_id="old", parent_id=None, role=Role.USER, text="again"))
    assert store.conversations()[0].id == "old"


@pytest.mark.parametrize("own", [False, True])
def test_two_programs_that_bring_in_the_same_at_once_bring_it_once(store, tmp_path, own, monkeypatch):
    """What one has begun nobody sees; the other begins it under another id, and learns at its end who was faster."""
    seen, faster = [], []
    coming = arrival(count=2 * SLICE, own=own)

    def write(db, message, values=None, real=tree.write):
        real(db, message, values)
        seen.append(message.id)

    def slices(messages, real=arriving._slices):
        for number, part in enumerate(real(messages)):
            if number == 1 and not faster:
                faster.append(None)
                with closing(SqliteSessionStore(tmp_path / "chats.db")) as other:
                    faster[0] = Arriving(other.database, other.making).take_in([coming])[0]
            yield part

    monkeypatch.setattr(arriving.tree, "write", write)
    monkeypatch.setattr(arriving, "_slices", slices)
    assert Arriving(store.database, store.making).take_in([coming]) == [None]
    assert len(seen) == 4 * SLICE
    (there,) = store.conversations()
    assert there.id == faster[0]
    assert len(store.path(there.id)) == 2 * SLICE
    assert store.count() == 1
    left = store.database.read(lambda db: db.execute("SELECT count(*) FROM messages").fetchone()[0])
    assert left == 2 * SLICE
