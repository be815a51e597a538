"""Lines of Ollama's own dialect into chunks; reads no socket, so any framing can feed it.

Written from Ollama's API document ("Generate a chat completion", "Generate a completion") and the corpus, rules R2 to R15.
"""

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from pizzagpt_desktop.domain.chunks import FinishReason, Reasoning, Skipped, ToolCall, Unfinished, Usage
from pizzagpt_desktop.providers.answers import counts_of, error_in, fault_from_error
from pizzagpt_desktop.providers.helper import content_text
from pizzagpt_desktop.providers.tool_calls import as_text

_COUNTS = ("prompt_eval_count", "eval_count")
_SPACE = re.compile(r"\s*")
_DECODER = json.JSONDecoder()
_KNOWN = frozenset({"message", "response", "done", "thinking"})


class OllamaLines:
    """Reads one reply. `done`: the line with done:true came (rule R3). `seen`: a line of this dialect came."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self.done = False
        self.seen = False
        self._held = 0
        self._secrets = tuple(secrets)

    def read(self, line: str) -> Iterator[Any]:
        """The chunks of one line; raises Fault for an error line.

        What cannot be read is counted with the first line of the dialect: before, it may be another page's text.
        """
        values, broken = objects_on(line)
        for value in values:
            yield from self._value(value)
        if broken and not self.done:
            self._held += 1
        if self._held and self.seen:
            yield Skipped(self._held)
            self._held = 0

    def whole(self, value: Any) -> Iterator[Any]:
        """The chunks of a whole reply; `value` is its JSON. What could not be read in lines was no damage."""
        self._held = 0
        if isinstance(value, dict):
            yield from self._value(value)

    def close(self) -> Iterator[Any]:
        """`Unfinished` where no line said that it was the last."""
        if not self.done:
            yield Unfinished()

    def _value(self, value: Any) -> Iterator[Any]:
        if self.done:
            return
        if not isinstance(value, dict):
            self._held += 1
            return
        error = error_in(value)
        if value.get("object") != "error" and not _KNOWN.isdisjoint(value):
            self.seen = True
            yield from self._parts(value)
            error = None if error is value and not value.get("error") else error
        if error is not None:
            raise fault_from_error(error, self._secrets)
        if value.get("done") is True:
            self.done = True
            counts = counts_of({name: value.get(name) for name in _COUNTS})
            if counts:
                yield Usage(counts)
            reason = value.get("done_reason")
            yield FinishReason(reason if isinstance(reason, str) and reason else "stop")

    def _parts(self, value: dict[str, Any]) -> Iterator[Any]:
        message = value.get("message")
        if isinstance(message, dict):
            yield from _thought(message.get("thinking"))
            yield from _text(message.get("content"))
            yield from _calls(message.get("tool_calls"))
        elif message is not None:
            yield Skipped()
        else:
            yield from _thought(value.get("thinking"))
            yield from _text(value.get("response"))


def objects_on(line: str) -> tuple[list[Any], bool]:
    """The JSON values on a line, also several without a break between them, and whether something was no JSON."""
    found: list[Any] = []
    at = 0
    line = line.strip()
    while at < len(line):
        try:
            value, at = _DECODER.raw_decode(line, at)
        except (ValueError, RecursionError):
            return found, True
        found.append(value)
        at = _SPACE.match(line, at).end()  # type: ignore[union-attr]  # it always matches
    return found, False


def _text(text: Any) -> Iterator[Any]:
    if text.__class__ is str:
        if text:
            yield text
    elif isinstance(text, list):
        joined = content_text(text)
        if joined:
            yield joined
    elif text is not None:
        yield Skipped()


def _thought(text: Any) -> Iterator[Any]:
    if isinstance(text, str) and text:
        yield Reasoning(text)


def _calls(calls: Any) -> Iterator[Any]:
    for call in calls if isinstance(calls, list) else ():
        function = call.get("function") if isinstance(call, dict) else None
        if isinstance(function, dict):
            ident, name, given = call.get("id"), function.get("name"), function.get("arguments")
            yield ToolCall(
                ident if isinstance(ident, str) else None,
                name if isinstance(name, str) else "",
                as_text(given),
            )
