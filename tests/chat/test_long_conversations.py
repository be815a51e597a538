"""A long conversation is read a little at a time: no turn of the loop reads more than a slice of it."""

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pizzagpt_desktop.chat.announcer import Announcer
from pizzagpt_desktop.chat.branches import Branches
from pizzagpt_desktop.chat.context import SLICE, said_to
from pizzagpt_desktop.chat.events import ConversationAdded, CopyFailed, MessageAdded
from pizzagpt_desktop.chat.library import Library
from pizzagpt_desktop.chat.saving import Saver
from pizzagpt_desktop.chat.service import GO_ON, ChatService
from pizzagpt_desktop.chat.tasks import TaskScope
from pizzagpt_desktop.domain.conversation import Conversation, Message, Role, Status
from pizzagpt_desktop.domain.faults import FaultKind
from pizzagpt_desktop.storage.store import SqliteSessionStore
from tests.chat.conftest import Chat
from tests.helpers.counting import messages_made
from tests.helpers.sources import ScriptedSource, saying

LONG = 3 * SLICE + 10


def written(length: int, conversation_id: str = "c") -> Iterator[Message]:
    """A path of so many messages: m0, m1, …"""
    for number in range(length):
        yield Message(
            id=f"m{number}",
            conversation_id=conversation_id,
            parent_id=f"m{number - 1}" if number else None,
            role=(Role.USER, Role.ASSISTANT)[number % 2],
            text=f"text {number}",
            status=Status.COMPLETE,
            created_at=float(number),
        )


def said(length: int) -> list[dict[str, str]]:
    return [{"role": message.role.value, "content": message.text} for message in written(length)]


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    return messages_made(monkeypatch)


@pytest.fixture
def long(make_chat):
    """A chat with a conversation of `LONG` messages, and one source."""
    source = ScriptedSource(saying("an answer"))
    chat = make_chat(lambda _conversation: source)
    chat.source = source
    chat.store.add_conversation(Conversation(id="c", title="Long"))
    for message in written(LONG):
        chat.store.add_message(message)
    chat.store.writes.clear()
    return chat


async def turns_until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not is_so():  # noqa: ASYNC110  (counts turns of the loop; nothing else tells them)
            await asyncio.sleep(0)


async def test_sending_reads_nothing_at_once_and_a_slice_in_a_turn(long):
    reply = long.service.send("c", "a question")
    assert not long.store.reads, "the window does not wait for the reading"
    assert long.store.writes[:1] == ["add_message"], "the user's words are stored before anything is asked"
    assert [event.message.text for event in long.of(MessageAdded)] == ["a question", ""]
    assert long.store.message(reply.id).status is Status.STREAMING
    while not long.source.asked:
        before = len(long.store.reads)
        await asyncio.sleep(0)
        assert len(long.store.reads) <= before + 1
    assert len(long.store.reads) == 4
    assert long.source.asked == [[*said(LONG), {"role": "user", "content": "a question"}]]
    assert (await long.ended(reply)).text == "an answer"


async def test_stop_while_the_conversation_is_read_asks_nothing(long):
    reply = long.service.send("c", "a question")
    await turns_until(lambda: len(long.store.reads) == 2)
    long.service.stop("c")
    assert (await long.ended(reply)).status is Status.STOPPED
    assert not long.service.is_answering("c")
    assert await long.scope.close()
    assert len(long.store.reads) == 2
    assert not long.source.asked


async def test_what_is_active_meanwhile_does_not_change_what_is_sent(long):
    aside = Message(
        id="aside", conversation_id="c", parent_id="m4", role=Role.USER, text="aside", created_at=9.0
    )
    long.store.add_message(aside)
    reply = long.service.retry(f"m{LONG - 1}")
    await turns_until(lambda: len(long.store.reads) == 1)
    long.service.activate("aside")
    await long.ended(reply)
    assert long.source.asked == [said(LONG - 1)]


async def test_a_disk_that_cannot_be_read_ends_the_reply_with_its_words(long):
    reply = long.service.send("c", "a question")
    await turns_until(lambda: len(long.store.reads) == 2)
    long.store.refuse = {"path_up"}
    ended = await long.ended(reply)
    assert (ended.status, ended.fault.kind) == (Status.FAILED, FaultKind.STORAGE)
    assert ended.fault.detail == "the disk cannot be read"
    assert long.store.message(reply.id).status is Status.FAILED
    assert not long.source.asked


async def test_a_continued_reply_is_sent_with_all_before_it(long):
    reply = long.service.continue_reply(f"m{LONG - 1}")
    assert not long.store.reads
    ended = await long.ended(reply)
    assert ended.text == f"text {LONG - 1}an answer"
    assert long.source.asked == [[*said(LONG), {"role": "user", "content": GO_ON}]]


async def test_removing_what_is_being_read_stops_the_reply(long):
    reply = long.service.send("c", "a question")
    await turns_until(lambda: len(long.store.reads) == 1)
    undo = long.service.remove_branch("m3")
    assert (await long.ended(reply)).status is Status.STOPPED
    assert not long.source.asked
    undo()
    assert [m.id for m in long.library.path("c")][-1] == reply.id


