"""Checkpoints, and a disk that refuses: the chat goes on, and what waited is saved later."""

import asyncio

from pizzagpt_desktop.chat import answering
from pizzagpt_desktop.chat.events import ReplyEnded, ReplyGrew, SavingFailed, SavingResumed
from pizzagpt_desktop.domain.conversation import Status
from pizzagpt_desktop.domain.faults import Fault, FaultKind
from tests.helpers.sources import Prompter, ScriptedSource, saying

CUT = Fault(FaultKind.NETWORK, "cut")


async def test_growing_text_is_stored_while_it_grows_and_only_when_it_grew(make_chat, monkeypatch):
    monkeypatch.setattr(answering, "CHECKPOINT_S", 0.02)
    prompter, stored = Prompter(), asyncio.Queue()
    chat = make_chat(ScriptedSource(prompter.script).choose)
    reply = chat.service.send("c", "go")
    chat.store.on_write = stored.put_nowait
    for piece, whole in (("some ", "some "), ("text", "some text")):
        prompter.say(piece)
        assert await asyncio.wait_for(stored.get(), 60) == "checkpoint"
        await asyncio.sleep(0)
        assert chat.store.message(reply.id).text == whole
        assert chat.store.message(reply.id).status is Status.STREAMING
        assert stored.empty()
    prompter.end()
    await chat.ended(reply)
    assert stored.get_nowait() == "finish_message"
    assert stored.empty()


async def test_checkpoints_are_bounded_however_many_pieces_come(make_chat):
    async def script(_messages):
        until = asyncio.get_running_loop().time() + 0.6
        while asyncio.get_running_loop().time() < until:
            yield "x"
            await asyncio.sleep(0)

    chat = make_chat(ScriptedSource(script).choose)
    await chat.ended(chat.service.send("c", "go"))
    assert 1 <= chat.store.writes.count("checkpoint") <= 3


async def test_a_refusal_is_announced_once_and_the_chat_goes_on(make_chat, monkeypatch):
    monkeypatch.setattr(answering, "CHECKPOINT_S", 0.0)
    prompter = Prompter()
    chat = make_chat(ScriptedSource(prompter.script).choose)
    reply = chat.service.send("c", "go")
    chat.store.refuse = {"checkpoint", "finish_message"}
    for piece in ("a", "b", "c"):
        prompter.say(piece)
        await chat.heard(lambda _e, p=piece: "".join(e.text for e in chat.of(ReplyGrew)).endswith(p))
        await chat.heard(lambda e: isinstance(e, SavingFailed))
    prompter.end()
    ended = await chat.ended(reply)
    assert (ended.text, ended.status) == ("abc", Status.COMPLETE)
    assert len(chat.of(SavingFailed)) == 1
    assert not chat.of(SavingResumed)
    assert chat.store.message(reply.id).status is Status.STREAMING
    assert chat.library.path("c")[-1] == ended, "what is shown does not depend on the disk"

    chat.store.refuse = set()
    await chat.service.close()
    assert chat.of(SavingResumed)
    assert chat.store.message(reply.id).text == "abc"
    assert chat.store.message(reply.id).status is Status.COMPLETE
    assert chat.library.path("c")[-1].text == "abc"


async def test_what_waited_is_saved_before_the_next_words_and_in_its_place(make_chat):
    chat = make_chat(ScriptedSource(saying("fine")).choose)
    first = chat.service.send("c", "one")
    chat.store.refuse = {"finish_message"}
    await chat.ended(first)
    chat.store.refuse = set()
    await chat.ended(chat.service.send("c", "two"))
    assert [m.text for m in chat.store.path("c")] == ["one", "fine", "two", "fine"]
    assert chat.store.message(first.id).status is Status.COMPLETE
    assert len(chat.of(SavingResumed)) == 1


async def test_a_reply_whose_row_was_refused_is_stored_with_its_end(make_chat):
    chat = make_chat(ScriptedSource(saying("fine")).choose)

    def choose(_conversation):
        chat.store.refuse = {"add_message"}  # after the user's words, before the reply's row
        return ScriptedSource(saying("fine"))

    chat.service._choose = choose
    reply = chat.service.send("c", "one")
    assert chat.store.message(reply.id) is None
    chat.store.refuse = set()
    await chat.ended(reply)
    assert [m.text for m in chat.store.path("c")] == ["one", "fine"]
    assert len(chat.of(SavingFailed)) == len(chat.of(SavingResumed)) == 1


async def test_a_reply_without_a_row_can_be_retried_and_continued(make_chat):
    source = ScriptedSource(saying("fi", CUT))
    chat = make_chat(source.choose)

    def choose(_conversation):
        chat.store.refuse = {"add_message"}
        return source

    chat.service._choose = choose
    reply = chat.service.send("c", "one")
    assert (await chat.ended(reply)).status is Status.INTERRUPTED
    again = chat.service.retry(reply.id)
    assert again.parent_id == reply.parent_id
    await chat.ended(again)
    source.script = saying("ne")
    on = chat.service.continue_reply(reply.id)
    await chat.heard(lambda e: isinstance(e, ReplyEnded) and e.message.text == "fine")
    assert {"role": "assistant", "content": "fi"} in source.asked[-1]
    assert on.id == reply.id
    chat.store.refuse = set()
    await chat.service.close()
    assert chat.store.message(reply.id).text == "fine"
    assert chat.store.message(again.id).text == "fi"


async def test_a_growing_reply_is_announced_where_the_disk_cannot_be_read(make_chat):
    prompter = Prompter()
    chat = make_chat(ScriptedSource(prompter.script).choose)
    reply = chat.service.send("c", "go")
    message = chat.store.message

    def unreadable(_id):
        raise Fault(FaultKind.STORAGE, "the disk cannot be read")

    chat.store.message = unreadable
    prompter.say("text")
    await chat.heard(lambda e: isinstance(e, ReplyGrew) and e.text == "text")
    chat.store.message = message
    assert chat.library.path("c")[-1].text == "text"
    prompter.end()
    assert (await chat.ended(reply)).text == "text"


async def test_a_reply_that_waits_to_be_saved_still_goes_to_the_model_as_it_is(make_chat):
    source = ScriptedSource(saying("fine"))
    chat = make_chat(source.choose)
    first = chat.service.send("c", "one")
    chat.store.refuse = {"finish_message"}
    await chat.ended(first)
    await chat.ended(chat.service.send("c", "two"))
    assert source.asked[1] == [
        {"role": "user", "content": "one"},
        {"role": "assistant", "content": "fine"},
        {"role": "user", "content": "two"},
    ]
    chat.store.refuse = set()


async def test_a_duplicate_holds_what_is_shown_of_a_growing_reply(make_chat):
    prompter = Prompter()
    chat = make_chat(ScriptedSource(prompter.script).choose)
    reply = chat.service.send("c", "go")
    prompter.say("shown, not stored yet")
    await chat.heard(lambda e: isinstance(e, ReplyGrew))
    copy = chat.library.duplicate("c")
    assert [m.text for m in chat.library.path(copy.id)] == ["go", "shown, not stored yet"]
    prompter.end()
    await chat.ended(reply)
