"""The list of fetches: what people do with it, and what waits from an earlier run."""

import asyncio
from pathlib import Path

import pytest

from pizzagpt_desktop.chat.tasks import TaskScope
from pizzagpt_desktop.domain.faults import FaultKind
from pizzagpt_desktop.engine.fetches import WENT_WRONG, Fetch, Fetches, FetchState
from tests.engine.test_fetching import FILE, MODEL, FileServer, straight, wanted
from tests.helpers.loopback import Loopback, Reply


async def told(fetches: Fetches, state: FetchState) -> Fetch:
    """The next fetch that is told to be in `state`."""
    found: asyncio.Future[Fetch] = asyncio.get_running_loop().create_future()

    def hear(fetch: Fetch) -> None:
        if fetch.state is state and not found.done():
            found.set_result(fetch)

    forget = fetches.subscribe(hear)
    try:
        return await asyncio.wait_for(found, 20)
    finally:
        forget()


async def test_a_fetch_is_paused_found_by_the_next_run_resumed_and_done(tmp_path: Path) -> None:
    scope = TaskScope()
    handler = FileServer()
    handler.hold_at = 2_000_000
    async with Loopback(handler) as server:
        first = Fetches(scope.spawn, tmp_path, straight)
        assert first.all() == []
        first.start(wanted(server))
        first.start(wanted(server))  # a second press does nothing
        while not (fetch := await told(first, FetchState.RUNNING)).progress.done:
            pass
        first.pause(FILE)
        fetch = await told(first, FetchState.PAUSED)
        assert 0 < fetch.progress.done < len(MODEL)

        second = Fetches(scope.spawn, tmp_path, straight)
        (waiting,) = second.all()
        assert waiting.state is FetchState.PAUSED
        assert waiting.progress.total == len(MODEL)
        handler.hold.set()
        second.resume(FILE)
        done = await told(second, FetchState.DONE)
        assert done.path == tmp_path / FILE
        assert done.path.read_bytes() == MODEL
    assert len(handler.asked) == 2
    assert await scope.close()


async def test_a_failure_says_why_and_can_be_taken_up_or_dropped(tmp_path: Path) -> None:
    scope = TaskScope()
    async with Loopback(Reply(status=404, end="length")) as server:
        fetches = Fetches(scope.spawn, tmp_path, straight)
        fetches.start(wanted(server))
        failed = await told(fetches, FetchState.FAILED)
        assert failed.fault is not None
        assert failed.fault.kind is FaultKind.NOT_FOUND
        server.handler = FileServer()
        fetches.resume(FILE)
        await told(fetches, FetchState.DONE)
        await fetches.drop(FILE)
        assert fetches.all() == []
    assert await scope.close()


async def test_the_end_of_the_program_pauses(tmp_path: Path) -> None:
    scope = TaskScope()
    handler = FileServer()
    handler.hold_at = 2_000_000
    async with Loopback(handler) as server:
        fetches = Fetches(scope.spawn, tmp_path, straight)
        fetches.start(wanted(server))
        while not (await told(fetches, FetchState.RUNNING)).progress.done:
            pass
        assert await scope.close()
        assert [fetch.state for fetch in fetches.all()] == [FetchState.PAUSED]
        handler.hold.set()


async def test_one_that_is_paused_before_it_began_is_paused(tmp_path: Path) -> None:
    scope = TaskScope()
    async with Loopback(FileServer()) as server:
        fetches = Fetches(scope.spawn, tmp_path, straight)
        fetches.start(wanted(server))
        fetches.pause(FILE)
        await told(fetches, FetchState.PAUSED)
        fetches.resume(FILE)
        await told(fetches, FetchState.DONE)
    assert await scope.close()


async def test_whatever_ends_it_it_can_be_taken_up_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    crashes: list[BaseException] = []
    scope = TaskScope(lambda _, error: crashes.append(error))
    broken = True

    def way(_: str) -> tuple[None, None]:
        if broken:
            raise ZeroDivisionError
        return None, None

    async with Loopback(FileServer()) as server:
        fetches = Fetches(scope.spawn, tmp_path, way)
        fetches.start(wanted(server))
        failed = await told(fetches, FetchState.FAILED)
        assert failed.fault is not None
        assert failed.fault.detail == WENT_WRONG
        broken = False
        caplog.clear()  # the report of the crash
        fetches.resume(FILE)
        await told(fetches, FetchState.DONE)
    assert len(crashes) == 1
    assert await scope.close()
