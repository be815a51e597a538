"""Drafts in any order: written, files attached, taken away, sent, refused, while long ones are written a turn at a time."""

import asyncio

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from pizzagpt_desktop.chat.announcer import Announcer
from pizzagpt_desktop.chat.drafts import DraftFiles
from pizzagpt_desktop.chat.library import Library
from pizzagpt_desktop.chat.tasks import TaskScope
from pizzagpt_desktop.domain.conversation import DraftFile
from pizzagpt_desktop.domain.faults import Fault
from tests.helpers.memory_store import MemoryStore


class DraftsMachine(RuleBasedStateMachine):
    """Two conversations, each with the files that its composer shows; a thousand characters are written at a time."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.store = MemoryStore()
        self.crashes: list[BaseException] = []
        self.library = Library(
            self.store, Announcer(), scope=TaskScope(lambda _name, error: self.crashes.append(error))
        )
        self.shown: dict[str, list[DraftFile]] = {self.library.create().id: [] for _ in range(2)}
        self.words = dict.fromkeys(self.shown, "")
        self.texts: dict[str, str] = {}
        self.behind = False
        """The disk refused since everything was finished: it may still name what was taken away."""

    @property
    def drafts(self) -> DraftFiles:
        return self.library.drafts

    def do(self, command, turns=0):
        async def inside():
            try:
                command()
            except Fault:
                assert self.store.refuse
            for _ in range(turns):
                await asyncio.sleep(0)

        self.runner.run(inside())

    def show(self, identity, files):
        self.shown[identity] = files
        self.do(lambda: self.drafts.keep(identity, files, lambda file: self.texts[file.id]))

    def some(self, data):
        return data.draw(st.sampled_from(sorted(self.shown)))

    @rule(data=st.data(), steps=st.integers(1, 4))
    def attach(self, data, steps):
        identity, number = self.some(data), len(self.texts)
        file = DraftFile(f"f{number}", f"{number}.txt", 1, steps * 1000)
        self.texts[file.id] = f"{number % 10}" * file.length
        self.show(identity, [*self.shown[identity], file])

    @rule(data=st.data())
    def take_away(self, data):
        identity = self.some(data)
        files = list(self.shown[identity])
        if files:
            del files[data.draw(st.integers(0, len(files) - 1))]
            self.show(identity, files)

    @rule(turns=st.integers(1, 3))
    def turn(self, turns):
        self.do(lambda: None, turns)

    @precondition(lambda self: not self.store.refuse)
    @rule(data=st.data())
    def send(self, data):
        """As the service and the desk do it: the conversation is without a draft, then the rest is forgotten."""
        identity = self.some(data)
        self.library._save_draft(identity, draft="", files=())
        self.library.forget_files(identity)
        self.shown[identity], self.words[identity] = [], ""

    @rule(data=st.data(), words=st.sampled_from(["", "one", "two", "three"]))
    def write(self, data, words):
        identity = self.some(data)
        self.words[identity] = words
        self.do(lambda: self.library.save_draft(identity, words))

    @rule(what=st.sampled_from([(), ("file",), ("*",)]))
    def disk(self, what):
        self.store.refuse = set(what)
        self.behind = self.behind or bool(what)

    @rule()
    def finish(self):
        self.do(self.library.finish_drafts)
        if not self.store.refuse:
            self.everything_shown_is_stored()
            self.behind = False

    @invariant()
    def what_is_shown_is_known_and_what_is_named_is_whole(self):
        assert not self.crashes
        for identity, shown in self.shown.items():
            conversation = self.library.conversation(identity)
            assert list(self.library.files_of(conversation)) == shown
            assert self.library.draft_of(conversation) == self.words[identity]
            for file in conversation.files:
                assert self.store.files.kept[file.id] == self.texts[file.id]
            if not self.behind:
                assert set(conversation.files) <= set(shown)
            for file in shown:
                assert self.library.file_text(file) == self.texts[file.id]

    def everything_shown_is_stored(self):
        for identity, shown in self.shown.items():
            assert list(self.library.conversation(identity).files) == shown
            assert self.library.conversation(identity).draft == self.words[identity]
        assert not self.drafts._drafts

    def teardown(self):
        self.store.refuse = set()
        self.finish()
        self.runner.close()


TestDrafts = DraftsMachine.TestCase
TestDrafts.settings = settings(
    max_examples=60, stateful_step_count=25, deadline=None, derandomize=True, database=None
)
