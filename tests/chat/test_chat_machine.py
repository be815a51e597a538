"""Any order of sending, queueing, stopping, retrying, continuing, editing, switching, removing, undoing and quitting,
against a plain model.

The store is the real one on disk. After every step the shown path, the stored path and the model agree, and what was
announced of a reply is what is stored of it.
"""

import asyncio
import tempfile
from contextlib import closing
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from pizzagpt_desktop.chat.events import Announcer, ReplyEnded, ReplyGrew
from pizzagpt_desktop.chat.library import Library
from pizzagpt_desktop.chat.service import ChatService
from pizzagpt_desktop.chat.tasks import TaskScope
from pizzagpt_desktop.domain.conversation import Role, Status
from pizzagpt_desktop.domain.faults import Fault, FaultKind
from pizzagpt_desktop.storage.store import SqliteSessionStore
from tests.helpers.sources import Prompter, ScriptedSource
from tests.helpers.tree_model import Node, Nodes

TEXTS = st.text(st.characters(exclude_categories=("C", "Z")), min_size=1, max_size=8)
CUT = Fault(FaultKind.NETWORK, "cut")


class ChatMachine(RuleBasedStateMachine):
    def __init__(self):
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.runner = asyncio.Runner()
        self.file = Path(self.folder.name) / "chats.db"
        self.crashes = []
        self.announced = {}
        self.ended = []
        self.prompter = Prompter()
        self.begin()
        self.id = self.library.create().id
        self.nodes = Nodes()
        self.leaf = None
        self.growing = None
        self.deleted = False
        self.queue = []
        self.undos = []

    def begin(self):
        """A start of the program: a queue is paused, and nothing that was removed can be brought back by a notice."""
        self.store = SqliteSessionStore(self.file)
        announcer = Announcer()
        self.scope = TaskScope(lambda _name, fault: self.crashes.append(fault))
        self.library = Library(self.store, announcer)
        self.service = ChatService(
            self.store, self.choose, self.scope, announcer, unsaved=self.library.unsaved
        )
        announcer.subscribe(self.hear)
        self.live = False

    def choose(self, _conversation):
        self.prompter = Prompter()
        return ScriptedSource(self.prompter.script)

    def hear(self, event):
        if isinstance(event, ReplyGrew):
            self.announced[event.message_id] = self.announced.get(event.message_id, "") + event.text
        elif isinstance(event, ReplyEnded):
            self.ended.append(event.message.id)

    def run(self, command, until=lambda: True):
        """Run a command inside the loop and let the loop turn until a fact holds."""

        async def inside():
            outcome = command()
            async with asyncio.timeout(10):
                while not until():  # noqa: ASYNC110  (the fact is the machine's, not an event's)
                    await asyncio.sleep(0)
            return outcome

        return self.runner.run(inside())

    def answered(self, reply, parent):
        self.nodes[reply.id] = Node(Role.ASSISTANT, "", Status.STREAMING, parent)
        self.leaf = self.growing = reply.id

    def some(self, data, role=None):
        return data.draw(st.sampled_from(self.nodes.visible(role)))

    def has(self, role):
        return bool(self.nodes.visible(role))

    def stopped(self):
        """The growing reply ends, and the queue with it."""
        self.nodes[self.growing].status = Status.STOPPED
        assert self.ended.count(self.growing) == 1
        self.ended.clear()
        self.growing = None
        self.live = False

    def send_first(self):
        """What a live queue does when its turn has come."""
        if not self.queue:
            self.live = False
            return
        identity, text = self.queue.pop(0)
        self.nodes[identity] = Node(Role.USER, text, Status.COMPLETE, self.leaf)
        reply = self.store.path(self.id)[-1]
        assert reply.parent_id == identity
        self.answered(reply, identity)

    @rule(text=TEXTS)
    def send(self, text):
        reply = self.run(lambda: self.service.send(self.id, text))
        if self.growing is not None:
            assert reply is None
            return
        self.nodes[reply.parent_id] = Node(Role.USER, text, Status.COMPLETE, self.leaf)
        self.answered(reply, reply.parent_id)

    @precondition(lambda self: self.growing)
    @rule(text=TEXTS)
    def arrive(self, text):
        node = self.nodes[self.growing]
        node.text += text
        self.run(lambda: self.prompter.say(text), lambda: self.announced.get(self.growing) == node.text)

    @precondition(lambda self: self.growing)
    @rule(cut=st.booleans())
    def end(self, cut):
        node, reply_id = self.nodes[self.growing], self.growing
        self.run(
            lambda: self.prompter.say(CUT) if cut else self.prompter.end(), lambda: reply_id in self.ended
        )
        if not node.text.strip():
            node.status = Status.FAILED
        else:
            node.status = Status.INTERRUPTED if cut else Status.COMPLETE
        assert self.ended.count(reply_id) == 1
        self.ended.clear()
        self.growing = None
        if node.status is not Status.COMPLETE or self.leaf != reply_id or self.deleted:
            self.live = False
        if self.live:
            self.send_first()

    @rule(late=TEXTS)
    def stop(self, late):
        def command():
            self.service.stop(self.id)
            self.prompter.say(late)

        self.run(command)
        if self.growing is not None:
            self.stopped()

    # what waits

    @precondition(lambda self: self.nodes)
    @rule(text=TEXTS)
    def queue_up(self, text):
        begins = not self.queue and self.growing is not None
        queued = self.run(lambda: self.service.queue(self.id, text))
        self.queue.append((queued.id, text))
        self.live = self.live or begins

    @precondition(lambda self: self.queue)
    @rule(data=st.data(), text=TEXTS)
    def edit_queued(self, data, text):
        at = data.draw(st.integers(0, len(self.queue) - 1))
        identity = self.queue[at][0]
        self.run(lambda: self.service.edit_queued(self.id, identity, text))
        self.queue[at] = (identity, text)

    @precondition(lambda self: self.queue)
    @rule(data=st.data())
    def move_queued(self, data):
        places = st.integers(0, len(self.queue) - 1)
        at, to = data.draw(places), data.draw(places)
        self.run(lambda: self.service.move_queued(self.id, self.queue[at][0], to))
        self.queue.insert(to, self.queue.pop(at))

    @precondition(lambda self: self.queue)
    @rule(data=st.data(), back=st.booleans())
    def drop_queued(self, data, back):
        at = data.draw(st.integers(0, len(self.queue) - 1))
        undo = self.run(lambda: self.service.drop_queued(self.id, self.queue[at][0]))
        if back:
            self.run(undo)
        else:
            del self.queue[at]

    @precondition(lambda self: self.nodes and not self.deleted)
    @rule()
    def send_next(self):
        reply = self.run(lambda: self.service.send_queued_now(self.id))
        self.live = True
        if self.growing is not None:
            assert reply is None
        else:
            assert (reply is not None) is bool(self.queue)
            self.send_first()

    @precondition(lambda self: self.has(Role.ASSISTANT))
    @rule(data=st.data())
    def retry(self, data):
        old = self.some(data, Role.ASSISTANT)
        reply = self.run(lambda: self.service.retry(old))
        if self.growing is not None:
            assert reply is None
            return
        self.answered(reply, self.nodes[old].parent)

    @precondition(lambda self: self.has(Role.USER))
    @rule(data=st.data(), text=TEXTS)
    def edit(self, data, text):
        old = self.some(data, Role.USER)
        reply = self.run(lambda: self.service.edit(old, text))
        if self.growing is not None:
            assert reply is None
            return
        self.nodes[reply.parent_id] = Node(Role.USER, text, Status.COMPLETE, self.nodes[old].parent)
        self.answered(reply, reply.parent_id)

    @precondition(lambda self: self.has(Role.ASSISTANT))
    @rule(data=st.data())
    def go_on(self, data):
        old = self.some(data, Role.ASSISTANT)
        node = self.nodes[old]
        reply = self.run(lambda: self.service.continue_reply(old))
        if self.growing is not None:
            assert reply is None
        elif node.text.strip():
            assert reply.id == old
            node.status, node.kept = Status.STREAMING, False
            self.growing = old
        else:
            self.answered(reply, node.parent)

    @precondition(lambda self: self.has(Role.ASSISTANT))
    @rule(data=st.data())
    def keep(self, data):
        old = self.some(data, Role.ASSISTANT)
        if old != self.growing:
            self.run(lambda: self.service.keep(old))
            self.nodes[old].kept = True

    @precondition(lambda self: self.nodes.visible())
    @rule(data=st.data())
    def activate(self, data):
        at = self.some(data)
        self.run(lambda: self.service.activate(at))
        self.leaf = self.nodes.below(at)[-1]

    @precondition(lambda self: self.nodes.visible())
    @rule(data=st.data())
    def remove_branch(self, data):
        top = self.some(data)
        parent, beside = self.nodes[top].parent, self.nodes.beside(top)
        gone, shown = self.nodes.below(top), self.leaf
        undo = self.run(lambda: self.service.remove_branch(top))
        if self.growing in gone:
            self.stopped()
        for identity in gone:
            self.nodes[identity].removed_with = top
        if shown in gone:
            at = beside.index(top)
            others = beside[:at][-1:] or beside[at + 1 :][:1]
            self.leaf = self.nodes.below(others[0])[-1] if others else parent
        self.undos.append((undo, top, shown if shown in gone else None))

    @precondition(lambda self: self.undos)
    @rule()
    def undo_remove(self):
        undo, top, shown = self.undos.pop()
        self.run(undo)
        for node in self.nodes.values():
            if node.removed_with == top:
                node.removed_with = None
        self.leaf = shown or self.leaf

    @precondition(lambda self: self.nodes.visible())
    @rule(data=st.data())
    def branch_off(self, data):
        at = self.some(data)
        copy = self.run(lambda: self.service.branch_off(at))
        path = [self.nodes[identity] for identity in self.nodes.path(at)]
        copied = self.library.path(copy.id)
        assert [(m.role, m.text) for m in copied] == [(node.role, node.text) for node in path]
        for message, node in zip(copied, path, strict=True):
            grows = node.status is Status.STREAMING
            assert message.status is (Status.INTERRUPTED if grows else node.status)
            assert message.id not in self.nodes
        self.run(lambda: self.library.erase(copy.id))

    @precondition(lambda self: self.nodes)
    @rule()
    def delete_or_undo(self):
        self.run(lambda: (self.library.restore if self.deleted else self.library.delete)(self.id))
        self.deleted = not self.deleted

    @rule()
    def quit_and_start_again(self):
        self.runner.run(self.service.close())
        if self.growing is not None:
            self.stopped()
        self.store.close()
        self.undos.clear()
        if not self.nodes:
            self.id = ""
        self.begin()
        self.id = self.id or self.library.create().id

    @invariant()
    def the_shown_path_is_the_models(self):
        shown = [(m.id, m.role, m.text, m.status) for m in self.library.path(self.id)]
        assert shown == [
            (i, self.nodes[i].role, self.nodes[i].text, self.nodes[i].status)
            for i in self.nodes.path(self.leaf)
        ]

    @invariant()
    def everything_that_ended_is_stored(self):
        assert [m.id for m in self.store.messages(self.id)] == self.nodes.visible()
        for identity in self.nodes.visible():
            node, stored = self.nodes[identity], self.store.message(identity)
            assert stored.status is node.status
            assert stored.kept is node.kept
            assert list(self.store.siblings(identity).ids) == self.nodes.beside(identity)
            if identity != self.growing:
                assert stored.text == node.text
                assert self.announced.get(identity, node.text) == node.text

    @invariant()
    def what_waits_is_stored_and_goes_on_only_behind_a_reply(self):
        if self.nodes:
            assert [tuple(queued) for queued in self.service.queued(self.id)] == self.queue
            assert [tuple(queued) for queued in self.store.conversation(self.id).queue] == self.queue
        if self.queue:
            assert self.service.is_queue_paused(self.id) is not self.live
            assert not self.live or self.growing is not None, "a live queue does not stand still"

    @invariant()
    def the_list_shows_what_was_said_and_not_deleted(self):
        assert [c.id for c in self.library.conversations()] == (
            [self.id] if self.nodes and not self.deleted else []
        )
        assert self.service.is_answering(self.id) is (self.growing is not None)
        assert not self.crashes

    def teardown(self):
        self.runner.run(self.service.close())
        if self.growing is not None:
            self.nodes[self.growing].status = Status.STOPPED
        self.runner.close()
        self.store.close()
        with closing(SqliteSessionStore(self.file)) as reopened:
            for identity in self.nodes.visible():
                message, node = reopened.message(identity), self.nodes[identity]
                assert (message.text, message.status) == (node.text, node.status)
        self.folder.cleanup()


ChatMachine.TestCase.settings = settings(
    max_examples=40, stateful_step_count=30, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
TestChatMachine = ChatMachine.TestCase
