"""Searching beside the loop: the newest question overtakes the others, the loop turns meanwhile, temporary talk is found."""

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from pizzagpt_desktop.chat.searching import Searcher
from pizzagpt_desktop.domain.conversation import Conversation, Message, Role
from pizzagpt_desktop.domain.faults import Fault, FaultKind
from pizzagpt_desktop.domain.query import Found, Place, SearchRequest
from pizzagpt_desktop.storage.search_reader import SearchReader
from pizzagpt_desktop.storage.store import SqliteSessionStore
from tests.helpers.memory_store import MemoryStore


class SlowReader:
    """Answers a question only when it is let, or interrupted; `asked` holds what was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.interrupted = threading.Event()
        self.let = threading.Event()
        self.closed = threading.Event()
        self.turn = threading.Event()

    def find(self, request: SearchRequest) -> Found:
        self.asked.append(request.text)
        self.turn.set()
        while not (self.let.is_set() or self.interrupted.wait(0.001)):
            pass
        if request.text == "broken":
            raise Fault(FaultKind.STORAGE, "the disk is gone")
        return Found(indexed=len(self.asked) / 100)

    def places(self, conversation_id: str, text: str) -> tuple[Place, ...]:
        return (Place(f"{conversation_id} {text}", 1),)

    def tend(self) -> bool:
        return False

    def interrupt(self) -> None:
        self.interrupted.set()

    def begin(self) -> None:
        self.interrupted.clear()

    def close(self) -> None:
        self.closed.set()


@pytest.fixture
def reader() -> SlowReader:
    return SlowReader()


@pytest.fixture
async def searcher(reader: SlowReader) -> AsyncIterator[Searcher]:
    store = MemoryStore()
    store.add_conversation(Conversation(id="c"))
    searcher = Searcher(store, lambda: reader)
    yield searcher
    searcher.close()


async def until(fact: Any) -> None:
    async with asyncio.timeout(10):
        while not fact():  # noqa: ASYNC110  (what it waits for happens in another thread)
            await asyncio.sleep(0.001)


async def test_the_newest_question_overtakes_the_running_one_and_those_that_wait(
    searcher: Searcher, reader: SlowReader
) -> None:
    answers: list[str] = []
    searcher.search(SearchRequest("p"), lambda _: answers.append("p"))
    await until(reader.turn.is_set)
    for text in ("pi", "piz"):
        searcher.search(SearchRequest(text), lambda _, text=text: answers.append(text))  # type: ignore[misc]
    await until(lambda: reader.asked[-1] == "piz")
    reader.let.set()
    await until(lambda: answers)
    assert answers == ["piz"]
    assert reader.asked in (["p", "piz"], ["p", "pi", "piz"])


async def test_the_loop_turns_while_a_question_is_answered(searcher: Searcher, reader: SlowReader) -> None:
    answers: list[Found | Fault] = []
    searcher.search(SearchRequest("slow"), answers.append)
    await until(reader.turn.is_set)
    for _ in range(1000):
        await asyncio.sleep(0)
    assert not answers, "nothing is answered yet, and the loop has turned a thousand times"
    reader.let.set()
    await until(lambda: answers)
    assert isinstance(answers[0], Found)


async def test_a_fault_is_an_answer_too(searcher: Searcher, reader: SlowReader) -> None:
    reader.let.set()
    answers: list[Found | Fault] = []
    searcher.search(SearchRequest("broken"), answers.append)
    await until(lambda: answers)
    assert isinstance(answers[0], Fault)


async def test_the_two_kinds_do_not_overtake_each_other(searcher: Searcher, reader: SlowReader) -> None:
    reader.let.set()
    answers: list[object] = []
    searcher.search(SearchRequest("x"), answers.append)
    searcher.find_in("c", "y", answers.append)
    await until(lambda: len(answers) == 2)
    assert (Place("c y", 1),) in answers


async def test_what_was_given_up_is_never_answered(searcher: Searcher, reader: SlowReader) -> None:
    answers: list[object] = []
    searcher.search(SearchRequest("x"), answers.append)
    await until(reader.turn.is_set)
    searcher.forget("search")
    searcher.find_in("c", "y", answers.append)
    await until(lambda: answers)
    assert answers == [(Place("c y", 1),)]


async def test_close_interrupts_and_ends_the_thread(searcher: Searcher, reader: SlowReader) -> None:
    answers: list[object] = []
    searcher.search(SearchRequest("x"), answers.append)
    await until(reader.turn.is_set)
    searcher.close()
    assert reader.closed.is_set()
    await asyncio.sleep(0)
    assert not answers
    searcher.search(SearchRequest("y"), answers.append)
    assert reader.asked == ["x"]


class Panel:
    """Hears answers; tells in which thread it goes."""

    def __init__(self, gone_in: list[threading.Thread]) -> None:
        self.gone_in = gone_in

    def hear(self, answer: Found | Fault) -> None:
        raise AssertionError("nobody waits for this one")

    def __del__(self) -> None:
        self.gone_in.append(threading.current_thread())


async def test_who_gave_a_question_up_is_not_held_by_the_thread(
    searcher: Searcher, reader: SlowReader
) -> None:
    """It would let go of a widget last, and destroy it beside the window's thread."""
    gone_in: list[threading.Thread] = []
    searcher.search(SearchRequest("x"), Panel(gone_in).hear)
    await until(reader.turn.is_set)
    searcher.forget("search")
    assert gone_in == [threading.main_thread()]


