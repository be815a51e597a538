"""What our parser reads beyond markdown-it-py's own rules: formulas, footnotes, depth without loss; knows no block.

A rule follows the library's protocol: it looks at one place of `state`, and where it matches it moves on and says True.
Whether a formula of several lines is one may hang on lines that have not come: then the first such line of the top
level is noted in `state.env["open_formula"]`.
"""

import re
from typing import TYPE_CHECKING

from pizzagpt_desktop.domain.dollars import formula_end, is_display, is_reference
from pizzagpt_desktop.domain.markdown_paragraph import paragraph_rule
from pizzagpt_desktop.domain.markdown_parts import CELL_LIMIT
from pizzagpt_desktop.domain.markdown_sections import GOES_ON

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.parser_block import RuleFuncBlockType
    from markdown_it.rules_block import StateBlock
    from markdown_it.rules_inline import StateInline

NESTING_LIMIT = 40
"""Levels of quotes, lists and items; what lies deeper is shown flat, with its markers (rule M5)."""
COLUMN_LIMIT = 500
"""Columns of a table; the rows of one that has more are lines of text (rule M6)."""
FORMULA_LINES = 100
FORMULA_LENGTH = 4_000
"""Lines and characters of one formula."""
NOTE_KEY = "\0"
"""Before the name of a footnote among the definitions; no label of a link begins with it."""

_CLOSING = {"$$": "$$", "\\[": "\\]", "\\(": "\\)"}
_LINE = re.compile(r"(?:\*[ \t]*){3,}|(?:-[ \t]*){3,}|(?:_[ \t]*){3,}")
_NOTE = re.compile(r"\[\^([^\s\[\]^\\]{1,100})\]:[ \t]*")
_NOTE_USE = re.compile(r"\[\^([^\s\[\]^\\]{1,100})\]")
_FORMULA_SIGN = re.compile(r"[\\^_=+<>{}|*/&\d]")
_WORDS = re.compile(r"[^\W\d_]{4,}|[^\W\d_]{2,}\s+(?:\S+\s+)*[^\W\d_]{2,}")


def add_to(parser: "MarkdownIt") -> None:
    """Give `parser` these rules."""
    from markdown_it import rules_block as library  # not before the window is painted

    block, inline = parser.block.ruler, parser.inline.ruler
    ends = ["paragraph", "reference", "blockquote"]
    table = _limited(library.table)
    block.at("table", table, {"alt": ["paragraph", "reference"]})
    block.at("hr", _rule(library.hr), {"alt": [*ends, "list"]})
    block.before("table", "flat", _flat)
    block.before("list", "formula", _formula_lines, {"alt": ends})
    block.before("reference", "footnote", _footnote, {"alt": ends})
    rules = {name: getattr(library, name) for name in ("fence", "blockquote", "heading")}
    rules |= {
        "hr": _rule(library.hr),
        "list": library.list_block,
        "formula": _formula_lines,
        "footnote": _footnote,
    }
    block.at("lheading", paragraph_rule(rules, table))
    inline.before("escape", "formula", _formula)
    inline.before("strikethrough", "tilde", _tilde_in_word)
    inline.before("link", "footnote_use", _footnote_use)


def _flat(state: "StateBlock", start: int, end: int, silent: bool) -> bool:
    """A block rule that takes all lines of a container that is nested too deeply as one paragraph of text.

    markdown-it-py itself drops them without a word at its `maxNesting`.
    """
    if silent or state.level < NESTING_LIMIT:
        return False
    line = start
    while line < end and (
        state.isEmpty(line) or state.sCount[line] < 0 or state.sCount[line] >= state.blkIndent
    ):
        line += 1
    text = state.getLines(start, line, state.blkIndent, False)
    state.line = line
    token = state.push("flat_text", "", 0)
    token.content = text.strip("\n")
    token.map = [start, line]
    return True


