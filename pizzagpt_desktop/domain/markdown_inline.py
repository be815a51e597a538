"""The inline markup of one paragraph -> runs, at a cost in proportion to its length; knows no block and no stream."""

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from itertools import chain
from typing import TYPE_CHECKING

from pizzagpt_desktop.domain.blocks import Image, Math, Run, Runs
from pizzagpt_desktop.domain.links import Link, Origin, Verdict, host_of, judge
from pizzagpt_desktop.domain.markdown_addresses import Aside, put_back, set_aside
from pizzagpt_desktop.domain.markdown_parser import parser
from pizzagpt_desktop.domain.markdown_references import References

if TYPE_CHECKING:
    from markdown_it.token import Token

INLINE_LIMIT = 1_000_000
"""Characters of one paragraph read for inline markup; a longer one is plain text (rule M6)."""
SEGMENT_LENGTH = 8_000
"""Characters of a paragraph that are read for inline markup in one go; markup that spans the cut is text."""
SEGMENT_MARKS = 500
"""Characters with a meaning in them, at most."""
LONG_WORD = 2_000
"""A word from this length on, most likely an address, is not cut for the sake of `SEGMENT_LENGTH` ..."""
WORD_COST, WORD_END = 4_000_000, 40_000
"""... as long as its length times the characters with a meaning in it is not more than this, and its length than that."""
REMEMBERED_FROM, REMEMBERED_TO = 200, 16_000
"""Characters from which on it is cheaper to look a text up than to read it again, and to which it is kept for that."""
KNOWN_READINGS = 256
"""Texts with definitions in them that are kept for one stream."""
IMAGE_NESTING = 32
"""Images within the names of images; what is nested deeper is plain text (rule M5)."""

_BARE = re.compile(
    r"(?<![\w/])https?://[^\s<>\"`\x00-\x1f]{1,2000}"
    r"|(?<![\w/.@:\-])(?P<www>www\.[\w\-][^\s<>\"`\x00-\x1f]{0,2000})"
    r"|(?<![\w.+\-/:@])(?P<mail>[a-z0-9._+\-]{1,64}@[a-z0-9_\-]{1,63}(?:\.[a-z0-9_\-]{1,63}){1,9})",
    re.I,
)
_ADDRESS_SIGN = re.compile(r"://|www\.|@", re.I)
"""Without it a text holds no bare address."""
_HOST_END = re.compile(r"[/?#:]")
_ENTITY = re.compile(r"&[a-z0-9]+;$", re.I)
_MARK = re.compile(r"[\[\]*_~`!<&\\]")
_MEANING = re.compile(_MARK.pattern + r"|[\n$@]|://|www\.", re.I)
"""Without any of these a text is only text, and the parser need not say so."""
_BRACKET = re.compile(r"!\[|\]")
_BLANK = re.compile(r"[ \n]")
NOTHING: Aside = {}


def runs_in(content: str, references: References) -> Runs:
    """The inline markup of one paragraph; whatever the parser gives up on is shown as it came."""
    if len(content) <= SEGMENT_MARKS:
        return _segment(content, references) if content else ()
    if len(content) > INLINE_LIMIT:
        return (Run(content),)
    content, aside = set_aside(content)
    return tuple(chain.from_iterable(_segment(part, references, aside) for part in _segments(content)))


def read_ahead(content: str, references: References) -> Iterator[int]:
    """Read one part of a long paragraph after the other, so that `runs_in` need only look them up; the length of each."""
    if SEGMENT_MARKS < len(content) <= INLINE_LIMIT:
        content, aside = set_aside(content)
        for part in _segments(content):
            _segment(part, references, aside)
            yield len(part)


def _segment(content: str, references: References, aside: Aside = NOTHING) -> Runs:
    if aside or not REMEMBERED_FROM <= len(content) <= REMEMBERED_TO:
        return _inline(content, references, aside)
    runs, missed = _remembered(content)
    if any(label in references for label in missed):
        runs, missed = _defined(content, references)
    references.missed |= missed
    return runs


def _defined(content: str, references: References) -> tuple[Runs, frozenset[str]]:
    """What `content` reads as with these definitions, and the labels that it asks for in vain."""
    known = references.known_readings
    found = known.get(content)
    if found is not None:
        runs, missed, answers = found
        if references.still_answers(answers) and not any(label in references for label in missed):
            return runs, missed
    before = references.missed, references.answers
    references.missed, references.answers = set(), {}
    runs = _inline(content, references)
    missed, answers = frozenset(references.missed), references.answers
    references.missed, references.answers = before
    if len(known) >= KNOWN_READINGS:
        known.clear()
    known[content] = runs, missed, answers
    return runs, missed


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
        else:
            if end < len(content):
                end = _end_of_word(content, at, end)
        if end < len(content):
            end = max(content.rfind("\n", at, end), content.rfind(" ", at, end)) + 1 or end
        yield content[at:end]
        at = end


