"""One leaf -> one QTextDocument, written by QTextCursor; foreign text is only ever inserted as characters.

Knows nothing of rows and screens. Never calls setHtml, setMarkdown or anything that guesses a format.
"""

import re
from itertools import islice, repeat
from typing import TYPE_CHECKING, Any, NamedTuple

from PySide6.QtCore import QObject, Qt, QTextBoundaryFinder, QUrl
from PySide6.QtGui import (
    QBrush,
    QFont,
    QFontMetricsF,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextFrameFormat,
    QTextLength,
    QTextOption,
    QTextTableFormat,
)

from pizzagpt_desktop.domain.blocks import CodeBlock, Heading, Paragraph, Raw, Run, Runs, Table
from pizzagpt_desktop.domain.direction import paragraph_direction
from pizzagpt_desktop.domain.links import Link, Verdict
from pizzagpt_desktop.domain.marks import SIGNS, has_colours, marked, rises
from pizzagpt_desktop.ui import theme
from pizzagpt_desktop.ui.exact import exact
from pizzagpt_desktop.ui.transcript.formula_runs import insert_formula
from pizzagpt_desktop.ui.transcript.isolates import END, isolation, last_turned
from pizzagpt_desktop.ui.transcript.leaves import WORD_LIMIT, Leaf, texts_of
from pizzagpt_desktop.ui.transcript.mirror import Mirror
from pizzagpt_desktop.ui.transcript.style import Style

if TYPE_CHECKING:
    from pizzagpt_desktop.ui.transcript.strips import Strips

CELL_PADDING, CELL_MARGIN = 6, 5
"""Pixels round a cell's text on all sides, and more of them beside it."""
WIDE = 40
"""Columns of a table that takes long to lay out, and for Qt to draw the lines of: they are drawn by `tables.paint_grid`,
as those of tables that begin at the right."""
SIGNS_LIMIT = 400
"""Signs of ours that stand out in one stretch of text; more of them are only signs."""
SPAN_ROOM = 4
"""Pixels kept free on both sides of inline code."""
_FIRST_MARK = "\u0300"
"""Below it every character is a letter of its own."""
_LETTER = 40
"""Characters that are looked at to find where a letter of several begins or ends."""
_NONE = ("", "")
CONTINUED = 1
"""User state of a text block that goes on in the next one: a long line that was cut only in the view."""
_LONG_LINE = re.compile(f"[^\n]{{{WORD_LIMIT}}}(?=[^\n])")
_ALIGN = {  # at the side that is meant, whichever way a cell's own text runs
    "left": Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignAbsolute,
    "right": Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignAbsolute,
    "center": Qt.AlignmentFlag.AlignHCenter,
}


class Inline(NamedTuple):
    """From one text position to another stands a run, shown as `shown`; in a table in a cell of this row and column."""

    start: int
    end: int
    run: Run
    shown: str
    cell: tuple[int, int] = (0, 0)

    @property
    def is_picture(self) -> bool:
        """Whether it is one character that is drawn as a formula."""
        return self.run.math is not None and self.shown == "\N{OBJECT REPLACEMENT CHARACTER}"


