"""The transcript: a virtual view of any number of messages; knows no chat, no store and no window.

Only rows near the screen are laid out. The view either follows the end, or holds an anchor (a point of a message)
still: whatever changes above or below it, what the reader looks at does not move.
"""

from collections.abc import Callable, Mapping, Sequence

from PySide6.QtCore import QEvent, QPoint, Qt, QTimer
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QToolButton, QWidget

from pizzagpt_desktop.domain.conversation import Message, Role, Siblings
from pizzagpt_desktop.domain.faults import Fault
from pizzagpt_desktop.ui.announcing import announce
from pizzagpt_desktop.ui.transcript import listening
from pizzagpt_desktop.ui.transcript.aloud import count_words, end_words
from pizzagpt_desktop.ui.transcript.bars import Commands, bars_for, commands_of
from pizzagpt_desktop.ui.transcript.clipboard import Clipboard, Form, copied
from pizzagpt_desktop.ui.transcript.controls import Controls
from pizzagpt_desktop.ui.transcript.gliding import Gliding
from pizzagpt_desktop.ui.transcript.growth import Growth
from pizzagpt_desktop.ui.transcript.hands import Hands
from pizzagpt_desktop.ui.transcript.highlighter import Highlighter
from pizzagpt_desktop.ui.transcript.hits import Hits
from pizzagpt_desktop.ui.transcript.jumps import beginning, bring_into_sight
from pizzagpt_desktop.ui.transcript.loading import Loader
from pizzagpt_desktop.ui.transcript.pacing import FRAME_MS, Pacing
from pizzagpt_desktop.ui.transcript.painting import paint_ring, paint_rows, take_fresh
from pizzagpt_desktop.ui.transcript.path import Above, is_unread
from pizzagpt_desktop.ui.transcript.pushing import Seen, push, seen
from pizzagpt_desktop.ui.transcript.row import Row
from pizzagpt_desktop.ui.transcript.rows import Anchor, Rows
from pizzagpt_desktop.ui.transcript.selection import Selection, kept
from pizzagpt_desktop.ui.transcript.standing import Standing
from pizzagpt_desktop.ui.transcript.styled import Styled