async def test_after_a_crash_in_the_thread_the_next_question_is_answered(
    searcher: Searcher, reader: SlowReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    crashes: list[threading.ExceptHookArgs] = []
    monkeypatch.setattr(threading, "excepthook", crashes.append)
    reader.let.set()
    with monkeypatch.context() as broken:
        broken.setattr(reader, "find", lambda request: 1 / 0)
        searcher.search(SearchRequest("x"), lambda _: None)
        await until(lambda: crashes and reader.closed.is_set())
        thread = crashes.pop().thread
        assert thread is not None
        await until(lambda: not thread.is_alive())
    answers: list[Found | Fault] = []
    searcher.search(SearchRequest("y"), answers.append)
    await until(lambda: answers)
    assert isinstance(answers[0], Found)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteSessionStore]:
    with closing(SqliteSessionStore(tmp_path / "chats.db", wait_s=5.0)) as store:
        yield store


async def test_a_temporary_conversation_is_found_in_but_never_from_elsewhere(
    store: SqliteSessionStore,
) -> None:
    store.add_conversation(Conversation(id="t", title="tomato", temporary=True))
    store.add_message(
        Message(id="m", conversation_id="t", parent_id=None, role=Role.USER, text="a tomato, Tomato")
    )
    searcher = Searcher(store, lambda: SearchReader(store.file))
    try:
        answers: list[Any] = []
        searcher.find_in("t", "tomato", answers.append)
        assert answers == [(Place("m", 2, 1),)]
        searcher.search(SearchRequest("tomato"), answers.append)
        await until(lambda: len(answers) == 2)
        assert answers[1].hits == ()
    finally:
        searcher.close()


async def test_what_was_written_is_found_by_the_next_question(store: SqliteSessionStore) -> None:
    store.add_conversation(Conversation(id="c", title=""))
    searcher = Searcher(store, lambda: SearchReader(store.file))
    try:
        for number in range(3):
            store.add_message(
                Message(
                    id=f"m{number}", conversation_id="c", parent_id=None, role=Role.USER, text=f"word{number}"
                )
            )
            answers: list[Any] = []
            searcher.search(SearchRequest(f"word{number}"), answers.append)
            await until(lambda answers=answers: answers)
            assert [hit.message_id for hit in answers[0].hits] == [f"m{number}"]
    finally:
        searcher.close()


async def test_whatever_was_overtaken_the_last_question_gets_its_whole_answer(
    store: SqliteSessionStore,
) -> None:
    store.add_conversation(Conversation(id="c", title=""))
    for number in range(60):
        text = "an ananas on top. " + f"Line {number} about nothing. " * (200 if number == 30 else 12)
        store.add_message(
            Message(id=f"m{number}", conversation_id="c", parent_id=None, role=Role.USER, text=text)
        )
    for round_ in range(12):
        searcher = Searcher(store, lambda: SearchReader(store.file))
        try:
            answers: list[Any] = []
            for end in range(1, 7):
                searcher.find_in("c", "ananas"[:end], answers.append if end == 6 else lambda _: None)
                await asyncio.sleep(0.0004 * (round_ % 6))
            await until(lambda answers=answers: answers)
            assert len(answers[0]) == 60
        finally:
            searcher.close()
        with closing(sqlite3.connect(store.file)) as connection, connection:
            connection.execute("UPDATE search_fts_state SET version = 'older'")  # all is to be taken in again


async def test_without_a_file_the_store_is_asked_at_once() -> None:
    store = MemoryStore()
    store.add_conversation(Conversation(id="c"))
    store.add_message(Message(id="m", conversation_id="c", parent_id=None, role=Role.USER, text="a tomato"))
    searcher = Searcher(store)
    answers: list[Any] = []
    searcher.search(SearchRequest("tomato"), answers.append)
    assert [hit.message_id for hit in answers[0].hits] == ["m"]
    searcher.close()
