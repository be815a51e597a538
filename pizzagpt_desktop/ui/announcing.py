"""Says something to those who listen to the program, at the next pause; knows no widget of ours and no words."""

from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent
from PySide6.QtWidgets import QWidget


def announce(widget: QWidget, words: str) -> None:
    """Tell assistive technology, politely; costs nothing where there is none.

    On Linux a screen reader hears it that knows AT-SPI's announcements: Orca from version 45 on.
    """
    if QAccessible.isActive():
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(widget, words))
