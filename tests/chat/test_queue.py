"""The queue: what is sent when, what pauses it, and that no message is lost or sent twice."""

import pytest

from pizzagpt_desktop.chat.events import ConversationChanged, MessageAdded, ReplyEnded, SavingFailed
from pizzagpt_desktop.chat.service import ChatService
from pizzagpt_desktop.domain.chunks import FinishReason, Unfinished
from pizzagpt_desktop.domain.conversation import Conversation, Queued, Role, Status
from pizzagpt_desktop.domain.faults import Fault, FaultKind
from tests.helpers.sources import Prompter, ScriptedSource


class Prompted:
    """A chat whose replies the test writes, each with a prompter of its own."""

    def __init__(self, make_chat):
        self.prompters = []
        self.chat = make_chat(self.choose)
        self.service, self.store = self.chat.service, self.chat.store

    def choose(self, _conversation):
        self.prompters.append(Prompter())
        return ScriptedSource(self.prompters[-1].script)

    async def end(self, *chunks):
        """The running reply says `chunks` and ends."""
        reply = self.store.path("c")[-1]
        self.prompters[-1].say(*chunks)
        self.prompters[-1].end()
        return await self.chat.ended(reply)

    def texts(self, identity="c"):
        return [queued.text for queued in self.service.queued(identity)]

    def said(self):
        return [m.text for m in self.store.path("c") if m.role is Role.USER]


@pytest.fixture
def prompted(_no_leaked_task, make_chat):
    return Prompted(make_chat)


async def test_complete_replies_send_what_waits_in_order(prompted):
    prompted.service.send("c", "one")
    two = prompted.service.queue("c", "two")
    prompted.service.queue("c", "three")
    assert not prompted.service.is_queue_paused("c")
    ended = await prompted.end("1")
    assert prompted.said() == ["one", "two"]
    assert prompted.store.path("c")[2].id == two.id
    assert prompted.texts() == ["three"]
    events = prompted.chat.events
    at = events.index(ReplyEnded(ended))
    assert not any(isinstance(e, MessageAdded) and e.message.text == "two" for e in events[:at])
    await prompted.end("2")
    await prompted.end("3")
    assert prompted.said() == ["one", "two", "three"]
    assert prompted.texts() == []


async def test_a_queue_is_stored_with_each_change_and_takes_the_draft_with_it(prompted):
    prompted.service.send("c", "one")
    prompted.chat.library.save_draft("c", "two")
    first = prompted.service.queue("c", "two")
    stored = prompted.store.conversation("c")
    assert (stored.draft, stored.queue) == ("", (first,))
    prompted.chat.library.save_draft("c", "half a thought")
    second = prompted.service.queue("c", "three")
    prompted.service.move_queued("c", second.id, 0)
    prompted.service.edit_queued("c", first.id, "zwei")
    assert prompted.store.conversation("c").queue == (second, Queued(first.id, "zwei"))
    undo = prompted.service.drop_queued("c", second.id)
    assert prompted.texts() == ["zwei"]
    undo()
    undo()
    assert prompted.texts() == ["three", "zwei"]
    changed = prompted.chat.of(ConversationChanged)[-1].conversation
    assert changed.queue == prompted.store.conversation("c").queue


async def test_what_is_sent_from_the_queue_leaves_the_draft(prompted):
    prompted.service.send("c", "one")
    prompted.service.queue("c", "two")
    prompted.chat.library.save_draft("c", "half a thought")
    await prompted.end("1")
    assert prompted.said() == ["one", "two"]
    assert prompted.store.conversation("c").draft == "half a thought"


@pytest.mark.parametrize(
    ("chunks", "status"),
    [
        ((Fault(FaultKind.SERVER, "broke"),), Status.FAILED),
        (("half", Fault(FaultKind.NETWORK, "gone")), Status.INTERRUPTED),
        (("half", Unfinished()), Status.INTERRUPTED),
        ((), Status.FAILED),
    ],
)
async def test_every_other_end_pauses(prompted, chunks, status):
    prompted.service.send("c", "one")
    prompted.service.queue("c", "two")
    assert (await prompted.end(*chunks)).status is status
    assert prompted.service.is_queue_paused("c")
    assert prompted.said() == ["one"]
    assert prompted.texts() == ["two"]
    again = prompted.service.retry(prompted.store.path("c")[-1].id)
    await prompted.end("better")
    assert again.id == prompted.store.path("c")[-1].id
    assert prompted.said() == ["one"], "a paused queue waits for the user, whatever else is complete"
    prompted.service.send_queued_now("c")
    assert prompted.said() == ["one", "two"]


async def test_a_reply_cut_at_the_token_limit_is_complete(prompted):
    prompted.service.send("c", "one")
    prompted.service.queue("c", "two")
    await prompted.end("1", FinishReason("length"))
    assert prompted.said() == ["one", "two"]


async def test_stopping_pauses_and_closing_sends_nothing(prompted):
    prompted.service.send("c", "one")
    prompted.service.queue("c", "two")
    prompted.service.stop("c")
    assert prompted.service.is_queue_paused("c")
    assert prompted.said() == ["one"]
    prompted.service.send_queued_now("c")
    prompted.service.queue("c", "three")
    await prompted.service.close()
    assert prompted.said() == ["one", "two"]
    assert prompted.store.conversation("c").queue[0].text == "three"


