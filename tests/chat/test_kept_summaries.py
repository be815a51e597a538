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


async def test_nothing_of_a_temporary_conversations_summary_is_written(make_chat: MakeChat) -> None:
    source = Reader(summary="a secret summary")
    chat = make_chat(source.choose)
    choosing(chat, "summarise")
    chat.store.add_conversation(Conversation(id="c", temporary=True))
    await talk(chat, 9)
    assert source.summaries
    assert all("a secret summary" not in message.text for message in chat.store.messages("c"))
