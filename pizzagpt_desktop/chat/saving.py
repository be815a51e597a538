"""Saver: puts replies into the store and keeps what the disk refused until it takes it; knows no source and no task."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from pizzagpt_desktop import chat
from pizzagpt_desktop.chat.announcer import Announcer
from pizzagpt_desktop.domain.conversation import Message, Status
from pizzagpt_desktop.domain.faults import Fault

if TYPE_CHECKING:
    from pizzagpt_desktop.chat.ports import SessionStore

log = logging.getLogger(__name__)


class Saver:
    """Saves the rows of replies. A refusal of the disk is announced once and never raised: the chat goes on.

    What could not be saved is tried again with every later save, and by `save_rest`.
    """

    def __init__(self, store: SessionStore, announcer: Announcer) -> None:
        self._store = store
        self._announcer = announcer
        self._without_row: set[str] = set()
        self._unsaved: dict[str, Message] = {}
        self._failing = False

    def add(self, reply: Message) -> Message:
        """Store a new reply row; where the disk refuses, the row is stored with the reply's end.

        One that grows has nothing to lose yet, and what it answers is on the disk: its asking waits for no sync.
        """
        try:
            stored = self._store.add_message(reply, synced=reply.status is not Status.STREAMING)
        except Fault as fault:
            self._without_row.add(reply.id)
            if reply.status is not Status.STREAMING:
                self._unsaved[reply.id] = reply
            self.refused(fault)
            return reply
        self._took()
        return stored

    def checkpoint(self, message_id: str, text: str, reasoning: str) -> bool:
        """Store a growing reply so far; whether the disk took it. One without a row is stored with its end."""
        if message_id in self._without_row:
            return True
        try:
            self._store.checkpoint(message_id, text, reasoning)
        except Fault as fault:
            self.refused(fault)
            return False
        self._took()
        return True

    def finish(self, reply: Message) -> None:
        """Store the final form of a reply."""
        try:
            self._write(reply)
        except Fault as fault:
            self._unsaved[reply.id] = reply
            self.refused(fault)
        else:
            self._unsaved.pop(reply.id, None)
            self._took()

    def save_rest(self) -> None:
        """Try once more to save what the disk refused before."""
        if self._unsaved:
            self._took()

    def try_again(self) -> None:
        """The disk takes writes again: give it what waits, and say so."""
        self._took()

    def reopen(self, reply: Message) -> None:
        """Store that a finished reply goes on; an older form that waits to be saved is out of date by this."""
        self._unsaved.pop(reply.id, None)
        if reply.id not in self._without_row:
            try:
                self._store.finish_message(reply)
            except Fault as fault:
                self.refused(fault)
            else:
                self._took()

    def _write(self, reply: Message) -> None:
        if reply.id in self._without_row:
            self._store.add_message(reply)
            self._without_row.discard(reply.id)
        else:
            self._store.finish_message(reply)

    def _took(self) -> None:
        """The disk took a write: give it all that waits, then say that saving works again."""
        if self._failing and self._wrote_all():
            self._failing = False
            log.info("saving works again")
            self._announcer.announce(chat.events.SavingResumed())

    def _wrote_all(self) -> bool:
        for reply in tuple(self._unsaved.values()):
            try:
                self._write(reply)
            except Fault as fault:
                self.refused(fault)
                return False
            del self._unsaved[reply.id]
        return True

    def refused(self, fault: Fault) -> None:
        """A write failed, here or elsewhere; announced once until saving works again."""
        if self._failing:
            return
        self._failing = True
        log.info("the disk refuses to save: %s", fault.detail)
        self._announcer.announce(chat.events.SavingFailed(fault))

    def refused_one(self, message_id: str) -> Message | None:
        """A reply that has ended and waits to be stored."""
        return self._unsaved.get(message_id)

    def newest(self, message: Message) -> Message:
        """The message as it is to be stored, where the store does not have its end yet."""
        return self._unsaved.get(message.id, message)
