"""The files of messages that are not sent yet, stored with the draft they belong to; knows no widget and no disk.

A short text is stored at once, a long one a step in each turn of the loop. What the disk refuses stays in the memory,
words too, and is tried again with the next change of a draft; words besides every `RETRY_S`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, suppress
from typing import TYPE_CHECKING, cast

from pizzagpt_desktop import chat
from pizzagpt_desktop.domain.conversation import Conversation, DraftFile
from pizzagpt_desktop.domain.faults import Fault, FaultKind

if TYPE_CHECKING:
    from collections.abc import Generator

    from pizzagpt_desktop.chat.announcer import Announcer
    from pizzagpt_desktop.chat.ports import FileTexts
    from pizzagpt_desktop.chat.tasks import TaskScope

ReadText = Callable[[DraftFile], str]
RETRY_S = 1.0
"""How long after the disk refused the words of a draft it is asked again."""


class _Draft:
    """The files of one draft that are not all stored. texts: of those that are not; stored: may be named."""

    def __init__(self, files: Sequence[DraftFile], stored: set[str]) -> None:
        self.files = tuple(files)
        self.stored = stored
        self.texts: dict[str, str] = {}
        self.steps: Iterator[None] | None = None


class DraftFiles:
    """conversation: finds one, or raises KeyError. save: stores which files a conversation's draft has; write: its words.

    Without a scope the caller waits. Commands raise `Fault(STORAGE)` where the disk refuses at once; later refusals
    are announced as `FilesNotKept`.
    """

    def __init__(
        self,
        texts: FileTexts,
        announcer: Announcer,
        scope: TaskScope | None,
        conversation: Callable[[str], Conversation],
        save: Callable[[str, tuple[DraftFile, ...]], None],
        write: Callable[[str, str], None],
    ) -> None:
        self._texts = texts
        self._announcer = announcer
        self._scope = scope
        self._conversation = conversation
        self._save = save
        self._write = write
        self._drafts: dict[str, _Draft] = {}
        self._words: dict[str, str] = {}
        """Of drafts whose words the disk refused, what they are now."""
        self._retries = False

    def of(self, conversation: Conversation) -> tuple[DraftFile, ...]:
        """The files of a draft, also those that are not stored yet."""
        draft = self._drafts.get(conversation.id)
        return conversation.files if draft is None else draft.files

    def text(self, file: DraftFile) -> str:
        """All of its text. Raises `Fault(STORAGE)` where that is not to be had."""
        for draft in self._drafts.values():
            if file.id in draft.texts:
                return draft.texts[file.id]
        found = self._texts.text(file.id)
        if len(found) != file.length:
            words = f"{file.name} cannot be read any more."
            raise Fault(FaultKind.STORAGE, words, hint="Take it away, and attach it again.")
        return found

    def keep(self, conversation_id: str, files: Sequence[DraftFile], read: ReadText) -> None:
        """These go with the draft now, and no others. read: the text of one that is new."""
        named = self._conversation(conversation_id).files
        draft = self._drafts.get(conversation_id)
        if draft is None:
            draft = self._drafts[conversation_id] = _Draft(files, {file.id for file in named})
        draft.files = tuple(files)
        wanted = {file.id for file in files}
        draft.texts = {id_: text for id_, text in draft.texts.items() if id_ in wanted}
        for file in files:
            if file.id not in draft.stored and file.id not in draft.texts:
                draft.texts[file.id] = read(file)
        self._go_on(conversation_id, draft)

    def words_of(self, conversation: Conversation) -> str:
        """The words of a draft, also where the disk refused them."""
        return self._words.get(conversation.id, conversation.draft)

    def hold(self, conversation_id: str, words: str) -> None:
        """The disk refused these words: try again until it takes them, or others."""
        self._words[conversation_id] = words
        if self._scope is not None and not self._retries:
            self._retries = True
            self._scope.spawn(self._retry(), "words of drafts")

    def go_on(self, conversation_id: str) -> None:
        """The disk took the words of a draft: it may take the rest."""
        self._words.pop(conversation_id, None)
        self.try_again(conversation_id)

    async def _retry(self) -> None:
        while self._words:
            await asyncio.sleep(RETRY_S)
            with suppress(Fault):
                if self._words:
                    self._write_words()
                    self._announcer.announce(chat.events.DraftsKept())
        self._retries = False

    def _write_words(self) -> None:
        for identity, words in list(self._words.items()):
            with suppress(KeyError):  # the conversation is gone
                self._write(identity, words)
            del self._words[identity]

    def forget(self, conversation_id: str) -> None:
        """The draft was sent."""
        self._words.pop(conversation_id, None)
        draft = self._drafts.pop(conversation_id, None)
        if draft is not None:
            draft.texts.clear()
            self._texts.forget(draft.stored)

    def try_again(self, conversation_id: str | None = None) -> None:
        """Store what the disk refused, of one draft or all."""
        for identity, draft in list(self._drafts.items()):
            if draft.steps is None and conversation_id in (None, identity):
                self._go_on(identity, draft)

    def finish(self) -> None:
        """Store everything now; the program may end at any moment."""
        refused: Fault | None = None
        try:
            self._write_words()
        except Fault as fault:
            refused = fault
        for identity, draft in list(self._drafts.items()):
            try:
                for _ in draft.steps or self._begin(identity, draft):
                    pass
            except Fault as fault:
                refused = fault
        if refused is not None:
            raise refused

    def _go_on(self, identity: str, draft: _Draft) -> None:
        if draft.steps is not None:  # it sees what there is to write; what was taken away goes now
            self._name(identity, draft)
            return
        steps = self._begin(identity, draft)
        for _ in steps:
            if self._scope is not None:
                self._scope.spawn(self._end(steps), f"files of {identity}")
                return

    async def _end(self, steps: Iterator[None]) -> None:
        try:
            with closing(cast("Generator[None]", steps)):
                await asyncio.sleep(0)
                for _ in steps:
                    await asyncio.sleep(0)
        except Fault as fault:
            self._announcer.announce(chat.events.FilesNotKept(fault))

    def _begin(self, identity: str, draft: _Draft) -> Iterator[None]:
        draft.steps = self._steps(identity, draft)
        return draft.steps

    def _steps(self, identity: str, draft: _Draft) -> Iterator[None]:
        """Write one text after the other; each is named by its conversation as soon as it is whole."""
        try:
            self._name(identity, draft)
            while (file := next((f for f in draft.files if f.id in draft.texts), None)) is not None:
                temporary = self._conversation(identity).temporary
                steps = self._texts.writing(file.id, draft.texts[file.id], temporary)
                with closing(cast("Generator[None]", steps)):
                    for _ in steps:
                        yield
                        if file.id not in draft.texts:  # it was taken away, or sent, in the meantime
                            break
                    else:
                        del draft.texts[file.id]
                        draft.stored.add(file.id)
                self._name(identity, draft)
            if self._drafts.get(identity) is draft:
                del self._drafts[identity]
        except KeyError:  # the conversation is gone
            self.forget(identity)
        finally:
            draft.steps = None

    def _name(self, identity: str, draft: _Draft) -> None:
        """Store which files the draft has, as far as their texts are there."""
        if self._drafts.get(identity) is draft:
            self._save(identity, tuple(file for file in draft.files if file.id in draft.stored))
