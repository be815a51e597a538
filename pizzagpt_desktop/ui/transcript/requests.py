"""What a reader asks of the tree of messages, as signals by message id; knows nothing of how it is done."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QAbstractScrollArea


class Requests(QAbstractScrollArea):
    """The transcript's base: what its buttons, menus and keys want done with branches."""

    keep_requested = Signal(str)
    removal_requested = Signal(str)
    """Take the message and all below it away."""
    copy_requested = Signal(str)
    """Begin a new conversation with the path to the message."""
    comparison_requested = Signal(str)
    """Show the message beside its other versions."""
