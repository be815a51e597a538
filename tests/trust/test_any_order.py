"""Chapter "any order": whatever is done in whatever order, with quits, kills and a full disk between, the model is right.

Sending, arriving, ending, stopping, retrying, continuing, editing, switching, keeping, branching off, duplicating,
removing, queueing, drafting, deleting, archiving and every undo, over the real store, library and service.
"""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from pizzagpt_desktop.chat import answering
from pizzagpt_desktop.domain.conversation import DraftFile, Role, Status
from pizzagpt_desktop.domain.faults import Fault, FaultKind
from pizzagpt_desktop.storage import store as stores
from pizzagpt_desktop.storage.draft_files import PART
from tests.helpers.trust.diary import integrity
from tests.helpers.trust.model import Room
from tests.helpers.trust.world import World

TEXTS = st.text(st.characters(exclude_categories=("C", "Z")), min_size=1, max_size=8)
CUT = Fault(FaultKind.NETWORK, "cut")
MOST_ROOMS = 4


class LibraryMachine(World, RuleBasedStateMachine):
    """What somebody may do at any moment."""

    @invariant()
    def everything_is_as_the_model_has_it(self) -> None:
        self.check()

    @rule(what=st.sampled_from(["quit", "kill", "the disk is full", "there is room"]))
    def misfortune(self, what: str) -> None:
        if what == "quit":
            self.quit()
        elif what == "kill":
            self.kill()
        else:
            self.full = what == "the disk is full"

    # rules

    @rule(data=st.data(), text=TEXTS, new=st.integers(0, 3))
    def send(self, data: st.DataObject, text: str, new: int) -> None:
        if not self.open_rooms() or (new == 0 and len(self.rooms) < MOST_ROOMS):
            self.rooms[self.chat.library.create().id] = Room()
        id_ = self.some_room(data)
        room = self.rooms[id_]
        if room.growing:
            assert self.run(lambda: self.chat.service.send(id_, text)) is None
        elif not self.refused(lambda: self.chat.service.send(id_, text)):
            self.chat.library.forget_files(id_)
            room.said(self.outcome.parent_id, text, room.leaf)
            room.answered(self.outcome.id, self.outcome.parent_id)
            room.took_draft()
            self.heard[self.outcome.id] = ""

    @precondition(lambda self: self.growing())
    @rule(data=st.data(), text=TEXTS)
    def arrive(self, data: st.DataObject, text: str) -> None:
        id_ = data.draw(st.sampled_from(self.growing()))
        room = self.rooms[id_]
        node = room.nodes[room.growing]
        node.text += text
        self.run(lambda: self.prompters[id_].say(text), lambda: self.heard.get(room.growing) == node.text)

    @precondition(lambda self: self.growing())
    @rule(data=st.data(), cut=st.booleans())
    def end(self, data: st.DataObject, cut: bool) -> None:
        id_ = data.draw(st.sampled_from(self.growing()))
        room = self.rooms[id_]
        ending = room.growing
        prompter = self.prompters[id_]
        self.run(lambda: prompter.say(CUT) if cut else prompter.end(), lambda: room.growing != ending)
        node = room.nodes[ending]
        if not node.text.strip():
            assert node.status is Status.FAILED
        else:
            assert node.status is (Status.INTERRUPTED if cut else Status.COMPLETE)
        self.go_on(id_)

    @precondition(lambda self: self.growing())
    @rule(data=st.data())
    def stop(self, data: st.DataObject) -> None:
        id_ = data.draw(st.sampled_from(self.growing()))
        if id_ is not None:
            self.run(lambda: self.chat.service.stop(id_), lambda: self.rooms[id_].growing is None)

    @precondition(lambda self: not self.full and self.has(Role.ASSISTANT))
    @rule(data=st.data())
    def retry(self, data: st.DataObject) -> None:
        found = self.some_message(data, Role.ASSISTANT)
        if found:
            _, room, message = found
            self.began(room, self.run(lambda: self.chat.service.retry(message)), room.nodes[message].parent)

    @precondition(lambda self: not self.full and self.has(Role.ASSISTANT))
    @rule(data=st.data())
    def go_on_with(self, data: st.DataObject) -> None:
        found = self.some_message(data, Role.ASSISTANT, lambda node: node.status is not Status.COMPLETE)
        if not found:
            return
        _, room, message = found
        node, was_growing = room.nodes[message], room.growing
        if not was_growing and node.text.strip():
            self.heard[message] = node.text
        reply = self.run(lambda: self.chat.service.continue_reply(message))
        if was_growing or not node.text.strip():
            self.began(room, reply, node.parent)
        else:
            assert reply.id == message
            room.growing = message
            node.status, node.kept, node.unsaved = Status.STREAMING, False, False

    @precondition(lambda self: self.has(Role.USER))
    @rule(data=st.data(), text=TEXTS)
    def edit(self, data: st.DataObject, text: str) -> None:
        found = self.some_message(data, Role.USER)
        if not found:
            return
        _, room, message = found
        if room.growing:
            assert self.run(lambda: self.chat.service.edit(message, text)) is None
        elif not self.refused(lambda: self.chat.service.edit(message, text)):
            room.said(self.outcome.parent_id, text, room.nodes[message].parent)
            self.began(room, self.outcome, self.outcome.parent_id)

    @precondition(lambda self: self.has())
    @rule(data=st.data())
    def switch(self, data: st.DataObject) -> None:
        found = self.some_message(data, None, lambda node: not node.unsaved)
        if found and not self.refused(lambda: self.chat.service.activate(found[2])):
            found[1].leaf = found[1].newest_leaf(found[2])

    @precondition(lambda self: self.has(Role.ASSISTANT))
    @rule(data=st.data())
    def keep(self, data: st.DataObject) -> None:
        found = self.some_message(
            data, Role.ASSISTANT, lambda node: node.status is not Status.STREAMING and not node.unsaved
        )
        if found and not self.refused(lambda: self.chat.service.keep(found[2])):
            found[1].nodes[found[2]].kept = True

    @precondition(lambda self: len(self.rooms) < MOST_ROOMS and self.has())
    @rule(data=st.data(), whole=st.booleans())
    def copy(self, data: st.DataObject, whole: bool) -> None:
        found = self.some_message(data, None, lambda node: not node.unsaved)
        if not found or any(node.unsaved for node in found[1].nodes.values()):
            return
        id_, room, message = found
        ids = room.visible() if whole else room.path_to(message)
        library, service = self.chat.library, self.chat.service
        if not self.refused(lambda: library.duplicate(id_) if whole else service.branch_off(message)):
            copies = self.chat.store.messages(self.outcome.id)
            assert len(copies) == len(ids)
            names = dict(zip(ids, (copy.id for copy in copies), strict=True))
            self.rooms[self.outcome.id] = room.copied(ids, names, room.leaf if whole else message)
            self.rooms[self.outcome.id].draft = self.outcome.draft
            if whole:  # with its draft
                self.rooms[self.outcome.id].files = list(room.kept_files)
                self.rooms[self.outcome.id].kept_files = list(room.kept_files)
            self.rooms[self.outcome.id].archived = self.outcome.archived
            self.rooms[self.outcome.id].queue = [(q.id, q.text) for q in self.outcome.queue]

    @precondition(lambda self: self.has())
    @rule(data=st.data())
    def remove(self, data: st.DataObject) -> None:
        found = self.some_message(data, None, lambda node: not node.unsaved)
        if found:
            _, room, message = found
            refused = self.refused(lambda: self.chat.service.remove_branch(message))
            if not refused:
                self.undos.append((self.outcome, room.remove(message)))

    @precondition(lambda self: self.open_rooms())
    @rule(data=st.data(), text=TEXTS)
    def draft(self, data: st.DataObject, text: str) -> None:
        id_ = self.some_room(data, fit=lambda room: room.draft != text)
        if id_ is not None and not self.refused(lambda: self.chat.library.save_draft(id_, text)):
            self.rooms[id_].draft = text
            self.rooms[id_].kept_draft()

    @precondition(lambda self: self.open_rooms())
    @rule(data=st.data(), parts=st.integers(0, 3), dies=st.booleans())
    def attach(self, data: st.DataObject, parts: int, dies: bool) -> None:
        """A file, or with none of its parts one is taken away; and the program may die while it is written."""
        id_ = self.some_room(data, fit=lambda room: parts > 0 or bool(room.files))
        if id_ is None:
            return
        room = self.rooms[id_]
        if parts:
            text = f"{len(self.texts)} " * (PART // 3) * parts
            file = DraftFile(f"f{len(self.texts)}", "a.txt", 7, len(text))
            self.texts[file.id] = text
            wanted = [*room.files, file]
        else:
            wanted = list(room.files)
            del wanted[data.draw(st.integers(0, len(wanted) - 1))]
        if dies and parts:
            steps = self.chat.store.files.writing(file.id, text, temporary=False)
            for _ in range(data.draw(st.integers(1, parts))):
                next(steps, None)
            self.kill()
        else:
            self.keep_files(id_, wanted)

    @precondition(lambda self: self.open_rooms())
    @rule(data=st.data(), text=TEXTS)
    def queue(self, data: st.DataObject, text: str) -> None:
        id_ = self.some_room(data, fit=lambda room: room.stored)
        if id_ is not None and not self.refused(lambda: self.chat.service.queue(id_, text)):
            room = self.rooms[id_]
            self.chat.library.forget_files(id_)
            room.live = room.live or (not room.queue and room.growing is not None)
            room.queue.append((self.outcome.id, text))
            room.took_draft()

    @precondition(lambda self: any(self.rooms[id_].queue for id_ in self.open_rooms()))
    @rule(data=st.data(), text=TEXTS, to=st.integers(0, 3), what=st.sampled_from(["edit", "move", "drop"]))
    def rearrange(self, data: st.DataObject, text: str, to: int, what: str) -> None:
        id_ = self.some_room(data, fit=lambda room: bool(room.queue))
        if id_ is None:
            return
        room, service = self.rooms[id_], self.chat.service
        at = data.draw(st.integers(0, len(room.queue) - 1))
        queued, before = room.queue[at]
        wanted = [entry for entry in room.queue if entry[0] != queued]
        if what == "edit":
            wanted.insert(at, (queued, text))
        elif what == "move":
            wanted.insert(min(to, len(wanted)), (queued, before))
        if wanted == room.queue:
            return
        commands: dict[str, Callable[[], Any]] = {
            "edit": lambda: service.edit_queued(id_, queued, text),
            "move": lambda: service.move_queued(id_, queued, to),
            "drop": lambda: service.drop_queued(id_, queued),
        }
        if not self.refused(commands[what]):
            room.queue = wanted

    @precondition(lambda self: any(self.rooms[id_].queue for id_ in self.open_rooms()))
    @rule(data=st.data())
    def send_queued(self, data: st.DataObject) -> None:
        id_ = self.some_room(data, fit=lambda room: bool(room.queue))
        if id_ is None:
            return
        room = self.rooms[id_]
        if room.growing:
            self.run(lambda: self.chat.service.send_queued_now(id_))
            room.live = True
            return
        queued, text = room.queue[0]
        if self.refused(lambda: self.chat.service.send_queued_now(id_)):
            room.live = False
        else:
            room.queue.pop(0)
            room.live = True
            self.sent_from_queue(id_, queued, text)

    @precondition(lambda self: self.open_rooms())
    @rule(data=st.data(), archive=st.booleans())
    def put_away(self, data: st.DataObject, archive: bool) -> None:
        id_ = self.some_room(data, fit=lambda room: room.stored and not (archive and room.archived))
        if id_ is None:
            return
        room, library = self.rooms[id_], self.chat.library
        if self.refused(lambda: library.archive(id_) if archive else library.delete(id_)):
            return
        room.archived, room.deleted = room.archived or archive, not archive

        def undo() -> None:
            if archive:
                room.archived = False
            else:
                room.deleted = False

        self.undos.append((self.outcome, undo))

    @precondition(lambda self: self.undos)
    @rule()
    def undo(self) -> None:
        command, model = self.undos[-1]
        if not self.refused(command):
            self.undos.pop()
            model()

    @rule()
    def save_all(self) -> None:
        self.run(self.chat.service.save)
        if not self.failing:
            for room in self.rooms.values():
                if room.growing:
                    room.nodes[room.growing].sure = len(room.nodes[room.growing].text)

    def teardown(self) -> None:
        try:
            self.quit()
            self.check()
            self.run_close()
            assert integrity(self.file) == "ok"
        finally:
            self.runner.close()
            self.folder.cleanup()


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answering, "ANNOUNCE_S", 0.0)


def tried(examples: int, steps: int) -> settings:
    return settings(
        max_examples=examples, stateful_step_count=steps, deadline=None, derandomize=True, database=None,
        suppress_health_check=list(HealthCheck), print_blob=False, report_multiple_bugs=False,
    )  # fmt: skip


@pytest.mark.timeout(2400)
def test_any_order(long, figures):
    examples, steps = (600, 50) if long else (25, 30)
    run_state_machine_as_test(LibraryMachine, settings=tried(examples, steps))
    figures("any order", histories=examples, steps=examples * steps, differences=0)


@pytest.mark.parametrize("forgotten", ["activate", "restore_branch", "keep", "interrupt_abandoned"])
def test_the_harness_sees_a_planted_fault(monkeypatch, forgotten):
    """A command of the store that does nothing."""
    monkeypatch.setattr(stores.SqliteSessionStore, forgotten, lambda *_: 0)
    with pytest.raises(AssertionError):
        run_state_machine_as_test(LibraryMachine, settings=settings(tried(200, 40), phases=[Phase.generate]))