async def test_a_new_start_finds_the_queue_paused(prompted):
    prompted.store.add_conversation(Conversation(id="old", queue=(Queued("q", "left"),)))
    assert prompted.texts("old") == ["left"]
    assert prompted.service.is_queue_paused("old")
    reply = prompted.service.send_queued_now("old")
    assert prompted.store.message("q").text == "left"
    assert reply.parent_id == "q"


async def test_nothing_is_sent_after_a_reply_that_is_not_shown_any_more(prompted):
    prompted.service.send("c", "zero")
    other = await prompted.end("0")
    prompted.service.retry(other.id)
    await prompted.end("1")
    growing = prompted.service.send("c", "two")
    prompted.service.queue("c", "three")
    prompted.service.activate(other.id)
    prompted.prompters[-1].say("2")
    prompted.prompters[-1].end()
    await prompted.chat.ended(growing)
    assert prompted.texts() == ["three"]
    assert prompted.service.is_queue_paused("c")


async def test_the_queue_of_a_deleted_conversation_waits(prompted):
    reply = prompted.service.send("c", "one")
    prompted.service.queue("c", "two")
    undo = prompted.chat.library.delete("c")
    prompted.prompters[-1].say("1")
    prompted.prompters[-1].end()
    await prompted.chat.ended(reply)
    assert prompted.said() == ["one"]
    undo()
    assert prompted.texts() == ["two"]
    assert prompted.service.is_queue_paused("c")


async def test_what_is_held_is_not_sent_until_it_is_released(prompted):
    prompted.service.send("c", "one")
    two = prompted.service.queue("c", "two")
    prompted.service.hold_queued("c", two.id)
    await prompted.end("1")
    assert prompted.said() == ["one"]
    prompted.service.edit_queued("c", two.id, "zwei")
    prompted.service.release_queued("c")
    assert prompted.said() == ["one", "zwei"]
    prompted.service.release_queued("c")
    assert prompted.said() == ["one", "zwei"]


async def test_a_disk_that_refuses_changes_nothing_and_loses_nothing(prompted):
    prompted.service.send("c", "one")
    two = prompted.service.queue("c", "two")
    prompted.store.refuse = {"update_conversation"}
    for command in (
        lambda: prompted.service.queue("c", "three"),
        lambda: prompted.service.edit_queued("c", two.id, "zwei"),
        lambda: prompted.service.drop_queued("c", two.id),
    ):
        with pytest.raises(Fault):
            command()
    assert prompted.texts() == ["two"]
    assert not prompted.service.is_queue_paused("c")


async def test_a_first_message_that_could_not_be_queued_leaves_no_live_queue(prompted):
    prompted.service.send("c", "one")
    prompted.store.refuse = {"update_conversation"}
    with pytest.raises(Fault):
        prompted.service.queue("c", "two")
    assert prompted.service.is_queue_paused("c")


async def test_what_was_sent_and_could_not_be_taken_out_of_the_stored_queue_is_not_sent_again(prompted):
    prompted.service.send("c", "one")
    prompted.service.queue("c", "two")
    prompted.service.queue("c", "three")
    prompted.store.refuse = {"update_conversation"}
    await prompted.end("1")
    assert prompted.said() == ["one", "two"]
    assert [q.text for q in prompted.store.conversation("c").queue] == ["two", "three"]
    assert prompted.texts() == ["three"]
    prompted.store.refuse = set()
    # A kill here leaves the same behind: another program reads it as this one does.
    other = ChatService(prompted.store, prompted.choose, prompted.chat.scope, prompted.service._announcer)
    assert [q.text for q in other.queued("c")] == ["three"]
    await prompted.end("2")
    assert prompted.said() == ["one", "two", "three"]
    assert prompted.store.conversation("c").queue == ()


async def test_a_disk_that_refuses_the_message_pauses_the_queue_and_is_said(prompted):
    prompted.service.send("c", "one")
    prompted.service.queue("c", "two")
    prompted.store.refuse = {"add_message"}
    await prompted.end("1")
    assert prompted.chat.of(SavingFailed)
    assert prompted.texts() == ["two"]
    assert prompted.service.is_queue_paused("c")
    with pytest.raises(Fault):
        prompted.service.send_queued_now("c")
    assert prompted.service.is_queue_paused("c")
    prompted.store.refuse = set()
    prompted.service.send_queued_now("c")
    assert prompted.said() == ["one", "two"]


async def test_send_next_during_a_reply_lets_the_queue_go_on_after_it(prompted):
    prompted.service.send("c", "one")
    prompted.service.queue("c", "two")
    prompted.service.stop("c")
    prompted.service.send("c", "something else")
    assert prompted.service.send_queued_now("c") is None
    assert not prompted.service.is_queue_paused("c")
    await prompted.end("1")
    assert prompted.said() == ["one", "something else", "two"]


async def test_unknown_ones_are_key_errors(prompted):
    for command in (
        lambda: prompted.service.queue("nobody", "x"),
        lambda: prompted.service.queued("nobody"),
        lambda: prompted.service.send_queued_now("nobody"),
    ):
        with pytest.raises(KeyError):
            command()
    prompted.service.send("c", "one")
    for command in (
        lambda: prompted.service.edit_queued("c", "nobody", "x"),
        lambda: prompted.service.move_queued("c", "nobody", 0),
        lambda: prompted.service.drop_queued("c", "nobody"),
    ):
        with pytest.raises(KeyError):
            command()
    assert prompted.service.send_queued_now("c") is None
    prompted.service.stop("c")
    assert prompted.service.send_queued_now("c") is None, "nothing waits"
