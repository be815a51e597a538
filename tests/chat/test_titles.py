"""Titles by the model: asked for once, hidden, when nothing else is asked; cleaned, and never over the user's own."""

import asyncio
import time
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pizzagpt_desktop.chat import titles
from pizzagpt_desktop.chat.events import Announcer, ConversationChanged, MessageAdded
from pizzagpt_desktop.chat.library import Library
from pizzagpt_desktop.chat.service import ChatService
from pizzagpt_desktop.chat.tasks import TaskScope
from pizzagpt_desktop.chat.titles import cleaned
from pizzagpt_desktop.domain import conversation
from pizzagpt_desktop.domain.conversation import Conversation, title_from
from pizzagpt_desktop.domain.faults import Fault, FaultKind
from tests.chat.conftest import Chat
from tests.helpers.memory_store import MemoryStore
from tests.helpers.sources import Prompter, ScriptedSource


class Desk:
    """A chat whose every request is a prompter of its own, in order; titles are on."""

    def __init__(self):
        self.on = True
        self.requests = []
        self.prompters = []
        store, announcer, crashes = MemoryStore(), Announcer(), []
        scope = TaskScope(lambda _name, fault: crashes.append(fault))
        library = Library(store, announcer)
        service = ChatService(
            store, self.choose, scope, announcer, unsaved=library.unsaved, wants_titles=lambda: self.on
        )
        self.chat = Chat(store, service, library, scope, crashes)
        announcer.subscribe(self.chat.hear)

    def choose(self, _conversation):
        prompter = Prompter()

        def script(messages):
            self.requests.append(messages)
            self.prompters.append(prompter)
            return prompter.script(messages)

        return ScriptedSource(script)

    async def asked(self, count):
        """Until so many requests have been made."""
        async with asyncio.timeout(10):
            while len(self.requests) < count:  # noqa: ASYNC110  (a request is no event)
                await asyncio.sleep(0)

    async def settled(self):
        """A good number of turns of the loop: whatever was going to happen has."""
        for _ in range(50):
            await asyncio.sleep(0)

    async def answer(self, number, *chunks):
        await self.asked(number + 1)
        self.prompters[number].say(*chunks)
        self.prompters[number].end()

    async def talk(self, identity, text, answer="An answer."):
        reply = self.chat.service.send(identity, text)
        await self.answer(len(self.requests), answer)
        return await self.chat.ended(reply)

    def title(self, identity="c"):
        return self.chat.store.conversation(identity).title

    async def titled(self, title):
        await self.chat.heard(lambda e: isinstance(e, ConversationChanged) and e.conversation.title == title)


@pytest.fixture
async def desk():
    made = Desk()
    yield made
    await made.chat.service.close()
    assert not made.chat.crashes


async def test_the_first_complete_reply_brings_a_title_and_nobody_sees_the_request(desk):
    await desk.talk("c", "how do i bake a pizza at home?", "Knead, wait, bake.")
    assert desk.title() == "how do i bake a pizza at home?", "a title is there at once"
    before = [m.id for m in desk.chat.store.messages("c")]
    await desk.answer(1, '"Baking pizza ', 'at home."')
    await desk.titled("Baking pizza at home")
    assert [m.id for m in desk.chat.store.messages("c")] == before
    assert len(desk.chat.of(MessageAdded)) == 2
    (request,) = desk.requests[1]
    assert request["role"] == "user"
    for part in ("title", "how do i bake a pizza at home?", "Knead, wait, bake."):
        assert part in request["content"]
    assert not desk.chat.store.conversation("c").title_is_custom
    await desk.talk("c", "and a second one")
    await desk.settled()
    assert len(desk.requests) == 3, "asked for once"


async def test_off_means_that_nothing_is_asked(desk):
    desk.on = False
    await desk.talk("c", "hello")
    await desk.settled()
    assert len(desk.requests) == 1


async def test_a_title_of_ones_own_stays(desk):
    reply = desk.chat.service.send("c", "hello")
    desk.chat.library.rename("c", "Mine")
    await desk.answer(0, "Hi.")
    await desk.chat.ended(reply)
    await desk.settled()
    assert len(desk.requests) == 1, "it is not even asked for"
    await desk.talk("d", "hello")
    await desk.asked(3)
    desk.chat.library.rename("d", "Mine too")
    await desk.answer(2, "Greeting")
    await desk.settled()
    assert desk.title("d") == "Mine too"
    await desk.talk("e", "hello")
    await desk.asked(5)
    elsewhere = replace(desk.chat.store.conversation("e"), title="Given by another program")
    desk.chat.store.update_conversation(elsewhere)
    await desk.answer(4, "Greeting")
    await desk.settled()
    assert desk.title("e") == "Given by another program"


async def test_temporary_and_deleted_conversations_get_none(desk):
    desk.chat.store.add_conversation(Conversation(id="t", temporary=True))
    await desk.talk("t", "hello")
    reply = desk.chat.service.send("c", "hello")
    desk.chat.library.delete("c")
    await desk.answer(1, "Hi.")
    await desk.chat.ended(reply)
    await desk.settled()
    assert len(desk.requests) == 2


async def test_a_failed_reply_brings_no_title_and_the_retry_does(desk):
    reply = desk.chat.service.send("c", "hello")
    await desk.answer(0, Fault(FaultKind.SERVER, "broke"))
    reply = await desk.chat.ended(reply)
    await desk.settled()
    assert len(desk.requests) == 1
    again = desk.chat.service.retry(reply.id)
    await desk.answer(1, "Hi.")
    await desk.chat.ended(again)
    await desk.answer(2, "Greeting")
    await desk.titled("Greeting")
    third = desk.chat.service.retry(again.id)
    await desk.answer(3, "Hi!")
    await desk.chat.ended(third)
    await desk.settled()
    assert len(desk.requests) == 4


