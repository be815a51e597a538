"""The actors: what lives and dies on the stage; each opens a chat file as the program does and says what it was told.

An acknowledgement is said after the call that returned, so what is said must be there for ever.
"""

import json
import random
from collections.abc import Callable
from datetime import date
from itertools import count
from pathlib import Path
from typing import Any

from pizzagpt_desktop.domain.conversation import (
    Conversation,
    DraftFile,
    Folder,
    Message,
    Queued,
    Role,
    Status,
)
from pizzagpt_desktop.domain.faults import Fault
from pizzagpt_desktop.storage.backups import back_up
from pizzagpt_desktop.storage.connection import Database
from pizzagpt_desktop.storage.faults import StoreDamaged
from pizzagpt_desktop.storage.recovery import recover
from pizzagpt_desktop.storage.store import PATIENT_WAIT_S, SqliteSessionStore
from tests.helpers.trust.chatting import chat
from tests.helpers.trust.diary import digest
from tests.helpers.trust.planted import plant
from tests.helpers.trust.small_disk import copy, mount, unmount
from tests.helpers.trust.trouble import Call, Trouble

Say = Callable[..., None]
DAY = date(2026, 11, 22)


def start(say: Say, file: str, planted: str = "", may_refuse: bool = False) -> None:
    """A start of the program: the file is opened, what was cut off is marked, the list is read."""
    plant(planted)
    try:
        store = SqliteSessionStore(Path(file), wait_s=PATIENT_WAIT_S)
        say("interrupted", store.interrupt_abandoned())
        say("chats", len(store.conversations()))
        store.close()
    except Fault as fault:
        if not may_refuse:
            raise
        assert fault.detail
        say("refused", "open", fault.detail)


def migrate(say: Say, file: str, planted: str = "", plan: list[int] | None = None) -> None:
    """Open the file, which brings it up to date."""
    plant(planted)
    trouble = Trouble(Path(file).parent)
    if plan:
        trouble.plan(Call(plan[0]), *plan[1:])
    Database(Path(file), PATIENT_WAIT_S).close()
    say("calls", sum(trouble.count(kind) for kind in (Call.WRITE, Call.SYNC, Call.TRUNCATE)))


def keep_backup(say: Say, file: str) -> None:
    """The backup of a day."""
    say("kept", str(back_up(Path(file), DAY)))


def save(say: Say, file: str) -> None:
    """What the program does with a damaged file when the user lets it."""
    found = recover(Path(file), DAY)
    assert found.words()
    say("recovered", found.chats, found.messages, None if found.kept is None else str(found.kept))


def look(say: Say, file: str, planted: str = "") -> None:
    """A start of the program by somebody who then opens every conversation."""
    plant(planted)
    store = None
    try:
        store = SqliteSessionStore(Path(file), wait_s=PATIENT_WAIT_S)
        store.interrupt_abandoned()
        listed = store.conversations()
        say("chats", len(listed))
        for conversation in listed:
            say("chat", conversation.id)
            for message in store.messages(conversation.id):
                say("read", message.id, digest(message.text))
    except Fault as fault:
        assert fault.detail
        if isinstance(fault, StoreDamaged):
            say("damaged")
        say("refused", "open" if store is None else "read", fault.detail)
    finally:
        if store is not None:
            store.close()


def write(
    say: Say,
    file: str,
    seed: int,
    turns: int | None = None,
    size: int = 400,
    planted: str = "",
    plan: list[int] | None = None,
    log: str = "",
) -> None:
    """A day of writing, straight to the store. plan: kinds, number and outcome for `Trouble.plan`."""
    plant(planted)
    path = Path(file)
    trouble = Trouble(path.parent)
    if log:
        trouble.log(Path(log))
        say = marking(trouble, say)
    if plan:
        trouble.plan(Call(plan[0]), *plan[1:])
    store = SqliteSessionStore(path, wait_s=PATIENT_WAIT_S)
    say("interrupted", store.interrupt_abandoned())
    Day(say, store, seed, size).live(turns)
    store.close()
    say("closed")
    say("calls", sum(trouble.count(kind) for kind in (Call.WRITE, Call.SYNC, Call.TRUNCATE)))


def marking(trouble: Trouble, say: Say) -> Say:
    """Says everything into the log of changes too, where it stands between them."""

    def both(*words: Any) -> None:
        trouble.mark(json.dumps(words))
        say(*words)

    return both


