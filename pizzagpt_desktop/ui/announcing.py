"""Says something to those who listen to the program, at the next pause; knows no widget of ours and no words."""

from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent
from PySide6.QtWidgets import QWidget


def announce(widget: QWidget, words: str) -> None:
    """Tell assistive technology, politely; costs nothing where there is none.

    On Linux it takes a screen reader that knows AT-SPI's announcements: Orca 45.2 and later. Heard with 46.2; 43 is deaf.
    """
    if QAccessible.isActive():
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(widget, words))