async def test_it_waits_until_nothing_is_being_written(desk):
    other = desk.chat.service.send("other", "a long one")
    await desk.asked(1)
    await desk.talk("c", "hello")
    await desk.settled()
    assert len(desk.requests) == 2, "another reply is being written"
    desk.chat.service.stop("other")
    await desk.chat.ended(other)
    await desk.answer(2, "Greeting")
    await desk.titled("Greeting")


async def test_it_gives_way_to_a_reply_and_is_asked_again_afterwards(desk):
    await desk.talk("c", "hello")
    await desk.asked(2)
    reply = desk.chat.service.send("c", "and more")
    async with asyncio.timeout(5):
        await desk.prompters[1].closed.wait()
    await desk.answer(2, "More.")
    await desk.chat.ended(reply)
    await desk.answer(3, "Greeting")
    await desk.titled("Greeting")
    assert "and more" not in desk.requests[3][0]["content"]


async def test_queued_messages_go_before_it(desk):
    reply = desk.chat.service.send("c", "hello")
    desk.chat.service.queue("c", "and more")
    await desk.answer(0, "Hi.")
    await desk.chat.ended(reply)
    await desk.answer(1, "More.")
    await desk.asked(3)
    assert desk.requests[1][-1]["content"] == "and more"
    assert "title" in desk.requests[2][0]["content"]
    await desk.answer(2, "Greeting")
    await desk.titled("Greeting")


@pytest.mark.parametrize(
    "chunks", [(Fault(FaultKind.RATE_LIMIT, "slow down", retry_after_s=1.0),), (), ("  \n",), ("?!",)]
)
async def test_what_goes_wrong_with_it_is_nobodys_business(desk, chunks):
    await desk.talk("c", "hello there")
    await desk.answer(1, *chunks)
    async with asyncio.timeout(5):
        await desk.prompters[1].closed.wait()
    await desk.settled()
    assert desk.title() == "hello there"
    assert len(desk.requests) == 2


async def test_a_model_that_talks_without_end_is_cut_short(desk, monkeypatch):
    monkeypatch.setattr(titles, "LONGEST", 100)
    await desk.talk("c", "hello there")
    await desk.asked(2)
    desk.prompters[1].say("Greeting\n", *(["blah " * 10] * 5))
    async with asyncio.timeout(5):
        await desk.prompters[1].closed.wait()
    await desk.titled("Greeting")


async def test_a_model_that_says_nothing_is_waited_for_only_so_long(desk, monkeypatch):
    monkeypatch.setattr(titles, "PATIENCE_S", 0.02)
    await desk.talk("c", "hello there")
    await desk.asked(2)
    async with asyncio.timeout(5):
        await desk.prompters[1].closed.wait()
    await desk.settled()
    assert desk.title() == "hello there"


async def test_a_disk_that_refuses_the_title_leaves_the_old_one(desk):
    await desk.talk("c", "hello there")
    await desk.asked(2)
    desk.chat.store.refuse = {"update_conversation"}
    await desk.answer(1, "Greeting")
    async with asyncio.timeout(5):
        await desk.prompters[1].closed.wait()
    await desk.settled()
    assert desk.title() == "hello there"


async def test_closing_does_not_wait_for_it(desk):
    await desk.talk("c", "hello there")
    await desk.asked(2)
    assert await desk.chat.service.close()
    assert len(desk.requests) == 2


@pytest.mark.parametrize(
    ("answer", "title"),
    [
        ("Baking pizza", "Baking pizza"),
        ('  "Baking pizza."  ', "Baking pizza"),
        ("“Baking pizza”\n\nI hope this helps!", "Baking pizza"),
        ("**Title:** Baking pizza", "Baking pizza"),
        ("# Baking *pizza*", "Baking *pizza"),
        ("Title: «Backen»", "Backen"),
        ("<think>\nHm, a title.\n</think>\n\nBaking pizza", "Baking pizza"),
        ("<think>\nHm, a title", ""),
        ("---\n\nBaking pizza", "Baking pizza"),
        ("比萨的做法。", "比萨的做法。"),
        ("", ""),
        ("…", ""),
        ("word " * 40, " ".join(["word"] * 11) + "…"),
    ],
)
def test_an_answer_is_cleaned_to_a_title(answer, title):
    assert cleaned(answer) == title
    assert len(cleaned(answer)) <= 60


def test_a_title_is_made_of_the_beginning_of_an_endless_line() -> None:
    assert title_from("word " * 2_000_000) == title_from("word " * 100)
    assert title_from(" " * 10_000 + "# Words" + " " * 10_000) == "Words"
    assert title_from("x" * 5_000_000) == title_from("x" * 100)


@given(st.text(alphabet="ab#` \n\r\x0b\u2028", max_size=60))
def test_a_title_does_not_hang_on_how_much_is_looked_through_at_a_time(text):
    with pytest.MonkeyPatch.context() as patch:
        lines = text.splitlines()
        patch.setattr(conversation, "_READ", max(map(len, lines), default=1) + 2)
        found = title_from(text)
    assert found == next((title for line in lines if (title := title_from(line))), "")


def test_the_title_of_a_giant_costs_what_its_first_lines_cost():
    def seconds(text):
        began = time.thread_time()
        for _ in range(20):
            title_from(text)
        return time.thread_time() - began

    short, long = "word\n" * 3_000, "word\n" * 300_000
    assert min(seconds(long) for _ in range(3)) <= 2.5 * min(seconds(short) for _ in range(3)) + 0.005
