"""A long path by numbers and lengths: any slices of it are the path, whatever branches off it."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pizzagpt_desktop.domain.conversation import Conversation, Message, Outline, Role
from pizzagpt_desktop.storage.store import SqliteSessionStore

LONG = 90


@pytest.fixture(params=[False, True], ids=["on disk", "temporary"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SqliteSessionStore]:
    """A path of `LONG` messages, with an answer besides to every third, and another conversation in between."""
    with closing(SqliteSessionStore(tmp_path / "chats.db")) as store:
        store.add_conversation(Conversation(id="c", temporary=request.param))
        store.add_conversation(Conversation(id="other", temporary=request.param))
        parent = None
        for number in range(LONG):
            said(store, "other", f"o{number}", None, "x")
            above, parent = parent, f"m{number}"
            if number % 3 == 1:
                said(store, "c", f"b{number}", above, "beside")
            said(store, "c", parent, above, "ä\U0001f355" * (number % 7), number % 2 == 0)
        yield store


def said(
    store: SqliteSessionStore, chat: str, id_: str, parent: str | None, text: str, own: bool = False
) -> None:
    role = Role.USER if own else Role.ASSISTANT
    store.add_message(Message(id=id_, conversation_id=chat, parent_id=parent, role=role, text=text))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None)
@given(sizes=st.lists(st.integers(1, 40), min_size=1, max_size=8), whole=st.data())
def test_slices_from_the_end_up_are_the_path(
    store: SqliteSessionStore, sizes: list[int], whole: st.DataObject
) -> None:
    path = store.path("c")
    expected = [Outline(m.seq, m.role is Role.USER, len(m.text)) for m in path]
    before, found = path[-1].seq, [expected[-1]]
    for number in range(LONG):
        limit = sizes[number % len(sizes)]
        some = store.outlines.above("c", before, limit)
        found[:0] = some
        if len(some) < limit:
            break
        before = some[0].seq
    assert found == expected
    seqs = whole.draw(st.lists(st.sampled_from([m.seq for m in path]), unique=True))
    assert store.outlines.messages("c", seqs) == [m for m in path if m.seq in seqs]


def test_what_is_gone_or_elsewhere_is_left_out(store: SqliteSessionStore) -> None:
    other = store.outlines.seq_of("o5")
    seqs = [store.outlines.seq_of(name) for name in ("m2", "m80", "b4")]
    assert other is not None
    assert None not in seqs
    wanted = [*(seq for seq in seqs if seq), other, 10**9]
    assert [m.id for m in store.outlines.messages("c", wanted)] == ["m2", "b4", "m80"]
    store.remove_branch("m70", 1.0)
    assert {m.id for m in store.outlines.messages("c", wanted)} == {"m2", "b4"}
    assert store.outlines.seq_of("nobody") is None
    assert store.outlines.above("c", other, 5) == []
    assert store.outlines.above("nobody", 1, 5) == []
    first = store.outlines.seq_of("m0")
    assert first is not None
    assert store.outlines.above("c", first, 5) == []


def test_more_than_one_statement_can_name(store: SqliteSessionStore) -> None:
    assert len(store.outlines.messages("c", range(5_000))) >= LONG
