"""The library: what is stored and announced of conversations, and the text of replies that still grow."""

from dataclasses import replace

import pytest

from pizzagpt_desktop.chat.events import (
    ConversationAdded,
    ConversationChanged,
    ConversationRemoved,
    ReplyGrew,
)
from tests.helpers.sources import Prompter, ScriptedSource, saying


@pytest.fixture
def chat(make_chat):
    return make_chat(ScriptedSource(saying("fine")).choose)


async def test_an_empty_conversation_never_litters_the_list(chat):
    made = chat.library.create()
    assert chat.library.conversation(made.id) == made
    chat.library.rename(made.id, "Named early")
    chat.library.choose_service(made.id, "work", "m-1")
    chat.library.save_draft(made.id, "  \n")
    assert not chat.library.conversations()
    assert not chat.events
    await chat.ended(chat.service.send(made.id, "hello"))
    (stored,) = chat.library.conversations()
    assert (stored.title, stored.service, stored.model) == ("Named early", "work", "m-1")
    assert not chat.library.unsaved


async def test_the_source_is_chosen_by_what_was_set_before_the_first_message(make_chat):
    asked = []

    def choose(conversation):
        asked.append((conversation.service, conversation.model))
        return ScriptedSource(saying("fine"))

    chat = make_chat(choose)
    made = chat.library.create("work")
    chat.library.choose_service(made.id, "home", "m-2")
    await chat.ended(chat.service.send(made.id, "hello"))
    assert asked == [("home", "m-2")]


async def test_a_draft_is_kept_announced_and_gone_once_sent(chat):
    made = chat.library.create()
    chat.library.save_draft(made.id, "half a thought")
    assert chat.library.conversation(made.id).draft == "half a thought"
    assert len(chat.of(ConversationAdded)) == 1
    chat.library.save_draft(made.id, "half a thought")
    assert len(chat.events) == 1, "nothing changed, nothing is said"
    await chat.ended(chat.service.send(made.id, "a whole thought"))
    assert chat.library.conversation(made.id).draft == ""
    assert chat.library.conversation(made.id).title == "a whole thought"
    assert len(chat.of(ConversationAdded)) == 1


async def test_rename_sticks_and_an_emptied_title_becomes_automatic_again(chat):
    await chat.ended(chat.service.send("c", "What is pizza?"))
    chat.library.rename("c", "  My \n title ")
    assert chat.library.conversation("c").title == "My title"
    await chat.ended(chat.service.send("c", "And pasta?"))
    assert chat.library.conversation("c").title == "My title"
    chat.library.rename("c", " ")
    renamed = chat.library.conversation("c")
    assert (renamed.title, renamed.title_is_custom) == ("What is pizza?", False)


async def test_delete_and_undo_bring_back_the_same_conversation(chat):
    await chat.ended(chat.service.send("c", "keep me"))
    before = chat.library.conversation("c")
    chat.library.delete("c")
    assert chat.events[-1] == ConversationRemoved("c")
    assert not chat.library.conversations()
    chat.library.delete("c")
    chat.library.restore("c")
    assert chat.events[-1] == ConversationAdded(chat.library.conversation("c"))
    (after,) = chat.library.conversations()
    assert replace(after, revision=before.revision) == before
    assert [m.text for m in chat.library.path("c")] == ["keep me", "fine"]
    assert len(chat.of(ConversationRemoved)) == 1


async def test_marks_and_pins_change_nothing_else(chat):
    await chat.ended(chat.service.send("c", "one"))
    before = chat.library.conversation("c")
    for change, field, value in [
        (lambda: chat.library.mark_unread("c"), "unread", True),
        (lambda: chat.library.mark_read("c"), "unread", False),
        (lambda: chat.library.pin("c", True), "pinned", True),
        (lambda: chat.library.pin("c", False), "pinned", False),
    ]:
        change()
        after = chat.library.conversation("c")
        assert getattr(after, field) is value
        assert chat.events[-1] == ConversationChanged(after)
    assert chat.library.conversation("c") == before


async def test_the_path_of_a_growing_reply_is_exactly_what_was_announced(make_chat):
    prompter = Prompter()
    chat = make_chat(ScriptedSource(prompter.script).choose)
    reply = chat.service.send("c", "go")
    shown = []
    chat.service._announcer.subscribe(
        lambda e: shown.append(chat.library.path("c")[-1].text) if isinstance(e, ReplyGrew) else None
    )
    for piece in ("one ", "two ", "three"):
        prompter.say(piece)
        await chat.heard(lambda _e, p=piece: "".join(e.text for e in chat.of(ReplyGrew)).endswith(p))
    assert shown == ["one ", "one two ", "one two three"]
    assert chat.store.message(reply.id).text == "", "no checkpoint was due yet"
    prompter.end()
    await chat.ended(reply)
    assert chat.library.path("c")[-1].text == "one two three"


async def test_unknown_conversations_are_key_errors_and_unstored_ones_can_be_deleted(chat):
    with pytest.raises(KeyError):
        chat.library.rename("nobody", "x")
    made = chat.library.create()
    chat.library.delete(made.id)
    assert not chat.events
    with pytest.raises(KeyError):
        chat.library.conversation(made.id)


async def test_search_finds_and_a_blank_query_finds_nothing(chat):
    await chat.ended(chat.service.send("c", "Pizza Margherita"))
    assert [hit.excerpt for hit in chat.library.search("pizza")] == ["Pizza Margherita"]
    assert not chat.library.search("  ")
