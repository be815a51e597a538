"""Runs -> the inline Markdown that reads as the same runs again; knows no block but the paragraph they stand in.

It is written as a person would, read again, and where that gives something else, written with every sign escaped.
"""

import re
from collections.abc import Iterator
from dataclasses import replace

from pizzagpt_desktop.domain.blocks import Block, Paragraph, Run, Runs
from pizzagpt_desktop.domain.links import Link, Origin

_SIGN = re.compile(
    r"\\|`|\*|~|\$|<(?=[A-Za-z/!?])|&(?=#|[A-Za-z][A-Za-z0-9]*;)|(?<![^\W_])_|_(?![^\W_])|\](?=[(\[:])|\[(?=\^)|!(?=\[)|!$"
)
"""What means something wherever it stands in a text."""
_AT_LINE = re.compile(
    r"^(?:(?P<number>\d{1,9})(?=[.)](?:\s|$))|#(?=#{0,5}(?:\s|$))|[-+](?=\s|$)|>|[=|:-](?=[=|: -]*$))", re.M
)
"""What means something at the beginning of a line."""
_LINE_EDGE = re.compile(r"^[^\S\n]+|[^\S\n]+$", re.M)
_ANY = re.compile(r"[!-/:-@\[-`{-~]")
_PLAIN = re.compile(r"(?:[^\W_]|[ ,;'\"])*")
"""Characters that mean nothing, in any order."""
_NO_ESCAPE = "[(&"
"""Signs that are written as references: with a backslash before them the first two begin a formula."""


def inline_of(runs: Runs, in_cell: bool = False) -> str:
    """The Markdown of one paragraph or cell."""
    text = _written(runs, "_", careful=False)
    if not _PLAIN.fullmatch(text) and not _reads_as(text, runs, in_cell):
        text = _written(runs, "*", careful=False)
        if not _reads_as(text, runs, in_cell):
            text = _written(runs, "_", careful=True)
    if not in_cell:
        return text
    return text.replace("\n", " ").replace("|", "\\|")


def _reads_as(text: str, runs: Runs, in_cell: bool) -> bool:
    from pizzagpt_desktop.domain.markdown import parse

    notes = "".join(f"\n\n[^{name}]: x" for name in {run.note for run in runs if run.note})
    read: tuple[Block, ...] = parse(("x\n" if in_cell else "") + text + notes)
    wanted = Paragraph(tuple(merged((Run("x\n"), *runs) if in_cell else runs)))
    return bool(read) and read[0] == wanted


def merged(runs: Runs) -> Iterator[Run]:
    """`runs` with neighbours of one style as one, and without empty ones: as the reader gives them."""
    last: Run | None = None
    for run in runs:
        if not run.text and run.image is None and run.link is None:
            continue
        if last is not None and _same(last, run):
            last = replace(last, text=last.text + run.text)
            continue
        if last is not None:
            yield last
        last = run
    if last is not None:
        yield last


def _same(a: Run, b: Run) -> bool:
    plain = all(run.image is None and run.math is None and not run.note and not run.code for run in (a, b))
    return plain and a.link is b.link and (a.bold, a.italic, a.strike) == (b.bold, b.italic, b.strike)


def _written(runs: Runs, emphasis: str, careful: bool) -> str:
    """emphasis: its mark. careful: every sign escaped, and letters next to a mark written so that the mark counts."""
    parts = _Parts(emphasis, careful)
    for group, link in _by_link(list(merged(runs))):
        if link is None:
            for run in group:
                parts.add(run)
        elif _is_bare(group, link):
            parts.add(group[0])
        else:
            parts.close(())
            inside = _Parts(emphasis, careful, in_link=True)
            if link.origin is not Origin.NAMELESS:
                for run in group:
                    inside.add(run)
            parts.mark("[" + inside.text() + f"]({_destination(link.href)})")
    return parts.text()


def _by_link(runs: list[Run]) -> Iterator[tuple[list[Run], Link | None]]:
    group: list[Run] = []
    for run in runs:
        if group and run.link is not group[-1].link:
            yield group, group[-1].link
            group = []
        group.append(run)
    if group:
        yield group, group[-1].link


