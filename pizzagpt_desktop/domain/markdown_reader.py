"""markdown-it-py's tokens -> our blocks, within limits that lose no text; knows no stream and no widget.

The parser is imported at the first parse, not at the first import of this module: the window is painted before.
"""

import re
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

from pizzagpt_desktop.domain.blocks import (
    Block,
    CodeBlock,
    Heading,
    Image,
    ListBlock,
    ListItem,
    Paragraph,
    Quote,
    Raw,
    Rule,
    Run,
    Runs,
    Table,
)
from pizzagpt_desktop.domain.links import Link, Verdict, host_of, verdict

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_block import StateBlock
    from markdown_it.token import Token

NESTING_LIMIT = 40
"""Levels of quotes, lists and items; what lies deeper is shown flat, with its markers (rule M5)."""
INLINE_LIMIT = 200_000
"""Characters of one paragraph read for inline markup; a longer one is plain text (rule M6)."""
CELL_LIMIT = 4_000
"""Cells of one table; the rows after that are lines of text (rule M6)."""

_BARE = re.compile(r"(?<![\w/])https?://[^\s<>\"`\x00-\x1f]{1,2000}", re.I)
_TASK = re.compile(r"\[([ xX])\][ \t\n]+")
_LINE_END = re.compile(r"\r\n?")

References = dict[str, Any]


def normalised(text: str) -> str:
    """One kind of line end, and no NUL, as CommonMark asks."""
    if "\r" in text:
        text = _LINE_END.sub("\n", text)
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}") if "\0" in text else text


@cache
def _parser() -> "MarkdownIt":
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark", {"html": False, "maxNesting": NESTING_LIMIT + 20})
    parser.enable(["table", "strikethrough"])
    parser.block.ruler.before("table", "flat", _flat)
    # Every link is read as one, so that its text shows; `links.verdict` decides what a click may do.
    parser.validateLink = lambda url: True  # type: ignore[method-assign]
    return parser


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


def tokens_of(text: str, references: References) -> "list[Token]":
    """The block tokens of normalised `text`. Definitions found are added to `references`; the first one counts."""
    parser = _parser()
    tokens: list[Token] = []
    env: dict[str, Any] = {"references": references}
    parser.block.parse(text, parser, env, tokens)
    return tokens


def blocks_of(tokens: "list[Token]", references: References) -> tuple[Block, ...]:
    """The blocks that `tokens` (whole, balanced) say, links resolved by `references`."""
    reader = _Reader(references)
    blocks, at = reader.blocks(tokens, 0, "")
    assert at == len(tokens), "a closing token without its opening one"  # noqa: S101  (a bug here, not bad input)
    return blocks


class _Reader:
    """Walks a token list once; every method takes the index to read at and returns the index after."""

    def __init__(self, references: References) -> None:
        self._env = {"references": references}

    def blocks(self, tokens: "list[Token]", at: int, until: str) -> tuple[tuple[Block, ...], int]:
        found: list[Block] = []
        while at < len(tokens):
            token = tokens[at]
            kind = token.type
            if kind == until:
                return tuple(found), at + 1
            if kind in ("paragraph_open", "heading_open"):
                runs = self.runs(tokens[at + 1].content)
                if kind == "heading_open":
                    found.append(Heading(int(token.tag[1:]), runs))
                elif runs:
                    found.append(Paragraph(runs))
                at += 3
            elif kind in ("fence", "code_block"):
                found.append(CodeBlock(_language(token.info), token.content))
                at += 1
            elif kind == "blockquote_open":
                inner, at = self.blocks(tokens, at + 1, "blockquote_close")
                found.append(Quote(inner))
            elif kind in ("bullet_list_open", "ordered_list_open"):
                block, at = self._list(tokens, at)
                found.append(block)
            elif kind == "table_open":
                more, at = self._table(tokens, at)
                found += more
            elif kind == "hr":
                found.append(Rule())
                at += 1
            else:
                if token.content:
                    found.append(Raw(token.content))
                at += 1
        return tuple(found), at

    def _list(self, tokens: "list[Token]", at: int) -> tuple[ListBlock, int]:
        opening = tokens[at]
        ordered = opening.type == "ordered_list_open"
        start = int(opening.attrGet("start") or 1) if ordered else None
        if ordered and opening.attrGet("start") == 0:
            start = 0
        close = opening.type.replace("_open", "_close")
        items: list[ListItem] = []
        tight = True
        at += 1
        while tokens[at].type != close:
            first = at + 1
            if first < len(tokens) and any(
                t.type == "paragraph_open" and not t.hidden and t.level == tokens[at].level + 1
                for t in self._children(tokens, first)
            ):
                tight = False
            blocks, at = self.blocks(tokens, first, "list_item_close")
            items.append(_task_item(blocks))
        return ListBlock(tuple(items), start, tight), at + 1

    @staticmethod
    def _children(tokens: "list[Token]", at: int) -> "list[Token]":
        level = tokens[at - 1].level
        found = []
        while not (tokens[at].type == "list_item_close" and tokens[at].level == level):
            found.append(tokens[at])
            at += 1
        return found

    def _table(self, tokens: "list[Token]", at: int) -> tuple[list[Block], int]:
        rows: list[list[Runs]] = []
        overflow: list[str] = []
        align: list[str] = []
        cells = 0
        while tokens[at].type != "table_close":
            token = tokens[at]
            if token.type == "tr_open":
                rows.append([])
            elif token.type == "inline":
                cells += 1
                if cells > CELL_LIMIT:
                    overflow.append(token.content)
                else:
                    rows[-1].append(self.runs(token.content))
            elif token.type == "th_open":
                style = str(token.attrGet("style") or "")
                align.append(style.partition(":")[2])
            elif token.type == "tr_close" and overflow and overflow[-1] != "\n":
                overflow.append("\n")
            at += 1
        width = len(align)
        body = [row for row in rows[1:] if row]
        if body and len(body[-1]) < width:
            body[-1] += [()] * (width - len(body[-1]))
        header = tuple(rows[0]) + ((),) * (width - len(rows[0]))
        found: list[Block] = [Table(header, tuple(tuple(row) for row in body), tuple(align))]
        if overflow:
            found.append(Raw(_lines_of_cells(overflow)))
        return found, at + 1

    def runs(self, content: str) -> Runs:
        """The inline markup of one paragraph; whatever the parser gives up on is shown as it came."""
        if not content:
            return ()
        if len(content) > INLINE_LIMIT:
            return (Run(content),)
        parser = _parser()
        children: list[Token] = []
        try:
            parser.inline.parse(content, parser, self._env, children)
            return tuple(_bare_links(_styled(children)))
        except RecursionError:  # images in images: the parser calls itself once a level
            return (Run(content),)


