"""Any order of sending, stopping, retrying, editing, switching, deleting and undoing, against a plain model.

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

TEXTS = st.text(st.characters(exclude_categories=("C", "Z")), min_size=1, max_size=8)
CUT = Fault(FaultKind.NETWORK, "cut")


class Node:
    """A message as it ought to be."""

    def __init__(self, role, text, status, parent):
        self.role, self.text, self.status, self.parent = role, text, status, parent


class ChatMachine(RuleBasedStateMachine):
    def __init__(self):
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.runner = asyncio.Runner()
        self.file = Path(self.folder.name) / "chats.db"
        self.store = SqliteSessionStore(self.file)
        announcer = Announcer()
        self.crashes = []
        self.scope = TaskScope(lambda _name, fault: self.crashes.append(fault))
        self.library = Library(self.store, announcer)
        self.prompter = Prompter()
        self.service = ChatService(
            self.store, self.choose, self.scope, announcer, unsaved=self.library.unsaved
        )
        self.announced = {}
        self.ended = []
        announcer.subscribe(self.hear)
        self.id = self.library.create().id
        self.nodes = {}
        self.leaf = None
        self.growing = None
        self.deleted = False

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

    def path(self):
        path, at = [], self.leaf
        while at is not None:
            path.append(at)
            at = self.nodes[at].parent
        return path[::-1]

    def some(self, data, role):
        ids = sorted((i for i, node in self.nodes.items() if node.role is role), key=list(self.nodes).index)
        return data.draw(st.sampled_from(ids))

    def has(self, role):
        return any(node.role is role for node in self.nodes.values())

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
            lambda: self.prompter.say(CUT) if cut else self.prompter.end(),
            lambda: not self.service.is_answering(self.id),
        )
        if not node.text.strip():
            node.status = Status.FAILED
        else:
            node.status = Status.INTERRUPTED if cut else Status.COMPLETE
        assert self.ended.count(reply_id) == 1
        self.growing = None

    @rule(late=TEXTS)
    def stop(self, late):
        def command():
            self.service.stop(self.id)
            self.prompter.say(late)

        self.run(command)
        if self.growing is not None:
            self.nodes[self.growing].status = Status.STOPPED
            assert self.ended.count(self.growing) == 1
            self.growing = None

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

    @precondition(lambda self: self.nodes)
    @rule(data=st.data())
    def activate(self, data):
        at = data.draw(st.sampled_from(list(self.nodes)))
        self.run(lambda: self.service.activate(at))
        below = {at}
        for identity, node in self.nodes.items():  # in order of creation
            if node.parent in below:
                below.add(identity)
        self.leaf = [identity for identity in self.nodes if identity in below][-1]

    @precondition(lambda self: self.nodes)
    @rule()
    def delete_or_undo(self):
        self.run(lambda: (self.library.restore if self.deleted else self.library.delete)(self.id))
        self.deleted = not self.deleted

    @invariant()
    def the_shown_path_is_the_models(self):
        shown = [(m.id, m.role, m.text, m.status) for m in self.library.path(self.id)]
        assert shown == [
            (i, self.nodes[i].role, self.nodes[i].text, self.nodes[i].status) for i in self.path()
        ]

    @invariant()
    def everything_that_ended_is_stored(self):
        for identity, node in self.nodes.items():
            stored = self.store.message(identity)
            assert stored.status is node.status
            if identity != self.growing:
                assert stored.text == node.text
                assert self.announced.get(identity, node.text) == node.text

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
            for identity, node in self.nodes.items():
                message = reopened.message(identity)
                assert (message.text, message.status) == (node.text, node.status)
        self.folder.cleanup()


ChatMachine.TestCase.settings = settings(
    max_examples=30, stateful_step_count=20, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
TestChatMachine = ChatMachine.TestCase
