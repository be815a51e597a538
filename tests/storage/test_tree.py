"""The store against a model of the tree in plain Python, over any sequence of calls."""

import tempfile
from dataclasses import replace
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from pizzagpt_desktop.domain.conversation import Conversation, Message, Role, Status, path_to
from pizzagpt_desktop.storage.store import SqliteSessionStore

PICK = st.integers(0, 1000)


class StoreAndModel(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.file = Path(self.folder.name) / "chats.db"
        self.store = SqliteSessionStore(self.file)
        self.order: list[str] = []
        self.conversations: dict[str, Conversation] = {}
        self.messages: dict[str, Message] = {}

    @initialize()
    def begin(self) -> None:
        self.erased: set[str] = set()
        self.add_conversation()

    @rule()
    def add_conversation(self) -> None:
        conversation = Conversation(id=f"c{len(self.conversations)}")
        self.store.add_conversation(conversation)
        self.conversations[conversation.id] = conversation
        self.order.append(conversation.id)

    @rule(pick=PICK, parent=PICK, streaming=st.booleans(), root=st.booleans())
    def add_message(self, pick: int, parent: int, streaming: bool, root: bool) -> None:
        conversation_id = sorted(self.conversations)[pick % len(self.conversations)]
        inside = self.inside(conversation_id)
        message = Message(
            id=f"m{len(self.messages)}", conversation_id=conversation_id,
            parent_id=None if root or not inside else inside[parent % len(inside)].id,
            role=Role.ASSISTANT if streaming else Role.USER, text=f"word{len(self.messages)}",
            status=Status.STREAMING if streaming else Status.COMPLETE,
        )  # fmt: skip
        stored = self.store.add_message(message)
        assert stored == replace(message, seq=len(self.messages) + 1)
        self.messages[message.id] = stored
        self.conversations[conversation_id] = replace(
            self.conversations[conversation_id], active_leaf_id=message.id
        )
        self.order.remove(conversation_id)
        self.order.append(conversation_id)

    @precondition(lambda self: self.messages)
    @rule(pick=PICK, text=st.text(max_size=20), grows=st.booleans())
    def checkpoint(self, pick: int, text: str, grows: bool) -> None:
        message = self.picked(pick)
        text = (message.text + text if grows else text).replace("\x00", "")
        self.store.checkpoint(message.id, text, text[::2])
        self.messages[message.id] = replace(
            message, text=text, reasoning=text[::2], status=Status.STREAMING, ended_at=None
        )

    @precondition(lambda self: self.messages)
    @rule(pick=PICK, status=st.sampled_from(Status))
    def finish(self, pick: int, status: Status) -> None:
        message = replace(self.picked(pick), status=status, ended_at=5.0)
        self.store.finish_message(message)
        self.messages[message.id] = message

    @precondition(lambda self: self.messages)
    @rule(pick=PICK)
    def activate(self, pick: int) -> None:
        message = self.picked(pick)
        self.store.activate(message.conversation_id, message.id)
        leaf = message
        while children := [child for child in self.messages.values() if child.parent_id == leaf.id]:
            leaf = max(children, key=self.newest_below)
        self.conversations[message.conversation_id] = replace(
            self.conversations[message.conversation_id], active_leaf_id=leaf.id
        )

    @rule(pick=PICK, pinned=st.booleans(), deleted_at=st.none() | st.just(10.0))
    def update(self, pick: int, pinned: bool, deleted_at: float | None) -> None:
        id_ = sorted(self.conversations)[pick % len(self.conversations)]
        self.conversations[id_] = replace(self.conversations[id_], pinned=pinned, deleted_at=deleted_at)
        self.store.update_conversation(self.conversations[id_])

    @rule()
    def purge(self) -> None:
        if len(gone := [c.id for c in self.conversations.values() if c.deleted_at is not None]) > 1:
            gone.pop()
            for id_ in gone:  # leaves one in the trash, which is restored
                self.store.update_conversation(replace(self.conversations[id_], deleted_at=1.0))
            assert self.store.purge(2.0) == len(gone)
            assert self.store.is_erased(20)
            # The model keeps names apart by counting, so erased ones stay as empty shells.
            for id_ in gone:
                shell = Conversation(id=id_)
                self.store.add_conversation(shell)
                self.conversations[id_] = shell
                self.order.remove(id_)
                self.order.append(id_)
                self.erased.update(m.id for m in self.inside(id_))

    @rule(interrupted=st.booleans())
    def reopen(self, interrupted: bool) -> None:
        self.store.close()
        self.store = SqliteSessionStore(self.file)
        if interrupted:
            growing = [m for m in self.living() if m.status is Status.STREAMING]
            assert self.store.interrupt_abandoned() == len(growing)
            for message in growing:
                stored = self.store.message(message.id)
                assert stored is not None
                assert stored.ended_at is not None
                self.messages[message.id] = replace(
                    message, status=Status.INTERRUPTED, ended_at=stored.ended_at
                )

    @invariant()
    def same(self) -> None:
        if not hasattr(self, "erased"):
            return
        shown = [self.conversations[id_] for id_ in reversed(self.order)]
        shown = [c for c in shown if c.deleted_at is None]
        expected = [c for c in shown if c.pinned] + [c for c in shown if not c.pinned]
        assert [(c.id, c.active_leaf_id) for c in self.store.conversations()] == [
            (c.id, c.active_leaf_id) for c in expected
        ]
        for conversation in self.conversations.values():
            inside = self.inside(conversation.id)
            assert list(self.store.messages(conversation.id)) == inside
            known = {message.id: message for message in inside}
            assert list(self.store.path(conversation.id)) == list(path_to(known, conversation.active_leaf_id))
            for message in inside[-3:]:
                ids = tuple(other.id for other in inside if other.parent_id == message.parent_id)
                siblings = self.store.siblings(message.id)
                assert (siblings.ids, siblings.ids[siblings.index]) == (ids, message.id)
        for number in range(len(self.messages))[-3:]:
            expected_hits = [
                m.id
                for m in reversed(self.living())
                if m.status is not Status.STREAMING
                and self.conversations[m.conversation_id].deleted_at is None
                and m.text == f"word{number}"
            ]
            found = [hit.message_id for hit in self.store.search(f'"word{number}"')]
            assert [id_ for id_ in found if self.messages[id_].text == f"word{number}"] == expected_hits

    def teardown(self) -> None:
        self.store.close()
        self.folder.cleanup()

    def living(self) -> list[Message]:
        return [message for message in self.messages.values() if message.id not in self.erased]

    def inside(self, conversation_id: str) -> list[Message]:
        return [message for message in self.living() if message.conversation_id == conversation_id]

    def picked(self, pick: int) -> Message:
        living = self.living()
        return living[pick % len(living)] if living else self.another()

    def another(self) -> Message:
        self.add_message(0, 0, False, True)
        return self.living()[-1]

    def newest_below(self, message: Message) -> int:
        children = [child for child in self.messages.values() if child.parent_id == message.id]
        return max([message.seq, *map(self.newest_below, children)])


TestStoreAndModel = StoreAndModel.TestCase
TestStoreAndModel.settings = settings(max_examples=25, stateful_step_count=25, deadline=None)
