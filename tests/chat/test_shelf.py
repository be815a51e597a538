"""Folders, tags, archive, trash: what a command changes, what it announces, and that its undo is exact."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from pizzagpt_desktop.chat import events
from pizzagpt_desktop.chat.announcer import Announcer
from pizzagpt_desktop.chat.library import Library
from pizzagpt_desktop.domain.conversation import Conversation, Folder, Message, Role, Status
from pizzagpt_desktop.domain.faults import Fault
from tests.helpers.memory_store import MemoryStore


class Desk:
    """A library on a store in memory, and what it announced."""

    def __init__(self) -> None:
        self.store = MemoryStore()
        self.announcer = Announcer()
        self.heard: list[events.Event] = []
        self.now = 1000.0
        self.library = Library(self.store, self.announcer, clock=lambda: self.now)
        self.announcer.subscribe(self.heard.append)

    def add(self, *names: str, **facts: object) -> None:
        for name in names:
            self.now += 1
            self.store.add_conversation(
                Conversation(id=name, title=name, created_at=self.now, updated_at=self.now, **facts)  # type: ignore[arg-type]
            )

    def facts(self, name: str) -> Conversation:
        return replace(self.library.conversation(name), revision=0)

    def kinds(self) -> list[str]:
        """The events since this was asked last: kind and conversation."""
        said = []
        for event in self.heard:
            about = getattr(event, "conversation_id", "") or getattr(
                getattr(event, "conversation", None), "id", ""
            )
            said.append(f"{type(event).__name__.removeprefix('Conversation')} {about}".strip())
        self.heard.clear()
        return said


@pytest.fixture
def desk() -> Desk:
    made = Desk()
    made.add("a", "b", "c", tags=("old",))
    return made


Act = Callable[[Library], Callable[[], None]]


@pytest.mark.parametrize(
    ("act", "said", "unsaid"),
    [
        (lambda x: x.delete(["a", "b"]), ["Removed a", "Removed b"], ["Added a", "Added b"]),
        (lambda x: x.archive(["a", "b"]), ["Removed a", "Removed b"], ["Added a", "Added b"]),
        (lambda x: x.tag(["a", "b"], ["New"]), ["Changed a", "Changed b"], ["Changed a", "Changed b"]),
        (lambda x: x.tag("a", [], ["OLD"]), ["Changed a"], ["Changed a"]),
        (lambda x: x.move(["a", "b"], "f"), ["Changed a", "Changed b"], ["Changed a", "Changed b"]),
    ],
)
def test_an_act_is_one_write_and_its_undo_is_exact(
    desk: Desk, act: Act, said: list[str], unsaid: list[str]
) -> None:
    desk.store.put_folder(Folder("f", "Work"))
    desk.kinds()
    before = {name: desk.facts(name) for name in "abc"}
    desk.store.writes.clear()
    undo = act(desk.library)
    assert desk.store.writes == ["update_conversations"]
    assert desk.kinds() == said
    assert {name: desk.facts(name) for name in "abc"} != before
    assert desk.facts("c") == before["c"]
    undo()
    assert {name: desk.facts(name) for name in "abc"} == before
    assert desk.kinds() == unsaid
    undo()
    assert desk.kinds() == [], "an undo is done once"


def test_back_into_the_folder_it_was_in(desk: Desk) -> None:
    one, two = desk.library.make_folder("One"), desk.library.make_folder("Two")
    desk.library.move("a", one.id)
    undo = desk.library.move(["a", "b"], two.id)
    undo()
    assert [desk.facts(name).folder_id for name in "ab"] == [one.id, None]


def test_an_undo_leaves_alone_what_was_done_since(desk: Desk) -> None:
    undo = desk.library.delete("a")
    desk.library.rename("a", "Renamed in the trash")
    undo()
    assert (desk.facts("a").title, desk.facts("a").deleted_at) == ("Renamed in the trash", None)
    undo = desk.library.delete(["a", "b"])
    desk.library.erase("a")
    undo()
    assert [c.id for c in desk.library.conversations()] == ["c", "b"]


def test_a_disk_that_refuses_changes_nothing_and_says_nothing(desk: Desk) -> None:
    before = {name: desk.facts(name) for name in "abc"}
    desk.store.refuse = {"update_conversations"}
    with pytest.raises(Fault):
        desk.library.delete(["a", "b"])
    assert {name: desk.facts(name) for name in "abc"} == before
    assert desk.kinds() == []


def test_an_unknown_one_among_several_stops_the_whole_act(desk: Desk) -> None:
    with pytest.raises(KeyError):
        desk.library.archive(["a", "nobody"])
    assert not desk.facts("a").archived


def test_what_is_already_so_is_not_written(desk: Desk) -> None:
    desk.store.writes.clear()
    desk.library.archive("a", False)
    desk.library.tag("a", ["OLD"], ["unknown"])
    desk.library.move("a", None)
    desk.library.restore("a")
    assert (desk.store.writes, desk.kinds()) == ([], [])


def test_the_archive_and_the_trash_hold_what_was_put_there(desk: Desk) -> None:
    desk.library.archive(["a", "b"])
    desk.now += 1
    desk.library.delete("b")
    desk.now += 1
    desk.library.delete("c")
    assert [c.id for c in desk.library.archived()] == ["a"]
    assert [c.id for c in desk.library.trash()] == ["c", "b"]
    desk.kinds()
    desk.library.restore(["b", "c"])
    assert desk.kinds() == ["Changed b", "Added c"], "b goes back into the archive"
    assert [c.id for c in desk.library.archived()] == ["b", "a"]
    desk.library.archive(["a", "b"], False)
    assert [c.id for c in desk.library.conversations()] == ["c", "b", "a"]


def test_erased_is_gone_for_good(desk: Desk) -> None:
    desk.library.delete("a")
    assert desk.library.erase(["a", "nobody"]) == 1
    assert desk.store.conversation("a") is None
    assert desk.library.trash() == []


def test_tags_are_kept_in_order_without_doubles(desk: Desk) -> None:
    desk.library.tag("a", [" two  words ", "Old", "", "new", "NEW"])
    assert desk.facts("a").tags == ("old", "two words", "new")
    desk.library.tag("a", ["x"], ["New", "old"])
    assert desk.facts("a").tags == ("two words", "x")


def test_folders_are_made_named_moved_and_collapsed(desk: Desk) -> None:
    one, two, three = (desk.library.make_folder(name) for name in (" One ", "Two", "Three"))
    assert [f.name for f in desk.library.folders()] == ["One", "Two", "Three"]
    desk.library.rename_folder(two.id, "Zwei")
    desk.library.rename_folder(two.id, "  ")
    desk.library.collapse_folder(two.id, True)
    undo = desk.library.move_folder(three.id, 0)
    assert [(f.name, f.collapsed) for f in desk.library.folders()] == [
        *(("Three", False), ("One", False), ("Zwei", True)),
    ]
    undo()
    assert [f.id for f in desk.library.folders()] == [one.id, two.id, three.id]
    assert set(desk.kinds()) == {"FoldersChanged"}
    with pytest.raises(KeyError):
        desk.library.move("a", "nowhere")


def test_a_removed_folder_lets_its_conversations_go_and_takes_them_back(desk: Desk) -> None:
    work, home = desk.library.make_folder("Work"), desk.library.make_folder("Home")
    desk.library.move(["a", "b"], work.id)
    desk.library.archive("b")
    desk.library.move("c", home.id)
    desk.kinds()
    undo = desk.library.remove_folder(work.id)
    assert desk.kinds() == ["Changed a", "Changed b", "FoldersChanged"]
    assert [desk.facts(name).folder_id for name in "abc"] == [None, None, home.id]
    desk.library.move("a", home.id)
    undo()
    assert [f.id for f in desk.library.folders()] == [work.id, home.id]
    assert [desk.facts(name).folder_id for name in "abc"] == [home.id, work.id, home.id]


def said_in(desk: Desk, conversation_id: str, *texts: str, status: Status = Status.COMPLETE) -> list[Message]:
    parent, made = None, []
    for number, text in enumerate(texts):
        role = Role.ASSISTANT if number % 2 else Role.USER
        message = Message(
            id=f"{conversation_id}{number}",
            conversation_id=conversation_id,
            parent_id=parent,
            role=role,
            text=text,
            status=status if number % 2 else Status.COMPLETE,
        )
        made.append(desk.store.add_message(message))
        parent = message.id
    return made


def test_a_duplicate_holds_the_same_and_stands_as_the_newest(desk: Desk) -> None:
    said_in(desk, "a", "Hello", "Good day")
    desk.library.pin("a", True)
    desk.kinds()
    copy = desk.library.duplicate("a")
    assert (copy.title, copy.pinned, copy.tags) == ("a (copy)", False, ("old",))
    assert desk.kinds() == [f"Added {copy.id}"]
    assert [m.text for m in desk.library.path(copy.id)] == ["Hello", "Good day"]
    assert {m.id for m in desk.library.path(copy.id)}.isdisjoint({"a0", "a1"})
    desk.library.erase("a")
    assert [m.text for m in desk.library.path(copy.id)] == ["Hello", "Good day"]


def test_a_temporary_conversation_can_be_kept(desk: Desk) -> None:
    made = desk.library.create(temporary=True)
    assert desk.library.keep_temporary(made.id).temporary is False
    made = desk.library.create(temporary=True)
    desk.library.save_draft(made.id, "half")
    assert desk.facts(made.id).temporary
    said_in(desk, made.id, "Secret?", "Not any more")
    desk.library.move(made.id, desk.library.make_folder("F").id)
    assert desk.facts(made.id).folder_id is None
    desk.kinds()
    kept = desk.library.keep_temporary(made.id)
    assert desk.kinds() == [f"Added {kept.id}", f"Removed {made.id}"]
    assert not kept.temporary
    assert [m.text for m in desk.library.path(kept.id)] == ["Secret?", "Not any more"]
    with pytest.raises(KeyError):
        desk.library.conversation(made.id)


def test_a_reply_that_ended_early_can_be_kept(desk: Desk) -> None:
    said_in(desk, "a", "Go", "Half a rep", status=Status.INTERRUPTED)
    desk.library.keep("a1")
    assert desk.library.path("a")[-1].kept
    assert desk.kinds() == ["PathChanged a"]
    with pytest.raises(KeyError):
        desk.library.keep("nothing")


def test_what_another_process_wrote_is_announced(desk: Desk) -> None:
    known = {c.id for c in desk.library.conversations()}
    assert known == {"a", "b", "c"}
    desk.library.refresh()
    assert desk.kinds() == [], "nothing was written elsewhere"
    desk.add("d")
    said_in(desk, "a", "Said elsewhere")
    desk.store.update_conversation(replace(desk.library.conversation("b"), archived=True))
    desk.store.erase(["c"])
    desk.store.elsewhere = True
    desk.library.refresh()
    assert desk.kinds() == [
        *("FoldersChanged", "Added d", "PathChanged d", "Changed a", "PathChanged a"),
        *("Removed b", "PathChanged b", "Removed c"),
    ]
    desk.store.elsewhere = True
    desk.library.refresh()
    assert desk.kinds() == ["FoldersChanged"]


def test_much_that_another_process_wrote_comes_in_turns(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pizzagpt_desktop.chat.library.REFRESHED_AT_ONCE", 3)
    desk.library.conversations()
    for number in range(7):
        desk.add(f"new{number}")
    desk.store.erase(["c"])
    desk.store.elsewhere = True
    turns = []
    while desk.library.refresh():
        turns.append(desk.kinds())
    turns.append(desk.kinds())
    assert all(sum(kind.startswith("PathChanged") for kind in turn) <= 3 for turn in turns)
    said = [kind for turn in turns for kind in turn]
    assert [kind for kind in said if kind.startswith("Added")] == [
        f"Added new{number}" for number in range(7)
    ]
    assert said.count("FoldersChanged") == 1
    assert said[-1] == "Removed c"
    assert not desk.library.refresh()
    assert desk.kinds() == []


def test_a_temporary_conversation_is_not_taken_for_one_erased_elsewhere(desk: Desk) -> None:
    made = desk.library.create(temporary=True)
    desk.library.save_draft(made.id, "here")
    desk.library.conversations()
    desk.store.elsewhere = True
    desk.library.refresh()
    assert f"Removed {made.id}" not in desk.kinds()
