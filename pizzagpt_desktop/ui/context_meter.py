"""The meter beside the status line: how much of what the model can look at is taken; counts nothing itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QToolButton

from pizzagpt_desktop import chat
from pizzagpt_desktop.domain.preferences import Live, Preferences, WhenFull
from pizzagpt_desktop.ui.labels import describe, plain_tip

if TYPE_CHECKING:
    from pizzagpt_desktop.chat.announcer import Announcer
    from pizzagpt_desktop.chat.events import Event
    from pizzagpt_desktop.chat.weighing import Load, Weighed, Weigher
    from pizzagpt_desktop.domain.conversation import Conversation
    from pizzagpt_desktop.domain.sight import Sight
    from pizzagpt_desktop.ui.main_window import MainWindow

NARROW = 620
"""Below so many pixels of the page the meter says a share only."""
CHOOSE = "Press to choose what becomes of a conversation that is too long."
_FATES = {
    WhenFull.LEAVE_OUT: ("{} left out", "would be left out"),
    WhenFull.SUMMARISE: ("{} summarised", "would be sent as a summary"),
    WhenFull.STOP: ("too long to send", "would have to be left out, and you will be asked"),
}


class ContextMeter(QObject):
    """Lives as long as the window. The button is made when the first context length is known."""

    def __init__(
        self,
        window: MainWindow,
        weigher: Weigher,
        sight_of: Callable[[Conversation], Sight],
        announcer: Announcer,
        preferences: Live[Preferences],
    ) -> None:
        super().__init__(window)
        self._window = window
        self._weigher = weigher
        self._sight_of = sight_of
        self._preferences = preferences
        self._weighed: Weighed | None = None
        self._load: Load | None = None
        self._asked: object = None
        self.button: QToolButton | None = None
        window.desk.opened.connect(self.refresh)
        window.page.composer.draft_changed.connect(self._on_draft_changed)
        window.page.installEventFilter(self)
        for end in (announcer.subscribe(self._on_event), preferences.subscribe(lambda _new: self.refresh())):
            window.closed.connect(end)
        window.closed.connect(weigher.stop)
        self.refresh()

    def refresh(self, _opened: str = "", *, whole: bool = False) -> None:
        """Weigh the open conversation anew."""
        conversation = self._window.desk.conversation
        identity, self._asked = conversation.id, _asked(conversation)

        def show(weighed: Weighed | None) -> None:
            if self._window.desk.conversation.id == identity:
                self._weighed = weighed
                self._show()

        self._weigher.weigh(identity, self._sight_of(conversation), whole, show)

    def _on_event(self, event: Event) -> None:
        identity = self._window.desk.conversation.id
        match event:
            case chat.events.ReplyEnded(message) | chat.events.MessageAdded(message):
                mine = message.conversation_id == identity
            case chat.events.PathChanged(conversation_id):
                mine = conversation_id == identity
            case chat.events.ConversationChanged(conversation):
                # Its model may be another one now; of its draft the composer tells.
                mine = conversation.id == identity and _asked(conversation) != self._asked
            case _:
                return
        if mine:
            self.refresh()

    def _on_draft_changed(self, _text: str) -> None:
        if self._weighed is not None:
            self._show()

    def _show(self) -> None:
        draft = self._window.page.composer.text()
        load = self._weighed.load(draft) if self._weighed is not None else None
        if self._weighed is not None and self._weighed.pieces == [] and not draft.strip():
            load = None  # a new conversation: there is nothing to tell yet
        elif load is None and self._weighed is not None:
            self.refresh(whole=True)
            return
        self._load = load
        self._say()

    def _say(self) -> None:
        load = self._load
        if load is None:
            if self.button is not None:
                self.button.hide()
            return
        if self.button is None:
            self.button = button = QToolButton()
            describe(button, "context_meter", "Context")
            button.setProperty("kind", "meter")
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.setCursor(Qt.CursorShape.PointingHandCursor)
            button.clicked.connect(lambda: self._window.show_preferences("chats", "when_full"))
            self._window.page.show_meter(button)
        choice = WhenFull(self._window.desk.conversation.when_full or self._preferences.value.when_full)
        whole = meter_words(load, choice)
        self.button.setText(meter_words(load, choice, short=self._window.page.width() < NARROW))
        tip = meter_tip(load, choice)
        self.button.setAccessibleName(f"Context: {whole}")
        self.button.setAccessibleDescription(tip)
        self.button.setToolTip(plain_tip(f"{tip} {CHOOSE}"))
        self.button.show()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and self.button is not None:
            self._say()
        return False


def _asked(conversation: Conversation) -> object:
    """What of a conversation decides how much its model can look at, and what becomes of the rest."""
    here = conversation
    return here.service, here.model, here.persona, here.asking, here.when_full


def meter_words(load: Load, choice: WhenFull, *, short: bool = False) -> str:
    """What the meter says. short: where there is little room."""
    if load.left_out or load.tokens > load.size:
        fate = _FATES[choice][0].format(f"{load.left_out:,} oldest" if load.left_out else "nothing")
        return "Full" if short else f"Full · {fate}"
    if short:
        return f"{min(99, round(100 * load.tokens / load.size))} % full"
    return f"{'' if load.exact else 'about '}{load.tokens:,} of {load.size:,} tokens"


def meter_tip(load: Load, choice: WhenFull) -> str:
    """The same with what will be left out."""
    about = "" if load.exact else "about "
    words = f"This conversation takes {about}{load.tokens:,} of the {load.size:,} tokens that the model can look at."
    if load.left_out:
        which = f"The {load.left_out:,} oldest messages" if load.left_out > 1 else "The oldest message"
        return f"{words} {which} {_FATES[choice][1]}."
    return f"{words} Nothing is left out."