def _is_bare(group: list[Run], link: Link) -> bool:
    text = group[0].text
    return (
        link.origin is Origin.BARE
        and len(group) == 1
        and link.href in (text, f"http://{text}", f"mailto:{text}")
    )


def _destination(href: str) -> str:
    href = re.sub(r"&(?=#|[A-Za-z][A-Za-z0-9]*;)", "&amp;", href.replace("\\", "\\\\"))
    if not href or re.search(r"[\s()<>]", href):
        return "<" + href.replace("<", "\\<").replace(">", "\\>") + ">"
    return href


class _Parts:
    """Writes one run after the other; marks are opened and closed only where a style begins and ends."""

    def __init__(self, emphasis: str, careful: bool, in_link: bool = False) -> None:
        self._styles = (("bold", "**"), ("italic", emphasis), ("strike", "~~"))
        self._careful = careful
        self._in_link = in_link
        self._out: list[str] = []
        self._open: tuple[str, ...] = ()
        self._after_mark = False

    def text(self) -> str:
        self.close(())
        return "".join(self._out)

    def close(self, wanted: tuple[str, ...]) -> None:
        """Close and open marks until exactly `wanted` are open."""
        kept = 0
        while kept < min(len(self._open), len(wanted)) and self._open[kept] == wanted[kept]:
            kept += 1
        for mark in reversed(self._open[kept:]):
            self.mark(mark)
        for mark in wanted[kept:]:
            if self._careful:
                self._guard_last()
            self.mark(mark)
        self._open = wanted

    def mark(self, text: str) -> None:
        self._out.append(text)
        self._after_mark = True

    def add(self, run: Run) -> None:
        wanted = tuple(mark for name, mark in self._styles if getattr(run, name))
        self.close(wanted)
        if run.math is not None:
            self.mark(run.text)
        elif run.image is not None:
            self.mark(f"![{_all_escaped(run.image.alt)}]({_destination(run.image.src)})")
        elif run.note:
            self.mark(f"[^{run.note}]")
        elif run.code:
            self.mark(_code(run.text))
        else:
            text = self._escaped(run.text)
            if self._careful and self._after_mark and text[:1].isalnum():
                text = _reference(text[0]) + text[1:]
            self._out.append(text)
            self._after_mark = False

    def _guard_last(self) -> None:
        """A letter right before an opening mark, as a reference: it ends in a sign, so that the mark may open."""
        if self._out and not self._after_mark and self._out[-1][-1:].isalnum():
            self._out[-1] = self._out[-1][:-1] + _reference(self._out[-1][-1])

    def _escaped(self, text: str) -> str:
        if self._careful:
            return _all_escaped(text)
        begins = not self._out
        text = _SIGN.sub(lambda m: "&#91;" if m[0] == "[" else "\\" + m[0], text)
        if self._in_link:
            text = text.replace("[", "&#91;").replace("]", "\\]").replace("\\\\]", "\\]")
        return (
            _AT_LINE.sub(
                lambda m: (m[0] + "\\" if m["number"] else "\\" + m[0]) if m.start() or begins else m[0],
                text,
            )
            if begins or "\n" in text
            else text
        )


def _all_escaped(text: str) -> str:
    text = _ANY.sub(lambda m: _reference(m[0]) if m[0] in _NO_ESCAPE else "\\" + m[0], text)
    text = re.sub("\n(?=\n)|^\n|\n$", "&#10;", text)
    return _LINE_EDGE.sub(lambda m: "".join(map(_reference, m[0])), text)


def _reference(char: str) -> str:
    return f"&#{ord(char)};"


def _code(text: str) -> str:
    runs = set(map(len, re.findall("`+", text)))
    fence = "`" * next(n for n in range(1, len(runs) + 2) if n not in runs)
    edged = text.startswith("`") or text.endswith("`")
    spaced = text.startswith(" ") and text.endswith(" ") and text.strip(" ")
    pad = " " if edged or spaced else ""
    return f"{fence}{pad}{text}{pad}{fence}"
