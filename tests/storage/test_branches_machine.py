"""Branches removed, restored, copied and switched in any order, on disk and in memory, against a plain model."""

import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from pizzagpt_desktop.chat.ports import SessionStore
from pizzagpt_desktop.domain.conversation import Conversation, Message, Role, Status
from pizzagpt_desktop.storage import tree
from pizzagpt_desktop.storage.store import SqliteSessionStore
from tests.helpers.memory_store import MemoryStore

PICK = st.integers(0, 1000)
FEW = tree._FEW


@dataclass
class Node:
    """One message of the model. gone: the removal that took it, as a number; the leaf then, if it was the one."""

    id: str
    parent: str | None
    status: Status = Status.COMPLETE
    kept: bool = False
    gone: str | None = None
    was_leaf: bool = False


class Branches(RuleBasedStateMachine):
    """Every conversation is a list of nodes in order of creation and a leaf."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.store = self.open()
        self.trees: dict[str, list[Node]] = {}
        self.leaves: dict[str, str | None] = {}
        self.removals: list[tuple[str, str]] = []
        self.made = 0
        self.clock = 100.0

    def open(self) -> SessionStore:
        return SqliteSessionStore(Path(self.folder.name) / "chats.db")

    @initialize(temporary=st.booleans(), few=st.sampled_from((2, FEW)))
    def begin(self, temporary: bool, few: int) -> None:
        tree._FEW = few  # both ways of finding what stands below a message
        self.store.add_conversation(Conversation(id="c", temporary=temporary))
        self.trees["c"], self.leaves["c"] = [], None
        self.add(0, 0, False, False)

    def visible(self, conversation_id: str) -> list[Node]:
        return [node for node in self.trees[conversation_id] if node.gone is None]

    def picked(self, pick: int) -> tuple[str, Node]:
        """A message that is there, and its conversation."""
        all_ = [(name, node) for name in self.trees for node in self.visible(name)]
        return all_[pick % len(all_)]

    def below(self, conversation_id: str, top: str) -> list[Node]:
        found = {top}
        nodes = []
        for node in self.visible(conversation_id):
            if node.id in found or node.parent in found:
                found.add(node.id)
                nodes.append(node)
        return nodes

    def path(self, conversation_id: str, leaf: str | None) -> list[str]:
        nodes = {node.id: node for node in self.trees[conversation_id]}
        path: list[str] = []
        while leaf is not None:
            path.insert(0, leaf)
            leaf = nodes[leaf].parent
        return path

    def any_left(self) -> bool:
        return any(self.visible(name) for name in self.trees)

    @rule(pick=PICK, parent=PICK, root=st.booleans(), streaming=st.booleans())
    def add(self, pick: int, parent: int, root: bool, streaming: bool) -> None:
        name = sorted(self.trees)[pick % len(self.trees)]
        inside = self.visible(name)
        node = Node(f"m{self.made}", None if root or not inside else inside[parent % len(inside)].id)
        node.status = Status.STREAMING if streaming else Status.COMPLETE
        self.made += 1
        self.store.add_message(
            Message(
                id=node.id, conversation_id=name, parent_id=node.parent, role=Role.USER, text=f"text of {node.id}",
                status=node.status,
            )
        )  # fmt: skip
        self.trees[name].append(node)
        self.leaves[name] = node.id

    @precondition(any_left)
    @rule(pick=PICK)
    def activate(self, pick: int) -> None:
        name, node = self.picked(pick)
        self.store.activate(name, node.id)
        self.leaves[name] = self.below(name, node.id)[-1].id

    @precondition(any_left)
    @rule(pick=PICK)
    def keep(self, pick: int) -> None:
        _, node = self.picked(pick)
        self.store.keep(node.id)
        node.kept = True

    @precondition(any_left)
    @rule(pick=PICK)
    def remove(self, pick: int) -> None:
        name, node = self.picked(pick)
        self.clock += 1
        self.store.remove_branch(node.id, self.clock)
        beside = [other.id for other in self.visible(name) if other.parent == node.parent]
        place = beside.index(node.id)
        others = beside[:place][-1:] + beside[place + 1 :][:1]
        taken = self.below(name, node.id)
        for one in taken:
            one.gone, one.was_leaf = node.id, one.id == self.leaves[name]
        if any(one.was_leaf for one in taken):
            self.leaves[name] = self.below(name, others[0])[-1].id if others else node.parent
        self.removals.append((name, node.id))

    @precondition(lambda self: self.removals)
    @rule(pick=PICK)
    def restore(self, pick: int) -> None:
        name, top = self.removals.pop(pick % len(self.removals))
        nodes = {node.id: node for node in self.trees[name]}
        if nodes[top].gone != top:
            return  # it went with what stands above it, since
        self.store.restore_branch(top)
        parent = nodes[top].parent
        above = nodes[parent].gone if parent is not None else None
        for node in self.trees[name]:
            if node.gone == top:
                if above is None and node.was_leaf:
                    self.leaves[name] = node.id
                node.gone, node.was_leaf = above, False

    @precondition(any_left)
    @rule(pick=PICK)
    def undo_at_once(self, pick: int) -> None:
        """Removing and restoring is as if nothing had been, revisions apart."""
        name, node = self.picked(pick)
        before = self.store.conversation(name), self.store.messages(name), self.store.path(name)
        self.store.remove_branch(node.id, self.clock)
        assert node.id not in [message.id for message in self.store.messages(name)]
        self.store.restore_branch(node.id)
        assert (self.store.conversation(name), self.store.messages(name), self.store.path(name)) == before

    @precondition(lambda self: self.any_left() and len(self.trees) < 6)
    @rule(pick=PICK, whole=st.booleans(), temporary=st.booleans())
    def copy(self, pick: int, whole: bool, temporary: bool) -> None:
        name, node = self.picked(pick)
        made = f"copy{len(self.trees)}"
        leaf = None if whole else node.id
        self.store.copy_conversation(name, Conversation(id=made, temporary=temporary), leaf)
        path = self.path(name, node.id)
        originals = [one for one in self.visible(name) if whole or one.id in path]
        copies = self.store.messages(made)
        names = {one.id: copy.id for one, copy in zip(originals, copies, strict=True)}
        assert len(set(names.values()) | {one.id for one in originals}) == 2 * len(originals)
        for one, copy in zip(originals, copies, strict=True):
            assert copy.parent_id == (None if one.parent is None else names[one.parent])
            assert (copy.text, copy.kept) == (self.message(one.id).text, one.kept)
            growing = one.status is Status.STREAMING
            assert copy.status is (Status.INTERRUPTED if growing else one.status)
        self.trees[made] = [
            replace(one, id=copy.id, parent=copy.parent_id, status=copy.status)
            for one, copy in zip(originals, copies, strict=True)
        ]
        source_leaf = self.leaves[name] if whole else node.id
        self.leaves[made] = None if source_leaf is None else names[source_leaf]

    @precondition(lambda self: self.removals)
    @rule(age=st.integers(0, 3))
    def purge(self, age: int) -> None:
        """What was removed long ago is gone for good, and cannot be restored."""
        if age:
            return
        self.store.purge(self.clock + 1)
        for name, nodes in self.trees.items():
            self.trees[name] = [node for node in nodes if node.gone is None]
        self.removals.clear()

    def message(self, message_id: str) -> Message:
        found = self.store.message(message_id)
        assert found is not None
        return found

    @invariant()
    def same(self) -> None:
        for name in self.trees:
            nodes = self.visible(name)
            messages = self.store.messages(name)
            assert [(m.id, m.parent_id, m.kept) for m in messages] == [
                (n.id, n.parent, n.kept) for n in nodes
            ]
            path = self.path(name, self.leaves[name])
            assert [m.id for m in self.store.path(name)] == list(self.store.path_ids(name)) == path
            assert [m.id for m in self.store.path_end(name, 2)] == path[-2:]
            for place in range(len(path))[-3:]:
                ended = self.store.path_end(name, 2, before=path[place])
                assert [m.id for m in ended] == path[:place][-2:]
            for node in nodes[-3:]:
                ids = tuple(other.id for other in nodes if other.parent == node.parent)
                found = self.store.siblings(node.id)
                assert (found.ids, found.ids[found.index]) == (ids, node.id)
        for _, top in self.removals[-2:]:
            assert self.store.message(top) is None

    def teardown(self) -> None:
        tree._FEW = FEW
        self.store.close()
        self.folder.cleanup()


class BranchesInMemory(Branches):
    """The same for the store that the chat's own tests use."""

    def open(self) -> SessionStore:
        return MemoryStore()


TestBranches = Branches.TestCase
TestBranches.settings = settings(max_examples=25, stateful_step_count=25, deadline=None)
TestBranchesInMemory = BranchesInMemory.TestCase
TestBranchesInMemory.settings = settings(max_examples=25, stateful_step_count=25, deadline=None)