class TranscriptView(Styled):
    """Shows one path of messages; commands are cheap, the work is done in the next frame."""

    _hands: Hands | None = None  # Qt sends events before __init__ is done

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.viewport().setMouseTracking(True)
        # Places are counted from the left; which side a text begins at is its own matter, and `Style.mirrored`'s.
        self.viewport().setLayoutDirection(Qt.LayoutDirection.LeftToRight)
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAccessibleName("Conversation")
        self.restyled.connect(self._on_restyled)
        self.rows = Rows(self._style, self.viewport().width(), lambda: self.loader.note_refused())
        self.selection: Selection | None = None
        self.hits: Hits | None = None
        """What is marked because it was searched for."""
        self.current: int | None = None
        """The message that the keyboard has chosen."""
        self.hovered: int | None = None
        self._conversation_id: str | None = None
        self._siblings: Callable[[str], Siblings] = lambda message_id: Siblings()
        self._standing = Standing(self, self.rows)
        self._growth = Growth()
        self._pacing = Pacing()
        self._still = False
        self._frame = QTimer(self, singleShot=True, timerType=Qt.TimerType.PreciseTimer)
        self._frame.timeout.connect(self._on_frame)
        self.gliding = Gliding(self)
        self._controls = Controls(self.viewport(), self, self.gliding.to_end)
        self._controls.tint(self._style.palette)
        self.verticalScrollBar().setSingleStep(max(8, round(self._style.body_line)))
        self.clipboard = Clipboard(self)
        self.clipboard.done.connect(lambda: announce(self, "Copied"))
        self.clipboard.done.connect(self._controls.note_copied)
        self._commands = commands_of(self)
        listening.install()
        self.loader = Loader(self)
        self._highlighter = Highlighter(self)
        self._hands = Hands(self)
        self.sideways = self._hands.sideways

    # --- commands ---------------------------------------------------------------------------------------------

    @property
    def follows_end(self) -> bool:
        """Whether new text at the end stays in sight."""
        return self._standing.follows

    @property
    def unseen(self) -> bool:
        """Whether text came below since the reader left the end."""
        return self._standing.unseen

    def show_path(
        self,
        conversation_id: str | None,
        messages: Sequence[Message],
        siblings: Callable[[str], Siblings],
        above: Above | None = None,
    ) -> None:
        """Show a path by its end, and the rest as it comes from `above`; None: `messages` are all there are.

        The same conversation keeps its place; another one is shown where it was left.
        """
        self._flush()
        self.gliding.stop()
        self._siblings = siblings
        again = kept(self.selection, self.rows)
        self.selection = self.current = self.hovered = None
        if self._hands is not None:
            self._hands.reset()
        if conversation_id == self._conversation_id:
            place = self.loader.replace(messages, above, self._standing.place)
            self.selection = again()
        else:
            self.loader.leave(self._conversation_id, self._standing.place)
            place = self.loader.open(conversation_id, messages, above)
            self._standing.unseen = False
        self._conversation_id = conversation_id
        self._standing.take(place)
        self.describe()
        listening.tell_others(self)
        self.arrange()

    def add_message(self, message: Message) -> None:
        """Show a message after the last one; a reader who is not at the end stays where they are."""
        self._flush()
        self.rows.append(message)
        if message.role is Role.USER and not self.hasFocus():
            self.current = None  # the talk goes on: commands mean its end again
        self._standing.note_text_below()
        self.describe()
        listening.tell_added(self, message.id)
        if message.role is Role.ASSISTANT:
            announce(self, "The reply begins")
        self.arrange()

    def grow(self, message_id: str, text: str, reasoning: str = "") -> None:
        """Take text of a growing reply; it is shown with the next frame. Unknown messages are not of this path."""
        if self.rows.index_of(message_id) is not None:
            self._growth.collect(message_id, text, reasoning)
            self._request_frame(self._pacing.wait_ms())

    def end(self, message: Message) -> None:
        """Show a reply as it ended."""
        if self.rows.index_of(message.id) is None:
            return
        self._flush()
        self.rows.finish(message)
        self._standing.note_text_below()
        listening.tell_changed(self, message.id)
        announce(self, end_words(message))
        self.describe()
        self.arrange()  # now: what is painted before the next frame must not stand elsewhere

    def set_reduced_motion(self, reduced: bool) -> None:
        """Leave out the caret of a growing reply, and be where one goes to at once."""
        self._still = self.gliding.still = reduced
        self.viewport().update()

    def name_providers(self, labels: Mapping[str, str]) -> None:
        """From now on say these labels for provider ids; an unknown id is shown as it is."""
        self.rows.labels.clear()
        self.rows.labels.update(labels)
        self.viewport().update()

    def jump_to_end(self) -> None:
        """Go to the end and follow it."""
        self._settle_glide()
        self._standing.take(None)
        self.arrange()

    def jump_to_start(self) -> None:
        """Go to the first message: to the first that is there, and on as more come."""
        bar = self.verticalScrollBar()
        self._settle_glide()
        bar.setValue(0)
        self.loader.seek(None, lambda: bar.setValue(0), lambda: None)

    def jump_to(self, message_id: str) -> None:
        """Bring the beginning of a message to the top of the view, as soon as it is there; see `message_missed`."""
        index = self.rows.index_of(message_id)
        if index is None:
            self.loader.seek(
                message_id, lambda: self.jump_to(message_id), lambda: self.message_missed.emit(message_id)
            )
            return
        self.current = index
        self.hold(beginning(self, index))
        self.message_reached.emit(message_id)

    def copy_text(self, text: str) -> None:
        """Put exactly `text` on the clipboard."""
        self.clipboard.put_text(text)

    def copy_message(self, index: int, form: Form = Form.ALL) -> None:
        """Put message `index` on the clipboard, in all forms or one."""
        message = self.rows.messages[index]
        if is_unread(message):
            self.clipboard.refuse_unread()
        else:
            self.clipboard.put(copied([message]), form)

    def copy(self, form: Form = Form.ALL) -> None:
        """Put what is selected, or else the current message, on the clipboard."""
        if self._hands is not None:
            self._hands.selecting.copy(form)

    # --- what its hands use -----------------------------------------------------------------------------------

    @property
    def commands(self) -> Commands:
        return self._commands

    def show_menu(self, index: int) -> None:
        """The menu of message `index`, below the button for it."""
        button = self.button(self.rows.messages[index].id, "More")
        if self._hands is not None and button is not None:
            self._hands.menu(index, None).popup(button.mapToGlobal(button.rect().bottomLeft()))

    @property
    def scroll_y(self) -> int:
        """The rows' y of the viewport's upper edge."""
        return self._standing.scroll_y

    def siblings_of(self, message_id: str) -> Siblings:
        try:
            return self._siblings(message_id)
        except Fault:
            return Siblings()  # the disk fails, or the program is ending: others tell that

    def button(self, message_id: str, name: str) -> QToolButton | None:
        """The button called so under a message, if it is there."""
        return self._controls.button(message_id, name)

    def message_of(self, button: QWidget | None) -> str | None:
        """The id of the message that a button belongs to."""
        return self._controls.message_of(button)

    def row_at(self, point: QPoint) -> tuple[int, int] | None:
        """Index of the row at a viewport point, and its y in that row."""
        return self.rows.at(point.y() + self.scroll_y)

    def select(self, selection: Selection | None) -> None:
        self.selection = selection
        self.viewport().update()

    def hover(self, index: int | None) -> None:
        if index != self.hovered:
            self.hovered = index
            self._place_controls()

    def choose(self, index: int) -> None:
        """Make message `index` the current one, with as little movement as shows it."""
        self.current = index
        bring_into_sight(self, index)
        listening.tell_focus(self, self.rows.messages[index].id)

    def follow_down(self, rows: int, pixels: int) -> None:
        """So much was put above: nothing that is on the screen moves, and what has a number gets its new one."""
        if self.selection is not None:
            self.selection = self.selection.moved_down(rows)
        if self._hands is not None:
            self._hands.selecting.follow_down(rows)
        self.current = None if self.current is None else self.current + rows
        self.hovered = None if self.hovered is None else self.hovered + rows
        if self._standing.follow_down(pixels):
            self._place_controls()
        else:
            self.arrange()

    def toggle_reasoning(self, index: int) -> None:
        above = self.rows.heights.top(index) + self.rows.row(index).fold_rect.bottom() < self.scroll_y

        def change(row: Row) -> None:
            before = row.thoughts
            self.rows.toggle_reasoning(index)
            if self.selection is not None:
                self.selection = self.selection.refolded(index, before, row.thoughts)
            if above:
                self._standing.note_thoughts(row, before)

        self.change_row(index, change)

    def change_row(self, index: int, change: Callable[[Row], None]) -> None:
        """Show something in row `index` in another way; what is at the top of the screen stays there."""
        self._standing.stay()
        self.rows.change(index, change)
        self.arrange()
        self._standing.go_on()

    def arrange(self, before: Seen | None = None) -> None:
        """Lay out what is on the screen, place bar and buttons, repaint. before: where rows alone have changed since."""
        if not self._standing.settle():
            return
        self._place_controls()
        room = self.viewport().rect()
        fresh, painted = take_fresh(self.rows, self.scroll_y, room), self._style.painted_in(room)
        self.viewport().update(room if before is None else push(self, before, fresh, painted))
        self._highlighter.look()
        if any((row := self.rows.live(index)) and row.busy for index, _ in self.visible()):
            self._request_frame(FRAME_MS)  # a long text is read over several frames

    def visible(self) -> list[tuple[int, int]]:
        """Index and top of the rows that are on the screen."""
        return list(self.rows.between(self.scroll_y, self.scroll_y + self.viewport().height()))

    @property
    def has_ring(self) -> bool:
        """Whether the view as a whole is what the keyboard was moved to."""
        return self.current is None and self._hands is not None and self._hands.came_by_key

    # --- inside -----------------------------------------------------------------------------------------------

    def hold(self, anchor: Anchor) -> None:
        """Bring `anchor` to the top and hold it there."""
        self._settle_glide()
        self._standing.hold(anchor)

    def _settle_glide(self) -> None:
        """Another place is wanted now than the one that a movement was on the way to."""
        if not self.gliding.at_work:
            self.gliding.stop()

    def _request_frame(self, wait_ms: int) -> None:
        if not self._frame.isActive():
            self._frame.start(wait_ms)

    def _on_frame(self) -> None:
        self._pacing.begin()
        with self._pacing.working():
            before = seen(self)
            self._flush()
            self.arrange(before)

    def _flush(self) -> None:
        """Hand what was collected since the last frame to the rows."""
        if self._growth.hand_to(self.rows):
            self._standing.note_text_below()

    def _on_restyled(self) -> None:
        self.verticalScrollBar().setSingleStep(max(8, round(self._style.body_line)))
        self.rows.restyle(self._style, self.viewport().width())
        self._controls.tint(self._style.palette)
        self.arrange()

    def _place_controls(self) -> None:
        bar = self.verticalScrollBar()
        unseen = self.unseen and bar.value() < bar.maximum()
        self._controls.show(bars_for(self, self.visible()), self._style.palette, unseen)

    def describe(self) -> None:
        self.setAccessibleDescription(count_words(len(self.rows), self.loader.complete))

    # --- Qt ---------------------------------------------------------------------------------------------------

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        if self._standing.scrolled():
            self._settle_glide()
            self.arrange()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self.rows.restyle(self._style, self.viewport().width())
        self.arrange()

    def viewportEvent(self, event: QEvent) -> bool:
        return (self._hands is not None and self._hands.viewport_event(event)) or super().viewportEvent(event)

    def event(self, event: QEvent) -> bool:
        return (self._hands is not None and self._hands.event(event)) or super().event(event)

    def focusNextPrevChild(self, following: bool) -> bool:
        hands, buttons = self._hands, self._controls.buttons()
        return (hands is not None and hands.move_focus(following, buttons)) or super().focusNextPrevChild(
            following
        )

    def paintEvent(self, event: QPaintEvent) -> None:
        with self._pacing.working():
            if self.rows.agree():
                self.arrange()
            painter = QPainter(self.viewport())
            painter.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
            whole = paint_rows(
                painter, self.rows, self.scroll_y, event.region(), self.viewport().height(),
                selection=self.selection, hits=self.hits, current=self.current, focused=self.hasFocus(),
                caret=not self._still, style=self._style,
            )  # fmt: skip
            if self.has_ring:
                paint_ring(painter, self.viewport().rect(), self._style)
            painter.end()
        if not whole:
            QTimer.singleShot(0, self.viewport(), self.viewport().update)
