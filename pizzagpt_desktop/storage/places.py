"""Which database holds what: the chat file, or memory for what is temporary; knows no table of theirs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pizzagpt_desktop.storage.connection import Database

if TYPE_CHECKING:
    from pizzagpt_desktop.storage.temporary import MemoryDatabase


class Places:
    """disk: the chat file. memory: is made with the first temporary conversation."""

    def __init__(self, disk: Database) -> None:
        self.disk = disk
        self.memory: MemoryDatabase | None = None

    def all(self) -> Sequence[Database | MemoryDatabase]:
        return [self.disk] if self.memory is None else [self.disk, self.memory]

    def of(self, conversation_id: str) -> Database | MemoryDatabase:
        """Where a conversation is; the disk for one that is nowhere."""
        if self.memory is not None and self.memory.holds_conversation(conversation_id):
            return self.memory
        return self.disk

    def of_message(self, message_id: str) -> Database | MemoryDatabase:
        """Where a message is; the disk for one that is nowhere."""
        if self.memory is not None and self.memory.holds_message(message_id):
            return self.memory
        return self.disk

    def for_new(self, temporary: bool) -> Database | MemoryDatabase:
        """Where a new conversation goes."""
        if not temporary:
            return self.disk
        if self.memory is None:
            from pizzagpt_desktop.storage.temporary import MemoryDatabase  # few need it

            self.memory = MemoryDatabase()
        return self.memory

    def close(self) -> None:
        for database in self.all():
            database.close()
