"""What the transcript tells those who do not see it: words for messages and ends; knows no layout."""

from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent
from PySide6.QtWidgets import QWidget

from pizzagpt_desktop.domain.conversation import Message, Role, Status
from pizzagpt_desktop.ui import strings

SPOKEN = 2_000
"""Characters of a message that are read out when it is chosen."""


def announce(widget: QWidget, words: str) -> None:
    """Tell assistive technology, politely; costs nothing where there is none."""
    if QAccessible.isActive():
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(widget, words))


def words_of(message: Message) -> str:
    """Who speaks, and what."""
    who = "You" if message.role is Role.USER else message.model or "Reply"
    if message.role is Role.SYSTEM:
        who = strings.IMPORTED_SYSTEM
    return f"{who}: {message.text[:SPOKEN]}"


def end_words(message: Message) -> str:
    """How a reply ended."""
    return "The reply is complete." if message.status is Status.COMPLETE else strings.status_words(message)


def count_words(count: int) -> str:
    return f"{count} message" if count == 1 else f"{count} messages"
