"""The last summary of a conversation: kept with it, for the next run too, and on the disk only where the conversation is."""

from collections.abc import AsyncGenerator
from typing import Any

from pizzagpt_desktop.chat.fitting import BEFORE_SUMMARY, REQUEST
from pizzagpt_desktop.domain.conversation import Conversation, Status
from pizzagpt_desktop.domain.window_notes import SUMMARISED
from pizzagpt_desktop.typing import Messages
from tests.chat.test_fitting import MakeChat, Reader, choosing, talk


async def test_the_last_summary_serves_the_next_run_too(make_chat: MakeChat) -> None:
    source = Reader()
    first = make_chat(source.choose)
    choosing(first, "summarise")
    await talk(first, 9)
    assert len(source.summaries) == 1
    second = make_chat(source.choose, first.store)
    choosing(second, "summarise")
    second.library.rename("c", "Renamed")  # other facts that change leave it
    (reply,) = await talk(second, 1)
    assert (reply.usage or {})[SUMMARISED]
    assert len(source.summaries) == 1
    assert source.asked[-1][0]["content"] == f"Be kind.\n\n{BEFORE_SUMMARY}They talked."


async def test_a_disk_that_refuses_costs_only_that_it_is_kept(make_chat: MakeChat) -> None:
    source = Reader()
    chat = make_chat(source.choose)
    choosing(chat, "summarise")
    real = source.stream

    def stream(messages: Messages) -> AsyncGenerator[Any, None]:
        chat.store.refuse.discard("update_conversation")
        if messages[-1]["content"] == REQUEST:
            chat.store.refuse.add("update_conversation")
        return real(messages)

    source.stream = stream  # type: ignore[method-assign]
    replies = await talk(chat, 9)
    assert all(reply.status is Status.COMPLETE for reply in replies)
    assert (replies[-1].usage or {})[SUMMARISED]
    assert len(source.summaries) == 1


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


async def test_nothing_of_a_temporary_conversations_summary_is_written(make_chat: MakeChat) -> None:
    source = Reader(summary="a secret summary")
    chat = make_chat(source.choose)
    choosing(chat, "summarise")
    chat.store.add_conversation(Conversation(id="c", temporary=True))
    await talk(chat, 9)
    assert source.summaries
    assert all("a secret summary" not in message.text for message in chat.store.messages("c"))
