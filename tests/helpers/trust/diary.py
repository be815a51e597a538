"""What an actor acknowledged, and whether the chat file keeps all of it; knows no way to lose anything.

Words: conversation ID · message ID CONVERSATION DIGEST · grew ID LENGTH · ended ID DIGEST STATUS · draft CONVERSATION
DIGEST (of its words and of the texts of its files) · sending CONVERSATION DIGEST (which takes the draft away once it is stored) · removed ID · restored ID · folder ID · shelved CONVERSATION FOLDER QUEUED · trash CONVERSATION · purged
CONVERSATION. What ends in -ing is said before (purging, removing, shelving, drafting), all else after.
"""

import hashlib
import sqlite3
from collections import Counter
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import Any

from pizzagpt_desktop.domain.conversation import Message, Status
from pizzagpt_desktop.storage.store import PATIENT_WAIT_S, SqliteSessionStore


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


class Diary:
    """Facts acknowledged so far, over many lives of a program with one file."""

    def __init__(self) -> None:
        self.conversations: set[str] = set()
        self.messages: dict[str, tuple[str, str]] = {}
        self.grown: dict[str, int] = {}
        self.ended: dict[str, tuple[str, str]] = {}
        self.drafts: dict[str, str] = {}
        self.sending: dict[str, set[str]] = {}
        self.removed: dict[str, bool | None] = {}
        self.folders: set[str] = set()
        self.shelved: dict[str, tuple[str, str]] = {}
        self.trashed: set[str] = set()
        self.purging: set[str] = set()
        self.purged: set[str] = set()
        self.interrupted = 0

    def hear(self, said: Iterable[list[Any]]) -> None:
        for kind, *rest in said:
            match kind:
                case "interrupted":
                    self.interrupted += rest[0]
                case "conversation":
                    self.conversations.add(rest[0])
                case "message":
                    self.messages[rest[0]] = (rest[1], rest[2])
                case "grew":
                    self.grown[rest[0]] = rest[1]
                case "ended" | "shown":
                    self.ended[rest[0]] = (rest[1], rest[2])
                case "draft":
                    self.drafts[rest[0]] = rest[1]
                case "drafting":
                    self.drafts.pop(rest[0], None)
                case "sending":
                    self.sending.setdefault(rest[0], set()).add(rest[1])
                case "removing":
                    self.removed[rest[0]] = None
                case "removed" | "restored":
                    self.removed[rest[0]] = kind == "removed"
                case "folder":
                    self.folders.add(rest[0])
                case "shelving":
                    self.shelved.pop(rest[0], None)
                case "shelved":
                    self.shelved[rest[0]] = (rest[1], rest[2])
                case "trash":
                    self.trashed.add(rest[0])
                case "purging":
                    self.purging.add(rest[0])
                case "purged":
                    self.purged.add(rest[0])

    def check(self, file: Path) -> None:
        """Everything is there, once, and the file is sound. Raises `AssertionError` that names what is not."""
        assert (found := integrity(file)) == "ok", f"integrity_check: {found}"
        with closing(SqliteSessionStore(file, wait_s=PATIENT_WAIT_S)) as store:
            assert store.interrupt_abandoned() == 0, "a start left replies that nobody writes"
            assert self.folders <= {folder.id for folder in store.folders()}, "a folder is lost"
            shown = {conversation.id: conversation for conversation in store.conversations()}
            stored: dict[str, Message] = {}
            for id_ in self.conversations:
                conversation = store.conversation(id_)
                messages = store.messages(id_)
                if conversation is None:
                    assert id_ in self.purging, f"the conversation {id_} is lost"
                    if messages:  # erasing goes on in the moments after, and after the next purge
                        store.purge(0.0)
                        assert store.is_erased(30.0), "what was erased is left"
                        assert not store.messages(id_), f"messages of the erased conversation {id_} are left"
                    continue
                assert id_ not in self.purged, f"the erased conversation {id_} is back"
                if id_ not in self.trashed | self.purging:
                    assert id_ in shown or conversation.deleted_at, f"{id_} is not in the list"
                elif id_ in self.trashed:
                    assert id_ not in shown, f"the deleted conversation {id_} is in the list"
                if id_ in self.drafts:
                    words = [conversation.draft, *(store.files.text(file.id) for file in conversation.files)]
                    sent = self.sending.get(id_, set()) & {digest(message.text) for message in messages}
                    assert sent or digest("".join(words)) == self.drafts[id_], f"the draft of {id_} is lost"
                if id_ in self.shelved:
                    found_there = (conversation.folder_id, *(queued.id for queued in conversation.queue))
                    assert found_there == self.shelved[id_], f"folder or queue of {id_} are lost"
                for message in messages:
                    assert message.id not in stored, f"{message.id} is there twice"
                    stored[message.id] = message
                assert conversation.active_leaf_id is None or conversation.active_leaf_id in stored
            self._check_messages(stored)

    def _check_messages(self, stored: dict[str, Message]) -> None:
        texts = Counter(digest(message.text) for message in stored.values() if message.text)
        for id_, (conversation_id, text) in self.messages.items():
            message = stored.get(id_)
            if message is None:
                gone = conversation_id in self.purging or self.removed.get(id_, False) is not False
                assert gone, f"the acknowledged message {id_} is lost"
                continue
            assert self.removed.get(id_) is not True, f"the removed message {id_} is back"
            if text != digest(""):
                assert digest(message.text) == text, f"the message {id_} has another text"
                assert texts[text] == 1, f"the message {id_} is doubled"
        for id_, (text, status) in self.ended.items():
            if id_ in stored:
                assert digest(stored[id_].text) == text, f"the ended reply {id_} has another text"
                assert stored[id_].status == status, f"the ended reply {id_} is {stored[id_].status}"
        for id_, length in self.grown.items():
            if id_ in stored:
                assert len(stored[id_].text) >= length, (
                    f"the reply {id_} lost text: {len(stored[id_].text)} of {length} characters are left"
                )
                assert stored[id_].status is not Status.STREAMING, f"{id_} is still being written"


def integrity(file: Path) -> str:
    """SQLite's own verdict on the file and on the index of its texts."""
    with closing(sqlite3.connect(file)) as connection:
        found = str(connection.execute("PRAGMA integrity_check").fetchone()[0])
        names = connection.execute(
            "SELECT name FROM sqlite_schema WHERE sql LIKE 'CREATE VIRTUAL TABLE%fts5%'"
        ).fetchall()
        for (name,) in names:
            try:
                connection.execute(f"INSERT INTO {name} ({name}) VALUES ('integrity-check')")
            except sqlite3.DatabaseError as error:
                return f"{name}: {error}"
        connection.rollback()
        if found == "ok" and connection.execute("PRAGMA foreign_key_check").fetchall():
            return "a row refers to one that is not there"
    return found
