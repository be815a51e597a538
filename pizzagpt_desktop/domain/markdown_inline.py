"""The inline markup of one paragraph -> runs, at a cost in proportion to its length; knows no block and no stream."""

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from pizzagpt_desktop.domain.blocks import Image, Run, Runs
from pizzagpt_desktop.domain.links import Link, Origin, Verdict, host_of, judge
from pizzagpt_desktop.domain.markdown_parser import parser

if TYPE_CHECKING:
    from markdown_it.token import Token

INLINE_LIMIT = 200_000
"""Characters of one paragraph read for inline markup; a longer one is plain text (rule M6)."""
SEGMENT_LENGTH = 8_000
"""Characters of a paragraph that are read for inline markup in one go; markup that spans the cut is text."""
SEGMENT_MARKS = 1_000
"""Characters with a meaning in them, at most."""
REMEMBERED_FROM = 200
"""Characters from which on it is cheaper to look a text up than to read it again."""
IMAGE_NESTING = 32
"""Images within the names of images; what is nested deeper is plain text (rule M5)."""

_BARE = re.compile(r"(?<![\w/])https?://[^\s<>\"`\x00-\x1f]{1,2000}", re.I)
_MARK = re.compile(r"[\[\]*_~`!<&\\]")
_MEANING = re.compile(_MARK.pattern + r"|\n|://")
"""Without any of these a text is only text, and the parser need not say so."""
_BRACKET = re.compile(r"!\[|\]")


def runs_in(content: str, env: dict[str, Any]) -> Runs:
    """The inline markup of one paragraph; whatever the parser gives up on is shown as it came."""
    if len(content) <= SEGMENT_MARKS:
        return _segment(content, env) if content else ()
    if len(content) > INLINE_LIMIT:
        return (Run(content),)
    return tuple(run for part in _segments(content) for run in _segment(part, env))


def _segment(content: str, env: dict[str, Any]) -> Runs:
    if not _MEANING.search(content):
        return (Run(content),)
    references = env["references"]
    if len(content) < REMEMBERED_FROM or (references and "]" in content):
        return _inline(content, env)
    return _remembered(content)


def _segments(content: str) -> Iterator[str]:
    """`content` in parts that are read each by itself: the parser's cost grows with the square of some marks.

    Where a part ends depends on nothing after it, so text that is added at the end changes only the last one.
    """
    at = 0
    while at < len(content):
        end = min(len(content), at + SEGMENT_LENGTH)
        for count, mark in enumerate(_MARK.finditer(content, at, end)):
            if count == SEGMENT_MARKS:
                end = mark.start()
                break
        if end < len(content):
            end = content.rfind("\n", at, end) + 1 or content.rfind(" ", at, end) + 1 or end
        yield content[at:end]
        at = end


@lru_cache(maxsize=512)
def _remembered(content: str) -> Runs:
    """What `content` reads as where no definition matters: the paragraph that grows is read again and again."""
    return _inline(content, {"references": {}})


def _inline(content: str, env: dict[str, Any]) -> Runs:
    if _too_many_images(content):
        return (Run(content),)
    children: list[Token] = []
    try:
        parser().inline.parse(content, parser(), env, children)
        return tuple(_bare_links(_styled(children)))
    except RecursionError:  # the parser calls itself once a level
        return (Run(content),)


def _too_many_images(content: str) -> bool:
    """Whether images are begun in images deeper than anyone means; each level costs the parser the rest again."""
    if content.count("![") <= IMAGE_NESTING:
        return False
    depth = 0
    for bracket in _BRACKET.findall(content):
        depth = max(0, depth - 1) if bracket == "]" else depth + 1
        if depth > IMAGE_NESTING:
            return True
    return False


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
            text = " ".join(part for part in (image.alt, image.host and f"({image.host})") if part)
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
        if not text and image is None:
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
    verdict = judge(href, text).verdict
    if len(runs) == start:
        # A link without any text would vanish: its address is shown in its place, and is asked about.
        link = Link(href, verdict, Origin.NAMELESS)
        runs.append(Run(href if verdict is not Verdict.DEAD else "", link=link))
    else:
        link = Link(href, verdict)
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
            href = str(parser().normalizeLink(address))
            decided = judge(href, address).verdict
            if decided is Verdict.DEAD:
                continue
            if match.start() > at:
                found.append(replace(run, text=run.text[at : match.start()]))
            found.append(replace(run, text=address, link=Link(href, decided, Origin.BARE)))
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
