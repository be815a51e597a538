"""Retry, edit, continue and switching branches: the tree grows, nothing is replaced."""

import pytest

from pizzagpt_desktop.chat.events import ConversationAdded, MessageAdded, PathChanged, ReplyEnded, ReplyGrew
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


async def test_remove_and_undo_bring_back_exactly_the_branch_and_what_was_shown(numbered):
    first = await numbered.ended(numbered.service.send("c", "question"))
    second = await numbered.ended(numbered.service.retry(first.id))
    await numbered.ended(numbered.service.send("c", "more"))
    shown = [m.id for m in numbered.library.path("c")]
    everything = [m.id for m in numbered.store.messages("c")]
    numbered.events.clear()
    undo = numbered.service.remove_branch(second.id)
    assert numbered.events == [PathChanged("c")]
    assert texts(numbered) == ["question", "reply 1"]
    assert numbered.library.siblings(first.id).ids == (first.id,)
    undo()
    assert [m.id for m in numbered.library.path("c")] == shown
    assert [m.id for m in numbered.store.messages("c")] == everything
    assert numbered.events[-1] == PathChanged("c")


async def test_removing_what_is_not_shown_and_its_undo_do_not_change_what_is(numbered):
    first = await numbered.ended(numbered.service.send("c", "question"))
    await numbered.ended(numbered.service.retry(first.id))
    undo = numbered.service.remove_branch(first.id)
    assert texts(numbered) == ["question", "reply 2"]
    undo()
    assert texts(numbered) == ["question", "reply 2"]
    assert len(numbered.library.siblings(first.id).ids) == 2


async def test_a_reply_in_a_removed_branch_is_stopped_and_one_beside_it_is_not(make_chat):
    prompters = []

    def choose(_conversation):
        prompters.append(Prompter())
        return ScriptedSource(prompters[-1].script)

    chat = make_chat(choose)
    first = chat.service.send("c", "question")
    prompters[-1].say("one")
    prompters[-1].end()
    await chat.ended(first)
    second = chat.service.retry(first.id)
    chat.service.remove_branch(first.id)
    assert chat.service.is_answering("c")
    undo = chat.service.remove_branch(second.parent_id)
    assert not chat.service.is_answering("c")
    assert texts(chat) == []
    undo()
    assert chat.library.path("c")[-1].status is Status.STOPPED


async def test_branch_off_copies_the_path_and_nothing_else(numbered):
    first = await numbered.ended(numbered.service.send("c", "question"))
    await numbered.ended(numbered.service.send("c", "more"))
    await numbered.ended(numbered.service.retry(first.id))
    numbered.library.pin("c", True)
    numbered.library.save_draft("c", "half a thought")
    numbered.events.clear()
    copy = numbered.service.branch_off(first.id)
    assert numbered.events == [ConversationAdded(copy)]
    assert (copy.title, copy.draft, copy.pinned) == ("question (branch)", "", False)
    assert texts(numbered, copy.id) == ["question", "reply 1"]
    assert len(numbered.store.messages(copy.id)) == 2
    assert texts(numbered) == ["question", "reply 3"]
    await numbered.ended(numbered.service.send(copy.id, "elsewhere"))
    assert len(numbered.store.messages("c")) == 5
    assert numbered.service.branch_off(numbered.library.path(copy.id)[0].id).title == "question (branch)"


async def test_a_growing_reply_is_copied_with_all_that_has_come(make_chat):
    prompter = Prompter()
    chat = make_chat(ScriptedSource(prompter.script).choose)
    growing = chat.service.send("c", "question")
    prompter.say("so far")
    await chat.heard(lambda e: isinstance(e, ReplyGrew))
    copy = chat.service.branch_off(growing.id)
    last = chat.library.path(copy.id)[-1]
    assert (last.text, last.status) == ("so far", Status.INTERRUPTED)
    assert chat.service.is_answering("c")
    chat.service.stop("c")


async def test_keep_is_stored_and_undone_by_going_on(make_chat):
    scripts = iter([saying("one ", Unfinished()), saying("two", Unfinished())])
    chat = make_chat(lambda _c: ScriptedSource(next(scripts)))
    reply = await chat.ended(chat.service.send("c", "count"))
    chat.events.clear()
    chat.service.keep(reply.id)
    assert chat.store.message(reply.id).kept
    assert chat.events == [PathChanged("c")]
    chat.service.continue_reply(reply.id)
    chat.events.clear()
    ended = await chat.ended(reply)
    assert (ended.text, ended.status, ended.kept) == ("one two", Status.INTERRUPTED, False)
    assert not chat.store.message(reply.id).kept


async def test_versions_are_the_siblings(numbered):
    first = await numbered.ended(numbered.service.send("c", "question"))
    await numbered.ended(numbered.service.retry(first.id))
    assert [m.text for m in numbered.service.versions(first.id)] == ["reply 1", "reply 2"]


async def test_an_edit_leaves_the_draft(numbered):
    reply = await numbered.ended(numbered.service.send("c", "question"))
    numbered.library.save_draft("c", "half a thought")
    await numbered.ended(numbered.service.edit(reply.parent_id, "better question"))
    assert numbered.store.conversation("c").draft == "half a thought"


async def test_a_disk_that_refuses_removes_and_copies_nothing(numbered):
    first = await numbered.ended(numbered.service.send("c", "question"))
    numbered.store.refuse = {"remove_branch", "copy_conversation", "keep"}
    for command in (numbered.service.remove_branch, numbered.service.branch_off, numbered.service.keep):
        with pytest.raises(Fault):
            command(first.id)
    assert texts(numbered) == ["question", "reply 1"]
    assert len(numbered.store.conversations()) == 1