@pytest.fixture
def stored(tmp_path: Path) -> Iterator[SqliteSessionStore]:
    """A store with a conversation of `LONG` messages."""
    store = SqliteSessionStore(tmp_path / "chats.db")
    store.add_conversation(Conversation(id="c", title="Long"))
    for message in written(LONG):
        store.add_message(message)
    yield store
    store.close()


@pytest.fixture
async def on_disk():
    """Makes a chat on a store on disk."""
    made = []

    def make(store):
        announcer, scope = Announcer(), TaskScope()
        library = Library(store, announcer, scope=scope)
        service = ChatService(store, ScriptedSource(saying("x")).choose, scope, announcer)
        made.append(Chat(store, service, library, scope, []))
        announcer.subscribe(made[-1].hear)
        return made[-1]

    yield make
    for chat in made:
        await chat.service.close()


async def test_the_store_makes_each_message_once_and_a_slice_of_them_in_a_turn(
    stored: SqliteSessionStore, made: list[str]
) -> None:
    made.clear()
    reading = asyncio.ensure_future(said_to(stored, Saver(stored, Announcer()), f"m{LONG - 1}", "Be kind."))
    while not reading.done():
        before = len(made)
        await asyncio.sleep(0)
        assert len(made) <= before + SLICE
    assert await reading == [{"role": "system", "content": "Be kind."}, *said(LONG)]
    assert len(made) == LONG


async def test_a_path_in_a_circle_ends(stored: SqliteSessionStore) -> None:
    with stored._database.transaction("FULL") as connection:
        connection.execute("UPDATE messages SET parent_id = 'm7' WHERE id = 'm4'")
    found = await said_to(stored, Saver(stored, Announcer()), "m8")
    assert [message["content"] for message in found] == [f"text {number}" for number in (4, 5, 6, 7, 8)]


async def test_removing_a_branch_reads_no_other_message(stored: SqliteSessionStore, made: list[str]) -> None:
    branches = Branches(stored, Announcer())
    top = stored.message(f"m{LONG - 4}")
    assert top is not None
    made.clear()
    undo = branches.remove(top, 5.0)
    assert made == []
    assert stored.path_ids("c")[-1] == f"m{LONG - 5}"
    undo()
    assert stored.path_ids("c")[-1] == f"m{LONG - 1}"
    assert len(made) <= 1


@pytest.mark.parametrize("roots", ["one", "two"])
async def test_the_automatic_title_reads_one_message(
    stored: SqliteSessionStore, made: list[str], roots: str
) -> None:
    if roots == "two":
        other = Message(
            id="other", conversation_id="c", parent_id=None, role=Role.USER, text="Other", created_at=1
        )
        stored.add_message(other)
        stored.activate("c", "m0")
    library = Library(stored, Announcer())
    library.rename("c", "Mine")
    made.clear()
    library.rename("c", "")
    assert made == ["m0"]
    assert library.conversation("c").title == "text 0"
    if roots == "two":
        stored.activate("c", "other")
        library.rename("c", "")
        assert library.conversation("c").title == "Other"


async def test_the_first_words_are_found_below_what_others_said(tmp_path: Path) -> None:
    store = SqliteSessionStore(tmp_path / "chats.db")
    store.add_conversation(Conversation(id="c"))
    assert store.first_said("c") is None
    for number, role in enumerate((Role.SYSTEM, Role.ASSISTANT, Role.USER, Role.USER)):
        store.add_message(
            Message(
                id=f"m{number}",
                conversation_id="c",
                parent_id=f"m{number - 1}" if number else None,
                role=role,
                text=f"text {number}",
                created_at=1.0,
            )
        )
        found = store.first_said("c")
        assert (found.id if found else None) == ("m2" if number > 1 else None)
    store.close()


def branch_off(chat):
    return chat.service.branch_off(f"m{LONG - 1}")


def duplicate(chat):
    return chat.library.duplicate("c")


@pytest.mark.parametrize("make", [branch_off, duplicate])
async def test_a_long_copy_is_made_behind_the_screen_and_announced_when_it_is_whole(
    on_disk, stored: SqliteSessionStore, make
):
    long = on_disk(stored)
    assert make(long) is None
    await asyncio.sleep(0)
    assert not long.of(ConversationAdded)
    assert stored.count() == 1
    event = await long.heard(lambda e: isinstance(e, ConversationAdded))
    copied = stored.path(event.conversation.id)
    assert [m.text for m in copied] == [m.text for m in written(LONG)]
    assert event.conversation.active_leaf_id == copied[-1].id


async def test_a_long_copy_that_the_disk_refuses_says_so(long):
    assert long.library.duplicate("c") is None
    long.store.refuse = {"copy_conversation"}
    event = await long.heard(lambda e: isinstance(e, CopyFailed))
    assert event.fault.kind is FaultKind.STORAGE
    assert not long.of(ConversationAdded)


async def test_the_end_of_the_program_ends_a_copy_with_nothing_left(on_disk, stored: SqliteSessionStore):
    long = on_disk(stored)
    assert long.library.duplicate("c") is None
    for _ in range(5):
        await asyncio.sleep(0)
    await long.service.close()
    assert stored.is_erased(20)
    assert stored.count() == 1
    found = stored._database.read(lambda db: db.execute("SELECT count(*) FROM messages").fetchone())
    assert found == (LONG,)
    assert not long.of(ConversationAdded)
