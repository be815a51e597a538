"""What a reply shows, as facts: made from the blocks that the view draws; knows no parser and no widget."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from pizzagpt_desktop.domain.blocks import (
    Block,
    CodeBlock,
    Footnote,
    Heading,
    Paragraph,
    Raw,
    Run,
    Runs,
    Table,
    runs_of,
    walk,
)
from pizzagpt_desktop.domain.links import Link, Origin, Verdict
from pizzagpt_desktop.domain.marks import flags, marked


class ShownLink(NamedTuple):
    """text: as its author wrote it, without our marks; "" where only the address stands there."""

    text: str
    href: str
    verdict: Verdict


class ShownImage(NamedTuple):
    """A picture that is named in the view and never fetched."""

    alt: str
    src: str


class ShownCode(NamedTuple):
    """lang: the whole info string. text: the exact characters that Copy gives (rule M7)."""

    lang: str
    text: str


class Inspection(NamedTuple):
    """visible: all text in order of reading, one line a paragraph, cells between tabs, invisible characters as signs.

    Not in it: what the view adds round the text (bullets, numbers, the name of a code's language, the sign of a picture).
    links: those the author made, dead ones too. bare: addresses in plain text that a click opens.
    flags: what must be reported, in order of the alphabet: bidi, control, invisible, mixed-script, tags (rule M8).
    """

    visible: str
    links: Sequence[ShownLink]
    images: Sequence[ShownImage]
    code: Sequence[ShownCode]
    flags: Sequence[str]
    bare: Sequence[ShownLink]


def inspection_of(blocks: Iterable[Block]) -> Inspection:
    """The facts of `blocks`."""
    lines: list[str] = []
    code: list[ShownCode] = []
    found: set[str] = set()
    blocks = tuple(blocks)
    for block in walk(blocks):
        match block:
            case Paragraph(runs, True) if lines:
                lines[-1] += _shown(runs)
            case Paragraph(runs) | Heading(_, runs):
                lines.append(_shown(runs))
            case CodeBlock(lang, text):
                lines.append(marked(text.removesuffix("\n"), True))
                code.append(ShownCode(lang, text))
                found |= flags(text, True) | flags(lang, True)
            case Footnote(name, _):
                found |= flags(name, False)
            case Raw(text):
                lines.append(marked(text.removesuffix("\n"), False))
                found |= flags(text, False)
            case Table(header, rows, _):
                lines += ["\t".join(map(_shown, row)) for row in ((header, *rows) if header else rows)]
            case _:
                pass
    runs = tuple(runs_of(blocks))
    for run in runs:
        found |= flags(run.text, run.is_strict)
    links = _links(runs)
    return Inspection(
        "\n".join(lines),
        tuple(shown for link, shown in links if link.origin is not Origin.BARE),
        tuple(ShownImage(run.image.alt, run.image.src) for run in runs if run.image is not None),
        tuple(code),
        tuple(sorted(found)),
        tuple(shown for link, shown in links if link.origin is Origin.BARE),
    )


def _shown(runs: Runs) -> str:
    return "".join(marked(run.text, run.is_strict) for run in runs)


def _links(runs: Iterable[Run]) -> list[tuple[Link, ShownLink]]:
    """Every link with its text; runs of one link are one."""
    found: list[tuple[Link, ShownLink]] = []
    last: Link | None = None
    for run in runs:
        link = run.link
        if link is None:
            last = None
            continue
        text = "" if link.origin is Origin.NAMELESS else run.image.alt if run.image is not None else run.text
        if link is last:
            text = found.pop()[1].text + text
        found.append((link, ShownLink(text, link.href, link.verdict)))
        last = link
    return found
