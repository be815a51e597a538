"""The lines of a paragraph, or of a heading that is underlined, looked through once; knows no inline markup.

The library looks through them twice, and asks every rule of every line. What a line begins with says which rules may
end a paragraph there: of most lines only the one for tables, whose header looks like anything.
"""

from typing import TYPE_CHECKING

from pizzagpt_desktop.domain.markdown_sections import GOES_ON

if TYPE_CHECKING:
    from collections.abc import Mapping

    from markdown_it.parser_block import RuleFuncBlockType
    from markdown_it.rules_block import StateBlock

_BEGINNINGS = {
    "fence": "`~",
    "blockquote": ">",
    "hr": "*-_",
    "formula": "$\\",
    "list": "*-+0123456789",
    "footnote": "[",
    "heading": "#",
}
"""What the rules that may end a paragraph look for, in the order in which they are asked."""


def paragraph_rule(
    rules: "Mapping[str, RuleFuncBlockType]", table: "RuleFuncBlockType"
) -> "RuleFuncBlockType":
    """The rule for both. rules: by their names those of `_BEGINNINGS`; table: is asked first, at every line."""
    from markdown_it.common.utils import mdTrim  # not before the window is painted

    def text(state: "StateBlock", start: int, line: int) -> None:
        token = state.push("inline", "", 0)
        token.content = mdTrim(state.getLines(start, line, state.blkIndent, False))
        token.map, token.children = [start, line], []

    by_first: dict[str, list[RuleFuncBlockType]] = {}
    for name, characters in _BEGINNINGS.items():
        for character in characters:
            by_first.setdefault(character, [table]).append(rules[name])
    only_table = [table]

    def rule(state: "StateBlock", start: int, end: int, silent: bool) -> bool:
        if state.is_code_block(start):
            return False
        goes_on = state.src.startswith(GOES_ON, state.bMarks[start])
        parent, state.parentType = state.parentType, "paragraph"  # some rules ask what they would end
        line = start + 1
        while line < state.lineMax and not state.isEmpty(line):
            indent = state.sCount[line]
            if indent - state.blkIndent <= 3:
                at = state.bMarks[line] + state.tShift[line]
                first = state.src[at]
                if first in "-=" and line < end and indent >= state.blkIndent and not goes_on:
                    level = _underline(state, at, line)
                    if level:
                        state.line = line + 1
                        opening = state.push("heading_open", f"h{level}", 1)
                        opening.markup, opening.map = first, [start, state.line]
                        text(state, start, line)
                        state.push("heading_close", f"h{level}", -1).markup = first
                        state.parentType = parent
                        return True
                if indent >= 0 and any(
                    ends(state, line, end, True) for ends in by_first.get(first, only_table)
                ):
                    break
            line += 1
        state.line = line
        state.push("paragraph_open", "p", 1).map = [start, line]
        text(state, start, line)
        state.push("paragraph_close", "p", -1)
        return True  # as with the library, what comes next is asked as if it stood in a paragraph

    return rule


def _underline(state: "StateBlock", at: int, line: int) -> int:
    """The level of a heading that `line`, whose text begins at `at`, makes of what stands above it; 0 for none."""
    sign = state.src[at]
    if state.src[at : state.eMarks[line]].lstrip(sign).strip(" \t"):
        return 0
    return 1 if sign == "=" else 2
