"""One leaf as it stands on the screen: its document while near, its height always; knows no message and no view."""

from math import ceil

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import (
    QTextCursor,
    QTextTable,
)

from pizzagpt_desktop.domain.blocks import CodeBlock, Heading, Paragraph, Rule, Table, plain
from pizzagpt_desktop.domain.links import Link
from pizzagpt_desktop.ui.transcript.documents import CONTINUED, Document, append_code, build
from pizzagpt_desktop.ui.transcript.leaves import Leaf, Rail
from pizzagpt_desktop.ui.transcript.style import (
    CARD_HEADER,
    CARD_PADDING,
    INDENT,
    QUOTE_INDENT,
    Style,
)


class LeafView:
    """A leaf laid out `width` wide (its rails included); `top` is set by the row it stands in.

    Until `lay_out`, `height` is an estimate.
    """

    def __init__(self, leaf: Leaf, style: Style, width: int, colour: str = "") -> None:
        self.leaf = leaf
        self.top = 0
        self.scroll_x = 0
        self.document: Document | None = None
        self._style = style
        self._width = width
        self._colour = colour
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

    def inset(self) -> tuple[int, int]:
        """Where the document stands within this view: left and top."""
        if not self.is_card:
            return self.indent, 0
        return self.indent + CARD_PADDING, CARD_HEADER if self.has_header else 0

    def lay_out(self) -> bool:
        """Make document and true height; whether the height is another than it was."""
        if self.document is not None and self.measured:
            return False
        if self.document is None:
            self.document = build(self.leaf, self._style, self._colour)
        before = self.height
        content = self.leaf.content
        self.document.setTextWidth(max(40, self.text_width))
        height = ceil(self.document.size().height())
        if isinstance(content, CodeBlock):
            height += (CARD_HEADER if self.has_header else 0) + (0 if self.leaf.more else CARD_PADDING - 4)
        elif isinstance(content, Rule):
            height = 9
        self.height = max(1, height)
        self.measured = True
        return self.height != before

    def forget(self) -> None:
        """Let the document go; the height stays."""
        self.document = None

    def set_width(self, width: int) -> None:
        if width != self._width:
            self._width = width
            self.measured = False
            if self.document is None:
                self.height = self._estimate()

    def replace(self, leaf: Leaf) -> None:
        """Show another leaf in the same place; code that only grew is added to, not made anew."""
        old, self.leaf = self.leaf, leaf
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
        self.document = None
        if self.height < 2:
            self.height = self._estimate()

    @property
    def text_width(self) -> int:
        """Pixels that the document has."""
        return self._width - self.indent - (2 * CARD_PADDING if self.is_card else 0)

    def _estimate(self) -> int:
        style = self._style
        content = self.leaf.content
        wide = max(40, self.text_width)
        if isinstance(content, CodeBlock):
            lines = content.text.count("\n") + 1
            return round(lines * style.code_line) + (
                CARD_HEADER + CARD_PADDING if not self.leaf.joined else 0
            )
        if isinstance(content, Table):
            return round((len(content.rows) + bool(content.header)) * (style.body_line + 13))
        if isinstance(content, Rule):
            return 9
        text = plain(content.runs) if isinstance(content, Paragraph | Heading) else content.text
        lines = text.count("\n") + max(1, ceil(len(text) * style.char_width / wide))
        return round(lines * style.body_line)

    def overflow(self) -> int:
        """By how many pixels a table is wider than its place."""
        if self.document is None or not isinstance(self.leaf.content, Table):
            return 0
        return max(0, ceil(self.document.size().width()) - self.text_width)

    # --- where things are -------------------------------------------------------------------------------------

    def position_at(self, x: float, y: float) -> int:
        """The text position nearest to a point of this view."""
        if self.document is None:
            return 0
        left, top = self.inset()
        point = QPointF(x - left + self.scroll_x, y - top)
        return self.document.documentLayout().hitTest(point, Qt.HitTestAccuracy.FuzzyHit)

    def link_at(self, x: float, y: float) -> Link | None:
        if self.document is None or not self.document.links:
            return None
        left, top = self.inset()
        point = QPointF(x - left + self.scroll_x, y - top)
        position = self.document.documentLayout().hitTest(point, Qt.HitTestAccuracy.ExactHit)
        return self.document.link_at(position) if position >= 0 else None

    def line_top(self, position: int) -> int:
        """Where the line that holds `position` begins in this view; 0 while there is no document."""
        if self.document is None:
            return 0
        block = self.document.findBlock(min(position, self.length))
        line = block.layout().lineForTextPosition(max(0, position - block.position()))
        top = self.document.documentLayout().blockBoundingRect(block).top() + self.inset()[1]
        return int(top + (line.y() if line.isValid() else 0))

    def caret_rect(self) -> QRectF:
        """The place after the last character."""
        if self.document is None:
            return QRectF(self.indent, 0, 8, self._style.em)
        left, top = self.inset()
        block = self.document.lastBlock()
        layout = block.layout()
        line = layout.lineAt(layout.lineCount() - 1)
        origin = self.document.documentLayout().blockBoundingRect(block).topLeft()
        if not line.isValid():
            return QRectF(left, top, 8, self._style.em)
        x = float(line.cursorToX(block.length() - 1)[0])  # type: ignore[index]  # the stubs forget the pair
        return QRectF(
            left + origin.x() + x + 2,
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
        last = document.characterCount() - 1
        cursor = QTextCursor(document)
        cursor.setPosition(min(start, last))
        cursor.setPosition(last if end is None else min(end, last), QTextCursor.MoveMode.KeepAnchor)
        if isinstance(self.leaf.content, Table):
            return _table_text(cursor)
        text = cursor.selectedText().replace("\u2028", "\n")
        if "\u2029" in text and isinstance(self.leaf.content, CodeBlock):
            text = _without_cuts(cursor, text)
        return text.replace("\u2029", "\n").replace("\N{OBJECT REPLACEMENT CHARACTER}", "")

    continues_rail = False
    """Whether the leaf above stands in the same quote, so that the bar goes through the gap."""

    def continue_rail(self, above: "LeafView | None") -> None:
        rails = self.leaf.rails
        self.continues_rail = (
            above is not None and Rail.QUOTE in rails and above.leaf.rails[: rails.index(Rail.QUOTE) + 1]
            == rails[: rails.index(Rail.QUOTE) + 1]
        )  # fmt: skip


def _table_text(cursor: QTextCursor) -> str:
    """Cells with tabs between them, rows with line ends."""
    shown = next(iter(cursor.document().rootFrame().childFrames()), None)
    if not isinstance(shown, QTextTable):
        return cursor.selectedText()
    lines = []
    for row in range(shown.rows()):
        cells = []
        for column in range(shown.columns()):
            cell = shown.cellAt(row, column)
            first, last = cell.firstPosition(), cell.lastPosition()
            start, end = max(first, cursor.selectionStart()), min(last, cursor.selectionEnd())
            if start <= end and (start < end or first == last):
                part = QTextCursor(cursor.document())
                part.setPosition(start)
                part.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
                cells.append(part.selectedText().replace("\u2028", " ").replace("\u2029", " "))
        if cells:
            lines.append("\t".join(cells))
    return "\n".join(lines)


def _without_cuts(cursor: QTextCursor, text: str) -> str:
    """`text` without the line ends that only the view put in."""
    parts = text.split("\u2029")
    block = cursor.document().findBlock(cursor.selectionStart())
    joined = parts[0]
    for part in parts[1:]:
        joined += ("" if block.userState() == CONTINUED else "\n") + part
        block = block.next()
    return joined