def _end_of_word(content: str, at: int, end: int) -> int:
    """Where the word that reaches over `end` ends, if it is a long one; else `end`. at: where the part begins."""
    begun = max(content.rfind("\n", at, end), content.rfind(" ", at, end)) + 1 or at
    if end - begun < LONG_WORD:
        return end
    blank = _BLANK.search(content, end, at + WORD_END)
    last = blank.end() if blank is not None else len(content)
    if last > at + WORD_END:
        return end
    for count, mark in enumerate(_MARK.finditer(content, at, last)):
        if count * (mark.start() - at) > WORD_COST:
            return end
    return last


@lru_cache(maxsize=512)
def _remembered(content: str) -> tuple[Runs, frozenset[str]]:
    """What `content` reads as without definitions, and which it asks for: a paragraph that grows is read often."""
    references = References()
    return _inline(content, references), frozenset(references.missed)


def _inline(content: str, references: References, aside: Aside = NOTHING) -> Runs:
    if not _MEANING.search(content) or _too_many_images(content):
        return (Run(content),)
    children: list[Token] = []
    try:
        parser().inline.parse(content, parser(), {"references": references}, children)
        if aside:
            put_back(children, aside)
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
        image = math = None
        note = ""
        if kind in ("text", "text_special", "code_inline"):
            text = token.content
        elif kind in ("softbreak", "hardbreak"):
            text = "\n"
        elif kind == "formula":
            text = token.content
            math = formula(text)
        elif kind == "footnote_use":
            note, text = token.content, f"[{token.content}]"
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
            text,
            depth["strong"] > 0,
            depth["em"] > 0,
            depth["s"] > 0,
            kind == "code_inline",
            None,
            image,
            math,
            note,
        )
        if runs and len(runs) > (link_from if href is not None else 0) and _same_style(runs[-1], run):
            runs[-1] = replace(run, text=runs[-1].text + text)
        else:
            runs.append(run)
    return runs


def _same_style(a: Run, b: Run) -> bool:
    return (
        a.image is b.image is None
        and a.math is b.math is None
        and not a.note
        and not b.note
        and not a.code
        and a.link is b.link
        and (a.bold, a.italic, a.strike, a.code) == (b.bold, b.italic, b.strike, b.code)
    )


def formula(source: str) -> Math:
    """The formula that `source`, with its delimiters, spells."""
    wide = 2 if source.startswith(("$$", "\\")) else 1
    return Math(source[wide:-wide].strip(), source.startswith(("$$", "\\[")))


def _image(token: "Token") -> Image:
    src = str(token.attrGet("src") or "")
    alt = "".join(run.image.alt if run.image else run.text for run in _styled(token.children or []))
    return Image(alt, src, host_of(src))


def _link(runs: list[Run], start: int, href: str) -> None:
    text = "".join(run.image.alt if run.image else run.text for run in runs[start:])
    judged = judge(href, text)
    href, verdict = judged.address, judged.verdict
    if len(runs) == start:
        # A link without any text would vanish: its address is shown in its place, and is asked about.
        link = Link(href, verdict, Origin.NAMELESS)
        runs.append(Run(href if verdict is not Verdict.DEAD else "", link=link))
    else:
        link = Link(href, verdict)
        runs[start:] = [replace(run, link=link) for run in runs[start:]]


def _bare_links(runs: list[Run]) -> list[Run]:
    """Addresses in plain text become links as GFM's extended autolinks do; one pass, so the cost is linear."""
    found: list[Run] = []
    for run in runs:
        if run.is_strict or run.image is not None or run.note or not _ADDRESS_SIGN.search(run.text):
            found.append(run)
            continue
        at = 0
        for match in _BARE.finditer(run.text):
            address, href = _bare_address(match)
            if not address:
                continue
            href = str(parser().normalizeLink(href))
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


def _bare_address(match: re.Match[str]) -> tuple[str, str]:
    """The address at a match of `_BARE`, as it is shown and as it is opened; twice "" where it is none."""
    whole = match.group()
    if match.lastgroup == "mail":
        is_mail = whole[-1] not in "-_" and match.string[match.end() : match.end() + 1] not in ("@", "/")
        return (whole, f"mailto:{whole}") if is_mail else ("", "")
    address = _trimmed(whole)
    if match.lastgroup == "www":
        host = _HOST_END.split(address, maxsplit=1)[0].rpartition(".")
        return (address, f"http://{address}") if host[0] and "_" not in host[2] else ("", "")
    return (address, address) if not address.endswith("://") else ("", "")


def _trimmed(address: str) -> str:
    """`address` without the punctuation that belongs to the sentence round it."""
    surplus = address.count(")") - address.count("(")
    end = len(address)
    while end:
        last = address[end - 1]
        if last == ")" and surplus > 0:
            surplus -= 1
        elif last == ";" and (entity := _ENTITY.search(address, max(0, end - 32), end)):
            end = entity.start()
            continue
        elif last not in ".,:;!?'\"*_~]}":
            break
        end -= 1
    return address[:end]
