"""markdown-it-py's block tokens -> our blocks, within limits that lose no text; knows no stream and no widget."""

import gc
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pizzagpt_desktop.domain.blocks import (
    Block,
    CodeBlock,
    Footnote,
    Heading,
    ListBlock,
    ListItem,
    Paragraph,
    Quote,
    Raw,
    Rule,
    Run,
    Runs,
    Table,
    plain,
)
from pizzagpt_desktop.domain.markdown_inline import formula, runs_in
from pizzagpt_desktop.domain.markdown_parser import parser
from pizzagpt_desktop.domain.markdown_parts import Continued, first_number, mark, rows_in_part
from pizzagpt_desktop.domain.markdown_references import References
from pizzagpt_desktop.domain.markdown_sections import GOES_ON

if TYPE_CHECKING:
    from markdown_it.token import Token

CELL_RUNS = 300
"""Runs of one cell, which is laid out in one."""
_TASK = re.compile(r"\[([ xX])\][ \t\n]+")
_LINE_END = re.compile(r"\r\n?")


def normalised(text: str) -> str:
    """One kind of line end, and no NUL, as CommonMark asks."""
    if "\r" in text:
        text = _LINE_END.sub("\n", text)
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}") if "\0" in text else text


@contextmanager
def no_collector() -> Iterator[None]:
    """No search for garbage: there is none among a hundred thousand tokens, and it costs more than what they cost."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def tokens_of(text: str, references: References, continued: Continued | None = None) -> "list[Token]":
    """The block tokens of normalised `text`. Definitions found are added to `references`, and a formula left open.

    continued: the list or table that `text` goes on with.
    """
    tokens: list[Token] = []
    continued = continued or Continued()
    env: dict[str, Any] = {"references": references, "rows_done": continued.done}
    parser().block.parse(text, parser(), env, tokens)
    references.open_formula = env.get("open_formula")
    references.repeated = tuple(entry["map"][0] for entry in env.get("duplicate_refs", ()))
    mark(tokens, text, continued)
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
        self._references = references

    def blocks(self, tokens: "list[Token]", at: int, until: str) -> tuple[tuple[Block, ...], int]:
        found: list[Block] = []
        while at < len(tokens):
            token = tokens[at]
            kind = token.type
            if kind == until:
                return tuple(found), at + 1
            if kind in ("paragraph_open", "heading_open"):
                content = tokens[at + 1].content
                goes_on = content.startswith(GOES_ON)
                runs = runs_in(content[len(GOES_ON) :] if goes_on else content, self._references)
                if kind == "heading_open":
                    found.append(Heading(int(token.tag[1:]), runs))
                elif runs:
                    found.append(Paragraph(runs, goes_on))
                at += 3
            elif kind in ("fence", "code_block"):
                found.append(CodeBlock(_language(token.info), token.content))
                at += 1
            elif kind == "blockquote_open":
                inner, at = self.blocks(tokens, at + 1, "blockquote_close")
                found.append(Quote(inner))
            elif kind in ("bullet_list_open", "ordered_list_open"):
                more, at = self._list(tokens, at)
                found += more
            elif kind == "table_open":
                more, at = self._table(tokens, at)
                found += more
            elif kind == "footnote_open":
                inner, at = self.blocks(tokens, at + 1, "footnote_close")
                found.append(Footnote(token.content, inner))
            elif kind == "formula_block":
                found.append(Paragraph((Run(token.content, math=formula(token.content)),)))
                at += 1
            elif kind == "hr":
                found.append(Rule())
                at += 1
            else:
                if token.content:
                    found.append(Raw(token.content))
                at += 1
        return tuple(found), at

    def _list(self, tokens: "list[Token]", at: int) -> tuple[list[Block], int]:
        opening = tokens[at]
        continued: Continued = opening.meta.get("continued", Continued())
        start = continued.start if continued.done else first_number(opening)
        close = opening.type.replace("_open", "_close")
        found: list[Block] = []
        items: list[ListItem] = []
        done = continued.done
        tight = True
        loose: bool | None = None

        def part() -> ListBlock:
            number = None if start is None else start + done
            return ListBlock(tuple(items), number, tight if loose is None else not loose, done > 0)

        at += 1
        while tokens[at].type != close:
            first = at + 1
            if "loose" in tokens[at].meta:
                if items:
                    found.append(part())
                    done += len(items)
                    items = []
                loose = tokens[at].meta["loose"]
            elif first < len(tokens) and any(
                t.type == "paragraph_open" and not t.hidden and t.level == tokens[at].level + 1
                for t in self._children(tokens, first)
            ):
                tight = False
            blocks, at = self.blocks(tokens, first, "list_item_close")
            items.append(_task_item(blocks, _source(tokens, first)))
        return [*found, part()], at + 1

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
        align: list[str] = []
        goes_on = "continued" in tokens[at].meta
        while tokens[at].type != "table_close":
            token = tokens[at]
            if token.type == "tr_open":
                rows.append([])
            elif token.type == "inline" and (len(rows) > 1 or not goes_on):
                rows[-1].append(_cell(runs_in(token.content, self._references)))
            elif token.type == "th_open":
                style = str(token.attrGet("style") or "")
                align.append(style.partition(":")[2])
            at += 1
        body = tuple(tuple(row) for row in rows[1:])
        in_part = rows_in_part(len(align))
        found: list[Block] = [
            Table(() if goes_on or first else tuple(rows[0]), body[first : first + in_part], tuple(align))
            for first in range(0, len(body) or 1, in_part)
        ]
        return found if body or not goes_on else [], at + 1


def _cell(runs: Runs) -> Runs:
    """What a cell shows: after some hundred runs of different styles only text (rule M6)."""
    if len(runs) <= CELL_RUNS:
        return runs
    return (*runs[:CELL_RUNS], Run(plain(runs[CELL_RUNS:])))


def _language(info: str) -> str:
    from markdown_it.common.utils import unescapeAll

    return str(unescapeAll(info)).strip() if info else ""


def _source(tokens: "list[Token]", first: int) -> str:
    """Of the paragraph that begins at `first`, as it was written; "" where none does."""
    if tokens[first].type != "paragraph_open":
        return ""
    return str(tokens[first + 1].content)


def _task_item(blocks: tuple[Block, ...], source: str) -> ListItem:
    """source: of the first block: brackets that were escaped there are no box."""
    if _TASK.match(source) and blocks and isinstance(blocks[0], Paragraph) and blocks[0].runs:
        first = blocks[0].runs[0]
        box = _TASK.match(first.text)
        if box and not first.code and first.link is None:
            rest = replace(first, text=first.text[box.end() :])
            runs = ((rest,) if rest.text else ()) + blocks[0].runs[1:]
            return ListItem((Paragraph(runs), *blocks[1:]), checked=box.group(1) != " ")
    return ListItem(blocks)