class Document(QTextDocument):
    """A document that loads nothing from anywhere, and remembers where its links and inline code are."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[tuple[int, int, Link]] = []
        self.code_spans: list[tuple[int, int]] = []
        self.isolates: set[int] = set()
        """The positions of characters that only keep apart what reads its own way (`isolates.py`): no text."""
        self._small: QTextCharFormat | None = None
        self.rooms: dict[int, int] = {}
        """Beginning of inline code -> the letter with the room for its edge, where that is not the last one."""
        self.has_signs = False
        """Of code: whether signs of ours may stand in it."""
        self.inlines: list[Inline] = []
        """What stands where, in order."""
        self.drawing: QObject | None = None
        """What draws the formulas."""
        self.rises = False
        """Whether marks on its letters may reach into what stands above and below it."""
        self.way: bool | None = None
        """What `build` was told of it."""
        self.mirrored = False
        """Whether it is a table that begins at the right."""
        self.mirror: Mirror | None = None
        """Of such a table that is laid out: where its columns are seen."""
        self.edges: list[int] = []
        """Of a table whose lines we draw: where its columns begin, and where the last one ends."""
        self.is_slow = False
        """Whether it takes long to draw."""
        self.strips: Strips | None = None
        """Of such a text: its pictures."""
        self.scrolls = False
        """Whether it is one formula, which may be wider than its place."""
        self.waits = False
        """Whether a formula is shown as its source only because there was no time yet for its picture."""
        self.setUndoRedoEnabled(False)
        self.setDocumentMargin(0)
        option = QTextOption()
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        option.setTextDirection(Qt.LayoutDirection.LayoutDirectionAuto)
        self.setDefaultTextOption(option)

    def link_at(self, position: int) -> Link | None:
        """The link that holds the character at `position`."""
        return next((link for start, end, link in self.links if start <= position < end), None)

    def isolate(self, cursor: QTextCursor, characters: str) -> None:
        """Insert `characters` that are no text."""
        if characters:
            at = cursor.position()
            if self._small is None:
                self._small = QTextCharFormat()  # a font that has them is higher than the line
                self._small.setProperty(QTextCharFormat.Property.FontPixelSize, 1)
            cursor.insertText(characters, self._small)
            self.isolates.update(range(at, at + len(characters)))

    def outside(self, position: int) -> int:
        """The same place as `position` as the text has it: before what begins to keep apart, after what ends it."""
        while position - 1 in self.isolates and self.characterAt(position - 1) != END:
            position -= 1
        while position in self.isolates and self.characterAt(position) == END:
            position += 1
        return position

    def loadResource(self, kind: int, name: QUrl | str) -> Any:
        return None


def showable(text: str, strict: bool = True) -> str:
    """`text` with what does not show, and what Qt would obey or swallow, as signs; positions stay as they are."""
    return marked(text, strict)


def build(leaf: Leaf, style: Style, colour: str = "", way: bool | None = None) -> Document:
    """The document of one leaf, not yet laid out to a width.

    colour: of the text, "" for the palette's. way: whether a table, or the paragraph that it is a part of, begins at the right.
    """
    document = Document()
    document.way = way
    document.mirrored = way is True and isinstance(leaf.content, Table)
    document.setLayoutEnabled(False)
    content = leaf.content
    text = QTextCharFormat()
    text.setForeground(QBrush(colour or style.palette.text))
    cursor = QTextCursor(document)
    cursor.beginEditBlock()  # else each insertion has Qt look where the cursor is: the square of their number
    match content:
        case CodeBlock(_, code):
            document.setDefaultFont(style.mono)
            option = document.defaultTextOption()
            option.setTabStopDistance(4 * QFontMetricsF(style.mono).horizontalAdvance(" "))
            option.setTextDirection(Qt.LayoutDirection.LeftToRight)  # whatever a comment in it is written in
            document.setDefaultTextOption(option)
            cursor.setBlockFormat(_lines(style.mono, style.code_line))
            append_code(document, code.removesuffix("\n"), style)
        case Heading(level, runs):
            font = style.heading(level)
            document.setDefaultFont(font)
            cursor.setBlockFormat(_lines(font, theme.LINE_HEIGHT["heading"] * font.pixelSize()))
            _write(document, cursor, runs, text, style, font, rtl=way)
        case Paragraph(runs):
            document.setDefaultFont(style.body)
            lines = _lines(style.body, style.body_line)
            if len(runs) == 1 and runs[0].math is not None and runs[0].math.display:
                lines.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            cursor.setBlockFormat(lines)
            _write(document, cursor, runs, text, style, style.body, rtl=way)
        case Raw(raw):
            document.setDefaultFont(style.body)
            cursor.setBlockFormat(_lines(style.body, style.body_line))
            _insert(cursor, raw, showable(raw, False), text, style)
        case Table():
            document.setDefaultFont(style.body)
            _write_table(document, cursor, content, text, style)
        case _:
            pass
    cursor.endEditBlock()
    document.setLayoutEnabled(True)
    if isinstance(content, Paragraph | Heading):
        document.rises = any(rises(run.text) for run in content.runs)
    elif isinstance(content, Raw):
        document.rises = rises(content.text)
    document.is_slow = not document.mirrored and has_colours(texts_of(content))
    return document


def wrap_lines(document: Document, wraps: bool) -> None:
    """Whether lines of code that are longer than their place go on below, or beyond its edge."""
    mode = QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere if wraps else QTextOption.WrapMode.NoWrap
    option = document.defaultTextOption()
    if option.wrapMode() != mode:
        option.setWrapMode(mode)
        document.setDefaultTextOption(option)


def append_code(document: Document, code: str, style: Style) -> None:
    """Add `code` at the end of a code document; only what is new is laid out again."""
    text = QTextCharFormat()
    text.setForeground(QBrush(style.palette.text))
    cursor = QTextCursor(document)
    cursor.movePosition(QTextCursor.MoveOperation.End)
    document.has_signs = document.has_signs or showable(code) != code
    cursor.beginEditBlock()
    at = 0
    for match in _LONG_LINE.finditer(code) if len(code) > WORD_LIMIT else ():
        _insert(cursor, code[at : match.end()], showable(code[at : match.end()]), text, style)
        cursor.block().setUserState(CONTINUED)
        cursor.insertBlock()
        at = match.end()
    _insert(cursor, code[at:], showable(code[at:]), text, style)
    cursor.endEditBlock()


def _insert(cursor: QTextCursor, text: str, shown: str, form: QTextCharFormat, style: Style) -> None:
    """Insert `shown`, what `text` is shown as; signs that are not `text`'s own stand out."""
    if shown != text:
        sign = QTextCharFormat(form)
        sign.setForeground(QBrush(style.palette.on_accent))
        sign.setBackground(QBrush(style.palette.accent))
        at = 0
        for match in islice(SIGNS.finditer(shown), SIGNS_LIMIT):
            cursor.insertText(exact(shown[at : match.start()]), form)
            cursor.insertText(match.group(), sign)
            at = match.end()
        shown = shown[at:]
    cursor.insertText(exact(shown), form)


