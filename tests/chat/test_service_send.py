"""Sending: what is stored before anything is asked, what is announced, and how replies end."""

import asyncio
from collections.abc import AsyncGenerator
from time import thread_time

import pytest

from pizzagpt_desktop.chat.events import ConversationAdded, MessageAdded, ReplyEnded, ReplyGrew, ReplyWaiting
from pizzagpt_desktop.domain.chunks import FinishReason, Reasoning, Skipped, ToolCall, Unfinished, Usage
from pizzagpt_desktop.domain.conversation import Role, Status
from pizzagpt_desktop.domain.faults import Fault, FaultKind, RefusedByService
from tests.helpers.sources import Prompter, ScriptedSource, saying


async def test_a_reply_is_stored_piece_by_piece_and_ends_complete(make_chat):
    source = ScriptedSource(saying("Hel", "lo", FinishReason("stop"), Usage({"output_tokens": 2})))
    chat = make_chat(source.choose)
    conversation = chat.library.create()
    reply = chat.service.send(conversation.id, "Say hello\nplease")
    ended = await chat.ended(reply)

    assert (ended.text, ended.status, ended.finish_reason) == ("Hello", Status.COMPLETE, "stop")
    assert ended.usage == {"output_tokens": 2}
    assert (ended.provider, ended.model, ended.route) == ("scripted", "recital-1", "nowhere")
    assert chat.store.message(reply.id).text == "Hello"
    assert source.asked == [[{"role": "user", "content": "Say hello\nplease"}]]
    assert [type(e) for e in chat.events[:3]] == [ConversationAdded, MessageAdded, MessageAdded]
    assert "".join(e.text for e in chat.of(ReplyGrew)) == "Hello"
    assert isinstance(chat.events[-1], ReplyEnded)
    assert chat.library.conversation(conversation.id).title == "Say hello"
    assert not chat.service.is_answering(conversation.id)


async def test_the_words_are_stored_before_anything_is_asked(make_chat):
    stored_when_asked = []

    async def script(_messages) -> AsyncGenerator[str, None]:
        stored_when_asked.extend((m.role, m.text, m.status) for m in chat.store.path("c"))
        yield "ok"

    chat = make_chat(ScriptedSource(script).choose)
    await chat.ended(chat.service.send("c", "keep me"))
    assert stored_when_asked == [
        (Role.USER, "keep me", Status.COMPLETE),
        (Role.ASSISTANT, "", Status.STREAMING),
    ]


@pytest.mark.parametrize("text", ["", " ", "\n\t "])
async def test_blank_text_is_not_sent(make_chat, text):
    source = ScriptedSource(saying("never"))
    chat = make_chat(source.choose)
    assert chat.service.send(chat.library.create().id, text) is None
    assert not chat.events
    assert not chat.store.conversations()


async def test_a_refusing_disk_gives_the_words_back_and_asks_nothing(make_chat):
    source = ScriptedSource(saying("never"))
    chat = make_chat(source.choose)
    chat.store.refuse = {"add_message"}
    with pytest.raises(Fault) as caught:
        chat.service.send("c", "keep me")
    assert caught.value.kind is FaultKind.STORAGE
    assert not source.asked
    assert not chat.events
    chat.store.refuse = set()
    await chat.ended(chat.service.send("c", "keep me"))
    assert len(chat.of(ConversationAdded)) == 1


async def test_one_conversation_has_one_running_reply_and_several_answer_at_once(make_chat):
    prompter = {"a": Prompter(), "b": Prompter()}
    chat = make_chat(lambda conversation: ScriptedSource(prompter[conversation.id].script))
    first, second = chat.service.send("a", "one"), chat.service.send("b", "two")
    assert chat.service.answering == {"a", "b"}
    assert chat.service.send("a", "more") is None
    assert chat.service.retry(first.id) is None
    prompter["b"].say("B")
    prompter["b"].end()
    assert (await chat.ended(second)).text == "B"
    assert chat.service.answering == {"a"}
    prompter["a"].say("A")
    prompter["a"].end()
    assert (await chat.ended(first)).text == "A"
    assert [m.text for m in chat.store.path("a")] == ["one", "A"]


@pytest.mark.parametrize(
    ("chunks", "status", "kind"),
    [
        (["text"], Status.COMPLETE, None),
        (["text", Unfinished()], Status.INTERRUPTED, None),
        ([Unfinished()], Status.FAILED, FaultKind.EMPTY),
        ([], Status.FAILED, FaultKind.EMPTY),
        ([" \n"], Status.FAILED, FaultKind.EMPTY),
        ([Reasoning("hm"), FinishReason("stop")], Status.FAILED, FaultKind.EMPTY),
        ([Reasoning("hm"), FinishReason("length")], Status.COMPLETE, None),
        ([ToolCall("t", "f", "{}")], Status.COMPLETE, None),
        ([FinishReason("content_filter")], Status.FAILED, FaultKind.CONTENT_FILTER),
        ([FinishReason("refusal")], Status.FAILED, FaultKind.CONTENT_FILTER),
        (["abc", FinishReason("content_filter")], Status.COMPLETE, None),
        ([Fault(FaultKind.NETWORK, "cut")], Status.FAILED, FaultKind.NETWORK),
        (["text", Fault(FaultKind.NETWORK, "cut")], Status.INTERRUPTED, FaultKind.NETWORK),
        (["text", Fault(FaultKind.TIME_OUT, "late")], Status.INTERRUPTED, FaultKind.TIME_OUT),
        (["text", Fault(FaultKind.SERVER, "broke")], Status.FAILED, FaultKind.SERVER),
        ([RefusedByService("Misuse detected")], Status.FAILED, FaultKind.REFUSED_BY_SERVICE),
    ],
)
async def test_every_end_has_its_honest_status(make_chat, chunks, status, kind):
    chat = make_chat(ScriptedSource(saying(*chunks)).choose)
    reply = chat.service.send("c", "go")
    ended = await chat.ended(reply)
    assert (ended.status, ended.fault and ended.fault.kind) == (status, kind)
    assert ended.text == "".join(chunk for chunk in chunks if isinstance(chunk, str))
    assert chat.store.message(reply.id).status is status


