"""What must be there: a plain model of conversations with branches, queues and states; knows no program and no disk."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from pizzagpt_desktop.domain.conversation import DraftFile, Role, Status

Undo = Callable[[], None]


@dataclass
class Node:
    """A message as it ought to be. sure: so much of its text is certainly on disk. unsaved: its end is not."""

    role: Role
    text: str
    status: Status
    parent: str | None
    kept: bool = False
    sure: int = 0
    unsaved: bool = False


@dataclass
class Room:
    """A conversation as it ought to be. nodes: in order of creation. live: its queue goes on by itself."""

    nodes: dict[str, Node] = field(default_factory=dict)
    removed: set[str] = field(default_factory=set)
    leaf: str | None = None
    growing: str | None = None
    draft: str = ""
    files: list[DraftFile] = field(default_factory=list)
    """Those that go with the draft, as they are shown."""
    kept_files: list[DraftFile] = field(default_factory=list)
    """Those of the draft that are certainly on disk, with their texts."""
    queue: list[tuple[str, str]] = field(default_factory=list)
    live: bool = False
    stored: bool = False
    deleted: bool = False
    archived: bool = False

    def path(self) -> list[str]:
        """From the root to the leaf."""
        found: list[str] = []
        at = self.leaf
        while at is not None:
            found.append(at)
            at = self.nodes[at].parent
        return found[::-1]

    def path_to(self, message_id: str) -> list[str]:
        found = [message_id]
        while (parent := self.nodes[found[-1]].parent) is not None:
            found.append(parent)
        return found[::-1]

    def visible(self, role: Role | None = None) -> list[str]:
        """Messages in no removed branch, oldest first."""
        return [
            id_ for id_, node in self.nodes.items() if id_ not in self.removed and role in (None, node.role)
        ]

    def below(self, message_id: str) -> set[str]:
        """A visible message and all visible ones below it."""
        found = {message_id}
        for id_ in self.visible():
            if self.nodes[id_].parent in found:
                found.add(id_)
        return found

    def newest_leaf(self, message_id: str) -> str:
        return [id_ for id_ in self.visible() if id_ in self.below(message_id)][-1]

    def said(self, message_id: str, text: str, parent: str | None) -> None:
        """A message of the user's."""
        self.nodes[message_id] = Node(Role.USER, text, Status.COMPLETE, parent)
        self.leaf = message_id
        self.stored = True

    def took_draft(self) -> None:
        """What stood in the composer was sent, or waits."""
        self.draft, self.files, self.kept_files = "", [], []

    def kept_draft(self) -> None:
        """The disk took a draft, and with it what it refused before of its files."""
        self.kept_files, self.stored = list(self.files), True

    def answered(self, message_id: str, parent: str | None) -> None:
        """A reply begins."""
        self.nodes[message_id] = Node(Role.ASSISTANT, "", Status.STREAMING, parent)
        self.leaf = self.growing = message_id

    def ended(self, status: Status, saved: bool) -> None:
        """The running reply ends; the queue goes on after this only if it is still live."""
        assert self.growing is not None
        node = self.nodes[self.growing]
        node.status, node.unsaved = status, not saved
        if status is not Status.COMPLETE or self.deleted or self.leaf != self.growing:
            self.live = False
        self.growing = None

    def remove(self, message_id: str) -> Undo:
        """A message and all below it; returns what brings them back."""
        gone = self.below(message_id)
        leaf, shown = self.leaf, self.leaf in gone
        siblings = [i for i in self.visible() if self.nodes[i].parent == self.nodes[message_id].parent]
        at = siblings.index(message_id)
        others = siblings[:at][-1:] or siblings[at + 1 :][:1]
        self.removed |= gone
        if shown:
            self.leaf = self.newest_leaf(others[0]) if others else self.nodes[message_id].parent

        def undo() -> None:
            self.removed -= gone
            if shown:
                self.leaf = leaf

        return undo

    def copied(self, ids: Iterable[str], names: dict[str, str], leaf: str | None) -> "Room":
        """Another conversation with copies of these messages, under other names."""
        copy = Room(stored=True, leaf=None if leaf is None else names[leaf])
        for id_ in ids:
            node = self.nodes[id_]
            status = Status.INTERRUPTED if node.status is Status.STREAMING else node.status
            parent = None if node.parent is None else names[node.parent]
            copy.nodes[names[id_]] = Node(node.role, node.text, status, parent, kept=node.kept)
        return copy

    def died(self, found: dict[str, tuple[str, Status]]) -> None:
        """The program was killed; `found` is what the next start has of each message. Raises `AssertionError`."""
        for id_, node in self.nodes.items():
            if id_ in self.removed or not (id_ == self.growing or node.unsaved):
                continue
            assert id_ in found or node.unsaved, f"the reply {id_} is lost"
            text, status = found.get(id_, ("", Status.INTERRUPTED))
            assert status is Status.INTERRUPTED, status
            assert node.text.startswith(text), f"{text!r} was never written"
            assert len(text) >= node.sure, f"{node.text!r} lost text that was stored: {text!r}"
            node.text, node.status, node.unsaved, node.kept = text, status, False, False
        self.growing, self.live = None, False
        self.files = list(self.kept_files)
