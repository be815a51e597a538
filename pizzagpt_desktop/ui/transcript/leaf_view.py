"""One leaf as it stands on the screen: its document while near, its height always; knows no message and no view."""

from math import ceil

from PySide6.QtCore import QPointF, QRectF, Qt

from pizzagpt_desktop.domain.blocks import CodeBlock, Heading, Paragraph, Rule, Table, plain
from pizzagpt_desktop.domain.direction import direction_of
from pizzagpt_desktop.domain.links import Link
from pizzagpt_desktop.ui import theme
from pizzagpt_desktop.ui.transcript.cards import SHOWN, Card
from pizzagpt_desktop.ui.transcript.documents import Document, append_code, build, wrap_lines
from pizzagpt_desktop.ui.transcript.inks import tint
from pizzagpt_desktop.ui.transcript.leaves import Leaf, Rail
from pizzagpt_desktop.ui.transcript.spelling import text_between
from pizzagpt_desktop.ui.transcript.style import (
    CARD_HEADER,
    CARD_PADDING,
    FOLD_FOOT,
    INDENT,
    QUOTE_INDENT,
    TABLE_FOOT,
    Style,
)
from pizzagpt_desktop.ui.transcript.tables import fit, header_at, mirror_of, widths, wishes
from pizzagpt_desktop.ui.transcript.text_lines import x_of


