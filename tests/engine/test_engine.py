"""The engine with the real native one in its child process, on tiny models."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest

from pizzagpt_desktop.chat.tasks import TaskScope
from pizzagpt_desktop.domain.chunks import FinishReason, Usage
from pizzagpt_desktop.domain.faults import Fault, FaultKind
from pizzagpt_desktop.domain.local import NO_LOCAL, LocalSettings
from pizzagpt_desktop.engine.computer import Computer
from pizzagpt_desktop.engine.engine import Engine, load_of
from pizzagpt_desktop.engine.news import EngineState
from pizzagpt_desktop.providers.local import Local
from pizzagpt_desktop.storage.model_seats import ModelSeats
from tests.helpers.gguf_bytes import U32, entry, head
from tests.helpers.llama_server import LOOP, MODELS, PARROT
from tests.helpers.recited_text import RECITED

pytestmark = [pytest.mark.counterpart, pytest.mark.timeout(90)]
HELLO = [{"role": "user", "content": "Hello?"}]


class ThisComputer(Computer):
    """The tiny models, with settings that a test may change."""

    def __init__(self, scope: TaskScope, folder: Path = MODELS, **more: Any) -> None:
        super().__init__(scope.spawn, folder, lambda: self.now, **more)
        self.now = NO_LOCAL
        self.scope = scope


@pytest.fixture
async def computer(_no_leaked_task: None) -> AsyncIterator[ThisComputer]:
    scope = TaskScope()
    computer = ThisComputer(scope)
    yield computer
    await computer.close()
    assert await scope.close()


def ask(computer: Any, model: str = "tiny-parrot", local: LocalSettings = NO_LOCAL, **more: Any) -> Any:
    return Local.create_async_generator(model, HELLO, computer=computer, local=local, temperature=0.0, **more)


def text_of(chunks: list[Any]) -> str:
    return "".join(chunk for chunk in chunks if isinstance(chunk, str))


async def wait_for(fact: Any, seconds: float = 20.0) -> None:
    async with asyncio.timeout(seconds):
        while not fact():  # noqa: ASYNC110  (facts of another process: nothing tells of them)
            await asyncio.sleep(0.01)


def is_there(process_id: int) -> bool:
    try:
        return Path(f"/proc/{process_id}/stat").read_text().split(")")[-1].split()[0] != "Z"
    except OSError:
        return False


async def test_a_reply_of_a_model_in_a_file_is_exact_and_says_how_long_it_took(computer: Any) -> None:
    chunks = [chunk async for chunk in ask(computer)]
    assert text_of(chunks) == RECITED
    assert [chunk.reason for chunk in chunks if isinstance(chunk, FinishReason)] == ["stop"]
    counts: dict[str, int] = {}
    for chunk in chunks:
        if isinstance(chunk, Usage):
            counts |= chunk.counts
    assert counts["completion_tokens"] > 10
    assert counts["context_size"] == 2048
    assert {"first_token_ms", "answer_ms", "prompt_ms", "prompt_tokens"} <= counts.keys()
    assert computer.engine.news.value.state is EngineState.READY


async def test_the_process_loads_once_for_many_replies_and_anew_for_another_model(computer: Any) -> None:
    [chunk async for chunk in ask(computer)]
    first = computer.engine.process_id
    await asyncio.gather(*(drained(ask(computer)) for _ in range(3)))
    assert computer.engine.process_id == first
    async with aclosing(ask(computer, "tiny-loop")) as chunks:
        async for chunk in chunks:
            if isinstance(chunk, str):
                break
    assert computer.engine.process_id != first
    assert not is_there(first)


async def drained(chunks: Any) -> str:
    return text_of([chunk async for chunk in chunks])


async def test_another_model_waits_until_the_reply_of_the_first_has_ended(computer: Any) -> None:
    loop = ask(computer, "tiny-loop")
    async for chunk in loop:
        if isinstance(chunk, str):
            break
    other = computer.scope.spawn(drained(ask(computer)), "other")
    first = computer.engine.process_id
    async for chunk in loop:  # goes on while the other one waits
        if isinstance(chunk, str):
            break
    assert not other.done()
    assert is_there(first)
    await loop.aclose()
    assert await other == RECITED


@pytest.mark.parametrize("sign", [signal.SIGKILL, signal.SIGSEGV, signal.SIGABRT])
async def test_a_process_that_crashes_is_said_to_have_and_the_next_request_starts_it_anew(
    computer: Any, sign: signal.Signals
) -> None:
    texts: list[str] = []
    with pytest.raises(Fault) as caught:
        async for chunk in ask(computer, "tiny-loop"):
            if isinstance(chunk, str):
                texts.append(chunk)
                if len(texts) == 3:
                    os.kill(computer.engine.process_id, sign)
    assert caught.value.kind is FaultKind.ENGINE
    assert "The model process ended" in caught.value.detail
    assert ("memory" in caught.value.detail) == (sign is signal.SIGKILL)
    assert len(texts) >= 3
    assert computer.engine.news.value.state is EngineState.ENDED
    assert await drained(ask(computer)) == RECITED


async def test_a_process_that_hangs_is_told_and_can_be_started_anew(computer: Any) -> None:
    news: list[EngineState] = []
    computer.engine.news.subscribe(lambda value: news.append(value.state))
    loop = ask(computer, "tiny-loop")
    async for chunk in loop:
        if isinstance(chunk, str):
            break
    os.kill(computer.engine.process_id, signal.SIGSTOP)
    await wait_for(lambda: EngineState.SILENT in news)
    os.kill(computer.engine.process_id, signal.SIGCONT)
    await wait_for(lambda: news[-1] is EngineState.READY)
    os.kill(computer.engine.process_id, signal.SIGSTOP)
    await wait_for(lambda: news[-1] is EngineState.SILENT)
    computer.engine.restart()
    with pytest.raises(Fault) as caught:
        async for _ in loop:
            pass
    assert caught.value.kind is FaultKind.ENGINE
    assert await drained(ask(computer)) == RECITED


async def test_a_model_is_let_go_of_after_a_while_without_use(computer: Any) -> None:
    load = load_of(PARROT, 512)
    async with computer.engine.lend(load, idle_s=0.05):
        process_id = computer.engine.process_id
        await asyncio.sleep(0.15)  # in use, and so not idle
        assert is_there(process_id)
    await wait_for(lambda: computer.engine.news.value.state is EngineState.OFF)
    assert not is_there(process_id)
    assert await drained(ask(computer)) == RECITED


async def test_a_file_that_is_no_model_never_meets_native_code(tmp_path: Path) -> None:
    (tmp_path / "broken.gguf").write_bytes(PARROT.read_bytes()[:200])
    scope = TaskScope()
    computer = ThisComputer(scope, tmp_path, command=["/nonexistent"])
    with pytest.raises(Fault) as caught:
        await drained(ask(computer, "broken"))
    assert caught.value.kind is FaultKind.ENGINE
    assert "Not a usable model file" in caught.value.detail
    assert computer.engine.news.value.state is EngineState.OFF


async def test_a_process_that_cannot_be_started_is_a_fault_and_no_crash() -> None:
    crashes: list[BaseException] = []
    scope = TaskScope(lambda _, error: crashes.append(error))
    engine = Engine(scope.spawn, command=["/nonexistent"])
    for _ in range(2):
        with pytest.raises(Fault, match="could not be started: No such file") as caught:
            async with engine.lend(load_of(PARROT, 512)):
                pass
        assert caught.value.kind is FaultKind.ENGINE
    await engine.close()
    assert await scope.close()
    assert crashes == []


async def test_a_model_that_was_not_made_to_answer_is_not_loaded(tmp_path: Path) -> None:
    (tmp_path / "embedding.gguf").write_bytes(head(entry("llama.pooling_type", U32, 1)))
    computer = ThisComputer(TaskScope(), tmp_path, command=["/nonexistent"])
    with pytest.raises(Fault) as caught:
        await drained(ask(computer, "embedding"))
    assert "embedding model" in caught.value.detail
    assert computer.engine.news.value.state is EngineState.OFF


async def test_a_model_whose_weights_are_cut_is_refused_in_words(tmp_path: Path, computer: Any) -> None:
    """Our own reader sees that the tensors end beyond the file; the engine is not asked."""
    (tmp_path / "cut.gguf").write_bytes(PARROT.read_bytes()[:300_000])
    computer = ThisComputer(computer.scope, tmp_path)
    with pytest.raises(Fault) as caught:
        await drained(ask(computer, "cut"))
    assert caught.value.kind is FaultKind.ENGINE


async def test_what_native_code_says_of_a_model_it_refuses_is_passed_on(tmp_path: Path) -> None:
    """The loader is asked directly here, as for a fault that our reader does not know of."""
    (tmp_path / "cut.gguf").write_bytes(PARROT.read_bytes()[:300_000])
    scope = TaskScope()
    engine = Engine(scope.spawn)
    with pytest.raises(Fault) as caught:
        async with engine.lend(load_of(tmp_path / "cut.gguf", 512)):
            pass
    assert "could not be loaded" in caught.value.detail
    assert "corrupted or incomplete" in caught.value.detail
    await engine.close()
    assert await scope.close()


@pytest.mark.parametrize(("mebibytes", "context"), [(19, 0), (48, 0), (400, 3_000_000)])
async def test_memory_beyond_what_is_allowed_ends_in_words(
    computer: Any, mebibytes: int, context: int
) -> None:
    """It ends in a crash, or in a loader that has no words for what it does not get."""
    computer.now = LocalSettings(memory_limit=mebibytes * 1024 * 1024, context=context, threads=1)
    with pytest.raises(Fault) as caught:
        await drained(ask(computer))
    assert caught.value.kind is FaultKind.ENGINE
    assert "more memory than the" in caught.value.detail
    assert caught.value.hint.startswith("Allow more")
    computer.now = NO_LOCAL
    assert await drained(ask(computer)) == RECITED


async def test_stop_frees_the_only_slot(computer: Any) -> None:
    async with aclosing(ask(computer, "tiny-loop")) as chunks:
        async for chunk in chunks:
            if isinstance(chunk, str):
                break
    async with aclosing(ask(computer, "tiny-loop")) as chunks:
        async with asyncio.timeout(20):
            assert [chunk async for chunk in first_text(chunks)]


async def first_text(chunks: Any) -> AsyncIterator[str]:
    async for chunk in chunks:
        if isinstance(chunk, str):
            yield chunk
            return


async def test_a_stopped_load_goes_on_and_serves_the_next_request(computer: Any) -> None:
    task = computer.scope.spawn(drained(ask(computer)), "first")
    await wait_for(lambda: computer.engine.news.value.state is EngineState.LOADING)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    process_id = computer.engine.process_id
    assert await drained(ask(computer)) == RECITED
    assert process_id in (None, computer.engine.process_id)


async def test_two_programs_load_a_file_once(tmp_path: Path, computer: Any) -> None:
    seats = ModelSeats(tmp_path / "seats")
    load = load_of(PARROT, 2048)
    other = ThisComputer(computer.scope, seats=lambda: seats)
    one, two = Engine(computer.scope.spawn, seats), other.engine
    async with one.lend(load) as own, two.lend(load) as lent:
        assert own.child is not None
        assert lent.child is None
        assert (lent.address, lent.key) == (own.address, own.key)
        told = next((tmp_path / "seats").glob("*.json"))
        assert told.stat().st_mode & 0o777 == 0o600
    assert await drained(ask(other)) == RECITED
    await one.close()
    assert not told.exists()
    assert await drained(ask(other)) == RECITED  # it loads the file itself now
    assert two.process_id is not None
    await two.close()


async def test_the_key_is_neither_an_argument_nor_in_the_environment(computer: Any) -> None:
    async with computer.engine.lend(load_of(PARROT, 512)) as loan:
        place = Path(f"/proc/{computer.engine.process_id}")
        for name in ("cmdline", "environ"):
            assert loan.key.encode() not in (place / name).read_bytes()
        assert loan.address.startswith("http://127.0.0.1:")


PARENT = """
import asyncio, sys
from pizzagpt_desktop.chat.tasks import TaskScope
from pizzagpt_desktop.engine.computer import Computer
from pizzagpt_desktop.engine.engine import Engine, load_of
from pathlib import Path

