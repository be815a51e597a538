"""The page: title row, transcript or empty state, notices, composer, status line; knows no chat."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QFont, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from pizzagpt_desktop.domain.preferences import LineWidth
from pizzagpt_desktop.ui import theme
from pizzagpt_desktop.ui.actions import shortcut
from pizzagpt_desktop.ui.composer import Composer
from pizzagpt_desktop.ui.empty_state import EmptyState
from pizzagpt_desktop.ui.labels import ElidedLabel, describe, icon_button
from pizzagpt_desktop.ui.notices import Notices

if TYPE_CHECKING:
    from pizzagpt_desktop.ui.temporary_mark import TemporaryMark
    from pizzagpt_desktop.ui.transcript.view import TranscriptView

SIDE_MARGIN = 24
_TRANSCRIPT_PLACE = 2
REST_MS = 20
"""How long after its first paint the page says so: what waits for that is not to keep the first keys waiting."""


class Page(QWidget):
    """Everything right of the sidebar, in one centred column as wide as a line of text may be."""

    first_painted = Signal()
    keep_asked = Signal()
    """The temporary conversation is to be kept."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("page")
        self.setAutoFillBackground(True)
        self._palette = theme.LIGHT
        self._font = self.font()
        self._transcript: TranscriptView | None = None
        self._wirings: list[Callable[[TranscriptView], None]] = []
        self._reduced_motion = False
        self._measures = LineWidth.NORMAL, False
        self._column_width = 640
        self.show_sidebar = icon_button("show_sidebar", "sidebar", "Show the sidebar", shortcut("sidebar"))
        self.title = ElidedLabel("title")
        self.menu_button = icon_button("menu", "menu", "Menu", "Alt")
        self.empty = EmptyState()
        self.notices = Notices()
        self.notices.left.connect(self.focus_composer)
        self.composer = Composer()
        self.notices.below = self.composer.text_edit
        self.status = ElidedLabel("status_line", muted=True)

        head = QHBoxLayout()
        head.setContentsMargins(8, 4, 8, 4)
        head.addWidget(self.show_sidebar)
        head.addSpacing(8)
        head.addWidget(self.title, 1)
        head.addWidget(self.menu_button)
        self._head = head
        self._temporary: TemporaryMark | None = None

        self._foot = QWidget()
        self._foot.setObjectName("foot")
        foot = QVBoxLayout(self._foot)
        foot.setContentsMargins(0, 0, 0, 0)
        foot.setSpacing(4)
        foot.addWidget(self.notices)
        foot.addWidget(self.composer)
        self._meter: QWidget | None = None
        self._status_row = QHBoxLayout()
        self._status_row.addWidget(self.status, 1)
        foot.addLayout(self._status_row)

        self._body = QVBoxLayout()
        self._body.setSpacing(0)
        self._body.addStretch(1)
        self._body.addWidget(self.empty)
        self._body.addWidget(self._foot)
        self._body.addWidget(self.empty.suggestions)
        self._body.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 8)
        column.setSpacing(0)
        column.addLayout(head)
        column.addLayout(self._body, 1)
        self._column = column
        self._painted = False
        self._has_bar = False
        self._empty_shown = False
        self.show_empty(True)

    def show_meter(self, meter: QWidget) -> None:
        """Put a meter at the end of the status line."""
        self._meter = meter
        meter.setFont(self.status.font())
        self._status_row.addWidget(meter)

    def add_bar(self, bar: QWidget) -> None:
        """Put a bar between the title row and the messages."""
        self._column.insertWidget(1, bar)
        if self._transcript is not None:
            QWidget.setTabOrder(self.menu_button, bar)

    @property
    def is_empty(self) -> bool:
        """Whether the empty state is shown in place of the transcript."""
        return self._empty_shown

    @property
    def colours(self) -> theme.Palette:
        """What everything here is drawn with."""
        return self._palette

    @property
    def body_font(self) -> QFont:
        """The font of all text."""
        return self._font

    @property
    def transcript(self) -> TranscriptView:
        """The transcript, made when first asked for: the first picture has no messages and is sooner there without."""
        if self._transcript is None:
            from pizzagpt_desktop.ui.transcript.view import TranscriptView

            self._transcript = view = TranscriptView()
            describe(view, "transcript", "Messages")
            view.verticalScrollBar().rangeChanged.connect(self._on_scroll_range_changed)
            view.set_palette(self._palette)
            view.set_body_font(self._font)
            view.set_measures(*self._measures)
            view.set_reduced_motion(self._reduced_motion)
            view.setVisible(False)
            self._body.insertWidget(_TRANSCRIPT_PLACE, view, 1)
            QWidget.setTabOrder(self.menu_button, view)
            for wire in self._wirings:
                wire(view)
        return self._transcript

    @property
    def has_transcript(self) -> bool:
        """Whether the transcript was made."""
        return self._transcript is not None

    def wire_transcript(self, wire: Callable[[TranscriptView], None]) -> None:
        """Have `wire` connect the transcript, now or as soon as it is made."""
        self._wirings.append(wire)
        if self._transcript is not None:
            wire(self._transcript)

    def show_temporary(self, temporary: bool) -> None:
        """Say plainly that nothing of the open conversation is kept, or no longer."""
        if self._temporary is None and not temporary:
            return
        if self._temporary is None:
            from pizzagpt_desktop.ui.temporary_mark import TemporaryMark

            self._temporary = TemporaryMark()
            self._temporary.keep_asked.connect(self.keep_asked)
            self._temporary.set_palette(self._palette)
            self._head.insertWidget(self._head.indexOf(self.title) + 1, self._temporary)
            QWidget.setTabOrder(self.show_sidebar, self._temporary.keep)
        self._temporary.setVisible(temporary)
        self.composer.set_hint("Nothing of this conversation is kept" if temporary else "")

    def set_palette(self, palette: theme.Palette) -> None:
        self._palette = palette
        if self._temporary is not None:
            self._temporary.set_palette(palette)
        for part in (self.composer, self.notices, self.empty):
            part.set_palette(palette)
        if self._transcript is not None:
            self._transcript.set_palette(palette)

    def set_reduced_motion(self, reduced: bool) -> None:
        """Whether nothing is to move or blink."""
        self._reduced_motion = reduced
        if self._transcript is not None:
            self._transcript.set_reduced_motion(reduced)

    def set_body_font(self, font: QFont) -> None:
        """Show all text in this font."""
        self._font = font
        if self._transcript is not None:
            self._transcript.set_body_font(font)
        self.empty.set_font(font)
        for quiet in (self.status, self._meter):
            if quiet is not None:
                quiet.setFont(theme.scaled(font, "caption"))
        self.title.setFont(theme.scaled(font, "body", weight=QFont.Weight.DemiBold))
        self._column_width = theme.column_width(font, self._measures[0])
        self._fit_column()

    def set_measures(self, line_width: LineWidth, compact: bool) -> None:
        """How wide lines may get, and whether there is little room between them; the font comes after this."""
        self._measures = line_width, compact
        if self._transcript is not None:
            self._transcript.set_measures(line_width, compact)

    def show_empty(self, empty: bool) -> None:
        """Show the empty state with the composer in the middle, or the transcript with the composer below."""
        if empty == self._empty_shown:
            return
        self._empty_shown = empty
        self.empty.setVisible(empty)
        self.empty.suggestions.setVisible(empty)
        if self._transcript is not None or not empty:
            self.transcript.setVisible(not empty)
        self._body.setStretch(0, 3 if empty else 0)
        self._body.setStretch(self._body.count() - 1, 4 if empty else 0)
        self._fit_column()

    def _fit_column(self) -> None:
        """Centre the composer over the same column as the text, which leaves room for its scroll bar."""
        bar = 0 if self._empty_shown else self.transcript.width() - self.transcript.viewport().width()
        margin = max(SIDE_MARGIN, (self.width() - bar - self._column_width) // 2)
        left, right = (margin + bar, margin) if self.isRightToLeft() else (margin, margin + bar)
        for widget in (self._foot, self.empty, self.empty.suggestions):
            widget.setContentsMargins(left, 0, right, 0)

    def _on_scroll_range_changed(self, least: int, most: int) -> None:
        if (most > least) != self._has_bar:
            self._has_bar = most > least
            QTimer.singleShot(0, self, self._fit_column)  # the bar itself comes or goes after this

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self._painted:
            self._painted = True
            QTimer.singleShot(REST_MS, self, self.first_painted.emit)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._fit_column()
        self.composer.set_room(self.height())

    def minimumSizeHint(self) -> QSize:
        return QSize(280, 320)

    def focus_composer(self) -> None:
        """Let the next key go into the composer."""
        self.composer.text_edit.setFocus(Qt.FocusReason.OtherFocusReason)
