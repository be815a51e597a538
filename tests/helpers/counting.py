"""Counts what the store makes, so that a test can say that it made no more than it had to."""

import pytest

from pizzagpt_desktop.domain.conversation import Message
from pizzagpt_desktop.storage import rows


def messages_made(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The ids of the messages that are made from rows from now on."""
    ids: list[str] = []
    make = rows.message_from

    def counted(row: tuple[object, ...]) -> Message:
        message = make(row)
        ids.append(message.id)
        return message

    monkeypatch.setattr("pizzagpt_desktop.storage.tree.message_from", counted)
    return ids
