"""Go to anything: commands and conversations in one list that narrows as one types; knows no chat."""

from collections.abc import Callable, Iterable, Sequence
from functools import partial

from PySide6.QtWidgets import QWidget

from pizzagpt_desktop.domain.conversation import Conversation
from pizzagpt_desktop.ui.actions import COMMANDS, Actions, shortcut
from pizzagpt_desktop.ui.picker import Entry, Picker, narrowed
from pizzagpt_desktop.ui.sidebar_groups import shown_title

WORDS = "Go to a conversation or command"


def command_palette(
    parent: QWidget,
    actions: Actions,
    conversations: Sequence[Conversation],
    open_conversation: Callable[[str], None],
) -> Picker:
    """The dialog, not yet open."""
    commands = [
        Entry(command.words, actions[command.id].trigger, shortcut(command.id))
        for command in COMMANDS
        if actions[command.id].isEnabled() and command.id != "palette"
    ]

    def entries(text: str) -> Iterable[Entry]:
        yield from narrowed(commands, text)
        # One by one: of many thousands few are shown.
        yield from narrowed(
            (Entry(shown_title(c), partial(open_conversation, c.id)) for c in conversations), text
        )

    return Picker(parent, "palette", "Go to anything", WORDS, "Conversations and commands", entries)
