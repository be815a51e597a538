"""Finding in the open conversation: the bar, the marks, the hit that is shown; knows no index and no thread."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from pizzagpt_desktop import chat
from pizzagpt_desktop.domain.faults import Fault
from pizzagpt_desktop.domain.query import Place, Query
from pizzagpt_desktop.ui import theme
from pizzagpt_desktop.ui.find_bar import FindBar
from pizzagpt_desktop.ui.transcript.hits import Hits

if TYPE_CHECKING:
    from collections.abc import Callable

    from pizzagpt_desktop.chat.searching import Searcher
    from pizzagpt_desktop.ui.desk import Desk
    from pizzagpt_desktop.ui.page import Page
    from pizzagpt_desktop.ui.transcript.view import TranscriptView

MOST_MESSAGES = 2000
"""As many as the search counts; see `storage.search`."""


class Finding(QObject):
    """One bar for the window. say: tells of a fault. search_everything: takes the text to the other search."""

    def __init__(
        self,
        page: Page,
        desk: Desk,
        searcher: Searcher,
        say: Callable[[Fault], None],
        search_everything: Callable[[str], None],
    ) -> None:
        super().__init__(page)
        self._page = page
        self._desk = desk
        self._searcher = searcher
        self._say = say
        self.bar = bar = FindBar()
        self._places: Sequence[Place] = ()
        self._ends: list[int] = []
        """How many hits there are up to each place, this one included."""
        self._current = -1
        self._wanted: str | None = None
        """The message whose first hit is to be shown as soon as the hits are known."""
        self._is_open = False
        self._marked = ""
        """The text whose hits are marked on the page."""
        self._awaited: tuple[str, int] | None = None
        page.add_bar(bar)
        bar.hide()
        bar.changed.connect(self._on_changed)
        bar.next_asked.connect(lambda: self.step(1))
        bar.previous_asked.connect(lambda: self.step(-1))
        bar.everything_asked.connect(search_everything)
        bar.closed.connect(self.close)
        page.composer.escaped.connect(self.close)  # a jump to a hit leaves the keyboard there
        desk.opened.connect(self._on_opened)
        page.wire_transcript(self._wire_transcript)

    @property
    def is_open(self) -> bool:
        """Whether the bar is there."""
        return self._is_open

    def set_palette(self, palette: theme.Palette) -> None:
        self.bar.set_palette(palette)

    def open(self) -> None:
        """Show the bar and let the next key go into its field."""
        self._show_bar()
        selection = self._selected()
        if selection:
            self.bar.set_text(selection)
            self._on_changed(selection)
        self.bar.take_keyboard()

    def show_hit(self, text: str, message_id: str) -> None:
        """Show the first hit of `text` in a message of the open conversation, with the bar to go on from there."""
        self._show_bar()
        self.bar.set_text(text)
        self._wanted = message_id
        self._desk.reading.jump_to(message_id)  # where the index is late or knows no hit: the message itself
        self._ask(text, words=True)

    def close(self) -> None:
        """Take bar and marks away; the messages stay where they are."""
        if not self._is_open:
            return
        self._is_open = False
        self._searcher.forget("find")
        self._places, self._ends, self._current, self._wanted = (), [], -1, None
        self.bar.hide()
        if self._page.has_transcript:
            self._page.transcript.hits = None
            self._page.transcript.viewport().update()
        self._page.focus_composer()

    def step(self, by: int) -> None:
        """To the next hit, or the one before; round the ends."""
        if not self._is_open:
            self.open()
            return
        if self._ends:
            self._show((self._current + by) % self._ends[-1])

    def on_event(self, event: chat.events.Event) -> None:
        """What was said in the open conversation may be a hit."""
        match event:
            case chat.events.MessageAdded(message) | chat.events.ReplyEnded(message):
                conversation_id = message.conversation_id
            case _:
                return
        if self._is_open and conversation_id == self._desk.conversation.id and self.bar.field.text().strip():
            self._ask(self.bar.field.text(), again=True)

    def _wire_transcript(self, transcript: TranscriptView) -> None:
        transcript.message_reached.connect(self._on_reached)

    def _on_reached(self, message_id: str) -> None:
        """A message that was asked for is there now: go to the hit in it."""
        if self._awaited is not None and self._awaited[0] == message_id:
            awaited, self._awaited = self._awaited, None
            transcript = self._page.transcript
            if transcript.hits is not None:
                transcript.hits.show(transcript, *awaited)

    def _show_bar(self) -> None:
        if not self._is_open:
            self._is_open = True
            self.bar.show()

    def _selected(self) -> str:
        """What is selected on the page, where that is something to look for."""
        transcript = self._page.transcript if self._page.has_transcript else None
        selection = transcript.selection if transcript is not None else None
        if transcript is None or selection is None or selection.is_empty:
            return ""
        text = " ".join(selection.text(transcript.rows).split())
        return text if len(text) <= 100 else ""

    def _on_changed(self, text: str) -> None:
        self._wanted = None
        self._ask(text)

    def _on_opened(self, _conversation_id: str) -> None:
        """Another conversation lies open: the bar stays, and looks for the same there."""
        if self._is_open:
            self._ask(self.bar.field.text(), again=True)

    def _ask(self, text: str, *, again: bool = False, words: bool = False) -> None:
        """Look for `text` as it stands, or for its words wherever they stand. again: without going anywhere."""
        asked = text if words or text == self._marked else _as_it_stands(text)
        query = Query(asked)
        if self._page.has_transcript and (asked != self._marked or self._page.transcript.hits is None):
            self._page.transcript.hits = Hits(query) if query.terms else None
            self._page.transcript.viewport().update()
        self._marked = asked
        if not query.terms:
            self._searcher.forget("find")
            self._take((), again)
        else:
            if not again:
                self.bar.show_count(0, 0, searching=True)
            self._searcher.find_in(
                self._desk.conversation.id, asked, lambda found: self._on_found(text, asked, found, again)
            )

    def _on_found(self, text: str, asked: str, found: tuple[Place, ...] | Fault, again: bool) -> None:
        if not self._is_open or text != self.bar.field.text():
            return
        if not found and asked != text:
            self._ask(text, again=again, words=True)  # not next to each other, but perhaps apart
            return
        if isinstance(found, Fault):
            self._say(found)
            found = ()
        self._take(found, again)

    def _take(self, places: Sequence[Place], again: bool) -> None:
        shown = self._shown_message()
        self._places = places
        if self._page.has_transcript and (hits := self._page.transcript.hits) is not None:
            hits.in_reasoning = {
                place.message_id: place.in_reasoning for place in places if place.in_reasoning
            }
        self._ends = list(accumulate(place.times for place in places))
        self._current = -1
        if not self._ends:
            self.bar.show_count(0, 0)
            return
        wanted, self._wanted = self._wanted or (shown if again else None), None
        index = next((i for i, place in enumerate(places) if place.message_id == wanted), None)
        if index is not None:
            number = self._ends[index] - places[index].times
            if again:
                self._current = number
                self._count()
            else:
                self._show(number)
        elif again:
            self._count()
        else:
            self._show(self._nearest())

    def _shown_message(self) -> str | None:
        """The message of the hit that is shown."""
        if self._current < 0 or not self._ends:
            return None
        return self._at(self._current)[0]

    def _nearest(self) -> int:
        """The last hit that does not stand below the screen: one looks back from where one is."""
        transcript = self._page.transcript
        rows = transcript.rows
        bottom = transcript.scroll_y + transcript.viewport().height()
        last = rows.heights.at(max(0, min(bottom, rows.heights.total - 1))) if len(rows) else -1
        for index in range(len(self._places) - 1, -1, -1):
            place = rows.messages.row_of(self._places[index].message_id, self._places[index].seq)
            if place is not None and place <= last:
                return self._ends[index] - 1
        return self._ends[-1] - 1

    def _at(self, number: int) -> tuple[str, int]:
        """Message of a hit, and which hit in that message."""
        index = next(i for i, end in enumerate(self._ends) if number < end)
        place = self._places[index]
        return place.message_id, number - (self._ends[index] - place.times)

    def _show(self, number: int) -> None:
        self._current = number
        self._count()
        message_id, within = self._at(number)
        transcript = self._page.transcript
        self._awaited = None
        if transcript.hits is not None and not transcript.hits.show(transcript, message_id, within):
            self._awaited = message_id, within
            self._desk.reading.jump_to(message_id)  # further up than is loaded, or on another branch

    def _count(self) -> None:
        more = len(self._places) >= MOST_MESSAGES
        self.bar.show_count(self._current + 1, self._ends[-1] if self._ends else 0, more=more)


def _as_it_stands(text: str) -> str:
    """The query for several words next to each other, the last one unfinished; what says more than words is left."""
    if len(text.split()) < 2 or '"' in text or Query(text).has_filters:
        return text
    return f'"{text.strip()}'
