"""Retry, edit, continue and switching branches: the tree grows, nothing is replaced."""

import pytest

from pizzagpt_desktop.chat.events import MessageAdded, PathChanged, ReplyEnded, ReplyGrew
from pizzagpt_desktop.chat.service import GO_ON
from pizzagpt_desktop.domain.chunks import Unfinished
from pizzagpt_desktop.domain.conversation import Status
from pizzagpt_desktop.domain.faults import Fault, FaultKind
from tests.helpers.sources import Prompter, ScriptedSource, saying


def texts(chat, conversation_id="c"):
    return [m.text for m in chat.library.path(conversation_id)]


@pytest.fixture
def numbered(make_chat):
    """A chat whose replies are "reply 1", "reply 2", …, and the source of each."""
    sources = []

    def choose(_conversation):
        sources.append(ScriptedSource(saying(f"reply {len(sources) + 1}")))
        return sources[-1]

    chat = make_chat(choose)
    chat.sources = sources
    return chat


async def test_retry_writes_a_sibling_and_keeps_the_old_reply(numbered):
    first = await numbered.ended(numbered.service.send("c", "question"))
    numbered.events.clear()
    second = await numbered.ended(numbered.service.retry(first.id))
    assert texts(numbered) == ["question", "reply 2"]
    assert numbered.library.siblings(second.id).ids == (first.id, second.id)
    assert numbered.store.message(first.id).text == "reply 1"
    assert numbered.sources[1].asked == [[{"role": "user", "content": "question"}]]
    assert numbered.events[0] == PathChanged("c")
    assert not numbered.of(MessageAdded)


async def test_retry_of_words_without_reply_answers_them(numbered):
    reply = numbered.service.send("c", "question")
    user_id = reply.parent_id
    await numbered.ended(reply)
    again = await numbered.ended(numbered.service.retry(user_id))
    assert again.parent_id == user_id


async def test_retry_of_an_older_reply_forgets_what_came_after_it(numbered):
    first = await numbered.ended(numbered.service.send("c", "one"))
    await numbered.ended(numbered.service.send("c", "two"))
    await numbered.ended(numbered.service.retry(first.id))
    assert texts(numbered) == ["one", "reply 3"]
    assert numbered.sources[2].asked == [[{"role": "user", "content": "one"}]]


async def test_edit_begins_a_branch_and_asks_with_the_new_words(numbered):
    reply = await numbered.ended(numbered.service.send("c", "question"))
    user_id = reply.parent_id
    numbered.events.clear()
    edited = numbered.service.edit(user_id, "better question")
    assert numbered.events[1] == PathChanged("c")
    assert numbered.events[2] == MessageAdded(edited)
    await numbered.ended(edited)
    assert texts(numbered) == ["better question", "reply 2"]
    assert numbered.library.siblings(edited.parent_id).ids == (user_id, edited.parent_id)
    assert numbered.service.edit(user_id, " ") is None
    with pytest.raises(ValueError):
        numbered.service.edit(reply.id, "not mine")


async def test_switching_back_shows_the_other_branch(numbered):
    first = await numbered.ended(numbered.service.send("c", "question"))
    await numbered.ended(numbered.service.retry(first.id))
    numbered.service.activate(first.id)
    assert texts(numbered) == ["question", "reply 1"]
    assert numbered.events[-1] == PathChanged("c")
    follow_up = await numbered.ended(numbered.service.send("c", "more"))
    assert texts(numbered) == ["question", "reply 1", "more", "reply 3"]
    assert follow_up.status is Status.COMPLETE


async def test_continue_appends_to_the_same_reply(make_chat):
    scripts = iter([saying("one ", Unfinished()), saying("two")])
    sources = []

    def choose(_conversation):
        sources.append(ScriptedSource(next(scripts)))
        return sources[-1]

    chat = make_chat(choose)
    reply = await chat.ended(chat.service.send("c", "count"))
    assert reply.status is Status.INTERRUPTED
    chat.events.clear()
    growing = chat.service.continue_reply(reply.id)
    assert (growing.id, growing.status, growing.text) == (reply.id, Status.STREAMING, "one ")
    assert chat.store.message(reply.id).status is Status.STREAMING
    assert chat.events == [PathChanged("c")]
    ended = await chat.ended(reply)
    assert (ended.text, ended.status) == ("one two", Status.COMPLETE)
    assert texts(chat) == ["count", "one two"]
    assert sources[1].asked == [
        [
            {"role": "user", "content": "count"},
            {"role": "assistant", "content": "one "},
            {"role": "user", "content": GO_ON},
        ]
    ]


async def test_a_continued_reply_that_is_stopped_keeps_the_old_text(make_chat):
    prompter = Prompter()
    scripts = iter([saying("one ", Unfinished()), prompter.script])
    chat = make_chat(lambda _c: ScriptedSource(next(scripts)))
    reply = await chat.ended(chat.service.send("c", "count"))
    chat.service.continue_reply(reply.id)
    chat.service.stop("c")
    stored = chat.store.message(reply.id)
    assert (stored.text, stored.status) == ("one ", Status.STOPPED)


async def test_the_path_shows_old_and_new_text_while_a_reply_is_continued(make_chat):
    prompter = Prompter()
    scripts = iter([saying("one ", Unfinished()), prompter.script])
    chat = make_chat(lambda _c: ScriptedSource(next(scripts)))
    reply = await chat.ended(chat.service.send("c", "count"))
    chat.service.continue_reply(reply.id)
    prompter.say("two")
    await chat.heard(lambda e: isinstance(e, ReplyGrew) and e.text == "two")
    assert texts(chat) == ["count", "one two"]
    chat.service.stop("c")


async def test_a_reply_without_text_is_retried_instead_of_continued(make_chat):
    scripts = iter([saying(Fault(FaultKind.SERVER, "broke")), saying("fine")])
    chat = make_chat(lambda _c: ScriptedSource(next(scripts)))
    reply = await chat.ended(chat.service.send("c", "go"))
    again = await chat.ended(chat.service.continue_reply(reply.id))
    assert again.id != reply.id
    assert texts(chat) == ["go", "fine"]


async def test_a_continuation_that_cannot_be_asked_keeps_text_and_state(make_chat):
    answers = [
        ScriptedSource(saying("one ", Unfinished())),
        Fault(FaultKind.SETTINGS, "No service was chosen."),
    ]

    def choose(_conversation):
        answer = answers.pop(0)
        if isinstance(answer, Fault):
            raise answer
        return answer

    chat = make_chat(choose)
    reply = await chat.ended(chat.service.send("c", "count"))
    failed = chat.service.continue_reply(reply.id)
    assert (failed.text, failed.status, failed.fault.kind) == ("one ", Status.INTERRUPTED, FaultKind.SETTINGS)
    assert chat.events[-1] == ReplyEnded(failed)


async def test_unknown_messages_are_key_errors(numbered):
    for command in (numbered.service.retry, numbered.service.activate, numbered.service.continue_reply):
        with pytest.raises(KeyError):
            command("nobody")
