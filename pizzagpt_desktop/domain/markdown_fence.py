"""A code block whose end has not come: takes lines at the cost of looking at them once; knows no parser."""

import re

from pizzagpt_desktop.domain.blocks import Block, CodeBlock


class OpenFence:
    """One of the top level."""

    def __init__(self, opening: str, marker: str, lang: str) -> None:
        self._opening = opening
        self._lang = lang
        self._closing = re.compile(rf" {{0,3}}{re.escape(marker[0])}{{{len(marker)},}}[ \t]*")
        self._lines: list[str] = []
        self._partial = ""

    @classmethod
    def of(cls, source: str, marker: str, block: Block) -> "OpenFence | None":
        """For `source`, which begins with the fence's first line; None for an indented fence (read as usual)."""
        opening = source[: source.find("\n") + 1]
        if not opening.startswith(marker) or not isinstance(block, CodeBlock):
            return None
        return cls(opening, marker, block.lang)

    def take(self, text: str) -> str | None:
        """Add `text`; what comes after the closing line, or None while there is none."""
        lines = (self._partial + text).split("\n")
        self._partial = ""
        for index, line in enumerate(lines[:-1]):
            if self._closing.fullmatch(line):
                return "\n".join(lines[index + 1 :])
            self._lines.append(line + "\n")
        self._partial = lines[-1]
        return None

    def block(self) -> CodeBlock:
        self._lines = ["".join(self._lines)]
        return CodeBlock(self._lang, self._lines[0] + self._partial)

    def finished(self) -> CodeBlock:
        """The block when no more text comes: an unfinished last line may have been the closing one, or blank."""
        if self._closing.fullmatch(self._partial) or not self._partial.strip(" \t"):
            self._partial = ""
        return self.block()

    def source(self) -> str:
        return self._opening + self.block().text
