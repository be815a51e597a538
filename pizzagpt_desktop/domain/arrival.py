"""A conversation on its way in from a file, and how it is known again when it comes twice; knows no file and no store."""

import hashlib
import json
from collections.abc import Sequence
from typing import NamedTuple

from pizzagpt_desktop.domain.conversation import Conversation, Message
from pizzagpt_desktop.domain.text import storable


class Whole(NamedTuple):
    """A conversation with all its messages, of all branches; each message stands after its parent."""

    conversation: Conversation
    messages: Sequence[Message]


class Arrival(NamedTuple):
    """A conversation as it was found in a file.

    own: the file is this program's, so its ids are kept where they are free. partly: something of it cannot be held
    here and was left out. repaired: its messages did not make a tree and do now.
    """

    whole: Whole
    own: bool = False
    partly: bool = False
    repaired: bool = False


def given_id(whole: Whole, copy: int = 0) -> str:
    """The id that a conversation of a foreign file gets: the same for the same words, however often it comes.

    It tells apart what the file tells apart by an id of its own, or without one by the title; not what was only renamed
    there. copy: counts up where the ids before are in the trash.
    """
    conversation, messages = whole
    places = {message.id: place for place, message in enumerate(messages)}
    digest = hashlib.blake2b(digest_size=16)
    digest.update(json.dumps([conversation.id or ["", conversation.title], copy]).encode())
    for message in messages:
        above = -1 if message.parent_id is None else places.get(message.parent_id, -1)
        digest.update(json.dumps([above, message.role.value, storable(message.text)]).encode())
    return digest.hexdigest()


def holds(stored: Whole, arriving: Whole) -> bool:
    """Whether everything that is said in `arriving` is in `stored`, under the same ids."""
    there = {message.id: (message.role, message.text) for message in stored.messages}
    return all(there.get(new.id) == (new.role, storable(new.text)) for new in arriving.messages)