async def test_reasoning_tools_and_damage_are_kept_beside_the_text(make_chat):
    script = saying(
        Reasoning("think"),
        Skipped(2),
        object(),
        "say",
        ToolCall(None, "f", "{}"),
        Usage({"a": 1}),
        Usage({"b": 2}),
    )
    chat = make_chat(ScriptedSource(script).choose)
    ended = await chat.ended(chat.service.send("c", "go"))
    assert (ended.text, ended.reasoning, ended.skipped_events, ended.damaged) == ("say", "think", 2, True)
    assert ended.tool_calls == ({"id": None, "name": "f", "arguments": "{}"},)
    assert ended.usage == {"a": 1, "b": 2}
    assert "".join(e.reasoning for e in chat.of(ReplyGrew)) == "think"


async def test_faults_and_empty_replies_never_go_back_to_a_model(make_chat):
    sources = [
        ScriptedSource(saying(Fault(FaultKind.SERVER, "secret words of the fault"))),
        ScriptedSource(saying("fine"), system_prompt="Be brief."),
    ]
    left = iter(sources)
    chat = make_chat(lambda _conversation: next(left))
    await chat.ended(chat.service.send("c", "first"))
    await chat.ended(chat.service.send("c", "second"))
    assert sources[1].asked == [
        [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "first"},
            {"role": "user", "content": "second"},
        ]
    ]


async def test_where_no_source_can_be_chosen_the_words_are_kept_and_the_reply_says_why(make_chat):
    def choose(_conversation):
        raise Fault(FaultKind.SETTINGS, "No service was chosen.", hint="Choose one.")

    chat = make_chat(choose)
    reply = chat.service.send("c", "keep me")
    assert (reply.status, reply.fault.kind) == (Status.FAILED, FaultKind.SETTINGS)
    assert [m.text for m in chat.store.path("c")] == ["keep me", ""]
    assert chat.of(ReplyEnded) == [ReplyEnded(reply)]
    assert not chat.service.answering


async def test_exactly_one_request_unless_retries_are_asked_for(make_chat):
    source = ScriptedSource(saying(Fault(FaultKind.RATE_LIMIT, "slow down", retry_after_s=0)))
    chat = make_chat(source.choose)
    ended = await chat.ended(chat.service.send("c", "go"))
    assert (ended.status, len(source.asked)) == (Status.FAILED, 1)


async def test_a_rate_limit_is_waited_out_when_retries_are_asked_for(make_chat):
    fault = Fault(FaultKind.RATE_LIMIT, "slow down", retry_after_s=0)

    async def script(_messages):
        if len(source.asked) < 3:
            raise fault
        yield "at last"

    source = ScriptedSource(script, retries=2)
    chat = make_chat(source.choose)
    reply = chat.service.send("c", "go")
    ended = await chat.ended(reply)
    assert (ended.text, ended.status, len(source.asked)) == ("at last", Status.COMPLETE, 3)
    assert chat.of(ReplyWaiting) == [ReplyWaiting("c", reply.id, 0)] * 2


@pytest.mark.parametrize(
    "chunks",
    [
        [RefusedByService("go away")],
        [Fault(FaultKind.AUTH, "wrong key")],
        ["text", Fault(FaultKind.RATE_LIMIT, "slow down", retry_after_s=0)],
        [Reasoning("hm"), Fault(FaultKind.RATE_LIMIT, "slow down", retry_after_s=0)],
        [Fault(FaultKind.RATE_LIMIT, "slow down", retry_after_s=61)],
    ],
)
async def test_what_is_never_asked_again_by_itself(make_chat, chunks):
    source = ScriptedSource(saying(*chunks), retries=5)
    chat = make_chat(source.choose)
    ended = await chat.ended(chat.service.send("c", "go"))
    assert (ended.status, len(source.asked)) == (Status.FAILED, 1)


async def test_everything_is_announced_before_the_end_even_if_it_came_all_at_once(make_chat):
    async def script(_messages):
        for piece in ("all ", "at ", "once"):
            yield piece
        yield Reasoning("hm")

    chat = make_chat(ScriptedSource(script).choose)
    ended = await chat.ended(chat.service.send("c", "go"))
    assert "".join(e.text for e in chat.of(ReplyGrew)) == ended.text == "all at once"
    assert "".join(e.reasoning for e in chat.of(ReplyGrew)) == ended.reasoning == "hm"
    assert chat.events[-1] == ReplyEnded(ended)


async def test_a_burst_is_announced_in_few_pieces_and_the_loop_gets_its_turns(make_chat):
    async def script(_messages):
        until = thread_time() + 0.1  # of work: others may have the processor meanwhile
        while thread_time() < until:
            yield "x"

    chat = make_chat(ScriptedSource(script).choose)
    loop = asyncio.get_running_loop()
    turns: list[float] = []

    def turn() -> None:
        turns.append(loop.time())
        if chat.service.answering:
            loop.call_soon(turn)

    reply = chat.service.send("c", "go")
    loop.call_soon(turn)
    ended = await chat.ended(reply)
    assert len(ended.text) > 1000
    assert len(chat.of(ReplyGrew)) < 20
    assert len(turns) > 5
