"""A SessionStore in dictionaries, which refuses on demand; for tests of the chat that are not about the disk."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any, Literal, NamedTuple

from pizzagpt_desktop.domain.conversation import (
    Conversation,
    Folder,
    Message,
    Outline,
    Role,
    SearchHit,
    Siblings,
    Status,
    path_to,
)
from pizzagpt_desktop.domain.faults import Fault, FaultKind
from pizzagpt_desktop.domain.query import Query


class _Removed(NamedTuple):
    """by: the id of the message whose removal took this one away."""

    by: str
    at: float
    was_leaf: bool


class MemoryTexts:
    """The texts of files of drafts; each step of writing one is a thousand characters."""

    def __init__(self, write: Callable[[str], None]) -> None:
        self.kept: dict[str, str] = {}
        self._write = write

    def writing(self, file_id: str, text: str, temporary: bool) -> Iterator[None]:
        whole = False
        try:
            for start in range(0, max(1, len(text)), 1000):
                if start:
                    yield
                self._write("file")
                self.kept[file_id] = text[: start + 1000]
            whole = True
        finally:
            if not whole:
                self.forget([file_id])

    def text(self, file_id: str) -> str:
        return self.kept.get(file_id, "")

    def forget(self, file_ids: Iterable[str]) -> None:
        for file_id in file_ids:
            self.kept.pop(file_id, None)


class MemoryOutlines:
    """The numbers of messages, out of the same dictionaries."""

    def __init__(self, path: Callable[[str], Sequence[Message]], messages: dict[str, Message]) -> None:
        self._path, self._messages = path, messages

    def above(self, conversation_id: str, before: int, limit: int) -> Sequence[Outline]:
        found = [m for m in self._path(conversation_id) if m.seq < before][-limit:]
        return [Outline(m.seq, m.role is Role.USER, len(m.text)) for m in found]

    def messages(self, conversation_id: str, seqs: Sequence[int]) -> Sequence[Message]:
        return [m for m in self._path(conversation_id) if m.seq in seqs]

    def seq_of(self, message_id: str) -> int | None:
        return self._messages[message_id].seq if message_id in self._messages else None


class MemoryStore:
    """`refuse` names methods that raise `Fault(STORAGE)`; `writes` names the writes that were taken, in order.

    `reads` names the reads of `path_up`.

    `on_write` is called with each name. `elsewhere` is what `changed_elsewhere` says, once.
    """

    def __init__(self) -> None:
        self.refuse: set[str] = set()
        self.writes: list[str] = []
        self.reads: list[str] = []
        self.on_write: Callable[[str], object] = self.writes.append
        self._conversations: dict[str, Conversation] = {}
        self._messages: dict[str, Message] = {}
        self._folders: dict[str, Folder] = {}
        self._removed: dict[str, _Removed] = {}
        self._revision = 0
        self._made = 0
        self.elsewhere = False
        self.files = MemoryTexts(self._write)
        self.outlines = MemoryOutlines(self.path, self._messages)

    def _write(self, name: str) -> None:
        if name in self.refuse or "*" in self.refuse:
            raise Fault(FaultKind.STORAGE, "the disk is full")
        self.on_write(name)

    def _read(self, name: str) -> None:
        if name in self.refuse:
            raise Fault(FaultKind.STORAGE, "the disk cannot be read")
        self.reads.append(name)

    def _touch(self, conversation_id: str, **changed: Any) -> None:
        """Facts of a conversation change, and it has a new revision."""
        self._revision += 1
        self._conversations[conversation_id] = replace(
            self._conversations[conversation_id], revision=self._revision, **changed
        )

    def conversations(self, limit: int | None = None, after: str | None = None) -> Sequence[Conversation]:
        live = [c for c in self._conversations.values() if c.deleted_at is None and not c.archived]
        listed = sorted(live, key=lambda c: (c.pinned, c.updated_at), reverse=True)
        if after is not None:
            ids = [c.id for c in listed]
            listed = listed[ids.index(after) + 1 :] if after in ids else []
        return listed[:limit]

    def archived(self) -> Sequence[Conversation]:
        found = [c for c in self._conversations.values() if c.archived and c.deleted_at is None]
        return sorted(found, key=lambda c: c.updated_at, reverse=True)

    def trash(self) -> Sequence[Conversation]:
        found = [c for c in self._conversations.values() if c.deleted_at is not None]
        return sorted(found, key=lambda c: c.deleted_at or 0.0, reverse=True)

    def conversation(self, conversation_id: str) -> Conversation | None:
        return self._conversations.get(conversation_id)

    def add_conversation(self, conversation: Conversation, synced: bool = True) -> None:
        self._write("add_conversation")
        assert conversation.id not in self._conversations
        self._conversations[conversation.id] = conversation
        self._touch(conversation.id)

    def update_conversation(self, conversation: Conversation, synced: bool = True) -> None:
        self._write("update_conversation")
        assert conversation.id in self._conversations
        self._conversations[conversation.id] = conversation
        self._touch(conversation.id)

    def update_conversations(self, conversations: Sequence[Conversation], synced: bool = True) -> None:
        self._write("update_conversations")
        assert all(c.id in self._conversations for c in conversations)
        for conversation in conversations:
            self._conversations[conversation.id] = conversation
            self._touch(conversation.id)

    def copy_conversation(self, source_id: str, copy: Conversation, leaf_id: str | None) -> None:
        self._write("copy_conversation")
        assert copy.id not in self._conversations
        active = self._conversations[source_id].active_leaf_id if leaf_id is None else leaf_id
        visible = {m.id: m for m in self.messages(source_id)}
        copied = list(visible.values()) if leaf_id is None else path_to(visible, leaf_id)
        names = {m.id: f"{copy.id}.{number}" for number, m in enumerate(copied)}
        for message in copied:
            self._made += 1
            growing = message.status is Status.STREAMING
            self._messages[names[message.id]] = replace(
                message,
                id=names[message.id],
                conversation_id=copy.id,
                parent_id=names.get(message.parent_id or ""),
                seq=self._made,
                status=Status.INTERRUPTED if growing else message.status,
                ended_at=message.created_at if growing else message.ended_at,
            )
        self._conversations[copy.id] = copy
        self._touch(copy.id, active_leaf_id=names.get(active or ""))

    def copying(self, source_id: str, copy: Conversation, leaf_id: str | None) -> Iterator[None]:
        for _ in range(len(self.messages(source_id)) // 100):
            yield
        self.copy_conversation(source_id, copy, leaf_id)

    def folders(self) -> Sequence[Folder]:
        return sorted(self._folders.values(), key=lambda folder: folder.position)

    def put_folder(self, folder: Folder) -> None:
        self.put_folders([folder])

    def put_folders(self, folders: Sequence[Folder]) -> None:
        self._write("put_folders")
        self._revision += 1
        self._folders.update((folder.id, folder) for folder in folders)

    def remove_folder(self, folder_id: str) -> None:
        self._write("remove_folder")
        self._folders.pop(folder_id, None)
        for conversation in list(self._conversations.values()):
            if conversation.folder_id == folder_id:
                self._touch(conversation.id, folder_id=None)

    def changed_elsewhere(self) -> bool:
        changed, self.elsewhere = self.elsewhere, False
        return changed

    def revision(self) -> int:
        return self._revision

    def changed_since(self, revision: int, limit: int | None = None) -> Sequence[Conversation]:
        changed = [c for c in self._conversations.values() if c.revision > revision and not c.temporary]
        return sorted(changed, key=lambda c: c.revision)[:limit]

    def count(self) -> int:
        return len(self.ids())

    def ids(self) -> frozenset[str]:
        return frozenset(c.id for c in self._conversations.values() if not c.temporary)

    def purge(self, deleted_before: float) -> int:
        for message_id, removed in list(self._removed.items()):
            if removed.at < deleted_before:
                del self._removed[message_id], self._messages[message_id]
        return self._erase(
            [c.id for c in self._conversations.values() if (c.deleted_at or deleted_before) < deleted_before]
        )

    def erase(self, conversation_ids: Sequence[str]) -> int:
        self._write("erase")
        return self._erase([id_ for id_ in dict.fromkeys(conversation_ids) if id_ in self._conversations])

    def _erase(self, gone: Sequence[str]) -> int:
        for conversation_id in gone:
            del self._conversations[conversation_id]
        self._messages = {k: m for k, m in self._messages.items() if m.conversation_id not in gone}
        self._removed = {k: removed for k, removed in self._removed.items() if k in self._messages}
        self._revision += bool(gone)
        return len(gone)

    def add_message(self, message: Message, synced: bool = True) -> Message:
        self._write("add_message")
        assert message.id not in self._messages
        assert message.parent_id is None or self.message(message.parent_id) is not None
        self._made += 1
        stored = replace(message, seq=self._made)
        self._messages[message.id] = stored
        conversation = self._conversations[message.conversation_id]
        self._touch(
            conversation.id,
            active_leaf_id=message.id,
            updated_at=max(conversation.updated_at, message.created_at),
        )
        return stored

    def checkpoint(self, message_id: str, text: str, reasoning: str) -> None:
        self._write("checkpoint")
        self._messages[message_id] = replace(self._messages[message_id], text=text, reasoning=reasoning)

    def finish_message(self, message: Message) -> None:
        self._write("finish_message")
        old = self._messages[message.id]
        kept = old.kept and message.status is not Status.STREAMING
        self._messages[message.id] = replace(message, seq=old.seq, kept=kept)
        self._touch(message.conversation_id)

    def keep(self, message_id: str) -> None:
        self._write("keep")
        self._messages[message_id] = replace(self._messages[message_id], kept=True)
        self._touch(self._messages[message_id].conversation_id)

    def message(self, message_id: str) -> Message | None:
        return None if message_id in self._removed else self._messages.get(message_id)

    def path(self, conversation_id: str) -> Sequence[Message]:
        conversation = self._conversations.get(conversation_id)
        return path_to(self._messages, conversation.active_leaf_id if conversation else None)

    def path_end(self, conversation_id: str, limit: int, before: str | None = None) -> Sequence[Message]:
        path = self.path(conversation_id)
        if before is not None:
            before_it = self._messages[before].parent_id if before in self._messages else None
            path = path_to(self._messages, before_it)
        return path[-limit:] if limit > 0 else []

    def path_up(self, message_id: str, limit: int) -> Sequence[Message]:
        self._read("path_up")
        visible = {id_: m for id_, m in self._messages.items() if id_ not in self._removed}
        return path_to(visible, message_id)[-limit:]

    def first_said(self, conversation_id: str) -> Message | None:
        return next((m for m in self.path(conversation_id) if m.role is Role.USER), None)

    def path_ids(self, conversation_id: str) -> Sequence[str]:
        return [message.id for message in self.path(conversation_id)]

    def messages(self, conversation_id: str) -> Sequence[Message]:
        return [
            m
            for m in self._messages.values()
            if m.conversation_id == conversation_id and m.id not in self._removed
        ]

    def siblings(self, message_id: str) -> Siblings:
        me = self._messages[message_id]
        ids = [m.id for m in self.messages(me.conversation_id) if m.parent_id == me.parent_id]
        return Siblings(tuple(ids), ids.index(message_id)) if message_id in ids else Siblings()

    def activate(self, conversation_id: str, message_id: str) -> None:
        self._write("activate")
        assert message_id not in self._removed
        self._touch(conversation_id, active_leaf_id=self._below(message_id)[-1].id)

    def _below(self, message_id: str) -> list[Message]:
        """A message and all below it, in order of creation, without removed branches."""
        found = {message_id: self._messages[message_id]}
        for message in self._messages.values():  # no parent comes after its child
            if message.parent_id in found and message.id not in self._removed:
                found[message.id] = message
        return list(found.values())

    def remove_branch(self, message_id: str, at: float) -> None:
        self._write("remove_branch")
        assert message_id not in self._removed
        top = self._messages[message_id]
        beside = self.siblings(message_id)
        active = self._conversations[top.conversation_id].active_leaf_id
        gone = [m.id for m in self._below(message_id)]
        for id_ in gone:
            self._removed[id_] = _Removed(message_id, at, was_leaf=id_ == active)
        if active in gone:
            others = beside.ids[: beside.index][-1:] or beside.ids[beside.index + 1 :][:1]
            active = self._below(others[0])[-1].id if others else top.parent_id
        self._touch(top.conversation_id, active_leaf_id=active)

    def restore_branch(self, message_id: str) -> None:
        self._write("restore_branch")
        top = self._messages[message_id]
        assert self._removed[message_id].by == message_id
        above = self._removed.get(top.parent_id or "")
        active = self._conversations[top.conversation_id].active_leaf_id
        for id_, removed in list(self._removed.items()):
            if removed.by != message_id:
                continue
            if above is not None:
                self._removed[id_] = _Removed(above.by, removed.at, was_leaf=False)
            else:
                del self._removed[id_]
                active = id_ if removed.was_leaf else active
        self._touch(top.conversation_id, active_leaf_id=active)

    def search(
        self,
        query: str,
        limit: int = 100,
        *,
        order: Literal["newest", "best"] = "newest",
        conversation_id: str | None = None,
    ) -> Sequence[SearchHit]:
        asked = Query(query)
        hits = []
        for message in reversed(self._messages.values()):
            if (
                message.id not in self._removed
                and message.status is not Status.STREAMING
                and conversation_id in (None, message.conversation_id)
                and asked.terms
                and asked.holds(message.text)
            ):
                excerpt, spans = asked.excerpt(message.text)
                hits.append(
                    SearchHit(
                        conversation_id=message.conversation_id,
                        message_id=message.id,
                        title=self._conversations[message.conversation_id].title,
                        role=message.role,
                        excerpt=excerpt,
                        spans=spans,
                    )
                )
        return hits[:limit]

    def interrupt_abandoned(self) -> int:
        left = [m for m in self._messages.values() if m.status is Status.STREAMING]
        for message in left:
            self._messages[message.id] = replace(message, status=Status.INTERRUPTED)
            self._touch(message.conversation_id)
        return len(left)

    def close(self) -> None:
        """Nothing to let go of."""