def _language(info: str) -> str:
    from markdown_it.common.utils import unescapeAll

    return str(unescapeAll(info)).strip() if info else ""


def _lines_of_cells(cells: list[str]) -> str:
    return " | ".join(cells).replace(" | \n | ", "\n").removesuffix(" | \n")


def _task_item(blocks: tuple[Block, ...]) -> ListItem:
    if blocks and isinstance(blocks[0], Paragraph) and blocks[0].runs:
        first = blocks[0].runs[0]
        box = _TASK.match(first.text)
        if box and not first.code and first.link is None:
            rest = replace(first, text=first.text[box.end() :])
            runs = ((rest,) if rest.text else ()) + blocks[0].runs[1:]
            return ListItem((Paragraph(runs), *blocks[1:]), checked=box.group(1) != " ")
    return ListItem(blocks)


def _styled(tokens: "list[Token]") -> list[Run]:
    """Inline tokens as runs; neighbours of one style become one."""
    runs: list[Run] = []
    depth = {"strong": 0, "em": 0, "s": 0}
    href: str | None = None
    link_from = 0
    for token in tokens:
        kind = token.type
        image = None
        if kind in ("text", "text_special", "code_inline"):
            text = token.content
        elif kind in ("softbreak", "hardbreak"):
            text = "\n"
        elif kind == "image":
            image = _image(token)
            text = f"{image.alt} ({image.host})" if image.host else image.alt or "image"
        elif kind == "link_open":
            href, link_from = str(token.attrGet("href") or ""), len(runs)
            continue
        elif kind == "link_close":
            if href is not None:
                _link(runs, link_from, href)
            href = None
            continue
        elif kind.removesuffix("_open") in depth or kind.removesuffix("_close") in depth:
            depth[kind.rpartition("_")[0]] += 1 if kind.endswith("_open") else -1
            continue
        else:
            text = token.content
        if not text:
            continue
        run = Run(
            text, depth["strong"] > 0, depth["em"] > 0, depth["s"] > 0, kind == "code_inline", image=image
        )
        if runs and len(runs) > (link_from if href is not None else 0) and _same_style(runs[-1], run):
            runs[-1] = replace(run, text=runs[-1].text + text)
        else:
            runs.append(run)
    return runs


def _same_style(a: Run, b: Run) -> bool:
    return (
        a.image is None
        and b.image is None
        and not a.code
        and a.link is b.link
        and (a.bold, a.italic, a.strike, a.code) == (b.bold, b.italic, b.strike, b.code)
    )


def _image(token: "Token") -> Image:
    src = str(token.attrGet("src") or "")
    alt = "".join(run.image.alt if run.image else run.text for run in _styled(token.children or []))
    return Image(alt, src, host_of(src))


def _link(runs: list[Run], start: int, href: str) -> None:
    text = "".join(run.image.alt if run.image else run.text for run in runs[start:])
    link = Link(href, verdict(href, text))
    if len(runs) == start:
        # A link without any text would vanish: its address is shown in its place, and is asked about.
        runs.append(Run(href, link=link))
    else:
        runs[start:] = [replace(run, link=link) for run in runs[start:]]


def _bare_links(runs: list[Run]) -> list[Run]:
    """http(s) addresses in plain text become links; one pass, so the cost is linear."""
    found: list[Run] = []
    for run in runs:
        if run.link is not None or run.code or run.image is not None or "://" not in run.text:
            found.append(run)
            continue
        at = 0
        for match in _BARE.finditer(run.text):
            address = _trimmed(match.group())
            if len(address) <= len("https://"):
                continue
            href = str(_parser().normalizeLink(address))
            decided = verdict(href, address)
            if decided is Verdict.DEAD:
                continue
            if match.start() > at:
                found.append(replace(run, text=run.text[at : match.start()]))
            found.append(replace(run, text=address, link=Link(href, decided)))
            at = match.start() + len(address)
        if at < len(run.text):
            found.append(replace(run, text=run.text[at:]))
    return found


def _trimmed(address: str) -> str:
    """`address` without the punctuation that belongs to the sentence round it."""
    surplus = address.count(")") - address.count("(")
    end = len(address)
    while end:
        last = address[end - 1]
        if last == ")" and surplus > 0:
            surplus -= 1
        elif last not in ".,:;!?'\"*_~]}":
            break
        end -= 1
    return address[:end]
