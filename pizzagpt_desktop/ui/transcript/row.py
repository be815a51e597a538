"""One message on the screen: its leaves, its frame, where everything in it stands; knows no other message.

Coordinates are the row's own: x from the left edge of the viewport, y from the row's top.
"""

from dataclasses import replace
from itertools import chain

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter

from pizzagpt_desktop.domain.blocks import CodeBlock, Raw
from pizzagpt_desktop.domain.conversation import Message, Role, Status
from pizzagpt_desktop.domain.links import Link
from pizzagpt_desktop.domain.markdown import MarkdownStream
from pizzagpt_desktop.ui import theme
from pizzagpt_desktop.ui.transcript.leaf_view import LeafView
from pizzagpt_desktop.ui.transcript.leaves import Leaf, Rail, flatten
from pizzagpt_desktop.ui.transcript.status import StatusLine, status_line
from pizzagpt_desktop.ui.transcript.style import (
    BUBBLE_PADDING_X,
    BUBBLE_PADDING_Y,
    BUBBLE_SHARE,
    FOLD_HEIGHT,
    PLAIN_TEXT_FLAGS,
    TURN_GAP,
    Style,
)

PIECE = 12_000
"""Characters of a long stored reply that are read in one frame."""
STATUS_GAP = 8


class Row:
    """A message laid out in a viewport `width` wide."""

    def __init__(self, message: Message, style: Style, width: int, unfolded: bool = False) -> None:
        self.message = message
        self.unfolded = unfolded
        self.height = 0
        self.views: list[LeafView] = []
        self.bubble = QRect()
        self.fold_rect = QRect()
        self.status_rect = QRect()
        self.status: StatusLine | None = None
        self._style = style
        self._width = width
        self._stream = MarkdownStream()
        self._unread = message.text if message.role is not Role.USER else ""
        self._sealed: list[Leaf] = []
        self._body: list[LeafView] = []
        self._thoughts: list[LeafView] = []
        self._dirty = True
        if message.role is Role.USER:
            self._set_body(flatten([Raw(message.text)]))
        self._refresh()

    @property
    def is_user(self) -> bool:
        return self.message.role is Role.USER

    @property
    def busy(self) -> bool:
        """Whether more text waits to be read in coming frames."""
        return bool(self._unread)

    @property
    def reading_done(self) -> bool:
        return not self._unread and not self._dirty

    # --- changes ----------------------------------------------------------------------------------------------

    def feed(self, text: str, reasoning: str) -> None:
        """Take what arrived; it is read when the row is next prepared."""
        self.message = replace(
            self.message, text=self.message.text + text, reasoning=self.message.reasoning + reasoning
        )
        if text:
            self._unread += text
        self._dirty = True
        if reasoning:
            self._refresh()

    def finish(self, message: Message) -> None:
        """Show the message as it ended."""
        streamed = self._stream.text + self._unread
        if message.text.startswith(streamed):
            self._unread += message.text[len(streamed) :]
        elif message.role is not Role.USER:
            self._stream, self._sealed, self._unread = MarkdownStream(), [], message.text
        elif message.text != self.message.text:
            self._set_body(flatten([Raw(message.text)]))
        self.message = message
        self._dirty = True
        self._refresh()

    def set_width(self, width: int) -> None:
        if width != self._width:
            self._width = width
            self._refresh()

    def toggle_reasoning(self) -> None:
        self.unfolded = not self.unfolded
        self._refresh()

    # --- layout -----------------------------------------------------------------------------------------------

    def prepare(self, top: int, bottom: int) -> bool:
        """Read what waits and lay out what lies between `top` and `bottom`; whether the height changed."""
        before = self.height
        if self._dirty:
            self._read()
        changed = False
        for view in self.views:
            if view.top + view.height >= top and view.top <= bottom:
                changed = view.lay_out() or changed
        if changed or self.is_user:
            self._place()
        return changed or self.height != before

    def forget_outside(self, top: int, bottom: int) -> None:
        """Let go of the documents that are far from `top`..`bottom`."""
        for view in self.views:
            if view.document is not None and (view.top > bottom or view.top + view.height < top):
                view.forget()

    def _read(self) -> None:
        stream = self._stream
        if self.is_user:
            self._dirty = False
            return
        piece, self._unread = self._unread[:PIECE], self._unread[PIECE:]
        stream.feed(piece)
        sealed = stream.advance()
        ended = self.message.status is not Status.STREAMING and not self._unread
        if ended and not stream.ended:
            stream.end()
            self._sealed = flatten(stream.sealed)
        else:
            self._sealed += flatten(sealed)
        leaves = self._sealed + flatten(stream.tail)
        self._set_body(leaves)
        self._dirty = bool(self._unread)
        self._refresh()

    def _set_body(self, leaves: list[Leaf]) -> None:
        if leaves:
            leaves[0] = replace(leaves[0], gap=0)
        width = self._body_width()
        body = self._body
        del body[len(leaves) :]
        for view, leaf in zip(body, leaves, strict=False):
            if view.leaf is not leaf:
                view.replace(leaf)
        body += [LeafView(leaf, self._style, width) for leaf in leaves[len(body) :]]

    def _body_width(self) -> int:
        _, column = self._style.column_in(self._width)
        return column if not self.is_user else int(column * BUBBLE_SHARE) - 2 * BUBBLE_PADDING_X

    def _refresh(self) -> None:
        """Bring reasoning, status and widths up to the message, then place everything."""
        width = self._body_width()
        thoughts: list[LeafView] = []
        if self.unfolded and self.message.reasoning:
            leaves = [
                replace(leaf, rails=(Rail.QUOTE,)) for leaf in flatten([Raw(self.message.reasoning.strip())])
            ]
            kept = self._thoughts[: len(leaves)]
            for view, leaf in zip(kept, leaves, strict=False):
                view.replace(leaf)
            thoughts = kept + [
                LeafView(leaf, self._style, width, self._style.palette.muted) for leaf in leaves[len(kept) :]
            ]
        self._thoughts = thoughts
        self.views = thoughts + self._body
        for view in self.views:
            view.set_width(width)
        self.status = status_line(self.message) if not self.is_user else None
        self._place()

    def _place(self) -> None:
        style = self._style
        left, column = style.column_in(self._width)
        y = 0
        if self.is_user:
            y = self._place_bubble(left, column)
        else:
            if self.meta:
                y += style.meta_height + 4
            if self.message.reasoning:
                self.fold_rect = QRect(left, y, column, FOLD_HEIGHT)
                y += FOLD_HEIGHT + 4
            else:
                self.fold_rect = QRect()
            y = self._stack(self._thoughts, y)
            if self._thoughts:
                y += 12
            y = self._stack(self._body, y)
            if not self._body and self.message.status is Status.STREAMING:
                y += round(style.body_line)
            y = self._place_status(left, column, y)
        self.height = y + TURN_GAP

    @staticmethod
    def _stack(views: list[LeafView], y: int) -> int:
        above = None
        for view in views:
            y += view.leaf.gap
            view.top = y
            y += view.height
            view.continue_rail(above)
            above = view
        return y

    def _place_bubble(self, left: int, column: int) -> int:
        widest = int(column * BUBBLE_SHARE) - 2 * BUBBLE_PADDING_X
        wide = widest
        first = self._body[0] if len(self._body) == 1 else None
        if first is not None and first.document is not None and first.measured:
            wide = min(widest, int(first.document.idealWidth()) + 2)
        height = self._stack(self._body, BUBBLE_PADDING_Y) + BUBBLE_PADDING_Y
        box = wide + 2 * BUBBLE_PADDING_X
        self.bubble = QRect(left + column - box, 0, box, height)
        return height

    def _place_status(self, left: int, column: int, y: int) -> int:
        if self.status is None or not self.status.words:
            self.status_rect = QRect()
            return y
        metrics = QFontMetricsF(self._style.caption)
        room = column - 24 - (120 if self.status.action else 0)
        words = metrics.boundingRect(QRectF(0, 0, room, 10_000), int(PLAIN_TEXT_FLAGS), self.status.words)
        height = max(theme.CONTROL_HEIGHT_DENSE, int(words.height()) + 6)
        self.status_rect = QRect(left, y + STATUS_GAP, min(column, int(words.width()) + 32), height)
        return y + STATUS_GAP + height

    # --- facts ------------------------------------------------------------------------------------------------

    @property
    def meta(self) -> str:
        """The small line above a reply."""
        return " · ".join(part for part in (self.message.provider, self.message.model) if part)

    @property
    def fold_words(self) -> str:
        thinking = self.message.status is Status.STREAMING and not self.message.text
        return "Reasoning…" if thinking else "Reasoning"

    def frame(self) -> QRect:
        """What belongs to the message, without the gap below."""
        if self.is_user:
            return self.bubble
        left, column = self._style.column_in(self._width)
        return QRect(left, 0, column, self.height - TURN_GAP)

    def body_left(self) -> int:
        """Where the leaves begin."""
        if self.is_user:
            return self.bubble.left() + BUBBLE_PADDING_X
        return self._style.column_in(self._width)[0]

    def code_heads(self) -> list[tuple[int, QRect]]:
        """Index and header rectangle of every code card."""
        left = self.body_left()
        return [
            (index, QRect(left + view.indent, view.top, view.width - view.indent, 32))
            for index, view in enumerate(self.views)
            if view.has_header
        ]

    def code_text(self, index: int) -> str:
        """The exact characters of the code card whose first leaf is `index` (rule M7)."""
        parts = []
        for view in self.views[index:]:
            if isinstance(view.leaf.content, CodeBlock) and (view.leaf.joined or not parts):
                parts.append(view.leaf.content.text)
                if view.leaf.more:
                    continue
            break
        return "".join(parts)

    def leaf_at(self, y: float) -> int:
        """The leaf nearest to `y`, -1 where there is none."""
        best, distance = -1, 1e9
        for index, view in enumerate(self.views):
            away = max(view.top - y, y - view.top - view.height, 0)
            if away < distance:
                best, distance = index, away
        return best

    def position_at(self, x: float, y: float) -> tuple[int, int]:
        """Leaf and text position nearest to a point."""
        index = self.leaf_at(y)
        if index < 0:
            return 0, 0
        view = self.views[index]
        return index, view.position_at(x - self.body_left(), min(max(y - view.top, 0), view.height - 1))

    def link_at(self, x: float, y: float) -> Link | None:
        for view in self.views:
            if view.top <= y < view.top + view.height:
                return view.link_at(x - self.body_left(), y - view.top)
        return None

    # --- painting ---------------------------------------------------------------------------------------------

    def paint(
        self, painter: QPainter, top: int, bottom: int, selected: "dict[int, tuple[int, int]]", caret: bool
    ) -> None:
        """Paint what lies between `top` and `bottom`. selected: text positions per leaf. caret: a streaming one."""
        style = self._style
        left, column = style.column_in(self._width)
        if self.is_user:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(style.bubble)
            painter.drawRoundedRect(self.bubble, theme.RADIUS_BUBBLE, theme.RADIUS_BUBBLE)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        elif self.meta:
            painter.setFont(style.caption)
            painter.setPen(style.muted)
            words = QFontMetricsF(style.caption).elidedText(self.meta, Qt.TextElideMode.ElideRight, column)
            painter.drawText(QRectF(left, 0, column, style.meta_height), int(Qt.AlignmentFlag.AlignTop), words)
        x = self.body_left()
        for index, view in enumerate(self.views):
            if view.top + view.height < top or view.top > bottom:
                continue
            painter.save()
            painter.translate(x, view.top)
            clip = QRectF(0, top - view.top, view.width, bottom - top)
            view.paint(painter, selected.get(index), clip)
            painter.restore()
        if caret and self.message.status is Status.STREAMING:
            self._paint_caret(painter, x)
        if not self.status_rect.isEmpty() and self.status is not None:
            painter.setFont(style.caption)
            painter.setPen(style.muted)
            words_rect = QRectF(self.status_rect).adjusted(24, 6, 8, 0)
            painter.drawPixmap(
                QPointF(left, self.status_rect.top() + 6), self.status.icon(style.palette.muted)
            )
            painter.drawText(words_rect, int(PLAIN_TEXT_FLAGS), self.status.words)

    def _paint_caret(self, painter: QPainter, x: int) -> None:
        style = self._style
        if self._body:
            view = self._body[-1]
            rect = view.caret_rect().translated(x, view.top)
        else:
            status = self.status_rect.top() - STATUS_GAP if not self.status_rect.isEmpty() else self.height - TURN_GAP
            rect = QRectF(x, status - style.body_line + 2, 8, style.em)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        colour = style.accent
        painter.setBrush(colour)
        painter.setOpacity(0.55)
        painter.drawRoundedRect(rect, 2, 2)
        painter.setOpacity(1.0)

    def leaves(self) -> list[LeafView]:
        """All leaves, folded or not."""
        return list(chain(self._thoughts, self._body))
