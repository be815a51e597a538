"""Stopping: felt at once, text kept, nothing heard afterwards; and closing, which stops everything."""

import asyncio

import pytest

from pizzagpt_desktop.chat.events import ReplyEnded, ReplyGrew
from pizzagpt_desktop.domain.conversation import Status
from tests.helpers.sources import Prompter, ScriptedSource


@pytest.fixture
def prompter():
    return Prompter()


async def grown(chat, text):
    await chat.heard(lambda _e: "".join(e.text for e in chat.of(ReplyGrew)) == text)


async def test_stop_keeps_the_text_and_is_announced_before_it_returns(make_chat, prompter):
    chat = make_chat(ScriptedSource(prompter.script).choose)
    reply = chat.service.send("c", "go")
    prompter.say("so far")
    await grown(chat, "so far")
    chat.service.stop("c")
    ended = chat.events[-1]
    assert isinstance(ended, ReplyEnded)
    assert (ended.message.status, ended.message.text) == (Status.STOPPED, "so far")
    assert chat.store.message(reply.id).status is Status.STOPPED
    assert not chat.service.is_answering("c")
    async with asyncio.timeout(5):
        await prompter.closed.wait()


async def test_stop_announces_and_keeps_what_was_not_announced_yet(make_chat, prompter):
    chat = make_chat(ScriptedSource(prompter.script).choose)
    chat.service.send("c", "go")
    prompter.say("one")
    await grown(chat, "one")
    prompter.say(" two")
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    chat.service.stop("c")
    assert "".join(e.text for e in chat.of(ReplyGrew)) == "one two"
    assert chat.events[-1].message.text == "one two"


async def test_nothing_of_a_stopped_reply_is_heard_afterwards_even_if_its_source_clings(make_chat):
    let_go, reached = asyncio.Event(), asyncio.Event()

    async def clinging(_messages):
        yield "a"
        reached.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            await let_go.wait()
        yield "too late"

    chat = make_chat(ScriptedSource(clinging).choose)
    chat.service.send("c", "go")
    async with asyncio.timeout(5):
        await reached.wait()
    chat.service.stop("c")
    heard = len(chat.events)
    let_go.set()
    assert await chat.scope.close()
    assert len(chat.events) == heard


async def test_a_reply_stopped_before_its_task_began_is_stopped(make_chat, prompter):
    source = ScriptedSource(prompter.script)
    chat = make_chat(source.choose)
    reply = chat.service.send("c", "go")
    chat.service.stop("c")
    assert chat.store.message(reply.id).status is Status.STOPPED
    await chat.scope.close()
    assert not source.asked


async def test_a_listener_may_stop_the_reply_as_soon_as_it_hears_of_it(make_chat, prompter):
    source = ScriptedSource(prompter.script)
    chat = make_chat(source.choose)
    chat.service._announcer.subscribe(lambda _event: chat.service.stop("c"))
    reply = chat.service.send("c", "go")
    assert chat.store.message(reply.id).status is Status.STOPPED
    assert len(chat.of(ReplyEnded)) == 1
    assert not source.asked


async def test_one_can_go_on_writing_at_once_after_a_stop(make_chat):
    prompters = [Prompter(), Prompter()]
    left = iter(prompters)
    chat = make_chat(lambda _c: ScriptedSource(next(left).script))
    chat.service.send("c", "one")
    chat.service.stop("c")
    second = chat.service.send("c", "two")
    prompters[1].say("answer")
    prompters[1].end()
    assert (await chat.ended(second)).text == "answer"


async def test_stopping_what_does_not_answer_does_nothing(make_chat, prompter):
    chat = make_chat(ScriptedSource(prompter.script).choose)
    chat.service.stop("nobody")
    assert not chat.events


async def test_close_stops_everything_and_saves_it(make_chat):
    prompters = {"a": Prompter(), "b": Prompter()}
    chat = make_chat(lambda c: ScriptedSource(prompters[c.id].script))
    replies = [chat.service.send(name, "go") for name in prompters]
    for prompter in prompters.values():
        prompter.say("text")
    await chat.heard(lambda _e: len(chat.of(ReplyGrew)) == 2)
    assert await chat.service.close()
    for reply in replies:
        stored = chat.store.message(reply.id)
        assert (stored.status, stored.text) == (Status.STOPPED, "text")


async def test_a_cancelled_task_ends_its_reply_as_stopped(make_chat, prompter):
    chat = make_chat(ScriptedSource(prompter.script).choose)
    reply = chat.service.send("c", "go")
    prompter.say("text")
    await grown(chat, "text")
    await chat.scope.close()
    assert chat.store.message(reply.id).status is Status.STOPPED


async def test_a_mistake_in_a_source_ends_the_reply_and_is_reported(make_chat, caplog):
    async def broken(_messages):
        yield "text"
        raise ZeroDivisionError

    chat = make_chat(ScriptedSource(broken).choose)
    ended = await chat.ended(chat.service.send("c", "go"))
    assert (ended.status, ended.text) == (Status.FAILED, "text")
    await asyncio.sleep(0)
    assert [type(fault) for fault in chat.crashes] == [ZeroDivisionError]
    chat.crashes.clear()
    caplog.clear()
