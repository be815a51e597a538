"""A conversation that is longer than the model can look at: what is sent of it, and what is told of that."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pizzagpt_desktop.chat.context import Piece
from pizzagpt_desktop.chat.events import ReplyReached
from pizzagpt_desktop.chat.fitting import BEFORE_SUMMARY, REQUEST, fitted
from pizzagpt_desktop.domain.chunks import Usage
from pizzagpt_desktop.domain.conversation import Conversation, Message, Role, Status
from pizzagpt_desktop.domain.faults import Fault, FaultKind
from pizzagpt_desktop.domain.prices import COST
from pizzagpt_desktop.domain.steps import Step, tell
from pizzagpt_desktop.domain.window import weight
from pizzagpt_desktop.domain.window_notes import CONTEXT, LEFT_OUT, NEEDED, SUMMARISED, UNSUMMARISED
from pizzagpt_desktop.typing import Messages
from tests.chat.conftest import Chat
from tests.helpers.sources import ScriptedSource, saying

MakeChat = Callable[..., Chat]
LONG = "a sentence of some forty characters, more. " * 10
"""About a hundred tokens."""


@dataclass
class Reader(ScriptedSource):
    """Answers shortly, summarises when it is asked to. holds: what a real model would refuse beyond."""

    script: Any = None
    context: int | None = 1000
    system_prompt: str = "Be kind."
    summary: Any = "They talked."
    summaries: list[Messages] = field(default_factory=list)
    counted: bool = False

    def stream(self, messages: Messages) -> AsyncGenerator[Any, None]:
        if messages[-1]["content"] == REQUEST:
            self.summaries.append(messages)
            said = self.summary if isinstance(self.summary, tuple) else (self.summary,)
            return saying(*said)(messages)
        self.asked.append(messages)
        total = 2 * sum(map(weight, messages))
        usage = [Usage({"prompt_tokens": total, "completion_tokens": 10})] if self.counted else []
        return saying("Yes.", *usage)(messages)


async def talk(chat: Chat, turns: int, text: str = LONG) -> list[Message]:
    replies = []
    for turn in range(turns):
        replies.append(await chat.ended(chat.service.send("c", f"{turn}: {text}")))
    return replies


def turns_of(messages: Messages) -> list[str]:
    return [m["content"].split(":")[0] for m in messages if m["role"] == "user"]


def choosing(chat: Chat, choice: str) -> None:
    chat.service._when_full = lambda: choice


async def test_all_is_sent_while_it_fits_or_nobody_knows_what_would(make_chat: MakeChat) -> None:
    for context in (None, 100_000):
        source = Reader(context=context)
        chat = make_chat(source.choose)
        replies = await talk(chat, 12)
        assert turns_of(source.asked[-1]) == [str(n) for n in range(12)]
        assert all(not reply.usage for reply in replies)


async def test_the_oldest_are_left_out_and_the_reply_says_how_many(make_chat: MakeChat) -> None:
    source = Reader()
    chat = make_chat(source.choose)
    replies = await talk(chat, 12)
    last = source.asked[-1]
    assert last[0] == {"role": "system", "content": "Be kind."}
    assert last[1]["role"] == "user", "many services want a user's message first"
    assert turns_of(last)[-1] == "11"
    left_out = (replies[-1].usage or {})[LEFT_OUT]
    assert left_out + len(last) - 1 == 23, "all messages are either sent or counted as left out"
    assert sum(map(weight, last)) <= 750, "a quarter is kept for the answer"
    assert sum(map(weight, last)) > 500, "no more than needed is left out"
    assert LEFT_OUT not in (replies[0].usage or {})
    stored = chat.store.message(replies[-1].id)
    assert stored is not None
    assert (stored.usage or {})[LEFT_OUT] == left_out


async def test_the_services_own_counts_correct_the_estimates(make_chat: MakeChat) -> None:
    """This model takes twice as many tokens as estimated; after its first count that is known."""
    source = Reader(counted=True)
    chat = make_chat(source.choose)
    await talk(chat, 12)
    assert all(2 * sum(map(weight, asked)) <= 1000 for asked in source.asked)
    assert len(source.asked[-1]) < 9


@dataclass
class Counter(Reader):
    """A model of this computer that takes every byte for a token and four for each message, and is asked to count."""

    counts: int = 0

    async def measure(self, messages: Messages) -> int:
        self.counts += 1
        return sum(4 + len(message["content"].encode()) for message in messages)

    def stream(self, messages: Messages) -> AsyncGenerator[Any, None]:
        self.asked.append(messages)
        total = sum(4 + len(message["content"].encode()) for message in messages)
        return saying("Yes.", Usage({"prompt_tokens": total, "completion_tokens": 7, CONTEXT: self.context}))(
            messages
        )


async def test_tokens_are_counted_only_where_the_last_reply_leaves_a_doubt(make_chat: MakeChat) -> None:
    """Each count costs two requests before the question itself: what surely fits needs none."""
    source = Counter(context=2000, max_tokens=500)
    chat = make_chat(source.choose)
    replies = await talk(chat, 7, "some forty characters, all of them ASCII. " * 4)
    assert source.counts == 0, "1500 tokens have room, and the last reply says how many there are"
    assert replies[-1].usage is not None
    assert replies[-1].usage["prompt_tokens"] > 2 * 500, (
        "more than half of the room, where it was counted before"
    )
    await talk(chat, 4, "a few words more of the same kind as ever. " * 4)
    assert source.counts > 0
    assert all(sum(4 + len(m["content"].encode()) for m in asked) <= 1500 for asked in source.asked)


async def test_what_another_model_counted_leaves_a_doubt(make_chat: MakeChat) -> None:
    source = Counter(context=2000, max_tokens=500)
    chat = make_chat(source.choose)
    await talk(chat, 7, "some forty characters, all of them ASCII. " * 4)
    source.context = 2100
    await talk(chat, 1, "a few words more of the same kind as ever. " * 4)
    assert source.counts == 1


async def test_room_for_the_longest_answer_is_kept(make_chat: MakeChat) -> None:
    source = Reader(max_tokens=500)
    chat = make_chat(source.choose)
    await talk(chat, 8)
    assert sum(map(weight, source.asked[-1])) <= 500


async def test_nothing_is_sent_where_the_user_wants_to_be_asked_until_they_choose(
    make_chat: MakeChat,
) -> None:
    source = Reader()
    chat = make_chat(source.choose)
    choosing(chat, "stop")
    replies = await talk(chat, 7)
    asked = len(source.asked)
    failed = await chat.ended(chat.service.send("c", "8: " + LONG))
    assert failed.status is Status.FAILED
    assert failed.fault is not None
    assert failed.fault.kind is FaultKind.TOO_LARGE
    assert "Nothing was sent" in failed.fault.detail
    assert "of 1,000 tokens" in failed.fault.detail
    assert (failed.usage or {})[CONTEXT] == 1000
    assert (failed.usage or {})[NEEDED] > 750
    assert len(source.asked) == asked
    assert replies[0].status is Status.COMPLETE
    again = await chat.ended(chat.service.retry(failed.id, "leave_out"))
    assert again.status is Status.COMPLETE
    assert (again.usage or {})[LEFT_OUT] > 0
    once_more = await chat.ended(chat.service.retry(again.id))
    assert once_more.status is Status.FAILED, "the choice holds once"


async def test_what_was_chosen_for_a_conversation_goes_before_the_usual_choice(make_chat: MakeChat) -> None:
    source = Reader()
    chat = make_chat(source.choose)
    choosing(chat, "stop")
    chat.store.add_conversation(Conversation(id="c", when_full="leave_out"))
    replies = await talk(chat, 12)
    assert replies[-1].status is Status.COMPLETE
    assert (replies[-1].usage or {})[LEFT_OUT] > 0
    here = chat.store.conversation("c")
    assert here is not None
    chat.store.update_conversation(replace(here, when_full="stop"))
    choosing(chat, "leave_out")
    chat.events.clear()
    assert chat.service.continue_reply(replies[-1].id) is not None
    assert (await chat.ended(replies[-1])).fault is not None
    (refused,) = await talk(chat, 1)
    assert refused.fault is not None
    assert refused.fault.kind is FaultKind.TOO_LARGE
    chat.events.clear()
    again = chat.service.retry(refused.id, "leave_out")
    assert again is not None
    assert (await chat.ended(again)).status is Status.COMPLETE, "what is chosen this once goes before both"


async def test_a_message_that_alone_is_far_too_long_is_not_sent(make_chat: MakeChat) -> None:
    source = Reader()
    chat = make_chat(source.choose)
    failed = await chat.ended(chat.service.send("c", LONG * 30))
    assert failed.fault is not None
    assert failed.fault.kind is FaultKind.TOO_LARGE
    assert "alone" in failed.fault.detail
    assert not source.asked
    assert NEEDED not in (failed.usage or {}), "there is nothing to choose"


async def test_a_single_message_is_tried_where_it_may_fit(make_chat: MakeChat) -> None:
    source = Reader()
    chat = make_chat(source.choose)
    reply = await chat.ended(chat.service.send("c", LONG * 8))
    assert reply.status is Status.COMPLETE
    assert len(source.asked[0]) == 2


async def test_a_summary_is_asked_for_once_and_sent_in_the_place_of_what_it_is_about(
    make_chat: MakeChat,
) -> None:
    source = Reader()
    chat = make_chat(source.choose)
    choosing(chat, "summarise")
    replies = await talk(chat, 9)
    first = next(n for n, reply in enumerate(replies) if (reply.usage or {}).get(SUMMARISED))
    assert len(source.summaries) == 1
    sent = source.asked[first]
    assert sent[0]["content"] == f"Be kind.\n\n{BEFORE_SUMMARY}They talked."
    assert [m["role"] for m in sent].count("system") == 1
    about = source.summaries[0][:-1]
    assert turns_of(about) + turns_of(sent) == [str(n) for n in range(first + 1)], "nothing is lost between"
    assert (replies[first].usage or {})[SUMMARISED] == len(about)
    assert (replies[-1].usage or {})[SUMMARISED] == len(about), "the same summary serves the next messages"
    again = await chat.ended(chat.service.retry(replies[-1].id))
    assert again.status is Status.COMPLETE
    assert len(source.summaries) == 1


async def test_it_is_told_that_a_summary_is_made_and_nothing_of_its_own_request(make_chat: MakeChat) -> None:
    class Telling(Reader):
        async def stream(self, messages: Messages) -> AsyncGenerator[Any, None]:  # type: ignore[override]
            tell(Step.CONNECTING)
            async for chunk in super().stream(messages):
                yield chunk

    source = Telling()
    chat = make_chat(source.choose)
    choosing(chat, "summarise")
    replies = await talk(chat, 9)
    first = next(reply for reply in replies if (reply.usage or {}).get(SUMMARISED))
    steps = [
        e.step for e in chat.of(ReplyReached) if isinstance(e, ReplyReached) and e.message_id == first.id
    ]
    assert steps == [Step.SUMMARISING, Step.CONNECTING]


async def test_the_next_summary_is_made_from_the_last_one(make_chat: MakeChat) -> None:
    source = Reader()
    chat = make_chat(source.choose)
    choosing(chat, "summarise")
    await talk(chat, 20)
    assert 2 <= len(source.summaries) <= 8, "not one for every message"
    assert source.summaries[1][0] == {"role": "system", "content": BEFORE_SUMMARY + "They talked."}
    assert all(sum(map(weight, asked)) <= 750 for asked in [*source.asked, *source.summaries])
    everything = turns_of(source.summaries[0]) + turns_of(source.summaries[1])
    numbers = [turn for turn in everything if turn.isdigit()]
    assert numbers == sorted(set(numbers), key=int)


@pytest.mark.parametrize(
    "answer", [("",), (Fault(FaultKind.SERVER, "no"),), ("half", Fault(FaultKind.NETWORK, "cut"))]
)
async def test_where_no_summary_comes_the_oldest_are_left_out_and_that_is_said(
    make_chat: MakeChat, answer: tuple[Any, ...]
) -> None:
    source = Reader(summary=answer)
    chat = make_chat(source.choose)
    choosing(chat, "summarise")
    replies = await talk(chat, 9)
    assert all(reply.status is Status.COMPLETE for reply in replies)
    assert (replies[-1].usage or {})[UNSUMMARISED] > 0
    assert sum(map(weight, source.asked[-1])) <= 750


async def test_a_summary_that_thinks_aloud_is_what_comes_after_and_not_endless(make_chat: MakeChat) -> None:
    source = Reader(summary=("<think>hm", "m</think> Short.", "x" * 100_000))
    chat = make_chat(source.choose)
    choosing(chat, "summarise")
    await talk(chat, 9)
    told = source.asked[-1][0]["content"]
    assert f"{BEFORE_SUMMARY}Short.xxx" in told
    assert sum(map(weight, source.asked[-1])) <= 750


async def test_what_a_summary_costs_is_a_cost_of_the_reply(make_chat: MakeChat) -> None:
    source = Reader(summary=("They talked.", Usage({"prompt_tokens": 700, "completion_tokens": 10})))
    noted: list[int] = []

    def priced(reply: Message, before: int) -> Message:
        taken = (reply.usage or {}).get("prompt_tokens", 0)
        noted.append(taken)
        return replace(reply, usage={**(reply.usage or {}), COST: before + taken})

    chat = make_chat(source.choose)
    chat.service._priced = priced
    choosing(chat, "summarise")
    replies = await talk(chat, 8)
    assert noted.count(700) == 1
    paid = [reply for reply in replies if (reply.usage or {})[COST]]
    assert [(reply.usage or {})[COST] for reply in paid] == [700]


async def test_stop_is_heard_while_a_summary_is_made(make_chat: MakeChat) -> None:
    begun = asyncio.Event()

    class Slow(Reader):
        def stream(self, messages: Messages) -> AsyncGenerator[Any, None]:
            if messages[-1]["content"] != REQUEST:
                return super().stream(messages)
            return self.never()

        async def never(self) -> AsyncGenerator[Any, None]:
            begun.set()
            await asyncio.Event().wait()
            yield ""

    source = Slow()
    chat = make_chat(source.choose)
    choosing(chat, "stop")
    await talk(chat, 7)
    choosing(chat, "summarise")
    reply = chat.service.send("c", LONG * 2)
    assert reply is not None
    async with asyncio.timeout(10):
        await begun.wait()
    chat.service.stop("c")
    assert (await chat.ended(reply)).status is Status.STOPPED


async def test_going_on_with_a_reply_keeps_what_it_answers_and_itself(make_chat: MakeChat) -> None:
    source = Reader()
    chat = make_chat(source.choose)
    replies = await talk(chat, 9)
    chat.events.clear()
    assert chat.service.continue_reply(replies[-1].id) is not None
    await chat.ended(replies[-1])
    sent = source.asked[-1]
    assert [m["role"] for m in sent[-3:]] == ["user", "assistant", "user"]
    assert sent[-3]["content"].startswith("8:")
    assert sum(map(weight, sent)) <= 750


def piece(number: int, role: str, tokens: int) -> Piece:
    return Piece(str(number), {"role": role, "content": "x"}, tokens)


@given(st.lists(st.integers(1, 400), min_size=1, max_size=50), st.integers(1, 3000), st.integers(0, 200))
def test_what_fits_is_sent_and_a_users_message_stands_first(sizes: list[int], room: int, beside: int) -> None:
    roles = [Role.USER.value, Role.ASSISTANT.value]
    pieces = [piece(n, roles[n % 2], size) for n, size in enumerate(sizes)]
    fit = fitted(pieces, room, beside)
    assert fit.needed == sum(sizes) + beside
    assert 0 <= fit.first < len(pieces)
    assert (fit.first == 0) or fit.needed > room
    assert sum(sizes[fit.first :]) + beside <= room or fit.first == len(pieces) - 1 or fit.first == 0
    if fit.first:
        assert pieces[fit.first].said["role"] == "user" or fit.first == len(pieces) - 1
