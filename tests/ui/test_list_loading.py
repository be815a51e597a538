"""A long list of conversations: its head before the first paint, the rest in slices, whatever happens meanwhile."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from pizzagpt_desktop.domain.conversation import Conversation
from pizzagpt_desktop.domain.faults import Fault, FaultKind
from pizzagpt_desktop.storage.store import SqliteSessionStore
from pizzagpt_desktop.ui import list_loading
from pizzagpt_desktop.ui.main_window import FIRST_ROWS
from tests.helpers.memory_store import MemoryStore
from tests.helpers.ui_parts import Rig

MANY = 1_200


class ReadStore(MemoryStore):
    """`asked`: each limit with which the list was read. `gone`: erased behind the window's back."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[int | None] = []
        self.fails = False
        for number in range(MANY):
            at = 1_700_000_000.0 - number * 3_600
            self.add_conversation(
                Conversation(id=f"c{number:04}", title=f"Number {number}", updated_at=at, created_at=at)
            )

    def conversations(self, limit: int | None = None, after: str | None = None) -> Sequence[Conversation]:
        self.asked.append(limit)
        if self.fails:
            raise Fault(FaultKind.STORAGE, "for a moment")
        return super().conversations(limit, after)


@pytest.fixture
async def rig(qapp: QApplication, monkeypatch: pytest.MonkeyPatch) -> Iterator[Rig]:  # type: ignore[misc]
    monkeypatch.setattr(list_loading, "LARGEST_SLICE", 70)
    monkeypatch.setattr(list_loading, "SHOWN_TOGETHER", 200)
    rig = Rig(store=ReadStore())
    yield rig
    await rig.close()


def store_of(rig: Rig) -> ReadStore:
    assert isinstance(rig.store, ReadStore)
    return rig.store


def wanted(rig: Rig) -> list[str]:
    return [conversation.id for conversation in MemoryStore.conversations(rig.store)]


async def test_the_head_of_the_list_is_all_that_is_read_before_the_first_paint(rig: Rig) -> None:
    assert store_of(rig).asked == [FIRST_ROWS]
    assert len(rig.window.sidebar.model.ids()) == FIRST_ROWS


async def test_the_rest_comes_in_slices_and_in_order(rig: Rig) -> None:
    rig.show()
    model = rig.window.sidebar.model
    await rig.until(lambda: len(model.ids()) == MANY)
    assert model.ids() == wanted(rig)
    later = store_of(rig).asked[1:]
    assert None not in later
    assert max(limit or 0 for limit in later) <= list_loading.FIRST_SLICE


async def test_what_happens_meanwhile_is_kept(rig: Rig) -> None:
    rig.show()
    model, library = rig.window.sidebar.model, rig.library
    await rig.until(lambda: len(store_of(rig).asked) > 2)
    library.rename("c1100", "Another title")  # not read yet
    library.pin("c1150", True)
    library.delete("c0150")  # read, perhaps not shown yet
    library.delete("c1180")  # not read yet
    await rig.until(lambda: len(store_of(rig).asked) > 6)
    library.delete("c0210")
    library.delete("c0290")
    await rig.until(lambda: len(model.ids()) == MANY - 4)
    assert model.ids() == wanted(rig)
    assert model.conversation("c1100").title == "Another title"  # type: ignore[union-attr]
    assert model.ids()[0] == "c1150"


async def test_an_act_of_many_turns_meanwhile_takes_nothing_from_the_list(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pizzagpt_desktop.ui.acts.AT_ONCE", 1)
    monkeypatch.setattr(list_loading, "GAP_MS", 0)
    rig.show()
    sidebar = rig.window.sidebar
    ids = sidebar.model.ids()
    rig.window._commands.delete(ids)
    await rig.until(lambda: rig.window.page.notices.text("deleted") == f"{len(ids)} conversations deleted.")
    assert len(store_of(rig).asked) > 3, "the list was read on while the act went on"
    await rig.until(lambda: len(sidebar.model.ids()) == MANY - len(ids))
    rig.window.actions_by_id.run("undo_library")
    await rig.until(lambda: sidebar.model.ids() == wanted(rig))


async def test_a_tag_that_is_shown_early_gets_what_is_read_later(rig: Rig) -> None:
    for name in ("c0150", "c1100"):
        rig.store.update_conversation(replace(rig.store.conversation(name), tags=("bread",)))  # type: ignore[type-var]
    rig.library.tag(["c0003"], ["bread"])
    rig.show()
    rig.window.shelves._show_tag("bread")
    view = rig.window.sidebar.current_list.conversations
    await rig.until(lambda: len(view.ids()) == 3)
    assert view.ids() == ["c0003", "c0150", "c1100"]


async def test_the_place_in_the_list_may_go_while_it_is_read(rig: Rig) -> None:
    rig.show()
    model = rig.window.sidebar.model
    await rig.until(lambda: len(store_of(rig).asked) > 2)
    for number in range(80, 400):
        store_of(rig)._conversations.pop(f"c{number:04}")  # erased by another process
    await rig.until(lambda: model.row_of(f"c{MANY - 1:04}") >= 0)
    assert set(wanted(rig)) <= set(model.ids())


async def test_a_list_that_cannot_be_read_now_is_asked_for_again(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(list_loading, "RETRY_MS", 5)
    store_of(rig).fails = True
    rig.show()
    await rig.until(lambda: len(store_of(rig).asked) > 3)
    store_of(rig).fails = False
    await rig.until(lambda: len(rig.window.sidebar.model.ids()) == MANY)


async def test_the_open_conversation_is_marked_once_its_row_is_there(rig: Rig) -> None:
    rig.show()
    rig.window.desk.open("c1199")
    await rig.until(lambda: len(rig.window.sidebar.model.ids()) == MANY)
    row = rig.window.sidebar.model.row_of("c1199")
    await rig.until(lambda: rig.window.sidebar.list.currentIndex().row() == row)


def test_the_store_reads_on_after_any_conversation(tmp_path: Path) -> None:
    store = SqliteSessionStore(tmp_path / "chats.db")
    for number in range(40):
        store.add_conversation(Conversation(id=f"c{number}", pinned=number % 9 == 4))
    store.update_conversation(replace(store.conversations()[3], archived=True))
    whole = [conversation.id for conversation in store.conversations()]
    for limit in (1, 7, 100):
        read: list[str] = [whole[0]]
        while found := store.conversations(limit, read[-1]):
            assert len(found) <= limit
            read += [conversation.id for conversation in found]
        assert read == whole
    assert store.conversations(5, "gone") == []
    statements: list[str] = []
    store._database._ready().set_trace_callback(statements.append)
    store.conversations(5, whole[10])
    assert len(statements) == 1
    plan = store._database.read(lambda db: db.execute("EXPLAIN QUERY PLAN " + statements[0]).fetchall())
    assert "conversations_in_order" in str(plan)
    assert "TEMP B-TREE" not in str(plan)
    store.close()
