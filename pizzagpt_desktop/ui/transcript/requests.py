"""What a reader asks for, as signals, mostly by message id; knows nothing of how it is done."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QAbstractScrollArea


class Requests(QAbstractScrollArea):
    """The transcript's base: what its buttons, menus and keys want done."""

    follow_changed = Signal(bool)
    retry_requested = Signal(str)
    continue_requested = Signal(str)
    fitting_chosen = Signal(str, str)
    """Ask for a reply, and this once do with what does not fit what a name of `WhenFull` says."""
    edit_requested = Signal(str)
    branch_chosen = Signal(str)
    preferences_requested = Signal()
    link_opened = Signal(str)
    """An address that may be opened as it is."""
    message_reached = Signal(str)
    """A message that was to be jumped to stands on the screen."""
    message_missed = Signal(str)
    """A message to jump to is not in the path that is shown."""
    link_doubted = Signal(str)
    """An address that may be opened only after a question that shows the whole of it (rule M3)."""
    keep_requested = Signal(str)
    removal_requested = Signal(str)
    """Take the message and all below it away."""
    copy_requested = Signal(str)
    """Begin a new conversation with the path to the message."""
    comparison_requested = Signal(str)
    """Show the message beside its other versions."""
    quote_requested = Signal(str)
    """A text is to be quoted in what is being written."""
    details_requested = Signal(str)
    source_requested = Signal(str)
    said = Signal(str)
    """Words for the reader about something that was just done."""
