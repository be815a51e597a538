"""Standard output and error for foreign text: exact for programs, harmless for terminals; knows no chat."""

import json
import os
import sys
from typing import Any, TextIO

COMMANDS = (
    "ask",
    "continue",
    "list",
    "show",
    "search",
    "export",
    "import",
    "backup",
    "restore",
    "recover",
    "model",
    "route",
)
"""The first words of the commands that need no window."""
DEBIAN_PACKAGES = (
    "libglib2.0-0 libegl1 libfontconfig1 libdbus-1-3 libxkbcommon-x11-0 libxcb-icccm4 libxcb-keysyms1 "
    "libxcb-cursor0 libxcb-shape0"
)
"""What a bare Debian lacks for a window under X11."""


class UsageError(Exception):
    """The command line cannot be followed; its words say why."""


class Out:
    """Standard output for foreign text: exact where a program reads, harmless where a terminal does.

    Nothing is written any more once a reader went away, which is `gone` and no error, or a disk took no more, which
    is `failed` besides, and said.
    """

    def __init__(self, stream: TextIO | None) -> None:
        """stream: None where whoever started the program closed it."""
        self._stream = stream
        self._for_people = stream is not None and stream.isatty()
        self._at_line_start = True
        self.gone = self.failed = False
        if stream is not None and hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")

    def text(self, text: str) -> None:
        """Write at once, without adding anything."""
        if not text or self.gone:
            return
        self._at_line_start = text.endswith("\n")
        if self._stream is None:
            self.gone = self.failed = True
            complain("The output cannot be written: it is closed.")
            return
        try:
            self._stream.write(visible(text) if self._for_people else text)
            self._stream.flush()
        except OSError as error:
            self.gone = True
            if not isinstance(error, BrokenPipeError):
                self.failed = True
                complain(f"The output cannot be written: {error.strerror or 'the system gave no reason'}.")
            # The interpreter flushes standard output once more as it ends: give it somewhere to go.
            os.dup2(os.open(os.devnull, os.O_WRONLY), self._stream.fileno())

    def line(self, text: str) -> None:
        """Write on a line of its own."""
        self.end_line()
        self.text(text + "\n")

    def end_line(self) -> None:
        if not self._at_line_start:
            self.text("\n")

    def json(self, value: Any) -> None:
        """Write as one line; all of it ASCII, so that no reader cuts it elsewhere."""
        self.line(json.dumps(value))


def visible(text: str) -> str:
    """`text` with every character that could command a terminal, or reorder a line, as its escape."""
    if text.isprintable():
        return text
    return "".join(
        char if char in "\n\t" or char.isprintable() else char.encode("unicode_escape").decode("ascii")
        for char in text
    )


def complain(words: str) -> None:
    """One plain line to standard error."""
    if sys.stderr is not None:
        line = visible(" ".join(words.split()))
        sys.stderr.write(
            f"pizzagpt-desktop: {line}\n"
        )  # Python's standard error escapes what it cannot encode
