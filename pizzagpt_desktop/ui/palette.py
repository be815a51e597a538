"""Go to anything: commands and conversations in one list that narrows as one types; knows no chat."""

from collections.abc import Callable, Iterable, Iterator, Sequence
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

    titles: list[str] = []
    """Of all conversations, as they are compared; made with the first letter that is typed."""

    def matching(text: str) -> Iterator[Conversation]:
        first, *others = text.casefold().split()
        if not titles:
            titles.extend([shown_title(conversation).casefold() for conversation in conversations])
        for place in [place for place, title in enumerate(titles) if first in title]:
            if all(word in titles[place] for word in others):
                yield conversations[place]

    def entries(text: str) -> Iterable[Entry]:
        yield from narrowed(commands, text)
        # One by one: of many thousands few are shown.
        for conversation in matching(text) if text.split() else conversations:
            yield Entry(shown_title(conversation), partial(open_conversation, conversation.id))

    return Picker(parent, "palette", "Go to anything", WORDS, "Conversations and commands", entries)
