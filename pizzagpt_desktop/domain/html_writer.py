"""Blocks -> clean HTML for the clipboard: semantic, escaped, without scripts and pictures; knows no widget.

A link is one only by its verdict (rule M3): a dead one is its text. A picture is its alt text and host (rule M2).
What stands here for the sake of other programs was measured with LibreOffice 7.4, Gnumeric 1.12 and Chromium.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from html import escape

from pizzagpt_desktop.domain.blocks import (
    Block,
    CodeBlock,
    Footnote,
    Heading,
    ListBlock,
    Paragraph,
    Quote,
    Raw,
    Rule,
    Run,
    Runs,
    Table,
    plain,
)
from pizzagpt_desktop.domain.direction import direction_of
from pizzagpt_desktop.domain.links import Link, Verdict
from pizzagpt_desktop.domain.parts import wholes
from pizzagpt_desktop.domain.spreadsheet import is_misread

Formulas = Callable[[str, bool], str | None]
"""TeX and whether it stands by itself -> MathML, None where it cannot be said so."""

_STYLES = (("bold", "strong"), ("italic", "em"), ("strike", "del"))
_TABLE = '<table border="1" cellspacing="0" cellpadding="4" style="border-collapse:collapse">\n'
"""Lines that a letter or a page would else not have."""
_AS_TEXT = """ style="mso-number-format:'\\@'" sdnum="1033;0;@\""""
"""Tells a spreadsheet that a cell is text: Excel by the first, LibreOffice by the second."""
_TAB_STOP = 4
_BLANKS = re.compile(r"[ \t]{2,}|(?m:^ )|\t")
_BOXES = {True: "\N{BALLOT BOX WITH CHECK} ", False: "\N{BALLOT BOX} ", None: ""}


def html_of(blocks: Iterable[Block], mathml: Formulas) -> str:
    """A fragment of HTML in UTF-8, one line a block. What begins at the right says so."""
    return "".join(html_pieces(blocks, mathml))


def html_pieces(blocks: Iterable[Block], mathml: Formulas) -> Iterator[str]:
    """The same piece by piece, a row of a table or less; each is written when it is asked for."""
    return _Writer(mathml).blocks(wholes(blocks))


