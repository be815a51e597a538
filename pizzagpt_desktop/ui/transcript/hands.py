"""Mouse, keys and menus of the transcript; knows what a gesture means, not how anything moves or is drawn."""

from html import escape
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, QTimer
from PySide6.QtGui import (
    QContextMenuEvent,
    QFocusEvent,
    QHelpEvent,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QApplication, QMenu, QToolTip, QWidget

from pizzagpt_desktop.domain.links import Link, Verdict
from pizzagpt_desktop.ui.transcript import listening
from pizzagpt_desktop.ui.transcript.documents import showable
from pizzagpt_desktop.ui.transcript.dragging import handle_at
from pizzagpt_desktop.ui.transcript.facts import facts_of, in_lines
from pizzagpt_desktop.ui.transcript.link_menu import offer_links
from pizzagpt_desktop.ui.transcript.menus import message_menu, offer_all
from pizzagpt_desktop.ui.transcript.moving import Moving
from pizzagpt_desktop.ui.transcript.path import is_unread
from pizzagpt_desktop.ui.transcript.selecting import Selecting
from pizzagpt_desktop.ui.transcript.sideways import Sideways
from pizzagpt_desktop.ui.transcript.table_bars import press_header

if TYPE_CHECKING:
    from pizzagpt_desktop.ui.transcript.view import TranscriptView

TIP_LINE = 60
"""Characters of a line of a tool tip that is not broken."""
MOST_STOPS = 500
"""Buttons of messages that may stand between the view and what comes after it."""
_BY_KEY = (
    Qt.FocusReason.TabFocusReason,
    Qt.FocusReason.BacktabFocusReason,
    Qt.FocusReason.ShortcutFocusReason,
)


class Hands(QObject):
    """Turns events into what the view does. Both event methods say whether the event was used up."""

    def __init__(self, view: "TranscriptView") -> None:
        super().__init__(view)
        self._view = view
        self.came_by_key = False
        """Whether the view has the keyboard since a key gave it that."""
        self.selecting = Selecting(view)
        self.sideways = Sideways(view)
        self.moving = Moving(view, view.gliding)
        view.verticalScrollBar().sliderPressed.connect(self.moving.interrupt)

    def reset(self) -> None:
        """The messages are others now."""
        self.selecting.reset()

    # --- mouse ------------------------------------------------------------------------------------------------

    def viewport_event(self, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.Wheel, QEvent.Type.MouseButtonPress):
            self._view.loader.note_hand()
        match event.type():
            case QEvent.Type.MouseButtonPress if isinstance(event, QMouseEvent):
                return self._press(event)
            case QEvent.Type.MouseButtonDblClick if isinstance(event, QMouseEvent):
                return self.selecting.double(event)
            case QEvent.Type.MouseMove if isinstance(event, QMouseEvent):
                return self._move(event)
            case QEvent.Type.MouseButtonRelease if isinstance(event, QMouseEvent):
                return self._release(event)
            case QEvent.Type.Leave:
                self._view.hover(None)
            case QEvent.Type.ToolTip if isinstance(event, QHelpEvent):
                return self._tip(event)
            case QEvent.Type.Wheel if isinstance(event, QWheelEvent):
                return self.moving.wheel(event)
            case QEvent.Type.ContextMenu if isinstance(event, QContextMenuEvent):
                return self._context(event)
            case _:
                pass
        return False

    def _press(self, event: QMouseEvent) -> bool:
        if event.button() is not Qt.MouseButton.LeftButton:
            return False
        self.moving.interrupt()
        self.came_by_key = False
        if self.sideways.take(event.position().toPoint()):
            return True
        view = self._view
        self.selecting.press(event)
        if view.current is not None:
            view.current = None
            view.arrange()
        return True

    def _move(self, event: QMouseEvent) -> bool:
        point = event.position().toPoint()
        if self.sideways.drag(point) or self.selecting.move(event):
            return True
        view = self._view
        found = view.row_at(point)
        view.hover(found[0] if found else None)
        self._shape(point)
        return False

    def _release(self, event: QMouseEvent) -> bool:
        if event.button() is not Qt.MouseButton.LeftButton:
            return False
        if self.sideways.let_go():
            return True
        clicked = self.selecting.release(event)
        link = self._link(event.position().toPoint())
        if clicked and link is not None:
            self.open(link)
        elif clicked:
            press_header(self._view, event.position().toPoint())
        return True

    def open(self, link: Link) -> None:
        """Pass a link on, by what may be done with it."""
        if link.verdict is Verdict.OPEN:
            self._view.link_opened.emit(link.href)
        elif link.verdict is Verdict.CONFIRM:
            self._view.link_doubted.emit(link.href)

    def _tip(self, event: QHelpEvent) -> bool:
        words = self._tip_words(event.pos())
        if not words:
            QToolTip.hideText()
            return True  # the view's own would lie over the text that is read
        # Escaped, so that Qt finds nothing in it to obey. A long address may wrap anywhere, a short one nowhere.
        is_long = max(map(len, words.split("\n"))) > TIP_LINE
        style = "white-space: pre-wrap; margin: 0" if is_long else "white-space: pre; margin: 0"
        QToolTip.showText(event.globalPos(), f"<p style='{style}'>{escape(words)}</p>", self._view)
        return True

    def _tip_words(self, point: QPoint) -> str:
        """Where a link leads; over a message's small line, what is known of the message."""
        link = self._link(point)
        if link is not None:
            return showable(link.href[:1000])
        found = self._view.row_at(point)
        row = self._view.rows.live(found[0]) if found else None
        if found is None or row is None or row.is_user or found[1] > row.style.meta_height:
            return ""
        return showable(in_lines(facts_of(row.message, self._view.rows.labels)))

    def _shape(self, point: QPoint) -> None:
        shape = Qt.CursorShape.ArrowCursor
        found = self._view.row_at(point)
        row = self._view.rows.live(found[0]) if found else None
        if found is not None and row is not None:
            if row.link_at(point.x(), found[1]) is not None:
                shape = Qt.CursorShape.PointingHandCursor
            elif handle_at(row, point.x(), found[1], found[1] - point.y()) is not None:
                shape = Qt.CursorShape.OpenHandCursor
            elif row.view_at(found[1]) is not None and row.body_left() <= point.x() <= row.frame().right():
                shape = Qt.CursorShape.IBeamCursor
        if self._view.viewport().cursor().shape() is not shape:
            self._view.viewport().setCursor(shape)

    def _link(self, point: QPoint) -> Link | None:
        found = self._view.row_at(point)
        row = self._view.rows.live(found[0]) if found else None
        return row.link_at(point.x(), found[1]) if found is not None and row is not None else None

    # --- keys -------------------------------------------------------------------------------------------------

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            if event.matches(QKeySequence.StandardKey.Copy) or event.matches(
                QKeySequence.StandardKey.SelectAll
            ):
                event.accept()
                return True
        elif event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            return self._key(event)
        elif event.type() in (QEvent.Type.FocusIn, QEvent.Type.FocusOut) and isinstance(event, QFocusEvent):
            self.came_by_key = event.gotFocus() and event.reason() in _BY_KEY
            self._view.viewport().update()
            if event.gotFocus() and self._view.current is not None:
                QTimer.singleShot(0, self._view, self._tell_current)  # after Qt has told that the view has it
        return False

    def _tell_current(self) -> None:
        """Back from a menu or a dialog, who listens hears which message the keyboard is at."""
        view = self._view
        if view.current is not None and view.current < len(view.rows) and view.hasFocus():
            listening.tell_focus(view, view.rows.messages[view.current].id)

    def _key(self, event: QKeyEvent) -> bool:
        view = self._view
        view.loader.note_hand()
        if self.selecting.key(event):
            self.moving.interrupt()
            event.accept()
            return True
        if self.moving.key(event):
            event.accept()
            return True
        match event.key():
            case Qt.Key.Key_Return | Qt.Key.Key_Enter | Qt.Key.Key_Menu:
                return self._menu_of_current(event)
            case Qt.Key.Key_F10 if event.modifiers() == Qt.KeyboardModifier.ShiftModifier:
                return self._menu_of_current(event)
            case Qt.Key.Key_Delete if view.current is not None:
                if not is_unread(message := view.rows.messages[view.current]):
                    view.commands.remove(message.id)
            case Qt.Key.Key_Escape if view.current is not None:
                view.current = None
                view.arrange()
            case _:
                return False
        event.accept()
        return True

    def move_focus(self, following: bool, buttons: list[QWidget]) -> bool:
        """Tab goes from the view through the buttons on the screen, from top to bottom, then out; as does Shift+Tab."""
        view = self._view
        chain: list[QWidget] = [view, *[button for button in buttons if button.isEnabled()]]
        focus = QApplication.focusWidget()
        at = chain.index(focus) if focus in chain else -1
        to = at + (1 if following else -1)
        if at >= 0 and to == len(chain):
            return self._leave_forward()
        if at < 0 or to < 0:
            return False
        chain[to].setFocus(Qt.FocusReason.TabFocusReason if following else Qt.FocusReason.BacktabFocusReason)
        return True

    def _leave_forward(self) -> bool:
        """Tab from the last button goes to what stands after the view: Qt has put new buttons after everything.

        So it is Qt that goes on, as from the view itself (see `tab_order` for why it is not asked what comes next).
        """
        view = self._view
        view.setFocus(Qt.FocusReason.OtherFocusReason)
        for _ in range(MOST_STOPS):
            if not QAbstractScrollArea.focusNextPrevChild(view, True):
                return False
            focus = QApplication.focusWidget()
            if focus is None or not (focus is view or view.isAncestorOf(focus)):
                return True
        return False

    # --- menus ------------------------------------------------------------------------------------------------

    def _context(self, event: QContextMenuEvent) -> bool:
        view = self._view
        if event.reason() == QContextMenuEvent.Reason.Keyboard:
            return self._menu_of_current(event)
        found = view.row_at(event.pos())
        if found is None:
            return False
        menu = self.menu(found[0], self._link(event.pos()))
        offer_all(view, menu)
        menu.popup(event.globalPos())
        return True

    def _menu_of_current(self, event: QEvent) -> bool:
        """The menu of the message that the keyboard is at: its button's, the chosen one, or the last one seen."""
        view = self._view
        of_button = view.message_of(QApplication.focusWidget())
        if of_button is not None:
            view.current = view.rows.index_of(of_button)
        if view.current is None:
            y, room = view.scroll_y, view.viewport().height()
            shown = [index for index, _ in view.rows.between(y, y + room)]
            if not shown:
                return False
            view.choose(shown[-1])
        if view.current is None:
            return False
        event.accept()
        top = view.rows.heights.top(view.current) - view.scroll_y
        point = QPoint(view.viewport().width() // 3, max(8, min(top + 24, view.viewport().height() - 24)))
        menu = self.menu(view.current, None)
        offer_links(view, view.current, menu, self.open)
        menu.popup(view.viewport().mapToGlobal(point))
        first = menu.actions()[0]
        if first.isEnabled():  # by keys one is at something, and hears it
            menu.setActiveAction(first)
        return True

    def menu(self, index: int, link: Link | None) -> QMenu:
        """The actions of message `index`."""
        menu = message_menu(self._view, index, link, self.selecting.copy, self.open)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        return menu