def _limited(table: "RuleFuncBlockType") -> "RuleFuncBlockType":
    """The library's rule for tables, with an end where there are too many cells.

    In `state.env["rows_done"]` are the rows of a table that goes on at the first line.
    """

    def rule(state: "StateBlock", start: int, end: int, silent: bool) -> bool:
        if start + 2 > end or state.src.startswith(GOES_ON, state.bMarks[start]):
            return False
        at = state.bMarks[start + 1] + state.tShift[start + 1]
        if state.src[at : at + 1] not in ("|", "-", ":") or state.src[at : at + 2] == "- ":
            return False  # as most lines are; the library finds it out with more pains
        done = 0 if start or state.level else state.env.get("rows_done", 0)
        columns = state.src[at : state.eMarks[start + 1]].strip().strip("|").count("|") + 1
        if columns > COLUMN_LIMIT:
            return False
        return table(state, start, min(end, start + 2 + max(CELL_LIMIT // columns - done, 0)), silent)

    return rule


def _rule(line: "RuleFuncBlockType") -> "RuleFuncBlockType":
    """The library's rule for horizontal lines, which looks at every character of a long row of bullets for each of them."""

    def rule(state: "StateBlock", start: int, end: int, silent: bool) -> bool:
        at = state.bMarks[start] + state.tShift[start]
        return _LINE.fullmatch(state.src, at, state.eMarks[start]) is not None and line(
            state, start, end, silent
        )

    return rule


def _formula_lines(state: "StateBlock", start: int, end: int, silent: bool) -> bool:
    """A formula that begins and ends a line; like TeX's it holds no blank line."""
    pos = state.bMarks[start] + state.tShift[start]
    closing = _CLOSING.get(state.src[pos : pos + 2])
    if closing is None or closing == "\\)" or state.is_code_block(start):
        return False
    at = pos + 2
    line = start
    searched = state.env.setdefault("searched", {})
    place = (closing, state.level, state.blkIndent)
    if (found := _closing(state.src, closing, at, state.eMarks[line])) < 0 and start < searched.get(place, 0):
        line = searched[place] - 1  # the lines up to here were looked through for a formula that began above
        at = state.eMarks[line]
    while found < 0 and (found := _closing(state.src, closing, at, state.eMarks[line])) < 0:
        line += 1
        searched[place] = line
        if line >= end:
            if not state.level or state.parentType == "table":  # what ends a table is asked within it
                state.env["open_formula"] = min(start, state.env.get("open_formula", start))
            return False
        if line - start > FORMULA_LINES or state.isEmpty(line) or state.sCount[line] < state.blkIndent:
            return False
        at = state.bMarks[line] + state.tShift[line]
    source = state.getLines(start, line + 1, state.blkIndent, False).strip()
    if (
        state.src[found + 2 : state.eMarks[line]].strip()
        or len(source) > FORMULA_LENGTH
        or not _is_formula(source[2:-2], closing)
    ):
        return False
    if silent:
        return True
    state.line = line + 1
    token = state.push("formula_block", "", 0)
    token.content = source
    token.map = [start, state.line]
    return True


def _formula(state: "StateInline", silent: bool) -> bool:
    """`$…$`, `$$…$$`, `\\(…\\)` and `\\[…\\]` within a paragraph."""
    src, pos = state.src, state.pos
    if src[pos] not in "$\\":
        return False
    closing = _CLOSING.get(src[pos : pos + 2])
    if closing is not None:
        end = _closing(src, closing, pos + 2, min(state.posMax, pos + FORMULA_LENGTH)) + 2
        if end < 2 or not _is_inline(src, pos, end, closing):
            return False
    else:
        end = formula_end(src, pos, state.posMax) if src[pos] == "$" else -1
        if end < 0:
            return False
    if not silent:
        token = state.push("formula", "", 0)
        token.content = src[pos:end]
    state.pos = end
    return True


def _is_inline(src: str, pos: int, end: int, closing: str) -> bool:
    inner = src[pos + 2 : end - 2]
    if closing == "$$":
        return is_display(inner, src[pos - 1] if pos else "", src[end : end + 1])
    return _is_formula(inner, closing) and not (closing == "\\]" and is_reference(inner))


def _closing(src: str, closing: str, at: int, end: int) -> int:
    """Where `closing` stands in `src` from `at` on, not escaped; -1 where it does not."""
    while (found := src.find(closing, at, end)) >= 0:
        slashes = found
        while slashes > at and src[slashes - 1] == "\\":
            slashes -= 1
        if not (found - slashes) % 2:
            return found
        at = found + 1
    return -1


def _is_formula(inner: str, closing: str) -> bool:
    """Whether `inner` is meant as one: the brackets may also be ordinary ones that were escaped."""
    if closing == "$$":
        return "$" not in inner and any(char.isalnum() for char in inner)
    if not any(char.isalnum() for char in inner):
        return False
    return _FORMULA_SIGN.search(inner) is not None or _WORDS.search(inner) is None


def _footnote(state: "StateBlock", start: int, end: int, silent: bool) -> bool:
    """`[^name]: text` and the lines indented below it."""
    pos = state.bMarks[start] + state.tShift[start]
    match = _NOTE.match(state.src, pos, state.eMarks[start])
    if match is None or state.is_code_block(start):
        return False
    if silent:
        return True
    definitions, label = state.env["references"], NOTE_KEY + match.group(1).casefold()
    if label not in definitions:
        definitions[label] = {"map": [start, start + 1]}
    opening = state.push("footnote_open", "", 1)
    opening.content = match.group(1)
    saved = state.bMarks[start], state.tShift[start], state.sCount[start], state.blkIndent, state.parentType
    state.blkIndent += 4
    state.bMarks[start], state.tShift[start], state.sCount[start] = match.end(), 0, state.blkIndent
    state.parentType = "footnote"
    state.md.block.tokenize(state, start, end)
    state.bMarks[start], state.tShift[start], state.sCount[start], state.blkIndent, state.parentType = saved
    state.push("footnote_close", "", -1)
    opening.map = [start, state.line]
    return True


def _footnote_use(state: "StateInline", silent: bool) -> bool:
    """`[^name]` where there is such a footnote."""
    if not state.src.startswith("[^", state.pos):
        return False
    match = _NOTE_USE.match(state.src, state.pos, state.posMax)
    if match is None or state.env["references"].get(NOTE_KEY + match.group(1).casefold()) is None:
        return False
    if not silent:
        token = state.push("footnote_use", "", 0)
        token.content = match.group(1)
    state.pos = match.end()
    return True


def _tilde_in_word(state: "StateInline", silent: bool) -> bool:
    """A single tilde between letters or digits ("3~5") strikes nothing; GitHub would."""
    src, pos = state.src, state.pos
    if (
        silent
        or src[pos] != "~"
        or not pos
        or not src[pos - 1].isalnum()
        or not src[pos + 1 : pos + 2].isalnum()
    ):
        return False
    state.append_pending("~")
    state.pos += 1
    return True
