"""Mouse, wheel, keys and menus of the transcript; knows what a gesture means, not how anything is drawn."""

from html import escape
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QPoint, Qt
from PySide6.QtGui import (
    QContextMenuEvent,
    QHelpEvent,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QApplication, QMenu, QToolTip, QWidget

from pizzagpt_desktop.domain.links import Link, Verdict
from pizzagpt_desktop.ui.transcript.documents import showable
from pizzagpt_desktop.ui.transcript.menus import message_menu
from pizzagpt_desktop.ui.transcript.selecting import Selecting

if TYPE_CHECKING:
    from pizzagpt_desktop.ui.transcript.view import TranscriptView

KEY_STEP = 3
"""Lines that Up and Down move inside a message taller than the view."""

_BY_TAB = Qt.FocusPolicy.TabFocus


class Hands(QObject):
    """Turns events into what the view does. Both event methods say whether the event was used up."""

    def __init__(self, view: "TranscriptView") -> None:
        super().__init__(view)
        self._view = view
        self.selecting = Selecting(view)

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
                return self._wheel(event)
            case QEvent.Type.ContextMenu if isinstance(event, QContextMenuEvent):
                return self._context(event)
            case _:
                pass
        return False

    def _press(self, event: QMouseEvent) -> bool:
        if event.button() is not Qt.MouseButton.LeftButton:
            return False
        view = self._view
        self.selecting.press(event)
        if view.current is not None:
            view.current = None
            view.arrange()
        return True

    def _move(self, event: QMouseEvent) -> bool:
        if self.selecting.move(event):
            return True
        point = event.position().toPoint()
        view = self._view
        found = view.row_at(point)
        view.hover(found[0] if found else None)
        self._shape(point)
        return False

    def _release(self, event: QMouseEvent) -> bool:
        if event.button() is not Qt.MouseButton.LeftButton:
            return False
        clicked = self.selecting.release(event)
        link = self._link(event.position().toPoint())
        if clicked and link is not None:
            self.open(link)
        return True

    def open(self, link: Link) -> None:
        """Pass a link on, by what may be done with it."""
        if link.verdict is Verdict.OPEN:
            self._view.link_opened.emit(link.href)
        elif link.verdict is Verdict.CONFIRM:
            self._view.link_doubted.emit(link.href)

    def _tip(self, event: QHelpEvent) -> bool:
        link = self._link(event.pos())
        if link is None:
            QToolTip.hideText()
            return False
        # Escaped, so that Qt finds nothing in it to obey; the address can be long, so it may wrap anywhere.
        words = escape(showable(link.href[:1000]))
        QToolTip.showText(
            event.globalPos(), f"<span style='white-space: pre-wrap'>{words}</span>", self._view
        )
        return True

    def _wheel(self, event: QWheelEvent) -> bool:
        pixels = event.pixelDelta()
        sideways = pixels.x() or event.angleDelta().x() // 2
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier and not sideways:
            sideways = event.angleDelta().y() // 2
        if sideways and self._scroll_table(event.position().toPoint(), sideways):
            return True
        if pixels.y():
            bar = self._view.verticalScrollBar()
            bar.setValue(bar.value() - pixels.y())
            return True
        return False

    def _scroll_table(self, point: QPoint, by: int) -> bool:
        found = self._view.row_at(point)
        row = self._view.rows.live(found[0]) if found else None
        if found is None or row is None:
            return False
        leaf = row.view_at(found[1])
        if leaf is None or leaf.overflow() <= 0:
            return False
        leaf.scroll_x = max(0, min(leaf.overflow(), leaf.scroll_x - by))
        self._view.viewport().update()
        return True

    def _shape(self, point: QPoint) -> None:
        shape = Qt.CursorShape.ArrowCursor
        found = self._view.row_at(point)
        row = self._view.rows.live(found[0]) if found else None
        if found is not None and row is not None:
            if row.link_at(point.x(), found[1]) is not None:
                shape = Qt.CursorShape.PointingHandCursor
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
        elif event.type() in (QEvent.Type.FocusIn, QEvent.Type.FocusOut):
            self._view.viewport().update()
        return False

    def _key(self, event: QKeyEvent) -> bool:
        view = self._view
        bar = view.verticalScrollBar()
        view.loader.note_hand()
        if self.selecting.key(event):
            event.accept()
            return True
        match event.key():
            case Qt.Key.Key_PageUp:
                bar.setValue(bar.value() - int(view.viewport().height() * 0.9))
            case Qt.Key.Key_PageDown | Qt.Key.Key_Space:
                bar.setValue(bar.value() + int(view.viewport().height() * 0.9))
            case Qt.Key.Key_Home:
                view.jump_to_start()
            case Qt.Key.Key_End:
                view.jump_to_end()
            case Qt.Key.Key_Up:
                self._step(-1)
            case Qt.Key.Key_Down:
                self._step(1)
            case Qt.Key.Key_Return | Qt.Key.Key_Enter | Qt.Key.Key_Menu if view.current is not None:
                self._menu_of_current()
            case Qt.Key.Key_Delete if view.current is not None:
                view.commands.remove(view.rows.messages[view.current].id)
            case Qt.Key.Key_Escape if view.current is not None:
                view.current = None
                view.arrange()
            case _:
                return False
        event.accept()
        return True

    def _step(self, direction: int) -> None:
        """To the next message; first through the current one where it is taller than the view."""
        view = self._view
        count = len(view.rows)
        if not count:
            return
        bar = view.verticalScrollBar()
        if view.current is None:
            shown = [
                index
                for index, _ in view.rows.between(view.scroll_y, view.scroll_y + view.viewport().height())
            ]
            if shown:
                view.choose(shown[-1] if direction < 0 else shown[0])
            return
        top = view.rows.heights.top(view.current)
        bottom = top + view.rows.heights[view.current]
        edge = view.scroll_y if direction < 0 else view.scroll_y + view.viewport().height()
        if (direction < 0 and top < edge - 1) or (direction > 0 and bottom > edge + 1):
            before = bar.value()
            bar.setValue(before + direction * KEY_STEP * bar.singleStep())
            if bar.value() != before:
                return
        view.choose(max(0, min(count - 1, view.current + direction)))

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
        """Tab from the last button goes to what stands after the view: Qt has put new buttons after everything."""
        view = self._view
        widget: QWidget | None = view.nextInFocusChain()
        while widget is not None and widget is not view:
            inside = view.isAncestorOf(widget)
            if not inside and widget.isVisible() and widget.isEnabled() and widget.focusPolicy() & _BY_TAB:
                widget.setFocus(Qt.FocusReason.TabFocusReason)
                return True
            widget = widget.nextInFocusChain()
        return False

    # --- menus ------------------------------------------------------------------------------------------------

    def _context(self, event: QContextMenuEvent) -> bool:
        view = self._view
        if event.reason() == QContextMenuEvent.Reason.Keyboard:
            return self._menu_of_current()
        found = view.row_at(event.pos())
        if found is None:
            return False
        self.menu(found[0], self._link(event.pos())).popup(event.globalPos())
        return True

    def _menu_of_current(self) -> bool:
        view = self._view
        if view.current is None:
            return False
        top = view.rows.heights.top(view.current) - view.scroll_y
        point = QPoint(view.viewport().width() // 3, max(8, min(top + 24, view.viewport().height() - 24)))
        menu = self.menu(view.current, None)
        menu.popup(view.viewport().mapToGlobal(point))
        return True

    def menu(self, index: int, link: Link | None) -> QMenu:
        """The actions of message `index`."""
        menu = message_menu(self._view, index, link, self.selecting.copy, self.open)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        return menu
