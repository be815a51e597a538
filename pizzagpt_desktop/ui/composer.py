"""The composer: a card with the text on top and model, route and send below; knows no conversation and no service."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QMenu, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from pizzagpt_desktop.ui import icons, theme
from pizzagpt_desktop.ui.actions import shortcut
from pizzagpt_desktop.ui.composer_edit import HINT, ComposerEdit
from pizzagpt_desktop.ui.labels import (
    describe,
    icon_button,
    label,
    menu_text,
    plain_tip,
    renew_style,
    text_button,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pizzagpt_desktop.domain.attached import Attached
    from pizzagpt_desktop.domain.conversation import DraftFile
    from pizzagpt_desktop.ui.attachments import Attachments, ReadText
    from pizzagpt_desktop.ui.queue_chips import QueueChips

DRAFT_DELAY_MS = 400
"""How far what is kept may be behind what is written, also while the keys do not rest."""
MAX_SHARE = 0.4
CHIP_LEAST, CHIP_MOST, CHIP_PADDING = 100, 260, 20


class Chip(QToolButton):
    """A small button of text that gives way to what stands beside it; the tooltip has the whole text."""

    def __init__(self, name: str, words: str) -> None:
        super().__init__()
        self._words = words
        self._full = ""
        describe(self, name, words)
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.setProperty("kind", "chip")

    def set_full_text(self, text: str) -> None:
        self._full = text
        self.setAccessibleName(f"{self._words}: {text}" if text else self._words)
        self.setToolTip(plain_tip(f"{self._words}: {text}" if text else self._words))
        self._fit()
        self.updateGeometry()

    def full_text(self) -> str:
        return self._full

    def _fit(self) -> None:
        room = max(0, self.width() - CHIP_PADDING)
        self.setText(menu_text(self.fontMetrics().elidedText(self._full, Qt.TextElideMode.ElideRight, room)))

    def sizeHint(self) -> QSize:
        # What the whole text needs: QToolButton would go by the cut one.
        width = self.fontMetrics().horizontalAdvance(self._full) + 1
        height = max(theme.CONTROL_HEIGHT_DENSE, self.fontMetrics().height() + 8)
        return QSize(min(width, CHIP_MOST) + CHIP_PADDING, height)

    def minimumSizeHint(self) -> QSize:
        return QSize(min(self.sizeHint().width(), CHIP_LEAST), self.sizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()


class Composer(QWidget):
    """The text being written and what will happen with it. `draft_changed` comes a moment after the last key."""

    submitted = Signal(str)
    stop_asked = Signal()
    draft_changed = Signal(str)
    edit_last_asked = Signal()
    edit_ended = Signal()
    escaped = Signal()
    """Esc was pressed, and there was nothing here that it could end."""
    service_asked = Signal()
    files_changed = Signal()
    """The user attached a file, or took one away."""
    file_unreadable = Signal(object)
    """The text of a file was asked for and cannot be read; nothing was sent. The fault."""
    attach_asked = Signal()
    """A file is to be chosen, whose text goes with the message."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("composer")
        self._palette = theme.LIGHT
        self._answering = False
        self._hint = ""
        self._draft_is_new = False
        self._room = 600
        self._chips: QueueChips | None = None
        self._queue_button: QToolButton | None = None
        self._attachments: Attachments | None = None
        self.text_edit = ComposerEdit()
        self.text_edit.send_asked.connect(self._on_send_asked)
        self.text_edit.edit_last_asked.connect(self.edit_last_asked)
        self.text_edit.escaped.connect(self._on_escaped)
        self.text_edit.height_wanted.connect(self._fit_height)
        self.text_edit.focus_changed.connect(self.update)  # the card's border shows it
        self.text_edit.textChanged.connect(self._on_text_changed)
        self.text_edit.cursorPositionChanged.connect(self.update)
        self._draft_timer = QTimer(self, singleShot=True, interval=DRAFT_DELAY_MS)
        self._draft_timer.timeout.connect(self.flush_draft)

        self._attach = icon_button("attach", "attach", "Attach a text file", size=theme.CONTROL_HEIGHT_DENSE)
        self._attach.clicked.connect(self.attach_asked)
        self.model_chip = Chip("model_chip", "Service and model")
        self.model_chip.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.route_chip = Chip("route_chip", "Route of the next message")
        self.route_chip.clicked.connect(self.service_asked)
        self._send = icon_button("send", "send", "Send", "Enter", on_accent=True)
        self._send.setProperty("kind", "main")
        self._send.setEnabled(False)  # nothing is written yet
        self._send.clicked.connect(self._on_button_clicked)

        self._edit_words = label("", "muted")
        self._edit_cancel = text_button(
            "cancel_edit", "Cancel", "Leave the message as it was", shortcut="Esc", kind="link"
        )
        self._edit_cancel.clicked.connect(self.end_edit)
        self._edit_row = QWidget()
        edit_row = QHBoxLayout(self._edit_row)
        edit_row.setContentsMargins(2, 0, 0, 4)
        edit_row.addWidget(self._edit_words, 1)
        edit_row.addWidget(self._edit_cancel)
        self._edit_row.hide()

        self._row = row = QHBoxLayout()
        row.setSpacing(4)
        row.addWidget(self._attach)
        row.addWidget(self.model_chip)
        row.addWidget(self.route_chip)
        row.addStretch(1)
        row.addWidget(self._send)
        self._column = column = QVBoxLayout(self)
        column.setContentsMargins(12, 12, 12, 12)
        column.setSpacing(8)
        column.addWidget(self._edit_row)
        column.addWidget(self.text_edit)
        column.addLayout(row)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setFocusProxy(self.text_edit)
        self._fit_height()
        self._show_button()

    def set_palette(self, palette: theme.Palette) -> None:
        """Draw with these colours."""
        self._palette = palette
        colours = self.palette()
        colours.setColor(colours.ColorRole.Base, Qt.GlobalColor.transparent)
        self.text_edit.setPalette(colours)
        self._show_whether_enabled()
        self._edit_row.update()
        for part in (self._chips, self._attachments):
            if part is not None:
                part.set_palette(palette)
        self.update()

    def set_room(self, height: int) -> None:
        """How high the window is: the text takes at most `MAX_SHARE` of it."""
        self._room = height
        self._fit_height()

    def set_answering(self, answering: bool) -> None:
        """Whether the shown conversation is being answered: then the button stops, and Enter has the text wait."""
        if answering != self._answering:
            self._answering = answering
            self._show_hint()
            self._show_button()

    def set_where(self, model: str, route: str) -> None:
        """What the chips say: service and model, and the route in words."""
        self.model_chip.set_full_text(model)
        self.route_chip.set_full_text(route)
        self.route_chip.setVisible(bool(route))

    def set_model_menu(self, menu: QMenu) -> None:
        """What the model chip opens."""
        self.model_chip.setMenu(menu)

    def set_hint(self, words: str) -> None:
        """What stands in the empty field, whatever happens; "" for the usual words."""
        self._hint = words
        self._show_hint()

    def _show_hint(self) -> None:
        usual = "Write the next message" if self._answering else HINT
        self.text_edit.setPlaceholderText(self._hint or usual)
        self.text_edit.viewport().update()  # WORKAROUND(Qt 6.11): other words are not painted while some are shown

    def text(self) -> str:
        return self.text_edit.text()

    def set_text(self, text: str) -> None:
        """Show `text` with the cursor at its end, without announcing a draft."""
        from PySide6.QtGui import QTextCursor  # with its enums, when there is a text

        self.text_edit.setPlainText(text)
        self.text_edit.moveCursor(QTextCursor.MoveOperation.End)
        self._draft_timer.stop()
        self._draft_is_new = False

    def attach(self, attached: Attached) -> None:
        """Have the text of a file go with the next message."""
        self._attachments_made().attach(attached)
        self._order_tabs()
        self.text_edit.setFocus(Qt.FocusReason.OtherFocusReason)
        self.files_changed.emit()

    @property
    def files(self) -> Sequence[DraftFile]:
        """The files that go with the next message."""
        return [] if self._attachments is None else self._attachments.attached

    def text_of(self, file: DraftFile) -> str:
        """The text of one of `files`. Raises `Fault` where it cannot be read any more."""
        return self._attachments_made().text_of(file)

    def set_files(self, files: Sequence[DraftFile], read: ReadText) -> None:
        """Show these as the files that go with the message, and no others. read: their texts, when they are needed."""
        if self._attachments is not None:
            self._attachments.clear()
        for file in files:
            self._attachments_made().add(file, read)
        if files:
            self._order_tabs()

    def _attachments_made(self) -> Attachments:
        if self._attachments is None:
            from pizzagpt_desktop.ui.attachments import Attachments

            self._attachments = Attachments()
            self._attachments.set_palette(self._palette)
            self._attachments.changed.connect(self._show_whether_enabled)
            self._attachments.taken_away.connect(self.files_changed)
            self._attachments.unreadable.connect(self.file_unreadable)
            self._column.insertWidget(self._column.indexOf(self.text_edit), self._attachments)
        return self._attachments

    def _order_tabs(self) -> None:
        beside = () if self._queue_button is None else (self._queue_button,)
        row = (self._attach, self.model_chip, self.route_chip, *beside, self._send)
        for before, after in pairwise((*self._attachments_made().controls, self.text_edit, *row)):
            QWidget.setTabOrder(before, after)

    def clear(self) -> None:
        """What was written, and the files with it, are sent."""
        self.set_text("")
        if self._attachments is not None:
            self._attachments.clear()

    def _all_text(self) -> str | None:
        """What will be sent: a message that is edited keeps the files apart for the next one."""
        if self._attachments is None or self.editing:
            return self.text()
        return self._attachments.with_text(self.text())

    def _has_words(self) -> bool:
        if self._attachments is not None and self._attachments.attached and not self.editing:
            return True
        return self.text_edit.document().characterCount() > 1 and bool(self.text().strip())

    @property
    def chips(self) -> QueueChips:
        """The messages that wait, above the text; made when the first one does."""
        if self._chips is None:
            from pizzagpt_desktop.ui.queue_chips import QueueChips

            self._chips = QueueChips()
            self._chips.set_palette(self._palette)
            self._chips.left.connect(lambda: self.text_edit.setFocus(Qt.FocusReason.OtherFocusReason))
            self._column.insertWidget(0, self._chips)
            self._chips.below = self.text_edit
        return self._chips

    @property
    def has_chips(self) -> bool:
        """Whether the chips were made."""
        return self._chips is not None

    def begin_edit(self, text: str, words: str) -> None:
        """Show a text to be put in the place of what it was. words: what is being edited."""
        self._edit_words.setText(words)
        self._edit_row.show()
        self.set_text(text)
        self.text_edit.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def end_edit(self) -> None:
        """Leave the editing of a message; `edit_ended` says so, the text is whoever listens's to restore."""
        if not self._edit_row.isHidden():
            self._edit_row.hide()
            self.edit_ended.emit()

    @property
    def editing(self) -> bool:
        return not self._edit_row.isHidden()

    def flush_draft(self) -> None:
        """Announce the draft now, if it changed since the last time."""
        self._draft_timer.stop()
        if self._draft_is_new:
            self._draft_is_new = False
            self.draft_changed.emit(self.text())

    def _show_button(self) -> None:
        if self._answering:
            describe(self._send, "stop", "Stop the reply", f"Esc or {shortcut('stop')}")
        else:
            describe(self._send, "send", "Send", "Enter")
        icons.give(self._send, "stop" if self._answering else "send", on_accent=True)
        self._show_whether_enabled()

    def _show_whether_enabled(self) -> None:
        enabled = self._answering or self._has_words()
        if enabled != self._send.isEnabled():
            self._send.setEnabled(enabled)
            renew_style(self._send)
        colour = self._palette.on_accent if enabled else self._palette.muted
        icons.tint([self._send], self._palette.muted, colour)
        self._show_queue_button()

    def _show_queue_button(self) -> None:
        """While the main button stops, another one does by mouse what Enter does."""
        wanted = self._answering and not self.editing and self._has_words()
        if wanted and self._queue_button is None:
            self._queue_button = icon_button(
                "queue_message", "plus", "Send this when the reply is complete", "Enter"
            )
            self._queue_button.clicked.connect(self._on_queue_clicked)
            self._row.insertWidget(self._row.count() - 1, self._queue_button)
            QWidget.setTabOrder(self.route_chip, self._queue_button)
            QWidget.setTabOrder(self._queue_button, self._send)
        if self._queue_button is not None:
            self._queue_button.setVisible(wanted)
            icons.tint([self._queue_button], self._palette.muted, self._palette.on_accent)

    def _on_text_changed(self) -> None:
        self._show_whether_enabled()
        self._draft_is_new = True
        if not self._draft_timer.isActive():  # not anew with each key: someone may write for minutes
            self._draft_timer.start()

    def _on_send_asked(self) -> None:
        if self._has_words() and (text := self._all_text()) is not None:
            self.submitted.emit(text)

    def _on_button_clicked(self) -> None:
        if self._answering:
            self.stop_asked.emit()
        else:
            self._on_send_asked()
        self.text_edit.setFocus(Qt.FocusReason.OtherFocusReason)

    def _on_queue_clicked(self) -> None:
        self._on_send_asked()
        self.text_edit.setFocus(Qt.FocusReason.OtherFocusReason)

    def _on_escaped(self) -> None:
        if self.editing:
            self.end_edit()  # what was begun last is left first; a second Esc stops the reply
        elif self._answering:
            self.stop_asked.emit()
        elif (cursor := self.text_edit.textCursor()).hasSelection():
            cursor.clearSelection()
            self.text_edit.setTextCursor(cursor)
        else:
            self.escaped.emit()

    def _fit_height(self) -> None:
        most = max(self.text_edit.minimumSizeHint().height(), round(self._room * MAX_SHARE) - 70)
        self.text_edit.setFixedHeight(min(self.text_edit.wanted_height(), most))
        self.updateGeometry()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        focused = self.text_edit.hasFocus()
        width = 2 if focused else 1
        painter.setPen(QPen(QColor(self._palette.accent if focused else self._palette.border), width))
        painter.setBrush(self.palette().button())  # a QColor would make the many enums of QGradient first
        edge = width / 2
        painter.drawRoundedRect(
            QRectF(self.rect()).adjusted(edge, edge, -edge, -edge), theme.RADIUS_BUBBLE, theme.RADIUS_BUBBLE
        )
