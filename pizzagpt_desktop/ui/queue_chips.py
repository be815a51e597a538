"""The messages that wait for the reply to end, as chips above the composer's text; knows no chat and sends nothing.

Each chip is one line: a click or Enter edits it, Delete removes it, Alt+Up and Alt+Down or the mouse move it.
"""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetrics, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QFrame,
    QHBoxLayout,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from pizzagpt_desktop.domain.conversation import Queued
from pizzagpt_desktop.ui import icons, theme
from pizzagpt_desktop.ui.labels import describe, icon_button, label, plain_tip, text_button
from pizzagpt_desktop.ui.tab_order import put_before

CHIP_HEIGHT, CHIP_GAP = theme.CONTROL_HEIGHT_DENSE, 4
LINE = 2
"""Pixels of the line where a dragged chip would come to stand."""
MOST_SHOWN = 4
"""Chips in sight; more of them scroll."""
TIP_LENGTH = 600
_GOES_ON = "Sent one after the other, when the reply is complete."
_PAUSED = "Paused. Nothing here is sent by itself."
_MOVES = "Alt+Up and Alt+Down move it, Delete removes it"

Key, Mod = Qt.Key, Qt.KeyboardModifier


class QueuedChip(QAbstractButton):
    """One waiting message."""

    moved = Signal(int)
    """By so many places."""
    dragged = Signal(int)
    """Is held by the mouse at this height of its parent."""
    dropped = Signal()
    stepped = Signal(int)
    """The focus is to go so many chips on."""
    removed = Signal()
    left = Signal()

    def __init__(self, queued: Queued) -> None:
        super().__init__()
        self.queued = queued
        self._palette = theme.LIGHT
        self._number, self._of = 1, 1
        self._pressed_at: QPoint | None = None
        self.is_dragged = False
        self.is_edited = False
        self.setFixedHeight(CHIP_HEIGHT)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.remove = icon_button(
            "remove_queued", "close", "Remove from the queue", "Delete", size=CHIP_HEIGHT - 6
        )
        self.remove.clicked.connect(self.removed)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 3, 4, 3)
        row.addStretch(1)
        row.addWidget(self.remove)

    def show_at(self, queued: Queued, number: int, of: int, edited: bool) -> None:
        """What it holds, and its place: `number` of `of`, from 1."""
        self.queued, self._number, self._of, self.is_edited = queued, number, of, edited
        words = " ".join(queued.text[:TIP_LENGTH].split())
        state = ", being edited" if edited else ""
        describe(self, f"queued_{number}", f"Queued message {number} of {of}{state}: {words}")
        self.setAccessibleDescription(f"Enter edits it, {_MOVES}")
        self.setToolTip(plain_tip(f"{queued.text[:TIP_LENGTH]}\n\nEnter edits it, {_MOVES}."))
        self.remove.setAccessibleName(f"Remove queued message {number} of {of}")
        self.update()

    def set_palette(self, palette: theme.Palette) -> None:
        self._palette = palette
        icons.tint([self.remove], palette.muted, palette.on_accent)
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(120, CHIP_HEIGHT)

    def event(self, event: QEvent) -> bool:
        if (
            event.type() == QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and (_step_of(event) or event.key() in (Key.Key_Delete, Key.Key_Backspace, Key.Key_F2))
        ):
            QApplication.sendEvent(self.window(), event)  # it tells Alt alone from Alt with a key by them
            event.accept()  # here these keys are the chip's, not the window's
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        plain = not event.modifiers() & ~Mod.KeypadModifier
        if step := _step_of(event):
            self.moved.emit(step)
        elif plain and event.key() in (Key.Key_Up, Key.Key_Down):
            self.stepped.emit(-1 if event.key() == Key.Key_Up else 1)
        elif plain and event.key() in (Key.Key_Delete, Key.Key_Backspace):
            self.removed.emit()
        elif plain and event.key() in (Key.Key_Return, Key.Key_Enter, Key.Key_F2):
            (self.remove if self.remove.hasFocus() else self).click()
        elif plain and event.key() == Key.Key_Escape:
            self.left.emit()
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton:
            self._pressed_at = event.position().toPoint()
        super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._pressed_at is not None and event.buttons() & Qt.MouseButton.LeftButton:
            way = (event.position().toPoint() - self._pressed_at).manhattanLength()
            if self.is_dragged or way >= QApplication.startDragDistance():
                self.is_dragged = True
                self.setDown(False)
                self.dragged.emit(self.mapToParent(event.position().toPoint()).y())
                return
        super().mouseMoveEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._pressed_at = None
        if self.is_dragged:
            self.setDown(False)  # a chip that was moved was not clicked
            self.is_dragged = False
            self.dropped.emit()
            self.update()
            return
        super().mouseReleaseEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        p = self._palette
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        strong = self.hasFocus() or self.is_dragged or self.is_edited
        width = 2 if strong else 1
        pen = QPen(QColor(p.accent if strong else p.border), width)
        if self.is_edited and not self.hasFocus():
            pen.setStyle(Qt.PenStyle.DashLine)
        painter.setPen(pen)
        painter.setBrush(QColor(p.bubble if self.underMouse() or self.is_dragged else p.window))
        edge = width / 2
        painter.drawRoundedRect(
            QRectF(self.rect()).adjusted(edge, edge, -edge, -edge), theme.RADIUS_CARD, theme.RADIUS_CARD
        )
        number = str(self._number)
        metrics = QFontMetrics(self.font())
        begin = 10 + metrics.horizontalAdvance("0" * len(str(self._of)))
        flags = Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine
        painter.setPen(QColor(p.muted))
        painter.drawText(self.rect().adjusted(10, 0, 0, 0), flags | Qt.AlignmentFlag.AlignLeading, number)
        painter.setPen(QColor(p.text))
        room = self.rect().adjusted(begin + 10, 0, -CHIP_HEIGHT - 4, 0)
        line = " ".join(self.queued.text[:TIP_LENGTH].split())
        line = metrics.elidedText(line, Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, flags | Qt.AlignmentFlag.AlignLeading, line)


