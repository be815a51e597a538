"""Probes: synchronous questions, answers by call-back, never after a cancel; and the scope that runs them."""

import asyncio

import pytest

from pizzagpt_desktop.chat.probes import Probes
from pizzagpt_desktop.chat.tasks import TaskScope
from pizzagpt_desktop.domain.entered import Entered
from pizzagpt_desktop.domain.faults import Fault, FaultKind
from pizzagpt_desktop.domain.preferences import ServiceSettings
from pizzagpt_desktop.domain.proxy import ProxySettings
from pizzagpt_desktop.domain.trial import State, Step, Trial

WHERE = Entered(ServiceSettings(provider="openai"), "key", ProxySettings(), None)


class Runner:
    def __init__(self, answer):
        self.answer = answer
        self.asked = []

    async def list_models(self, *where):
        self.asked.append(where)
        await asyncio.sleep(0)
        if isinstance(self.answer, BaseException):
            raise self.answer
        return self.answer


@pytest.fixture
async def scope():
    scope = TaskScope()
    yield scope
    await scope.close()


async def test_models_and_faults_come_back(scope):
    fault = Fault(FaultKind.AUTH, "wrong key")
    for answer in (["m-1", "m-2"], fault):
        runner, told = Runner(answer), asyncio.get_running_loop().create_future()
        Probes(scope, lambda runner=runner: runner).list_models(WHERE, told.set_result)
        assert await asyncio.wait_for(told, 60) == answer
        assert runner.asked == [(WHERE,)]


async def test_steps_are_heard_as_they_come_and_not_after_a_cancel(scope):
    steps = [Step(name=name, state=State.OK, words="Fine.") for name in ("route", "name", "answer")]
    go_on = asyncio.Event()

    class Walker:
        async def try_route(self, entered, tell, ask_model):
            assert (entered, ask_model) == (WHERE, True)
            tell(steps[0])
            await go_on.wait()
            tell(steps[1])
            return Trial(route="here", steps=tuple(steps))

    heard, told = [], asyncio.get_running_loop().create_future()
    Probes(scope, Walker).try_route(WHERE, heard.append, told.set_result, ask_model=True)
    await asyncio.sleep(0)
    assert heard == steps[:1]
    go_on.set()
    assert (await asyncio.wait_for(told, 60)).route == "here"
    assert heard == steps[:2]
    go_on.clear()
    late, never = [], []
    cancel = Probes(scope, Walker).try_route(WHERE, late.append, never.append, ask_model=True)
    await asyncio.sleep(0)
    cancel()
    go_on.set()
    await scope.close()
    assert (late, never) == (steps[:1], [])


async def test_nothing_comes_after_a_cancel(scope):
    told = []
    cancel = Probes(scope, lambda: Runner(["m"])).list_models(WHERE, told.append)
    cancel()
    late = Probes(scope, lambda: Runner(["m"])).list_models(WHERE, told.append)
    await asyncio.sleep(0)
    late()
    await scope.close()
    assert not told


async def test_a_question_that_clings_is_not_heard_after_a_cancel_either(scope):
    class Clinging:
        async def list_models(self, *_where):
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                return ["too late"]

    told = []
    cancel = Probes(scope, Clinging).list_models(WHERE, told.append)
    await asyncio.sleep(0)
    cancel()
    assert await scope.close()
    assert not told


async def test_the_scope_reports_what_nobody_caught(caplog):
    crashes = []
    scope = TaskScope(lambda name, fault: crashes.append((name, type(fault))))

    async def broken():
        raise ZeroDivisionError

    task = scope.spawn(broken(), "broken")
    await asyncio.wait([task])
    await asyncio.sleep(0)
    assert crashes == [("broken", ZeroDivisionError)]
    assert "broken" in caplog.text
    caplog.clear()


async def test_the_scope_does_not_wait_for_ever(caplog):
    scope, let_go = TaskScope(), asyncio.Event()

    async def clinging():
        while not let_go.is_set():
            try:
                await let_go.wait()
            except asyncio.CancelledError:
                continue

    task = scope.spawn(clinging(), "clinging")
    await asyncio.sleep(0)
    assert not await scope.close(patience_s=0.01)
    assert "clinging" in caplog.text
    caplog.clear()
    let_go.set()
    await task