class Day:
    """Seeded acts on a store, each acknowledged."""

    def __init__(self, say: Say, store: SqliteSessionStore, seed: int, size: int) -> None:
        self._say, self._store, self._seed, self._size = say, store, seed, size
        self._rnd = random.Random(seed)
        self._number = count()
        self._old: list[str] = []

    def live(self, turns: int | None) -> None:
        for turn in count():
            if turn == turns:
                return
            conversation = f"c{self._seed}.{turn}"
            self._store.add_conversation(Conversation(id=conversation, created_at=1e9, updated_at=1e9))
            self._say("conversation", conversation)
            parent = None
            for _ in range(self._rnd.randint(1, 4)):
                parent = self._exchange(conversation, parent)
            if parent is not None and self._rnd.random() < 0.4:
                self._remove(parent)
            self._old.append(conversation)
            if self._rnd.random() < 0.4:
                self._shelve(self._rnd.choice(self._old), turn)
            if self._rnd.random() < 0.4:
                self._draft(self._rnd.choice(self._old))
            if turn % 4 == 2:
                self._erase(self._old.pop(self._rnd.randrange(len(self._old))))

    def _exchange(self, conversation: str, parent: str | None) -> str:
        rnd, number = self._rnd, next(self._number)
        text = f"{self._seed} {number} " + "lorem ipsum " * rnd.randint(0, self._size)
        user = Message(id=f"u{self._seed}.{number}", conversation_id=conversation, parent_id=parent,
                       role=Role.USER, text=text)  # fmt: skip
        self._store.add_message(user)
        self._say("message", user.id, conversation, digest(text))
        replies = [self._reply(conversation, user.id, f"r{self._seed}.{number}")]
        if rnd.random() < 0.3:
            replies.append(self._reply(conversation, user.id, f"s{self._seed}.{number}"))
            self._store.activate(conversation, replies[0])
        return rnd.choice(replies)

    def _reply(self, conversation: str, parent: str, id_: str) -> str:
        rnd = self._rnd
        reply = Message(id=id_, conversation_id=conversation, parent_id=parent, role=Role.ASSISTANT, text="",
                        status=Status.STREAMING)  # fmt: skip
        self._store.add_message(reply)
        self._say("message", id_, conversation, digest(""))
        text = f"{id_} "
        for _ in range(rnd.randint(1, 12)):
            text += "x" * rnd.randint(1, 5 * self._size)
            self._store.checkpoint(id_, text, "")
            self._say("grew", id_, len(text))
        status = rnd.choice((Status.COMPLETE, Status.STOPPED, Status.FAILED))
        self._store.finish_message(
            Message(
                id=id_,
                conversation_id=conversation,
                parent_id=parent,
                role=Role.ASSISTANT,
                text=text,
                status=status,
            )
        )
        self._say("ended", id_, digest(text), status)
        return id_

    def _draft(self, conversation: str) -> None:
        known = self._store.conversation(conversation)
        assert known is not None
        number = next(self._number)
        draft, text = f"draft {number}", f"{number} " * self._rnd.choice((10, 40 * self._size))
        self._say("drafting", conversation)
        file = DraftFile(f"d{self._seed}.{number}", "a.txt", len(text), len(text))
        for _ in self._store.files.writing(file.id, text, temporary=False):
            pass
        files = (*known.files[-1:], file)  # of three the first is forgotten
        self._store.update_conversation(_replaced(known, draft=draft, files=files))
        words = [draft, *(self._store.files.text(file.id) for file in files)]
        self._say("draft", conversation, digest("".join(words)))

    def _remove(self, leaf: str) -> None:
        """A reply is taken away, and sometimes brought back."""
        self._say("removing", leaf)
        self._store.remove_branch(leaf, 1e9)
        self._say("removed", leaf)
        if self._rnd.random() < 0.4:
            self._say("removing", leaf)
            self._store.restore_branch(leaf)
            self._say("restored", leaf)

    def _shelve(self, conversation: str, turn: int) -> None:
        """Into a folder, with a tag and something in the queue."""
        folder = Folder(f"f{self._seed}.{turn}", f"Folder {turn}", turn)
        self._store.put_folder(folder)
        self._say("folder", folder.id)
        known = self._store.conversation(conversation)
        assert known is not None
        queue = (Queued(f"q{self._seed}.{turn}", f"queued {turn}"),)
        self._say("shelving", conversation)
        self._store.update_conversation(_replaced(known, folder_id=folder.id, tags=("work",), queue=queue))
        self._say("shelved", conversation, folder.id, queue[0].id)

    def _erase(self, conversation: str) -> None:
        known = self._store.conversation(conversation)
        assert known is not None
        self._say("purging", conversation)
        self._store.update_conversation(_replaced(known, deleted_at=1e9))
        self._say("trash", conversation)
        self._store.purge(2e9)
        self._say("purged", conversation)
        if self._seed % 2:  # else it is left to the thread aside
            assert self._store.is_erased(30.0)


def _replaced(conversation: Conversation, **changes: Any) -> Conversation:
    from dataclasses import replace

    return replace(conversation, **changes)


PARTS: dict[str, Callable[..., None]] = {
    "start": start,
    "migrate": migrate,
    "look": look,
    "back up": keep_backup,
    "recover": save,
    "write": write,
    "chat": chat,
    "mount": mount,
    "unmount": unmount,
    "copy": copy,
}