class LeafView:
    """A leaf laid out `width` wide (its rails included); `top` is set by the row it stands in.

    Until `lay_out`, `height` is an estimate.
    """

    def __init__(self, leaf: Leaf, style: Style, width: int, colour: str = "") -> None:
        self.leaf = self.source = leaf
        """What is shown, and what it is in the message."""
        self.top = 0
        self.number = 0
        """How many cards there are in the message down to here."""
        self.is_last = True
        """Whether no other leaf of the same card comes after it."""
        self.card = Card()
        self.document: Document | None = None
        self.is_replaced = False
        """Whether something else was seen in its place a moment ago, which must not leave a hole."""
        self._style = style
        self._width = width
        self._colour = colour
        self.follows: bool | None = None
        """Of a part of a paragraph: whether the part above it begins at the right."""
        self.leans = False
        """Whether what stands above it in the same quote or list begins at the right."""
        self._direction: bool | None = None
        self._told = False
        """Whether `_direction` was looked for."""
        self._tinted = 0
        """Which of the card's colours the document has."""
        self.height = self._estimate()
        self.measured = False

    @property
    def style(self) -> Style:
        return self._style

    @property
    def width(self) -> int:
        return self._width

    @property
    def indent(self) -> int:
        """Pixels that the rails take."""
        return sum(QUOTE_INDENT if rail is Rail.QUOTE else INDENT for rail in self.leaf.rails)

    @property
    def is_card(self) -> bool:
        return isinstance(self.leaf.content, CodeBlock)

    @property
    def has_header(self) -> bool:
        return self.is_card and not self.leaf.joined

    @property
    def has_foot(self) -> bool:
        """Whether the buttons of a table stand below it."""
        return self.is_last and isinstance(self.leaf.content, Table)

    @property
    def hidden(self) -> bool:
        """Whether it is of the folded part of a card."""
        return self.leaf.joined and self.card.folded and self.is_card

    @property
    def room(self) -> QRectF:
        """Where text is seen in a card or a table, whatever it was pushed to."""
        if not self.is_card:
            foot = TABLE_FOOT if self.has_foot else 0
            return QRectF(self.left, -1, self._width - self.indent + 1, self.height + 2 - foot)
        top = CARD_HEADER if self.has_header else 0
        foot = FOLD_FOOT if self.card.folded else 0
        return QRectF(self.left + 1, top, self._width - self.indent - 2, self.height - top - foot)

    @property
    def direction(self) -> bool | None:
        """Whether it begins at the right; None where nothing in it tells. All parts of a table begin where it does."""
        if isinstance(self.source.content, Table) and self.card.rtl is not None:
            return self.card.rtl
        if self.follows is not None:
            return self.follows
        if not self._told:
            self._direction, self._told = direction_of(self.source.content), True
        return self._direction

    @property
    def rtl(self) -> bool:
        """Whether it begins at the right: by its first letter, or, like code, as what stands above it in the same quote or list."""
        return self.leans if self.direction is None else self.direction

    @property
    def left(self) -> int:
        """Where its room begins, its rails left out."""
        return 0 if self.rtl else self.indent

    def inset(self) -> tuple[int, int]:
        """Where the document stands within this view: left and top."""
        if self.is_card:
            return self.left + CARD_PADDING, CARD_HEADER if self.has_header else 0
        document = self.document
        if document is not None and document.mirror is not None:
            return max(0, self.text_width - ceil(document.mirror.width)), 0
        return self.left, 0

    def lay_out(self) -> bool:
        """Make document and true height; whether the height is another than it was."""
        before = self.height
        if self.hidden:
            self.document, self.height, self.measured = None, 0, True
            return before != 0
        document = self.document
        if document is not None and (document.waits or document.way != self._way):
            self.document = None  # there may be time now for its formulas
        if self.document is not None and self.measured:
            self._tint()
            return False
        if self.document is None:
            self.document = build(self.leaf, self._style, self._colour, self._way)
            self._tinted, self.is_replaced = 0, False
        content, card = self.leaf.content, self.card
        if isinstance(content, CodeBlock):
            wrap_lines(self.document, card.wrapped)
        elif isinstance(content, Table):
            card.columns = card.columns or wishes(content, self._style)
            fit(self.document, widths(card.columns, self.text_width, self._style.em))
        self.document.setTextWidth(max(40, self.text_width))
        if self.document.mirrored:
            self.document.mirror = mirror_of(self.document)
        height = ceil(self.document.size().height())
        if isinstance(content, CodeBlock):
            card.widest = max(card.widest, self.document.idealWidth())
            height = self._card_height(height)
        elif isinstance(content, Table):
            height += TABLE_FOOT if self.is_last else 0
        elif isinstance(content, Rule):
            height = 9
        self.height = max(1, height)
        self.measured = True
        self._tint()
        return self.height != before

    def _tint(self) -> None:
        """Colour the code, where its card has other colours than the document."""
        if self._tinted != self.card.tint and self.document is not None and self.is_card:
            self._tinted = self.card.tint
            tint(self.document, self.card.spans, self.leaf.line, self._style.palette)

    def _card_height(self, text: float) -> int:
        """Of a part of a code card whose text is `text` pixels high."""
        if self.hidden:
            return 0
        top = CARD_HEADER if self.has_header else 0
        if self.card.folded:
            return top + round(min(text, SHOWN * self._style.code_line)) + FOLD_FOOT
        return top + round(text) + (0 if self.leaf.more else CARD_PADDING - 4)

    def refresh(self) -> None:
        """Its card is shown in another way now."""
        self.measured = False
        if self.document is None or self.hidden:
            self.height = self._estimate()

    def forget(self) -> None:
        """Let the document go; the height stays."""
        self.document, self.is_replaced = None, False

    def set_width(self, width: int) -> None:
        if width != self._width:
            self._width = width
            self.measured = False
            if self.document is None:
                self.height = self._estimate()

    def replace(self, leaf: Leaf) -> None:
        """Show another leaf in the same place; code that only grew is added to, not made anew."""
        if isinstance(leaf.content, Table) and not leaf.joined and leaf != self.source:
            self.card.columns = []
        self.source = leaf
        self.show_instead(leaf)

    def show_instead(self, leaf: Leaf) -> None:
        """Show a leaf that is not the message's own: a part of a table in another order."""
        old, self.leaf = self.leaf, leaf
        self._told = False
        if leaf == old:
            return
        same_frame = leaf.rails == old.rails and leaf.joined == old.joined
        if leaf.content == old.content and same_frame:
            self.measured = self.measured and leaf.more == old.more
            return
        self.measured = False
        if (
            self.document is not None
            and same_frame
            and isinstance(leaf.content, CodeBlock)
            and isinstance(old.content, CodeBlock)
            and leaf.content.lang == old.content.lang
            and leaf.content.text.removesuffix("\n").startswith(shown := old.content.text.removesuffix("\n"))
        ):
            append_code(self.document, leaf.content.text.removesuffix("\n")[len(shown) :], self._style)
            return
        self.is_replaced = self.is_replaced or self.document is not None
        self.document = None
        if self.height < 2:
            self.height = self._estimate()

    @property
    def _mirrored(self) -> bool:
        """Whether it is a table whose first column stands at the right."""
        return isinstance(self.leaf.content, Table) and self.direction is True

    @property
    def _way(self) -> bool | None:
        """What decides where it begins, besides its own text."""
        return self._mirrored if isinstance(self.leaf.content, Table) else self.follows

    @property
    def text_width(self) -> int:
        """Pixels that the document has."""
        return self._width - self.indent - (2 * CARD_PADDING if self.is_card else 0)

    def _estimate(self) -> int:
        style = self._style
        content = self.leaf.content
        wide = max(40, self.text_width)
        if isinstance(content, CodeBlock):
            return self._card_height((content.text.count("\n") + 1) * style.code_line)
        if isinstance(content, Table):
            rows = (len(content.rows) + bool(content.header)) * (style.em * theme.LINE_HEIGHT["code"] + 13)
            return round(rows) + (TABLE_FOOT if self.is_last else 0)
        if isinstance(content, Rule):
            return 9
        text = plain(content.runs) if isinstance(content, Paragraph | Heading) else content.text
        lines = text.count("\n") + max(1, ceil(len(text) * style.char_width / wide))
        return round(lines * style.body_line)

    def overflow(self) -> int:
        """By how many pixels a table, a formula, or code that is not wrapped, is wider than its place."""
        if self.document is None:
            return 0
        if isinstance(self.leaf.content, CodeBlock):
            return 0 if self.card.wrapped else max(0, ceil(self.card.widest) - self.text_width)
        if isinstance(self.leaf.content, Table) or self.document.scrolls:
            return max(0, ceil(self.document.size().width()) - self.text_width)
        return 0

    @property
    def scroll_x(self) -> int:
        """Pixels that the text is pushed to the left; a table that begins at the right is pushed as far as it goes at first."""
        if self._mirrored:
            beyond = self.overflow()
            return beyond - min(self.card.scrolled, beyond)
        return min(self.card.scrolled, self.overflow()) if self.card.scrolled else 0

    @scroll_x.setter
    def scroll_x(self, pixels: int) -> None:
        beyond = self.overflow()
        pixels = max(0, min(pixels, beyond))
        self.card.scrolled = beyond - pixels if self._mirrored else pixels

    # --- where things are -------------------------------------------------------------------------------------

    def position_at(self, x: float, y: float) -> int:
        """The text position nearest to a point of this view."""
        if self.document is None:
            return 0
        if self.card.folded:
            y = min(y, self.room.bottom() - 1)
        hit = self.document.documentLayout().hitTest(self._inside(x, y), Qt.HitTestAccuracy.FuzzyHit)
        return self.document.outside(hit)

    def _inside(self, x: float, y: float) -> QPointF:
        """A point of this view as one of its document."""
        left, top = self.inset()
        mirror = self.document.mirror if self.document is not None else None
        x += self.scroll_x - left
        return QPointF(x if mirror is None else mirror.inside(x), y - top)

    def x_seen(self, x: float) -> float:
        """Where `x` of the document is seen in this view."""
        mirror = self.document.mirror if self.document is not None else None
        return self.inset()[0] - self.scroll_x + (x if mirror is None else mirror.seen(x))

    def header_at(self, x: float, y: float) -> int | None:
        """The column of a table whose header is at a point of this view."""
        content = self.leaf.content
        if self.document is None or not isinstance(content, Table) or not content.header:
            return None
        point = self._inside(x, y)
        is_beside = abs(self.x_seen(point.x()) - x) > 1.5  # the nearest of the table was given
        return header_at(self.document, point) if self.room.contains(x, y) and not is_beside else None

    def link_at(self, x: float, y: float) -> Link | None:
        if self.document is None or not self.document.links:
            return None
        position = self.document.documentLayout().hitTest(self._inside(x, y), Qt.HitTestAccuracy.ExactHit)
        return self.document.link_at(position) if position >= 0 else None

    def line_top(self, position: int) -> int:
        """Where the line that holds `position` begins in this view; 0 while there is no document."""
        return self._line(position)[0]

    def line_bottom(self, position: int) -> int:
        """Where it ends; 0 while there is no document."""
        return self._line(position)[1]

    def _line(self, position: int) -> tuple[int, int]:
        if self.document is None:
            return 0, 0
        block = self.document.findBlock(min(position, self.length))
        line = block.layout().lineForTextPosition(max(0, position - block.position()))
        room = self.document.documentLayout().blockBoundingRect(block)
        top = room.top() + self.inset()[1]
        if not line.isValid():
            return int(top), int(top + room.height())
        return int(top + line.y()), int(top + line.y() + line.height())

    def caret_rect(self) -> QRectF:
        """The place after the last character."""
        if self.document is None:
            return QRectF(self.inset()[0], 0, 8, self._style.em)
        left, top = self.inset()
        block = self.document.lastBlock()
        layout = block.layout()
        line = layout.lineAt(layout.lineCount() - 1)
        origin = self.document.documentLayout().blockBoundingRect(block).topLeft()
        if not line.isValid():
            return QRectF(left, top, 8, self._style.em)
        x = x_of(line, block.length() - 1) + 2
        if self.document.mirror is not None:
            x = self.document.mirror.width - 10
        elif block.textDirection() is Qt.LayoutDirection.RightToLeft:
            x = line.naturalTextRect().left() - 10
        return QRectF(
            left + origin.x() + x,
            top + origin.y() + line.y() + line.ascent() - self._style.em + 2,
            8,
            self._style.em,
        )

    @property
    def length(self) -> int:
        """The last text position."""
        return self.document.characterCount() - 1 if self.document is not None else 0

    def text_between(self, start: int, end: int | None) -> str:
        """The characters shown from `start` to `end` (None: to the end), as plain text."""
        document = self.document or build(self.leaf, self._style)
        return text_between(document, self.leaf.content, start, end)

    shared_rails = 0
    """How many of its rails the leaf above stands in too, so that their bars go through the gap."""

    def continue_rails(self, above: "LeafView | None") -> None:
        shared = 0
        for rail, other in zip(self.leaf.rails, above.leaf.rails if above is not None else (), strict=False):
            if rail is not other:
                break
            shared += 1
        self.shared_rails = shared
        self.leans = above is not None and shared > 0 and above.rtl