def _lines(font: QFont, height: float) -> QTextBlockFormat:
    """A block format whose lines are `height` pixels high, or more where a glyph needs it."""
    block = QTextBlockFormat()
    spacing = max(1.0, QFontMetricsF(font).height())
    block.setLineHeight(max(0.0, height - spacing), QTextBlockFormat.LineHeightTypes.LineDistanceHeight.value)
    return block


def _write(
    document: Document,
    cursor: QTextCursor,
    runs: Runs,
    text: QTextCharFormat,
    style: Style,
    font: QFont,
    cell: tuple[int, int] = (0, 0),
    rtl: bool | None = None,
) -> None:
    """rtl: whether the whole that `runs` are a part of begins at the right; None where they are all of it."""
    isolates = isolation(runs, rtl is True)
    follows_box = False
    by_itself = rtl is None and not isolates  # else Qt goes by the first letter of all, code or not
    if rtl is None:
        rtl = bool(isolates) and paragraph_direction(runs) is True
    if not by_itself:
        lines = cursor.blockFormat()
        lines.setLayoutDirection(Qt.LayoutDirection.RightToLeft if rtl else Qt.LayoutDirection.LeftToRight)
        cursor.setBlockFormat(lines)
    for run, (before, after) in zip(runs, isolates or repeat(_NONE), strict=False):
        begin = cursor.position()
        if run.math is not None and insert_formula(
            document, cursor, run, style, font, alone=len(runs) == 1 and run.math.display
        ):
            document.inlines.append(
                Inline(begin, cursor.position(), run, "\N{OBJECT REPLACEMENT CHARACTER}", cell)
            )
            follows_box = False
            continue
        form = text
        if run != type(run)(run.text):
            form = QTextCharFormat(text)
            if run.bold:
                form.setFontWeight(QFont.Weight.DemiBold.value)
            form.setFontItalic(run.italic)
            form.setFontStrikeOut(run.strike)
            if run.code or run.math is not None:
                form.setFontFamilies(style.mono.families())
                form.setProperty(
                    QTextCharFormat.Property.FontPixelSize, round(font.pixelSize() * theme.TYPE["code"])
                )
            if run.image is not None:
                form.setForeground(QBrush(style.palette.muted))
            if run.note:
                form.setForeground(QBrush(style.palette.accent))
                if len(runs) > 1:  # else it is the name above the note itself
                    form.setVerticalAlignment(QTextCharFormat.VerticalAlignment.AlignSuperScript)
            if run.link is not None and run.link.verdict is not Verdict.DEAD:
                form.setForeground(QBrush(style.palette.accent))
                form.setFontUnderline(True)
        document.isolate(cursor, before)
        start = cursor.position()
        boxed = run.code or run.math is not None
        # Qt leaves the room at the right of a character, whichever way it runs.
        if boxed and not rtl and begin > cursor.block().position():
            _space_after(cursor, begin)
        words = run.text
        if run.image is not None:
            words = "\N{FRAME WITH PICTURE} " + (words or "image")
        shown = showable(words, run.is_strict)
        if "\n" in words:
            words, shown = words.replace("\n", "\u2028"), shown.replace("\n", "\u2028")
        _insert(cursor, words, shown, form, style)
        if rtl and follows_box and start < cursor.position():  # at the right of what is seen beside the box
            _space_after(cursor, cursor.position() if before else start, ahead=not before)
        document.inlines.append(Inline(start, cursor.position(), run, shown, cell))
        if run.link is not None and run.link.verdict is not Verdict.DEAD:
            document.links.append((start, cursor.position(), run.link))
        if boxed:
            document.code_spans.append((start, cursor.position()))
            # In letters that run from right to left the last one's right is within the box, the first one's at its edge.
            if (turned := last_turned(shown)) is not None:
                document.rooms[start] = start + turned
                _space_after(cursor, start + turned, ahead=True)
            else:
                _space_after(cursor, cursor.position())
        document.isolate(cursor, after)
        follows_box = boxed


