"""What the transcript tells those who do not see it: words for messages and ends; knows no layout."""

from functools import lru_cache

from pizzagpt_desktop.domain.conversation import Message, Role, Status
from pizzagpt_desktop.domain.markdown import parse
from pizzagpt_desktop.domain.spoken import spoken_of
from pizzagpt_desktop.ui import strings

SPOKEN = 20_000
"""Characters of a message that are read out when it is chosen; the rest is read in its source."""


def words_of(message: Message) -> str:
    """Who speaks, and what: of a reply what is shown of it, and what the eye sees besides, not how it is written."""
    mine = message.role is Role.USER
    who = "You" if mine else message.model or "Reply"
    if message.role is Role.SYSTEM:
        who = strings.IMPORTED_SYSTEM
    if message.text.strip():
        said = message.text[:SPOKEN]
        return f"{who}: {said if mine else _shown(said)}"
    return f"{who}: {strings.status_words(message) or 'no text'}"


@lru_cache(maxsize=64)
def _shown(text: str) -> str:
    return spoken_of(parse(text)).strip()


def end_words(message: Message) -> str:
    """How a reply ended."""
    return "The reply is complete." if message.status is Status.COMPLETE else strings.status_words(message)


def count_words(count: int, complete: bool = True) -> str:
    """How many messages there are; of a long conversation not all may have been brought yet."""
    words = f"{count} message" if count == 1 else f"{count} messages"
    return words if complete else f"More than {words}"