class _Writer:
    def __init__(self, mathml: Formulas) -> None:
        self._mathml = mathml

    def blocks(
        self, blocks: Iterable[Block], tight: bool = False, before: str = "", rtl: bool = False
    ) -> Iterator[str]:
        """tight: paragraphs are only their text. before: HTML that stands before the first text. rtl: what holds them begins at the right."""
        for block in blocks:
            if before and not isinstance(block, Paragraph | Heading | Raw):
                yield before if tight else f"<p>{before.rstrip()}</p>\n"
                before = ""
            own = _direction(block, rtl)
            turned = _turned(own, rtl)
            match block:
                case Paragraph(runs):
                    yield before if tight else f"<p{turned}>{before}"
                    yield from self._inline(runs, own)
                    yield "\n" if tight else "</p>\n"
                case Heading(level, runs):
                    yield f"<h{level}{turned}>{before}{self.runs(runs, own)}</h{level}>\n"
                case Raw(text):
                    yield f"<p{turned}>{before}{_typed(text.removesuffix(chr(10)))}</p>\n"
                case CodeBlock(lang, text):
                    yield f"<pre{turned}><code{_language(lang)}>{escape(text, quote=False)}</code></pre>\n"
                case Quote(inner):
                    yield f"<blockquote{turned}>\n"
                    yield from self.blocks(inner, rtl=own)
                    yield "</blockquote>\n"
                case ListBlock():
                    yield from self._list(block, own, turned)
                case Table():
                    yield from self._table(block, own, turned)
                case Footnote(name, inner):
                    name = f"<sup>[{escape(name)}]</sup> "
                    yield from self.blocks(inner or (Paragraph(()),), before=name, rtl=rtl)
                case Rule():
                    yield "<hr>\n"
            before = ""

    def _list(self, block: ListBlock, rtl: bool, turned: str) -> Iterator[str]:
        tag = "ul" if block.start is None else "ol"
        start = f' start="{block.start}"' if block.start not in (None, 1) else ""
        yield f"<{tag}{start}{turned}>\n"
        for item in block.items:
            own = _direction(Quote(item.blocks), rtl)
            yield f"<li{_turned(own, rtl)}>"
            box = _BOXES[item.checked]
            yield from self.blocks(item.blocks or (Paragraph(()),), block.tight, box, own)
            yield "</li>\n"
        yield f"</{tag}>\n"

    def _table(self, table: Table, rtl: bool, turned: str) -> Iterator[str]:
        yield _TABLE.replace("<table", f"<table{turned}", 1)
        if table.header:
            yield "<thead>\n" + self._row("th", table.header, table.align, rtl) + "</thead>\n"
        if table.rows:
            yield "<tbody>\n"
            for row in table.rows:
                yield self._row("td", row, table.align, rtl)
            yield "</tbody>\n"
        yield "</table>\n"

    def _row(self, tag: str, cells: tuple[Runs, ...], align: tuple[str, ...], rtl: bool) -> str:
        parts = []
        for cell, side in zip(cells, align, strict=False):
            own = _direction(Paragraph(cell), rtl)
            if own != rtl:  # it stands with its column, and reads its own way
                side = side or ("right" if rtl else "left")
            aligned = f' align="{side}"' if side else ""
            kind = _AS_TEXT if is_misread(plain(cell)) else ""
            parts.append(f"<{tag}{aligned}{_turned(own, rtl)}{kind}>{self.runs(cell, own)}</{tag}>")
        return f"<tr>{''.join(parts)}</tr>\n"

    def runs(self, runs: Runs, rtl: bool = False) -> str:
        return "".join(self._inline(runs, rtl))

    def _inline(self, runs: Runs, rtl: bool) -> Iterator[str]:
        """Elements are opened and closed only where a style begins and ends."""
        opened: list[tuple[str, Link | None]] = []
        for run in runs:
            wanted = _elements(run)
            kept = 0
            while (
                kept < min(len(opened), len(wanted))
                and opened[kept][0] == wanted[kept][0]
                and opened[kept][1] is wanted[kept][1]
            ):
                kept += 1
            yield from (f"</{tag}>" for tag, _ in reversed(opened[kept:]))
            yield from (_opening(tag, link) for tag, link in wanted[kept:])
            opened = wanted
            yield self._inside(run, rtl)
        yield from (f"</{tag}>" for tag, _ in reversed(opened))

    def _inside(self, run: Run, rtl: bool) -> str:
        if run.math is not None:
            source = escape(run.text, quote=False)
            formula = self._mathml(run.math.source, run.math.display)
            # LibreOffice Writer drops MathML and all that is in it; it shows what browsers hide.
            return source if formula is None else f"{formula}<span hidden>{source}</span>"
        if run.image is not None:
            return _lines(run.text or "image")
        if run.note:
            return f"<sup>{_lines(run.text)}</sup>"
        return f"<code{_turned(False, rtl)}>{_typed(run.text)}</code>" if run.code else _lines(run.text)


def _direction(block: Block, rtl: bool) -> bool:
    """Whether `block` begins at the right; where nothing in it tells, as what holds it."""
    found = False if isinstance(block, CodeBlock) else direction_of(block)
    return rtl if found is None else found


def _turned(own: bool, rtl: bool) -> str:
    """The attribute of what begins at another side than what holds it."""
    return "" if own == rtl else ' dir="rtl"' if own else ' dir="ltr"'


def _elements(run: Run) -> list[tuple[str, Link | None]]:
    found: list[tuple[str, Link | None]] = []
    if run.link is not None and run.link.verdict is not Verdict.DEAD:
        found.append(("a", run.link))
    return found + [(tag, None) for name, tag in _STYLES if getattr(run, name)]


def _opening(tag: str, link: Link | None) -> str:
    return f"<{tag}>" if link is None else f'<a href="{escape(link.href)}">'


def _lines(text: str) -> str:
    return escape(text, quote=False).replace("\n", "<br>\n")


def _typed(text: str) -> str:
    """Text whose blanks mean something, where HTML and some programs know only one between two words."""
    return _BLANKS.sub(_kept, _lines(text))


def _kept(found: re.Match[str]) -> str:
    count = len(found[0].expandtabs(_TAB_STOP))
    return "&nbsp;" * (count - 1) + (" " if count > 1 else "&nbsp;")


def _language(info: str) -> str:
    words = info.split(maxsplit=1)
    return f' class="language-{escape(words[0])}"' if words else ""