async def main():
    engine = Engine(TaskScope().spawn)
    async with engine.lend(load_of(Path(sys.argv[1]), 512)):
        print(engine.process_id, flush=True)
        await asyncio.sleep(60)

asyncio.run(main())
"""


async def test_the_child_dies_with_a_parent_that_is_killed() -> None:
    parent = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PARENT, str(LOOP), stdout=asyncio.subprocess.PIPE
    )
    assert parent.stdout is not None
    process_id = int(await parent.stdout.readline())
    assert is_there(process_id)
    parent.kill()
    await parent.wait()
    await wait_for(lambda: not is_there(process_id), 5)


async def test_a_file_that_changed_is_judged_anew(tmp_path: Path, computer: Any) -> None:
    path = tmp_path / "parrot.gguf"
    path.write_bytes(PARROT.read_bytes())
    mine = ThisComputer(computer.scope, tmp_path)
    assert (await mine.load_for("parrot")).path == str(path)
    path.write_bytes(PARROT.read_bytes()[:100])
    with pytest.raises(Fault) as caught:
        await mine.load_for("parrot")
    assert "Not a usable model file" in caught.value.detail


async def test_exact_token_counts_come_from_the_loaded_model(computer: Any) -> None:
    one = await Local.count_tokens(HELLO, "tiny-parrot", computer)
    two = await Local.count_tokens([{"role": "user", "content": "Hello? Hello?"}], "tiny-parrot", computer)
    assert 0 < one < two


async def test_a_server_of_ones_own_is_asked_the_same_way() -> None:
    from tests.helpers.llama_server import llama_server

    with llama_server(key="sk-own") as server:
        chunks = Local.create_async_generator(
            "tiny-parrot", HELLO, base_url=server.base_url, api_key="sk-own", temperature=0.0
        )
        assert await drained(chunks) == RECITED
