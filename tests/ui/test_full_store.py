"""What a full store costs in facts: statements, rows and documents, which do not grow with what is stored."""

import gc
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from pizzagpt_desktop.storage.store import SqliteSessionStore
from pizzagpt_desktop.ui.reading import OPENED_WITH
from pizzagpt_desktop.ui.transcript.documents import Document
from tests.benchmarks.big_store import LONGEST_ID, SHORTEST_ID, Size, build
from tests.helpers.counting import messages_made
from tests.helpers.ui_parts import Rig

SIZE = Size(messages=4_000, conversations=300, longest=3_000)


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    return messages_made(monkeypatch)


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("full") / "chats.db"
    build(path, SIZE)
    return path


@pytest.fixture
async def opened(qapp: QApplication) -> AsyncIterator[Callable[[Path], Rig]]:
    """A window on a file, with the statements that it took to make it."""
    rigs: list[tuple[Rig, SqliteSessionStore]] = []

    def make(path: Path) -> Rig:
        store = SqliteSessionStore(path)
        store.statements = []  # type: ignore[attr-defined]
        store._database._ready().set_trace_callback(store.statements.append)  # type: ignore[attr-defined]
        rigs.append((Rig(store=store), store))  # type: ignore[arg-type]
        return rigs[-1][0]

    yield make
    for rig, store in rigs:
        await rig.close()
        store.close()


def statements(rig: Rig) -> list[str]:
    return rig.store.statements  # type: ignore[attr-defined, no-any-return]


async def test_the_window_asks_a_full_store_no_more_than_an_empty_one(
    opened: Callable[[Path], Rig], full: Path, tmp_path: Path
) -> None:
    empty = statements(opened(tmp_path / "chats.db"))
    found = statements(opened(full))
    assert len(found) == len(empty)
    assert not [statement for statement in found if "FROM messages" in statement]


async def test_opening_reads_one_screen_and_no_more_than_its_neighbours(
    opened: Callable[[Path], Rig], full: Path, made: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pizzagpt_desktop.ui.transcript.loading.GAP_MS", 60_000)
    rig = opened(full)
    rig.show()
    asked: dict[str, list[str]] = {}
    for identity in (SHORTEST_ID, LONGEST_ID):
        statements(rig).clear()
        made.clear()
        rig.window.desk.open(identity)
        QApplication.processEvents()
        asked[identity] = list(statements(rig))
        assert len(made) == (10 if identity == SHORTEST_ID else OPENED_WITH)
    for found in asked.values():
        assert sum("RECURSIVE" in statement for statement in found) == 1, "the path's end, once"
        assert len(found) < 20


async def test_documents_are_alive_only_near_the_screen(opened: Callable[[Path], Rig], full: Path) -> None:
    rig = opened(full)
    rig.show()
    rig.window.desk.open(LONGEST_ID)
    view = rig.window.page.transcript
    await rig.until(lambda: view.loader.complete)
    assert len(view.rows) == SIZE.longest
    view.jump_to_start()
    for _ in range(40):
        view.verticalScrollBar().setValue(view.verticalScrollBar().value() + 500)
        QApplication.processEvents()
    assert sum(view.rows.live(index) is not None for index in range(len(view.rows))) < 60
    gc.collect()
    assert sum(isinstance(thing, Document) for thing in gc.get_objects()) < 200


async def test_other_versions_are_found_by_an_index_of_their_own(full: Path) -> None:
    store = SqliteSessionStore(full)
    first = store.path(LONGEST_ID)[0]
    plans = []
    for message in (first, store.path_end(LONGEST_ID, 1)[0]):
        asked: list[str] = []
        connection = store._database._ready()
        connection.set_trace_callback(asked.append)
        assert message.id in store.siblings(message.id).ids
        connection.set_trace_callback(None)
        plans.append([str(connection.execute("EXPLAIN QUERY PLAN " + one).fetchall()) for one in asked])
    assert "messages_first" in plans[0][-1]
    assert "messages_by_parent" in plans[1][-1]
    assert not [plan for plan in plans[0] + plans[1] if "SCAN messages" in plan]
    store.close()
