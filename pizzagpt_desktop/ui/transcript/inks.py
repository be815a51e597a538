"""The colours of code in each theme, and how a document gets them; knows no language and no lexer."""

from array import array
from functools import lru_cache

from PySide6.QtGui import QBrush, QColor, QTextCharFormat, QTextCursor, QTextLayout

from pizzagpt_desktop.domain.marks import SIGNS
from pizzagpt_desktop.ui import theme
from pizzagpt_desktop.ui.transcript.documents import CONTINUED, Document
from pizzagpt_desktop.ui.transcript.lexing import Ink, Spans, units

_LIGHT = {
    Ink.COMMENT: "#6B6259", Ink.KEYWORD: "#A2321B", Ink.STRING: "#44661A", Ink.NUMBER: "#1F5F94", Ink.NAME: "#5D4A9C",
    Ink.BUILTIN: "#0D6668", Ink.INSERTED: "#2C6B2C", Ink.DELETED: "#A82A26",
}  # fmt: skip
_DARK = {
    Ink.COMMENT: "#9E9388", Ink.KEYWORD: "#FF9C7B", Ink.STRING: "#B7CE7E", Ink.NUMBER: "#8DC3F2", Ink.NAME: "#CBB5F5",
    Ink.BUILTIN: "#76D0C5", Ink.INSERTED: "#9CD28C", Ink.DELETED: "#FF9D94",
}  # fmt: skip
_CONTRAST_LIGHT = {
    Ink.COMMENT: "#404040", Ink.KEYWORD: "#7A1200", Ink.STRING: "#24480C", Ink.NUMBER: "#0B3D66", Ink.NAME: "#43277A",
    Ink.BUILTIN: "#07484A", Ink.INSERTED: "#1A4A1A", Ink.DELETED: "#7A1212",
}  # fmt: skip
_CONTRAST_DARK = {
    Ink.COMMENT: "#D6D6D6", Ink.KEYWORD: "#FFB9A1", Ink.STRING: "#CFE7A0", Ink.NUMBER: "#A9D7FF", Ink.NAME: "#DDCBFF",
    Ink.BUILTIN: "#93EADF", Ink.INSERTED: "#B4EBA4", Ink.DELETED: "#FFBDB6",
}  # fmt: skip
LEAST_CONTRAST = 4.5
"""Of every colour on the ground of code, after WCAG 2; `theme.HIGH_CONTRAST` in the high contrast themes."""


@lru_cache(maxsize=8)
def colours(palette: theme.Palette) -> dict[Ink, str]:
    """The colour of each ink under `palette`; where the system chose the ground, those that cannot be read on it are its text's."""
    if palette in (theme.LIGHT, theme.DARK):
        return _DARK if palette.dark else _LIGHT
    inks = _CONTRAST_DARK if palette.dark else _CONTRAST_LIGHT
    return {
        ink: colour if theme.contrast(colour, palette.code) >= theme.HIGH_CONTRAST else palette.text
        for ink, colour in inks.items()
    }


@lru_cache(maxsize=8)
def _formats(palette: theme.Palette) -> dict[int, QTextCharFormat]:
    formats = {}
    for ink, colour in colours(palette).items():
        form = QTextCharFormat()
        form.setForeground(QBrush(QColor(colour)))
        formats[int(ink)] = form
    return formats


def tint(document: Document, spans: Spans, line: int, palette: theme.Palette) -> None:
    """Colour a document whose first line is number `line` of the code; it keeps its size, for only colours change."""
    formats = _formats(palette)
    all_at_once = QTextCursor(document)
    all_at_once.beginEditBlock()
    block = document.begin()
    shift = 0
    while block.isValid():
        found = spans.get(line)
        if found or block.layout().formats():
            holes = _signs(block.text()) if document.has_signs else []
            ranges = _ranges(found or array("i"), shift, block.length() - 1, holes, formats)
            block.layout().setFormats(ranges)
        if block.userState() == CONTINUED:
            shift += block.length() - 1
        else:
            line, shift = line + 1, 0
        block = block.next()
    all_at_once.endEditBlock()


def _ranges(
    found: "array[int]",
    shift: int,
    length: int,
    holes: list[tuple[int, int]],
    formats: dict[int, QTextCharFormat],
) -> list[QTextLayout.FormatRange]:
    """What is `found` in a line, for the part of it that begins at `shift`; `holes` keep the colour they have."""
    ranges = []
    for at in range(0, len(found), 3):
        start, end = max(0, found[at] - shift), min(length, found[at] + found[at + 1] - shift)
        for first, last in holes:
            if start < first < end:
                ranges.append(_range(start, first, formats[found[at + 2]]))
            if first < end and start < last:
                start = last
        if start < end:
            ranges.append(_range(start, end, formats[found[at + 2]]))
    return ranges


def _range(start: int, end: int, form: QTextCharFormat) -> QTextLayout.FormatRange:
    made = QTextLayout.FormatRange()
    made.start, made.length, made.format = start, end - start, form
    return made


def _signs(text: str) -> list[tuple[int, int]]:
    """Where signs for what does not show stand in a line: they have colours of their own."""
    spans = [match.span() for match in SIGNS.finditer(text)]
    if spans and max(text) > "\uffff":
        spans = [(units(text[:start]), units(text[:end])) for start, end in spans]
    return spans