def _step_of(event: QKeyEvent) -> int:
    """By how many places the keys move a chip; 0 where they are other keys."""
    modifiers = event.modifiers() & ~Mod.KeypadModifier
    if modifiers not in (Mod.AltModifier, Mod.ControlModifier | Mod.ShiftModifier):
        return 0
    return {Key.Key_Up: -1, Key.Key_Down: 1}.get(Key(event.key()), 0)


class _Stack(QWidget):
    """The chips one below the other, and the line where a dragged one would come to stand."""

    def __init__(self) -> None:
        super().__init__()
        self.line: int | None = None
        self.colour = QColor(theme.LIGHT.accent)

    def paintEvent(self, event: QPaintEvent) -> None:
        if self.line is not None:
            QPainter(self).fillRect(0, self.line, self.width(), LINE, self.colour)


class QueueChips(QWidget):
    """All of them. Signals name a message by its id; places count from 0."""

    edit_asked = Signal(str)
    remove_asked = Signal(str)
    move_asked = Signal(str, int)
    send_next_asked = Signal()
    left = Signal()
    """The keyboard is to go back to the text."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("queue")
        self.setAccessibleName("Queued messages")
        self.below: QWidget | None = None
        """Shift+Tab goes from there to the last chip."""
        self._palette = theme.LIGHT
        self._chips: dict[str, QueuedChip] = {}
        self._order: list[str] = []
        self._to: int | None = None
        self._head = label("", "muted")
        self.send_next = text_button("send_next", "Send next", "Send the first queued message", kind="link")
        self.send_next.setMinimumHeight(CHIP_HEIGHT)
        self.send_next.clicked.connect(self.send_next_asked)
        head = QHBoxLayout()
        head.setContentsMargins(2, 0, 0, 0)
        head.addWidget(self._head, 1)
        head.addWidget(self.send_next)
        self._stack = _Stack()
        self._column = QVBoxLayout(self._stack)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(CHIP_GAP)
        self._area = QScrollArea()
        self._area.setObjectName("queue_area")
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setWidgetResizable(True)
        self._area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._area.setWidget(self._stack)
        self._area.viewport().setAutoFillBackground(False)
        self._stack.setAutoFillBackground(False)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(CHIP_GAP)
        column.addLayout(head)
        column.addWidget(self._area)

    def set_palette(self, palette: theme.Palette) -> None:
        """Draw with these colours."""
        self._palette = palette
        self._stack.colour = QColor(palette.accent)
        for chip in self._chips.values():
            chip.set_palette(palette)

    def show_queue(
        self, queue: Sequence[Queued], *, paused: bool, answering: bool, edited: str | None = None
    ) -> None:
        """Show what waits. edited: the one that is in the composer now."""
        order = [queued.id for queued in queue]
        lost = self._focus_place(order)
        for identity in [identity for identity in self._chips if identity not in order]:
            chip = self._chips.pop(identity)
            self._column.removeWidget(chip)
            chip.hide()
            chip.deleteLater()
        for place, queued in enumerate(queue):
            chip = self._chips.get(queued.id) or self._made(queued)
            chip.show_at(queued, place + 1, len(queue), queued.id == edited)
            if self._column.indexOf(chip) != place:
                self._column.insertWidget(place, chip)
        if order != self._order:
            self._order = order
            if self.below is not None:
                chips = [self._chips[identity] for identity in order]
                put_before(self.below, [stop for chip in chips for stop in (chip, chip.remove)])
        self._head.setText(_PAUSED if paused else _GOES_ON)
        self.send_next.setVisible(paused)
        words = "Send after this reply" if answering else "Send next"
        if self.send_next.text() != words:
            self.send_next.setText(words)
            self.send_next.setAccessibleName(words)
        rows = min(len(order), MOST_SHOWN)
        self._area.setFixedHeight(rows * (CHIP_HEIGHT + CHIP_GAP) - CHIP_GAP if rows else 0)
        if lost is not None and order:
            self._chips[order[min(lost, len(order) - 1)]].setFocus()
        elif lost is not None:
            self.left.emit()

    def focus_last(self) -> None:
        """Give the keyboard to the chip nearest to the text."""
        if self._order:
            self._chips[self._order[-1]].setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _focus_place(self, order: Sequence[str]) -> int | None:
        """Where the chip with the keyboard stood, if it goes away now."""
        focus = QApplication.focusWidget()
        for place, identity in enumerate(self._order):
            chip = self._chips[identity]
            if identity not in order and focus is not None and (focus is chip or chip.isAncestorOf(focus)):
                return place
        return None

    def _made(self, queued: Queued) -> QueuedChip:
        chip = self._chips[queued.id] = QueuedChip(queued)
        identity = queued.id
        chip.set_palette(self._palette)
        chip.clicked.connect(lambda: self.edit_asked.emit(identity))
        chip.removed.connect(lambda: self.remove_asked.emit(identity))
        chip.moved.connect(lambda by: self._move(identity, by))
        chip.stepped.connect(lambda by: self._step(identity, by))
        chip.dragged.connect(lambda y: self._drag(identity, y))
        chip.dropped.connect(lambda: self._drop(identity))
        chip.left.connect(self.left)
        return chip

    def _move(self, identity: str, by: int) -> None:
        to = self._order.index(identity) + by
        if 0 <= to < len(self._order):
            self.move_asked.emit(identity, to)
            self._show(identity)

    def _step(self, identity: str, by: int) -> None:
        to = self._order.index(identity) + by
        if 0 <= to < len(self._order):
            self._chips[self._order[to]].setFocus(Qt.FocusReason.TabFocusReason)
            self._show(self._order[to])
        elif by > 0:
            self.left.emit()

    def _show(self, identity: str) -> None:
        if identity in self._chips:
            self._area.ensureWidgetVisible(self._chips[identity], 0, CHIP_GAP)

    def _drag(self, identity: str, y: int) -> None:
        """Say by a line where the dragged chip would come to stand."""
        step = CHIP_HEIGHT + CHIP_GAP
        at = self._order.index(identity)
        gap = max(0, min(len(self._order), round(y / step)))
        self._to = gap - 1 if gap > at else gap
        line = max(0, min(gap * step - CHIP_GAP // 2 - 1, self._stack.height() - LINE))
        self._stack.line = None if self._to == at else line
        self._area.ensureVisible(0, y, 0, CHIP_HEIGHT)
        self._stack.update()

    def _drop(self, identity: str) -> None:
        to, self._to = self._to, None
        self._stack.line = None
        self._stack.update()
        if to is not None and identity in self._order and to != self._order.index(identity):
            self.move_asked.emit(identity, to)