def _space_after(cursor: QTextCursor, position: int, ahead: bool = False) -> None:
    """Room for the edge of an inline code box at what stands before `position` (or at it, `ahead`); adds no character."""
    room = QTextCharFormat()
    room.setFontLetterSpacingType(QFont.SpacingType.AbsoluteSpacing)
    room.setFontLetterSpacing(SPAN_ROOM)
    start, end = _letter(cursor.document(), position, ahead)
    before = QTextCursor(cursor)
    before.setPosition(start)
    before.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
    before.mergeCharFormat(room)


def _letter(document: QTextDocument, position: int, ahead: bool) -> tuple[int, int]:
    """From where to where the letter before `position` (or at it) goes, with all that is drawn as one with it."""
    beside = position if ahead else position - 1
    if document.characterAt(beside) < _FIRST_MARK and document.characterAt(beside + ahead) < _FIRST_MARK:
        return beside, beside + 1
    block = document.findBlock(beside)
    at = max(block.position(), position - _LETTER)
    part = QTextCursor(document)
    part.setPosition(at)
    part.setPosition(
        min(block.position() + block.length() - 1, position + _LETTER), QTextCursor.MoveMode.KeepAnchor
    )
    finder = QTextBoundaryFinder(QTextBoundaryFinder.BoundaryType.Grapheme, part.selectedText())
    finder.setPosition(position - at)
    other = at + (finder.toNextBoundary() if ahead else finder.toPreviousBoundary())
    return (position, other) if ahead else (other, position)


def _write_table(
    document: Document, cursor: QTextCursor, table: Table, text: QTextCharFormat, style: Style
) -> None:
    rows = ((table.header,) if table.header else ()) + table.rows
    form = QTextTableFormat()
    # Where cells share their borders Qt looks at all of them, however few are on the screen.
    with_lines = len(table.align) <= WIDE and not document.mirrored
    form.setBorderCollapse(with_lines)
    form.setBorder(int(with_lines))
    form.setBorderBrush(QBrush(style.palette.border))
    form.setBorderStyle(QTextFrameFormat.BorderStyle.BorderStyle_Solid)
    form.setCellPadding(CELL_PADDING if with_lines else CELL_PADDING + 1)
    form.setCellSpacing(0)
    form.setMargin(0)
    form.setHeaderRowCount(1 if table.header else 0)
    columns = max(1, len(table.align))
    form.setColumnWidthConstraints([QTextLength(QTextLength.Type.VariableLength, 0)] * columns)
    shown = cursor.insertTable(max(1, len(rows)), columns, form)
    bold = QTextCharFormat(text)
    bold.setFontWeight(QFont.Weight.DemiBold.value)
    block = _lines(style.body, theme.LINE_HEIGHT["code"] * style.em)
    block.setLeftMargin(CELL_MARGIN)
    block.setRightMargin(CELL_MARGIN)
    start = "right" if document.mirrored else "left"
    for row, cells in enumerate(rows):
        is_header = bool(table.header) and row == 0
        for column, runs in enumerate(cells[:columns]):
            inside = shown.cellAt(row, column).firstCursorPosition()
            block.setAlignment(_ALIGN[table.align[column] or start])
            inside.setBlockFormat(block)
            _write(document, inside, runs, bold if is_header else text, style, style.body, (row, column))
