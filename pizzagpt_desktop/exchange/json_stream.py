"""JSON read a piece at a time, from text of any length in bounded memory; knows no conversation.

One value at a time is decoded whole, so what counts is the size of the largest one, not of the file.
"""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

from pizzagpt_desktop.exchange.refusal import DAMAGED, NESTED, Refused

VALUE_BYTES = 64 * 1024 * 1024
"""A value whose text takes more memory than this is passed over."""
VALUE_PARTS = 3_000_000
"""So is one with more brackets, commas and colons: a small text may become very many objects."""
_PASSED_PARTS = 10_000_000
"""So many brackets and strings are gone through at most to pass over a value."""
_CHUNK = 256 * 1024
_DENSE_FROM = 1_000_000
_NEAR_END = 64
"""An error so close to the end of what was read may be one only because the rest is not there yet."""
_BLANK = re.compile(r"[ \t\r\n]*")
_SIGNS = re.compile(r'["\[\]{}]')
_STRING_END = re.compile(r'(?:[^"\\]|\\.)*+"', re.DOTALL)

TOO_LARGE = object()
"""Stands for a value that was passed over because it is too large."""


class JsonStream:
    """A reader over `read(count)`, which returns at most so many characters, "" at the end.

    Raises `Refused` where the text is no JSON; it never recurses over what it reads.
    """

    def __init__(self, read: Callable[[int], str]) -> None:
        self._read = read
        self._text = ""
        self._at = 0
        self._ended = False
        self._decode = json.JSONDecoder().raw_decode

    def peek(self) -> str:
        """The next character that is not blank, "" at the end."""
        while True:
            found = _BLANK.match(self._text, self._at)
            self._at = found.end() if found else self._at
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._more():
                return ""

    def value(self) -> Any:
        """The next value, or `TOO_LARGE`."""
        self.peek()
        while True:
            try:
                found, end = self._decode(self._text, self._at)
            except RecursionError:
                raise Refused(DAMAGED) from None
            except ValueError as error:
                if self._ended or self._is_final(error):
                    raise Refused(DAMAGED) from None
            else:
                # Of a number the rest may be still to come, as far as "1." or "1e" go.
                least = _NEAR_END if isinstance(found, int | float) else 0
                if end + least < len(self._text) or self._ended:
                    self._at = end
                    return found
            if self._is_too_large():
                self._pass_over()
                return TOO_LARGE
            self._more(len(self._text) - self._at)

    def array(self) -> Iterator[Any]:
        """The values of the array that begins here."""
        self._take("[")
        if self.peek() == "]":
            self._at += 1
            return
        while True:
            yield self.value()
            if self._take(",]") == "]":
                return

    def members(self) -> Iterator[str]:
        """The names of the object that begins here; whoever is given one takes its value before the next."""
        self._take("{")
        if self.peek() == "}":
            self._at += 1
            return
        while True:
            if self.peek() != '"':
                raise Refused(DAMAGED)
            name = self.value()
            self._take(":")
            yield name if isinstance(name, str) else ""
            if self._take(",}") == "}":
                return

    def end(self) -> None:
        """Nothing may follow."""
        if self.peek():
            raise Refused(DAMAGED)

    def _take(self, signs: str) -> str:
        found = self.peek()
        if not found or found not in signs:
            raise Refused(DAMAGED)
        self._at += 1
        return found

    def _more(self, least: int = 0) -> bool:
        """Read on, and let go of what was taken; whether there was more."""
        piece = self._read(max(_CHUNK, least))
        self._text = self._text[self._at :] + piece
        self._at = 0
        self._ended = not piece
        return bool(piece)

    def _is_final(self, error: ValueError) -> bool:
        """Whether no more text can mend it; a number of too many digits never can."""
        if not isinstance(error, json.JSONDecodeError):
            return True
        return error.pos < len(self._text) - _NEAR_END and not error.msg.startswith("Unterminated string")

    def _is_too_large(self) -> bool:
        size = len(self._text) - self._at
        if size < _DENSE_FROM:
            return False
        if self._text.__sizeof__() > VALUE_BYTES:
            return True
        return sum(self._text.count(sign, self._at) for sign in "[{,:") > VALUE_PARTS

    def _pass_over(self) -> None:
        """Go to the end of a value without keeping any of it."""
        depth = passed = 0
        while True:
            passed += 1
            if passed > _PASSED_PARTS:
                raise Refused(NESTED)
            found = _SIGNS.search(self._text, self._at)
            if found is None:
                self._at = len(self._text)
                if not self._more():
                    raise Refused(DAMAGED)
                continue
            self._at = found.end()
            if found[0] == '"':
                self._pass_string()
            else:
                depth += 1 if found[0] in "[{" else -1
            if depth <= 0:
                return

    def _pass_string(self) -> None:
        while (found := _STRING_END.match(self._text, self._at)) is None:
            # What is cut off may be in the middle of an escape: an odd number of strokes keeps the last one.
            strokes = len(self._text) - len(self._text.rstrip("\\"))
            self._at = max(self._at, len(self._text) - strokes % 2)
            if not self._more():
                raise Refused(DAMAGED)
        self._at = found.end()
