"""The Markdown parser as we use it: which rules, and what becomes of what is nested too deeply; reads no text itself.

It is imported at its first use, not at the first import of this module: the window is painted before.
"""

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_block import StateBlock

NESTING_LIMIT = 40
"""Levels of quotes, lists and items; what lies deeper is shown flat, with its markers (rule M5)."""


@cache
def parser() -> "MarkdownIt":
    from markdown_it import MarkdownIt

    made = MarkdownIt("commonmark", {"html": False, "maxNesting": NESTING_LIMIT + 20})
    made.enable(["table", "strikethrough"])
    made.block.ruler.before("table", "flat", _flat)
    # Every link is read as one, so that its text shows; `links.judge` decides what a click may do.
    made.validateLink = lambda url: True  # type: ignore[method-assign]  # the library's own way to replace it
    return made


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
